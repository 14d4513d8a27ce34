/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold of every row of candidates, whatever the records are: used by the route cases and
 * by the fuzzer alike. A judge sees one location, candidate by candidate, and what came of each.
 */
#ifndef SW_TEST_PLAN_JUDGE_H
#define SW_TEST_PLAN_JUDGE_H

#include "locate/plan.h"

struct pj_judge {
    const struct sw_policy *policy; /* borrowed */
    bool is_sips;
    bool is_big; /* over SW_BIG_REQUEST_LEN (T7) */
    size_t seen_count;
    struct sw_health_key seen[SW_CANDIDATES_MAX];
    bool has_met_tls, has_met_refusal;
};

void pj_init(struct pj_judge *j, const struct sw_policy *policy, bool is_sips, size_t request_len);
/* @return NULL, or which rule the candidate breaks. */
const char *pj_candidate(struct pj_judge *j, const struct sw_candidate *c);
/* What came of the candidate judged last. */
void pj_tried(struct pj_judge *j, enum sw_try why);
/* Only printable ASCII without blanks at its ends. */
bool pj_is_printable(struct sw_slice s);

#endif

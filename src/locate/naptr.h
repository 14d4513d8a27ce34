/* SPDX-License-Identifier: BSD-2-Clause */
/* NAPTR records: which of an answer count (N1, N2), and in which order (N6, N7, D9). */
#ifndef SW_LOCATE_NAPTR_H
#define SW_LOCATE_NAPTR_H

#include "locate/policy.h"
#include "locate/trace.h"

/* A record that counts. Its views belong to whoever made the record. */
struct sw_naptr_pick {
    uint16_t order, preference;
    uint8_t rank;                /* of the transport in the policy */
    bool is_terminal;            /* flag s: the replacement is an SRV owner name; else N5 */
    enum sw_transport transport; /* terminal ones */
    struct sw_slice service;
    struct sw_name replacement;
};

struct sw_naptr_choice {
    struct sw_naptr_pick picks[SW_NAPTR_MAX];
    uint8_t count;
    bool has_sip;    /* N8: some record is for SIP */
    bool has_shared; /* N8: some record is for SIP over a transport that we support */
    bool is_cut;     /* D9 */
};

/**
 * Say whether a record counts.
 * @param is_sips   the URI is a sips URI.
 * @param[out] pick written on SW_NOTE_OK.
 * @retval SW_NOTE_OK, or the rule that discards it
 * Spec: RFC 3263 4.1, RFC 3403 4.1; N1 to N3, N5.
 */
enum sw_note sw_naptr_judge(const struct sw_policy *policy, bool is_sips,
                            const struct sw_rr_naptr *naptr, struct sw_naptr_pick *pick);

/* Take what counts of an answer with records, sorted; only the lowest order, unless the policy goes
 * on to higher ones (N7, N9). */
void sw_naptr_choose(const struct sw_policy *policy, bool is_sips, const struct sw_answer *answer,
                     struct sw_naptr_choice *out);

/* True when only chance (N6) decides between two. */
bool sw_naptr_is_tie(const struct sw_naptr_pick *a, const struct sw_naptr_pick *b);

#endif

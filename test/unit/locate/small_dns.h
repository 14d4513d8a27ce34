/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DNS of a few lines for the plan's unit tests: each line is a record ("h1.t A 192.0.2.1", TTL
 * 300) or what a question leads to ("d.t NAPTR = SERVFAIL"), with words behind it: "after 40"
 * (ms), "ttl 5", "secure", "stale", "local". Names are absolute. And a driver that takes a plan to
 * its end in virtual time.
 */
#ifndef TEST_UNIT_LOCATE_SMALL_DNS_H
#define TEST_UNIT_LOCATE_SMALL_DNS_H

#include "locate/plan.h"
#include "support/check.h"

enum { SMALL_RRS_MAX = 128, SMALL_ASKED_MAX = 80 };

struct small_reply {
    struct sw_answer answer;
    uint64_t after_us;
    struct sw_rr rrs[SMALL_RRS_MAX];
    struct sw_name_room names[SMALL_RRS_MAX];
    char texts[SMALL_RRS_MAX][2][32];
};

/* @p lines ends with NULL. */
void small_dns_answer(const char *const *lines, const struct sw_question *q,
                      struct small_reply *out);

struct small_asked {
    struct sw_plan_ask ask;
    char text[300];  /* "_sip._udp.d.t SRV" */
    uint64_t due_us; /* of the answer; SW_NEVER: it was given */
};

/* A plan and its world. */
struct small_run {
    const char *const *lines;
    struct sw_plan *plan;
    uint64_t now_us;
    enum sw_try why; /* what each try comes to */
    bool answer_last_first;
    struct small_asked asked[SMALL_ASKED_MAX];
    size_t asked_count;
    size_t nomem_count; /* answers that found no memory */
};

/* Ask what the plan wants to know. */
void small_run_ask(struct small_run *r);
/* Ask, and hand in all that is answered by now. */
void small_run_settle(struct small_run *r);
/* Go on until a candidate or the end, time jumping to the next answer or wake. */
enum sw_next small_run_next(struct small_run *r, enum sw_try why, struct sw_candidate *c);
/* "tcp:192.0.2.1:5060 tcp:192.0.2.2:5060": all that come, or "= none" and the like. Static. */
const char *small_run_list(struct small_run *r);
/* Make a plan for a URI, take it to its end and free it. @p policy NULL: the default. */
const char *small_locate(const char *const *lines, const struct sw_policy *policy, const char *uri,
                         struct small_run *keep);
void small_parse_uri(const char *text, struct sw_uri *out);
struct sw_policy small_policy(const char *transports);
/* Whether a question was asked: "d.t NAPTR". */
bool small_run_has_asked(const struct small_run *r, const char *text);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 3263 as a machine without I/O: a URI goes in; questions come out; answers go in; candidates
 * come out one by one, in the order a correct client tries them.
 *
 * The life of one location:
 *
 *     sw_plan_new(&plan, &args, now_us);
 *     for (;;) {
 *         while (sw_plan_ask(plan, now_us, &ask))       // all at once, in any order
 *             send_to_the_dns(ask.id, &ask.question);   // answers: sw_plan_answer(), any order
 *         switch (sw_plan_next(plan, now_us, why, &candidate)) {
 *         case SW_NEXT_CANDIDATE: try it; when it fails, come back with why
 *         case SW_NEXT_WAIT:      come back after an answer, or at sw_plan_wake_us()
 *         case SW_NEXT_END:       none left; sw_plan_result() says how it ended
 *         }
 *     }
 *     sw_plan_free(plan);
 *
 * Inside: the records become a *route* (services, their targets, the targets' addresses), which
 * several plans may share through a route cache while it is valid; the plan adds what is private to
 * one transaction: the weighted draw, the cursor, what health said. A route never knows about
 * failures and a plan never writes into records (R5, F3).
 *
 * The order of candidates depends on records, policy, seed or key, and health, never on the order
 * in which answers arrive (apart from the 50 ms of A3 and the deadline).
 */
#ifndef SW_LOCATE_PLAN_H
#define SW_LOCATE_PLAN_H

#include "base/alloc.h"
#include "dns/ask.h"
#include "locate/candidate.h"
#include "locate/health.h"
#include "locate/offers.h"
#include "locate/policy.h"
#include "locate/routes.h"
#include "locate/trace.h"
#include "sip/uri.h"

struct sw_plan;

enum sw_result {
    SW_RESULT_OPEN,      /* not known yet: no candidate so far, questions under way */
    SW_RESULT_OK,        /* at least one candidate was handed out */
    SW_RESULT_NONE,      /* definitely nowhere to send */
    SW_RESULT_TEMPORARY, /* failed for now: another try may succeed */
    SW_RESULT_BOGUS,     /* nothing left after DNSSEC validation */
    SW_RESULT_INVALID    /* the URI cannot be located at all */
};

/* "ok", "none", "temporary", "bogus", "invalid"; "open". Static. */
const char *sw_result_name(enum sw_result r);

struct sw_plan_args {
    const struct sw_policy *policy; /* borrowed, outlives the plan */
    const struct sw_uri *uri;       /* copied */
    size_t request_len;             /* octets of the request as it will be sent; 0: not known */
    uint64_t seed;                  /* chance of this location */
    bool is_stateless;              /* S1, S2: key instead of seed, no health */
    struct sw_slice stateless_key;  /* with is_stateless; not kept */
    struct sw_health *health;       /* borrowed; NULL: none */
    const struct sw_health_key *preferred; /* R8: tried first if it is a candidate at all and
                                              nothing is known against it; copied; NULL: none */
    struct sw_offers *offers;              /* H3; borrowed; NULL: none is remembered */
    struct sw_routes *routes;              /* cache of this policy, borrowed; NULL: none */
    const struct sw_trace *trace;          /* borrowed; NULL: none */
    const struct sw_alloc *alloc;          /* borrowed; NULL: the C library's */
};

/* P2: a response whose own address failed. */
struct sw_response_args {
    enum sw_transport transport; /* of the top Via */
    struct sw_host sent_by;
    bool has_port;
    uint16_t port;
};

struct sw_plan_ask {
    uint32_t id;                 /* for sw_plan_answer() */
    struct sw_question question; /* valid until the answer is handed in or the plan ends */
};

enum sw_next { SW_NEXT_CANDIDATE, SW_NEXT_WAIT, SW_NEXT_END };

/**
 * Begin a location.
 *
 * @param[out] out  the plan; sw_plan_free() it. A URI that cannot be located gives a plan too: its
 *                  first sw_plan_next() says SW_NEXT_END, its result INVALID or NONE.
 * @retval 0, SW_E_NOMEM
 *
 * Owns: the plan keeps copies of what it needs of the URI. Thread: one at a time.
 * Spec: RFC 3263 4; I1 to I6, T1 to T7.
 */
SW_MUST_USE int sw_plan_new(struct sw_plan **out, const struct sw_plan_args *args, uint64_t now_us);
/**
 * Begin the location of where a response goes once its own address has failed (RFC 3263 5).
 * args->uri is not read. No NAPTR question is asked; TLS stays TLS.
 * @retval 0, SW_E_NOMEM
 */
SW_MUST_USE int sw_plan_new_response(struct sw_plan **out, const struct sw_plan_args *args,
                                     const struct sw_response_args *response, uint64_t now_us);
/* Reuse a plan for another location without going back to the allocator. As sw_plan_new(). On
 * SW_E_NOMEM the plan can only be reused again or freed. */
SW_MUST_USE int sw_plan_restart(struct sw_plan *plan, const struct sw_plan_args *args,
                                uint64_t now_us);
void sw_plan_free(struct sw_plan *plan); /* NULL allowed; answers still under way are not needed */

/**
 * Say what to ask now. Call until it returns false, after _new and after every _answer and _next.
 * The questions are independent: ask them all at once.
 * Spec: T4, V1, V2, V9, A1, D9.
 */
SW_MUST_USE bool sw_plan_ask(struct sw_plan *plan, uint64_t now_us, struct sw_plan_ask *ask);

/**
 * Hand in an answer. Everything of it that is needed is copied. An id that is not open is ignored.
 * @retval 0
 * @retval SW_E_NOMEM  the answer counts as a temporary failure; the plan goes on and may be used.
 */
SW_MUST_USE int sw_plan_answer(struct sw_plan *plan, uint32_t id, const struct sw_answer *answer,
                               uint64_t now_us);

/**
 * Go to the next candidate.
 *
 * @param why   what came of the candidate handed out last; SW_TRY_NONE at first, and when coming
 *              back after SW_NEXT_WAIT.
 * @param[out] out  written on SW_NEXT_CANDIDATE; its views are valid as long as the plan.
 * @retval SW_NEXT_CANDIDATE  send there.
 * @retval SW_NEXT_WAIT       ask what sw_plan_ask() says, wait for an answer or sw_plan_wake_us().
 * @retval SW_NEXT_END        no candidate is left; sw_plan_result() and sw_plan_reason() say why.
 *
 * Spec: F1 to F3, V4, V7, V9, A2 to A4, R3, R4, D10, N9.
 */
SW_MUST_USE enum sw_next sw_plan_next(struct sw_plan *plan, uint64_t now_us, enum sw_try why,
                                      struct sw_candidate *out);

/**
 * Hand out a second candidate while the first one is still being connected to: another family's
 * address of the same target, when it would have been the next in any case and nothing is known
 * against it (X3). Then both are out: what came of one while the other goes on is said with
 * sw_plan_report(), and sw_plan_next() is told SW_TRY_NONE.
 * @retval SW_NEXT_CANDIDATE  *out is it.
 * @retval SW_NEXT_END        there is none, or it is not known yet.
 */
SW_MUST_USE enum sw_next sw_plan_rival(struct sw_plan *plan, uint64_t now_us,
                                       struct sw_candidate *out);
/* What came of a candidate that was handed out; place is its member. */
void sw_plan_report(struct sw_plan *plan, uint8_t place, enum sw_try why);

/* True when a further sw_plan_next() could hand out another candidate (known, or being asked for):
 * decides between the try time and the whole rest of the time (F5). */
bool sw_plan_has_more(struct sw_plan *plan, uint64_t now_us);

/* When to call sw_plan_next() again at the latest: the AAAA wait or the deadline; SW_NEVER: none.
 */
uint64_t sw_plan_wake_us(const struct sw_plan *plan);

enum sw_result sw_plan_result(const struct sw_plan *plan);
/* H3: the domain offered SIPS before and does no longer. Known once a candidate was handed out, or
 * none. *is_first: nobody found it out before. */
bool sw_plan_is_bid_down(const struct sw_plan *plan, bool *is_first);
/* For a person, empty when ok. Written into b. */
void sw_plan_reason(const struct sw_plan *plan, struct sw_buf *b);
/* TARGET as text without trailing dot or brackets. */
void sw_plan_target(const struct sw_plan *plan, struct sw_buf *b);
/* What its route is known by among routes of one policy; never 0. seed: secret. */
uint64_t sw_plan_route_key(const struct sw_plan *plan, uint64_t seed);
/* Bytes of memory the plan and its route hold. */
size_t sw_plan_memory_len(const struct sw_plan *plan);

#endif

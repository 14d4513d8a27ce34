/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking all workers the same, and what came of it: a round. A worker that does not answer in time
 * holds up nobody: the round ends without it, and says so.
 *
 *     sw_rounds_new(&rounds, base, &conf);
 *     sw_rounds_ask(rounds, SW_QUERY_FIGURES, (struct sw_slice){0}, &then);
 *     ... then.fn(then.arg, then.tag, &round), once, from the loop ...
 *
 * Thread: that of the base.
 */
#ifndef SW_RUN_ROUND_H
#define SW_RUN_ROUND_H

#include "run/query.h"

struct event_base;
struct sw_rounds;

struct sw_rounds_conf {
    uint16_t worker_count;
    uint64_t limit_us; /* how long a worker may take */
    /* Hand a query to a worker, which gives it back by sw_query_return(). */
    void (*post)(void *arg, uint16_t worker, struct sw_query *q);
    void *arg;
};

struct sw_round {
    struct sw_query *const *answers; /* by worker; NULL: it did not answer */
    uint16_t worker_count;
    uint16_t answer_count;
};

struct sw_round_then {
    void (*fn)(void *arg, uint64_t tag, const struct sw_round *round);
    void *arg;
    uint64_t tag;
    void *owned; /* of the C library's allocator; given back when the round is over; may be NULL */
};

/** @retval 0, SW_E_NOMEM, SW_E_SYSTEM */
SW_MUST_USE int sw_rounds_new(struct sw_rounds **out, struct event_base *base,
                              const struct sw_rounds_conf *conf);
/* Rounds under way end without a word. No worker may still hold a query. NULL is allowed. */
void sw_rounds_free(struct sw_rounds *r);

/* Begin a round. Its end never comes before this returns.
 * @retval 0, SW_E_NOMEM (then.fn is not called, then.owned is still the caller's) */
SW_MUST_USE int sw_rounds_ask(struct sw_rounds *r, enum sw_query_kind kind, struct sw_slice call_id,
                              const struct sw_round_then *then);

#endif

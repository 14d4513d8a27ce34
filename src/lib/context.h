/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a context and its locations.
 *
 * Who calls whom: the caller's sipward_next() and the answers of the DNS both end in advance() of
 * location.c, which alone moves the plan. An answer to a location that has said SIPWARD_WAIT makes
 * it move once; when that finds something it is kept (`found`) and the location joins the ready
 * list. Ready functions are called from one place only, sw_context_deliver(), with
 * nothing of ours on the stack that they could pull away: so they may end locations, begin others
 * and free the context.
 */
#ifndef SW_LIB_CONTEXT_H
#define SW_LIB_CONTEXT_H

#include "adapter/dns_unbound.h"
#include "adapter/loop.h"
#include "adapter/loop_epoll.h"
#include "base/list.h"
#include "base/rng.h"
#include "base/timerwheel.h"
#include "lib/record.h"
#include "lib/snapshot.h"
#include "locate/health.h"
#include "locate/plan.h"

#include "sipward/sipward.h"

enum {
    /* Ended locations kept for the next ones, so that a warm location asks for no memory. More
     * would only hold memory that a burst once needed. */
    SW_SPARE_MAX = 16
};

struct sw_first_place;

struct sipward {
    struct sw_alloc own_alloc;
    const struct sw_alloc *alloc; /* &own_alloc, or NULL: the C library's */
    struct ad_loop *loop;
    struct ad_loop_epoll *own; /* NULL on a libevent base */
    struct ad_dns *dns;
    struct sw_snapshot *snapshot; /* of new locations */
    struct sw_health *health;
    struct sw_rng rng;
    uint64_t question_us;
    struct ad_loop_timer *timer; /* runs the wheel; on a libevent base it delivers, too */
    uint64_t timer_due_us;
    struct sw_timerwheel wheel; /* one timer a waiting location */
    struct sw_list live, spare, ready;
    size_t spare_count;
    struct sipward_location *awaited; /* the one in sipward_wait() */
    unsigned depth;                   /* > 0: a caller's function may be running */
    bool is_dying;                    /* freed from a ready function */
};

struct sipward_location {
    struct sipward *sw;
    struct sw_list link;       /* in live or spare */
    struct sw_list ready_link; /* in ready */
    struct sw_timer timer;
    struct sw_plan *plan; /* NULL as long as a response has its first place */
    struct sw_snapshot *snapshot;
    struct sw_list asks;          /* questions under way */
    struct sw_record *record;     /* NULL: no trace wanted */
    struct sw_first_place *first; /* NULL: not a response */
    sipward_ready_fn *ready;
    void *arg;
    uint64_t now_us;    /* when it moved last; a plan must not be told an earlier time */
    enum sw_try why;    /* what came of the candidate handed out last */
    bool is_list;       /* SIPWARD_LIST */
    bool is_stateless;  /* one candidate only, unless it is a list (S2) */
    bool is_spent;      /* that one has been handed out */
    bool is_waiting;    /* SIPWARD_WAIT was the last word */
    bool has_found;     /* `found` is what the next sipward_next() says */
    bool has_candidate; /* SIPWARD_CANDIDATE was the last word: `inner` and `outer` are it */
    bool is_starved;    /* no memory for the second half of a response's search */
    enum sw_next found;
    struct sw_candidate inner;
    struct sipward_candidate outer;
};

static inline uint64_t sw_context_now_us(const struct sipward *sw)
{
    return sw->loop->ops->now_us(sw->loop);
}

/* Arm the context's timer for what is due next. */
void sw_context_arm(struct sipward *sw);
/* Call the ready functions; may free the context. */
void sw_context_deliver(struct sipward *sw);
/* A stretch in which a caller's function may run. Leaving it frees a context that was freed
 * meanwhile: false, and nothing of it may be touched. */
void sw_context_enter(struct sipward *sw);
bool sw_context_leave(struct sipward *sw);
/* Free a spare or live location for good. */
void sw_location_destroy(struct sipward_location *l);
/* The location's timer went off. */
void sw_location_on_timer(struct sipward_location *l);

#endif

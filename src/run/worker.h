/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker: one loop with its own listeners, resolver, core and log. Any number of them can run,
 * each on a thread of its own; they share nothing but the settings, and talk by mail (post.h).
 *
 *     sw_worker_new(&w);                  // it has a loop, on which a resolver can be made
 *     sw_worker_open(w, &args, &why);     // everything is open when it returns
 *     sw_worker_run(w);                   // on its thread, until told to stop
 *     sw_worker_tell(w, SW_WORKER_DRAIN); // from any thread, or from a signal handler
 *     sw_worker_switch(w, next_part);     // another configuration: decision 0014
 *     sw_worker_free(w);
 */
#ifndef SW_RUN_WORKER_H
#define SW_RUN_WORKER_H

#include "proxy/port.h"
#include "run/part.h"
#include "run/post.h"
#include "run/query.h"

struct sw_worker;

struct sw_worker_args {
    struct sw_part *part;   /* borrowed until sw_worker_switches() has seen it replaced; what it
                               carries for the worker is taken on success */
    struct sw_post *post;   /* borrowed: the mail of all workers */
    struct sw_state *state; /* borrowed; NULL: nothing survives a restart */
    uint16_t index;         /* from 0 */
    uint8_t seed[32];       /* secret, the same for all workers */
    int switched_fd;        /* borrowed: an eventfd to count switches on */
};

enum sw_worker_order {
    SW_WORKER_DRAIN = 1 << 0,  /* no new transactions; stop when the open ones have ended, or after
                                  the settings' drain_us */
    SW_WORKER_STOP = 1 << 1,   /* now */
    SW_WORKER_REOPEN = 1 << 2, /* the log file */
    SW_WORKER_ANSWER = 1 << 3, /* what sw_worker_ask() left */
    SW_WORKER_PING = 1 << 4,   /* show that it lives: see sw_worker_pongs() */
    SW_WORKER_LEVEL = 1 << 5,  /* of the log: what sw_worker_set_level() said */
    SW_WORKER_SWITCH = 1 << 6, /* to what sw_worker_switch() left */
    SW_WORKER_LISTEN = 1 << 7, /* read from new listeners: every worker has switched */
    SW_WORKER_LOOK = 1 << 8    /* which leaving listeners are in use: see sw_worker_looks() */
};

/* Make one that has a loop and nothing else. @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_worker_new(struct sw_worker **out);
/**
 * Open everything that its part names.
 * @param[out] error  written on failure; then sw_worker_free() is all that may follow.
 * @retval 0
 * @retval SW_E_SYSTEM  the operating system refuses a socket's options.
 * @retval SW_E_FILE    the log cannot be written.
 * @retval SW_E_NOMEM
 *
 * Thread: the one that runs it may be another.
 */
SW_MUST_USE int sw_worker_open(struct sw_worker *w, const struct sw_worker_args *args,
                               struct sw_worker_error *error);
/* Closes everything at once. Not while it runs. NULL is allowed. */
void sw_worker_free(struct sw_worker *w);

/* Work until told to stop. */
void sw_worker_run(struct sw_worker *w);
/* Give an order; it is carried out in the worker's next turn. Thread: any; signal handlers too. */
void sw_worker_tell(struct sw_worker *w, enum sw_worker_order order);

/* Leave a query, which comes back with its answer after the worker's next turn. Takes q. Thread:
 * any. */
void sw_worker_ask(struct sw_worker *w, struct sw_query *q);
/* How many SW_WORKER_PING it has seen; several given in a row may count as one. Thread: any. */
uint64_t sw_worker_pongs(struct sw_worker *w);
/* Write lines of this level and graver ones from its next turn on. Thread: any. */
void sw_worker_set_level(struct sw_worker *w, enum ad_log_level level);

/* Work by this part from the next turn on, and read from its new listeners at SW_WORKER_LISTEN. Not
 * before the last switch has been made. Thread: any. */
void sw_worker_switch(struct sw_worker *w, struct sw_part *next);
/* How many it has made: of the part before the last one nothing is used any more. Thread: any. */
unsigned sw_worker_switches(const struct sw_worker *w);
/* How many SW_WORKER_LOOK it has carried out, and what the last one saw: a bit for each leaving
 * listener that is still used. Thread: any. */
unsigned sw_worker_looks(const struct sw_worker *w, uint64_t *used);
/* To make a resolver on. Thread: any. */
struct ad_loop *sw_worker_loop(const struct sw_worker *w);

/**
 * Find out whether what the settings name can be used: zone files, trust anchors. Opens no socket.
 * @param[out] error  written on failure.
 * @retval 0, SW_E_FILE, SW_E_ZONE, SW_E_RESOLVER, SW_E_NOMEM
 */
SW_MUST_USE int sw_worker_check(const struct sw_settings *settings, struct sw_worker_error *error);

/* The core's counters, to be read when the worker does not run. */
const struct px_counters *sw_worker_counters(const struct sw_worker *w);

#endif

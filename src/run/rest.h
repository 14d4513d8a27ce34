/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a worker rests. Datagrams that come one by one, each before it is asleep for long, cost it a
 * turn each: its turns, and waking it, are half of what a call costs then. So above a rate it looks
 * away for a moment and then finds several, as network cards do. Whoever sends meanwhile need not
 * wake it. It never rests while more comes than it deals with, from wherever: then a turn has many.
 *
 *     if (sw_rest_is_due(&rest, datagrams_received, events_handled, now_us))
 *         sleep for SW_REST_US;
 *
 * Owns: nothing. Thread: one at a time.
 */
#ifndef SW_RUN_REST_H
#define SW_RUN_REST_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SW_REST_US = 50,
    SW_REST_FEW = 8,           /* events: a turn with more of them is worth its cost */
    SW_REST_WINDOW_US = 5000,  /* over which the rate is looked at, */
    SW_REST_WINDOW_COUNT = 200 /* and the least that makes it high: two in a rest */
};

/* {0}: nothing has come yet. */
struct sw_rest {
    uint64_t window_us;    /* when it began */
    uint64_t window_count; /* received until then */
    uint64_t seen_count;   /* events until the last turn */
    bool is_high;
};

/* After each turn. Since the worker began: datagrams received, and events of all kinds, those of
 * streams and of other workers among them. */
bool sw_rest_is_due(struct sw_rest *r, uint64_t received, uint64_t events, uint64_t now_us);

#endif

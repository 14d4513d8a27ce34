/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers that come in the order in which they are due, as nearly all do that have one length: lane
 * n takes those of 256 * 2^n ticks to twice that, and of them who is due in no earlier tick than
 * its last one. Others are for the wheel (timerwheel.h), whose part this is.
 *
 * A lane is an array in pieces of some sixty places, so that who comes next is known without
 * touching those before him: each has lain for half a minute, is in no cache, and a list of them
 * costs a miss of it each, one after the other. Who leaves early leaves his place empty; a piece is
 * given back when all of its places are, so a timer costs at most a piece.
 *
 * Owns: its pieces, and as many that are empty. Thread: one at a time.
 */
#ifndef SW_BASE_TIMERLANE_H
#define SW_BASE_TIMERLANE_H

#include "base/alloc.h"
#include "base/list.h"

#include <stdint.h>

enum { SW_LANES = 8, SW_LANE_MIN_LOG2 = 8 };

#define SW_LANE_NO_TICK UINT64_MAX

/* What is due at a tick. */
struct sw_lane_place {
    void *what;       /* NULL: it has left */
    uint64_t tick_at; /* its tick * 256 + which place of its piece this is */
};

struct sw_lane {
    struct sw_list pieces; /* in order; each has something */
    uint64_t first_tick;   /* SW_LANE_NO_TICK when it is empty */
    uint64_t last_tick;
};

struct sw_lanes {
    const struct sw_alloc *alloc;
    struct sw_lane lanes[SW_LANES];
    struct sw_list spare;
    size_t piece_count, spare_count;
    unsigned taken_from; /* the lane that something was last taken from */
};

/* alloc: borrowed; NULL: the C library's. Nothing is asked of it yet. It must not be moved. */
void sw_lanes_init(struct sw_lanes *l, const struct sw_alloc *alloc);
/* Whatever is in them. */
void sw_lanes_fini(struct sw_lanes *l);

/**
 * Put `what` at the end of its lane.
 * @return its place, which stays where it is until it is left; NULL: it would overtake, is due too
 *         soon for any lane, or there is no memory.
 */
SW_MUST_USE struct sw_lane_place *sw_lanes_put(struct sw_lanes *l, void *what, uint64_t due_tick,
                                               uint64_t now_tick);
void sw_lanes_leave(struct sw_lanes *l, struct sw_lane_place *place);
/* When the first one is due; SW_LANE_NO_TICK: there is none. */
uint64_t sw_lanes_next_tick(const struct sw_lanes *l);
/* One that is due at this tick, which leaves; NULL: there is none. */
void *sw_lanes_take(struct sw_lanes *l, uint64_t tick);
/* The `count`-th place behind the one that was last taken, due or not; NULL: it is empty, or not
 * there. */
void *sw_lanes_ahead(const struct sw_lanes *l, unsigned count);

#endif

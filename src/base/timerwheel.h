/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers whose cost does not depend on how many there are: a hierarchical wheel with ticks of
 * about one millisecond (1024 us), and lanes beside it, if wanted, for those that come in the order
 * in which they are due (timerlane.h). Arming, disarming and firing are O(1). A timer never fires
 * early; it fires at most one tick late.
 *
 * Time only comes in as an argument. Thread: one at a time.
 */
#ifndef SW_BASE_TIMERWHEEL_H
#define SW_BASE_TIMERWHEEL_H

#include "base/list.h"
#include "base/time.h"
#include "base/timerlane.h"

#include <stdint.h>

enum { SW_WHEEL_LEVELS = 4, SW_WHEEL_SLOTS = 256, SW_WHEEL_WORDS = SW_WHEEL_SLOTS / 64 };

struct sw_timer {
    union { /* private */
        struct sw_list link;
        struct {
            struct sw_lane_place *place;
            const void *nobody; /* NULL, which the prev of a link in a list never is */
        };
    };
    uint64_t due_us; /* when it fires; SW_NEVER when not armed */
};

struct sw_timerwheel {
    uint64_t now_us;      /* the latest time it was told */
    uint64_t now_tick;    /* all turns up to here are done; behind now_us while some are due */
    uint64_t quiet_until; /* no turn before this tick */
    uint64_t occupied[SW_WHEEL_LEVELS][SW_WHEEL_WORDS]; /* a bit a slot */
    struct sw_list slots[SW_WHEEL_LEVELS][SW_WHEEL_SLOTS];
    struct sw_list expired; /* due, not yet taken */
    struct sw_lanes lanes;
    bool has_lanes, has_due; /* some of the lanes may be due, too */
    size_t count;
};

/* Empty, at this time. It points into itself: it must not be moved. */
void sw_timerwheel_init(struct sw_timerwheel *w, uint64_t now_us);
/* Give it lanes, before it has any timer. alloc: borrowed; NULL: the C library's. */
void sw_timerwheel_add_lanes(struct sw_timerwheel *w, const struct sw_alloc *alloc);
/* Only after that needed. Timers that are still armed are forgotten. */
void sw_timerwheel_fini(struct sw_timerwheel *w);
/* Not armed. */
void sw_timer_init(struct sw_timer *t);
/* Arm for due_us, also when it is armed already; a due time in the past (of the latest time the
 * wheel was told) fires at the next take. SW_NEVER disarms. */
void sw_timer_arm(struct sw_timerwheel *w, struct sw_timer *t, uint64_t due_us);
/* Does nothing when it is not armed. */
void sw_timer_disarm(struct sw_timerwheel *w, struct sw_timer *t);
static inline bool sw_timer_is_armed(const struct sw_timer *t)
{
    return t->due_us != SW_NEVER;
}
/* When to call sw_timerwheel_take() again: never later than the earliest timer's tick end, may be
 * earlier (a cascade). SW_NEVER when no timer is armed. */
uint64_t sw_timerwheel_next_us(const struct sw_timerwheel *w);
/* The next timer that is due at now_us, disarmed; NULL when there is none left. Call until NULL.
 * Earlier ticks come first. A now_us before an earlier one counts as that one. */
struct sw_timer *sw_timerwheel_take(struct sw_timerwheel *w, uint64_t now_us);
/* One that will be taken some time after the last one: the `count`-th behind it in its lane. NULL:
 * there is none, or it is not known. For whoever wants to have it brought closer before. */
const struct sw_timer *sw_timerwheel_ahead(const struct sw_timerwheel *w, unsigned count);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ladder of one call: who sent what to whom, when, and why the proxy did what it did. Events may
 * be added in any order; they are drawn by time.
 */
#ifndef DEMO_LADDER_H
#define DEMO_LADDER_H

#include "term.h"

#include <stddef.h>
#include <stdint.h>

enum demo_who { DEMO_CALLER, DEMO_PROXY, DEMO_SERVER1, DEMO_SERVER2, DEMO_WHO_COUNT };

enum { DEMO_EVENTS_MAX = 64, DEMO_TEXT_MAX = 96 };

struct demo_event {
    uint64_t at_us;
    size_t order;    /* in which it was added */
    bool is_note;    /* a decision of the proxy: text alone */
    bool has_failed; /* the arrow does not arrive */
    enum demo_who from, to;
    char text[DEMO_TEXT_MAX];
};

struct demo_ladder {
    uint64_t start_us;                             /* shown as 0 */
    struct demo_event events[DEMO_EVENTS_MAX + 1]; /* the last takes what finds no room */
    size_t count;
};

/* Begin a new ladder. */
void demo_ladder_begin(struct demo_ladder *l, uint64_t start_us);
/* A message that arrived. The text is cut to its room; a full ladder takes no more. */
void demo_ladder_message(struct demo_ladder *l, uint64_t at_us, enum demo_who from,
                         enum demo_who to, const char *text);
/* One that did not. */
void demo_ladder_failure(struct demo_ladder *l, uint64_t at_us, enum demo_who to, const char *text);
/* Why the proxy did what comes next. */
void demo_ladder_note(struct demo_ladder *l, uint64_t at_us, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Draw it on standard output. */
void demo_ladder_draw(struct demo_ladder *l, const struct demo_term *t);

#endif

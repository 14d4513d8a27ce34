/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of reading one .route file, and the keys, each in the file of its kind. */
#ifndef SW_TEST_ROUTE_PARSE_H
#define SW_TEST_ROUTE_PARSE_H

#include "route_case.h"

struct rt_parser {
    struct rt_case *c;
    int line;
    const char *origin;
    struct rt_client *client;
    struct tz_zone *zone;
    bool zone_is_used;     /* by a step: a change makes a new one */
    bool zone_has_records; /* of its own, or none yet: they may be added to */
    struct rt_penalty *penalties;
    uint64_t wait_us;
    struct rt_step *step, **last_step; /* step: the newest, NULL before the first */
    bool in_any_order;
    unsigned group;
};

/* One line of a key, without the key. is_first: the key stands on this line.
 * @return NULL, or what is wrong. */
typedef const char *rt_key_fn(struct rt_parser *p, const struct tw_words *w, bool is_first);

/* route_given.c: what is in force */
rt_key_fn rt_key_client, rt_key_origin, rt_key_zone, rt_key_dns, rt_key_penalty, rt_key_wait;
/* route_wanted.c: what is done and expected */
rt_key_fn rt_key_locate, rt_key_reply, rt_key_after, rt_key_stop, rt_key_expect, rt_key_queries,
    rt_key_never, rt_key_note, rt_key_no_note, rt_key_target, rt_key_time, rt_key_round_trips,
    rt_key_share;

/* Cleared, from the case's arena; ends the program when there is no memory. */
void *rt_get(struct rt_parser *p, size_t size);
const char *rt_text(struct rt_parser *p, const char *text);

#endif

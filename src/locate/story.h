/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A trace kept for later: its events one behind the other in one run of bytes, with all text ready
 * for a person. A location that asked nothing takes a few hundred octets; one that asked takes
 * about as much as the answers had.
 *
 *     static void on_event(void *user, const struct sw_trace_event *e)
 *     {
 *         sw_story_add(user, e);                     // user: a struct sw_buf
 *     }
 *     ...
 *     struct sw_slice rest = sw_buf_slice(&buf);
 *     while (sw_story_next(&rest, &event))
 *         show(&event);
 *
 * The bytes are of this process only: they are no format for files or networks.
 */
#ifndef SW_LOCATE_STORY_H
#define SW_LOCATE_STORY_H

#include "locate/trace.h"

enum sw_story_flag {
    SW_STORY_SECURE = 1 << 0,
    SW_STORY_STALE = 1 << 1,
    SW_STORY_LOCAL = 1 << 2, /* from a zone file */
    SW_STORY_CUT = 1 << 3,
    SW_STORY_PENALISED = 1 << 4, /* a candidate behind the healthy ones (R3) */
    SW_STORY_PROBE = 1 << 5      /* a candidate that is tried to find out (R4) */
};

/* What of it is used depends on the kind, as with struct sw_trace_event. */
struct sw_story_event {
    uint64_t at_us;
    enum sw_trace_kind kind;
    unsigned row; /* enum sw_step, enum sw_note, or a result: by the kind; 0 for others */
    enum sw_rrtype type;
    enum sw_outcome outcome;
    enum sw_transport transport;
    struct sw_endpoint endpoint;
    uint32_t ttl_s, elapsed_us;
    uint16_t record_count; /* of an answer */
    uint8_t rcode;
    uint8_t flags;            /* enum sw_story_flag */
    struct sw_slice name;     /* of the question or the step; the host of a candidate */
    struct sw_slice subject;  /* escaped */
    struct sw_slice record;   /* in presentation format */
    struct sw_slice question; /* with a record: whose answer it is part of */
};

/* Append an event. One that finds no room is left out whole, and b->overflow says so. */
void sw_story_add(struct sw_buf *b, const struct sw_trace_event *e);
/* Take the first event off *rest; false at the end. The texts point into *rest's bytes. */
bool sw_story_next(struct sw_slice *rest, struct sw_story_event *out);

#endif

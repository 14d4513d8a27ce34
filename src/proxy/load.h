/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether more comes in than can be carried (section 6). The driver tells how long each datagram
 * had lain in its socket: that is how late we are, and everybody's call is late by as much. Being
 * late for a moment is a burst; being late all the time is load, and then new calls are refused,
 * which costs a fraction of a call, so that those that were accepted stay in time.
 *
 *     px_load_note(&core->load, bound_us, &wait, now_us);    // each datagram
 *     if (px_load_is_heavy(&core->load, now_us) && the request begins something new)
 *         503 with Retry-After;
 *
 * Heavy: every datagram of a tenth of a second had waited longer than the bound, or a socket
 * was half full: what it cannot hold any more costs its sender half a second. Light
 * again: one had waited less than half of it, or none has come for a second: then nothing waits,
 * and who comes over a stream need not suffer for it. Heavy again at once, when it became light
 * less than a second ago: under steady overload the queue would otherwise grow to a tenth of a
 * second each time.
 */
#ifndef SW_PROXY_LOAD_H
#define SW_PROXY_LOAD_H

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

#define PX_LOAD_BURST_US SW_MS(100) /* late for so long is load */
#define PX_LOAD_RELAPSE_US SW_SECONDS(1)
#define PX_LOAD_TELL_US SW_SECONDS(1)

/* What a datagram met in its socket. */
struct px_wait {
    uint64_t us;
    bool is_crowded; /* by half or more of what the socket can hold */
};

/* {0}: nothing has been late. */
struct px_load {
    uint64_t late_since_us; /* 0: the last datagram was in time */
    uint64_t light_us;      /* when it last became light; 0: never was heavy */
    uint64_t noted_us;      /* the last datagram */
    uint64_t told_us;       /* when it was last said; 0: not of this load */
    uint32_t untold_count;  /* requests refused since */
    bool is_heavy;          /* by then */
};

/* bound_us 0: never heavy. now_us never runs backwards. */
void px_load_note(struct px_load *load, uint64_t bound_us, const struct px_wait *wait,
                  uint64_t now_us);

/* A request was refused for it. Line after line would be load, too, and hide what matters: it is
 * said when it begins, once a second, and when it is over. True: now, of *count requests. */
bool px_load_refuse(struct px_load *load, uint64_t now_us, uint32_t *count);
/* True: it is over, and *count requests were refused since it was last said. */
bool px_load_end(struct px_load *load, uint64_t now_us, uint32_t *count);

static inline bool px_load_is_heavy(const struct px_load *load, uint64_t now_us)
{
    return load->is_heavy && now_us - load->noted_us < PX_LOAD_RELAPSE_US;
}

#endif

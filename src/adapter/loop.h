/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop an adapter lives on, as an interface: timers and file descriptors. Two kinds exist:
 * a libevent base of the caller's (loop_libevent.h), and one of our own over epoll that is a single
 * pollable file descriptor (loop_epoll.h). DNS needs no more than this; the daemon uses libevent.
 */
#ifndef SW_ADAPTER_LOOP_H
#define SW_ADAPTER_LOOP_H

#include "base/attr.h"
#include "base/err.h"

#include <stdint.h>

struct ub_ctx;
struct ad_loop;
struct ad_loop_timer;

typedef void ad_loop_timer_fn(void *arg);

struct ad_loop_ops {
    /* A libunbound context that lives on this loop; NULL when out of memory. */
    struct ub_ctx *(*new_ub_ctx)(struct ad_loop *loop);
    /* A one-shot timer, not armed; NULL when out of memory. */
    struct ad_loop_timer *(*timer_new)(struct ad_loop *loop, ad_loop_timer_fn *fn, void *arg);
    void (*timer_arm)(struct ad_loop_timer *t, uint64_t after_us); /* re-arms */
    void (*timer_disarm)(struct ad_loop_timer *t);
    void (*timer_free)(struct ad_loop_timer *t);
    /* Monotonic time, microseconds. */
    uint64_t (*now_us)(struct ad_loop *loop);
};

struct ad_loop {
    const struct ad_loop_ops *ops;
};

#endif

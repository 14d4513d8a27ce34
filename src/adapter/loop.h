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

#include <stdbool.h>
#include <stdint.h>

struct ub_ctx;
struct ad_loop;
struct ad_loop_timer;
struct ad_loop_watch;

typedef void ad_loop_timer_fn(void *arg);

/* What a descriptor is watched for, and what it is ready for. */
enum ad_loop_ready { AD_LOOP_NOTHING = 0, AD_LOOP_READ = 1 << 0, AD_LOOP_WRITE = 1 << 1 };

typedef void ad_loop_watch_fn(void *arg, int fd, unsigned ready); /* bits of enum ad_loop_ready */

struct ad_loop_ops {
    /* A libunbound context that lives on this loop; NULL when out of memory. */
    struct ub_ctx *(*new_ub_ctx)(struct ad_loop *loop);
    /* A one-shot timer, not armed; NULL when out of memory. */
    struct ad_loop_timer *(*timer_new)(struct ad_loop *loop, ad_loop_timer_fn *fn, void *arg);
    void (*timer_arm)(struct ad_loop_timer *t, uint64_t after_us); /* re-arms */
    void (*timer_disarm)(struct ad_loop_timer *t);
    void (*timer_free)(struct ad_loop_timer *t);
    /* A descriptor, not watched yet; NULL when out of memory. To be freed before it is closed. */
    struct ad_loop_watch *(*watch_new)(struct ad_loop *loop, int fd, ad_loop_watch_fn *fn,
                                       void *arg);
    /* Watch it for these from now on. False: the kernel has no room. */
    bool (*watch_set)(struct ad_loop_watch *w, unsigned what);
    void (*watch_free)(struct ad_loop_watch *w); /* NULL is allowed; also from its own fn */
    /* Monotonic time, microseconds. */
    uint64_t (*now_us)(struct ad_loop *loop);
};

struct ad_loop {
    const struct ad_loop_ops *ops;
};

#endif

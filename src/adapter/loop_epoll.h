/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ad_loop that is a single pollable file descriptor: an epoll descriptor that holds a timerfd
 * and the resolver's sockets, which libunbound hands over through its pluggable event interface.
 * For callers with a loop of their own that is not libevent, and for blocking calls.
 *
 *     struct ad_loop_epoll *l;
 *     rc = ad_loop_epoll_new(&l);
 *     ... ad_dns_new(&dns, &conf, ad_loop_epoll_loop(l), NULL) ...
 *     for (;;) {
 *         poll(the descriptor ad_loop_epoll_fd(l), readable, ad_loop_epoll_timeout_ms(l));
 *         ad_loop_epoll_process(l);
 *     }
 *
 * Whoever waits for the descriptor alone may leave out the timeout: timers make it readable too.
 */
#ifndef SW_ADAPTER_LOOP_EPOLL_H
#define SW_ADAPTER_LOOP_EPOLL_H

#include "adapter/loop.h"

struct ad_loop_epoll;

/** @retval 0, SW_E_NOMEM, SW_E_SYSTEM (no descriptors left). Thread: one at a time per loop. */
SW_MUST_USE int ad_loop_epoll_new(struct ad_loop_epoll **out);

/* Everything made on the loop (contexts, timers) must be gone. NULL is allowed. */
void ad_loop_epoll_free(struct ad_loop_epoll *l);

/* As others see it; valid as long as l. */
struct ad_loop *ad_loop_epoll_loop(struct ad_loop_epoll *l);

/* Readable when there is something to process. Not to be read, written or closed. */
int ad_loop_epoll_fd(const struct ad_loop_epoll *l);

/* Milliseconds until the next timer, rounded up; 0 when one is due, -1 when there is none. */
int ad_loop_epoll_timeout_ms(const struct ad_loop_epoll *l);

/* Do what is ready, answers to questions included. Never blocks. Not from a callback. */
void ad_loop_epoll_process(struct ad_loop_epoll *l);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* An ad_loop on a libevent base that belongs to the caller. */
#ifndef SW_ADAPTER_LOOP_LIBEVENT_H
#define SW_ADAPTER_LOOP_LIBEVENT_H

#include "adapter/loop.h"

struct event_base;

/**
 * Wrap a libevent base.
 *
 * @param base  borrowed; outlives the loop. The caller runs it.
 * @retval 0, SW_E_NOMEM
 *
 * Owns: the wrapper is the caller's, for ad_loop_libevent_free(). Thread: that of the base.
 */
SW_MUST_USE int ad_loop_libevent_new(struct ad_loop **out, struct event_base *base);

/* Everything made on the loop (contexts, timers) must be gone. NULL is allowed. */
void ad_loop_libevent_free(struct ad_loop *loop);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The route cache: what the DNS said about a TARGET under one policy, for its smallest TTL (D8).
 * A cached route answers without any question; targets whose addresses were not needed before are
 * asked for when they are (V9). Bounded; the least recently used leaves.
 */
#ifndef SW_LOCATE_ROUTES_H
#define SW_LOCATE_ROUTES_H

#include "base/alloc.h"
#include "locate/policy.h"

struct sw_routes;

/**
 * @param policy     borrowed; only plans under this very policy use the cache.
 * @param route_max  0: the default, 4096.
 * @param seed       secret: names come from strangers.
 * @retval 0, SW_E_NOMEM
 *
 * Thread: one at a time; every worker has its own.
 */
SW_MUST_USE int sw_routes_new(struct sw_routes **out, const struct sw_alloc *alloc,
                              const struct sw_policy *policy, size_t route_max, uint64_t seed);
/* NULL allowed. Plans that use one of its routes, or were to add one, may live on. */
void sw_routes_free(struct sw_routes *routes);
/* Forget all; plans go on with what they have. */
void sw_routes_flush(struct sw_routes *routes);
/* Routes in it, expired ones that nobody asked for since included. */
size_t sw_routes_count(const struct sw_routes *routes);

#endif

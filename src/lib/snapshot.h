/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy with everything it points to and the routes parsed under it: made once, never changed,
 * shared by the locations that began under it. When the network changes the context takes a new
 * one; locations under way keep theirs (F3).
 */
#ifndef SW_LIB_SNAPSHOT_H
#define SW_LIB_SNAPSHOT_H

#include "adapter/sources.h"
#include "locate/plan.h"

#include "sipward/err.h"
#include "sipward/options.h"

struct sw_snapshot {
    const struct sw_alloc *alloc; /* borrowed */
    size_t ref_count;
    struct sw_policy policy; /* points to the arrays below */
    struct sw_routes *routes;
    size_t route_max;
    bool has_fixed_sources; /* given by the caller: not looked up */
    size_t source_count;
    struct sw_netaddr sources[AD_SOURCES_MAX];
    size_t denied_count, allowed_count;
    struct sw_network networks[]; /* denied ones, then allowed ones */
};

/**
 * Make a snapshot of what options say and what the machine's addresses are now.
 * @param seed  of the route cache's hash.
 * @retval 0 (one reference is the caller's), SW_E_NOMEM, SW_E_INVAL
 */
SW_MUST_USE int sw_snapshot_new(struct sw_snapshot **out, const struct sw_alloc *alloc,
                                const struct sipward_options *o, uint64_t seed,
                                struct sipward_error *error);
/** Make one of the same policy with an empty route cache and the addresses of now.
 * @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_snapshot_renew(struct sw_snapshot **out, const struct sw_snapshot *old,
                                  uint64_t seed);
/** Share it; returns it. */
struct sw_snapshot *sw_snapshot_ref(struct sw_snapshot *s);
/** Give a reference back; the last one frees it. NULL is allowed. */
void sw_snapshot_unref(struct sw_snapshot *s);

#endif

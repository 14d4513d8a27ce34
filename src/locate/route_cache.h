/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the route cache, for plans; its outside is locate/routes.h, both are made in
 * routes.c. */
#ifndef SW_LOCATE_ROUTE_CACHE_H
#define SW_LOCATE_ROUTE_CACHE_H

#include "locate/route.h"

struct sw_routes;

/* A plan that may still add its route. Ending the cache ends that. */
struct sw_routes_user {
    struct sw_list link;
    struct sw_routes *routes; /* NULL: none, or no more */
};

/* True when the cache was made for this very policy. */
bool sw_routes_serves(const struct sw_routes *routes, const struct sw_policy *policy);
/* Memory of routes that may come into the cache. */
const struct sw_alloc *sw_routes_alloc(const struct sw_routes *routes);
/* A reference to the route of a TARGET that is still valid, or NULL. */
struct sw_route *sw_routes_find(struct sw_routes *routes, const struct sw_target *target,
                                uint64_t now_us);
/* Join; user is not in a cache yet. */
void sw_routes_join(struct sw_routes *routes, struct sw_routes_user *user);
/* Leave; one that is in none may leave, too. */
void sw_routes_leave(struct sw_routes_user *user);
/* Keep a route, unless it is for one use or another plan was faster; the cache takes a reference of
 * its own. */
void sw_routes_add(struct sw_routes *routes, struct sw_route *route, uint64_t now_us);

#endif

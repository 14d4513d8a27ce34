/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/routes.h"

#include "locate/route_cache.h"

enum { ROUTES_DEFAULT = 4096, ROUTES_EXPECTED = 64 };

struct sw_routes {
    const struct sw_alloc *alloc;
    const struct sw_policy *policy;
    uint64_t seed;
    size_t route_max;
    struct sw_hmap map;
    struct sw_list lru;   /* most recently used first */
    struct sw_list users; /* plans that may add */
};

int sw_routes_new(struct sw_routes **out, const struct sw_alloc *alloc,
                  const struct sw_policy *policy, size_t route_max, uint64_t seed)
{
    struct sw_routes *routes = sw_zalloc(alloc, sizeof *routes);
    if (routes == NULL)
        return SW_E_NOMEM;
    routes->alloc = alloc;
    routes->policy = policy;
    routes->seed = seed;
    routes->route_max = route_max == 0 ? ROUTES_DEFAULT : route_max;
    sw_list_init(&routes->lru);
    sw_list_init(&routes->users);
    if (sw_hmap_init(&routes->map, alloc, ROUTES_EXPECTED) < 0) {
        sw_free(alloc, routes);
        return SW_E_NOMEM;
    }
    *out = routes;
    return 0;
}

static void drop(struct sw_routes *routes, struct sw_route *route)
{
    sw_hmap_remove(&routes->map, &route->link);
    sw_list_remove(&route->lru);
    route->is_cached = false;
    sw_route_unref(route);
}

void sw_routes_flush(struct sw_routes *routes)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &routes->lru)
        drop(routes, SW_LIST_ITEM(at, struct sw_route, lru));
}

void sw_routes_free(struct sw_routes *routes)
{
    if (routes == NULL)
        return;
    sw_routes_flush(routes);
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &routes->users)
        sw_routes_leave(SW_LIST_ITEM(at, struct sw_routes_user, link));
    sw_hmap_fini(&routes->map);
    sw_free(routes->alloc, routes);
}

size_t sw_routes_count(const struct sw_routes *routes)
{
    return routes->map.count;
}

bool sw_routes_serves(const struct sw_routes *routes, const struct sw_policy *policy)
{
    return routes->policy == policy;
}

const struct sw_alloc *sw_routes_alloc(const struct sw_routes *routes)
{
    return routes->alloc;
}

static bool is_route_to(const struct sw_hmap_link *link, const void *target)
{
    return sw_target_eq(&SW_CONTAINER_OF(link, const struct sw_route, link)->target, target);
}

static struct sw_route *find(const struct sw_routes *routes, const struct sw_target *target,
                             uint64_t hash)
{
    struct sw_hmap_link *link = sw_hmap_find(&routes->map, hash, is_route_to, target);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct sw_route, link);
}

static bool is_valid(const struct sw_route *route, uint64_t now_us)
{
    return !route->is_single_use && now_us < route->expires_us;
}

struct sw_route *sw_routes_find(struct sw_routes *routes, const struct sw_target *target,
                                uint64_t now_us)
{
    struct sw_route *route = find(routes, target, sw_target_hash(target, routes->seed));
    if (route == NULL)
        return NULL;
    if (!is_valid(route, now_us)) {
        drop(routes, route);
        return NULL;
    }
    if (routes->lru.next != &route->lru) {
        sw_list_remove(&route->lru);
        sw_list_push_front(&routes->lru, &route->lru);
    }
    return sw_route_ref(route);
}

void sw_routes_join(struct sw_routes *routes, struct sw_routes_user *user)
{
    user->routes = routes;
    sw_list_push_back(&routes->users, &user->link);
}

void sw_routes_leave(struct sw_routes_user *user)
{
    user->routes = NULL;
    sw_list_remove(&user->link);
}

void sw_routes_add(struct sw_routes *routes, struct sw_route *route, uint64_t now_us)
{
    uint64_t hash = sw_target_hash(&route->target, routes->seed);
    struct sw_route *other = find(routes, &route->target, hash);
    if (!is_valid(route, now_us) || (other != NULL && is_valid(other, now_us)))
        return;
    if (other != NULL)
        drop(routes, other);
    else if (routes->map.count >= routes->route_max)
        drop(routes, SW_LIST_ITEM(routes->lru.prev, struct sw_route, lru));
    route->is_cached = true;
    sw_hmap_add(&routes->map, &route->link, hash);
    sw_list_push_front(&routes->lru, &route->lru);
    (void)sw_route_ref(route);
}

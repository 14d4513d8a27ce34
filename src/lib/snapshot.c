/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/snapshot.h"

#include "lib/error.h"
#include "lib/options.h"

enum { ROUTES_DEFAULT = 4096 };

static void unref_at(struct sw_snapshot **s)
{
    sw_snapshot_unref(*s);
}

static struct sw_snapshot *new_with_room(const struct sw_alloc *alloc, size_t denied_count,
                                         size_t allowed_count)
{
    size_t count, len;
    if (!sw_add(denied_count, allowed_count, &count) ||
        !sw_mul(count, sizeof(struct sw_network), &len) ||
        !sw_add(len, sizeof(struct sw_snapshot), &len))
        return NULL;
    struct sw_snapshot *s = sw_zalloc(alloc, len);
    if (s == NULL)
        return NULL;
    s->alloc = alloc;
    s->ref_count = 1;
    s->denied_count = denied_count;
    s->allowed_count = allowed_count;
    return s;
}

/* The policy's pointers, the addresses of now, and an empty route cache. */
static int complete(struct sw_snapshot *s, uint64_t seed)
{
    if (!s->has_fixed_sources && ad_sources_find(s->sources, &s->source_count) < 0)
        s->source_count = 0;
    s->policy.denied = s->networks;
    s->policy.denied_count = s->denied_count;
    s->policy.allowed = s->networks + s->denied_count;
    s->policy.allowed_count = s->allowed_count;
    s->policy.sources = s->sources;
    s->policy.source_count = s->source_count;
    s->policy.sources_known = s->source_count > 0;
    return sw_routes_new(&s->routes, s->alloc, &s->policy, s->route_max, seed);
}

static int read_options(struct sw_snapshot *s, const struct sipward_options *o,
                        struct sipward_error *error)
{
    int rc = sw_options_policy(o, &s->policy, error);
    if (rc < 0)
        return rc;
    rc = sw_options_networks(o->denied, o->denied_count, "denied", s->networks, error);
    if (rc < 0)
        return rc;
    rc = sw_options_networks(o->allowed, o->allowed_count, "allowed", s->networks + o->denied_count,
                             error);
    if (rc < 0)
        return rc;
    s->route_max = o->route_max == 0 ? ROUTES_DEFAULT : o->route_max;
    s->has_fixed_sources = o->local_address_count > 0;
    s->source_count = o->local_address_count;
    if (s->source_count > AD_SOURCES_MAX)
        return SW_ERROR_SAY(error, SW_E_INVAL, "local_addresses: there are more than 64");
    return sw_options_addresses(o->local_addresses, s->source_count, "local_addresses", s->sources,
                                error);
}

int sw_snapshot_new(struct sw_snapshot **out, const struct sw_alloc *alloc,
                    const struct sipward_options *o, uint64_t seed, struct sipward_error *error)
{
    SW_CLEANUP(unref_at)
    struct sw_snapshot *s = new_with_room(alloc, o->denied_count, o->allowed_count);
    if (s == NULL)
        return SW_E_NOMEM;
    int rc = read_options(s, o, error);
    if (rc < 0)
        return rc;
    rc = complete(s, seed);
    if (rc < 0)
        return rc;
    *out = SW_TAKE(s);
    return 0;
}

int sw_snapshot_renew(struct sw_snapshot **out, const struct sw_snapshot *old, uint64_t seed)
{
    SW_CLEANUP(unref_at)
    struct sw_snapshot *s = new_with_room(old->alloc, old->denied_count, old->allowed_count);
    if (s == NULL)
        return SW_E_NOMEM;
    size_t network_count = old->denied_count + old->allowed_count;
    memcpy(s->networks, old->networks, network_count * sizeof s->networks[0]);
    memcpy(s->sources, old->sources, sizeof s->sources);
    s->policy = old->policy;
    s->route_max = old->route_max;
    s->has_fixed_sources = old->has_fixed_sources;
    s->source_count = old->source_count;
    int rc = complete(s, seed);
    if (rc < 0)
        return rc;
    *out = SW_TAKE(s);
    return 0;
}

struct sw_snapshot *sw_snapshot_ref(struct sw_snapshot *s)
{
    s->ref_count++;
    return s;
}

void sw_snapshot_unref(struct sw_snapshot *s)
{
    if (s == NULL || --s->ref_count > 0)
        return;
    sw_routes_free(s->routes);
    sw_free(s->alloc, s);
}

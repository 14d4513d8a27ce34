/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/plan_state.h"

/* A1, I4 */
static bool is_wanted(const struct sw_plan *plan, enum sw_host_family family)
{
    switch (plan->policy->family) {
    case SW_FAMILY_4:
        return family == SW_HOST_A;
    case SW_FAMILY_6:
        return family == SW_HOST_AAAA;
    case SW_FAMILY_ANY:
    case SW_FAMILY_PREFER_4:
    case SW_FAMILY_PREFER_6:
        break;
    }
    return true;
}

struct sw_plan_host *sw_plan_host(struct sw_plan *plan, const struct sw_route_host *host)
{
    if (host->index < plan->host_cap)
        return &plan->hosts[host->index];
    size_t cap = plan->route->host_count > 4 ? plan->route->host_count : 4;
    struct sw_plan_host *hosts = sw_arena_zget(&plan->arena, cap, sizeof *hosts);
    if (hosts == NULL)
        return NULL;
    for (size_t i = 0; i < plan->host_cap; i++)
        hosts[i] = plan->hosts[i];
    plan->hosts = hosts;
    plan->host_cap = (uint16_t)cap;
    return &hosts[host->index];
}

bool sw_plan_lacks(const struct sw_plan *plan, const struct sw_route_host *host,
                   enum sw_host_family family)
{
    if (host->set[family] != NULL || !is_wanted(plan, family))
        return false;
    return host->index >= plan->host_cap ||
           plan->hosts[host->index].known[family] == SW_KNOWN_NOTHING;
}

static void note_unreachable(const struct sw_plan *plan, const struct sw_route_host *host,
                             const struct sw_address_list *list)
{
    if (plan->trace == NULL || !plan->policy->sources_known)
        return;
    for (unsigned i = 0; i < list->count; i++) {
        const struct sw_netaddr *addr = &sw_route_address(host, list->ref[i])->addr;
        if (!sw_address_is_reachable(plan->policy, addr))
            sw_plan_note_addr(plan, SW_NOTE_ADDRESS_UNREACHABLE, addr);
    }
}

static const struct sw_address_list *make_list(struct sw_plan *plan, struct sw_arena *arena,
                                               const struct sw_route_host *host,
                                               const struct sw_address_set *const *sets)
{
    const struct sw_address_list *list =
        sw_route_order(arena, plan->policy, sets, plan->is_stateless ? plan->seed : 0);
    if (list == NULL) {
        plan->is_temporary = true;
        return NULL;
    }
    note_unreachable(plan, host, list);
    return list;
}

const struct sw_address_list *sw_plan_family_list(struct sw_plan *plan,
                                                  const struct sw_route_host *host,
                                                  enum sw_host_family family)
{
    const struct sw_address_set *sets[SW_HOST_FAMILIES] = {NULL, NULL};
    sets[family] = host->set[family];
    return make_list(plan, &plan->arena, host, sets);
}

/* How far the answers about a host are in. */
struct standing {
    unsigned open_count, failed_count, bogus_count, usable_count;
    enum sw_host_family open; /* the last open one */
};

static struct standing standing_of(const struct sw_plan *plan, const struct sw_route_host *host,
                                   const struct sw_plan_host *h)
{
    struct standing s = {0};
    for (unsigned i = 0; i < SW_HOST_FAMILIES; i++) {
        enum sw_host_family family = (enum sw_host_family)i;
        if (!is_wanted(plan, family))
            continue;
        if (host->set[i] != NULL) {
            s.usable_count += host->set[i]->count;
        } else if (h->known[i] == SW_KNOWN_BOGUS) {
            s.bogus_count++;
        } else if (h->known[i] == SW_KNOWN_FAILED || plan->is_expired) {
            s.failed_count++;
        } else {
            s.open_count++;
            s.open = family;
        }
    }
    return s;
}

/* V10, D5, D6: remember why this host gives nothing. */
static void give_up(struct sw_plan *plan, const struct sw_route_host *host,
                    const struct sw_plan_host *h, const struct standing *s)
{
    if (s->bogus_count > 0) {
        sw_plan_blame(plan, SW_KNOWN_BOGUS, SW_NOTE_BOGUS, host->name);
    } else if (s->failed_count > 0) {
        sw_plan_blame(plan, SW_KNOWN_FAILED, SW_NOTE_ADDRESS_FAILED, host->name);
    } else {
        enum sw_note why = host->is_numeric ? SW_NOTE_SRV_NUMERIC : SW_NOTE_ADDRESS_NONE;
        sw_plan_note(plan, why, host->name);
        plan->none = (struct sw_reason){h->dropped != SW_NOTE_OK ? (enum sw_note)h->dropped : why,
                                        host->name};
    }
}

/* All that will be known is known. The order goes into the route where the route has all of it. */
static const struct sw_address_list *final_list(struct sw_plan *plan, struct sw_route_host *host,
                                                struct sw_plan_host *h, const struct standing *s)
{
    bool is_for_all = s->failed_count + s->bogus_count == 0 && !plan->is_stateless;
    const struct sw_address_set *sets[SW_HOST_FAMILIES];
    for (unsigned i = 0; i < SW_HOST_FAMILIES; i++)
        sets[i] = is_wanted(plan, (enum sw_host_family)i) ? host->set[i] : NULL;
    const struct sw_address_list *list =
        make_list(plan, is_for_all ? &plan->route->arena : &plan->arena, host, sets);
    if (list == NULL)
        return NULL;
    if (is_for_all) {
        host->list = list;
        plan->route->unknown_count--;
    }
    h->list = list;
    if (list->count == 0)
        give_up(plan, host, h, s);
    return list;
}

/* RFC 8305 3: no IPv4 address, whichever will be answered, would come before the IPv6 ones. */
static bool is_ipv6_first_anyway(const struct sw_plan *plan, const struct sw_address_set *set)
{
    return set != NULL && set->count > 0 && sw_address_beats_ipv4(plan->policy, &set->at[0].addr);
}

/* A3: whoever is first waits a little for the other, then goes alone. */
static enum sw_next go_alone(struct sw_plan *plan, struct sw_cursor *c, struct sw_plan_host *h,
                             const struct standing *s)
{
    if (s->usable_count == 0 || s->open_count > 1)
        return SW_NEXT_WAIT;
    if (!h->has_first) {
        h->has_first = true;
        h->first_at_us = plan->now_us;
    }
    uint64_t until_us = sw_after_us(h->first_at_us, plan->policy->aaaa_wait_us);
    bool has_no_wait = s->open == SW_HOST_A && is_ipv6_first_anyway(plan, c->record->host->set[1]);
    if (plan->now_us < until_us && !has_no_wait) {
        plan->wait_until_us = sw_min_us(plan->wait_until_us, until_us);
        return SW_NEXT_WAIT;
    }
    enum sw_host_family known = s->open == SW_HOST_A ? SW_HOST_AAAA : SW_HOST_A;
    if (h->partial == NULL)
        h->partial = sw_plan_family_list(plan, c->record->host, known);
    if (h->partial == NULL)
        return SW_NEXT_END;
    c->list = h->partial;
    c->list_at = 0;
    c->has_late = true;
    c->may_merge = has_no_wait;
    c->late_family = (uint8_t)s->open;
    return SW_NEXT_CANDIDATE;
}

static enum sw_next use(struct sw_cursor *c, const struct sw_address_list *list)
{
    if (list == NULL || list->count == 0)
        return SW_NEXT_END;
    c->list = list;
    c->list_at = 0;
    return SW_NEXT_CANDIDATE;
}

enum sw_next sw_plan_open_host(struct sw_plan *plan, struct sw_cursor *c)
{
    struct sw_route_host *host = c->record->host;
    bool is_numeric_target = host->name.len == 0;
    if (host->list != NULL && (!plan->is_stateless || is_numeric_target)) {
        if (host->list->count == 0)
            plan->none = (struct sw_reason){SW_NOTE_ADDRESS_NONE, host->name};
        return use(c, host->list);
    }
    struct sw_plan_host *h = sw_plan_host(plan, host);
    if (h == NULL) {
        plan->is_temporary = true;
        return SW_NEXT_END;
    }
    if (h->list != NULL)
        return use(c, h->list);
    struct standing s = standing_of(plan, host, h);
    if (s.open_count > 0)
        return c->is_quiet ? SW_NEXT_WAIT : go_alone(plan, c, h, &s);
    if (c->is_quiet && s.usable_count == 0)
        return SW_NEXT_END;
    return use(c, final_list(plan, host, h, &s));
}

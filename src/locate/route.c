/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/route.h"

#include "base/bug.h"

enum { BLOCK_LEN = 1024 }; /* of the blocks after the first */

static char *room_of(struct sw_route *r)
{
    return (char *)(r + 1);
}

/* Everything but the memory itself. */
static bool start(struct sw_route *r, const struct sw_target *target)
{
    r->services = NULL;
    r->twin = NULL;
    r->direct = NULL;
    r->hosts = NULL;
    r->service_count = r->set_count = 0;
    r->host_count = 0;
    r->unknown_count = 1; /* the services */
    r->is_cached = r->is_single_use = r->is_stale = r->is_naptr_unknown = false;
    r->is_secure = r->has_last_resort = true;
    r->expires_us = r->naptr_expires_us = SW_NEVER;
    r->target = *target;
    if (target->name.len == 0)
        return true;
    r->target.name.wire =
        (const uint8_t *)sw_arena_dup(&r->arena, target->name.wire, target->name.len);
    return r->target.name.wire != NULL;
}

struct sw_route *sw_route_new(const struct sw_alloc *alloc, size_t room_len,
                              const struct sw_target *target)
{
    size_t len;
    if (!sw_add(sizeof(struct sw_route), room_len, &len))
        return NULL;
    struct sw_route *r = sw_alloc(alloc, len);
    if (r == NULL)
        return NULL;
    *r = (struct sw_route){.alloc = alloc, .room_len = room_len, .ref_count = 1};
    sw_arena_init(&r->arena, alloc, room_of(r), room_len, BLOCK_LEN);
    if (start(r, target))
        return r;
    sw_route_unref(r);
    return NULL;
}

bool sw_route_reset(struct sw_route *r, const struct sw_target *target)
{
    SW_BUG_ON(r->ref_count != 1 || r->is_cached);
    sw_arena_reset(&r->arena);
    return start(r, target);
}

struct sw_route *sw_route_ref(struct sw_route *r)
{
    r->ref_count++;
    return r;
}

void sw_route_unref(struct sw_route *r)
{
    if (r == NULL || --r->ref_count > 0)
        return;
    sw_arena_fini(&r->arena);
    sw_free(r->alloc, r);
}

uint64_t sw_route_expire(struct sw_route *r, const struct sw_answer *answer, uint64_t now_us)
{
    uint64_t until_us = sw_after_us(now_us, SW_SECONDS(answer->ttl_s));
    if (answer->ttl_s == 0 || answer->is_stale)
        r->is_single_use = true;
    r->expires_us = sw_min_us(r->expires_us, until_us);
    return until_us;
}

struct sw_srv_set *sw_route_set(struct sw_route *r, struct sw_name owner)
{
    for (unsigned i = 0; i < r->service_count; i++)
        if (r->services[i].set != NULL && sw_name_eq(r->services[i].set->owner, owner))
            return r->services[i].set;
    struct sw_srv_set *set = sw_arena_zget(&r->arena, 1, sizeof *set);
    const char *wire = sw_arena_dup(&r->arena, owner.wire, owner.len);
    if (set == NULL || wire == NULL)
        return NULL;
    SW_BUG_ON(r->set_count >= SW_SETS_MAX);
    set->owner = (struct sw_name){(const uint8_t *)wire, owner.len};
    set->expires_us = SW_NEVER;
    set->index = r->set_count++;
    r->unknown_count++;
    return set;
}

static struct sw_route_host *add_host(struct sw_route *r, struct sw_name name, uint32_t mark)
{
    struct sw_route_host *host = sw_arena_zget(&r->arena, 1, sizeof *host);
    if (host == NULL)
        return NULL;
    host->name = name;
    host->name_mark = mark;
    host->index = r->host_count++;
    host->next = r->hosts;
    r->hosts = host;
    r->unknown_count++;
    return host;
}

struct sw_route_host *sw_route_host(struct sw_route *r, struct sw_name name)
{
    uint32_t mark = (uint32_t)sw_name_hash(name, 0);
    for (struct sw_route_host *h = r->hosts; h != NULL; h = h->next)
        if (h->name_mark == mark && sw_name_eq(h->name, name))
            return h;
    const char *wire = sw_arena_dup(&r->arena, name.wire, name.len);
    if (wire == NULL)
        return NULL;
    struct sw_name copy = {(const uint8_t *)wire, name.len};
    struct sw_route_host *host = add_host(r, copy, mark);
    if (host != NULL)
        host->is_numeric = sw_srv_is_numeric(copy);
    return host;
}

static int write_records(struct sw_route *r, struct sw_srv_set *set, const struct sw_answer *answer,
                         bool *is_cut)
{
    struct sw_srv_choice choice;
    sw_srv_choose(answer, &choice);
    struct sw_srv_record *records = sw_arena_zget(&r->arena, choice.count, sizeof *records);
    if (records == NULL)
        return SW_E_NOMEM;
    for (unsigned i = 0; i < choice.count; i++) {
        const struct sw_rr_srv *srv = &answer->rrs[choice.at[i]].srv;
        records[i] = (struct sw_srv_record){srv->priority, srv->weight, srv->port, choice.at[i],
                                            sw_route_host(r, srv->target)};
        if (records[i].host == NULL)
            return SW_E_NOMEM;
    }
    *is_cut = choice.is_cut;
    set->records = records;
    set->count = choice.count;
    set->state = choice.is_declined ? SW_SET_DECLINED : SW_SET_FOUND;
    return 0;
}

int sw_route_fill_set(struct sw_route *r, struct sw_srv_set *set, const struct sw_answer *answer,
                      uint64_t now_us, bool *is_cut)
{
    *is_cut = false;
    if (set->state != SW_SET_OPEN)
        return 0;
    if (answer->outcome == SW_OUTCOME_RECORDS) {
        int rc = write_records(r, set, answer, is_cut);
        if (rc < 0)
            return rc;
    } else {
        set->state = SW_SET_NONE;
    }
    set->expires_us = sw_route_expire(r, answer, now_us);
    set->is_secure = answer->is_secure;
    set->is_stale = answer->is_stale;
    r->unknown_count--;
    return 0;
}

/* The addresses of an answer that may be used, best first, SW_ADDRESSES_MAX at most. */
struct best {
    const struct sw_netaddr *addr[SW_ADDRESSES_MAX];
    uint64_t rank[SW_ADDRESSES_MAX];
    size_t count;
};

static void keep_if_good(struct best *best, const struct sw_policy *policy,
                         const struct sw_netaddr *addr, bool is_canonical)
{
    uint64_t rank = sw_address_rank(policy, addr);
    size_t at = best->count;
    while (at > 0 && (best->rank[at - 1] > rank || (is_canonical && best->rank[at - 1] == rank &&
                                                    sw_netaddr_cmp(best->addr[at - 1], addr) > 0)))
        at--;
    if (at == SW_ADDRESSES_MAX)
        return;
    size_t kept = best->count < SW_ADDRESSES_MAX ? best->count : SW_ADDRESSES_MAX - 1;
    memmove(&best->addr[at + 1], &best->addr[at], (kept - at) * sizeof best->addr[0]);
    memmove(&best->rank[at + 1], &best->rank[at], (kept - at) * sizeof best->rank[0]);
    best->addr[at] = addr;
    best->rank[at] = rank;
    best->count = kept + 1;
}

static void choose_addresses(struct best *best, const struct sw_policy *policy,
                             const struct sw_answer *answer)
{
    /* Only where something must be cut, the answer's own order cannot count (S1). */
    bool is_canonical = answer->rr_count > SW_ADDRESSES_MAX;
    best->count = 0;
    if (answer->outcome != SW_OUTCOME_RECORDS)
        return;
    for (size_t i = 0; i < answer->rr_count; i++)
        if (sw_address_judge(policy, &answer->rrs[i].addr, answer->is_local) == SW_NOTE_OK)
            keep_if_good(best, policy, &answer->rrs[i].addr, is_canonical);
}

int sw_route_fill_host(struct sw_route *r, const struct sw_policy *policy,
                       struct sw_route_host *host, const struct sw_answer *answer,
                       enum sw_host_family family, uint64_t now_us)
{
    if (host->set[family] != NULL)
        return 0;
    struct best best;
    choose_addresses(&best, policy, answer);
    struct sw_address_set *set =
        sw_arena_get(&r->arena, sizeof *set + best.count * sizeof set->at[0]);
    if (set == NULL)
        return SW_E_NOMEM;
    set->expires_us = sw_route_expire(r, answer, now_us);
    set->is_secure = answer->is_secure;
    set->is_stale = answer->is_stale;
    set->count = (uint8_t)best.count;
    for (size_t i = 0; i < best.count; i++)
        set->at[i] = (struct sw_address){*best.addr[i], sw_address_mark(best.addr[i])};
    host->set[family] = set;
    return 0;
}

/* The host of a numeric TARGET: all about it is known. */
static struct sw_route_host *numeric_host(struct sw_route *r)
{
    const struct sw_netaddr *addr = &r->target.addr;
    unsigned family = addr->family == 4 ? SW_HOST_A : SW_HOST_AAAA;
    struct sw_route_host *host = add_host(r, (struct sw_name){0}, 0);
    struct sw_address_set *set = sw_arena_get(&r->arena, sizeof *set + sizeof set->at[0]);
    struct sw_address_list *list = sw_arena_get(&r->arena, sizeof *list + 1);
    if (host == NULL || set == NULL || list == NULL)
        return NULL;
    *set = (struct sw_address_set){.expires_us = SW_NEVER, .count = 1};
    set->at[0] = (struct sw_address){*addr, sw_address_mark(addr)};
    list->count = 1;
    list->ref[0] = (uint8_t)(family << 7);
    host->set[family] = set;
    host->list = list;
    r->unknown_count--;
    return host;
}

/* A set of one record, which is TARGET itself. That there is no SRV record is what led to it. */
static struct sw_srv_set direct_set(const struct sw_route *r, struct sw_srv_record *record)
{
    struct sw_srv_set set = {.expires_us = SW_NEVER,
                             .state = SW_SET_FOUND,
                             .is_secure = true,
                             .index = SW_SETS_MAX - 1,
                             .count = 1,
                             .records = record};
    for (unsigned i = 0; i < r->service_count; i++) {
        const struct sw_srv_set *other = r->services[i].set;
        set.expires_us = sw_min_us(set.expires_us, other->expires_us);
        set.is_secure = set.is_secure && other->is_secure;
        set.is_stale = set.is_stale || other->is_stale;
    }
    return set;
}

int sw_route_add_direct(struct sw_route *r, const struct sw_service *like, uint16_t port)
{
    if (r->direct != NULL)
        return 0;
    struct sw_service *service = sw_arena_get(&r->arena, sizeof *service);
    struct sw_srv_set *set = sw_arena_get(&r->arena, sizeof *set);
    struct sw_srv_record *record = sw_arena_zget(&r->arena, 1, sizeof *record);
    if (service == NULL || set == NULL || record == NULL)
        return SW_E_NOMEM;
    record->host = r->target.addr.family != 0 ? numeric_host(r) : sw_route_host(r, r->target.name);
    if (record->host == NULL)
        return SW_E_NOMEM;
    record->port = port;
    *set = direct_set(r, record);
    *service = *like;
    service->set = set;
    r->direct = service;
    return 0;
}

/* Addresses to be put in order, with their references. */
struct pool {
    const struct sw_netaddr *addr[SW_ADDRESS_ORDER_MAX];
    uint8_t ref[SW_ADDRESS_ORDER_MAX];
    size_t count;
};

/* S1: where nothing else decides, the key does, so that many keys spread over all addresses. */
static void sort_by_key(struct pool *pool, uint64_t key)
{
    for (size_t i = 1; i < pool->count; i++) {
        const struct sw_netaddr *addr = pool->addr[i];
        uint8_t ref = pool->ref[i];
        uint64_t hash = sw_hash(addr, sizeof *addr, key);
        size_t at = i;
        for (; at > 0 && sw_hash(pool->addr[at - 1], sizeof *addr, key) > hash; at--) {
            pool->addr[at] = pool->addr[at - 1];
            pool->ref[at] = pool->ref[at - 1];
        }
        pool->addr[at] = addr;
        pool->ref[at] = ref;
    }
}

struct sw_address_list *sw_route_order(struct sw_arena *arena, const struct sw_policy *policy,
                                       const struct sw_address_set *const sets[SW_HOST_FAMILIES],
                                       uint64_t stateless)
{
    struct pool pool = {.count = 0};
    for (unsigned family = 0; family < SW_HOST_FAMILIES; family++) {
        for (unsigned i = 0; sets[family] != NULL && i < sets[family]->count; i++) {
            pool.addr[pool.count] = &sets[family]->at[i].addr;
            pool.ref[pool.count++] = (uint8_t)(family << 7 | i);
        }
    }
    if (stateless != 0)
        sort_by_key(&pool, stateless);
    uint8_t order[SW_ADDRESS_ORDER_MAX];
    (void)sw_address_order(policy, pool.addr, pool.count, order);
    size_t count = pool.count < SW_ADDRESSES_MAX ? pool.count : SW_ADDRESSES_MAX;
    struct sw_address_list *list = sw_arena_get(arena, sizeof *list + count);
    if (list == NULL)
        return NULL;
    list->count = (uint8_t)count;
    for (size_t i = 0; i < count; i++)
        list->ref[i] = pool.ref[order[i]];
    return list;
}

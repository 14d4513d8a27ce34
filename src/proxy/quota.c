/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/quota.h"

#include "base/attr.h"
#include "base/err.h"
#include "base/time.h"

enum {
    TOKEN = 1000000,      /* parts of one: what a rate of 1/s gives in a microsecond is one part */
    REFUSAL_DIV = 10,     /* one refusal for ten requests that would have been served */
    SOURCES_EXPECTED = 64 /* to begin with */
};

#define FULL_AFTER_US SW_SECONDS(3600) /* nobody's bucket takes longer: burst / rate is bounded */

/* A source as it is counted. */
struct source {
    uint8_t family;
    uint8_t bytes[8]; /* IPv4, or the first half of IPv6 */
};

struct entry {
    struct sw_hmap_link link;
    struct sw_list in_lru;
    struct source source;
    uint64_t seen_us;
    uint64_t level;         /* of requests, in parts of a token */
    uint64_t refusal_level; /* of refusals */
};

int px_quotas_init(struct px_quotas *q, const struct sw_alloc *alloc, size_t source_max,
                   uint64_t seed)
{
    *q = (struct px_quotas){.alloc = alloc, .seed = seed, .source_max = source_max};
    sw_list_init(&q->lru);
    return sw_hmap_init(&q->map, alloc, SOURCES_EXPECTED);
}

void px_quotas_fini(struct px_quotas *q)
{
    struct sw_list *at, *tmp;
    if (q->map.bucket_count == 0)
        return;
    SW_LIST_EACH (at, tmp, &q->lru)
        sw_free(q->alloc, SW_LIST_ITEM(at, struct entry, in_lru));
    sw_hmap_fini(&q->map);
}

static struct source source_of(const struct sw_netaddr *addr)
{
    struct source s = {.family = addr->family};
    memcpy(s.bytes, addr->bytes, addr->family == 4 ? 4 : sizeof s.bytes);
    return s;
}

static bool is_entry_of(const struct sw_hmap_link *link, const void *key)
{
    const struct source *s = &SW_CONTAINER_OF(link, const struct entry, link)->source;
    return memcmp(s, key, sizeof *s) == 0;
}

/* The least recently seen one's place when the table is full. NULL: out of memory. */
static struct entry *room_for_entry(struct px_quotas *q)
{
    if (q->map.count < q->source_max || sw_list_is_empty(&q->lru))
        return sw_alloc(q->alloc, sizeof(struct entry));
    struct entry *oldest = SW_LIST_ITEM(q->lru.prev, struct entry, in_lru);
    sw_list_remove(&oldest->in_lru);
    sw_hmap_remove(&q->map, &oldest->link);
    return oldest;
}

static struct entry *find_or_add(struct px_quotas *q, const struct source *source)
{
    uint64_t hash = sw_hash(source, sizeof *source, q->seed);
    struct sw_hmap_link *link = sw_hmap_find(&q->map, hash, is_entry_of, source);
    struct entry *e = link == NULL ? NULL : SW_CONTAINER_OF(link, struct entry, link);
    if (e != NULL) {
        sw_list_remove(&e->in_lru);
    } else {
        e = room_for_entry(q);
        if (e == NULL)
            return NULL;
        *e = (struct entry){.source = *source, .level = UINT64_MAX, .refusal_level = UINT64_MAX};
        sw_hmap_add(&q->map, &e->link, hash);
    }
    sw_list_push_front(&q->lru, &e->in_lru);
    return e;
}

/* A tenth, but never nothing. */
static struct px_quota_rate refusals_of(const struct px_quota_rate *rate)
{
    struct px_quota_rate r = {rate->per_s / REFUSAL_DIV, rate->burst / REFUSAL_DIV};
    r.per_s = r.per_s == 0 ? 1 : r.per_s;
    r.burst = r.burst == 0 ? 1 : r.burst;
    return r;
}

static void fill(uint64_t *level, const struct px_quota_rate *rate, uint64_t elapsed_us)
{
    uint64_t full = (uint64_t)rate->burst * TOKEN;
    uint64_t more = elapsed_us > FULL_AFTER_US ? full : elapsed_us * rate->per_s;
    *level = *level >= full || more >= full - *level ? full : *level + more;
}

static bool take(uint64_t *level)
{
    if (*level < TOKEN)
        return false;
    *level -= TOKEN;
    return true;
}

enum px_quota_verdict px_quotas_take(struct px_quotas *q, const struct px_quota_rate *rate,
                                     const struct sw_netaddr *source, uint64_t now_us)
{
    struct source key = source_of(source);
    struct px_quota_rate refusals = refusals_of(rate);
    struct entry *e = rate->per_s == 0 ? NULL : find_or_add(q, &key);
    if (e == NULL)
        return PX_QUOTA_SERVE;
    uint64_t elapsed_us = now_us - e->seen_us;
    e->seen_us = now_us;
    fill(&e->level, rate, elapsed_us);
    fill(&e->refusal_level, &refusals, elapsed_us);
    if (take(&e->level))
        return PX_QUOTA_SERVE;
    return take(&e->refusal_level) ? PX_QUOTA_REFUSE : PX_QUOTA_IGNORE;
}

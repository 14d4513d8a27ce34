/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/cache.h"

#include "base/hmap.h"
#include "base/list.h"
#include "base/time.h"

/* One block holds the entry, its records, and the octets they point at. */
struct entry {
    struct sw_hmap_link by_question;
    struct sw_list by_use; /* cache->by_use, least recently used first */
    struct sw_question question;
    struct sw_answer answer;
    size_t len;
    uint64_t aged_us;    /* the TTLs are right for this time */
    uint64_t expires_us; /* and until then it is fresh */
};

struct sw_cache {
    struct sw_cache_args args;
    struct sw_hmap entries;
    struct sw_list by_use;
    size_t len;
};

int sw_cache_new(struct sw_cache **out, const struct sw_cache_args *args)
{
    struct sw_cache *cache = sw_zalloc(args->alloc, sizeof *cache);
    if (cache == NULL)
        return SW_E_NOMEM;
    cache->args = *args;
    sw_list_init(&cache->by_use);
    int rc = sw_hmap_init(&cache->entries, args->alloc, 64);
    if (rc < 0) {
        sw_free(args->alloc, cache);
        return rc;
    }
    *out = cache;
    return 0;
}

static void drop(struct sw_cache *cache, struct entry *e)
{
    cache->len -= e->len;
    sw_hmap_remove(&cache->entries, &e->by_question);
    sw_list_remove(&e->by_use);
    sw_free(cache->args.alloc, e);
}

static struct entry *oldest(const struct sw_cache *cache)
{
    struct sw_list *first = sw_list_first(&cache->by_use);
    return first == NULL ? NULL : SW_LIST_ITEM(first, struct entry, by_use);
}

void sw_cache_free(struct sw_cache *cache)
{
    if (cache == NULL)
        return;
    for (struct entry *e; (e = oldest(cache)) != NULL;)
        drop(cache, e);
    sw_hmap_fini(&cache->entries);
    sw_free(cache->args.alloc, cache);
}

/* ---- finding ---- */

static uint64_t hash_of(const struct sw_cache *cache, const struct sw_question *q)
{
    return sw_name_hash(q->name, cache->args.seed ^ (uint64_t)q->type);
}

static bool is_about(const struct sw_hmap_link *link, const void *key)
{
    const struct entry *e = SW_CONTAINER_OF(link, const struct entry, by_question);
    const struct sw_question *q = key;
    return e->question.type == q->type && sw_name_eq(e->question.name, q->name);
}

static struct entry *find(const struct sw_cache *cache, const struct sw_question *q)
{
    struct sw_hmap_link *link = sw_hmap_find(&cache->entries, hash_of(cache, q), is_about, q);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct entry, by_question);
}

static void limit(uint32_t *ttl_s, uint32_t max_s)
{
    *ttl_s = *ttl_s > max_s ? max_s : *ttl_s;
}

/* The records are in the entry's own block: nobody else's are written to. */
static struct sw_rr *own_rrs(struct entry *e)
{
    return (struct sw_rr *)(e + 1);
}

static void limit_all(struct entry *e, uint32_t max_s)
{
    limit(&e->answer.ttl_s, max_s);
    for (size_t i = 0; i < e->answer.rr_count; i++)
        limit(&own_rrs(e)[i].ttl_s, max_s);
}

static void take_off(uint32_t *ttl_s, uint64_t age_s)
{
    *ttl_s = *ttl_s > age_s ? (uint32_t)(*ttl_s - age_s) : 0;
}

/* Whole seconds are taken off the TTLs; the rest waits for the next time. */
static void age(struct entry *e, uint64_t now_us)
{
    uint64_t age_s = (now_us - e->aged_us) / SW_SECONDS(1);
    if (age_s == 0)
        return;
    e->aged_us += SW_SECONDS(age_s);
    take_off(&e->answer.ttl_s, age_s);
    for (size_t i = 0; i < e->answer.rr_count; i++)
        take_off(&own_rrs(e)[i].ttl_s, age_s);
}

static void make_stale(struct entry *e)
{
    if (e->answer.is_stale)
        return;
    e->answer.is_stale = true;
    e->answer.ttl_s = SW_CACHE_STALE_TTL_S;
    for (size_t i = 0; i < e->answer.rr_count; i++)
        own_rrs(e)[i].ttl_s = SW_CACHE_STALE_TTL_S;
}

enum sw_cache_found sw_cache_find(struct sw_cache *cache, const struct sw_question *q,
                                  uint64_t now_us, struct sw_answer *out)
{
    struct entry *e = find(cache, q);
    if (e == NULL)
        return SW_CACHE_NOTHING;
    bool is_fresh = now_us < e->expires_us;
    /* Nothing is freed here: somebody may be looking at it. It leaves when room is needed. */
    if (!is_fresh && now_us >= sw_after_us(e->expires_us, SW_SECONDS(cache->args.stale_max_s)))
        return SW_CACHE_NOTHING;
    if (is_fresh)
        age(e, now_us);
    else
        make_stale(e);
    sw_list_remove(&e->by_use);
    sw_list_push_back(&cache->by_use, &e->by_use);
    *out = e->answer;
    return is_fresh ? SW_CACHE_FRESH : SW_CACHE_STALE;
}

/* ---- keeping ---- */

static bool may_be_kept(const struct sw_answer *a)
{
    bool is_definite = a->outcome == SW_OUTCOME_RECORDS || sw_outcome_is_none(a->outcome);
    return is_definite && a->ttl_s > 0 && !a->is_local && !a->is_stale && !a->is_cut;
}

/* Octets of the texts and names that a record points at. */
static size_t more_len(const struct sw_rr *rr)
{
    if (rr->type == SW_RR_SRV)
        return rr->srv.target.len;
    if (rr->type == SW_RR_NAPTR)
        return rr->naptr.flags.len + rr->naptr.service.len + rr->naptr.regexp.len +
               rr->naptr.replacement.len;
    return 0;
}

static size_t entry_len(const struct sw_question *q, const struct sw_answer *a)
{
    size_t len = sizeof(struct entry) + q->name.len + a->owner.len + a->rr_count * sizeof *a->rrs;
    for (size_t i = 0; i < a->rr_count; i++)
        len += more_len(&a->rrs[i]);
    return len;
}

/* The octets behind the records, filled from the front. */
static const void *put(uint8_t **at, const void *p, size_t len)
{
    uint8_t *copy = *at;
    if (len > 0)
        memcpy(copy, p, len);
    *at += len;
    return copy;
}

static void put_name(uint8_t **at, struct sw_name *name)
{
    name->wire = put(at, name->wire, name->len);
}

static void put_text(uint8_t **at, struct sw_slice *text)
{
    text->p = put(at, text->p, text->len);
}

static void fill(struct entry *e, const struct sw_question *q, const struct sw_answer *answer)
{
    struct sw_rr *rrs = own_rrs(e);
    uint8_t *at = (uint8_t *)(rrs + answer->rr_count);
    e->question = *q;
    e->answer = *answer;
    e->answer.why = NULL;
    e->answer.rrs = answer->rr_count > 0 ? rrs : NULL;
    put_name(&at, &e->question.name);
    put_name(&at, &e->answer.owner);
    for (size_t i = 0; i < answer->rr_count; i++) {
        rrs[i] = answer->rrs[i];
        if (rrs[i].type == SW_RR_SRV)
            put_name(&at, &rrs[i].srv.target);
        if (rrs[i].type != SW_RR_NAPTR)
            continue;
        put_text(&at, &rrs[i].naptr.flags);
        put_text(&at, &rrs[i].naptr.service);
        put_text(&at, &rrs[i].naptr.regexp);
        put_name(&at, &rrs[i].naptr.replacement);
    }
}

void sw_cache_keep(struct sw_cache *cache, const struct sw_question *q,
                   const struct sw_answer *answer, uint64_t now_us)
{
    struct entry *old = find(cache, q);
    if (!may_be_kept(answer)) {
        /* Now it is for one question only; what was known before is no longer so. A failure leaves
         * it, to be used as stale. */
        if (old != NULL && !sw_outcome_is_temporary(answer->outcome))
            drop(cache, old);
        return;
    }
    size_t len = entry_len(q, answer);
    struct entry *e = len > cache->args.max_len ? NULL : sw_alloc(cache->args.alloc, len);
    if (old != NULL)
        drop(cache, old);
    if (e == NULL)
        return;
    memset(e, 0, sizeof *e);
    e->len = len;
    fill(e, q, answer);
    limit_all(e,
              answer->outcome == SW_OUTCOME_RECORDS ? SW_CACHE_TTL_MAX_S : SW_CACHE_NONE_TTL_MAX_S);
    e->aged_us = now_us;
    e->expires_us = sw_after_us(now_us, SW_SECONDS(e->answer.ttl_s));
    while (cache->len + len > cache->args.max_len)
        drop(cache, oldest(cache));
    sw_hmap_add(&cache->entries, &e->by_question, hash_of(cache, &e->question));
    sw_list_push_back(&cache->by_use, &e->by_use);
    cache->len += len;
}

size_t sw_cache_count(const struct sw_cache *cache)
{
    return cache->entries.count;
}

size_t sw_cache_len(const struct sw_cache *cache)
{
    return cache->len;
}

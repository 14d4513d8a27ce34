/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hmap.h"

#include "base/bug.h"
#include "base/err.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { BUCKET_COUNT_MIN = 8 };

static struct sw_hmap_link **bucket_of(const struct sw_hmap *m, uint64_t hash)
{
    return &m->buckets[hash & m->mask];
}

int sw_hmap_init(struct sw_hmap *m, const struct sw_alloc *alloc, size_t expected)
{
    size_t bucket_count = BUCKET_COUNT_MIN;
    while (bucket_count / 2 < expected)
        if (!sw_mul(bucket_count, 2, &bucket_count))
            return SW_E_NOMEM;
    struct sw_hmap_link **buckets = sw_zalloc_array(alloc, bucket_count, sizeof *buckets);
    if (buckets == NULL)
        return SW_E_NOMEM;
    *m = (struct sw_hmap){.alloc = alloc, .buckets = buckets, .mask = bucket_count - 1};
    return 0;
}

void sw_hmap_fini(struct sw_hmap *m)
{
    sw_free(m->alloc, m->buckets);
    *m = (struct sw_hmap){0};
}

static struct sw_hmap_link *first_match(struct sw_hmap_link *link, uint64_t hash, sw_hmap_is *is,
                                        const void *key)
{
    while (link != NULL && !(link->hash == hash && is(link, key)))
        link = link->next;
    return link;
}

struct sw_hmap_link *sw_hmap_find(const struct sw_hmap *m, uint64_t hash, sw_hmap_is *is,
                                  const void *key)
{
    return first_match(*bucket_of(m, hash), hash, is, key);
}

struct sw_hmap_link *sw_hmap_find_next(const struct sw_hmap_link *link, sw_hmap_is *is,
                                       const void *key)
{
    return first_match(link->next, link->hash, is, key);
}

/* Each chain splits in two and keeps its order, so that the newest stays first. */
static void split_chain(struct sw_hmap_link *link, size_t old_count, struct sw_hmap_link **low,
                        struct sw_hmap_link **high)
{
    while (link != NULL) {
        struct sw_hmap_link *next = link->next;
        struct sw_hmap_link ***tail = (link->hash & old_count) == 0 ? &low : &high;
        **tail = link;
        *tail = &link->next;
        link = next;
    }
    *low = *high = NULL;
}

static void grow(struct sw_hmap *m)
{
    size_t old_count = m->mask + 1;
    size_t new_count;
    if (!sw_mul(old_count, 2, &new_count))
        return;
    struct sw_hmap_link **buckets = sw_zalloc_array(m->alloc, new_count, sizeof *buckets);
    if (buckets == NULL)
        return;
    for (size_t i = 0; i < old_count; i++)
        split_chain(m->buckets[i], old_count, &buckets[i], &buckets[i + old_count]);
    sw_free(m->alloc, m->buckets);
    m->buckets = buckets;
    m->mask = new_count - 1;
}

void sw_hmap_add(struct sw_hmap *m, struct sw_hmap_link *link, uint64_t hash)
{
    /* Each link of a chain is a miss of the cache, and most look-ups find nothing: half are empty.
     */
    if (m->count > m->mask / 2)
        grow(m);
    struct sw_hmap_link **bucket = bucket_of(m, hash);
    link->hash = hash;
    link->next = *bucket;
    *bucket = link;
    m->count++;
}

void sw_hmap_remove(struct sw_hmap *m, struct sw_hmap_link *link)
{
    struct sw_hmap_link **at = bucket_of(m, link->hash);
    while (*at != NULL && *at != link)
        at = &(*at)->next;
    SW_BUG_ON(*at == NULL);
    *at = link->next;
    link->next = NULL;
    m->count--;
}

uint64_t sw_hash(const void *bytes, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, len, seed);
}

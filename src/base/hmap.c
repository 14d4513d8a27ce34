/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hmap.h"

#include "base/bug.h"
#include "base/err.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FIRST_LOG2_MIN = 3 };

static struct sw_hmap_bucket *bucket_at(const struct sw_hmap *m, size_t i)
{
    size_t share = i >> m->first_log2;
    if (share == 0)
        return &m->segments[0][i];
    unsigned segment = 64 - (unsigned)__builtin_clzll(share);
    return &m->segments[segment][i - ((size_t)1 << (m->first_log2 + segment - 1))];
}

static struct sw_hmap_bucket *bucket_of(const struct sw_hmap *m, uint64_t hash)
{
    size_t i = hash & m->mask;
    return bucket_at(m, i < m->bucket_count ? i : i & m->mask >> 1);
}

/* The bits that no mask ever uses. */
static uint64_t mark_of(uint64_t hash)
{
    return (uint64_t)1 << (hash >> 58);
}

int sw_hmap_init(struct sw_hmap *m, const struct sw_alloc *alloc, size_t expected)
{
    unsigned first_log2 = FIRST_LOG2_MIN;
    while (first_log2 < 63 && (size_t)1 << first_log2 < expected)
        first_log2++;
    size_t count = (size_t)1 << first_log2;
    struct sw_hmap_bucket *first = sw_zalloc_array(alloc, count, sizeof *first);
    if (first == NULL)
        return SW_E_NOMEM;
    *m = (struct sw_hmap){
        .alloc = alloc, .first_log2 = first_log2, .bucket_count = count, .mask = count - 1};
    m->segments[0] = first;
    return 0;
}

void sw_hmap_fini(struct sw_hmap *m)
{
    for (size_t i = 0; i < SW_HMAP_SEGMENTS; i++)
        sw_free(m->alloc, m->segments[i]);
    *m = (struct sw_hmap){0};
}

void sw_hmap_expect(const struct sw_hmap *m, uint64_t hash)
{
    __builtin_prefetch(bucket_of(m, hash));
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
    const struct sw_hmap_bucket *b = bucket_of(m, hash);
    return (b->marks & mark_of(hash)) == 0 ? NULL : first_match(b->first, hash, is, key);
}

struct sw_hmap_link *sw_hmap_find_next(const struct sw_hmap_link *link, sw_hmap_is *is,
                                       const void *key)
{
    return first_match(link->next, link->hash, is, key);
}

const struct sw_hmap_link *sw_hmap_chain(const struct sw_hmap *m, size_t bucket)
{
    return bucket_at(m, bucket)->first;
}

static void point_to(struct sw_hmap_link **at, struct sw_hmap_link *link)
{
    *at = link;
    if (link != NULL)
        link->at = at;
}

/* Those of the bucket whose place is the new one, number i, go there; both chains keep their order,
 * so that the newest stays first. */
static void split(struct sw_hmap_bucket *old, struct sw_hmap_bucket *new, size_t mask, size_t i)
{
    struct sw_hmap_link *link = old->first, **old_tail = &old->first, **new_tail = &new->first;
    old->marks = new->marks = 0;
    while (link != NULL) {
        struct sw_hmap_link *next = link->next;
        bool is_new = (link->hash & mask) == i;
        struct sw_hmap_link ***tail = is_new ? &new_tail : &old_tail;
        (is_new ? new : old)->marks |= mark_of(link->hash);
        point_to(*tail, link);
        *tail = &link->next;
        link = next;
    }
    *old_tail = *new_tail = NULL;
}

/* Room for as many buckets again. */
static bool add_segment(struct sw_hmap *m)
{
    unsigned segment = 64 - (unsigned)__builtin_clzll(m->bucket_count >> m->first_log2);
    size_t len;
    if (segment >= SW_HMAP_SEGMENTS || !sw_mul(m->bucket_count, sizeof **m->segments, &len))
        return false;
    m->segments[segment] = sw_alloc(m->alloc, len); /* each is written when it is its turn */
    return m->segments[segment] != NULL;
}

static void add_bucket(struct sw_hmap *m)
{
    size_t i = m->bucket_count;
    if (i > m->mask) {
        if (!add_segment(m))
            return;
        m->mask = 2 * m->mask + 1;
    }
    m->bucket_count++;
    split(bucket_at(m, i & m->mask >> 1), bucket_at(m, i), m->mask, i);
}

void sw_hmap_add(struct sw_hmap *m, struct sw_hmap_link *link, uint64_t hash)
{
    if (m->count >= m->bucket_count)
        add_bucket(m);
    struct sw_hmap_bucket *b = bucket_of(m, hash);
    link->hash = hash;
    point_to(&link->next, b->first);
    point_to(&b->first, link);
    b->marks |= mark_of(hash);
    m->count++;
}

void sw_hmap_remove(struct sw_hmap *m, struct sw_hmap_link *link)
{
    SW_BUG_ON(link->at == NULL || *link->at != link);
    point_to(link->at, link->next);
    if (link->next == NULL) {
        struct sw_hmap_bucket *b = bucket_of(m, link->hash);
        b->marks = b->first == NULL ? 0 : b->marks;
    }
    link->next = NULL;
    link->at = NULL;
    m->count--;
}

uint64_t sw_hash(const void *bytes, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, len, seed);
}

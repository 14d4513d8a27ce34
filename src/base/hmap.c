/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hmap.h"

#include "base/bug.h"
#include "base/err.h"

#include <assert.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    FIRST_LOG2_MIN = 2,
    EACH_HOLDS =
        2 /* members of a bucket, on average; those not yet split have up to twice as many */
};

static_assert(sizeof(struct sw_hmap_bucket) == SW_HMAP_LINE_LEN, "a bucket is a line of the cache");

static bool segment_len(size_t bucket_count, size_t *out)
{
    return sw_mul(bucket_count, sizeof(struct sw_hmap_bucket), out) &&
           sw_add(*out, SW_HMAP_LINE_LEN, out);
}

static void set_segment(struct sw_hmap *m, unsigned segment, void *block)
{
    size_t before = -(uintptr_t)block % SW_HMAP_LINE_LEN;
    m->blocks[segment] = block;
    m->segments[segment] = (struct sw_hmap_bucket *)(void *)((char *)block + before);
}

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
static uint8_t tag_of(uint64_t hash)
{
    return (uint8_t)(hash >> 56);
}

int sw_hmap_init(struct sw_hmap *m, const struct sw_alloc *alloc, size_t expected)
{
    unsigned first_log2 = FIRST_LOG2_MIN;
    size_t len;
    while (first_log2 < 63 &&
           ((size_t)1 << first_log2) < expected / EACH_HOLDS + expected % EACH_HOLDS)
        first_log2++;
    size_t count = (size_t)1 << first_log2;
    if (!segment_len(count, &len))
        return SW_E_NOMEM;
    void *first = sw_zalloc(alloc, len);
    if (first == NULL)
        return SW_E_NOMEM;
    *m = (struct sw_hmap){
        .alloc = alloc, .first_log2 = first_log2, .bucket_count = count, .mask = count - 1};
    set_segment(m, 0, first);
    return 0;
}

void sw_hmap_fini(struct sw_hmap *m)
{
    for (size_t i = 0; i < SW_HMAP_SEGMENTS; i++)
        sw_free(m->alloc, m->blocks[i]);
    *m = (struct sw_hmap){0};
}

void sw_hmap_expect(const struct sw_hmap *m, uint64_t hash)
{
    __builtin_prefetch(bucket_of(m, hash));
}

struct sw_hmap_link *sw_hmap_find(const struct sw_hmap *m, uint64_t hash, sw_hmap_is *is,
                                  const void *key)
{
    const struct sw_hmap_bucket *b = bucket_of(m, hash);
    struct sw_hmap_link *link = b->beyond;
    for (unsigned i = b->slot_count; i-- > 0;)
        if (b->tags[i] == tag_of(hash) && b->slots[i]->hash == hash && is(b->slots[i], key))
            return b->slots[i];
    while (link != NULL && !(link->hash == hash && is(link, key)))
        link = link->next;
    return link;
}

size_t sw_hmap_count_of(const struct sw_hmap *m, uint64_t hash, size_t max)
{
    const struct sw_hmap_bucket *b = bucket_of(m, hash);
    size_t count = 0;
    for (unsigned i = 0; i < b->slot_count && count < max; i++)
        count += b->tags[i] == tag_of(hash) && b->slots[i]->hash == hash;
    for (const struct sw_hmap_link *l = b->beyond; l != NULL && count < max; l = l->next)
        count += l->hash == hash;
    return count;
}

const struct sw_hmap_link *sw_hmap_nth(const struct sw_hmap *m, size_t bucket, size_t at)
{
    const struct sw_hmap_bucket *b = bucket_at(m, bucket);
    if (at < b->slot_count)
        return b->slots[b->slot_count - 1 - at];
    const struct sw_hmap_link *link = b->beyond;
    for (at -= b->slot_count; link != NULL && at > 0; at--)
        link = link->next;
    return link;
}

static void point_to(struct sw_hmap_link **at, struct sw_hmap_link *link)
{
    *at = link;
    if (link != NULL)
        link->at = at;
}

static void close_slot(struct sw_hmap_bucket *b, unsigned i)
{
    b->slot_count--;
    for (; i < b->slot_count; i++) {
        b->slots[i] = b->slots[i + 1];
        b->tags[i] = b->tags[i + 1];
    }
}

static void put(struct sw_hmap_bucket *b, struct sw_hmap_link *link)
{
    if (b->slot_count == SW_HMAP_SLOTS) { /* the oldest one gives way */
        struct sw_hmap_link *oldest = b->slots[0];
        point_to(&oldest->next, b->beyond);
        point_to(&b->beyond, oldest);
        close_slot(b, 0);
    }
    link->next = NULL;
    link->at = NULL;
    b->slots[b->slot_count] = link;
    b->tags[b->slot_count++] = tag_of(link->hash);
}

/* All of a bucket, the oldest first. */
static struct sw_hmap_link *take_all(struct sw_hmap_bucket *b)
{
    struct sw_hmap_link *all = NULL, **tail = &all;
    for (unsigned i = 0; i < b->slot_count; i++) {
        *tail = b->slots[i];
        tail = &b->slots[i]->next;
    }
    *tail = NULL;
    for (struct sw_hmap_link *link = b->beyond, *next; link != NULL; link = next) {
        next = link->next;
        link->next = all;
        all = link;
    }
    *b = (struct sw_hmap_bucket){0};
    return all;
}

/* Those of the bucket whose place is the new one, number i, go there; both keep their order, so
 * that the newest stays first. */
static void split(struct sw_hmap_bucket *old, struct sw_hmap_bucket *new, size_t mask, size_t i)
{
    *new = (struct sw_hmap_bucket){0};
    for (struct sw_hmap_link *link = take_all(old), *next; link != NULL; link = next) {
        next = link->next;
        put((link->hash & mask) == i ? new : old, link);
    }
}

/* Room for as many buckets again. */
static bool add_segment(struct sw_hmap *m)
{
    unsigned segment = 64 - (unsigned)__builtin_clzll(m->bucket_count >> m->first_log2);
    size_t len;
    if (segment >= SW_HMAP_SEGMENTS || !segment_len(m->bucket_count, &len))
        return false;
    void *block = sw_alloc(m->alloc, len);
    if (block == NULL)
        return false;
    set_segment(m, segment, block); /* each bucket is written when it is its turn */
    return true;
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
    if (m->count / EACH_HOLDS >= m->bucket_count)
        add_bucket(m);
    link->hash = hash;
    put(bucket_of(m, hash), link);
    m->count++;
}

void sw_hmap_remove(struct sw_hmap *m, struct sw_hmap_link *link)
{
    struct sw_hmap_bucket *b = bucket_of(m, link->hash);
    m->count--;
    if (link->at != NULL) {
        SW_BUG_ON(*link->at != link);
        point_to(link->at, link->next);
        link->next = NULL;
        link->at = NULL;
        return;
    }
    unsigned i = 0;
    while (i < b->slot_count && b->slots[i] != link)
        i++;
    SW_BUG_ON(i == b->slot_count);
    close_slot(b, i);
}

uint64_t sw_hash(const void *bytes, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, len, seed);
}

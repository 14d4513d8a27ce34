/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash map whose links lie in its members: the member is allocated and freed by its owner, the
 * map allocates only its buckets. Keys are the owner's business: a look-up hands in the hash and a
 * function that says whether a member is the one.
 * Keys from strangers must be hashed with sw_hash() under a secret seed.
 *
 * It grows by one bucket with a member or two (linear hashing, Litwin 1980), so that no call ever
 * waits for a million members to be placed anew. In a map too large for any cache each place looked
 * at costs as much as two hundred instructions; hence a bucket is a line of the cache that names
 * its members and eight bits of each one's hash. Adding and taking out touch this line and the
 * member, no other member; a look-up that finds nothing touches the line only.
 *
 * Owns: the buckets. Thread: one at a time.
 */
#ifndef SW_BASE_HMAP_H
#define SW_BASE_HMAP_H

#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>

enum { SW_HMAP_LINE_LEN = 64, SW_HMAP_SLOTS = 6 };

struct sw_hmap_link {
    struct sw_hmap_link *next; /* of those beyond the slots */
    struct sw_hmap_link **at;  /* what points to it there; NULL: it has a slot */
    uint64_t hash;
};

struct sw_hmap_bucket {
    uint8_t tags[SW_HMAP_SLOTS]; /* of the slots' members */
    uint8_t slot_count;
    struct sw_hmap_link *slots[SW_HMAP_SLOTS]; /* the newest is the last one */
    struct sw_hmap_link *beyond;               /* older ones for which there is no slot */
};

enum { SW_HMAP_SEGMENTS = 32 };

struct sw_hmap {
    const struct sw_alloc *alloc; /* borrowed */
    /* The first one holds 1 << first_log2 buckets, the second as many, each later one as many as
     * all before it. */
    struct sw_hmap_bucket *segments[SW_HMAP_SEGMENTS];
    void *blocks[SW_HMAP_SEGMENTS]; /* what the allocator gave for each: it need not begin a line */
    unsigned first_log2;
    size_t bucket_count;
    size_t mask;  /* the least 2^n - 1 that holds every bucket's number */
    size_t count; /* members */
};

typedef bool sw_hmap_is(const struct sw_hmap_link *link, const void *key);

/** @retval 0 ready, @retval SW_E_NOMEM. `expected`: members it should hold without growing. */
SW_MUST_USE int sw_hmap_init(struct sw_hmap *m, const struct sw_alloc *alloc, size_t expected);
void sw_hmap_fini(struct sw_hmap *m); /* members are not touched; {0} allowed */
/* Have what a look-up of this hash needs brought closer, while something else is done. */
void sw_hmap_expect(const struct sw_hmap *m, uint64_t hash);
struct sw_hmap_link *sw_hmap_find(const struct sw_hmap *m, uint64_t hash, sw_hmap_is *is,
                                  const void *key);
/* How many members have this hash; `max`: so many or more. */
size_t sw_hmap_count_of(const struct sw_hmap *m, uint64_t hash, size_t max);
/* Equal keys may be in it more than once; the newest is found first. Growing that fails for want
 * of memory is not an error: the map gets slower, not wrong. */
void sw_hmap_add(struct sw_hmap *m, struct sw_hmap_link *link, uint64_t hash);
/* `link` must be in the map. */
void sw_hmap_remove(struct sw_hmap *m, struct sw_hmap_link *link);

/* Member number `at` of one bucket, the newest has number 0; NULL: there are no more. For who wants
 * to see them all. */
const struct sw_hmap_link *sw_hmap_nth(const struct sw_hmap *m, size_t bucket, size_t at);

/* Keyed 64-bit hash (XXH3). The seed is secret where keys come from strangers. */
uint64_t sw_hash(const void *bytes, size_t len, uint64_t seed);

#endif

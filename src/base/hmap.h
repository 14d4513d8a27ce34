/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash map whose links lie in its members: the member is allocated and freed by its owner, the
 * map allocates only its buckets. Keys are the owner's business: a look-up hands in the hash and a
 * function that says whether a member is the one.
 * Keys from strangers must be hashed with sw_hash() under a secret seed.
 *
 * It grows by one bucket with a member (linear hashing, Litwin 1980), so that no call ever waits
 * for a million members to be placed anew. In a map too large for any cache each place looked at
 * costs as much as two hundred instructions; hence a bucket knows marks of its members' hashes, and
 * a look-up that finds nothing looks at the bucket only; and a link knows what points to it, so
 * that taking it out does not walk the chain.
 *
 * Owns: the buckets. Thread: one at a time.
 */
#ifndef SW_BASE_HMAP_H
#define SW_BASE_HMAP_H

#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>

struct sw_hmap_link {
    struct sw_hmap_link *next;
    struct sw_hmap_link **at; /* what points to it: a link before it, or the bucket */
    uint64_t hash;
};

struct sw_hmap_bucket {
    struct sw_hmap_link *first;
    uint64_t marks; /* a bit for each member that is in it, and perhaps some that were */
};

enum { SW_HMAP_SEGMENTS = 32 };

struct sw_hmap {
    const struct sw_alloc *alloc; /* borrowed */
    /* The first one holds 1 << first_log2 buckets, the second as many, each later one as many as
     * all before it. */
    struct sw_hmap_bucket *segments[SW_HMAP_SEGMENTS];
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
/* Equal keys may be in it more than once; the newest is found first. Growing that fails for want
 * of memory is not an error: the map gets slower, not wrong. */
void sw_hmap_add(struct sw_hmap *m, struct sw_hmap_link *link, uint64_t hash);
/* `link` must be in the map. */
void sw_hmap_remove(struct sw_hmap *m, struct sw_hmap_link *link);

/* The members of one bucket, numbered from 0, by their `next`; for who wants to see them all. */
const struct sw_hmap_link *sw_hmap_chain(const struct sw_hmap *m, size_t bucket);

/* The next member with this key after `link`, or NULL. */
struct sw_hmap_link *sw_hmap_find_next(const struct sw_hmap_link *link, sw_hmap_is *is,
                                       const void *key);

/* Keyed 64-bit hash (XXH3). The seed is secret where keys come from strangers. */
uint64_t sw_hash(const void *bytes, size_t len, uint64_t seed);

#endif

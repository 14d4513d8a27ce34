/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash map whose links lie in its members: the member is allocated and freed by its owner, the
 * map allocates only its bucket array, which grows by doubling. Keys are the owner's business: a
 * look-up hands in the hash and a function that says whether a member is the one.
 * Keys from strangers must be hashed with sw_hash() under a secret seed.
 *
 * Owns: the bucket array. Thread: one at a time.
 */
#ifndef SW_BASE_HMAP_H
#define SW_BASE_HMAP_H

#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>

struct sw_hmap_link {
    struct sw_hmap_link *next;
    uint64_t hash;
};

struct sw_hmap {
    const struct sw_alloc *alloc; /* borrowed */
    struct sw_hmap_link **buckets;
    size_t mask;  /* number of buckets - 1 */
    size_t count; /* members */
};

typedef bool sw_hmap_is(const struct sw_hmap_link *link, const void *key);

/** @retval 0 ready, @retval SW_E_NOMEM. `expected`: members it should hold without growing. */
SW_MUST_USE int sw_hmap_init(struct sw_hmap *m, const struct sw_alloc *alloc, size_t expected);
void sw_hmap_fini(struct sw_hmap *m); /* members are not touched */
struct sw_hmap_link *sw_hmap_find(const struct sw_hmap *m, uint64_t hash, sw_hmap_is *is,
                                  const void *key);
/* Equal keys may be in it more than once; the newest is found first. Growing that fails for want
 * of memory is not an error: the map gets slower, not wrong. */
void sw_hmap_add(struct sw_hmap *m, struct sw_hmap_link *link, uint64_t hash);
/* `link` must be in the map. */
void sw_hmap_remove(struct sw_hmap *m, struct sw_hmap_link *link);

/* The next member with this key after `link`, or NULL. */
struct sw_hmap_link *sw_hmap_find_next(const struct sw_hmap_link *link, sw_hmap_is *is,
                                       const void *key);

/* Keyed 64-bit hash (XXH3). The seed is secret where keys come from strangers. */
uint64_t sw_hash(const void *bytes, size_t len, uint64_t seed);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core's memory: blocks in a few sizes, kept for reuse, so that after the first calls no
 * message goes back to the allocator. What is given back stays readable until the turn ends, since
 * an action of this turn may still point into it.
 *
 * Owns: all its blocks; px_mem_fini() gives back also what nobody returned. Thread: one at a time.
 */
#ifndef SW_PROXY_MEM_H
#define SW_PROXY_MEM_H

#include "base/alloc.h"
#include "base/slice.h"

enum { PX_MEM_CLASSES = 23 };

struct px_block;

struct px_mem {
    const struct sw_alloc *alloc; /* borrowed */
    bool is_exact; /* every block straight from the allocator, for checkers of memory errors */
    struct px_block *free_blocks[PX_MEM_CLASSES];
    struct px_fresh {
        char *at; /* of the newest slab: no block has been made of it yet */
        size_t block_count;
    } fresh[PX_MEM_CLASSES];
    struct px_block *returned; /* given back in this turn */
    struct px_block *slabs;
    size_t held_len; /* octets asked of the allocator and not given back to it */
    size_t used_len; /* octets of blocks handed out and not given back */
    size_t used_count;
};

/* Nothing is asked of the allocator yet. alloc: borrowed, NULL for the C library's. */
void px_mem_init(struct px_mem *m, const struct sw_alloc *alloc, bool is_exact);
/* Every block must have been given back. */
void px_mem_fini(struct px_mem *m);

/* Not cleared, aligned for any type; NULL when out of memory. */
SW_MUST_USE void *px_mem_get(struct px_mem *m, size_t len);
SW_MUST_USE void *px_mem_zget(struct px_mem *m, size_t len);
/* A copy of bytes; *out is untouched on failure. @retval true, false: out of memory */
SW_MUST_USE bool px_mem_dup(struct px_mem *m, struct sw_slice bytes, struct sw_slice *out);
/* Octets that fit into the block that px_mem_get(len) would give. */
size_t px_mem_room(size_t len);
/* Give back; the block stays readable until px_mem_turn(). NULL allowed. */
void px_mem_drop(struct px_mem *m, const void *p);
/* It will be given back soon: have it brought closer while something else is done. */
static inline void px_mem_expect(const void *p)
{
    __builtin_prefetch((const void *)((uintptr_t)p - 1)); /* where the pool keeps its own */
}
/* Give a slice back and empty it. */
void px_mem_drop_slice(struct px_mem *m, struct sw_slice *s);
/* A new turn: what was given back may be handed out again. */
void px_mem_turn(struct px_mem *m);
/* The pool as an allocator, for the locator's plans. Borrows m, which must not move. */
struct sw_alloc px_mem_allocator(struct px_mem *m);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of one owner, given out piece by piece and given back all at once. The first block can
 * be the caller's, so that small owners never reach the allocator.
 *
 * Owns: its blocks. Thread: one at a time.
 */
#ifndef SW_BASE_ARENA_H
#define SW_BASE_ARENA_H

#include "base/alloc.h"
#include "base/slice.h"

struct sw_arena_block;

struct sw_arena {
    const struct sw_alloc *alloc;  /* borrowed; NULL: the C library's */
    struct sw_arena_block *blocks; /* from the allocator, newest first */
    char *at;                      /* next free byte of the current block */
    char *end;
    char *first; /* caller's first block, or NULL */
    size_t first_len;
    size_t block_len; /* size of the next block to be asked for, bytes */
    size_t used;      /* bytes given out, alignment included */
};

/* `first` may be NULL with first_len 0. block_len: size of further blocks, at least 256 is used. */
void sw_arena_init(struct sw_arena *a, const struct sw_alloc *alloc, void *first, size_t first_len,
                   size_t block_len);
/* Give everything back and start again with the first block. */
void sw_arena_reset(struct sw_arena *a);
/* Give everything back. Only sw_arena_init() may follow. */
void sw_arena_fini(struct sw_arena *a);

/* Aligned for any type, not cleared; NULL when out of memory. */
SW_MUST_USE void *sw_arena_get(struct sw_arena *a, size_t size);
/* As sw_arena_get(), cleared, for `count` things of `size` bytes. */
SW_MUST_USE void *sw_arena_zget(struct sw_arena *a, size_t count, size_t size);
/* A copy of bytes without alignment; NULL when out of memory. */
SW_MUST_USE char *sw_arena_dup(struct sw_arena *a, const void *bytes, size_t len);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"

#include <stdalign.h>

enum { BLOCK_LEN_MIN = 256 };

struct sw_arena_block {
    struct sw_arena_block *next;
    alignas(max_align_t) char bytes[];
};

/* Bytes to skip so that p is aligned for any type. */
static size_t padding_at(const char *p)
{
    return (size_t)(-(uintptr_t)p) & (alignof(max_align_t) - 1);
}

static size_t room_left(const struct sw_arena *a)
{
    return (size_t)(a->end - a->at);
}

static void start_with_first_block(struct sw_arena *a)
{
    a->at = a->first;
    a->end = a->first == NULL ? NULL : a->first + a->first_len;
    a->used = 0;
}

static void free_blocks(struct sw_arena *a)
{
    while (a->blocks != NULL) {
        struct sw_arena_block *next = a->blocks->next;
        sw_free(a->alloc, a->blocks);
        a->blocks = next;
    }
}

void sw_arena_init(struct sw_arena *a, const struct sw_alloc *alloc, void *first, size_t first_len,
                   size_t block_len)
{
    *a = (struct sw_arena){
        .alloc = alloc,
        .first = first,
        .first_len = first_len,
        .block_len = block_len < BLOCK_LEN_MIN ? BLOCK_LEN_MIN : block_len,
    };
    start_with_first_block(a);
}

void sw_arena_reset(struct sw_arena *a)
{
    free_blocks(a);
    start_with_first_block(a);
}

void sw_arena_fini(struct sw_arena *a)
{
    free_blocks(a);
    a->at = a->end = a->first = NULL;
    a->first_len = a->used = 0;
}

/* A piece of a new block. What is left of the old one is given up only for a block that has more
 * left: a big piece does not end the use of a fresh block. */
static char *get_from_new_block(struct sw_arena *a, size_t size)
{
    size_t len;
    if (!sw_add(size, sizeof(struct sw_arena_block), &len))
        return NULL;
    if (len < a->block_len)
        len = a->block_len;
    struct sw_arena_block *block = sw_alloc(a->alloc, len);
    if (block == NULL)
        return NULL;
    block->next = a->blocks;
    a->blocks = block;

    char *end = (char *)block + len;
    char *after = block->bytes + size;
    if ((size_t)(end - after) > room_left(a)) {
        a->at = after;
        a->end = end;
    }
    a->used += size;
    return block->bytes;
}

static char *get_padded(struct sw_arena *a, size_t padding, size_t size)
{
    if (a->at == NULL || padding > room_left(a) || size > room_left(a) - padding)
        return get_from_new_block(a, size);
    char *piece = a->at + padding;
    a->at = piece + size;
    a->used += padding + size;
    return piece;
}

void *sw_arena_get(struct sw_arena *a, size_t size)
{
    return get_padded(a, padding_at(a->at), size == 0 ? 1 : size);
}

void *sw_arena_zget(struct sw_arena *a, size_t count, size_t size)
{
    size_t total;
    if (!sw_mul(count, size, &total))
        return NULL;
    void *p = sw_arena_get(a, total);
    if (p != NULL)
        memset(p, 0, total);
    return p;
}

char *sw_arena_dup(struct sw_arena *a, const void *bytes, size_t len)
{
    char *p = get_padded(a, 0, len == 0 ? 1 : len);
    if (p != NULL && len > 0)
        memcpy(p, bytes, len);
    return p;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/mem.h"

#include "base/bug.h"

#include <stdalign.h>

enum {
    SLAB_LEN = 64 * 1024,   /* the first ones; */
    SLAB_SHARE = 8,         /* later an eighth of what is held, */
    SLAB_LEN_MAX = 2 << 20, /* up to what fits on a huge page */
    NO_CLASS = PX_MEM_CLASSES,
    LONGER = 16 /* the first class beyond class_of_steps */
};

struct px_block {
    struct px_block *next; /* of a free list, of those given back, of the slabs */
    uint32_t len;          /* octets for the user */
    uint8_t class_index;   /* NO_CLASS: a block of its own */
    bool is_used;
    alignas(max_align_t) char bytes[];
};

/* Transactions, and messages of 300 to 2000 octets, in steps of an eighth or so. */
static const uint32_t class_len[PX_MEM_CLASSES] = {64,   128,  192,  256,  320,   384,   448,  512,
                                                   640,  768,  896,  1024, 1280,  1536,  1792, 2048,
                                                   3072, 4096, 6144, 8192, 16384, 32768, 66560};

/* The classes of what is at most 64 * i octets long. */
static const uint8_t class_of_steps[] = {0,  0,  1,  2,  3,  4,  5,  6,  7,  8,  8,
                                         9,  9,  10, 10, 11, 11, 12, 12, 12, 12, 13,
                                         13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15};

void px_mem_init(struct px_mem *m, const struct sw_alloc *alloc, bool is_exact)
{
    *m = (struct px_mem){.alloc = alloc, .is_exact = is_exact};
}

static uint8_t class_for(size_t len)
{
    size_t steps = (len + 63) / 64;
    uint8_t i = steps < sizeof class_of_steps ? class_of_steps[steps] : LONGER;
    while (i < PX_MEM_CLASSES && class_len[i] < len)
        i++;
    return i;
}

size_t px_mem_room(size_t len)
{
    uint8_t i = class_for(len);
    return i == NO_CLASS ? len : class_len[i];
}

static size_t slab_room(const struct px_mem *m)
{
    size_t room = m->held_len / SLAB_SHARE;
    if (room < SLAB_LEN)
        return SLAB_LEN;
    return room > SLAB_LEN_MAX ? SLAB_LEN_MAX : room;
}

/* Blocks of one size out of one request: the small ones share a slab. */
static bool add_slab(struct px_mem *m, uint8_t class_index)
{
    size_t step = sizeof(struct px_block) + class_len[class_index];
    size_t room = slab_room(m) - sizeof(struct px_block);
    size_t count = room / step == 0 ? 1 : room / step;
    size_t slab_len = sizeof(struct px_block) + count * step;
    struct px_block *slab = sw_alloc(m->alloc, slab_len);
    if (slab == NULL)
        return false;
    slab->next = m->slabs;
    m->slabs = slab;
    m->held_len += slab_len;
    m->fresh[class_index] = (struct px_fresh){slab->bytes, count};
    return true;
}

/* A block where none was before: pages are touched when they are needed. */
static struct px_block *make_block(struct px_fresh *fresh, uint8_t class_index)
{
    struct px_block *b = (struct px_block *)(void *)fresh->at;
    fresh->at += sizeof *b + class_len[class_index];
    fresh->block_count--;
    b->len = class_len[class_index];
    b->class_index = class_index;
    return b;
}

static struct px_block *new_block(struct px_mem *m, size_t len)
{
    struct px_block *b = len > UINT32_MAX ? NULL : sw_alloc(m->alloc, sizeof *b + len);
    if (b == NULL)
        return NULL;
    b->len = (uint32_t)len;
    b->class_index = NO_CLASS;
    m->held_len += sizeof *b + len;
    return b;
}

/* It is handed out next, and was given back with much else long ago: have it brought closer. */
static void expect_block(const struct px_block *b, size_t block_len)
{
    enum { CACHE_LINE = 64, EXPECTED_MAX = 1024 };
    size_t len = b == NULL ? 0 : sizeof *b + (block_len < EXPECTED_MAX ? block_len : EXPECTED_MAX);
    for (size_t i = 0; i < len; i += CACHE_LINE)
        __builtin_prefetch((const char *)b + i, 1);
}

static struct px_block *reuse_block(struct px_mem *m, uint8_t class_index)
{
    struct px_block *b = m->free_blocks[class_index];
    if (b != NULL) {
        m->free_blocks[class_index] = b->next;
        expect_block(b->next, class_len[class_index]);
        return b;
    }
    if (m->fresh[class_index].block_count == 0 && !add_slab(m, class_index))
        return NULL;
    return make_block(&m->fresh[class_index], class_index);
}

void *px_mem_get(struct px_mem *m, size_t len)
{
    uint8_t class_index = class_for(len);
    bool is_alone = m->is_exact || class_index == NO_CLASS;
    struct px_block *b = is_alone ? new_block(m, len) : reuse_block(m, class_index);
    if (b == NULL)
        return NULL;
    b->is_used = true;
    m->used_len += b->len;
    m->used_count++;
    return b->bytes;
}

void *px_mem_zget(struct px_mem *m, size_t len)
{
    void *p = px_mem_get(m, len);
    if (p != NULL)
        memset(p, 0, len);
    return p;
}

bool px_mem_dup(struct px_mem *m, struct sw_slice bytes, struct sw_slice *out)
{
    char *p = px_mem_get(m, bytes.len);
    if (p == NULL)
        return false;
    if (bytes.len > 0)
        memcpy(p, bytes.p, bytes.len);
    *out = sw_slice(p, bytes.len);
    return true;
}

void px_mem_drop(struct px_mem *m, const void *p)
{
    if (p == NULL)
        return;
    uintptr_t at = (uintptr_t)p - offsetof(struct px_block, bytes);
    struct px_block *b = (struct px_block *)at; /* the pool may write where its user only reads */
    SW_BUG_ON(!b->is_used);
    b->is_used = false;
    m->used_len -= b->len;
    m->used_count--;
    b->next = m->returned;
    m->returned = b;
}

void px_mem_drop_slice(struct px_mem *m, struct sw_slice *s)
{
    px_mem_drop(m, s->p);
    *s = (struct sw_slice){NULL, 0};
}

void px_mem_turn(struct px_mem *m)
{
    while (m->returned != NULL) {
        struct px_block *b = m->returned;
        m->returned = b->next;
        if (b->class_index == NO_CLASS) {
            m->held_len -= sizeof *b + b->len;
            sw_free(m->alloc, b);
            continue;
        }
        b->next = m->free_blocks[b->class_index];
        m->free_blocks[b->class_index] = b;
    }
}

static void *give(void *user, size_t size)
{
    return px_mem_get(user, size);
}

static void take_back(void *user, void *p)
{
    px_mem_drop(user, p);
}

struct sw_alloc px_mem_allocator(struct px_mem *m)
{
    return (struct sw_alloc){.alloc = give, .free = take_back, .user = m};
}

void px_mem_fini(struct px_mem *m)
{
    px_mem_turn(m);
    SW_BUG_ON(m->used_count != 0);
    while (m->slabs != NULL) {
        struct px_block *slab = m->slabs;
        m->slabs = slab->next;
        sw_free(m->alloc, slab);
    }
    *m = (struct px_mem){0};
}

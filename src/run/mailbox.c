/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/mailbox.h"

#include "base/alloc.h"
#include "base/bug.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    CACHE_LINE = 64,
    BOOKS_PART = 8 /* one of so many parts of the ring is for what has no octets */
};

/* In the ring, at a multiple of its alignment. Followed by the octets; never wraps around: what is
 * left at the end is skipped when it is too short, and then begins with a letter of `len` 0. */
struct letter {
    size_t len; /* of it all, rounded up */
    struct px_handed handed;
};

/* The counts run on for ever; a place in the ring is what the mask leaves of one. Each line of
 * memory is written by one thread. */
struct sw_mailbox {
    size_t len;
    char *ring;
    _Alignas(CACHE_LINE) size_t put_at; /* the writer's: not yet sent */
    size_t known_taken;                 /* taken_at as the writer saw it last */
    _Atomic uint64_t lost_count;
    _Alignas(CACHE_LINE) _Atomic size_t sent_at;
    _Alignas(CACHE_LINE) _Atomic size_t taken_at;
    _Alignas(CACHE_LINE) size_t read_at; /* the reader's: behind what it looks at */
};

int sw_mailbox_new(struct sw_mailbox **out, size_t len)
{
    SW_BUG_ON(len < SW_MAILBOX_LEN_MIN || (len & (len - 1)) != 0);
    struct sw_mailbox *box = aligned_alloc(CACHE_LINE, sizeof *box);
    if (box == NULL)
        return SW_E_NOMEM;
    memset(box, 0, sizeof *box);
    box->len = len;
    box->ring = sw_alloc(NULL, len);
    if (box->ring == NULL) {
        free(box);
        return SW_E_NOMEM;
    }
    *out = box;
    return 0;
}

void sw_mailbox_free(struct sw_mailbox *box)
{
    if (box == NULL)
        return;
    sw_free(NULL, box->ring);
    free(box);
}

static struct letter *letter_at(const struct sw_mailbox *box, size_t at)
{
    return (struct letter *)(void *)(box->ring + (at & (box->len - 1)));
}

/* Octets from there to the end of the ring. */
static size_t straight_len(const struct sw_mailbox *box, size_t at)
{
    return box->len - (at & (box->len - 1));
}

static bool has_room(struct sw_mailbox *box, size_t len, bool is_for_books)
{
    size_t cap = is_for_books ? box->len : box->len - box->len / BOOKS_PART;

    if (box->put_at + len - box->known_taken <= cap)
        return true;
    box->known_taken = atomic_load_explicit(&box->taken_at, memory_order_acquire);
    return box->put_at + len - box->known_taken <= cap;
}

bool sw_mailbox_put(struct sw_mailbox *box, const struct px_handed *h)
{
    size_t align = _Alignof(struct letter);
    size_t len = (sizeof(struct letter) + h->bytes.len + align - 1) / align * align;
    size_t left_len = straight_len(box, box->put_at);
    size_t skipped_len = left_len < len ? left_len : 0;

    if (h->bytes.len > box->len || !has_room(box, skipped_len + len, h->bytes.len == 0)) {
        atomic_fetch_add_explicit(&box->lost_count, 1, memory_order_relaxed);
        return false;
    }
    if (skipped_len >= sizeof(size_t))
        letter_at(box, box->put_at)->len = 0;
    box->put_at += skipped_len;
    struct letter *letter = letter_at(box, box->put_at);
    letter->len = len;
    letter->handed = *h;
    if (h->bytes.len > 0)
        memcpy((char *)(letter + 1), h->bytes.p, h->bytes.len);
    letter->handed.bytes.p = NULL; /* where it is, the reader knows */
    box->put_at += len;
    return true;
}

/* In one order for all threads, as whoever is about to sleep looks at it: run/post.c. */
bool sw_mailbox_send(struct sw_mailbox *box)
{
    if (atomic_load_explicit(&box->sent_at, memory_order_relaxed) == box->put_at)
        return false;
    atomic_store(&box->sent_at, box->put_at);
    return true;
}

bool sw_mailbox_is_empty(const struct sw_mailbox *box)
{
    return atomic_load(&box->sent_at) == box->read_at;
}

bool sw_mailbox_take(struct sw_mailbox *box, struct px_handed *out)
{
    /* What was handed out last is done with. */
    if (atomic_load_explicit(&box->taken_at, memory_order_relaxed) != box->read_at)
        atomic_store_explicit(&box->taken_at, box->read_at, memory_order_release);
    size_t sent_at = atomic_load_explicit(&box->sent_at, memory_order_acquire);
    if (sent_at == box->read_at)
        return false;
    size_t left_len = straight_len(box, box->read_at);
    if (left_len < sizeof(struct letter) || letter_at(box, box->read_at)->len == 0)
        box->read_at += left_len;
    const struct letter *letter = letter_at(box, box->read_at);
    *out = letter->handed;
    if (out->bytes.len > 0)
        out->bytes.p = (const char *)(letter + 1);
    box->read_at += letter->len;
    return true;
}

uint64_t sw_mailbox_lost(const struct sw_mailbox *box)
{
    return atomic_load_explicit(&box->lost_count, memory_order_relaxed);
}

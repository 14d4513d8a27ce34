/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Octets on their way to a peer that may read slowly: in order, in one buffer that grows up to a
 * bound and is given back when it is large and has run empty.
 *
 *     struct ad_write_queue q = {0};
 *     if (ad_write_queue_add(&q, bytes, max_len) < 0)
 *         drop the peer: half a message cannot be left out;
 *     sent = send(fd, ad_write_queue_front(&q).p, ad_write_queue_front(&q).len, 0);
 *     ad_write_queue_take(&q, sent);
 *     ad_write_queue_fini(&q);
 *
 * Owns: its buffer. Thread: one at a time.
 */
#ifndef SW_ADAPTER_WRITE_QUEUE_H
#define SW_ADAPTER_WRITE_QUEUE_H

#include "base/attr.h"
#include "base/err.h"
#include "base/slice.h"

struct ad_write_queue {
    char *room; /* octets [at, len) wait */
    size_t at, len, cap;
};

/**
 * Put octets behind all others; they are copied.
 * @param max_len  what may wait in all, octets.
 * @retval 0, SW_E_LIMIT, SW_E_NOMEM; on failure the queue is as it was.
 */
SW_MUST_USE int ad_write_queue_add(struct ad_write_queue *q, struct sw_slice bytes, size_t max_len);

/* What waits; valid until the next call. */
static inline struct sw_slice ad_write_queue_front(const struct ad_write_queue *q)
{
    return sw_slice(q->room + q->at, q->len - q->at);
}

static inline bool ad_write_queue_is_empty(const struct ad_write_queue *q)
{
    return q->at == q->len;
}

/* The first @p len octets are done with; len <= what waits. */
void ad_write_queue_take(struct ad_write_queue *q, size_t len);
/* Forget what waits. */
void ad_write_queue_clear(struct ad_write_queue *q);
/* Give the buffer back; the queue is empty and may be used again. */
void ad_write_queue_fini(struct ad_write_queue *q);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/write_queue.h"

#include "base/alloc.h"
#include "base/bug.h"

enum {
    FIRST_LEN = 4096,
    KEEP_LEN = 16384 /* a larger buffer is given back once it is empty */
};

static void move_to_front(struct ad_write_queue *q)
{
    if (q->at == 0)
        return;
    memmove(q->room, q->room + q->at, q->len - q->at);
    q->len -= q->at;
    q->at = 0;
}

/* Room for `need` octets in all, those that wait included. */
static int grow(struct ad_write_queue *q, size_t need)
{
    size_t cap = q->cap == 0 ? FIRST_LEN : q->cap;

    while (cap < need)
        cap *= 2;
    char *room = sw_alloc(NULL, cap);
    if (room == NULL)
        return SW_E_NOMEM;
    if (q->len > 0)
        memcpy(room, q->room, q->len);
    sw_free(NULL, q->room);
    q->room = room;
    q->cap = cap;
    return 0;
}

int ad_write_queue_add(struct ad_write_queue *q, struct sw_slice bytes, size_t max_len)
{
    size_t waiting = q->len - q->at;

    if (bytes.len > max_len || waiting > max_len - bytes.len)
        return SW_E_LIMIT;
    if (bytes.len == 0)
        return 0;
    if (q->cap - q->len < bytes.len)
        move_to_front(q);
    if (q->cap - q->len < bytes.len && grow(q, waiting + bytes.len) < 0)
        return SW_E_NOMEM;
    memcpy(q->room + q->len, bytes.p, bytes.len);
    q->len += bytes.len;
    return 0;
}

void ad_write_queue_take(struct ad_write_queue *q, size_t len)
{
    SW_BUG_ON(len > q->len - q->at);
    q->at += len;
    if (q->at == q->len)
        ad_write_queue_clear(q);
}

void ad_write_queue_clear(struct ad_write_queue *q)
{
    q->at = q->len = 0;
    if (q->cap > KEEP_LEN)
        ad_write_queue_fini(q);
}

void ad_write_queue_fini(struct ad_write_queue *q)
{
    sw_free(NULL, q->room);
    *q = (struct ad_write_queue){0};
}

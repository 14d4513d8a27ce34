/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/post.h"

#include "base/alloc.h"

#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What all others may have lying with a worker: as much as its socket holds, and for the same time,
 * or who is busy for a moment loses what a socket would have kept. */
#define BOXES_LEN ((size_t)4 << 20)

struct desk { /* a worker's */
    atomic_bool is_asleep, is_idle;
    int fd;
    uint16_t next_from; /* whose box is looked into first */
};

struct sw_post {
    uint16_t worker_count;
    struct desk *desks;
    struct sw_mailbox **boxes; /* [to * worker_count + from]; none from a worker to itself */
};

static struct sw_mailbox *box_of(const struct sw_post *post, uint16_t from, uint16_t to)
{
    return post->boxes[(size_t)to * post->worker_count + from];
}

static size_t box_len(uint16_t worker_count)
{
    size_t len = BOXES_LEN;

    while (len > SW_MAILBOX_LEN_MIN && len * worker_count > BOXES_LEN)
        len /= 2;
    return len;
}

static int open_all(struct sw_post *post)
{
    size_t len = box_len(post->worker_count);

    for (uint16_t to = 0; to < post->worker_count; to++) {
        post->desks[to].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (post->desks[to].fd < 0)
            return SW_E_SYSTEM;
        for (uint16_t from = 0; from < post->worker_count; from++) {
            struct sw_mailbox **box = &post->boxes[(size_t)to * post->worker_count + from];
            int rc = from == to ? 0 : sw_mailbox_new(box, len);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

int sw_post_new(struct sw_post **out, uint16_t worker_count)
{
    struct sw_post *post = sw_zalloc(NULL, sizeof *post);

    if (post == NULL)
        return SW_E_NOMEM;
    post->worker_count = worker_count;
    post->desks = sw_zalloc_array(NULL, worker_count, sizeof *post->desks);
    post->boxes =
        sw_zalloc_array(NULL, (size_t)worker_count * worker_count, sizeof(struct sw_mailbox *));
    for (uint16_t i = 0; post->desks != NULL && i < worker_count; i++)
        post->desks[i].fd = -1;
    int rc = post->desks == NULL || post->boxes == NULL ? SW_E_NOMEM : open_all(post);
    if (rc < 0) {
        sw_post_free(post);
        return rc;
    }
    *out = post;
    return 0;
}

void sw_post_free(struct sw_post *post)
{
    if (post == NULL)
        return;
    for (size_t i = 0; post->desks != NULL && i < post->worker_count; i++)
        if (post->desks[i].fd >= 0)
            close(post->desks[i].fd);
    for (size_t i = 0; post->boxes != NULL && i < (size_t)post->worker_count * post->worker_count;
         i++)
        sw_mailbox_free(post->boxes[i]);
    sw_free(NULL, post->desks);
    sw_free(NULL, post->boxes);
    sw_free(NULL, post);
}

void sw_post_put(struct sw_post *post, uint16_t from, uint16_t to, const struct px_handed *h)
{
    for (uint16_t i = 0; i < post->worker_count; i++)
        if (i != from && (i == to || to == PX_ALL_WORKERS))
            sw_mailbox_put(box_of(post, from, i), h);
}

void sw_post_wake(struct sw_post *post, uint16_t worker)
{
    const uint64_t one = 1;

    /* Full only when 2^64 calls wait, and then the worker is awake anyway. */
    if (write(post->desks[worker].fd, &one, sizeof one) < 0)
        return;
}

/* Whoever goes to sleep says so first and looks into its boxes then; whoever sends lets it be seen
 * first and asks then whether the other one sleeps. All four in one order: one of the two sees the
 * other. */
void sw_post_send(struct sw_post *post, uint16_t from)
{
    for (uint16_t to = 0; to < post->worker_count; to++)
        if (to != from && sw_mailbox_send(box_of(post, from, to)) &&
            atomic_exchange(&post->desks[to].is_asleep, false))
            sw_post_wake(post, to);
}

bool sw_post_may_sleep(struct sw_post *post, uint16_t me)
{
    atomic_store(&post->desks[me].is_asleep, true);
    for (uint16_t from = 0; from < post->worker_count; from++)
        if (from != me && !sw_mailbox_is_empty(box_of(post, from, me)))
            return false;
    return true;
}

void sw_post_awake(struct sw_post *post, uint16_t me)
{
    atomic_store_explicit(&post->desks[me].is_asleep, false, memory_order_relaxed);
}

bool sw_post_take(struct sw_post *post, uint16_t me, struct px_handed *out)
{
    struct desk *desk = &post->desks[me];

    for (uint16_t i = 0; i < post->worker_count; i++) {
        uint16_t from = (uint16_t)((desk->next_from + i) % post->worker_count);
        if (from == me || !sw_mailbox_take(box_of(post, from, me), out))
            continue;
        desk->next_from = (uint16_t)((from + 1) % post->worker_count);
        return true;
    }
    return false;
}

bool sw_post_is_idle(struct sw_post *post)
{
    for (uint16_t i = 0; i < post->worker_count; i++)
        if (!atomic_load(&post->desks[i].is_idle))
            return false;
    return true;
}

void sw_post_set_idle(struct sw_post *post, uint16_t me, bool is_idle)
{
    if (atomic_exchange(&post->desks[me].is_idle, is_idle) == is_idle || !is_idle ||
        !sw_post_is_idle(post))
        return;
    for (uint16_t i = 0; i < post->worker_count; i++)
        if (i != me)
            sw_post_wake(post, i);
}

int sw_post_fd(const struct sw_post *post, uint16_t me)
{
    return post->desks[me].fd;
}

uint64_t sw_post_lost(const struct sw_post *post, uint16_t worker)
{
    uint64_t lost = 0;

    for (uint16_t from = 0; from < post->worker_count; from++)
        if (from != worker)
            lost += sw_mailbox_lost(box_of(post, from, worker));
    return lost;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/stream_conn.h"

#include "base/alloc.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { /* four minutes from the last word to the end; a NAT keeps its mapping for longer than two */
       PROBE_IDLE_S = 120,
       PROBE_INTERVAL_S = 30,
       PROBE_COUNT = 4
};

static uint64_t hash_of(uint64_t id)
{
    return sw_hash(&id, sizeof id, 0); /* ids are ours, not a stranger's */
}

static bool has_id(const struct sw_hmap_link *link, const void *key)
{
    return SW_CONTAINER_OF(link, const struct ad_conn, by_id)->id == *(const uint64_t *)key;
}

struct ad_conn *ad_conn_find(const struct ad_stream *st, uint64_t id)
{
    struct sw_hmap_link *link = sw_hmap_find(&st->by_id, hash_of(id), has_id, &id);

    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct ad_conn, by_id);
}

struct ad_conn *ad_conn_add(struct ad_stream *st, uint64_t id, int fd, enum ad_conn_state state)
{
    struct ad_conn *c = sw_zalloc(NULL, sizeof *c);

    if (c == NULL)
        return NULL;
    c->watched.fd = fd;
    c->id = id;
    c->state = state;
    sw_timer_init(&c->timer);
    sw_list_push_back(&st->all, &c->all);
    sw_hmap_add(&st->by_id, &c->by_id, hash_of(id));
    return c;
}

void ad_conn_forget_id(struct ad_stream *st, struct ad_conn *c)
{
    if (c->state != AD_CONN_LINGERING)
        sw_hmap_remove(&st->by_id, &c->by_id);
}

/* Closing the descriptor also takes it out of the epoll set. */
void ad_conn_destroy(struct ad_stream *st, struct ad_conn *c)
{
    ad_conn_forget_id(st, c);
    sw_timer_disarm(&st->timers, &c->timer);
    sw_list_remove(&c->all);
    sw_list_remove(&c->todo);
    if (c->watched.fd >= 0)
        close(c->watched.fd);
    ad_write_queue_fini(&c->queue);
    sw_free(NULL, c);
}

bool ad_conn_has_queued(const struct ad_conn *c)
{
    return !ad_write_queue_is_empty(&c->queue);
}

static void watch(struct ad_stream *st, struct ad_conn *c, uint32_t interest)
{
    struct epoll_event ev = {.events = interest, .data.ptr = &c->watched};

    if (c->interest == interest)
        return;
    c->interest = interest;
    epoll_ctl(st->epoll_fd, EPOLL_CTL_MOD, c->watched.fd, &ev);
}

void ad_conn_watch(struct ad_stream *st, struct ad_conn *c)
{
    watch(st, c,
          (c->is_read_ended ? 0 : (uint32_t)EPOLLIN) |
              (ad_conn_has_queued(c) ? (uint32_t)EPOLLOUT : 0));
}

/* False when the kernel has no room for it. */
bool ad_conn_begin_to_watch(struct ad_stream *st, struct ad_conn *c, uint32_t interest)
{
    struct epoll_event ev = {.events = interest, .data.ptr = &c->watched};

    c->interest = interest;
    return epoll_ctl(st->epoll_fd, EPOLL_CTL_ADD, c->watched.fd, &ev) == 0;
}

/* To be reported by the next poll. */
void ad_conn_fail_later(struct ad_stream *st, struct ad_conn *c, enum px_cause cause)
{
    if (c->watched.fd >= 0)
        close(c->watched.fd);
    c->watched.fd = -1;
    c->state = AD_CONN_FAILED;
    c->cause = cause;
    sw_timer_disarm(&st->timers, &c->timer);
    sw_list_remove(&c->todo);
    sw_list_push_back(&st->failed, &c->todo);
}

void ad_conn_report(struct ad_stream *st, const struct ad_conn *c, enum px_event_kind kind)
{
    struct px_event ev = {
        .kind = kind, .conn = c->id, .listener = c->listener, .peer = c->peer, .cause = c->cause};

    st->conf.fn(st->conf.arg, &ev);
}

void ad_conn_report_closed(struct ad_stream *st, struct ad_conn *c, enum px_cause cause)
{
    c->cause = cause;
    ad_conn_report(st, c, PX_EV_CLOSED);
}

void ad_conn_end(struct ad_stream *st, struct ad_conn *c, enum px_cause cause)
{
    ad_conn_report_closed(st, c, cause);
    ad_conn_destroy(st, c);
}

void ad_conn_prepare(int fd)
{
    int on = 1, idle_s = PROBE_IDLE_S, interval_s = PROBE_INTERVAL_S, count = PROBE_COUNT;

    /* Without any of them it is a connection all the same. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

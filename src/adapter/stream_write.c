/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/stream_conn.h"

#include "base/time.h"

#include <errno.h>

/* How long a closed connection is still read, so that what was sent last is not destroyed by a
 * reset before the peer has read it (RFC 9293 3.6): while the peer goes on sending what was too
 * much, but neither for ever nor for everything. */
#define LINGER_QUIET_US SW_SECONDS(2)
#define LINGER_MAX_US SW_SECONDS(10)
enum { DISCARD_MAX_LEN = 16 << 20 };

void ad_stream_send(struct ad_stream *st, uint64_t id, struct sw_slice bytes)
{
    struct ad_conn *c = ad_conn_find(st, id);

    if (c == NULL || c->state == AD_CONN_FAILED || c->write_errno != 0 || bytes.len == 0)
        return;
    if (ad_write_queue_add(&c->queue, bytes, st->conf.queue_max_len) < 0) {
        st->counters.overrun++;
        ad_conn_fail_later(st, c, PX_CAUSE_LOCAL);
        return;
    }
    c->has_sent = true;
    if (!sw_list_is_linked(&c->todo))
        sw_list_push_back(&st->unwritten, &c->todo);
}

void ad_conn_write(struct ad_conn *c)
{
    struct sw_slice front = ad_write_queue_front(&c->queue);
    ssize_t n = send(c->watched.fd, front.p, front.len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n >= 0) {
        ad_write_queue_take(&c->queue, (size_t)n);
    } else if (errno != EAGAIN && errno != EINTR) {
        c->write_errno = errno;
        ad_write_queue_clear(&c->queue);
        shutdown(c->watched.fd, SHUT_RDWR); /* whatever went wrong: reading ends, and reports it */
    }
}

/* LINGERING: do what is left to do; it may be gone afterwards. */
static void linger_on(struct ad_stream *st, struct ad_conn *c)
{
    if (!ad_conn_has_queued(c) && (c->is_read_ended || c->write_errno != 0)) {
        ad_conn_destroy(st, c);
        return;
    }
    if (!ad_conn_has_queued(c))
        shutdown(c->watched.fd, SHUT_WR);
    ad_conn_watch(st, c);
}

static void begin_to_linger(struct ad_stream *st, struct ad_conn *c, uint64_t now_us)
{
    ad_conn_forget_id(st, c);
    c->state = AD_CONN_LINGERING;
    sw_list_remove(&c->all);
    sw_list_push_back(&st->lingering, &c->all);
    c->linger_until_us = now_us + LINGER_MAX_US;
    sw_timer_arm(&st->timers, &c->timer, now_us + LINGER_QUIET_US);
    linger_on(st, c);
}

void ad_stream_flush(struct ad_stream *st)
{
    struct sw_list *at, *tmp;

    SW_LIST_EACH (at, tmp, &st->unwritten) {
        struct ad_conn *c = SW_LIST_ITEM(at, struct ad_conn, todo);
        sw_list_remove(&c->todo);
        if (c->state == AD_CONN_CONNECTING)
            continue; /* written when it is connected */
        ad_conn_write(c);
        if (c->state == AD_CONN_LINGERING)
            linger_on(st, c);
        else
            ad_conn_watch(st, c);
    }
}

void ad_stream_close(struct ad_stream *st, uint64_t id, uint64_t now_us)
{
    struct ad_conn *c = ad_conn_find(st, id);

    if (c == NULL)
        return;
    if (c->state == AD_CONN_OPEN && c->has_sent)
        begin_to_linger(st, c, now_us);
    else
        ad_conn_destroy(st, c);
}

void ad_conn_discard(struct ad_stream *st, struct ad_conn *c, uint64_t now_us)
{
    ssize_t n = recv(c->watched.fd, st->room, sizeof st->room, MSG_DONTWAIT);

    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        ad_conn_destroy(st, c);
        return;
    }
    if (n > 0) {
        c->discarded_len += (size_t)n;
        if (c->discarded_len > DISCARD_MAX_LEN) {
            ad_conn_destroy(st, c);
            return;
        }
        sw_timer_arm(&st->timers, &c->timer,
                     sw_min_us(now_us + LINGER_QUIET_US, c->linger_until_us));
    }
    if (n == 0)
        c->is_read_ended = true;
    linger_on(st, c);
}

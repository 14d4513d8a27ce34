/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/stream_conn.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { POLL_BATCH = 128 }; /* descriptors a poll looks at; the rest is ready the next time */

int ad_stream_new(struct ad_stream **out, const struct ad_stream_conf *conf, uint64_t now_us)
{
    struct ad_stream *st = sw_zalloc(NULL, sizeof *st);

    if (st == NULL || sw_hmap_init(&st->by_id, NULL, 64) < 0) {
        sw_free(NULL, st);
        return SW_E_NOMEM;
    }
    st->conf = *conf;
    sw_list_init(&st->all);
    sw_list_init(&st->lingering);
    sw_list_init(&st->unwritten);
    sw_list_init(&st->failed);
    sw_timerwheel_init(&st->timers, now_us);
    st->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    st->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (st->epoll_fd < 0 || st->spare_fd < 0) {
        ad_stream_free(st);
        return SW_E_SYSTEM;
    }
    *out = st;
    return 0;
}

/* --- connecting -------------------------------------------------------------------------- */

/* A socket that has begun to connect, or -1 with errno. */
static int begin_to_connect(const struct ad_stream_connect *args)
{
    union ad_sockaddr from, to;
    socklen_t from_len = ad_sockaddr_from(&from, &(struct sw_endpoint){.addr = args->from});
    socklen_t to_len = ad_sockaddr_from(&to, &args->peer);
    int on = 1;

    int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    ad_conn_prepare(fd);
    /* The port is chosen when connecting, so one local port serves many peers. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if ((from_len == 0 || bind(fd, &from.any, from_len) == 0) &&
        (connect(fd, &to.any, to_len) == 0 || errno == EINPROGRESS))
        return fd;
    int err = errno;
    close(fd);
    errno = err;
    return -1;
}

void ad_stream_connect(struct ad_stream *st, const struct ad_stream_connect *args, uint64_t now_us)
{
    int fd = begin_to_connect(args);
    struct sw_list *idle = sw_list_first(&st->lingering);
    if (fd < 0 && ad_is_out_of_descriptors(errno) && idle != NULL) {
        /* Waiting for the other side to close is a courtesy; reaching somebody is our duty. */
        ad_conn_destroy(st, SW_LIST_ITEM(idle, struct ad_conn, all));
        fd = begin_to_connect(args);
    }
    int err = errno;
    struct ad_conn *c = ad_conn_add(st, args->conn, fd, AD_CONN_CONNECTING);

    if (c == NULL) {
        /* Not even room to say so: the core's own timers end the try. */
        if (fd >= 0)
            close(fd);
        return;
    }
    c->peer = args->peer;
    if (fd < 0)
        ad_conn_fail_later(st, c, ad_cause_of_errno(err));
    else if (!ad_conn_begin_to_watch(st, c, EPOLLOUT))
        ad_conn_fail_later(st, c, PX_CAUSE_LOCAL);
    else
        sw_timer_arm(&st->timers, &c->timer, sw_after_us(now_us, args->timeout_us));
}

static void finish_connecting(struct ad_stream *st, struct ad_conn *c)
{
    int err = 0;
    socklen_t len = sizeof err;

    if (getsockopt(c->watched.fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
        err = errno;
    if (err != 0) {
        ad_conn_end(st, c, ad_cause_of_errno(err));
        return;
    }
    sw_timer_disarm(&st->timers, &c->timer);
    c->state = AD_CONN_OPEN;
    st->counters.connected++;
    ad_conn_watch(st, c);
    ad_conn_report(st, c, PX_EV_CONNECTED);
}

/* --- reading ----------------------------------------------------------------------------- */

/* After the peer's end of its side only a reset follows, which is not always told by an error. */
static enum px_cause why_it_ended(const struct ad_conn *c, ssize_t n, int err)
{
    if (n < 0)
        return ad_cause_of_errno(err);
    return c->write_errno != 0 ? ad_cause_of_errno(c->write_errno) : PX_CAUSE_RESET;
}

static void read_open(struct ad_stream *st, struct ad_conn *c)
{
    ssize_t n = recv(c->watched.fd, st->room, sizeof st->room, MSG_DONTWAIT);
    int err = errno;

    if (n > 0) {
        struct px_event ev = {.kind = PX_EV_BYTES,
                              .conn = c->id,
                              .listener = c->listener,
                              .peer = c->peer,
                              .bytes = sw_slice(st->room, (size_t)n)};
        st->conf.fn(st->conf.arg, &ev);
        return;
    }
    if (n < 0 && (err == EAGAIN || err == EINTR))
        return;
    if (n < 0 || c->is_read_ended || c->write_errno != 0) {
        ad_conn_end(st, c, why_it_ended(c, n, err));
        return;
    }
    c->is_read_ended = true;
    ad_conn_watch(st, c);
    ad_conn_report(st, c, PX_EV_ENDED);
}

static void handle_conn(struct ad_stream *st, struct ad_conn *c, uint32_t ready, uint64_t now_us)
{
    if (c->state == AD_CONN_CONNECTING) {
        finish_connecting(st, c);
        return;
    }
    if ((ready & EPOLLOUT) != 0 && ad_conn_has_queued(c)) {
        ad_conn_write(c);
        ad_conn_watch(st, c);
    }
    if (c->state == AD_CONN_LINGERING)
        ad_conn_discard(st, c, now_us);
    else if ((ready & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        read_open(st, c);
}

/* --- the poll ---------------------------------------------------------------------------- */

static void report_failed(struct ad_stream *st)
{
    struct sw_list *first;

    while ((first = sw_list_first(&st->failed)) != NULL) {
        struct ad_conn *c = SW_LIST_ITEM(first, struct ad_conn, todo);
        ad_conn_end(st, c, c->cause);
    }
}

static void report_overdue(struct ad_stream *st, uint64_t now_us)
{
    struct sw_timer *t;

    while ((t = sw_timerwheel_take(&st->timers, now_us)) != NULL) {
        struct ad_conn *c = SW_CONTAINER_OF(t, struct ad_conn, timer);
        if (c->state == AD_CONN_CONNECTING)
            ad_conn_report_closed(st, c, PX_CAUSE_TIMEOUT);
        ad_conn_destroy(st, c);
    }
}

void ad_stream_poll(struct ad_stream *st, uint64_t now_us)
{
    struct epoll_event ready[POLL_BATCH];

    report_failed(st);
    int count = epoll_wait(st->epoll_fd, ready, POLL_BATCH, 0);
    for (int i = 0; i < count; i++) {
        struct ad_watched *w = ready[i].data.ptr;
        if (w->is_listener)
            ad_listener_accept(st, SW_CONTAINER_OF(w, struct ad_listener, watched), now_us);
        else
            handle_conn(st, SW_CONTAINER_OF(w, struct ad_conn, watched), ready[i].events, now_us);
    }
    report_overdue(st, now_us);
}

void ad_stream_limit(struct ad_stream *st, const struct ad_stream_conf *conf)
{
    st->conf.connection_max = conf->connection_max;
    st->conf.queue_max_len = conf->queue_max_len;
}

int ad_stream_fd(const struct ad_stream *st)
{
    return st->epoll_fd;
}

uint64_t ad_stream_wake_us(const struct ad_stream *st)
{
    return sw_list_is_empty(&st->failed) ? sw_timerwheel_next_us(&st->timers) : 0;
}

size_t ad_stream_count(const struct ad_stream *st)
{
    return st->by_id.count;
}

const struct ad_stream_counters *ad_stream_counters(const struct ad_stream *st)
{
    return &st->counters;
}

void ad_stream_free(struct ad_stream *st)
{
    struct sw_list *at, *tmp;

    if (st == NULL)
        return;
    SW_LIST_EACH (at, tmp, &st->all)
        ad_conn_destroy(st, SW_LIST_ITEM(at, struct ad_conn, all));
    SW_LIST_EACH (at, tmp, &st->lingering)
        ad_conn_destroy(st, SW_LIST_ITEM(at, struct ad_conn, all));
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        ad_stream_unlisten(st, (uint16_t)i);
    if (st->epoll_fd >= 0)
        close(st->epoll_fd);
    if (st->spare_fd >= 0)
        close(st->spare_fd);
    sw_hmap_fini(&st->by_id);
    sw_free(NULL, st);
}

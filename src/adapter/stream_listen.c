/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/stream_conn.h"

#include "base/alloc.h"
#include "base/bug.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    ACCEPT_BATCH = 64, /* connections taken from a listener in a row */
    BACKLOG = 1024     /* connections the kernel holds for us; it may cut this */
};

bool ad_is_out_of_descriptors(int err)
{
    return err == EMFILE || err == ENFILE;
}

int ad_stream_listen(struct ad_stream *st, uint16_t index, const struct sw_endpoint *e, bool shared,
                     struct ad_net_error *error)
{
    SW_BUG_ON(index >= PX_LISTENERS_MAX || st->listeners[index] != NULL);
    int fd = ad_socket_bound(SOCK_STREAM, e, shared, error);
    if (fd < 0)
        return fd;
    struct ad_listener *l = sw_zalloc(NULL, sizeof *l);
    if (l == NULL) {
        close(fd);
        return SW_E_NOMEM;
    }
    *l = (struct ad_listener){.watched = {.is_listener = true, .fd = fd}, .index = index};
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &l->watched};
    if (listen(fd, BACKLOG) < 0 || epoll_ctl(st->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
        int err = errno;
        ad_net_error_set(error, err);
        close(fd);
        sw_free(NULL, l);
        return err == EADDRINUSE ? SW_E_ADDR_IN_USE : SW_E_SYSTEM;
    }
    st->listeners[index] = l;
    return 0;
}

/* Without a descriptor left the connection would stay ready for ever and the loop would spin. */
static void turn_one_away(struct ad_stream *st, const struct ad_listener *l)
{
    close(st->spare_fd);
    int fd = accept4(l->watched.fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        close(fd);
        st->counters.refused++;
    }
    st->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Those that only wait for the other side to close have waited long enough: their descriptors are
 * free after this poll, and whoever waits is taken in the next. False: there is none. */
static bool hurry_lingering(struct ad_stream *st, uint64_t now_us)
{
    struct sw_list *at, *tmp;

    SW_LIST_EACH (at, tmp, &st->lingering) {
        struct ad_conn *c = SW_LIST_ITEM(at, struct ad_conn, all);
        sw_timer_arm(&st->timers, &c->timer, now_us);
    }
    return !sw_list_is_empty(&st->lingering);
}

static void welcome(struct ad_stream *st, const struct ad_listener *l, int fd,
                    const union ad_sockaddr *peer)
{
    struct ad_conn *c = NULL;

    if (st->by_id.count < st->conf.connection_max)
        c = ad_conn_add(st, PX_CONN_ACCEPTED | st->conf.id_base | ++st->last_id, fd, AD_CONN_OPEN);
    if (c == NULL) {
        st->counters.refused++;
        close(fd);
        return;
    }
    if (!ad_sockaddr_to(&c->peer, peer) || !ad_conn_begin_to_watch(st, c, EPOLLIN)) {
        st->counters.refused++;
        ad_conn_destroy(st, c);
        return;
    }
    c->listener = l->index;
    ad_conn_no_delay(fd);
    st->counters.accepted++;
    ad_conn_report(st, c, PX_EV_ACCEPTED);
}

void ad_listener_accept(struct ad_stream *st, const struct ad_listener *l, uint64_t now_us)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        union ad_sockaddr peer = {0};
        socklen_t len = sizeof peer;
        int fd = accept4(l->watched.fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(st, l, fd, &peer);
            continue;
        }
        if (ad_is_out_of_descriptors(errno) && !hurry_lingering(st, now_us))
            turn_one_away(st, l);
        return;
    }
}

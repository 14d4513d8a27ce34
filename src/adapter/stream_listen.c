/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/stream_conn.h"

#include "base/alloc.h"
#include "base/bug.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ACCEPT_BATCH = 64 }; /* connections taken from a listener in a row */

bool ad_is_out_of_descriptors(int err)
{
    return err == EMFILE || err == ENFILE;
}

int ad_stream_take(struct ad_stream *st, uint16_t index, int fd, struct ad_net_error *error)
{
    SW_BUG_ON(index >= PX_LISTENERS_MAX || st->listeners[index] != NULL);
    struct ad_listener *l = sw_zalloc(NULL, sizeof *l);
    if (l == NULL)
        return SW_E_NOMEM;
    *l = (struct ad_listener){.watched = {.is_listener = true, .fd = fd}, .index = index};
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &l->watched};
    if (epoll_ctl(st->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
        ad_net_error_set(error, errno);
        sw_free(NULL, l);
        return SW_E_SYSTEM;
    }
    st->listeners[index] = l;
    return 0;
}

int ad_stream_listen(struct ad_stream *st, uint16_t index, const struct sw_endpoint *e, bool shared,
                     struct ad_net_error *error)
{
    int fd = ad_socket_bound(SOCK_STREAM, e, shared, error);
    int rc = fd < 0 ? fd : ad_socket_listen(fd, error);

    if (rc == 0)
        rc = ad_stream_take(st, index, fd, error);
    if (rc < 0 && fd >= 0)
        close(fd);
    return rc;
}

void ad_stream_unlisten(struct ad_stream *st, uint16_t index)
{
    struct ad_listener *l = index < PX_LISTENERS_MAX ? st->listeners[index] : NULL;

    if (l == NULL)
        return;
    st->listeners[index] = NULL;
    /* Another process may have it too, so that closing alone does not take it out of the set. */
    epoll_ctl(st->epoll_fd, EPOLL_CTL_DEL, l->watched.fd, NULL);
    close(l->watched.fd);
    sw_free(NULL, l);
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
    ad_conn_prepare(fd);
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

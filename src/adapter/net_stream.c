/* SPDX-License-Identifier: BSD-2-Clause */
/* long file: TCP as a whole, since listeners, connections and their end share one poll. */
#include "adapter/net_stream.h"

#include "adapter/write_queue.h"
#include "base/alloc.h"
#include "base/bug.h"
#include "base/hmap.h"
#include "base/timerwheel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    POLL_BATCH = 128,  /* descriptors a poll looks at; the rest is ready the next time */
    ACCEPT_BATCH = 64, /* connections taken from a listener in a row */
    READ_ROOM = 65536, /* octets read from a connection in a row */
    BACKLOG = 1024     /* connections the kernel holds for us; it may cut this */
};

#define LINGER_US SW_SECONDS(1)

enum conn_state {
    CONNECTING,
    OPEN,
    FAILED,   /* without a descriptor; the next poll reports it */
    LINGERING /* without an id; gone when its queue is empty and the peer has closed */
};

struct watched { /* what epoll hands back */
    bool is_listener;
    int fd;
};

struct listener {
    struct watched watched;
    uint16_t index;
};

struct conn {
    struct watched watched;
    struct sw_hmap_link by_id; /* but for LINGERING */
    struct sw_list all;        /* in st->all or st->lingering */
    struct sw_list todo;       /* in st->unwritten or st->failed */
    struct sw_timer timer;
    uint64_t id;
    enum conn_state state;
    enum px_cause cause; /* FAILED */
    uint16_t listener;   /* accepted ones */
    struct sw_endpoint peer;
    uint32_t interest;  /* as epoll knows it */
    bool is_read_ended; /* the peer has closed its side */
    int write_errno;    /* a write failed; reading tells when to report it */
    struct ad_write_queue queue;
};

struct ad_stream {
    struct ad_stream_conf conf;
    struct ad_stream_counters counters;
    int epoll_fd;
    int spare_fd; /* given up to accept and close one more when there is no descriptor left */
    uint64_t last_id;
    struct sw_hmap by_id;
    struct sw_list all; /* but for LINGERING */
    struct sw_list lingering;
    struct sw_list unwritten;
    struct sw_list failed;
    struct sw_timerwheel timers;
    struct listener *listeners[PX_LISTENERS_MAX];
    char room[READ_ROOM];
};

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

/* --- connections ------------------------------------------------------------------------- */

static uint64_t hash_of(uint64_t id)
{
    return sw_hash(&id, sizeof id, 0); /* ids are ours, not a stranger's */
}

static bool has_id(const struct sw_hmap_link *link, const void *key)
{
    return SW_CONTAINER_OF(link, const struct conn, by_id)->id == *(const uint64_t *)key;
}

static struct conn *find(const struct ad_stream *st, uint64_t id)
{
    struct sw_hmap_link *link = sw_hmap_find(&st->by_id, hash_of(id), has_id, &id);

    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct conn, by_id);
}

static struct conn *add(struct ad_stream *st, uint64_t id, int fd, enum conn_state state)
{
    struct conn *c = sw_zalloc(NULL, sizeof *c);

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

static void forget_id(struct ad_stream *st, struct conn *c)
{
    if (c->state != LINGERING)
        sw_hmap_remove(&st->by_id, &c->by_id);
}

/* Closing the descriptor also takes it out of the epoll set. */
static void destroy(struct ad_stream *st, struct conn *c)
{
    forget_id(st, c);
    sw_timer_disarm(&st->timers, &c->timer);
    sw_list_remove(&c->all);
    sw_list_remove(&c->todo);
    if (c->watched.fd >= 0)
        close(c->watched.fd);
    ad_write_queue_fini(&c->queue);
    sw_free(NULL, c);
}

static bool has_queued(const struct conn *c)
{
    return !ad_write_queue_is_empty(&c->queue);
}

static void watch(struct ad_stream *st, struct conn *c, uint32_t interest)
{
    struct epoll_event ev = {.events = interest, .data.ptr = &c->watched};

    if (c->interest == interest)
        return;
    c->interest = interest;
    epoll_ctl(st->epoll_fd, EPOLL_CTL_MOD, c->watched.fd, &ev);
}

static void watch_as_needed(struct ad_stream *st, struct conn *c)
{
    watch(st, c,
          (c->is_read_ended ? 0 : (uint32_t)EPOLLIN) | (has_queued(c) ? (uint32_t)EPOLLOUT : 0));
}

/* False when the kernel has no room for it. */
static bool begin_to_watch(struct ad_stream *st, struct conn *c, uint32_t interest)
{
    struct epoll_event ev = {.events = interest, .data.ptr = &c->watched};

    c->interest = interest;
    return epoll_ctl(st->epoll_fd, EPOLL_CTL_ADD, c->watched.fd, &ev) == 0;
}

/* To be reported by the next poll. */
static void fail_later(struct ad_stream *st, struct conn *c, enum px_cause cause)
{
    if (c->watched.fd >= 0)
        close(c->watched.fd);
    c->watched.fd = -1;
    c->state = FAILED;
    c->cause = cause;
    sw_timer_disarm(&st->timers, &c->timer);
    sw_list_remove(&c->todo);
    sw_list_push_back(&st->failed, &c->todo);
}

static void report(struct ad_stream *st, const struct conn *c, enum px_event_kind kind)
{
    struct px_event ev = {
        .kind = kind, .conn = c->id, .listener = c->listener, .peer = c->peer, .cause = c->cause};

    st->conf.fn(st->conf.arg, &ev);
}

static void report_closed(struct ad_stream *st, struct conn *c, enum px_cause cause)
{
    c->cause = cause;
    report(st, c, PX_EV_CLOSED);
}

static void end(struct ad_stream *st, struct conn *c, enum px_cause cause)
{
    report_closed(st, c, cause);
    destroy(st, c);
}

/* --- writing ----------------------------------------------------------------------------- */

void ad_stream_send(struct ad_stream *st, uint64_t id, struct sw_slice bytes)
{
    struct conn *c = find(st, id);

    if (c == NULL || c->state == FAILED || c->write_errno != 0 || bytes.len == 0)
        return;
    if (ad_write_queue_add(&c->queue, bytes, st->conf.queue_max_len) < 0) {
        st->counters.overrun++;
        fail_later(st, c, PX_CAUSE_LOCAL);
        return;
    }
    if (!sw_list_is_linked(&c->todo))
        sw_list_push_back(&st->unwritten, &c->todo);
}

static void write_queue(struct conn *c)
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
static void linger_on(struct ad_stream *st, struct conn *c)
{
    if (!has_queued(c) && (c->is_read_ended || c->write_errno != 0)) {
        destroy(st, c);
        return;
    }
    if (!has_queued(c))
        shutdown(c->watched.fd, SHUT_WR);
    watch_as_needed(st, c);
}

static void begin_to_linger(struct ad_stream *st, struct conn *c, uint64_t now_us)
{
    forget_id(st, c);
    c->state = LINGERING;
    sw_list_remove(&c->all);
    sw_list_push_back(&st->lingering, &c->all);
    sw_timer_arm(&st->timers, &c->timer, now_us + LINGER_US);
    linger_on(st, c);
}

void ad_stream_flush(struct ad_stream *st)
{
    struct sw_list *at, *tmp;

    SW_LIST_EACH (at, tmp, &st->unwritten) {
        struct conn *c = SW_LIST_ITEM(at, struct conn, todo);
        sw_list_remove(&c->todo);
        if (c->state == CONNECTING)
            continue; /* written when it is connected */
        write_queue(c);
        if (c->state == LINGERING)
            linger_on(st, c);
        else
            watch_as_needed(st, c);
    }
}

void ad_stream_close(struct ad_stream *st, uint64_t id, uint64_t now_us)
{
    struct conn *c = find(st, id);

    if (c == NULL)
        return;
    if (c->state == OPEN)
        begin_to_linger(st, c, now_us);
    else
        destroy(st, c);
}

/* --- connecting -------------------------------------------------------------------------- */

static void set_no_delay(int fd)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

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
    set_no_delay(fd);
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

static bool is_out_of_descriptors(int err)
{
    return err == EMFILE || err == ENFILE;
}

void ad_stream_connect(struct ad_stream *st, const struct ad_stream_connect *args, uint64_t now_us)
{
    int fd = begin_to_connect(args);
    struct sw_list *idle = sw_list_first(&st->lingering);
    if (fd < 0 && is_out_of_descriptors(errno) && idle != NULL) {
        /* Waiting for the other side to close is a courtesy; reaching somebody is our duty. */
        destroy(st, SW_LIST_ITEM(idle, struct conn, all));
        fd = begin_to_connect(args);
    }
    int err = errno;
    struct conn *c = add(st, args->conn, fd, CONNECTING);

    if (c == NULL) {
        /* Not even room to say so: the core's own timers end the try. */
        if (fd >= 0)
            close(fd);
        return;
    }
    c->peer = args->peer;
    if (fd < 0)
        fail_later(st, c, ad_cause_of_errno(err));
    else if (!begin_to_watch(st, c, EPOLLOUT))
        fail_later(st, c, PX_CAUSE_LOCAL);
    else
        sw_timer_arm(&st->timers, &c->timer, sw_after_us(now_us, args->timeout_us));
}

static void finish_connecting(struct ad_stream *st, struct conn *c)
{
    int err = 0;
    socklen_t len = sizeof err;

    if (getsockopt(c->watched.fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
        err = errno;
    if (err != 0) {
        end(st, c, ad_cause_of_errno(err));
        return;
    }
    sw_timer_disarm(&st->timers, &c->timer);
    c->state = OPEN;
    st->counters.connected++;
    watch_as_needed(st, c);
    report(st, c, PX_EV_CONNECTED);
}

/* --- reading ----------------------------------------------------------------------------- */

/* After the peer's end of its side only a reset follows, which is not always told by an error. */
static enum px_cause why_it_ended(const struct conn *c, ssize_t n, int err)
{
    if (n < 0)
        return ad_cause_of_errno(err);
    return c->write_errno != 0 ? ad_cause_of_errno(c->write_errno) : PX_CAUSE_RESET;
}

static void read_open(struct ad_stream *st, struct conn *c)
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
        end(st, c, why_it_ended(c, n, err));
        return;
    }
    c->is_read_ended = true;
    watch_as_needed(st, c);
    report(st, c, PX_EV_ENDED);
}

static void read_lingering(struct ad_stream *st, struct conn *c)
{
    ssize_t n = recv(c->watched.fd, st->room, sizeof st->room, MSG_DONTWAIT);

    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        destroy(st, c);
        return;
    }
    if (n == 0)
        c->is_read_ended = true;
    linger_on(st, c);
}

static void handle_conn(struct ad_stream *st, struct conn *c, uint32_t ready)
{
    if (c->state == CONNECTING) {
        finish_connecting(st, c);
        return;
    }
    if ((ready & EPOLLOUT) != 0 && has_queued(c)) {
        write_queue(c);
        watch_as_needed(st, c);
    }
    if (c->state == LINGERING)
        read_lingering(st, c);
    else if ((ready & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        read_open(st, c);
}

/* --- listeners --------------------------------------------------------------------------- */

int ad_stream_listen(struct ad_stream *st, uint16_t index, const struct sw_endpoint *e, bool shared,
                     struct ad_net_error *error)
{
    SW_BUG_ON(index >= PX_LISTENERS_MAX || st->listeners[index] != NULL);
    int fd = ad_socket_bound(SOCK_STREAM, e, shared, error);
    if (fd < 0)
        return fd;
    struct listener *l = sw_zalloc(NULL, sizeof *l);
    if (l == NULL) {
        close(fd);
        return SW_E_NOMEM;
    }
    *l = (struct listener){.watched = {.is_listener = true, .fd = fd}, .index = index};
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
static void turn_one_away(struct ad_stream *st, const struct listener *l)
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
        struct conn *c = SW_LIST_ITEM(at, struct conn, all);
        sw_timer_arm(&st->timers, &c->timer, now_us);
    }
    return !sw_list_is_empty(&st->lingering);
}

static void welcome(struct ad_stream *st, const struct listener *l, int fd,
                    const union ad_sockaddr *peer)
{
    struct conn *c = NULL;

    if (st->by_id.count < st->conf.connection_max)
        c = add(st, PX_CONN_ACCEPTED | st->conf.id_base | ++st->last_id, fd, OPEN);
    if (c == NULL) {
        st->counters.refused++;
        close(fd);
        return;
    }
    if (!ad_sockaddr_to(&c->peer, peer) || !begin_to_watch(st, c, EPOLLIN)) {
        st->counters.refused++;
        destroy(st, c);
        return;
    }
    c->listener = l->index;
    set_no_delay(fd);
    st->counters.accepted++;
    report(st, c, PX_EV_ACCEPTED);
}

static void accept_some(struct ad_stream *st, const struct listener *l, uint64_t now_us)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        union ad_sockaddr peer = {0};
        socklen_t len = sizeof peer;
        int fd = accept4(l->watched.fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(st, l, fd, &peer);
            continue;
        }
        if (is_out_of_descriptors(errno) && !hurry_lingering(st, now_us))
            turn_one_away(st, l);
        return;
    }
}

/* --- the poll ---------------------------------------------------------------------------- */

static void report_failed(struct ad_stream *st)
{
    struct sw_list *first;

    while ((first = sw_list_first(&st->failed)) != NULL) {
        struct conn *c = SW_LIST_ITEM(first, struct conn, todo);
        end(st, c, c->cause);
    }
}

static void report_overdue(struct ad_stream *st, uint64_t now_us)
{
    struct sw_timer *t;

    while ((t = sw_timerwheel_take(&st->timers, now_us)) != NULL) {
        struct conn *c = SW_CONTAINER_OF(t, struct conn, timer);
        if (c->state == CONNECTING)
            report_closed(st, c, PX_CAUSE_TIMEOUT);
        destroy(st, c);
    }
}

void ad_stream_poll(struct ad_stream *st, uint64_t now_us)
{
    struct epoll_event ready[POLL_BATCH];

    report_failed(st);
    int count = epoll_wait(st->epoll_fd, ready, POLL_BATCH, 0);
    for (int i = 0; i < count; i++) {
        struct watched *w = ready[i].data.ptr;
        if (w->is_listener)
            accept_some(st, SW_CONTAINER_OF(w, struct listener, watched), now_us);
        else
            handle_conn(st, SW_CONTAINER_OF(w, struct conn, watched), ready[i].events);
    }
    report_overdue(st, now_us);
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
        destroy(st, SW_LIST_ITEM(at, struct conn, all));
    SW_LIST_EACH (at, tmp, &st->lingering)
        destroy(st, SW_LIST_ITEM(at, struct conn, all));
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++) {
        if (st->listeners[i] == NULL)
            continue;
        close(st->listeners[i]->watched.fd);
        sw_free(NULL, st->listeners[i]);
    }
    if (st->epoll_fd >= 0)
        close(st->epoll_fd);
    if (st->spare_fd >= 0)
        close(st->spare_fd);
    sw_hmap_fini(&st->by_id);
    sw_free(NULL, st);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/net_stream.h"

#include "base/time.h"
#include "support/loopback.h"

#include <netinet/tcp.h>
#include <sys/resource.h>

enum { EVENTS_MAX = 256, QUEUE_MAX_LEN = 1 << 20 };

/* What the adapter reported, in order; the octets of all PX_EV_BYTES one after the other. */
struct fixture {
    struct px_event events[EVENTS_MAX];
    unsigned count;
    char bytes[1 << 21];
    size_t bytes_len;
    struct ad_stream *st;
    uint64_t now_us;
};

static void hear(void *arg, const struct px_event *ev)
{
    struct fixture *f = arg;

    assert_true(f->count < EVENTS_MAX);
    if (ev->kind == PX_EV_BYTES) {
        assert_true(ev->bytes.len <= sizeof f->bytes - f->bytes_len);
        memcpy(f->bytes + f->bytes_len, ev->bytes.p, ev->bytes.len);
        f->bytes_len += ev->bytes.len;
    }
    f->events[f->count] = *ev;
    f->events[f->count++].bytes = (struct sw_slice){0};
}

static struct fixture *set_up(size_t connection_max)
{
    static struct fixture f;
    const struct ad_stream_conf conf = {
        .fn = hear, .arg = &f, .connection_max = connection_max, .queue_max_len = QUEUE_MAX_LEN};

    f.count = 0;
    f.bytes_len = 0;
    f.now_us = SW_SECONDS(100);
    assert_int_equal(ad_stream_new(&f.st, &conf, f.now_us), 0);
    return &f;
}

/* Poll until @p count events have come. */
static void poll_until(struct fixture *f, unsigned count)
{
    while (f->count < count) {
        if (ad_stream_wake_us(f->st) > f->now_us)
            assert_true(is_ready(ad_stream_fd(f->st), POLLIN));
        ad_stream_poll(f->st, f->now_us);
    }
}

static void poll_until_bytes(struct fixture *f, size_t len)
{
    while (f->bytes_len < len) {
        assert_true(is_ready(ad_stream_fd(f->st), POLLIN));
        ad_stream_poll(f->st, f->now_us);
    }
}

/* A listener of the test's own, and a connection from the adapter to it. */
static int plain_listener(struct sw_endpoint *at)
{
    int fd = plain_socket(SOCK_STREAM, "127.0.0.1", at);

    assert_int_equal(listen(fd, 8), 0);
    return fd;
}

static int accept_plain(int listener)
{
    assert_true(is_ready(listener, POLLIN));
    int fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    return fd;
}

static void connect_to(struct fixture *f, uint64_t conn, const struct sw_endpoint *peer)
{
    const struct ad_stream_connect args = {.conn = conn,
                                           .from = endpoint("127.0.0.1", 0).addr,
                                           .peer = *peer,
                                           .timeout_us = SW_SECONDS(3)};

    ad_stream_connect(f->st, &args, f->now_us);
}

/* The adapter's descriptor of its connection to there. */
static int fd_with_peer(const struct sw_endpoint *peer)
{
    for (int fd = 3; fd < 1024; fd++) {
        union ad_sockaddr sa;
        socklen_t len = sizeof sa;
        struct sw_endpoint e;
        if (getpeername(fd, &sa.any, &len) == 0 && ad_sockaddr_to(&e, &sa) &&
            sw_endpoint_eq(&e, peer))
            return fd;
    }
    return -1;
}

/* Its connection may be idle for a whole call, and no FIN comes of who lost his network. */
static void who_vanishes_is_probed_for(const struct sw_endpoint *peer)
{
    int fd = fd_with_peer(peer), on = 0, idle_s = 0;
    socklen_t len = sizeof on;

    assert_true(fd >= 0);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &len), 0);
    assert_int_equal(on, 1);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, &len), 0);
    assert_int_equal(idle_s, 120);
}

/* Our connection 1 is open; returns the other end of it. */
static int open_one(struct fixture *f)
{
    struct sw_endpoint there;
    int listener = plain_listener(&there);

    connect_to(f, 1, &there);
    poll_until(f, 1);
    assert_int_equal(f->events[0].kind, PX_EV_CONNECTED);
    assert_int_equal(f->events[0].conn, 1);
    who_vanishes_is_probed_for(&there);
    int fd = accept_plain(listener);
    close(listener);
    return fd;
}

static void send_reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(fd);
}

static void an_accepted_connection_talks_and_ends(void **state)
{
    struct fixture *f;
    struct sw_endpoint there;
    union ad_sockaddr sa;
    char room[16];

    (void)state;
    f = set_up(10);
    /* Listening on a known port: a free one of a moment ago. */
    struct sw_endpoint known = nobody(SOCK_STREAM, "127.0.0.1");
    assert_int_equal(ad_stream_listen(f->st, 9, &known, false, NULL), 0);
    int peer = plain_socket(SOCK_STREAM, "127.0.0.1", &there);
    socklen_t len = ad_sockaddr_from(&sa, &known);
    (void)connect(peer, &sa.any, len);
    poll_until(f, 1);
    assert_int_equal(f->events[0].kind, PX_EV_ACCEPTED);
    assert_int_equal(f->events[0].listener, 9);
    assert_true((f->events[0].conn & PX_CONN_ACCEPTED) != 0);
    assert_true(sw_endpoint_eq(&f->events[0].peer, &there));
    who_vanishes_is_probed_for(&there);

    assert_int_equal(send(peer, "ping", 4, 0), 4);
    poll_until_bytes(f, 4);
    assert_slice_equal(sw_slice(f->bytes, f->bytes_len), "ping");
    ad_stream_send(f->st, f->events[0].conn, SW_LIT("po"));
    ad_stream_send(f->st, f->events[0].conn, SW_LIT("ng"));
    assert_true(recv(peer, room, sizeof room, MSG_DONTWAIT) < 0);
    ad_stream_flush(f->st);
    assert_slice_equal(sw_slice(room, plain_read(peer, room, sizeof room)), "pong");

    close(peer);
    poll_until(f, 3);
    assert_int_equal(f->events[2].kind, PX_EV_ENDED);
    ad_stream_close(f->st, f->events[2].conn, f->now_us);
    assert_int_equal(ad_stream_count(f->st), 0);
    ad_stream_free(f->st);
}

/* It may have closed, or still read: only writing tells. */
static void a_peer_that_ended_its_side_still_reads(void **state)
{
    struct fixture *f = set_up(10);
    char room[8];

    (void)state;
    int peer = open_one(f);
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    poll_until(f, 2);
    assert_int_equal(f->events[1].kind, PX_EV_ENDED);
    ad_stream_poll(f->st, f->now_us);
    assert_int_equal(f->count, 2); /* and it is told once */
    ad_stream_send(f->st, 1, SW_LIT("owed"));
    ad_stream_flush(f->st);
    assert_slice_equal(sw_slice(room, plain_read(peer, room, sizeof room)), "owed");
    ad_stream_close(f->st, 1, f->now_us);
    assert_int_equal(plain_read(peer, room, sizeof room), 0);
    close(peer);
    ad_stream_free(f->st);
}

static void a_peer_that_closed_answers_with_a_reset(void **state)
{
    struct fixture *f = set_up(10);

    (void)state;
    close(open_one(f));
    poll_until(f, 2);
    assert_int_equal(f->events[1].kind, PX_EV_ENDED);
    ad_stream_send(f->st, 1, SW_LIT("owed"));
    ad_stream_flush(f->st);
    poll_until(f, 3);
    assert_int_equal(f->events[2].kind, PX_EV_CLOSED);
    assert_int_equal(f->events[2].cause, PX_CAUSE_RESET);
    assert_int_equal(ad_stream_count(f->st), 0);
    ad_stream_free(f->st);
}

static void a_refused_connect_is_told_by_the_poll(void **state)
{
    struct fixture *f = set_up(10);
    struct sw_endpoint dead = nobody(SOCK_STREAM, "127.0.0.1");

    (void)state;
    connect_to(f, 1, &dead);
    assert_int_equal(f->count, 0);
    poll_until(f, 1);
    assert_int_equal(f->events[0].kind, PX_EV_CLOSED);
    assert_int_equal(f->events[0].conn, 1);
    assert_int_equal(f->events[0].cause, PX_CAUSE_REFUSED);
    assert_true(sw_endpoint_eq(&f->events[0].peer, &dead));
    assert_int_equal(ad_stream_count(f->st), 0);
    ad_stream_free(f->st);
}

static void a_connect_refused_at_once_is_told_by_the_poll(void **state)
{
    struct fixture *f = set_up(10);
    struct sw_endpoint far = endpoint("192.0.2.1", 5060); /* not from a loopback address */

    (void)state;
    connect_to(f, 1, &far);
    assert_int_equal(f->count, 0);
    assert_int_equal(ad_stream_wake_us(f->st), 0);
    poll_until(f, 1);
    assert_int_equal(f->events[0].kind, PX_EV_CLOSED);
    assert_int_equal(f->events[0].cause, PX_CAUSE_UNREACHABLE);
    assert_int_equal(ad_stream_wake_us(f->st), SW_NEVER);
    ad_stream_free(f->st);
}

/* A listener whose queue is full does not answer any more: a black hole. */
static void a_connect_that_hangs_ends_at_its_deadline(void **state)
{
    struct fixture *f = set_up(100);
    struct sw_endpoint there;

    (void)state;
    int listener = plain_socket(SOCK_STREAM, "127.0.0.1", &there);
    assert_int_equal(listen(listener, 0), 0);
    for (uint64_t conn = 1; conn <= 3; conn++)
        connect_to(f, conn, &there);
    poll_until(f, 1); /* as many as the queue holds are open */
    f->now_us += SW_SECONDS(3) - SW_MS(1);
    ad_stream_poll(f->st, f->now_us);
    unsigned before = f->count;
    assert_true(before < 3);
    f->now_us += SW_MS(4);
    assert_true(ad_stream_wake_us(f->st) <= f->now_us);
    ad_stream_poll(f->st, f->now_us);
    assert_int_equal(f->count, 3);
    for (unsigned i = before; i < 3; i++) {
        assert_int_equal(f->events[i].kind, PX_EV_CLOSED);
        assert_int_equal(f->events[i].cause, PX_CAUSE_TIMEOUT);
    }
    close(listener);
    ad_stream_free(f->st);
}

static void a_reset_is_not_an_orderly_end(void **state)
{
    struct fixture *f = set_up(10);

    (void)state;
    send_reset(open_one(f));
    poll_until(f, 2);
    assert_int_equal(f->events[1].kind, PX_EV_CLOSED);
    assert_int_equal(f->events[1].cause, PX_CAUSE_RESET);
    assert_int_equal(ad_stream_count(f->st), 0);
    ad_stream_free(f->st);
}

/* A write finds out first; the cause is still the reset. */
static void a_reset_met_while_writing_is_a_reset(void **state)
{
    struct fixture *f = set_up(10);

    (void)state;
    send_reset(open_one(f));
    ad_stream_send(f->st, 1, SW_LIT("into the void"));
    ad_stream_flush(f->st);
    poll_until(f, 2);
    assert_int_equal(f->events[1].kind, PX_EV_CLOSED);
    assert_int_equal(f->events[1].cause, PX_CAUSE_RESET);
    ad_stream_free(f->st);
}

static void the_octets_before_an_orderly_end_come_first(void **state)
{
    struct fixture *f = set_up(10);

    (void)state;
    int peer = open_one(f);
    assert_int_equal(send(peer, "last words", 10, 0), 10);
    close(peer);
    poll_until(f, 3);
    assert_int_equal(f->events[1].kind, PX_EV_BYTES);
    assert_int_equal(f->events[2].kind, PX_EV_ENDED);
    assert_slice_equal(sw_slice(f->bytes, f->bytes_len), "last words");
    ad_stream_free(f->st);
}

/* What is queued when the connection is closed still arrives, then the end does. */
static void close_comes_after_what_is_queued(void **state)
{
    struct fixture *f = set_up(10);
    char room[32];

    (void)state;
    int peer = open_one(f);
    assert_int_equal(send(peer, "unread", 6, 0), 6); /* would turn a plain close into a reset */
    ad_stream_send(f->st, 1, SW_LIT("goodbye"));
    ad_stream_close(f->st, 1, f->now_us);
    ad_stream_flush(f->st);
    assert_int_equal(ad_stream_count(f->st), 0);
    assert_slice_equal(sw_slice(room, plain_read(peer, room, sizeof room)), "goodbye");
    assert_int_equal(plain_read(peer, room, sizeof room), 0);
    close(peer);
    while (ad_stream_wake_us(f->st) != SW_NEVER) { /* gone before its two seconds are over */
        assert_true(is_ready(ad_stream_fd(f->st), POLLIN));
        ad_stream_poll(f->st, f->now_us);
    }
    assert_int_equal(f->count, 1);
    ad_stream_free(f->st);
}

/* Our connection 1, closed by us behind an answer; returns the other end, which has seen that. */
static int close_one(struct fixture *f)
{
    char room[8];

    int peer = open_one(f);
    ad_stream_send(f->st, 1, SW_LIT("513"));
    ad_stream_close(f->st, 1, f->now_us);
    ad_stream_flush(f->st);
    assert_slice_equal(sw_slice(room, plain_read(peer, room, sizeof room)), "513");
    assert_int_equal(plain_read(peer, room, sizeof room), 0);
    return peer;
}

/* There is no answer that a reset could destroy, and so no reason to wait for the other side. */
static void where_nothing_was_sent_a_close_is_one(void **state)
{
    struct fixture *f = set_up(10);
    char room[4];

    (void)state;
    int peer = open_one(f);
    ad_stream_close(f->st, 1, f->now_us);
    assert_int_equal(plain_read(peer, room, sizeof room), 0);
    ad_stream_poll(f->st, f->now_us);
    assert_true(ad_stream_wake_us(f->st) == SW_NEVER);
    close(peer);
    ad_stream_free(f->st);
}

/* The other end writes, and it is read and thrown away. */
static void write_to_nobody(struct fixture *f, int peer, struct sw_slice bytes)
{
    assert_int_equal(send(peer, bytes.p, bytes.len, MSG_NOSIGNAL), (ssize_t)bytes.len);
    assert_true(is_ready(ad_stream_fd(f->st), POLLIN));
    ad_stream_poll(f->st, f->now_us);
}

static void a_peer_that_stays_is_left_after_two_seconds(void **state)
{
    struct fixture *f = set_up(10);

    (void)state;
    int peer = close_one(f);
    f->now_us += SW_SECONDS(2) - SW_MS(2);
    ad_stream_poll(f->st, f->now_us);
    assert_true(ad_stream_wake_us(f->st) != SW_NEVER);
    f->now_us += SW_MS(4);
    assert_true(ad_stream_wake_us(f->st) <= f->now_us);
    ad_stream_poll(f->st, f->now_us);
    assert_int_equal(ad_stream_wake_us(f->st), SW_NEVER);
    assert_int_equal(f->count, 1); /* a dead id is not spoken of */
    close(peer);
    ad_stream_free(f->st);
}

/* Who is still sending what was too much gets to the end of it, and then to our answer. */
static void a_peer_that_goes_on_sending_is_waited_for(void **state)
{
    struct fixture *f = set_up(10);

    (void)state;
    int peer = close_one(f);
    for (int i = 0; i < 8; i++) { /* a second and a quarter each: ten in all */
        write_to_nobody(f, peer, SW_LIT("more of it"));
        assert_true(ad_stream_wake_us(f->st) > f->now_us);
        f->now_us += SW_MS(1248);
        ad_stream_poll(f->st, f->now_us);
        assert_true(ad_stream_wake_us(f->st) != SW_NEVER);
    }
    write_to_nobody(f, peer, SW_LIT("still"));
    f->now_us += SW_MS(20);
    ad_stream_poll(f->st, f->now_us);
    assert_int_equal(ad_stream_wake_us(f->st), SW_NEVER);
    assert_int_equal(f->count, 1);
    close(peer);
    ad_stream_free(f->st);
}

static void a_peer_that_pours_is_cut_off(void **state)
{
    struct fixture *f = set_up(10);
    static const char block[65536];

    (void)state;
    int peer = close_one(f);
    for (int i = 0; i < 256; i++) { /* 16 MiB */
        write_to_nobody(f, peer, sw_slice(block, sizeof block));
        assert_true(ad_stream_wake_us(f->st) != SW_NEVER);
    }
    while (ad_stream_wake_us(f->st) != SW_NEVER)
        write_to_nobody(f, peer, SW_LIT("x"));
    assert_int_equal(send(peer, "x", 1, 0), 1); /* what answers is a reset */
    assert_true(send(peer, "x", 1, MSG_NOSIGNAL) < 0);
    close(peer);
    ad_stream_free(f->st);
}

/* The peer closed its side: what we had queued for it is still delivered. */
static void a_half_closed_peer_gets_what_is_queued(void **state)
{
    struct fixture *f = set_up(10);
    char room[16];

    (void)state;
    int peer = open_one(f);
    shutdown(peer, SHUT_WR);
    ad_stream_send(f->st, 1, SW_LIT("answer"));
    poll_until(f, 2);
    assert_int_equal(f->events[1].kind, PX_EV_ENDED);
    ad_stream_close(f->st, 1, f->now_us);
    ad_stream_flush(f->st);
    assert_slice_equal(sw_slice(room, plain_read(peer, room, sizeof room)), "answer");
    assert_int_equal(plain_read(peer, room, sizeof room), 0);
    close(peer);
    ad_stream_free(f->st);
}

/* More than the kernel takes at once goes in pieces, in order, nothing lost. */
static void a_slow_reader_gets_everything(void **state)
{
    struct fixture *f = set_up(10);
    static char sent[QUEUE_MAX_LEN], got[QUEUE_MAX_LEN];

    (void)state;
    int peer = open_one(f);
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 7 + i / 251);
    for (size_t at = 0; at < sizeof sent; at += sizeof sent / 16)
        ad_stream_send(f->st, 1, sw_slice(sent + at, sizeof sent / 16));
    ad_stream_flush(f->st);
    for (size_t len = 0; len < sizeof got;) {
        ad_stream_poll(f->st, f->now_us);
        len += plain_read(peer, got + len, sizeof got - len);
    }
    assert_memory_equal(got, sent, sizeof sent);
    assert_int_equal(f->count, 1);
    close(peer);
    ad_stream_free(f->st);
}

static void a_peer_that_never_reads_loses_the_connection(void **state)
{
    struct fixture *f = set_up(10);
    static const char block[65536];
    unsigned sent = 0;

    (void)state;
    int peer = open_one(f);
    while (ad_stream_counters(f->st)->overrun == 0 && sent++ < 1000) {
        ad_stream_send(f->st, 1, sw_slice(block, sizeof block));
        ad_stream_flush(f->st);
    }
    poll_until(f, 2);
    assert_int_equal(f->events[1].kind, PX_EV_CLOSED);
    assert_int_equal(f->events[1].cause, PX_CAUSE_LOCAL);
    assert_int_equal(ad_stream_count(f->st), 0);
    close(peer);
    ad_stream_free(f->st);
}

static int connect_plain(const struct sw_endpoint *to)
{
    union ad_sockaddr sa;
    struct sw_endpoint from;
    int fd = plain_socket(SOCK_STREAM, "127.0.0.1", &from);
    socklen_t len = ad_sockaddr_from(&sa, to);

    (void)connect(fd, &sa.any, len);
    return fd;
}

static void connections_above_the_limit_are_turned_away(void **state)
{
    struct fixture *f = set_up(2);
    struct sw_endpoint known = nobody(SOCK_STREAM, "127.0.0.1");
    int peers[4];
    char room[4];

    (void)state;
    assert_int_equal(ad_stream_listen(f->st, 9, &known, false, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        peers[i] = connect_plain(&known);
    while (ad_stream_counters(f->st)->refused < 2) {
        assert_true(is_ready(ad_stream_fd(f->st), POLLIN));
        ad_stream_poll(f->st, f->now_us);
    }
    assert_int_equal(f->count, 2);
    assert_true(is_ready(peers[3], POLLIN));
    assert_true(recv(peers[3], room, sizeof room, 0) <= 0);
    for (size_t i = 0; i < 4; i++)
        close(peers[i]);
    ad_stream_free(f->st);
}

/* From now on no descriptor can be opened; returns how it was. */
static struct rlimit take_descriptors(int any_fd)
{
    struct rlimit old;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    int next = dup(any_fd); /* the lowest free one */
    close(next);
    struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    return old;
}

static void give_descriptors_back(struct rlimit old)
{
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

/* An accepted connection that lingers; returns the other end of it. */
static int accept_and_close(struct fixture *f, const struct sw_endpoint *known)
{
    assert_int_equal(ad_stream_listen(f->st, 9, known, false, NULL), 0);
    int peer = connect_plain(known);
    assert_true(is_ready(ad_stream_fd(f->st), POLLIN));
    ad_stream_poll(f->st, f->now_us);
    assert_int_equal(f->count, 1);
    ad_stream_send(f->st, f->events[0].conn, SW_LIT("513"));
    ad_stream_close(f->st, f->events[0].conn, f->now_us);
    ad_stream_flush(f->st);
    return peer;
}

/* With no descriptor left the listener must not stay ready for ever. */
static void without_descriptors_a_connection_is_turned_away(void **state)
{
    struct fixture *f = set_up(10);
    struct sw_endpoint known = nobody(SOCK_STREAM, "127.0.0.1");

    (void)state;
    assert_int_equal(ad_stream_listen(f->st, 9, &known, false, NULL), 0);
    int peer = connect_plain(&known);
    assert_true(is_ready(ad_stream_fd(f->st), POLLIN));
    struct rlimit old = take_descriptors(peer);
    ad_stream_poll(f->st, f->now_us);
    give_descriptors_back(old);
    assert_int_equal(ad_stream_counters(f->st)->refused, 1);
    assert_int_equal(f->count, 0);
    struct pollfd quiet = {.fd = ad_stream_fd(f->st), .events = POLLIN};
    assert_int_equal(poll(&quiet, 1, 0), 0);
    close(peer);
    ad_stream_free(f->st);
}

/* Waiting for the other side to close is a courtesy that costs a descriptor. */
static void without_descriptors_who_lingers_makes_room(void **state)
{
    struct fixture *f = set_up(10);
    struct sw_endpoint known = nobody(SOCK_STREAM, "127.0.0.1");

    (void)state;
    int first = accept_and_close(f, &known);
    int second = connect_plain(&known);
    assert_true(is_ready(ad_stream_fd(f->st), POLLIN));
    struct rlimit old = take_descriptors(second);
    ad_stream_poll(f->st, f->now_us);
    ad_stream_poll(f->st, f->now_us);
    give_descriptors_back(old);
    assert_int_equal(ad_stream_counters(f->st)->refused, 0);
    assert_int_equal(ad_stream_counters(f->st)->accepted, 2);
    close(first);
    close(second);
    ad_stream_free(f->st);
}

/* ... and that goes for who is to be reached, too. */
static void without_descriptors_who_lingers_gives_way_to_a_connect(void **state)
{
    struct fixture *f = set_up(10);
    struct sw_endpoint known = nobody(SOCK_STREAM, "127.0.0.1");

    (void)state;
    int first = accept_and_close(f, &known);
    struct rlimit old = take_descriptors(first);
    connect_to(f, 1, &known);
    give_descriptors_back(old);
    assert_true(is_ready(ad_stream_fd(f->st), POLLIN));
    ad_stream_poll(f->st, f->now_us);
    assert_int_equal(ad_stream_counters(f->st)->connected, 1);
    close(first);
    ad_stream_free(f->st);
}

static void a_dead_id_is_ignored(void **state)
{
    struct fixture *f = set_up(10);

    (void)state;
    ad_stream_send(f->st, 99, SW_LIT("to nobody"));
    ad_stream_close(f->st, 99, f->now_us);
    ad_stream_flush(f->st);
    ad_stream_poll(f->st, f->now_us);
    assert_int_equal(f->count, 0);
    ad_stream_free(f->st);
}

static void an_address_in_use_is_said(void **state)
{
    struct fixture *f = set_up(10);
    struct ad_net_error why;
    struct sw_endpoint taken;

    (void)state;
    int listener = plain_listener(&taken);
    assert_int_equal(ad_stream_listen(f->st, 9, &taken, false, &why), SW_E_ADDR_IN_USE);
    assert_string_equal(why.text, "address already in use");
    close(listener);
    ad_stream_free(f->st);
}

/* Nobody comes in any more, and who is in stays. */
static void a_listener_is_taken_and_closed(void **state)
{
    struct fixture *f = set_up(10);
    struct sw_endpoint e = endpoint("127.0.0.1", 0);
    union ad_sockaddr sa;

    (void)state;
    int fd = ad_socket_bound(SOCK_STREAM, &e, false, NULL);
    assert_true(fd >= 0 && ad_socket_name(fd, &e));
    assert_int_equal(ad_socket_listen(fd, NULL), 0);
    int elsewhere = dup(fd); /* another process has it too */
    assert_int_equal(ad_stream_take(f->st, 9, fd, NULL), 0);
    int peer = connect_plain(&e);
    poll_until(f, 1);
    assert_int_equal(f->events[0].kind, PX_EV_ACCEPTED);
    assert_int_equal(f->events[0].listener, 9);
    ad_stream_unlisten(f->st, 9);
    ad_stream_unlisten(f->st, 9);
    int late = connect_plain(&e); /* it waits where nobody of us looks */
    assert_int_equal(send(peer, "ping", 4, 0), 4);
    poll_until_bytes(f, 4);
    assert_int_equal(f->count, 2);
    close(late);
    close(elsewhere);
    socklen_t len = ad_sockaddr_from(&sa, &e);
    int refused = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(connect(refused, &sa.any, len) < 0);
    close(refused);
    assert_int_equal(ad_stream_listen(f->st, 9, &e, false, NULL), 0);
    close(peer);
    ad_stream_free(f->st);
}

static void other_limits_count_from_now_on(void **state)
{
    struct fixture *f = set_up(1);
    struct sw_endpoint known = nobody(SOCK_STREAM, "127.0.0.1");

    (void)state;
    assert_int_equal(ad_stream_listen(f->st, 9, &known, false, NULL), 0);
    int first = connect_plain(&known), second = connect_plain(&known);
    poll_until(f, 1);
    ad_stream_poll(f->st, f->now_us);
    assert_int_equal(ad_stream_counters(f->st)->accepted, 1);
    assert_int_equal(ad_stream_counters(f->st)->refused, 1);
    ad_stream_limit(f->st, &(struct ad_stream_conf){.connection_max = 2, .queue_max_len = 4096});
    int third = connect_plain(&known);
    poll_until(f, 2);
    assert_int_equal(ad_stream_counters(f->st)->accepted, 2);
    close(first);
    close(second);
    close(third);
    ad_stream_free(f->st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_accepted_connection_talks_and_ends),
        cmocka_unit_test(a_refused_connect_is_told_by_the_poll),
        cmocka_unit_test(a_connect_refused_at_once_is_told_by_the_poll),
        cmocka_unit_test(a_connect_that_hangs_ends_at_its_deadline),
        cmocka_unit_test(a_reset_is_not_an_orderly_end),
        cmocka_unit_test(a_reset_met_while_writing_is_a_reset),
        cmocka_unit_test(the_octets_before_an_orderly_end_come_first),
        cmocka_unit_test(a_peer_that_ended_its_side_still_reads),
        cmocka_unit_test(a_peer_that_closed_answers_with_a_reset),
        cmocka_unit_test(close_comes_after_what_is_queued),
        cmocka_unit_test(where_nothing_was_sent_a_close_is_one),
        cmocka_unit_test(a_peer_that_stays_is_left_after_two_seconds),
        cmocka_unit_test(a_peer_that_goes_on_sending_is_waited_for),
        cmocka_unit_test(a_peer_that_pours_is_cut_off),
        cmocka_unit_test(a_half_closed_peer_gets_what_is_queued),
        cmocka_unit_test(a_slow_reader_gets_everything),
        cmocka_unit_test(a_peer_that_never_reads_loses_the_connection),
        cmocka_unit_test(connections_above_the_limit_are_turned_away),
        cmocka_unit_test(without_descriptors_a_connection_is_turned_away),
        cmocka_unit_test(without_descriptors_who_lingers_makes_room),
        cmocka_unit_test(without_descriptors_who_lingers_gives_way_to_a_connect),
        cmocka_unit_test(a_dead_id_is_ignored),
        cmocka_unit_test(an_address_in_use_is_said),
        cmocka_unit_test(a_listener_is_taken_and_closed),
        cmocka_unit_test(other_limits_count_from_now_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

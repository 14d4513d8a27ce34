/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/net_udp.h"
#include "support/loopback.h"

#include <netinet/udp.h>

enum { EVENTS_MAX = 1024 };

/* What the adapter reported, in order; the bytes are copied as far as they fit. */
struct heard {
    struct px_event events[EVENTS_MAX];
    char bytes[EVENTS_MAX][64];
    unsigned count;
};

struct fixture {
    struct heard heard;
    struct ad_udp *udp;
    struct sw_endpoint here;
};

static void hear(void *arg, const struct px_event *ev)
{
    struct heard *h = arg;

    assert_true(h->count < EVENTS_MAX);
    h->events[h->count] = *ev;
    struct sw_slice kept = sw_slice_sub(ev->bytes, 0, sizeof h->bytes[0]);
    if (kept.len > 0)
        memcpy(h->bytes[h->count], kept.p, kept.len);
    h->events[h->count].bytes = sw_slice(h->bytes[h->count], kept.len);
    h->count++;
}

static void set_up(struct fixture *f, const char *addr)
{
    struct sw_endpoint e = endpoint(addr, 0);

    f->heard.count = 0;
    assert_int_equal(ad_udp_new(&f->udp, &(struct ad_udp_conf){.fn = hear, .arg = &f->heard}), 0);
    assert_int_equal(ad_udp_open(f->udp, 3, &e, false, NULL), 0);
    assert_true(ad_socket_name(ad_udp_fd(f->udp, 3), &f->here));
}

static void receive_until(struct fixture *f, unsigned count)
{
    while (f->heard.count < count) {
        assert_true(is_ready(ad_udp_fd(f->udp, 3), POLLIN));
        ad_udp_receive(f->udp, 3);
    }
}

static void send_plain(int fd, const struct sw_endpoint *to, const char *text)
{
    union ad_sockaddr sa;
    socklen_t len = ad_sockaddr_from(&sa, to);

    assert_int_equal(sendto(fd, text, strlen(text), 0, &sa.any, len), (ssize_t)strlen(text));
}

static void check_to_and_fro(const char *addr)
{
    struct fixture f;
    struct sw_endpoint there;
    char room[64];

    set_up(&f, addr);
    int peer = plain_socket(SOCK_DGRAM, addr, &there);
    send_plain(peer, &f.here, "hello");
    receive_until(&f, 1);
    assert_int_equal(f.heard.events[0].kind, PX_EV_DATAGRAM);
    assert_int_equal(f.heard.events[0].listener, 3);
    assert_true(sw_endpoint_eq(&f.heard.events[0].peer, &there));
    assert_slice_equal(f.heard.events[0].bytes, "hello");

    ad_udp_send(f.udp, 3, &there, SW_LIT("good day"), 0, PX_ALONE);
    ad_udp_flush(f.udp);
    assert_slice_equal(sw_slice(room, plain_read(peer, room, sizeof room)), "good day");
    assert_int_equal(ad_udp_counters(f.udp)->received, 1);
    assert_int_equal(ad_udp_counters(f.udp)->sent, 1);
    close(peer);
    ad_udp_free(f.udp);
}

static void datagrams_go_to_and_fro(void **state)
{
    (void)state;
    check_to_and_fro("127.0.0.1");
}

static void datagrams_go_to_and_fro_over_ipv6(void **state)
{
    (void)state;
    if (!has_ipv6())
        skip();
    check_to_and_fro("::1");
}

static void nothing_leaves_before_the_flush(void **state)
{
    struct fixture f;
    struct sw_endpoint there;
    char room[8];

    (void)state;
    set_up(&f, "127.0.0.1");
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    ad_udp_send(f.udp, 3, &there, SW_LIT("x"), 0, PX_ALONE);
    assert_true(recv(peer, room, sizeof room, MSG_DONTWAIT) < 0);
    ad_udp_flush(f.udp);
    assert_int_equal(plain_read(peer, room, sizeof room), 1);
    ad_udp_flush(f.udp);
    assert_true(recv(peer, room, sizeof room, MSG_DONTWAIT) < 0);
    close(peer);
    ad_udp_free(f.udp);
}

/* More than one batch in both directions; every datagram once and in order. */
static void batches_of_any_size_arrive_whole(void **state)
{
    struct fixture f;
    struct sw_endpoint there;
    char texts[200][4], room[8];

    (void)state;
    set_up(&f, "127.0.0.1");
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    for (unsigned i = 0; i < 200; i++) {
        struct sw_buf b = sw_buf(texts[i], sizeof texts[i]);
        sw_buf_u64(&b, i);
        sw_buf_cstr(&b);
        send_plain(peer, &f.here, texts[i]);
    }
    receive_until(&f, 200);
    for (unsigned i = 0; i < 200; i++) {
        assert_slice_equal(f.heard.events[i].bytes, texts[i]);
        ad_udp_send(f.udp, 3, &there, sw_slice_str(texts[i]), 0, PX_ALONE);
    }
    ad_udp_flush(f.udp);
    for (unsigned i = 0; i < 200; i++)
        assert_slice_equal(sw_slice(room, plain_read(peer, room, sizeof room)), texts[i]);
    close(peer);
    ad_udp_free(f.udp);
}

/* Send texts in one packet that is cut into parts of so many octets. */
static void send_together(int fd, const struct sw_endpoint *to, const char *texts, uint16_t each)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof each)];
    } control;
    union ad_sockaddr sa;
    struct iovec part = {(char *)(uintptr_t)texts, strlen(texts)};
    struct msghdr msg = {.msg_name = &sa,
                         .msg_namelen = ad_sockaddr_from(&sa, to),
                         .msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof control.room};

    memset(&control, 0, sizeof control);
    control.header = (struct cmsghdr){
        .cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof each)};
    memcpy(CMSG_DATA(&control.header), &each, sizeof each);
    assert_int_equal(sendmsg(fd, &msg, 0), (ssize_t)part.iov_len);
}

static void check_cut(const char *addr)
{
    static const char *const want[] = {"one", "two", "tre", "4", "alone", "", "five", "six."};
    struct fixture f;
    struct sw_endpoint there;

    set_up(&f, addr);
    int peer = plain_socket(SOCK_DGRAM, addr, &there);
    send_together(peer, &f.here, "onetwotre4", 3);
    send_plain(peer, &f.here, "alone");
    send_plain(peer, &f.here, "");
    send_together(peer, &f.here, "fivesix.", 4);
    receive_until(&f, SW_ARRAY_LEN(want));
    for (unsigned i = 0; i < SW_ARRAY_LEN(want); i++) {
        assert_slice_equal(f.heard.events[i].bytes, want[i]);
        assert_true(sw_endpoint_eq(&f.heard.events[i].peer, &there));
    }
    assert_int_equal(ad_udp_counters(f.udp)->received, SW_ARRAY_LEN(want));
    close(peer);
    ad_udp_free(f.udp);
}

static void what_comes_in_one_packet_is_cut(void **state)
{
    (void)state;
    check_cut("127.0.0.1");
    if (has_ipv6())
        check_cut("::1");
}

/* Packets of 64 each: who has seen one takes no more of them at once than datagrams otherwise. */
static void full_packets_do_not_make_a_turn_long(void **state)
{
    enum { EACH = 2, COUNT = 64 };
    struct fixture f;
    struct sw_endpoint there;
    char texts[COUNT * EACH + 1];

    (void)state;
    set_up(&f, "127.0.0.1");
    memset(texts, 'x', sizeof texts - 1);
    texts[sizeof texts - 1] = '\0';
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    send_together(peer, &f.here, texts, EACH);
    receive_until(&f, COUNT);
    for (int i = 0; i < 8; i++)
        send_together(peer, &f.here, texts, EACH);
    ad_udp_receive(f.udp, 3);
    assert_int_equal(f.heard.count, COUNT + 128);
    receive_until(&f, 9 * COUNT);
    close(peer);
    ad_udp_free(f.udp);
}

enum { CALLS = 60, KINDS = 3 };

/* Responses of three kinds to each of many calls, the second half of a call's later than others':
 * all arrive, and each call's in their order. */
static void send_responses(struct fixture *f, const struct sw_endpoint *there)
{
    static const char *const kinds[KINDS] = {"180 ", "200 OK ", "486 "};
    static char texts[CALLS][KINDS][16];

    for (unsigned i = 0; i < CALLS + KINDS; i++)
        for (unsigned kind = 0; kind < KINDS; kind++) {
            unsigned call = i - kind;
            if (call >= CALLS)
                continue;
            struct sw_buf b = sw_buf(texts[call][kind], sizeof texts[call][kind]);
            sw_buf_str(&b, kinds[kind]);
            sw_buf_u64(&b, 10 + call);
            sw_buf_cstr(&b);
            ad_udp_send(f->udp, 3, there, sw_slice_str(texts[call][kind]), call + 1, PX_UNHEEDED);
        }
    ad_udp_flush(f->udp);
}

static void check_responses(int peer)
{
    unsigned next_kind[CALLS] = {0};
    char room[16];

    for (unsigned i = 0; i < CALLS * KINDS; i++) {
        size_t len = plain_read(peer, room, sizeof room);
        assert_in_range(len, 6, sizeof room - 1);
        unsigned kind = room[0] == '1' ? 0 : room[0] == '2' ? 1 : 2;
        unsigned call = (unsigned)(room[len - 2] - '0') * 10 + (unsigned)(room[len - 1] - '0') - 10;
        assert_int_equal(len, kind == 1 ? 9 : 6);
        assert_in_range(call, 0, CALLS - 1);
        assert_int_equal(kind, next_kind[call]);
        next_kind[call]++;
    }
    assert_true(recv(peer, room, sizeof room, MSG_DONTWAIT) < 0);
}

static void check_what_shares_packets(const char *addr, bool has_checksums)
{
    struct fixture f;
    struct sw_endpoint there;
    int off = 1;

    set_up(&f, addr);
    if (!has_checksums) /* then the kernel cuts no packets */
        assert_int_equal(setsockopt(ad_udp_fd(f.udp, 3), SOL_SOCKET, SO_NO_CHECK, &off, sizeof off),
                         0);
    int peer = plain_socket(SOCK_DGRAM, addr, &there);
    send_responses(&f, &there);
    check_responses(peer);
    uint64_t uncut = ad_udp_counters(f.udp)->uncut;
    assert_int_equal(uncut == 0, has_checksums);
    send_responses(&f, &there);
    check_responses(peer);
    assert_int_equal(ad_udp_counters(f.udp)->uncut, uncut); /* it is not tried again at once */
    assert_int_equal(ad_udp_counters(f.udp)->sent, 2 * CALLS * KINDS);
    assert_int_equal(ad_udp_counters(f.udp)->dropped, 0);
    assert_int_equal(f.heard.count, 0);
    close(peer);
    ad_udp_free(f.udp);
}

static void what_shares_a_packet_arrives_as_it_was(void **state)
{
    (void)state;
    check_what_shares_packets("127.0.0.1", true);
    check_what_shares_packets("::1", true);
}

static void where_packets_cannot_be_cut_each_goes_alone(void **state)
{
    (void)state;
    check_what_shares_packets("127.0.0.1", false);
}

/* A packet of several is refused at once: each of them is reported. */
static void of_a_packet_refused_at_once_all_are_reported(void **state)
{
    struct fixture f;
    struct sw_endpoint far = endpoint("192.0.2.1", 5060);

    (void)state;
    set_up(&f, "127.0.0.1");
    for (uint64_t series = 1; series <= 3; series++)
        ad_udp_send(f.udp, 3, &far, SW_LIT("never"), series, PX_TOGETHER);
    ad_udp_flush(f.udp);
    assert_int_equal(f.heard.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(f.heard.events[i].kind, PX_EV_UNREACHABLE);
        assert_false(f.heard.events[i].had_left);
        assert_slice_equal(f.heard.events[i].bytes, "never");
    }
    ad_udp_free(f.udp);
}

/* A place that takes nothing, alone or shared, says nothing about packets: a stranger may have
 * given it, and others still share theirs. */
static void a_place_that_takes_nothing_parts_nobody(void **state)
{
    struct fixture f;
    struct sw_endpoint there, nowhere = endpoint("127.0.0.1", 0);

    (void)state;
    set_up(&f, "127.0.0.1");
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    for (uint64_t series = 1; series <= 3; series++)
        ad_udp_send(f.udp, 3, &nowhere, SW_LIT("never"), series, PX_TOGETHER);
    ad_udp_flush(f.udp);
    assert_int_equal(f.heard.count, 3);
    assert_int_equal(ad_udp_counters(f.udp)->uncut, 0);
    assert_int_equal(ad_udp_counters(f.udp)->sent, 0);
    send_responses(&f, &there);
    check_responses(peer);
    close(peer);
    ad_udp_free(f.udp);
}

/* Section 6: how late we are is told where many wait, and not where a few do. */
static void a_full_batch_tells_how_long_it_has_waited(void **state)
{
    struct fixture f;
    struct sw_endpoint there;

    (void)state;
    set_up(&f, "127.0.0.1");
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    for (unsigned i = 0; i < 33; i++)
        send_plain(peer, &f.here, "x");
    receive_until(&f, 33);
    for (unsigned i = 0; i < 32; i++) {
        assert_true(f.heard.events[i].waited_us > 0);
        assert_true(f.heard.events[i].waited_us < SW_SECONDS(60));
    }
    assert_int_equal(f.heard.events[32].waited_us, 0);
    close(peer);
    ad_udp_free(f.udp);
}

static void x5_a_closed_port_is_reported_with_our_datagram(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, "127.0.0.1");
    struct sw_endpoint dead = nobody(SOCK_DGRAM, "127.0.0.1");
    ad_udp_send(f.udp, 3, &dead, SW_LIT("INVITE sip:a@b SIP/2.0"), 0, PX_ALONE);
    ad_udp_flush(f.udp);
    receive_until(&f, 1);
    const struct px_event *ev = &f.heard.events[0];
    assert_int_equal(ev->kind, PX_EV_UNREACHABLE);
    assert_int_equal(ev->cause, PX_CAUSE_REFUSED);
    assert_true(ev->had_left);
    assert_int_equal(ev->listener, 3);
    assert_true(sw_endpoint_eq(&ev->peer, &dead));
    assert_slice_equal(ev->bytes, "INVITE sip:a@b SIP/2.0");
    ad_udp_free(f.udp);
}

/* The kernel answers the next call on a socket with the error of an earlier datagram: what that
 * call was for must be done all the same. */
static void x5_the_error_of_one_datagram_costs_no_other(void **state)
{
    struct fixture f;
    struct sw_endpoint there;
    char room[16];

    (void)state;
    set_up(&f, "127.0.0.1");
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    struct sw_endpoint dead = nobody(SOCK_DGRAM, "127.0.0.1");
    ad_udp_send(f.udp, 3, &dead, SW_LIT("lost"), 0, PX_ALONE);
    ad_udp_flush(f.udp);
    ad_udp_send(f.udp, 3, &there, SW_LIT("one"), 0, PX_ALONE);
    ad_udp_send(f.udp, 3, &dead, SW_LIT("lost too"), 0, PX_ALONE);
    ad_udp_send(f.udp, 3, &there, SW_LIT("two"), 0, PX_ALONE);
    ad_udp_flush(f.udp);
    assert_slice_equal(sw_slice(room, plain_read(peer, room, sizeof room)), "one");
    assert_slice_equal(sw_slice(room, plain_read(peer, room, sizeof room)), "two");
    send_plain(peer, &f.here, "back");
    receive_until(&f, 3);
    unsigned unreachable = 0;
    for (unsigned i = 0; i < 3; i++)
        unreachable += f.heard.events[i].kind == PX_EV_UNREACHABLE;
    assert_int_equal(unreachable, 2);
    close(peer);
    ad_udp_free(f.udp);
}

/* From a loopback address the kernel refuses any other network at once. */
static void a_datagram_refused_at_once_is_reported(void **state)
{
    struct fixture f;
    struct sw_endpoint far = endpoint("192.0.2.1", 5060);

    (void)state;
    set_up(&f, "127.0.0.1");
    ad_udp_send(f.udp, 3, &far, SW_LIT("never"), 0, PX_ALONE);
    ad_udp_flush(f.udp);
    assert_int_equal(f.heard.count, 1);
    assert_int_equal(f.heard.events[0].kind, PX_EV_UNREACHABLE);
    assert_int_equal(f.heard.events[0].cause, PX_CAUSE_UNREACHABLE);
    assert_true(sw_endpoint_eq(&f.heard.events[0].peer, &far));
    assert_slice_equal(f.heard.events[0].bytes, "never");
    ad_udp_free(f.udp);
}

static void an_address_in_use_is_said(void **state)
{
    struct fixture f;
    struct ad_net_error why;

    (void)state;
    set_up(&f, "127.0.0.1");
    assert_int_equal(ad_udp_open(f.udp, 4, &f.here, false, &why), SW_E_ADDR_IN_USE);
    assert_string_equal(why.text, "address already in use");
    assert_int_equal(ad_udp_fd(f.udp, 4), -1);
    struct sw_endpoint foreign = endpoint("192.0.2.1", 0);
    assert_int_equal(ad_udp_open(f.udp, 4, &foreign, false, &why), SW_E_SYSTEM);
    assert_string_equal(why.text, "cannot assign requested address");
    ad_udp_free(f.udp);
}

static void workers_can_share_an_address(void **state)
{
    struct fixture f;
    struct sw_endpoint e = endpoint("127.0.0.1", 0);

    (void)state;
    set_up(&f, "127.0.0.1");
    assert_int_equal(ad_udp_open(f.udp, 4, &e, true, NULL), 0);
    assert_true(ad_socket_name(ad_udp_fd(f.udp, 4), &e));
    assert_int_equal(ad_udp_open(f.udp, 5, &e, true, NULL), 0);
    assert_int_equal(ad_udp_open(f.udp, 6, &e, false, NULL), SW_E_ADDR_IN_USE);
    ad_udp_free(f.udp);
}

/* Two adapters read from one socket that somebody else bound, as workers do from a passed one. */
static void a_bound_socket_is_taken_and_closed(void **state)
{
    struct fixture f;
    struct sw_endpoint e = endpoint("127.0.0.1", 0), mine;

    (void)state;
    set_up(&f, "127.0.0.1");
    int fd = ad_socket_bound(SOCK_DGRAM, &e, false, NULL);
    assert_true(fd >= 0 && ad_socket_name(fd, &e));
    int other = dup(fd), plain = plain_socket(SOCK_DGRAM, "127.0.0.1", &mine);
    assert_int_equal(ad_udp_take(f.udp, 5, fd, NULL), 0);
    assert_int_equal(ad_udp_fd(f.udp, 5), fd);
    send_plain(plain, &e, "one");
    assert_true(is_ready(fd, POLLIN));
    ad_udp_receive(f.udp, 5);
    assert_int_equal(f.heard.count, 1);
    assert_int_equal(f.heard.events[0].listener, 5);
    assert_slice_equal(f.heard.events[0].bytes, "one");
    ad_udp_close(f.udp, 5);
    ad_udp_close(f.udp, 5);
    assert_int_equal(ad_udp_fd(f.udp, 5), -1);
    ad_udp_receive(f.udp, 5);
    ad_udp_send(f.udp, 5, &mine, SW_LIT("x"), 0, PX_ALONE);
    ad_udp_flush(f.udp);
    /* It is the other's still; then its place can be taken again. */
    send_plain(plain, &e, "two");
    assert_true(is_ready(other, POLLIN));
    close(other);
    assert_int_equal(ad_udp_open(f.udp, 5, &e, false, NULL), 0);
    int pipes[2];
    struct ad_net_error why;
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(ad_udp_take(f.udp, 6, pipes[0], &why), SW_E_SYSTEM);
    assert_int_equal(close(pipes[0]), 0); /* not taken */
    close(pipes[1]);
    close(plain);
    ad_udp_free(f.udp);
}

/* What is counted never goes back, though the socket it was counted of goes. */
static void what_was_dropped_is_remembered(void **state)
{
    struct sw_endpoint e = endpoint("127.0.0.1", 0), mine;
    struct heard heard = {.count = 0};
    const struct ad_udp_conf conf = {.fn = hear, .arg = &heard, .rcvbuf_len = 4096};
    struct ad_udp *udp;
    uint64_t queued_len, dropped, before;

    (void)state;
    assert_int_equal(ad_udp_new(&udp, &conf), 0);
    assert_int_equal(ad_udp_open(udp, 0, &e, false, NULL), 0);
    assert_true(ad_socket_name(ad_udp_fd(udp, 0), &e));
    int plain = plain_socket(SOCK_DGRAM, "127.0.0.1", &mine);
    for (unsigned i = 0; i < 100; i++)
        send_plain(plain, &e, "more than there is room for");
    ad_udp_backlog(udp, &queued_len, &before);
    assert_true(queued_len > 0 && before > 0);
    ad_udp_close(udp, 0);
    ad_udp_backlog(udp, &queued_len, &dropped);
    assert_int_equal(queued_len, 0);
    assert_int_equal(dropped, before);
    close(plain);
    ad_udp_free(udp);
}

/* Two workers have one socket: what waits in it, and what was dropped, is there once. */
static void a_socket_of_several_is_counted_once(void **state)
{
    struct sw_endpoint mine, peer;
    struct heard heard = {.count = 0};
    const struct ad_udp_conf conf = {.fn = hear, .arg = &heard, .rcvbuf_len = 4096};
    struct ad_udp *udp[2];
    uint64_t queued_len[2], dropped[2];
    struct ad_net_error why;

    (void)state;
    int fd = plain_socket(SOCK_DGRAM, "127.0.0.1", &mine), same_fd = dup(fd);
    int plain = plain_socket(SOCK_DGRAM, "127.0.0.1", &peer);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ad_udp_new(&udp[i], &conf), 0);
        assert_int_equal(ad_udp_take(udp[i], 3, i == 0 ? fd : same_fd, &why), 0);
    }
    ad_udp_leave_uncounted(udp[1], 3);
    ad_udp_leave_uncounted(udp[1], 4);
    for (unsigned i = 0; i < 100; i++)
        send_plain(plain, &mine, "more than there is room for");
    for (size_t i = 0; i < 2; i++)
        ad_udp_backlog(udp[i], &queued_len[i], &dropped[i]);
    assert_true(queued_len[0] > 0 && dropped[0] > 0);
    assert_true(queued_len[1] == 0 && dropped[1] == 0);
    for (size_t i = 0; i < 2; i++) {
        ad_udp_close(udp[i], 3);
        ad_udp_backlog(udp[i], &queued_len[i], &dropped[i]);
    }
    assert_true(dropped[0] > 0);
    assert_int_equal(dropped[1], 0);
    close(plain);
    for (size_t i = 0; i < 2; i++)
        ad_udp_free(udp[i]);
}

/* Section 6: what one cannot hold any more is lost, so it is said before. */
static void a_socket_that_is_half_full_is_crowded(void **state)
{
    enum { ROOM = 64 * 1024, MANY_LEN = 600 };
    struct sw_endpoint e = endpoint("127.0.0.1", 0), mine;
    struct fixture f = {.heard = {.count = 0}};
    const struct ad_udp_conf conf = {.fn = hear, .arg = &f.heard, .rcvbuf_len = ROOM};
    char text[MANY_LEN];

    (void)state;
    assert_int_equal(ad_udp_new(&f.udp, &conf), 0);
    assert_int_equal(ad_udp_room(f.udp, 3), 0);
    assert_int_equal(ad_udp_open(f.udp, 3, &e, false, NULL), 0);
    assert_int_equal(ad_udp_room(f.udp, 3), ROOM);
    assert_true(ad_socket_name(ad_udp_fd(f.udp, 3), &e));
    int plain = plain_socket(SOCK_DGRAM, "127.0.0.1", &mine);
    memset(text, 'x', sizeof text);
    text[MANY_LEN - 1] = '\0';
    for (unsigned i = 0; i < 200; i++) /* more than there is room for */
        send_plain(plain, &e, text);
    ad_udp_receive(f.udp, 3);
    assert_true(f.heard.count > 32);
    assert_true(f.heard.events[0].is_crowded);
    assert_false(f.heard.events[f.heard.count - 1].is_crowded);
    close(plain);
    ad_udp_free(f.udp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_go_to_and_fro),
        cmocka_unit_test(datagrams_go_to_and_fro_over_ipv6),
        cmocka_unit_test(nothing_leaves_before_the_flush),
        cmocka_unit_test(batches_of_any_size_arrive_whole),
        cmocka_unit_test(what_comes_in_one_packet_is_cut),
        cmocka_unit_test(full_packets_do_not_make_a_turn_long),
        cmocka_unit_test(what_shares_a_packet_arrives_as_it_was),
        cmocka_unit_test(where_packets_cannot_be_cut_each_goes_alone),
        cmocka_unit_test(of_a_packet_refused_at_once_all_are_reported),
        cmocka_unit_test(a_place_that_takes_nothing_parts_nobody),
        cmocka_unit_test(a_full_batch_tells_how_long_it_has_waited),
        cmocka_unit_test(x5_a_closed_port_is_reported_with_our_datagram),
        cmocka_unit_test(x5_the_error_of_one_datagram_costs_no_other),
        cmocka_unit_test(a_datagram_refused_at_once_is_reported),
        cmocka_unit_test(an_address_in_use_is_said),
        cmocka_unit_test(workers_can_share_an_address),
        cmocka_unit_test(a_bound_socket_is_taken_and_closed),
        cmocka_unit_test(what_was_dropped_is_remembered),
        cmocka_unit_test(a_socket_of_several_is_counted_once),
        cmocka_unit_test(a_socket_that_is_half_full_is_crowded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The pipe over real connections on loopback, with a peer made of a plain socket and a session of
 * its own; time is a number. */
#include "run/tls_pipe.h"

#include "base/time.h"
#include "support/loopback.h"
#include "support/temp.h"
#include "support/tls_certs.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { EVENTS_MAX = 256, TRIES_MAX = 400, TLS_LISTENER = 0, TCP_LISTENER = 1, PEERS_MAX = 8 };

static struct tls_cert ca;

struct world {
    struct px_conf conf;
    struct ad_stream *stream;
    struct sw_tls_pipe *pipe;
    struct px_event events[EVENTS_MAX]; /* without what they point to */
    char details[EVENTS_MAX][256];
    char cert_names[EVENTS_MAX][64]; /* the first one */
    unsigned count;
    char bytes[1024];
    size_t bytes_len;
    uint64_t now_us;
};

static struct world w;

/* --- the world --------------------------------------------------------------------------- */

static void copy(char *to, size_t cap, struct sw_slice text)
{
    snprintf(to, cap, "%.*s", (int)text.len, text.p == NULL ? "" : text.p);
}

static void hear(void *arg, const struct px_event *ev, uint64_t now_us)
{
    (void)arg;
    (void)now_us;
    if (ev->kind == PX_EV_BYTES) {
        assert_true(ev->bytes.len <= sizeof w.bytes - w.bytes_len);
        memcpy(w.bytes + w.bytes_len, ev->bytes.p, ev->bytes.len);
        w.bytes_len += ev->bytes.len;
        return;
    }
    assert_true(w.count < EVENTS_MAX);
    copy(w.details[w.count], sizeof w.details[0], ev->detail);
    if (ev->cert != NULL && ev->cert->count > 0)
        copy(w.cert_names[w.count], sizeof w.cert_names[0], ev->cert->names[0].text);
    w.events[w.count++] = *ev;
}

static void hear_stream(void *arg, const struct px_event *ev)
{
    (void)arg;
    sw_tls_pipe_event(w.pipe, ev, w.now_us);
}

static const char *file(const char *name)
{
    static char rooms[4][512];
    static unsigned at;
    char *room = rooms[at++ % SW_ARRAY_LEN(rooms)];

    snprintf(room, sizeof rooms[0], "%s/%s", temp_folder(), name);
    return room;
}

/* A context with a certificate for a name, which asks others for theirs. */
static struct ad_tls *context(const char *alt, const struct tls_cert *issuer)
{
    struct tls_cert made;
    struct ad_tls_error error;
    struct ad_tls *tls = NULL;

    tls_cert_make(&made, &(struct tls_cert_args){.alt = alt, .issuer = issuer});
    tls_cert_write(&made, NULL, file("own.pem"));
    tls_key_write(&made, file("own.key"));
    tls_cert_free(&made);
    const struct ad_tls_conf conf = {.certificate = file("own.pem"),
                                     .key = file("own.key"),
                                     .ca = file("ca.pem"),
                                     .client = AD_TLS_CLIENT_ASK,
                                     .depth_max = 9};
    assert_int_equal(ad_tls_new(&tls, &conf, &error), 0);
    return tls;
}

static int set_up(void **state)
{
    const struct ad_stream_conf stream = {
        .fn = hear_stream, .connection_max = 100, .queue_max_len = 1 << 20};

    (void)state;
    memset(&w, 0, sizeof w);
    px_conf_init(&w.conf);
    w.now_us = SW_SECONDS(100);
    w.conf.listeners[TLS_LISTENER] = (struct px_listener){SW_TLS, nobody(SOCK_STREAM, "127.0.0.1")};
    w.conf.listeners[TCP_LISTENER] = (struct px_listener){SW_TCP, nobody(SOCK_STREAM, "127.0.0.2")};
    w.conf.listener_count = 2;
    assert_int_equal(ad_stream_new(&w.stream, &stream, w.now_us), 0);
    for (uint16_t i = 0; i < 2; i++)
        assert_int_equal(ad_stream_listen(w.stream, i, &w.conf.listeners[i].endpoint, false, NULL),
                         0);
    const struct sw_tls_pipe_args args = {.conf = &w.conf, .stream = w.stream, .fn = hear};
    assert_int_equal(sw_tls_pipe_new(&w.pipe, &args, w.now_us), 0);
    assert_null(sw_tls_pipe_use(w.pipe, context("DNS:proxy.t", &ca)));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sw_tls_pipe_free(w.pipe);
    ad_stream_free(w.stream);
    return 0;
}

static int make_authority(void **state)
{
    (void)state;
    tls_cert_make(&ca, &(struct tls_cert_args){.common_name = "authority", .is_ca = true});
    tls_cert_write(&ca, NULL, file("ca.pem"));
    return 0;
}

static int forget_authority(void **state)
{
    (void)state;
    tls_cert_free(&ca);
    return 0;
}

/* One turn of a worker. */
static void turn(void)
{
    struct pollfd p = {.fd = ad_stream_fd(w.stream), .events = POLLIN};

    (void)poll(&p, 1, 5);
    ad_stream_poll(w.stream, w.now_us);
    if (sw_tls_pipe_wake_us(w.pipe) <= w.now_us)
        sw_tls_pipe_wake(w.pipe, w.now_us);
    sw_tls_pipe_flush(w.pipe, w.now_us);
    ad_stream_flush(w.stream);
}

/* --- the peer ---------------------------------------------------------------------------- */

struct peer {
    int fd;
    struct ad_tls_session *tls; /* NULL: it says nothing */
    char heard[65536];
    size_t heard_len;
    bool is_ended; /* its connection is gone */
};

static void serve(struct peer *p)
{
    char room[20000];
    ssize_t n = recv(p->fd, room, sizeof room, MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN))
        p->is_ended = true;
    if (p->tls == NULL)
        return;
    ad_tls_receive(p->tls, n > 0 ? sw_slice(room, (size_t)n) : (struct sw_slice){NULL, 0});
    p->heard_len += ad_tls_read(p->tls, p->heard + p->heard_len, sizeof p->heard - p->heard_len);
    struct sw_slice out = ad_tls_output(p->tls);
    if (out.len > 0)
        (void)send(p->fd, out.p, out.len, MSG_NOSIGNAL);
    ad_tls_output_taken(p->tls);
}

/* Until the proxy has heard so many events and octets. */
static void go_on(struct peer *p, unsigned count, size_t bytes_len)
{
    for (unsigned i = 0; i < TRIES_MAX && (w.count < count || w.bytes_len < bytes_len); i++) {
        turn();
        if (p != NULL)
            serve(p);
    }
    assert_int_equal(w.count, count);
    assert_int_equal(w.bytes_len, bytes_len);
}

static void go_on_until_it_is_gone(struct peer *p)
{
    for (unsigned i = 0; i < TRIES_MAX && !p->is_ended; i++) {
        turn();
        serve(p);
    }
    assert_true(p->is_ended);
}

static void listen_until(struct peer *p, size_t len)
{
    for (unsigned i = 0; i < TRIES_MAX && p->heard_len < len; i++) {
        turn();
        serve(p);
    }
}

static struct peer caller(uint16_t listener, struct ad_tls *tls)
{
    const struct ad_tls_args args = {.sni = SW_LIT("proxy.t")};
    struct sw_endpoint here;
    union ad_sockaddr sa;
    struct peer p = {.fd = plain_socket(SOCK_STREAM, "127.0.0.1", &here)};
    socklen_t len = ad_sockaddr_from(&sa, &w.conf.listeners[listener].endpoint);

    (void)connect(p.fd, &sa.any, len);
    if (tls != NULL)
        assert_int_equal(ad_tls_session_new(&p.tls, tls, &args), 0);
    ad_tls_free(tls);
    return p;
}

static void say(struct peer *p, struct sw_slice text)
{
    ad_tls_write(p->tls, text);
    serve(p);
}

static void leave(struct peer *p)
{
    ad_tls_session_free(p->tls);
    close(p->fd);
}

/* What the proxy opens: to a listener of the test's own. */
static struct peer callee(uint64_t conn, struct ad_tls *tls, const char *wanted)
{
    const struct ad_tls_args args = {.is_accepted = true};
    struct sw_endpoint there;
    int listener = plain_socket(SOCK_STREAM, "127.0.0.1", &there);
    struct px_action a = {.kind = PX_DO_CONNECT,
                          .conn = conn,
                          .transport = SW_TLS,
                          .peer = there,
                          .timeout_us = SW_SECONDS(3),
                          .tls_names = {sw_slice_str(wanted)},
                          .tls_name_count = 1};
    struct peer p = {.tls = NULL};

    assert_int_equal(listen(listener, 8), 0);
    sw_tls_pipe_connect(w.pipe, &a, &w.conf.listeners[TLS_LISTENER].endpoint.addr, w.now_us);
    turn();
    assert_true(is_ready(listener, POLLIN));
    p.fd = accept(listener, NULL, NULL);
    close(listener);
    if (tls != NULL)
        assert_int_equal(ad_tls_session_new(&p.tls, tls, &args), 0);
    ad_tls_free(tls);
    return p;
}

static void assert_closed(unsigned i, enum px_cause cause, const char *detail)
{
    assert_int_equal(w.events[i].kind, PX_EV_CLOSED);
    assert_int_equal(w.events[i].cause, cause);
    assert_string_equal(w.details[i], detail);
}

/* --- the tests --------------------------------------------------------------------------- */

static void the_core_hears_of_a_caller_when_the_handshake_is_over(void **state)
{
    struct peer p = caller(TLS_LISTENER, context("DNS:a.t", &ca));

    (void)state;
    turn();
    turn();
    assert_int_equal(w.count, 0);
    go_on(&p, 1, 0);
    assert_int_equal(w.events[0].kind, PX_EV_ACCEPTED);
    assert_int_equal(w.events[0].listener, TLS_LISTENER);
    assert_string_equal(w.cert_names[0], "a.t");
    uint64_t conn = w.events[0].conn;
    say(&p, SW_LIT("ping"));
    go_on(&p, 1, 4);
    assert_slice_equal(sw_slice(w.bytes, w.bytes_len), "ping");
    assert_true(sw_tls_pipe_send(w.pipe, conn, SW_LIT("po")));
    assert_true(sw_tls_pipe_send(w.pipe, conn, SW_LIT("ng")));
    for (unsigned i = 0; i < TRIES_MAX && p.heard_len < 4; i++) {
        turn();
        serve(&p);
    }
    assert_slice_equal(sw_slice(p.heard, p.heard_len), "pong");
    ad_tls_end(p.tls);
    go_on(&p, 2, 4);
    assert_closed(1, PX_CAUSE_CLOSED, "");
    assert_false(sw_tls_pipe_send(w.pipe, conn, SW_LIT("late")));
    leave(&p);
}

/* A record for each message costs as much as reading one. Who reads gets one at a time. */
static void what_is_sent_in_a_turn_shares_records(void **state)
{
    struct peer p = caller(TLS_LISTENER, context("DNS:a.t", &ca));

    (void)state;
    go_on(&p, 1, 0);
    for (unsigned i = 0; i < 30; i++)
        assert_true(sw_tls_pipe_send(w.pipe, w.events[0].conn, SW_LIT("0123456789")));
    listen_until(&p, 1);
    assert_int_equal(p.heard_len, 300);
    leave(&p);
}

/* Room to gather is for 64: of more, some have a record a message. */
static void more_than_can_gather_are_served_too(void **state)
{
    enum { COUNT = 70 };
    static struct peer peers[COUNT];
    unsigned shared_count = 0;

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        peers[i] = caller(TLS_LISTENER, context("DNS:a.t", &ca));
        go_on(&peers[i], i + 1, 0);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(sw_tls_pipe_send(w.pipe, w.events[i].conn, SW_LIT("a")));
        assert_true(sw_tls_pipe_send(w.pipe, w.events[i].conn, SW_LIT("b")));
    }
    for (unsigned i = 0; i < COUNT; i++) {
        listen_until(&peers[i], 1);
        shared_count += peers[i].heard_len == 2;
        listen_until(&peers[i], 2);
        assert_slice_equal(sw_slice(peers[i].heard, peers[i].heard_len), "ab");
        leave(&peers[i]);
    }
    assert_int_equal(shared_count, 64);
}

/* However long they are, by themselves or together. */
static void what_does_not_fit_into_a_record_goes_into_several(void **state)
{
    static const size_t lens[] = {1, 16000, 300, 400, 16384, 1, 20000, 2};
    struct peer p = caller(TLS_LISTENER, context("DNS:a.t", &ca));
    char sent[60000];
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i / 7);
    go_on(&p, 1, 0);
    for (size_t i = 0; i < SW_ARRAY_LEN(lens); i++) {
        assert_true(sw_tls_pipe_send(w.pipe, w.events[0].conn, sw_slice(sent + len, lens[i])));
        len += lens[i];
    }
    listen_until(&p, len);
    assert_int_equal(p.heard_len, len);
    assert_memory_equal(p.heard, sent, len);
    leave(&p);
}

static void an_end_without_close_notify_is_a_reset(void **state)
{
    struct peer p = caller(TLS_LISTENER, context("DNS:a.t", &ca));

    (void)state;
    go_on(&p, 1, 0);
    leave(&p);
    go_on(NULL, 2, 0);
    assert_closed(1, PX_CAUSE_RESET, "closed without close_notify");
}

static void the_core_closes_with_close_notify(void **state)
{
    struct peer p = caller(TLS_LISTENER, context("DNS:a.t", &ca));

    (void)state;
    go_on(&p, 1, 0);
    assert_true(sw_tls_pipe_send(w.pipe, w.events[0].conn, SW_LIT("last")));
    assert_true(sw_tls_pipe_close(w.pipe, w.events[0].conn));
    go_on_until_it_is_gone(&p);
    assert_slice_equal(sw_slice(p.heard, p.heard_len), "last");
    serve(&p);
    assert_int_equal(ad_tls_state(p.tls), AD_TLS_ENDED);
    assert_int_equal(w.count, 1);
    leave(&p);
}

static void who_does_not_finish_the_handshake_is_left_without_a_word(void **state)
{
    struct peer p = caller(TLS_LISTENER, NULL);

    (void)state;
    turn();
    assert_true(sw_tls_pipe_wake_us(w.pipe) <= w.now_us + w.conf.header_us + SW_MS(4));
    w.now_us += w.conf.header_us - SW_MS(4);
    turn();
    serve(&p);
    assert_false(p.is_ended);
    /* A listener that leaves has to stay as long: the core does not know of it yet. */
    assert_true(sw_tls_pipe_uses_listener(w.pipe, TLS_LISTENER));
    assert_false(sw_tls_pipe_uses_listener(w.pipe, TCP_LISTENER));
    w.now_us += SW_MS(8);
    go_on_until_it_is_gone(&p);
    assert_false(sw_tls_pipe_uses_listener(w.pipe, TLS_LISTENER));
    assert_int_equal(w.count, 0);
    assert_int_equal(sw_tls_pipe_counters(w.pipe)->accept_failed, 1);
    assert_int_equal(sw_tls_pipe_wake_us(w.pipe), SW_NEVER);
    leave(&p);
}

static void the_oldest_of_too_many_handshakes_gives_way(void **state)
{
    struct peer p[3];

    (void)state;
    w.conf.connections_max = 4; /* a quarter of it, and one */
    for (unsigned i = 0; i < 3; i++) {
        p[i] = caller(TLS_LISTENER, NULL);
        turn();
    }
    go_on_until_it_is_gone(&p[0]);
    for (unsigned i = 1; i < 3; i++) {
        serve(&p[i]);
        assert_false(p[i].is_ended);
    }
    for (unsigned i = 0; i < 3; i++)
        leave(&p[i]);
    assert_int_equal(w.count, 0);
}

static void clear_text_passes_through(void **state)
{
    struct peer p = caller(TCP_LISTENER, NULL);

    (void)state;
    go_on(NULL, 1, 0);
    assert_int_equal(w.events[0].kind, PX_EV_ACCEPTED);
    assert_int_equal(send(p.fd, "hello", 5, 0), 5);
    go_on(NULL, 1, 5);
    assert_false(sw_tls_pipe_send(w.pipe, w.events[0].conn, SW_LIT("x")));
    assert_false(sw_tls_pipe_close(w.pipe, w.events[0].conn));
    leave(&p);
}

static void clear_text_to_a_tls_listener_is_refused(void **state)
{
    struct peer p = caller(TLS_LISTENER, NULL);

    (void)state;
    turn();
    assert_int_equal(send(p.fd, "OPTIONS sip:d.t SIP/2.0\r\n", 25, 0), 25);
    go_on_until_it_is_gone(&p);
    assert_int_equal(w.count, 0);
    assert_int_equal(w.bytes_len, 0);
    leave(&p);
}

static void x4_what_we_open_is_connected_when_its_names_were_found_right(void **state)
{
    struct peer p = callee(7, context("DNS:d.t", &ca), "d.t");

    (void)state;
    go_on(&p, 1, 0);
    assert_int_equal(w.events[0].kind, PX_EV_CONNECTED);
    assert_int_equal(w.events[0].conn, 7);
    assert_string_equal(w.cert_names[0], "d.t");
    /* And it got to see ours. */
    assert_slice_equal(ad_tls_cert(p.tls)->names[0].text, "proxy.t");
    say(&p, SW_LIT("hello"));
    go_on(&p, 1, 5);
    leave(&p);
}

static void x4_a_wrong_name_is_a_failure_that_says_so(void **state)
{
    struct peer p = callee(7, context("DNS:h1.d.t", &ca), "d.t");

    (void)state;
    go_on(&p, 1, 0);
    assert_closed(0, PX_CAUSE_TLS, "the certificate does not fit d.t: it names others: h1.d.t");
    go_on_until_it_is_gone(&p);
    assert_int_equal(ad_tls_state(p.tls), AD_TLS_FAILED); /* it heard an alert */
    assert_int_equal(sw_tls_pipe_counters(w.pipe)->connect_failed, 1);
    leave(&p);
}

static void x4_nobody_is_believed_without_an_authority(void **state)
{
    struct peer p = callee(7, context("DNS:d.t", NULL), "d.t");

    (void)state;
    go_on(&p, 1, 0);
    assert_closed(0, PX_CAUSE_TLS, "self-signed certificate");
    leave(&p);
}

static void connecting_and_handshake_share_their_time(void **state)
{
    struct peer p = callee(7, NULL, "d.t");

    (void)state;
    turn();
    w.now_us += SW_SECONDS(3) - SW_MS(4);
    turn();
    assert_int_equal(w.count, 0);
    w.now_us += SW_MS(8);
    go_on(NULL, 1, 0);
    assert_closed(0, PX_CAUSE_TIMEOUT, "the TLS handshake took too long");
    leave(&p);
}

static void a_server_that_hangs_up_in_the_handshake_has_failed(void **state)
{
    struct peer p = callee(7, NULL, "d.t");

    (void)state;
    turn();
    leave(&p);
    go_on(NULL, 1, 0);
    assert_closed(0, PX_CAUSE_TLS, "the other side hung up during the handshake");
}

static void nobody_there_is_no_matter_of_tls(void **state)
{
    struct px_action a = {.kind = PX_DO_CONNECT,
                          .conn = 7,
                          .transport = SW_TLS,
                          .peer = nobody(SOCK_STREAM, "127.0.0.1"),
                          .timeout_us = SW_SECONDS(3),
                          .tls_names = {SW_LIT("d.t")},
                          .tls_name_count = 1};

    (void)state;
    sw_tls_pipe_connect(w.pipe, &a, &w.conf.listeners[TLS_LISTENER].endpoint.addr, w.now_us);
    go_on(NULL, 1, 0);
    assert_closed(0, PX_CAUSE_REFUSED, "");
    assert_int_equal(sw_tls_pipe_counters(w.pipe)->connect_failed, 0);
}

static void x4_a_renewed_certificate_is_for_who_comes_next(void **state)
{
    struct peer old = caller(TLS_LISTENER, context("DNS:a.t", &ca));

    (void)state;
    go_on(&old, 1, 0);
    assert_slice_equal(ad_tls_cert(old.tls)->names[0].text, "proxy.t");
    ad_tls_free(sw_tls_pipe_use(w.pipe, context("DNS:renewed.t", &ca)));
    say(&old, SW_LIT("still here"));
    go_on(&old, 1, 10);
    struct peer new = caller(TLS_LISTENER, context("DNS:a.t", &ca));
    go_on(&new, 2, 10);
    assert_slice_equal(ad_tls_cert(new.tls)->names[0].text, "renewed.t");
    leave(&old);
    leave(&new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(the_core_hears_of_a_caller_when_the_handshake_is_over),
        T(what_is_sent_in_a_turn_shares_records),
        T(more_than_can_gather_are_served_too),
        T(what_does_not_fit_into_a_record_goes_into_several),
        T(an_end_without_close_notify_is_a_reset),
        T(the_core_closes_with_close_notify),
        T(who_does_not_finish_the_handshake_is_left_without_a_word),
        T(the_oldest_of_too_many_handshakes_gives_way),
        T(clear_text_passes_through),
        T(clear_text_to_a_tls_listener_is_refused),
        T(x4_what_we_open_is_connected_when_its_names_were_found_right),
        T(x4_a_wrong_name_is_a_failure_that_says_so),
        T(x4_nobody_is_believed_without_an_authority),
        T(connecting_and_handshake_share_their_time),
        T(a_server_that_hangs_up_in_the_handshake_has_failed),
        T(nobody_there_is_no_matter_of_tls),
        T(x4_a_renewed_certificate_is_for_who_comes_next),
#undef T
    };
    return cmocka_run_group_tests(tests, make_authority, forget_authority);
}

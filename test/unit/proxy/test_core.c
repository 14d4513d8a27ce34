/* SPDX-License-Identifier: BSD-2-Clause */
/* The promises of port.h that scenes do not show: limits, ids that are dead, memory that is denied,
 * configurations that go. */
#include "rig.h"

#include "proxy/affinity.h"
#include "proxy/state.h"

static void bytes_come(struct rig *r, uint64_t conn, const char *text)
{
    rig_step(r, &(struct px_event){.kind = PX_EV_BYTES, .conn = conn, .bytes = sw_slice_str(text)});
}

static void a_core_can_be_denied_any_of_its_memory(void **state)
{
    (void)state;
    static struct rig r;
    for (size_t n = 0;; n++) {
        rig_conf(&r);
        r.heap.fail_at = n;
        int rc = rig_try_begin(&r);
        assert_true(rc == 0 || rc == SW_E_NOMEM);
        if (rc == 0)
            rig_end(&r);
        assert_int_equal(r.heap.live_count, 0);
        if (!r.heap.has_failed)
            break;
    }
}

static void events_that_name_nothing_are_ignored(void **state)
{
    (void)state;
    static struct rig r;
    rig_conf(&r);
    rig_begin(&r);
    const struct sw_answer answer = {.outcome = SW_OUTCOME_NXDOMAIN};
    const struct px_event events[] = {
        {.kind = PX_EV_CONNECTED, .conn = 77},
        {.kind = PX_EV_BYTES, .conn = 77, .bytes = SW_LIT("INVITE")},
        {.kind = PX_EV_CLOSED, .conn = PX_CONN_ACCEPTED | 5},
        {.kind = PX_EV_ANSWER, .ask = 99, .answer = &answer},
        {.kind = PX_EV_ACCEPTED, .conn = PX_CONN_ACCEPTED | 1, .listener = 40},
        {.kind = PX_EV_DATAGRAM, .listener = 40, .bytes = SW_LIT("INVITE")},
        {.kind = PX_EV_UNREACHABLE, .bytes = SW_LIT("")},
        {.kind = PX_EV_UNREACHABLE, .bytes = SW_LIT("INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP")},
        {.kind = PX_EV_WAKE},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(events); i++) {
        rig_step(&r, &events[i]);
        assert_int_equal(r.out.count, 0);
    }
    assert_true(px_core_wake_us(r.core) == SW_NEVER);
    assert_true(px_core_is_idle(r.core));
    rig_end(&r);
}

/* One event never causes more than PX_STEP_ACTIONS_MAX actions; the rest comes with the next
 * wakes. */
static void a_connection_that_dies_under_many_calls_is_worked_off_in_pieces(void **state)
{
    (void)state;
    enum { CALLS = 200 };
    static struct rig r;
    char branch[32];
    rig_conf(&r);
    rig_begin(&r);
    uint64_t conn = 0;
    for (unsigned i = 0; i < CALLS; i++) {
        snprintf(branch, sizeof branch, "z9hG4bK%u", i);
        rig_send(&r, "INVITE", "sip:b@192.0.2.1;transport=tcp", branch);
        const struct px_action *connect = rig_action(&r, PX_DO_CONNECT, 0);
        if (connect != NULL)
            conn = connect->conn;
        assert_int_equal(connect != NULL, i == 0); /* all wait for one connection */
    }
    size_t answer_count = 0, wake_count = 0;
    r.out.cap = PX_STEP_ACTIONS_MAX;
    rig_step(&r, &(struct px_event){.kind = PX_EV_CLOSED, .conn = conn, .cause = PX_CAUSE_REFUSED});
    for (; wake_count < 2 * CALLS; wake_count++) {
        assert_true(r.out.count <= PX_STEP_ACTIONS_MAX);
        for (unsigned i = 0; rig_action(&r, PX_DO_DATAGRAM, i) != NULL; i++)
            answer_count += rig_has(rig_action(&r, PX_DO_DATAGRAM, i)->bytes, "SIP/2.0 500");
        if (px_core_wake_us(r.core) > r.now_us)
            break;
        rig_wake(&r);
    }
    assert_int_equal(answer_count, CALLS);
    assert_true(wake_count >= CALLS / PX_STEP_ACTIONS_MAX);
    rig_end(&r);
}

static void a_burst_in_one_read_is_worked_off_in_pieces(void **state)
{
    (void)state;
    enum { REQUESTS = 100 };
    static struct rig r;
    static char text[REQUESTS * 400], room[400];
    size_t len = 0, sent_count = 0;
    rig_conf(&r);
    rig_begin(&r);
    r.out.cap = PX_STEP_ACTIONS_MAX;
    for (unsigned i = 0; i < REQUESTS; i++) {
        char branch[32];
        snprintf(branch, sizeof branch, "z9hG4bKb%u", i);
        rig_request(room, sizeof room, "OPTIONS", "sip:b@192.0.2.1", branch, "");
        len += (size_t)snprintf(text + len, sizeof text - len, "%s", room);
    }
    uint64_t conn = PX_CONN_ACCEPTED | 1;
    rig_step(&r, &(struct px_event){
                     .kind = PX_EV_ACCEPTED, .conn = conn, .listener = 1, .peer = rig_at(100, 9)});
    rig_step(&r,
             &(struct px_event){.kind = PX_EV_BYTES, .conn = conn, .bytes = sw_slice(text, len)});
    for (unsigned i = 0; i < 10 * REQUESTS; i++) {
        sent_count += rig_count(&r, PX_DO_DATAGRAM);
        if (px_core_wake_us(r.core) > r.now_us)
            break;
        rig_wake(&r);
    }
    assert_int_equal(sent_count, REQUESTS);
    rig_end(&r);
}

/* X2: the answer to each ping is an action too. */
static void x2_pings_without_end_are_bounded(void **state)
{
    (void)state;
    static struct rig r;
    static char text[4000];
    size_t pong_count = 0;
    rig_conf(&r);
    rig_begin(&r);
    r.out.cap = PX_STEP_ACTIONS_MAX;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? '\r' : '\n';
    uint64_t conn = PX_CONN_ACCEPTED | 1;
    rig_step(&r, &(struct px_event){
                     .kind = PX_EV_ACCEPTED, .conn = conn, .listener = 1, .peer = rig_at(100, 9)});
    rig_step(&r, &(struct px_event){
                     .kind = PX_EV_BYTES, .conn = conn, .bytes = sw_slice(text, sizeof text)});
    for (unsigned i = 0; i < 2000; i++) {
        pong_count += rig_count(&r, PX_DO_BYTES);
        if (px_core_wake_us(r.core) > r.now_us)
            break;
        rig_wake(&r);
    }
    assert_int_equal(pong_count, sizeof text / 4);
    rig_end(&r);
}

static void m4_a_stream_that_is_not_read_fast_enough_is_closed(void **state)
{
    (void)state;
    static struct rig r;
    static char text[65536];
    rig_conf(&r);
    r.conf.limits.message_len = 8192;
    rig_begin(&r);
    uint64_t conn = PX_CONN_ACCEPTED | 1;
    rig_step(&r, &(struct px_event){
                     .kind = PX_EV_ACCEPTED, .conn = conn, .listener = 1, .peer = rig_at(100, 9)});
    memset(text, 'A', sizeof text);
    rig_step(&r, &(struct px_event){
                     .kind = PX_EV_BYTES, .conn = conn, .bytes = sw_slice(text, sizeof text)});
    assert_non_null(rig_action(&r, PX_DO_CLOSE, 0));
    assert_int_equal(px_core_counters(r.core)->drop_limit, 1);
    rig_end(&r);
}

static void m4_connections_are_bounded(void **state)
{
    (void)state;
    static struct rig r;
    rig_conf(&r);
    r.conf.connections_max = 2;
    rig_begin(&r);
    for (uint64_t i = 1; i <= 3; i++)
        rig_step(&r, &(struct px_event){.kind = PX_EV_ACCEPTED,
                                        .conn = PX_CONN_ACCEPTED | i,
                                        .listener = 1,
                                        .peer = rig_at(100, (uint16_t)i)});
    /* the one idle for the longest makes room */
    const struct px_action *close = rig_action(&r, PX_DO_CLOSE, 0);
    assert_non_null(close);
    assert_true(close->conn == (PX_CONN_ACCEPTED | 1));
    assert_int_equal(px_core_counters(r.core)->connections_open, 2);
    rig_end(&r);
}

/* RFC 3261 16.3 step 4, 16.6 step 8; RFC 5393: what comes back as it left is a loop, whatever
 * others put on top of it; when something has changed that decides where it goes, it is a spiral.
 */
static void c1_what_comes_back_as_it_was_is_a_loop(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to; /* replaced in what we sent */
        bool is_loop;
    } rows[] = {
        {"", "", true},
        {"Max-Forwards: 69", "Max-Forwards: 42", true},
        {"Via: ", "Via: SIP/2.0/UDP other.t;branch=z9hG4bKo\r\nVia: ", true},
        {"Subject: x", "Subject: y", true},
        {"To: <sip:b@c.t>", "To: <sip:other@c.t>", true},
        {"INVITE sip:b@192.0.2.1 ", "INVITE sip:b@192.0.2.2 ", false},
        {"INVITE sip:b@192.0.2.1 ", "INVITE sip:c@192.0.2.1 ", false},
        {"To: <sip:b@c.t>", "To: <sip:b@c.t>;tag=t", false},
        {";tag=f", ";tag=g", false},
        {"Call-ID: ", "Call-ID: other-", false},
        {"CSeq: 1 ", "CSeq: 2 ", false},
        {"Subject: x", "Route: <sip:192.0.2.3;lr>", false},
        {"Subject: x", "Proxy-Authorization: Digest x=y", false},
        {"Via: SIP/2.0/UDP 192.0.2.10:", "Via: SIP/2.0/UDP 192.0.2.11:", false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        char room[1024], back[1400];
        rig_conf(&r);
        rig_begin(&r);
        rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", "z9hG4bKa", "Subject: x\r\n");
        rig_datagram(&r, 100, room);
        rig_changed(rig_action(&r, PX_DO_DATAGRAM, 1 /* behind the 100 */), rows[i].from,
                    rows[i].to, back, sizeof back);
        rig_datagram(&r, 1, back);
        const struct px_action *first = rig_action(&r, PX_DO_DATAGRAM, 0);
        assert_non_null(first);
        if (rig_has(first->bytes, "SIP/2.0 482 ") != rows[i].is_loop)
            fail_msg("row %zu", i);
        rig_end(&r);
    }
}

/* Transactions that only their methods tell apart share a place of the table, which is no
 * stranger's to fill. */
static void section_6_one_branch_begins_no_more_than_sixteen(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024], method[8];
    rig_conf(&r);
    rig_begin(&r);
    for (unsigned i = 0; i < 17; i++) {
        snprintf(method, sizeof method, "M%u", i);
        rig_datagram(&r, 100,
                     rig_request(room, sizeof room, method, "sip:b@192.0.2.1", "z9hG4bKa", ""));
        assert_int_equal(px_core_counters(r.core)->transactions_open, i < 16 ? i + 1 : 16);
    }
    const struct px_action *first = rig_action(&r, PX_DO_DATAGRAM, 0);
    assert_non_null(first);
    assert_true(rig_has(first->bytes, "SIP/2.0 503 "));
    rig_datagram(&r, 100, rig_request(room, sizeof room, "M17", "sip:b@192.0.2.1", "z9hG4bKb", ""));
    assert_int_equal(px_core_counters(r.core)->transactions_open, 17);
    rig_end(&r);
}

/* What is wrong first in the order of 16.3 is what is answered. */
static void c1_checks_are_made_in_their_order(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *more; /* of what comes, besides that it may be a loop */
        bool is_loop;
        const char *status;
    } rows[] = {
        {"tel:1", "Max-Forwards: x\r\n", false, " 400 "},
        {"tel:1", "Max-Forwards: 0\r\n", false, " 416 "},
        {"sip:b@192.0.2.1", "Max-Forwards: 0\r\n", true, " 483 "},
        {"sip:b@192.0.2.1", "Max-Forwards: 9\r\nMax-Breadth: 0\r\n", true, " 482 "},
        {"sip:b@192.0.2.1", "Max-Forwards: 0\r\nMax-Breadth: 0\r\n", false, " 483 "},
        {"sip:b@192.0.2.1", "Max-Forwards: 0\r\nProxy-Require: x\r\n", false, " 483 "},
        {"sip:b@192.0.2.1", "Max-Breadth: 0\r\nProxy-Require: x\r\n", false, " 440 "},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        char room[1024], ours[200] = "";
        rig_conf(&r);
        rig_begin(&r);
        static const char form[] = "OPTIONS %s SIP/2.0\r\n%sVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\n"
                                   "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@c.t>\r\nCall-ID: i\r\n"
                                   "CSeq: 1 OPTIONS\r\n%s\r\n";
        snprintf(room, sizeof room, form, "sip:b@192.0.2.1", "", "");
        rig_datagram(&r, 100, room);
        const struct px_action *sent = rig_action(&r, PX_DO_DATAGRAM, 0);
        assert_non_null(sent);
        struct sw_slice via =
            sw_slice_sub(sent->bytes, sw_slice_find(sent->bytes, '\n') + 1, sent->bytes.len);
        via = sw_slice_sub(via, 0, sw_slice_find(via, '\n') + 1);
        if (rows[i].is_loop)
            snprintf(ours, sizeof ours, "%.*s", (int)via.len, via.p);
        else
            snprintf(ours, sizeof ours, "Via: SIP/2.0/UDP h;branch=z9hG4bKb\r\n");
        snprintf(room, sizeof room, form, rows[i].uri, ours, rows[i].more);
        rig_datagram(&r, 1, room);
        const struct px_action *first = rig_action(&r, PX_DO_DATAGRAM, 0);
        if (first == NULL || !rig_has(sw_slice_sub(first->bytes, 0, 12), rows[i].status))
            fail_msg("row %zu", i);
        rig_end(&r);
    }
}

/* Nothing is answered to an ACK, so what must not go on ends here. */
static void c1_an_ack_goes_round_no_further_than_another_request(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to; /* replaced in what we sent */
        bool is_dropped;
    } rows[] = {
        {"Max-Forwards: 69", "Max-Forwards: 69", true}, /* it is back as it was */
        {"ACK sip:b@192.0.2.1 ", "ACK sip:b@192.0.2.2 ", false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        char back[1400];
        rig_conf(&r);
        rig_begin(&r);
        rig_send(&r, "ACK", "sip:b@192.0.2.1", "z9hG4bKa");
        rig_changed(rig_action(&r, PX_DO_DATAGRAM, 0), rows[i].from, rows[i].to, back, sizeof back);
        rig_datagram(&r, 1, back);
        assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), !rows[i].is_dropped);
        assert_int_equal(px_core_counters(r.core)->drop_ack, rows[i].is_dropped);
        char *hops = strstr(back, "Max-Forwards: 69");
        assert_non_null(hops);
        memcpy(hops, "Max-Forwards: 00", strlen("Max-Forwards: 00"));
        rig_datagram(&r, 1, back);
        assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 0);
        assert_int_equal(px_core_counters(r.core)->drop_ack, rows[i].is_dropped + 1u);
        rig_end(&r);
    }
}

/* A CANCEL has no names for TLS to verify, and needs none: it goes where the INVITE went (F2). */
static void f2_a_cancel_takes_the_connection_of_its_invite(void **state)
{
    (void)state;
    static struct rig r;
    char answer[1024];
    rig_conf(&r);
    r.conf.listeners[1].transport = SW_TLS;
    assert_true(sw_policy_set_transports(&r.conf.policy, SW_LIT("udp,tls")));
    rig_begin(&r);
    rig_send(&r, "INVITE", "sip:b@192.0.2.1;transport=tls", "z9hG4bKa");
    const struct px_action *connect = rig_action(&r, PX_DO_CONNECT, 0);
    assert_int_equal(connect->tls_name_count, 1);
    uint64_t conn = connect->conn;
    rig_step(&r, &(struct px_event){.kind = PX_EV_CONNECTED, .conn = conn});
    rig_respond(answer, sizeof answer, rig_action(&r, PX_DO_BYTES, 0)->bytes, "180 Ringing");
    bytes_come(&r, conn, answer);
    rig_send(&r, "CANCEL", "sip:b@192.0.2.1;transport=tls", "z9hG4bKa");
    assert_null(rig_action(&r, PX_DO_CONNECT, 0));
    const struct px_action *cancel = rig_action(&r, PX_DO_BYTES, 0);
    assert_non_null(cancel);
    assert_true(cancel->conn == conn);
    assert_true(rig_has(cancel->bytes, "CANCEL sip:b@192.0.2.1;transport=tls SIP/2.0"));
    rig_end(&r);
}

/* What we lack ourselves is no failure of the server. */
static void r2_no_server_is_blamed_for_what_is_lacking_here(void **state)
{
    static const struct {
        enum px_cause cause;
        size_t penalised;
    } rows[] = {{PX_CAUSE_REFUSED, 1}, {PX_CAUSE_TIMEOUT, 1}, {PX_CAUSE_LOCAL, 0}};
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        rig_conf(&r);
        rig_begin(&r);
        rig_send(&r, "INVITE", "sip:b@192.0.2.1;transport=tcp", "z9hG4bKa");
        uint64_t conn = rig_action(&r, PX_DO_CONNECT, 0)->conn;
        rig_step(&r,
                 &(struct px_event){.kind = PX_EV_CLOSED, .conn = conn, .cause = rows[i].cause});
        rig_wake(&r);
        assert_int_equal(sw_health_penalised_count(px_core_health(r.core), r.now_us),
                         rows[i].penalised);
        rig_end(&r);
    }
}

/* One of two workers meets a server that refuses; the other one need not. */
static void r1_the_other_workers_hear_of_a_failure(void **state)
{
    (void)state;
    static struct rig r;
    const struct px_core_args args = {
        .conf = &r.conf, .alloc = &r.heap.alloc, .worker_count = 2, .exact_memory = true};
    const struct px_action *connect = NULL;
    rig_conf(&r);
    assert_int_equal(px_core_new(&r.core, &args, r.now_us), 0);
    for (unsigned n = 0; n < 20 && connect == NULL; n++) { /* until one is this worker's */
        char branch[32];
        snprintf(branch, sizeof branch, "z9hG4bK%u", n);
        rig_send(&r, "INVITE", "sip:b@192.0.2.1;transport=tcp", branch);
        connect = rig_action(&r, PX_DO_CONNECT, 0);
    }
    assert_non_null(connect);
    rig_step(&r, &(struct px_event){
                     .kind = PX_EV_CLOSED, .conn = connect->conn, .cause = PX_CAUSE_REFUSED});
    const struct px_action *told = rig_action(&r, PX_DO_HAND_OVER, 0);
    assert_non_null(told);
    assert_int_equal(told->worker, PX_ALL_WORKERS);
    assert_int_equal(told->handed->kind, PX_HANDED_HEALTH);
    assert_int_equal(told->handed->health.failures, 1);
    rig_end(&r);
}

/* A firewall forgets a connection without a word: whoever tries the server again, when its penalty
 * ends, must not try the same dead connection. */
static void x3_a_connection_that_nobody_answers_over_is_not_used_again(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024];
    uint64_t conns[2] = {0};
    rig_conf(&r);
    rig_begin(&r);
    for (unsigned i = 0; i < SW_ARRAY_LEN(conns); i++) {
        rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1;transport=tcp",
                    i == 0 ? "z9hG4bKa" : "z9hG4bKb", "");
        rig_datagram(&r, 100, room);
        const struct px_action *connect = rig_action(&r, PX_DO_CONNECT, 0);
        assert_non_null(connect);
        conns[i] = connect->conn;
        rig_step(&r, &(struct px_event){.kind = PX_EV_CONNECTED, .conn = conns[i]});
        assert_non_null(rig_action(&r, PX_DO_BYTES, 0));
        for (unsigned seconds = 0; seconds < 70; seconds++) { /* 408, and no ACK to it */
            r.now_us += SW_SECONDS(1);
            rig_wake(&r);
        }
    }
    assert_true(conns[0] != conns[1]);
    rig_end(&r);
}

/* Nobody can keep the idle ones from being found by having some calls ring. */
static void m4_an_idle_connection_is_found_behind_busy_ones(void **state)
{
    (void)state;
    enum { BUSY = 100 };
    static struct rig r;
    char room[1024], branch[32];
    rig_conf(&r);
    r.conf.connections_max = BUSY + 1;
    rig_begin(&r);
    for (uint64_t i = 1; i <= BUSY + 1; i++) {
        struct px_event accepted = {.kind = PX_EV_ACCEPTED,
                                    .conn = PX_CONN_ACCEPTED | i,
                                    .listener = 1,
                                    .peer = rig_at(100, (uint16_t)i)};
        rig_step(&r, &accepted);
        snprintf(branch, sizeof branch, "z9hG4bKc%u", (unsigned)i);
        rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", branch, "");
        struct px_event bytes = {
            .kind = PX_EV_BYTES, .conn = accepted.conn, .bytes = sw_slice_str(room)};
        if (i <= BUSY)
            rig_step(&r, &bytes);
    }
    uint64_t closed = 0;
    for (uint64_t i = BUSY + 2; closed == 0 && i < BUSY + 8; i++) {
        rig_step(&r, &(struct px_event){.kind = PX_EV_ACCEPTED,
                                        .conn = PX_CONN_ACCEPTED | i,
                                        .listener = 1,
                                        .peer = rig_at(100, (uint16_t)i)});
        const struct px_action *close = rig_action(&r, PX_DO_CLOSE, 0);
        assert_non_null(close);
        closed = close->conn == (PX_CONN_ACCEPTED | i) ? 0 : close->conn; /* 0: it was refused */
    }
    assert_true(closed == (PX_CONN_ACCEPTED | (BUSY + 1)));
    rig_end(&r);
}

/* A call from 100 to a server over TCP, whose connection opens. */
static uint64_t call_over_tcp(struct rig *r)
{
    char room[1024];
    rig_conf(r);
    rig_begin(r);
    rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1;transport=tcp", "z9hG4bKa", "");
    rig_datagram(r, 100, room);
    uint64_t conn = rig_action(r, PX_DO_CONNECT, 0)->conn;
    rig_step(r, &(struct px_event){.kind = PX_EV_CONNECTED, .conn = conn});
    return conn;
}

/* The server opens a connection of its own. */
static uint64_t hear_from_server(struct rig *r)
{
    uint64_t conn = PX_CONN_ACCEPTED | 9;
    rig_step(r, &(struct px_event){
                    .kind = PX_EV_ACCEPTED, .conn = conn, .listener = 1, .peer = rig_at(1, 999)});
    return conn;
}

/* RFC 3261 18.2.2: the server's connection broke while the phone rang, so it answers over one of
 * its own; the ACK goes to where the INVITE went (F2). */
static void f2_the_ack_of_a_refusal_finds_a_connection(void **state)
{
    (void)state;
    static struct rig r;
    char invite[1024], answer[1024];
    uint64_t conn = call_over_tcp(&r);
    struct sw_slice sent = rig_action(&r, PX_DO_BYTES, 0)->bytes;
    snprintf(invite, sizeof invite, "%.*s", (int)sent.len, sent.p);
    bytes_come(&r, conn, rig_respond(answer, sizeof answer, sw_slice_str(invite), "180 Ringing"));
    rig_step(&r, &(struct px_event){.kind = PX_EV_CLOSED, .conn = conn, .cause = PX_CAUSE_RESET});

    conn = hear_from_server(&r);
    bytes_come(&r, conn, rig_respond(answer, sizeof answer, sw_slice_str(invite), "486 Busy Here"));
    assert_true(rig_has(rig_action(&r, PX_DO_DATAGRAM, 0)->bytes, "SIP/2.0 486"));
    const struct px_action *connect = rig_action(&r, PX_DO_CONNECT, 0);
    assert_non_null(connect);
    assert_true(sw_endpoint_eq(&connect->peer, &(struct sw_endpoint){rig_at(1, 0).addr, 5060}));
    conn = connect->conn;
    rig_step(&r, &(struct px_event){.kind = PX_EV_CONNECTED, .conn = conn});
    const struct px_action *ack = rig_action(&r, PX_DO_BYTES, 0);
    assert_non_null(ack);
    assert_true(ack->conn == conn);
    assert_true(rig_has(ack->bytes, "ACK sip:b@192.0.2.1;transport=tcp SIP/2.0\r\nVia: "));
    rig_end(&r);
}

/* The old snapshot may be freed at the next turn: nothing may look at it any more. */
static void a_configuration_that_was_replaced_is_not_looked_at(void **state)
{
    (void)state;
    static struct rig r;
    rig_conf(&r);
    struct px_conf *old = malloc(sizeof *old);
    struct sw_network *denied = malloc(sizeof *denied);
    struct px_conf kept = r.conf;
    *denied = (struct sw_network){rig_at(77, 0).addr, 32};
    *old = r.conf;
    old->policy.denied = denied;
    old->policy.denied_count = 1;
    struct px_core_args args = {.conf = old, .alloc = &r.heap.alloc, .exact_memory = true};
    assert_int_equal(px_core_new(&r.core, &args, r.now_us), 0);
    rig_send(&r, "INVITE", "sip:b@d.t", "z9hG4bKold");
    const struct px_action *ask = rig_action(&r, PX_DO_ASK, 0);
    assert_non_null(ask);
    uint64_t id = ask->ask;
    rig_step(&r, &(struct px_event){.kind = PX_EV_CONF, .conf = &kept});
    memset(denied, 0xee, sizeof *denied);
    memset(old, 0xee, sizeof *old);
    free(denied);
    free(old);
    const struct sw_answer none = {.outcome = SW_OUTCOME_NXDOMAIN, .rcode = 3};
    rig_step(&r, &(struct px_event){.kind = PX_EV_ANSWER, .ask = id, .answer = &none});
    assert_true(rig_count(&r, PX_DO_ASK) > 0); /* SRV now */
    rig_end(&r);
}

/* Another worker may still have a listener that this one has no more: nobody could answer there. */
static void what_came_to_an_empty_place_is_dropped(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024];
    rig_conf(&r);
    r.conf.listeners[0] = (struct px_listener){0};
    rig_begin(&r);
    rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", "z9hG4bKgone", "");
    const struct px_handed handed = {.kind = PX_HANDED_MESSAGE,
                                     .hop = {.transport = SW_UDP, .peer = rig_at(100, 5060)},
                                     .bytes = sw_slice_str(room)};
    rig_step(&r, &(struct px_event){.kind = PX_EV_HANDED, .handed = &handed});
    assert_int_equal(r.out.count, 0);
    assert_int_equal(px_core_counters(r.core)->transactions_opened, 0);
    rig_end(&r);
}

/* Decision 11: it may have been handed over unread. */
static void what_was_handed_over_and_cannot_be_read_is_refused(void **state)
{
    (void)state;
    static struct rig r;
    const struct px_handed handed = {
        .kind = PX_HANDED_MESSAGE,
        .hop = {.transport = SW_UDP, .peer = rig_at(100, 5060)},
        .bytes = SW_LIT("INVITE sip:b@192.0.2.1 SIP/2.0\r\n"
                        "Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKbad\r\n"
                        "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@c.t>\r\nCall-ID: c\r\n"
                        "CSeq: 1 BYE\r\n\r\n"),
    };
    rig_conf(&r);
    rig_begin(&r);
    rig_step(&r, &(struct px_event){.kind = PX_EV_HANDED, .handed = &handed});
    assert_true(rig_has(rig_action(&r, PX_DO_DATAGRAM, 0)->bytes, "SIP/2.0 400 Bad CSeq"));
    assert_int_equal(px_core_counters(r.core)->requests_received, 1);
    rig_end(&r);
}

/* C6, X2: a server may leave Content-Length out over UDP; the caller's stream needs it. */
static void c6_content_length_is_added_to_a_response_for_a_stream(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024], answer[1024];
    rig_conf(&r);
    rig_begin(&r);
    uint64_t conn = PX_CONN_ACCEPTED | 1;
    rig_step(&r,
             &(struct px_event){
                 .kind = PX_EV_ACCEPTED, .conn = conn, .listener = 1, .peer = rig_at(100, 7777)});
    rig_request(room, sizeof room, "OPTIONS", "sip:b@192.0.2.1", "z9hG4bKcl", "Max-Breadth: 9\r\n");
    rig_step(&r,
             &(struct px_event){.kind = PX_EV_BYTES, .conn = conn, .bytes = sw_slice_str(room)});
    const struct px_action *sent = rig_action(&r, PX_DO_DATAGRAM, 0);
    assert_non_null(sent);
    struct sw_slice rest = sent->bytes;
    size_t line_len = sw_slice_find(rest, '\r');
    rest = sw_slice_sub(rest, line_len, rest.len - strlen("Content-Length: 0\r\n\r\n"));
    snprintf(answer, sizeof answer, "SIP/2.0 200 OK%.*s\r\nhello", (int)rest.len, rest.p);
    rig_datagram(&r, 1, answer);
    const struct px_action *up = rig_action(&r, PX_DO_BYTES, 0);
    assert_non_null(up);
    assert_true(up->conn == conn);
    assert_true(rig_has(up->bytes, "Content-Length: 5\r\n\r\nhello"));
    assert_false(rig_has(up->bytes, "192.0.2.10:"));
    rig_end(&r);
}

/* What h1 answers to the request that was sent to it over UDP, with `via` in place of its Vias. */
static void answer_with(struct rig *r, const char *via, const char *cseq)
{
    char text[1024];
    snprintf(text, sizeof text,
             "SIP/2.0 200 OK\r\n%sFrom: <sip:a@b.t>;tag=f\r\nTo: <sip:b@c.t>;tag=t\r\n"
             "Call-ID: x\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
             via, cseq);
    rig_datagram(r, 1, text);
}

/* The Via that the request left with, as a line. */
static void begin_and_get_via(struct rig *r, char *via, size_t cap)
{
    char room[1024];
    rig_conf(r);
    rig_begin(r);
    rig_datagram(r, 100,
                 rig_request(room, sizeof room, "OPTIONS", "sip:b@192.0.2.1", "z9hG4bKmatch", ""));
    const struct px_action *sent = rig_action(r, PX_DO_DATAGRAM, 0);
    assert_non_null(sent);
    struct sw_slice rest = sent->bytes;
    rest = sw_slice_sub(rest, sw_slice_find(rest, '\n') + 1, rest.len);
    rest = sw_slice_sub(rest, 0, sw_slice_find(rest, '\n') + 1);
    snprintf(via, cap, "%.*s", (int)rest.len, rest.p);
}

static void c6_a_response_is_matched_by_branch_and_method(void **state)
{
    (void)state;
    static struct rig r;
    char via[256], vias[512];
    begin_and_get_via(&r, via, sizeof via);
    snprintf(vias, sizeof vias, "%sVia: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKmatch\r\n", via);
    answer_with(&r, vias, "1 INVITE");
    answer_with(&r, vias, "1 CANCEL");
    assert_null(rig_action(&r, PX_DO_DATAGRAM, 0));
    vias[strlen(via) - strlen("0\r\n")] ^= 1; /* of its branch, a digit */
    answer_with(&r, vias, "1 OPTIONS");
    assert_null(rig_action(&r, PX_DO_DATAGRAM, 0));
    assert_int_equal(px_core_counters(r.core)->drop_response_stray, 3);
    vias[strlen(via) - strlen("0\r\n")] ^= 1;
    answer_with(&r, vias, "1 OPTIONS");
    assert_non_null(rig_action(&r, PX_DO_DATAGRAM, 0));
    rig_end(&r);
}

static void c6_a_response_with_our_via_alone_stays_here(void **state)
{
    (void)state;
    static struct rig r;
    char via[256];
    begin_and_get_via(&r, via, sizeof via);
    answer_with(&r, via, "1 OPTIONS");
    assert_null(rig_action(&r, PX_DO_DATAGRAM, 0));
    rig_end(&r);
}

/* Ours and the next one in one field are as good as in two. */
static void m5_our_via_is_taken_out_of_a_field_that_has_more(void **state)
{
    (void)state;
    static const struct {
        const char *between, *after, *left; /* of the two, of what goes up */
    } rows[] = {
        {"\r\nVia: ", "\r\n", "OK\r\nVia: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKmatch\r\n"},
        {", ", "\r\n", "OK\r\nVia: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKmatch\r\n"},
        {",", "\r\n", "OK\r\nVia: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKmatch\r\n"},
        {"\r\n ,", ", SIP/2.0/UDP h\r\n",
         "OK\r\nVia: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKmatch, SIP/2.0/UDP h\r\n"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        char via[256], vias[512];
        begin_and_get_via(&r, via, sizeof via);
        snprintf(vias, sizeof vias, "%.*s%sSIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKmatch%s",
                 (int)(strlen(via) - strlen("\r\n")), via, rows[i].between, rows[i].after);
        answer_with(&r, vias, "1 OPTIONS");
        const struct px_action *up = rig_action(&r, PX_DO_DATAGRAM, 0);
        if (up == NULL || !rig_has(up->bytes, rows[i].left))
            fail_msg("row %zu: %.*s", i, up == NULL ? 0 : (int)up->bytes.len,
                     up == NULL ? "" : up->bytes.p);
        rig_end(&r);
    }
}

/* M1, C4: over UDP a length is nothing that must be added. */
static void m1_no_content_length_is_added_for_a_datagram(void **state)
{
    (void)state;
    static struct rig r;
    char via[256], text[1024];
    begin_and_get_via(&r, via, sizeof via);
    snprintf(text, sizeof text,
             "SIP/2.0 200 OK\r\n%sVia: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKmatch\r\n"
             "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@c.t>;tag=t\r\nCall-ID: x\r\n"
             "CSeq: 1 OPTIONS\r\n\r\nhello",
             via);
    rig_datagram(&r, 1, text);
    const struct px_action *up = rig_action(&r, PX_DO_DATAGRAM, 0);
    assert_non_null(up);
    assert_true(rig_has(up->bytes, "CSeq: 1 OPTIONS\r\n\r\nhello"));
    rig_end(&r);
}

/* The branch of the request that a fresh core sends on. */
static void branch_of(uint8_t seed_byte, uint16_t worker, char out[64])
{
    static struct rig r;
    rig_conf(&r);
    struct px_core_args args = {.conf = &r.conf, .alloc = &r.heap.alloc, .worker = worker};
    memset(args.seed, seed_byte, sizeof args.seed);
    assert_int_equal(px_core_new(&r.core, &args, r.now_us), 0);
    rig_send(&r, "OPTIONS", "sip:b@192.0.2.1", "z9hG4bKs");
    const struct px_action *sent = rig_action(&r, PX_DO_DATAGRAM, 0);
    assert_non_null(sent);
    for (size_t i = 0; i + 60 < sent->bytes.len; i++)
        if (memcmp(sent->bytes.p + i, ";branch=", 8) == 0) {
            snprintf(out, 64, "%.43s", sent->bytes.p + i + 8);
            break;
        }
    rig_end(&r);
}

/* C4: nobody can guess one from another's, and no two workers make the same. */
static void c4_branches_come_from_the_seed_and_name_the_worker(void **state)
{
    (void)state;
    char a[64] = "", again[64] = "", b[64] = "", c[64] = "";
    branch_of(1, 2, a);
    branch_of(1, 2, again);
    branch_of(9, 2, b);
    branch_of(1, 3, c);
    assert_string_equal(a, again);
    assert_memory_equal(a, "z9hG4bK0002", 11);
    assert_memory_equal(c, "z9hG4bK0003", 11);
    assert_memory_not_equal(a + 11, b + 11, 16); /* chance */
    assert_memory_not_equal(a + 27, b + 27, 16); /* loop hash */
    assert_memory_not_equal(a + 11, c + 11, 16);
    assert_memory_equal(a + 27, c + 27, 16); /* one worker knows the other's loops */
}

/* Of too many challenges the oldest is forgotten first. */
static void r8_challenges_are_bounded(void **state)
{
    (void)state;
    static struct rig r;
    const struct px_hop from = {.transport = SW_UDP, .peer = rig_at(1, 5060)};
    rig_conf(&r);
    rig_begin(&r);
    for (uint64_t call = 1; call <= PX_AFFINITIES_MAX + 1; call++)
        px_affinity_note(r.core, call, &from);
    assert_int_equal(r.core->affinities.count, PX_AFFINITIES_MAX);
    assert_null(px_affinity_find(r.core, 1));
    assert_non_null(px_affinity_find(r.core, 2));
    assert_non_null(px_affinity_find(r.core, PX_AFFINITIES_MAX + 1));
    rig_end(&r);
}

/* limits.trusted-too. */
static void section_5_trusted_ones_are_counted_where_that_is_wanted(void **state)
{
    static const struct {
        bool limits_trusted;
        uint64_t refused;
    } rows[] = {{false, 0}, {true, 1}};
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        rig_conf(&r);
        r.conf.source_rate = (struct px_quota_rate){.per_s = 1, .burst = 1};
        r.conf.limits_trusted = rows[i].limits_trusted;
        rig_begin(&r);
        rig_send(&r, "OPTIONS", "sip:192.0.2.10", "z9hG4bKa");
        rig_send(&r, "OPTIONS", "sip:192.0.2.10", "z9hG4bKb");
        assert_int_equal(px_core_counters(r.core)->refused_rate, rows[i].refused);
        rig_end(&r);
    }
}

static void section_6_memory_comes_back(void **state)
{
    (void)state;
    static struct rig r;
    char branch[32];
    size_t most = 0;
    rig_conf(&r);
    rig_begin(&r);
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(branch, sizeof branch, "z9hG4bKr%u", i);
        rig_send(&r, "OPTIONS", "sip:b@192.0.2.1", branch);
        r.now_us += SW_SECONDS(1);
        rig_wake(&r);
        if (i == 200)
            most = r.heap.live_count;
    }
    /* Each ends 64*T1 after it began, so not more are there than after the first minutes. */
    assert_true(r.heap.live_count <= most + 50);
    rig_end(&r);
}

static void section_6_memory_of_a_ringing_call_is_bounded(void **state)
{
    (void)state;
    enum { CALLS = 500, OCTETS_MAX = 6 * 1024 };
    static struct rig r;
    char room[2048], more[800];
    rig_conf(&r);
    rig_begin(&r);
    memset(more, 'x', sizeof more);
    memcpy(more, "X-Padding: ", 11);
    memcpy(more + 500, "\r\n", 3);
    size_t before = r.core->mem.used_len;
    for (unsigned i = 0; i < CALLS; i++) {
        char branch[32];
        snprintf(branch, sizeof branch, "z9hG4bKm%u", i);
        rig_datagram(&r, 100,
                     rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", branch, more));
        const struct px_action *sent = rig_action(&r, PX_DO_DATAGRAM, 1);
        assert_non_null(sent);
        char ringing[2048];
        size_t line_len = sw_slice_find(sent->bytes, '\r');
        snprintf(ringing, sizeof ringing, "SIP/2.0 180 Ringing%.*s",
                 (int)(sent->bytes.len - line_len), sent->bytes.p + line_len);
        rig_datagram(&r, 1, ringing);
        assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 1);
    }
    px_core_turn(r.core);
    size_t each = (r.core->mem.used_len - before) / CALLS;
    print_message("%zu octets a ringing call of %zu octets\n", each, strlen(room));
    assert_true(each <= OCTETS_MAX);
    rig_end(&r);
}

/* Strangers choose how long a request is; together they must not choose our memory. */
static void section_6_long_requests_are_bounded_together(void **state)
{
    (void)state;
    enum { LONG = 50000, TRANSACTIONS = 1000 };
    static struct rig r;
    static char room[LONG + 1000], more[LONG + 1];
    unsigned accepted = 0;
    rig_conf(&r);
    r.conf.transactions_max = TRANSACTIONS;
    rig_begin(&r);
    memset(more, 'x', sizeof more);
    for (size_t i = 0; i + 5000 <= LONG; i += 5000) {
        memcpy(more + i, "X: ", 3);
        memcpy(more + i + 4998, "\r\n", 2);
    }
    more[LONG] = '\0';
    for (unsigned i = 0; i < TRANSACTIONS; i++) {
        char branch[32];
        snprintf(branch, sizeof branch, "z9hG4bKm%u", i);
        rig_datagram(&r, 100,
                     rig_request(room, sizeof room, "OPTIONS", "sip:b@192.0.2.1", branch, more));
        const struct px_action *answer = rig_action(&r, PX_DO_DATAGRAM, 0);
        accepted += answer == NULL || !rig_has(answer->bytes, "SIP/2.0 503");
    }
    assert_in_range(accepted, 20, 150);
    assert_true(r.core->mem.used_len < (size_t)20 * 1024 * 1024);
    rig_end(&r);
}

/* 17.1.1.2: each copy of a refusal is ACKed, also when its server has sent a 2xx since. */
static void c6_a_refusal_is_acked_again_after_a_2xx(void **state)
{
    (void)state;
    static struct rig r;
    char invite[1024], answer[1024];
    static const char *const answers[] = {"486 Busy Here", "200 OK", "486 Busy Here"};
    rig_conf(&r);
    rig_begin(&r);
    rig_send(&r, "INVITE", "sip:b@192.0.2.1", "z9hG4bKa");
    struct sw_slice sent = rig_action(&r, PX_DO_DATAGRAM, 1)->bytes; /* after our 100 */
    snprintf(invite, sizeof invite, "%.*s", (int)sent.len, sent.p);
    for (size_t i = 0; i < SW_ARRAY_LEN(answers); i++) {
        rig_datagram(&r, 1, rig_respond(answer, sizeof answer, sw_slice_str(invite), answers[i]));
        const struct px_action *first = rig_action(&r, PX_DO_DATAGRAM, 0);
        assert_non_null(first);
        assert_true(rig_has(first->bytes, i == 1 ? "SIP/2.0 200" : "ACK sip:b@192.0.2.1"));
    }
    rig_end(&r);
}

/* The server that lost the connection has answered over one of its own meanwhile. */
static void f2_nothing_goes_over_a_new_connection_after_the_answer(void **state)
{
    (void)state;
    static struct rig r;
    char invite[1024], answer[1024];
    uint64_t conn = call_over_tcp(&r);
    rig_send(&r, "INVITE", "sip:b@192.0.2.1;transport=tcp", "z9hG4bKb");
    struct sw_slice sent = rig_action(&r, PX_DO_BYTES, 0)->bytes;
    snprintf(invite, sizeof invite, "%.*s", (int)sent.len, sent.p);
    rig_step(&r, &(struct px_event){.kind = PX_EV_CLOSED, .conn = conn, .cause = PX_CAUSE_RESET});
    conn = rig_action(&r, PX_DO_CONNECT, 0)->conn;
    uint64_t theirs = hear_from_server(&r);
    bytes_come(&r, theirs, rig_respond(answer, sizeof answer, sw_slice_str(invite), "200 OK"));
    assert_true(rig_has(rig_action(&r, PX_DO_DATAGRAM, 0)->bytes, "SIP/2.0 200"));
    rig_step(&r, &(struct px_event){.kind = PX_EV_CONNECTED, .conn = conn});
    assert_null(rig_action(&r, PX_DO_BYTES, 0));
    rig_end(&r);
}

/* Decision 15: another worker missed that a connection of ours has ended. */
static void x3_an_ack_over_a_connection_that_is_gone_says_so(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024];
    rig_conf(&r);
    rig_begin(&r);
    rig_request(room, sizeof room, "ACK", "sip:b@192.0.2.1;transport=tcp", "z9hG4bKack", "");
    const struct px_handed handed = {.kind = PX_HANDED_REQUEST,
                                     .from = 3,
                                     .hop = {.conn = PX_CONN_ACCEPTED | PX_CONN_WORKER(7) | 1},
                                     .bytes = sw_slice_str(room)};
    rig_step(&r, &(struct px_event){.kind = PX_EV_HANDED, .handed = &handed});
    const struct px_action *told = rig_action(&r, PX_DO_HAND_OVER, 0);
    assert_non_null(told);
    assert_int_equal(told->worker, 3);
    assert_int_equal(told->handed->kind, PX_HANDED_FLOW_END);
    assert_true(told->handed->hop.conn == handed.hop.conn);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_core_can_be_denied_any_of_its_memory),
        cmocka_unit_test(events_that_name_nothing_are_ignored),
        cmocka_unit_test(a_connection_that_dies_under_many_calls_is_worked_off_in_pieces),
        cmocka_unit_test(a_burst_in_one_read_is_worked_off_in_pieces),
        cmocka_unit_test(x2_pings_without_end_are_bounded),
        cmocka_unit_test(m4_a_stream_that_is_not_read_fast_enough_is_closed),
        cmocka_unit_test(m4_connections_are_bounded),
        cmocka_unit_test(f2_the_ack_of_a_refusal_finds_a_connection),
        cmocka_unit_test(f2_nothing_goes_over_a_new_connection_after_the_answer),
        cmocka_unit_test(c6_a_refusal_is_acked_again_after_a_2xx),
        cmocka_unit_test(c1_what_comes_back_as_it_was_is_a_loop),
        cmocka_unit_test(section_6_one_branch_begins_no_more_than_sixteen),
        cmocka_unit_test(c1_checks_are_made_in_their_order),
        cmocka_unit_test(c1_an_ack_goes_round_no_further_than_another_request),
        cmocka_unit_test(f2_a_cancel_takes_the_connection_of_its_invite),
        cmocka_unit_test(r2_no_server_is_blamed_for_what_is_lacking_here),
        cmocka_unit_test(r1_the_other_workers_hear_of_a_failure),
        cmocka_unit_test(x3_a_connection_that_nobody_answers_over_is_not_used_again),
        cmocka_unit_test(m4_an_idle_connection_is_found_behind_busy_ones),
        cmocka_unit_test(a_configuration_that_was_replaced_is_not_looked_at),
        cmocka_unit_test(c6_content_length_is_added_to_a_response_for_a_stream),
        cmocka_unit_test(c6_a_response_is_matched_by_branch_and_method),
        cmocka_unit_test(c6_a_response_with_our_via_alone_stays_here),
        cmocka_unit_test(m5_our_via_is_taken_out_of_a_field_that_has_more),
        cmocka_unit_test(m1_no_content_length_is_added_for_a_datagram),
        cmocka_unit_test(c4_branches_come_from_the_seed_and_name_the_worker),
        cmocka_unit_test(r8_challenges_are_bounded),
        cmocka_unit_test(section_5_trusted_ones_are_counted_where_that_is_wanted),
        cmocka_unit_test(section_6_memory_comes_back),
        cmocka_unit_test(section_6_memory_of_a_ringing_call_is_bounded),
        cmocka_unit_test(what_came_to_an_empty_place_is_dropped),
        cmocka_unit_test(what_was_handed_over_and_cannot_be_read_is_refused),
        cmocka_unit_test(x3_an_ack_over_a_connection_that_is_gone_says_so),
        cmocka_unit_test(section_6_long_requests_are_bounded_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

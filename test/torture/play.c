/* SPDX-License-Identifier: BSD-2-Clause */
#include "torture/play.h"

#include "base/attr.h"
#include "base/bug.h"
#include "proxy/conf.h"
#include "proxy/port.h"
#include "support/test_alloc.h"
#include "torture/same.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ACTIONS_MAX = 1024,
    HEARD_MAX = 32, /* messages that left */
    TEXT_MAX = 70000,
    WAKES_MAX = 10000,
    CALLER = 100, /* 192.0.2.x */
    SERVER = 200,
    OURS = 10
};

#define OUR_VIA_4 "192.0.2.10:5060"
#define OUR_VIA_6 "[2001:db8::a]:5060"
#define CALLER_CONN (PX_CONN_ACCEPTED | 1)

struct heard {
    char *text;
    size_t len;
    bool is_for_caller;
};

struct bench {
    struct px_conf conf;
    struct sw_network everybody[2];
    struct test_alloc heap;
    struct px_core *core;
    uint64_t now_us;
    struct px_action actions[ACTIONS_MAX];
    struct px_out out;
    struct heard heard[HEARD_MAX];
    size_t heard_count;
    uint64_t server_conn;
    bool has_caller_conn;
    const struct tt_way *way;
    struct tt_seen *seen;
};

static struct sw_endpoint place(unsigned last)
{
    return (struct sw_endpoint){
        .addr = {.family = 4, .bytes = {192, 0, 2, (uint8_t)last}},
        .port = 5060,
    };
}

static void complain(struct bench *b, const char *what)
{
    if (b->seen->complaint == NULL)
        b->seen->complaint = what;
}

/* ------------------------------------------------------------------------------ actions */

static void hear(struct bench *b, struct sw_slice bytes, bool is_for_caller)
{
    if (b->heard_count == HEARD_MAX) {
        complain(b, "too many messages leave");
        return;
    }
    struct heard *h = &b->heard[b->heard_count++];
    *h = (struct heard){.text = malloc(bytes.len + 1), .len = bytes.len};
    SW_BUG_ON(h->text == NULL);
    memcpy(h->text, bytes.p, bytes.len);
    h->is_for_caller = is_for_caller;
}

static void step_more(struct bench *b, const struct px_event *ev)
{
    SW_BUG_ON(b->out.cap - b->out.count < PX_STEP_ACTIONS_MAX);
    px_core_step(b->core, ev, b->now_us, &b->out);
}

static void answer(struct bench *b, const struct px_action *a)
{
    struct sw_rr rr = {.type = SW_RR_A, .ttl_s = 60, .addr = place(SERVER).addr};
    bool is_address = a->question.type == SW_RR_A;
    struct sw_answer reply = {
        .outcome = is_address ? SW_OUTCOME_RECORDS : SW_OUTCOME_NODATA,
        .ttl_s = 60,
        .rrs = &rr,
        .rr_count = is_address,
    };
    step_more(b, &(struct px_event){.kind = PX_EV_ANSWER, .ask = a->ask, .answer = &reply});
}

static void do_action(struct bench *b, const struct px_action *a)
{
    switch (a->kind) {
    case PX_DO_DATAGRAM:
        if (a->peer.addr.bytes[0] == 255)
            complain(b, "something is sent to everybody");
        hear(b, a->bytes, a->peer.addr.bytes[3] == CALLER && a->peer.addr.family == 4);
        return;
    case PX_DO_BYTES:
        hear(b, a->bytes, a->conn == CALLER_CONN);
        return;
    case PX_DO_CONNECT:
        b->server_conn = a->conn;
        step_more(b, &(struct px_event){.kind = PX_EV_CONNECTED, .conn = a->conn});
        return;
    case PX_DO_CLOSE:
        b->has_caller_conn = b->has_caller_conn && a->conn != CALLER_CONN;
        return;
    case PX_DO_ASK:
        answer(b, a);
        return;
    case PX_DO_CANCEL_ASK:
    case PX_DO_LOG:
    case PX_DO_REMEMBER:
    case PX_DO_HAND_OVER:
        return;
    }
}

static void step(struct bench *b, const struct px_event *ev)
{
    px_core_turn(b->core);
    step_more(b, ev);
    for (size_t i = 0; i < b->out.count; i++) {
        const struct px_action a = b->actions[i];
        do_action(b, &a);
    }
    b->out.count = 0;
}

/* Work that was put off; no time passes. */
static void settle(struct bench *b)
{
    for (unsigned i = 0; i < WAKES_MAX && px_core_wake_us(b->core) <= b->now_us; i++)
        step(b, &(struct px_event){.kind = PX_EV_WAKE});
}

/* ------------------------------------------------------------------------------ a bench */

static void set_up(struct bench *b, const struct tt_way *way, struct tt_seen *seen)
{
    static const struct sw_endpoint v6 = {
        .addr = {.family = 6, .bytes = {0x20, 1, 0x0d, 0xb8, [15] = 10}},
        .port = 5060,
    };
    memset(b, 0, sizeof *b);
    memset(seen, 0, sizeof *seen);
    b->way = way;
    b->seen = seen;
    px_conf_init(&b->conf);
    b->conf.listeners[0] = (struct px_listener){SW_UDP, place(OURS)};
    b->conf.listeners[1] = (struct px_listener){SW_TCP, place(OURS)};
    b->conf.listeners[2] = (struct px_listener){SW_UDP, v6};
    b->conf.listeners[3] = (struct px_listener){SW_TCP, v6};
    b->conf.listener_count = 4;
    b->everybody[0] = (struct sw_network){{.family = 4}, 0};
    b->everybody[1] = (struct sw_network){{.family = 6}, 0};
    b->conf.trusted = b->everybody;
    b->conf.trusted_count = 2;
    bool is_ok = sw_policy_set_transports(&b->conf.policy, SW_LIT("udp,tcp"));
    SW_BUG_ON(!is_ok);
    b->now_us = SW_SECONDS(100);
    b->out = (struct px_out){.list = b->actions, .cap = ACTIONS_MAX};
    test_alloc_init(&b->heap, SIZE_MAX);
    struct px_core_args args = {.conf = &b->conf,
                                .alloc = &b->heap.alloc,
                                .worker_count = 1,
                                .exact_memory = true,
                                .seed = {7}};
    int rc = px_core_new(&b->core, &args, b->now_us);
    SW_BUG_ON(rc < 0);
}

static void tear_down(struct bench *b)
{
    px_core_free(b->core);
    if (b->heap.live_count != 0)
        complain(b, "memory is left");
    for (size_t i = 0; i < b->heard_count; i++)
        free(b->heard[i].text);
}

static void forget_heard(struct bench *b)
{
    for (size_t i = 0; i < b->heard_count; i++)
        free(b->heard[i].text);
    b->heard_count = 0;
}

/* Nobody says anything more. */
static void let_time_pass(struct bench *b)
{
    for (unsigned i = 0; i < WAKES_MAX; i++) {
        uint64_t due_us = px_core_wake_us(b->core);
        if (due_us == SW_NEVER)
            break;
        b->now_us = due_us > b->now_us ? due_us : b->now_us;
        step(b, &(struct px_event){.kind = PX_EV_WAKE});
        forget_heard(b);
    }
    const struct px_counters *c = px_core_counters(b->core);
    if (!px_core_is_idle(b->core) || c->client_transactions_open != 0 || c->connections_open != 0)
        complain(b, "it does not come to rest");
}

/* ------------------------------------------------------------------------------ octets in */

static void send_datagram(struct bench *b, unsigned from, struct sw_slice bytes)
{
    struct px_event ev = {.kind = PX_EV_DATAGRAM, .peer = place(from), .bytes = bytes};
    step(b, &ev);
    settle(b);
}

static void send_piece(struct bench *b, uint64_t conn, struct sw_slice piece)
{
    char *copy = malloc(piece.len);
    SW_BUG_ON(copy == NULL);
    memcpy(copy, piece.p, piece.len);
    step(b,
         &(struct px_event){.kind = PX_EV_BYTES, .conn = conn, .bytes = sw_slice(copy, piece.len)});
    free(copy);
    settle(b);
}

static void send_bytes(struct bench *b, uint64_t conn, struct sw_slice bytes)
{
    size_t len = b->way->first_len > 0 ? b->way->first_len : b->way->piece_len;
    while (bytes.len > 0) {
        size_t piece_len = len == 0 || len > bytes.len ? bytes.len : len;
        send_piece(b, conn, sw_slice_sub(bytes, 0, piece_len));
        bytes = sw_slice_sub(bytes, piece_len, SIZE_MAX);
        len = b->way->piece_len;
    }
}

static void send_from_caller(struct bench *b, struct sw_slice bytes)
{
    if (b->way->transport == SW_UDP) {
        send_datagram(b, CALLER, bytes);
        return;
    }
    if (!b->has_caller_conn) {
        b->has_caller_conn = true;
        step(b, &(struct px_event){.kind = PX_EV_ACCEPTED,
                                   .conn = CALLER_CONN,
                                   .listener = 1,
                                   .peer = place(CALLER)});
    }
    send_bytes(b, CALLER_CONN, bytes);
}

static void send_from_server(struct bench *b, struct sw_slice bytes)
{
    if (b->way->transport == SW_UDP)
        send_datagram(b, SERVER, bytes);
    else
        send_bytes(b, b->server_conn, bytes);
}

/* ------------------------------------------------------------------------------ what came of it */

static struct sw_slice text_of(const struct heard *h)
{
    return sw_slice(h->text, h->len);
}

static bool is_response(struct sw_slice s)
{
    return s.len > 12 && memcmp(s.p, "SIP/2.0 ", 8) == 0;
}

static bool is_trying(struct sw_slice s)
{
    return is_response(s) && memcmp(s.p + 8, "100 ", 4) == 0;
}

static void note_drop(struct bench *b)
{
    const struct px_counters *c = px_core_counters(b->core);
    const struct {
        uint64_t count;
        const char *name;
    } drops[] = {
        {c->drop_malformed, "malformed"},           {c->drop_via, "via"},
        {c->drop_response_via, "response_via"},     {c->drop_ack, "ack"},
        {c->drop_response_stray, "response_stray"}, {c->drop_limit, "limit"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(drops); i++)
        if (drops[i].count > 0)
            b->seen->dropped = drops[i].name;
}

/* The answer's fields are those of the request, as far as it has them (8.2.6.2). */
static void check_answer(struct bench *b, struct sw_slice request, struct sw_slice reply)
{
    static const enum sw_hdr_id ids[] = {SW_HDR_FROM, SW_HDR_CALL_ID, SW_HDR_CSEQ};
    static struct sw_msg in, out;
    struct sw_msg_fault fault;
    int in_rc = sw_msg_parse(&in, request, NULL, &fault);
    if (sw_msg_parse(&out, reply, NULL, &fault) < 0 && in_rc == 0)
        complain(b, "the answer to a good request cannot be read");
    for (size_t i = 0; i < SW_ARRAY_LEN(ids); i++) {
        const struct sw_hdr *a = sw_msg_first(&in, ids[i]), *c = sw_msg_first(&out, ids[i]);
        if (a != NULL && (c == NULL || !sw_slice_eq(a->value, c->value)))
            complain(b, "the answer does not say what it answers");
    }
}

static void note_answer(struct bench *b, struct sw_slice request, struct sw_slice reply)
{
    struct tt_seen *seen = b->seen;
    struct sw_slice line = sw_slice_sub(reply, 0, sw_slice_find(reply, '\r'));
    uint64_t status = 0;
    if (seen->status != 0)
        complain(b, "it is answered twice");
    if (!sw_slice_u64(sw_slice_sub(line, 8, 11), 699, &status))
        complain(b, "the answer has no status");
    seen->status = (uint16_t)status;
    struct sw_slice reason = sw_slice_sub(line, 12, 12 + sizeof seen->reason - 1);
    memcpy(seen->reason, reason.p, reason.len);
    check_answer(b, request, reply);
}

static void judge_request(struct bench *b, struct sw_slice request)
{
    size_t at = 0;
    for (size_t i = 0; i < b->heard_count; i++) {
        struct sw_slice text = text_of(&b->heard[i]);
        if (b->heard[i].is_for_caller && is_response(text)) {
            if (!is_trying(text))
                note_answer(b, request, text);
            continue;
        }
        if (b->heard[i].is_for_caller && sw_slice_eq(text, SW_LIT("\r\n"))) {
            b->seen->pong_count++;
            continue;
        }
        b->seen->forward_count++;
        while (at < request.len && memchr("\r\n", request.p[at], 2) != NULL)
            at++; /* between messages of a stream */
        struct sw_slice in = sw_slice_sub(request, at, SIZE_MAX);
        const char *differs = tt_request_differs(in, text, OUR_VIA_4);
        if (differs != NULL)
            differs = tt_request_differs(in, text, OUR_VIA_6);
        if (differs != NULL)
            complain(b, differs);
        static struct sw_msg m;
        struct sw_msg_fault fault; /* the next message of the stream begins behind this one */
        if (b->way->transport != SW_UDP && sw_msg_parse(&m, in, NULL, &fault) == 0)
            at += m.header_end + 2 + m.body.len;
    }
}

static void note_connection(struct bench *b)
{
    bool was_open = b->way->transport != SW_UDP;
    b->seen->is_closed = was_open && !b->has_caller_conn;
    let_time_pass(b);
    b->seen->is_closed_late = was_open && !b->has_caller_conn;
}

static void play_request(struct bench *b, struct sw_slice message)
{
    send_from_caller(b, message);
    judge_request(b, message);
    note_drop(b);
    note_connection(b);
}

/* ------------------------------------------------------------------------------ responses */

/* The last word of the first CSeq, however bad the message is; OPTIONS when there is none. */
static struct sw_slice method_of(struct sw_slice response)
{
    static struct sw_msg m;
    struct sw_msg_fault fault;
    int rc = sw_msg_parse(&m, response, NULL, &fault);
    (void)rc;
    const struct sw_hdr *h = sw_msg_first(&m, SW_HDR_CSEQ);
    if (h == NULL)
        return SW_LIT("OPTIONS");
    size_t at = h->value.len;
    while (at > 0 && memchr(" \t\r\n", h->value.p[at - 1], 4) == NULL)
        at--;
    return sw_slice_sub(h->value, at, SIZE_MAX);
}

/* What we forwarded last, to be answered. */
static struct sw_slice last_forwarded(const struct bench *b)
{
    for (size_t i = b->heard_count; i-- > 0;)
        if (!is_response(text_of(&b->heard[i])))
            return text_of(&b->heard[i]);
    return sw_slice(NULL, 0);
}

static void ask_first(struct bench *b, struct sw_slice method)
{
    char room[1024];
    const char *transport = b->way->transport == SW_UDP ? "udp" : "tcp";
    int len = snprintf(room, sizeof room,
                       "%.*s sip:192.0.2.200;transport=%s SIP/2.0\r\n"
                       "Via: SIP/2.0/UDP 192.0.2.100;branch=z9hG4bKq\r\nMax-Forwards: 70\r\n"
                       "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@c.t>\r\nCall-ID: q\r\n"
                       "CSeq: 1 %.*s\r\nContent-Length: 0\r\n\r\n",
                       (int)method.len, method.p, transport, (int)method.len, method.p);
    send_from_caller(b, sw_slice(room, (size_t)len));
}

/* The response with the Via of the request it answers: in a field of its own, or in front of the
 * values of the next one, where that follows (M5). */
static struct sw_slice with_our_via(struct sw_slice response, struct sw_slice request, char *room)
{
    struct sw_buf out = sw_buf(room, TEXT_MAX);
    size_t line_len = sw_slice_find(response, '\n') + 1;
    struct sw_slice via = sw_slice_sub(request, sw_slice_find(request, '\n') + 1, SIZE_MAX);
    sw_buf_slice_add(&out, sw_slice_sub(response, 0, line_len));
    struct sw_slice rest = sw_slice_sub(response, line_len, SIZE_MAX);
    bool joins = response.len % 2 == 0 && rest.len > 4 && memcmp(rest.p, "Via:", 4) == 0;
    sw_buf_slice_add(&out, sw_slice_sub(via, 0, sw_slice_find(via, '\r')));
    sw_buf_str(&out, joins ? "," : "\r\n");
    sw_buf_slice_add(&out, sw_slice_sub(rest, joins ? 4 : 0, SIZE_MAX));
    SW_BUG_ON(out.overflow);
    return sw_buf_slice(&out);
}

static void judge_response(struct bench *b, struct sw_slice sent)
{
    for (size_t i = 0; i < b->heard_count; i++) {
        struct sw_slice text = text_of(&b->heard[i]);
        if (!is_response(text) || !b->heard[i].is_for_caller)
            continue;
        b->seen->forward_count++;
        const char *differs = tt_response_differs(sent, text);
        if (differs != NULL)
            complain(b, differs);
    }
}

static void play_stray(struct bench *b, struct sw_slice message)
{
    send_from_caller(b, message);
    if (b->heard_count > 0)
        complain(b, "a response that nobody waits for goes on");
    note_drop(b);
    if (b->seen->dropped == NULL && b->has_caller_conn)
        complain(b, "a response that nobody waits for is not counted");
    let_time_pass(b);
}

static void play_answer(struct bench *b, struct sw_slice message)
{
    static char room[TEXT_MAX];
    ask_first(b, method_of(message));
    struct sw_slice request = last_forwarded(b);
    if (request.len == 0) {
        complain(b, "the request before it does not leave");
        let_time_pass(b);
        return;
    }
    struct sw_slice whole = with_our_via(message, request, room);
    forget_heard(b);
    char *copy = malloc(whole.len);
    SW_BUG_ON(copy == NULL);
    memcpy(copy, whole.p, whole.len);
    send_from_server(b, sw_slice(copy, whole.len));
    judge_response(b, sw_slice(copy, whole.len));
    free(copy);
    note_drop(b);
    let_time_pass(b);
}

/* ------------------------------------------------------------------------------ the whole */

static bool starts_as_response(struct sw_slice s)
{
    return s.len > 4 && memcmp(s.p, "SIP/", 4) == 0;
}

static void run(void (*play)(struct bench *, struct sw_slice), struct sw_slice message,
                const struct tt_way *way, struct tt_seen *out)
{
    static struct bench b;
    char *copy = malloc(message.len + 1);
    SW_BUG_ON(copy == NULL);
    if (message.len > 0)
        memcpy(copy, message.p, message.len);
    set_up(&b, way, out);
    play(&b, sw_slice(copy, message.len));
    tear_down(&b);
    free(copy);
}

void tt_play(struct sw_slice message, const struct tt_way *way, struct tt_seen *out)
{
    if (!starts_as_response(message)) {
        run(play_request, message, way, out);
        return;
    }
    run(play_stray, message, way, out);
    if (out->complaint == NULL)
        run(play_answer, message, way, out);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proxy core against everybody at once. The input is a row of short orders: a request from a
 * template or raw octets, a response to something that was sent, an answer of the DNS, a connection
 * that comes or goes, a datagram that comes back, time that passes. In a part of the runs one
 * allocation fails.
 *
 * What must hold: never more actions than there is room for; bytes of actions stay as they are
 * until the turn ends; requests that leave can be read again and have our Via on top; none for a
 * sips URI leaves in clear text (H4); no place is tried twice for one request, unless it is led on
 * to another resource there (F1, C9); a caller hears one final response, and after it at most a 2xx
 * (C6); nothing names a connection or a question that is dead; what goes back to who is only
 * reached over his connection goes over one that his call came by (X3); in the end, when time
 * passes, nothing is left.
 */
#include "base/bug.h"
#include "proxy/conf.h"
#include "proxy/domains.h"
#include "proxy/port.h"
#include "sip/hdr.h"
#include "support/test_alloc.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOWHERE "sip:a@192.0.2.7:1;transport=tcp" /* a Contact where nobody connects from */
#define BACK "branch=z9hG4bKback"

enum {
    ORDERS_MAX = 200,
    SENT_MAX = 32,  /* requests remembered, to be answered */
    CONNS_MAX = 16, /* both kinds */
    ASKS_MAX = 64,
    CALLS_MAX = 64,
    PLACES_MAX = 16,  /* tried for one call, remembered */
    WAKES_MAX = 20000 /* a core that needs more in the end does not come to rest */
};

struct sent {
    char *text;
    size_t len;
    struct sw_endpoint peer;
    uint64_t conn; /* 0: a datagram */
};

struct ask {
    uint64_t id;
    enum sw_rrtype type;
};

struct conn {
    uint64_t id;
    bool is_open;
    enum sw_transport transport;
    struct sw_endpoint peer;
    unsigned calls; /* bit n: a request of Call-ID n came over it */
};

/* A request of a template, as its caller sees it: what its branch, sent-by and method say. */
struct call {
    char key[48]; /* empty: free */
    uint64_t fed_us;
    bool has_final, was_fed_again;
    uint64_t final_hash;
    struct {
        enum sw_transport transport;
        struct sw_endpoint peer;
        uint64_t branch_hash, uri_hash;
    } places[PLACES_MAX];
    size_t place_count;
};

struct world {
    const uint8_t *at, *end;
    struct test_alloc heap;
    struct px_conf confs[2]; /* the second is what a reload brings */
    unsigned conf_at;
    struct call calls[CALLS_MAX];
    size_t next_call;
    struct sw_network trusted;
    struct px_domains domains;
    struct px_domain domain[2];
    struct px_route routes[3];
    struct px_core *core;
    struct px_action actions[PX_STEP_ACTIONS_MAX];
    struct px_out out;
    uint64_t now_us, next_accepted, last_connect, last_ask;
    struct sent sent[SENT_MAX];
    size_t sent_count;
    struct conn conns[CONNS_MAX];
    size_t conn_count;
    struct ask asks[ASKS_MAX];
    size_t ask_count;
    uint8_t turn_steps; /* that are still of this turn */
};

/* ------------------------------------------------------------------------------ the input */

static uint8_t take(struct world *w)
{
    return w->at < w->end ? *w->at++ : 0;
}

static struct sw_slice take_bytes(struct world *w, size_t len)
{
    size_t left = (size_t)(w->end - w->at);
    struct sw_slice s = sw_slice((const char *)w->at, len < left ? len : left);
    w->at += s.len;
    return s;
}

static struct sw_endpoint peer_of(uint8_t n)
{
    return (struct sw_endpoint){
        .addr = {.family = 4, .bytes = {192, 0, 2, (uint8_t)(n % 4 + 1)}},
        .port = n % 8 < 4 ? 5060 : 5080,
    };
}

/* ------------------------------------------------------------------------------ what comes out */

static uint64_t hash_of(struct sw_slice s)
{
    uint64_t hash = s.len;
    for (size_t i = 0; i < s.len; i++)
        hash = hash * 31 + (uint8_t)s.p[i];
    return hash;
}

static struct conn *find_conn(struct world *w, uint64_t id)
{
    for (size_t i = 0; i < w->conn_count; i++)
        if (w->conns[i].id == id)
            return &w->conns[i];
    return NULL;
}

static void drop_conn(struct world *w, uint64_t id)
{
    struct conn *c = find_conn(w, id);
    SW_BUG_ON(c == NULL); /* the core named one that is dead */
    *c = w->conns[--w->conn_count];
}

static void add_conn(struct world *w, const struct conn *c)
{
    SW_BUG_ON(w->conn_count == CONNS_MAX);
    w->conns[w->conn_count++] = *c;
}

/* ------------------------------------------------------------------------------ calls */

static struct call *find_call(struct world *w, const char *key)
{
    for (size_t i = 0; i < CALLS_MAX; i++)
        if (w->calls[i].key[0] != '\0' && strcmp(w->calls[i].key, key) == 0)
            return &w->calls[i];
    return NULL;
}

/* "METHOD branch sent-by" of the n-th Via from the top; false: there is none. */
static bool write_key(const struct sw_msg *m, unsigned n, char *key, size_t cap)
{
    struct sw_values values;
    struct sw_slice value;
    struct sw_via via;
    struct sw_cseq cseq;
    sw_values_init(&values, m, SW_HDR_VIA);
    for (unsigned i = 0; i <= n; i++)
        if (sw_values_next(&values, &value) <= 0)
            return false;
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_CSEQ);
    if (h == NULL || sw_cseq_parse(h->value, &cseq) < 0 || sw_via_parse(value, &via, NULL) < 0 ||
        !sw_branch_is_3261(via.branch))
        return false;
    int len =
        snprintf(key, cap, "%.*s %.*s %.*s", (int)cseq.method_text.len, cseq.method_text.p,
                 (int)via.branch.len, via.branch.p, (int)via.sent_by.text.len, via.sent_by.text.p);
    return len > 0 && (size_t)len < cap;
}

/* A caller sends a request of a template, perhaps again. */
static void note_fed(struct world *w, struct sw_slice bytes)
{
    static struct sw_msg m;
    char key[48];
    struct sw_msg_fault fault;
    if (sw_msg_parse(&m, bytes, NULL, &fault) < 0 || !m.is_request || m.method == SW_ACK ||
        !write_key(&m, 0, key, sizeof key))
        return;
    struct call *c = find_call(w, key);
    bool is_old = c != NULL && (c->has_final || w->now_us - c->fed_us >= SW_SECONDS(32));
    if (c != NULL && is_old) { /* perhaps another transaction by now */
        c->was_fed_again = true;
        c->fed_us = w->now_us;
        c->place_count = 0;
    }
    if (c != NULL)
        return;
    c = &w->calls[w->next_call++ % CALLS_MAX];
    *c = (struct call){.fed_us = w->now_us};
    memcpy(c->key, key, sizeof key);
}

/* No place twice with another branch, as long as it is the same transaction, and the same resource
 * (C9). */
static void check_place(struct world *w, const struct sw_msg *m, enum sw_transport transport,
                        const struct sw_endpoint *peer)
{
    char key[48];
    struct sw_via via;
    if (m->method == SW_ACK || m->method == SW_CANCEL || !write_key(m, 1, key, sizeof key) ||
        sw_msg_top_via(m, &via) < 0)
        return;
    struct call *c = find_call(w, key);
    if (c == NULL || w->now_us - c->fed_us >= SW_SECONDS(32) || c->has_final)
        return;
    if (w->heap
            .has_failed) /* it may have ended without a word: the same request is a new one then */
        return;
    uint64_t branch_hash = hash_of(via.branch), uri_hash = hash_of(m->uri_text);
    for (size_t i = 0; i < c->place_count; i++) {
        bool is_same = c->places[i].transport == transport && c->places[i].uri_hash == uri_hash &&
                       sw_endpoint_eq(&c->places[i].peer, peer);
        if (is_same && c->places[i].branch_hash == branch_hash)
            return;
        SW_BUG_ON(is_same);
    }
    if (c->place_count == PLACES_MAX)
        return;
    c->places[c->place_count].transport = transport;
    c->places[c->place_count].peer = *peer;
    c->places[c->place_count].uri_hash = uri_hash;
    c->places[c->place_count++].branch_hash = branch_hash;
}

/* What octets that came over a stream before a request have made of it: another method, version or
 * length, or nonsense. So it is none of the calls, though its CSeq says so. No template is refused
 * with the first three, and none of those who answer says "Bad". */
static bool is_of_other_octets(const struct sw_msg *m)
{
    return m->status == 501 || m->status == 505 || m->status == 513 ||
           sw_slice_eq(sw_slice_sub(m->reason, 0, 4), SW_LIT("Bad "));
}

static void check_final(struct world *w, struct sw_slice bytes)
{
    static struct sw_msg m;
    char key[48];
    struct sw_msg_fault fault;
    if (sw_msg_parse(&m, bytes, NULL, &fault) < 0 || m.status < 200 ||
        !write_key(&m, 0, key, sizeof key))
        return;
    struct call *c = find_call(w, key);
    if (c == NULL || is_of_other_octets(&m))
        return;
    uint64_t hash = hash_of(bytes);
    bool is_late_2xx = m.status < 300 && memcmp(key, "INVITE ", 7) == 0;
    SW_BUG_ON(c->has_final && !c->was_fed_again && hash != c->final_hash && !is_late_2xx);
    c->has_final = true;
    c->was_fed_again = false;
    c->final_hash = hash;
    c->place_count = 0;
}

/* What leaves can be read again, and says that it comes from us. */
static void check_request(struct world *w, struct sw_slice bytes, enum sw_transport transport,
                          const struct sw_endpoint *peer)
{
    static struct sw_msg m;
    struct sw_msg_fault fault;
    struct sw_via via;
    SW_BUG_ON(sw_msg_parse(&m, bytes, &w->confs[0].limits, &fault) < 0 && fault.status != 513);
    SW_BUG_ON(sw_msg_top_via(&m, &via) < 0);
    SW_BUG_ON(!sw_slice_eq(via.sent_by.text, SW_LIT("192.0.2.10")));
    bool is_sips = sw_slice_ieq(sw_slice_sub(m.uri_text, 0, 5), SW_LIT("sips:"));
    SW_BUG_ON(is_sips && !sw_transport_row(transport)->is_tls);
    check_place(w, &m, transport, peer);
}

/* The Call-ID of a template is one digit. */
static unsigned call_bit(struct sw_slice bytes)
{
    const char *at = memmem(bytes.p, bytes.len, "\nCall-ID: ", 10);
    return at == NULL ? 0 : 1u << (at[10] & 7);
}

/* What asks back, over a connection that somebody opened: he began that call over it. */
static void check_way_back(const struct conn *c, struct sw_slice bytes)
{
    bool asks_back = memmem(bytes.p, bytes.len, BACK, sizeof BACK - 1) != NULL &&
                     memcmp(bytes.p, "SIP/2.0 ", 8) != 0;
    SW_BUG_ON(asks_back && (c->id & PX_CONN_ACCEPTED) != 0 && (c->calls & call_bit(bytes)) == 0);
}

static void remember(struct world *w, const struct px_action *a, enum sw_transport transport,
                     const struct sw_endpoint *peer)
{
    if (a->bytes.len > 8 && memcmp(a->bytes.p, "SIP/2.0 ", 8) == 0) {
        check_final(w, a->bytes);
        return;
    }
    if (a->bytes.len == 2)
        return; /* the answer to a ping */
    check_request(w, a->bytes, transport, peer);
    struct sent *s = &w->sent[w->sent_count++ % SENT_MAX];
    free(s->text);
    *s = (struct sent){.text = malloc(a->bytes.len), .len = a->bytes.len, .peer = a->peer};
    s->conn = a->kind == PX_DO_BYTES ? a->conn : 0;
    SW_BUG_ON(s->text == NULL);
    memcpy(s->text, a->bytes.p, a->bytes.len);
}

static void add_ask(struct world *w, const struct px_action *a)
{
    SW_BUG_ON(a->ask <= w->last_ask || a->question.name.len == 0);
    w->last_ask = a->ask;
    if (w->ask_count == ASKS_MAX) /* nobody remembers all of them: these are never answered */
        return;
    w->asks[w->ask_count++] = (struct ask){a->ask, a->question.type};
}

static void drop_ask(struct world *w, uint64_t id)
{
    for (size_t i = 0; i < w->ask_count; i++)
        if (w->asks[i].id == id) {
            w->asks[i] = w->asks[--w->ask_count];
            return;
        }
}

static void do_action(struct world *w, const struct px_action *a)
{
    switch (a->kind) {
    case PX_DO_DATAGRAM:
        SW_BUG_ON(a->listener != 0 || a->bytes.len == 0);
        remember(w, a, SW_UDP, &a->peer);
        return;
    case PX_DO_BYTES: {
        struct conn *c = find_conn(w, a->conn);
        SW_BUG_ON(c == NULL || !c->is_open);
        check_way_back(c, a->bytes);
        remember(w, a, c->transport, &c->peer);
        return;
    }
    case PX_DO_CONNECT:
        SW_BUG_ON(a->conn <= w->last_connect || (a->conn & PX_CONN_ACCEPTED) != 0);
        w->last_connect = a->conn;
        SW_BUG_ON(sw_transport_row(a->transport)->is_tls && a->tls_name_count == 0);
        add_conn(w, &(struct conn){a->conn, false, a->transport, a->peer, 0});
        return;
    case PX_DO_CLOSE:
        /* One that was accepted and refused at once never was in the list. */
        if (find_conn(w, a->conn) != NULL)
            drop_conn(w, a->conn);
        return;
    case PX_DO_ASK:
        add_ask(w, a);
        return;
    case PX_DO_CANCEL_ASK:
        drop_ask(w, a->ask);
        return;
    case PX_DO_LOG:
        SW_BUG_ON(a->log == NULL || a->log->reason == NULL);
        return;
    case PX_DO_REMEMBER:
        SW_BUG_ON(a->bytes.len == 0);
        return;
    case PX_DO_HAND_OVER:
        SW_BUG_ON(true); /* to whom? */
        return;
    }
}

static void step(struct world *w, const struct px_event *ev)
{
    uint64_t hashes[PX_STEP_ACTIONS_MAX];
    if (w->turn_steps > 0)
        w->turn_steps--; /* one more of the same turn */
    else
        px_core_turn(w->core);
    w->out.count = 0;
    px_core_step(w->core, ev, w->now_us, &w->out);
    SW_BUG_ON(w->out.count > PX_STEP_ACTIONS_MAX);
    for (size_t i = 0; i < w->out.count; i++)
        hashes[i] = hash_of(w->actions[i].bytes);
    for (size_t i = 0; i < w->out.count; i++)
        do_action(w, &w->actions[i]);
    for (size_t i = 0; i < w->out.count; i++)
        SW_BUG_ON(hash_of(w->actions[i].bytes) != hashes[i]);
}

/* ------------------------------------------------------------------------------ what goes in */

static const char *const methods[] = {"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "JUMP"};
static const char *const uris[] = {"sip:b@192.0.2.1",   "sip:b@192.0.2.2:5080",
                                   "sip:b@d.t",         "sip:b@192.0.2.3;transport=tcp",
                                   "sip:192.0.2.10",    "tel:+1",
                                   "sips:b@192.0.2.4",  "sip:b@d.t;maddr=192.0.2.10",
                                   "sip:a%62@routed.t", "sips:c@routed.t"};
static const char *const extras[] = {"",
                                     "Route: <sip:192.0.2.10;lr>\r\n",
                                     "Route: <sip:192.0.2.10;lr>, <sip:192.0.2.2>\r\n",
                                     "Proxy-Require: a\r\n",
                                     "Max-Forwards: 0\r\n",
                                     "Record-Route: <sip:q.t;lr>\r\n",
                                     "Via: SIP/2.0/UDP g.t\r\n",
                                     "Contact: <" NOWHERE ">\r\n"};

/* The same few bytes make the same branch again: retransmissions, ACKs and CANCELs come about. */
static size_t write_request(struct world *w, char *room, size_t cap)
{
    uint8_t what = take(w), which = take(w), how = take(w);
    const char *method = methods[what % SW_ARRAY_LEN(methods)];
    int len = snprintf(room, cap,
                       "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.%u%s;branch=%s%u\r\n%s"
                       "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@d.t>%s\r\nCall-ID: %u\r\n"
                       "CSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
                       method, uris[which % SW_ARRAY_LEN(uris)], what % 4 + 1u,
                       (how & 8) != 0 ? ";rport" : "", (how & 16) != 0 ? "" : "z9hG4bK",
                       which / 32u, extras[how % SW_ARRAY_LEN(extras)],
                       (how & 32) != 0 ? ";tag=t" : "", which / 32u, method);
    SW_BUG_ON(len < 0 || (size_t)len >= cap);
    note_fed(w, sw_slice(room, (size_t)len));
    return (size_t)len;
}

static void send_datagram(struct world *w, struct sw_slice bytes, uint8_t from)
{
    /* In a block of its exact size: a read behind the end is seen. */
    char *copy = malloc(bytes.len + 1);
    SW_BUG_ON(copy == NULL);
    if (bytes.len > 0)
        memcpy(copy, bytes.p, bytes.len);
    step(w, &(struct px_event){.kind = PX_EV_DATAGRAM,
                               .peer = peer_of(from),
                               .is_crowded = from >= 16,
                               .waited_us = from >= 16 ? SW_SECONDS(1) : 0,
                               .bytes = sw_slice(copy, bytes.len)});
    free(copy);
}

static void send_bytes(struct world *w, uint64_t conn, struct sw_slice bytes)
{
    char *copy = malloc(bytes.len + 1);
    SW_BUG_ON(copy == NULL);
    if (bytes.len > 0)
        memcpy(copy, bytes.p, bytes.len);
    step(w,
         &(struct px_event){.kind = PX_EV_BYTES, .conn = conn, .bytes = sw_slice(copy, bytes.len)});
    free(copy);
}

static const struct sent *pick_sent(struct world *w)
{
    size_t count = w->sent_count < SENT_MAX ? w->sent_count : SENT_MAX;
    return count == 0 ? NULL : &w->sent[take(w) % count];
}

/* The request's own fields with another first line. */
static void respond(struct world *w)
{
    static const unsigned statuses[] = {100, 180, 183, 200, 302, 401, 407, 404,
                                        408, 486, 487, 500, 503, 503, 603, 699};
    static const char *const contacts[] = {
        "", "Contact: <sip:c@192.0.2.3>;q=0.5, <sips:c@d.t>, *\r\n",
        "Contact: <sip:a@routed.t>, <sip:c@d.t;method=BYE?a=b>;q=0.7, tel:1,<sip:x@e.t\r\n",
        "m: <sip:b1@routed.t>;expires=0,<sip:e@192.0.2.2;transport=tcp>, <sip:192.0.2.10>\r\n"};
    static char room[70000];
    const struct sent *s = pick_sent(w);
    unsigned status = statuses[take(w) % SW_ARRAY_LEN(statuses)];
    uint8_t how = take(w);
    if (s == NULL)
        return;
    size_t line_len = sw_slice_find(sw_slice(s->text, s->len), '\r') + 2;
    int len = snprintf(room, sizeof room, "SIP/2.0 %u x\r\n%s%s%.*s", status,
                       (how & 1) != 0 ? "Retry-After: 9\r\n" : "", contacts[how / 64],
                       (int)(s->len - line_len), s->text + line_len);
    if (s->conn == 0)
        send_datagram(w, sw_slice(room, (size_t)len), how);
    else if (find_conn(w, s->conn) != NULL && find_conn(w, s->conn)->is_open)
        send_bytes(w, s->conn, sw_slice(room, (size_t)len));
}

/* Who got a request with our Record-Route asks back along it, with another Call-ID now and then. */
static void ask_back(struct world *w)
{
    static char room[2048];
    const struct sent *s = pick_sent(w);
    uint8_t how = take(w);
    if (s == NULL)
        return;
    const struct sw_slice text = sw_slice(s->text, s->len);
    const char *call_id = memmem(text.p, text.len, "\nCall-ID: ", 10);
    const char *route = memmem(text.p, text.len, "Record-Route: <sip:192.0.2.10", 29);
    if (call_id == NULL || route == NULL)
        return;
    size_t route_len =
        sw_slice_find(sw_slice_sub(text, (size_t)(route + 7 - text.p), SIZE_MAX), '\r');
    const char *method = (how & 1) != 0 ? "BYE" : "INVITE";
    int len = snprintf(room, sizeof room,
                       "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;" BACK "%u\r\n%.*s\r\n"
                       "From: <sip:b@d.t>;tag=t\r\nTo: <sip:a@b.t>;tag=f\r\nCall-ID: %u\r\n"
                       "CSeq: 2 %s\r\nContent-Length: 0\r\n\r\n",
                       method, NOWHERE, how / 2u, (int)route_len, route + 7,
                       (call_id[10] + (how % 8 == 7)) & 7, method);
    if (len > 0 && (size_t)len < sizeof room)
        send_datagram(w, sw_slice(room, (size_t)len), how);
}

static void come_back(struct world *w)
{
    const struct sent *s = pick_sent(w);
    uint8_t cut = take(w);
    if (s == NULL)
        return;
    size_t len = cut == 255 ? s->len : s->len * cut / 255;
    step(w, &(struct px_event){.kind = PX_EV_UNREACHABLE,
                               .peer = s->peer,
                               .cause = PX_CAUSE_REFUSED,
                               .had_left = cut % 2 != 0,
                               .bytes = sw_slice(s->text, len)});
}

static void answer(struct world *w)
{
    uint8_t which = take(w), what = take(w);
    if (w->ask_count == 0)
        return;
    struct ask ask = w->asks[which % w->ask_count];
    struct sw_name_room room;
    struct sw_name target;
    int rc = sw_name_from_text(SW_LIT("h.d.t"), &room, &target);
    SW_BUG_ON(rc < 0);
    struct sw_rr rrs[2] = {{.type = ask.type, .ttl_s = 60}, {.type = ask.type, .ttl_s = 60}};
    for (size_t i = 0; i < 2; i++) {
        if (ask.type == SW_RR_A)
            rrs[i].addr = peer_of((uint8_t)(what / 8 + i)).addr;
        else if (ask.type == SW_RR_SRV)
            rrs[i].srv = (struct sw_rr_srv){(uint16_t)i, 1, (uint16_t)(5060 + 20 * i), target};
    }
    static const enum sw_outcome outcomes[] = {
        SW_OUTCOME_RECORDS, SW_OUTCOME_RECORDS,  SW_OUTCOME_NODATA, SW_OUTCOME_NXDOMAIN,
        SW_OUTCOME_TIMEOUT, SW_OUTCOME_SERVFAIL, SW_OUTCOME_BOGUS,  SW_OUTCOME_RECORDS};
    struct sw_answer a = {.outcome = outcomes[what % 8], .ttl_s = 60, .rrs = rrs};
    bool has_records = ask.type == SW_RR_A || ask.type == SW_RR_SRV;
    if (a.outcome == SW_OUTCOME_RECORDS && has_records)
        a.rr_count = 1 + what / 128u;
    else if (a.outcome == SW_OUTCOME_RECORDS)
        a.outcome = SW_OUTCOME_NODATA;
    drop_ask(w, ask.id);
    step(w, &(struct px_event){.kind = PX_EV_ANSWER, .ask = ask.id, .answer = &a});
}

static void change_conn(struct world *w)
{
    uint8_t which = take(w), what = take(w);
    if (w->conn_count == 0)
        return;
    struct conn *c = &w->conns[which % w->conn_count];
    uint64_t id = c->id;
    if (!c->is_open && what % 2 == 0) {
        c->is_open = true;
        step(w, &(struct px_event){.kind = PX_EV_CONNECTED, .conn = id});
        return;
    }
    if (c->is_open && what % 3 == 0) { /* its other side sends nothing more */
        step(w, &(struct px_event){.kind = PX_EV_ENDED, .conn = id});
        return;
    }
    drop_conn(w, id);
    step(w, &(struct px_event){.kind = PX_EV_CLOSED,
                               .conn = id,
                               .cause = (enum px_cause)(what / 2 % (PX_CAUSE_LOCAL + 1))});
}

static void accept_conn(struct world *w)
{
    if (w->conn_count + 4 > CONNS_MAX) /* the core opens some too */
        return;
    uint64_t id = PX_CONN_ACCEPTED | ++w->next_accepted;
    uint8_t from = take(w);
    uint16_t listener = from >= 192 ? 2 : 1;
    if (w->confs[w->conf_at].listeners[listener].endpoint.addr.family == 0)
        return; /* it has left */
    struct sw_endpoint peer = peer_of(from);
    add_conn(w, &(struct conn){id, true, w->confs[0].listeners[listener].transport, peer, 0});
    step(w, &(struct px_event){
                .kind = PX_EV_ACCEPTED, .conn = id, .listener = listener, .peer = peer});
}

static void stream(struct world *w, bool is_raw)
{
    char room[1024];
    uint8_t which = take(w);
    size_t len = is_raw ? 0 : write_request(w, room, sizeof room);
    struct sw_slice bytes = is_raw ? take_bytes(w, take(w)) : sw_slice(room, len);
    if (w->conn_count == 0 || !w->conns[which % w->conn_count].is_open)
        return;
    uint64_t id = w->conns[which % w->conn_count].id;
    size_t cut = bytes.len * which / 255;
    w->conns[which % w->conn_count].calls |= is_raw ? ~0u : call_bit(bytes);
    send_bytes(w, id, sw_slice_sub(bytes, 0, cut));
    if (find_conn(w, id) != NULL)
        send_bytes(w, id, sw_slice_sub(bytes, cut, SIZE_MAX));
}

/* Any of the listeners may leave, and one of a stream that nothing uses goes. */
static void reload(struct world *w)
{
    uint8_t how = take(w);
    struct px_conf *conf = &w->confs[1 - w->conf_at];
    memcpy(conf->listeners, w->confs[w->conf_at].listeners, sizeof conf->listeners);
    w->turn_steps = 0; /* the conf before this one may be in use until then */
    conf->leaving = how & ((1u << conf->listener_count) - 1);
    for (uint16_t i = 1; i < conf->listener_count; i++)
        if (px_conf_is_leaving(conf, i) && (how & 0x40) != 0 && !px_core_uses_listener(w->core, i))
            conf->listeners[i] = (struct px_listener){0};
    w->conf_at = 1 - w->conf_at;
    step(w, &(struct px_event){.kind = PX_EV_CONF, .conf = conf, .dns_is_new = (how & 0x80) != 0});
}

static void one_order(struct world *w)
{
    char room[1024];
    uint8_t order = take(w);
    switch (order % 13) {
    case 0:
    case 1:
    case 2:
        send_datagram(w, sw_slice(room, write_request(w, room, sizeof room)), order / 13);
        return;
    case 3:
        send_datagram(w, take_bytes(w, take(w)), order / 13);
        return;
    case 4:
    case 5:
        respond(w);
        return;
    case 6:
        answer(w);
        return;
    case 7:
        w->now_us += SW_MS(1) << (take(w) % 19);
        step(w, &(struct px_event){.kind = PX_EV_WAKE});
        return;
    case 8:
        change_conn(w);
        return;
    case 9:
        accept_conn(w);
        return;
    case 10:
        stream(w, false);
        return;
    case 11:
        stream(w, true);
        return;
    default:
        if (order / 13 == 0)
            reload(w);
        else if (order / 13 == 1)
            step(w, &(struct px_event){.kind = PX_EV_DRAIN});
        else if (order / 13 == 2)
            w->turn_steps = take(w);
        else if (order / 13 < 10)
            come_back(w);
        else
            ask_back(w);
        return;
    }
}

/* ------------------------------------------------------------------------------ a run */

/* A served domain with a route of each kind, and one without any. */
static void build_routes(struct world *w)
{
    static const struct px_route routes[] = {
        {.kind = PX_ROUTE_USER, .user = {"a", 1}, .to = {"sip:{user}@e.t;x={user}", 22}},
        {.kind = PX_ROUTE_PREFIX, .user = {"b", 1}, .via = {"sip:192.0.2.7;lr", 16}},
        {.kind = PX_ROUTE_DEFAULT, .to = {"sips:d.t", 8}, .via = {"sip:e.t", 7}},
    };
    int rc = px_domains_init(&w->domains, NULL, 2, SW_ARRAY_LEN(routes));
    SW_BUG_ON(rc < 0);
    w->domain[0] = (struct px_domain){.name = SW_LIT("d.t")};
    w->domain[1] = (struct px_domain){.name = SW_LIT("routed.t")};
    bool is_ok =
        px_domains_add(&w->domains, &w->domain[0]) && px_domains_add(&w->domains, &w->domain[1]);
    memcpy(w->routes, routes, sizeof routes);
    for (size_t i = 0; i < SW_ARRAY_LEN(routes); i++)
        is_ok = is_ok && px_domains_add_route(&w->domains, &w->domain[1], &w->routes[i]);
    SW_BUG_ON(!is_ok);
}

static void listen_at(struct px_conf *c, enum sw_transport transport, uint16_t port)
{
    c->listeners[c->listener_count++] = (struct px_listener){
        transport, {.addr = {.family = 4, .bytes = {192, 0, 2, 10}}, .port = port}};
}

static void configure(struct world *w, struct px_conf *c, uint8_t head)
{
    px_conf_init(c);
    listen_at(c, SW_UDP, 5060);
    listen_at(c, SW_TCP, 5060);
    listen_at(c, SW_TLS, 5061);
    c->trusted = &w->trusted;
    c->trusted_count = head % 4 != 0;
    c->domains = &w->domains;
    c->record_route = (head & 4) != 0;
    c->recurse = (head & 128) != 0;
    c->transactions_max = (head & 8) != 0 ? 3 : 100;
    c->connections_max = (head & 16) != 0 ? 3 : 12;
    bool is_ok = sw_policy_set_transports(&c->policy, SW_LIT("udp,tcp,tls"));
    SW_BUG_ON(!is_ok);
}

static void set_up(struct world *w)
{
    uint8_t head = take(w);
    w->trusted = (struct sw_network){{.family = 4, .bytes = {192, 0, 2, 0}}, 24};
    build_routes(w);
    configure(w, &w->confs[0], head);
    configure(w, &w->confs[1], (uint8_t)(head ^ 0x1f));
    w->now_us = SW_SECONDS(50);
    w->out = (struct px_out){.list = w->actions, .cap = PX_STEP_ACTIONS_MAX};
    test_alloc_init(&w->heap, SIZE_MAX);
    struct px_core_args args = {.conf = &w->confs[0],
                                .alloc = &w->heap.alloc,
                                .worker = 3,
                                .exact_memory = (head & 32) != 0};
    memset(args.seed, head, sizeof args.seed);
    int rc = px_core_new(&w->core, &args, w->now_us);
    SW_BUG_ON(rc < 0);
    if ((head & 64) != 0)
        w->heap.fail_at = w->heap.request_count + take(w);
}

/* Nobody says anything more: it must come to rest by its own timers. */
static void let_it_end(struct world *w)
{
    while (w->conn_count > 0) {
        uint64_t id = w->conns[0].id;
        drop_conn(w, id);
        step(w, &(struct px_event){.kind = PX_EV_CLOSED, .conn = id, .cause = PX_CAUSE_TIMEOUT});
    }
    for (unsigned i = 0; i < WAKES_MAX; i++) {
        uint64_t due_us = px_core_wake_us(w->core);
        if (due_us == SW_NEVER && w->conn_count == 0)
            break;
        if (due_us != SW_NEVER && due_us > w->now_us)
            w->now_us = due_us;
        step(w, &(struct px_event){.kind = PX_EV_WAKE});
        if (w->conn_count > 0) { /* it tried to reach somebody: refused */
            uint64_t id = w->conns[0].id;
            drop_conn(w, id);
            step(w,
                 &(struct px_event){.kind = PX_EV_CLOSED, .conn = id, .cause = PX_CAUSE_REFUSED});
        }
    }
    const struct px_counters *c = px_core_counters(w->core);
    SW_BUG_ON(!px_core_is_idle(w->core));
    SW_BUG_ON(c->client_transactions_open != 0 || c->transactions_open != 0);
    SW_BUG_ON(c->connections_open != 0);
    SW_BUG_ON(px_core_wake_us(w->core) != SW_NEVER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;
    memset(&w, 0, sizeof w);
    w.at = data;
    w.end = data + size;
    set_up(&w);
    for (unsigned i = 0; i < ORDERS_MAX && w.at < w.end; i++)
        one_order(&w);
    let_it_end(&w);
    px_core_free(w.core);
    px_domains_fini(&w.domains);
    SW_BUG_ON(w.heap.live_count != 0);
    for (size_t i = 0; i < SENT_MAX; i++)
        free(w.sent[i].text);
    return 0;
}

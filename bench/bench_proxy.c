/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the proxy core costs a call: INVITE, 100, 180, 200, ACK, BYE, 200, seven messages in and
 * eight out, without sockets, in CPU time; how often the allocator is asked after
 * the first calls, which must be never; and what a call holds while it rings. The target is a name
 * whose records are in the route cache, with four SRV records behind it.
 *
 * usage: bench_proxy [COUNT [refused]]     with COUNT: so many calls and nothing else, to count
 *                                          instructions; refused: INVITE, 503 for overload, ACK
 */
#include "base/bug.h"
#include "proxy/conf.h"
#include "proxy/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 9, CALLS = 20000, WARM_UP = 40000, RINGING = 10000, ACTIONS = 4096 };

struct work {
    struct px_conf conf;
    struct sw_network trusted;
    struct sw_alloc alloc;
    size_t request_count, held_len;
    struct px_core *core;
    struct px_action actions[ACTIONS];
    struct px_out out;
    uint64_t now_us;
    unsigned number;
    bool is_crowded; /* more comes in than can be carried */
    char invite[2048], text[4096];
};

/* ------------------------------------------------------------------------------ the allocator */

static void *give(void *user, size_t size)
{
    struct work *w = user;
    size_t *p = malloc(size + 16);
    if (p == NULL)
        abort();
    *p = size;
    w->request_count++;
    w->held_len += size;
    return (char *)p + 16;
}

static void take_back(void *user, void *p)
{
    struct work *w = user;
    if (p == NULL)
        return;
    size_t *block = (size_t *)(void *)((char *)p - 16);
    w->held_len -= *block;
    free(block);
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ------------------------------------------------------------------------------ the world */

static struct sw_endpoint at(unsigned last, uint16_t port)
{
    return (struct sw_endpoint){.addr = {.family = 4, .bytes = {192, 0, 2, (uint8_t)last}},
                                .port = port};
}

static void step(struct work *w, const struct px_event *ev);

static void answer(struct work *w, const struct px_action *ask)
{
    static const char *const hosts[] = {"h1.d.t", "h2.d.t", "h3.d.t", "h4.d.t"};
    struct sw_name_room rooms[4];
    struct sw_rr rrs[4] = {0};
    struct sw_answer a = {.outcome = SW_OUTCOME_NODATA, .ttl_s = 86400, .rrs = rrs};
    char room[SW_NAME_TEXT_MAX];
    struct sw_buf name = sw_buf(room, sizeof room);
    sw_name_write(&name, ask->question.name);
    bool is_srv = ask->question.type == SW_RR_SRV && memcmp(room, "_sip._udp", 9) == 0;
    if (is_srv || ask->question.type == SW_RR_A) {
        a.outcome = SW_OUTCOME_RECORDS;
        a.rr_count = is_srv ? 4 : 1;
    }
    for (unsigned i = 0; i < a.rr_count; i++) {
        rrs[i].type = ask->question.type;
        rrs[i].ttl_s = 86400;
        if (is_srv) {
            rrs[i].srv = (struct sw_rr_srv){.priority = (uint16_t)i, .port = 5060};
            int rc = sw_name_from_text(sw_slice_str(hosts[i]), &rooms[i], &rrs[i].srv.target);
            SW_BUG_ON(rc < 0);
        } else {
            rrs[i].addr = at(room[0] == 'h' ? (unsigned)(room[1] - '0') : 9, 0).addr;
        }
    }
    struct px_event ev = {.kind = PX_EV_ANSWER, .ask = ask->ask, .answer = &a};
    step(w, &ev);
}

static void step(struct work *w, const struct px_event *ev)
{
    px_core_step(w->core, ev, w->now_us, &w->out);
}

/* One turn; questions are answered at once. */
static void turn(struct work *w, const struct px_event *ev)
{
    px_core_turn(w->core);
    w->out.count = 0;
    step(w, ev);
    for (size_t i = 0; i < w->out.count; i++)
        if (w->actions[i].kind == PX_DO_ASK) {
            struct px_action ask = w->actions[i];
            answer(w, &ask);
        }
}

static void datagram(struct work *w, unsigned from, size_t len)
{
    struct px_event ev = {
        .kind = PX_EV_DATAGRAM,
        .peer = at(from, 5060),
        .bytes = sw_slice(w->text, len),
        .is_crowded = w->is_crowded,
    };
    turn(w, &ev);
}

/* The last datagram that went out. */
static const struct px_action *sent(const struct work *w)
{
    for (size_t i = w->out.count; i-- > 0;)
        if (w->actions[i].kind == PX_DO_DATAGRAM)
            return &w->actions[i];
    abort();
}

/* Written so that little of what is counted is ours. */
static void request(struct work *w, const char *method, const char *branch, const char *uri,
                    const char *to, const char *body)
{
    struct sw_buf b = sw_buf(w->text, sizeof w->text);
    sw_buf_str(&b, method);
    sw_buf_char(&b, ' ');
    sw_buf_str(&b, uri);
    sw_buf_str(&b, " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.100:5060;rport;branch=z9hG4bK");
    sw_buf_str(&b, branch);
    sw_buf_u64(&b, w->number);
    sw_buf_str(&b, "\r\nMax-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@a.t>;tag=f");
    sw_buf_u64(&b, w->number);
    sw_buf_str(&b, "\r\nTo: <sip:bob@d.t>");
    sw_buf_str(&b, to);
    sw_buf_str(&b, "\r\nCall-ID: ");
    sw_buf_u64(&b, w->number);
    sw_buf_str(&b, "@192.0.2.100\r\nCSeq: 1 ");
    sw_buf_str(&b, method);
    sw_buf_str(&b, "\r\nContact: <sip:alice@192.0.2.100:5060>\r\nUser-Agent: Softphone/2.14\r\n"
                   "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\n"
                   "Supported: replaces, timer\r\n");
    sw_buf_str(&b, body[0] == '\0' ? "" : "Content-Type: application/sdp\r\n");
    sw_buf_str(&b, "Content-Length: ");
    sw_buf_u64(&b, strlen(body));
    sw_buf_str(&b, "\r\n\r\n");
    sw_buf_str(&b, body);
    SW_BUG_ON(b.overflow);
    datagram(w, 100, b.len);
}

/* To what was sent: its own fields with another first line. */
static void respond(struct work *w, const char *status)
{
    const struct px_action *a = sent(w);
    size_t line_len = sw_slice_find(a->bytes, '\r');
    size_t head_len = strlen(status);
    memcpy(w->text, status, head_len);
    memcpy(w->text + head_len, a->bytes.p + line_len, a->bytes.len - line_len);
    datagram(w, a->peer.addr.bytes[3], head_len + a->bytes.len - line_len);
}

static const char sdp[] = "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.33\r\ns=-\r\n"
                          "c=IN IP4 192.0.2.33\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0 8 101\r\n"
                          "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

/* `invite` keeps what went to the callee, for the 200 that comes after the 180. */
static void ring(struct work *w, size_t *invite_len)
{
    w->number++;
    request(w, "INVITE", "i", "sip:bob@d.t", "", sdp);
    const struct px_action *a = sent(w);
    *invite_len = a->bytes.len;
    memcpy(w->invite, a->bytes.p, a->bytes.len);
    respond(w, "SIP/2.0 180 Ringing");
}

static void call(struct work *w)
{
    size_t invite_len;
    ring(w, &invite_len);
    size_t line_len = sw_slice_find(sw_slice(w->invite, invite_len), '\r');
    memcpy(w->text, "SIP/2.0 200 OK", 14);
    memcpy(w->text + 14, w->invite + line_len, invite_len - line_len);
    datagram(w, 1, 14 + invite_len - line_len);
    request(w, "ACK", "a", "sip:bob@192.0.2.1:5060", ";tag=t", "");
    request(w, "BYE", "b", "sip:bob@192.0.2.1:5060", ";tag=t", "");
    respond(w, "SIP/2.0 200 OK");
    w->now_us += 400; /* 2500 calls a second: what is over leaves after 32 s */
    if (px_core_wake_us(w->core) <= w->now_us)
        turn(w, &(struct px_event){.kind = PX_EV_WAKE});
}

/* The Via of an INVITE and the tag of its answer are what tells its ACK apart. */
static void refused_call(struct work *w)
{
    char tag[64];
    w->is_crowded = true;
    w->number++;
    request(w, "INVITE", "i", "sip:bob@d.t", "", sdp);
    struct sw_slice answer = sent(w)->bytes;
    SW_BUG_ON(memcmp(answer.p, "SIP/2.0 503 ", 12) != 0);
    const char *found = memmem(answer.p, answer.len, "<sip:bob@d.t>;tag=", 18);
    SW_BUG_ON(found == NULL);
    snprintf(tag, sizeof tag, "%.21s", found + 13);
    request(w, "ACK", "i", "sip:bob@d.t", tag, "");
    SW_BUG_ON(w->out.count != 0);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void begin(struct work *w)
{
    px_conf_init(&w->conf);
    w->conf.listeners[0] = (struct px_listener){SW_UDP, at(10, 5060)};
    w->conf.listener_count = 1;
    w->trusted = (struct sw_network){at(0, 0).addr, 24};
    w->conf.trusted = &w->trusted;
    w->conf.trusted_count = 1;
    w->conf.transactions_max = 1000000;
    bool is_ok = sw_policy_set_transports(&w->conf.policy, SW_LIT("udp"));
    SW_BUG_ON(!is_ok);
    w->alloc = (struct sw_alloc){give, take_back, w};
    w->out = (struct px_out){.list = w->actions, .cap = ACTIONS};
    w->now_us = SW_SECONDS(1);
    struct px_core_args args = {.conf = &w->conf, .alloc = &w->alloc, .worker_count = 1};
    int rc = px_core_new(&w->core, &args, w->now_us);
    SW_BUG_ON(rc < 0);
}

static int only(struct work *w, const char *count, void (*one)(struct work *w))
{
    begin(w);
    for (unsigned long i = strtoul(count, NULL, 10); i > 0; i--)
        one(w);
    px_core_free(w->core);
    return 0;
}

int main(int argc, char **argv)
{
    static struct work w;
    double ns[RUNS];
    if (argc > 1)
        return only(&w, argv[1], argc > 2 ? refused_call : call);
    begin(&w);
    for (unsigned i = 0; i < WARM_UP * 3; i++) /* until as many leave as come */
        call(&w);
    size_t before = w.request_count;
    for (unsigned run = 0; run < RUNS; run++) {
        double from = cpu_ns();
        for (unsigned i = 0; i < CALLS; i++)
            call(&w);
        ns[run] = (cpu_ns() - from) / CALLS;
    }
    size_t requests = w.request_count - before;
    qsort(ns, RUNS, sizeof ns[0], by_size);
    size_t invite_len = 0;
    w.now_us += SW_SECONDS(100);
    for (unsigned i = 0; i < 10000; i++)
        if (px_core_wake_us(w.core) <= w.now_us)
            turn(&w, &(struct px_event){.kind = PX_EV_WAKE});
    struct px_core *busy = w.core;
    begin(&w); /* a fresh one, for what a call holds */
    size_t empty = w.held_len;
    for (unsigned i = 0; i < RINGING; i++)
        ring(&w, &invite_len);
    printf("proxy.call %.2f us -\n", ns[RUNS / 2] / 1000);
    printf("proxy.call.mallocs %.4f a_call -\n", (double)requests / (RUNS * (double)CALLS));
    printf("proxy.ringing.memory %.0f octets <=6144\n", (double)(w.held_len - empty) / RINGING);
    printf("proxy.ringing.invite %zu octets -\n", invite_len);
    px_core_free(w.core);
    w.core = busy;
    px_core_free(w.core);
    return 0;
}

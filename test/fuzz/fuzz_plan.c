/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The locator against a DNS that says anything. The input is a policy, a URI and a few answers; a
 * question's name and type select one of the answers, so equal questions get equal answers.
 *
 * Each input is located three times: once with answers at random times, allocations that may fail
 * and a caller that does odd things; and twice with time standing still, the answers in two orders
 * of arrival and the records inside them shuffled, which must give the same candidates. In all of
 * them it ends within its limits, no candidate comes twice, and none that a rule forbids
 * (support/plan_judge.h).
 */
#include "base/bug.h"
#include "fuzz/plan_answers.h"
#include "locate/plan.h"
#include "support/plan_judge.h"
#include "support/test_alloc.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    HEAD_LEN = 24,      /* bytes that make policy and URI */
    CALLS_MAX = 20000,  /* a location that needs more does not end */
    RUNS_OF_A_CACHE = 2 /* locations that share a route cache */
};

struct input {
    uint8_t head[HEAD_LEN];
    const uint8_t *answers;
    size_t answer_count;
};

struct open_question {
    uint32_t id;
    struct sw_name_room room;
    struct sw_question q;
};

struct run {
    const struct input *in;
    struct sw_policy policy;
    struct sw_netaddr source;
    struct sw_network denied;
    struct sw_plan *plan;
    struct pj_judge judge;
    struct sw_mix chance; /* of the order of events */
    bool is_frozen;       /* time stands still */
    bool may_shuffle_srv, may_shuffle_addresses;
    uint64_t now_us;
    struct open_question open[SW_QUESTIONS_MAX];
    size_t open_count, asked_count;
    struct sw_question_key {
        uint64_t hash;
    } asked[SW_QUESTIONS_MAX];
    struct sw_health_key hops[SW_CANDIDATES_MAX];
    size_t hop_count;
    enum sw_result result;
    uint64_t views; /* a sum over everything the plan points to: reads every byte of it */
};

/* With a prefix the name is too long (I6). */
static const char long_uri[] =
    "sip:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
    "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc."
    "ddddddddddddddddddddddddddddddddddddddddddddddddddddddd.t";

static const char *const uris[] = {
    "sip:d.t",
    "sips:d.t",
    "sip:d.t:5070",
    "sips:u@D.T.:5071",
    "sip:192.0.2.1",
    "sips:[2001:db8::1]",
    "sip:d.t;transport=udp",
    "sip:d.t;transport=tcp",
    "sip:d.t;transport=tls",
    "sips:d.t;transport=tcp",
    "sips:d.t;transport=udp",
    "sip:d.t;transport=ws",
    "sips:d.t;transport=ws",
    "sip:d.t;transport=sctp",
    "sip:d.t;transport=x",
    "sip:x.t;maddr=d.t",
    "sips:x.t;maddr=192.0.2.1",
    "sip:e.t",
    "sip:h1.d.t",
    long_uri,
};

static void shuffle(struct run *r, struct fp_answer *a, enum sw_rrtype type)
{
    bool may = type == SW_RR_NAPTR || (type == SW_RR_SRV && r->may_shuffle_srv) ||
               ((type == SW_RR_A || type == SW_RR_AAAA) && r->may_shuffle_addresses);
    for (size_t i = a->answer.rr_count; may && i > 1; i--) {
        size_t j = sw_mix_below(&r->chance, (uint32_t)i);
        struct sw_rr other = a->rrs[j];
        a->rrs[j] = a->rrs[i - 1];
        a->rrs[i - 1] = other;
    }
}

/* ---- one location ---- */

static void read_bytes(struct run *r, const void *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        r->views = r->views * 31 + ((const uint8_t *)p)[i];
}

static void on_trace(void *user, const struct sw_trace_event *e)
{
    struct run *r = user;
    char text[4096];
    struct sw_buf b = sw_buf(text, sizeof text);
    if (e->rr != NULL)
        sw_rr_write(&b, e->rr);
    if (e->name.len > 0)
        sw_name_write(&b, e->name);
    if (e->candidate != NULL)
        sw_candidate_write(&b, e->candidate);
    SW_BUG_ON(!b.overflow && !pj_is_printable(sw_buf_slice(&b)));
    read_bytes(r, e->text.p, e->text.len);
}

static void take_questions(struct run *r)
{
    struct sw_plan_ask ask;
    while (sw_plan_ask(r->plan, r->now_us, &ask)) {
        SW_BUG_ON(r->asked_count == SW_QUESTIONS_MAX); /* D9 */
        uint64_t hash = sw_name_hash(ask.question.name, (uint64_t)ask.question.type);
        for (size_t i = 0; i < r->asked_count; i++)
            SW_BUG_ON(r->asked[i].hash == hash); /* D11 */
        r->asked[r->asked_count++].hash = hash;
        struct open_question *o = &r->open[r->open_count++];
        o->id = ask.id;
        memcpy(o->room.wire, ask.question.name.wire, ask.question.name.len);
        o->q = ask.question;
        o->q.name.wire = o->room.wire;
    }
}

static void answer_one(struct run *r)
{
    static struct fp_answer room;
    size_t i = sw_mix_below(&r->chance, (uint32_t)r->open_count);
    struct open_question o = r->open[i];
    o.q.name.wire = o.room.wire;
    fp_answer_make(&room, r->in->answers, r->in->answer_count, &o.q);
    shuffle(r, &room, o.q.type);
    r->open[i] = r->open[--r->open_count];
    r->open[i].q.name.wire = r->open[i].room.wire;
    int rc = sw_plan_answer(r->plan, o.id, &room.answer, r->now_us);
    SW_BUG_ON(rc != 0 && rc != SW_E_NOMEM);
    memset(room.names, 0x5a, room.answer.rr_count * sizeof room.names[0]);
    memset(room.rrs, 0x5a, room.answer.rr_count * sizeof room.rrs[0]);
}

static void let_time_pass(struct run *r)
{
    static const uint64_t steps_us[] = {0, 1, SW_MS(10), SW_MS(50), SW_SECONDS(1), SW_SECONDS(4)};
    uint64_t wake_us = sw_plan_wake_us(r->plan);
    bool may_wake = !r->is_frozen && wake_us != SW_NEVER && sw_mix_below(&r->chance, 4) == 0;
    if (r->open_count > 0 && !may_wake) {
        if (!r->is_frozen)
            r->now_us += PICK(steps_us, sw_mix_below(&r->chance, 256));
        answer_one(r);
        return;
    }
    SW_BUG_ON(wake_us == SW_NEVER); /* waits, and nothing will ever happen */
    SW_BUG_ON(r->is_frozen);        /* every question was answered */
    r->now_us = wake_us > r->now_us ? wake_us : r->now_us;
}

static void judge_candidate(struct run *r, const struct sw_candidate *c)
{
    const char *wrong = pj_candidate(&r->judge, c);
    if (wrong != NULL)
        fprintf(stderr, "fuzz_plan: %s\n", wrong);
    SW_BUG_ON(wrong != NULL);
    SW_BUG_ON(sw_plan_result(r->plan) != SW_RESULT_OK);
    r->hops[r->hop_count++] = (struct sw_health_key){c->transport, c->endpoint};
}

static void check_end(struct run *r)
{
    struct sw_candidate c;
    struct sw_plan_ask ask;
    char text[1024];
    struct sw_buf b = sw_buf(text, sizeof text);
    r->result = sw_plan_result(r->plan);
    SW_BUG_ON(r->result == SW_RESULT_OPEN);
    SW_BUG_ON((r->result == SW_RESULT_OK) != (r->hop_count > 0));
    SW_BUG_ON(sw_plan_next(r->plan, r->now_us, SW_TRY_NONE, &c) != SW_NEXT_END);
    SW_BUG_ON(sw_plan_ask(r->plan, r->now_us, &ask));
    SW_BUG_ON(sw_plan_has_more(r->plan, r->now_us));
    sw_plan_reason(r->plan, &b);
    SW_BUG_ON((b.len == 0) != (r->result == SW_RESULT_OK));
    sw_plan_target(r->plan, &b);
    SW_BUG_ON(!pj_is_printable(sw_buf_slice(&b)));
    SW_BUG_ON(sw_plan_memory_len(r->plan) == 0);
}

static void go_to_the_end(struct run *r)
{
    struct sw_candidate kept[SW_CANDIDATES_MAX];
    enum sw_try why = SW_TRY_NONE;
    for (unsigned calls = 0;; calls++) {
        SW_BUG_ON(calls == CALLS_MAX);
        struct sw_candidate c;
        take_questions(r);
        enum sw_next next = sw_plan_next(r->plan, r->now_us, why, &c);
        take_questions(r);
        why = SW_TRY_NONE;
        if (next == SW_NEXT_END)
            break;
        if (next == SW_NEXT_WAIT) {
            let_time_pass(r);
            continue;
        }
        judge_candidate(r, &c);
        kept[r->hop_count - 1] = c;
        (void)sw_plan_has_more(r->plan, r->now_us);
        why = r->in->head[r->hop_count % HEAD_LEN] & 1 ? SW_TRY_REFUSED : SW_TRY_FAILED;
        pj_tried(&r->judge, why);
        while (!r->is_frozen && r->open_count > 0 && sw_mix_below(&r->chance, 2) == 0)
            let_time_pass(r);
    }
    check_end(r);
    for (size_t i = 0; i < r->hop_count; i++) { /* their views last as long as the plan */
        read_bytes(r, kept[i].host.wire, kept[i].host.len);
        read_bytes(r, kept[i].srv_owner.wire, kept[i].srv_owner.len);
        read_bytes(r, kept[i].service.p, kept[i].service.len);
        for (size_t k = 0; k < kept[i].tls_name_count; k++)
            read_bytes(r, kept[i].tls_names[k].p, kept[i].tls_names[k].len);
    }
}

/* ---- what is located, and by whom ---- */

static void make_policy(struct run *r)
{
    const uint8_t *h = r->in->head;
    struct sw_policy *p = &r->policy;
    sw_policy_init(p);
    p->transport_count = 0;
    for (unsigned i = 0; i < 1u + h[0] % SW_TRANSPORT_COUNT; i++) {
        enum sw_transport t =
            (enum sw_transport)((h[1] + i * (1u + h[2] % 6)) % SW_TRANSPORT_COUNT);
        if (!sw_policy_has(p, t))
            p->transports[p->transport_count++] = t;
    }
    p->family = (enum sw_family)(h[3] % 5);
    p->failover = (enum sw_failover)(h[4] % 3);
    p->draw = (enum sw_draw)(h[5] & 1);
    p->allow_downgrade = (h[5] & 2) != 0;
    p->strict_identity = (h[5] & 4) != 0;
    p->allow_local_zones = (h[5] & 8) != 0;
    if (h[6] & 1)
        p->deadline_us = SW_MS(h[6]);
    if (h[7] & 1) {
        SW_BUG_ON(!sw_network_parse(SW_LIT("10.0.0.0/8"), &r->denied));
        p->denied = &r->denied;
        p->denied_count = 1;
    }
    if (h[8] & 1) {
        SW_BUG_ON(!sw_netaddr_parse(SW_LIT("192.0.2.100"), &r->source));
        p->sources = &r->source;
        p->source_count = h[8] >> 7;
        p->sources_known = true;
    }
}

static int make_plan(struct run *r, struct sw_plan_args *args)
{
    const uint8_t *h = r->in->head;
    struct sw_uri uri;
    if (h[9] >= 240) {
        struct sw_response_args response = {.has_port = (h[9] & 1) != 0, .port = 5070};
        response.transport = r->policy.transports[0];
        SW_BUG_ON(sw_host_parse(SW_LIT("d.t"), &response.sent_by, NULL) < 0);
        pj_init(&r->judge, &r->policy, false, args->request_len);
        return sw_plan_new_response(&r->plan, args, &response, r->now_us);
    }
    SW_BUG_ON(sw_uri_parse(sw_slice_str(PICK(uris, h[9])), &uri, NULL) < 0);
    args->uri = &uri;
    pj_init(&r->judge, &r->policy, uri.scheme == SW_SCHEME_SIPS, args->request_len);
    return sw_plan_new(&r->plan, args, r->now_us);
}

static void locate(struct run *r, const struct input *in, const struct sw_alloc *alloc,
                   struct sw_routes *routes, struct sw_health *health, uint64_t order)
{
    const uint8_t *h = in->head;
    const struct sw_trace trace = {.event = on_trace, .user = r};
    r->chance.state = order;
    r->may_shuffle_srv = r->policy.draw == SW_DRAW_EVEN;
    r->may_shuffle_addresses = (h[10] & 1) != 0;
    r->open_count = r->asked_count = r->hop_count = 0;
    struct sw_plan_args args = {.policy = &r->policy,
                                .request_len = h[11] & 1 ? 1400 : 400,
                                .seed = h[12],
                                .is_stateless = (h[10] & 1) != 0,
                                .stateless_key = sw_slice((const char *)h + 12, 4),
                                .health = health,
                                .routes = routes,
                                .trace = h[13] & 1 ? &trace : NULL,
                                .alloc = alloc};
    r->plan = NULL;
    int rc = make_plan(r, &args);
    SW_BUG_ON(rc != 0 && rc != SW_E_NOMEM);
    if (rc == 0)
        go_to_the_end(r);
    sw_plan_free(r->plan);
}

/* Answers at any time, no memory at times, a shared cache and the memory of health. */
static void locate_in_time(struct run *r, const struct input *in)
{
    struct test_alloc heap;
    struct sw_routes *routes = NULL;
    struct sw_health *health = NULL;
    test_alloc_init(&heap, in->head[14] < 200 ? SIZE_MAX : in->head[14] - 200u);
    heap.keep_failing = (in->head[15] & 1) != 0;
    if ((in->head[16] & 1) && sw_routes_new(&routes, &heap.alloc, &r->policy, 2, 1) < 0)
        routes = NULL;
    if ((in->head[17] & 1) && sw_health_new(&health, &heap.alloc, 4, 1) < 0)
        health = NULL;
    struct sw_rng rng;
    sw_rng_init_u64(&rng, 1);
    r->is_frozen = false;
    for (unsigned i = 0; i < RUNS_OF_A_CACHE; i++) {
        locate(r, in, &heap.alloc, routes, health, in->head[18] + 256u * i);
        for (size_t k = 0; health != NULL && k < r->hop_count; k += 2)
            sw_health_failed(health, &r->hops[k], SW_HEALTH_TIMEOUT, 0, r->now_us, &rng);
        r->now_us += SW_SECONDS(in->head[19]);
    }
    sw_routes_free(routes);
    sw_health_free(health);
    SW_BUG_ON(heap.live_count != 0);
}

/* The candidates do not depend on the order in which answers and their records come. */
static void locate_twice(struct run *r, const struct input *in)
{
    static struct run other;
    r->is_frozen = true;
    locate(r, in, NULL, NULL, NULL, 1);
    other = *r;
    locate(r, in, NULL, NULL, NULL, 2 + (uint64_t)in->head[18]);
    SW_BUG_ON(r->result != other.result);
    SW_BUG_ON(r->hop_count != other.hop_count);
    for (size_t i = 0; i < r->hop_count; i++)
        SW_BUG_ON(r->hops[i].transport != other.hops[i].transport ||
                  !sw_endpoint_eq(&r->hops[i].endpoint, &other.hops[i].endpoint));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run r;
    struct input in = {.head = {0}};
    size_t head_len = size < HEAD_LEN ? size : HEAD_LEN;
    if (head_len > 0)
        memcpy(in.head, data, head_len);
    in.answers = data + head_len;
    in.answer_count = (size - head_len) / FP_ANSWER_LEN;
    memset(&r, 0, sizeof r);
    r.in = &in;
    r.now_us = SW_SECONDS(1000);
    make_policy(&r);
    locate_in_time(&r, &in);
    locate_twice(&r, &in);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The locator against a DNS that says anything. The input is a policy, a URI and a few answers; a
 * question's name and type select one of the answers, so equal questions get equal answers.
 *
 * Each input is located in two ways. First by two plans at a time that share a route cache and the
 * memory of health, with answers at random times, allocations that may fail, a cache that may go
 * away, and a plan that is used again. Then twice with time standing still, the answers in two
 * orders of arrival and the records inside them shuffled, which must give the same candidates. In
 * all of them it ends within its limits, no candidate comes twice, and none that a rule forbids
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
    HEAD_LEN = 24,     /* bytes that make policy and URI */
    CALLS_MAX = 20000, /* a location that needs more does not end */
    PAIR = 2           /* locations at a time */
};

/* Which byte of the head decides what. */
enum {
    H_TRANSPORTS,
    H_FIRST,
    H_STEP,
    H_FAMILY,
    H_FAILOVER,
    H_FLAGS,
    H_DEADLINE,
    H_DENY,
    H_SOURCES,
    H_URI,
    H_STATELESS,
    H_SIZE,
    H_SEED,
    H_TRACE,
    H_HEAP,
    H_KEEP_FAILING,
    H_CACHE,
    H_HEALTH,
    H_ORDER,
    H_WAIT,
    H_CACHE_ENDS,
    H_RESTART
};

struct open_question {
    uint32_t id;
    struct sw_name_room room;
    struct sw_question q;
};

/* What all locations of an input share. */
struct scene {
    uint8_t head[HEAD_LEN];
    const uint8_t *answers;
    size_t answer_count;
    struct sw_policy policy;
    struct sw_netaddr source;
    struct sw_network denied;
    bool is_frozen; /* time stands still */
    uint64_t now_us;
    struct sw_mix chance; /* of the order of events */
    const struct sw_alloc *alloc;
    struct sw_routes *routes;
    struct sw_health *health;
    struct sw_rng rng;
};

struct run {
    struct scene *scene;
    struct sw_plan *plan;
    struct sw_trace trace;
    struct pj_judge judge;
    enum sw_try why;
    unsigned call_count;
    bool is_over;
    struct open_question open[SW_QUESTIONS_MAX];
    size_t open_count, asked_count;
    uint64_t asked[SW_QUESTIONS_MAX]; /* hashes */
    struct sw_candidate hops[SW_CANDIDATES_MAX];
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

/* ---- one location ---- */

static void shuffle(struct run *r, struct fp_answer *a, enum sw_rrtype type)
{
    const struct scene *s = r->scene;
    bool is_stateless = (s->head[H_STATELESS] & 1) != 0;
    bool may = type == SW_RR_NAPTR || (type == SW_RR_SRV && s->policy.draw == SW_DRAW_EVEN) ||
               ((type == SW_RR_A || type == SW_RR_AAAA) && is_stateless);
    for (size_t i = a->answer.rr_count; may && i > 1; i--) {
        size_t j = sw_mix_below(&r->scene->chance, (uint32_t)i);
        struct sw_rr other = a->rrs[j];
        a->rrs[j] = a->rrs[i - 1];
        a->rrs[i - 1] = other;
    }
}

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
    while (sw_plan_ask(r->plan, r->scene->now_us, &ask)) {
        SW_BUG_ON(r->asked_count == SW_QUESTIONS_MAX); /* D9 */
        uint64_t hash = sw_name_hash(ask.question.name, (uint64_t)ask.question.type);
        for (size_t i = 0; i < r->asked_count; i++)
            SW_BUG_ON(r->asked[i] == hash); /* D11 */
        r->asked[r->asked_count++] = hash;
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
    size_t i = sw_mix_below(&r->scene->chance, (uint32_t)r->open_count);
    struct open_question o = r->open[i];
    o.q.name.wire = o.room.wire;
    fp_answer_make(&room, r->scene->answers, r->scene->answer_count, &o.q);
    shuffle(r, &room, o.q.type);
    r->open[i] = r->open[--r->open_count];
    r->open[i].q.name.wire = r->open[i].room.wire;
    int rc = sw_plan_answer(r->plan, o.id, &room.answer, r->scene->now_us);
    SW_BUG_ON(rc != 0 && rc != SW_E_NOMEM);
    memset(room.names, 0x5a, room.answer.rr_count * sizeof room.names[0]);
    memset(room.rrs, 0x5a, room.answer.rr_count * sizeof room.rrs[0]);
}

static void let_time_pass(struct run *r)
{
    static const uint64_t steps_us[] = {0, 1, SW_MS(10), SW_MS(50), SW_SECONDS(1), SW_SECONDS(4)};
    struct scene *s = r->scene;
    uint64_t wake_us = sw_plan_wake_us(r->plan);
    bool may_wake = !s->is_frozen && wake_us != SW_NEVER && sw_mix_below(&s->chance, 4) == 0;
    if (r->open_count > 0 && !may_wake) {
        if (!s->is_frozen)
            s->now_us += PICK(steps_us, sw_mix_below(&s->chance, 256));
        answer_one(r);
        return;
    }
    SW_BUG_ON(wake_us == SW_NEVER); /* waits, and nothing will ever happen */
    SW_BUG_ON(s->is_frozen);        /* every question was answered */
    s->now_us = wake_us > s->now_us ? wake_us : s->now_us;
}

static void try_candidate(struct run *r, const struct sw_candidate *c)
{
    const char *wrong = pj_candidate(&r->judge, c);
    if (wrong != NULL)
        fprintf(stderr, "fuzz_plan: %s\n", wrong);
    SW_BUG_ON(wrong != NULL);
    SW_BUG_ON(sw_plan_result(r->plan) != SW_RESULT_OK);
    r->hops[r->hop_count++] = *c;
    (void)sw_plan_has_more(r->plan, r->scene->now_us);
    r->why = r->scene->head[r->hop_count % HEAD_LEN] & 1 ? SW_TRY_REFUSED : SW_TRY_FAILED;
    pj_tried(&r->judge, r->why);
}

/* The plan's own texts last as long as it. */
static void read_views(struct run *r)
{
    for (size_t i = 0; i < r->hop_count; i++) {
        const struct sw_candidate *c = &r->hops[i];
        read_bytes(r, c->host.wire, c->host.len);
        read_bytes(r, c->srv_owner.wire, c->srv_owner.len);
        read_bytes(r, c->service.p, c->service.len);
        for (size_t k = 0; k < c->tls_name_count; k++)
            read_bytes(r, c->tls_names[k].p, c->tls_names[k].len);
    }
}

static void check_end(struct run *r)
{
    uint64_t now_us = r->scene->now_us;
    struct sw_candidate c;
    struct sw_plan_ask ask;
    char text[1024];
    struct sw_buf b = sw_buf(text, sizeof text);
    r->result = sw_plan_result(r->plan);
    SW_BUG_ON(r->result == SW_RESULT_OPEN);
    SW_BUG_ON((r->result == SW_RESULT_OK) != (r->hop_count > 0));
    SW_BUG_ON(sw_plan_next(r->plan, now_us, SW_TRY_NONE, &c) != SW_NEXT_END);
    SW_BUG_ON(sw_plan_ask(r->plan, now_us, &ask));
    SW_BUG_ON(sw_plan_has_more(r->plan, now_us));
    sw_plan_reason(r->plan, &b);
    SW_BUG_ON((b.len == 0) != (r->result == SW_RESULT_OK));
    sw_plan_target(r->plan, &b);
    SW_BUG_ON(!pj_is_printable(sw_buf_slice(&b)));
    SW_BUG_ON(sw_plan_memory_len(r->plan) == 0);
    read_views(r);
}

/* One turn of the caller's loop (plan.h). */
static void take_turn(struct run *r)
{
    struct sw_candidate c;
    SW_BUG_ON(r->call_count++ == CALLS_MAX);
    take_questions(r);
    enum sw_next next = sw_plan_next(r->plan, r->scene->now_us, r->why, &c);
    take_questions(r);
    r->why = SW_TRY_NONE;
    switch (next) {
    case SW_NEXT_END:
        r->is_over = true;
        check_end(r);
        return;
    case SW_NEXT_WAIT:
        let_time_pass(r);
        return;
    case SW_NEXT_CANDIDATE:
        try_candidate(r, &c);
        break;
    }
    while (!r->scene->is_frozen && r->open_count > 0 && sw_mix_below(&r->scene->chance, 2) == 0)
        let_time_pass(r);
}

/* ---- what is located, and by whom ---- */

static void make_policy(struct scene *s)
{
    const uint8_t *h = s->head;
    struct sw_policy *p = &s->policy;
    sw_policy_init(p);
    p->transport_count = 0;
    for (unsigned i = 0; i < 1u + h[H_TRANSPORTS] % SW_TRANSPORT_COUNT; i++) {
        unsigned at = h[H_FIRST] + i * (1u + h[H_STEP] % 6);
        enum sw_transport t = (enum sw_transport)(at % SW_TRANSPORT_COUNT);
        if (!sw_policy_has(p, t))
            p->transports[p->transport_count++] = t;
    }
    p->family = (enum sw_family)(h[H_FAMILY] % 5);
    p->failover = (enum sw_failover)(h[H_FAILOVER] % 3);
    p->draw = (enum sw_draw)(h[H_FLAGS] & 1);
    p->allow_downgrade = (h[H_FLAGS] & 2) != 0;
    p->strict_identity = (h[H_FLAGS] & 4) != 0;
    p->allow_local_zones = (h[H_FLAGS] & 8) != 0;
    if (h[H_DEADLINE] & 1)
        p->deadline_us = SW_MS(h[H_DEADLINE]);
    if (h[H_DENY] & 1) {
        SW_BUG_ON(!sw_network_parse(SW_LIT("10.0.0.0/8"), &s->denied));
        p->denied = &s->denied;
        p->denied_count = 1;
    }
    if (h[H_SOURCES] & 1) {
        SW_BUG_ON(!sw_netaddr_parse(SW_LIT("192.0.2.100"), &s->source));
        p->sources = &s->source;
        p->source_count = h[H_SOURCES] >> 7;
        p->sources_known = true;
    }
}

static int make_response_plan(struct run *r, const struct sw_plan_args *args)
{
    struct scene *s = r->scene;
    struct sw_response_args response = {
        .transport = s->policy.transports[0], .has_port = (s->head[H_URI] & 1) != 0, .port = 5070};
    SW_BUG_ON(sw_host_parse(SW_LIT("d.t"), &response.sent_by, NULL) < 0);
    pj_init(&r->judge, &s->policy, false, args->request_len);
    sw_plan_free(r->plan); /* there is no using one again for a response */
    r->plan = NULL;
    return sw_plan_new_response(&r->plan, args, &response, s->now_us);
}

static int make_plan(struct run *r, struct sw_plan_args *args, unsigned number)
{
    struct scene *s = r->scene;
    struct sw_uri uri;
    if (s->head[H_URI] >= 240 && number == 0)
        return make_response_plan(r, args);
    SW_BUG_ON(sw_uri_parse(sw_slice_str(PICK(uris, s->head[H_URI] + number)), &uri, NULL) < 0);
    args->uri = &uri;
    pj_init(&r->judge, &s->policy, uri.scheme == SW_SCHEME_SIPS, args->request_len);
    return r->plan == NULL ? sw_plan_new(&r->plan, args, s->now_us)
                           : sw_plan_restart(r->plan, args, s->now_us);
}

/* Begin the location of one of the URIs: the input's own is number 0. A plan that is there already
 * is used again. */
static void begin(struct run *r, struct scene *s, unsigned number)
{
    const uint8_t *h = s->head;
    struct sw_plan *used = r->plan;
    memset(r, 0, sizeof *r);
    r->scene = s;
    r->plan = used;
    r->trace = (struct sw_trace){.event = on_trace, .user = r};
    struct sw_plan_args args = {.policy = &s->policy,
                                .request_len = h[H_SIZE] & 1 ? 1400 : 400,
                                .seed = h[H_SEED] + number,
                                .is_stateless = (h[H_STATELESS] & 1) != 0,
                                .stateless_key = sw_slice((const char *)h + H_SEED, 4),
                                .health = s->health,
                                .routes = s->routes,
                                .trace = h[H_TRACE] & 1 ? &r->trace : NULL,
                                .alloc = s->alloc};
    int rc = make_plan(r, &args, number);
    SW_BUG_ON(rc != 0 && rc != SW_E_NOMEM);
    r->is_over = rc < 0;
}

static void end(struct run *r)
{
    sw_plan_free(r->plan);
    r->plan = NULL;
}

static void report_health(struct run *r)
{
    struct scene *s = r->scene;
    for (size_t k = 0; s->health != NULL && k < r->hop_count; k += 2) {
        struct sw_health_key key = {r->hops[k].transport, r->hops[k].endpoint};
        sw_health_failed(s->health, &key, SW_HEALTH_TIMEOUT, 0, s->now_us, &s->rng);
    }
}

/* The cache goes, or forgets, while plans use its routes. */
static void disturb_cache(struct scene *s)
{
    if ((s->head[H_CACHE_ENDS] & 1) == 0 || s->routes == NULL || sw_mix_below(&s->chance, 16) != 0)
        return;
    if (s->head[H_CACHE_ENDS] & 2) {
        sw_routes_flush(s->routes);
        return;
    }
    sw_routes_free(s->routes);
    s->routes = NULL;
}

/* Two plans at a time, the second for the same or for another URI. */
static void run_pair(struct scene *s, struct run pair[PAIR])
{
    begin(&pair[0], s, 0);
    begin(&pair[1], s, s->head[H_RESTART] >> 6);
    while (!pair[0].is_over || !pair[1].is_over) {
        struct run *r = &pair[sw_mix_below(&s->chance, PAIR)];
        if (!r->is_over)
            take_turn(r);
        disturb_cache(s);
    }
    report_health(&pair[0]);
}

static void locate_in_time(struct scene *s)
{
    static struct run pair[PAIR];
    const uint8_t *h = s->head;
    struct test_alloc heap;
    test_alloc_init(&heap, h[H_HEAP] < 200 ? SIZE_MAX : h[H_HEAP] - 200u);
    heap.keep_failing = (h[H_KEEP_FAILING] & 1) != 0;
    s->alloc = &heap.alloc;
    if ((h[H_CACHE] & 1) && sw_routes_new(&s->routes, &heap.alloc, &s->policy, 2, 1) < 0)
        s->routes = NULL;
    if ((h[H_HEALTH] & 1) && sw_health_new(&s->health, &heap.alloc, 4, 1) < 0)
        s->health = NULL;
    s->chance.state = h[H_ORDER];
    run_pair(s, pair);
    s->now_us += SW_SECONDS(h[H_WAIT]);
    if ((h[H_RESTART] & 1) == 0) {
        end(&pair[0]);
        end(&pair[1]);
    }
    run_pair(s, pair);
    end(&pair[0]);
    end(&pair[1]);
    sw_routes_free(s->routes);
    sw_health_free(s->health);
    SW_BUG_ON(heap.live_count != 0);
}

/* The candidates do not depend on the order in which answers and their records come. */
static void locate_twice(struct scene *s)
{
    static struct run runs[PAIR];
    s->is_frozen = true;
    s->alloc = NULL;
    s->routes = NULL;
    s->health = NULL;
    for (size_t i = 0; i < PAIR; i++) {
        s->chance.state = i + s->head[H_ORDER];
        begin(&runs[i], s, 0);
        while (!runs[i].is_over)
            take_turn(&runs[i]);
        end(&runs[i]);
    }
    SW_BUG_ON(runs[0].result != runs[1].result);
    SW_BUG_ON(runs[0].hop_count != runs[1].hop_count);
    for (size_t i = 0; i < runs[0].hop_count; i++)
        SW_BUG_ON(runs[0].hops[i].transport != runs[1].hops[i].transport ||
                  !sw_endpoint_eq(&runs[0].hops[i].endpoint, &runs[1].hops[i].endpoint));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scene s;
    size_t head_len = size < HEAD_LEN ? size : HEAD_LEN;
    memset(&s, 0, sizeof s);
    if (head_len > 0)
        memcpy(s.head, data, head_len);
    s.answers = data + head_len;
    s.answer_count = (size - head_len) / FP_ANSWER_LEN;
    s.now_us = SW_SECONDS(1000);
    sw_rng_init_u64(&s.rng, 1);
    make_policy(&s);
    locate_in_time(&s);
    locate_twice(&s);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "route_drive.h"

#include <stdlib.h>

enum { STEPS_MAX = 5000, NO_SUCH_ID = 0x7ffffff1 };

void rt_world_init(struct rt_world *w, size_t fail_at)
{
    memset(w, 0, sizeof *w);
    test_alloc_init(&w->heap, fail_at);
    w->now_us = SW_SECONDS(3600);
}

bool rt_world_fini(struct rt_world *w)
{
    sw_routes_free(w->routes);
    sw_health_free(w->health);
    sw_offers_free(w->offers);
    return w->heap.live_count == 0;
}

static void blame(struct rt_story *s, const char *what)
{
    if (s->broken == NULL)
        s->broken = what;
}

static void check_printable(struct rt_story *s, const struct sw_rr *rr)
{
    char text[8192];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_rr_write(&b, rr);
    if (!pj_is_printable(sw_buf_slice(&b)))
        blame(s, "H6: a record is written with bytes that are not printable");
}

static void on_trace(void *user, const struct sw_trace_event *e)
{
    struct rt_story *s = user;
    if (e->at_us > s->now_us - s->begin_us)
        blame(s, "12: a trace event from the future");
    switch (e->kind) {
    case SW_TRACE_STEP:
        break;
    case SW_TRACE_QUESTION:
        s->question_events++;
        break;
    case SW_TRACE_ANSWER:
        s->answer_events++;
        break;
    case SW_TRACE_RECORD:
        check_printable(s, e->rr);
        s->notes[e->note]++;
        break;
    case SW_TRACE_NOTE:
        s->notes[e->note]++;
        break;
    case SW_TRACE_CANDIDATE:
        s->candidate_events++;
        break;
    case SW_TRACE_RESULT:
        s->result_event = e->result;
        break;
    }
}

/* When the answer to a question comes: as the case says, else after one round trip in the plain
 * run, and after anything below the wait of A3 in the others. */
static uint64_t due_us(struct rt_story *s, const struct tz_reply *reply)
{
    if (reply->is_silent)
        return SW_NEVER;
    if (s->variant->is_instant)
        return s->now_us;
    if (reply->has_after)
        return s->now_us + reply->after_us;
    if (s->variant->number == 0)
        return s->now_us + RT_ROUND_TRIP_US;
    return s->now_us + SW_MS(sw_mix_below(&s->chance, 40));
}

static const struct rt_asked *find_asked(const struct rt_story *s, const struct sw_question *q)
{
    for (size_t i = 0; i < s->asked_count; i++)
        if (s->asked[i].q.type == q->type && sw_name_eq(s->asked[i].q.name, q->name))
            return &s->asked[i];
    return NULL;
}

static void note_question(struct rt_story *s, const struct sw_plan_ask *ask)
{
    static struct tz_reply reply;
    if (s->asked_count == SW_QUESTIONS_MAX) {
        blame(s, "D9: more than 64 questions");
        return;
    }
    if (find_asked(s, &ask->question) != NULL)
        blame(s, "D11: an equal question twice in one location");
    struct rt_asked *a = &s->asked[s->asked_count++];
    a->met_nomem = false;
    memcpy(a->room.wire, ask->question.name.wire, ask->question.name.len);
    a->q.name = (struct sw_name){a->room.wire, ask->question.name.len};
    a->q.type = ask->question.type;
    a->view = ask->question.name;
    a->id = ask->id;
    a->is_open = true;
    tz_zone_answer(s->step->zone, &a->q, &reply);
    a->due_us = due_us(s, &reply);
}

static void ask_all(struct rt_story *s)
{
    struct sw_plan_ask ask;
    for (size_t i = 0; sw_plan_ask(s->plan, s->now_us, &ask); i++) {
        if (i > SW_QUESTIONS_MAX) {
            blame(s, "sw_plan_ask() never stops");
            return;
        }
        note_question(s, &ask);
    }
}

/* Records in another order, where the order of the answer is not what the rules go by: literal
 * draws (V4) and a host's addresses (A2: stable), unless without state (S1). */
static bool may_shuffle(const struct rt_story *s, enum sw_rrtype type)
{
    if (!s->variant->shuffles)
        return false;
    bool is_stateless = s->step->client->key != NULL;
    if (type == SW_RR_SRV)
        return s->step->client->policy.draw == SW_DRAW_EVEN;
    return type == SW_RR_NAPTR || is_stateless;
}

static size_t text_len(const struct sw_rr *rr)
{
    if (rr->type == SW_RR_SRV)
        return rr->srv.target.len;
    if (rr->type == SW_RR_NAPTR)
        return rr->naptr.flags.len + rr->naptr.service.len + rr->naptr.regexp.len +
               rr->naptr.replacement.len;
    return 0;
}

static struct sw_slice move_text(char **at, struct sw_slice s)
{
    char *to = *at;
    if (s.len > 0)
        memcpy(to, s.p, s.len);
    *at += s.len;
    return sw_slice(to, s.len);
}

static struct sw_name move_name(char **at, struct sw_name n)
{
    struct sw_slice moved = move_text(at, sw_slice((const char *)n.wire, n.len));
    return (struct sw_name){(const uint8_t *)moved.p, n.len};
}

/* The records of an answer in memory of their own, which ends with the call that hands it in. */
static struct sw_rr *copy_records(struct rt_story *s, const struct sw_answer *a,
                                  enum sw_rrtype type, size_t *size)
{
    *size = a->rr_count * sizeof(struct sw_rr) + 1;
    for (size_t i = 0; i < a->rr_count; i++)
        *size += text_len(&a->rrs[i]);
    struct sw_rr *rrs = malloc(*size);
    if (rrs == NULL)
        abort();
    char *at = (char *)(rrs + a->rr_count);
    for (size_t i = 0; i < a->rr_count; i++)
        rrs[i] = a->rrs[i];
    for (size_t i = a->rr_count; i > 1 && may_shuffle(s, type); i--) {
        size_t j = sw_mix_below(&s->chance, (uint32_t)i);
        struct sw_rr other = rrs[j];
        rrs[j] = rrs[i - 1];
        rrs[i - 1] = other;
    }
    for (size_t i = 0; i < a->rr_count; i++) {
        if (type == SW_RR_SRV) {
            rrs[i].srv.target = move_name(&at, rrs[i].srv.target);
        } else if (type == SW_RR_NAPTR) {
            rrs[i].naptr.flags = move_text(&at, rrs[i].naptr.flags);
            rrs[i].naptr.service = move_text(&at, rrs[i].naptr.service);
            rrs[i].naptr.regexp = move_text(&at, rrs[i].naptr.regexp);
            rrs[i].naptr.replacement = move_name(&at, rrs[i].naptr.replacement);
        }
    }
    return rrs;
}

static void hand_in(struct rt_story *s, struct rt_asked *asked)
{
    static struct tz_reply reply;
    const struct rt_source *source = s->variant->source;
    if (source != NULL)
        source->ask(source->user, &asked->q, &reply);
    else
        tz_zone_answer(s->step->zone, &asked->q, &reply);
    struct sw_answer answer = reply.answer;
    const struct rt_asked *twin = s->twin == NULL ? NULL : find_asked(s->twin, &asked->q);
    if (twin != NULL && twin->met_nomem)
        answer = (struct sw_answer){.outcome = SW_OUTCOME_SERVFAIL, .rcode = 2};
    size_t size = 0;
    struct sw_rr *rrs = copy_records(s, &answer, asked->q.type, &size);
    answer.rrs = rrs;
    answer.elapsed_us = (uint32_t)(s->now_us - s->begin_us);
    if (!sw_name_eq(asked->view, asked->q.name))
        blame(s, "a question's name did not last until its answer");
    asked->is_open = false;
    s->answered++;
    int rc = sw_plan_answer(s->plan, asked->id, &answer, s->now_us);
    if (rc != 0 && rc != SW_E_NOMEM)
        blame(s, "sw_plan_answer() gave an error that it does not have");
    asked->met_nomem = rc == SW_E_NOMEM;
    struct sw_answer again = {.outcome = SW_OUTCOME_NXDOMAIN, .rcode = 3};
    if (s->variant->is_nosy && (sw_plan_answer(s->plan, asked->id, &again, s->now_us) != 0 ||
                                sw_plan_answer(s->plan, NO_SUCH_ID, &again, s->now_us) != 0))
        blame(s, "an answer to a question that is not open is not ignored");
    memset(rrs, 0x5a, size);
    free(rrs);
}

static struct rt_asked *earliest(struct rt_story *s)
{
    struct rt_asked *first = NULL;
    for (size_t i = 0; i < s->asked_count; i++) {
        struct rt_asked *a = &s->asked[i];
        if (a->is_open && a->due_us != SW_NEVER && (first == NULL || a->due_us < first->due_us))
            first = a;
    }
    return first;
}

/* Let time pass until `until_us`, or, with is_one, until something happens before it. */
static void pass_time(struct rt_story *s, uint64_t until_us, bool is_one)
{
    struct rt_asked *a;
    while ((a = earliest(s)) != NULL && a->due_us <= until_us) {
        s->now_us = a->due_us > s->now_us ? a->due_us : s->now_us;
        hand_in(s, a);
        ask_all(s);
        if (is_one)
            return;
    }
    s->now_us = until_us > s->now_us ? until_us : s->now_us;
}

static void wait_for_something(struct rt_story *s)
{
    uint64_t wake_us = sw_plan_wake_us(s->plan);
    const struct rt_asked *a = earliest(s);
    if (wake_us == SW_NEVER && a == NULL) {
        blame(s, "waits, and nothing is under way");
        s->is_at_end = true;
        return;
    }
    if (wake_us <= s->now_us && (a == NULL || a->due_us > s->now_us))
        blame(s, "waits for a time that has come");
    struct sw_candidate unused;
    if (s->variant->is_nosy &&
        (sw_plan_next(s->plan, s->now_us, SW_TRY_NONE, &unused) != SW_NEXT_WAIT ||
         sw_plan_wake_us(s->plan) != wake_us))
        blame(s, "asked twice at one time, it says something else");
    pass_time(s, wake_us, true);
}

/* A candidate has come: write it down, try it. @return what came of it. */
static enum sw_try take_candidate(struct rt_story *s, const struct sw_candidate *c)
{
    struct rt_seen *seen = &s->seen[s->seen_count++];
    *seen = (struct rt_seen){.c = *c,
                             .at_us = s->now_us - s->begin_us,
                             .has_more = sw_plan_has_more(s->plan, s->now_us)};
    struct sw_buf b = sw_buf(seen->text, sizeof seen->text);
    rt_seen_write(&b, c);
    sw_buf_cstr(&b);
    const char *wrong = pj_candidate(&s->judge, c);
    if (wrong != NULL)
        blame(s, wrong);
    if (sw_plan_result(s->plan) != SW_RESULT_OK)
        blame(s, "a candidate was handed out and the result is not ok");
    enum sw_try why = s->step->tries[s->seen_count - 1];
    pj_tried(&s->judge, why);
    return why;
}

static void go_on_to_the_end(struct rt_story *s)
{
    enum sw_try why = SW_TRY_NONE;
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        struct sw_candidate c;
        ask_all(s);
        enum sw_next next = sw_plan_next(s->plan, s->now_us, why, &c);
        ask_all(s);
        why = SW_TRY_NONE;
        if (next == SW_NEXT_WAIT) {
            wait_for_something(s);
        } else if (next == SW_NEXT_CANDIDATE && s->seen_count <= SW_CANDIDATES_MAX) {
            why = take_candidate(s, &c);
            pass_time(s, s->now_us + s->step->client->try_us, false);
        } else {
            s->is_at_end = true;
        }
        bool is_enough = s->step->stop_after != 0 && !s->variant->goes_on &&
                         s->seen_count == s->step->stop_after;
        if (s->is_at_end || is_enough)
            return;
    }
    blame(s, "never comes to an end");
}

static void check_end(struct rt_story *s)
{
    struct sw_candidate c;
    struct sw_plan_ask ask;
    s->end_us = s->now_us - s->begin_us;
    s->result = sw_plan_result(s->plan);
    if (!s->is_at_end || s->broken != NULL)
        return;
    if (sw_plan_ask(s->plan, s->now_us, &ask))
        blame(s, "asks after the end");
    if (sw_plan_next(s->plan, s->now_us, SW_TRY_NONE, &c) != SW_NEXT_END ||
        sw_plan_result(s->plan) != s->result)
        blame(s, "the end does not last");
    if (sw_plan_has_more(s->plan, s->now_us))
        blame(s, "has more after the end");
    if (s->result == SW_RESULT_OPEN || (s->result == SW_RESULT_OK) != (s->seen_count > 0))
        blame(s, "the result does not fit what was handed out");
    if (s->result_event != (int)s->result)
        blame(s, "12: the trace does not tell the result");
    char reason[512];
    struct sw_buf b = sw_buf(reason, sizeof reason);
    sw_plan_reason(s->plan, &b);
    if ((b.len == 0) != (s->result == SW_RESULT_OK) || !pj_is_printable(sw_buf_slice(&b)))
        blame(s, "a result other than ok has a reason, ok has none");
}

/* A candidate's views last as long as the plan. */
static void check_views(struct rt_story *s)
{
    for (size_t i = 0; i < s->seen_count; i++) {
        char text[RT_TEXT_MAX];
        struct sw_buf b = sw_buf(text, sizeof text);
        rt_seen_write(&b, &s->seen[i].c);
        if (strcmp(sw_buf_cstr(&b), s->seen[i].text) != 0)
            blame(s, "a candidate's views changed while the plan lived");
    }
}

static void check_trace(struct rt_story *s)
{
    if (s->question_events != s->asked_count)
        blame(s, "12: the trace does not tell each question");
    if (s->answer_events != s->answered)
        blame(s, "12: the trace does not tell each answer");
    if (s->candidate_events != s->seen_count)
        blame(s, "12: the trace does not tell each candidate");
}

static void set_up_world(struct rt_world *w, const struct rt_step *step, bool may_cache)
{
    const struct rt_client *client = step->client;
    if (w->routes_of != client) {
        sw_routes_free(w->routes);
        w->routes = NULL;
    }
    if (client->has_cache && may_cache && w->routes == NULL) {
        w->routes_of = client;
        if (sw_routes_new(&w->routes, &w->heap.alloc, &client->policy, 16, 1) < 0)
            w->routes = NULL;
    }
    if (client->has_health && w->health == NULL && sw_health_new(&w->health, NULL, 0, 1) < 0)
        abort();
    if (client->has_offers && w->offers == NULL && sw_offers_new(&w->offers, NULL, 0, 1) < 0)
        abort();
    struct sw_rng rng;
    sw_rng_init_u64(&rng, 1);
    for (const struct rt_penalty *p = step->penalties; p != NULL && w->health != NULL; p = p->next)
        sw_health_failed(w->health, &p->key, SW_HEALTH_TIMEOUT, 0, w->now_us, &rng);
}

/* A plan for a numeric target, to be used again. */
static int make_used_plan(struct rt_story *s, const struct sw_plan_args *args)
{
    struct sw_plan_args other = *args;
    struct sw_uri uri;
    struct sw_candidate c;
    if (sw_uri_parse(SW_LIT("sips:192.0.2.250;transport=tls"), &uri, NULL) < 0)
        abort();
    other.uri = &uri;
    other.trace = NULL;
    int rc = sw_plan_new(&s->plan, &other, s->begin_us);
    if (rc == 0)
        (void)!sw_plan_next(s->plan, s->begin_us, SW_TRY_NONE, &c);
    return rc;
}

static int begin_plan(struct rt_story *s, const struct sw_plan_args *args)
{
    const struct sw_via_route *via = &s->step->via;
    struct sw_response_args response = {.transport = via->transport,
                                        .sent_by = via->sent_by,
                                        .has_port = via->has_port,
                                        .port = via->port};
    if (args->uri == NULL)
        return sw_plan_new_response(&s->plan, args, &response, s->begin_us);
    if (!s->variant->restarts)
        return sw_plan_new(&s->plan, args, s->begin_us);
    int rc = make_used_plan(s, args);
    return rc < 0 ? rc : sw_plan_restart(s->plan, args, s->begin_us);
}

/* The URI and the key live only until the plan is made. @return false: no plan. */
static bool begin_location(struct rt_story *s, struct rt_world *w)
{
    const struct rt_client *client = s->step->client;
    const char *key = s->variant->key != NULL ? s->variant->key : client->key;
    char uri_text[1024], key_text[64];
    struct sw_uri uri;
    struct sw_plan_args args = {.policy = &client->policy,
                                .request_len = s->step->size,
                                .seed = s->variant->seed != 0 ? s->variant->seed : client->seed,
                                .health = client->has_health ? w->health : NULL,
                                .offers = client->has_offers ? w->offers : NULL,
                                .routes = w->routes,
                                .trace = &s->trace,
                                .alloc = &w->heap.alloc};
    if (key != NULL) {
        args.is_stateless = true;
        snprintf(key_text, sizeof key_text, "%s", key);
        args.stateless_key = sw_slice_str(key_text);
    }
    if (s->step->uri != NULL) {
        snprintf(uri_text, sizeof uri_text, "%s", s->step->uri);
        if (sw_uri_parse(sw_slice_str(uri_text), &uri, NULL) < 0)
            return !(s->is_refused_uri = true);
        args.uri = &uri;
    }
    pj_init(&s->judge, &client->policy, s->step->uri != NULL && uri.scheme == SW_SCHEME_SIPS,
            s->step->size);
    int rc = begin_plan(s, &args);
    if (s->step->uri != NULL && strcmp(uri_text, s->step->uri) != 0)
        blame(s, "I3: the URI was changed");
    memset(uri_text, 'z', sizeof uri_text);
    memset(key_text, 'z', sizeof key_text);
    memset(&uri, 0x5a, sizeof uri);
    if (rc < 0 && rc != SW_E_NOMEM)
        blame(s, "sw_plan_new() gave an error that it does not have");
    s->met_nomem = rc < 0;
    return rc == 0;
}

void rt_story_run(struct rt_story *s, struct rt_world *w, const struct rt_step *step,
                  const struct rt_variant *v, const struct rt_story *twin)
{
    memset(s, 0, offsetof(struct rt_story, seen));
    s->step = step;
    s->variant = v;
    s->twin = twin;
    s->result_event = -1;
    s->chance.state = v->number * 7919u + (uint64_t)step->line;
    w->now_us += step->wait_us;
    s->begin_us = s->now_us = w->now_us;
    s->trace = (struct sw_trace){.event = on_trace, .user = s};
    set_up_world(w, step, !v->has_no_cache);
    if (!begin_location(s, w)) {
        s->result = SW_RESULT_INVALID;
        return;
    }
    go_on_to_the_end(s);
    check_end(s);
    check_trace(s);
    check_views(s);
    w->now_us = s->now_us;
}

void rt_story_end(struct rt_story *s)
{
    sw_plan_free(s->plan);
    s->plan = NULL;
}

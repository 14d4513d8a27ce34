/* SPDX-License-Identifier: BSD-2-Clause */
#include "small_dns.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORDS_MAX = 16 };

struct words {
    char text[400];
    char *at[WORDS_MAX + 1];
    size_t count;
};

static void split(const char *line, struct words *w)
{
    w->count = 0;
    snprintf(w->text, sizeof w->text, "%s", line);
    for (char *p = strtok(w->text, " "); p != NULL && w->count < WORDS_MAX; p = strtok(NULL, " "))
        w->at[w->count++] = p;
    w->at[w->count] = NULL;
}

static struct sw_name name_of(const char *text, struct sw_name_room *room)
{
    struct sw_name name;
    if (sw_name_from_escaped(sw_slice_str(text), room, &name) < 0)
        fail_msg("not a name: %s", text);
    return name;
}

static enum sw_outcome outcome_of(const char *text)
{
    static const struct {
        const char *text;
        enum sw_outcome outcome;
    } rows[] = {{"NODATA", SW_OUTCOME_NODATA},       {"NXDOMAIN", SW_OUTCOME_NXDOMAIN},
                {"SERVFAIL", SW_OUTCOME_SERVFAIL},   {"TIMEOUT", SW_OUTCOME_TIMEOUT},
                {"MALFORMED", SW_OUTCOME_MALFORMED}, {"BOGUS", SW_OUTCOME_BOGUS},
                {"NOT_ASKED", SW_OUTCOME_NOT_ASKED}, {"RECORDS", SW_OUTCOME_RECORDS}};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].text, text) == 0)
            return rows[i].outcome;
    fail_msg("not an outcome: %s", text);
    return SW_OUTCOME_NODATA;
}

/* A text in a record: "-" is the empty one. */
static struct sw_slice text_of(const char *word, char *room)
{
    snprintf(room, 32, "%s", strcmp(word, "-") == 0 ? "" : word);
    return sw_slice_str(room);
}

static void read_record(const struct words *w, struct small_reply *out)
{
    size_t n = out->answer.rr_count++;
    struct sw_rr *rr = &out->rrs[n];
    assert_true(n < SMALL_RRS_MAX);
    rr->ttl_s = 300;
    switch (rr->type) {
    case SW_RR_NAPTR:
        rr->naptr = (struct sw_rr_naptr){(uint16_t)atoi(w->at[2]),
                                         (uint16_t)atoi(w->at[3]),
                                         text_of(w->at[4], out->texts[n][0]),
                                         text_of(w->at[5], out->texts[n][1]),
                                         strcmp(w->at[6], "-") == 0 ? SW_LIT("") : SW_LIT("!x!y!"),
                                         name_of(w->at[7], &out->names[n])};
        break;
    case SW_RR_SRV:
        rr->srv = (struct sw_rr_srv){(uint16_t)atoi(w->at[2]), (uint16_t)atoi(w->at[3]),
                                     (uint16_t)atoi(w->at[4]), name_of(w->at[5], &out->names[n])};
        break;
    case SW_RR_A:
    case SW_RR_AAAA:
        assert_true(sw_netaddr_parse(sw_slice_str(w->at[2]), &rr->addr));
        break;
    case SW_RR_CNAME:
        fail();
    }
}

static void read_options(const struct words *w, struct small_reply *out)
{
    for (size_t i = 2; i < w->count; i++) {
        if (strcmp(w->at[i], "after") == 0)
            out->after_us = SW_MS(strtoull(w->at[i + 1], NULL, 10));
        if (strcmp(w->at[i], "ttl") == 0)
            out->answer.ttl_s = (uint32_t)strtoul(w->at[i + 1], NULL, 10);
        out->answer.is_secure = out->answer.is_secure || strcmp(w->at[i], "secure") == 0;
        out->answer.is_stale = out->answer.is_stale || strcmp(w->at[i], "stale") == 0;
        out->answer.is_local = out->answer.is_local || strcmp(w->at[i], "local") == 0;
    }
}

void small_dns_answer(const char *const *lines, const struct sw_question *q,
                      struct small_reply *out)
{
    *out = (struct small_reply){.answer = {.outcome = SW_OUTCOME_NXDOMAIN, .ttl_s = 300}};
    out->answer.rrs = out->rrs;
    for (; *lines != NULL; lines++) {
        struct words w;
        struct sw_name_room room;
        split(*lines, &w);
        if (!sw_name_eq(name_of(w.at[0], &room), q->name))
            continue;
        if (out->answer.outcome == SW_OUTCOME_NXDOMAIN)
            out->answer.outcome = SW_OUTCOME_NODATA;
        if (strcmp(w.at[1], sw_rrtype_name(q->type)) != 0)
            continue;
        read_options(&w, out);
        if (strcmp(w.at[2], "=") == 0) {
            out->answer.outcome = outcome_of(w.at[3]);
            continue;
        }
        out->answer.outcome = SW_OUTCOME_RECORDS;
        out->rrs[out->answer.rr_count].type = q->type;
        read_record(&w, out);
    }
    if (out->answer.outcome != SW_OUTCOME_RECORDS)
        out->answer.rr_count = 0;
}

void small_run_ask(struct small_run *r)
{
    struct sw_plan_ask ask;
    while (sw_plan_ask(r->plan, r->now_us, &ask)) {
        struct small_asked *a = &r->asked[r->asked_count++];
        struct small_reply reply;
        assert_true(r->asked_count <= SMALL_ASKED_MAX);
        small_dns_answer(r->lines, &ask.question, &reply);
        *a = (struct small_asked){.ask = ask, .due_us = r->now_us + reply.after_us};
        struct sw_buf b = sw_buf(a->text, sizeof a->text);
        sw_name_write(&b, ask.question.name);
        sw_buf_char(&b, ' ');
        sw_buf_str(&b, sw_rrtype_name(ask.question.type));
        (void)sw_buf_cstr(&b);
    }
}

/* The answer that comes next, NULL: none is under way. */
static struct small_asked *next_due(struct small_run *r)
{
    struct small_asked *best = NULL;
    for (size_t i = 0; i < r->asked_count; i++) {
        struct small_asked *a = &r->asked[r->answer_last_first ? r->asked_count - 1 - i : i];
        if (a->due_us != SW_NEVER && (best == NULL || a->due_us < best->due_us))
            best = a;
    }
    return best;
}

static bool answer_one(struct small_run *r, uint64_t until_us)
{
    struct small_asked *a = next_due(r);
    struct small_reply reply;
    if (a == NULL || a->due_us > until_us)
        return false;
    r->now_us = a->due_us > r->now_us ? a->due_us : r->now_us;
    a->due_us = SW_NEVER;
    small_dns_answer(r->lines, &a->ask.question, &reply);
    int rc = sw_plan_answer(r->plan, a->ask.id, &reply.answer, r->now_us);
    assert_true(rc == 0 || rc == SW_E_NOMEM);
    r->nomem_count += rc < 0;
    return true;
}

void small_run_settle(struct small_run *r)
{
    small_run_ask(r);
    while (answer_one(r, r->now_us))
        small_run_ask(r);
}

enum sw_next small_run_next(struct small_run *r, enum sw_try why, struct sw_candidate *c)
{
    for (unsigned turn = 0; turn < 1000; turn++) {
        small_run_settle(r);
        enum sw_next next = sw_plan_next(r->plan, r->now_us, why, c);
        if (next != SW_NEXT_WAIT)
            return next;
        why = SW_TRY_NONE;
        small_run_ask(r);
        uint64_t wake_us = sw_plan_wake_us(r->plan);
        if (answer_one(r, wake_us))
            continue;
        assert_true(wake_us != SW_NEVER);
        r->now_us = wake_us > r->now_us ? wake_us : r->now_us;
    }
    fail_msg("the plan does not end");
    return SW_NEXT_END;
}

const char *small_run_list(struct small_run *r)
{
    static char room[8000];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_candidate c;
    enum sw_try why = SW_TRY_NONE;
    while (small_run_next(r, why, &c) == SW_NEXT_CANDIDATE) {
        if (b.len > 0)
            sw_buf_char(&b, ' ');
        sw_candidate_write(&b, &c);
        why = r->why;
    }
    if (sw_plan_result(r->plan) != SW_RESULT_OK) {
        assert_int_equal(b.len, 0);
        sw_buf_str(&b, "= ");
        sw_buf_str(&b, sw_result_name(sw_plan_result(r->plan)));
    }
    assert_false(b.overflow);
    return sw_buf_cstr(&b);
}

void small_parse_uri(const char *text, struct sw_uri *out)
{
    if (sw_uri_parse(sw_slice_str(text), out, NULL) < 0)
        fail_msg("not a URI: %s", text);
}

struct sw_policy small_policy(const char *transports)
{
    struct sw_policy p;
    sw_policy_init(&p);
    assert_true(sw_policy_set_transports(&p, sw_slice_str(transports)));
    return p;
}

const char *small_locate(const char *const *lines, const struct sw_policy *policy, const char *uri,
                         struct small_run *keep)
{
    struct small_run own;
    struct small_run *r = keep == NULL ? &own : keep;
    struct sw_policy defaults;
    struct sw_uri parsed;
    sw_policy_init(&defaults);
    small_parse_uri(uri, &parsed);
    *r = (struct small_run){.lines = lines, .why = r == keep ? keep->why : SW_TRY_NONE};
    struct sw_plan_args args = {
        .policy = policy == NULL ? &defaults : policy, .uri = &parsed, .seed = 1};
    assert_int_equal(sw_plan_new(&r->plan, &args, 0), 0);
    const char *list = small_run_list(r);
    sw_plan_free(r->plan);
    r->plan = NULL;
    return list;
}

bool small_run_has_asked(const struct small_run *r, const char *text)
{
    for (size_t i = 0; i < r->asked_count; i++)
        if (strcmp(r->asked[i].text, text) == 0)
            return true;
    return false;
}

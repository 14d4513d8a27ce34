/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/record.h"

#include "lib/publish.h"
#include "locate/plan.h"

enum {
    BLOCK_LEN = 4096,
    /* A NAPTR record: three texts of 255 octets, each octet \DDD at worst, a name, two numbers. */
    RECORD_TEXT_MAX = 3 * 4 * 255 + SW_NAME_TEXT_MAX + 32
};

struct sw_recorded {
    struct sw_recorded *next;
    struct sipward_event event;
    struct sipward_candidate candidate;
};

/* A text of the record's own, or NULL when memory has run out. */
static const char *keep(struct sw_record *r, struct sw_buf *b)
{
    const char *text = sw_buf_cstr(b);
    return b->len == 0 ? "" : sw_arena_dup(&r->arena, text, b->len + 1);
}

static const char *keep_name(struct sw_record *r, struct sw_name name)
{
    char room[SW_NAME_TEXT_MAX + 1];
    struct sw_buf b = sw_buf(room, sizeof room);
    if (name.len > 0)
        sw_name_write(&b, name);
    return keep(r, &b);
}

static const char *keep_text(struct sw_record *r, struct sw_slice text)
{
    char room[1024];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_buf_escaped(&b, text);
    return keep(r, &b);
}

static const char *keep_rr(struct sw_record *r, const struct sw_rr *rr)
{
    char room[RECORD_TEXT_MAX];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_rr_write(&b, rr);
    return keep(r, &b);
}

static const char *rcode_name(uint8_t rcode)
{
    static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                        "NXRRSET", "NOTAUTH", "NOTZONE"};
    return rcode < SW_ARRAY_LEN(names) ? names[rcode] : "RCODE";
}

static bool has_rcode(const struct sw_answer *a)
{
    switch (a->outcome) {
    case SW_OUTCOME_RECORDS:
    case SW_OUTCOME_NODATA:
    case SW_OUTCOME_NXDOMAIN:
    case SW_OUTCOME_SERVFAIL:
    case SW_OUTCOME_MALFORMED:
    case SW_OUTCOME_BOGUS:
        return true;
    case SW_OUTCOME_TIMEOUT:
    case SW_OUTCOME_NOT_ASKED:
        return false;
    }
    return false;
}

static bool fill_answers(struct sw_record *r, const struct sw_answer *a, struct sipward_event *out)
{
    const char **texts = sw_arena_zget(&r->arena, a->rr_count, sizeof *texts);
    if (texts == NULL)
        return false;
    for (size_t i = 0; i < a->rr_count; i++) {
        texts[i] = keep_rr(r, &a->rrs[i]);
        if (texts[i] == NULL)
            return false;
    }
    out->answers = texts;
    out->answer_count = a->rr_count;
    return true;
}

static bool fill_answer(struct sw_record *r, const struct sw_answer *a, struct sipward_event *out)
{
    out->rcode = has_rcode(a) ? rcode_name(a->rcode) : "";
    out->outcome = sw_outcome_name(a->outcome);
    out->flags = (a->is_secure ? SIPWARD_ANSWER_SECURE : 0u) |
                 (a->is_stale ? SIPWARD_ANSWER_STALE : 0u) |
                 (a->is_local ? SIPWARD_ANSWER_LOCAL : 0u) | (a->is_cut ? SIPWARD_ANSWER_CUT : 0u);
    out->alias_count = a->alias_count;
    out->ttl_s = a->ttl_s;
    out->elapsed_us = a->elapsed_us;
    out->subject = keep_text(r, sw_slice_str(a->why));
    return a->rr_count == 0 || fill_answers(r, a, out);
}

static void explain(const struct sw_explain_row *row, struct sipward_event *out)
{
    out->code = row->code;
    out->rule = row->rule;
    out->section = row->section;
    out->text = row->text;
}

static const char *subject_of(struct sw_record *r, const struct sw_trace_event *e)
{
    return e->name.len > 0 ? keep_name(r, e->name) : keep_text(r, e->text);
}

static bool fill_question(struct sw_record *r, const struct sw_question *q,
                          struct sipward_event *out)
{
    out->name = keep_name(r, q->name);
    out->type = sw_rrtype_name(q->type);
    return out->name != NULL;
}

static bool fill_candidate(struct sw_record *r, const struct sw_candidate *c,
                           struct sw_recorded *out)
{
    struct sipward_words *words = sw_arena_get(&r->arena, sizeof *words);
    if (words == NULL)
        return false;
    sw_publish_candidate(c, 0, &out->candidate);
    sw_publish_words(c, words, sizeof *words);
    out->event.candidate = &out->candidate;
    out->event.words = words;
    return true;
}

/* False: memory ran out. */
static bool fill(struct sw_record *r, const struct sw_trace_event *e, struct sw_recorded *out)
{
    struct sipward_event *event = &out->event;
    switch (e->kind) {
    case SW_TRACE_STEP:
        explain(sw_step_row(e->step), event);
        event->name = keep_name(r, e->name);
        event->subject = keep_text(r, e->text);
        return event->name != NULL && event->subject != NULL;
    case SW_TRACE_QUESTION:
        return fill_question(r, &e->question, event);
    case SW_TRACE_ANSWER:
        return fill_question(r, &e->question, event) && fill_answer(r, e->answer, event);
    case SW_TRACE_RECORD:
        if (e->note != SW_NOTE_OK)
            explain(sw_note_row(e->note), event);
        event->record = keep_rr(r, e->rr);
        event->subject = subject_of(r, e);
        return fill_question(r, &e->question, event) && event->record != NULL &&
               event->subject != NULL;
    case SW_TRACE_NOTE:
        explain(sw_note_row(e->note), event);
        event->subject = subject_of(r, e);
        return event->subject != NULL;
    case SW_TRACE_CANDIDATE:
        return fill_candidate(r, e->candidate, out);
    case SW_TRACE_RESULT:
        event->text = sw_result_name((enum sw_result)e->result);
        event->subject = subject_of(r, e);
        return event->subject != NULL;
    }
    return false;
}

static enum sipward_event_kind kind_of(enum sw_trace_kind kind)
{
    switch (kind) {
    case SW_TRACE_STEP:
        return SIPWARD_EVENT_STEP;
    case SW_TRACE_QUESTION:
        return SIPWARD_EVENT_QUESTION;
    case SW_TRACE_ANSWER:
        return SIPWARD_EVENT_ANSWER;
    case SW_TRACE_RECORD:
        return SIPWARD_EVENT_RECORD;
    case SW_TRACE_NOTE:
        return SIPWARD_EVENT_NOTE;
    case SW_TRACE_CANDIDATE:
        return SIPWARD_EVENT_CANDIDATE;
    case SW_TRACE_RESULT:
        return SIPWARD_EVENT_RESULT;
    }
    return SIPWARD_EVENT_NOTE;
}

void sw_record_add(struct sw_record *r, const struct sw_trace_event *e)
{
    if (r->is_cut)
        return;
    struct sw_recorded *one = sw_arena_zget(&r->arena, 1, sizeof *one);
    if (one != NULL)
        one->event = (struct sipward_event){
            .kind = kind_of(e->kind),
            .at_us = e->at_us,
            .code = "",
            .rule = "",
            .section = "",
            .text = "",
            .subject = "",
            .name = "",
            .type = "",
            .rcode = "",
            .outcome = "",
            .record = "",
        };
    if (one == NULL || !fill(r, e, one)) {
        r->is_cut = true;
        return;
    }
    *r->last = one;
    r->last = &one->next;
}

static void on_event(void *user, const struct sw_trace_event *e)
{
    sw_record_add(user, e);
}

struct sw_record *sw_record_new(const struct sw_alloc *alloc)
{
    struct sw_record *r = sw_zalloc(alloc, sizeof *r);
    if (r == NULL)
        return NULL;
    r->sink = (struct sw_trace){.event = on_event, .user = r};
    r->alloc = alloc;
    r->last = &r->first;
    sw_arena_init(&r->arena, alloc, NULL, 0, BLOCK_LEN);
    return r;
}

void sw_record_free(struct sw_record *r)
{
    if (r == NULL)
        return;
    sw_arena_fini(&r->arena);
    sw_free(r->alloc, r);
}

int sw_record_visit(const struct sw_record *r, sipward_event_fn *visit, void *arg)
{
    for (const struct sw_recorded *at = r->first; at != NULL; at = at->next)
        visit(arg, &at->event);
    return r->is_cut ? SW_E_NOMEM : 0;
}

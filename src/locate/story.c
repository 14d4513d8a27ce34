/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/story.h"

#include <assert.h>

enum {
    /* A NAPTR record: three texts of 255 octets, each octet \DDD at worst, a name, two numbers. */
    RECORD_TEXT_MAX = 3 * 4 * 255 + SW_NAME_TEXT_MAX + 32,
    SUBJECT_MAX = 512, /* the rest is cut */
    TEXT_COUNT = 4
};

struct packed { /* followed by its texts */
    uint64_t at_us;
    struct sw_endpoint endpoint;
    uint32_t ttl_s, elapsed_us;
    uint16_t type, record_count;
    uint8_t kind, row, outcome, transport, rcode, flags;
    uint16_t text_len[TEXT_COUNT]; /* name, subject, record, question */
};

enum { NAME, SUBJECT, RECORD, QUESTION };

static_assert(SW_STEP_COUNT <= UINT8_MAX && SW_NOTE_COUNT <= UINT8_MAX, "a row fits an octet");

static void add_name(struct sw_buf *b, struct packed *p, int which, struct sw_name name)
{
    size_t before = b->len;
    if (name.len > 0)
        sw_name_write(b, name);
    p->text_len[which] = (uint16_t)(b->len - before);
}

static void add_subject(struct sw_buf *b, struct packed *p, struct sw_slice text)
{
    size_t before = b->len;
    sw_buf_escaped(b, sw_slice_sub(text, 0, SUBJECT_MAX));
    p->text_len[SUBJECT] = (uint16_t)(b->len - before);
}

static void add_record(struct sw_buf *b, struct packed *p, const struct sw_rr *rr)
{
    char room[RECORD_TEXT_MAX];
    struct sw_buf text = sw_buf(room, sizeof room);
    sw_rr_write(&text, rr);
    sw_buf_slice_add(b, sw_buf_slice(&text));
    p->text_len[RECORD] = (uint16_t)text.len;
}

static void add_answer(struct sw_buf *b, struct packed *p, const struct sw_answer *a)
{
    p->outcome = (uint8_t)a->outcome;
    p->rcode = a->rcode;
    p->ttl_s = a->ttl_s;
    p->elapsed_us = a->elapsed_us;
    p->record_count = (uint16_t)(a->rr_count < UINT16_MAX ? a->rr_count : UINT16_MAX);
    p->flags = (uint8_t)((a->is_secure ? SW_STORY_SECURE : 0) | (a->is_stale ? SW_STORY_STALE : 0) |
                         (a->is_local ? SW_STORY_LOCAL : 0) | (a->is_cut ? SW_STORY_CUT : 0));
    if (a->why != NULL)
        add_subject(b, p, sw_slice_str(a->why));
}

static void add_candidate(struct sw_buf *b, struct packed *p, const struct sw_candidate *c)
{
    p->transport = (uint8_t)c->transport;
    p->endpoint = c->endpoint;
    p->ttl_s = c->ttl_s;
    p->flags = (uint8_t)((c->is_secure ? SW_STORY_SECURE : 0) | (c->is_stale ? SW_STORY_STALE : 0) |
                         (c->penalty_until_us != 0 ? SW_STORY_PENALISED : 0) |
                         (c->is_probe ? SW_STORY_PROBE : 0));
    add_name(b, p, NAME, c->host);
}

/* In the order in which sw_story_next() takes the texts. */
static void add_parts(struct sw_buf *b, struct packed *p, const struct sw_trace_event *e)
{
    switch (e->kind) {
    case SW_TRACE_STEP:
        p->row = (uint8_t)e->step;
        add_name(b, p, NAME, e->name);
        add_subject(b, p, e->text);
        return;
    case SW_TRACE_QUESTION:
        p->type = (uint16_t)e->question.type;
        add_name(b, p, NAME, e->question.name);
        return;
    case SW_TRACE_ANSWER:
        p->type = (uint16_t)e->question.type;
        add_name(b, p, NAME, e->question.name);
        add_answer(b, p, e->answer);
        return;
    case SW_TRACE_RECORD:
        p->row = (uint8_t)e->note;
        p->type = (uint16_t)e->question.type;
        add_record(b, p, e->rr);
        add_name(b, p, QUESTION, e->question.name);
        return;
    case SW_TRACE_NOTE:
        p->row = (uint8_t)e->note;
        add_name(b, p, NAME, e->name);
        add_subject(b, p, e->text);
        return;
    case SW_TRACE_CANDIDATE:
        add_candidate(b, p, e->candidate);
        return;
    case SW_TRACE_RESULT:
        p->row = (uint8_t)e->result;
        return;
    }
}

void sw_story_add(struct sw_buf *b, const struct sw_trace_event *e)
{
    struct packed p = {.at_us = e->at_us, .kind = (uint8_t)e->kind};
    size_t begin = b->len;
    sw_buf_bytes(b, &p, sizeof p); /* its place; what it says is known after the texts */
    add_parts(b, &p, e);
    if (b->overflow)
        b->len = begin;
    else
        memcpy(b->p + begin, &p, sizeof p);
}

static struct sw_slice take(struct sw_slice *rest, size_t len)
{
    struct sw_slice text = sw_slice_sub(*rest, 0, len);
    *rest = sw_slice_sub(*rest, len, rest->len);
    return text;
}

bool sw_story_next(struct sw_slice *rest, struct sw_story_event *out)
{
    struct packed p;
    if (rest->len < sizeof p)
        return false;
    memcpy(&p, take(rest, sizeof p).p, sizeof p);
    *out = (struct sw_story_event){
        .at_us = p.at_us,
        .kind = (enum sw_trace_kind)p.kind,
        .row = p.row,
        .type = (enum sw_rrtype)p.type,
        .outcome = (enum sw_outcome)p.outcome,
        .transport = (enum sw_transport)p.transport,
        .endpoint = p.endpoint,
        .ttl_s = p.ttl_s,
        .elapsed_us = p.elapsed_us,
        .record_count = p.record_count,
        .rcode = p.rcode,
        .flags = p.flags,
    };
    out->name = take(rest, p.text_len[NAME]);
    out->subject = take(rest, p.text_len[SUBJECT]);
    out->record = take(rest, p.text_len[RECORD]);
    out->question = take(rest, p.text_len[QUESTION]);
    return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sipward/steps.h"

#include "cmd/sipward/table.h"
#include "cmd/sipward/term.h"

#include <stdio.h>

enum { TIME_WIDTH = 8, RULE_WIDTH = 3, SECTION_WIDTH = 15, TEXT_COLUMN = 32 };

static void print_margin(const struct sw_term *t, const struct sipward_event *e)
{
    char time[32];
    snprintf(time, sizeof time, "%.3f", (double)e->at_us / 1000.0);
    sw_term_putf(t, SW_FAINT, "%*s  %-*s %-*s  ", TIME_WIDTH, time, RULE_WIDTH, e->rule,
                 SECTION_WIDTH, e->section);
}

/* On the same line when it fits. */
static void print_tail(const struct sw_term *t, size_t used, const char *lead, const char *text,
                       enum sw_style style)
{
    if (text[0] == '\0')
        return;
    if (TEXT_COLUMN + used + strlen(lead) + strlen(text) <= t->column_count)
        printf("%s", lead);
    else
        printf("\n%*s", TEXT_COLUMN + 4, "");
    sw_term_put(t, style, text);
}

static void print_question(const struct sw_term *t, const struct sipward_event *e)
{
    sw_term_putf(t, SW_ASKED, "ask %s %s", e->type, e->name);
}

static void print_answer(const struct sw_term *t, const struct sipward_event *e)
{
    char came[64], figures[160];
    if (e->answer_count > 0)
        snprintf(came, sizeof came, "%zu record%s", e->answer_count,
                 e->answer_count == 1 ? "" : "s");
    else
        snprintf(came, sizeof came, "%s%s%s", e->outcome, e->rcode[0] == '\0' ? "" : ", ",
                 e->rcode);
    snprintf(figures, sizeof figures, "(ttl %u s%s%s%s%s)", (unsigned)e->ttl_s,
             (e->flags & SIPWARD_ANSWER_LOCAL) ? ", zone file" : "",
             (e->flags & SIPWARD_ANSWER_SECURE) ? ", secure" : "",
             (e->flags & SIPWARD_ANSWER_STALE) ? ", stale" : "",
             (e->flags & SIPWARD_ANSWER_CUT) ? ", cut" : "");
    sw_term_putf(t, SW_ASKED, "%s %s", e->type, e->name);
    sw_term_putf(t, SW_PLAIN, ": %s", came);
    print_tail(t, strlen(e->type) + strlen(e->name) + strlen(came) + 3, " ", figures, SW_FAINT);
    print_tail(t, t->column_count, " ", e->subject, SW_WHY);
}

static void print_record(const struct sw_term *t, const struct sipward_event *e)
{
    bool is_used = e->code[0] == '\0';
    sw_term_putf(t, is_used ? SW_USED : SW_UNUSED, "  %s ",
                 is_used ? t->glyphs->used : t->glyphs->unused);
    sw_term_put(t, is_used ? SW_PLAIN : SW_FAINT, e->record);
    print_tail(t, 4 + strlen(e->record), "  ", e->text, SW_WHY);
}

static void print_sentence(const struct sw_term *t, const struct sw_finding *f,
                           const struct sipward_event *e, enum sw_style style)
{
    sw_term_put(t, style, e->text);
    const char *subject = sw_table_subject(f, e);
    if (e->kind == SIPWARD_EVENT_STEP && subject == e->subject && subject[0] != '\0')
        printf(" (%s)", subject);
    else
        print_tail(t, strlen(e->text), ": ", subject, SW_PLAIN);
}

static void print_candidate(const struct sw_term *t, const struct sipward_event *e)
{
    bool is_6 = e->candidate->addr.sa.sa_family == AF_INET6;
    sw_term_putf(t, SW_PLACE, "%s %s %s%s%s:%u", t->glyphs->arrow,
                 sipward_transport_name(e->candidate->transport), is_6 ? "[" : "",
                 e->words->address, is_6 ? "]" : "", (unsigned)e->candidate->port);
    if (e->words->host[0] != '\0')
        printf("  %s", e->words->host);
}

void sw_steps_print_head(const struct sw_term *t)
{
    sw_term_putf(t, SW_FAINT, "%*s  %-*s %-*s  what\n", TIME_WIDTH, "ms", RULE_WIDTH, "rule",
                 SECTION_WIDTH, "section");
}

void sw_steps_print_event(const struct sw_term *t, const struct sw_finding *f,
                          const struct sipward_event *e)
{
    print_margin(t, e);
    switch (e->kind) {
    case SIPWARD_EVENT_STEP:
        print_sentence(t, f, e, SW_PLAIN);
        break;
    case SIPWARD_EVENT_QUESTION:
        print_question(t, e);
        break;
    case SIPWARD_EVENT_ANSWER:
        print_answer(t, e);
        break;
    case SIPWARD_EVENT_RECORD:
        print_record(t, e);
        break;
    case SIPWARD_EVENT_NOTE:
        print_sentence(t, f, e, SW_WHY);
        break;
    case SIPWARD_EVENT_CANDIDATE:
        print_candidate(t, e);
        break;
    case SIPWARD_EVENT_RESULT:
        sw_term_putf(t, SW_TITLE, "result: %s", e->text);
        break;
    }
    printf("\n");
}

int sw_steps_print(const struct sw_finding *f, bool is_first)
{
    if (f->error.code < 0) {
        sw_table_print_error(f);
        return 0;
    }
    if (!is_first)
        printf("\n");
    struct sw_term term = sw_term_open();
    sw_table_print_title(&term, f);
    sw_steps_print_head(&term);
    for (size_t i = 0; i < f->event_count; i++)
        sw_steps_print_event(&term, f, f->events[i]);
    printf("\n");
    sw_table_print(&term, f);
    return 0;
}

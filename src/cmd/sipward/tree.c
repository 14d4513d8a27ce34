/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events come in the order of time; a reader wants the order of cause. So a question hangs below
 * the record that led to it (a NAPTR record's replacement, an SRV record's target), a record below
 * its question, a remark below the question it is about.
 */
#include "cmd/sipward/tree.h"

#include "base/attr.h"
#include "base/buf.h"
#include "cmd/sipward/table.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 24 /* NAPTR 5 deep, SRV, address: two each, and the remarks */ };

enum kind { QUESTION, RECORD, REMARK };

struct line {
    enum kind kind;
    size_t depth;
    size_t event; /* ANSWER, RECORD; STEP or NOTE */
};

struct tree {
    const struct sw_finding *f;
    struct sw_term term;
    struct line *lines; /* in the order to be printed */
    size_t line_count;
    struct line *stack; /* to be looked at, the next one on top */
    size_t stack_count;
    bool *is_placed; /* an event has its line */
};

static const struct sipward_event *event_at(const struct tree *t, size_t i)
{
    return t->f->events[i];
}

static void push(struct tree *t, enum kind kind, size_t depth, size_t event)
{
    if (t->is_placed[event] || depth >= DEPTH_MAX)
        return;
    t->is_placed[event] = true;
    t->stack[t->stack_count++] = (struct line){kind, depth, event};
}

/* ---- what hangs below what ---- */

/* The name a record leads to: its last word without the dot at the end. */
static bool leads_to(const char *record, const char *name)
{
    const char *last = strrchr(record, ' ');
    if (last == NULL)
        return false;
    size_t len = strlen(last + 1), name_len = strlen(name);
    return len == name_len + 1 && last[len] == '.' && strncmp(last + 1, name, name_len) == 0;
}

static bool is_address(const struct sipward_event *e)
{
    return strcmp(e->type, "A") == 0 || strcmp(e->type, "AAAA") == 0;
}

static bool may_follow(const struct sipward_event *record, const struct sipward_event *answer)
{
    if (record->code[0] != '\0')
        return false; /* not used: nothing was asked because of it */
    if (strcmp(record->type, "SRV") == 0)
        return is_address(answer);
    return strcmp(record->type, "NAPTR") == 0 && !is_address(answer);
}

static void push_questions(struct tree *t, const struct line *below)
{
    const struct sipward_event *record = event_at(t, below->event);
    for (size_t i = t->f->event_count; i-- > 0;) {
        const struct sipward_event *e = event_at(t, i);
        if (e->kind == SIPWARD_EVENT_ANSWER && may_follow(record, e) &&
            leads_to(record->record, e->name))
            push(t, QUESTION, below->depth + 1, i);
    }
}

static bool is_of_question(const struct sipward_event *e, const struct sipward_event *answer)
{
    return strcmp(e->name, answer->name) == 0 && strcmp(e->type, answer->type) == 0;
}

/* Notes that weigh everything that was found, though they name one name. */
static bool is_conclusion(const struct sipward_event *e)
{
    return strcmp(e->code, "srv-unknown") == 0 || strcmp(e->code, "deadline") == 0;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Codes begin with what they are about. */
static bool is_of_type(const struct sipward_event *note, const struct sipward_event *answer)
{
    if (begins(note->code, "naptr-"))
        return strcmp(answer->type, "NAPTR") == 0;
    if (begins(note->code, "srv-"))
        return strcmp(answer->type, "SRV") == 0 || strcmp(note->code, "srv-target-alias") == 0;
    return !begins(note->code, "address-") || is_address(answer);
}

/* A remark about a name goes below the question for it, where it is to be expected. */
static bool is_about(const struct sipward_event *e, const struct sipward_event *answer)
{
    return e->kind == SIPWARD_EVENT_NOTE && !is_conclusion(e) && is_of_type(e, answer) &&
           strcmp(e->subject, answer->name) == 0;
}

/* A decision that the tree itself shows: which records count, and that a set gives host and port.
 */
static bool is_shown(const struct sipward_event *step)
{
    return strcmp(step->rule, "N7") == 0 || strcmp(step->rule, "V1") == 0;
}

/* The same said before: of a host's A and of its AAAA records, for instance. */
static bool is_repeated(const struct tree *t, size_t note)
{
    const struct sipward_event *e = event_at(t, note);
    for (size_t i = 0; i < note; i++) {
        const struct sipward_event *other = event_at(t, i);
        if (other->kind == SIPWARD_EVENT_NOTE && strcmp(other->code, e->code) == 0 &&
            strcmp(other->subject, e->subject) == 0)
            return true;
    }
    return false;
}

/* Records of an address question that are all used stand in its own line. */
static bool is_short(const struct tree *t, const struct sipward_event *answer)
{
    if (!is_address(answer))
        return false;
    for (size_t i = 0; i < t->f->event_count; i++) {
        const struct sipward_event *e = event_at(t, i);
        if (e->kind == SIPWARD_EVENT_RECORD && is_of_question(e, answer) && e->code[0] != '\0')
            return false;
    }
    return true;
}

static void push_below_question(struct tree *t, const struct line *below)
{
    const struct sipward_event *answer = event_at(t, below->event);
    bool takes_records = !is_short(t, answer);
    for (size_t i = t->f->event_count; i-- > 0;) {
        const struct sipward_event *e = event_at(t, i);
        if (is_about(e, answer) && !is_repeated(t, i))
            push(t, REMARK, below->depth + 1, i);
        else if (takes_records && e->kind == SIPWARD_EVENT_RECORD && is_of_question(e, answer))
            push(t, RECORD, below->depth + 1, i);
    }
}

static void grow(struct tree *t)
{
    while (t->stack_count > 0) {
        struct line line = t->stack[--t->stack_count];
        t->lines[t->line_count++] = line;
        if (line.kind == QUESTION)
            push_below_question(t, &line);
        else if (line.kind == RECORD)
            push_questions(t, &line);
    }
}

/* By a record seen before it was answered: a circle is entered where it was entered in time. */
static bool is_led_to(const struct tree *t, size_t question)
{
    const struct sipward_event *answer = event_at(t, question);
    for (size_t i = 0; i < question; i++) {
        const struct sipward_event *e = event_at(t, i);
        if (e->kind == SIPWARD_EVENT_RECORD && may_follow(e, answer) &&
            leads_to(e->record, answer->name))
            return true;
    }
    return false;
}

/* Questions that no record led to and decisions, in the order of time, each with what hangs below.
 */
static void plant(struct tree *t)
{
    for (size_t i = 0; i < t->f->event_count; i++) {
        const struct sipward_event *e = event_at(t, i);
        if (e->kind == SIPWARD_EVENT_ANSWER && !is_led_to(t, i))
            push(t, QUESTION, 0, i);
        else if (e->kind == SIPWARD_EVENT_STEP && !is_shown(e))
            push(t, REMARK, 0, i);
        grow(t);
    }
    /* What is left: remarks about nothing that was asked. */
    for (size_t i = 0; i < t->f->event_count; i++) {
        if (event_at(t, i)->kind == SIPWARD_EVENT_NOTE && !is_repeated(t, i))
            push(t, REMARK, 0, i);
        grow(t);
    }
}

/* ---- printing ---- */

/* True when a line at this depth follows before the tree goes back above it. */
static bool has_sibling(const struct tree *t, size_t line, size_t depth)
{
    for (size_t i = line + 1; i < t->line_count && t->lines[i].depth >= depth; i++)
        if (t->lines[i].depth == depth)
            return true;
    return false;
}

static void print_stem(const struct tree *t, size_t line, bool is_continued)
{
    const struct sw_glyphs *g = t->term.glyphs;
    size_t depth = t->lines[line].depth;
    for (size_t d = 0; d < depth; d++)
        sw_term_put(&t->term, SW_FAINT, has_sibling(t, line, d) ? g->bar : g->gap);
    bool has_more = has_sibling(t, line, depth);
    if (is_continued)
        sw_term_put(&t->term, SW_FAINT, has_more ? g->bar : g->gap);
    else
        sw_term_put(&t->term, SW_FAINT, has_more ? g->branch : g->last);
}

static size_t stem_width(const struct tree *t, size_t line)
{
    return 3 * (t->lines[line].depth + 1);
}

static const char *what_came(const struct sipward_event *e)
{
    static const struct {
        const char *outcome, *text;
    } rows[] = {
        {"nodata", "no such record"},      {"nxdomain", "no such name"},
        {"servfail", "failed for now"},    {"timeout", "no answer in time"},
        {"malformed", "malformed answer"}, {"bogus", "DNSSEC bogus"},
        {"not-asked", "not asked"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].outcome, e->outcome) == 0)
            return rows[i].text;
    return "";
}

/* The number a candidate has in the list below, for each that an address became. */
static void print_numbers(const struct tree *t, const struct sipward_event *answer,
                          const char *address)
{
    bool is_first = true;
    for (size_t i = 0; i < t->f->found_count; i++) {
        const struct sipward_words *w = &t->f->found[i].words;
        if (strcmp(w->address, address) != 0 || strcmp(w->host, answer->name) != 0)
            continue;
        if (is_first)
            printf(" %s", t->term.glyphs->arrow);
        sw_term_putf(&t->term, SW_PLACE, " %zu", i + 1);
        is_first = false;
    }
}

/* One piece of what is said about an answer, with a dot between two. */
static void add_piece(const struct tree *t, struct sw_buf *b, const char *piece)
{
    if (b->len > 0) {
        sw_buf_char(b, ' ');
        sw_buf_str(b, t->term.glyphs->dot);
        sw_buf_char(b, ' ');
    }
    sw_buf_str(b, piece);
}

static void add_number(const struct tree *t, struct sw_buf *b, uint64_t n, const char *unit)
{
    add_piece(t, b, "");
    sw_buf_u64(b, n);
    sw_buf_char(b, ' ');
    sw_buf_str(b, unit);
}

static void print_figures(const struct tree *t, const struct sipward_event *e)
{
    char room[512];
    struct sw_buf b = sw_buf(room, sizeof room);
    bool has_records = strcmp(e->outcome, "records") == 0;
    if (!has_records)
        add_piece(t, &b, what_came(e));
    if (e->subject[0] != '\0')
        add_piece(t, &b, e->subject);
    else if (strcmp(e->outcome, "servfail") == 0)
        add_piece(t, &b, e->rcode);
    if (has_records) {
        add_piece(t, &b, "ttl ");
        sw_buf_u64(&b, e->ttl_s);
        sw_buf_str(&b, " s");
    }
    if (e->flags & SIPWARD_ANSWER_LOCAL)
        add_piece(t, &b, "zone file");
    else if (strcmp(e->outcome, "not-asked") == 0)
        (void)0;
    else if (e->elapsed_us < 10000)
        add_number(t, &b, e->elapsed_us, "us");
    else
        add_number(t, &b, e->elapsed_us / 1000, "ms");
    if (e->flags & SIPWARD_ANSWER_SECURE)
        add_piece(t, &b, "secure");
    if (e->flags & SIPWARD_ANSWER_STALE)
        add_piece(t, &b, "stale");
    if (e->flags & SIPWARD_ANSWER_CUT)
        add_piece(t, &b, "cut");
    if (e->alias_count > 0)
        add_number(t, &b, e->alias_count, e->alias_count == 1 ? "alias" : "aliases");
    printf("  ");
    bool is_failure = !has_records && strcmp(e->outcome, "nodata") != 0;
    sw_term_put(&t->term, is_failure ? SW_WHY : SW_FAINT, sw_buf_cstr(&b));
}

/* The line above says the name of an address question already. */
static bool is_below_record(const struct tree *t, size_t line)
{
    for (size_t i = line; i-- > 0;)
        if (t->lines[i].depth + 1 == t->lines[line].depth)
            return t->lines[i].kind == RECORD;
    return false;
}

static void print_question(const struct tree *t, size_t line)
{
    const struct sipward_event *e = event_at(t, t->lines[line].event);
    print_stem(t, line, false);
    if (is_address(e) && is_below_record(t, line))
        sw_term_putf(&t->term, SW_ASKED, "%-4s", e->type);
    else
        sw_term_putf(&t->term, SW_ASKED, "%s %s", e->type, e->name);
    if (is_short(t, e)) {
        for (size_t i = 0; i < e->answer_count; i++) {
            printf("  %s", e->answers[i]);
            print_numbers(t, e, e->answers[i]);
        }
    }
    print_figures(t, e);
    printf("\n");
}

static void print_reason(const struct tree *t, size_t line, size_t used, const char *text)
{
    size_t width = strlen(text);
    if (used + width + 2 <= t->term.column_count) {
        printf("  ");
    } else {
        printf("\n");
        print_stem(t, line, true);
        printf("    ");
    }
    sw_term_put(&t->term, SW_WHY, text);
}

static void print_record(const struct tree *t, size_t line)
{
    const struct sipward_event *e = event_at(t, t->lines[line].event);
    bool is_used = e->code[0] == '\0';
    print_stem(t, line, false);
    sw_term_put(&t->term, is_used ? SW_USED : SW_UNUSED,
                is_used ? t->term.glyphs->used : t->term.glyphs->unused);
    printf(" ");
    sw_term_put(&t->term, is_used ? SW_PLAIN : SW_FAINT, e->record);
    if (!is_used)
        print_reason(t, line, stem_width(t, line) + 2 + strlen(e->record), e->text);
    else if (is_address(e))
        print_numbers(t, e, e->record);
    printf("\n");
}

static void print_remark(const struct tree *t, size_t line)
{
    const struct sipward_event *e = event_at(t, t->lines[line].event);
    print_stem(t, line, false);
    sw_term_put(&t->term, e->kind == SIPWARD_EVENT_NOTE ? SW_WHY : SW_PLAIN, e->text);
    const char *subject = t->lines[line].depth > 0 ? "" : sw_table_subject(t->f, e);
    if (subject[0] != '\0')
        printf(e->kind == SIPWARD_EVENT_STEP && subject == e->subject ? " (%s)" : ": %s", subject);
    printf("\n");
}

static void print_line(const struct tree *t, size_t line)
{
    switch (t->lines[line].kind) {
    case QUESTION:
        print_question(t, line);
        break;
    case RECORD:
        print_record(t, line);
        break;
    case REMARK:
        print_remark(t, line);
        break;
    }
}

static int print_tree(const struct sw_finding *f, const struct sw_term *term)
{
    struct tree t = {.f = f, .term = *term};
    size_t room = f->event_count + 1;
    t.lines = calloc(room, sizeof *t.lines);
    t.stack = calloc(room, sizeof *t.stack);
    t.is_placed = calloc(room, sizeof *t.is_placed);
    bool has_room = t.lines != NULL && t.stack != NULL && t.is_placed != NULL;
    if (has_room) {
        plant(&t);
        for (size_t i = 0; i < t.line_count; i++)
            print_line(&t, i);
    }
    free(t.lines);
    free(t.stack);
    free(t.is_placed);
    return has_room ? 0 : SIPWARD_E_NOMEM;
}

int sw_tree_print(const struct sw_finding *f, bool is_first)
{
    if (f->error.code < 0) {
        sw_table_print_error(f);
        return 0;
    }
    if (!is_first)
        printf("\n");
    struct sw_term term = sw_term_open();
    sw_table_print_title(&term, f);
    int rc = print_tree(f, &term);
    if (rc < 0)
        return rc;
    printf("\n");
    sw_table_print(&term, f);
    return 0;
}

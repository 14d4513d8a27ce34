/* SPDX-License-Identifier: BSD-2-Clause */
#include "ladder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_COLUMN = 13, /* of the caller's line */
    SPACING = 20,      /* between two lines */
    WIDTH = FIRST_COLUMN + 3 * SPACING + 1
};

static const char *const names[DEMO_WHO_COUNT] = {"caller", "sipwardd", "server1", "server2"};

/* One character each, as UTF-8 and as ASCII. */
struct glyphs {
    const char *line, *dash, *right, *left, *cross, *point;
};

static const struct glyphs utf8 = {"│", "─", "▶", "◀", "✗", "▸"};
static const struct glyphs ascii = {"|", "-", ">", "<", "x", "*"};

/* A row of characters; a cell is a string since a character may have several octets. */
struct row {
    const char *cells[WIDTH];
};

void demo_ladder_begin(struct demo_ladder *l, uint64_t start_us)
{
    l->start_us = start_us;
    l->count = 0;
}

static struct demo_event *add(struct demo_ladder *l, uint64_t at_us)
{
    struct demo_event *e = &l->events[l->count];

    *e = (struct demo_event){.at_us = at_us < l->start_us ? l->start_us : at_us, .order = l->count};
    if (l->count < DEMO_EVENTS_MAX)
        l->count++;
    return e;
}

void demo_ladder_message(struct demo_ladder *l, uint64_t at_us, enum demo_who from,
                         enum demo_who to, const char *text)
{
    struct demo_event *e = add(l, at_us);

    e->from = from;
    e->to = to;
    snprintf(e->text, sizeof e->text, "%s", text);
}

void demo_ladder_failure(struct demo_ladder *l, uint64_t at_us, enum demo_who to, const char *text)
{
    struct demo_event *e = add(l, at_us);

    e->has_failed = true;
    e->from = DEMO_PROXY;
    e->to = to;
    snprintf(e->text, sizeof e->text, "%s", text);
}

void demo_ladder_note(struct demo_ladder *l, uint64_t at_us, const char *fmt, ...)
{
    struct demo_event *e = add(l, at_us);
    va_list args;

    va_start(args, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, args);
    va_end(args);
    e->is_note = true;
}

static int compare(const void *a, const void *b)
{
    const struct demo_event *x = a, *y = b;

    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static size_t column_of(enum demo_who who)
{
    return FIRST_COLUMN + (size_t)who * SPACING;
}

static void draw_lines(struct row *r, const struct glyphs *g)
{
    for (size_t i = 0; i < WIDTH; i++)
        r->cells[i] = " ";
    for (unsigned who = 0; who < DEMO_WHO_COUNT; who++)
        r->cells[column_of((enum demo_who)who)] = g->line;
}

/* The label takes its cells from a copy with a NUL behind each character. */
static void draw_arrow(struct row *r, const struct glyphs *g, const struct demo_event *e,
                       char label[][2])
{
    size_t from = column_of(e->from), to = column_of(e->to);
    size_t low = (from < to ? from : to) + 1, high = from < to ? to : from; /* [low, high) */
    size_t len = strlen(e->text), room = high - low - 4;

    if (len > room) /* "500 Server Internal Error" is 500 where it does not fit */
        len = strcspn(e->text, " ") < room ? strcspn(e->text, " ") : room;
    for (size_t i = low; i < high; i++)
        r->cells[i] = g->dash;
    if (from < to)
        r->cells[high - 1] = e->has_failed ? g->cross : g->right;
    else
        r->cells[low] = g->left;
    /* Beside the sender, so that a long arrow keeps its label where it begins. */
    size_t at = from < to ? from + 3 : from - 2 - len;
    for (size_t i = 0; i < len; i++) {
        label[i][0] = e->text[i];
        label[i][1] = '\0';
        r->cells[at + i] = label[i];
    }
}

static void print_cells(const struct row *r, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        fputs(r->cells[i], stdout);
}

static void print_names(const struct demo_term *t)
{
    char line[WIDTH + 16];

    memset(line, ' ', sizeof line);
    memcpy(line + 4, "ms", 2);
    for (unsigned who = 0; who < DEMO_WHO_COUNT; who++) {
        size_t len = strlen(names[who]);
        memcpy(line + column_of((enum demo_who)who) - len / 2, names[who], len);
    }
    printf("%s%.*s%s\n", demo_style(t, DEMO_BOLD), WIDTH + 4, line, demo_style(t, DEMO_PLAIN));
}

static void print_time(const struct demo_ladder *l, const struct demo_event *e)
{
    printf("%8.1f   ", (double)(e->at_us - l->start_us) / 1000.0);
}

static void print_note(const struct demo_event *e, const struct demo_term *t,
                       const struct glyphs *g)
{
    struct row r;

    draw_lines(&r, g);
    printf("%11s", "");
    print_cells(&r, 11, column_of(DEMO_PROXY) + 1);
    printf(" %s%s %s%s\n", demo_style(t, DEMO_NOTE), g->point, e->text, demo_style(t, DEMO_PLAIN));
}

static void print_message(const struct demo_ladder *l, const struct demo_event *e,
                          const struct demo_term *t, const struct glyphs *g)
{
    char label[DEMO_TEXT_MAX][2];
    struct row r;
    size_t from = column_of(e->from), to = column_of(e->to);
    size_t low = from < to ? from : to, high = from < to ? to : from;
    bool is_final_error = e->from > e->to && e->text[0] >= '3' && e->text[0] <= '6';
    enum demo_style style = e->has_failed || is_final_error ? DEMO_BAD : DEMO_GOOD;

    draw_lines(&r, g);
    draw_arrow(&r, g, e, label);
    print_time(l, e);
    print_cells(&r, 11, low + 1);
    fputs(demo_style(t, style), stdout);
    print_cells(&r, low + 1, high);
    fputs(demo_style(t, DEMO_PLAIN), stdout);
    print_cells(&r, high, WIDTH);
    putchar('\n');
}

void demo_ladder_draw(struct demo_ladder *l, const struct demo_term *t)
{
    const struct glyphs *g = t->has_utf8 ? &utf8 : &ascii;

    qsort(l->events, l->count, sizeof l->events[0], compare);
    print_names(t);
    for (size_t i = 0; i < l->count; i++) {
        if (l->events[i].is_note)
            print_note(&l->events[i], t, g);
        else
            print_message(l, &l->events[i], t, g);
    }
    putchar('\n');
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/world.h"

#include <stdarg.h>
#include <stdlib.h>

void *sim_alloc(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (p == NULL)
        abort();
    return p;
}

static void *grow(void *p, size_t count, size_t size)
{
    p = realloc(p, count * size);
    if (p == NULL)
        abort();
    return p;
}

void sim_world_init(struct sim_world *w, uint64_t seed)
{
    *w = (struct sim_world){.now_us = SW_SECONDS(1000), .seed = seed, .keeps_lines = true};
    sw_rng_init_u64(&w->rng, seed);
}

void sim_world_fini(struct sim_world *w)
{
    for (size_t i = 0; i < w->line_count; i++)
        free(w->lines[i].text);
    free(w->lines);
    free(w->events);
    free(w->complaint);
    *w = (struct sim_world){0};
}

/* ------------------------------------------------------------------------------ what happens */

static bool comes_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void push(struct sim_world *w, struct sim_event e)
{
    if (w->event_count == w->event_cap) {
        w->event_cap = w->event_cap == 0 ? 256 : w->event_cap * 2;
        w->events = grow(w->events, w->event_cap, sizeof *w->events);
    }
    size_t i = w->event_count++;
    for (; i > 0 && comes_before(&e, &w->events[(i - 1) / 2]); i = (i - 1) / 2)
        w->events[i] = w->events[(i - 1) / 2];
    w->events[i] = e;
}

static struct sim_event pop(struct sim_world *w)
{
    struct sim_event first = w->events[0], last = w->events[--w->event_count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= w->event_count)
            break;
        if (child + 1 < w->event_count && comes_before(&w->events[child + 1], &w->events[child]))
            child++;
        if (!comes_before(&w->events[child], &last))
            break;
        w->events[i] = w->events[child];
        i = child;
    }
    w->events[i] = last;
    return first;
}

void sim_at(struct sim_world *w, uint64_t at_us, sim_fn *fn, void *arg, uint64_t number)
{
    push(w, (struct sim_event){at_us < w->now_us ? w->now_us : at_us, w->next_order++, fn, arg,
                               number, false});
}

void sim_chore_at(struct sim_world *w, uint64_t at_us, sim_fn *fn, void *arg, uint64_t number)
{
    push(w, (struct sim_event){at_us < w->now_us ? w->now_us : at_us, w->next_order++, fn, arg,
                               number, true});
    w->chore_count++;
}

bool sim_step(struct sim_world *w, uint64_t until_us)
{
    if (w->event_count == w->chore_count || w->events[0].at_us > until_us)
        return false;
    struct sim_event e = pop(w);
    w->chore_count -= e.is_chore;
    w->now_us = e.at_us;
    e.fn(w, e.arg, e.number);
    return true;
}

/* ------------------------------------------------------------------------------ chance */

uint64_t sim_below(struct sim_world *w, uint64_t bound)
{
    return sw_rng_below(&w->rng, bound);
}

bool sim_chance(struct sim_world *w, unsigned permille)
{
    return permille > 0 && sim_below(w, 1000) < permille;
}

/* ------------------------------------------------------------------------------ the transcript */

static struct sw_slice word(struct sw_slice text, unsigned index)
{
    struct sw_slice rest = text;
    for (unsigned i = 0; i < index; i++) {
        size_t space = sw_slice_find(rest, ' ');
        rest = sw_slice_sub(rest, space == SIZE_MAX ? rest.len : space + 1, SIZE_MAX);
    }
    return sw_slice_sub(rest, 0, sw_slice_find(rest, ' '));
}

/* "INVITE sip:bob@d.t", or "180 INVITE" with the method out of the CSeq field. */
static void describe(struct sw_slice text, char *out, size_t cap)
{
    struct sw_slice line = sw_slice_sub(text, 0, sw_slice_find(text, '\r'));
    struct sw_slice a = word(line, 0), b = word(line, 1);
    if (sw_slice_eq(a, SW_LIT("SIP/2.0"))) {
        a = b;
        b = SW_LIT("?");
        for (size_t i = 0; i + 7 < text.len; i++)
            if (sw_slice_ieq(sw_slice(text.p + i, 7), SW_LIT("\nCSeq: "))) {
                struct sw_slice rest = sw_slice_sub(text, i + 7, SIZE_MAX);
                b = word(sw_slice_sub(rest, 0, sw_slice_find(rest, '\r')), 1);
                break;
            }
    }
    snprintf(out, cap, "%.*s %.*s", (int)a.len, a.p, (int)b.len, b.p);
}

struct sim_line *sim_say(struct sim_world *w, const char *from, const char *to, const char *what,
                         struct sw_slice text)
{
    static struct sim_line ignored;
    if (!w->keeps_lines)
        return &ignored;
    if (w->line_count == w->line_cap) {
        w->line_cap = w->line_cap == 0 ? 256 : w->line_cap * 2;
        w->lines = grow(w->lines, w->line_cap, sizeof *w->lines);
    }
    struct sim_line *l = &w->lines[w->line_count++];
    *l = (struct sim_line){.at_us = w->now_us};
    snprintf(l->from, sizeof l->from, "%s", from);
    snprintf(l->to, sizeof l->to, "%s", to);
    if (what != NULL)
        snprintf(l->what, sizeof l->what, "%s", what);
    else
        describe(text, l->what, sizeof l->what);
    if (text.len > 0) {
        l->text = sim_alloc(text.len + 1, 1);
        memcpy(l->text, text.p, text.len);
        l->text_len = text.len;
    }
    return l;
}

void sim_print(const struct sim_world *w, FILE *out)
{
    for (size_t i = 0; i < w->line_count; i++) {
        const struct sim_line *l = &w->lines[i];
        uint64_t at_us = l->at_us - SW_SECONDS(1000);
        fprintf(out, "%4u.%03u  %-8s %s %-8s %s%s%s%s\n", (unsigned)(at_us / 1000000),
                (unsigned)(at_us / 1000 % 1000), l->from, l->to[0] == '\0' ? " " : ">", l->to,
                l->what, l->fate[0] == '\0' ? "" : "  (", l->fate, l->fate[0] == '\0' ? "" : ")");
    }
}

void sim_complain(struct sim_world *w, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (w->complaint != NULL)
        return;
    w->complaint = sim_alloc(strlen(text) + 1, 1);
    memcpy(w->complaint, text, strlen(text));
}

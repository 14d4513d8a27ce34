/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scene must show. */
#include "sim/scene.h"

#include <stdlib.h>

enum { TOLERANCE_US = 4000 }; /* a tick of the core's timers, and a little */

static bool is(const char *word, const char *what)
{
    return strcmp(word, what) == 0;
}

/* ------------------------------------------------------------------------------ reading */

static bool read_seconds(const char *word, size_t len, uint64_t *out_us)
{
    char text[32];
    char *end = NULL;
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, word, len);
    text[len] = '\0';
    double seconds = strtod(text, &end);
    *out_us = (uint64_t)(seconds * 1e6 + 0.5);
    return *end == '\0' && seconds >= 0;
}

/* "1.5", "1.5..2", "*". */
static bool read_time(const char *word, struct sim_expect *e)
{
    const char *dots = strstr(word, "..");
    e->from_us = 0;
    e->to_us = SW_NEVER;
    if (is(word, "*"))
        return true;
    if (dots != NULL)
        return read_seconds(word, (size_t)(dots - word), &e->from_us) &&
               read_seconds(dots + 2, strlen(dots + 2), &e->to_us);
    if (!read_seconds(word, strlen(word), &e->from_us))
        return false;
    e->to_us = e->from_us + TOLERANCE_US;
    e->from_us = e->from_us < TOLERANCE_US ? 0 : e->from_us - TOLERANCE_US;
    return true;
}

static bool add_pattern(char (*list)[SIM_PATTERN_LEN], size_t *count, const char *text)
{
    if (*count == SIM_PATTERNS_MAX)
        return false;
    snprintf(list[*count], SIM_PATTERN_LEN, "%s", text);
    sim_unescape(list[*count]);
    ++*count;
    return true;
}

/* What is left after the direction: words of the description, (fate), has "..", lacks "..". */
static const char *read_rest(struct sim_expect *e, const struct tw_words *w, size_t at)
{
    size_t len = 0;
    for (; at < w->count; at++) {
        const char *word = w->word[at];
        bool has_value = at + 1 < w->count && w->is_quoted[at + 1];
        if (word[0] == '(' && !is(word, "(connect)")) {
            snprintf(e->fate, sizeof e->fate, "%.*s", (int)strlen(word) - 2, word + 1);
        } else if (is(word, "has") && has_value) {
            if (!add_pattern(e->has, &e->has_count, w->word[++at]))
                return "too many patterns";
        } else if (is(word, "lacks") && has_value) {
            if (!add_pattern(e->lacks, &e->lacks_count, w->word[++at]))
                return "too many patterns";
        } else {
            len += (size_t)snprintf(e->what + len, sizeof e->what - len, "%s%s",
                                    len == 0 ? "" : " ", word);
        }
    }
    return NULL;
}

static const struct {
    const char *name;
    size_t offset;
} counters[] = {
#define X(name, help) {#name, offsetof(struct px_counters, name)},
    PX_COUNTERS(X)
#undef X
};

/* counter NAME N */
static const char *read_counter(struct sim_expect *e, const struct tw_words *w)
{
    e->kind = SIM_COUNTER;
    if (w->count != 3 || !tw_number(w->word[2], 100000, &e->count))
        return "counter NAME N";
    snprintf(e->counter, sizeof e->counter, "%s", w->word[1]);
    for (size_t i = 0; i < SW_ARRAY_LEN(counters); i++)
        if (is(counters[i].name, e->counter))
            return NULL;
    return "there is no such counter";
}

/* expect TIME FROM > TO WHAT | expect TIME FROM : WHAT; never and count have no time; count has a
 * number first. */
const char *sim_scene_expect(struct sim_expect *e, const struct tw_words *w)
{
    size_t at = 1;
    if (is(w->word[0], "counter"))
        return read_counter(e, w);
    e->kind = is(w->word[0], "expect")  ? SIM_EXPECT
              : is(w->word[0], "never") ? SIM_NEVER
                                        : SIM_COUNT;
    e->to_us = SW_NEVER;
    if (w->count < 4)
        return "FROM > TO WHAT";
    if (e->kind == SIM_EXPECT && !read_time(w->word[at++], e))
        return "not a time";
    if (e->kind == SIM_COUNT && !tw_number(w->word[at++], 100000, &e->count))
        return "not a number";
    snprintf(e->from, sizeof e->from, "%s", w->word[at++]);
    if (at < w->count && is(w->word[at], ":"))
        return read_rest(e, w, at + 1);
    if (at + 1 >= w->count || !is(w->word[at], ">"))
        return "FROM > TO WHAT, FROM : WHAT";
    snprintf(e->to, sizeof e->to, "%s", w->word[at + 1]);
    return read_rest(e, w, at + 2);
}

/* ------------------------------------------------------------------------------ checking */

static bool contains(const struct sim_line *l, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= l->text_len; i++)
        if (memcmp(l->text + i, text, len) == 0)
            return true;
    return false;
}

static bool fits(const struct sim_expect *e, const struct sim_line *l)
{
    if (!is(e->from, l->from) || !is(e->to, l->to) ||
        strncmp(e->what, l->what, strlen(e->what)) != 0)
        return false;
    if (e->fate[0] != '\0' && !is(e->fate, l->fate))
        return false;
    for (size_t i = 0; i < e->has_count; i++)
        if (!contains(l, e->has[i]))
            return false;
    for (size_t i = 0; i < e->lacks_count; i++)
        if (contains(l, e->lacks[i]))
            return false;
    return true;
}

static uint64_t value_of(const struct sim_scene *s, const char *counter)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(counters); i++)
        if (is(counters[i].name, counter))
            return *(const uint64_t *)(const void *)((const char *)&s->counters +
                                                     counters[i].offset);
    return UINT64_MAX;
}

static char *broken(const struct sim_expect *e, const char *what, unsigned number)
{
    char *text = sim_alloc(512, 1);
    snprintf(text, 512, "line %u: %s (%u): %s %s %s %s", e->line, what, number, e->from,
             e->to[0] == '\0' ? ":" : ">", e->to, e->what);
    return text;
}

static bool is_in_time(const struct sim_expect *e, const struct sim_line *l)
{
    uint64_t at_us = l->at_us - SW_SECONDS(1000);
    return at_us >= e->from_us && at_us <= e->to_us;
}

char *sim_scene_check(const struct sim_scene *s)
{
    size_t at = 0; /* expectations are seen in their order */
    for (size_t i = 0; i < s->expect_count; i++) {
        const struct sim_expect *e = &s->expects[i];
        unsigned found = 0;
        if (e->kind == SIM_COUNTER) {
            if (value_of(s, e->counter) != e->count)
                return broken(e, e->counter, (unsigned)value_of(s, e->counter));
            continue;
        }
        if (e->kind == SIM_EXPECT) {
            while (at < s->world.line_count &&
                   !(fits(e, &s->world.lines[at]) && is_in_time(e, &s->world.lines[at])))
                at++;
            if (at++ >= s->world.line_count)
                return broken(e, "not seen after what was expected before it", (unsigned)i);
            continue;
        }
        for (size_t j = 0; j < s->world.line_count; j++)
            found += fits(e, &s->world.lines[j]);
        if (e->kind == SIM_NEVER && found > 0)
            return broken(e, "seen, but must never be", found);
        if (e->kind == SIM_COUNT && found != e->count)
            return broken(e, "seen another number of times", found);
    }
    return NULL;
}

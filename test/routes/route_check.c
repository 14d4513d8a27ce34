/* SPDX-License-Identifier: BSD-2-Clause */
#include "route_check.h"

#include <stdarg.h>
#include <strings.h>

SW_PRINTF(3, 4)
static bool differs(const struct rt_case *c, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: ", c->path, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return false;
}

/* A '*' at the end of what is wanted stands for anything more. */
static bool is_wanted(const char *want, const char *got)
{
    size_t len = strlen(want);
    if (len > 0 && want[len - 1] == '*')
        return strncmp(want, got, len - 1) == 0;
    return strcmp(want, got) == 0;
}

static bool check_attr(const struct rt_case *c, const struct rt_story *s, const struct rt_hop *hop,
                       const struct rt_attr *a, const struct rt_seen *seen)
{
    bool is_plain = s->variant->number == 0;
    if (strcmp(a->name, "last") == 0 || strcmp(a->name, "more") == 0)
        return !is_plain || seen->has_more == (a->name[0] == 'm') ||
               differs(c, hop->line, "%s: there is %s", seen->text,
                       seen->has_more ? "more behind it" : "nothing behind it");
    unsigned long ttl = 0;
    if (strcmp(a->name, "ttl") == 0 && tw_number(a->value, UINT32_MAX, &ttl))
        return !is_plain || ttl == seen->c.ttl_s ||
               differs(c, hop->line, "%s: ttl is %u", seen->text, seen->c.ttl_s);
    char text[RT_TEXT_MAX] = "";
    struct sw_buf b = sw_buf(text, sizeof text - 1);
    bool has = rt_seen_attr(&b, a->name, &seen->c);
    text[b.len] = '\0';
    return (has && is_wanted(a->value, text)) ||
           differs(c, hop->line, "wanted %s %s, got %s", a->name, a->value, seen->text);
}

/* What a candidate must not be unless the case says so. */
static bool check_flags(const struct rt_case *c, const struct rt_hop *hop,
                        const struct rt_seen *seen)
{
    static const char *const flags[] = {"secure", "stale",   "only-if-refused",
                                        "probe",  "penalty", "tls-all"};
    bool is_good = true;
    for (size_t i = 0; i < SW_ARRAY_LEN(flags); i++) {
        struct sw_buf none = sw_buf(NULL, 0);
        bool is_said = false;
        for (const struct rt_attr *a = hop->attrs; a != NULL; a = a->next)
            is_said |= strcmp(a->name, flags[i]) == 0;
        if (!is_said && rt_seen_attr(&none, flags[i], &seen->c))
            is_good = differs(c, hop->line, "%s: %s was not expected", seen->text, flags[i]);
    }
    return is_good;
}

static const struct rt_hop *find_hop(const struct rt_step *step, const bool *is_taken, size_t at,
                                     const struct sw_candidate *c)
{
    unsigned group = step->hops[at].group;
    for (size_t i = 0; i < step->hop_count; i++) {
        const struct rt_hop *hop = &step->hops[i];
        if (!is_taken[i] && hop->group == group && hop->transport == c->transport &&
            sw_endpoint_eq(&hop->endpoint, &c->endpoint))
            return hop;
    }
    return NULL;
}

static bool check_hops(const struct rt_case *c, const struct rt_story *s)
{
    const struct rt_step *step = s->step;
    bool is_taken[RT_HOPS_MAX] = {false}, is_good = true;
    for (size_t i = 0; i < s->seen_count && i < step->hop_count; i++) {
        const struct rt_seen *seen = &s->seen[i];
        const struct rt_hop *hop = find_hop(step, is_taken, i, &seen->c);
        if (hop == NULL)
            return differs(c, step->hops[i].line, "candidate %zu is %s", i + 1, seen->text);
        is_taken[hop - step->hops] = true;
        is_good &= check_flags(c, hop, seen);
        for (const struct rt_attr *a = hop->attrs; a != NULL; a = a->next)
            is_good &= check_attr(c, s, hop, a, seen);
    }
    if (s->seen_count > step->hop_count)
        return differs(c, step->line, "one candidate too many: %s", s->seen[step->hop_count].text);
    if (s->seen_count < step->hop_count)
        return differs(c, step->hops[s->seen_count].line, "%zu candidates, %zu expected",
                       s->seen_count, step->hop_count);
    return is_good;
}

static const char *question_text(const struct sw_question *q)
{
    static char text[SW_NAME_TEXT_MAX + 8];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_name_write(&b, q->name);
    sw_buf_char(&b, ' ');
    sw_buf_str(&b, sw_rrtype_name(q->type));
    return sw_buf_cstr(&b);
}

static bool check_questions(const struct rt_case *c, const struct rt_story *s)
{
    bool is_good = true;
    for (const struct rt_question *q = s->step->questions; q != NULL; q = q->next) {
        bool is_asked = false;
        for (size_t i = 0; i < s->asked_count; i++)
            is_asked |=
                sw_name_eq(s->asked[i].q.name, q->q.name) && s->asked[i].q.type == q->q.type;
        if (!is_asked)
            is_good = differs(c, q->line, "not asked: %s", question_text(&q->q));
    }
    for (size_t i = 0; i < s->asked_count; i++) {
        const struct sw_question *asked = &s->asked[i].q;
        bool is_expected = false;
        for (const struct rt_question *q = s->step->questions; q != NULL; q = q->next)
            is_expected |= sw_name_eq(asked->name, q->q.name) && asked->type == q->q.type;
        if (!is_expected)
            is_good = differs(c, s->step->line, "asked, not expected: %s", question_text(asked));
    }
    return is_good;
}

static bool never_asked(const struct rt_case *c, const struct rt_story *s, const struct rt_check *k)
{
    for (size_t i = 0; i < s->asked_count; i++) {
        const struct sw_question *q = &s->asked[i].q, *bad = &k->question;
        if ((bad->name.len == 0 || sw_name_eq(q->name, bad->name)) &&
            (bad->type == 0 || bad->type == q->type))
            return differs(c, k->line, "asked: %s", question_text(q));
    }
    return true;
}

static bool never_seen(const struct rt_case *c, const struct rt_story *s, const struct rt_check *k)
{
    for (size_t i = 0; i < s->seen_count; i++) {
        const struct sw_candidate *seen = &s->seen[i].c;
        bool is_met = k->kind == RT_NEVER_ADDRESS
                          ? sw_netaddr_eq(&seen->endpoint.addr, &k->endpoint.addr)
                          : seen->transport == k->transport;
        if (is_met)
            return differs(c, k->line, "candidate %zu is %s", i + 1, s->seen[i].text);
    }
    return true;
}

static bool check_note(const struct rt_case *c, const struct rt_story *s, const struct rt_check *k)
{
    unsigned count = s->notes[k->note];
    bool is_good = k->kind == RT_NO_NOTE ? count == 0
                   : k->number == 0      ? count > 0
                                         : count == k->number;
    return is_good || differs(c, k->line, "note %s: %u times", sw_note_row(k->note)->code, count);
}

static bool check_time(const struct rt_case *c, const struct rt_story *s, const struct rt_check *k)
{
    if (k->number > s->seen_count)
        return differs(c, k->line, "there is no candidate %u", k->number);
    uint64_t us = k->number == 0 ? s->end_us : s->seen[k->number - 1].at_us;
    bool is_good = k->relation == '<'   ? us <= k->time_us
                   : k->relation == '>' ? us >= k->time_us
                                        : us == k->time_us;
    return is_good || differs(c, k->line, "it was at %.1f ms", (double)us / 1000);
}

static bool check_round_trips(const struct rt_case *c, const struct rt_story *s,
                              const struct rt_check *k)
{
    uint64_t us = s->seen_count > 0 ? s->seen[0].at_us : s->end_us;
    return us <= (uint64_t)k->number * RT_ROUND_TRIP_US ||
           differs(c, k->line, "it took %.1f", (double)us / RT_ROUND_TRIP_US);
}

static bool check_first(const struct rt_case *c, const struct rt_story *s, const struct rt_check *k)
{
    struct sw_endpoint e = {.port = 0};
    char text[64] = "unknown";
    struct sw_buf b = sw_buf(text, sizeof text);
    bool is_known = sw_response_first(&s->step->via, &e);
    if (is_known) {
        sw_endpoint_write(&b, &e);
        sw_buf_cstr(&b);
    }
    bool is_wanted_known = k->endpoint.addr.family != 0;
    return (is_known == is_wanted_known && (!is_known || sw_endpoint_eq(&e, &k->endpoint))) ||
           differs(c, k->line, "the response goes first to: %s", text);
}

static bool check_reason(const struct rt_case *c, const struct rt_story *s,
                         const struct rt_check *k)
{
    char text[512] = "";
    struct sw_buf b = sw_buf(text, sizeof text);
    if (s->plan != NULL)
        sw_plan_reason(s->plan, &b);
    return strcasestr(sw_buf_cstr(&b), k->word) != NULL ||
           differs(c, k->line, "the reason is: %s", text);
}

static bool check_target(const struct rt_case *c, const struct rt_story *s,
                         const struct rt_check *k)
{
    char text[SW_NAME_TEXT_MAX] = "";
    struct sw_buf b = sw_buf(text, sizeof text);
    if (s->plan != NULL)
        sw_plan_target(s->plan, &b);
    return strcmp(sw_buf_cstr(&b), k->word) == 0 || differs(c, k->line, "TARGET is %s", text);
}

static bool check_one(const struct rt_case *c, const struct rt_story *s, const struct rt_check *k)
{
    bool is_plain = s->variant->number == 0;
    switch (k->kind) {
    case RT_NEVER_ASK:
        return never_asked(c, s, k);
    case RT_NEVER_ADDRESS:
    case RT_NEVER_TRANSPORT:
        return never_seen(c, s, k);
    case RT_NOTE:
    case RT_NO_NOTE:
        return check_note(c, s, k);
    case RT_REASON:
        return check_reason(c, s, k);
    case RT_TARGET:
        return check_target(c, s, k);
    case RT_TIME:
        return !is_plain || check_time(c, s, k);
    case RT_ROUND_TRIPS:
        return !is_plain || check_round_trips(c, s, k);
    case RT_FIRST:
        return check_first(c, s, k);
    }
    return false;
}

bool rt_check_story(const struct rt_case *c, const struct rt_story *s)
{
    const struct rt_step *step = s->step;
    bool is_good = true;
    if (s->broken != NULL)
        is_good = differs(c, step->line, "%s", s->broken);
    if (s->met_nomem)
        return differs(c, step->line, "no memory");
    if (step->has_result && s->result != step->result)
        is_good = differs(c, step->line, "the result is %s", sw_result_name(s->result));
    bool wants_hops = step->has_result || step->hop_count > 0;
    if (wants_hops)
        is_good &= check_hops(c, s);
    if (step->has_questions)
        is_good &= check_questions(c, s);
    for (const struct rt_check *k = step->checks; k != NULL; k = k->next)
        is_good &= check_one(c, s, k);
    return is_good;
}

bool rt_same_hops(const struct rt_story *a, const struct rt_story *b)
{
    if (a->seen_count != b->seen_count || a->result != b->result)
        return false;
    for (size_t i = 0; i < a->seen_count; i++)
        if (strcmp(a->seen[i].text, b->seen[i].text) != 0)
            return false;
    return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "route_parse.h"

#include <stdlib.h>

void *rt_get(struct rt_parser *p, size_t size)
{
    void *room = sw_arena_zget(&p->c->arena, 1, size);
    if (room == NULL)
        abort();
    return room;
}

const char *rt_text(struct rt_parser *p, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(rt_get(p, size), text, size);
}

bool rt_endpoint_read(const char *text, struct sw_endpoint *out)
{
    const char *colon = strrchr(text, ':');
    unsigned long port = 0;
    if (colon == NULL || !tw_number(colon + 1, UINT16_MAX, &port))
        return false;
    struct sw_slice host = sw_slice(text, (size_t)(colon - text));
    if (host.len > 2 && text[0] == '[' && text[host.len - 1] == ']')
        host = sw_slice_sub(host, 1, host.len - 1);
    out->port = (uint16_t)port;
    return sw_netaddr_parse(host, &out->addr);
}

static bool is_list_of(const struct tw_words *w, bool (*is_one)(const char *))
{
    for (size_t i = 0; i < w->count; i++)
        if (!is_one(w->word[i]))
            return false;
    return w->count > 0;
}

static bool is_rule_id(const char *word)
{
    unsigned long n = 0;
    return word[0] >= 'A' && word[0] <= 'Z' && word[1] != '0' && tw_number(word + 1, 99, &n);
}

static bool is_trap_id(const char *word)
{
    unsigned long n = 0;
    return word[0] == 'T' && strlen(word) >= 3 && tw_number(word + 1, 999, &n);
}

/* "3263-4.1", or "2782", which has no numbered sections */
static bool is_section(const char *word)
{
    size_t digits = strspn(word, "0123456789");
    if (digits >= 4 && word[digits] == '\0')
        return true;
    return digits >= 4 && word[digits] == '-' && word[digits + 1] != '\0' &&
           word[digits + 1 + strspn(word + digits + 1, "0123456789.")] == '\0';
}

static const char *key_rule(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)p;
    (void)is_first;
    return is_list_of(w, is_rule_id) ? NULL : "wants rule ids: I1 N7 (docs/rules)";
}

static const char *key_trap(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)p;
    (void)is_first;
    return is_list_of(w, is_trap_id) ? NULL : "wants trap ids: T05 T113 (docs/rules)";
}

static const char *key_rfc(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)p;
    (void)is_first;
    return is_list_of(w, is_section) ? NULL : "wants sections: 3263-4.1";
}

static const char *key_why(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)p;
    (void)w;
    (void)is_first;
    return NULL;
}

static const struct {
    const char *key;
    rt_key_fn *fn;
} keys[] = {
    {"rfc", key_rfc},
    {"rule", key_rule},
    {"trap", key_trap},
    {"why", key_why},
    {"client", rt_key_client},
    {"origin", rt_key_origin},
    {"zone", rt_key_zone},
    {"dns", rt_key_dns},
    {"penalty", rt_key_penalty},
    {"wait", rt_key_wait},
    {"locate", rt_key_locate},
    {"reply", rt_key_reply},
    {"after", rt_key_after},
    {"stop-after", rt_key_stop},
    {"expect", rt_key_expect},
    {"expect-queries", rt_key_queries},
    {"never", rt_key_never},
    {"note", rt_key_note},
    {"no-note", rt_key_no_note},
    {"target", rt_key_target},
    {"time", rt_key_time},
    {"round-trips", rt_key_round_trips},
    {"share", rt_key_share},
};

/* "{n}" and "{n+7}" become numbers. */
static bool fill_in(char *out, size_t cap, const char *text, unsigned long n)
{
    size_t len = 0;
    while (*text != '\0') {
        char number[24] = {*text, '\0'};
        size_t taken = 1;
        if (strncmp(text, "{n", 2) == 0) {
            char *end = NULL;
            unsigned long more = text[2] == '+' ? strtoul(text + 3, &end, 10) : 0;
            const char *close = text[2] == '+' ? end : text + 2;
            if (*close != '}')
                return false;
            snprintf(number, sizeof number, "%lu", n + more);
            taken = (size_t)(close + 1 - text);
        }
        size_t add = strlen(number);
        if (len + add + 1 > cap)
            return false;
        memcpy(out + len, number, add);
        len += add;
        text += taken;
    }
    out[len] = '\0';
    return true;
}

static const char *read_words(struct rt_parser *p, size_t key, const char *text, bool is_first)
{
    struct tw_words w;
    const char *wrong = keys[key].fn == key_why ? NULL : tw_split(&w, text);
    return wrong != NULL ? wrong : keys[key].fn(p, &w, is_first);
}

/* What follows a key on its line: once, or "repeat FROM TO REST" for each number. */
static const char *read_rest(struct rt_parser *p, size_t key, const char *text, bool is_first)
{
    struct tw_words w;
    unsigned long from = 0, to = 0;
    if (strncmp(text, "repeat ", 7) != 0 || keys[key].fn == key_why)
        return read_words(p, key, text, is_first);
    const char *wrong = tw_split(&w, text);
    if (wrong != NULL)
        return wrong;
    if (w.count < 4 || !tw_number(w.word[1], 999, &from) || !tw_number(w.word[2], 999, &to))
        return "wants: repeat FROM TO what";
    const char *rest = text + 7;
    for (int i = 0; i < 2; i++) {
        rest += strspn(rest, " \t");
        rest += strcspn(rest, " \t");
    }
    for (unsigned long n = from; n <= to && wrong == NULL; n++) {
        char line[TW_LINE_MAX];
        if (!fill_in(line, sizeof line, rest, n))
            return "a {n} that is neither {n} nor {n+7}, or a line that gets too long";
        wrong = read_words(p, key, line, is_first && n == from);
    }
    return wrong;
}

static const char *read_line(struct rt_parser *p, char *line, size_t *key)
{
    line[strcspn(line, "\r\n")] = '\0';
    size_t blank_len = strspn(line, " \t");
    if (line[blank_len] == '\0' || line[blank_len] == '#')
        return NULL;
    if (blank_len > 0)
        return *key == SIZE_MAX ? "continues nothing" : read_rest(p, *key, line + blank_len, false);
    size_t key_len = strcspn(line, " \t");
    for (*key = 0; *key < SW_ARRAY_LEN(keys); ++*key) {
        if (strlen(keys[*key].key) == key_len && memcmp(keys[*key].key, line, key_len) == 0) {
            char *rest = line + key_len;
            return read_rest(p, *key, rest + strspn(rest, " \t"), true);
        }
    }
    *key = SIZE_MAX;
    return "unknown key";
}

/* What a whole case must have. */
static const char *look_over(const struct rt_case *c)
{
    if (c->steps == NULL)
        return "nothing is located";
    for (const struct rt_step *s = c->steps; s != NULL; s = s->next) {
        bool wants_something = s->has_result || s->hop_count > 0 || s->shares != NULL;
        for (const struct rt_check *k = s->checks; k != NULL; k = k->next)
            wants_something |= k->kind == RT_FIRST;
        if (!wants_something)
            return "a locate or reply without expect or share";
        if (s->has_result && s->hop_count > 0)
            return "candidates and another result cannot both be expected";
    }
    return NULL;
}

static bool complain(const struct rt_case *c, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", c->path, line, what);
    return false;
}

bool rt_case_read(struct rt_case *c, const char *path)
{
    memset(c, 0, sizeof *c);
    c->path = path;
    sw_arena_init(&c->arena, NULL, NULL, 0, 16384);
    struct rt_parser p = {.c = c, .origin = "d.t", .last_step = &c->steps};
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return complain(c, 0, "cannot be opened");
    char line[TW_LINE_MAX];
    size_t key = SIZE_MAX;
    const char *wrong = NULL;
    bool has_rule = false, has_why = false;
    while (wrong == NULL && fgets(line, sizeof line, f) != NULL) {
        p.line++;
        has_rule |= strncmp(line, "rule", 4) == 0 || strncmp(line, "trap", 4) == 0;
        has_why |= strncmp(line, "why", 3) == 0;
        wrong = read_line(&p, line, &key);
    }
    fclose(f);
    if (wrong != NULL)
        return complain(c, p.line, wrong);
    wrong = look_over(c);
    if (wrong == NULL && !(has_rule && has_why))
        wrong = "a case says which rule it shows ('rule' or 'trap') and 'why'";
    return wrong == NULL || complain(c, p.line, wrong);
}

void rt_case_free(struct rt_case *c)
{
    for (size_t i = 0; i < c->zone_count; i++)
        tz_zone_fini(c->zones[i]);
    sw_arena_fini(&c->arena);
}

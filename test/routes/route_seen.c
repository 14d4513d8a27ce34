/* SPDX-License-Identifier: BSD-2-Clause */
/* A candidate, and what happened in a step, as text. */
#include "route_drive.h"

static void write_path(struct sw_buf *b, const struct sw_candidate *c)
{
    if (c->has_naptr)
        sw_buf_str(b, "NAPTR>");
    if (c->has_srv)
        sw_buf_str(b, "SRV>");
    bool is_literal = c->host.len == 0;
    sw_buf_str(b, is_literal ? "literal" : c->endpoint.addr.family == 4 ? "A" : "AAAA");
}

static void write_tls_names(struct sw_buf *b, const struct sw_candidate *c)
{
    for (size_t i = 0; i < c->tls_name_count; i++) {
        if (i > 0)
            sw_buf_char(b, ',');
        sw_buf_escaped(b, c->tls_names[i]);
    }
}

static bool write_number(struct sw_buf *b, bool has, uint64_t n)
{
    if (has)
        sw_buf_u64(b, n);
    return has;
}

static bool write_text(struct sw_buf *b, const char *name, const struct sw_candidate *c)
{
    if (strcmp(name, "from") == 0)
        return write_path(b, c), true;
    if (strcmp(name, "host") == 0 && c->host.len > 0)
        return sw_name_write(b, c->host), true;
    if (strcmp(name, "srv") == 0 && c->has_srv)
        return sw_name_write(b, c->srv_owner), true;
    if (strcmp(name, "service") == 0 && c->has_naptr)
        return sw_buf_escaped(b, c->service), true;
    if (strcmp(name, "tls") == 0 && c->tls_name_count > 0)
        return write_tls_names(b, c), true;
    return false;
}

bool rt_seen_attr(struct sw_buf *b, const char *name, const struct sw_candidate *c)
{
    const struct {
        const char *name;
        bool has;
        uint64_t value;
    } numbers[] = {
        {"priority", c->has_srv, c->priority},
        {"weight", c->has_srv, c->weight},
        {"order", c->has_naptr, c->order},
        {"preference", c->has_naptr, c->preference},
        {"ttl", true, c->ttl_s},
    };
    const struct {
        const char *name;
        bool has;
    } flags[] = {
        {"secure", c->is_secure},
        {"stale", c->is_stale},
        {"only-if-refused", c->is_only_if_refused},
        {"probe", c->is_probe},
        {"penalty", c->penalty_until_us != 0},
        {"tls-all", c->tls_names_all},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(numbers); i++)
        if (strcmp(name, numbers[i].name) == 0)
            return write_number(b, numbers[i].has, numbers[i].value);
    for (size_t i = 0; i < SW_ARRAY_LEN(flags); i++)
        if (strcmp(name, flags[i].name) == 0)
            return flags[i].has;
    return write_text(b, name, c);
}

void rt_seen_write(struct sw_buf *b, const struct sw_candidate *c)
{
    static const char *const names[] = {
        "from",    "host", "srv",     "priority", "weight", "order",           "preference",
        "service", "tls",  "tls-all", "secure",   "stale",  "only-if-refused", "penalty",
        "probe",
    };
    sw_buf_str(b, sw_transport_row(c->transport)->name);
    sw_buf_char(b, ' ');
    sw_endpoint_write(b, &c->endpoint);
    for (size_t i = 0; i < SW_ARRAY_LEN(names); i++) {
        char room[RT_TEXT_MAX];
        struct sw_buf value = sw_buf(room, sizeof room);
        if (!rt_seen_attr(&value, names[i], c))
            continue;
        sw_buf_char(b, ' ');
        sw_buf_str(b, names[i]);
        if (value.len > 0)
            sw_buf_char(b, ' ');
        sw_buf_slice_add(b, sw_buf_slice(&value));
    }
}

static void print_question(const struct rt_asked *a, FILE *out)
{
    char text[SW_NAME_TEXT_MAX];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_name_write(&b, a->q.name);
    fprintf(out, "    ask %s %s%s%s\n", sw_buf_cstr(&b), sw_rrtype_name(a->q.type),
            a->is_open ? " (not answered)" : "", a->met_nomem ? " (no memory)" : "");
}

void rt_story_print(const struct rt_story *s, FILE *out)
{
    fprintf(out, "  line %d: %s\n", s->step->line, s->step->uri == NULL ? "reply" : s->step->uri);
    for (size_t i = 0; i < s->asked_count; i++)
        print_question(&s->asked[i], out);
    for (size_t i = 0; i < s->seen_count; i++)
        fprintf(out, "    %zu %s ttl %u at %.1f ms%s\n", i + 1, s->seen[i].text, s->seen[i].c.ttl_s,
                (double)s->seen[i].at_us / 1000, s->seen[i].has_more ? "" : " (last)");
    for (unsigned n = SW_NOTE_OK + 1; n < SW_NOTE_COUNT; n++)
        if (s->notes[n] > 0)
            fprintf(out, "    note %s %u times\n", sw_note_row((enum sw_note)n)->code, s->notes[n]);
    char reason[512] = "";
    struct sw_buf b = sw_buf(reason, sizeof reason);
    if (s->plan != NULL)
        sw_plan_reason(s->plan, &b);
    fprintf(out, "    %s at %.1f ms %s%s\n", sw_result_name(s->result), (double)s->end_us / 1000,
            sw_buf_cstr(&b), s->met_nomem ? " (no memory)" : "");
}

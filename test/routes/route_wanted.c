/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys that say what is located and what must come of it. */
#include "route_parse.h"

#include <stdlib.h>

static const char *begin_step(struct rt_parser *p)
{
    if (p->client == NULL || p->client->policy.transport_count == 0)
        return "no client with transports stands before it";
    if (p->zone == NULL) {
        const char *wrong = rt_key_zone(p, &(struct tw_words){.count = 0}, true);
        if (wrong != NULL)
            return wrong;
    }
    struct rt_step *s = rt_get(p, sizeof *s);
    s->line = p->line;
    s->zone = p->zone;
    s->client = p->client;
    s->penalties = p->penalties;
    s->wait_us = p->wait_us;
    for (size_t i = 0; i < RT_HOPS_MAX; i++)
        s->tries[i] = SW_TRY_FAILED;
    p->zone_is_used = true;
    p->penalties = NULL;
    p->wait_us = 0;
    p->step = s;
    *p->last_step = s;
    p->last_step = &s->next;
    p->in_any_order = false;
    p->group = 0;
    return NULL;
}

const char *rt_key_locate(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    unsigned long size = 0;
    bool has_size = w->count == 3 && strcmp(w->word[1], "size") == 0 &&
                    tw_number(w->word[2], UINT32_MAX, &size);
    if (w->count != 1 && !has_size)
        return "locate wants: URI [size N]";
    const char *wrong = begin_step(p);
    if (wrong != NULL)
        return wrong;
    p->step->uri = rt_text(p, w->word[0]);
    p->step->size = has_size ? size : p->client->size;
    return NULL;
}

/* "d.t", "d.t:5070", "192.0.2.5", "[2001:db8::5]:5070" */
static bool read_sent_by(struct rt_parser *p, const char *word, struct sw_via_route *via)
{
    char *text = rt_get(p, strlen(word) + 1);
    strcpy(text, word);
    char *colon = strrchr(text, ':');
    unsigned long port = 0;
    if (colon != NULL && strchr(colon, ']') == NULL) {
        if (!tw_number(colon + 1, UINT16_MAX, &port))
            return false;
        via->has_port = true;
        via->port = (uint16_t)port;
        *colon = '\0';
    }
    return sw_host_parse(sw_slice_str(text), &via->sent_by, NULL) == 0;
}

static bool read_via_param(struct rt_parser *p, const char *name, const char *value,
                           struct sw_via_route *via)
{
    unsigned long number = 0;
    if (strcmp(name, "received") == 0) {
        via->has_received = true;
        return sw_netaddr_parse(sw_slice_str(value), &via->received);
    }
    if (strcmp(name, "maddr") == 0) {
        via->has_maddr = true;
        return sw_host_parse(sw_slice_str(rt_text(p, value)), &via->maddr, NULL) == 0;
    }
    if (!tw_number(value, UINT16_MAX, &number))
        return false;
    if (strcmp(name, "rport") == 0) {
        via->has_rport = true;
        via->rport = (uint16_t)number;
        return true;
    }
    via->ttl = (uint8_t)number;
    return strcmp(name, "ttl") == 0;
}

const char *rt_key_reply(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    static const char usage[] =
        "reply wants: transport sent-by[:port] [received A] [rport N] [maddr H] [ttl N]";
    const char *wrong = begin_step(p);
    if (wrong != NULL)
        return wrong;
    struct sw_via_route *via = &p->step->via;
    via->ttl = 1;
    if (w->count < 2 || w->count % 2 != 0 ||
        !sw_transport_by_name(sw_slice_str(w->word[0]), &via->transport) ||
        !read_sent_by(p, w->word[1], via))
        return usage;
    for (size_t i = 2; i < w->count; i += 2)
        if (!read_via_param(p, w->word[i], w->word[i + 1], via))
            return usage;
    return NULL;
}

const char *rt_key_after(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    unsigned long n = 0;
    bool is_refused = w->count == 2 && strcmp(w->word[1], "refused") == 0;
    if (p->step == NULL || w->count != 2 || (!is_refused && strcmp(w->word[1], "failed") != 0))
        return "wants, after a locate: after N|each refused|failed";
    bool is_each = strcmp(w->word[0], "each") == 0;
    if (!is_each && (!tw_number(w->word[0], RT_HOPS_MAX, &n) || n == 0))
        return "not the number of a candidate";
    for (size_t i = 0; i < RT_HOPS_MAX; i++)
        if (is_each || i + 1 == n)
            p->step->tries[i] = is_refused ? SW_TRY_REFUSED : SW_TRY_FAILED;
    return NULL;
}

const char *rt_key_stop(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    unsigned long n = 0;
    if (p->step == NULL || w->count != 1 || !tw_number(w->word[0], RT_HOPS_MAX, &n) || n == 0)
        return "stop-after wants, after a locate, the number of a candidate";
    p->step->stop_after = (unsigned)n;
    return NULL;
}

static struct rt_check *add_check(struct rt_parser *p, enum rt_check_kind kind)
{
    struct rt_check *k = rt_get(p, sizeof *k);
    k->line = p->line;
    k->kind = kind;
    k->next = p->step->checks;
    p->step->checks = k;
    return k;
}

static const char *read_attrs(struct rt_parser *p, const struct tw_words *w, struct rt_hop *hop)
{
    static const char flags[] = " secure stale only-if-refused probe penalty last more tls-all ";
    static const char valued[] = " from host srv priority weight order preference service tls ttl ";
    for (size_t at = 3; at < w->count; at++) {
        char padded[64];
        snprintf(padded, sizeof padded, " %.60s ", w->word[at]);
        bool is_flag = strstr(flags, padded) != NULL;
        if (!is_flag && (strstr(valued, padded) == NULL || at + 1 >= w->count))
            return "an attribute of a candidate that nobody knows, or without its value";
        struct rt_attr *a = rt_get(p, sizeof *a);
        a->name = rt_text(p, w->word[at]);
        a->value = is_flag ? "" : rt_text(p, w->word[++at]);
        a->next = hop->attrs;
        hop->attrs = a;
    }
    return NULL;
}

static const char *expect_hop(struct rt_parser *p, const struct tw_words *w)
{
    struct rt_step *s = p->step;
    unsigned long n = 0;
    if (s->hop_count == RT_HOPS_MAX)
        return "too many candidates";
    struct rt_hop *hop = &s->hops[s->hop_count];
    if (w->count < 3 || !tw_number(w->word[0], RT_HOPS_MAX, &n) || n != s->hop_count + 1)
        return "wants the next number: N transport address:port [attributes]";
    if (!sw_transport_by_name(sw_slice_str(w->word[1]), &hop->transport) ||
        !rt_endpoint_read(w->word[2], &hop->endpoint))
        return "wants: N transport address:port [attributes]";
    if (!p->in_any_order)
        p->group++;
    hop->group = p->group;
    hop->line = p->line;
    s->hop_count++;
    return read_attrs(p, w, hop);
}

static bool is_result(const char *word, enum sw_result *out)
{
    static const enum sw_result results[] = {SW_RESULT_NONE, SW_RESULT_TEMPORARY, SW_RESULT_BOGUS,
                                             SW_RESULT_INVALID};
    for (size_t i = 0; i < SW_ARRAY_LEN(results); i++) {
        if (strcmp(sw_result_name(results[i]), word) == 0) {
            *out = results[i];
            return true;
        }
    }
    return false;
}

static const char *expect_result(struct rt_parser *p, const struct tw_words *w)
{
    p->step->has_result = true;
    if (w->count > 1 && strcmp(w->word[1], "reason") != 0)
        return "after a result only 'reason' and words of it";
    for (size_t i = 2; i < w->count; i++)
        add_check(p, RT_REASON)->word = rt_text(p, w->word[i]);
    return NULL;
}

static const char *expect_first(struct rt_parser *p, const struct tw_words *w)
{
    struct rt_check *k = add_check(p, RT_FIRST);
    if (p->step->uri != NULL || w->count != 2)
        return "'first' wants, after a reply: address:port or unknown";
    bool is_known = rt_endpoint_read(w->word[1], &k->endpoint);
    return is_known || strcmp(w->word[1], "unknown") == 0 ? NULL : "not address:port";
}

const char *rt_key_expect(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    if (p->step == NULL || w->count == 0)
        return "expect wants, after a locate or reply, what is expected";
    if (strcmp(w->word[0], "in") == 0) {
        p->in_any_order = w->count == 3 && strcmp(w->word[1], "any") == 0;
        p->group++;
        return w->count == 3 && strcmp(w->word[2], "order") == 0
                   ? NULL
                   : "wants: in any order, or: in this order";
    }
    if (strcmp(w->word[0], "first") == 0)
        return expect_first(p, w);
    return is_result(w->word[0], &p->step->result) ? expect_result(p, w) : expect_hop(p, w);
}

/* "NAME TYPE"; "*" for any where that is allowed. */
static const char *read_question(struct rt_parser *p, const char *name, const char *type,
                                 bool may_be_any, struct sw_question *q)
{
    bool any_name = strcmp(name, "*") == 0, any_type = strcmp(type, "*") == 0;
    if ((any_name || any_type) && !may_be_any)
        return "a question wants a name and a type";
    if (!any_name && tz_name(&p->c->arena, p->origin, name, &q->name) < 0)
        return "not a name";
    return any_type || tz_type(type, &q->type) ? NULL : "not a type";
}

const char *rt_key_queries(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    if (p->step == NULL)
        return "expect-queries wants a locate before it";
    p->step->has_questions = true;
    if (w->count == 1 && strcmp(w->word[0], "none") == 0)
        return NULL;
    if (w->count < 2)
        return "expect-queries wants: none, or: name type [type...]";
    for (size_t i = 1; i < w->count; i++) {
        struct rt_question *q = rt_get(p, sizeof *q);
        const char *wrong = read_question(p, w->word[0], w->word[i], false, &q->q);
        if (wrong != NULL)
            return wrong;
        q->line = p->line;
        q->next = p->step->questions;
        p->step->questions = q;
    }
    return NULL;
}

const char *rt_key_never(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    static const char usage[] = "never wants: ask NAME|* [TYPE], address A, or transport T";
    if (p->step == NULL || w->count < 2)
        return usage;
    if (strcmp(w->word[0], "ask") == 0)
        return read_question(p, w->word[1], w->count > 2 ? w->word[2] : "*", true,
                             &add_check(p, RT_NEVER_ASK)->question);
    struct sw_slice value = sw_slice_str(w->word[1]);
    if (strcmp(w->word[0], "address") == 0)
        return sw_netaddr_parse(value, &add_check(p, RT_NEVER_ADDRESS)->endpoint.addr) ? NULL
                                                                                       : usage;
    if (strcmp(w->word[0], "transport") == 0)
        return sw_transport_by_name(value, &add_check(p, RT_NEVER_TRANSPORT)->transport) ? NULL
                                                                                         : usage;
    return usage;
}

static bool note_by_code(const char *code, enum sw_note *out)
{
    for (unsigned n = SW_NOTE_OK + 1; n < SW_NOTE_COUNT; n++) {
        if (strcmp(sw_note_row((enum sw_note)n)->code, code) == 0) {
            *out = (enum sw_note)n;
            return true;
        }
    }
    return false;
}

static const char *read_note(struct rt_parser *p, const struct tw_words *w, enum rt_check_kind kind)
{
    unsigned long n = 0;
    if (p->step == NULL || w->count == 0)
        return "wants, after a locate, the code of a note";
    struct rt_check *k = add_check(p, kind);
    if (!note_by_code(w->word[0], &k->note))
        return "no such note";
    if (w->count > 1 &&
        !(w->count == 3 && tw_number(w->word[1], 999, &n) && strcmp(w->word[2], "times") == 0))
        return "wants: note CODE [N times]";
    k->number = (unsigned)n;
    return NULL;
}

const char *rt_key_note(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    return read_note(p, w, RT_NOTE);
}

const char *rt_key_no_note(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    return read_note(p, w, RT_NO_NOTE);
}

const char *rt_key_target(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    if (p->step == NULL || w->count != 1)
        return "target wants, after a locate, TARGET as text";
    add_check(p, RT_TARGET)->word = rt_text(p, w->word[0]);
    return NULL;
}

const char *rt_key_time(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    static const char usage[] = "wants, after a locate: time N|end <=|=|>= TIME";
    unsigned long n = 0;
    unsigned long long us = 0;
    if (p->step == NULL || w->count != 3 || !tw_duration(w->word[2], &us))
        return usage;
    bool is_end = strcmp(w->word[0], "end") == 0;
    if (!is_end && (!tw_number(w->word[0], RT_HOPS_MAX, &n) || n == 0))
        return usage;
    char relation = w->word[1][0];
    if (strcmp(w->word[1], "<=") != 0 && strcmp(w->word[1], "=") != 0 &&
        strcmp(w->word[1], ">=") != 0)
        return usage;
    struct rt_check *k = add_check(p, RT_TIME);
    k->number = (unsigned)n;
    k->relation = relation;
    k->time_us = us;
    return NULL;
}

const char *rt_key_round_trips(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    unsigned long n = 0;
    if (p->step == NULL || w->count != 2 || strcmp(w->word[0], "<=") != 0 ||
        !tw_number(w->word[1], 99, &n))
        return "wants, after a locate: round-trips <= N";
    add_check(p, RT_ROUND_TRIPS)->number = (unsigned)n;
    return NULL;
}

/* "h1" or "h1,h2": the first candidates' hosts. */
static const char *read_share_hosts(struct rt_parser *p, const char *word, struct rt_share *s)
{
    char *text = rt_get(p, strlen(word) + 1);
    strcpy(text, word);
    for (char *at = text; at != NULL;) {
        char *comma = strchr(at, ',');
        if (comma != NULL)
            *comma = '\0';
        if (s->host_count == RT_SHARE_PARTS ||
            tz_name(&p->c->arena, p->origin, at, &s->hosts[s->host_count]) < 0)
            return "not a list of hosts";
        s->host_count++;
        at = comma == NULL ? NULL : comma + 1;
    }
    return NULL;
}

const char *rt_key_share(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    static const char usage[] = "share wants: HOST[,HOST] N% [+-N], or: over N";
    unsigned long over = 0;
    if (p->step == NULL || w->count < 2)
        return usage;
    if (strcmp(w->word[0], "over") == 0) {
        p->step->share_over = tw_number(w->word[1], 1000000, &over) ? (unsigned)over : 0;
        return over > 0 ? NULL : usage;
    }
    struct rt_share *s = rt_get(p, sizeof *s);
    char *end = NULL;
    s->percent = strtod(w->word[1], &end);
    if (strcmp(end, "%") != 0)
        return usage;
    s->tolerance = -1;
    if (w->count > 2 && strncmp(w->word[2], "+-", 2) == 0) {
        s->tolerance = strtod(w->word[2] + 2, &end);
        if (*end != '\0')
            return usage;
    }
    s->line = p->line;
    s->next = p->step->shares;
    p->step->shares = s;
    return read_share_hosts(p, w->word[0], s);
}

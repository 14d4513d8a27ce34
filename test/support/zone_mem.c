/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/zone_mem.h"

#include <string.h>

void tz_zone_init(struct tz_zone *z)
{
    memset(z, 0, sizeof *z);
    sw_arena_init(&z->arena, NULL, NULL, 0, 4096);
    z->last_record = &z->records;
    z->last_fault = &z->faults;
    z->ttl_s = 300;
    z->negative_ttl_s = 300;
}

void tz_zone_fini(struct tz_zone *z)
{
    sw_arena_fini(&z->arena);
}

int tz_name(struct sw_arena *arena, const char *origin, const char *text, struct sw_name *out)
{
    char full[SW_NAME_TEXT_MAX * 2];
    size_t len = strlen(text);
    bool is_absolute = len > 0 && text[len - 1] == '.';
    int n = strcmp(text, "@") == 0 ? snprintf(full, sizeof full, "%s", origin)
            : is_absolute          ? snprintf(full, sizeof full, "%s", text)
                                   : snprintf(full, sizeof full, "%s.%s", text, origin);
    if (n < 0 || (size_t)n >= sizeof full)
        return SW_E_SYNTAX;
    struct sw_name_room *room = sw_arena_get(arena, sizeof *room);
    return room == NULL ? SW_E_NOMEM : sw_name_from_escaped(sw_slice_str(full), room, out);
}

bool tz_type(const char *text, enum sw_rrtype *out)
{
    static const enum sw_rrtype types[] = {SW_RR_A, SW_RR_AAAA, SW_RR_SRV, SW_RR_NAPTR,
                                           SW_RR_CNAME};
    for (size_t i = 0; i < SW_ARRAY_LEN(types); i++) {
        if (strcmp(sw_rrtype_name(types[i]), text) == 0) {
            *out = types[i];
            return true;
        }
    }
    return false;
}

static bool read_u16(const char *word, uint16_t *out)
{
    unsigned long value = 0;
    if (!tw_number(word, UINT16_MAX, &value))
        return false;
    *out = (uint16_t)value;
    return true;
}

/* A character-string with \DDD and \X undone: any octet can be written. */
static struct sw_slice read_string(struct sw_arena *arena, const char *word)
{
    char *out = sw_arena_dup(arena, word, strlen(word) + 1);
    size_t len = 0;
    for (const char *p = word; out != NULL && *p != '\0'; len++) {
        if (*p != '\\' || p[1] == '\0') {
            out[len] = *p++;
        } else if (sw_is_digit(p[1]) && sw_is_digit(p[2]) && sw_is_digit(p[3])) {
            out[len] = (char)((p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0'));
            p += 4;
        } else {
            out[len] = p[1];
            p += 2;
        }
    }
    return sw_slice(out, len);
}

static const char *read_naptr(struct tz_zone *z, const char *origin, char *const *rdata,
                              size_t count, struct sw_rr *rr)
{
    struct sw_rr_naptr *n = &rr->naptr;
    if (count != 6 || !read_u16(rdata[0], &n->order) || !read_u16(rdata[1], &n->preference))
        return "NAPTR wants: order preference \"flags\" \"service\" \"regexp\" replacement";
    n->flags = read_string(&z->arena, rdata[2]);
    n->service = read_string(&z->arena, rdata[3]);
    n->regexp = read_string(&z->arena, rdata[4]);
    return tz_name(&z->arena, origin, rdata[5], &n->replacement) < 0 ? "not a name" : NULL;
}

static const char *read_srv(struct tz_zone *z, const char *origin, char *const *rdata, size_t count,
                            struct sw_rr *rr)
{
    struct sw_rr_srv *s = &rr->srv;
    if (count != 4 || !read_u16(rdata[0], &s->priority) || !read_u16(rdata[1], &s->weight) ||
        !read_u16(rdata[2], &s->port))
        return "SRV wants: priority weight port target";
    return tz_name(&z->arena, origin, rdata[3], &s->target) < 0 ? "not a name" : NULL;
}

static const char *read_rdata(struct tz_zone *z, const char *origin, char *const *rdata,
                              size_t count, struct tz_record *r)
{
    switch (r->rr.type) {
    case SW_RR_NAPTR:
        return read_naptr(z, origin, rdata, count, &r->rr);
    case SW_RR_SRV:
        return read_srv(z, origin, rdata, count, &r->rr);
    case SW_RR_A:
        return count == 1 && sw_netaddr_parse4(sw_slice_str(rdata[0]), &r->rr.addr)
                   ? NULL
                   : "A wants an IPv4 address";
    case SW_RR_AAAA:
        return count == 1 && sw_netaddr_parse6(sw_slice_str(rdata[0]), &r->rr.addr)
                   ? NULL
                   : "AAAA wants an IPv6 address";
    case SW_RR_CNAME:
        r->is_alias = true;
        return count == 1 && tz_name(&z->arena, origin, rdata[0], &r->alias) == 0
                   ? NULL
                   : "CNAME wants a name";
    }
    return "a type that location does not need";
}

const char *tz_zone_add(struct tz_zone *z, const char *origin, const struct tw_words *w)
{
    struct tz_record *r = sw_arena_zget(&z->arena, 1, sizeof *r);
    unsigned long ttl = z->ttl_s;
    size_t at = 1;
    if (r == NULL || w->count < 2 || tz_name(&z->arena, origin, w->word[0], &r->owner) < 0)
        return "a record wants: owner [ttl] type data";
    if (tw_number(w->word[at], UINT32_MAX, &ttl))
        at++;
    if (at >= w->count || !tz_type(w->word[at], &r->rr.type))
        return "a record wants a type: NAPTR SRV A AAAA CNAME";
    r->ttl_s = r->rr.ttl_s = (uint32_t)ttl;
    const char *wrong = read_rdata(z, origin, w->word + at + 1, w->count - at - 1, r);
    if (wrong != NULL)
        return wrong;
    *z->last_record = r;
    z->last_record = &r->next;
    return NULL;
}

/* One word behind the '='. */
static bool read_fault_word(const char *word, struct tz_fault *f)
{
    static const struct {
        const char *word;
        enum sw_outcome outcome;
        uint8_t rcode;
    } outcomes[] = {
        {"SERVFAIL", SW_OUTCOME_SERVFAIL, 2},   {"REFUSED", SW_OUTCOME_SERVFAIL, 5},
        {"TIMEOUT", SW_OUTCOME_TIMEOUT, 0},     {"BOGUS", SW_OUTCOME_BOGUS, 0},
        {"MALFORMED", SW_OUTCOME_MALFORMED, 0}, {"NXDOMAIN", SW_OUTCOME_NXDOMAIN, 3},
        {"NODATA", SW_OUTCOME_NODATA, 0},       {"NOT-ASKED", SW_OUTCOME_NOT_ASKED, 0},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(outcomes); i++) {
        if (strcmp(word, outcomes[i].word) == 0) {
            f->has_outcome = true;
            f->outcome = outcomes[i].outcome;
            f->rcode = outcomes[i].rcode;
            return true;
        }
    }
    bool *flag = strcmp(word, "SILENT") == 0   ? &f->is_silent
                 : strcmp(word, "SECURE") == 0 ? &f->is_secure
                 : strcmp(word, "STALE") == 0  ? &f->is_stale
                 : strcmp(word, "LOCAL") == 0  ? &f->is_local
                 : strcmp(word, "CUT") == 0    ? &f->is_cut
                                               : NULL;
    if (flag != NULL)
        *flag = true;
    return flag != NULL;
}

const char *tz_zone_add_fault(struct tz_zone *z, const char *origin, const struct tw_words *w)
{
    struct tz_fault *f = sw_arena_zget(&z->arena, 1, sizeof *f);
    size_t at = 1;
    bool has_equals = false;
    if (f == NULL || w->count < 2)
        return "wants: name [type] [= OUTCOME ...] [after TIME] [ttl N]";
    if (strcmp(w->word[0], "*") != 0 && tz_name(&z->arena, origin, w->word[0], &f->name) < 0)
        return "not a name";
    if (tz_type(w->word[at], &f->type))
        at++;
    for (; at < w->count; at++) {
        const char *word = w->word[at], *value = at + 1 < w->count ? w->word[at + 1] : "";
        unsigned long ttl = 0;
        unsigned long long after_us = 0;
        if (strcmp(word, "=") == 0 && !has_equals) {
            has_equals = true;
        } else if (strcmp(word, "after") == 0 && tw_duration(value, &after_us)) {
            f->has_after = true;
            f->after_us = after_us;
            at++;
        } else if (strcmp(word, "ttl") == 0 && tw_number(value, UINT32_MAX, &ttl)) {
            f->has_ttl = true;
            f->ttl_s = (uint32_t)ttl;
            at++;
        } else if (!has_equals || !read_fault_word(word, f)) {
            return "neither an outcome (after '='), nor 'after TIME', nor 'ttl N'";
        }
    }
    *z->last_fault = f;
    z->last_fault = &f->next;
    return NULL;
}

static const struct tz_record *find_alias(const struct tz_zone *z, struct sw_name name)
{
    for (const struct tz_record *r = z->records; r != NULL; r = r->next)
        if (r->is_alias && sw_name_eq(r->owner, name))
            return r;
    return NULL;
}

/* Also where it only has names below it. */
static bool name_exists(const struct tz_zone *z, struct sw_name name)
{
    for (const struct tz_record *r = z->records; r != NULL; r = r->next)
        if (sw_name_is_under(r->owner, name))
            return true;
    return false;
}

static void add_records(const struct tz_zone *z, struct sw_name name, enum sw_rrtype type,
                        struct tz_reply *out)
{
    struct sw_answer *a = &out->answer;
    for (const struct tz_record *r = z->records; r != NULL; r = r->next) {
        if (r->is_alias || r->rr.type != type || !sw_name_eq(r->owner, name))
            continue;
        if (a->rr_count == TZ_RECORDS_MAX)
            a->is_cut = true;
        else
            out->rrs[a->rr_count++] = r->rr;
        a->ttl_s = r->ttl_s < a->ttl_s ? r->ttl_s : a->ttl_s;
    }
}

/* What the records alone say. */
static void answer_truly(const struct tz_zone *z, const struct sw_question *q, struct tz_reply *out)
{
    struct sw_answer *a = &out->answer;
    struct sw_name name = q->name;
    const struct tz_record *alias;
    *a = (struct sw_answer){.rrs = out->rrs, .ttl_s = UINT32_MAX, .outcome = SW_OUTCOME_RECORDS};
    while ((alias = find_alias(z, name)) != NULL) {
        if (a->alias_count == TZ_ALIASES_MAX) {
            *a = (struct sw_answer){.outcome = SW_OUTCOME_SERVFAIL, .rcode = 2, .rrs = out->rrs};
            return;
        }
        a->alias_count++;
        a->ttl_s = alias->ttl_s < a->ttl_s ? alias->ttl_s : a->ttl_s;
        name = alias->alias;
    }
    add_records(z, name, q->type, out);
    if (a->rr_count > 0)
        return;
    bool exists = name_exists(z, name);
    a->outcome = exists ? SW_OUTCOME_NODATA : SW_OUTCOME_NXDOMAIN;
    a->rcode = exists ? 0 : 3;
    a->ttl_s = z->negative_ttl_s < a->ttl_s ? z->negative_ttl_s : a->ttl_s;
}

static void apply_fault(const struct tz_fault *f, struct tz_reply *out)
{
    struct sw_answer *a = &out->answer;
    if (f->has_outcome) {
        bool is_none = sw_outcome_is_none(f->outcome);
        *a = (struct sw_answer){.outcome = f->outcome,
                                .rcode = f->rcode,
                                .rrs = out->rrs,
                                .ttl_s = is_none ? a->ttl_s : 0};
    }
    a->is_secure |= f->is_secure;
    a->is_stale |= f->is_stale;
    a->is_local |= f->is_local;
    a->is_cut |= f->is_cut;
    out->is_silent |= f->is_silent;
    if (f->has_ttl)
        a->ttl_s = f->ttl_s;
    for (size_t i = 0; f->has_ttl && i < a->rr_count; i++)
        out->rrs[i].ttl_s = f->ttl_s;
    if (f->has_after) {
        out->has_after = true;
        out->after_us = f->after_us;
    }
}

void tz_zone_answer(const struct tz_zone *z, const struct sw_question *q, struct tz_reply *out)
{
    out->is_silent = out->has_after = false;
    answer_truly(z, q, out);
    for (const struct tz_fault *f = z->faults; f != NULL; f = f->next) {
        bool is_meant = (f->name.len == 0 || sw_name_eq(f->name, q->name)) &&
                        (f->type == 0 || f->type == q->type);
        if (is_meant)
            apply_fault(f, out);
    }
}

bool tz_zone_has_faults(const struct tz_zone *z)
{
    for (const struct tz_fault *f = z->faults; f != NULL; f = f->next)
        if (f->has_outcome || f->is_silent || f->is_secure || f->is_stale || f->is_local ||
            f->is_cut || f->has_ttl)
            return true;
    return false;
}

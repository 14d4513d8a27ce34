/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_zonefile.h"

#include "adapter/dns_zonerdata.h"
#include "adapter/dns_zonetext.h"
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_RRSIG = 46,
    TYPE_NSEC = 47,
    TYPE_DNSKEY = 48,
    RDATA_MAX = 65535,
};

struct ad_zone {
    struct sw_arena arena;
    struct sw_name origin;
    bool is_signed;
    struct ad_zonetext text;
    struct sw_name *cuts; /* delegations, in canonical order */
    size_t cut_count;
};

/* What an entry of a master file means depends on those before it. */
struct reader {
    struct ad_zone *z;
    struct ad_zonelex lex;
    struct ad_zone_entry entry;
    struct sw_name origins[AD_ZONE_INCLUDE_MAX]; /* of relative names, by file; len 0: none yet */
    const char *paths[AD_ZONE_INCLUDE_MAX];      /* in the zone's arena, by file */
    struct sw_name first_origin, soa_owner;      /* len 0: not met */
    struct sw_name owner;                        /* of the record before; len 0: none */
    uint32_t default_ttl_s, last_ttl_s;
    bool has_default_ttl, has_last_ttl;
    char rdata[RDATA_MAX];
};

struct record {
    struct ad_zone_type type;
    uint32_t ttl_s;
    size_t rdata_at; /* word of the entry where it begins */
};

static struct ad_zone_source source_of(const struct reader *r, struct sw_name owner, uint16_t type)
{
    return (struct ad_zone_source){owner, r->paths[r->lex.depth - 1], r->entry.line, type};
}

/* ---- entries ---- */

static int keep_name(struct reader *r, const struct ad_zone_word *word, struct sw_name *out)
{
    struct sw_name_room room;
    struct sw_name name;
    int rc = ad_zone_name(word->text, r->origins[r->lex.depth - 1], &room, &name);
    if (rc < 0)
        return ad_zonelex_fail(&r->lex, word->line, "the name '%.*s' %s",
                               ad_zonelex_shown(word->text), word->text.p, ad_zone_name_error(rc));
    name.wire = (const uint8_t *)sw_arena_dup(&r->z->arena, name.wire, name.len);
    if (name.wire == NULL)
        return SW_E_NOMEM;
    *out = name;
    return 0;
}

static int set_origin(struct reader *r, const struct ad_zone_word *word)
{
    int rc = keep_name(r, word, &r->origins[r->lex.depth - 1]);
    if (rc == 0 && r->first_origin.len == 0)
        r->first_origin = r->origins[r->lex.depth - 1];
    return rc;
}

/* The origin of the file that includes holds in the other, unless another one is given. */
static int open_include(struct reader *r, struct sw_slice path)
{
    size_t outer = r->lex.depth;
    struct sw_name origin = outer > 0 ? r->origins[outer - 1] : (struct sw_name){0};
    if (outer > 0 && r->entry.count == 3) {
        int rc = keep_name(r, &r->entry.words[2], &origin);
        if (rc < 0)
            return rc;
    }
    int rc = ad_zonelex_open(&r->lex, path, r->entry.line);
    if (rc < 0)
        return rc;
    const char *opened = ad_zonelex_path(&r->lex);
    r->origins[outer] = origin;
    r->paths[outer] = sw_arena_dup(&r->z->arena, opened, strlen(opened) + 1);
    return r->paths[outer] == NULL ? SW_E_NOMEM : 0;
}

static int read_directive(struct reader *r)
{
    const struct ad_zone_entry *e = &r->entry;
    struct sw_slice name = e->words[0].text;
    if (sw_slice_ieq(name, SW_LIT("$ORIGIN"))) {
        if (e->count == 2)
            return set_origin(r, &e->words[1]);
        return ad_zonelex_fail(&r->lex, e->line, "$ORIGIN wants one name");
    }
    if (sw_slice_ieq(name, SW_LIT("$INCLUDE"))) {
        if (e->count == 2 || e->count == 3)
            return open_include(r, e->words[1].text);
        return ad_zonelex_fail(&r->lex, e->line, "$INCLUDE wants a file, and may have an origin");
    }
    if (sw_slice_ieq(name, SW_LIT("$TTL"))) {
        r->has_default_ttl = e->count == 2 && ad_zone_time(e->words[1].text, &r->default_ttl_s);
        return r->has_default_ttl ? 0 : ad_zonelex_fail(&r->lex, e->line, "$TTL wants one time");
    }
    return ad_zonelex_fail(&r->lex, e->line, "the directive '%.*s' is not known",
                           ad_zonelex_shown(name), name.p);
}

/* TTL and class stand before the type, either, both or none, in either order. */
static int read_ttl_and_class(struct reader *r, size_t *at, struct record *rr)
{
    const struct ad_zone_entry *e = &r->entry;
    bool has_ttl = false, has_class = false;
    for (; *at < e->count && !e->words[*at].is_quoted; (*at)++) {
        struct sw_slice word = e->words[*at].text;
        if (!has_class && sw_slice_ieq(word, SW_LIT("IN"))) {
            has_class = true;
        } else if (!has_ttl && word.len > 0 && sw_is_digit(word.p[0])) {
            if (!ad_zone_time(word, &rr->ttl_s))
                return ad_zonelex_fail(&r->lex, e->words[*at].line, "'%.*s' is not a TTL",
                                       ad_zonelex_shown(word), word.p);
            has_ttl = r->has_last_ttl = true;
            r->last_ttl_s = rr->ttl_s;
        } else {
            break;
        }
    }
    if (!has_ttl) /* RFC 2308 4, then RFC 1035 5.1 */
        rr->ttl_s = r->has_default_ttl ? r->default_ttl_s
                    : r->has_last_ttl  ? r->last_ttl_s
                                       : (uint32_t)AD_ZONE_TTL_S;
    if (rr->ttl_s > AD_ZONE_TTL_MAX_S)
        rr->ttl_s = AD_ZONE_TTL_MAX_S;
    return 0;
}

static int read_type(struct reader *r, size_t at, struct record *rr)
{
    const struct ad_zone_entry *e = &r->entry;
    if (at == e->count)
        return ad_zonelex_fail(&r->lex, e->line, "the record has no type");
    struct sw_slice word = e->words[at].text;
    if (e->words[at].is_quoted || !ad_zone_type_find(word, &rr->type))
        return ad_zonelex_fail(&r->lex, e->words[at].line, "'%.*s' is not a record type",
                               ad_zonelex_shown(word), word.p);
    rr->rdata_at = at + 1;
    return 0;
}

static int read_owner(struct reader *r, size_t *at)
{
    if (!r->entry.is_indented) {
        *at = 1;
        return keep_name(r, &r->entry.words[0], &r->owner);
    }
    if (r->owner.len == 0)
        return ad_zonelex_fail(&r->lex, r->entry.line, "the first record has no owner");
    return 0;
}

static int note_special(struct reader *r, const struct record *rr)
{
    if (rr->type.number == TYPE_DNSKEY)
        r->z->is_signed = true;
    if (rr->type.number != TYPE_SOA)
        return 0;
    if (r->soa_owner.len != 0)
        return ad_zonelex_fail(&r->lex, r->entry.line, "there is a SOA record already");
    r->soa_owner = r->owner;
    if (r->origins[r->lex.depth - 1].len == 0)
        r->origins[r->lex.depth - 1] = r->owner;
    return 0;
}

static int read_record(struct reader *r)
{
    struct record rr = {0};
    struct sw_buf rdata = sw_buf(r->rdata, sizeof r->rdata);
    size_t at = 0;
    int rc = read_owner(r, &at);
    if (rc == 0)
        rc = read_ttl_and_class(r, &at, &rr);
    if (rc == 0)
        rc = read_type(r, at, &rr);
    if (rc == 0)
        rc = note_special(r, &rr);
    if (rc < 0)
        return rc;
    struct ad_zone_source source = source_of(r, r->owner, rr.type.number);
    rc = ad_zone_rdata(&r->lex, &r->entry, rr.rdata_at, &rr.type, r->origins[r->lex.depth - 1],
                       &rdata);
    if (rc < 0)
        return rc;
    if (rdata.overflow)
        return ad_zonelex_fail(&r->lex, r->entry.line, "%s: more than 65535 octets", rr.type.name);
    if (rc == 1)
        return ad_zonetext_wire(&r->z->text, &source, rr.ttl_s, sw_buf_slice(&rdata));
    return ad_zonetext_words(&r->z->text, &source, rr.ttl_s, &r->entry, rr.rdata_at,
                             r->origins[r->lex.depth - 1]);
}

static int read_entries(struct reader *r)
{
    int rc;
    while ((rc = ad_zonelex_next(&r->lex, &r->entry)) > 0) {
        const struct ad_zone_word *first = &r->entry.words[0];
        bool is_directive = !first->is_quoted && first->text.len > 0 && first->text.p[0] == '$';
        rc = is_directive ? read_directive(r) : read_record(r);
        if (rc < 0)
            return rc;
    }
    return rc;
}

/* ---- the whole zone ---- */

SW_PRINTF(3, 4)
static int fail_at(struct reader *r, const struct ad_zone_source *s, const char *format, ...)
{
    char what[160], name[96];
    struct sw_buf b = sw_buf(name, sizeof name);
    sw_name_write(&b, s->owner);
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(r->lex.error->text, sizeof r->lex.error->text, "%s:%u: %s %s", s->path, s->line,
             sw_buf_cstr(&b), what);
    return SW_E_ZONE;
}

static int find_origin(struct reader *r)
{
    struct ad_zone *z = r->z;
    z->origin = r->soa_owner.len != 0 ? r->soa_owner : r->first_origin;
    if (z->origin.len == 0)
        return ad_zonelex_fail(&r->lex, r->lex.files[0].line,
                               "neither $ORIGIN nor a SOA record says which zone this is");
    if (!sw_name_is_plain(z->origin))
        return ad_zonelex_fail(&r->lex, r->lex.files[0].line,
                               "the zone's name has other octets than letters, digits, - and _");
    for (size_t i = 0; i < z->text.source_count; i++) {
        const struct ad_zone_source *s = &z->text.sources[i];
        char name[96];
        struct sw_buf b = sw_buf(name, sizeof name);
        if (s->owner.len == 0 || sw_name_is_under(s->owner, z->origin))
            continue;
        sw_name_write(&b, z->origin);
        return fail_at(r, s, "lies outside the zone, %s", sw_buf_cstr(&b));
    }
    return 0;
}

/* libunbound does not give a negative answer without one. */
static int complete_soa(struct reader *r)
{
    if (r->soa_owner.len != 0)
        return 0;
    struct sw_name origin = r->z->origin;
    struct ad_zone_source source = {origin, r->paths[0], 1, TYPE_SOA};
    struct sw_buf rdata = sw_buf(r->rdata, sizeof r->rdata);
    static const uint8_t times[20] = {
        [3] = 1, [7] = 1, [11] = 1, [15] = 1, [19] = AD_ZONE_NEGATIVE_TTL_S};
    sw_buf_bytes(&rdata, origin.wire, origin.len);
    sw_buf_bytes(&rdata, origin.wire, origin.len);
    sw_buf_bytes(&rdata, times, sizeof times);
    return ad_zonetext_wire(&r->z->text, &source, AD_ZONE_NEGATIVE_TTL_S, sw_buf_slice(&rdata));
}

static int by_owner(const void *a, const void *b)
{
    const struct ad_zone_source *const *sa = a, *const *sb = b;
    int order = sw_name_cmp((*sa)->owner, (*sb)->owner);
    if (order != 0)
        return order;
    return *sa < *sb ? -1 : *sa > *sb; /* as in the file */
}

/* RFC 1034 3.6.2: an alias is alone at its name, but for what signs it. */
static int check_alias(struct reader *r, const struct ad_zone_source *const *same, size_t count)
{
    const struct ad_zone_source *alias = NULL, *other = NULL;
    for (size_t i = 0; i < count; i++) {
        uint16_t type = same[i]->type;
        if (type == TYPE_CNAME && alias != NULL)
            return fail_at(r, same[i], "has a second alias (CNAME); the first is on line %u",
                           alias->line);
        if (type == TYPE_CNAME)
            alias = same[i];
        else if (type != TYPE_RRSIG && type != TYPE_NSEC)
            other = same[i];
    }
    if (alias == NULL || other == NULL)
        return 0;
    return fail_at(r, alias, "is an alias (CNAME) and has other records too, on line %u",
                   other->line);
}

static bool is_cut(const struct ad_zone *z, const struct ad_zone_source *const *same, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (same[i]->type == TYPE_NS)
            return !sw_name_eq(same[i]->owner, z->origin);
    }
    return false;
}

static int check_owners(struct reader *r, const struct ad_zone_source **sorted, size_t count)
{
    struct ad_zone *z = r->z;
    qsort(sorted, count, sizeof *sorted, by_owner);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count; to++) {
            if (!sw_name_eq(sorted[from]->owner, sorted[to]->owner))
                break;
        }
        int rc = check_alias(r, sorted + from, to - from);
        if (rc < 0)
            return rc;
        if (is_cut(z, sorted + from, to - from))
            z->cuts[z->cut_count++] = sorted[from]->owner;
    }
    return 0;
}

static int check_zone(struct reader *r)
{
    struct ad_zone *z = r->z;
    const struct ad_zone_source **sorted =
        sw_zalloc_array(NULL, z->text.source_count, sizeof(*sorted));
    size_t count = 0;
    z->cuts = sw_arena_zget(&z->arena, z->text.source_count, sizeof *z->cuts);
    if (sorted == NULL || z->cuts == NULL) {
        sw_free(NULL, sorted);
        return SW_E_NOMEM;
    }
    for (size_t i = 0; i < z->text.source_count; i++) {
        if (z->text.sources[i].owner.len != 0)
            sorted[count++] = &z->text.sources[i];
    }
    int rc = check_owners(r, sorted, count);
    sw_free(NULL, sorted);
    return rc;
}

static int read_zone(struct reader *r, const char *path)
{
    int rc = open_include(r, sw_slice_str(path));
    if (rc == 0)
        rc = read_entries(r);
    if (rc == 0)
        rc = find_origin(r);
    if (rc == 0)
        rc = complete_soa(r);
    if (rc == 0)
        rc = check_zone(r);
    return rc;
}

int ad_zone_read(struct ad_zone **out, const char *path, struct ad_dns_error *error)
{
    struct reader *r = sw_zalloc(NULL, sizeof *r); /* too large for a stack */
    struct ad_zone *z = sw_zalloc(NULL, sizeof *z);
    int rc = SW_E_NOMEM;
    if (r != NULL && z != NULL) {
        sw_arena_init(&z->arena, NULL, NULL, 0, 16384);
        r->z = z;
        ad_zonelex_init(&r->lex, error);
        rc = read_zone(r, path);
        ad_zonelex_fini(&r->lex);
    }
    sw_free(NULL, r);
    if (rc < 0) {
        ad_zone_free(z);
        return rc;
    }
    *out = z;
    return 0;
}

void ad_zone_free(struct ad_zone *z)
{
    if (z == NULL)
        return;
    sw_arena_fini(&z->arena);
    ad_zonetext_fini(&z->text);
    sw_free(NULL, z);
}

struct sw_name ad_zone_origin(const struct ad_zone *z)
{
    return z->origin;
}

static int cut_cmp(const void *key, const void *item)
{
    return sw_name_cmp(*(const struct sw_name *)key, *(const struct sw_name *)item);
}

bool ad_zone_has(const struct ad_zone *z, struct sw_name n)
{
    if (!sw_name_is_under(n, z->origin))
        return false;
    while (z->cut_count > 0 && n.len > z->origin.len) {
        if (bsearch(&n, z->cuts, z->cut_count, sizeof n, cut_cmp) != NULL)
            return false;
        uint8_t step = (uint8_t)(n.wire[0] + 1u);
        n = (struct sw_name){n.wire + step, (uint8_t)(n.len - step)};
    }
    return true;
}

bool ad_zone_is_signed(const struct ad_zone *z)
{
    return z->is_signed;
}

struct sw_slice ad_zone_text(const struct ad_zone *z)
{
    return sw_slice(z->text.text, z->text.len);
}

void ad_zone_write_source(const struct ad_zone *z, unsigned line, struct sw_buf *b)
{
    if (line == 0 || line > z->text.source_count)
        return;
    sw_buf_str(b, z->text.sources[line - 1].path);
    sw_buf_char(b, ':');
    sw_buf_u64(b, z->text.sources[line - 1].line);
}

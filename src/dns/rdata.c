/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/rdata.h"

#include <arpa/nameser.h>

/* What every function here returns besides 0 and SW_E_NOMEM: SW_E_MALFORMED, with `why` set. */
struct reader {
    const uint8_t *msg, *end;
    struct sw_arena *arena;
    const char *why; /* what is malformed, static */
    uint16_t question_count, answer_count, authority_count, additional_count;
    bool is_response, is_truncated;
    uint8_t rcode;
};

/* A record's frame: its rdata is known to lie inside the message and is not looked at yet. */
struct record {
    const uint8_t *owner; /* possibly compressed */
    const uint8_t *rdata;
    size_t rdata_len;
    uint32_t ttl; /* as on the wire: an OPT record keeps other things there */
    uint16_t type, class;
};

struct alias {
    struct sw_name owner, target;
    uint32_t ttl_s;
};

enum {
    HEADER_LEN = 12,
    RECORD_FIXED_LEN = 10, /* type, class, TTL, rdlength */
    QUESTION_FIXED_LEN = 4,
    /* CNAMEs looked at in one answer: the longest chain and as many strays again. With a limit, a
     * message full of CNAMEs costs no more than one of any other type. */
    ALIASES_MAX = 2 * SW_ALIAS_CHAIN_MAX
};

static int malformed(struct reader *r, const char *why)
{
    r->why = why;
    return SW_E_MALFORMED;
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* RFC 2181 8: the highest bit set means 0. */
static uint32_t usable_ttl_s(uint32_t ttl)
{
    return ttl > INT32_MAX ? 0 : ttl;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static int read_header(struct reader *r)
{
    if (r->end - r->msg < HEADER_LEN || r->end - r->msg > UINT16_MAX)
        return malformed(r, "the message has no DNS header");
    r->is_response = r->msg[2] & 0x80;
    r->is_truncated = r->msg[2] & 0x02;
    r->rcode = r->msg[3] & 0x0f;
    r->question_count = get16(r->msg + 4);
    r->answer_count = get16(r->msg + 6);
    r->authority_count = get16(r->msg + 8);
    r->additional_count = get16(r->msg + 10);
    if (!r->is_response)
        return malformed(r, "the message is a question, not a response");
    return 0;
}

/* Expand the name at `at` and fold its case; *next is behind it where it stands. */
static int read_name(struct reader *r, const uint8_t *at, struct sw_name_room *room,
                     struct sw_name *name, const uint8_t **next)
{
    uint8_t wire[SW_NAME_MAX];
    int taken = ns_name_unpack(r->msg, r->end, at, wire, sizeof wire);
    if (taken < 0)
        return malformed(r, "a name runs past the message, loops or is too long");
    size_t len = 0;
    while (wire[len] != 0)
        len += wire[len] + 1u;
    if (sw_name_from_wire(wire, len + 1, room, name) < 0)
        return malformed(r, "a name is too long");
    *next = at + taken;
    return 0;
}

/* As read_name(), kept in the arena. */
static int keep_name(struct reader *r, const uint8_t *at, struct sw_name *name,
                     const uint8_t **next)
{
    struct sw_name_room room;
    int rc = read_name(r, at, &room, name, next);
    if (rc < 0)
        return rc;
    name->wire = (const uint8_t *)sw_arena_dup(r->arena, room.wire, name->len);
    return name->wire == NULL ? SW_E_NOMEM : 0;
}

/* One question, ours: an answer to another one is no answer. */
static int read_question(struct reader *r, const struct sw_question *q, const uint8_t **at)
{
    struct sw_name_room room;
    struct sw_name name;
    if (r->question_count != 1)
        return malformed(r, "the message does not carry exactly one question");
    int rc = read_name(r, *at, &room, &name, at);
    if (rc < 0)
        return rc;
    if (r->end - *at < QUESTION_FIXED_LEN)
        return malformed(r, "the question is cut off");
    if (get16(*at) != q->type || get16(*at + 2) != ns_c_in || !sw_name_eq(name, q->name))
        return malformed(r, "the message answers another question");
    *at += QUESTION_FIXED_LEN;
    return 0;
}

static int read_record(struct reader *r, const uint8_t **at, struct record *rr)
{
    const uint8_t *p = *at;
    if (ns_name_skip(&p, r->end) < 0)
        return malformed(r, "a record's owner runs past the message");
    if (r->end - p < RECORD_FIXED_LEN)
        return malformed(r, "a record is cut off");
    rr->owner = *at;
    rr->type = get16(p);
    rr->class = get16(p + 2);
    rr->ttl = get32(p + 4);
    rr->rdata_len = get16(p + 8);
    rr->rdata = p + RECORD_FIXED_LEN;
    if ((size_t)(r->end - rr->rdata) < rr->rdata_len)
        return malformed(r, "a record's rdata runs past the message");
    *at = rr->rdata + rr->rdata_len;
    return 0;
}

/* A name that must be the last thing in its rdata. */
static int keep_last_name(struct reader *r, const struct record *rr, size_t offset,
                          struct sw_name *name)
{
    const uint8_t *next;
    if (offset >= rr->rdata_len)
        return malformed(r, "a record's rdata ends before its name");
    int rc = keep_name(r, rr->rdata + offset, name, &next);
    if (rc == 0 && next != rr->rdata + rr->rdata_len)
        return malformed(r, "a record's rdata is longer or shorter than its name");
    return rc;
}

static int read_addr(struct reader *r, const struct record *rr, struct sw_netaddr *addr)
{
    size_t len = rr->type == SW_RR_A ? 4 : 16;
    if (rr->rdata_len != len)
        return malformed(r, rr->type == SW_RR_A ? "an A record's rdata is not 4 octets"
                                                : "an AAAA record's rdata is not 16 octets");
    *addr = (struct sw_netaddr){.family = rr->type == SW_RR_A ? 4 : 6};
    memcpy(addr->bytes, rr->rdata, len);
    return 0;
}

static int read_srv(struct reader *r, const struct record *rr, struct sw_rr_srv *srv)
{
    if (rr->rdata_len < 7)
        return malformed(r, "an SRV record's rdata is too short");
    srv->priority = get16(rr->rdata);
    srv->weight = get16(rr->rdata + 2);
    srv->port = get16(rr->rdata + 4);
    return keep_last_name(r, rr, 6, &srv->target);
}

/* A <character-string>: a length octet and that many octets, inside the rdata. */
static int keep_text(struct reader *r, const struct record *rr, size_t *offset,
                     struct sw_slice *text)
{
    if (*offset >= rr->rdata_len || rr->rdata[*offset] > rr->rdata_len - *offset - 1)
        return malformed(r, "a NAPTR text runs past its rdata");
    size_t len = rr->rdata[(*offset)++];
    *text = sw_slice(sw_arena_dup(r->arena, rr->rdata + *offset, len), len);
    *offset += len;
    return text->p == NULL ? SW_E_NOMEM : 0;
}

static int read_naptr(struct reader *r, const struct record *rr, struct sw_rr_naptr *naptr)
{
    size_t offset = 4;
    if (rr->rdata_len < offset)
        return malformed(r, "a NAPTR record's rdata is too short");
    naptr->order = get16(rr->rdata);
    naptr->preference = get16(rr->rdata + 2);
    int rc = keep_text(r, rr, &offset, &naptr->flags);
    if (rc == 0)
        rc = keep_text(r, rr, &offset, &naptr->service);
    if (rc == 0)
        rc = keep_text(r, rr, &offset, &naptr->regexp);
    if (rc == 0)
        rc = keep_last_name(r, rr, offset, &naptr->replacement);
    return rc;
}

static int read_rdata(struct reader *r, const struct record *rr, struct sw_rr *out)
{
    out->type = (enum sw_rrtype)rr->type;
    out->ttl_s = usable_ttl_s(rr->ttl);
    switch (out->type) {
    case SW_RR_A:
    case SW_RR_AAAA:
        return read_addr(r, rr, &out->addr);
    case SW_RR_SRV:
        return read_srv(r, rr, &out->srv);
    case SW_RR_NAPTR:
        return read_naptr(r, rr, &out->naptr);
    case SW_RR_CNAME:
        break;
    }
    return malformed(r, "a record of a type that is not read");
}

/* What the first pass over the answer section finds. */
struct survey {
    struct alias aliases[ALIASES_MAX];
    size_t alias_count;
    size_t record_count; /* of the question's type, whatever the owner */
};

static int keep_alias(struct reader *r, const struct record *rr, struct survey *s)
{
    const uint8_t *next;
    if (s->alias_count == ALIASES_MAX)
        return malformed(r, "more aliases than a chain may have");
    struct alias *alias = &s->aliases[s->alias_count];
    alias->ttl_s = usable_ttl_s(rr->ttl);
    int rc = keep_name(r, rr->owner, &alias->owner, &next);
    if (rc == 0)
        rc = keep_last_name(r, rr, 0, &alias->target);
    if (rc == 0)
        s->alias_count++;
    return rc;
}

/* Records of other types (RRSIG, DNAME, what is not known) and classes are passed by. */
static int survey_answers(struct reader *r, const struct sw_question *q, const uint8_t **at,
                          struct survey *s)
{
    s->alias_count = s->record_count = 0;
    for (unsigned i = 0; i < r->answer_count; i++) {
        struct record rr;
        int rc = read_record(r, at, &rr);
        if (rc == 0 && rr.class == ns_c_in && rr.type == ns_t_cname)
            rc = keep_alias(r, &rr, s);
        if (rc < 0)
            return rc;
        if (rr.class == ns_c_in && rr.type == q->type)
            s->record_count++;
    }
    return 0;
}

static const struct alias *find_alias(const struct survey *s, struct sw_name owner)
{
    for (size_t i = 0; i < s->alias_count; i++) {
        if (sw_name_eq(s->aliases[i].owner, owner))
            return &s->aliases[i];
    }
    return NULL;
}

/* From the question's name to where its records are; the aliases may stand in any order. */
static int follow_aliases(struct reader *r, const struct survey *s, struct sw_name *name,
                          struct sw_answer *a)
{
    const struct alias *alias;
    while ((alias = find_alias(s, *name)) != NULL) {
        if (a->alias_count == SW_ALIAS_CHAIN_MAX)
            return malformed(r, "the chain of aliases is too long or a loop");
        *name = alias->target;
        a->alias_count++;
        a->ttl_s = smaller(a->ttl_s, alias->ttl_s);
    }
    return 0;
}

/* The second pass: the records at the end of the chain. */
static int take_records(struct reader *r, const uint8_t *at, struct sw_name owner,
                        const struct sw_question *q, struct sw_rr *rrs, struct sw_answer *a)
{
    for (unsigned i = 0; i < r->answer_count; i++) {
        struct record rr;
        struct sw_name_room room;
        struct sw_name name;
        const uint8_t *next;
        int rc = read_record(r, &at, &rr);
        if (rc < 0)
            return rc;
        if (rr.class != ns_c_in || rr.type != q->type)
            continue;
        rc = read_name(r, rr.owner, &room, &name, &next);
        if (rc < 0)
            return rc;
        if (!sw_name_eq(name, owner))
            continue;
        a->is_cut = a->rr_count == SW_ANSWER_RECORDS_MAX;
        if (a->is_cut)
            break;
        rc = read_rdata(r, &rr, &rrs[a->rr_count]);
        if (rc < 0)
            return rc;
        a->ttl_s = smaller(a->ttl_s, rrs[a->rr_count++].ttl_s);
    }
    return 0;
}

/* How long "there is none" holds: the SOA's own TTL or its minimum field (RFC 2308 5). */
static int read_soa(struct reader *r, const struct record *rr, uint32_t *negative_ttl_s)
{
    struct sw_name_room room;
    struct sw_name name;
    const uint8_t *at = rr->rdata;
    const uint8_t *end = rr->rdata + rr->rdata_len;
    for (int i = 0; i < 2; i++) { /* MNAME, RNAME */
        if (at >= end)
            return malformed(r, "a SOA record's rdata is too short");
        int rc = read_name(r, at, &room, &name, &at);
        if (rc < 0)
            return rc;
    }
    if (end - at != 20) /* serial, refresh, retry, expire, minimum */
        return malformed(r, "a SOA record's rdata has the wrong length");
    *negative_ttl_s = smaller(usable_ttl_s(get32(at + 16)), usable_ttl_s(rr->ttl));
    return 0;
}

/* The authority section's SOA of a zone that `name` is in; one of another zone says nothing. */
static int read_negative_ttl(struct reader *r, const uint8_t **at, struct sw_name name,
                             uint32_t *ttl_s)
{
    uint32_t found_s = UINT32_MAX;
    for (unsigned i = 0; i < r->authority_count; i++) {
        struct record rr;
        struct sw_name_room room;
        struct sw_name owner;
        const uint8_t *next;
        uint32_t soa_s = 0;
        int rc = read_record(r, at, &rr);
        if (rc < 0)
            return rc;
        if (rr.class != ns_c_in || rr.type != ns_t_soa)
            continue;
        rc = read_name(r, rr.owner, &room, &owner, &next);
        if (rc == 0)
            rc = read_soa(r, &rr, &soa_s);
        if (rc < 0)
            return rc;
        if (sw_name_is_under(name, owner))
            found_s = smaller(found_s, soa_s);
    }
    *ttl_s = found_s == UINT32_MAX ? 0 : found_s;
    return 0;
}

/* Nothing may be cut off or left over; an OPT record holds the upper bits of the rcode, all of
 * whose values are failures (RFC 6891 6.1.3). */
static int read_rest(struct reader *r, const uint8_t *at)
{
    for (unsigned i = 0; i < r->additional_count; i++) {
        struct record rr;
        int rc = read_record(r, &at, &rr);
        if (rc < 0)
            return rc;
        uint32_t upper = rr.ttl >> 24;
        if (rr.type == ns_t_opt && upper != 0)
            r->rcode = (uint8_t)(upper > 15 ? UINT8_MAX : upper << 4 | r->rcode);
    }
    return at == r->end ? 0 : malformed(r, "octets are left over behind the last record");
}

static bool is_failure(uint8_t rcode)
{
    return rcode != ns_r_noerror && rcode != ns_r_nxdomain;
}

/* Decide between records and none, once the frame of the whole message is known to be sound. */
static int conclude(struct reader *r, const struct sw_question *q, const uint8_t *answers,
                    struct sw_name owner, size_t record_count, struct sw_answer *a)
{
    if (record_count > SW_ANSWER_RECORDS_MAX)
        record_count = SW_ANSWER_RECORDS_MAX;
    if (record_count > 0) {
        struct sw_rr *rrs = sw_arena_zget(r->arena, record_count, sizeof *rrs);
        if (rrs == NULL)
            return SW_E_NOMEM;
        int rc = take_records(r, answers, owner, q, rrs, a);
        if (rc < 0)
            return rc;
        a->rrs = a->rr_count > 0 ? rrs : NULL;
    }
    if (a->rr_count == 0)
        a->outcome = r->rcode == ns_r_nxdomain ? SW_OUTCOME_NXDOMAIN : SW_OUTCOME_NODATA;
    else if (r->rcode == ns_r_nxdomain)
        return malformed(r, "the message says NXDOMAIN and holds records");
    else
        a->outcome = SW_OUTCOME_RECORDS;
    return 0;
}

/* The question's own name may not live as long as the answer. */
static int keep_owner(struct reader *r, struct sw_name owner, struct sw_answer *a)
{
    a->owner =
        (struct sw_name){(const uint8_t *)sw_arena_dup(r->arena, owner.wire, owner.len), owner.len};
    return a->owner.wire == NULL ? SW_E_NOMEM : 0;
}

static int read_message(struct reader *r, const struct sw_question *q, struct sw_answer *a)
{
    struct survey survey;
    struct sw_name owner = q->name;
    uint32_t negative_ttl_s = 0;
    const uint8_t *at = r->msg + HEADER_LEN;
    const uint8_t *answers;

    int rc = read_header(r);
    if (rc < 0)
        return rc;
    a->outcome = SW_OUTCOME_SERVFAIL;
    if (is_failure(r->rcode))
        return 0;
    if (r->is_truncated)
        return malformed(r, "the message is truncated");
    rc = read_question(r, q, &at);
    answers = at;
    if (rc == 0)
        rc = survey_answers(r, q, &at, &survey);
    if (rc == 0)
        rc = follow_aliases(r, &survey, &owner, a);
    if (rc == 0)
        rc = read_negative_ttl(r, &at, owner, &negative_ttl_s);
    if (rc == 0)
        rc = read_rest(r, at);
    if (rc == 0 && !is_failure(r->rcode))
        rc = conclude(r, q, answers, owner, survey.record_count, a);
    if (a->rr_count == 0)
        a->ttl_s = smaller(a->ttl_s, negative_ttl_s);
    return rc < 0 ? rc : keep_owner(r, owner, a);
}

int sw_answer_read(const uint8_t *msg, size_t len, const struct sw_question *q,
                   struct sw_arena *arena, struct sw_answer *out)
{
    struct reader r = {.msg = msg, .end = msg + len, .arena = arena};
    struct sw_answer a = {.ttl_s = UINT32_MAX};
    int rc = read_message(&r, q, &a);
    if (rc == SW_E_NOMEM)
        return rc;
    if (rc < 0)
        a = (struct sw_answer){.outcome = SW_OUTCOME_MALFORMED};
    out->outcome = a.outcome;
    out->rcode = r.rcode;
    out->rrs = a.rrs;
    out->rr_count = a.rr_count;
    out->ttl_s = a.outcome == SW_OUTCOME_SERVFAIL ? 0 : a.ttl_s;
    out->alias_count = a.alias_count;
    out->owner = a.owner;
    out->is_cut = a.is_cut;
    out->why = r.why;
    return 0;
}

bool sw_message_has_ttl(const uint8_t *msg, size_t len, uint32_t ttl)
{
    struct reader r = {.msg = msg, .end = msg + len};
    const uint8_t *at = msg + HEADER_LEN;
    if (read_header(&r) < 0)
        return false;
    for (unsigned i = 0; i < r.question_count; i++) {
        if (ns_name_skip(&at, r.end) < 0 || r.end - at < QUESTION_FIXED_LEN)
            return false;
        at += QUESTION_FIXED_LEN;
    }
    for (unsigned i = 0; i < (unsigned)r.answer_count + r.authority_count; i++) {
        struct record rr;
        if (read_record(&r, &at, &rr) < 0)
            return false;
        if (rr.ttl == ttl)
            return true;
    }
    return false;
}

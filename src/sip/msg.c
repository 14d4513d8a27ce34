/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/msg.h"

#include "sip/scan.h"

#include <assert.h>

const struct sw_msg_limits sw_msg_limits_default = {
    .message_len = 65536, /* no datagram is longer */
    .hdr_len = 8192,      /* what HTTP's implementations settled on */
    .hdr_count = SW_MSG_HDRS_MAX,
    .via_count = 70, /* Max-Forwards starts there */
};

static const struct sw_msg_limits no_limits = {
    .message_len = SIZE_MAX,
    .hdr_len = SIZE_MAX,
    .hdr_count = SW_MSG_HDRS_ROOM,
    .via_count = UINT16_MAX - 1,
};

/* One message being read. The first complaint is the one that is reported; reading goes on, so that
 * as much is known as an answer needs. */
struct parse {
    struct sw_msg *m;
    const struct sw_msg_limits *limits;
    struct sw_msg_fault *fault;
    uint16_t hdr_max;
    int rc;
    /* A bit an id: fields that were met, met more than once, met without a value. */
    uint32_t seen, twice, empty;
};

static_assert(SW_HDR_COUNT <= 32, "parse.seen has a bit for each field");
static_assert(sizeof(struct sw_msg) <= 12 * 1024,
              "a worker's scratch stays in its first-level cache");

SW_COLD static void complain(struct parse *p, int rc, uint16_t status, const char *field,
                             const char *what, size_t offset)
{
    if (p->rc < 0)
        return;
    p->rc = rc;
    *p->fault =
        (struct sw_msg_fault){.field = field, .what = what, .offset = offset, .status = status};
}

SW_COLD static void complain_about(struct parse *p, const struct sw_hdr *h, const char *what)
{
    complain(p, SW_E_SYNTAX, 400, sw_hdr_name(h->id), what, (size_t)(h->value.p - p->m->bytes.p));
}

static size_t offset_of(const struct parse *p, const char *at)
{
    return (size_t)(at - p->m->bytes.p);
}

SW_COLD static void complain_about_limit(struct parse *p, enum sw_msg_limit limit,
                                         const char *field, const char *what, size_t offset)
{
    bool is_first = p->rc == 0;
    complain(p, SW_E_LIMIT, 513, field, what, offset);
    if (is_first)
        p->fault->limit = limit;
}

/* ---- the start line ---- */

SW_COLD static void complain_about_start(struct parse *p, uint16_t status, const char *what,
                                         const char *at)
{
    complain(p, SW_E_SYNTAX, status, "start line", what, offset_of(p, at));
}

/* "SIP/" and something: enough to say that who sent it speaks some version of SIP. */
static bool is_any_version(struct sw_slice s)
{
    return s.len > 4 && sw_slice_ieq(sw_slice_sub(s, 0, 4), SW_LIT("SIP/"));
}

static bool is_our_version(struct sw_slice s)
{
    return sw_slice_ieq(s, SW_LIT("SIP/2.0"));
}

static bool is_token(struct sw_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!sw_char_is(s.p[i], SW_CHAR_TOKEN))
            return false;
    return s.len > 0;
}

/* A sender whose line ends in a version is told what is wrong with it; anything else is not SIP and
 * gets no answer. */
SW_COLD static void refuse_request_line(struct parse *p, struct sw_slice line, const char *what,
                                        const char *at)
{
    size_t end = line.len;
    while (end > 0 && line.p[end - 1] == ' ')
        end--;
    size_t from = end;
    while (from > 0 && line.p[from - 1] != ' ')
        from--;
    bool is_sip = is_any_version(sw_slice_sub(line, from, end));
    complain_about_start(p, is_sip ? 400 : 0, what, at);
}

/* Method SP Request-URI SP SIP-Version */
static void read_request_line(struct parse *p, struct sw_slice line)
{
    struct sw_msg *m = p->m;
    m->is_request = true;
    size_t space = sw_slice_find(line, ' ');
    m->method_text = sw_slice_sub(line, 0, space);
    m->method = sw_method_find(m->method_text);
    if (space == SIZE_MAX || !is_token(m->method_text)) {
        refuse_request_line(p, line, "it does not begin with a method and a space", line.p);
        return;
    }
    struct sw_slice rest = sw_slice_sub(line, space + 1, SIZE_MAX);
    space = sw_slice_find(rest, ' ');
    m->uri_text = sw_slice_sub(rest, 0, space);
    m->version = sw_slice_sub(rest, space == SIZE_MAX ? rest.len : space + 1, SIZE_MAX);
    if (m->uri_text.len == 0)
        refuse_request_line(p, line, "the Request-URI is missing", rest.p);
    else if (m->version.len == 0 || sw_slice_find(m->version, ' ') != SIZE_MAX)
        refuse_request_line(p, line, "it is not three words with one space between them", line.p);
    else if (!is_any_version(m->version))
        refuse_request_line(p, line, "it does not end in a SIP version", m->version.p);
    else if (!is_our_version(m->version))
        complain_about_start(p, 505, "a version of SIP other than 2.0", m->version.p);
}

/* SIP-Version SP 3DIGIT SP Reason-Phrase; the last SP is missing where the phrase is in some. */
static void read_status_line(struct parse *p, struct sw_slice line)
{
    struct sw_msg *m = p->m;
    size_t space = sw_slice_find(line, ' ');
    m->version = sw_slice_sub(line, 0, space);
    if (space == SIZE_MAX || !is_our_version(m->version)) {
        complain_about_start(p, 0, "a version of SIP other than 2.0", line.p);
        return;
    }
    struct sw_slice rest = sw_slice_sub(line, space + 1, SIZE_MAX);
    space = sw_slice_find(rest, ' ');
    struct sw_slice code = sw_slice_sub(rest, 0, space);
    uint64_t status = 0;
    if (code.len != 3 || !sw_slice_u64(code, 699, &status) || status < 100) {
        complain_about_start(p, 0, "a status is a number from 100 to 699", rest.p);
        return;
    }
    m->status = (uint16_t)status;
    m->reason = sw_slice_sub(rest, space == SIZE_MAX ? rest.len : space + 1, SIZE_MAX);
}

/* Returns the offset behind the start line. */
static size_t read_start_line(struct parse *p)
{
    struct sw_msg *m = p->m;
    size_t end;
    int rc = sw_line_end(m->bytes, 0, &end);
    if (rc == SW_E_MORE)
        end = m->bytes.len;
    m->start_line = sw_slice_sub(m->bytes, 0, end);
    if (rc < 0) {
        complain(p, SW_E_SYNTAX, 0, "start line", "it does not end in CR LF", end);
        return end;
    }
    struct sw_slice line = sw_slice_sub(m->bytes, 0, end - 2);
    if (is_any_version(line))
        read_status_line(p, line);
    else
        read_request_line(p, line);
    return end;
}

/* ---- the header fields ---- */

static void keep_field(struct parse *p, const struct sw_hdr *h)
{
    struct sw_msg *m = p->m;
    m->hdr_count++;
    if (h->id == SW_HDR_OTHER)
        return;
    uint32_t bit = 1u << h->id;
    if ((p->seen & bit) == 0)
        m->first[h->id] = m->hdr_count;
    p->twice |= p->seen & bit;
    p->seen |= bit;
    p->empty |= h->value.len == 0 ? bit : 0;
}

SW_COLD static void complain_about_len(struct parse *p, const struct sw_hdr *h)
{
    complain_about_limit(p, SW_MSG_LIMIT_HDR_LEN, "header field", "a header field is too long",
                         offset_of(p, h->line.p));
}

static void read_fields(struct parse *p, size_t at)
{
    struct sw_msg *m = p->m;
    struct sw_hdr *h = m->hdrs, *end = h + p->hdr_max;
    /* The field there is no room for is read too, to see whether there is one. */
    struct sw_hdr beyond = {.id = SW_HDR_OTHER};
    const char *what;
    int rc;
    for (;;) {
        size_t from = at;
        rc = sw_field_next(m->bytes, &at, h < end ? h : &beyond, &what);
        if (rc == 0 || rc == SW_E_MORE)
            break;
        if (h == end) {
            complain_about_limit(p, SW_MSG_LIMIT_HDR_COUNT, "header field",
                                 "too many header fields", from);
            break;
        }
        if (h->line.len > p->limits->hdr_len)
            complain_about_len(p, h);
        if (rc < 0)
            complain(p, SW_E_SYNTAX, 400, "header field", what, from);
        else
            keep_field(p, h++);
    }
    if (rc == SW_E_MORE) {
        complain(p, SW_E_SYNTAX, 400, "header field", what, m->bytes.len);
        at = m->bytes.len;
    }
    m->header_end = at >= 2 ? at - 2 : 0;
    m->body = sw_slice_sub(m->bytes, at, SIZE_MAX);
}

/* ---- what everybody needs of them ---- */

/* Fields that must be there, and those that may be there once and not be empty. */
static const uint32_t needed = 1u << SW_HDR_VIA | 1u << SW_HDR_FROM | 1u << SW_HDR_TO |
                               1u << SW_HDR_CALL_ID | 1u << SW_HDR_CSEQ;
static const uint32_t single = 1u << SW_HDR_FROM | 1u << SW_HDR_TO | 1u << SW_HDR_CALL_ID |
                               1u << SW_HDR_CSEQ | 1u << SW_HDR_MAX_FORWARDS |
                               1u << SW_HDR_CONTENT_LENGTH | 1u << SW_HDR_MAX_BREADTH;

SW_COLD static void complain_about_counts(struct parse *p)
{
    static const enum sw_hdr_id in_order[] = {
        SW_HDR_VIA,          SW_HDR_FROM,           SW_HDR_TO,         SW_HDR_CALL_ID, SW_HDR_CSEQ,
        SW_HDR_MAX_FORWARDS, SW_HDR_CONTENT_LENGTH, SW_HDR_MAX_BREADTH};
    for (size_t i = 0; i < SW_ARRAY_LEN(in_order); i++) {
        enum sw_hdr_id id = in_order[i];
        uint32_t bit = 1u << id;
        if ((needed & ~p->seen & bit) != 0)
            complain(p, SW_E_SYNTAX, id == SW_HDR_VIA ? 0 : 400, sw_hdr_name(id), "it is missing",
                     p->m->header_end);
        else if ((single & p->empty & bit) != 0 && sw_msg_first(p->m, id)->value.len == 0)
            complain_about(p, sw_msg_first(p->m, id), "it is empty");
        else if ((single & p->twice & bit) != 0)
            complain_about(p, sw_msg_first(p->m, id), "it is there more than once");
    }
}

static void check_counts(struct parse *p)
{
    if ((needed & ~p->seen) != 0 || (single & (p->twice | p->empty)) != 0)
        complain_about_counts(p);
}

static void check_cseq(struct parse *p)
{
    struct sw_msg *m = p->m;
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_CSEQ);
    if (h == NULL)
        return;
    m->has_cseq = sw_cseq_parse(h->value, &m->cseq) == 0;
    if (!m->has_cseq)
        complain_about(p, h, "it is not a number below 2^31 and a method");
    else if (m->is_request && !sw_slice_eq(m->cseq.method_text, m->method_text))
        /* A method nobody here knows: RFC 4475 section 3.1.2.18 prefers 501. */
        complain(p, SW_E_SYNTAX, m->method == SW_METHOD_OTHER ? 501 : 400, "CSeq",
                 "its method is not the request's", offset_of(p, h->value.p));
}

static void check_content_length(struct parse *p)
{
    struct sw_msg *m = p->m;
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_CONTENT_LENGTH);
    uint64_t len;
    if (h == NULL)
        return;
    if (!sw_slice_u64(h->value, UINT32_MAX, &len)) {
        complain_about(p, h, "it is not a number");
        return;
    }
    m->has_content_length = true;
    m->content_length = (uint32_t)len;
    if (len > m->body.len)
        complain_about(p, h, "it is more than there is");
    m->body = sw_slice_sub(m->body, 0, (size_t)len);
}

static void check_vias(struct parse *p)
{
    struct sw_msg *m = p->m;
    size_t count = 0, most = p->limits->via_count + (m->is_request ? 0u : 1u);
    const struct sw_hdr *top = sw_msg_first(m, SW_HDR_VIA);
    for (const struct sw_hdr *h = top; h != NULL; h = sw_msg_next(m, h)) {
        struct sw_slice rest = h->value, value;
        int rc;
        while ((rc = sw_value_take(&rest, &value)) > 0)
            /* Where nothing can be cut out of the first field, the next one's is not the top one.
             */
            if (count++ == 0 && h == top)
                m->has_via = sw_via_parse(value, &m->via, NULL) == 0;
        if (rc < 0 || h->value.len == 0)
            complain_about(p, h, "a value of the list is empty or not closed");
    }
    if (count > most)
        complain_about_limit(p, SW_MSG_LIMIT_VIA_COUNT, "Via", "there are too many", 0);
}

/* ---- the whole ---- */

/* Only a request with a Via that says where answers go can be answered, and an ACK never is. */
SW_COLD static void decide_about_answer(struct parse *p)
{
    const struct sw_msg *m = p->m;
    struct sw_via via;
    p->fault->is_answerable = p->fault->status != 0 && m->is_request && m->method != SW_ACK &&
                              sw_msg_top_sent_by(m, &via) == 0;
    if (!p->fault->is_answerable)
        p->fault->status = 0;
}

static void start_message(struct sw_msg *m, struct sw_slice bytes)
{
    /* The table of fields is left as it is: clearing it would cost more than reading a message. */
    memset(m, 0, offsetof(struct sw_msg, hdrs));
    m->bytes = bytes;
}

static int parse_whole(struct parse *p, struct sw_slice bytes)
{
    start_message(p->m, bytes);
    if (bytes.len > p->limits->message_len)
        complain_about_limit(p, SW_MSG_LIMIT_MESSAGE, "message", "it is too long",
                             p->limits->message_len);
    read_fields(p, read_start_line(p));
    check_counts(p);
    check_vias(p);
    check_cseq(p);
    check_content_length(p);
    if (p->rc < 0)
        decide_about_answer(p);
    return p->rc;
}

int sw_msg_parse(struct sw_msg *out, struct sw_slice bytes, const struct sw_msg_limits *limits,
                 struct sw_msg_fault *fault)
{
    struct sw_msg_fault ignored = {.field = NULL};
    struct parse p = {
        .m = out,
        .limits = limits == NULL ? &sw_msg_limits_default : limits,
        .fault = fault == NULL ? &ignored : fault,
    };
    p.hdr_max = p.limits->hdr_count < SW_MSG_HDRS_MAX ? p.limits->hdr_count : SW_MSG_HDRS_MAX;
    return parse_whole(&p, bytes);
}

int sw_msg_parse_again(struct sw_msg *out, struct sw_slice bytes)
{
    struct sw_msg_fault ignored = {.field = NULL};
    struct parse p = {
        .m = out,
        .limits = &no_limits,
        .fault = &ignored,
        .hdr_max = no_limits.hdr_count,
    };
    return parse_whole(&p, bytes);
}

/* ---- a copy ---- */

/* A view into `from` becomes the same one into `to`. */
static void move_view(struct sw_slice *view, const char *from, const char *to)
{
    if (view->p != NULL)
        view->p = to + (view->p - from);
}

static void move_via(struct sw_via *v, const char *from, const char *to)
{
    struct sw_slice *const views[] = {&v->text,          &v->transport,  &v->sent_by.text,
                                      &v->params,        &v->branch,     &v->received,
                                      &v->received_text, &v->rport_text, &v->maddr.text};
    for (size_t i = 0; i < SW_ARRAY_LEN(views); i++)
        move_view(views[i], from, to);
}

void sw_msg_move(struct sw_msg *out, const struct sw_msg *m, struct sw_slice bytes)
{
    const char *from = m->bytes.p, *to = bytes.p;
    memcpy(out, m, offsetof(struct sw_msg, hdrs) + m->hdr_count * sizeof m->hdrs[0]);
    struct sw_slice *const views[] = {
        &out->bytes,      &out->method_text, &out->uri_text, &out->version, &out->reason,
        &out->start_line, &out->body,        &out->from_tag, &out->to_tag,  &out->cseq.method_text};
    for (size_t i = 0; i < SW_ARRAY_LEN(views); i++)
        move_view(views[i], from, to);
    if (out->has_via)
        move_via(&out->via, from, to);
    for (size_t i = 0; i < out->hdr_count; i++) {
        struct sw_hdr *h = &out->hdrs[i];
        ptrdiff_t value_at = h->value.p - h->line.p;
        h->line.p = h->name.p = to + (h->line.p - from);
        h->value.p = h->line.p + value_at;
    }
}

const struct sw_hdr *sw_msg_first(const struct sw_msg *m, enum sw_hdr_id id)
{
    return m->first[id] == 0 ? NULL : &m->hdrs[m->first[id] - 1];
}

const struct sw_hdr *sw_msg_next(const struct sw_msg *m, const struct sw_hdr *h)
{
    const struct sw_hdr *end = m->hdrs + m->hdr_count;
    for (const struct sw_hdr *at = h + 1; at < end; at++)
        if (at->id == h->id)
            return at;
    return NULL;
}

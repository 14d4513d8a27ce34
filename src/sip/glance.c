/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/glance.h"

#include "base/octets.h"
#include "sip/scan.h"

/* "INVITE sip:b@d.t SIP/2.0". The offset behind the line; 0: it is not. */
static size_t read_start(struct sw_slice bytes, struct sw_glance *g)
{
    static const char version[] = " SIP/2.0\r\n";
    const size_t version_len = sizeof version - 1;
    size_t end, space = sw_slice_find(sw_slice_sub(bytes, 0, 32), ' ');
    if (space == SIZE_MAX || sw_line_end(bytes, 0, &end) < 0 || end < space + 1 + version_len ||
        memcmp(bytes.p + end - version_len, version, version_len) != 0)
        return 0;
    g->method = sw_method_find(sw_slice_sub(bytes, 0, space));
    return g->method == SW_METHOD_OTHER ? 0 : end;
}

static bool read_top_via(const struct sw_hdr *h, struct sw_via *via)
{
    struct sw_slice rest = h->value, value;
    return h->id == SW_HDR_VIA && sw_value_take(&rest, &value) > 0 &&
           sw_via_parse(value, via, NULL) == 0 && via->has_branch && sw_branch_is_3261(via->branch);
}

/* Behind the start line. */
static bool read_first_field(struct sw_slice bytes, size_t *at, struct sw_glance *g)
{
    struct sw_hdr h;
    const char *what;
    if (sw_field_next(bytes, at, &h, &what) <= 0 || !read_top_via(&h, &g->via))
        return false;
    g->vias = g->first_line = h.line;
    return true;
}

/* Another Via value or field, which belongs to those before it. */
static bool add_via(struct sw_glance *g, const struct sw_hdr *h)
{
    if (h->value.len == 0 || g->vias.p + g->vias.len != h->line.p)
        return false;
    g->vias.len += h->line.len;
    return true;
}

/* False: it is there twice, or empty. */
static bool take_field(struct sw_glance *g, const struct sw_hdr *h)
{
    struct sw_hdr *place = h->id == SW_HDR_FROM      ? &g->from
                           : h->id == SW_HDR_TO      ? &g->to
                           : h->id == SW_HDR_CALL_ID ? &g->call_id
                           : h->id == SW_HDR_CSEQ    ? &g->cseq
                                                     : NULL;
    if (h->id == SW_HDR_VIA)
        return add_via(g, h);
    if (place == NULL)
        return true;
    bool is_first = place->line.len == 0;
    *place = *h;
    return is_first && h->value.len > 0;
}

static bool has_all(const struct sw_glance *g)
{
    return g->from.line.len > 0 && g->to.line.len > 0 && g->call_id.line.len > 0 &&
           g->cseq.line.len > 0;
}

/* The header ends as it should, and no Via comes any more, by the first letters of names. */
static bool ends_without_via(struct sw_slice bytes, size_t at)
{
    for (;;) {
        const char *p = bytes.p + at;
        size_t left = bytes.len - at;
        size_t len = sw_octets_until(p, left, (struct sw_stops){.marks = "\r\n"});
        if (left - len < 2 || p[len] != '\r' || p[len + 1] != '\n')
            return false;
        if (len == 0)
            return true;
        if (p[0] == 'V' || p[0] == 'v' || sw_is_blank(p[0]))
            return false;
        at += len + 2;
    }
}

bool sw_glance(struct sw_slice bytes, struct sw_glance *g)
{
    struct sw_hdr h;
    const char *what;
    *g = (struct sw_glance){.method = SW_METHOD_OTHER};
    size_t at = read_start(bytes, g);
    if (at == 0 || !read_first_field(bytes, &at, g))
        return false;
    while (!has_all(g))
        if (sw_field_next(bytes, &at, &h, &what) <= 0 || !take_field(g, &h))
            return false;
    return ends_without_via(bytes, at);
}

bool sw_glance_who(struct sw_glance *g)
{
    struct sw_nameaddr from, to;
    struct sw_cseq cseq;
    if (sw_nameaddr_parse(g->from.value, &from, NULL) < 0 ||
        sw_nameaddr_parse(g->to.value, &to, NULL) < 0 || sw_cseq_parse(g->cseq.value, &cseq) < 0)
        return false;
    g->from_tag = from.tag;
    g->to_tag = to.tag;
    g->number = cseq.number;
    return cseq.method == g->method;
}

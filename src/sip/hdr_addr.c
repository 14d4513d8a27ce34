/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/hdr.h"

#include "sip/scan.h"

/* A URI of any scheme begins with a letter and has a colon behind it. */
static bool begins_with_scheme(struct sw_slice uri)
{
    size_t colon = sw_octets_until(uri.p, uri.len, (struct sw_stops){.marks = ":"});
    return colon < uri.len && sw_is_alpha(uri.p[0]);
}

/* With controls and the blank. */
static const struct sw_stops not_in_uri = {.blanks = true, .marks = "<>\"\x7f"};

static int check_scheme(const struct sw_scan *s, struct sw_slice uri)
{
    if (begins_with_scheme(uri))
        return 0;
    return sw_scan_refuse(s, (size_t)(uri.p - s->p), "addr-spec",
                          "a URI begins with a scheme and a colon");
}

static int check_uri(const struct sw_scan *s, struct sw_slice uri)
{
    size_t at = sw_octets_until(uri.p, uri.len, not_in_uri);
    if (at < uri.len)
        return sw_scan_refuse(s, (size_t)(uri.p - s->p) + at, "addr-spec",
                              "a character that no URI has");
    return check_scheme(s, uri);
}

/* "<" addr-spec ">" */
static int read_in_brackets(struct sw_scan *s, struct sw_nameaddr *a)
{
    size_t from = ++s->at;
    struct sw_slice rest = sw_slice(s->p + from, s->len - from);
    size_t len = sw_octets_until(rest.p, rest.len, not_in_uri);
    bool is_clean = len < rest.len && rest.p[len] == '>';
    if (!is_clean)
        len = sw_slice_find(rest, '>');
    if (len == SIZE_MAX)
        return sw_scan_refuse(s, from - 1, "name-addr", "the closing bracket is missing");
    a->uri_text = sw_slice(rest.p, len);
    a->has_brackets = true;
    s->at += len + 1;
    return is_clean ? check_scheme(s, a->uri_text) : check_uri(s, a->uri_text);
}

/* addr-spec; what could be taken for the URI's own parts must be in brackets (RFC 3261 20.10). */
static int read_bare(struct sw_scan *s, struct sw_nameaddr *a)
{
    size_t from = s->at;
    while (s->at < s->len && s->p[s->at] != ';' && !sw_is_blank_or_fold(s->p[s->at])) {
        char c = s->p[s->at];
        if (c == ',' || c == '?')
            return sw_scan_refuse(s, s->at, "name-addr", "a URI with , or ? must be in brackets");
        s->at++;
    }
    a->uri_text = sw_slice(s->p + from, s->at - from);
    return check_uri(s, a->uri_text);
}

/* Pass over display-name, so that the opening bracket is next; where there is none, stay. */
static int read_display_name(struct sw_scan *s)
{
    if (sw_scan_is_at(s, '"')) {
        int rc = sw_scan_quoted(s);
        if (rc < 0)
            return rc;
        sw_scan_blanks(s);
        if (!sw_scan_is_at(s, '<'))
            return sw_scan_refuse(s, s->at, "name-addr", "a < must follow the display name");
        return 0;
    }
    size_t from = s->at;
    while (s->at < s->len) {
        char c = s->p[s->at];
        if (!sw_char_is(c, SW_CHAR_TOKEN) && !sw_is_blank_or_fold(c) && (unsigned char)c < 0x80)
            break;
        s->at++;
    }
    if (!sw_scan_is_at(s, '<'))
        s->at = from;
    return 0;
}

static int read_params(struct sw_scan *s, struct sw_nameaddr *a)
{
    sw_scan_blanks(s);
    size_t from = s->at;
    bool has_tag = false;
    struct sw_scan_param param;
    int rc;
    while ((rc = sw_scan_param(s, &param)) > 0) {
        if (!sw_slice_ieq(param.name, SW_LIT("tag")))
            continue;
        size_t at = (size_t)(param.text.p - s->p);
        if (has_tag || !param.has_value)
            return sw_scan_refuse(s, at, "tag-param", "a tag is given once and has a value");
        has_tag = true;
        a->tag = param.value;
    }
    a->params = sw_scan_since(s, from);
    return rc;
}

int sw_nameaddr_parse(struct sw_slice value, struct sw_nameaddr *out, struct sw_syntax *err)
{
    struct sw_scan s = sw_scan(value, err);
    struct sw_nameaddr a = {.text = value};
    sw_scan_blanks(&s);
    if (sw_scan_is_at_end(&s)) /* which may be nowhere: a field that is missing */
        return sw_scan_refuse(&s, 0, "addr-spec", "there is no address");
    int rc = read_display_name(&s);
    if (rc == 0)
        rc = sw_scan_is_at(&s, '<') ? read_in_brackets(&s, &a) : read_bare(&s, &a);
    if (rc == 0)
        rc = read_params(&s, &a);
    if (rc < 0)
        return rc;
    *out = a;
    return 0;
}

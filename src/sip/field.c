/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/field.h"

#include "base/octets.h"
#include "sip/scan.h"
#include "sip/tables.h"

static const struct sw_stops line_ends = {.marks = "\r\n"};

int sw_line_end(struct sw_slice text, size_t at, size_t *end)
{
    if (at >= text.len)
        return SW_E_MORE;
    at += sw_octets_until(text.p + at, text.len - at, line_ends);
    if (text.len - at >= 2 && text.p[at] == '\r' && text.p[at + 1] == '\n') {
        *end = at + 2;
        return 0;
    }
    size_t lf = sw_slice_find(sw_slice_sub(text, at, SIZE_MAX), '\n');
    if (lf == SIZE_MAX)
        return SW_E_MORE;
    *end = at + lf + 1;
    return SW_E_SYNTAX;
}

/* As sw_line_end(), over the lines that begin with a blank and thereby belong to the first. */
static int end_of_folded_lines(struct sw_slice text, size_t at, size_t *end)
{
    int result = 0;
    do {
        int rc = sw_line_end(text, at, end);
        if (rc == SW_E_MORE)
            return rc;
        if (rc < 0)
            result = rc;
        at = *end;
    } while (at < text.len && sw_is_blank(text.p[at]));
    return result;
}

/* A name that nobody here knows, or that has blanks behind it: the line's CR stops both scans.
 * Returns where the colon should be. */
static const char *read_other_name(struct sw_hdr *h)
{
    const char *p = h->line.p;
    while (sw_char_is(*p, SW_CHAR_TOKEN))
        p++;
    h->name = sw_slice(h->line.p, (size_t)(p - h->line.p));
    if (*p == ':')
        return p;
    h->id = sw_hdr_find(h->name);
    while (sw_is_blank(*p))
        p++;
    return p;
}

/* h->line has been found. What is one of the names we know needs no look at its octets. */
SW_INLINE int cut_at_colon(struct sw_hdr *h, const char **what)
{
    const char *p = h->line.p, *end = p + h->line.len - 2;
    size_t name_len = sw_octets_until(p, h->line.len, (struct sw_stops){.marks = ":"});
    h->name = sw_slice(p, name_len);
    h->id = sw_hdr_find(h->name);
    p = h->id == SW_HDR_OTHER ? read_other_name(h) : p + name_len;
    if (h->name.len == 0 || *p != ':') {
        *what = "a line is not a header field";
        return SW_E_SYNTAX;
    }
    do
        p++;
    while (p < end && sw_is_blank_or_fold(*p));
    while (p < end && sw_is_blank_or_fold(end[-1]))
        end--;
    h->value = sw_slice(p, (size_t)(end - p));
    return 1;
}

/* The field has lines that are folded or is the last there is, or something is wrong with it. */
SW_COLD static int read_odd_field(struct sw_slice text, size_t *at, struct sw_hdr *out,
                                  const char **what)
{
    size_t start = *at, end;
    int rc = end_of_folded_lines(text, start, &end);
    if (rc == SW_E_MORE) {
        *what = "the empty line behind the header fields is missing";
        return rc;
    }
    *at = end;
    out->line = sw_slice(text.p + start, end - start);
    if (rc < 0) {
        *what = "a line does not end in CR LF";
        return rc;
    }
    return cut_at_colon(out, what);
}

int sw_field_next(struct sw_slice text, size_t *at, struct sw_hdr *out, const char **what)
{
    size_t left = text.len - *at;
    if (left == 0)
        return read_odd_field(text, at, out, what);
    const char *p = text.p + *at;
    if (left >= 2 && p[0] == '\r' && p[1] == '\n') {
        *at += 2;
        return 0;
    }
    size_t len = sw_octets_until(p, left, line_ends);
    bool is_whole =
        left - len >= 3 && p[len] == '\r' && p[len + 1] == '\n' && !sw_is_blank(p[len + 2]);
    if (!is_whole)
        return read_odd_field(text, at, out, what);
    out->line = sw_slice(p, len + 2);
    *at += len + 2;
    return cut_at_colon(out, what);
}

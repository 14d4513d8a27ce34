/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/field.h"

#include "sip/scan.h"
#include "sip/tables.h"

int sw_line_end(struct sw_slice text, size_t at, size_t *end)
{
    if (at >= text.len)
        return SW_E_MORE;
    const char *from = text.p + at;
    const char *lf = memchr(from, '\n', text.len - at);
    if (lf == NULL)
        return SW_E_MORE;
    *end = (size_t)(lf - text.p) + 1;
    if (lf == from || memchr(from, '\r', (size_t)(lf - from)) != lf - 1)
        return SW_E_SYNTAX;
    return 0;
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

static struct sw_slice trim_value(const char *p, const char *end)
{
    while (p < end && sw_is_blank_or_fold(*p))
        p++;
    while (p < end && sw_is_blank_or_fold(end[-1]))
        end--;
    return sw_slice(p, (size_t)(end - p));
}

static int cut_at_colon(struct sw_hdr *h, const char **what)
{
    const char *p = h->line.p;
    const char *end = p + h->line.len; /* its CRLF stops every scan below */
    while (sw_char_is(*p, SW_CHAR_TOKEN))
        p++;
    h->name = sw_slice(h->line.p, (size_t)(p - h->line.p));
    while (sw_is_blank(*p))
        p++;
    if (h->name.len == 0 || *p != ':') {
        *what = "a line is not a header field";
        return SW_E_SYNTAX;
    }
    h->value = trim_value(p + 1, end);
    h->id = sw_hdr_find(h->name);
    return 1;
}

int sw_field_next(struct sw_slice text, size_t *at, struct sw_hdr *out, const char **what)
{
    size_t start = *at, end;
    if (text.len - start >= 2 && text.p[start] == '\r' && text.p[start + 1] == '\n') {
        *at = start + 2;
        return 0;
    }
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

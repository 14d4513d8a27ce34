/* SPDX-License-Identifier: BSD-2-Clause */
#include "torture/same.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX = 9000 };

/* A walk over the lines of a header section; a folded line is one. */
struct lines {
    struct sw_slice rest;
    struct sw_slice line; /* with CRLF; empty: behind the header section */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void next_line(struct lines *l)
{
    struct sw_slice s = l->rest;
    size_t i = 0;
    while (i + 1 < s.len && !(s.p[i] == '\r' && s.p[i + 1] == '\n' &&
                              (i == 0 || i + 2 >= s.len || !is_blank(s.p[i + 2]))))
        i++;
    size_t len = i + 2 <= s.len ? i + 2 : s.len;
    l->line = sw_slice_sub(s, 0, len);
    l->rest = sw_slice_sub(s, len, SIZE_MAX);
}

static bool is_end(struct sw_slice line)
{
    return line.len <= 2;
}

static bool starts_with(struct sw_slice s, const char *text)
{
    size_t len = strlen(text);
    return s.len >= len && memcmp(s.p, text, len) == 0;
}

static bool has(struct sw_slice s, const char *text)
{
    for (size_t i = 0; i < s.len; i++)
        if (starts_with(sw_slice_sub(s, i, SIZE_MAX), text))
            return true;
    return false;
}

static bool is_field(struct sw_slice line, const char *name, const char *compact)
{
    size_t len = sw_slice_find(line, ':');
    if (len == SIZE_MAX)
        return false;
    while (len > 0 && is_blank(line.p[len - 1]))
        len--;
    struct sw_slice is = sw_slice_sub(line, 0, len);
    return sw_slice_ieq(is, sw_slice_str(name)) || sw_slice_ieq(is, sw_slice_str(compact));
}

/* Up to the first octet of the number, the number, the rest. */
static bool cut_number(struct sw_slice line, size_t *from, size_t *to, unsigned long *value)
{
    size_t at = sw_slice_find(line, ':');
    while (at < line.len && (line.p[at] < '0' || line.p[at] > '9'))
        at++;
    *from = at;
    while (at < line.len && line.p[at] >= '0' && line.p[at] <= '9')
        at++;
    *to = at;
    *value = *from == *to ? 0 : strtoul(line.p + *from, NULL, 10);
    return *to > *from;
}

static bool is_one_less(struct sw_slice in, struct sw_slice out)
{
    size_t from, to, out_from, out_to;
    unsigned long value, out_value;
    return cut_number(in, &from, &to, &value) && cut_number(out, &out_from, &out_to, &out_value) &&
           out_value + 1 == value &&
           sw_slice_eq(sw_slice_sub(in, 0, from), sw_slice_sub(out, 0, out_from)) &&
           sw_slice_eq(sw_slice_sub(in, to, SIZE_MAX), sw_slice_sub(out, out_to, SIZE_MAX));
}

/* Behind the first value of a list. */
static size_t first_value_len(struct sw_slice line)
{
    bool is_quoted = false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.p[i] == '"' && (i == 0 || line.p[i - 1] != '\\'))
            is_quoted = !is_quoted;
        if (line.p[i] == ',' && !is_quoted)
            return i;
    }
    return line.len;
}

/* Of ";received=x" or "; rport" at the front: its length; 0: another parameter. */
static size_t reception_len(struct sw_slice s)
{
    size_t at = 1;
    while (at < s.len && memchr(" \t\r\n", s.p[at], 4) != NULL)
        at++;
    if (!sw_slice_ieq(sw_slice_sub(s, at, at + 8), SW_LIT("received")) &&
        !sw_slice_ieq(sw_slice_sub(s, at, at + 5), SW_LIT("rport")))
        return 0;
    while (at < s.len && memchr("; \t\r\n", s.p[at], 5) == NULL)
        at++;
    return at;
}

/* A Via line without what the first value says of where it came from. */
static void without_reception(struct sw_slice line, struct sw_buf *out)
{
    size_t first = first_value_len(line);
    for (size_t i = 0; i < first; i++) {
        size_t len = line.p[i] == ';' ? reception_len(sw_slice_sub(line, i, first)) : 0;
        if (len > 0)
            i += len - 1;
        else
            sw_buf_char(out, line.p[i]);
    }
    sw_buf_slice_add(out, sw_slice_sub(line, first, SIZE_MAX));
}

static bool is_same_via(struct sw_slice in, struct sw_slice out)
{
    char in_room[LINE_MAX], out_room[LINE_MAX];
    struct sw_buf a = sw_buf(in_room, sizeof in_room), b = sw_buf(out_room, sizeof out_room);
    without_reception(in, &a);
    without_reception(out, &b);
    return !a.overflow && !b.overflow && sw_slice_eq(sw_buf_slice(&a), sw_buf_slice(&b));
}

static bool is_put_in(struct sw_slice line, const char *ours)
{
    return (starts_with(line, "Via: SIP/2.0/") || starts_with(line, "Record-Route: <sip")) &&
           has(line, ours);
}

/* What is left of a Route field is its end: ours go from the front. */
static bool is_route_rest(struct sw_slice in, struct sw_slice out)
{
    size_t name_len = sw_slice_find(in, ':') + 1;
    struct sw_slice rest = sw_slice_sub(out, name_len, SIZE_MAX);
    while (rest.len > 0 && is_blank(rest.p[0]))
        rest = sw_slice_sub(rest, 1, SIZE_MAX);
    return sw_slice_eq(sw_slice_sub(in, 0, name_len), sw_slice_sub(out, 0, name_len)) &&
           rest.len <= in.len && sw_slice_eq(sw_slice_sub(in, in.len - rest.len, SIZE_MAX), rest);
}

/* Where the body begins, and how long the message says it is. */
static struct sw_slice body_of(struct sw_slice message)
{
    struct lines l = {.rest = message};
    unsigned long value, len = SIZE_MAX;
    size_t from, to;
    do {
        next_line(&l);
        if (is_field(l.line, "Content-Length", "l") && cut_number(l.line, &from, &to, &value))
            len = value;
    } while (!is_end(l.line));
    return sw_slice_sub(l.rest, 0, len);
}

static bool has_field(struct sw_slice message, const char *name, const char *compact)
{
    struct lines l = {.rest = message};
    do {
        next_line(&l);
        if (is_field(l.line, name, compact))
            return true;
    } while (!is_end(l.line));
    return false;
}

/* At the end of the header section: numbers that were not there. */
static bool is_added(struct sw_slice in, struct sw_slice line)
{
    if (is_field(line, "Max-Breadth", "Max-Breadth"))
        return starts_with(line, "Max-Breadth: 60\r\n") &&
               !has_field(in, "Max-Breadth", "Max-Breadth");
    if (is_field(line, "Max-Forwards", "Max-Forwards"))
        return starts_with(line, "Max-Forwards: 70\r\n") &&
               !has_field(in, "Max-Forwards", "Max-Forwards");
    return starts_with(line, "Content-Length: ") && !has_field(in, "Content-Length", "l");
}

/* True: this line of the request accounts for this one of what left, or for none of it. */
static bool is_accounted(struct lines *in, struct lines *out, bool is_top_via)
{
    if (is_top_via && is_same_via(in->line, out->line)) {
        next_line(out);
        return true;
    }
    if (is_field(in->line, "Max-Forwards", "Max-Forwards") && is_one_less(in->line, out->line)) {
        next_line(out);
        return true;
    }
    if (!is_field(in->line, "Route", "Route"))
        return false;
    if (is_route_rest(in->line, out->line))
        next_line(out);
    return true;
}

/* The words of a start line. */
static struct sw_slice word_of(struct sw_slice line, unsigned n)
{
    for (; n > 0; n--)
        line = sw_slice_sub(line, sw_slice_find(line, ' ') + 1, SIZE_MAX);
    return sw_slice_sub(line, 0, sw_slice_find(line, ' '));
}

/* 16.6 step 6: the first Route is a strict router's and has become the Request-URI. */
static bool is_strictly_routed(struct sw_slice in, struct sw_slice in_line, struct sw_slice line)
{
    struct lines l = {.rest = in};
    struct sw_slice uri = word_of(line, 1);
    do {
        next_line(&l);
    } while (!is_end(l.line) && !is_field(l.line, "Route", "Route"));
    size_t at = sw_slice_find(l.line, '<') + 1;
    return sw_slice_eq(word_of(in_line, 0), word_of(line, 0)) &&
           sw_slice_eq(word_of(in_line, 2), word_of(line, 2)) &&
           sw_slice_eq(sw_slice_sub(l.line, at, at + uri.len), uri);
}

/* The Request-URI that had to give way is the last Route. */
static bool is_pushed(struct sw_slice in_line, struct sw_slice line)
{
    struct sw_slice uri = word_of(in_line, 1);
    return starts_with(line, "Route: <") && sw_slice_eq(sw_slice_sub(line, 8, 8 + uri.len), uri) &&
           sw_slice_eq(sw_slice_sub(line, 8 + uri.len, SIZE_MAX), SW_LIT(">\r\n"));
}

const char *tt_request_differs(struct sw_slice in, struct sw_slice out, const char *ours)
{
    struct lines a = {.rest = in}, b = {.rest = out};
    bool has_our_via = false, has_met_via = false;
    next_line(&a);
    next_line(&b);
    struct sw_slice start = a.line;
    bool is_strict = !sw_slice_eq(a.line, b.line);
    if (is_strict && !is_strictly_routed(in, a.line, b.line))
        return "the start line";
    next_line(&a);
    next_line(&b);
    for (;;) {
        bool is_via = is_field(a.line, "Via", "v");
        while (is_put_in(b.line, ours) && !sw_slice_eq(a.line, b.line)) {
            has_our_via |= starts_with(b.line, "Via") && is_via && !has_met_via;
            next_line(&b);
        }
        if (is_strict && is_pushed(start, b.line)) {
            is_strict = false;
            next_line(&b);
        }
        if (is_end(a.line))
            break;
        if (sw_slice_eq(a.line, b.line))
            next_line(&b);
        else if (!is_accounted(&a, &b, is_via && !has_met_via))
            return "a header field";
        has_met_via |= is_via;
        next_line(&a);
    }
    while (!is_end(b.line) && is_added(in, b.line))
        next_line(&b);
    if (!is_end(b.line))
        return "a header field that nobody sent";
    if (is_strict)
        return "the Request-URI is lost";
    if (!has_our_via)
        return "our Via is not on top";
    return sw_slice_eq(body_of(in), b.rest) ? NULL : "the body";
}

static size_t skip_blanks(struct sw_slice s, size_t at)
{
    while (at < s.len && memchr(" \t\r\n", s.p[at], 4) != NULL)
        at++;
    return at;
}

/* The first value, its comma and the blanks behind it are gone, and nothing else. */
static bool is_cut_via(struct sw_slice in, struct sw_slice out)
{
    size_t from = skip_blanks(in, sw_slice_find(in, ':') + 1);
    size_t behind = skip_blanks(in, first_value_len(in) + 1);
    return sw_slice_eq(sw_slice_sub(in, 0, from), sw_slice_sub(out, 0, from)) &&
           sw_slice_eq(sw_slice_sub(in, behind, SIZE_MAX), sw_slice_sub(out, from, SIZE_MAX));
}

const char *tt_response_differs(struct sw_slice in, struct sw_slice out)
{
    struct lines a = {.rest = in}, b = {.rest = out};
    bool is_cut = false;
    for (next_line(&a), next_line(&b); !is_end(a.line); next_line(&a)) {
        if (is_field(a.line, "Via", "v") && !is_cut) {
            is_cut = true;
            if (first_value_len(a.line) == a.line.len)
                continue;
            if (!is_cut_via(a.line, b.line))
                return "the Via below ours";
        } else if (!sw_slice_eq(a.line, b.line)) {
            return "a header field";
        }
        next_line(&b);
    }
    while (!is_end(b.line) && is_added(in, b.line))
        next_line(&b);
    if (!is_end(b.line))
        return "a header field that nobody sent";
    return sw_slice_eq(body_of(in), b.rest) ? NULL : "the body";
}

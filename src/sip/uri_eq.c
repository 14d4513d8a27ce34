/* SPDX-License-Identifier: BSD-2-Clause */
/* When two URIs are the same: RFC 3261 section 19.1.4. */
#include "sip/chars.h"
#include "sip/uri.h"

/* Parameters (and headers) are compared each with each. Real URIs have a handful; text with more
 * than this is only equal to itself, so that a stranger's URI cannot cost a square of its length.
 */
enum { PIECES_MAX = 64 };

enum { RESERVED_ESCAPE = 0x100, END_OF_TEXT = 0x200 };

static bool is_reserved(char c)
{
    return memchr(";/?:@&=+$,", c, 10) != NULL;
}

/* Take the next character off s: an escape counts as what it stands for, but for reserved
 * characters, whose escaped form is a different thing. */
static unsigned take_char(struct sw_slice *s, bool without_case)
{
    if (s->len == 0)
        return END_OF_TEXT;
    unsigned flag = 0;
    size_t used = 1;
    char c = s->p[0];
    if (c == '%' && s->len >= 3) {
        int high = sw_hex_value(s->p[1]), low = sw_hex_value(s->p[2]);
        if (high >= 0 && low >= 0) {
            c = (char)(high * 16 + low);
            flag = is_reserved(c) ? RESERVED_ESCAPE : 0;
            used = 3;
        }
    }
    *s = sw_slice_sub(*s, used, SIZE_MAX);
    return flag | (unsigned char)(without_case ? sw_lower(c) : c);
}

static bool is_same_text(struct sw_slice a, struct sw_slice b, bool without_case)
{
    for (;;) {
        unsigned next = take_char(&a, without_case);
        if (next != take_char(&b, without_case))
            return false;
        if (next == END_OF_TEXT)
            return true;
    }
}

static struct sw_slice without_dot(struct sw_slice name)
{
    return name.len > 0 && name.p[name.len - 1] == '.' ? sw_slice(name.p, name.len - 1) : name;
}

static bool is_same_host(const struct sw_host *a, const struct sw_host *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind != SW_HOST_NAME)
        return sw_netaddr_eq(&a->addr, &b->addr);
    return sw_slice_ieq(without_dot(a->text), without_dot(b->text));
}

/* One name=value of a list whose pieces stand behind a separator each. */
struct piece {
    struct sw_slice name;
    struct sw_slice value; /* p is NULL where there is no '=' */
};

/* Take the next piece off the list; false at its end. */
static bool take_piece(struct sw_slice *list, char separator, struct piece *out)
{
    if (list->len == 0)
        return false;
    struct sw_slice rest = sw_slice_sub(*list, 1, SIZE_MAX); /* without ';', '?' or '&' */
    size_t end = sw_slice_find(rest, separator);
    struct sw_slice one = sw_slice_sub(rest, 0, end);
    size_t eq = sw_slice_find(one, '=');
    out->name = sw_slice_sub(one, 0, eq);
    out->value = eq == SIZE_MAX ? (struct sw_slice){NULL, 0} : sw_slice_sub(one, eq + 1, SIZE_MAX);
    *list = sw_slice_sub(rest, end, SIZE_MAX);
    return true;
}

static size_t count_pieces(struct sw_slice list, char separator)
{
    struct piece ignored;
    size_t count = 0;
    while (count <= PIECES_MAX && take_piece(&list, separator, &ignored))
        count++;
    return count;
}

static bool find_piece(struct sw_slice list, char separator, struct sw_slice name,
                       struct piece *out)
{
    while (take_piece(&list, separator, out)) {
        if (is_same_text(out->name, name, true))
            return true;
    }
    return false;
}

/* maddr is compared as a host, before the others. */
static bool must_be_in_both(struct sw_slice name)
{
    return sw_slice_ieq(name, SW_LIT("user")) || sw_slice_ieq(name, SW_LIT("ttl")) ||
           sw_slice_ieq(name, SW_LIT("method")) || sw_slice_ieq(name, SW_LIT("transport"));
}

static bool agree_on_params(struct sw_slice a, struct sw_slice b)
{
    struct piece one, other;
    while (take_piece(&a, ';', &one)) {
        if (sw_slice_ieq(one.name, SW_LIT("maddr")))
            continue;
        if (find_piece(b, ';', one.name, &other)) {
            if (!is_same_text(one.value, other.value, true))
                return false;
        } else if (must_be_in_both(one.name)) {
            return false;
        }
    }
    return true;
}

/* Values of header fields are compared without case (RFC 3261 section 7.3.1); the finer rules of
 * single fields are not looked at. */
static bool has_all_headers(struct sw_slice a, struct sw_slice b)
{
    struct piece one, other;
    while (take_piece(&a, '&', &one)) {
        if (!find_piece(b, '&', one.name, &other) || !is_same_text(one.value, other.value, true))
            return false;
    }
    return true;
}

static bool is_same_in_lists(const struct sw_uri *a, const struct sw_uri *b)
{
    if (count_pieces(a->params, ';') > PIECES_MAX || count_pieces(b->params, ';') > PIECES_MAX ||
        count_pieces(a->headers, '&') > PIECES_MAX)
        return false;
    return agree_on_params(a->params, b->params) && agree_on_params(b->params, a->params) &&
           count_pieces(a->headers, '&') == count_pieces(b->headers, '&') &&
           has_all_headers(a->headers, b->headers) && has_all_headers(b->headers, a->headers);
}

bool sw_uri_eq(const struct sw_uri *a, const struct sw_uri *b)
{
    if (sw_slice_eq(a->text, b->text))
        return true;
    if (a->scheme != b->scheme || a->has_user != b->has_user || a->has_port != b->has_port ||
        a->port != b->port || a->has_maddr != b->has_maddr)
        return false;
    if ((a->password.p == NULL) != (b->password.p == NULL))
        return false;
    if (!is_same_text(a->user, b->user, false) || !is_same_text(a->password, b->password, false))
        return false;
    if (!is_same_host(&a->host, &b->host))
        return false;
    if (a->has_maddr && !is_same_host(&a->maddr, &b->maddr))
        return false;
    return is_same_in_lists(a, b);
}

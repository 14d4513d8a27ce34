/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/uri.h"

#include "sip/scan.h"

/* RFC 1035 section 2.3.4, as text: without the length octets and the root label. */
enum { NAME_MAX_LEN = 253, LABEL_MAX_LEN = 63 };

/* Go on while characters are of the class or well-formed escapes. */
static int skip_class(struct sw_scan *s, enum sw_char_class cls)
{
    while (s->at < s->len) {
        char c = s->p[s->at];
        if (sw_char_is(c, cls)) {
            s->at++;
            continue;
        }
        if (c != '%')
            return 0;
        if (s->len - s->at < 3 || sw_hex_value(s->p[s->at + 1]) < 0 ||
            sw_hex_value(s->p[s->at + 2]) < 0)
            return sw_scan_refuse(s, s->at, "escaped",
                                  "a % is not followed by two hexadecimal digits");
        s->at += 3;
    }
    return 0;
}

/* ---- hosts ---- */

static int check_label(const struct sw_scan *s, size_t start, size_t end)
{
    if (end == start)
        return sw_scan_refuse(s, start, "host", "a label of the host name is empty");
    if (end - start > LABEL_MAX_LEN)
        return sw_scan_refuse(s, start + LABEL_MAX_LEN, "I6", "a label is longer than 63 octets");
    if (s->p[start] == '-')
        return sw_scan_refuse(s, start, "host", "a label begins with a hyphen");
    if (s->p[end - 1] == '-')
        return sw_scan_refuse(s, end - 1, "host", "a label ends with a hyphen");
    return 0;
}

/* Check the labels of s->p[0..end); *last_digits says whether the last one is all digits.
 * RFC 3261 wants a letter first in the last label; RFC 1123 does not, and names of single machines
 * do begin with digits. What could be taken for an address is refused all the same: a last label of
 * digits only. */
static int check_labels(const struct sw_scan *s, size_t end, bool *last_digits)
{
    size_t start = 0;
    bool digits = true;
    for (size_t i = 0; i < end; i++) {
        char c = s->p[i];
        if (c == '.') {
            int rc = check_label(s, start, i);
            if (rc < 0)
                return rc;
            start = i + 1;
            digits = true;
            continue;
        }
        if (!sw_char_is(c, SW_CHAR_LABEL))
            return sw_scan_refuse(s, i, "host", "a character that no host name has");
        digits = digits && sw_is_digit(c);
    }
    *last_digits = digits;
    return check_label(s, start, end);
}

static int read_name_or_ipv4(const struct sw_scan *s, struct sw_host *out)
{
    struct sw_host h = {.kind = SW_HOST_NAME, .text = sw_slice(s->p, s->len)};
    if (sw_is_digit(s->p[0]) && sw_netaddr_parse4(h.text, &h.addr)) {
        h.kind = SW_HOST_IPV4;
        *out = h;
        return 0;
    }
    size_t end = s->p[s->len - 1] == '.' ? s->len - 1 : s->len;
    if (end == 0)
        return sw_scan_refuse(s, 0, "I6", "the host is empty");
    bool last_digits = false;
    int rc = check_labels(s, end, &last_digits);
    if (rc < 0)
        return rc;
    if (last_digits)
        return sw_scan_refuse(s, 0, "I6",
                              "digits last, but no dotted quad; an IPv6 address needs brackets");
    if (end > NAME_MAX_LEN)
        return sw_scan_refuse(s, NAME_MAX_LEN, "I6", "the name is longer than 253 octets");
    *out = h;
    return 0;
}

static int read_ipv6_reference(const struct sw_scan *s, struct sw_host *out)
{
    struct sw_host h = {.kind = SW_HOST_IPV6};
    const char *close = memchr(s->p, ']', s->len);
    if (close == NULL)
        return sw_scan_refuse(s, s->len, "IPv6reference", "the closing bracket is missing");
    if (close != s->p + s->len - 1)
        return sw_scan_refuse(s, (size_t)(close - s->p) + 1, "host",
                              "text behind the closing bracket");
    h.text = sw_slice(s->p + 1, s->len - 2);
    if (!sw_netaddr_parse6(h.text, &h.addr))
        return sw_scan_refuse(s, 1, "IPv6reference", "not an IPv6 address");
    *out = h;
    return 0;
}

int sw_host_parse(struct sw_slice text, struct sw_host *out, struct sw_syntax *err)
{
    struct sw_scan s = sw_scan(text, err);
    if (text.len == 0)
        return sw_scan_refuse(&s, 0, "I6", "the host is empty");
    return text.p[0] == '[' ? read_ipv6_reference(&s, out) : read_name_or_ipv4(&s, out);
}

static int read_host(const struct sw_scan *s, struct sw_slice part, struct sw_host *out)
{
    return sw_scan_part(s, part, sw_host_parse(part, out, s->err));
}

/* ---- the parts of a URI, in their order ---- */

static bool is_scheme_char(char c)
{
    return sw_is_alnum(c) || c == '+' || c == '-' || c == '.';
}

/* Neither sip nor sips: another scheme, or none. */
SW_COLD static int refuse_scheme(const struct sw_scan *s)
{
    size_t colon = 0;
    while (colon < s->len && is_scheme_char(s->p[colon]))
        colon++;
    if (colon == 0 || colon == s->len || s->p[colon] != ':' || !sw_is_alpha(s->p[0]))
        return sw_scan_refuse(s, colon, "I1", "a URI begins with sip: or sips:");
    (void)sw_scan_refuse(s, 0, "I1", "the scheme is neither sip nor sips");
    return SW_E_SCHEME;
}

static bool begins_with(const struct sw_scan *s, struct sw_slice word)
{
    return s->len >= word.len && sw_bytes_ieq(s->p, word.p, word.len);
}

static int read_scheme(struct sw_scan *s, enum sw_scheme *out)
{
    const struct sw_slice sip = SW_LIT("sip:"), sips = SW_LIT("sips:");
    bool is_sip = begins_with(s, sip);
    if (!is_sip && !begins_with(s, sips))
        return refuse_scheme(s);
    *out = is_sip ? SW_SCHEME_SIP : SW_SCHEME_SIPS;
    s->at = is_sip ? sip.len : sips.len;
    return 0;
}

/* An '@' cannot stand unescaped anywhere behind the user part, so the first one ends it. */
static int read_userinfo(struct sw_scan *s, struct sw_uri *u)
{
    size_t left = s->len - s->at;
    if (sw_octets_until(s->p + s->at, left, (struct sw_stops){.marks = "@"}) == left)
        return 0;
    size_t from = s->at;
    int rc = skip_class(s, SW_CHAR_USER);
    if (rc < 0)
        return rc;
    if (s->at == from)
        return sw_scan_refuse(s, from, "user", "the user part before the @ is empty");
    u->user = sw_scan_since(s, from);
    u->has_user = true;
    if (sw_scan_is_at(s, ':')) {
        from = ++s->at;
        rc = skip_class(s, SW_CHAR_PASSWORD);
        if (rc < 0)
            return rc;
        u->password = sw_scan_since(s, from);
    }
    if (!sw_scan_is_at(s, '@'))
        return sw_scan_refuse(s, s->at, "userinfo",
                              "a character that must be escaped before the @");
    s->at++;
    return 0;
}

static int read_port(struct sw_scan *s, struct sw_uri *u)
{
    size_t from = ++s->at; /* behind the colon */
    while (s->at < s->len && sw_is_digit(s->p[s->at]))
        s->at++;
    if (s->at == from)
        return sw_scan_refuse(s, from, "port", "a colon must be followed by a port number");
    uint64_t port;
    if (!sw_slice_u64(sw_scan_since(s, from), UINT16_MAX, &port) || port == 0)
        return sw_scan_refuse(s, from, "I6", "a port is a number from 1 to 65535");
    u->port = (uint16_t)port;
    u->has_port = true;
    return 0;
}

static int read_hostport(struct sw_scan *s, struct sw_uri *u)
{
    size_t from = s->at;
    if (sw_scan_is_at(s, '[')) /* the colons in it do not end it */
        s->at += sw_octets_until(s->p + from, s->len - from, (struct sw_stops){.marks = ";?]"});
    s->at += sw_octets_until(s->p + s->at, s->len - s->at, (struct sw_stops){.marks = ";?:"});
    int rc = read_host(s, sw_scan_since(s, from), &u->host);
    if (rc < 0 || !sw_scan_is_at(s, ':'))
        return rc;
    return read_port(s, u);
}

/* The parameters RFC 3261 knows, each of which may be given once (section 19.1.1). */
enum known_param { PARAM_TRANSPORT, PARAM_MADDR, PARAM_LR, PARAM_TTL, PARAM_USER, PARAM_METHOD };

static const struct {
    struct sw_slice name;
    bool needs_value;
} known_params[] = {
    [PARAM_TRANSPORT] = {{"transport", 9}, true},
    [PARAM_MADDR] = {{"maddr", 5}, true},
    [PARAM_LR] = {{"lr", 2}, false},
    [PARAM_TTL] = {{"ttl", 3}, true},
    [PARAM_USER] = {{"user", 4}, true},
    [PARAM_METHOD] = {{"method", 6}, true},
};

/* Note a parameter the struct has a field for; `from` is where its name begins. */
static int keep_param(const struct sw_scan *s, struct sw_uri *u, unsigned *seen, size_t from,
                      struct sw_slice name, struct sw_slice value)
{
    size_t k = 0;
    while (k < SW_ARRAY_LEN(known_params) && !sw_slice_ieq(name, known_params[k].name))
        k++;
    if (k == SW_ARRAY_LEN(known_params))
        return 0;
    if ((*seen & 1u << k) != 0)
        return sw_scan_refuse(s, from, known_params[k].name.p, "the parameter is given twice");
    *seen |= 1u << k;
    if (known_params[k].needs_value && value.len == 0)
        return sw_scan_refuse(s, from, known_params[k].name.p, "the parameter needs a value");
    if (k == PARAM_TRANSPORT) {
        u->transport = value;
        u->has_transport = true;
    } else if (k == PARAM_LR) {
        u->has_lr = true; /* lr=on and the like are old forms of it */
    } else if (k == PARAM_MADDR) {
        u->has_maddr = true;
        return read_host(s, value, &u->maddr);
    }
    return 0;
}

static int read_params(struct sw_scan *s, struct sw_uri *u)
{
    size_t start = s->at;
    unsigned seen = 0;
    while (sw_scan_is_at(s, ';')) {
        size_t from = ++s->at;
        int rc = skip_class(s, SW_CHAR_PARAM);
        if (rc < 0)
            return rc;
        struct sw_slice name = sw_scan_since(s, from);
        if (name.len == 0)
            return sw_scan_refuse(s, from, "uri-parameter", "a parameter without a name");
        struct sw_slice value = {NULL, 0};
        if (sw_scan_is_at(s, '=')) {
            size_t value_from = ++s->at;
            rc = skip_class(s, SW_CHAR_PARAM);
            if (rc < 0)
                return rc;
            value = sw_scan_since(s, value_from);
            if (value.len == 0)
                return sw_scan_refuse(s, value_from, "uri-parameter",
                                      "an = without a value behind it");
        }
        rc = keep_param(s, u, &seen, from, name, value);
        if (rc < 0)
            return rc;
    }
    u->params = sw_scan_since(s, start);
    return 0;
}

static int read_headers(struct sw_scan *s, struct sw_uri *u)
{
    if (!sw_scan_is_at(s, '?'))
        return 0;
    size_t start = s->at;
    do {
        size_t from = ++s->at; /* behind the '?' or '&' */
        int rc = skip_class(s, SW_CHAR_HEADER);
        if (rc < 0)
            return rc;
        if (s->at == from || !sw_scan_is_at(s, '='))
            return sw_scan_refuse(s, s->at, "headers", "a header of a URI is name=value");
        s->at++;
        rc = skip_class(s, SW_CHAR_HEADER);
        if (rc < 0)
            return rc;
    } while (sw_scan_is_at(s, '&'));
    u->headers = sw_scan_since(s, start);
    return 0;
}

int sw_uri_parse(struct sw_slice text, struct sw_uri *out, struct sw_syntax *err)
{
    struct sw_scan s = sw_scan(text, err);
    struct sw_uri u = {.text = text};
    int rc = read_scheme(&s, &u.scheme);
    if (rc == 0)
        rc = read_userinfo(&s, &u);
    if (rc == 0)
        rc = read_hostport(&s, &u);
    if (rc == 0)
        rc = read_params(&s, &u);
    if (rc == 0)
        rc = read_headers(&s, &u);
    if (rc < 0)
        return rc;
    if (s.at != s.len)
        return sw_scan_refuse(&s, s.at, "SIP-URI", "a character that must be escaped here");
    *out = u;
    return 0;
}

/* ---- parameters ---- */

/* Where the value of a parameter ends: quoted strings (header parameters only) may hold ';'. */
static size_t end_of_param(struct sw_slice s, size_t at)
{
    bool quoted = false;
    for (; at < s.len; at++) {
        char c = s.p[at];
        if (quoted && c == '\\')
            at++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == ';' && !quoted)
            break;
    }
    return at < s.len ? at : s.len;
}

bool sw_param_find(struct sw_slice params, struct sw_slice name, struct sw_slice *value)
{
    size_t at = 0;
    while (at < params.len) {
        size_t end = end_of_param(params, at);
        struct sw_slice one = sw_slice_sub(params, at, end);
        size_t eq = sw_slice_find(one, '=');
        if (sw_slice_ieq(sw_slice_trim(sw_slice_sub(one, 0, eq)), name) && name.len > 0) {
            if (value != NULL)
                *value = eq == SIZE_MAX ? (struct sw_slice){NULL, 0}
                                        : sw_slice_trim(sw_slice_sub(one, eq + 1, SIZE_MAX));
            return true;
        }
        at = end + 1;
    }
    return false;
}

const char *sw_scheme_name(enum sw_scheme s)
{
    return s == SW_SCHEME_SIPS ? "sips" : "sip";
}

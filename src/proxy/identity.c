/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/identity.h"

#include "base/attr.h"
#include "sip/uri.h"

enum { WRITTEN_MAX = 4 /* names of a certificate that a log line needs */ };

static struct sw_slice without_dot(struct sw_slice name)
{
    bool has_dot = name.len > 1 && name.p[name.len - 1] == '.';
    return sw_slice_sub(name, 0, name.len - has_dot);
}

static bool is_same_name(struct sw_slice a, struct sw_slice b)
{
    return a.len > 0 && sw_slice_ieq(without_dot(a), without_dot(b));
}

/* One whole label, the leftmost, and at least two behind it: nobody owns all of a top level. */
static bool is_covered_by_star(struct sw_slice pattern, struct sw_slice name)
{
    struct sw_slice p = without_dot(pattern), n = without_dot(name);
    size_t dot = sw_slice_find(n, '.');
    if (p.len < 3 || p.p[0] != '*' || p.p[1] != '.' || dot == 0 || dot == SIZE_MAX)
        return false;
    struct sw_slice rest = sw_slice_sub(p, 2, p.len);
    return sw_slice_find(rest, '.') != SIZE_MAX &&
           sw_slice_ieq(rest, sw_slice_sub(n, dot + 1, n.len));
}

/* RFC 5922 7.1: scheme sip, no user part; the host is the domain. */
static bool is_sip_domain(struct sw_slice text, struct sw_slice *domain)
{
    struct sw_uri uri;
    if (sw_uri_parse(text, &uri, NULL) < 0 || uri.scheme != SW_SCHEME_SIP || uri.has_user)
        return false;
    *domain = uri.host.text;
    return true;
}

static bool has_kind(const struct px_cert *cert, enum px_cert_kind kind)
{
    for (size_t i = 0; i < cert->count; i++)
        if (cert->names[i].kind == kind)
            return true;
    return false;
}

static enum px_identity check_addr(const struct px_cert *cert, const struct sw_netaddr *addr)
{
    for (size_t i = 0; i < cert->count; i++)
        if (cert->names[i].kind == PX_CERT_ADDR && sw_netaddr_eq(&cert->names[i].addr, addr))
            return PX_IDENTITY_OK;
    return PX_IDENTITY_ADDR;
}

/* PX_IDENTITY_NONE: it has no such URI, so the others count. */
static enum px_identity check_uris(const struct px_cert *cert, struct sw_slice wanted)
{
    enum px_identity v = PX_IDENTITY_NONE;
    struct sw_slice domain;
    for (size_t i = 0; i < cert->count; i++) {
        if (cert->names[i].kind != PX_CERT_URI || !is_sip_domain(cert->names[i].text, &domain))
            continue;
        if (is_same_name(domain, wanted))
            return PX_IDENTITY_OK;
        v = PX_IDENTITY_URI;
    }
    return v;
}

static enum px_identity check_names(const struct px_cert *cert, enum px_cert_kind kind,
                                    struct sw_slice wanted, bool wildcards)
{
    for (size_t i = 0; i < cert->count; i++) {
        struct sw_slice text = cert->names[i].text;
        if (cert->names[i].kind != kind)
            continue;
        if (is_same_name(text, wanted) || (wildcards && is_covered_by_star(text, wanted)))
            return PX_IDENTITY_OK;
    }
    return PX_IDENTITY_DNS;
}

static bool has_alt_names(const struct px_cert *cert)
{
    return has_kind(cert, PX_CERT_URI) || has_kind(cert, PX_CERT_DNS) ||
           has_kind(cert, PX_CERT_ADDR) || has_kind(cert, PX_CERT_OTHER);
}

enum px_identity px_identity_check(const struct px_cert *cert, struct sw_slice wanted,
                                   const struct px_identity_rules *rules)
{
    struct sw_netaddr addr;
    if (sw_netaddr_parse(wanted, &addr))
        return check_addr(cert, &addr);
    enum px_identity v = check_uris(cert, wanted);
    if (v != PX_IDENTITY_NONE)
        return v;
    if (has_kind(cert, PX_CERT_DNS))
        return check_names(cert, PX_CERT_DNS, wanted, rules->wildcards);
    if (!rules->common_name || has_alt_names(cert) || !has_kind(cert, PX_CERT_COMMON))
        return PX_IDENTITY_NONE;
    return check_names(cert, PX_CERT_COMMON, wanted, rules->wildcards);
}

enum px_identity px_identity_covers(const struct px_cert *cert, const struct px_wanted *wanted,
                                    const struct px_identity_rules *rules)
{
    enum px_identity first = PX_IDENTITY_NONE;
    for (size_t i = 0; i < wanted->count; i++) {
        enum px_identity v = px_identity_check(cert, wanted->names[i], rules);
        if ((v == PX_IDENTITY_OK) != wanted->all)
            return v; /* any: the one that fits; all: the one that does not */
        if (i == 0)
            first = v;
    }
    return first;
}

const char *px_identity_text(enum px_identity v)
{
    static const char *const texts[] = {
#define X(constant, text) [constant] = (text),
        PX_IDENTITIES(X)
#undef X
    };
    return (size_t)v < SW_ARRAY_LEN(texts) ? texts[v] : "";
}

static void write_text(struct sw_buf *b, struct sw_slice text)
{
    if (text.len == 0)
        sw_buf_str(b, "an empty name");
    sw_buf_escaped(b, text);
}

static void write_name(struct sw_buf *b, const struct px_cert_name *name)
{
    switch (name->kind) {
    case PX_CERT_URI:
    case PX_CERT_DNS:
        write_text(b, name->text);
        return;
    case PX_CERT_ADDR:
        sw_netaddr_write(b, &name->addr);
        return;
    case PX_CERT_COMMON:
        sw_buf_str(b, "CN ");
        write_text(b, name->text);
        return;
    case PX_CERT_OTHER:
        sw_buf_str(b, "another form");
        return;
    }
}

void px_cert_write(struct sw_buf *b, const struct px_cert *cert)
{
    for (size_t i = 0; i < cert->count && i < WRITTEN_MAX; i++) {
        if (i > 0)
            sw_buf_str(b, ", ");
        write_name(b, &cert->names[i]);
    }
    if (cert->count == 0)
        sw_buf_str(b, "no name");
    if (cert->count <= WRITTEN_MAX)
        return;
    sw_buf_str(b, " (and ");
    sw_buf_u64(b, cert->count - WRITTEN_MAX);
    sw_buf_str(b, " more)");
}

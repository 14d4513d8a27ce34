/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/hdr.h"

#include "sip/scan.h"

static const struct sw_slice usual = {"SIP/2.0/", 8};

/* sent-protocol: name / version / transport, with blanks anywhere around the slashes. The name and
 * version may be any, so that a message of another version of SIP can be told so. */
static int read_protocol(struct sw_scan *s, struct sw_via *v)
{
    bool is_usual = s->len > usual.len && sw_bytes_ieq(s->p, usual.p, usual.len);
    if (is_usual)
        s->at = usual.len - 1;
    for (int part = is_usual ? 2 : 0; part < 3; part++) {
        if (part > 0 && !sw_scan_mark(s, '/'))
            return sw_scan_refuse(s, s->at, "sent-protocol", "it is not SIP/2.0/transport");
        v->transport = sw_scan_class(s, SW_CHAR_TOKEN);
        if (v->transport.len == 0)
            return sw_scan_refuse(s, s->at, "sent-protocol", "it is not SIP/2.0/transport");
    }
    return 0;
}

/* The colons of an address in brackets do not end it. */
static struct sw_slice take_host_text(struct sw_scan *s)
{
    size_t from = s->at;
    if (sw_scan_is_at(s, '['))
        sw_scan_word(s, (struct sw_stops){.blanks = true, .marks = ";,]"});
    sw_scan_word(s, (struct sw_stops){.blanks = true, .marks = ";,:"});
    return sw_scan_since(s, from);
}

static int read_host(const struct sw_scan *s, struct sw_slice part, struct sw_host *out)
{
    return sw_scan_part(s, part, sw_host_parse(part, out, s->err));
}

static int read_port(struct sw_scan *s, struct sw_slice digits, struct sw_via *v)
{
    uint64_t port;
    if (!sw_slice_u64(digits, UINT16_MAX, &port) || port == 0)
        return sw_scan_refuse(s, s->at - digits.len, "port", "a port is a number from 1 to 65535");
    v->port = (uint16_t)port;
    v->has_port = true;
    return 0;
}

/* sent-protocol LWS host [ ":" port ] */
static int read_sent(struct sw_scan *s, struct sw_via *v)
{
    int rc = read_protocol(s, v);
    if (rc < 0)
        return rc;
    size_t behind = s->at;
    sw_scan_blanks(s);
    if (s->at == behind)
        return sw_scan_refuse(s, behind, "sent-by", "a blank is missing before it");
    rc = read_host(s, take_host_text(s), &v->sent_by);
    if (rc < 0 || !sw_scan_mark(s, ':'))
        return rc;
    return read_port(s, sw_scan_class(s, SW_CHAR_TOKEN), v);
}

/* ---- parameters ---- */

static int refuse_param(const struct sw_scan *s, const struct sw_scan_param *param,
                        const char *rule, const char *what)
{
    return sw_scan_refuse(s, (size_t)(param->text.p - s->p), rule, what);
}

static int keep_branch(struct sw_scan *s, const struct sw_scan_param *param, struct sw_via *v)
{
    if (v->has_branch || !param->has_value)
        return refuse_param(s, param, "via-branch", "a branch is given once and has a value");
    v->branch = param->value;
    v->has_branch = true;
    return 0;
}

static int keep_received(struct sw_scan *s, const struct sw_scan_param *param, struct sw_via *v)
{
    struct sw_slice addr = param->value;
    struct sw_netaddr ignored;
    if (addr.len >= 2 && addr.p[0] == '[' && addr.p[addr.len - 1] == ']')
        addr = sw_slice_sub(addr, 1, addr.len - 1);
    if (v->has_received || !sw_netaddr_parse(addr, &ignored))
        return refuse_param(s, param, "via-received", "it is given once and is an address");
    v->received = param->value;
    v->received_text = param->text;
    v->has_received = true;
    return 0;
}

static int keep_rport(struct sw_scan *s, const struct sw_scan_param *param, struct sw_via *v)
{
    uint64_t port = 0;
    if (v->has_rport ||
        (param->has_value && (!sw_slice_u64(param->value, UINT16_MAX, &port) || port == 0)))
        return refuse_param(s, param, "response-port", "it is given once, and is a port if any");
    v->rport_text = param->text;
    v->rport_value = (uint16_t)port;
    v->has_rport_value = param->has_value;
    v->has_rport = true;
    return 0;
}

static int keep_maddr(struct sw_scan *s, const struct sw_scan_param *param, struct sw_via *v)
{
    if (v->has_maddr || !param->has_value)
        return refuse_param(s, param, "via-maddr", "it is given once and has a value");
    v->has_maddr = true;
    return read_host(s, param->value, &v->maddr);
}

static int keep_ttl(struct sw_scan *s, const struct sw_scan_param *param, struct sw_via *v)
{
    uint64_t ttl;
    if (v->has_ttl || !sw_slice_u64(param->value, UINT8_MAX, &ttl))
        return refuse_param(s, param, "via-ttl", "it is given once and is a number up to 255");
    v->ttl = (uint8_t)ttl;
    v->has_ttl = true;
    return 0;
}

static int keep_param(struct sw_scan *s, const struct sw_scan_param *param, struct sw_via *v)
{
    static const struct {
        struct sw_slice name;
        int (*keep)(struct sw_scan *, const struct sw_scan_param *, struct sw_via *);
    } known[] = {
        {{"branch", 6}, keep_branch}, {{"received", 8}, keep_received}, {{"rport", 5}, keep_rport},
        {{"maddr", 5}, keep_maddr},   {{"ttl", 3}, keep_ttl},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(known); i++)
        if (sw_slice_ieq(param->name, known[i].name))
            return known[i].keep(s, param, v);
    return 0;
}

static int read_params(struct sw_scan *s, struct sw_via *v)
{
    sw_scan_blanks(s);
    size_t from = s->at;
    struct sw_scan_param param;
    int rc;
    while ((rc = sw_scan_param(s, &param)) > 0) {
        rc = keep_param(s, &param, v);
        if (rc < 0)
            return rc;
    }
    v->params = sw_scan_since(s, from);
    return rc;
}

int sw_via_parse(struct sw_slice value, struct sw_via *out, struct sw_syntax *err)
{
    struct sw_scan s = sw_scan(value, err);
    struct sw_via v = {.text = value};
    int rc = read_sent(&s, &v);
    if (rc == 0)
        rc = read_params(&s, &v);
    if (rc < 0)
        return rc;
    *out = v;
    return 0;
}

int sw_via_parse_sent(struct sw_slice value, struct sw_via *out, struct sw_syntax *err)
{
    struct sw_scan s = sw_scan(value, err);
    struct sw_via v = {.sent_by = {.kind = SW_HOST_NAME}};
    int rc = read_sent(&s, &v);
    if (rc < 0)
        return rc;
    v.text = sw_scan_since(&s, 0);
    *out = v;
    return 0;
}

bool sw_branch_is_3261(struct sw_slice branch)
{
    static const struct sw_slice cookie = {"z9hG4bK", 7};
    return branch.len > cookie.len && sw_slice_ieq(sw_slice_sub(branch, 0, cookie.len), cookie);
}

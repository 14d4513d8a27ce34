/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/options.h"

#include "lib/error.h"

enum { DEADLINE_MS = 5000, QUESTION_MS = 2000, AAAA_WAIT_MS = 50 };

static int refuse(struct sipward_error *error, const char *name, const char *text, const char *want)
{
    return SW_ERROR_SAY(error, SW_E_INVAL, name, ": \"", text == NULL ? "" : text, "\" is not ",
                        want);
}

static int family_of(enum sipward_family f, enum sw_family *out)
{
    switch (f) {
    case SIPWARD_FAMILY_ANY:
        *out = SW_FAMILY_ANY;
        return 0;
    case SIPWARD_FAMILY_4:
        *out = SW_FAMILY_4;
        return 0;
    case SIPWARD_FAMILY_6:
        *out = SW_FAMILY_6;
        return 0;
    case SIPWARD_FAMILY_PREFER_4:
        *out = SW_FAMILY_PREFER_4;
        return 0;
    case SIPWARD_FAMILY_PREFER_6:
        *out = SW_FAMILY_PREFER_6;
        return 0;
    }
    return SW_E_INVAL;
}

static int failover_of(enum sipward_failover f, enum sw_failover *out)
{
    switch (f) {
    case SIPWARD_FAILOVER_RFC:
        *out = SW_FAILOVER_RFC;
        return 0;
    case SIPWARD_FAILOVER_NONE:
        *out = SW_FAILOVER_NONE;
        return 0;
    case SIPWARD_FAILOVER_ALL:
        *out = SW_FAILOVER_ALL;
        return 0;
    }
    return SW_E_INVAL;
}

static int draw_of(enum sipward_draw d, enum sw_draw *out)
{
    switch (d) {
    case SIPWARD_DRAW_EVEN:
        *out = SW_DRAW_EVEN;
        return 0;
    case SIPWARD_DRAW_LITERAL:
        *out = SW_DRAW_LITERAL;
        return 0;
    }
    return SW_E_INVAL;
}

static int source_of(enum sipward_source s, enum ad_dns_source *out)
{
    switch (s) {
    case SIPWARD_SOURCE_SYSTEM:
        *out = AD_DNS_SYSTEM;
        return 0;
    case SIPWARD_SOURCE_SERVERS:
        *out = AD_DNS_SERVERS;
        return 0;
    case SIPWARD_SOURCE_ROOT:
        *out = AD_DNS_ROOT;
        return 0;
    case SIPWARD_SOURCE_ZONES:
        *out = AD_DNS_ZONES;
        return 0;
    }
    return SW_E_INVAL;
}

static uint64_t ms_or(uint32_t ms, uint32_t default_ms)
{
    return SW_MS(ms == 0 ? default_ms : ms);
}

int sw_options_policy(const struct sipward_options *o, struct sw_policy *out,
                      struct sipward_error *error)
{
    const unsigned known =
        SIPWARD_ALLOW_DOWNGRADE | SIPWARD_STRICT_IDENTITY | SIPWARD_NO_DNSSEC | SIPWARD_SEEDED;
    struct sw_policy p;
    sw_policy_init(&p);
    if (o->transports != NULL && !sw_policy_set_transports(&p, sw_slice_str(o->transports)))
        return refuse(error, "transports", o->transports,
                      "a list of udp, tcp, tls, sctp, tls-sctp, ws, wss, each at most once");
    if (family_of(o->family, &p.family) < 0)
        return SW_ERROR_SAY(error, SW_E_INVAL, "family: no such value");
    if (failover_of(o->failover, &p.failover) < 0)
        return SW_ERROR_SAY(error, SW_E_INVAL, "failover: no such value");
    if (draw_of(o->draw, &p.draw) < 0)
        return SW_ERROR_SAY(error, SW_E_INVAL, "draw: no such value");
    if ((o->flags & ~known) != 0)
        return SW_ERROR_SAY(error, SW_E_INVAL, "flags: no such flag");
    p.allow_downgrade = (o->flags & SIPWARD_ALLOW_DOWNGRADE) != 0;
    p.strict_identity = (o->flags & SIPWARD_STRICT_IDENTITY) != 0;
    p.deadline_us = ms_or(o->deadline_ms, DEADLINE_MS);
    p.aaaa_wait_us = ms_or(o->aaaa_wait_ms, AAAA_WAIT_MS);
    *out = p;
    return 0;
}

int sw_options_networks(const char *const *texts, size_t count, const char *name,
                        struct sw_network *out, struct sipward_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!sw_network_parse(sw_slice_str(texts[i]), &out[i]))
            return refuse(error, name, texts[i], "a network such as 192.0.2.0/24 or 2001:db8::/32");
    return 0;
}

int sw_options_addresses(const char *const *texts, size_t count, const char *name,
                         struct sw_netaddr *out, struct sipward_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!sw_netaddr_parse(sw_slice_str(texts[i]), &out[i]))
            return refuse(error, name, texts[i], "an IPv4 or IPv6 address");
    return 0;
}

static bool read_server(struct sw_slice text, struct sw_endpoint *out)
{
    struct sw_endpoint e = {.port = 0};
    size_t at = sw_slice_find(text, '@');
    uint64_t port = 0;
    if (at != SIZE_MAX &&
        (!sw_slice_u64(sw_slice_sub(text, at + 1, text.len), 65535, &port) || port == 0))
        return false;
    if (!sw_netaddr_parse(sw_slice_sub(text, 0, at == SIZE_MAX ? text.len : at), &e.addr))
        return false;
    e.port = (uint16_t)port;
    *out = e;
    return true;
}

int sw_options_servers(const char *const *texts, size_t count, struct sw_endpoint *out,
                       struct sipward_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!read_server(sw_slice_str(texts[i]), &out[i]))
            return refuse(error, "servers", texts[i], "ADDRESS or ADDRESS@PORT");
    return 0;
}

int sw_options_dns(const struct sipward_options *o, struct ad_dns_conf *out,
                   struct sipward_error *error)
{
    struct ad_dns_conf c = {
        .zone_files = o->zone_files,
        .zone_file_count = o->zone_file_count,
        .dnssec = (o->flags & SIPWARD_NO_DNSSEC) == 0,
        .trust_anchor_file = o->trust_anchor_file,
        .resolv_conf = o->resolv_conf,
        .stale_max_s = o->stale_max_s,
        .cache_len = o->record_cache_len,
        .inflight_max = o->inflight_max,
    };
    if (source_of(o->source, &c.source) < 0)
        return SW_ERROR_SAY(error, SW_E_INVAL, "source: no such value");
    if (c.source == AD_DNS_SERVERS && o->server_count == 0)
        return SW_ERROR_SAY(error, SW_E_INVAL, "servers: none is given");
    if (c.source == AD_DNS_ZONES && o->zone_file_count == 0)
        return SW_ERROR_SAY(error, SW_E_INVAL, "zone_files: none is given");
    *out = c;
    return 0;
}

uint64_t sw_options_question_us(const struct sipward_options *o)
{
    return ms_or(o->question_ms, QUESTION_MS);
}

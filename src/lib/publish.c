/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/publish.h"

#include <assert.h>

static_assert((int)SIPWARD_UDP == (int)SW_UDP, "transport");
static_assert((int)SIPWARD_TCP == (int)SW_TCP, "transport");
static_assert((int)SIPWARD_TLS == (int)SW_TLS, "transport");
static_assert((int)SIPWARD_SCTP == (int)SW_SCTP, "transport");
static_assert((int)SIPWARD_TLS_SCTP == (int)SW_TLS_SCTP, "transport");
static_assert((int)SIPWARD_WS == (int)SW_WS, "transport");
static_assert((int)SIPWARD_WSS == (int)SW_WSS, "transport");
static_assert((int)SIPWARD_TLS_NAMES_MAX == (int)SW_TLS_NAMES_MAX, "TLS names");

const char *sipward_transport_name(enum sipward_transport transport)
{
    if ((unsigned)transport >= SW_TRANSPORT_COUNT)
        return "?";
    return sw_transport_row((enum sw_transport)transport)->name;
}

socklen_t sw_publish_endpoint(const struct sw_endpoint *e, union sipward_sockaddr *out)
{
    if (e->addr.family == 4) {
        out->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(e->port)};
        memcpy(&out->in.sin_addr, e->addr.bytes, 4);
        return sizeof out->in;
    }
    out->in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(e->port)};
    memcpy(&out->in6.sin6_addr, e->addr.bytes, 16);
    return sizeof out->in6;
}

int sw_publish_read(const union sipward_sockaddr *in, struct sw_endpoint *out)
{
    struct sw_endpoint e = {.port = 0};
    switch (in->sa.sa_family) {
    case AF_INET:
        e.addr.family = 4;
        memcpy(e.addr.bytes, &in->in.sin_addr, 4);
        e.port = ntohs(in->in.sin_port);
        break;
    case AF_INET6:
        e.addr.family = 6;
        memcpy(e.addr.bytes, &in->in6.sin6_addr, 16);
        e.port = ntohs(in->in6.sin6_port);
        break;
    default:
        return SW_E_INVAL;
    }
    *out = e;
    return 0;
}

static unsigned flags_of(const struct sw_candidate *in)
{
    return (in->has_srv ? SIPWARD_HAS_SRV : 0u) | (in->has_naptr ? SIPWARD_HAS_NAPTR : 0u) |
           (in->is_secure ? SIPWARD_SECURE : 0u) | (in->is_stale ? SIPWARD_STALE : 0u) |
           (in->is_only_if_refused ? SIPWARD_ONLY_IF_REFUSED : 0u) |
           (in->is_probe ? SIPWARD_PROBE : 0u) |
           (in->penalty_until_us != 0 ? SIPWARD_PENALISED : 0u) |
           (in->tls_names_all ? SIPWARD_TLS_NAMES_ALL : 0u);
}

void sw_publish_candidate(const struct sw_candidate *in, uint64_t now_us,
                          struct sipward_candidate *out)
{
    out->transport = (enum sipward_transport)in->transport;
    out->addr_len = sw_publish_endpoint(&in->endpoint, &out->addr);
    out->port = in->endpoint.port;
    out->priority = in->has_srv ? in->priority : 0;
    out->weight = in->has_srv ? in->weight : 0;
    out->order = in->has_naptr ? in->order : 0;
    out->preference = in->has_naptr ? in->preference : 0;
    out->flags = flags_of(in);
    out->ttl_s = in->ttl_s;
    out->penalty_ms = in->penalty_until_us > now_us
                          ? (uint32_t)((in->penalty_until_us - now_us + 999) / 1000)
                          : 0;
    out->tls_name_count = in->tls_name_count;
}

static void write_words(const struct sw_candidate *in, struct sipward_words *out)
{
    struct sw_buf address = sw_buf(out->address, sizeof out->address);
    sw_netaddr_write(&address, &in->endpoint.addr);
    sw_buf_cstr(&address);
    struct sw_buf host = sw_buf(out->host, sizeof out->host);
    if (in->host.len > 0)
        sw_name_write(&host, in->host);
    sw_buf_cstr(&host);
    struct sw_buf srv = sw_buf(out->srv, sizeof out->srv);
    if (in->has_srv)
        sw_name_write(&srv, in->srv_owner);
    sw_buf_cstr(&srv);
    struct sw_buf service = sw_buf(out->service, sizeof out->service);
    if (in->has_naptr)
        sw_buf_escaped(&service, in->service);
    sw_buf_cstr(&service);
    for (size_t i = 0; i < in->tls_name_count; i++) {
        struct sw_buf name = sw_buf(out->tls_names[i], sizeof out->tls_names[i]);
        sw_buf_escaped(&name, in->tls_names[i]);
        sw_buf_cstr(&name);
    }
}

void sw_publish_words(const struct sw_candidate *in, struct sipward_words *out, size_t size)
{
    struct sipward_words words = {.address = ""};
    if (in != NULL)
        write_words(in, &words);
    memset(out, 0, size);
    memcpy(out, &words, size < sizeof words ? size : sizeof words);
}

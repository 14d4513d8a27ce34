/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/transport.h"

#include "base/bug.h"

#define SLICE(literal)                                                                             \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static const struct sw_transport_row rows[SW_TRANSPORT_COUNT] = {
#define X(constant, name, token, is_tls, is_stream, port, service, prefix, clear)                  \
    [constant] = {name, is_tls, is_stream, port, SLICE(service), SLICE(prefix), clear},
    SW_TRANSPORTS(X)
#undef X
};

const struct sw_transport_row *sw_transport_row(enum sw_transport t)
{
    SW_BUG_ON((unsigned)t >= SW_TRANSPORT_COUNT);
    return &rows[t];
}

bool sw_transport_by_name(struct sw_slice name, enum sw_transport *out)
{
    for (unsigned t = 0; t < SW_TRANSPORT_COUNT; t++) {
        if (sw_slice_ieq(name, sw_slice_str(rows[t].name))) {
            *out = (enum sw_transport)t;
            return true;
        }
    }
    return false;
}

bool sw_transport_by_token(struct sw_slice token, enum sw_transport *out)
{
    static const struct sw_slice tokens[SW_TRANSPORT_COUNT] = {
#define X(constant, name, token, ...) [constant] = SLICE(token),
        SW_TRANSPORTS(X)
#undef X
    };
    for (unsigned t = 0; t < SW_TRANSPORT_COUNT; t++) {
        if (sw_slice_ieq(token, tokens[t])) {
            *out = (enum sw_transport)t;
            return true;
        }
    }
    return false;
}

bool sw_transport_by_service(struct sw_slice service, enum sw_transport *out)
{
    for (unsigned t = 0; t < SW_TRANSPORT_COUNT; t++) {
        if (sw_slice_ieq(service, rows[t].service)) {
            *out = (enum sw_transport)t;
            return true;
        }
    }
    return false;
}

bool sw_transport_over_tls(enum sw_transport t, enum sw_transport *out)
{
    for (unsigned tls = 0; tls < SW_TRANSPORT_COUNT; tls++) {
        if (rows[tls].is_tls && (tls == t || rows[tls].clear == t)) {
            *out = (enum sw_transport)tls;
            return true;
        }
    }
    return false;
}

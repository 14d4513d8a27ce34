/* SPDX-License-Identifier: BSD-2-Clause */
/* The transports of SIP as one table: a new one is a new row (locating rules T1, T6, services). */
#ifndef SW_LOCATE_TRANSPORT_H
#define SW_LOCATE_TRANSPORT_H

#include "base/slice.h"

/* X(constant, name, token, is_tls, is_stream, default port, service field, SRV prefix, clear)
 * token: the value of a URI's transport parameter that leads here from a sip URI
 * clear: the transport below the TLS (for a TLS transport), or itself */
#define SW_TRANSPORTS(X)                                                                           \
    X(SW_UDP, "udp", "udp", false, false, 5060, "SIP+D2U", "_sip._udp", SW_UDP)                    \
    X(SW_TCP, "tcp", "tcp", false, true, 5060, "SIP+D2T", "_sip._tcp", SW_TCP)                     \
    X(SW_TLS, "tls", "tls", true, true, 5061, "SIPS+D2T", "_sips._tcp", SW_TCP)                    \
    X(SW_SCTP, "sctp", "sctp", false, true, 5060, "SIP+D2S", "_sip._sctp", SW_SCTP)                \
    X(SW_TLS_SCTP, "tls-sctp", "tls-sctp", true, true, 5061, "SIPS+D2S", "_sips._sctp", SW_SCTP)   \
    X(SW_WS, "ws", "ws", false, true, 80, "SIP+D2W", "_sip._ws", SW_WS)                            \
    X(SW_WSS, "wss", "wss", true, true, 443, "SIPS+D2W", "_sips._ws", SW_WS)

enum sw_transport {
#define X(constant, ...) constant,
    SW_TRANSPORTS(X)
#undef X
};

enum { SW_TRANSPORT_COUNT = 7 };

struct sw_transport_row {
    const char *name; /* as policies, JSON and logs call it */
    bool is_tls;
    bool is_stream;
    uint16_t default_port;
    struct sw_slice service;    /* NAPTR service field */
    struct sw_slice srv_prefix; /* "_sip._udp" */
    enum sw_transport clear;
};

/* Never NULL. Thread: any. */
const struct sw_transport_row *sw_transport_row(enum sw_transport t);
/* By name, without case. */
bool sw_transport_by_name(struct sw_slice name, enum sw_transport *out);
/* By the value of a URI's transport parameter, without case, as a sip URI means it. */
bool sw_transport_by_token(struct sw_slice token, enum sw_transport *out);
/* The transport a sips URI means by one: itself over TLS. False where there is none: UDP. */
bool sw_transport_over_tls(enum sw_transport t, enum sw_transport *out);
/* By NAPTR service field, without case; SIPS+D2U and unknown ones give false. */
bool sw_transport_by_service(struct sw_slice service, enum sw_transport *out);

#endif

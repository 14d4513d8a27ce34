/* SPDX-License-Identifier: BSD-2-Clause */
/* A place to send a request to: where, over what, the records it came from, and the names TLS must
 * prove. Numbers are in struct sipward_candidate; words are written when they are asked for. */
#ifndef SIPWARD_CANDIDATE_H
#define SIPWARD_CANDIDATE_H

#include "sipward/version.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

enum sipward_transport {
    SIPWARD_UDP,
    SIPWARD_TCP,
    SIPWARD_TLS,
    SIPWARD_SCTP,     /* RFC 4168 */
    SIPWARD_TLS_SCTP, /* RFC 4168 */
    SIPWARD_WS,       /* RFC 7118 */
    SIPWARD_WSS       /* RFC 7118 */
};

/**
 * Name a transport as options and JSON do.
 * @return "udp", "tcp", "tls", "sctp", "tls-sctp", "ws", "wss"; "?" for any other number. Static.
 * Thread: any.
 */
SIPWARD_API const char *sipward_transport_name(enum sipward_transport transport);

union sipward_sockaddr {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

/* Flags of struct sipward_candidate. */
enum {
    SIPWARD_HAS_SRV = 1 << 0,         /* priority and weight are those of an SRV record */
    SIPWARD_HAS_NAPTR = 1 << 1,       /* order and preference are those of a NAPTR record */
    SIPWARD_SECURE = 1 << 2,          /* every answer on the way was DNSSEC-secure */
    SIPWARD_STALE = 1 << 3,           /* some answer on the way was past its time (RFC 8767) */
    SIPWARD_ONLY_IF_REFUSED = 1 << 4, /* UDP behind TCP for a big request: handed out only after
                                         SIPWARD_REFUSED (RFC 3261 18.1.1) */
    SIPWARD_PROBE = 1 << 5,        /* it failed before: this request finds out whether it lives */
    SIPWARD_PENALISED = 1 << 6,    /* it failed recently: all healthy ones came before it */
    SIPWARD_TLS_NAMES_ALL = 1 << 7 /* the certificate must cover every TLS name, not any */
};

/* Plain data: a copy is as good as the original. It grows at its end; only the library makes one.
 */
struct sipward_candidate {
    enum sipward_transport transport;
    socklen_t addr_len;          /* of addr, for connect() and sendto() */
    union sipward_sockaddr addr; /* with the port */
    uint16_t port;               /* host byte order */
    uint16_t priority, weight;   /* with SIPWARD_HAS_SRV */
    uint16_t order, preference;  /* with SIPWARD_HAS_NAPTR */
    unsigned flags;
    uint32_t ttl_s;          /* how long the records it came from stay valid */
    uint32_t penalty_ms;     /* with SIPWARD_PENALISED: what is left of it */
    unsigned tls_name_count; /* of struct sipward_words; 0 without TLS */
};

enum { SIPWARD_TLS_NAMES_MAX = 3, SIPWARD_NAME_ROOM = 256 };

/* What belongs to a candidate in words: printable ASCII that ends in NUL; "" where there is nothing
 * to say. It grows at its end. */
struct sipward_words {
    char address[INET6_ADDRSTRLEN]; /* "192.0.2.1", "2001:db8::1" */
    char host[SIPWARD_NAME_ROOM];   /* owner of the address; "" when the URI gave an address */
    char srv[SIPWARD_NAME_ROOM];    /* owner of the SRV record: "_sip._tcp.vocal.com" */
    char service[16];               /* of the NAPTR record: "SIP+D2T" */
    /* What the certificate must prove: one of them (RFC 5922 7), or each with
     * SIPWARD_TLS_NAMES_ALL. The first is the SNI unless it is an address; then there is no SNI and
     * a subjectAltName iPAddress must match. */
    char tls_names[SIPWARD_TLS_NAMES_MAX][SIPWARD_NAME_ROOM];
};

#ifdef __cplusplus
}
#endif

#endif

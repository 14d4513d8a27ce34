/* SPDX-License-Identifier: BSD-2-Clause */
/* One place to send to, with the records and rules that made it, and the names TLS must verify. */
#ifndef SW_LOCATE_CANDIDATE_H
#define SW_LOCATE_CANDIDATE_H

#include "base/netaddr.h"
#include "dns/name.h"
#include "locate/transport.h"

/* What came of a try (F1): handed to sw_plan_next() so that it knows what may follow. */
enum sw_try {
    SW_TRY_NONE,   /* nothing has been tried yet */
    SW_TRY_FAILED, /* 503, timeout, TLS failure, unreachable, a code the route adds */
    SW_TRY_REFUSED /* connection refused or reset, or protocol not supported: for T7 */
};

enum { SW_TLS_NAMES_MAX = 3 };

struct sw_candidate {
    enum sw_transport transport;
    struct sw_endpoint endpoint;
    struct sw_name host; /* owner of the address record; len 0 for a numeric TARGET */
    bool has_srv;
    uint16_t priority, weight; /* with has_srv */
    struct sw_name srv_owner;
    bool has_naptr;
    uint16_t order, preference; /* with has_naptr */
    struct sw_slice service;    /* as in the record, printable only */
    /* H1: acceptable reference identities (text without trailing dot; an address for a numeric
     * host), the first is the SNI unless it is an address; TLS transports only. */
    struct sw_slice tls_names[SW_TLS_NAMES_MAX];
    uint8_t tls_name_count;
    bool tls_names_all;        /* strict identity: every name must be covered, not any (H1) */
    uint32_t ttl_s;            /* D8, what is left of it */
    bool is_secure;            /* every answer on the way was DNSSEC-secure */
    bool is_stale;             /* some answer on the way was stale (D7) */
    bool is_only_if_refused;   /* T7: a UDP candidate behind its TCP twin */
    bool is_probe;             /* R4: the one request that finds out whether it lives again */
    uint64_t penalty_until_us; /* R3: it is here because all healthy ones came before; else 0 */
    uint8_t place;             /* for sw_plan_report() */
};

/* "tcp:192.0.2.1:5060" */
void sw_candidate_write(struct sw_buf *b, const struct sw_candidate *c);

#endif

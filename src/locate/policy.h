/* SPDX-License-Identifier: BSD-2-Clause */
/* What the client can do and wants (locating rule I4). A plain value, never changed while plans
 * refer to it. */
#ifndef SW_LOCATE_POLICY_H
#define SW_LOCATE_POLICY_H

#include "base/netaddr.h"
#include "base/time.h"
#include "locate/transport.h"

enum sw_family { SW_FAMILY_ANY, SW_FAMILY_4, SW_FAMILY_6, SW_FAMILY_PREFER_4, SW_FAMILY_PREFER_6 };

/* N9: whether a failed location goes on with another transport. */
enum sw_failover { SW_FAILOVER_NONE, SW_FAILOVER_RFC, SW_FAILOVER_ALL };

/* V4: how weights are drawn. */
enum sw_draw { SW_DRAW_EVEN, SW_DRAW_LITERAL };

/* H3: what follows when a domain that offered SIPS does no longer. */
enum sw_bid_down {
    SW_BID_DOWN_ALERT, /* it is said */
    SW_BID_DOWN_REJECT /* and nothing is sent there */
};

/* D9 */
enum {
    SW_QUESTIONS_MAX = 64,    /* a location: no zone may make us ask without end */
    SW_NAPTR_MAX = 32,        /* looked at per answer, after sorting */
    SW_SRV_MAX = 64,          /* looked at per answer, after sorting */
    SW_ADDRESSES_MAX = 16,    /* a target */
    SW_CANDIDATES_MAX = 64,   /* a location: more could never be tried in 32 s */
    SW_NAPTR_DEPTH_MAX = 5,   /* non-terminal NAPTR hops (N5) */
    SW_BIG_REQUEST_LEN = 1300 /* octets: above it UDP gives way to TCP (T7) */
};

struct sw_policy {
    enum sw_transport transports[SW_TRANSPORT_COUNT]; /* in order of preference */
    uint8_t transport_count;
    enum sw_family family;
    enum sw_failover failover;
    enum sw_draw draw;
    enum sw_bid_down bid_down;
    bool allow_downgrade;  /* from TLS to clear text in a failover (N9) */
    bool strict_identity;  /* H1: RFC 3263 4.1 as well as RFC 5922 */
    uint64_t deadline_us;  /* of the whole location (D10) */
    uint64_t aaaa_wait_us; /* A waits so long for AAAA (A3) */
    /* H4: an address in denied and not in allowed is no candidate. Borrowed. */
    const struct sw_network *denied;
    size_t denied_count;
    const struct sw_network *allowed;
    size_t allowed_count;
    bool allow_local_zones; /* addresses from a zone file are exempt from `denied` */
    /* Local addresses that have a route, for RFC 6724 (A2). Borrowed; with sources_known false
     * every family counts as reachable. */
    const struct sw_netaddr *sources;
    size_t source_count;
    bool sources_known;
};

/* udp,tcp,tls; any; rfc; even; 5 s; 50 ms; nothing denied; sources not known. */
void sw_policy_init(struct sw_policy *p);
/* Read "udp,tcp,tls": false on an unknown name, one given twice, or an empty list. */
SW_MUST_USE bool sw_policy_set_transports(struct sw_policy *p, struct sw_slice list);
/* The same in every respect: what was found under one holds under the other. */
bool sw_policy_eq(const struct sw_policy *a, const struct sw_policy *b);
bool sw_policy_has(const struct sw_policy *p, enum sw_transport t);
/* Place in the order of preference, 0 first; SW_TRANSPORT_COUNT when not supported. */
unsigned sw_policy_rank(const struct sw_policy *p, enum sw_transport t);

#endif

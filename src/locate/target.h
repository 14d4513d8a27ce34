/* SPDX-License-Identifier: BSD-2-Clause */
/* From a URI to what has to be found: TARGET, and how far the transport is decided before the first
 * question (RFC 3263 4 and 4.1; locating rules I2, I5, I6, T1 to T7). */
#ifndef SW_LOCATE_TARGET_H
#define SW_LOCATE_TARGET_H

#include "dns/name.h"
#include "locate/policy.h"
#include "locate/trace.h"
#include "sip/uri.h"

/* How the search goes on. */
enum sw_way {
    SW_WAY_NOWHERE, /* it ends here: see is_invalid and note */
    SW_WAY_NUMERIC, /* T2: the address is known */
    SW_WAY_ADDRESS, /* T3: A and AAAA of TARGET, port known */
    SW_WAY_SRV,     /* V1: SRV of one transport, or addresses when there is none */
    SW_WAY_NAPTR    /* T4 */
};

struct sw_target {
    enum sw_way way;
    bool is_maddr;
    bool is_sips;                /* only TLS will do */
    bool is_big;                 /* T7: TCP goes before UDP */
    enum sw_transport transport; /* decided; with SW_WAY_NAPTR: the default of T5 */
    uint16_t port;               /* NUMERIC and ADDRESS */
    struct sw_netaddr addr;      /* NUMERIC */
    struct sw_name name;         /* of TARGET; len 0 when numeric */
    enum sw_step step;           /* which rule decided the transport */
    bool is_invalid;             /* NOWHERE: no name that could be asked for */
    enum sw_note note;           /* NOWHERE otherwise: why */
};

/* What a Via says about where its response goes. */
struct sw_via_target {
    enum sw_transport transport;
    const struct sw_host *sent_by;
    bool has_port;
    uint16_t port;
};

/**
 * Decide what a URI asks for. Never fails: what cannot be located is SW_WAY_NOWHERE.
 * @param request_len  octets; 0: not known.
 * @param room         out->name points into it.
 */
void sw_target_of_uri(const struct sw_policy *policy, const struct sw_uri *uri, size_t request_len,
                      struct sw_name_room *room, struct sw_target *out);
/* As above for the sent-by of a Via (P2): no NAPTR, the transport stays. */
void sw_target_of_via(const struct sw_policy *policy, const struct sw_via_target *via,
                      struct sw_name_room *room, struct sw_target *out);
/* True when two searches need the same records under one policy. */
bool sw_target_eq(const struct sw_target *a, const struct sw_target *b);
uint64_t sw_target_hash(const struct sw_target *t, uint64_t seed);

#endif

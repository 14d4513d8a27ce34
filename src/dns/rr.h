/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record types location needs, as values. Texts and names are views into memory of whoever
 * made the record (an answer's, usually).
 */
#ifndef SW_DNS_RR_H
#define SW_DNS_RR_H

#include "base/netaddr.h"
#include "dns/name.h"

enum sw_rrtype { SW_RR_A = 1, SW_RR_CNAME = 5, SW_RR_AAAA = 28, SW_RR_SRV = 33, SW_RR_NAPTR = 35 };

struct sw_rr_naptr { /* RFC 3403 4 */
    uint16_t order, preference;
    struct sw_slice flags, service, regexp; /* as on the wire: any octets, not escaped */
    struct sw_name replacement;
};

struct sw_rr_srv { /* RFC 2782 */
    uint16_t priority, weight, port;
    struct sw_name target;
};

struct sw_rr {
    enum sw_rrtype type; /* A, AAAA, SRV or NAPTR */
    uint32_t ttl_s;
    union {
        struct sw_rr_naptr naptr;
        struct sw_rr_srv srv;
        struct sw_netaddr addr;
    };
};

/* "NAPTR". Static; "?" for a number that is none of the five. */
const char *sw_rrtype_name(enum sw_rrtype t);

/* The rdata as a zone file would have it, escaped: `50 50 "s" "SIPS+D2T" "" _sips._tcp.vocal.com.`,
 * `0 1 5060 server1.vocal.com.`, `192.0.2.1`. */
void sw_rr_write(struct sw_buf *b, const struct sw_rr *rr);

#endif

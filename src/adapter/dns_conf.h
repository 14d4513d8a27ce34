/* SPDX-License-Identifier: BSD-2-Clause */
/* What a resolver is made from, and how its mistakes are told. */
#ifndef SW_ADAPTER_DNS_CONF_H
#define SW_ADAPTER_DNS_CONF_H

#include "base/alloc.h"
#include "base/netaddr.h"

enum ad_dns_source {
    AD_DNS_SYSTEM,  /* resolv.conf and /etc/hosts is not read: the DNS only */
    AD_DNS_SERVERS, /* the servers given, nothing else */
    AD_DNS_ROOT,    /* iterate from the root */
    AD_DNS_ZONES    /* zone files only: any other name is NOT_ASKED */
};

enum ad_dns_mode {
    AD_DNS_VALIDATE, /* dns_unbound.h */
    AD_DNS_STUB      /* dns_stub.h */
};

struct ad_dns_conf {
    enum ad_dns_mode mode;
    enum ad_dns_source source;
    const struct sw_endpoint *servers; /* AD_DNS_SERVERS; port 0 means 53; loopback is allowed */
    size_t server_count;
    const char *const *zone_files; /* origin from $ORIGIN or the SOA's owner */
    size_t zone_file_count;
    bool dnssec;                   /* validate */
    const char *trust_anchor_file; /* NULL: the installed root anchor; without one nothing is
                                      validated, and all answers are insecure */
    const char *resolv_conf;       /* NULL: /etc/resolv.conf */
    uint32_t stale_max_s;          /* serve-stale for at most this long (D7); 0: never. libunbound
                                      keeps one value a process: the latest resolver's */
    size_t cache_len;              /* bytes of record cache; 0: default (4 MiB) */
    size_t inflight_max;           /* questions under way; 0: default (16384); more: NOT_ASKED */
    const struct sw_alloc *alloc;  /* for questions and who waits for them; NULL: the C library's.
                                      libunbound, zone files and contexts use the C library's */
};

struct ad_dns_error {
    char text[256]; /* "demo/vocal.zone:7: SRV needs a port" or what else went wrong */
};

#endif

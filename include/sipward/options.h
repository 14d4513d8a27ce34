/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a context is made of: what the client can do (its policy), where answers come from (its
 * resolver), and how much it may remember. Everything has a default; say what differs:
 *
 *     struct sipward_options options = {.size = sizeof options, .transports = "udp,tcp"};
 *     rc = sipward_new(&sw, &options, &error);
 *
 * or, where there are no designated initialisers, sipward_options_init() and assignments. A field
 * that is 0 or NULL has its default. Texts and lists are copied by sipward_new().
 *
 * The struct grows at its end. `size` tells the library which fields a program knows.
 */
#ifndef SIPWARD_OPTIONS_H
#define SIPWARD_OPTIONS_H

#include "sipward/version.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which addresses are candidates, and which family goes first (RFC 6724, RFC 7984). */
enum sipward_family {
    SIPWARD_FAMILY_ANY, /* both, in the order of RFC 6724 */
    SIPWARD_FAMILY_4,
    SIPWARD_FAMILY_6,
    SIPWARD_FAMILY_PREFER_4,
    SIPWARD_FAMILY_PREFER_6
};

/* Whether a location whose candidates failed goes on with another transport (RFC 3263 4.3). Never
 * from TLS to clear text unless SIPWARD_ALLOW_DOWNGRADE is set. */
enum sipward_failover {
    SIPWARD_FAILOVER_RFC,  /* among the NAPTR records of the lowest order that matched (RFC 3403
                              4.1); without NAPTR among all transports that have SRV records */
    SIPWARD_FAILOVER_NONE, /* never */
    SIPWARD_FAILOVER_ALL   /* also to NAPTR records of a higher order */
};

/* How the weights of SRV records are drawn (RFC 2782). */
enum sipward_draw {
    SIPWARD_DRAW_EVEN,   /* every record gets exactly the share its weight says */
    SIPWARD_DRAW_LITERAL /* the letter of RFC 2782, in which shares depend on the records' order */
};

/* Where answers come from. Zone files answer first, whatever the source. */
enum sipward_source {
    SIPWARD_SOURCE_SYSTEM,  /* the name servers of resolv.conf; /etc/hosts is not read */
    SIPWARD_SOURCE_SERVERS, /* the given servers, nothing else */
    SIPWARD_SOURCE_ROOT,    /* iterate from the root, no forwarder */
    SIPWARD_SOURCE_ZONES    /* the zone files only: no other name is asked of anybody */
};

/* Flags of struct sipward_options. */
enum {
    SIPWARD_ALLOW_DOWNGRADE = 1 << 0, /* failover may go from TLS to clear text */
    SIPWARD_STRICT_IDENTITY = 1 << 1, /* TLS must prove the names on the way as well as the URI's
                                         (RFC 3263 4.1); default: the URI's (RFC 5922 7) */
    SIPWARD_NO_DNSSEC = 1 << 2,       /* do not validate */
    SIPWARD_SEEDED = 1 << 3           /* take `seed`, so that every choice can be repeated */
};

/* Where memory comes from, in place of malloc() and free(). The resolver (libunbound) does not know
 * of it. */
struct sipward_alloc {
    void *(*alloc)(void *user, size_t size); /* NULL on failure; aligned for any type */
    void (*free)(void *user, void *p);       /* p may be NULL */
    void *user;
};

struct sipward_options {
    size_t size; /* sizeof(struct sipward_options) */

    /* What the client can do. */
    const char *transports; /* in order of preference, of udp, tcp, tls, sctp, tls-sctp, ws, wss;
                               default "udp,tcp,tls" */
    enum sipward_family family;
    enum sipward_failover failover;
    enum sipward_draw draw;
    unsigned flags;
    uint32_t deadline_ms;      /* of a whole location; default 5000 */
    uint32_t question_ms;      /* of one DNS question; default 2000 */
    uint32_t aaaa_wait_ms;     /* an A answer waits so long for the AAAA answer (RFC 8305 3);
                                  default 50 */
    const char *const *denied; /* networks such as "127.0.0.0/8": an address in one of them is no
                                  candidate; default none */
    size_t denied_count;
    const char *const *allowed; /* exceptions from `denied` */
    size_t allowed_count;
    const char *const *local_addresses; /* taken for this machine's own when ordering addresses
                                           (RFC 6724); default: those that have a route */
    size_t local_address_count;

    /* Where answers come from. */
    enum sipward_source source;
    const char *const *servers; /* "192.0.2.53", "192.0.2.53@5353", "2001:db8::53@5353" */
    size_t server_count;
    const char *const *zone_files; /* RFC 1035 master files; origin from $ORIGIN or the SOA */
    size_t zone_file_count;
    const char *trust_anchor_file; /* of DNSSEC; default: the installed root anchor */
    const char *resolv_conf;       /* default "/etc/resolv.conf" */
    uint32_t stale_max_s;          /* an expired answer may be used for so long when its refresh
                                      fails (RFC 8767); default: never */

    /* How much is remembered. */
    size_t record_cache_len; /* bytes of DNS records; default 4 MiB */
    size_t route_max;        /* domains whose parsed records are kept; default 4096 */
    size_t health_max;       /* places whose health is kept; default 65536 */
    size_t inflight_max;     /* DNS questions under way at once; default 16384 */

    /* For repeating and testing. */
    uint64_t seed;                     /* with SIPWARD_SEEDED */
    const struct sipward_alloc *alloc; /* borrowed, outlives the context; default malloc() */
};

/** Set every field to its default. Thread: any. */
static inline void sipward_options_init(struct sipward_options *options)
{
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
}

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proxy's configuration as a value: read from a file by an adapter, immutable once handed to a
 * core, shared by all workers through a reference count that the runtime keeps.
 */
#ifndef SW_PROXY_CONF_H
#define SW_PROXY_CONF_H

#include "base/netaddr.h"
#include "locate/policy.h"
#include "proxy/identity.h"
#include "proxy/quota.h"
#include "sip/msg.h"
#include "txn/txn.h"

enum {
    PX_LISTENERS_MAX = 64,
    PX_FAILOVER_CODES_MAX = 8 /* F1: somebody who wants more wants another server */
};

struct px_listener {
    enum sw_transport transport;
    struct sw_endpoint endpoint; /* as bound: never the unspecified address, never port 0 */
};

struct px_domains;

struct px_conf {
    struct px_listener listeners[PX_LISTENERS_MAX];
    uint16_t listener_count; /* with places that are empty: family 0, after others have left */
    uint8_t ranks[PX_LISTENERS_MAX]; /* of two that fit equally the lower one is used */
    uint64_t leaving;       /* bit n: listener n takes nothing new, and goes when it is not used */
    struct sw_slice *names; /* names that mean this proxy in a Route or Request-URI, lower case;
                               the listeners' addresses always do (C2) */
    size_t name_count;
    const struct px_domains *domains; /* those we serve, and their routes; NULL: none */
    struct sw_network *trusted;       /* may send anywhere (section 5) */
    size_t trusted_count;
    struct sw_slice *trusted_names; /* whose TLS client certificate is for one of them, too */
    size_t trusted_name_count;
    struct px_identity_rules identity; /* what of a certificate counts (H2) */

    struct sw_policy policy;   /* transports: those we have listeners for, in order */
    struct sw_txn_times times; /* T1, T2, T4, D */
    uint64_t transaction_us;   /* all tries together: 64*T1 (F5) */
    uint64_t timer_c_us;       /* 181 s (C8) */
    uint64_t connect_us;       /* 3 s (X3) */
    uint64_t idle_us;          /* connections: 10 min (X3) */
    uint64_t header_us;        /* a header section on a stream: 10 s (M4) */
    struct sw_msg_limits limits;
    bool record_route;
    uint16_t failover_codes[PX_FAILOVER_CODES_MAX]; /* F1: besides 503; ends with 0 */
    bool recurse;                                   /* C9: contacts of a 3xx are tried here */
    uint64_t try_us; /* R7: an INVITE's try time is never longer: 4 s */
    uint64_t lag_us; /* datagrams that waited longer, all the time, mean load; 0: never */
    struct px_quota_rate source_rate; /* requests of one source (section 5) */
    size_t sources_max;               /* sources whose requests are counted */
    bool limits_trusted;              /* trusted ones too */
    uint64_t dialog_us;               /* how long our Record-Route lets requests through: 7 days */
    size_t health_max;                /* entries; 0: default (R6) */
    size_t routes_max;                /* cached routes; 0: default */
    size_t transactions_max; /* bound of memory; above it new requests get 503, those within dialogs
                                from a quarter above it on */
    size_t connections_max;
    size_t log_history; /* transactions kept for "why"; 0: none */
};

/* The defaults named above; no listeners, nobody trusted, no domains: an open relay to nobody. */
void px_conf_init(struct px_conf *conf);

/* False for a place that is empty, and beyond the last one. */
bool px_conf_has_listener(const struct px_conf *conf, uint16_t listener);

/* True for a listener that is in the configuration no more, while something still uses it. */
bool px_conf_is_leaving(const struct px_conf *conf, uint16_t listener);

/* True when who sends from there may send anywhere (section 5). */
bool px_conf_trusts(const struct px_conf *conf, const struct sw_netaddr *source);

#endif

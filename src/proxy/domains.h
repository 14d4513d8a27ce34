/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The domains we serve and their routes (C3): tables that are filled once, when a configuration is
 * read, and only looked into afterwards. A look-up costs the same with one route and with ten
 * thousand: one step for an exact user, and one for each length that a prefix of the domain has.
 *
 *     px_domains_init(&d, alloc, 1, 2);
 *     px_domains_add(&d, &domain);                     // domain.name = "a.example"
 *     px_domains_add_route(&d, &domain, &alice);       // sip:alice@a.example
 *     px_domains_add_route(&d, &domain, &everybody);
 *     conf.domains = &d;
 *     ...
 *     px_domains_fini(&d);
 *
 * Owns: the tables, not what is in them. Thread: any, once it is filled.
 */
#ifndef SW_PROXY_DOMAINS_H
#define SW_PROXY_DOMAINS_H

#include "base/hmap.h"
#include "proxy/conf.h"
#include "sip/uri.h"

enum {
    PX_ROUTE_USER_MAX = 128, /* octets of an exact user: names and numbers, not tokens */
    PX_ROUTE_PREFIX_MAX = 64 /* octets of a prefix; a telephone number has 15 digits */
};

enum px_route_kind {
    PX_ROUTE_USER,   /* this user */
    PX_ROUTE_PREFIX, /* users that begin so; the longest prefix wins */
    PX_ROUTE_DEFAULT /* all others, and who asks for no user */
};

/* Where requests for some users of a domain go. At least one of `to` and `via` is there. */
struct px_route {
    struct sw_hmap_link link;
    const struct px_domain *domain;
    enum px_route_kind kind;
    struct sw_slice user; /* or prefix, as in a URI */
    struct sw_slice to;   /* the new Request-URI; "{user}" in it stands for the user asked for */
    struct sw_slice via;  /* the next hop; with ;lr it is put into a Route field */
    uint16_t failover_codes[PX_FAILOVER_CODES_MAX]; /* F1; ends with 0; none: the proxy's */
    bool has_recurse, recurse;                      /* C9; else the proxy's */
};

/* One we serve: everybody may send to it. Without a route its requests go by their Request-URI. */
struct px_domain {
    struct sw_hmap_link link;
    struct sw_slice name; /* lower case, no trailing dot */
    const struct px_route *fallback;
    uint64_t prefix_lens; /* bit n: some prefix has n + 1 octets */
    size_t route_count;
};

struct px_domains {
    struct sw_hmap by_name, by_user;
};

/** @retval 0, SW_E_NOMEM. The counts are how many there will be; alloc is borrowed. */
SW_MUST_USE int px_domains_init(struct px_domains *d, const struct sw_alloc *alloc,
                                size_t domain_count, size_t route_count);
/* A cleared one is allowed. */
void px_domains_fini(struct px_domains *d);
/* Both are linked, not copied. @retval false  there is one of this name, or for this user. */
SW_MUST_USE bool px_domains_add(struct px_domains *d, struct px_domain *domain);
SW_MUST_USE bool px_domains_add_route(struct px_domains *d, struct px_domain *domain,
                                      struct px_route *route);

/* Whether there is any; `d` may be NULL or cleared. */
static inline bool px_domains_are_there(const struct px_domains *d)
{
    return d != NULL && d->by_name.count > 0;
}
/* The domain of this name, in any case and with or without a trailing dot. NULL: none; `d` may be
 * NULL or cleared. */
const struct px_domain *px_domains_find(const struct px_domains *d, struct sw_slice name);
/* The route for a user (empty: none is asked for): his own, else the longest prefix, else the
 * default. NULL: none. Users are compared as RFC 3261 19.1.4 says: with case, escapes resolved. */
const struct px_route *px_domains_route(const struct px_domains *d, const struct px_domain *domain,
                                        struct sw_slice user);

/**
 * Write a route's `to` with the user in its place: "sip:{user}@b.example" and "alice" give
 * "sip:alice@b.example"; without a user it is "sip:b.example".
 * @param is_sips  it becomes a sips URI, whatever it was.
 */
void px_route_write_to(const struct px_route *route, struct sw_slice user, bool is_sips,
                       struct sw_buf *b);

#endif

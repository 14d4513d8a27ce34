/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A route: what the DNS said about one TARGET, as services (transports), their SRV sets, the sets'
 * hosts and the hosts' addresses. Nothing in it belongs to one transaction.
 *
 * Everything in a route is written once: a set, a host's addresses, and the order of a host's
 * addresses are unknown at first and never change after they are known. So plans of one thread may
 * share a route while it is being filled, by counting references; each reads what is there and asks
 * for what is not. Only definite answers are written: what failed for now is a plan's own business.
 */
#ifndef SW_LOCATE_ROUTE_H
#define SW_LOCATE_ROUTE_H

#include "base/arena.h"
#include "base/hmap.h"
#include "base/list.h"
#include "base/time.h"
#include "locate/addr.h"
#include "locate/naptr.h"
#include "locate/srv.h"
#include "locate/target.h"

enum {
    SW_SERVICES_MAX = SW_NAPTR_MAX,
    SW_SETS_MAX = SW_SERVICES_MAX + 2, /* the twin of T7, and the one of a TARGET used directly */
    SW_HOST_FAMILIES = 2
};

enum sw_host_family { SW_HOST_A, SW_HOST_AAAA };

struct sw_address {
    struct sw_netaddr addr;
    uint32_t mark; /* sw_address_mark() */
};

/* The usable addresses of one family of a host; none is a definite answer, too. */
struct sw_address_set {
    uint64_t expires_us;
    bool is_secure, is_stale;
    uint8_t count;
    struct sw_address at[];
};

/* A host's addresses in the order they are tried: a reference is a family in the top bit and a
 * place in that family's set. */
struct sw_address_list {
    uint8_t count;
    uint8_t ref[];
};

struct sw_route_host {
    struct sw_route_host *next; /* in the route */
    struct sw_name name;        /* len 0: a numeric TARGET */
    uint32_t name_mark;
    uint16_t index;
    bool is_numeric; /* V8: an address in the clothes of a name */
    const struct sw_address_set *set[SW_HOST_FAMILIES];
    const struct sw_address_list *list; /* once every wanted family is known */
};

enum sw_set_state {
    SW_SET_OPEN,     /* not known */
    SW_SET_NONE,     /* definitely no SRV record */
    SW_SET_DECLINED, /* V5 */
    SW_SET_FOUND
};

struct sw_srv_set {
    struct sw_name owner; /* len 0: made for a TARGET that is used without SRV */
    uint64_t expires_us;
    enum sw_set_state state;
    bool is_secure, is_stale;
    uint8_t index;
    uint8_t count;
    struct sw_srv_record *records;
};

/* A way to reach TARGET over one transport. */
struct sw_service {
    enum sw_transport transport;
    bool has_naptr;
    bool is_tie; /* N6: with the service before it */
    uint16_t order, preference;
    uint16_t group; /* services of one group are asked for together: the top NAPTR order */
    struct sw_slice service;
    struct sw_srv_set *set;
};

struct sw_route {
    struct sw_hmap_link link; /* in the cache */
    struct sw_list lru;       /* in the cache */
    const struct sw_alloc *alloc;
    struct sw_arena arena;
    size_t room_len; /* of the arena's first block, which follows the route */
    uint32_t ref_count;
    bool is_cached;
    bool is_single_use;        /* TTL 0, stale, or part of it failed: for this transaction only */
    bool is_secure;            /* of the NAPTR answers */
    bool is_stale;             /* of the NAPTR answers */
    bool is_naptr_unknown;     /* H3: some NAPTR question failed for now */
    bool has_last_resort;      /* V3 is allowed (N8) */
    uint16_t unknown_count;    /* sets and hosts not known: 0 means no question can follow */
    uint64_t expires_us;       /* D8: of everything in it */
    uint64_t naptr_expires_us; /* of what NAPTR said or did not say about the services */
    struct sw_target target;
    uint8_t service_count, set_count;
    uint16_t host_count;
    struct sw_service *services; /* in order; NULL: not known yet */
    struct sw_service *twin;     /* T7: TCP of TARGET, in services or apart; NULL: none */
    struct sw_service *direct;   /* TARGET without SRV: numeric, port given, or last resort */
    struct sw_route_host *hosts;
};

/** @param room_len octets to begin with. @retval NULL out of memory; else a reference to it. */
SW_MUST_USE struct sw_route *sw_route_new(const struct sw_alloc *alloc, size_t room_len,
                                          const struct sw_target *target);
/* Empty a route that has one owner and fill in another TARGET. False: out of memory; it is empty
 * then and may be emptied again. */
SW_MUST_USE bool sw_route_reset(struct sw_route *r, const struct sw_target *target);
/* Share it. */
struct sw_route *sw_route_ref(struct sw_route *r);
/* Give a reference back; the last one frees. NULL allowed. */
void sw_route_unref(struct sw_route *r);

/* Note how long an answer that led here is good for, at @p now_us; what it comes to in microseconds
 * since then is the result. TTL 0 and stale answers make the route good for one use. */
uint64_t sw_route_expire(struct sw_route *r, const struct sw_answer *answer, uint64_t now_us);

/* The set of an owner name: the one there is, or a new open one. Out of memory: NULL. */
SW_MUST_USE struct sw_srv_set *sw_route_set(struct sw_route *r, struct sw_name owner);
/* The host of that name: the one there is, or a new one. Out of memory: NULL. */
SW_MUST_USE struct sw_route_host *sw_route_host(struct sw_route *r, struct sw_name name);

/**
 * Write the answer to an open set's question into it: RECORDS, NODATA or NXDOMAIN. A set that is
 * known stays as it is.
 * @param[out] is_cut  D9
 * @retval 0, SW_E_NOMEM (the set stays open)
 */
SW_MUST_USE int sw_route_fill_set(struct sw_route *r, struct sw_srv_set *set,
                                  const struct sw_answer *answer, uint64_t now_us, bool *is_cut);
/* As above for the addresses of a host. */
SW_MUST_USE int sw_route_fill_host(struct sw_route *r, const struct sw_policy *policy,
                                   struct sw_route_host *host, const struct sw_answer *answer,
                                   enum sw_host_family family, uint64_t now_us);

/* Make the service that uses TARGET itself, without SRV, over the transport of @p like and with
 * what NAPTR says about that one. All sets there are count as answers on the way to it.
 * @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_route_add_direct(struct sw_route *r, const struct sw_service *like,
                                    uint16_t port);

/* The addresses of the sets given (NULL: none) in the order they are tried, cut to
 * SW_ADDRESSES_MAX. stateless: S1, ties are broken by this seed; 0: as answered.
 * @retval NULL out of memory */
SW_MUST_USE struct sw_address_list *
sw_route_order(struct sw_arena *arena, const struct sw_policy *policy,
               const struct sw_address_set *const sets[SW_HOST_FAMILIES], uint64_t stateless);

static inline const struct sw_address *sw_route_address(const struct sw_route_host *host,
                                                        uint8_t ref)
{
    return &host->set[ref >> 7]->at[ref & 0x7f];
}

#endif

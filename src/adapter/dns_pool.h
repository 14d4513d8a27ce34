/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The libunbound contexts of one resolver (D12):
 *
 * - the main one, with the cache that lasts; replaced when resolv.conf changes;
 * - a retry context, made when something failed and never older than half a second when it is
 *   given out: libunbound remembers failures for 5 s, and that a server was silent for minutes,
 *   and neither can be switched off;
 * - those that were replaced, until the last question that was put to them has ended.
 */
#ifndef SW_ADAPTER_DNS_POOL_H
#define SW_ADAPTER_DNS_POOL_H

#include "adapter/dns_context.h"
#include "adapter/dns_servers.h"
#include "base/list.h"

struct ad_dns_member {
    struct sw_list link; /* the pool's */
    struct ub_ctx *ub;
    size_t use_count; /* questions it will call back about: the user counts */
    uint64_t made_us;
};

struct ad_dns_pool {
    struct ad_dns_setup setup;
    struct ad_dns_member *main, *retry; /* retry: NULL until it is needed */
    struct sw_list retired;
    size_t retired_count;
    struct ad_dns_watch watch;
    uint64_t looked_us;
};

/**
 * Make the main context.
 * @param setup  what it points at outlives the pool.
 * @param error  written on failure, never NULL.
 * @retval 0, and what ad_dns_context_new() says
 */
SW_MUST_USE int ad_dns_pool_init(struct ad_dns_pool *pool, const struct ad_dns_setup *setup,
                                 uint64_t now_us, struct ad_dns_error *error);
/* Frees all contexts; questions under way are called back as failed. */
void ad_dns_pool_fini(struct ad_dns_pool *pool);

/* Look for a change of resolv.conf, at most once a second. True when the main context has been
 * replaced: nobody should join questions that were put to the old one. */
bool ad_dns_pool_look(struct ad_dns_pool *pool, uint64_t now_us);

/* The retry context; NULL when it cannot be made. */
struct ad_dns_member *ad_dns_pool_retry(struct ad_dns_pool *pool, uint64_t now_us);

/* Free replaced contexts that nobody uses. Not from one of libunbound's callbacks. */
void ad_dns_pool_reap(struct ad_dns_pool *pool);

#endif

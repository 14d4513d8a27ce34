/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One libunbound context, set up from a resolver's configuration: which servers, which zones,
 * what is validated, how much is cached. Every choice of an option of libunbound's is made here.
 */
#ifndef SW_ADAPTER_DNS_CONTEXT_H
#define SW_ADAPTER_DNS_CONTEXT_H

#include "adapter/dns_conf.h"
#include "base/err.h"

struct ad_zone;
struct sw_arena;
struct ub_ctx;

enum {
    /* The TTL of a stale answer: longer than libunbound lets a record live (a day), so that it is
     * known by it. */
    AD_DNS_STALE_MARK_S = 0x7fffffff,
    /* A refresh that takes longer counts as failed for now, where a stale answer is allowed. A
     * location takes three rounds of questions: three of these fit its usual deadline well. */
    AD_DNS_STALE_AFTER_MS = 500
};

struct ad_dns_setup {
    const struct ad_dns_conf *conf; /* from ad_dns_conf_copy() */
    struct ad_loop *loop;
    struct ad_zone *const *zones;
    size_t zone_count;
};

/* What a context is for: the lasting one has the cache and many sockets, one for trying again is
 * small. */
enum ad_dns_context_kind { AD_DNS_CONTEXT_LASTING, AD_DNS_CONTEXT_RETRY };

/**
 * Copy a configuration, with defaults in place of what is left out. The copy names no zone files:
 * they have been read.
 * @param arena  holds what *out points at.
 * @retval 0, SW_E_NOMEM
 */
SW_MUST_USE int ad_dns_conf_copy(struct ad_dns_conf *out, const struct ad_dns_conf *conf,
                                 struct sw_arena *arena);

/**
 * Make a context that is ready to be asked.
 *
 * Contexts are made and freed one at a time across threads: libunbound keeps settings, its parser
 * and its log in variables of the process.
 * @param[out] error  written on failure, never NULL.
 * @retval 0, SW_E_NOMEM, SW_E_FILE (trust anchors), SW_E_ZONE, SW_E_RESOLVER
 */
SW_MUST_USE int ad_dns_context_new(struct ub_ctx **out, const struct ad_dns_setup *setup,
                                   enum ad_dns_context_kind kind, struct ad_dns_error *error);

/* Questions under way get no answer. Not from one of libunbound's callbacks. */
void ad_dns_context_free(struct ub_ctx *ub);

#endif

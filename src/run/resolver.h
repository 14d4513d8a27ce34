/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A resolver and how many of a pump's questions it has under way; and how one knows that another
 * one is needed.
 *
 * Thread: made by any, on the loop of a worker, which may be running; used and freed by that
 * worker's.
 */
#ifndef SW_RUN_RESOLVER_H
#define SW_RUN_RESOLVER_H

#include "adapter/dns_conf.h"
#include "adapter/dns_resolver.h"
#include "base/list.h"

struct ad_loop;

struct sw_resolver {
    struct sw_list link; /* the pump's */
    struct ad_dns *dns;
    size_t ask_count; /* the pump counts */
};

/**
 * Set one up, of the kind that the configuration names.
 * @retval 0, SW_E_NOMEM, SW_E_FILE, SW_E_ZONE, SW_E_RESOLVER
 */
SW_MUST_USE int sw_resolver_new(struct sw_resolver **out, const struct ad_dns_conf *conf,
                                struct ad_loop *loop, struct ad_dns_error *error);
/* Its questions are dropped without an answer. NULL is allowed. */
void sw_resolver_free(struct sw_resolver *r);

/* A number that is another one when the configuration is, or the content of a file that is read
 * only once: zone files with those they include, and trust anchors. A file that cannot be read
 * counts as an empty one. */
uint64_t sw_resolver_print(const struct ad_dns_conf *conf);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many requests one source may send (section 5 of the rules): a token bucket for each IPv4
 * address and each /64 of IPv6, and a smaller one beside it for what is said to who has none left.
 *
 *     bucket of requests: `rate` tokens a second, at most `burst` of them   -> served
 *     empty, bucket of refusals: a tenth of both                            -> 503, Retry-After
 *     empty too                                                             -> silence
 *
 * So a source that sends without end gets one answer for ten of its lawful requests, and whoever
 * forges a source makes us send it no more than that. A source's buckets are full when it is first
 * seen, or when it was forgotten for others that were seen since.
 *
 * Owns: an entry for each source, at most as many as allowed. Thread: one at a time.
 */
#ifndef SW_PROXY_QUOTA_H
#define SW_PROXY_QUOTA_H

#include "base/hmap.h"
#include "base/list.h"
#include "base/netaddr.h"

enum px_quota_verdict { PX_QUOTA_SERVE, PX_QUOTA_REFUSE, PX_QUOTA_IGNORE };

struct px_quota_rate {
    uint32_t per_s; /* requests a second; 0: no limit */
    uint32_t burst; /* requests at once */
};

struct px_quotas {
    const struct sw_alloc *alloc; /* borrowed */
    uint64_t seed;                /* secret: sources are strangers' to choose */
    size_t source_max;
    struct sw_hmap map;
    struct sw_list lru; /* most recently seen first */
};

/** @retval 0, SW_E_NOMEM. source_max: entries; who was not seen for longest leaves first. */
SW_MUST_USE int px_quotas_init(struct px_quotas *q, const struct sw_alloc *alloc, size_t source_max,
                               uint64_t seed);
/* A cleared one is allowed. */
void px_quotas_fini(struct px_quotas *q);
/* A request came from there: take a token, or say what it gets instead. Without memory for a new
 * entry it is served. now_us never runs backwards. */
enum px_quota_verdict px_quotas_take(struct px_quotas *q, const struct px_quota_rate *rate,
                                     const struct sw_netaddr *source, uint64_t now_us);

#endif

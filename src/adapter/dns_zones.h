/* SPDX-License-Identifier: BSD-2-Clause */
/* The zone files of one resolver, found by name. */
#ifndef SW_ADAPTER_DNS_ZONES_H
#define SW_ADAPTER_DNS_ZONES_H

#include "adapter/dns_zonefile.h"
#include "base/hmap.h"

struct ad_dns_zones {
    struct ad_zone **zones;
    struct ad_dns_zone_link *links; /* one a zone */
    size_t count;
    struct sw_hmap by_origin;
};

/**
 * Read zone files. Two files with the same origin are an error.
 * @param error  written on failure, never NULL.
 * @retval 0, and what ad_zone_read() says; ad_dns_zones_fini() is due only after 0.
 */
SW_MUST_USE int ad_dns_zones_init(struct ad_dns_zones *z, const char *const *paths, size_t count,
                                  struct ad_dns_error *error);
void ad_dns_zones_fini(struct ad_dns_zones *z);

/* Whether the nearest zone above a name knows about it itself: it is not delegated away. */
bool ad_dns_zones_have(const struct ad_dns_zones *z, struct sw_name name);

#endif

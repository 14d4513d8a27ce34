/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A zone file (RFC 1035 5, RFC 2308 4, RFC 3597 5), read and checked before libunbound sees it:
 * libunbound tells what is wrong with one in its log only, and needs a SOA record, which small
 * files for trying things out leave away.
 *
 * Out of a file comes a text for libunbound: a record a line, each with its absolute owner, TTL and
 * class, nothing left to be understood in two ways.
 */
#ifndef SW_ADAPTER_DNS_ZONEFILE_H
#define SW_ADAPTER_DNS_ZONEFILE_H

#include "adapter/dns_conf.h"
#include "base/err.h"
#include "dns/name.h"

struct ad_zone;

enum {
    AD_ZONE_TTL_S = 3600,        /* of records without any TTL in sight */
    AD_ZONE_NEGATIVE_TTL_S = 60, /* of a zone without SOA */
    /* A longer one is cut: the longest that a zone file may have marks stale answers. */
    AD_ZONE_TTL_MAX_S = 0x7ffffffe
};

/**
 * Read a zone file.
 *
 * The zone's origin is the owner of its SOA, or without one the first $ORIGIN; every record must
 * lie in it.
 * @param[out] error  written on failure, never NULL.
 * @retval 0, SW_E_NOMEM, SW_E_FILE (path: why), SW_E_ZONE (path:line: what)
 * @retval SW_E_SYSTEM  path: why; no fault of the file: out of descriptors. Try again later.
 *
 * Owns: the zone is the caller's, for ad_zone_free(). Thread: any.
 */
SW_MUST_USE int ad_zone_read(struct ad_zone **out, const char *path, struct ad_dns_error *error);
void ad_zone_free(struct ad_zone *z); /* NULL is allowed */

/* The zone's name; a view into the zone. */
struct sw_name ad_zone_origin(const struct ad_zone *z);

/* Whether the zone itself knows about n: it lies in it, and not at or below a delegation. */
bool ad_zone_has(const struct ad_zone *z, struct sw_name n);

/* It has keys at its apex, so its answers can be validated. */
bool ad_zone_is_signed(const struct ad_zone *z);

/* The text for libunbound. */
struct sw_slice ad_zone_text(const struct ad_zone *z);

/* Where line number `line` (from 1) of the text comes from: "path:line". A cut one overflows b. */
void ad_zone_write_source(const struct ad_zone *z, unsigned line, struct sw_buf *b);

#endif

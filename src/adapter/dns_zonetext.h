/* SPDX-License-Identifier: BSD-2-Clause */
/* The text that libunbound reads for a zone, being written line by line, and where in the user's
 * files each line comes from. */
#ifndef SW_ADAPTER_DNS_ZONETEXT_H
#define SW_ADAPTER_DNS_ZONETEXT_H

#include "adapter/dns_zonelex.h"
#include "dns/name.h"

/* Where a line of the text comes from, and what the checks over the whole zone need of it. */
struct ad_zone_source {
    struct sw_name owner; /* len 0: the line is no record */
    const char *path;
    unsigned line;
    uint16_t type;
};

/* {0} is an empty text. What owners and paths point at outlives it. */
struct ad_zonetext {
    char *text;
    size_t len, cap;
    struct ad_zone_source *sources; /* one a line */
    size_t source_count, source_cap;
    struct sw_name origin; /* the $ORIGIN that it has last */
};

/* Free the text and its sources. */
void ad_zonetext_fini(struct ad_zonetext *t);

/* Add a record with its data in wire form.
 * @retval 0, SW_E_NOMEM */
SW_MUST_USE int ad_zonetext_wire(struct ad_zonetext *t, const struct ad_zone_source *source,
                                 uint32_t ttl_s, struct sw_slice rdata);

/* Add a record whose data are the words of an entry from number `from` on; names among them are
 * relative to the origin (len 0: there is none).
 * @retval 0, SW_E_NOMEM */
SW_MUST_USE int ad_zonetext_words(struct ad_zonetext *t, const struct ad_zone_source *source,
                                  uint32_t ttl_s, const struct ad_zone_entry *entry, size_t from,
                                  struct sw_name origin);

#endif

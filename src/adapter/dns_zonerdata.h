/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Record types, names, times and rdata as a master file writes them. Types that location needs,
 * and the common ones beside them, are read field by field; of the others the words are passed on.
 */
#ifndef SW_ADAPTER_DNS_ZONERDATA_H
#define SW_ADAPTER_DNS_ZONERDATA_H

#include "adapter/dns_zonelex.h"
#include "dns/name.h"

enum { AD_ZONE_FIELDS_MAX = 7 };

struct ad_zone_type {
    const char *name;
    uint16_t number;
    /* A letter a field; NULL: the words are passed on. 4 6: address, n: name, h: 16 bits, w: 32
     * bits, t: a time, s: a text, S: all words that are left, at least one, each a text. */
    const char *form;
    const char *fields[AD_ZONE_FIELDS_MAX]; /* what each is called */
};

/* Names as in the table, in any case, or TYPEn. false: there is no such type. */
SW_MUST_USE bool ad_zone_type_find(struct sw_slice name, struct ad_zone_type *out);

/**
 * Read a name: absolute, relative to the origin, or "@".
 * @param origin  len 0: there is none yet.
 * @retval 0, SW_E_SYNTAX, SW_E_LIMIT (over 255 octets), SW_E_NOTFOUND (relative, and no origin)
 */
SW_MUST_USE int ad_zone_name(struct sw_slice text, struct sw_name origin, struct sw_name_room *room,
                             struct sw_name *out);
/* What is wrong with it, for a person. */
const char *ad_zone_name_error(int rc);

/* "300", "1h30m", "2w": seconds below 2^31. */
SW_MUST_USE bool ad_zone_time(struct sw_slice text, uint32_t *seconds);

/**
 * Read rdata into wire form.
 * @param from   index of its first word.
 * @param wire   room for 65 535 octets is enough for any.
 * @retval 1     it is in @p wire.
 * @retval 0     the type's words are to be passed on.
 * @retval SW_E_ZONE   with a message.
 */
SW_MUST_USE int ad_zone_rdata(struct ad_zonelex *lex, const struct ad_zone_entry *entry,
                              size_t from, const struct ad_zone_type *type, struct sw_name origin,
                              struct sw_buf *wire);

#endif

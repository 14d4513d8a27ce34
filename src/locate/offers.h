/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of domains that offered SIPS (H3; RFC 3263 7): by a NAPTR record with a SIPS service,
 * or by an SRV record of _sips. Who can forge or drop such records bids callers down to clear text;
 * a domain that is remembered here and offers no more gives that away.
 *
 *     plan: sw_offers_add(o, domain);             // it offers
 *     plan: if (sw_offers_has(o, domain)) ...     // it does not: did it before?
 *           sw_offers_alert(o, domain)            // true once, until it offers again
 *     owner: while (sw_offers_take_news(o, &name)) tell the others, or a file;
 *
 * Owns: its entries, so many and no more: the one that was met least recently leaves. Thread: one
 * at a time; every worker has its own.
 */
#ifndef SW_LOCATE_OFFERS_H
#define SW_LOCATE_OFFERS_H

#include "base/alloc.h"
#include "base/attr.h"
#include "dns/name.h"

enum { SW_OFFERS_DEFAULT = 16384 }; /* domains: 6 MiB at worst, 2 MiB in the usual case */

struct sw_offers;

/** @retval 0, SW_E_NOMEM. entry_max 0: the default. seed: secret. */
SW_MUST_USE int sw_offers_new(struct sw_offers **out, const struct sw_alloc *alloc,
                              size_t entry_max, uint64_t seed);
void sw_offers_free(struct sw_offers *o); /* NULL is allowed */

/* The domain offers SIPS: it is remembered, as the one met last. Without memory it is forgotten. */
void sw_offers_add(struct sw_offers *o, struct sw_name domain);
/* As above, by hearsay: it is no news. */
void sw_offers_hear(struct sw_offers *o, struct sw_name domain);
bool sw_offers_has(const struct sw_offers *o, struct sw_name domain);
/* It does not offer any more. True when this is the first time that somebody finds it out. */
bool sw_offers_alert(struct sw_offers *o, struct sw_name domain);

/* The next domain that was added and that nobody has been told of.
 * @retval false  there is none.  *out is valid until the next call that changes the memory. */
SW_MUST_USE bool sw_offers_take_news(struct sw_offers *o, struct sw_name *out);
size_t sw_offers_count(const struct sw_offers *o);
/* All of them, the one met least recently first. fn must not change the memory. */
void sw_offers_each(const struct sw_offers *o, void (*fn)(void *arg, struct sw_name domain),
                    void *arg);

#endif

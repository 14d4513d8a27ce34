/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of one target: which may be used (A5, H4) and in which order (A2: RFC 6724 6, then
 * the families by turns as in RFC 8305 4). */
#ifndef SW_LOCATE_ADDR_H
#define SW_LOCATE_ADDR_H

#include "locate/policy.h"
#include "locate/trace.h"

enum { SW_ADDRESS_ORDER_MAX = 2 * SW_ADDRESSES_MAX }; /* both families, each cut already */

/**
 * Say whether an answer's address may be a candidate.
 * @param is_local  the answer came from a zone file given to us.
 * @retval SW_NOTE_OK, SW_NOTE_ADDRESS_UNUSABLE, SW_NOTE_ADDRESS_DENIED
 */
enum sw_note sw_address_judge(const struct sw_policy *policy, const struct sw_netaddr *addr,
                              bool is_local);

/* How early an address comes in its target's order: the smaller, the earlier (RFC 6724 6). */
uint64_t sw_address_rank(const struct sw_policy *policy, const struct sw_netaddr *to);

/* False when sources are known and none is of its family (A2). */
bool sw_address_is_reachable(const struct sw_policy *policy, const struct sw_netaddr *to);

/* True when no IPv4 address could come before this IPv6 one in the order of their target. */
bool sw_address_beats_ipv4(const struct sw_policy *policy, const struct sw_netaddr *addr);

/**
 * Put addresses of one target in the order they are tried.
 * @param addrs     count pointers, at most SW_ADDRESS_ORDER_MAX; equal ones stay as they are given.
 * @param[out] order  count indices into addrs.
 * @retval how many, from the front, can be reached at all; the others have no source address.
 */
size_t sw_address_order(const struct sw_policy *policy, const struct sw_netaddr *const *addrs,
                        size_t count, uint8_t *order);

/* A number that differs between most addresses: equal addresses have equal ones. */
uint32_t sw_address_mark(const struct sw_netaddr *addr);

#endif

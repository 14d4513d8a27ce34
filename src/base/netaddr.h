/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP addresses, endpoints and networks as values. Text forms are strict: dotted quad without
 * leading zeros, RFC 4291 text for IPv6 (read any valid form, write RFC 5952).
 */
#ifndef SW_BASE_NETADDR_H
#define SW_BASE_NETADDR_H

#include "base/attr.h"
#include "base/buf.h"

struct sw_netaddr {
    uint8_t family;    /* 4, 6, or 0: none */
    uint8_t bytes[16]; /* network order; IPv4 uses the first 4, the rest are 0 */
};

struct sw_endpoint {
    struct sw_netaddr addr;
    uint16_t port;
};

struct sw_network {
    struct sw_netaddr addr;
    uint8_t prefix_len; /* bits */
};

/* Read a whole slice as an IPv4 address; leading zeros, fewer parts and 0x are refused. */
SW_MUST_USE bool sw_netaddr_parse4(struct sw_slice s, struct sw_netaddr *out);
/* Read a whole slice as an IPv6 address without brackets; a zone index (%eth0) is refused. */
SW_MUST_USE bool sw_netaddr_parse6(struct sw_slice s, struct sw_netaddr *out);
/* Either. */
SW_MUST_USE bool sw_netaddr_parse(struct sw_slice s, struct sw_netaddr *out);
void sw_netaddr_write(struct sw_buf *b, const struct sw_netaddr *a);
/* IPv6 in brackets, as in a URI. */
void sw_netaddr_write_uri(struct sw_buf *b, const struct sw_netaddr *a);
/* "192.0.2.1:5060", "[2001:db8::1]:5060". */
void sw_endpoint_write(struct sw_buf *b, const struct sw_endpoint *e);

/* The same family and address (and port). */
bool sw_netaddr_eq(const struct sw_netaddr *a, const struct sw_netaddr *b);
bool sw_endpoint_eq(const struct sw_endpoint *a, const struct sw_endpoint *b);
/* As memcmp over (family, bytes). */
int sw_netaddr_cmp(const struct sw_netaddr *a, const struct sw_netaddr *b);
uint64_t sw_endpoint_hash(const struct sw_endpoint *e, uint64_t seed);

/* 127.0.0.0/8 and ::1; 169.254.0.0/16 and fe80::/10. Of IPv4-mapped IPv6: neither. */
bool sw_netaddr_is_loopback(const struct sw_netaddr *a);
bool sw_netaddr_is_linklocal(const struct sw_netaddr *a);
/* None, 0.0.0.0/8 and :: (RFC 6890: not a destination), multicast, limited broadcast, IPv4-mapped
 * IPv6: never a place to send to (locating rule A5). */
bool sw_netaddr_is_unusable(const struct sw_netaddr *a);

/* "192.0.2.0/24", "2001:db8::/32", or an address alone; bits after the prefix must be zero. */
SW_MUST_USE bool sw_network_parse(struct sw_slice s, struct sw_network *out);
bool sw_network_has(const struct sw_network *n, const struct sw_netaddr *a);

#endif

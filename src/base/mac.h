/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A keyed hash that strangers may see and still cannot forge or invert: SipHash-2-4 (Aumasson and
 * Bernstein, 2012). For tags, tokens and whatever else leaves this program and must be recognised
 * when it comes back. sw_hash() is faster and only for tables: who sees its results finds its seed.
 *
 *     struct sw_mac mac;
 *     sw_mac_init(&mac, key);
 *     sw_mac_add(&mac, call_id);
 *     sw_mac_add(&mac, from_tag);
 *     uint64_t token = sw_mac_end(&mac);
 */
#ifndef SW_BASE_MAC_H
#define SW_BASE_MAC_H

#include "base/slice.h"

enum { SW_MAC_KEY_LEN = 16 };

struct sw_mac {
    uint64_t v[4];
    uint64_t word;    /* octets not yet mixed in, the first one lowest */
    uint8_t word_len; /* 0 to 7 */
    uint8_t total_len;
};

/* Begin under a secret key. */
void sw_mac_init(struct sw_mac *m, const uint8_t key[SW_MAC_KEY_LEN]);
/* Octets, without their length. */
void sw_mac_bytes(struct sw_mac *m, const void *bytes, size_t len);
/* A field: its length, then its octets, so that "ab","c" and "a","bc" differ. */
void sw_mac_add(struct sw_mac *m, struct sw_slice field);
/* A number: its 8 octets, the lowest first. */
void sw_mac_u64(struct sw_mac *m, uint64_t value);
/* The result; only sw_mac_init() may follow. */
uint64_t sw_mac_end(struct sw_mac *m);

#endif

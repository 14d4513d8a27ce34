/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mac.h"

#include "base/attr.h"

#include <endian.h>

SW_INLINE uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

/* The state is in registers while octets are mixed in: nothing here is worth a call. */
SW_INLINE void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

SW_INLINE void add_word(struct sw_mac *m, uint64_t word)
{
    m->v[3] ^= word;
    mix(m->v);
    mix(m->v);
    m->v[0] ^= word;
}

/* Eight octets behind those that wait: as many wait then. */
SW_INLINE void add_eight(struct sw_mac *m, uint64_t octets)
{
    unsigned bits = 8u * m->word_len;
    add_word(m, m->word | octets << bits);
    m->word = bits == 0 ? 0 : octets >> (64 - bits);
}

/* Up to seven, the first one lowest. */
SW_INLINE void add_few(struct sw_mac *m, uint64_t octets, unsigned count)
{
    unsigned bits = 8u * m->word_len;
    m->word |= octets << bits;
    m->word_len = (uint8_t)(m->word_len + count);
    if (m->word_len < 8)
        return;
    add_word(m, m->word);
    m->word = bits == 0 ? 0 : octets >> (64 - bits);
    m->word_len = (uint8_t)(m->word_len - 8);
}

static uint64_t read_word(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return le64toh(word);
}

void sw_mac_init(struct sw_mac *m, const uint8_t key[SW_MAC_KEY_LEN])
{
    uint64_t k0 = read_word(key);
    uint64_t k1 = read_word(key + 8);
    *m = (struct sw_mac){.v = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
                               k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u}};
}

SW_INLINE void add_bytes(struct sw_mac *m, const uint8_t *p, size_t len)
{
    m->total_len = (uint8_t)(m->total_len + len);
    for (; len >= 8; len -= 8, p += 8)
        add_eight(m, read_word(p));
    uint64_t few = 0;
    for (unsigned i = 0; i < len; i++)
        few |= (uint64_t)p[i] << 8 * i;
    add_few(m, few, (unsigned)len);
}

SW_INLINE void add_number(struct sw_mac *m, uint64_t value)
{
    m->total_len = (uint8_t)(m->total_len + 8);
    add_eight(m, value);
}

void sw_mac_bytes(struct sw_mac *m, const void *bytes, size_t len)
{
    struct sw_mac mac = *m;
    add_bytes(&mac, bytes, len);
    *m = mac;
}

void sw_mac_u64(struct sw_mac *m, uint64_t value)
{
    add_number(m, value);
}

void sw_mac_add(struct sw_mac *m, struct sw_slice field)
{
    struct sw_mac mac = *m;
    add_number(&mac, field.len);
    add_bytes(&mac, (const uint8_t *)field.p, field.len);
    *m = mac;
}

uint64_t sw_mac_end(struct sw_mac *m)
{
    add_word(m, m->word | (uint64_t)m->total_len << 56);
    m->v[2] ^= 0xff;
    mix(m->v);
    mix(m->v);
    mix(m->v);
    mix(m->v);
    return m->v[0] ^ m->v[1] ^ m->v[2] ^ m->v[3];
}

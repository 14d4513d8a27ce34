/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mac.h"

#include <endian.h>

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(uint64_t v[4], unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
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
}

static void add_word(struct sw_mac *m, uint64_t word)
{
    m->v[3] ^= word;
    mix(m->v, 2);
    m->v[0] ^= word;
}

/* Eight octets behind those that wait: as many wait then. */
static void add_eight(struct sw_mac *m, uint64_t octets)
{
    unsigned bits = 8u * m->word_len;
    add_word(m, m->word | octets << bits);
    m->word = bits == 0 ? 0 : octets >> (64 - bits);
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

void sw_mac_bytes(struct sw_mac *m, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    m->total_len = (uint8_t)(m->total_len + len);
    for (; len >= 8; len -= 8, p += 8)
        add_eight(m, read_word(p));
    for (; len > 0; len--) {
        m->word |= (uint64_t)*p++ << (8 * m->word_len);
        if (++m->word_len < 8)
            continue;
        add_word(m, m->word);
        m->word = 0;
        m->word_len = 0;
    }
}

void sw_mac_u64(struct sw_mac *m, uint64_t value)
{
    m->total_len = (uint8_t)(m->total_len + 8);
    add_eight(m, value);
}

void sw_mac_add(struct sw_mac *m, struct sw_slice field)
{
    sw_mac_u64(m, field.len);
    sw_mac_bytes(m, field.p, field.len);
}

uint64_t sw_mac_end(struct sw_mac *m)
{
    add_word(m, m->word | (uint64_t)m->total_len << 56);
    m->v[2] ^= 0xff;
    mix(m->v, 4);
    return m->v[0] ^ m->v[1] ^ m->v[2] ^ m->v[3];
}

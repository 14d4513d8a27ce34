/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/rng.h"

#include "base/bug.h"

#include <string.h>

enum { CHACHA_ROUNDS = 8, CHACHA_BLOCK_LEN = 64 };

static uint32_t rotate_left(uint32_t v, unsigned bits)
{
    return (v << bits) | (v >> (32 - bits));
}

static void quarter_round(uint32_t s[16], int a, int b, int c, int d)
{
    s[a] += s[b];
    s[d] = rotate_left(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate_left(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotate_left(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate_left(s[b] ^ s[c], 7);
}

static void store_le32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

static uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The original ChaCha: 64-bit counter, 64-bit nonce, which is 0 here. */
static void write_keystream_block(const uint32_t key[8], uint64_t counter, uint8_t *out)
{
    uint32_t start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    memcpy(start + 4, key, 8 * sizeof key[0]);
    start[12] = (uint32_t)counter;
    start[13] = (uint32_t)(counter >> 32);

    uint32_t s[16];
    memcpy(s, start, sizeof s);
    for (int round = 0; round < CHACHA_ROUNDS; round += 2) {
        for (int i = 0; i < 4; i++)
            quarter_round(s, i, 4 + i, 8 + i, 12 + i);
        for (int i = 0; i < 4; i++)
            quarter_round(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (int i = 0; i < 16; i++)
        store_le32(out + 4 * i, s[i] + start[i]);
}

static void refill(struct sw_rng *r)
{
    for (size_t at = 0; at < sizeof r->block; at += CHACHA_BLOCK_LEN)
        write_keystream_block(r->key, r->counter++, r->block + at);
    r->at = 0;
}

void sw_rng_init(struct sw_rng *r, const uint8_t seed[32])
{
    for (size_t i = 0; i < 8; i++)
        r->key[i] = load_le32(seed + 4 * i);
    r->counter = 0;
    r->at = sizeof r->block;
}

void sw_rng_init_u64(struct sw_rng *r, uint64_t seed)
{
    struct sw_mix spread = {seed};
    uint8_t bytes[32];
    for (size_t i = 0; i < sizeof bytes; i += 8) {
        uint64_t v = sw_mix_u64(&spread);
        store_le32(bytes + i, (uint32_t)v);
        store_le32(bytes + i + 4, (uint32_t)(v >> 32));
    }
    sw_rng_init(r, bytes);
}

void sw_rng_bytes(struct sw_rng *r, void *out, size_t len)
{
    uint8_t *p = out;
    while (len > 0) {
        if (r->at == sizeof r->block)
            refill(r);
        size_t part = sizeof r->block - r->at;
        if (part > len)
            part = len;
        memcpy(p, r->block + r->at, part);
        /* What was given out must not be found in memory later. */
        memset(r->block + r->at, 0, part);
        r->at += part;
        p += part;
        len -= part;
    }
}

uint64_t sw_rng_u64(struct sw_rng *r)
{
    uint8_t bytes[8];
    sw_rng_bytes(r, bytes, sizeof bytes);
    return (uint64_t)load_le32(bytes) | (uint64_t)load_le32(bytes + 4) << 32;
}

/* The high half of a 64 by 64 bit product is nearly uniform; the few low halves that would make
 * some results more likely than others are drawn again. */
uint64_t sw_rng_below(struct sw_rng *r, uint64_t bound)
{
    SW_BUG_ON(bound == 0);
    uint64_t unfair = -bound % bound; /* 2^64 mod bound */
    for (;;) {
        unsigned __int128 product = (unsigned __int128)sw_rng_u64(r) * bound;
        if ((uint64_t)product >= unfair)
            return (uint64_t)(product >> 64);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chance. Two generators, both seeded by the caller, so that any history can be repeated:
 *
 * - sw_rng: ChaCha8 keystream; unguessable when seeded with 32 secret bytes. For branches, tags,
 *   hash seeds and anything a stranger sees.
 * - sw_mix: a small counter-based generator (splitmix64 steps) for weighted choices: 8 bytes of
 *   state, a few cycles a number. A draw is seeded from sw_rng or from a stateless key.
 */
#ifndef SW_BASE_RNG_H
#define SW_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct sw_rng {
    uint32_t key[8];
    uint64_t counter;
    uint8_t block[256];
    size_t at; /* next unused byte of block */
};

/* Same seed, same history. The seed is copied. */
void sw_rng_init(struct sw_rng *r, const uint8_t seed[32]);
/* For tests and --seed: spreads 64 bits over the key. */
void sw_rng_init_u64(struct sw_rng *r, uint64_t seed);
void sw_rng_bytes(struct sw_rng *r, void *out, size_t len);
uint64_t sw_rng_u64(struct sw_rng *r);
/* Uniform in [0, bound); bound > 0. */
uint64_t sw_rng_below(struct sw_rng *r, uint64_t bound);

struct sw_mix {
    uint64_t state;
};

static inline uint64_t sw_mix_u64(struct sw_mix *m)
{
    uint64_t z = (m->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform in [0, bound), bound > 0 and < 2^32; the bias is below 2^-32. */
static inline uint32_t sw_mix_below(struct sw_mix *m, uint32_t bound)
{
    return (uint32_t)(((sw_mix_u64(m) >> 32) * bound) >> 32);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/rng.h"
#include "support/check.h"

#include <math.h>

/* --- An independent ChaCha8, written the slow way: the state is a 4 by 4 square, a double round
 *     is its columns and then its diagonals. --- */

static uint32_t oracle_rotl(uint32_t v, int n)
{
    uint64_t wide = (uint64_t)v << n;
    return (uint32_t)(wide | wide >> 32);
}

static void oracle_block(const uint8_t key[32], uint64_t counter, uint8_t out[64])
{
    static const char sigma[] = "expand 32-byte k";
    uint8_t bytes[64] = {0};
    memcpy(bytes, sigma, 16);
    memcpy(bytes + 16, key, 32);
    for (int i = 0; i < 8; i++)
        bytes[48 + i] = (uint8_t)(counter >> (8 * i));
    uint32_t in[4][4], x[4][4];
    for (int i = 0; i < 64; i++) {
        uint32_t *word = &in[i / 16][i / 4 % 4];
        *word = (i % 4 == 0 ? 0 : *word) + ((uint32_t)bytes[i] << (8 * (i % 4)));
    }
    memcpy(x, in, sizeof x);
    for (int round = 0; round < 8; round++) {
        int slant = round % 2; /* 0: columns, 1: diagonals */
        for (int column = 0; column < 4; column++) {
            uint32_t *a = &x[0][column];
            uint32_t *b = &x[1][(column + slant) % 4];
            uint32_t *c = &x[2][(column + 2 * slant) % 4];
            uint32_t *d = &x[3][(column + 3 * slant) % 4];
            static const int turns[4] = {16, 12, 8, 7};
            for (int half = 0; half < 2; half++) {
                *a += *b;
                *d = oracle_rotl(*d ^ *a, turns[2 * half]);
                *c += *d;
                *b = oracle_rotl(*b ^ *c, turns[2 * half + 1]);
            }
        }
    }
    for (int i = 0; i < 64; i++) {
        uint32_t word = x[i / 16][i / 4 % 4] + in[i / 16][i / 4 % 4];
        out[i] = (uint8_t)(word >> (8 * (i % 4)));
    }
}

static void the_keystream_of_a_zero_key_is_the_published_one(void **state)
{
    (void)state;
    /* ChaCha8, 256-bit key of zeros, nonce 0: the first block of the published test vectors. */
    static const uint8_t want[64] = {
        0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6, 0x7f, 0x5b, 0xb8, 0xe8, 0x1f,
        0x09, 0xa5, 0xa1, 0x2c, 0x84, 0x0e, 0xc3, 0xce, 0x9a, 0x7f, 0x3b, 0x18, 0x1b,
        0xe1, 0x88, 0xef, 0x71, 0x1a, 0x1e, 0x98, 0x4c, 0xe1, 0x72, 0xb9, 0x21, 0x6f,
        0x41, 0x9f, 0x44, 0x53, 0x67, 0x45, 0x6d, 0x56, 0x19, 0x31, 0x4a, 0x42, 0xa3,
        0xda, 0x86, 0xb0, 0x01, 0x38, 0x7b, 0xfd, 0xb8, 0x0e, 0x0c, 0xfe, 0x42,
    };
    static const uint8_t key[32];
    struct sw_rng r;
    sw_rng_init(&r, key);
    uint8_t got[64];
    sw_rng_bytes(&r, got, sizeof got);
    assert_memory_equal(got, want, sizeof want);
}

static void the_keystream_agrees_with_the_oracle_however_it_is_read(void **state)
{
    (void)state;
    uint8_t key[32];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 37 + 11);
    static uint8_t want[64 * 40];
    for (uint64_t block = 0; block < 40; block++)
        oracle_block(key, block, want + 64 * block);
    for (size_t step = 1; step < 700; step += 23) {
        struct sw_rng r;
        sw_rng_init(&r, key);
        for (size_t at = 0; at + step <= sizeof want; at += step) {
            uint8_t got[700];
            sw_rng_bytes(&r, got, step);
            assert_memory_equal(got, want + at, step);
        }
    }
}

static void the_counter_has_64_bits(void **state)
{
    (void)state;
    static const uint8_t key[32] = {1};
    struct sw_rng r;
    sw_rng_init(&r, key);
    r.counter = 0xfffffffe;
    uint8_t got[256], want[64];
    sw_rng_bytes(&r, got, sizeof got);
    for (uint64_t i = 0; i < 4; i++) {
        oracle_block(key, 0xfffffffe + i, want);
        assert_memory_equal(got + 64 * i, want, sizeof want);
    }
}

static void numbers_are_little_endian(void **state)
{
    (void)state;
    struct sw_rng a, b;
    sw_rng_init_u64(&a, 5);
    sw_rng_init_u64(&b, 5);
    for (int i = 0; i < 100; i++) {
        uint8_t bytes[8];
        sw_rng_bytes(&a, bytes, sizeof bytes);
        uint64_t want = 0;
        for (size_t j = 8; j > 0; j--)
            want = want << 8 | bytes[j - 1];
        assert_true(sw_rng_u64(&b) == want);
    }
}

static void a_seed_fixes_the_history_and_another_changes_it(void **state)
{
    (void)state;
    struct sw_rng a, b, c;
    sw_rng_init_u64(&a, 1);
    sw_rng_init_u64(&b, 1);
    sw_rng_init_u64(&c, 2);
    for (int i = 0; i < 100; i++) {
        uint64_t v = sw_rng_u64(&a);
        assert_true(v == sw_rng_u64(&b));
        assert_true(v != sw_rng_u64(&c));
    }
}

static void a_number_as_seed_is_spread_by_splitmix64(void **state)
{
    (void)state;
    /* The first outputs for 1234567, see mix_is_splitmix64, as little-endian bytes. */
    static const uint64_t spread[4] = {6457827717110365317u, 3203168211198807973u,
                                       9817491932198370423u, 4593380528125082431u};
    uint8_t seed[32];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(spread[i / 8] >> (8 * (i % 8)));
    struct sw_rng a, b;
    sw_rng_init(&a, seed);
    sw_rng_init_u64(&b, 1234567);
    assert_memory_equal(a.key, b.key, sizeof a.key);
    assert_true(sw_rng_u64(&a) == sw_rng_u64(&b));
}

static void what_was_given_out_is_wiped(void **state)
{
    (void)state;
    struct sw_rng r;
    sw_rng_init_u64(&r, 1);
    uint8_t out[100];
    sw_rng_bytes(&r, out, sizeof out);
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(r.block[i], 0);
}

static void mix_is_splitmix64(void **state)
{
    (void)state;
    /* The first outputs for seed 1234567, as published with the algorithm. */
    static const uint64_t want[] = {6457827717110365317u, 3203168211198807973u,
                                    9817491932198370423u, 4593380528125082431u,
                                    16408922859458223821u};
    struct sw_mix m = {1234567};
    for (size_t i = 0; i < SW_ARRAY_LEN(want); i++)
        assert_true(sw_mix_u64(&m) == want[i]);
}

/* Chi-square of counts that should be equal, as a z-score (Wilson and Hilferty). */
static double z_of_even_counts(const uint32_t *counts, size_t cell_count, uint32_t draws)
{
    double expected = (double)draws / (double)cell_count;
    double chi = 0;
    for (size_t i = 0; i < cell_count; i++)
        chi += (counts[i] - expected) * (counts[i] - expected) / expected;
    double k = (double)cell_count - 1;
    return (cbrt(chi / k) - (1 - 2 / (9 * k))) / sqrt(2 / (9 * k));
}

/* p > 0.001 on both sides: too uneven is wrong, and so is too even. */
enum { DRAWS = 200000, CELLS_MAX = 1000 };
static const double z_max = 3.1;
static const uint32_t bounds[] = {2, 3, 5, 6, 7, 10, 64, 100, 255, 1000};

static void rng_below_is_uniform(void **state)
{
    (void)state;
    struct sw_rng r;
    sw_rng_init_u64(&r, 3);
    for (size_t i = 0; i < SW_ARRAY_LEN(bounds); i++) {
        uint32_t counts[CELLS_MAX] = {0};
        for (int draw = 0; draw < DRAWS; draw++) {
            uint64_t v = sw_rng_below(&r, bounds[i]);
            assert_true(v < bounds[i]);
            counts[v]++;
        }
        assert_true(fabs(z_of_even_counts(counts, bounds[i], DRAWS)) < z_max);
    }
}

static void mix_below_is_uniform(void **state)
{
    (void)state;
    struct sw_mix m = {4};
    for (size_t i = 0; i < SW_ARRAY_LEN(bounds); i++) {
        uint32_t counts[CELLS_MAX] = {0};
        for (int draw = 0; draw < DRAWS; draw++) {
            uint32_t v = sw_mix_below(&m, bounds[i]);
            assert_true(v < bounds[i]);
            counts[v]++;
        }
        assert_true(fabs(z_of_even_counts(counts, bounds[i], DRAWS)) < z_max);
    }
}

/* With a bound of 3/4 of 2^64 a plain modulus would give the lower half twice as often. */
static void rng_below_is_fair_for_huge_bounds(void **state)
{
    (void)state;
    const uint64_t third = (uint64_t)1 << 62;
    struct sw_rng r;
    sw_rng_init_u64(&r, 5);
    uint32_t counts[3] = {0};
    for (int draw = 0; draw < DRAWS; draw++)
        counts[sw_rng_below(&r, 3 * third) / third]++;
    assert_true(fabs(z_of_even_counts(counts, 3, DRAWS)) < z_max);
    for (int draw = 0; draw < 100; draw++)
        assert_int_equal(sw_rng_below(&r, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keystream_of_a_zero_key_is_the_published_one),
        cmocka_unit_test(the_keystream_agrees_with_the_oracle_however_it_is_read),
        cmocka_unit_test(the_counter_has_64_bits),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(a_seed_fixes_the_history_and_another_changes_it),
        cmocka_unit_test(a_number_as_seed_is_spread_by_splitmix64),
        cmocka_unit_test(what_was_given_out_is_wiped),
        cmocka_unit_test(mix_is_splitmix64),
        cmocka_unit_test(rng_below_is_uniform),
        cmocka_unit_test(mix_below_is_uniform),
        cmocka_unit_test(rng_below_is_fair_for_huge_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mac.h"
#include "support/check.h"

static const uint8_t key[SW_MAC_KEY_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static uint64_t mac_of(const uint8_t *bytes, size_t len, size_t piece_len)
{
    struct sw_mac m;
    sw_mac_init(&m, key);
    for (size_t at = 0; at < len; at += piece_len)
        sw_mac_bytes(&m, bytes + at, len - at < piece_len ? len - at : piece_len);
    return sw_mac_end(&m);
}

static void published_vectors_in_any_pieces(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint64_t want;
    } rows[] = {
        {0, 0x726fdb47dd0e0e31u},
        {1, 0x74f839c593dc67fdu},
        {8, 0x93f5f5799a932462u},
        {15, 0xa129ca6149be45e5u},
    };
    uint8_t bytes[16];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        for (size_t piece_len = 1; piece_len <= 16; piece_len++)
            assert_true(mac_of(bytes, rows[i].len, piece_len) == rows[i].want);
}

static void fields_cannot_be_shifted_into_one_another(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
    } rows[] = {{"ab", "c"}, {"a", "bc"}, {"", "abc"}, {"abc", ""}};
    uint64_t macs[SW_ARRAY_LEN(rows)];
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_mac m;
        sw_mac_init(&m, key);
        sw_mac_add(&m, sw_slice_str(rows[i].a));
        sw_mac_add(&m, sw_slice_str(rows[i].b));
        macs[i] = sw_mac_end(&m);
        for (size_t j = 0; j < i; j++)
            assert_true(macs[i] != macs[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_in_any_pieces),
        cmocka_unit_test(fields_cannot_be_shifted_into_one_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

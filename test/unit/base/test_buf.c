/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"
#include "support/check.h"

#include <inttypes.h>
#include <stdio.h>

static void pieces_follow_each_other(void **state)
{
    (void)state;
    char room[64];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_buf_str(&b, "port ");
    sw_buf_u64(&b, 5060);
    sw_buf_char(&b, ';');
    sw_buf_slice_add(&b, SW_LIT("x"));
    sw_buf_bytes(&b, "\0y", 2);
    sw_buf_hex(&b, 0xabc, 4);
    sw_buf_slice_add(&b, sw_slice(NULL, 0));
    assert_false(b.overflow);
    struct sw_slice got = sw_buf_slice(&b);
    assert_int_equal(got.len, sizeof "port 5060;x\0y0abc" - 1);
    assert_memory_equal(got.p, "port 5060;x\0y0abc", got.len);
}

static void numbers_are_decimal(void **state)
{
    (void)state;
    static const uint64_t rows[] = {0,         1, 9, 10, 99, 100, 65535, UINT32_MAX, UINT64_MAX - 1,
                                    UINT64_MAX};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char room[21], want[21];
        struct sw_buf b = sw_buf(room, sizeof room);
        sw_buf_u64(&b, rows[i]);
        snprintf(want, sizeof want, "%" PRIu64, rows[i]);
        assert_string_equal(sw_buf_cstr(&b), want);
        assert_false(b.overflow);
    }
}

static void hex_has_exactly_the_digits_asked_for(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        unsigned digits;
        const char *want;
    } rows[] = {
        {0, 1, "0"},
        {0xf, 1, "f"},
        {0x1f, 1, "f"},
        {0xab, 2, "ab"},
        {0xab, 4, "00ab"},
        {UINT64_MAX, 16, "ffffffffffffffff"},
        {1, 16, "0000000000000001"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char room[16];
        struct sw_buf b = sw_buf(room, sizeof room);
        sw_buf_hex(&b, rows[i].value, rows[i].digits);
        assert_slice_equal(sw_buf_slice(&b), rows[i].want);
    }
}

static void H6_strangers_text_is_escaped(void **state)
{
    (void)state;
    static const struct {
        struct sw_slice in;
        const char *want;
    } rows[] = {
        {SW_LIT(""), ""},
        {SW_LIT("plain text, 100%!~"), "plain text, 100%!~"},
        {SW_LIT("a\"b\\c"), "a\\034b\\092c"},
        {SW_LIT("\r\nVia: x"), "\\013\\010Via: x"},
        {SW_LIT("\x1b[2J"), "\\027[2J"},
        {SW_LIT("a\0b"), "a\\000b"},
        {SW_LIT("\x7f\x80\xc8\xff"), "\\127\\128\\200\\255"},
        {SW_LIT("caf\xc3\xa9"), "caf\\195\\169"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char room[64];
        struct sw_buf b = sw_buf(room, sizeof room);
        sw_buf_escaped(&b, rows[i].in);
        assert_slice_equal(sw_buf_slice(&b), rows[i].want);
    }
}

/* Whatever the room, what was written is whole pieces, and nothing is written behind the room. */
static void overflow_is_sticky_and_leaves_pieces_whole(void **state)
{
    (void)state;
    for (size_t cap = 0; cap <= 16; cap++) {
        char room[32];
        memset(room, '#', sizeof room);
        struct sw_buf b = sw_buf(room, cap);
        sw_buf_str(&b, "abc");
        sw_buf_u64(&b, 12345);
        sw_buf_char(&b, '.');
        sw_buf_hex(&b, 0xfeed, 4);
        size_t want = cap >= 13 ? 13 : cap >= 9 ? 9 : cap >= 8 ? 8 : cap >= 3 ? 3 : 0;
        assert_int_equal(b.len, want);
        assert_int_equal(b.overflow, cap < 13);
        assert_memory_equal(room, "abc12345.feed", want);
        for (size_t i = want; i < sizeof room; i++)
            assert_int_equal(room[i], '#');
    }
    char room[4];
    struct sw_buf b = sw_buf(room, 1);
    sw_buf_char(&b, 'a');
    assert_false(b.overflow);
    sw_buf_char(&b, 'b');
    assert_true(b.overflow);
    b = sw_buf(room, sizeof room);
    sw_buf_str(&b, "12345");
    sw_buf_char(&b, 'x'); /* would fit */
    sw_buf_str(&b, "");
    assert_int_equal(b.len, 0);
    assert_true(b.overflow);
}

static void an_escape_is_never_cut(void **state)
{
    (void)state;
    char room[6];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_buf_escaped(&b, SW_LIT("ab\n\n"));
    assert_slice_equal(sw_buf_slice(&b), "ab\\010");
    assert_true(b.overflow);
    b = sw_buf(room, 5);
    sw_buf_escaped(&b, SW_LIT("ab\nc"));
    assert_slice_equal(sw_buf_slice(&b), "ab");
    assert_true(b.overflow);
}

static void cstr_is_always_terminated(void **state)
{
    (void)state;
    char room[4];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_buf_str(&b, "abc");
    assert_string_equal(sw_buf_cstr(&b), "abc");
    assert_int_equal(b.len, 3);
    assert_false(b.overflow);
    sw_buf_char(&b, 'd');
    assert_string_equal(sw_buf_cstr(&b), "abc");
    assert_true(b.overflow);
    b = sw_buf(room, 1);
    assert_string_equal(sw_buf_cstr(&b), "");
    assert_false(b.overflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_follow_each_other),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(hex_has_exactly_the_digits_asked_for),
        cmocka_unit_test(H6_strangers_text_is_escaped),
        cmocka_unit_test(overflow_is_sticky_and_leaves_pieces_whole),
        cmocka_unit_test(an_escape_is_never_cut),
        cmocka_unit_test(cstr_is_always_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/slice.h"
#include "support/check.h"

static const struct sw_slice nothing = {NULL, 0};

static void equality_counts_bytes(void **state)
{
    (void)state;
    static const struct {
        struct sw_slice a, b;
        bool eq, ieq;
    } rows[] = {
        {SW_LIT("abc"), SW_LIT("abc"), true, true},
        {SW_LIT("abc"), SW_LIT("aBC"), false, true},
        {SW_LIT("abc"), SW_LIT("abcd"), false, false},
        {SW_LIT("abc"), SW_LIT("abd"), false, false},
        {SW_LIT(""), {NULL, 0}, true, true},
        {SW_LIT("a\0b"), SW_LIT("a\0c"), false, false},
        /* Neighbours of the letters, which differ by the case bit only. */
        {SW_LIT("@"), SW_LIT("`"), false, false},
        {SW_LIT("[\\]^"), SW_LIT("{|}~"), false, false},
        {SW_LIT("\xc4"), SW_LIT("\xe4"), false, false},
        {SW_LIT("AZ"), SW_LIT("az"), false, true},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        assert_int_equal(sw_slice_eq(rows[i].a, rows[i].b), rows[i].eq);
        assert_int_equal(sw_slice_eq(rows[i].b, rows[i].a), rows[i].eq);
        assert_int_equal(sw_slice_ieq(rows[i].a, rows[i].b), rows[i].ieq);
        assert_int_equal(sw_slice_ieq(rows[i].b, rows[i].a), rows[i].ieq);
    }
}

/* Of each length, since the short and the long are compared in pieces. */
static void case_is_only_that_of_letters(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 20; len++)
        for (size_t at = 0; at < len; at++)
            for (unsigned octet = 0; octet < 256; octet++) {
                char a[20], b[20];
                memset(a, 'x', sizeof a);
                memset(b, 'X', sizeof b);
                a[at] = (char)octet;
                b[at] = (char)(octet ^ 0x20);
                assert_int_equal(sw_slice_ieq(sw_slice(a, len), sw_slice(b, len)),
                                 sw_is_alpha(a[at]));
            }
}

static void order_is_by_bytes_then_length(void **state)
{
    (void)state;
    static const struct sw_slice sorted[] = {
        {NULL, 0},     SW_LIT("\0"), SW_LIT("A"), SW_LIT("a"),
        SW_LIT("a\0"), SW_LIT("ab"), SW_LIT("b"), SW_LIT("\xff"),
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(sorted); i++)
        for (size_t j = 0; j < SW_ARRAY_LEN(sorted); j++) {
            int order = sw_slice_cmp(sorted[i], sorted[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

static void find_gives_the_first(void **state)
{
    (void)state;
    assert_int_equal(sw_slice_find(SW_LIT("a;b;c"), ';'), 1);
    assert_int_equal(sw_slice_find(SW_LIT("abc"), ';'), SIZE_MAX);
    assert_int_equal(sw_slice_find(SW_LIT("abc"), '\0'), SIZE_MAX);
    assert_int_equal(sw_slice_find(nothing, 'a'), SIZE_MAX);
    assert_int_equal(sw_slice_find(sw_slice("ab;", 2), ';'), SIZE_MAX);
    assert_int_equal(sw_slice_find(SW_LIT("\xff"), '\xff'), 0);
}

static void sub_is_cut_to_length(void **state)
{
    (void)state;
    struct sw_slice s = SW_LIT("hello");
    assert_slice_equal(sw_slice_sub(s, 1, 3), "el");
    assert_slice_equal(sw_slice_sub(s, 0, 99), "hello");
    assert_slice_equal(sw_slice_sub(s, 0, SIZE_MAX), "hello");
    assert_slice_equal(sw_slice_sub(s, 4, 2), "");
    assert_slice_equal(sw_slice_sub(s, 7, 9), "");
    assert_slice_equal(sw_slice_sub(nothing, 0, 1), "");
    assert_slice_equal(sw_slice_sub(nothing, 3, 4), "");
}

static void trim_takes_blanks_at_both_ends_only(void **state)
{
    (void)state;
    assert_slice_equal(sw_slice_trim(SW_LIT(" \t\r\nx y\r\n \t")), "x y");
    assert_slice_equal(sw_slice_trim(SW_LIT("x")), "x");
    assert_slice_equal(sw_slice_trim(SW_LIT(" \r\n\t")), "");
    assert_slice_equal(sw_slice_trim(nothing), "");
    assert_slice_equal(sw_slice_trim(SW_LIT("\vx\f")), "\vx\f");
}

static void decimal_numbers_fill_the_slice(void **state)
{
    (void)state;
    static const struct {
        struct sw_slice in;
        uint64_t max;
        bool ok;
        uint64_t want;
    } rows[] = {
        {SW_LIT("0"), 0, true, 0},
        {SW_LIT("1"), 0, false, 0},
        {SW_LIT("5060"), 65535, true, 5060},
        {SW_LIT("65535"), 65535, true, 65535},
        {SW_LIT("65536"), 65535, false, 0},
        {SW_LIT("655350"), 65535, false, 0},
        {SW_LIT("007"), 7, true, 7},
        {SW_LIT("9"), 8, false, 0},
        {SW_LIT("18446744073709551615"), UINT64_MAX, true, UINT64_MAX},
        {SW_LIT("18446744073709551616"), UINT64_MAX, false, 0},
        {SW_LIT("99999999999999999999"), UINT64_MAX, false, 0},
        {SW_LIT("100000000000000000000000000000"), UINT64_MAX, false, 0},
        {SW_LIT(""), 9, false, 0},
        {{NULL, 0}, 9, false, 0},
        {SW_LIT("+1"), 9, false, 0},
        {SW_LIT("-1"), 9, false, 0},
        {SW_LIT(" 1"), 9, false, 0},
        {SW_LIT("1 "), 9, false, 0},
        {SW_LIT("1\0"), 9, false, 0},
        {SW_LIT("0x1"), 9, false, 0},
        {SW_LIT("1:"), 99, false, 0},
        {SW_LIT("/"), 99, false, 0},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        uint64_t got = 4711;
        assert_int_equal(sw_slice_u64(rows[i].in, rows[i].max, &got), rows[i].ok);
        assert_int_equal(got, rows[i].ok ? rows[i].want : 4711);
    }
}

static void characters_are_ascii(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        char c = (char)i;
        bool is_upper = i >= 65 && i <= 90;
        bool is_letter = is_upper || (i >= 97 && i <= 122);
        bool is_figure = i >= 48 && i <= 57;
        assert_int_equal(sw_lower(c), is_upper ? (char)(i + 32) : c);
        assert_int_equal(sw_is_alpha(c), is_letter);
        assert_int_equal(sw_is_digit(c), is_figure);
        assert_int_equal(sw_is_alnum(c), is_letter || is_figure);
        const char *hex = "0123456789abcdefABCDEF";
        const char *at = c == '\0' ? NULL : strchr(hex, c);
        int want = at == NULL ? -1 : (int)(at - hex) - (at - hex > 15 ? 6 : 0);
        assert_int_equal(sw_hex_value(c), want);
    }
}

static void slices_of_strings(void **state)
{
    (void)state;
    assert_int_equal(sw_slice_str(NULL).len, 0);
    assert_int_equal(sw_slice_str("ab").len, 2);
    assert_int_equal(SW_LIT("a\0b").len, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_counts_bytes),
        cmocka_unit_test(case_is_only_that_of_letters),
        cmocka_unit_test(order_is_by_bytes_then_length),
        cmocka_unit_test(find_gives_the_first),
        cmocka_unit_test(sub_is_cut_to_length),
        cmocka_unit_test(trim_takes_blanks_at_both_ends_only),
        cmocka_unit_test(decimal_numbers_fill_the_slice),
        cmocka_unit_test(characters_are_ascii),
        cmocka_unit_test(slices_of_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

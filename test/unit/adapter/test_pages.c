/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/pages.h"
#include "support/check.h"

static void any_length_is_given_and_taken_back(void **state)
{
    static const size_t sizes[] = {0,
                                   1,
                                   AD_PAGES_HUGE_LEN / 2 - 1,
                                   AD_PAGES_HUGE_LEN / 2,
                                   AD_PAGES_HUGE_LEN,
                                   AD_PAGES_HUGE_LEN + 1};
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(sizes); i++) {
        char *p = sw_zalloc(&ad_pages, sizes[i]);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t at = 0; at < sizes[i]; at += 4096)
            assert_int_equal(p[at], 0);
        sw_free(&ad_pages, p);
    }
    sw_free(&ad_pages, NULL);
}

static void a_large_piece_begins_where_a_huge_page_does(void **state)
{
    (void)state;
    char *p = sw_alloc(&ad_pages, AD_PAGES_HUGE_LEN - 100);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % AD_PAGES_HUGE_LEN, 0);
    sw_free(&ad_pages, p);
}

static void what_nobody_has_is_not_given(void **state)
{
    (void)state;
    assert_null(sw_alloc(&ad_pages, SIZE_MAX));
    assert_null(sw_alloc(&ad_pages, SIZE_MAX / 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_length_is_given_and_taken_back),
        cmocka_unit_test(a_large_piece_begins_where_a_huge_page_does),
        cmocka_unit_test(what_nobody_has_is_not_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

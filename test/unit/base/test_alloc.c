/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/test_alloc.h"
#include "base/alloc.h"
#include "support/check.h"

#include <stdlib.h>

static void null_means_the_c_library(void **state)
{
    (void)state;
    unsigned char *p = sw_zalloc(NULL, 64);
    assert_non_null(p);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(p[i], 0);
    sw_free(NULL, p);
    sw_free(NULL, NULL);
}

static void zero_bytes_are_not_out_of_memory(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    void *p = sw_alloc(&heap.alloc, 0);
    void *q = sw_zalloc_array(&heap.alloc, 0, 8);
    assert_non_null(p);
    assert_non_null(q);
    sw_free(&heap.alloc, p);
    sw_free(&heap.alloc, q);
    assert_int_equal(heap.live_count, 0);
}

static void the_given_allocator_is_used_and_cleared_means_cleared(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    unsigned char *raw = sw_alloc(&heap.alloc, 16);
    unsigned char *clear = sw_zalloc_array(&heap.alloc, 4, 4);
    assert_int_equal(heap.live_count, 2);
    assert_int_equal(raw[0], 0xa5);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(clear[i], 0);
    sw_free(&heap.alloc, raw);
    sw_free(&heap.alloc, clear);
    assert_int_equal(heap.live_count, 0);
}

static void failure_is_null(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, 0);
    heap.keep_failing = true;
    assert_null(sw_alloc(&heap.alloc, 1));
    assert_null(sw_zalloc(&heap.alloc, 1));
    assert_null(sw_zalloc_array(&heap.alloc, 1, 1));
    assert_int_equal(heap.request_count, 3);
}

static void a_product_that_overflows_is_never_asked_for(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    assert_null(sw_zalloc_array(&heap.alloc, SIZE_MAX / 2 + 1, 2));
    assert_int_equal(heap.request_count, 0);
}

static void sizes_are_checked(void **state)
{
    (void)state;
    static const struct {
        size_t a, b;
        bool product_fits, sum_fits;
        size_t product, sum;
    } rows[] = {
        {0, 0, true, true, 0, 0},
        {3, 4, true, true, 12, 7},
        {SIZE_MAX, 1, true, false, SIZE_MAX, 0},
        {SIZE_MAX, 0, true, true, 0, SIZE_MAX},
        {SIZE_MAX / 2, 2, true, true, SIZE_MAX - 1, SIZE_MAX / 2 + 2},
        {SIZE_MAX / 2 + 1, 2, false, true, 0, SIZE_MAX / 2 + 3},
        {SIZE_MAX, SIZE_MAX, false, false, 0, 0},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        size_t product = 42, sum = 42;
        assert_int_equal(sw_mul(rows[i].a, rows[i].b, &product), rows[i].product_fits);
        assert_int_equal(product, rows[i].product_fits ? rows[i].product : 42);
        assert_int_equal(sw_add(rows[i].a, rows[i].b, &sum), rows[i].sum_fits);
        assert_int_equal(sum, rows[i].sum_fits ? rows[i].sum : 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_means_the_c_library),
        cmocka_unit_test(zero_bytes_are_not_out_of_memory),
        cmocka_unit_test(the_given_allocator_is_used_and_cleared_means_cleared),
        cmocka_unit_test(failure_is_null),
        cmocka_unit_test(a_product_that_overflows_is_never_asked_for),
        cmocka_unit_test(sizes_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

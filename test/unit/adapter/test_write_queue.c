/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/write_queue.h"
#include "support/check.h"

static void octets_leave_in_the_order_they_came(void **state)
{
    struct ad_write_queue q = {0};

    (void)state;
    assert_true(ad_write_queue_is_empty(&q));
    assert_int_equal(ad_write_queue_add(&q, SW_LIT("abc"), 10), 0);
    assert_int_equal(ad_write_queue_add(&q, SW_LIT("defg"), 10), 0);
    ad_write_queue_take(&q, 2);
    assert_slice_equal(ad_write_queue_front(&q), "cdefg");
    assert_int_equal(ad_write_queue_add(&q, SW_LIT("hij"), 10), 0);
    assert_slice_equal(ad_write_queue_front(&q), "cdefghij");
    ad_write_queue_take(&q, 8);
    assert_true(ad_write_queue_is_empty(&q));
    ad_write_queue_fini(&q);
}

static void the_bound_counts_what_waits(void **state)
{
    struct ad_write_queue q = {0};

    (void)state;
    assert_int_equal(ad_write_queue_add(&q, SW_LIT("12345678901"), 10), SW_E_LIMIT);
    assert_int_equal(ad_write_queue_add(&q, SW_LIT("1234567890"), 10), 0);
    assert_int_equal(ad_write_queue_add(&q, SW_LIT("x"), 10), SW_E_LIMIT);
    assert_slice_equal(ad_write_queue_front(&q), "1234567890");
    ad_write_queue_take(&q, 1);
    assert_int_equal(ad_write_queue_add(&q, SW_LIT("x"), 10), 0);
    assert_slice_equal(ad_write_queue_front(&q), "234567890x");
    ad_write_queue_fini(&q);
}

/* Taken from the front and added at the back for long, its buffer stays small; grown large, it
 * keeps what it holds; run empty, a large buffer is given back. */
static void the_buffer_grows_with_what_waits_only(void **state)
{
    struct ad_write_queue q = {0};
    static char block[3000];

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        block[0] = (char)i;
        assert_int_equal(ad_write_queue_add(&q, sw_slice(block, sizeof block), 1 << 20), 0);
        assert_int_equal(*ad_write_queue_front(&q).p, (char)i);
        if (i % 2 == 0)
            ad_write_queue_take(&q, sizeof block);
        else
            ad_write_queue_clear(&q);
    }
    assert_true(q.cap <= 4096);
    for (unsigned i = 0; i < 100; i++) {
        block[0] = (char)i;
        assert_int_equal(ad_write_queue_add(&q, sw_slice(block, sizeof block), 1 << 20), 0);
    }
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(*ad_write_queue_front(&q).p, (char)i);
        ad_write_queue_take(&q, sizeof block);
    }
    assert_int_equal(q.cap, 0);
    ad_write_queue_fini(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octets_leave_in_the_order_they_came),
        cmocka_unit_test(the_bound_counts_what_waits),
        cmocka_unit_test(the_buffer_grows_with_what_waits_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

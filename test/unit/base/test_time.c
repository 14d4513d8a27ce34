/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/time.h"
#include "support/check.h"

static void sums_stop_at_never(void **state)
{
    (void)state;
    assert_int_equal(sw_after_us(1, 2), 3);
    assert_int_equal(sw_after_us(SW_NEVER, 0), SW_NEVER);
    assert_int_equal(sw_after_us(SW_NEVER, 5), SW_NEVER);
    assert_int_equal(sw_after_us(5, SW_NEVER), SW_NEVER);
    assert_int_equal(sw_after_us(SW_NEVER, SW_NEVER), SW_NEVER);
    assert_int_equal(sw_after_us(SW_NEVER - 5, 4), SW_NEVER - 1);
    assert_int_equal(sw_after_us(SW_NEVER - 5, 6), SW_NEVER);
}

static void units_are_microseconds(void **state)
{
    (void)state;
    assert_int_equal(SW_MS(500), 500000);
    assert_int_equal(SW_SECONDS(32), 32000000);
    assert_int_equal(SW_SECONDS(100000), 100000000000);
    assert_int_equal(sw_min_us(1, SW_NEVER), 1);
    assert_int_equal(sw_min_us(SW_NEVER, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_stop_at_never),
        cmocka_unit_test(units_are_microseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

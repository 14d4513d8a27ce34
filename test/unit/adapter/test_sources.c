/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine the test runs on may have any addresses; what holds on each is tested. */
#include "adapter/sources.h"

#include "support/check.h"

static void a2_loopback_is_a_source(void **state)
{
    (void)state;
    struct sw_netaddr found[AD_SOURCES_MAX];
    size_t count = 0;
    assert_int_equal(ad_sources_find(found, &count), 0);
    bool has_loopback = false;
    for (size_t i = 0; i < count; i++)
        has_loopback = has_loopback || sw_netaddr_is_loopback(&found[i]);
    assert_true(has_loopback);
}

static void a2_only_addresses_a_packet_can_leave_from(void **state)
{
    (void)state;
    struct sw_netaddr found[AD_SOURCES_MAX];
    size_t count = 0;
    assert_int_equal(ad_sources_find(found, &count), 0);
    assert_true(count <= AD_SOURCES_MAX);
    for (size_t i = 0; i < count; i++) {
        assert_true(found[i].family == 4 || found[i].family == 6);
        assert_false(sw_netaddr_is_linklocal(&found[i]));
        assert_false(sw_netaddr_is_unusable(&found[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a2_loopback_is_a_source),
        cmocka_unit_test(a2_only_addresses_a_packet_can_leave_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

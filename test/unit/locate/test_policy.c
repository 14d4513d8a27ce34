/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/policy.h"
#include "support/check.h"

static void I4_defaults(void **state)
{
    (void)state;
    struct sw_policy p;
    sw_policy_init(&p);
    assert_int_equal(p.transport_count, 3);
    assert_int_equal(p.transports[0], SW_UDP);
    assert_int_equal(p.transports[1], SW_TCP);
    assert_int_equal(p.transports[2], SW_TLS);
    assert_int_equal(p.family, SW_FAMILY_ANY);
    assert_int_equal(p.failover, SW_FAILOVER_RFC);
    assert_int_equal(p.draw, SW_DRAW_EVEN);
    assert_int_equal(p.deadline_us, 5000000);
    assert_int_equal(p.aaaa_wait_us, 50000);
    assert_false(p.allow_downgrade);
    assert_false(p.strict_identity);
    assert_false(p.sources_known);
    assert_int_equal(p.denied_count, 0);
}

static void I4_lists_of_transports(void **state)
{
    (void)state;
    struct sw_policy p;
    sw_policy_init(&p);
    assert_true(sw_policy_set_transports(&p, SW_LIT("wss, TCP ,tls-sctp")));
    assert_int_equal(p.transport_count, 3);
    assert_int_equal(sw_policy_rank(&p, SW_WSS), 0);
    assert_int_equal(sw_policy_rank(&p, SW_TCP), 1);
    assert_int_equal(sw_policy_rank(&p, SW_TLS_SCTP), 2);
    assert_int_equal(sw_policy_rank(&p, SW_UDP), SW_TRANSPORT_COUNT);
    assert_true(sw_policy_has(&p, SW_TCP));
    assert_false(sw_policy_has(&p, SW_TLS));
    assert_true(sw_policy_set_transports(&p, SW_LIT("udp,tcp,tls,sctp,tls-sctp,ws,wss")));
    assert_int_equal(p.transport_count, SW_TRANSPORT_COUNT);
}

static void I4_bad_lists_change_nothing(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",         ",",       "udp,",        ",udp",    "udp,,tcp",
        "udp,dtls", "udp;tcp", "udp,tcp,UDP", "tcp,tcp", "udp,tcp,tls,sctp,tls-sctp,ws,wss,udp"};
    struct sw_policy p;
    sw_policy_init(&p);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        assert_false(sw_policy_set_transports(&p, sw_slice_str(rows[i])));
        assert_int_equal(p.transport_count, 3);
        assert_int_equal(p.transports[0], SW_UDP);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(I4_defaults),
        cmocka_unit_test(I4_lists_of_transports),
        cmocka_unit_test(I4_bad_lists_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

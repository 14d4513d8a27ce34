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

/* A member that is left out of the comparison would let what was found under another policy count.
 */
static void I4_any_difference_makes_another_policy(void **state)
{
    (void)state;
    struct sw_network net[2] = {{{4, {192, 0, 2}}, 24}, {{4, {192, 0, 2}}, 25}};
    struct sw_netaddr source[2] = {{4, {192, 0, 2, 1}}, {4, {192, 0, 2, 2}}};
    struct sw_network same_net = net[0];
    struct sw_netaddr same_source = source[0];
    struct sw_policy base;
    sw_policy_init(&base);
    base.denied = base.allowed = &net[0];
    base.denied_count = base.allowed_count = 1;
    base.sources = &source[0];
    base.source_count = 1;
    struct sw_policy same = base;
    same.denied = same.allowed = &same_net;
    same.sources = &same_source;
    assert_true(sw_policy_eq(&base, &same));
#define ROW(change)                                                                                \
    do {                                                                                           \
        struct sw_policy p = same;                                                                 \
        p.change;                                                                                  \
        print_message("%s\n", #change);                                                            \
        assert_false(sw_policy_eq(&base, &p));                                                     \
        assert_false(sw_policy_eq(&p, &base));                                                     \
    } while (0)
    ROW(transports[1] = SW_SCTP);
    ROW(transport_count = 2);
    ROW(family = SW_FAMILY_PREFER_6);
    ROW(failover = SW_FAILOVER_ALL);
    ROW(draw = SW_DRAW_LITERAL);
    ROW(bid_down = SW_BID_DOWN_REJECT);
    ROW(allow_downgrade = true);
    ROW(strict_identity = true);
    ROW(deadline_us = 1);
    ROW(aaaa_wait_us = 1);
    ROW(denied = &net[1]);
    ROW(denied_count = 0);
    ROW(allowed = &net[1]);
    ROW(allowed_count = 0);
    ROW(allow_local_zones = true);
    ROW(sources = &source[1]);
    ROW(source_count = 0);
    ROW(sources_known = true);
#undef ROW
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(I4_defaults),
        cmocka_unit_test(I4_lists_of_transports),
        cmocka_unit_test(I4_bad_lists_change_nothing),
        cmocka_unit_test(I4_any_difference_makes_another_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

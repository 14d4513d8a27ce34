/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/options.h"

#include "support/check.h"

static struct sipward_options fresh(void)
{
    struct sipward_options o;
    sipward_options_init(&o);
    return o;
}

static void i4_defaults(void **state)
{
    (void)state;
    struct sipward_options o = fresh();
    struct sw_policy p;
    assert_int_equal(sw_options_policy(&o, &p, NULL), 0);
    assert_int_equal(p.transport_count, 3);
    assert_int_equal(p.transports[0], SW_UDP);
    assert_int_equal(p.transports[1], SW_TCP);
    assert_int_equal(p.transports[2], SW_TLS);
    assert_int_equal(p.family, SW_FAMILY_ANY);
    assert_int_equal(p.failover, SW_FAILOVER_RFC);
    assert_int_equal(p.draw, SW_DRAW_EVEN);
    assert_int_equal(p.deadline_us, SW_SECONDS(5));
    assert_int_equal(p.aaaa_wait_us, SW_MS(50));
    assert_false(p.allow_downgrade);
    assert_false(p.strict_identity);
    assert_int_equal(sw_options_question_us(&o), SW_SECONDS(2));
}

static void i4_every_field_reaches_the_policy(void **state)
{
    (void)state;
    struct sipward_options o = fresh();
    o.transports = "wss,tls-sctp";
    o.family = SIPWARD_FAMILY_PREFER_6;
    o.failover = SIPWARD_FAILOVER_ALL;
    o.draw = SIPWARD_DRAW_LITERAL;
    o.flags = SIPWARD_ALLOW_DOWNGRADE | SIPWARD_STRICT_IDENTITY;
    o.deadline_ms = 1;
    o.question_ms = 2;
    o.aaaa_wait_ms = 3;
    struct sw_policy p;
    assert_int_equal(sw_options_policy(&o, &p, NULL), 0);
    assert_int_equal(p.transport_count, 2);
    assert_int_equal(p.transports[0], SW_WSS);
    assert_int_equal(p.transports[1], SW_TLS_SCTP);
    assert_int_equal(p.family, SW_FAMILY_PREFER_6);
    assert_int_equal(p.failover, SW_FAILOVER_ALL);
    assert_int_equal(p.draw, SW_DRAW_LITERAL);
    assert_true(p.allow_downgrade);
    assert_true(p.strict_identity);
    assert_int_equal(p.deadline_us, SW_MS(1));
    assert_int_equal(sw_options_question_us(&o), SW_MS(2));
    assert_int_equal(p.aaaa_wait_us, SW_MS(3));
}

static void i4_enums(void **state)
{
    (void)state;
    static const struct {
        enum sipward_family family;
        enum sw_family want_family;
        enum sipward_failover failover;
        enum sw_failover want_failover;
    } rows[] = {
        {SIPWARD_FAMILY_4, SW_FAMILY_4, SIPWARD_FAILOVER_NONE, SW_FAILOVER_NONE},
        {SIPWARD_FAMILY_6, SW_FAMILY_6, SIPWARD_FAILOVER_RFC, SW_FAILOVER_RFC},
        {SIPWARD_FAMILY_PREFER_4, SW_FAMILY_PREFER_4, SIPWARD_FAILOVER_ALL, SW_FAILOVER_ALL},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sipward_options o = fresh();
        o.family = rows[i].family;
        o.failover = rows[i].failover;
        struct sw_policy p;
        assert_int_equal(sw_options_policy(&o, &p, NULL), 0);
        assert_int_equal(p.family, rows[i].want_family);
        assert_int_equal(p.failover, rows[i].want_failover);
    }
}

static void a_value_out_of_range_is_named(void **state)
{
    (void)state;
    struct sipward_error error;
    struct sw_policy p;
    struct sipward_options o = fresh();
    o.transports = "udp,quic";
    assert_int_equal(sw_options_policy(&o, &p, &error), SW_E_INVAL);
    assert_string_equal(error.text,
                        "transports: \"udp,quic\" is not a list of udp, tcp, tls, sctp, "
                        "tls-sctp, ws, wss, each at most once");
    assert_int_equal(error.code, SIPWARD_E_INVAL);
    o = fresh();
    o.family = (enum sipward_family)99;
    assert_int_equal(sw_options_policy(&o, &p, &error), SW_E_INVAL);
    assert_string_equal(error.text, "family: no such value");
    o = fresh();
    o.failover = (enum sipward_failover)99;
    assert_int_equal(sw_options_policy(&o, &p, &error), SW_E_INVAL);
    assert_string_equal(error.text, "failover: no such value");
    o = fresh();
    o.draw = (enum sipward_draw)99;
    assert_int_equal(sw_options_policy(&o, &p, &error), SW_E_INVAL);
    assert_string_equal(error.text, "draw: no such value");
    o = fresh();
    o.flags = 1u << 30;
    assert_int_equal(sw_options_policy(&o, &p, &error), SW_E_INVAL);
    assert_string_equal(error.text, "flags: no such flag");
}

static void servers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"192.0.2.53", "192.0.2.53:0"},
        {"192.0.2.53@5353", "192.0.2.53:5353"},
        {"2001:db8::53", "[2001:db8::53]:0"},
        {"::1@53", "[::1]:53"},
        {"192.0.2.53@", NULL},
        {"192.0.2.53@0", NULL},
        {"192.0.2.53@65536", NULL},
        {"192.0.2.53@53@53", NULL},
        {"192.0.2.53:53", NULL},
        {"ns.example.com", NULL},
        {"[::1]@53", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_endpoint e;
        struct sipward_error error;
        int rc = sw_options_servers(&rows[i].text, 1, &e, &error);
        assert_int_equal(rc, rows[i].want == NULL ? SW_E_INVAL : 0);
        if (rows[i].want == NULL) {
            assert_memory_equal(error.text, "servers: ", 9);
            continue;
        }
        char room[64];
        struct sw_buf b = sw_buf(room, sizeof room);
        sw_endpoint_write(&b, &e);
        assert_string_equal(sw_buf_cstr(&b), rows[i].want);
    }
}

static void h4_networks_and_a2_addresses(void **state)
{
    (void)state;
    static const char *const networks[] = {"192.0.2.0/24", "2001:db8::/32"};
    static const char *const no_network[] = {"192.0.2.1/24"};
    static const char *const addresses[] = {"192.0.2.1", "::1"};
    struct sw_network n[2];
    struct sw_netaddr a[2];
    struct sipward_error error;
    assert_int_equal(sw_options_networks(networks, 2, "denied", n, NULL), 0);
    assert_int_equal(n[0].prefix_len, 24);
    assert_int_equal(n[1].prefix_len, 32);
    assert_int_equal(sw_options_networks(no_network, 1, "denied", n, &error), SW_E_INVAL);
    assert_string_equal(error.text,
                        "denied: \"192.0.2.1/24\" is not a network such as 192.0.2.0/24 "
                        "or 2001:db8::/32");
    assert_int_equal(sw_options_addresses(addresses, 2, "local_addresses", a, NULL), 0);
    assert_int_equal(a[0].family, 4);
    assert_int_equal(a[1].family, 6);
    assert_int_equal(sw_options_addresses(networks, 1, "local_addresses", a, &error), SW_E_INVAL);
}

static void resolver(void **state)
{
    (void)state;
    static const char *const zones[] = {"a.zone"};
    struct sipward_options o = fresh();
    struct ad_dns_conf c;
    assert_int_equal(sw_options_dns(&o, &c, NULL), 0);
    assert_int_equal(c.source, AD_DNS_SYSTEM);
    assert_true(c.dnssec);
    assert_int_equal(c.stale_max_s, 0);
    o.source = SIPWARD_SOURCE_ZONES;
    o.zone_files = zones;
    o.zone_file_count = 1;
    o.flags = SIPWARD_NO_DNSSEC;
    o.trust_anchor_file = "anchor";
    o.resolv_conf = "resolv";
    o.stale_max_s = 60;
    o.record_cache_len = 1000;
    o.inflight_max = 2000;
    assert_int_equal(sw_options_dns(&o, &c, NULL), 0);
    assert_int_equal(c.source, AD_DNS_ZONES);
    assert_int_equal(c.zone_file_count, 1);
    assert_false(c.dnssec);
    assert_string_equal(c.trust_anchor_file, "anchor");
    assert_string_equal(c.resolv_conf, "resolv");
    assert_int_equal(c.stale_max_s, 60);
    assert_int_equal(c.cache_len, 1000);
    assert_int_equal(c.inflight_max, 2000);
}

static void a_source_without_its_list_is_refused(void **state)
{
    (void)state;
    struct sipward_options o = fresh();
    struct ad_dns_conf c;
    struct sipward_error error;
    o.source = SIPWARD_SOURCE_SERVERS;
    assert_int_equal(sw_options_dns(&o, &c, &error), SW_E_INVAL);
    assert_string_equal(error.text, "servers: none is given");
    o.source = SIPWARD_SOURCE_ZONES;
    assert_int_equal(sw_options_dns(&o, &c, &error), SW_E_INVAL);
    assert_string_equal(error.text, "zone_files: none is given");
    o.source = (enum sipward_source)99;
    assert_int_equal(sw_options_dns(&o, &c, &error), SW_E_INVAL);
    assert_string_equal(error.text, "source: no such value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(i4_defaults), cmocka_unit_test(i4_every_field_reaches_the_policy),
        cmocka_unit_test(i4_enums),    cmocka_unit_test(a_value_out_of_range_is_named),
        cmocka_unit_test(servers),     cmocka_unit_test(h4_networks_and_a2_addresses),
        cmocka_unit_test(resolver),    cmocka_unit_test(a_source_without_its_list_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/netaddr.h"
#include "base/rng.h"
#include "support/check.h"

#include <arpa/inet.h>
#include <stdlib.h>

/* Reads a copy that ends where the text does, so that a sanitizer sees a read behind it. */
static bool parses(bool (*parse)(struct sw_slice, struct sw_netaddr *), const char *text,
                   struct sw_netaddr *out)
{
    size_t len = strlen(text);
    char *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, text, len);
    bool ok = parse(sw_slice(copy, len), out);
    free(copy);
    return ok;
}

static struct sw_netaddr addr(const char *text)
{
    struct sw_netaddr a;
    if (!sw_netaddr_parse(sw_slice_str(text), &a))
        fail_msg("not an address: %s", text);
    return a;
}

static const char *text_of(const struct sw_netaddr *a)
{
    static char room[64];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_netaddr_write(&b, a);
    return sw_buf_cstr(&b);
}

static void I6_ipv4_is_a_strict_dotted_quad(void **state)
{
    (void)state;
    static const char *const good[] = {"0.0.0.0", "192.0.2.1", "255.255.255.255", "1.20.255.0"};
    static const char *const bad[] = {
        "",           "1",         "1.2.3",     "1.2.3.4.5", "1.2.3.4.", ".1.2.3.4",
        "1..2.3",     "256.1.1.1", "1.1.1.256", "01.2.3.4",  "1.2.3.00", "0x7f.0.0.1",
        "127.1",      "1.2.3.4 ",  " 1.2.3.4",  "1.2.3.a",   "1.2.3.-4", "2130706433",
        "1.2.3.1000", "1.2.3.4/8", "1.2.3,4",   "...",
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(good); i++) {
        struct sw_netaddr a;
        uint8_t want[16] = {0};
        assert_true(parses(sw_netaddr_parse4, good[i], &a));
        assert_int_equal(inet_pton(AF_INET, good[i], want), 1);
        assert_int_equal(a.family, 4);
        assert_memory_equal(a.bytes, want, 16);
        assert_string_equal(text_of(&a), good[i]);
    }
    for (size_t i = 0; i < SW_ARRAY_LEN(bad); i++) {
        struct sw_netaddr a = {.family = 99};
        assert_false(parses(sw_netaddr_parse4, bad[i], &a));
        assert_false(parses(sw_netaddr_parse, bad[i], &a));
        assert_int_equal(a.family, 99);
    }
}

static void ipv6_texts_are_read_as_inet_pton_does(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "::",
        "::1",
        "1::",
        "2001:db8::1",
        "2001:DB8::a:B",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1::3:4:5:6:7:8",
        "::ffff:192.0.2.1",
        "::192.0.2.1",
        "1:2:3:4:5:6:192.0.2.1",
        "64:ff9b::192.0.2.33",
        "0:0:0:0:0:0:0:0",
        "fe80::0001",
        "1:2:3::1.2.3.4",
        "::1.2.3.4",
        /* wrong ones */
        "",
        ":",
        ":::",
        "1",
        "1:",
        ":1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8:",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1::2::3",
        "1:::2",
        "12345::",
        "g::",
        "::g",
        "fe80::1%eth0",
        "[::1]",
        "::1 ",
        " ::1",
        "::1/64",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4",
        "::1.2.3",
        "::1.2.3.4.5",
        "::01.2.3.4",
        "::1.2.3.256",
        "::1.2.3.4:5",
        "1.2.3.4::",
        ":1::2",
        "1::2:",
        "::00001",
        "0::0::0",
        "1:2:3:4::5:6:7:8",
        "1:2:3:4:5:6:7:8.1.1.1",
        "::-1",
        "::+1",
        "::1.2.3.4 ",
        ":1.2.3.4",
        "1:1.2.3.4",
        "::1:2:3:4:5:6:1.2.3.4",
    };
    size_t good_count = 0;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_netaddr a = {.family = 99};
        uint8_t want[16];
        bool ok = inet_pton(AF_INET6, rows[i], want) == 1;
        if (parses(sw_netaddr_parse6, rows[i], &a) != ok)
            fail_msg("\"%s\": inet_pton says %d", rows[i], ok);
        if (!ok) {
            assert_int_equal(a.family, 99);
            continue;
        }
        good_count++;
        assert_int_equal(a.family, 6);
        assert_memory_equal(a.bytes, want, 16);
    }
    assert_int_equal(good_count, 17);
}

/* Texts near the grammar: pieces of addresses in random order, and good texts with one change. */
static void ipv6_random_texts_are_read_as_inet_pton_does(void **state)
{
    (void)state;
    static const char *const pieces[] = {":",   "::",    ":",       ":", "0",   "1", "ffff",
                                         "Ab9", "12345", "1.2.3.4", ".", "1.2", "g", "%"};
    struct sw_rng rng;
    sw_rng_init_u64(&rng, 6);
    size_t good_count = 0;
    for (int round = 0; round < 300000; round++) {
        char text[128];
        struct sw_buf b = sw_buf(text, sizeof text);
        size_t piece_count = 1 + (size_t)sw_rng_below(&rng, 18);
        for (size_t i = 0; i < piece_count; i++) {
            /* A colon after each group half of the time, else hardly any text is good. */
            bool wants_colon = i % 2 == 1 && sw_rng_below(&rng, 8) != 0;
            size_t pick = (size_t)sw_rng_below(&rng, SW_ARRAY_LEN(pieces));
            bool wants_group = i % 2 == 0 && sw_rng_below(&rng, 8) != 0;
            sw_buf_str(&b, wants_colon ? ":" : wants_group ? "a0" : pieces[pick]);
        }
        uint8_t want[16];
        struct sw_netaddr a;
        bool ok = inet_pton(AF_INET6, sw_buf_cstr(&b), want) == 1;
        if (parses(sw_netaddr_parse6, text, &a) != ok)
            fail_msg("\"%s\": inet_pton says %d", text, ok);
        if (ok)
            assert_memory_equal(a.bytes, want, 16);
        good_count += ok;
    }
    assert_true(good_count > 5000);
}

static void rfc5952_texts(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"2001:0DB8::0001", "2001:db8::1"},               /* 4.1, 4.3 */
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},        /* 4.2.1 */
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* 4.2.2 */
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},          /* 4.2.3, longest */
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* 4.2.3, first */
        {"0:0:0:0:0:0:0:0", "::"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"1:0:0:0:0:0:0:0", "1::"},
        {"::ffff:c000:201", "::ffff:192.0.2.1"}, /* 5 */
        {"::c000:201", "::c000:201"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_netaddr a = addr(rows[i].in);
        assert_string_equal(text_of(&a), rows[i].want);
    }
}

/* inet_ntop() writes RFC 5952 too, but for ::a.b.c.d (outdated), which we write in hex. */
static void random_addresses_are_written_as_inet_ntop_does(void **state)
{
    (void)state;
    struct sw_rng rng;
    sw_rng_init_u64(&rng, 7);
    for (int round = 0; round < 100000; round++) {
        struct sw_netaddr a = {.family = 6};
        uint64_t zero_groups = sw_rng_u64(&rng);
        for (int i = 0; i < 8; i++) {
            uint64_t v = sw_rng_u64(&rng) >> (48 + 4 * sw_rng_below(&rng, 4));
            if ((zero_groups >> i & 1) == 0 || sw_rng_below(&rng, 2) == 0)
                v = 0;
            a.bytes[2 * i] = (uint8_t)(v >> 8);
            a.bytes[2 * i + 1] = (uint8_t)v;
        }
        static const uint8_t compatible[12];
        if (memcmp(a.bytes, compatible, 12) == 0)
            continue;
        char want[64];
        assert_non_null(inet_ntop(AF_INET6, a.bytes, want, sizeof want));
        assert_string_equal(text_of(&a), want);
        struct sw_netaddr back = addr(want);
        assert_true(sw_netaddr_eq(&a, &back));
    }
}

static void endpoints_are_written_as_in_a_uri(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        uint16_t port;
        const char *want;
    } rows[] = {
        {"192.0.2.1", 5060, "192.0.2.1:5060"},
        {"2001:db8::1", 65535, "[2001:db8::1]:65535"},
        {"::", 0, "[::]:0"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char room[64];
        struct sw_buf b = sw_buf(room, sizeof room);
        struct sw_endpoint e = {addr(rows[i].in), rows[i].port};
        sw_endpoint_write(&b, &e);
        assert_slice_equal(sw_buf_slice(&b), rows[i].want);
    }
    struct sw_netaddr none = {0};
    assert_string_equal(text_of(&none), "-");
}

static void order_and_equality_are_by_family_then_bytes(void **state)
{
    (void)state;
    static const char *const sorted[] = {"0.0.0.0", "1.2.3.4", "255.0.0.1", "::", "::1", "fe80::"};
    for (size_t i = 0; i < SW_ARRAY_LEN(sorted); i++)
        for (size_t j = 0; j < SW_ARRAY_LEN(sorted); j++) {
            struct sw_netaddr a = addr(sorted[i]), b = addr(sorted[j]);
            int order = sw_netaddr_cmp(&a, &b);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(sw_netaddr_eq(&a, &b), i == j);
        }
}

static void endpoint_hash_ignores_padding_only(void **state)
{
    (void)state;
    struct sw_endpoint a, b;
    memset(&a, 0x00, sizeof a);
    memset(&b, 0xff, sizeof b);
    a.addr = b.addr = addr("192.0.2.1");
    a.port = b.port = 5060;
    assert_true(sw_endpoint_eq(&a, &b));
    assert_true(sw_endpoint_hash(&a, 1) == sw_endpoint_hash(&b, 1));
    assert_true(sw_endpoint_hash(&a, 1) != sw_endpoint_hash(&a, 2));
    b.port = 5061;
    assert_false(sw_endpoint_eq(&a, &b));
    assert_true(sw_endpoint_hash(&a, 1) != sw_endpoint_hash(&b, 1));
    b.port = 5060;
    b.addr = addr("192.0.2.2");
    assert_false(sw_endpoint_eq(&a, &b));
    assert_true(sw_endpoint_hash(&a, 1) != sw_endpoint_hash(&b, 1));
}

enum { LOOPBACK = 1, LINK_LOCAL = 2, UNUSABLE = 4 };

static void A5_kinds_of_address(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        unsigned want;
    } rows[] = {
        {"192.0.2.1", 0},
        {"127.0.0.1", LOOPBACK},
        {"127.255.255.255", LOOPBACK},
        {"126.255.255.255", 0},
        {"128.0.0.1", 0},
        {"169.254.0.1", LINK_LOCAL},
        {"169.255.0.1", 0},
        {"169.253.255.255", 0},
        {"0.0.0.0", UNUSABLE},
        {"0.0.0.1", UNUSABLE},
        {"1.0.0.0", 0},
        {"223.255.255.255", 0},
        {"224.0.0.1", UNUSABLE},
        {"239.255.255.255", UNUSABLE},
        {"240.0.0.1", 0},
        {"255.255.255.255", UNUSABLE},
        {"255.255.255.254", 0},
        {"::", UNUSABLE},
        {"::1", LOOPBACK},
        {"::2", 0},
        {"1::1", 0},
        {"fe80::1", LINK_LOCAL},
        {"febf::1", LINK_LOCAL},
        {"fec0::1", 0},
        {"fe7f::1", 0},
        {"ff02::1", UNUSABLE},
        {"feff::", 0},
        {"::ffff:192.0.2.1", UNUSABLE},
        {"::fffe:192.0.2.1", 0},
        {"2001:db8::1", 0},
        {"fd00::1", 0},
        {"64:ff9b::1.2.3.4", 0},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_netaddr a = addr(rows[i].in);
        unsigned got = (sw_netaddr_is_loopback(&a) ? LOOPBACK : 0) |
                       (sw_netaddr_is_linklocal(&a) ? LINK_LOCAL : 0) |
                       (sw_netaddr_is_unusable(&a) ? UNUSABLE : 0);
        if (got != rows[i].want)
            fail_msg("%s: got %u, want %u", rows[i].in, got, rows[i].want);
    }
    struct sw_netaddr none = {0};
    assert_true(sw_netaddr_is_unusable(&none));
    assert_false(sw_netaddr_is_loopback(&none));
    assert_false(sw_netaddr_is_linklocal(&none));
}

static void networks_are_strict(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool ok;
        uint8_t prefix_len;
    } rows[] = {
        {"192.0.2.0/24", true, 24},
        {"0.0.0.0/0", true, 0},
        {"::/0", true, 0},
        {"2001:db8::/32", true, 32},
        {"192.0.2.1", true, 32},
        {"::1", true, 128},
        {"192.0.2.1/32", true, 32},
        {"::1/128", true, 128},
        {"192.0.2.128/25", true, 25},
        {"fe80::/10", true, 10},
        {"192.0.2.1/24", false, 0},
        {"192.0.2.128/24", false, 0},
        {"192.0.2.0/33", false, 0},
        {"::/129", false, 0},
        {"192.0.2.0/", false, 0},
        {"192.0.2.0/024", false, 0},
        {"192.0.2.0/-1", false, 0},
        {"0.0.0.0/08", false, 0},
        {"/8", false, 0},
        {"192.0.2.0/8/8", false, 0},
        {"fec0::/9", false, 0},
        {"2001:db8::1/64", false, 0},
        {"", false, 0},
        {"192.0.2.0/24 ", false, 0},
        {"1.0.0.0/0", false, 0},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_network n = {.prefix_len = 200};
        if (sw_network_parse(sw_slice_str(rows[i].in), &n) != rows[i].ok)
            fail_msg("%s", rows[i].in);
        assert_int_equal(n.prefix_len, rows[i].ok ? rows[i].prefix_len : 200);
    }
}

static void networks_hold_their_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *network, *in;
        bool want;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"0.0.0.0/0", "255.1.2.3", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "1.2.3.4", false},
        {"::/0", "ffff::", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.0", false},
        {"fe80::/10", "febf::1", true},
        {"fe80::/10", "fec0::1", false},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::1", "::1", true},
        {"::1", "::", false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_network n;
        assert_true(sw_network_parse(sw_slice_str(rows[i].network), &n));
        struct sw_netaddr a = addr(rows[i].in);
        if (sw_network_has(&n, &a) != rows[i].want)
            fail_msg("%s in %s", rows[i].in, rows[i].network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(I6_ipv4_is_a_strict_dotted_quad),
        cmocka_unit_test(ipv6_texts_are_read_as_inet_pton_does),
        cmocka_unit_test(ipv6_random_texts_are_read_as_inet_pton_does),
        cmocka_unit_test(rfc5952_texts),
        cmocka_unit_test(random_addresses_are_written_as_inet_ntop_does),
        cmocka_unit_test(endpoints_are_written_as_in_a_uri),
        cmocka_unit_test(order_and_equality_are_by_family_then_bytes),
        cmocka_unit_test(endpoint_hash_ignores_padding_only),
        cmocka_unit_test(A5_kinds_of_address),
        cmocka_unit_test(networks_are_strict),
        cmocka_unit_test(networks_hold_their_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

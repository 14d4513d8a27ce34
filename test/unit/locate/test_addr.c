/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/addr.h"
#include "support/check.h"

#include <stdlib.h>

enum { MAX = 16 };

/* Addresses of a text with blanks between them. */
static size_t read(const char *text, struct sw_netaddr *out)
{
    size_t count = 0;
    struct sw_slice rest = sw_slice_str(text);
    while (rest.len > 0) {
        size_t blank = sw_slice_find(rest, ' ');
        if (!sw_netaddr_parse(sw_slice_sub(rest, 0, blank), &out[count++]))
            fail_msg("not addresses: %s", text);
        rest = sw_slice_sub(rest, blank == SIZE_MAX ? blank : blank + 1, SIZE_MAX);
    }
    return count;
}

static const char *ordered(const struct sw_policy *policy, const char *text, size_t *reachable)
{
    static char room[1000];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_netaddr addrs[MAX];
    const struct sw_netaddr *pointers[MAX];
    uint8_t order[MAX];
    size_t count = read(text, addrs);
    for (size_t i = 0; i < count; i++)
        pointers[i] = &addrs[i];
    *reachable = sw_address_order(policy, pointers, count, order);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            sw_buf_char(&b, ' ');
        sw_netaddr_write(&b, pointers[order[i]]);
    }
    return sw_buf_cstr(&b);
}

struct row {
    const char *name, *sources, *answer, *want;
    size_t reachable;
};

static void check(const struct row *rows, size_t count, enum sw_family family)
{
    for (size_t i = 0; i < count; i++) {
        struct sw_policy policy;
        struct sw_netaddr sources[MAX];
        size_t reachable;
        sw_policy_init(&policy);
        policy.family = family;
        if (rows[i].sources != NULL) {
            policy.sources_known = true;
            policy.source_count = read(rows[i].sources, sources);
            policy.sources = sources;
        }
        const char *got = ordered(&policy, rows[i].answer, &reachable);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
        if (reachable != rows[i].reachable)
            fail_msg("%s: %zu reachable, want %zu", rows[i].name, reachable, rows[i].reachable);
    }
}

static void A2_with_sources_as_RFC_6724_10_2_has_it(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"scope", "2001:db8:1::2 fe80::1 169.254.13.78", "198.51.100.121 2001:db8:1::1",
         "2001:db8:1::1 198.51.100.121", 2},
        {"matching scope, IPv4", "fe80::1 198.51.100.117", "2001:db8:1::1 198.51.100.121",
         "198.51.100.121 2001:db8:1::1", 2},
        {"precedence", "2001:db8:1::2 fe80::1 10.1.2.4", "10.1.2.3 2001:db8:1::1",
         "2001:db8:1::1 10.1.2.3", 2},
        {"smaller scope", "2001:db8:1::2 fe80::2", "2001:db8:1::1 fe80::1", "fe80::1 2001:db8:1::1",
         2},
        {"matching label", "2002:c633:6401::2 fe80::2", "2001:db8:1::1 2002:c633:6401::1",
         "2002:c633:6401::1 2001:db8:1::1", 2},
        {"higher precedence", "2002:c633:6401::2 2001:db8:1::2 fe80::2",
         "2002:c633:6401::1 2001:db8:1::1", "2001:db8:1::1 2002:c633:6401::1", 2},
        {"longest prefix", "2001:db8:1::2 2001:db8:3f44::2", "2001:db8:3ffe::1 2001:db8:1::1",
         "2001:db8:1::1 2001:db8:3ffe::1", 2},
    };
    check(rows, SW_ARRAY_LEN(rows), SW_FAMILY_ANY);
}

static void A2_families_without_a_source_are_last(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"T77 no IPv6", "192.0.2.99", "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2",
         "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", 2},
        {"no IPv4", "2001:db8::99", "192.0.2.1 2001:db8::1", "2001:db8::1 192.0.2.1", 1},
        {"none at all", "", "192.0.2.1 2001:db8::1", "2001:db8::1 192.0.2.1", 0},
    };
    check(rows, SW_ARRAY_LEN(rows), SW_FAMILY_ANY);
}

static void A2_without_sources_by_precedence_and_by_turns(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"one", NULL, "192.0.2.1", "192.0.2.1", 1},
        {"as answered", NULL, "192.0.2.3 192.0.2.1 192.0.2.2", "192.0.2.3 192.0.2.1 192.0.2.2", 3},
        {"by turns", NULL, "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2",
         "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2", 4},
        {"more of one", NULL, "192.0.2.1 2001:db8::1 2001:db8::2 2001:db8::3",
         "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3", 4},
        {"ULA after IPv4", NULL, "fd00::1 192.0.2.1", "192.0.2.1 fd00::1", 2},
        {"6to4 after IPv4", NULL, "2002:c000:201::1 192.0.2.1", "192.0.2.1 2002:c000:201::1", 2},
        {"Teredo last", NULL, "2001::1 192.0.2.1 2001:db8::1", "2001:db8::1 192.0.2.1 2001::1", 3},
        {"nothing", NULL, "", "", 0},
    };
    check(rows, SW_ARRAY_LEN(rows), SW_FAMILY_ANY);
}

static void I4_a_preferred_family_begins(void **state)
{
    (void)state;
    static const struct row four[] = {
        {"prefer-4", NULL, "2001:db8::1 2001:db8::2 192.0.2.1 192.0.2.2",
         "192.0.2.1 2001:db8::1 192.0.2.2 2001:db8::2", 4},
        {"prefer-4 with IPv6 only", NULL, "2001:db8::1 2001:db8::2", "2001:db8::1 2001:db8::2", 2},
        {"prefer-4 without IPv4 source", "2001:db8::99", "192.0.2.1 2001:db8::1",
         "2001:db8::1 192.0.2.1", 1},
    };
    static const struct row six[] = {
        {"prefer-6", NULL, "192.0.2.1 fd00::1", "fd00::1 192.0.2.1", 2},
    };
    check(four, SW_ARRAY_LEN(four), SW_FAMILY_PREFER_4);
    check(six, SW_ARRAY_LEN(six), SW_FAMILY_PREFER_6);
}

static struct sw_network network(const char *text)
{
    struct sw_network n;
    assert_true(sw_network_parse(sw_slice_str(text), &n));
    return n;
}

static void A5_H4_which_addresses_may_be_used(void **state)
{
    (void)state;
    const struct sw_network denied[] = {network("127.0.0.0/8"), network("10.0.0.0/8"),
                                        network("fe80::/10")};
    const struct sw_network allowed[] = {network("10.1.0.0/16")};
    struct sw_policy policy;
    sw_policy_init(&policy);
    policy.denied = denied;
    policy.denied_count = 3;
    policy.allowed = allowed;
    policy.allowed_count = 1;
    policy.allow_local_zones = true;
    static const struct {
        const char *addr;
        bool is_local;
        enum sw_note want;
    } rows[] = {
        {"192.0.2.1", false, SW_NOTE_OK},
        {"0.0.0.0", true, SW_NOTE_ADDRESS_UNUSABLE},
        {"::", false, SW_NOTE_ADDRESS_UNUSABLE},
        {"224.0.0.1", false, SW_NOTE_ADDRESS_UNUSABLE},
        {"ff02::1", false, SW_NOTE_ADDRESS_UNUSABLE},
        {"255.255.255.255", false, SW_NOTE_ADDRESS_UNUSABLE},
        {"::ffff:192.0.2.1", false, SW_NOTE_ADDRESS_UNUSABLE},
        {"127.0.0.1", false, SW_NOTE_ADDRESS_DENIED},
        {"127.0.0.1", true, SW_NOTE_OK},
        {"10.2.0.1", false, SW_NOTE_ADDRESS_DENIED},
        {"10.1.0.1", false, SW_NOTE_OK},
        {"fe80::1", false, SW_NOTE_ADDRESS_DENIED},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_netaddr addr;
        assert_int_equal(read(rows[i].addr, &addr), 1);
        assert_int_equal(sw_address_judge(&policy, &addr, rows[i].is_local), rows[i].want);
    }
    struct sw_netaddr loopback;
    assert_int_equal(read("127.0.0.1", &loopback), 1);
    policy.allow_local_zones = false;
    assert_int_equal(sw_address_judge(&policy, &loopback, true), SW_NOTE_ADDRESS_DENIED);
    sw_policy_init(&policy);
    assert_int_equal(sw_address_judge(&policy, &loopback, false), SW_NOTE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(A2_with_sources_as_RFC_6724_10_2_has_it),
        cmocka_unit_test(A2_families_without_a_source_are_last),
        cmocka_unit_test(A2_without_sources_by_precedence_and_by_turns),
        cmocka_unit_test(I4_a_preferred_family_begins),
        cmocka_unit_test(A5_H4_which_addresses_may_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Token buckets at literal times: who is served, who is refused, who is ignored. */
#include "proxy/quota.h"

#include "base/err.h"
#include "base/time.h"
#include "support/check.h"
#include "support/test_alloc.h"

static const struct px_quota_rate ten = {10, 20}; /* refusals: 1 a second, 2 at once */

static struct sw_netaddr address(const char *text)
{
    struct sw_netaddr a;
    assert_true(sw_netaddr_parse(sw_slice_str(text), &a));
    return a;
}

static void begin(struct px_quotas *q, size_t source_max)
{
    int rc = px_quotas_init(q, NULL, source_max, 7);
    assert_int_equal(rc, 0);
}

/* So many of `count` requests at this time got this verdict. */
static unsigned count_of(struct px_quotas *q, const struct px_quota_rate *rate, const char *from,
                         uint64_t now_us, unsigned count, enum px_quota_verdict verdict)
{
    struct sw_netaddr a = address(from);
    unsigned found = 0;
    for (unsigned i = 0; i < count; i++)
        found += px_quotas_take(q, rate, &a, now_us) == verdict;
    return found;
}

static void a_burst_then_refusals_then_silence(void **state)
{
    struct px_quotas q;
    struct sw_netaddr a = address("192.0.2.1");
    (void)state;
    begin(&q, 8);
    assert_int_equal(count_of(&q, &ten, "192.0.2.1", SW_SECONDS(5), 20, PX_QUOTA_SERVE), 20);
    assert_int_equal(count_of(&q, &ten, "192.0.2.1", SW_SECONDS(5), 2, PX_QUOTA_REFUSE), 2);
    assert_int_equal(count_of(&q, &ten, "192.0.2.1", SW_SECONDS(5), 50, PX_QUOTA_IGNORE), 50);
    /* a tenth of a second later there is one token, and no refusal yet */
    assert_int_equal(px_quotas_take(&q, &ten, &a, SW_MS(5099)), PX_QUOTA_IGNORE);
    assert_int_equal(px_quotas_take(&q, &ten, &a, SW_MS(5100)), PX_QUOTA_SERVE);
    assert_int_equal(px_quotas_take(&q, &ten, &a, SW_MS(5100)), PX_QUOTA_IGNORE);
    /* after two seconds 19 or 20 more, and two refusals */
    assert_int_equal(count_of(&q, &ten, "192.0.2.1", SW_MS(7100), 20, PX_QUOTA_SERVE), 20);
    assert_int_equal(count_of(&q, &ten, "192.0.2.1", SW_MS(7100), 9, PX_QUOTA_REFUSE), 2);
    px_quotas_fini(&q);
}

static void the_rate_is_what_is_served_in_the_long_run(void **state)
{
    struct px_quotas q;
    unsigned served = 0, refused = 0;
    (void)state;
    begin(&q, 8);
    for (unsigned ms = 0; ms < 100000; ms++) { /* a thousand a second, for 100 s */
        struct sw_netaddr a = address("192.0.2.1");
        enum px_quota_verdict v = px_quotas_take(&q, &ten, &a, SW_SECONDS(9) + SW_MS(ms));
        served += v == PX_QUOTA_SERVE;
        refused += v == PX_QUOTA_REFUSE;
    }
    assert_in_range(served, 1000 + 18, 1000 + 21);
    assert_in_range(refused, 100, 103);
    px_quotas_fini(&q);
}

static void sources_are_ipv4_addresses_and_ipv6_networks(void **state)
{
    static const struct px_quota_rate one = {1, 1};
    static const struct {
        const char *first, *second;
        bool is_same;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::7", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
        {"192.0.2.1", "c000:201::", false},
    };
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct px_quotas q;
        begin(&q, 8);
        assert_int_equal(count_of(&q, &one, rows[i].first, 0, 1, PX_QUOTA_SERVE), 1);
        assert_int_equal(count_of(&q, &one, rows[i].second, 0, 1, PX_QUOTA_SERVE),
                         !rows[i].is_same);
        px_quotas_fini(&q);
    }
}

static void who_was_not_seen_for_longest_is_forgotten(void **state)
{
    static const struct px_quota_rate one = {1, 1};
    struct px_quotas q;
    (void)state;
    begin(&q, 2);
    assert_int_equal(count_of(&q, &one, "192.0.2.1", 0, 1, PX_QUOTA_SERVE), 1);
    assert_int_equal(count_of(&q, &one, "192.0.2.2", 0, 1, PX_QUOTA_SERVE), 1);
    assert_int_equal(count_of(&q, &one, "192.0.2.1", 0, 1, PX_QUOTA_REFUSE), 1); /* seen again */
    assert_int_equal(count_of(&q, &one, "192.0.2.3", 0, 1, PX_QUOTA_SERVE), 1);  /* for .2 */
    assert_int_equal(q.map.count, 2);
    assert_int_equal(count_of(&q, &one, "192.0.2.1", 0, 1, PX_QUOTA_IGNORE), 1);
    assert_int_equal(count_of(&q, &one, "192.0.2.2", 0, 1, PX_QUOTA_SERVE), 1);
    px_quotas_fini(&q);
}

static void no_limit_remembers_nobody(void **state)
{
    static const struct px_quota_rate none = {0, 1};
    struct px_quotas q;
    (void)state;
    begin(&q, 8);
    assert_int_equal(count_of(&q, &none, "192.0.2.1", 0, 1000, PX_QUOTA_SERVE), 1000);
    assert_int_equal(q.map.count, 0);
    px_quotas_fini(&q);
}

/* A configuration may change the rate; a source seen long ago is new again. */
static void another_rate_counts_at_once(void **state)
{
    static const struct px_quota_rate slow = {1, 2};
    struct px_quotas q;
    (void)state;
    begin(&q, 8);
    assert_int_equal(count_of(&q, &ten, "192.0.2.1", 0, 1, PX_QUOTA_SERVE), 1);
    assert_int_equal(count_of(&q, &slow, "192.0.2.1", 0, 9, PX_QUOTA_SERVE), 2);
    assert_int_equal(count_of(&q, &ten, "192.0.2.1", UINT64_MAX, 99, PX_QUOTA_SERVE), 20);
    px_quotas_fini(&q);
}

static void without_memory_everybody_is_served(void **state)
{
    static const struct px_quota_rate one = {1, 1};
    struct test_alloc heap;
    struct px_quotas q;
    (void)state;
    test_alloc_init(&heap, 0);
    int rc = px_quotas_init(&q, &heap.alloc, 8, 7);
    assert_int_equal(rc, SW_E_NOMEM);
    test_alloc_init(&heap, 1);
    rc = px_quotas_init(&q, &heap.alloc, 8, 7);
    assert_int_equal(rc, 0);
    assert_int_equal(count_of(&q, &one, "192.0.2.1", 0, 1, PX_QUOTA_SERVE), 1);
    px_quotas_fini(&q);
    assert_int_equal(heap.live_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_refusals_then_silence),
        cmocka_unit_test(the_rate_is_what_is_served_in_the_long_run),
        cmocka_unit_test(sources_are_ipv4_addresses_and_ipv6_networks),
        cmocka_unit_test(who_was_not_seen_for_longest_is_forgotten),
        cmocka_unit_test(no_limit_remembers_nobody),
        cmocka_unit_test(another_rate_counts_at_once),
        cmocka_unit_test(without_memory_everybody_is_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

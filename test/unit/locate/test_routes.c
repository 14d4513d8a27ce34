/* SPDX-License-Identifier: BSD-2-Clause */
/* The route cache: how long, how many, what is shared and what is not. */
#include "small_dns.h"
#include "support/test_alloc.h"

static const char *const two[] = {"_sip._udp.d.t SRV 1 0 5060 h1.t",
                                  "_sip._udp.d.t SRV 2 0 5060 h2.t", "h1.t A 192.0.2.1 ttl 60",
                                  "h2.t A 192.0.2.2 ttl 60", NULL};

struct bench {
    struct sw_policy policy;
    struct sw_routes *routes;
    uint64_t now_us;
};

static int set_up(void **state)
{
    static struct bench b;
    b = (struct bench){.policy = small_policy("udp"), .now_us = SW_SECONDS(7)};
    *state = &b;
    return sw_routes_new(&b.routes, NULL, &b.policy, 3, 7);
}

static int tear_down(void **state)
{
    sw_routes_free(((struct bench *)*state)->routes);
    return 0;
}

static void begin(struct bench *b, struct small_run *run, const char *const *lines,
                  const char *text)
{
    struct sw_uri uri;
    small_parse_uri(text, &uri);
    *run = (struct small_run){.lines = lines, .now_us = b->now_us};
    struct sw_plan_args args = {.policy = &b->policy, .uri = &uri, .seed = 1, .routes = b->routes};
    assert_int_equal(sw_plan_new(&run->plan, &args, b->now_us), 0);
}

/* Locate and count the questions it took. */
static size_t questions(struct bench *b, const char *const *lines, const char *uri,
                        const char *want)
{
    struct small_run run;
    begin(b, &run, lines, uri);
    assert_string_equal(small_run_list(&run), want);
    sw_plan_free(run.plan);
    return run.asked_count;
}

static const char list[] = "udp:192.0.2.1:5060 udp:192.0.2.2:5060";
static const char uri[] = "sip:d.t;transport=udp";

static void D8_valid_for_the_smallest_TTL_on_the_way(void **state)
{
    struct bench *b = *state;
    assert_int_equal(questions(b, two, uri, list), 5);
    assert_int_equal(sw_routes_count(b->routes), 1);
    b->now_us += SW_SECONDS(60) - 1;
    assert_int_equal(questions(b, two, uri, list), 0);
    b->now_us += 1;
    assert_int_equal(questions(b, two, uri, list), 5);
}

static void D8_what_is_not_there_counts_too(void **state)
{
    struct bench *b = *state;
    static const char *const lines[] = {"d.t NAPTR = NODATA ttl 5", "_sip._udp.d.t SRV = NODATA",
                                        "d.t A 192.0.2.9", "d.t AAAA = NODATA", NULL};
    assert_int_equal(questions(b, lines, "sip:d.t", "udp:192.0.2.9:5060"), 4);
    b->now_us += SW_SECONDS(5) - 1;
    assert_int_equal(questions(b, lines, "sip:d.t", "udp:192.0.2.9:5060"), 0);
    b->now_us += 1;
    assert_int_equal(questions(b, lines, "sip:d.t", "udp:192.0.2.9:5060"), 4);
}

static void T136_TTL_0_and_stale_are_for_one_transaction(void **state)
{
    struct bench *b = *state;
    static const char *const zero[] = {"d.t A 192.0.2.9 ttl 0", NULL};
    static const char *const stale[] = {"d.t A 192.0.2.9 stale", NULL};
    static const char *const failed[] = {"d.t NAPTR = SERVFAIL", "_sip._udp.d.t SRV 0 0 5060 h1.t",
                                         "h1.t A 192.0.2.1", NULL};
    assert_int_equal(questions(b, zero, "sip:d.t:5060", "udp:192.0.2.9:5060"), 2);
    assert_int_equal(questions(b, zero, "sip:d.t:5060", "udp:192.0.2.9:5060"), 2);
    assert_int_equal(questions(b, stale, "sip:d.t:5060", "udp:192.0.2.9:5060"), 2);
    assert_int_equal(questions(b, stale, "sip:d.t:5060", "udp:192.0.2.9:5060"), 2);
    assert_int_equal(questions(b, failed, "sip:d.t", "udp:192.0.2.1:5060"), 4);
    assert_int_equal(questions(b, failed, "sip:d.t", "udp:192.0.2.1:5060"), 4);
    assert_int_equal(sw_routes_count(b->routes), 0);
}

static void D12_what_leads_nowhere_or_failed_is_not_kept(void **state)
{
    struct bench *b = *state;
    static const char *const none[] = {"x.t A 192.0.2.9", NULL};
    static const char *const half[] = {"d.t A = SERVFAIL", "d.t AAAA 2001:db8::9", NULL};
    assert_int_equal(questions(b, none, "sip:d.t", "= none"), 4);
    assert_int_equal(sw_routes_count(b->routes), 0);
    assert_int_equal(questions(b, half, "sip:d.t:5060", "udp:[2001:db8::9]:5060"), 2);
    assert_int_equal(questions(b, half, "sip:d.t:5060", "udp:[2001:db8::9]:5060"), 1);
    static const char *const whole[] = {"d.t A 192.0.2.9", "d.t AAAA 2001:db8::9", NULL};
    assert_int_equal(
        questions(b, whole, "sip:d.t:5060", "udp:[2001:db8::9]:5060 udp:192.0.2.9:5060"), 1);
    assert_int_equal(
        questions(b, whole, "sip:d.t:5060", "udp:[2001:db8::9]:5060 udp:192.0.2.9:5060"), 0);
}

static void V9_what_was_not_needed_is_asked_for_when_it_is(void **state)
{
    struct bench *b = *state;
    static const char *const three[] = {"_sip._udp.d.t SRV 1 0 5060 h1.t",
                                        "_sip._udp.d.t SRV 2 0 5060 h2.t",
                                        "_sip._udp.d.t SRV 3 0 5060 h3.t",
                                        "h1.t A 192.0.2.1",
                                        "h2.t A 192.0.2.2",
                                        "h3.t A 192.0.2.3",
                                        NULL};
    struct small_run run;
    struct sw_candidate c;
    begin(b, &run, three, uri);
    assert_int_equal(small_run_next(&run, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
    small_run_ask(&run);
    assert_int_equal(run.asked_count, 5);
    sw_plan_free(run.plan);
    assert_int_equal(
        questions(b, three, uri, "udp:192.0.2.1:5060 udp:192.0.2.2:5060 udp:192.0.2.3:5060"), 2);
    assert_int_equal(
        questions(b, three, uri, "udp:192.0.2.1:5060 udp:192.0.2.2:5060 udp:192.0.2.3:5060"), 0);
}

static void two_plans_fill_one_route(void **state)
{
    struct bench *b = *state;
    struct small_run first, second;
    struct sw_candidate c;
    begin(b, &first, two, uri);
    assert_int_equal(small_run_next(&first, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
    begin(b, &second, two, uri);
    sw_routes_flush(b->routes);
    assert_string_equal(small_run_list(&second), list);
    assert_int_equal(small_run_next(&first, SW_TRY_FAILED, &c), SW_NEXT_CANDIDATE);
    assert_int_equal(c.endpoint.addr.bytes[3], 2);
    assert_int_equal(small_run_next(&first, SW_TRY_FAILED, &c), SW_NEXT_END);
    sw_plan_free(first.plan);
    sw_plan_free(second.plan);
}

static void D11_many_cold_plans_leave_one_route(void **state)
{
    struct bench *b = *state;
    struct small_run runs[20];
    for (size_t i = 0; i < SW_ARRAY_LEN(runs); i++)
        begin(b, &runs[i], two, uri);
    for (size_t i = 0; i < SW_ARRAY_LEN(runs); i++)
        assert_string_equal(small_run_list(&runs[i]), list);
    assert_int_equal(sw_routes_count(b->routes), 1);
    for (size_t i = 0; i < SW_ARRAY_LEN(runs); i++)
        sw_plan_free(runs[i].plan);
    assert_int_equal(questions(b, two, uri, list), 0);
}

static void the_least_recently_used_leaves(void **state)
{
    struct bench *b = *state;
    static const char *const lines[] = {"a.t A 192.0.2.1", "b.t A 192.0.2.2", "c.t A 192.0.2.3",
                                        "e.t A 192.0.2.4", NULL};
    questions(b, lines, "sip:a.t:5060", "udp:192.0.2.1:5060");
    questions(b, lines, "sip:b.t:5060", "udp:192.0.2.2:5060");
    questions(b, lines, "sip:c.t:5060", "udp:192.0.2.3:5060");
    assert_int_equal(questions(b, lines, "sip:a.t:5060", "udp:192.0.2.1:5060"), 0);
    questions(b, lines, "sip:e.t:5060", "udp:192.0.2.4:5060");
    assert_int_equal(sw_routes_count(b->routes), 3);
    assert_int_equal(questions(b, lines, "sip:a.t:5060", "udp:192.0.2.1:5060"), 0);
    assert_int_equal(questions(b, lines, "sip:e.t:5060", "udp:192.0.2.4:5060"), 0);
    assert_int_equal(questions(b, lines, "sip:b.t:5060", "udp:192.0.2.2:5060"), 2);
}

static void plans_outlive_a_flush_and_the_cache_itself(void **state)
{
    struct bench *b = *state;
    struct small_run user, adder;
    struct sw_candidate c;
    questions(b, two, uri, list);
    begin(b, &user, two, uri);
    begin(b, &adder, two, "sip:d.t");
    small_run_ask(&adder);
    assert_int_equal(small_run_next(&user, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
    sw_routes_flush(b->routes);
    assert_int_equal(sw_routes_count(b->routes), 0);
    assert_int_equal(small_run_next(&user, SW_TRY_FAILED, &c), SW_NEXT_CANDIDATE);
    sw_routes_free(b->routes);
    assert_int_equal(small_run_next(&user, SW_TRY_FAILED, &c), SW_NEXT_END);
    assert_string_equal(small_run_list(&adder), list);
    sw_plan_free(user.plan);
    sw_plan_free(adder.plan);
    b->routes = NULL;
}

static void R5_a_failed_call_changes_nothing_for_the_next(void **state)
{
    struct bench *b = *state;
    struct small_run run;
    struct sw_candidate c;
    begin(b, &run, two, uri);
    enum sw_try why = SW_TRY_NONE;
    while (small_run_next(&run, why, &c) == SW_NEXT_CANDIDATE)
        why = SW_TRY_REFUSED;
    sw_plan_free(run.plan);
    assert_int_equal(questions(b, two, uri, list), 0);
}

static void another_policy_does_not_use_it(void **state)
{
    struct bench *b = *state;
    struct bench other = {.policy = small_policy("udp"), .now_us = b->now_us, .routes = b->routes};
    questions(b, two, uri, list);
    assert_int_equal(questions(&other, two, uri, list), 5);
    assert_int_equal(sw_routes_count(b->routes), 1);
}

static void T7_big_and_small_requests_have_routes_of_their_own(void **state)
{
    struct bench *b = *state;
    struct sw_uri parsed;
    b->policy = small_policy("udp,tcp");
    questions(b, two, uri, list);
    small_parse_uri(uri, &parsed);
    struct small_run run = {.lines = two, .now_us = b->now_us};
    struct sw_plan_args args = {
        .policy = &b->policy, .uri = &parsed, .request_len = 1400, .routes = b->routes};
    assert_int_equal(sw_plan_new(&run.plan, &args, b->now_us), 0);
    struct sw_candidate c;
    assert_int_equal(small_run_next(&run, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
    assert_int_equal(c.transport, SW_TCP);
    sw_plan_free(run.plan);
    assert_int_equal(sw_routes_count(b->routes), 2);
    assert_int_equal(questions(b, two, uri, list), 0);
}

static void draws_differ_between_locations_of_one_route(void **state)
{
    struct bench *b = *state;
    static const char *const even[] = {"_sip._udp.d.t SRV 1 1 5060 h1.t",
                                       "_sip._udp.d.t SRV 1 1 5060 h2.t", "h1.t A 192.0.2.1",
                                       "h2.t A 192.0.2.2", NULL};
    struct sw_uri parsed;
    unsigned first[2] = {0};
    small_parse_uri(uri, &parsed);
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct small_run run = {.lines = even, .now_us = b->now_us};
        struct sw_candidate c;
        struct sw_plan_args args = {
            .policy = &b->policy, .uri = &parsed, .seed = seed, .routes = b->routes};
        assert_int_equal(sw_plan_new(&run.plan, &args, b->now_us), 0);
        assert_int_equal(small_run_next(&run, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
        first[c.endpoint.addr.bytes[3] - 1]++;
        sw_plan_free(run.plan);
    }
    assert_in_range(first[0], 440, 560);
}

static void without_memory_there_is_no_cache_and_no_leak(void **state)
{
    struct bench *b = *state;
    for (size_t n = 0;; n++) {
        struct test_alloc heap;
        struct sw_routes *routes = NULL;
        test_alloc_init(&heap, n);
        int rc = sw_routes_new(&routes, &heap.alloc, &b->policy, 0, 1);
        assert_int_equal(rc, heap.has_failed ? SW_E_NOMEM : 0);
        sw_routes_free(routes);
        assert_int_equal(heap.live_count, 0);
        if (!heap.has_failed)
            break;
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(D8_valid_for_the_smallest_TTL_on_the_way),
        TEST(D8_what_is_not_there_counts_too),
        TEST(T136_TTL_0_and_stale_are_for_one_transaction),
        TEST(D12_what_leads_nowhere_or_failed_is_not_kept),
        TEST(V9_what_was_not_needed_is_asked_for_when_it_is),
        TEST(two_plans_fill_one_route),
        TEST(D11_many_cold_plans_leave_one_route),
        TEST(the_least_recently_used_leaves),
        TEST(plans_outlive_a_flush_and_the_cache_itself),
        TEST(R5_a_failed_call_changes_nothing_for_the_next),
        TEST(another_policy_does_not_use_it),
        TEST(T7_big_and_small_requests_have_routes_of_their_own),
        TEST(draws_differ_between_locations_of_one_route),
        TEST(without_memory_there_is_no_cache_and_no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

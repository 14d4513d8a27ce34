/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: the n-th request failing, for every n; what a plan holds; reuse without requests. */
#include "small_dns.h"
#include "support/test_alloc.h"

/* Every part of the machine is on the way: NAPTR with a second step, two services, many records and
 * addresses, a big request, TLS names of a secure chain, penalised candidates. */
static const char *const lines[] = {
    "d.t NAPTR 10 10 s SIP+D2U - _sip._udp.d.t secure",
    "d.t NAPTR 10 20 - - - e.t secure",
    "d.t NAPTR 10 30 s SIP+D2T - _sip._tcp.d.t secure",
    "e.t NAPTR 5 5 s SIPS+D2T - _sips._tcp.pool.t secure",
    "_sip._udp.d.t SRV 0 1 5060 h1.t secure",
    "_sip._udp.d.t SRV 0 2 5060 h2.t secure",
    "_sip._udp.d.t SRV 0 3 5060 h3.t secure",
    "_sip._udp.d.t SRV 1 1 5060 h4.t secure",
    "_sip._udp.d.t SRV 1 2 5060 h5.t secure",
    "_sip._tcp.d.t SRV 0 1 5060 h1.t secure",
    "_sips._tcp.pool.t SRV 0 1 5061 h6.t secure",
    "h1.t A 192.0.2.1 secure",
    "h1.t A 192.0.2.11 secure",
    "h1.t AAAA 2001:db8::1 secure",
    "h2.t A 192.0.2.2 secure",
    "h2.t AAAA 2001:db8::2 secure",
    "h3.t A 192.0.2.3 secure",
    "h3.t AAAA = SERVFAIL",
    "h4.t A 192.0.2.4 secure",
    "h4.t AAAA 2001:db8::4 after 2000",
    "h5.t A 192.0.2.5 secure",
    "h6.t A 192.0.2.6 secure",
    NULL,
};

static struct sw_policy make_policy(void)
{
    struct sw_policy policy = small_policy("udp,tcp,tls");
    policy.strict_identity = true;
    policy.allow_downgrade = true; /* or the penalised ones would not come behind TLS */
    return policy;
}

static struct sw_health *make_health(void)
{
    struct sw_health *health;
    struct sw_rng rng;
    struct sw_health_key key = {SW_TCP, {{4, {192, 0, 2, 1}}, 5060}};
    sw_rng_init_u64(&rng, 1);
    assert_int_equal(sw_health_new(&health, NULL, 0, 7), 0);
    sw_health_failed(health, &key, SW_HEALTH_RETRY_AFTER, 3000, 0, &rng);
    return health;
}

/* Take a list to its end; what came must be a part of what comes with memory, in its order. */
static size_t list_all(struct small_run *run)
{
    struct sw_candidate c;
    size_t count = 0;
    while (small_run_next(run, SW_TRY_NONE, &c) == SW_NEXT_CANDIDATE) {
        assert_true(sw_plan_result(run->plan) == SW_RESULT_OK);
        (void)sw_plan_has_more(run->plan, run->now_us);
        count++;
    }
    return count;
}

enum { ALL = 13 }; /* h1 thrice over TCP, nine over UDP, h6 over TLS */

static void locate_with(struct test_alloc *heap, struct sw_routes *routes,
                        const struct sw_policy *policy, struct sw_health *health, bool keep_failing)
{
    struct sw_uri uri;
    struct small_run run = {.lines = lines};
    struct sw_plan_args args = {
        .policy = policy,
        .seed = 3,
        .health = health,
        .routes = routes,
        .request_len = 1400,
        .alloc = &heap->alloc,
        .uri = &uri,
    };
    small_parse_uri("sip:d.t", &uri);
    heap->keep_failing = keep_failing;
    int rc = sw_plan_new(&run.plan, &args, 0);
    if (rc < 0) {
        assert_int_equal(rc, SW_E_NOMEM);
        assert_true(heap->has_failed);
        return;
    }
    size_t count = list_all(&run);
    if (!heap->has_failed)
        assert_int_equal(count, ALL);
    if (count == 0)
        assert_int_equal(sw_plan_result(run.plan), SW_RESULT_TEMPORARY);
    /* and once more with the same plan */
    run.asked_count = 0;
    rc = sw_plan_restart(run.plan, &args, run.now_us);
    assert_true(rc == 0 || (rc == SW_E_NOMEM && heap->has_failed));
    if (rc == 0 && list_all(&run) == 0)
        assert_true(heap->has_failed);
    sw_plan_free(run.plan);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct sw_policy policy = make_policy();
    struct sw_health *health = make_health();
    for (unsigned keep = 0; keep < 2; keep++) {
        size_t n = 0;
        for (bool has_failed = true; has_failed; n++) {
            struct test_alloc heap;
            test_alloc_init(&heap, n);
            locate_with(&heap, NULL, &policy, health, keep == 1);
            assert_int_equal(heap.live_count, 0);
            has_failed = heap.has_failed;
        }
        assert_true(n > 5);
    }
    sw_health_free(health);
}

static void every_allocation_may_fail_with_a_cache(void **state)
{
    (void)state;
    struct sw_policy policy = make_policy();
    struct sw_health *health = make_health();
    for (unsigned keep = 0; keep < 2; keep++) {
        for (size_t n = 2;; n++) {
            struct test_alloc heap;
            struct sw_routes *routes = NULL;
            test_alloc_init(&heap, n);
            assert_int_equal(sw_routes_new(&routes, &heap.alloc, &policy, 0, 1), 0);
            locate_with(&heap, routes, &policy, health, keep == 1);
            bool has_failed = heap.has_failed;
            heap.fail_at = SIZE_MAX;
            heap.keep_failing = false;
            heap.has_failed = false;
            /* what failing left in the cache is no obstacle */
            locate_with(&heap, routes, &policy, health, false);
            sw_routes_free(routes);
            assert_int_equal(heap.live_count, 0);
            if (!has_failed)
                break;
        }
    }
    sw_health_free(health);
}

static void a_typical_plan_is_small(void **state)
{
    (void)state;
    static const char *const typical[] = {"d.t NAPTR 50 50 s SIPS+D2T - _sips._tcp.d.t",
                                          "d.t NAPTR 90 50 s SIP+D2T - _sip._tcp.d.t",
                                          "d.t NAPTR 100 50 s SIP+D2U - _sip._udp.d.t",
                                          "_sip._tcp.d.t SRV 0 1 5060 server1.d.t",
                                          "_sip._tcp.d.t SRV 0 2 5060 server2.d.t",
                                          "server1.d.t A 192.0.2.1",
                                          "server1.d.t AAAA 2001:db8::1",
                                          "server2.d.t A 192.0.2.2",
                                          "server2.d.t AAAA 2001:db8::2",
                                          NULL};
    struct sw_policy policy = small_policy("udp,tcp");
    struct small_run run = {.lines = typical};
    struct sw_uri uri;
    small_parse_uri("sip:d.t", &uri);
    struct sw_plan_args args = {.policy = &policy, .uri = &uri};
    assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
    assert_int_equal(list_all(&run), 4);
    assert_in_range(sw_plan_memory_len(run.plan), 500, 3100);
    sw_plan_free(run.plan);
}

static void a_plan_used_again_asks_for_no_memory(void **state)
{
    (void)state;
    struct sw_policy policy = make_policy();
    struct test_alloc heap;
    struct sw_uri uri;
    struct small_run run = {.lines = lines};
    test_alloc_init(&heap, SIZE_MAX);
    small_parse_uri("sip:d.t", &uri);
    struct sw_plan_args args = {
        .policy = &policy, .uri = &uri, .request_len = 1400, .alloc = &heap.alloc};
    assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
    size_t settled = 0;
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(list_all(&run), ALL);
        if (i == 2)
            settled = heap.request_count;
        run.asked_count = 0;
        assert_int_equal(sw_plan_restart(run.plan, &args, run.now_us), 0);
    }
    assert_int_equal(heap.request_count, settled);
    sw_plan_free(run.plan);
    assert_int_equal(heap.live_count, 0);
}

static void names_of_255_octets_fit(void **state)
{
    (void)state;
    char text[300];
    size_t len = 0;
    for (unsigned label = 0; label < 4; label++) {
        for (unsigned i = 0; i < (label < 3 ? 62u : 60u); i++)
            text[len++] = (char)('a' + label);
        text[len++] = '.';
    }
    text[--len] = '\0';
    struct sw_uri uri = {.scheme = SW_SCHEME_SIP,
                         .host = {.kind = SW_HOST_NAME, .text = sw_slice(text, len)}};
    struct sw_policy policy = small_policy("udp,tcp,tls");
    struct small_run run = {.lines = (const char *const[]){"x.t A 192.0.2.1", NULL}};
    struct sw_plan_args args = {.policy = &policy, .uri = &uri};
    assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
    assert_string_equal(small_run_list(&run), "= none");
    assert_int_equal(run.asked_count, 3); /* NAPTR, A, AAAA */
    char room[300];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_plan_target(run.plan, &b);
    assert_slice_equal(sw_buf_slice(&b), text);
    sw_plan_free(run.plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_allocation_may_fail_with_a_cache),
        cmocka_unit_test(a_typical_plan_is_small),
        cmocka_unit_test(a_plan_used_again_asks_for_no_memory),
        cmocka_unit_test(names_of_255_octets_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/cache.h"

#include "base/time.h"
#include "support/check.h"
#include "support/test_alloc.h"

#include <stdio.h>

/* A question whose name lives as long as the test. */
static struct sw_question question(const char *name, enum sw_rrtype type)
{
    static struct sw_name_room rooms[2048];
    static size_t next;
    struct sw_question q = {.type = type};
    struct sw_name_room *room = &rooms[next++ % SW_ARRAY_LEN(rooms)];
    assert_int_equal(sw_name_from_text(sw_slice_str(name), room, &q.name), 0);
    return q;
}

static struct sw_cache *open_cache(const struct sw_cache_args *args)
{
    struct sw_cache *cache;
    assert_int_equal(sw_cache_new(&cache, args), 0);
    return cache;
}

static const struct sw_rr an_address = {.type = SW_RR_A, .ttl_s = 60, .addr = {4, {192, 0, 2, 1}}};

static struct sw_answer records(const struct sw_rr *rrs, size_t count, uint32_t ttl_s)
{
    return (struct sw_answer){
        .outcome = SW_OUTCOME_RECORDS, .ttl_s = ttl_s, .rrs = rrs, .rr_count = count};
}

static void assert_found(struct sw_cache *cache, const struct sw_question *q, uint64_t now_us,
                         enum sw_cache_found want, uint32_t want_ttl_s)
{
    struct sw_answer a = {0};
    assert_int_equal(sw_cache_find(cache, q, now_us, &a), want);
    if (want != SW_CACHE_NOTHING)
        assert_int_equal(a.ttl_s, want_ttl_s);
}

static void an_answer_is_given_for_its_time_and_grows_older(void **state)
{
    (void)state;
    struct sw_cache *cache = open_cache(&(struct sw_cache_args){.max_len = 10000});
    struct sw_question q = question("d.t", SW_RR_A), other = question("d.t", SW_RR_AAAA);
    struct sw_answer a = records(&an_address, 1, 20), found;
    assert_found(cache, &q, 0, SW_CACHE_NOTHING, 0);
    sw_cache_keep(cache, &q, &a, SW_SECONDS(100));
    assert_found(cache, &other, SW_SECONDS(100), SW_CACHE_NOTHING, 0);
    assert_found(cache, &q, SW_SECONDS(100), SW_CACHE_FRESH, 20);
    assert_found(cache, &q, SW_MS(100999), SW_CACHE_FRESH, 20);
    assert_found(cache, &q, SW_MS(101500), SW_CACHE_FRESH, 19);
    assert_found(cache, &q, SW_MS(102000), SW_CACHE_FRESH, 18); /* halves are not lost */
    assert_int_equal(sw_cache_find(cache, &q, SW_SECONDS(110), &found), SW_CACHE_FRESH);
    assert_int_equal(found.rrs[0].ttl_s, 50);
    assert_found(cache, &q, SW_MS(119999), SW_CACHE_FRESH, 1);
    assert_found(cache, &q, SW_SECONDS(120), SW_CACHE_NOTHING, 0);
    sw_cache_free(cache);
}

/* The answer that was kept has long gone when its copy is read. */
static void names_and_texts_are_copied(void **state)
{
    (void)state;
    struct sw_cache *cache = open_cache(&(struct sw_cache_args){.max_len = 10000});
    struct sw_question naptr_q = question("d.t", SW_RR_NAPTR), srv_q = question("s.t", SW_RR_SRV);
    char flags[] = "s", service[] = "SIP+D2U", regexp[] = "";
    struct sw_question replacement = question("_sip._udp.d.t", SW_RR_SRV);
    struct sw_rr naptr = {.type = SW_RR_NAPTR, .ttl_s = 60};
    naptr.naptr = (struct sw_rr_naptr){
        10, 20, sw_slice_str(flags), sw_slice_str(service), sw_slice_str(regexp), replacement.name};
    struct sw_answer a = records(&naptr, 1, 60), found;
    struct sw_question owner = question("alias.t", SW_RR_A);
    a.owner = owner.name;
    a.alias_count = 1;
    a.is_secure = true;
    sw_cache_keep(cache, &naptr_q, &a, 0);
    struct sw_question target = question("h1.d.t", SW_RR_A);
    struct sw_rr srvs[2] = {{.type = SW_RR_SRV, .ttl_s = 60, .srv = {0, 1, 5060, target.name}},
                            {.type = SW_RR_SRV, .ttl_s = 60, .srv = {1, 2, 5070, target.name}}};
    a = records(srvs, 2, 60);
    sw_cache_keep(cache, &srv_q, &a, 0);
    memset(flags, 'x', 1);
    memset(service, 'x', 7);
    memset(srvs, 0, sizeof srvs);

    char text[256];
    struct sw_buf b = sw_buf(text, sizeof text);
    assert_int_equal(sw_cache_find(cache, &naptr_q, 0, &found), SW_CACHE_FRESH);
    assert_true(found.is_secure);
    assert_int_equal(found.alias_count, 1);
    assert_true(sw_name_eq(found.owner, owner.name));
    assert_true(found.owner.wire != owner.name.wire);
    sw_rr_write(&b, &found.rrs[0]);
    assert_slice_equal(sw_buf_slice(&b), "10 20 \"s\" \"SIP+D2U\" \"\" _sip._udp.d.t.");
    assert_int_equal(sw_cache_find(cache, &srv_q, 0, &found), SW_CACHE_FRESH);
    assert_int_equal(found.rr_count, 2);
    b.len = 0;
    sw_rr_write(&b, &found.rrs[1]);
    assert_slice_equal(sw_buf_slice(&b), "1 2 5070 h1.d.t.");
    sw_cache_free(cache);
}

static void what_is_kept_and_for_how_long(void **state)
{
    (void)state;
    const uint32_t day_s = SW_CACHE_TTL_MAX_S, hour_s = SW_CACHE_NONE_TTL_MAX_S;
    const struct {
        const char *name;
        struct sw_answer answer;
        uint32_t want_ttl_s; /* 0: it is not kept */
    } rows[] = {
        {"records", records(&an_address, 1, 60), 60},
        {"T136: a TTL of 0 is for one question", records(&an_address, 1, 0), 0},
        {"a very long TTL is cut", records(&an_address, 1, INT32_MAX), day_s},
        {"D1: no data", {.outcome = SW_OUTCOME_NODATA, .ttl_s = 5}, 5},
        {"D1: no name", {.outcome = SW_OUTCOME_NXDOMAIN, .rcode = 3, .ttl_s = 7}, 7},
        {"none without a SOA", {.outcome = SW_OUTCOME_NODATA, .ttl_s = 0}, 0},
        {"none for very long is cut", {.outcome = SW_OUTCOME_NODATA, .ttl_s = 90000}, hour_s},
        {"D12: failure", {.outcome = SW_OUTCOME_SERVFAIL, .rcode = 2, .ttl_s = 60}, 0},
        {"D12: timeout", {.outcome = SW_OUTCOME_TIMEOUT, .ttl_s = 60}, 0},
        {"malformed", {.outcome = SW_OUTCOME_MALFORMED, .ttl_s = 60}, 0},
        {"bogus", {.outcome = SW_OUTCOME_BOGUS, .ttl_s = 60}, 0},
        {"local", {.outcome = SW_OUTCOME_NODATA, .ttl_s = 60, .is_local = true}, 0},
        {"stale", {.outcome = SW_OUTCOME_NODATA, .ttl_s = 60, .is_stale = true}, 0},
        {"cut", {.outcome = SW_OUTCOME_NODATA, .ttl_s = 60, .is_cut = true}, 0},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_cache *cache = open_cache(&(struct sw_cache_args){.max_len = 10000});
        struct sw_question q = question("d.t", SW_RR_A);
        print_message("%s\n", rows[i].name);
        sw_cache_keep(cache, &q, &rows[i].answer, 0);
        assert_found(cache, &q, 0, rows[i].want_ttl_s > 0 ? SW_CACHE_FRESH : SW_CACHE_NOTHING,
                     rows[i].want_ttl_s);
        assert_int_equal(sw_cache_count(cache), rows[i].want_ttl_s > 0);
        sw_cache_free(cache);
    }
}

static void a_new_answer_takes_the_place_of_the_old_one(void **state)
{
    (void)state;
    struct sw_cache *cache = open_cache(&(struct sw_cache_args){.max_len = 10000});
    struct sw_question q = question("d.t", SW_RR_A);
    struct sw_answer a = records(&an_address, 1, 60), found;
    sw_cache_keep(cache, &q, &a, 0);
    const struct sw_answer failed = {.outcome = SW_OUTCOME_SERVFAIL, .ttl_s = 60};
    sw_cache_keep(cache, &q, &failed, SW_SECONDS(1)); /* D12: says nothing about the records */
    assert_found(cache, &q, SW_SECONDS(1), SW_CACHE_FRESH, 59);
    const struct sw_answer none = {.outcome = SW_OUTCOME_NXDOMAIN, .ttl_s = 10};
    sw_cache_keep(cache, &q, &none, SW_SECONDS(2));
    assert_int_equal(sw_cache_find(cache, &q, SW_SECONDS(2), &found), SW_CACHE_FRESH);
    assert_int_equal(found.outcome, SW_OUTCOME_NXDOMAIN);
    assert_int_equal(sw_cache_count(cache), 1);
    a.ttl_s = 0; /* from now on every question is asked anew */
    sw_cache_keep(cache, &q, &a, SW_SECONDS(3));
    assert_found(cache, &q, SW_SECONDS(3), SW_CACHE_NOTHING, 0);
    sw_cache_free(cache);
}

static void an_expired_answer_is_stale_for_as_long_as_is_wanted_d7(void **state)
{
    (void)state;
    struct sw_cache *cache =
        open_cache(&(struct sw_cache_args){.max_len = 10000, .stale_max_s = 100});
    struct sw_question q = question("d.t", SW_RR_A);
    struct sw_answer a = records(&an_address, 1, 20), found;
    sw_cache_keep(cache, &q, &a, 0);
    assert_int_equal(sw_cache_find(cache, &q, SW_MS(19999), &found), SW_CACHE_FRESH);
    assert_false(found.is_stale);
    assert_int_equal(sw_cache_find(cache, &q, SW_SECONDS(20), &found), SW_CACHE_STALE);
    assert_true(found.is_stale);
    assert_int_equal(found.ttl_s, SW_CACHE_STALE_TTL_S);
    assert_int_equal(found.rrs[0].ttl_s, SW_CACHE_STALE_TTL_S);
    assert_found(cache, &q, SW_MS(119999), SW_CACHE_STALE, SW_CACHE_STALE_TTL_S);
    assert_found(cache, &q, SW_SECONDS(120), SW_CACHE_NOTHING, 0);
    sw_cache_keep(cache, &q, &a, SW_SECONDS(121));
    assert_int_equal(sw_cache_find(cache, &q, SW_SECONDS(121), &found), SW_CACHE_FRESH);
    assert_false(found.is_stale);
    sw_cache_free(cache);
}

static void room_is_bounded_and_the_least_used_leaves(void **state)
{
    (void)state;
    struct sw_cache *cache = open_cache(&(struct sw_cache_args){.max_len = 2000});
    struct sw_question first = question("n0.t", SW_RR_A);
    struct sw_answer a = records(&an_address, 1, 60);
    char name[16];
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "n%u.t", i);
        struct sw_question q = question(name, SW_RR_A);
        sw_cache_keep(cache, &q, &a, i);
        assert_true(sw_cache_len(cache) <= 2000);
        assert_found(cache, &first, i, SW_CACHE_FRESH, 60); /* it is asked for all the time */
    }
    assert_true(sw_cache_count(cache) > 2);
    struct sw_question gone = question("n500.t", SW_RR_A), last = question("n999.t", SW_RR_A);
    assert_found(cache, &gone, 1000, SW_CACHE_NOTHING, 0);
    assert_found(cache, &last, 1000, SW_CACHE_FRESH, 60);
    sw_cache_free(cache);

    cache = open_cache(&(struct sw_cache_args){.max_len = 10});
    sw_cache_keep(cache, &first, &a, 0); /* larger than all the room */
    assert_found(cache, &first, 0, SW_CACHE_NOTHING, 0);
    assert_int_equal(sw_cache_len(cache), 0);
    sw_cache_free(cache);
}

static void without_memory_nothing_is_kept_and_nothing_lost(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct test_alloc heap;
        struct sw_cache *cache;
        test_alloc_init(&heap, n);
        if (sw_cache_new(&cache, &(struct sw_cache_args){.alloc = &heap.alloc, .max_len = 9999}) ==
            0) {
            struct sw_question q = question("d.t", SW_RR_A);
            struct sw_answer a = records(&an_address, 1, 60);
            sw_cache_keep(cache, &q, &a, 0);
            assert_found(cache, &q, 0, heap.has_failed ? SW_CACHE_NOTHING : SW_CACHE_FRESH, 60);
            sw_cache_free(cache);
        }
        assert_int_equal(heap.live_count, 0);
        if (!heap.has_failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_given_for_its_time_and_grows_older),
        cmocka_unit_test(names_and_texts_are_copied),
        cmocka_unit_test(what_is_kept_and_for_how_long),
        cmocka_unit_test(a_new_answer_takes_the_place_of_the_old_one),
        cmocka_unit_test(an_expired_answer_is_stale_for_as_long_as_is_wanted_d7),
        cmocka_unit_test(room_is_bounded_and_the_least_used_leaves),
        cmocka_unit_test(without_memory_nothing_is_kept_and_nothing_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

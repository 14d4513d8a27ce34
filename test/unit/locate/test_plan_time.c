/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting: the 50 ms of A3, the deadline, when what is asked, and how many round trips it takes. */
#include "small_dns.h"

struct bench {
    struct sw_policy policy;
    struct sw_uri uri;
    struct small_run run;
    struct sw_candidate c;
};

static void begin(struct bench *b, const char *const *lines, const char *transports,
                  const char *uri)
{
    *b = (struct bench){.policy = small_policy(transports), .run = {.lines = lines}};
    small_parse_uri(uri, &b->uri);
    struct sw_plan_args args = {.policy = &b->policy, .uri = &b->uri, .seed = 1};
    assert_int_equal(sw_plan_new(&b->run.plan, &args, 0), 0);
}

static void end(struct bench *b)
{
    sw_plan_free(b->run.plan);
}

/* "udp:192.0.2.1:5060 at 50": what comes next and when, in ms. */
static const char *next(struct bench *b, enum sw_try why)
{
    static char room[120];
    struct sw_buf text = sw_buf(room, sizeof room);
    if (small_run_next(&b->run, why, &b->c) == SW_NEXT_CANDIDATE)
        sw_candidate_write(&text, &b->c);
    else
        sw_buf_str(&text, sw_result_name(sw_plan_result(b->run.plan)));
    sw_buf_str(&text, " at ");
    sw_buf_u64(&text, b->run.now_us / 1000);
    return sw_buf_cstr(&text);
}

static void A3_an_A_answer_waits_50_ms_for_AAAA(void **state)
{
    (void)state;
    static const char *const late[] = {"d.t A 192.0.2.1", "d.t AAAA 2001:db8::1 after 2000", NULL};
    static const char *const soon[] = {"d.t A 192.0.2.1", "d.t AAAA 2001:db8::1 after 49", NULL};
    static const char *const none[] = {"d.t A 192.0.2.1", "d.t AAAA = NODATA after 30", NULL};
    static const char *const empty[] = {"d.t A = NODATA", "d.t AAAA 2001:db8::1 after 900", NULL};
    static const char *const unusable[] = {"d.t A 0.0.0.0", "d.t AAAA 2001:db8::1 after 900", NULL};
    struct bench b;
    begin(&b, late, "udp", "sip:d.t:5060");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:192.0.2.1:5060 at 50");
    assert_true(sw_plan_has_more(b.run.plan, b.run.now_us));
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:[2001:db8::1]:5060 at 2000");
    assert_false(sw_plan_has_more(b.run.plan, b.run.now_us));
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 2000");
    end(&b);

    begin(&b, soon, "udp", "sip:d.t:5060");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:[2001:db8::1]:5060 at 49");
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:192.0.2.1:5060 at 49");
    end(&b);

    begin(&b, none, "udp", "sip:d.t:5060");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:192.0.2.1:5060 at 30");
    end(&b);

    begin(&b, empty, "udp", "sip:d.t:5060");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:[2001:db8::1]:5060 at 900");
    end(&b);

    begin(&b, unusable, "udp", "sip:d.t:5060");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:[2001:db8::1]:5060 at 900");
    end(&b);
}

static void V7_a_target_without_A_is_waited_for(void **state)
{
    (void)state;
    static const char *const lines[] = {"_sip._udp.d.t SRV 0 0 5060 h1.t",
                                        "_sip._udp.d.t SRV 1 0 5060 h2.t",
                                        "h1.t A = NODATA",
                                        "h1.t AAAA 2001:db8::1 after 900",
                                        "h2.t A 192.0.2.2",
                                        NULL};
    struct bench b;
    begin(&b, lines, "udp", "sip:d.t;transport=udp");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:[2001:db8::1]:5060 at 900");
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:192.0.2.2:5060 at 900");
    end(&b);
}

static void A3_what_comes_late_joins_behind_its_own_target(void **state)
{
    (void)state;
    static const char *const lines[] = {"_sip._udp.d.t SRV 0 0 5060 h1.t",
                                        "_sip._udp.d.t SRV 1 0 5060 h2.t",
                                        "h1.t A 192.0.2.1",
                                        "h1.t A 192.0.2.11",
                                        "h1.t AAAA 2001:db8::1 after 3000",
                                        "h2.t A 192.0.2.2",
                                        NULL};
    struct bench b;
    begin(&b, lines, "udp", "sip:d.t;transport=udp");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:192.0.2.1:5060 at 50");
    b.run.now_us = SW_MS(2000);
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:192.0.2.11:5060 at 2000");
    b.run.now_us = SW_MS(4000);
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:[2001:db8::1]:5060 at 4000");
    b.run.now_us = SW_MS(6000);
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:192.0.2.2:5060 at 6000");
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 6000");
    end(&b);
}

/* Its target was left before it came: then it is the last, rather than lost. */
static void A3_what_comes_too_late_comes_at_the_end(void **state)
{
    (void)state;
    static const char *const lines[] = {"_sip._udp.d.t SRV 0 0 5060 h1.t",
                                        "_sip._udp.d.t SRV 1 0 5060 h2.t",
                                        "h1.t A 192.0.2.1",
                                        "h1.t AAAA 2001:db8::1 after 3000",
                                        "h2.t A 192.0.2.2",
                                        NULL};
    struct bench b;
    begin(&b, lines, "udp", "sip:d.t;transport=udp");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:192.0.2.1:5060 at 50");
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:192.0.2.2:5060 at 50");
    assert_true(sw_plan_has_more(b.run.plan, b.run.now_us));
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:[2001:db8::1]:5060 at 3000");
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 3000");
    end(&b);
}

static void A3_N9_what_comes_too_late_does_not_follow_TLS_in_clear_text(void **state)
{
    (void)state;
    static const char *const lines[] = {"_sip._tcp.d.t SRV 0 0 5060 h1.t",
                                        "_sips._tcp.d.t SRV 0 0 5061 h2.t",
                                        "h1.t A 192.0.2.1",
                                        "h1.t AAAA 2001:db8::1 after 3000",
                                        "h2.t A 192.0.2.2",
                                        "h2.t AAAA 2001:db8::2 after 3000",
                                        NULL};
    struct bench b;
    begin(&b, lines, "tcp,tls", "sip:d.t");
    assert_string_equal(next(&b, SW_TRY_NONE), "tcp:192.0.2.1:5060 at 50");
    assert_string_equal(next(&b, SW_TRY_FAILED), "tls:192.0.2.2:5061 at 50");
    assert_string_equal(next(&b, SW_TRY_FAILED), "tls:[2001:db8::2]:5061 at 3000");
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 3000");
    end(&b);
}

static void A3_IPv6_first_does_not_wait_and_IPv4_takes_its_turn(void **state)
{
    (void)state;
    static const char *const lines[] = {"d.t AAAA 2001:db8::1", "d.t AAAA 2001:db8::2",
                                        "d.t A 192.0.2.1 after 30", NULL};
    static const char *const late[] = {"d.t AAAA 2001:db8::1", "d.t AAAA 2001:db8::2",
                                       "d.t AAAA 2001:db8::3", "d.t A 192.0.2.1 after 80", NULL};
    static const char *const failed[] = {"d.t AAAA 2001:db8::1", "d.t A = SERVFAIL after 20", NULL};
    static const char *const local[] = {"d.t AAAA fd00::1", "d.t A 192.0.2.1 after 30", NULL};
    struct bench b;
    begin(&b, lines, "udp", "sip:d.t:5060");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:[2001:db8::1]:5060 at 0");
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:192.0.2.1:5060 at 30");
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:[2001:db8::2]:5060 at 30");
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 30");
    end(&b);

    begin(&b, late, "udp", "sip:d.t:5060");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:[2001:db8::1]:5060 at 0");
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:[2001:db8::2]:5060 at 50");
    b.run.now_us = SW_MS(100);
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:192.0.2.1:5060 at 100");
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:[2001:db8::3]:5060 at 100");
    end(&b);

    begin(&b, failed, "udp", "sip:d.t:5060");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:[2001:db8::1]:5060 at 0");
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 20");
    end(&b);

    begin(&b, local, "udp", "sip:d.t:5060");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:192.0.2.1:5060 at 30");
    end(&b);
}

static void T74_three_round_trips_for_the_longest_way(void **state)
{
    (void)state;
    static const char *const lines[] = {"d.t NAPTR 1 1 s SIP+D2U - _sip._udp.d.t after 200",
                                        "d.t NAPTR 1 2 s SIP+D2T - _sip._tcp.d.t after 200",
                                        "_sip._udp.d.t SRV = NODATA after 200",
                                        "_sip._tcp.d.t SRV 0 0 5060 h1.t after 200",
                                        "h1.t A 192.0.2.1 after 200",
                                        "h1.t AAAA 2001:db8::1 after 200",
                                        NULL};
    static const char *const no_naptr[] = {"d.t NAPTR = NODATA after 200",
                                           "_sip._udp.d.t SRV = NODATA after 200",
                                           "_sip._tcp.d.t SRV = NODATA after 200",
                                           "_sips._tcp.d.t SRV 0 0 5061 h1.t after 200",
                                           "h1.t A 192.0.2.1 after 200",
                                           "h1.t AAAA = NODATA after 200",
                                           NULL};
    struct bench b;
    begin(&b, lines, "udp,tcp", "sip:d.t");
    assert_string_equal(next(&b, SW_TRY_NONE), "tcp:[2001:db8::1]:5060 at 600");
    end(&b);
    begin(&b, no_naptr, "udp,tcp,tls", "sip:d.t");
    assert_string_equal(next(&b, SW_TRY_NONE), "tls:192.0.2.1:5061 at 600");
    end(&b);
}

static void V9_only_the_target_in_use_and_the_next_are_asked_for(void **state)
{
    (void)state;
    static const char *const lines[] = {"_sip._udp.d.t SRV 1 0 5060 h1.t",
                                        "_sip._udp.d.t SRV 2 0 5060 h2.t",
                                        "_sip._udp.d.t SRV 3 0 5060 h3.t",
                                        "h1.t A 192.0.2.1",
                                        "h2.t A 192.0.2.2",
                                        "h3.t A 192.0.2.3",
                                        NULL};
    struct bench b;
    begin(&b, lines, "udp", "sip:d.t;transport=udp");
    next(&b, SW_TRY_NONE);
    small_run_ask(&b.run);
    assert_true(small_run_has_asked(&b.run, "h1.t A"));
    assert_true(small_run_has_asked(&b.run, "h1.t AAAA"));
    assert_true(small_run_has_asked(&b.run, "h2.t AAAA"));
    assert_false(small_run_has_asked(&b.run, "h3.t A"));
    next(&b, SW_TRY_FAILED);
    small_run_ask(&b.run);
    assert_true(small_run_has_asked(&b.run, "h3.t A"));
    assert_int_equal(b.run.asked_count, 7);
    end(&b);
}

static void V9_T64_one_host_twice_is_asked_for_once(void **state)
{
    (void)state;
    static const char *const lines[] = {"_sip._udp.d.t SRV 1 0 5060 h1.t",
                                        "_sip._udp.d.t SRV 2 0 5070 h1.t", "h1.t A 192.0.2.1",
                                        NULL};
    struct bench b;
    begin(&b, lines, "udp", "sip:d.t;transport=udp");
    assert_string_equal(small_run_list(&b.run), "udp:192.0.2.1:5060 udp:192.0.2.1:5070");
    assert_int_equal(b.run.asked_count, 3);
    end(&b);
}

static void A1_a_family_that_is_not_wanted_is_not_asked_for(void **state)
{
    (void)state;
    static const char *const lines[] = {"d.t A 192.0.2.1", "d.t AAAA 2001:db8::1", NULL};
    struct bench b;
    begin(&b, lines, "udp", "sip:d.t:5060");
    b.policy.family = SW_FAMILY_4;
    assert_string_equal(small_run_list(&b.run), "udp:192.0.2.1:5060");
    assert_false(small_run_has_asked(&b.run, "d.t AAAA"));
    end(&b);
    begin(&b, lines, "udp", "sip:d.t:5060");
    b.policy.family = SW_FAMILY_6;
    assert_string_equal(small_run_list(&b.run), "udp:[2001:db8::1]:5060");
    assert_false(small_run_has_asked(&b.run, "d.t A"));
    end(&b);
}

static void D10_the_deadline(void **state)
{
    (void)state;
    static const char *const silent[] = {"d.t NAPTR = NODATA after 60000", NULL};
    static const char *const second[] = {"_sip._udp.d.t SRV 0 0 5060 h1.t",
                                         "_sip._udp.d.t SRV 1 0 5060 h2.t",
                                         "h1.t A = NODATA after 60000",
                                         "h1.t AAAA = NODATA after 60000",
                                         "h2.t A 192.0.2.2",
                                         NULL};
    static const char *const set[] = {"_sip._udp.d.t SRV = NODATA after 60000",
                                      "_sip._tcp.d.t SRV 0 0 5067 h1.t", "h1.t A 192.0.2.1", NULL};
    struct bench b;
    begin(&b, silent, "udp", "sip:d.t");
    assert_true(sw_plan_wake_us(b.run.plan) == SW_SECONDS(5));
    assert_string_equal(next(&b, SW_TRY_NONE), "temporary at 5000");
    end(&b);

    begin(&b, second, "udp", "sip:d.t;transport=udp");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:192.0.2.2:5060 at 5000");
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 5000");
    end(&b);

    begin(&b, set, "udp,tcp", "sip:d.t");
    assert_string_equal(next(&b, SW_TRY_NONE), "tcp:192.0.2.1:5067 at 5000");
    end(&b);
}

/* T68: the last of many is reached although the tries before it took far longer than the deadline.
 */
static void D10_its_clock_stands_still_while_a_candidate_is_tried(void **state)
{
    (void)state;
    static const char *const lines[] = {"_sip._udp.d.t SRV 1 0 5060 h1.t",
                                        "_sip._udp.d.t SRV 2 0 5060 h2.t",
                                        "_sip._udp.d.t SRV 3 0 5060 h3.t",
                                        "_sip._udp.d.t SRV 4 0 5060 h4.t",
                                        "h1.t A 192.0.2.1",
                                        "h2.t A 192.0.2.2",
                                        "h3.t A 192.0.2.3",
                                        "h4.t A 192.0.2.4 after 100",
                                        "h4.t AAAA = NODATA after 4000",
                                        NULL};
    struct bench b;
    begin(&b, lines, "udp", "sip:d.t;transport=udp");
    for (unsigned i = 0; i < 3; i++) {
        next(&b, i == 0 ? SW_TRY_NONE : SW_TRY_FAILED);
        assert_true(sw_plan_wake_us(b.run.plan) == SW_NEVER);
        small_run_ask(&b.run);
        b.run.now_us += SW_SECONDS(4);
        small_run_ask(&b.run);
        assert_true(sw_plan_has_more(b.run.plan, b.run.now_us));
    }
    assert_string_equal(next(&b, SW_TRY_FAILED), "udp:192.0.2.4:5060 at 12000");
    end(&b);
}

static void answers_to_unknown_questions_are_ignored(void **state)
{
    (void)state;
    static const char *const lines[] = {"d.t A 192.0.2.1", NULL};
    struct bench b;
    struct sw_rr rr = {.type = SW_RR_A, .addr = {4, {192, 0, 2, 66}}};
    struct sw_answer answer = {
        .outcome = SW_OUTCOME_RECORDS, .ttl_s = 300, .rrs = &rr, .rr_count = 1};
    begin(&b, lines, "udp", "sip:d.t:5060");
    small_run_ask(&b.run);
    assert_int_equal(b.run.asked_count, 2);
    uint32_t first = b.run.asked[0].ask.id;
    assert_int_equal(sw_plan_answer(b.run.plan, 0, &answer, 0), 0);
    assert_int_equal(sw_plan_answer(b.run.plan, first + 2, &answer, 0), 0);
    assert_int_equal(sw_plan_answer(b.run.plan, UINT32_MAX, &answer, 0), 0);
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:192.0.2.1:5060 at 0");
    /* a second answer to one question */
    assert_int_equal(sw_plan_answer(b.run.plan, first, &answer, 0), 0);
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 0");

    /* what an earlier life asked */
    struct sw_plan_args args = {.policy = &b.policy, .uri = &b.uri, .seed = 1};
    assert_int_equal(sw_plan_restart(b.run.plan, &args, 0), 0);
    b.run.asked_count = 0;
    small_run_ask(&b.run);
    assert_int_equal(b.run.asked_count, 2);
    assert_int_not_equal(b.run.asked[0].ask.id, first);
    assert_int_equal(sw_plan_answer(b.run.plan, first, &answer, 0), 0);
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:192.0.2.1:5060 at 0");
    end(&b);
}

static void F5_has_more_knows_the_last_one(void **state)
{
    (void)state;
    static const char *const lines[] = {"d.t A 192.0.2.1", "d.t A 192.0.2.2", NULL};
    static const char *const alike[] = {"_sip._udp.d.t SRV 1 0 5060 h1.t",
                                        "_sip._udp.d.t SRV 2 0 5060 h2.t", "h1.t A 192.0.2.1",
                                        "h2.t A 192.0.2.1", NULL};
    struct bench b;
    begin(&b, lines, "udp", "sip:d.t:5060");
    assert_true(sw_plan_has_more(b.run.plan, 0));
    next(&b, SW_TRY_NONE);
    assert_true(sw_plan_has_more(b.run.plan, 0));
    next(&b, SW_TRY_FAILED);
    assert_false(sw_plan_has_more(b.run.plan, 0));
    assert_false(sw_plan_has_more(b.run.plan, 0));
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 0");
    end(&b);

    begin(&b, alike, "udp", "sip:d.t;transport=udp");
    next(&b, SW_TRY_NONE);
    small_run_settle(&b.run);
    assert_false(sw_plan_has_more(b.run.plan, 0));
    end(&b);
}

static void the_order_does_not_depend_on_which_answer_is_first(void **state)
{
    (void)state;
    static const char *const lines[] = {"d.t NAPTR 1 1 s SIP+D2T - _sip._tcp.d.t",
                                        "d.t NAPTR 1 1 s SIP+D2U - _sip._udp.d.t",
                                        "_sip._tcp.d.t SRV 0 1 5060 h1.t",
                                        "_sip._tcp.d.t SRV 0 1 5060 h2.t",
                                        "_sip._tcp.d.t SRV 0 1 5060 h3.t",
                                        "_sip._udp.d.t SRV 0 1 5060 h1.t",
                                        "h1.t A 192.0.2.1",
                                        "h1.t AAAA 2001:db8::1",
                                        "h2.t A 192.0.2.2",
                                        "h3.t AAAA 2001:db8::3",
                                        NULL};
    for (uint64_t seed = 0; seed < 200; seed++) {
        char lists[2][600];
        for (unsigned at = 0; at < 2; at++) {
            struct bench b;
            begin(&b, lines, "udp,tcp", "sip:d.t");
            struct sw_plan_args args = {.policy = &b.policy, .uri = &b.uri, .seed = seed};
            assert_int_equal(sw_plan_restart(b.run.plan, &args, 0), 0);
            b.run.answer_last_first = at == 1;
            struct sw_buf text = sw_buf(lists[at], sizeof lists[at]);
            sw_buf_str(&text, small_run_list(&b.run));
            sw_buf_cstr(&text);
            end(&b);
        }
        assert_string_equal(lists[0], lists[1]);
    }
}

/* When nothing can be asked any more, nothing is waited for either. */
static void D9_the_last_question_ends_the_location_not_the_deadline(void **state)
{
    enum { HOSTS = 40, TEXT = 48 };
    static char text[2 * HOSTS][TEXT];
    const char *lines[2 * HOSTS + 1] = {NULL};
    struct bench b;

    (void)state;
    for (unsigned i = 0; i < HOSTS; i++) {
        struct sw_buf srv = sw_buf(text[2 * i], TEXT), host = sw_buf(text[2 * i + 1], TEXT);
        sw_buf_str(&srv, "_sip._udp.d.t SRV ");
        sw_buf_u64(&srv, i);
        sw_buf_str(&srv, " 0 5060 h");
        sw_buf_u64(&srv, i);
        sw_buf_str(&srv, ".t");
        sw_buf_str(&host, "h");
        sw_buf_u64(&host, i);
        sw_buf_str(&host, ".t A 192.0.2.");
        sw_buf_u64(&host, i + 1);
        lines[2 * i] = sw_buf_cstr(&srv);
        lines[2 * i + 1] = sw_buf_cstr(&host);
    }
    begin(&b, lines, "udp", "sip:d.t");
    assert_string_equal(next(&b, SW_TRY_NONE), "udp:192.0.2.1:5060 at 0");
    for (unsigned i = 1; i < 31; i++) /* 1 NAPTR, 1 SRV, 31 times A and AAAA */
        next(&b, SW_TRY_FAILED);
    assert_string_equal(next(&b, SW_TRY_FAILED), "ok at 0");
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(A3_an_A_answer_waits_50_ms_for_AAAA),
        cmocka_unit_test(V7_a_target_without_A_is_waited_for),
        cmocka_unit_test(A3_what_comes_late_joins_behind_its_own_target),
        cmocka_unit_test(A3_what_comes_too_late_comes_at_the_end),
        cmocka_unit_test(A3_N9_what_comes_too_late_does_not_follow_TLS_in_clear_text),
        cmocka_unit_test(A3_IPv6_first_does_not_wait_and_IPv4_takes_its_turn),
        cmocka_unit_test(T74_three_round_trips_for_the_longest_way),
        cmocka_unit_test(V9_only_the_target_in_use_and_the_next_are_asked_for),
        cmocka_unit_test(V9_T64_one_host_twice_is_asked_for_once),
        cmocka_unit_test(A1_a_family_that_is_not_wanted_is_not_asked_for),
        cmocka_unit_test(D10_the_deadline),
        cmocka_unit_test(D10_its_clock_stands_still_while_a_candidate_is_tried),
        cmocka_unit_test(D9_the_last_question_ends_the_location_not_the_deadline),
        cmocka_unit_test(answers_to_unknown_questions_are_ignored),
        cmocka_unit_test(F5_has_more_knows_the_last_one),
        cmocka_unit_test(the_order_does_not_depend_on_which_answer_is_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

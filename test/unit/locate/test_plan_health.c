/* SPDX-License-Identifier: BSD-2-Clause */
/* What health does to the order of one location, and what it must not do. */
#include "small_dns.h"

static const char *const three[] = {
    "_sip._udp.d.t SRV 1 0 5060 h1.t",
    "_sip._udp.d.t SRV 2 0 5060 h2.t",
    "_sip._udp.d.t SRV 3 0 5060 h3.t",
    "h1.t A 192.0.2.1",
    "h2.t A 192.0.2.2",
    "h3.t A 192.0.2.3",
    NULL,
};

struct bench {
    struct sw_policy policy;
    struct sw_health *health;
    struct sw_rng rng;
    struct small_run run;
    uint64_t now_us;
    size_t request_len;
    const char *uri;
    const char *const *lines;
    bool is_stateless;
};

static int set_up(void **state)
{
    static struct bench b;
    b = (struct bench){.policy = small_policy("udp"),
                       .now_us = SW_SECONDS(100),
                       .uri = "sip:d.t;transport=udp",
                       .lines = three};
    sw_rng_init_u64(&b.rng, 1);
    *state = &b;
    return sw_health_new(&b.health, NULL, 0, 7);
}

static int tear_down(void **state)
{
    sw_health_free(((struct bench *)*state)->health);
    return 0;
}

static void fail_for(struct bench *b, enum sw_transport transport, uint8_t last, uint16_t port,
                     uint32_t seconds)
{
    struct sw_health_key key = {transport, {{4, {192, 0, 2, last}}, port}};
    sw_health_failed(b->health, &key, SW_HEALTH_RETRY_AFTER, seconds, b->now_us, &b->rng);
}

/* The list, penalised ones with "*", probes with "!", conditional ones with "?". */
static const char *list_of(struct bench *b, enum sw_try why)
{
    static char room[1000];
    struct sw_uri uri;
    struct sw_candidate c;
    struct sw_buf text = sw_buf(room, sizeof room);
    small_parse_uri(b->uri, &uri);
    b->run = (struct small_run){.lines = b->lines, .now_us = b->now_us};
    struct sw_plan_args args = {.policy = &b->policy,
                                .uri = &uri,
                                .seed = 1,
                                .health = b->health,
                                .request_len = b->request_len,
                                .is_stateless = b->is_stateless,
                                .stateless_key = SW_LIT("key")};
    assert_int_equal(sw_plan_new(&b->run.plan, &args, b->now_us), 0);
    enum sw_try given = SW_TRY_NONE;
    bool had_more = true;
    while (small_run_next(&b->run, given, &c) == SW_NEXT_CANDIDATE) {
        assert_true(had_more);
        had_more = sw_plan_has_more(b->run.plan, b->run.now_us);
        if (text.len > 0)
            sw_buf_char(&text, ' ');
        sw_candidate_write(&text, &c);
        sw_buf_str(&text, c.penalty_until_us != 0 ? "*" : "");
        sw_buf_str(&text, c.is_probe ? "!" : "");
        sw_buf_str(&text, c.is_only_if_refused ? "?" : "");
        given = why;
    }
    sw_plan_free(b->run.plan);
    return sw_buf_cstr(&text);
}

static void R3_penalised_ones_come_behind_all_healthy_ones(void **state)
{
    struct bench *b = *state;
    fail_for(b, SW_UDP, 1, 5060, 30);
    assert_string_equal(list_of(b, SW_TRY_FAILED),
                        "udp:192.0.2.2:5060 udp:192.0.2.3:5060 udp:192.0.2.1:5060*");
}

static void R3_T104_all_penalised_least_bad_first(void **state)
{
    struct bench *b = *state;
    fail_for(b, SW_UDP, 1, 5060, 90);
    fail_for(b, SW_UDP, 2, 5060, 30);
    fail_for(b, SW_UDP, 3, 5060, 60);
    assert_string_equal(list_of(b, SW_TRY_FAILED),
                        "udp:192.0.2.2:5060* udp:192.0.2.3:5060* udp:192.0.2.1:5060*");
}

static void R1_other_transports_and_ports_do_not_matter(void **state)
{
    struct bench *b = *state;
    fail_for(b, SW_TCP, 1, 5060, 90);
    fail_for(b, SW_UDP, 1, 5061, 90);
    assert_string_equal(list_of(b, SW_TRY_FAILED),
                        "udp:192.0.2.1:5060 udp:192.0.2.2:5060 udp:192.0.2.3:5060");
}

static void R4_one_location_probes_and_the_others_go_round(void **state)
{
    struct bench *b = *state;
    fail_for(b, SW_UDP, 1, 5060, 30);
    b->now_us += SW_SECONDS(31);
    assert_string_equal(list_of(b, SW_TRY_FAILED),
                        "udp:192.0.2.1:5060! udp:192.0.2.2:5060 udp:192.0.2.3:5060");
    assert_string_equal(list_of(b, SW_TRY_FAILED),
                        "udp:192.0.2.2:5060 udp:192.0.2.3:5060 udp:192.0.2.1:5060*");
}

static void T84_the_29th_and_the_31st_second(void **state)
{
    struct bench *b = *state;
    fail_for(b, SW_UDP, 1, 5060, 30);
    b->now_us += SW_SECONDS(29);
    assert_string_equal(list_of(b, SW_TRY_FAILED),
                        "udp:192.0.2.2:5060 udp:192.0.2.3:5060 udp:192.0.2.1:5060*");
    b->now_us += SW_SECONDS(2);
    assert_string_equal(list_of(b, SW_TRY_FAILED),
                        "udp:192.0.2.1:5060! udp:192.0.2.2:5060 udp:192.0.2.3:5060");
}

static void S2_stateless_lists_know_no_health(void **state)
{
    struct bench *b = *state;
    fail_for(b, SW_UDP, 1, 5060, 30);
    b->is_stateless = true;
    assert_string_equal(list_of(b, SW_TRY_FAILED),
                        "udp:192.0.2.1:5060 udp:192.0.2.2:5060 udp:192.0.2.3:5060");
}

static void R3_T7_who_depends_on_a_penalised_twin_stays_behind_it(void **state)
{
    struct bench *b = *state;
    static const char *const lines[] = {"d.t A 192.0.2.1", "d.t A 192.0.2.2", NULL};
    static const char *const sets[] = {"_sip._udp.d.t SRV 0 0 5070 h1.t",
                                       "_sip._tcp.d.t SRV 0 0 5080 h1.t", "h1.t A 192.0.2.1", NULL};
    b->policy = small_policy("udp,tcp");
    b->request_len = 1400;
    b->uri = "sip:d.t:5060";
    b->lines = lines;
    fail_for(b, SW_TCP, 1, 5060, 30);
    assert_string_equal(list_of(b, SW_TRY_REFUSED), "tcp:192.0.2.2:5060 udp:192.0.2.2:5060? "
                                                    "tcp:192.0.2.1:5060* udp:192.0.2.1:5060?");
    assert_string_equal(list_of(b, SW_TRY_FAILED), "tcp:192.0.2.2:5060 tcp:192.0.2.1:5060*");
    b->uri = "sip:d.t";
    b->lines = sets;
    fail_for(b, SW_TCP, 1, 5080, 30);
    assert_string_equal(list_of(b, SW_TRY_REFUSED), "tcp:192.0.2.1:5080* udp:192.0.2.1:5070?");
    assert_string_equal(list_of(b, SW_TRY_FAILED), "tcp:192.0.2.1:5080*");
}

static void N9_penalised_clear_text_does_not_follow_TLS(void **state)
{
    struct bench *b = *state;
    static const char *const lines[] = {"_sip._udp.d.t SRV 0 0 5060 h1.t",
                                        "_sips._tcp.d.t SRV 0 0 5061 h2.t", "h1.t A 192.0.2.1",
                                        "h2.t A 192.0.2.2", NULL};
    b->policy = small_policy("udp,tls");
    b->uri = "sip:d.t";
    b->lines = lines;
    fail_for(b, SW_UDP, 1, 5060, 30);
    assert_string_equal(list_of(b, SW_TRY_FAILED), "tls:192.0.2.2:5061");
    b->policy.allow_downgrade = true;
    assert_string_equal(list_of(b, SW_TRY_FAILED), "tls:192.0.2.2:5061 udp:192.0.2.1:5060*");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(R3_penalised_ones_come_behind_all_healthy_ones),
        TEST(R3_T104_all_penalised_least_bad_first),
        TEST(R1_other_transports_and_ports_do_not_matter),
        TEST(R4_one_location_probes_and_the_others_go_round),
        TEST(T84_the_29th_and_the_31st_second),
        TEST(S2_stateless_lists_know_no_health),
        TEST(R3_T7_who_depends_on_a_penalised_twin_stays_behind_it),
        TEST(N9_penalised_clear_text_does_not_follow_TLS),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Who waits for what, and for how long: deadlines, questions asked once, many at a time. */
#include "adapter/clock.h"
#include "support/check.h"
#include "support/dns_client.h"
#include "support/liar.h"

#include <stdio.h>
#include <stdlib.h>

static struct dns_client client;
static struct liar *liar;

static enum dns_client_kind kind_of(void **state)
{
    return *(const enum dns_client_kind *)*state;
}

static void open_with(void **state, const struct liar_rule *rules, size_t count,
                      size_t inflight_max)
{
    liar = liar_start(rules, count);
    const struct sw_endpoint server = {{4, {127, 0, 0, 1}}, liar_port(liar)};
    const struct ad_dns_conf conf = {.source = AD_DNS_SERVERS,
                                     .servers = &server,
                                     .server_count = 1,
                                     .inflight_max = inflight_max};
    dns_client_open(&client, kind_of(state), &conf);
}

#define OPEN(rules) open_with(state, (rules), SW_ARRAY_LEN(rules), 0)

static void close_client(void)
{
    dns_client_close(&client);
    liar_stop(liar);
}

static void the_deadline_is_ours_t145(void **state)
{
    static const struct liar_rule rules[] = {
        {.name = "dead.t", .deeds = LIAR_SILENT},
        {.name = "late.t", .delay_ms = 300, .records = {"an & 60 A 192.0.2.1"}},
    };
    OPEN(rules);
    const struct dns_result *r = dns_client_ask_for(&client, "dead.t", SW_RR_A, SW_MS(200));
    assert_string_equal(r->text, "timeout");
    assert_string_equal(r->why, "no answer in time");
    assert_in_range(r->answer.elapsed_us, 199000, 260000);

    /* each waits as long as he said, also for one question; what comes late is there for the next
     */
    struct dns_result early = {0}, patient = {0};
    (void)dns_client_start(&client, "late.t", SW_RR_A, SW_MS(100), &early);
    (void)dns_client_start(&client, "late.t", SW_RR_A, SW_SECONDS(5), &patient);
    dns_client_wait(&client, &patient, 1);
    assert_string_equal(early.text, "timeout");
    assert_in_range(early.answer.elapsed_us, 99000, 160000);
    assert_string_equal(patient.text, "records 192.0.2.1");

    r = dns_client_ask_for(&client, "dead.t", SW_RR_A, 0);
    assert_string_equal(r->text, "timeout");
    close_client();
}

static void an_answer_after_the_deadline_fills_the_cache(void **state)
{
    static const struct liar_rule rules[] = {
        {.name = "late.t", .delay_ms = 150, .records = {"an & 60 A 192.0.2.1"}},
    };
    OPEN(rules);
    assert_string_equal(dns_client_ask_for(&client, "late.t", SW_RR_A, SW_MS(50))->text, "timeout");
    dns_client_run_for(&client, SW_MS(250));
    assert_string_equal(dns_client_ask_for(&client, "late.t", SW_RR_A, 1)->text,
                        "records 192.0.2.1");
    assert_int_equal(liar_count(liar, 0), 1);
    close_client();
}

static void equal_questions_are_asked_once_d11_t149(void **state)
{
    static const struct liar_rule rules[] = {
        {.name = "d.t", .type = SW_RR_A, .delay_ms = 50, .records = {"an & 0 A 192.0.2.1"}},
        {.name = "d.t", .type = SW_RR_AAAA, .delay_ms = 50, .records = {"an & 0 AAAA ::1"}},
    };
    enum { COUNT = 1000 };
    struct dns_result *results = calloc(COUNT, sizeof *results);
    assert_non_null(results);
    OPEN(rules);
    for (size_t i = 0; i < COUNT; i++)
        (void)dns_client_start(&client, i % 2 ? "d.t" : "D.T.", i % 4 < 2 ? SW_RR_A : SW_RR_AAAA,
                               SW_SECONDS(5), &results[i]);
    dns_client_wait(&client, results, COUNT);
    dns_client_run_for(&client, SW_MS(100));
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(results[i].call_count, 1);
        assert_string_equal(results[i].text, i % 4 < 2 ? "records 192.0.2.1" : "records ::1");
    }
    assert_int_equal(liar_count(liar, 0), 1);
    assert_int_equal(liar_count(liar, 1), 1);
    close_client();
    free(results);
}

static void who_cancels_is_not_called(void **state)
{
    static const struct liar_rule rules[] = {
        {.name = "d.t", .delay_ms = 50, .records = {"an & 60 A 192.0.2.1"}},
    };
    struct dns_result a = {0}, b = {0}, c = {0};
    OPEN(rules);
    struct ad_dns_id id_a = dns_client_start(&client, "d.t", SW_RR_A, SW_SECONDS(5), &a);
    (void)dns_client_start(&client, "d.t", SW_RR_A, SW_SECONDS(5), &b);
    struct ad_dns_id id_c = dns_client_start(&client, "e.t", SW_RR_A, SW_SECONDS(5), &c);
    ad_dns_cancel(client.dns, id_a);
    ad_dns_cancel(client.dns, id_a);
    ad_dns_cancel(client.dns, id_c);
    dns_client_run_for(&client, SW_MS(150));
    assert_int_equal(a.call_count, 0);
    assert_int_equal(b.call_count, 1);
    assert_int_equal(c.call_count, 0);
    close_client();
}

static void freeing_drops_questions_under_way(void **state)
{
    static const struct liar_rule rules[] = {{.deeds = LIAR_SILENT}};
    struct dns_result r[100] = {{0}};
    OPEN(rules);
    for (size_t i = 0; i < SW_ARRAY_LEN(r); i++) {
        char name[32];
        snprintf(name, sizeof name, "h%zu.t", i);
        (void)dns_client_start(&client, name, SW_RR_A, SW_SECONDS(5), &r[i]);
    }
    dns_client_run_for(&client, SW_MS(20));
    close_client();
    for (size_t i = 0; i < SW_ARRAY_LEN(r); i++)
        assert_int_equal(r[i].call_count, 0);
}

/* ---- a callback that asks and cancels when an answer comes from the network ---- */

struct chain {
    unsigned answers;
    struct ad_dns_id other;
    bool is_done;
};

static void ask_next(void *arg, const struct sw_answer *answer)
{
    struct chain *chain = arg;
    struct sw_name_room room;
    struct sw_question q = {.type = SW_RR_A};
    struct ad_dns_id id;
    char name[32];
    assert_int_equal(answer->outcome, SW_OUTCOME_RECORDS);
    ad_dns_cancel(client.dns, chain->other);
    chain->is_done = ++chain->answers == 5;
    if (chain->is_done)
        return;
    int len = snprintf(name, sizeof name, "n%u.t", chain->answers);
    assert_int_equal(sw_name_from_text(sw_slice(name, (size_t)len), &room, &q.name), 0);
    assert_int_equal(ad_dns_ask(client.dns, &q, SW_SECONDS(5), ask_next, chain, &id), 0);
}

static void callbacks_may_ask_and_cancel(void **state)
{
    static const struct liar_rule rules[] = {
        {.delay_ms = 5, .records = {"an & 60 A 192.0.2.1"}},
    };
    struct dns_result other = {0};
    struct chain chain = {0};
    OPEN(rules);
    struct sw_name_room room;
    struct sw_question q = {.type = SW_RR_A};
    struct ad_dns_id id;
    assert_int_equal(sw_name_from_text(SW_LIT("n0.t"), &room, &q.name), 0);
    assert_int_equal(ad_dns_ask(client.dns, &q, SW_SECONDS(5), ask_next, &chain, &id), 0);
    chain.other = dns_client_start(&client, "n0.t", SW_RR_A, SW_SECONDS(5), &other);
    assert_true(dns_client_run_until(&client, &chain.is_done, SW_SECONDS(5)));
    assert_int_equal(other.call_count, 0); /* cancelled by the one before it, of the same answer */
    close_client();
}

/* ---- many ---- */

static void questions_beyond_the_limit_are_not_asked(void **state)
{
    static const struct liar_rule rules[] = {{.deeds = LIAR_SILENT}};
    struct dns_result r[11] = {{0}};
    open_with(state, rules, 1, 10);
    for (size_t i = 0; i < SW_ARRAY_LEN(r); i++) {
        char name[32];
        snprintf(name, sizeof name, "h%zu.t", i);
        (void)dns_client_start(&client, name, SW_RR_A, SW_SECONDS(5), &r[i]);
    }
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(r[i].call_count, 0);
    assert_string_equal(r[10].text, "not-asked");
    assert_string_equal(r[10].why, "too many questions are under way");
    /* who joins a question takes no room */
    (void)dns_client_start(&client, "h0.t", SW_RR_A, SW_MS(10), &r[10]);
    dns_client_wait(&client, &r[10], 1);
    assert_string_equal(r[10].text, "timeout");
    close_client();
}

static void five_thousand_at_a_time_are_all_answered(void **state)
{
    static const struct liar_rule rules[] = {
        {.delay_ms = 20, .records = {"an & 60 A 192.0.2.1"}},
    };
    enum { COUNT = 5000 };
    struct dns_result *results = calloc(COUNT, sizeof *results);
    assert_non_null(results);
    OPEN(rules);
    uint64_t from_us = ad_clock_mono_us();
    for (size_t i = 0; i < COUNT; i++) {
        char name[32];
        snprintf(name, sizeof name, "h%zu.t", i);
        (void)dns_client_start(&client, name, SW_RR_A, SW_SECONDS(20), &results[i]);
    }
    dns_client_wait(&client, results, COUNT);
    print_message("%d answers in %.2f s\n", COUNT, (double)(ad_clock_mono_us() - from_us) / 1e6);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(results[i].call_count, 1);
        assert_string_equal(results[i].text, "records 192.0.2.1");
    }
    close_client();
    free(results);
}

static void a_dead_domain_delays_nobody_else_t147(void **state)
{
    static const struct liar_rule rules[] = {
        {.name = "*.dead.t", .deeds = LIAR_SILENT},
        {.records = {"an & 0 A 192.0.2.1"}}, /* TTL 0: asked each time */
    };
    static struct dns_result dead[300];
    OPEN(rules);
    uint64_t slowest_us = 0;
    for (size_t i = 0; i < SW_ARRAY_LEN(dead); i++) {
        char name[32];
        snprintf(name, sizeof name, "h%zu.dead.t", i);
        (void)dns_client_start(&client, name, SW_RR_A, SW_SECONDS(5), &dead[i]);
        const struct dns_result *r = dns_client_ask(&client, "alive.t", SW_RR_A);
        assert_string_equal(r->text, "records 192.0.2.1");
        if (r->answer.elapsed_us > slowest_us)
            slowest_us = r->answer.elapsed_us;
        dns_client_run_for(&client, SW_MS(10)); /* so long that the first ones are tried again */
    }
    print_message("the slowest took %.1f ms\n", (double)slowest_us / 1000);
    assert_true(slowest_us < SW_MS(200));
    dns_client_wait(&client, dead, SW_ARRAY_LEN(dead));
    for (size_t i = 0; i < SW_ARRAY_LEN(dead); i++)
        assert_string_equal(dead[i].text, "timeout");
    close_client();
}

static enum dns_client_kind kinds[] = {DNS_CLIENT_LIBEVENT, DNS_CLIENT_EPOLL};

#define ON_BOTH(test)                                                                              \
    {#test " on libevent", test, NULL, NULL, &kinds[0]},                                           \
    {                                                                                              \
#test " on epoll", test, NULL, NULL, &kinds[1]                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(the_deadline_is_ours_t145),
        ON_BOTH(an_answer_after_the_deadline_fills_the_cache),
        ON_BOTH(equal_questions_are_asked_once_d11_t149),
        ON_BOTH(who_cancels_is_not_called),
        ON_BOTH(freeing_drops_questions_under_way),
        ON_BOTH(callbacks_may_ask_and_cancel),
        ON_BOTH(questions_beyond_the_limit_are_not_asked),
        ON_BOTH(five_thousand_at_a_time_are_all_answered),
        ON_BOTH(a_dead_domain_delays_nobody_else_t147),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The resolver on zone files, on both loops: no socket is opened. */
#include "adapter/dns_unbound.h"

#include "adapter/clock.h"
#include "adapter/loop_epoll.h"
#include "support/check.h"
#include "support/dns_client.h"
#include "support/temp.h"
#include "support/test_alloc.h"

#include <pthread.h>
#include <stdio.h>

static struct dns_client client;

static void open_zones(enum dns_client_kind kind, const char *const *paths, size_t count)
{
    const struct ad_dns_conf conf = {
        .source = AD_DNS_ZONES, .zone_files = paths, .zone_file_count = count};
    dns_client_open(&client, kind, &conf);
}

static void open_zone(enum dns_client_kind kind, const char *text)
{
    char path[TEMP_PATH_MAX];
    temp_file(path, "d.zone", text);
    const char *paths[] = {path};
    open_zones(kind, paths, 1);
}

/* Run a test on both loops: the state says which. */
static enum dns_client_kind kind_of(void **state)
{
    return *(const enum dns_client_kind *)*state;
}

static void the_worked_example_is_answered(void **state)
{
    static const char *const paths[] = {"demo/vocal.zone"};
    open_zones(kind_of(state), paths, 1);
    static const struct {
        const char *name;
        enum sw_rrtype type;
        const char *want;
    } rows[] = {
        {"vocal.com", SW_RR_NAPTR,
         "records 50 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.vocal.com. | "
         "90 50 \"s\" \"SIP+D2T\" \"\" _sip._tcp.vocal.com. | "
         "100 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.vocal.com."},
        {"_SIP._tcp.Vocal.com", SW_RR_SRV,
         "records 0 1 5060 server1.vocal.com. | 0 2 5060 server2.vocal.com."},
        {"server1.vocal.com", SW_RR_A, "records 127.0.0.11"},
        {"server1.vocal.com", SW_RR_AAAA, "nodata"},
        {"nobody.vocal.com", SW_RR_A, "nxdomain"},
        {"_tcp.vocal.com", SW_RR_SRV, "nodata"},
        {"example.org", SW_RR_A, "not-asked"},
        {"com", SW_RR_A, "not-asked"},
        {".", SW_RR_A, "not-asked"},
    };
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
            const struct dns_result *r = dns_client_ask(&client, rows[i].name, rows[i].type);
            assert_string_equal(r->text, rows[i].want);
            assert_int_equal(r->call_count, 1);
            assert_int_equal(r->answer.is_local, r->answer.outcome != SW_OUTCOME_NOT_ASKED);
            assert_false(r->answer.is_secure || r->answer.is_stale);
            if (r->answer.outcome != SW_OUTCOME_NOT_ASKED)
                assert_int_equal(r->answer.ttl_s, 300);
        }
    }
    dns_client_close(&client);
}

static void small_files_need_no_soa_and_no_ns(void **state)
{
    open_zone(kind_of(state), "$ORIGIN d.t.\n_sip._udp SRV 0 0 5060 h\nh A 192.0.2.1\n");
    assert_string_equal(dns_client_ask(&client, "_sip._udp.d.t", SW_RR_SRV)->text,
                        "records 0 0 5060 h.d.t.");
    assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_NAPTR)->text, "nodata");
    assert_int_equal(client.result.answer.ttl_s, 60);
    assert_string_equal(dns_client_ask(&client, "x.d.t", SW_RR_NAPTR)->text, "nxdomain");
    dns_client_close(&client);
}

static void aliases_are_followed_from_zone_to_zone(void **state)
{
    char d[TEMP_PATH_MAX], e[TEMP_PATH_MAX];
    temp_file(d, "d.zone", "$ORIGIN d.t.\na CNAME b\nb CNAME h.e.t.\nout CNAME h.x.\n");
    temp_file(e, "e.zone", "$ORIGIN e.t.\n$TTL 7\nh A 192.0.2.1\n");
    const char *paths[] = {d, e};
    open_zones(kind_of(state), paths, 2);
    const struct dns_result *r = dns_client_ask(&client, "a.d.t", SW_RR_A);
    assert_string_equal(r->text, "records 192.0.2.1");
    assert_int_equal(r->answer.alias_count, 2);
    assert_int_equal(r->answer.ttl_s, 7);
    assert_true(r->answer.is_local);
    r = dns_client_ask(&client, "out.d.t", SW_RR_A);
    assert_string_equal(r->text, "not-asked");
    assert_string_equal(r->why, "an alias or a delegation leads out of the zone files");
    dns_client_close(&client);
}

static void delegated_names_are_not_asked(void **state)
{
    open_zone(kind_of(state), "$ORIGIN d.t.\nsub NS ns.sub\nns.sub A 127.0.0.1\nh A 192.0.2.1\n");
    assert_string_equal(dns_client_ask(&client, "h.d.t", SW_RR_A)->text, "records 192.0.2.1");
    assert_string_equal(dns_client_ask(&client, "x.sub.d.t", SW_RR_A)->text, "not-asked");
    dns_client_close(&client);
}

static void names_that_libunbound_knows_by_itself_may_be_zones(void **state)
{
    static const struct {
        const char *origin, *name;
    } rows[] = {
        {"test", "a.test"},           {"lab.test", "a.lab.test"},   {"home.arpa", "a.home.arpa"},
        {"x.invalid", "a.x.invalid"}, {"localhost", "a.localhost"}, {"onion", "a.onion"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char text[128];
        snprintf(text, sizeof text, "$ORIGIN %s.\na A 192.0.2.1\n", rows[i].origin);
        open_zone(kind_of(state), text);
        assert_string_equal(dns_client_ask(&client, rows[i].name, SW_RR_A)->text,
                            "records 192.0.2.1");
        dns_client_close(&client);
    }
}

static void large_sets_arrive_whole_t66(void **state)
{
    static char text[65536];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_buf_str(&b, "$ORIGIN d.t.\n");
    for (unsigned i = 0; i < 1000; i++) {
        sw_buf_str(&b, "@ SRV 1 1 ");
        sw_buf_u64(&b, 5000 + i);
        sw_buf_str(&b, " h\n");
    }
    (void)sw_buf_cstr(&b);
    open_zone(kind_of(state), text);
    const struct dns_result *r = dns_client_ask(&client, "d.t", SW_RR_SRV);
    assert_int_equal(r->answer.outcome, SW_OUTCOME_RECORDS);
    assert_int_equal(r->answer.rr_count, 1000);
    dns_client_close(&client);
}

/* ---- callbacks that ask and cancel ---- */

struct chain {
    struct dns_client *client;
    unsigned depth, answers;
};

static void ask_next(void *arg, const struct sw_answer *answer)
{
    struct chain *chain = arg;
    struct sw_name_room room;
    struct sw_question q = {.type = SW_RR_A};
    struct ad_dns_id id;
    assert_int_equal(answer->outcome, SW_OUTCOME_RECORDS);
    assert_int_equal(sw_name_from_text(SW_LIT("h.d.t"), &room, &q.name), 0);
    chain->answers++;
    if (chain->depth-- > 0)
        assert_int_equal(
            ad_dns_ask(chain->client->dns, &q, DNS_CLIENT_TIMEOUT_US, ask_next, chain, &id), 0);
    /* ours is still what it was, whatever was asked meanwhile */
    assert_int_equal(answer->rr_count, 1);
    assert_int_equal(answer->rrs[0].addr.bytes[3], 1);
}

static void a_callback_may_ask_again(void **state)
{
    open_zone(kind_of(state), "$ORIGIN d.t.\nh A 192.0.2.1\n");
    struct chain chain = {&client, 20, 0};
    struct sw_answer first = {.outcome = SW_OUTCOME_RECORDS, .rr_count = 1};
    const struct sw_rr rr = {.type = SW_RR_A, .addr = {4, {192, 0, 2, 1}}};
    first.rrs = &rr;
    ask_next(&chain, &first);
    assert_int_equal(chain.answers, 21);
    dns_client_close(&client);
}

static void ids_that_are_done_may_be_cancelled(void **state)
{
    open_zone(kind_of(state), "$ORIGIN d.t.\nh A 192.0.2.1\n");
    struct dns_result r;
    struct ad_dns_id id = dns_client_start(&client, "h.d.t", SW_RR_A, 1, &r);
    assert_int_equal(id.value, 0);
    ad_dns_cancel(client.dns, id);
    ad_dns_cancel(client.dns, (struct ad_dns_id){12345});
    assert_int_equal(r.call_count, 1);
    dns_client_close(&client);
}

/* ---- memory ---- */

static void count_call(void *arg, const struct sw_answer *answer)
{
    struct dns_result *r = arg;
    r->call_count++;
    r->answer = *answer;
}

static void each_allocation_may_fail(void **state)
{
    static const char *const paths[] = {"demo/vocal.zone"};
    struct sw_name_room room;
    struct sw_question q = {.type = SW_RR_NAPTR};
    assert_int_equal(sw_name_from_text(SW_LIT("vocal.com"), &room, &q.name), 0);
    bool has_failed = true;
    for (size_t n = 0; has_failed; n++) {
        struct test_alloc heap;
        struct ad_dns_error error;
        struct ad_dns_id id = {0};
        struct dns_result r = {0};
        test_alloc_init(&heap, n);
        const struct ad_dns_conf conf = {.source = AD_DNS_ZONES,
                                         .zone_files = paths,
                                         .zone_file_count = 1,
                                         .alloc = &heap.alloc};
        dns_client_open_loop(&client, kind_of(state));
        int rc = ad_dns_new(&client.dns, &conf, client.loop, &error);
        if (rc < 0) {
            client.dns = NULL;
            assert_int_equal(rc, SW_E_NOMEM);
            assert_string_equal(error.text, "out of memory");
        } else {
            rc = ad_dns_ask(client.dns, &q, SW_SECONDS(5), count_call, &r, &id);
            assert_int_equal(r.call_count, rc == 0); /* it says so, or calls back */
        }
        has_failed = heap.has_failed;
        if (rc == 0)
            assert_int_equal(r.answer.outcome,
                             has_failed ? SW_OUTCOME_NOT_ASKED : SW_OUTCOME_RECORDS);
        dns_client_close(&client);
        assert_int_equal(heap.live_count, 0);
        assert_true(n < 50);
    }
}

/* ---- mistakes ---- */

static void assert_refused(enum dns_client_kind kind, const struct ad_dns_conf *conf, int want_rc,
                           const char *want)
{
    struct ad_dns_error error;
    struct ad_dns *dns = NULL;
    dns_client_open_loop(&client, kind);
    assert_int_equal(ad_dns_new(&dns, conf, client.loop, &error), want_rc);
    assert_null(dns);
    if (strstr(error.text, want) == NULL)
        fail_msg("\"%s\" does not hold \"%s\"", error.text, want);
    assert_int_equal(ad_dns_new(&dns, conf, client.loop, NULL), want_rc);
    dns_client_close(&client);
}

static void mistakes_are_told(void **state)
{
    enum dns_client_kind kind = kind_of(state);
    char bad[TEMP_PATH_MAX], bad2[TEMP_PATH_MAX], good[TEMP_PATH_MAX], twin[TEMP_PATH_MAX];
    temp_file(bad, "bad.zone", "$ORIGIN d.t.\n\na SRV 1 2 h\n");
    temp_file(bad2, "bad2.zone", "$ORIGIN e.t.\n\na TLSA 1 2 zzz\n");
    temp_file(good, "good.zone", "$ORIGIN d.t.\na A 192.0.2.1\n");
    temp_file(twin, "twin.zone", "$ORIGIN d.t.\na A 192.0.2.2\n");
    const char *paths[] = {good, bad};
    struct ad_dns_conf conf = {.source = AD_DNS_ZONES, .zone_files = paths, .zone_file_count = 2};
    assert_refused(kind, &conf, SW_E_ZONE, "bad.zone:3: SRV: the port 'h'");
    paths[1] = bad2; /* what only libunbound reads */
    assert_refused(kind, &conf, SW_E_ZONE, "bad2.zone:3: ");
    paths[1] = twin;
    assert_refused(kind, &conf, SW_E_ZONE, "twin.zone:1: another file has the same zone");
    paths[1] = "/nonexistent";
    assert_refused(kind, &conf, SW_E_FILE, "/nonexistent: No such file");

    conf = (struct ad_dns_conf){.source = AD_DNS_ZONES,
                                .zone_files = paths,
                                .zone_file_count = 1,
                                .dnssec = true,
                                .trust_anchor_file = "/nonexistent.key"};
    assert_refused(kind, &conf, SW_E_FILE, "/nonexistent.key: No such file");
    conf.trust_anchor_file = "/tmp";
    assert_refused(kind, &conf, SW_E_FILE, "/tmp: Is a directory");
    temp_file(bad, "bad.key", "d.t. IN DS nonsense\n");
    conf.trust_anchor_file = bad;
    assert_refused(kind, &conf, SW_E_RESOLVER, "bad.key");
}

/* ---- loops and threads ---- */

static void note_time(void *arg)
{
    *(uint64_t *)arg = ad_clock_mono_us();
}

static void timers_fire_in_time_once_and_in_order(void **state)
{
    dns_client_open_loop(&client, kind_of(state));
    const struct ad_loop_ops *ops = client.loop->ops;
    static const uint64_t after_us[] = {0, SW_MS(5), SW_MS(20), SW_MS(1)};
    struct ad_loop_timer *timers[SW_ARRAY_LEN(after_us)];
    uint64_t fired_us[SW_ARRAY_LEN(after_us)] = {0}, disarmed = 0;
    uint64_t from = ops->now_us(client.loop);
    for (size_t i = 0; i < SW_ARRAY_LEN(after_us); i++) {
        timers[i] = ops->timer_new(client.loop, note_time, &fired_us[i]);
        assert_non_null(timers[i]);
        ops->timer_arm(timers[i], SW_SECONDS(100));
        ops->timer_arm(timers[i], after_us[i]); /* arms anew */
    }
    /* libevent reads a clock that is some milliseconds behind */
    uint64_t early_us = kind_of(state) == DNS_CLIENT_LIBEVENT ? SW_MS(10) : 0;
    struct ad_loop_timer *never = ops->timer_new(client.loop, note_time, &disarmed);
    ops->timer_arm(never, SW_MS(5));
    ops->timer_disarm(never);
    dns_client_run_for(&client, SW_MS(40));
    for (size_t i = 0; i < SW_ARRAY_LEN(after_us); i++) {
        assert_true(fired_us[i] + early_us >= from + after_us[i]);
        fired_us[i] = 0;
    }
    assert_int_equal(disarmed, 0);
    dns_client_run_for(&client, SW_MS(10));
    for (size_t i = 0; i < SW_ARRAY_LEN(after_us); i++) {
        assert_int_equal(fired_us[i], 0);
        ops->timer_free(timers[i]);
    }
    ops->timer_free(never);
    dns_client_close(&client);
}

static void the_epoll_loop_says_how_long_to_wait(void **state)
{
    uint64_t fired_us = 0;
    if (kind_of(state) != DNS_CLIENT_EPOLL)
        return;
    dns_client_open_loop(&client, DNS_CLIENT_EPOLL);
    assert_int_equal(ad_loop_epoll_timeout_ms(client.epoll), -1);
    struct ad_loop_timer *t = client.loop->ops->timer_new(client.loop, note_time, &fired_us);
    client.loop->ops->timer_arm(t, SW_MS(500));
    int ms = ad_loop_epoll_timeout_ms(client.epoll);
    assert_true(ms > 0 && ms <= 502);
    client.loop->ops->timer_arm(t, 0);
    assert_int_equal(ad_loop_epoll_timeout_ms(client.epoll), 0);
    ad_loop_epoll_process(client.epoll);
    assert_true(fired_us != 0);
    assert_int_equal(ad_loop_epoll_timeout_ms(client.epoll), -1);
    client.loop->ops->timer_free(t);
    dns_client_close(&client);
}

static void *open_ask_and_close(void *arg)
{
    const enum dns_client_kind *kind = arg;
    static const char *const paths[] = {"demo/vocal.zone"};
    const struct ad_dns_conf conf = {
        .source = AD_DNS_ZONES, .zone_files = paths, .zone_file_count = 1};
    for (int i = 0; i < 5; i++) {
        struct dns_client c;
        dns_client_open(&c, *kind, &conf);
        assert_string_equal(dns_client_ask(&c, "server1.vocal.com", SW_RR_A)->text,
                            "records 127.0.0.11");
        dns_client_close(&c);
    }
    return NULL;
}

static void threads_have_contexts_of_their_own(void **state)
{
    pthread_t threads[4];
    for (size_t i = 0; i < SW_ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_ask_and_close, *state), 0);
    for (size_t i = 0; i < SW_ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
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
        ON_BOTH(the_worked_example_is_answered),
        ON_BOTH(small_files_need_no_soa_and_no_ns),
        ON_BOTH(aliases_are_followed_from_zone_to_zone),
        ON_BOTH(delegated_names_are_not_asked),
        ON_BOTH(names_that_libunbound_knows_by_itself_may_be_zones),
        ON_BOTH(large_sets_arrive_whole_t66),
        ON_BOTH(a_callback_may_ask_again),
        ON_BOTH(ids_that_are_done_may_be_cancelled),
        ON_BOTH(each_allocation_may_fail),
        ON_BOTH(mistakes_are_told),
        ON_BOTH(timers_fire_in_time_once_and_in_order),
        ON_BOTH(the_epoll_loop_says_how_long_to_wait),
        ON_BOTH(threads_have_contexts_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

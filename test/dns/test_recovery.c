/* SPDX-License-Identifier: BSD-2-Clause */
/* Failing for now, and after: nothing that failed is remembered as "none" or for long (D12), what
 * has expired may be used marked as stale (D7), another resolv.conf means other servers. */
#include "adapter/clock.h"
#include "support/check.h"
#include "support/dns_client.h"
#include "support/liar.h"
#include "support/temp.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

static struct dns_client client;

static void open_servers(const struct sw_endpoint *servers, size_t count, uint32_t stale_max_s)
{
    const struct ad_dns_conf conf = {.source = AD_DNS_SERVERS,
                                     .servers = servers,
                                     .server_count = count,
                                     .stale_max_s = stale_max_s};
    dns_client_open(&client, DNS_CLIENT_EPOLL, &conf);
}

static struct sw_endpoint at_port(uint16_t port)
{
    return (struct sw_endpoint){{4, {127, 0, 0, 1}}, port};
}

static const struct liar_rule good[] = {{.records = {"an & 1 A 192.0.2.1"}}};
static const struct liar_rule better[] = {{.records = {"an & 60 A 192.0.2.2"}}};
static const struct liar_rule silent[] = {{.deeds = LIAR_SILENT}};
static const struct liar_rule servfail[] = {{.rcode = 2}};
static const struct liar_rule malformed[] = {{.records = {"an & 3600 TYPE1 # 00"}}};

/* ---- failures are not remembered ---- */

static void a_failure_is_not_remembered_t138(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const struct liar_rule *rules;
    } rows[] = {{"servfail", servfail}, {"malformed", malformed}};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct liar *liar = liar_start(rows[i].rules, 1);
        struct sw_endpoint server = at_port(liar_port(liar));
        open_servers(&server, 1, 0);
        assert_true(
            sw_outcome_is_temporary(dns_client_ask(&client, "d.t", SW_RR_A)->answer.outcome));
        liar_set_rules(liar, better, 1);
        assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "records 192.0.2.2");
        dns_client_close(&client);
        liar_stop(liar);
    }
}

/* ... nor does it cost a question to the server each time it is asked for. */
static void a_failing_domain_is_asked_about_twice_a_second(void **state)
{
    (void)state;
    struct liar *liar = liar_start(servfail, 1);
    struct sw_endpoint server = at_port(liar_port(liar));
    open_servers(&server, 1, 0);
    (void)dns_client_ask(&client, "d.t", SW_RR_A); /* the lasting context */
    (void)dns_client_ask(&client, "d.t", SW_RR_A); /* the retry context */
    unsigned count = liar_count(liar, 0);
    for (int i = 0; i < 200; i++)
        assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "servfail");
    assert_int_equal(liar_count(liar, 0), count);
    dns_client_run_for(&client, SW_MS(600));
    (void)dns_client_ask(&client, "d.t", SW_RR_A);
    assert_true(liar_count(liar, 0) > count);
    dns_client_close(&client);
    liar_stop(liar);
}

static void the_second_server_is_asked_when_the_first_refuses_t140(void **state)
{
    (void)state;
    static const struct liar_rule refused[] = {{.rcode = 5}};
    struct liar *a = liar_start(refused, 1), *b = liar_start(better, 1);
    const struct sw_endpoint servers[] = {at_port(liar_port(a)), at_port(liar_port(b))};
    open_servers(servers, 2, 0);
    for (int i = 0; i < 10; i++) {
        char name[32];
        snprintf(name, sizeof name, "h%d.t", i);
        assert_string_equal(dns_client_ask(&client, name, SW_RR_A)->text, "records 192.0.2.2");
    }
    dns_client_close(&client);
    liar_stop(a);
    liar_stop(b);
}

static void a_server_that_is_away_for_a_while_works_again_t141(void **state)
{
    (void)state;
    struct liar *liar = liar_start(better, 1);
    uint16_t port = liar_port(liar);
    struct sw_endpoint server = at_port(port);
    open_servers(&server, 1, 0);
    assert_string_equal(dns_client_ask(&client, "a.t", SW_RR_A)->text, "records 192.0.2.2");

    liar_stop(liar); /* nobody is there: the port is closed */
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "away%d.t", i);
        const struct dns_result *r = dns_client_ask_for(&client, name, SW_RR_A, SW_MS(100));
        assert_true(sw_outcome_is_temporary(r->answer.outcome));
    }
    liar = liar_start_at(port, better, 1);
    const struct dns_result *r = dns_client_ask(&client, "away3.t", SW_RR_A);
    assert_string_equal(r->text, "records 192.0.2.2");
    assert_true(r->answer.elapsed_us < SW_SECONDS(1));
    r = dns_client_ask(&client, "new.t", SW_RR_A);
    assert_string_equal(r->text, "records 192.0.2.2");
    assert_true(r->answer.elapsed_us < SW_SECONDS(1));
    dns_client_close(&client);
    liar_stop(liar);
}

/* As before, but packets vanish: libunbound waits longer and longer, and thinks the server dead. */
static void a_server_that_was_silent_for_a_while_works_again_t141(void **state)
{
    (void)state;
    struct liar *liar = liar_start(silent, 1);
    struct sw_endpoint server = at_port(liar_port(liar));
    open_servers(&server, 1, 0);
    for (int i = 0; i < 24; i++) {
        char name[32];
        snprintf(name, sizeof name, "away%d.t", i % 6);
        const struct dns_result *r = dns_client_ask_for(&client, name, SW_RR_A, SW_MS(200));
        assert_true(sw_outcome_is_temporary(r->answer.outcome));
    }
    liar_set_rules(liar, better, 1);
    static const char *const names[] = {"away5.t", "away0.t", "new.t"};
    for (size_t i = 0; i < SW_ARRAY_LEN(names); i++) {
        const struct dns_result *r = dns_client_ask(&client, names[i], SW_RR_A);
        print_message("%s: %s after %.0f ms\n", names[i], r->text, r->answer.elapsed_us / 1000.0);
        assert_string_equal(r->text, "records 192.0.2.2");
        assert_true(r->answer.elapsed_us < SW_SECONDS(1));
    }
    dns_client_close(&client);
    liar_stop(liar);
}

/* ---- stale answers ---- */

static void what_has_expired_is_used_while_the_refresh_fails_d7_t139(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const struct liar_rule *rules;
    } rows[] = {{"servfail", servfail}, {"silent", silent}};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct liar *liar = liar_start(good, 1);
        struct sw_endpoint server = at_port(liar_port(liar));
        open_servers(&server, 1, 600);
        const struct dns_result *r = dns_client_ask(&client, "d.t", SW_RR_A);
        assert_string_equal(r->text, "records 192.0.2.1");
        assert_false(r->answer.is_stale);

        dns_client_run_for(&client, SW_MS(2100));
        liar_set_rules(liar, rows[i].rules, 1);
        r = dns_client_ask(&client, "d.t", SW_RR_A);
        print_message("%s: %s after %.0f ms\n", rows[i].name, r->text,
                      r->answer.elapsed_us / 1000.0);
        assert_string_equal(r->text, "records 192.0.2.1");
        assert_true(r->answer.is_stale);
        assert_int_equal(r->answer.ttl_s, 30);
        assert_true(r->answer.elapsed_us < SW_SECONDS(1));
        assert_true(liar_count(liar, 0) > 0); /* the refresh was tried */

        r = dns_client_ask_for(&client, "unknown.t", SW_RR_A,
                               SW_MS(800)); /* what was never known is not there */
        assert_true(sw_outcome_is_temporary(r->answer.outcome));

        liar_set_rules(liar, better, 1);
        uint64_t end_us = ad_clock_mono_us() + SW_SECONDS(5);
        do {
            r = dns_client_ask(&client, "d.t", SW_RR_A);
        } while (r->answer.is_stale && ad_clock_mono_us() < end_us);
        assert_string_equal(r->text, "records 192.0.2.2");
        assert_false(r->answer.is_stale);
        dns_client_close(&client);
        liar_stop(liar);
    }
}

static void none_can_be_stale_too(void **state)
{
    (void)state;
    static const struct liar_rule none[] = {
        {.rcode = 3, .records = {"ns t 1 SOA m.t r.t 1 2 3 4 1"}},
    };
    struct liar *liar = liar_start(none, 1);
    struct sw_endpoint server = at_port(liar_port(liar));
    open_servers(&server, 1, 600);
    assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "nxdomain");
    assert_false(client.result.answer.is_stale);
    dns_client_run_for(&client, SW_MS(2100));
    liar_set_rules(liar, servfail, 1);
    assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "nxdomain");
    assert_true(client.result.answer.is_stale);
    dns_client_close(&client);
    liar_stop(liar);
}

static void nothing_is_stale_where_it_is_not_wanted(void **state)
{
    (void)state;
    struct liar *liar = liar_start(good, 1);
    struct sw_endpoint server = at_port(liar_port(liar));
    open_servers(&server, 1, 0);
    assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "records 192.0.2.1");
    dns_client_run_for(&client, SW_MS(2100));
    liar_set_rules(liar, servfail, 1);
    assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "servfail");
    dns_client_close(&client);
    liar_stop(liar);
}

static void no_longer_than_allowed_d7(void **state)
{
    (void)state;
    struct liar *liar = liar_start(good, 1);
    struct sw_endpoint server = at_port(liar_port(liar));
    open_servers(&server, 1, 1);
    assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "records 192.0.2.1");
    dns_client_run_for(&client, SW_MS(3200)); /* a TTL of 1 s, 1 s more, and whole seconds */
    liar_set_rules(liar, servfail, 1);
    assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "servfail");
    dns_client_close(&client);
    liar_stop(liar);
}

/* ---- the system's resolvers ---- */

static void write_resolv_conf(char *path, const struct liar *liar)
{
    char text[128];
    snprintf(text, sizeof text, "search corp.t\noptions ndots:5\nnameserver [127.0.0.1]:%u\n",
             liar_port(liar));
    temp_file(path, "resolv.conf", text);
}

static void another_resolv_conf_means_other_servers_d12_t142(void **state)
{
    (void)state;
    struct liar *a = liar_start(good, 1), *b = liar_start(better, 1), *dead = liar_start(silent, 1);
    char path[TEMP_PATH_MAX];
    write_resolv_conf(path, dead);
    const struct ad_dns_conf conf = {.source = AD_DNS_SYSTEM, .resolv_conf = path};
    dns_client_open(&client, DNS_CLIENT_EPOLL, &conf);
    struct dns_result old = {0};
    (void)dns_client_start(&client, "d.t", SW_RR_A, SW_SECONDS(6),
                           &old);             /* time for a busy machine */
    dns_client_run_for(&client, SW_MS(1100)); /* it is looked at once a second */
    write_resolv_conf(path, a);
    assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "records 192.0.2.1");
    dns_client_run_for(&client, SW_MS(1100));
    write_resolv_conf(path, b);
    assert_string_equal(dns_client_ask(&client, "d.t", SW_RR_A)->text, "records 192.0.2.2");
    if (dns_client_is_stub()) { /* it is asked anew of the servers that there are now */
        assert_string_equal(old.text, "records 192.0.2.1");
        dns_client_close(&client);
        liar_stop(a);
        liar_stop(b);
        liar_stop(dead);
        return;
    }
    assert_int_equal(old.call_count, 0);
    dns_client_wait(&client, &old, 1); /* who asked the old servers gets what they give: nothing */
    assert_true(strcmp(old.text, "timeout") == 0 || strcmp(old.text, "servfail") == 0);
    assert_int_equal(liar_count(a, 0), 1);
    assert_int_equal(liar_count(b, 0), 1);
    dns_client_close(&client);
    liar_stop(a);
    liar_stop(b);
    liar_stop(dead);
}

static void names_are_absolute_t146(void **state)
{
    (void)state;
    static const struct liar_rule rules[] = {
        {.name = "*.corp.t", .records = {"an & 60 A 192.0.2.66"}},
        {.name = "intranet", .rcode = 3},
    };
    struct liar *liar = liar_start(rules, 2);
    char path[TEMP_PATH_MAX];
    write_resolv_conf(path, liar);
    const struct ad_dns_conf conf = {.source = AD_DNS_SYSTEM, .resolv_conf = path};
    dns_client_open(&client, DNS_CLIENT_EPOLL, &conf);
    assert_string_equal(dns_client_ask(&client, "intranet", SW_RR_A)->text, "nxdomain");
    assert_int_equal(liar_count(liar, 0), 0);
    assert_int_equal(liar_count(liar, 1), 1);
    dns_client_close(&client);
    liar_stop(liar);
}

/* ---- zone files beside servers ---- */

static void zone_files_and_servers_work_together(void **state)
{
    (void)state;
    static const struct liar_rule rules[] = {
        {.name = "*.d.t", .records = {"an & 60 A 192.0.2.66"}},
        {.name = "h.e.t", .type = SW_RR_A, .records = {"an & 60 A 192.0.2.2"}},
        {.name = "back.e.t", .records = {"an & 60 CNAME h.d.t"}},
    };
    struct liar *liar = liar_start(rules, SW_ARRAY_LEN(rules));
    struct sw_endpoint server = at_port(liar_port(liar));
    char path[TEMP_PATH_MAX];
    temp_file(path, "d.zone", "$ORIGIN d.t.\nh A 192.0.2.1\nout CNAME h.e.t.\n");
    const char *paths[] = {path};
    const struct ad_dns_conf conf = {.source = AD_DNS_SERVERS,
                                     .servers = &server,
                                     .server_count = 1,
                                     .zone_files = paths,
                                     .zone_file_count = 1,
                                     .dnssec = true};
    dns_client_open(&client, DNS_CLIENT_LIBEVENT, &conf);
    static const struct {
        const char *name, *want;
        bool is_local;
    } rows[] = {
        {"h.d.t", "records 192.0.2.1", true},
        {"none.d.t", "nxdomain", true}, /* the file is the truth about its names */
        {"h.e.t", "records 192.0.2.2", false},
        {"out.d.t", "records 192.0.2.2", false},
        {"back.e.t", "records 192.0.2.1", false},
        {"t", "nxdomain", false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        const struct dns_result *r = dns_client_ask(&client, rows[i].name, SW_RR_A);
        print_message("%s %s\n", rows[i].name, r->why);
        assert_string_equal(r->text, rows[i].want);
        assert_int_equal(r->answer.is_local, rows[i].is_local);
    }
    assert_int_equal(liar_count(liar, 0), 0);
    dns_client_close(&client);
    liar_stop(liar);
}

static size_t count_sockets(void)
{
    size_t count = 0;
    struct dirent *entry;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char path[300];
        struct stat st;
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        count += stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
    }
    closedir(folder);
    return count;
}

static void zone_files_alone_open_no_socket(void **state)
{
    (void)state;
    char path[TEMP_PATH_MAX];
    temp_file(path, "d.zone",
              "$ORIGIN d.t.\nout CNAME h.e.t.\nsub NS ns.sub\nns.sub A 127.0.0.1\nsub2 NS ns.x.\n");
    const char *paths[] = {path};
    const struct ad_dns_conf conf = {
        .source = AD_DNS_ZONES, .zone_files = paths, .zone_file_count = 1, .dnssec = true};
    dns_client_open(&client, DNS_CLIENT_EPOLL, &conf);
    static const char *const names[] = {"out.d.t", "a.sub.d.t", "a.sub2.d.t", "h.e.t"};
    size_t before = count_sockets();
    for (size_t i = 0; i < SW_ARRAY_LEN(names); i++) {
        struct dns_result r = {0};
        (void)dns_client_start(&client, names[i], SW_RR_A, SW_SECONDS(5), &r);
        assert_int_equal(count_sockets(), before);
        dns_client_wait(&client, &r, 1);
        assert_int_equal(count_sockets(), before);
        assert_string_equal(r.text, "not-asked");
        assert_true(r.answer.elapsed_us < SW_SECONDS(1));
    }
    dns_client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_not_remembered_t138),
        cmocka_unit_test(a_failing_domain_is_asked_about_twice_a_second),
        cmocka_unit_test(the_second_server_is_asked_when_the_first_refuses_t140),
        cmocka_unit_test(a_server_that_is_away_for_a_while_works_again_t141),
        cmocka_unit_test(a_server_that_was_silent_for_a_while_works_again_t141),
        cmocka_unit_test(what_has_expired_is_used_while_the_refresh_fails_d7_t139),
        cmocka_unit_test(none_can_be_stale_too),
        cmocka_unit_test(nothing_is_stale_where_it_is_not_wanted),
        cmocka_unit_test(no_longer_than_allowed_d7),
        cmocka_unit_test(another_resolv_conf_means_other_servers_d12_t142),
        cmocka_unit_test(names_are_absolute_t146),
    };
    const struct CMUnitTest zone_tests[] = {
        /* a stub reads none */
        cmocka_unit_test(zone_files_and_servers_work_together),
        cmocka_unit_test(zone_files_alone_open_no_socket),
    };
    int failed_count = cmocka_run_group_tests(tests, NULL, NULL);
    if (!dns_client_is_stub())
        failed_count += cmocka_run_group_tests(zone_tests, NULL, NULL);
    return failed_count;
}

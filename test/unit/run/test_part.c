/* SPDX-License-Identifier: BSD-2-Clause */
/* What a configuration is made ready of: settings that are shared, sockets, and the resolver's
 * print. */
#include "run/part.h"

#include "base/err.h"
#include "support/check.h"
#include "support/loopback.h"
#include "support/temp.h"

#include <stdio.h>
#include <unistd.h>

static void never(void *arg, struct ad_conf_place at, const char *what)
{
    (void)arg;
    fail_msg("%u:%u: %s", at.line, at.column, what);
}

static struct sw_settings *read_settings(const char *text)
{
    char path[TEMP_PATH_MAX];
    struct sw_settings *s;

    temp_file(path, "x.yaml", text);
    assert_int_equal(sw_settings_read(&s, path, NULL, never, NULL), 0);
    return s;
}

/* ASan sees it when one of them frees what the others point into, or nobody does. */
static void settings_live_as_long_as_a_part(void **state)
{
    struct sw_settings *s =
        read_settings("listen: udp:127.0.0.1:5060\ntrusted: 127.0.0.0/8\nworkers: 2\n"
                      "limits: {transactions: 101, connections: 7}\nnames: [p.t]\n");
    struct sw_places places = {0};
    struct sw_worker_error error;
    struct sw_part *parts[2];

    (void)state;
    assert_int_equal(sw_places_next(&places, &places, &s->proxy), 0);
    places.leaving = 1;
    for (size_t i = 0; i < 2; i++) {
        const struct sw_part_args args = {.settings = s, .places = &places};
        assert_int_equal(sw_part_new(&parts[i], &args, &error), 0);
    }
    sw_settings_free(s);
    sw_part_free(parts[0]);
    const struct px_conf *conf = &parts[1]->conf;
    assert_int_equal(conf->transactions_max, 51); /* its half */
    assert_int_equal(conf->connections_max, 4);
    assert_slice_equal(conf->names[0], "p.t");
    assert_true(px_conf_is_leaving(conf, 0));
    assert_false(px_conf_is_leaving(conf, 1));
    assert_false(px_conf_is_leaving(conf, UINT16_MAX));
    sw_part_free(parts[1]);
    sw_part_free(NULL);
}

static struct px_listener listener(enum sw_transport t, const struct sw_endpoint *e)
{
    return (struct px_listener){.transport = t, .endpoint = *e};
}

static bool is_free(int type, const struct sw_endpoint *e)
{
    int fd = ad_socket_bound(type, e, false, NULL);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static void sockets_are_opened_for_each_worker_or_not_at_all(void **state)
{
    struct sw_endpoint udp = nobody(SOCK_DGRAM, "127.0.0.1"),
                       tcp = nobody(SOCK_STREAM, "127.0.0.1"), taken;
    struct sw_places places = {
        .at = {listener(SW_UDP, &udp), listener(SW_TCP, &tcp)}, .count = 2, .fresh = 3};
    const struct sw_sockets_args args = {.places = &places, .worker_count = 3};
    struct sw_sockets *s = NULL;
    struct sw_worker_error error;

    (void)state;
    assert_int_equal(sw_sockets_open(&s, &args, &error), 0);
    assert_false(is_free(SOCK_DGRAM, &udp));
    assert_false(is_free(SOCK_STREAM, &tcp));
    assert_true(sw_sockets_uncounted(s, 2) == 0);
    int fd = sw_sockets_take(s, 2, 1);
    assert_true(fd >= 0);
    assert_int_equal(sw_sockets_take(s, 2, 1), -1);
    assert_int_equal(sw_sockets_take(s, 0, 7), -1);
    assert_int_equal(sw_sockets_take(NULL, 0, 0), -1);
    sw_sockets_free(s);
    assert_true(is_free(SOCK_DGRAM, &udp));
    assert_false(is_free(SOCK_STREAM, &tcp)); /* that one was taken */
    close(fd);
    assert_true(is_free(SOCK_STREAM, &tcp));

    int other = plain_socket(SOCK_DGRAM, "127.0.0.1", &taken);
    places.at[2] = listener(SW_UDP, &taken);
    places.count = 3;
    places.fresh = 7;
    assert_int_equal(sw_sockets_open(&s, &args, &error), SW_E_ADDR_IN_USE);
    char want[128];
    snprintf(want, sizeof want, "udp 127.0.0.1:%u: address already in use", taken.port);
    assert_string_equal(error.text, want);
    assert_true(is_free(SOCK_DGRAM, &udp));
    assert_true(is_free(SOCK_STREAM, &tcp));
    /* One that is not fresh is somebody's already. */
    places.fresh = 1;
    assert_int_equal(sw_sockets_open(&s, &args, &error), 0);
    assert_int_equal(sw_sockets_take(s, 0, 2), -1);
    sw_sockets_free(s);
    close(other);
}

static void passed_sockets_are_shared_by_the_workers(void **state)
{
    struct sw_endpoint e;
    int passed = plain_socket(SOCK_DGRAM, "127.0.0.1", &e);
    const struct ad_activation a = {.count = 1, .list = {{passed, false, e}}};
    const struct sw_places places = {.at = {listener(SW_UDP, &e)}, .count = 1, .fresh = 1};
    const struct sw_sockets_args args = {.places = &places, .worker_count = 2, .passed = &a};
    struct sw_sockets *s = NULL;
    struct sw_worker_error error;
    struct sw_endpoint there;

    (void)state;
    assert_int_equal(sw_sockets_open(&s, &args, &error), 0);
    assert_true(sw_sockets_uncounted(s, 0) == 0); /* the first one counts for all */
    assert_true(sw_sockets_uncounted(s, 1) == 1);
    assert_true(sw_sockets_uncounted(NULL, 1) == 0);
    for (uint16_t i = 0; i < 2; i++) {
        int fd = sw_sockets_take(s, i, 0);
        assert_true(fd >= 0 && fd != passed);
        assert_true(ad_socket_name(fd, &there) && sw_endpoint_eq(&there, &e));
        close(fd);
    }
    sw_sockets_free(s);
    assert_false(is_free(SOCK_DGRAM, &e)); /* it is the manager's still */
    close(passed);
}

/* Nobody read them while their listeners were away; at the start of the program they are read. */
static void what_waits_in_sockets_that_were_away_is_thrown_away(void **state)
{
    struct sw_endpoint udp, tcp, any = endpoint("127.0.0.1", 0);
    union ad_sockaddr sa;
    int datagrams = plain_socket(SOCK_DGRAM, "127.0.0.1", &udp),
        caller = plain_socket(SOCK_STREAM, "127.0.0.1", &any);
    any.port = 0;
    int streams = ad_socket_bound(SOCK_STREAM, &any, false, NULL);
    assert_true(ad_socket_name(streams, &tcp) && ad_socket_listen(streams, NULL) == 0);
    const struct ad_activation a = {.count = 2,
                                    .list = {{datagrams, false, udp}, {streams, true, tcp}}};
    const struct sw_places places = {
        .at = {listener(SW_UDP, &udp), listener(SW_TCP, &tcp)}, .count = 2, .fresh = 3};
    struct sw_sockets_args args = {.places = &places, .worker_count = 1, .passed = &a};
    struct sw_worker_error error;

    (void)state;
    socklen_t len = ad_sockaddr_from(&sa, &udp);
    assert_int_equal(sendto(datagrams, "x", 1, 0, &sa.any, len), 1);
    len = ad_sockaddr_from(&sa, &tcp);
    (void)connect(caller, &sa.any, len);
    assert_true(is_ready(datagrams, POLLIN) && is_ready(streams, POLLIN));
    for (int is_back = 0; is_back < 2; is_back++) {
        struct sw_sockets *s = NULL;
        args.were_away = is_back;
        assert_int_equal(sw_sockets_open(&s, &args, &error), 0);
        struct pollfd waiting[] = {{datagrams, POLLIN, 0}, {streams, POLLIN, 0}};
        assert_int_equal(poll(waiting, 2, 0), is_back ? 0 : 2);
        sw_sockets_free(s);
    }
    close(caller);
    close(datagrams);
    close(streams);
}

#define ZONE(serial)                                                                               \
    "$ORIGIN d.t.\n$TTL 60\n@ SOA a b " serial " 1 1 1 1\n@ NS a\na A 192.0.2.9\n$INCLUDE i\n"

static void a_print_is_another_one_when_anything_is(void **state)
{
    char zone[TEMP_PATH_MAX], anchor[TEMP_PATH_MAX], included[TEMP_PATH_MAX];
    const char *zones[] = {zone}, *others[] = {anchor};
    const struct sw_endpoint servers[] = {endpoint("192.0.2.1", 53), endpoint("192.0.2.1", 54)};
    struct ad_dns_conf base = {.source = AD_DNS_SERVERS,
                               .servers = servers,
                               .server_count = 1,
                               .zone_files = zones,
                               .zone_file_count = 1,
                               .trust_anchor_file = anchor};

    (void)state;
    temp_file(included, "i", "h A 192.0.2.1\n");
    temp_file(zone, "z", ZONE("1"));
    temp_file(anchor, "a", "one");
    uint64_t print = sw_resolver_print(&base);
    assert_true(sw_resolver_print(&base) == print);
#define ROW(change)                                                                                \
    do {                                                                                           \
        struct ad_dns_conf c = base;                                                               \
        c.change;                                                                                  \
        print_message("%s\n", #change);                                                            \
        assert_true(sw_resolver_print(&c) != print);                                               \
    } while (0)
    ROW(mode = AD_DNS_STUB);
    ROW(source = AD_DNS_ROOT);
    ROW(servers = &servers[1]);
    ROW(server_count = 2);
    ROW(zone_files = others);
    ROW(zone_file_count = 0);
    ROW(dnssec = true);
    ROW(trust_anchor_file = NULL);
    ROW(resolv_conf = "/x");
    ROW(stale_max_s = 1);
    ROW(cache_len = 1);
    ROW(inflight_max = 1);
#undef ROW
    temp_file(zone, "z", ZONE("2"));
    assert_true(sw_resolver_print(&base) != print);
    temp_file(zone, "z", ZONE("1"));
    assert_true(sw_resolver_print(&base) == print);
    temp_file(included, "i", "h A 192.0.2.2\n");
    assert_true(sw_resolver_print(&base) != print);
    temp_file(included, "i", "h A 192.0.2.1\n");
    assert_true(sw_resolver_print(&base) == print);
    temp_file(anchor, "a", "two");
    assert_true(sw_resolver_print(&base) != print);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_live_as_long_as_a_part),
        cmocka_unit_test(sockets_are_opened_for_each_worker_or_not_at_all),
        cmocka_unit_test(passed_sockets_are_shared_by_the_workers),
        cmocka_unit_test(what_waits_in_sockets_that_were_away_is_thrown_away),
        cmocka_unit_test(a_print_is_another_one_when_anything_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

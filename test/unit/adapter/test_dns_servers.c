/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_servers.h"

#include "support/check.h"
#include "support/temp.h"

#include <stdio.h>
#include <unistd.h>

static void join(const struct ad_dns_servers *s, char *text, size_t len)
{
    text[0] = '\0';
    for (size_t i = 0; i < s->count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, len - used, "%s%s", i == 0 ? "" : " ", s->text[i]);
    }
}

static void resolv_conf_gives_its_servers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"nameserver 192.0.2.1\n", "192.0.2.1@53"},
        {"nameserver 192.0.2.1\nnameserver\t2001:DB8::1\n", "192.0.2.1@53 2001:db8::1@53"},
        {"  nameserver   192.0.2.1   # x\n", "192.0.2.1@53"},
        {"nameserver fe80::1%eth0\n", "fe80::1%eth0@53"},
        {"nameserver [192.0.2.1]:5353\nnameserver [2001:db8::1]\n",
         "192.0.2.1@5353 2001:db8::1@53"},
        {"search corp.t\noptions ndots:5\ndomain x\n; c\n# d\nnameserver 192.0.2.1",
         "192.0.2.1@53"},
        /* what is not understood is passed by */
        {"nameserver x\nnameserver\nnameserver 192.0.2.256\nnameservers 192.0.2.3\n"
         "nameserver [192.0.2.1\nnameserver [192.0.2.1]x\nnameserver [192.0.2.1]:99999\n"
         "nameserver 192.0.2.1\n",
         "192.0.2.1@53"},
        /* resolv.conf(5) */
        {"", "127.0.0.1@53"},
        {"search corp.t\n", "127.0.0.1@53"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct ad_dns_servers s = {.count = 0};
        char path[TEMP_PATH_MAX], got[1024];
        temp_file(path, "resolv.conf", rows[i].text);
        ad_dns_servers_read(&s, path);
        join(&s, got, sizeof got);
        assert_string_equal(got, rows[i].want);
    }
    struct ad_dns_servers s = {.count = 0};
    ad_dns_servers_read(&s, "/nonexistent");
    assert_int_equal(s.count, 1);
    assert_string_equal(s.text[0], "127.0.0.1@53");
}

static void more_servers_than_there_is_room_for_are_left_out(void **state)
{
    (void)state;
    struct ad_dns_servers s = {.count = 0};
    const struct sw_endpoint e = {{4, {192, 0, 2, 1}}, 0};
    for (int i = 0; i < AD_DNS_SERVERS_MAX + 5; i++)
        ad_dns_servers_add(&s, &e);
    assert_int_equal(s.count, AD_DNS_SERVERS_MAX);
    assert_string_equal(s.text[AD_DNS_SERVERS_MAX - 1], "192.0.2.1@53");
}

static void a_change_of_a_file_is_seen_once_d12(void **state)
{
    (void)state;
    struct ad_dns_watch w = {0};
    char path[TEMP_PATH_MAX], other[TEMP_PATH_MAX];
    temp_file(path, "watched", "a");
    assert_true(ad_dns_watch_look(&w, path));
    assert_false(ad_dns_watch_look(&w, path));
    temp_file(path, "watched", "ab"); /* another length */
    assert_true(ad_dns_watch_look(&w, path));
    assert_false(ad_dns_watch_look(&w, path));
    temp_file(other, "new", "cd"); /* same length, another inode */
    assert_int_equal(rename(other, path), 0);
    assert_true(ad_dns_watch_look(&w, path));
    assert_int_equal(unlink(path), 0);
    assert_true(ad_dns_watch_look(&w, path));
    assert_false(ad_dns_watch_look(&w, path));
    temp_file(path, "watched", "cd");
    assert_true(ad_dns_watch_look(&w, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolv_conf_gives_its_servers),
        cmocka_unit_test(more_servers_than_there_is_room_for_are_left_out),
        cmocka_unit_test(a_change_of_a_file_is_seen_once_d12),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

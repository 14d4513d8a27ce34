/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/publish.h"

#include "base/time.h"
#include "support/check.h"

static struct sw_candidate sample(struct sw_name_room rooms[2])
{
    struct sw_candidate c = {.transport = SW_TLS, .endpoint.port = 5061};
    assert_true(sw_netaddr_parse(SW_LIT("192.0.2.1"), &c.endpoint.addr));
    assert_int_equal(sw_name_from_text(SW_LIT("server1.vocal.com"), &rooms[0], &c.host), 0);
    assert_int_equal(sw_name_from_text(SW_LIT("_sips._tcp.vocal.com"), &rooms[1], &c.srv_owner), 0);
    c.has_srv = c.has_naptr = true;
    c.priority = 1;
    c.weight = 2;
    c.order = 50;
    c.preference = 60;
    c.service = SW_LIT("SIPS+D2T");
    c.tls_names[0] = SW_LIT("vocal.com");
    c.tls_name_count = 1;
    c.ttl_s = 300;
    return c;
}

static void numbers(void **state)
{
    (void)state;
    struct sw_name_room rooms[2];
    struct sw_candidate in = sample(rooms);
    struct sipward_candidate out;
    sw_publish_candidate(&in, 0, &out);
    assert_int_equal(out.transport, SIPWARD_TLS);
    assert_int_equal(out.port, 5061);
    assert_int_equal(out.addr_len, sizeof out.addr.in);
    assert_int_equal(out.addr.in.sin_family, AF_INET);
    assert_int_equal(ntohs(out.addr.in.sin_port), 5061);
    assert_int_equal(ntohl(out.addr.in.sin_addr.s_addr), 0xc0000201);
    assert_int_equal(out.priority, 1);
    assert_int_equal(out.weight, 2);
    assert_int_equal(out.order, 50);
    assert_int_equal(out.preference, 60);
    assert_int_equal(out.flags, SIPWARD_HAS_SRV | SIPWARD_HAS_NAPTR);
    assert_int_equal(out.ttl_s, 300);
    assert_int_equal(out.tls_name_count, 1);
}

static void each_flag_has_its_own_bit(void **state)
{
    (void)state;
    struct sw_name_room rooms[2];
    struct sw_candidate in = sample(rooms);
    struct sipward_candidate out;
    in.has_srv = in.has_naptr = false;
    in.is_secure = true;
    sw_publish_candidate(&in, 0, &out);
    assert_int_equal(out.flags, SIPWARD_SECURE);
    assert_int_equal(out.priority, 0); /* of records that are not there */
    assert_int_equal(out.order, 0);
    in.is_secure = false;
    in.is_stale = true;
    sw_publish_candidate(&in, 0, &out);
    assert_int_equal(out.flags, SIPWARD_STALE);
    in.is_stale = false;
    in.is_only_if_refused = true;
    sw_publish_candidate(&in, 0, &out);
    assert_int_equal(out.flags, SIPWARD_ONLY_IF_REFUSED);
    in.is_only_if_refused = false;
    in.is_probe = true;
    sw_publish_candidate(&in, 0, &out);
    assert_int_equal(out.flags, SIPWARD_PROBE);
    in.is_probe = false;
    in.tls_names_all = true;
    sw_publish_candidate(&in, 0, &out);
    assert_int_equal(out.flags, SIPWARD_TLS_NAMES_ALL);
}

static void r3_what_is_left_of_a_penalty(void **state)
{
    (void)state;
    struct sw_name_room rooms[2];
    struct sw_candidate in = sample(rooms);
    struct sipward_candidate out;
    in.has_srv = in.has_naptr = false;
    in.penalty_until_us = SW_SECONDS(30);
    sw_publish_candidate(&in, SW_SECONDS(10) + 1, &out);
    assert_int_equal(out.flags, SIPWARD_PENALISED);
    assert_int_equal(out.penalty_ms, 20000); /* rounded up */
    sw_publish_candidate(&in, SW_SECONDS(31), &out);
    assert_int_equal(out.penalty_ms, 0);
}

static void words(void **state)
{
    (void)state;
    struct sw_name_room rooms[2];
    struct sw_candidate in = sample(rooms);
    struct sipward_words out;
    sw_publish_words(&in, &out, sizeof out);
    assert_string_equal(out.address, "192.0.2.1");
    assert_string_equal(out.host, "server1.vocal.com");
    assert_string_equal(out.srv, "_sips._tcp.vocal.com");
    assert_string_equal(out.service, "SIPS+D2T");
    assert_string_equal(out.tls_names[0], "vocal.com");
    assert_string_equal(out.tls_names[1], "");
}

static void words_of_nothing_are_empty(void **state)
{
    (void)state;
    struct sipward_words out;
    memset(&out, 'x', sizeof out);
    sw_publish_words(NULL, &out, sizeof out);
    assert_string_equal(out.address, "");
    assert_string_equal(out.tls_names[2], "");
    struct sw_candidate numeric = {.transport = SW_UDP, .endpoint.port = 5060};
    assert_true(sw_netaddr_parse(SW_LIT("2001:db8::1"), &numeric.endpoint.addr));
    sw_publish_words(&numeric, &out, sizeof out);
    assert_string_equal(out.address, "2001:db8::1");
    assert_string_equal(out.host, "");
    assert_string_equal(out.srv, "");
    assert_string_equal(out.service, "");
}

static void an_older_program_gets_only_the_words_it_has_room_for(void **state)
{
    (void)state;
    struct sw_name_room rooms[2];
    struct sw_candidate in = sample(rooms);
    struct sipward_words out;
    memset(&out, 'x', sizeof out);
    size_t known = offsetof(struct sipward_words, srv);
    sw_publish_words(&in, &out, known);
    assert_string_equal(out.host, "server1.vocal.com");
    assert_int_equal(out.srv[0], 'x');
}

static void h6_service_text_is_printable(void **state)
{
    (void)state;
    struct sw_name_room rooms[2];
    struct sw_candidate in = sample(rooms);
    struct sipward_words out;
    in.service = SW_LIT("SIP\033D2T");
    sw_publish_words(&in, &out, sizeof out);
    assert_string_equal(out.service, "SIP\\027D2T");
}

static void addresses_come_back_as_they_went(void **state)
{
    (void)state;
    static const char *const texts[] = {"192.0.2.1", "2001:db8::1"};
    for (size_t i = 0; i < SW_ARRAY_LEN(texts); i++) {
        struct sw_endpoint in = {.port = 5080}, out;
        union sipward_sockaddr sa;
        assert_true(sw_netaddr_parse(sw_slice_str(texts[i]), &in.addr));
        sw_publish_endpoint(&in, &sa);
        assert_int_equal(sw_publish_read(&sa, &out), 0);
        assert_true(sw_endpoint_eq(&in, &out));
    }
    union sipward_sockaddr local = {.sa.sa_family = AF_UNIX};
    struct sw_endpoint out;
    assert_int_equal(sw_publish_read(&local, &out), SW_E_INVAL);
}

static void transport_names(void **state)
{
    (void)state;
    assert_string_equal(sipward_transport_name(SIPWARD_UDP), "udp");
    assert_string_equal(sipward_transport_name(SIPWARD_TLS_SCTP), "tls-sctp");
    assert_string_equal(sipward_transport_name(SIPWARD_WSS), "wss");
    assert_string_equal(sipward_transport_name((enum sipward_transport)7), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(each_flag_has_its_own_bit),
        cmocka_unit_test(r3_what_is_left_of_a_penalty),
        cmocka_unit_test(words),
        cmocka_unit_test(words_of_nothing_are_empty),
        cmocka_unit_test(an_older_program_gets_only_the_words_it_has_room_for),
        cmocka_unit_test(h6_service_text_is_printable),
        cmocka_unit_test(addresses_come_back_as_they_went),
        cmocka_unit_test(transport_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

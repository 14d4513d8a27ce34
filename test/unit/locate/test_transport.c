/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/transport.h"
#include "support/check.h"

static void T6_default_ports(void **state)
{
    (void)state;
    static const struct {
        enum sw_transport transport;
        uint16_t port;
    } rows[] = {{SW_UDP, 5060},      {SW_TCP, 5060}, {SW_SCTP, 5060}, {SW_TLS, 5061},
                {SW_TLS_SCTP, 5061}, {SW_WS, 80},    {SW_WSS, 443}};
    assert_int_equal(SW_ARRAY_LEN(rows), SW_TRANSPORT_COUNT);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        assert_int_equal(sw_transport_row(rows[i].transport)->default_port, rows[i].port);
}

static void service_fields_and_their_SRV_prefixes(void **state)
{
    (void)state;
    static const struct {
        const char *service, *prefix;
        enum sw_transport transport;
    } rows[] = {
        {"SIP+D2U", "_sip._udp", SW_UDP},         {"SIP+D2T", "_sip._tcp", SW_TCP},
        {"SIPS+D2T", "_sips._tcp", SW_TLS},       {"SIP+D2S", "_sip._sctp", SW_SCTP},
        {"SIPS+D2S", "_sips._sctp", SW_TLS_SCTP}, {"SIP+D2W", "_sip._ws", SW_WS},
        {"SIPS+D2W", "_sips._ws", SW_WSS},        {"sip+d2t", "_sip._tcp", SW_TCP},
        {"sIpS+d2W", "_sips._ws", SW_WSS},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        enum sw_transport t;
        assert_true(sw_transport_by_service(sw_slice_str(rows[i].service), &t));
        assert_int_equal(t, rows[i].transport);
        assert_slice_equal(sw_transport_row(t)->srv_prefix, rows[i].prefix);
    }
}

static void services_of_others_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"SIPS+D2U", "E2U+sip",  "",         "SIP",     "SIP+D2X",
                                       "SIP+D2",   " SIP+D2U", "SIP+D2U ", "RELAY+T", "SIP+D2UU"};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        enum sw_transport t = SW_WSS;
        assert_false(sw_transport_by_service(sw_slice_str(rows[i]), &t));
        assert_int_equal(t, SW_WSS);
    }
}

static void names_are_read_without_case_and_written_back(void **state)
{
    (void)state;
    enum sw_transport t;
    for (unsigned i = 0; i < SW_TRANSPORT_COUNT; i++) {
        const struct sw_transport_row *row = sw_transport_row((enum sw_transport)i);
        assert_true(sw_transport_by_name(sw_slice_str(row->name), &t));
        assert_int_equal(t, i);
        assert_true(sw_transport_by_token(sw_slice_str(row->name), &t));
        assert_int_equal(t, i);
    }
    assert_true(sw_transport_by_name(SW_LIT("TLS-Sctp"), &t));
    assert_int_equal(t, SW_TLS_SCTP);
    assert_false(sw_transport_by_name(SW_LIT("dtls"), &t));
    assert_false(sw_transport_by_name(SW_LIT(""), &t));
    assert_false(sw_transport_by_token(SW_LIT("tl"), &t));
}

static void T1_what_a_sips_URI_means_by_a_transport(void **state)
{
    (void)state;
    static const struct {
        enum sw_transport named, meant;
    } rows[] = {{SW_TCP, SW_TLS},           {SW_TLS, SW_TLS}, {SW_SCTP, SW_TLS_SCTP},
                {SW_TLS_SCTP, SW_TLS_SCTP}, {SW_WS, SW_WSS},  {SW_WSS, SW_WSS}};
    enum sw_transport t;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        assert_true(sw_transport_over_tls(rows[i].named, &t));
        assert_int_equal(t, rows[i].meant);
    }
    assert_false(sw_transport_over_tls(SW_UDP, &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(T6_default_ports),
        cmocka_unit_test(service_fields_and_their_SRV_prefixes),
        cmocka_unit_test(services_of_others_are_refused),
        cmocka_unit_test(names_are_read_without_case_and_written_back),
        cmocka_unit_test(T1_what_a_sips_URI_means_by_a_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

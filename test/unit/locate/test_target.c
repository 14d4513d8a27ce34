/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/target.h"
#include "support/check.h"

static struct sw_policy policy_of(const char *transports)
{
    struct sw_policy p;
    sw_policy_init(&p);
    assert_true(sw_policy_set_transports(&p, sw_slice_str(transports)));
    return p;
}

static const char *way_name(enum sw_way w)
{
    static const char *const names[] = {
        [SW_WAY_NOWHERE] = "nowhere", [SW_WAY_NUMERIC] = "numeric", [SW_WAY_ADDRESS] = "address",
        [SW_WAY_SRV] = "srv",         [SW_WAY_NAPTR] = "naptr",
    };
    return names[w];
}

/* "numeric udp 192.0.2.1 5060": all that the search depends on. */
static const char *summary(const struct sw_target *t)
{
    static char room[400];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_buf_str(&b, way_name(t->way));
    if (t->way == SW_WAY_NOWHERE) {
        sw_buf_char(&b, ' ');
        sw_buf_str(&b, t->is_invalid ? "invalid" : sw_note_row(t->note)->code);
        return sw_buf_cstr(&b);
    }
    sw_buf_char(&b, ' ');
    sw_buf_str(&b, sw_transport_row(t->transport)->name);
    sw_buf_char(&b, ' ');
    if (t->addr.family != 0)
        sw_netaddr_write(&b, &t->addr);
    else
        sw_name_write(&b, t->name);
    if (t->way == SW_WAY_NUMERIC || t->way == SW_WAY_ADDRESS) {
        sw_buf_char(&b, ' ');
        sw_buf_u64(&b, t->port);
    }
    if (t->is_big)
        sw_buf_str(&b, " big");
    return sw_buf_cstr(&b);
}

struct row {
    const char *name, *uri, *transports, *want;
};

static const struct row rows[] = {
    {"T01", "sip:u@192.0.2.1", "udp", "numeric udp 192.0.2.1 5060"},
    {"T02", "sip:u@[2001:db8::1]:5080", "udp", "numeric udp 2001:db8::1 5080"},
    {"T03", "sips:u@192.0.2.1", "udp,tcp,tls", "numeric tls 192.0.2.1 5061"},
    {"T04", "sips:u@192.0.2.1;transport=tcp", "udp,tcp,tls", "numeric tls 192.0.2.1 5061"},
    {"T05", "sips:u@d.t;transport=udp", "udp,tcp,tls", "nowhere sips-over-udp"},
    {"T06", "sip:u@192.0.2.1;transport=TCP", "udp,tcp", "numeric tcp 192.0.2.1 5060"},
    {"T07", "sip:d.t:5060", "udp", "address udp d.t 5060"},
    {"T08", "sips:d.t:5070", "udp,tcp,tls", "address tls d.t 5070"},
    {"T09", "sip:d.t;transport=tcp", "udp,tcp", "srv tcp d.t"},
    {"T10", "sips:d.t;transport=tcp", "udp,tcp,tls", "srv tls d.t"},
    {"T11", "sip:d.t;transport=tls", "udp,tcp,tls", "srv tls d.t"},
    {"T12", "sip:d.t;maddr=m.t", "udp", "naptr udp m.t"},
    {"T13", "sips:d.t;maddr=m.t", "udp,tcp,tls", "naptr tls m.t"},
    {"T14", "sip:d.t;maddr=192.0.2.7", "udp", "numeric udp 192.0.2.7 5060"},
    {"T14 port", "sip:d.t:5070;maddr=192.0.2.7", "udp", "numeric udp 192.0.2.7 5070"},
    {"T15", "sip:d.t;transport=sctp", "udp,tcp,tls", "nowhere transport-unsupported"},
    {"T16 none", "sip:d.t;transport=ws", "udp,tcp", "nowhere transport-unsupported"},
    {"T16 ws", "sip:d.t;transport=ws", "ws,wss", "srv ws d.t"},
    {"T16 wss", "sips:d.t;transport=ws", "ws,wss", "srv wss d.t"},
    {"T16 port", "sips:192.0.2.1;transport=WS", "ws,wss", "numeric wss 192.0.2.1 443"},
    {"T17", "sip:d.t.", "udp", "naptr udp d.t"},
    {"T18", "SIP:u@D.T", "udp,tcp", "naptr udp d.t"},
    {"T1 sctp", "sips:d.t;transport=sctp", "tls-sctp", "srv tls-sctp d.t"},
    {"T1 unknown", "sip:d.t;transport=quic", "udp", "nowhere transport-unknown"},
    {"T1 empty port", "sip:d.t:5090;transport=tcp", "udp,tcp", "address tcp d.t 5090"},
    {"T4", "sip:d.t", "udp,tcp,tls", "naptr udp d.t"},
    {"T4 sips", "sips:d.t", "udp,tcp,tls", "naptr tls d.t"},
    {"T5 no udp", "sip:192.0.2.1", "tls,tcp", "numeric tcp 192.0.2.1 5060"},
    {"T5 order", "sip:192.0.2.1", "tls,sctp,tcp", "numeric sctp 192.0.2.1 5060"},
    {"T5 tls only", "sip:192.0.2.1", "tls", "numeric tls 192.0.2.1 5061"},
    {"T5 tls before wss", "sip:192.0.2.1", "wss,tls", "numeric tls 192.0.2.1 5061"},
    {"T5 sips, wss only", "sips:d.t:7443", "ws,wss", "address wss d.t 7443"},
    {"T23 sips without tls", "sips:d.t", "udp,tcp", "nowhere transport-unsupported"},
    {"A5 any", "sip:0.0.0.0", "udp", "nowhere address-unusable"},
    {"A5 multicast", "sip:d.t;maddr=224.0.1.75", "udp", "nowhere address-unusable"},
};

static void I2_T1_to_T6_what_URIs_ask_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_policy policy = policy_of(rows[i].transports);
        struct sw_name_room room;
        struct sw_target target;
        struct sw_uri uri;
        if (sw_uri_parse(sw_slice_str(rows[i].uri), &uri, NULL) < 0)
            fail_msg("%s: %s is not a URI", rows[i].name, rows[i].uri);
        sw_target_of_uri(&policy, &uri, 0, &room, &target);
        if (!sw_slice_eq(sw_slice_str(summary(&target)), sw_slice_str(rows[i].want)))
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, summary(&target), rows[i].want);
    }
}

static void I6_a_host_that_is_no_name(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'a', sizeof text);
    struct sw_policy policy = policy_of("udp");
    struct sw_name_room room;
    struct sw_target target;
    struct sw_slice hosts[] = {SW_LIT(""), SW_LIT("."), SW_LIT("a..b"), sw_slice(text, 64),
                               sw_slice(text, sizeof text)};
    for (size_t i = 0; i < SW_ARRAY_LEN(hosts); i++) {
        struct sw_uri uri = {.host = {.kind = SW_HOST_NAME, .text = hosts[i]}};
        sw_target_of_uri(&policy, &uri, 0, &room, &target);
        assert_string_equal(summary(&target), "nowhere invalid");
    }
}

static void I4_a_family_that_is_not_wanted(void **state)
{
    (void)state;
    struct sw_policy policy = policy_of("udp");
    struct sw_name_room room;
    struct sw_target target;
    struct sw_uri four, six;
    assert_int_equal(sw_uri_parse(SW_LIT("sip:192.0.2.1"), &four, NULL), 0);
    assert_int_equal(sw_uri_parse(SW_LIT("sip:[2001:db8::1]"), &six, NULL), 0);
    policy.family = SW_FAMILY_4;
    sw_target_of_uri(&policy, &six, 0, &room, &target);
    assert_string_equal(summary(&target), "nowhere address-unusable");
    sw_target_of_uri(&policy, &four, 0, &room, &target);
    assert_int_equal(target.way, SW_WAY_NUMERIC);
    policy.family = SW_FAMILY_6;
    sw_target_of_uri(&policy, &four, 0, &room, &target);
    assert_string_equal(summary(&target), "nowhere address-unusable");
    policy.family = SW_FAMILY_PREFER_4;
    sw_target_of_uri(&policy, &six, 0, &room, &target);
    assert_int_equal(target.way, SW_WAY_NUMERIC);
}

static void T7_which_searches_a_big_request_changes(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *transports;
        size_t len;
        bool want;
    } big[] = {
        {"sip:d.t", "udp,tcp", 1301, true},
        {"sip:d.t", "udp,tcp", 1300, false},
        {"sip:d.t", "udp,tcp", 0, false},
        {"sip:d.t", "udp,tls", 1301, false},
        {"sip:d.t", "tcp,tls", 1301, false},
        {"sip:d.t:5070", "udp,tcp", 1301, true},
        {"sip:192.0.2.1", "udp,tcp", 1301, true},
        {"sip:d.t;transport=udp", "udp,tcp", 1301, true},
        {"sip:d.t;transport=tcp", "udp,tcp", 1301, false},
        {"sips:d.t", "udp,tcp,tls", 1301, false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(big); i++) {
        struct sw_policy policy = policy_of(big[i].transports);
        struct sw_name_room room;
        struct sw_target target;
        struct sw_uri uri;
        assert_int_equal(sw_uri_parse(sw_slice_str(big[i].uri), &uri, NULL), 0);
        sw_target_of_uri(&policy, &uri, big[i].len, &room, &target);
        if (target.is_big != big[i].want)
            fail_msg("%s with %zu octets", big[i].uri, big[i].len);
    }
}

static void P2_what_a_sent_by_asks_for(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        enum sw_transport transport;
        uint16_t port; /* 0: none */
        const char *want;
    } vias[] = {
        {"192.0.2.5", SW_UDP, 0, "numeric udp 192.0.2.5 5060"},
        {"192.0.2.5", SW_TLS, 0, "numeric tls 192.0.2.5 5061"},
        {"d.t", SW_TCP, 5070, "address tcp d.t 5070"},
        {"d.t", SW_TLS, 0, "srv tls d.t"},
        {"D.T.", SW_UDP, 0, "srv udp d.t"},
        {"d.t", SW_SCTP, 0, "nowhere transport-unsupported"},
    };
    struct sw_policy policy = policy_of("udp,tcp,tls");
    for (size_t i = 0; i < SW_ARRAY_LEN(vias); i++) {
        struct sw_host sent_by;
        struct sw_via_target via = {vias[i].transport, &sent_by, vias[i].port != 0, vias[i].port};
        struct sw_name_room room;
        struct sw_target target;
        assert_int_equal(sw_host_parse(sw_slice_str(vias[i].host), &sent_by, NULL), 0);
        sw_target_of_via(&policy, &via, &room, &target);
        assert_string_equal(summary(&target), vias[i].want);
    }
}

static void T17_T18_which_URIs_share_a_route(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool want;
    } pairs[] = {
        {"sip:d.t", "sip:u@D.T.", true},
        {"sip:d.t", "sips:d.t", false},
        {"sip:d.t;transport=tls", "sips:d.t;transport=tcp", true},
        {"sip:d.t", "sip:d.t:5060", false},
        {"sip:d.t:5060", "sip:d.t:5060;transport=udp", true},
        {"sip:d.t:5060", "sip:d.t:5070", false},
        {"sip:d.t;transport=udp", "sip:d.t;transport=tcp", false},
        {"sip:d.t", "sip:e.t", false},
        {"sip:e.t;maddr=d.t", "sip:d.t", true},
    };
    struct sw_policy policy = policy_of("udp,tcp,tls");
    for (size_t i = 0; i < SW_ARRAY_LEN(pairs); i++) {
        struct sw_name_room room[2];
        struct sw_target target[2];
        struct sw_uri uri;
        assert_int_equal(sw_uri_parse(sw_slice_str(pairs[i].a), &uri, NULL), 0);
        sw_target_of_uri(&policy, &uri, 0, &room[0], &target[0]);
        assert_int_equal(sw_uri_parse(sw_slice_str(pairs[i].b), &uri, NULL), 0);
        sw_target_of_uri(&policy, &uri, 0, &room[1], &target[1]);
        if (sw_target_eq(&target[0], &target[1]) != pairs[i].want)
            fail_msg("%s and %s", pairs[i].a, pairs[i].b);
        if (pairs[i].want)
            assert_true(sw_target_hash(&target[0], 9) == sw_target_hash(&target[1], 9));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(I2_T1_to_T6_what_URIs_ask_for),
        cmocka_unit_test(I6_a_host_that_is_no_name),
        cmocka_unit_test(I4_a_family_that_is_not_wanted),
        cmocka_unit_test(T7_which_searches_a_big_request_changes),
        cmocka_unit_test(P2_what_a_sent_by_asks_for),
        cmocka_unit_test(T17_T18_which_URIs_share_a_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

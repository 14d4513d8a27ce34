/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 3261 16.4 to 16.6 as rows: Request-URI and Route in, next hop and Request-URI out. */
#include "proxy/ident.h"
#include "proxy/targets.h"
#include "proxy/token.h"
#include "support/check.h"

#include <stdio.h>

static struct px_core core;
static struct px_conf conf;
static struct sw_slice names[] = {{"proxy.t", 7}};
static struct px_domains domains;
static struct px_domain domain = {.name = {"d.t", 3}};
static struct sw_network trusted[1];

static struct sw_netaddr address(const char *text)
{
    struct sw_netaddr a;
    assert_true(sw_netaddr_parse(sw_slice_str(text), &a));
    return a;
}

static int set_up(void **state)
{
    static const uint8_t seed[32] = {1};
    (void)state;
    conf.listeners[0] = (struct px_listener){SW_UDP, {address("192.0.2.10"), 5060}};
    conf.listeners[1] = (struct px_listener){SW_TCP, {address("192.0.2.10"), 5070}};
    conf.listeners[2] = (struct px_listener){SW_UDP, {address("2001:db8::10"), 5060}};
    conf.listener_count = 3;
    conf.names = names;
    conf.name_count = 1;
    int rc = px_domains_init(&domains, NULL, 1, 0);
    assert_int_equal(rc, 0);
    assert_true(px_domains_add(&domains, &domain));
    conf.domains = &domains;
    trusted[0] = (struct sw_network){address("192.0.2.0"), 24};
    conf.trusted = trusted;
    conf.trusted_count = 1;
    core.conf = &conf;
    px_keys_init(&core, seed);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    px_domains_fini(&domains);
    return 0;
}

static void make_of(struct sw_msg *m, char *room, size_t cap, const char *method, const char *uri,
                    const char *routes)
{
    struct sw_msg_fault fault;
    snprintf(room, cap,
             "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKabc\r\n%s"
             "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@d.t>;tag=t\r\nCall-ID: c\r\n"
             "CSeq: 1 %s\r\n\r\n",
             method, uri, routes, method);
    int rc = sw_msg_parse(m, sw_slice_str(room), NULL, &fault);
    assert_int_equal(rc, 0);
}

static void make(struct sw_msg *m, char *room, size_t cap, const char *uri, const char *routes)
{
    make_of(m, room, cap, "OPTIONS", uri, routes);
}

/* A token that whoever was called by contact from ;tag=t got in the request. */
static void make_token(const char *contact, char *out)
{
    char text[512];
    static struct sw_msg m;
    struct sw_msg_fault fault;
    struct sw_buf b = sw_buf(out, PX_TOKEN_LEN);
    snprintf(text, sizeof text,
             "INVITE sip:x.t SIP/2.0\r\nVia: SIP/2.0/UDP h.t\r\nFrom: <sip:x.t>;tag=t\r\n"
             "To: <sip:x.t>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <%s>\r\n\r\n",
             contact);
    assert_int_equal(sw_msg_parse(&m, sw_slice_str(text), NULL, &fault), 0);
    px_token_write(&core, &(struct px_begun){&m, &(struct px_hop){0}, core.now_us}, &b);
}

static void fill_in(const char *text, char tokens[2][PX_TOKEN_LEN + 1], char *out, size_t cap)
{
    const char *hole = strpbrk(text, "$%");
    if (hole == NULL)
        snprintf(out, cap, "%s", text);
    else
        snprintf(out, cap, "%.*s%s%s", (int)(hole - text), text, tokens[*hole == '%'], hole + 1);
}

static void c2_c4_next_hop_and_request_uri(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *routes;
        const char *next_hop, *request_uri; /* NULL: as uri */
        unsigned own_count;
        bool is_strict, is_ours, is_route;
    } rows[] = {
        {"sip:b@d.t", "", "sip:b@d.t", NULL, 0, false, false, false},
        {"sip:b@d.t", "Route: <sip:r.t;lr>\r\n", "sip:r.t;lr", NULL, 0, false, false, true},
        {"sip:b@d.t", "Route: <sip:192.0.2.10;lr>\r\n", "sip:b@d.t", NULL, 1, false, false, false},
        {"sip:b@d.t", "Route: <sip:192.0.2.10:5060;lr>, <sip:r.t;lr>\r\n", "sip:r.t;lr", NULL, 1,
         false, false, true},
        {"sip:b@d.t", "Route: <sip:192.0.2.10;lr>\r\nRoute: <sip:proxy.t;lr>,<sip:r.t>\r\n",
         "sip:r.t", "sip:r.t", 2, true, false, true},
        /* the transport parameter says which of our ports is the default */
        {"sip:b@d.t", "Route: <sip:192.0.2.10:5070;transport=tcp;lr>\r\n", "sip:b@d.t", NULL, 1,
         false, false, false},
        {"sip:b@d.t", "Route: <sip:192.0.2.10:5090;lr>\r\n", "sip:192.0.2.10:5090;lr", NULL, 0,
         false, false, true},
        {"sip:b@d.t", "Route: <sip:[2001:db8::10];lr>\r\n", "sip:b@d.t", NULL, 1, false, false,
         false},
        {"sip:b@d.t", "Route: <sip:PROXY.T.:5070;lr>\r\n", "sip:b@d.t", NULL, 1, false, false,
         false},
        {"sip:b@d.t", "Route: <sip:proxy.t:5090;lr>\r\n", "sip:proxy.t:5090;lr", NULL, 0, false,
         false, true},
        /* one of ours that is not at the front stays */
        {"sip:b@d.t", "Route: <sip:r.t;lr>, <sip:192.0.2.10;lr>\r\n", "sip:r.t;lr", NULL, 0, false,
         false, true},
        {"sip:192.0.2.10", "", "sip:192.0.2.10", NULL, 0, false, true, false},
        {"sip:proxy.t", "", "sip:proxy.t", NULL, 0, false, true, false},
        {"sip:192.0.2.10:5070", "", "sip:192.0.2.10:5070", NULL, 0, false, true, false},
        {"sip:192.0.2.10;transport=tcp", "", "sip:192.0.2.10;transport=tcp", NULL, 0, false, true,
         false},
        {"sips:192.0.2.10", "", "sips:192.0.2.10", NULL, 0, false, false, false},
        {"sip:192.0.2.10", "Route: <sip:r.t;lr>\r\n", "sip:r.t;lr", NULL, 0, false, false, true},
    };
    const struct px_hop from = {.transport = SW_UDP, .listener = 0};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char room[1024];
        static struct sw_msg m;
        struct px_target t;
        const char *field = "";
        make(&m, room, sizeof room, rows[i].uri, rows[i].routes);
        assert_int_equal(px_target_find(&core, &m, &from, &t, &field), 0);
        assert_slice_equal(t.next_hop, rows[i].next_hop);
        assert_slice_equal(t.request_uri,
                           rows[i].request_uri == NULL ? rows[i].uri : rows[i].request_uri);
        assert_int_equal(t.own_route_count, rows[i].own_count);
        assert_int_equal(t.is_strict, rows[i].is_strict);
        assert_int_equal(t.is_ours, rows[i].is_ours);
        assert_int_equal(t.is_route, rows[i].is_route);
    }
}

static void c1_what_cannot_be_read_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *routes;
        int rc;
        const char *field;
    } rows[] = {
        {"tel:+1", "", SW_E_SCHEME, "Request-URI"},
        {"sip:", "", SW_E_SYNTAX, "Request-URI"},
        {"sip:b@300.1.1.1", "", SW_E_SYNTAX, "Request-URI"},
        {"sip:b@d.t", "Route: <tel:+1>\r\n", SW_E_SYNTAX, "Route"},
        {"sip:b@d.t", "Route: <sip:r.t;lr>, <sip:>\r\n", SW_E_SYNTAX, "Route"},
    };
    const struct px_hop from = {.transport = SW_UDP};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char room[1024];
        static struct sw_msg m;
        struct px_target t;
        const char *field = "";
        make(&m, room, sizeof room, rows[i].uri, rows[i].routes);
        assert_int_equal(px_target_find(&core, &m, &from, &t, &field), rows[i].rc);
        assert_string_equal(field, rows[i].field);
    }
}

/* 16.4: only when maddr is ours and the request came to the port and transport that the URI means.
 */
static void c2_maddr(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        uint16_t listener;
        bool is_stripped;
        const char *target; /* host that is located */
    } rows[] = {
        {"sip:b@d.t;maddr=192.0.2.10", 0, true, "d.t"},
        {"sip:b@d.t:5060;maddr=proxy.t", 0, true, "d.t"},
        {"sip:b@x.t;maddr=d.t", 0, true, "x.t"}, /* a domain we serve */
        {"sip:b@d.t:5070;maddr=192.0.2.10;transport=tcp", 1, true, "d.t"},
        {"sip:b@d.t:5070;maddr=192.0.2.10;transport=tcp", 0, false, "192.0.2.10"},
        {"sip:b@d.t:5070;maddr=192.0.2.10", 1, false, "192.0.2.10"},
        {"sip:b@d.t;maddr=192.0.2.99", 0, false, "192.0.2.99"},
        {"sip:b@d.t;maddr=other.t", 0, false, "other.t"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char room[1024];
        static struct sw_msg m;
        const struct px_hop from = {.transport = conf.listeners[rows[i].listener].transport,
                                    .listener = rows[i].listener};
        struct px_target t;
        struct sw_uri uri;
        const char *field = "";
        make(&m, room, sizeof room, rows[i].uri, "");
        assert_int_equal(px_target_find(&core, &m, &from, &t, &field), 0);
        assert_int_equal(t.strip_maddr, rows[i].is_stripped);
        assert_true(px_target_uri(&t, &uri));
        assert_slice_equal(uri.has_maddr ? uri.maddr.text : uri.host.text, rows[i].target);
    }
}

/* Section 5 of the rules. In what a row holds, '$' stands for a token that leads to a.t, '%' for
 * one that leads to 127.0.0.1. */
static void c3_h4_who_may_go_where(void **state)
{
    (void)state;
    static const struct {
        const char *method, *source, *uri, *routes;
        bool is_allowed;
    } rows[] = {
        {"BYE", "192.0.2.77", "sip:b@a.t", "", true},
        {"BYE", "203.0.113.1", "sip:b@a.t", "", false},
        {"BYE", "203.0.113.1", "sip:b@d.t", "", true},
        {"BYE", "203.0.113.1", "sip:b@D.T.", "", true},
        {"BYE", "203.0.113.1", "sip:b@sub.d.t", "", false},
        {"BYE", "203.0.113.1", "sip:b@d.t;maddr=192.0.2.99", "", false},
        {"BYE", "203.0.113.1", "sip:b@d.t", "Route: <sip:r.t;lr>\r\n", false},
        {"BYE", "203.0.113.1", "sip:b@a.t", "Route: <sip:d.t;lr>\r\n", false},
        {"BYE", "203.0.113.1", "sip:b@d.t", "Route: <sip:d.t;lr>\r\n", false},
        {"BYE", "203.0.113.1", "sip:b@a.t:5070;maddr=d.t", "", false},
        {"BYE", "203.0.113.1", "sip:b@d.t:5070;maddr=d.t", "", false},
        {"BYE", "192.0.2.77", "sip:b@a.t:5070;maddr=d.t", "", true},
        {"BYE", "203.0.113.1", "sip:b@a.t", "Route: <sip:192.0.2.10;lr>\r\n", false},
        {"BYE", "203.0.113.1", "sip:b@a.t", "Route: <sip:192.0.2.10;lr;d=0123456789abcdef>\r\n",
         false},
        {"BYE", "203.0.113.1", "sip:b@a.t", "Route: <sip:192.0.2.10;lr;d=$>\r\n", true},
        {"BYE", "203.0.113.1", "sip:b@a.t", "Route: <sip:other.t;lr;d=$>\r\n", false},
        {"BYE", "203.0.113.1", "sip:b@e.t", "Route: <sip:192.0.2.10;lr;d=$>\r\n", false},
        {"BYE", "203.0.113.1", "sip:b@e.t", "Route: <sip:192.0.2.10;lr;d=$>,<sip:a.t;lr>\r\n",
         true},
        {"BYE", "203.0.113.1", "sip:b@a.t", "Route: <sip:192.0.2.10;lr;d=$>,<sip:e.t;lr>\r\n",
         false},
        {"BYE", "203.0.113.1", "sip:b@127.0.0.1", "Route: <sip:192.0.2.10;lr;d=%>\r\n", false},
        {"BYE", "192.0.2.77", "sip:b@127.0.0.1", "Route: <sip:192.0.2.10;lr;d=%>\r\n", true},
        {"REGISTER", "203.0.113.1", "sip:a.t", "Route: <sip:192.0.2.10;lr;d=$>\r\n", false},
        {"REGISTER", "203.0.113.1", "sip:d.t", "Route: <sip:192.0.2.10;lr;d=$>\r\n", true},
        /* a strict router before us: our URI is the Request-URI, the target the last Route */
        {"BYE", "203.0.113.1", "sip:192.0.2.10;lr;d=$", "Route: <sip:b@a.t>\r\n", true},
        {"BYE", "203.0.113.1", "sip:192.0.2.10;lr;d=$", "Route: <sip:b@e.t>\r\n", false},
        {"BYE", "203.0.113.1", "sip:192.0.2.10;lr;d=0", "Route: <sip:b@a.t>\r\n", false},
        {"BYE", "2001:db8::1", "sip:b@a.t", "", false},
    };
    static const struct sw_network loopback[] = {{{4, {127}}, 8}};
    char tokens[2][PX_TOKEN_LEN + 1] = {"", ""};
    conf.dialog_us = SW_SECONDS(60);
    conf.policy.denied = loopback;
    conf.policy.denied_count = 1;
    make_token("sip:b@a.t", tokens[0]);
    make_token("sip:b@127.0.0.1", tokens[1]);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char room[1024], uri[128], routes[256];
        static struct sw_msg m;
        struct px_hop from = {.transport = SW_UDP, .peer = {address(rows[i].source), 5060}};
        struct px_target t;
        const char *field = "";
        fill_in(rows[i].uri, tokens, uri, sizeof uri);
        fill_in(rows[i].routes, tokens, routes, sizeof routes);
        make_of(&m, room, sizeof room, rows[i].method, uri, routes);
        assert_int_equal(px_target_find(&core, &m, &from, &t, &field), 0);
        if (px_target_is_allowed(&core, &t, &from) != rows[i].is_allowed)
            fail_msg("row %zu", i);
    }
}

/* 16.6 step 7: a sips Request-URI makes the location of a sip Route one of sips. */
static void c4_sips_stays_sips(void **state)
{
    (void)state;
    const struct px_hop from = {.transport = SW_UDP};
    char room[1024];
    static struct sw_msg m;
    struct px_target t;
    struct sw_uri uri;
    const char *field = "";
    make(&m, room, sizeof room, "sips:b@d.t", "Route: <sip:r.t;lr>\r\n");
    assert_int_equal(px_target_find(&core, &m, &from, &t, &field), 0);
    assert_true(px_target_uri(&t, &uri));
    assert_int_equal(uri.scheme, SW_SCHEME_SIPS);
    assert_slice_equal(uri.host.text, "r.t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c2_c4_next_hop_and_request_uri),
        cmocka_unit_test(c1_what_cannot_be_read_is_named),
        cmocka_unit_test(c2_maddr),
        cmocka_unit_test(c3_h4_who_may_go_where),
        cmocka_unit_test(c4_sips_stays_sips),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

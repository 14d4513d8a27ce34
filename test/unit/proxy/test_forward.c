/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 3261 16.6 as rows: a request in, the request out, octet for octet. `|` is a line end. */
#include "proxy/forward.h"
#include "proxy/ident.h"
#include "proxy/targets.h"
#include "proxy/token.h"
#include "support/check.h"

#include <stdio.h>

static struct px_core core;
static struct px_conf conf;

/* Lines of a request from 192.0.2.100:6000 to our UDP listener, 192.0.2.10:5060. */
#define TAIL "From: <sip:a@b.t>;tag=f|To: <sip:b@d.t>|Call-ID: c|CSeq: 1 INVITE|Max-Breadth: 9|"
#define OWN_UDP "Via: SIP/2.0/UDP 192.0.2.10:5060;rport;branch=BRANCH|"
#define OWN_TCP "Via: SIP/2.0/TCP 192.0.2.10:5070;branch=BRANCH|"
#define OWN_TLS "Via: SIP/2.0/TLS 192.0.2.10:5061;branch=BRANCH|"
#define VIA "Via: SIP/2.0/UDP 192.0.2.100:6000;branch=z9hG4bKx|"

struct row {
    const char *name;
    enum sw_transport to;
    bool record_route;
    const char *in, *out;
};

static const struct row rows[] = {
    {"m1 everything else stays", SW_UDP, false,
     "INVITE sip:b@d.t SIP/2.0|" VIA "mAx-FoRwArDs :  70 |X-Odd:   a |  folded|" TAIL
     "c: text/plain|l:  3||abc",
     "INVITE sip:b@d.t SIP/2.0|" OWN_UDP VIA "mAx-FoRwArDs :  69 |X-Odd:   a |  folded|" TAIL
     "c: text/plain|l:  3||abc"},
    {"c4 Max-Forwards is added", SW_UDP, false, "INVITE sip:b@d.t SIP/2.0|" VIA TAIL "|",
     "INVITE sip:b@d.t SIP/2.0|" OWN_UDP VIA TAIL "Max-Forwards: 70||"},
    {"c1 Max-Breadth is added", SW_UDP, false,
     "INVITE sip:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|From: <sip:a@b.t>;tag=f|To: <sip:b@d.t>|"
     "Call-ID: c|CSeq: 1 INVITE|X: y||",
     "INVITE sip:b@d.t SIP/2.0|" OWN_UDP VIA
     "Max-Forwards: 8|From: <sip:a@b.t>;tag=f|To: <sip:b@d.t>|Call-ID: c|CSeq: 1 INVITE|X: y|"
     "Max-Breadth: 60||"},
    {"c1 Max-Breadth above ours becomes ours, any other stays", SW_UDP, false,
     "INVITE sip:b@d.t SIP/2.0|" VIA "max-breadth : 99999999999999999999|Max-Forwards: 9|"
     "From: <sip:a@b.t>;tag=f|To: <sip:b@d.t>|Call-ID: c|CSeq: 1 INVITE||",
     "INVITE sip:b@d.t SIP/2.0|" OWN_UDP VIA "max-breadth : 60|Max-Forwards: 8|"
     "From: <sip:a@b.t>;tag=f|To: <sip:b@d.t>|Call-ID: c|CSeq: 1 INVITE||"},
    {"c4 Content-Length is added for a stream", SW_TCP, false,
     "INVITE sip:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|" TAIL "|body",
     "INVITE sip:b@d.t SIP/2.0|" OWN_TCP VIA "Max-Forwards: 8|" TAIL "Content-Length: 4||body"},
    {"c4 octets behind the body are dropped", SW_TCP, false,
     "INVITE sip:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|" TAIL "Content-Length: 2||body",
     "INVITE sip:b@d.t SIP/2.0|" OWN_TCP VIA "Max-Forwards: 8|" TAIL "Content-Length: 2||bo"},
    {"m5 Via goes above a field of several", SW_UDP, false,
     "INVITE sip:b@d.t SIP/2.0|Max-Forwards: 9|"
     "v: SIP/2.0/UDP h.t:6000;branch=z9hG4bKx , SIP/2.0/TCP g.t|" TAIL "|",
     "INVITE sip:b@d.t SIP/2.0|Max-Forwards: 8|" OWN_UDP
     "v: SIP/2.0/UDP h.t:6000;branch=z9hG4bKx;received=192.0.2.100 , SIP/2.0/TCP g.t|" TAIL "|"},
    {"x6 rport is filled in", SW_UDP, false,
     "INVITE sip:b@d.t SIP/2.0|Max-Forwards: 9|"
     "Via: SIP/2.0/UDP 192.0.2.100:5;rport;branch=z9hG4bKx|" TAIL "|",
     "INVITE sip:b@d.t SIP/2.0|Max-Forwards: 8|" OWN_UDP
     "Via: SIP/2.0/UDP 192.0.2.100:5;branch=z9hG4bKx;received=192.0.2.100;rport=6000|" TAIL "|"},
    {"x6 what the sender says of itself is replaced", SW_UDP, false,
     "INVITE sip:b@d.t SIP/2.0|Max-Forwards: 9|"
     "Via: SIP/2.0/UDP h.t;rport=1;received=1.2.3.4;branch=z9hG4bKx|" TAIL "|",
     "INVITE sip:b@d.t SIP/2.0|Max-Forwards: 8|" OWN_UDP
     "Via: SIP/2.0/UDP h.t;branch=z9hG4bKx;received=192.0.2.100;rport=6000|" TAIL "|"},
    {"c2 own Routes go, each in its field", SW_UDP, false,
     "INVITE sip:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|Route: <sip:192.0.2.10;lr>|"
     "Route: \"x, y\" <sip:192.0.2.10;lr> , <sip:r.t;lr>;p=1|Route: <sip:s.t;lr>|" TAIL "|",
     "INVITE sip:b@d.t SIP/2.0|" OWN_UDP VIA "Max-Forwards: 8|Route: <sip:r.t;lr>;p=1|"
     "Route: <sip:s.t;lr>|" TAIL "|"},
    {"c4 strict next hop", SW_UDP, false,
     "INVITE sip:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|"
     "Route: <sip:192.0.2.10;lr>, <sip:r.t>, <sip:s.t;lr>|" TAIL "|",
     "INVITE sip:r.t SIP/2.0|" OWN_UDP VIA "Max-Forwards: 8|Route: <sip:s.t;lr>|"
     "Route: <sip:b@d.t>|" TAIL "|"},
    {"c2 maddr, port and transport of ours are stripped", SW_UDP, false,
     "INVITE sip:b@d.t:5060;a=1;transport=udp;maddr=192.0.2.10;b SIP/2.0|" VIA
     "Max-Forwards: 9|" TAIL "|",
     "INVITE sip:b@d.t;a=1;b SIP/2.0|" OWN_UDP VIA "Max-Forwards: 8|" TAIL "|"},
    {"c2 of the last Route, which becomes the Request-URI, too", SW_UDP, false,
     "INVITE sip:192.0.2.10;lr;d=0 SIP/2.0|" VIA "Max-Forwards: 9|"
     "Route: <sip:b@d.t:5060;maddr=192.0.2.10;a=1>|" TAIL "|",
     "INVITE sip:b@d.t;a=1 SIP/2.0|" OWN_UDP VIA "Max-Forwards: 8|" TAIL "|"},
    {"c2 and of what is pushed to the end for a strict next hop", SW_UDP, false,
     "INVITE sip:b@d.t;maddr=192.0.2.10;a=1 SIP/2.0|" VIA
     "Max-Forwards: 9|Route: <sip:r.t:5060;maddr=s.t>|" TAIL "|",
     "INVITE sip:r.t:5060;maddr=s.t SIP/2.0|" OWN_UDP VIA
     "Max-Forwards: 8|Route: <sip:b@d.t;a=1>|" TAIL "|"},
    {"c4 Record-Route goes above the others", SW_UDP, true,
     "INVITE sip:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|Record-Route: <sip:q.t;lr>|" TAIL "|",
     "INVITE sip:b@d.t SIP/2.0|" OWN_UDP VIA
     "Max-Forwards: 8|Record-Route: <sip:192.0.2.10:5060;lr;d=TOKEN>|"
     "Record-Route: <sip:q.t;lr>|" TAIL "|"},
    {"c4 Record-Route for both sides", SW_TCP, true,
     "INVITE sip:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|" TAIL "Content-Length: 0||",
     "INVITE sip:b@d.t SIP/2.0|" OWN_TCP
     "Record-Route: <sip:192.0.2.10:5070;transport=tcp;lr;d=TOKEN>|"
     "Record-Route: <sip:192.0.2.10:5060;lr;d=TOKEN>|" VIA "Max-Forwards: 8|" TAIL
     "Content-Length: 0||"},
    {"c4 Record-Route is sips for a sips Request-URI, and asked for by nobody", SW_TLS, false,
     "INVITE sips:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|" TAIL "|",
     "INVITE sips:b@d.t SIP/2.0|" OWN_TLS "Record-Route: <sips:192.0.2.10:5061;lr;d=TOKEN>|" VIA
     "Max-Forwards: 8|" TAIL "Content-Length: 0||"},
    {"c4 and for a sips Route", SW_TLS, true,
     "INVITE sip:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|Route: <sips:r.t;lr>|" TAIL "|",
     "INVITE sip:b@d.t SIP/2.0|" OWN_TLS "Record-Route: <sips:192.0.2.10:5061;lr;d=TOKEN>|" VIA
     "Max-Forwards: 8|Route: <sips:r.t;lr>|" TAIL "Content-Length: 0||"},
    {"c4 but not for one of ours that is taken off", SW_UDP, true,
     "INVITE sip:b@d.t SIP/2.0|" VIA "Max-Forwards: 9|Route: <sip:192.0.2.10;lr>|" TAIL "|",
     "INVITE sip:b@d.t SIP/2.0|" OWN_UDP "Record-Route: <sip:192.0.2.10:5060;lr;d=TOKEN>|" VIA
     "Max-Forwards: 8|" TAIL "|"},
};

static uint16_t listener_of(enum sw_transport t)
{
    return t == SW_UDP ? 0 : t == SW_TCP ? 1 : 2;
}

static const char branch[] = "z9hG4bK0001aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb";

/* Line ends, and what differs from run to run, put in. */
static void expand(const char *row, const char *token, char *out, size_t cap)
{
    size_t len = 0;
    for (const char *p = row; *p != '\0' && len + 64 < cap;) {
        if (*p == '|') {
            len += (size_t)snprintf(out + len, cap - len, "\r\n");
            p++;
        } else if (strncmp(p, "BRANCH", 6) == 0) {
            len += (size_t)snprintf(out + len, cap - len, "%s", branch);
            p += 6;
        } else if (strncmp(p, "TOKEN", 5) == 0) {
            len += (size_t)snprintf(out + len, cap - len, "%s", token);
            p += 5;
        } else {
            out[len++] = *p++;
        }
    }
    out[len] = '\0';
}

static struct sw_endpoint at(unsigned last, uint16_t port)
{
    return (struct sw_endpoint){.addr = {.family = 4, .bytes = {192, 0, 2, (uint8_t)last}},
                                .port = port};
}

static int set_up(void **state)
{
    static const uint8_t seed[32] = {1};
    (void)state;
    px_conf_init(&conf);
    conf.listeners[0] = (struct px_listener){SW_UDP, at(10, 5060)};
    conf.listeners[1] = (struct px_listener){SW_TCP, at(10, 5070)};
    conf.listeners[2] = (struct px_listener){SW_TLS, at(10, 5061)};
    conf.listener_count = 3;
    core.conf = &conf;
    px_keys_init(&core, seed);
    px_mem_init(&core.mem, NULL, false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    px_mem_fini(&core.mem);
    return 0;
}

static void check_row(const struct row *row)
{
    char in[2048], want[2048], token[PX_TOKEN_LEN + 1] = "";
    static struct sw_msg m;
    struct sw_msg_fault fault;
    struct px_target target;
    const char *field = "";
    struct px_hop from = {.transport = SW_UDP, .listener = 0, .peer = at(100, 6000)};
    struct px_hop to = {.transport = row->to, .listener = listener_of(row->to)};
    expand(row->in, "", in, sizeof in);
    conf.record_route = row->record_route;
    assert_int_equal(sw_msg_parse(&m, sw_slice_str(in), NULL, &fault), 0);
    assert_int_equal(px_target_find(&core, &m, &from, &target, &field), 0);
    struct sw_buf b = sw_buf(token, PX_TOKEN_LEN);
    px_token_write(&core, &(struct px_begun){&m, &from, 0}, &b);
    expand(row->out, token, want, sizeof want);
    struct px_copy copy = {&m, &target, &from, &to, branch, 0};
    struct sw_slice out;
    assert_int_equal(px_forward_build(&core, &copy, &out), 0);
    assert_slice_equal(out, want);
    size_t len = px_forward_len(&core, &copy);
    assert_true(len == out.len || (len > out.len && len <= SW_BIG_REQUEST_LEN));
    px_mem_drop_slice(&core.mem, &out);
    /* What goes out can be read again. */
    assert_int_equal(sw_msg_parse(&m, sw_slice_str(want), NULL, &fault), 0);
    assert_int_equal(sw_msg_check(&m, &fault), 0);
}

static void m1_m5_c2_c4_x6_the_copy(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        print_message("%s\n", rows[i].name);
        check_row(&rows[i]);
    }
}

/* RFC 3261 26.2.2: whoever asks for it. */
static void c4_nothing_for_sips_is_written_for_clear_text(void **state)
{
    static const char *const uris[][2] = {
        {"sips:b@d.t", ""},
        {"sips:b@d.t", "Route: <sip:r.t;lr>|"},
        {"sips:b@d.t", "Route: <sip:r.t>|"},
        {"sips:b@d.t;maddr=192.0.2.7", ""},
        {"sip:b@d.t", "Route: <sips:r.t;lr>|"},
    };
    static struct sw_msg m;
    struct sw_msg_fault fault;
    struct px_target target;
    const char *field = "";
    struct px_hop from = {.transport = SW_TLS, .listener = 2, .peer = at(100, 6000)};
    struct sw_slice out = SW_LIT("untouched");
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(uris); i++) {
        char text[512], in[512];
        snprintf(text, sizeof text, "INVITE %s SIP/2.0|" VIA "%s" TAIL "|", uris[i][0], uris[i][1]);
        expand(text, "", in, sizeof in);
        assert_int_equal(sw_msg_parse(&m, sw_slice_str(in), NULL, &fault), 0);
        assert_int_equal(px_target_find(&core, &m, &from, &target, &field), 0);
        for (enum sw_transport t = SW_UDP; t <= SW_TCP; t++) {
            struct px_hop to = {.transport = t, .listener = listener_of(t)};
            struct px_copy copy = {&m, &target, &from, &to, branch, 0};
            assert_int_equal(px_forward_build(&core, &copy, &out), SW_E_INVAL);
            assert_slice_equal(out, "untouched");
        }
    }
}

/* No request needs so many edits: it is refused, and nothing is kept. */
static void m4_edits_are_bounded(void **state)
{
    (void)state;
    char in[4096];
    static struct sw_msg m;
    struct sw_msg_fault fault;
    struct px_target target;
    const char *field = "";
    struct px_hop hop = {.transport = SW_UDP, .listener = 0, .peer = at(100, 6000)};
    size_t len = (size_t)snprintf(in, sizeof in,
                                  "OPTIONS sip:b@d.t SIP/2.0\r\n"
                                  "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n");
    for (unsigned i = 0; i < 40; i++)
        len += (size_t)snprintf(in + len, sizeof in - len, "Route: <sip:192.0.2.10;lr>\r\n");
    snprintf(in + len, sizeof in - len,
             "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@d.t>\r\n"
             "Call-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n");
    assert_int_equal(sw_msg_parse(&m, sw_slice_str(in), NULL, &fault), 0);
    assert_int_equal(px_target_find(&core, &m, &hop, &target, &field), 0);
    assert_int_equal(target.own_route_count, 40);
    struct px_copy copy = {&m, &target, &hop, &hop, branch, 0};
    struct sw_slice out = SW_LIT("untouched");
    assert_int_equal(px_forward_build(&core, &copy, &out), SW_E_LIMIT);
    assert_slice_equal(out, "untouched");
    assert_int_equal(core.mem.used_count, 0);
}

/* X6: the address that the request came to, where there is a choice. */
static void x6_listener_of_the_right_kind_nearest_to_where_it_came(void **state)
{
    (void)state;
    static struct px_conf many;
    static struct px_core c;
    struct sw_netaddr v4 = at(1, 0).addr, v6 = {.family = 6, .bytes = {0x20, 1}};
    px_conf_init(&many);
    many.listeners[0] = (struct px_listener){SW_UDP, at(10, 5060)};
    many.listeners[1] = (struct px_listener){SW_UDP, at(20, 5060)};
    many.listeners[2] = (struct px_listener){SW_TCP, at(20, 5060)};
    many.listeners[3] = (struct px_listener){SW_UDP, at(20, 5080)};
    many.listener_count = 4;
    c.conf = &many;
    static const struct {
        uint16_t came_to;
        enum sw_transport transport;
        uint16_t want;
    } table[] = {
        {0, SW_UDP, 0}, {1, SW_UDP, 1}, {3, SW_UDP, 3}, {2, SW_UDP, 1}, {0, SW_TCP, 2},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(table); i++) {
        struct px_hop from = {.transport = many.listeners[table[i].came_to].transport,
                              .listener = table[i].came_to};
        uint16_t got = 99;
        assert_int_equal(px_forward_listener(&c, &from, table[i].transport, &v4, &got), 0);
        assert_int_equal(got, table[i].want);
        assert_int_equal(px_forward_listener(&c, &from, table[i].transport, &v6, &got),
                         SW_E_NOTFOUND);
        assert_int_equal(px_forward_listener(&c, &from, SW_TLS, &v4, &got), SW_E_NOTFOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(m1_m5_c2_c4_x6_the_copy),
        cmocka_unit_test(c4_nothing_for_sips_is_written_for_clear_text),
        cmocka_unit_test(m4_edits_are_bounded),
        cmocka_unit_test(x6_listener_of_the_right_kind_nearest_to_where_it_came),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

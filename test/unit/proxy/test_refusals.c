/* SPDX-License-Identifier: BSD-2-Clause */
/* M6: what strangers get who may have forged their address. Whoever they name must not receive more
 * than they have sent but for a little, nor more often. */
#include "rig.h"

#include "sip/msg.h"

/* Besides what the request has: what received, rport and a tag take, a reason phrase, and
 * Content-Length. */
enum { MORE_MAX = 192 };
/* The fields that a 200 to OPTIONS should have (RFC 3261 11.2). */
enum { OPTIONS_MORE_MAX = MORE_MAX + 96 };

/* The longest received and rport there can be. */
static const struct sw_endpoint stranger = {
    .addr = {.family = 6,
             .bytes = {0x20, 0x01, 0x1d, 0xb8, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                       0x11, 0x11, 0x11}},
    .port = 65535,
};
static const struct sw_endpoint ours = {
    .addr = {.family = 6, .bytes = {0x20, 0x01, 0x1d, 0xb8, [15] = 1}},
    .port = 5060,
};

#define OURS "sip:[2001:1db8::1]"

static const struct row {
    const char *name, *method, *uri, *version, *via, *more;
    uint16_t status; /* 0: silence */
    size_t more_max;
} rows[] = {
    {"400 bad Max-Forwards", "M", "sip:b", "2.0", "h;rport", "Max-Forwards: x\r\n", 400, MORE_MAX},
    {"400 bad CSeq", "M", "sip:b", "2.0", "h;rport", "CSeq: x\r\n", 400, MORE_MAX},
    {"400 bad Content-Length", "M", "sip:b", "2.0", "h;rport", "l:x\r\n", 400, MORE_MAX},
    {"400 bad Route", "M", "sip:b", "2.0", "h;rport", "Route: <\r\n", 400, MORE_MAX},
    {"400 bad Proxy-Require", "M", "sip:b", "2.0", "h;rport", "Proxy-Require:,\r\n", 400, MORE_MAX},
    {"403", "M", "sip:b", "2.0", "h;rport", "", 403, MORE_MAX},
    {"403 to an INVITE, and no 100", "INVITE", "sip:b", "2.0", "h;rport", "", 403, MORE_MAX},
    {"404", "M", OURS, "2.0", "h;rport", "", 404, MORE_MAX},
    {"416", "M", "x:b", "2.0", "h;rport", "", 416, MORE_MAX},
    {"420", "M", "sip:b", "2.0", "h;rport", "Proxy-Require:a\r\n", 420, MORE_MAX},
    {"420 with many options", "M", "sip:b", "2.0", "h;rport",
     "Proxy-Require:a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z\r\n", 420, MORE_MAX},
    {"481", "CANCEL", "sip:b", "2.0", "h;rport", "", 481, MORE_MAX},
    {"483", "M", "sip:b", "2.0", "h;rport", "Max-Forwards:0\r\n", 483, MORE_MAX},
    {"505", "M", "sip:b", "7.0", "h;rport", "", 505, MORE_MAX},
    {"OPTIONS 200", "OPTIONS", OURS, "2.0", "h;rport", "", 200, OPTIONS_MORE_MAX},
    {"ACK", "ACK", "sip:b", "2.0", "h;rport", "", 0, 0},
    {"ACK to us", "ACK", OURS, "2.0", "h;rport", "", 0, 0},
    {"ACK without hops", "ACK", "sip:b", "2.0", "h;rport", "Max-Forwards:0\r\n", 0, 0},
    {"broken ACK", "ACK", "sip:b", "2.0", "h;rport", "l:x\r\n", 0, 0},
    {"ACK of another version", "ACK", "sip:b", "7.0", "h;rport", "", 0, 0},
    {"ACK of another scheme", "ACK", "x:b", "2.0", "h;rport", "", 0, 0},
    {"ACK with options", "ACK", "sip:b", "2.0", "h;rport", "Proxy-Require:a\r\n", 0, 0},
};

static void begin(struct rig *r)
{
    rig_conf(r);
    r->conf.listeners[0].endpoint = ours;
    r->conf.trusted_count = 0;
    rig_begin(r);
}

/* The shortest request there is, and what must not come back. */
static struct sw_slice write(char *room, size_t cap, const struct row *row)
{
    static const char rest[] = "Record-Route: <sip:r;lr>\r\nContact: <sip:c>\r\n\r\nbody";
    bool has_cseq = strncmp(row->more, "CSeq", 4) == 0;
    int len = snprintf(room, cap,
                       "%s %s SIP/%s\r\nv:SIP/2.0/UDP %s\r\nf:<sip:a>;tag=1\r\nt:<sip:b>\r\ni:1\r\n"
                       "%s%s%s%s%s",
                       row->method, row->uri, row->version, row->via, has_cseq ? "" : "CSeq:1 ",
                       has_cseq ? "" : row->method, has_cseq ? "" : "\r\n", row->more, rest);
    return sw_slice(room, (size_t)len);
}

/* What was sent besides the fields that must not come back, to hold a reply's length against. */
static size_t counted_len(struct sw_slice request)
{
    return request.len - strlen("Record-Route: <sip:r;lr>\r\nContact: <sip:c>\r\nbody");
}

static void check_reply(const char *name, const struct px_action *reply, uint16_t status,
                        size_t request_len, size_t more_max)
{
    static struct sw_msg m;
    if (sw_msg_parse_again(&m, reply->bytes) < 0 && status != 400)
        fail_msg("%s: the reply cannot be read", name);
    if (m.is_request || m.status != status)
        fail_msg("%s: %u, not %u", name, m.status, status);
    if (m.body.len > 0 || rig_has(reply->bytes, "Record-Route") || rig_has(reply->bytes, "body"))
        fail_msg("%s: more comes back than should", name);
    if (reply->bytes.len > request_len + more_max)
        fail_msg("%s: %zu octets for %zu", name, reply->bytes.len, request_len);
}

static void m6_a_stranger_gets_one_reply_not_much_longer_than_his_request(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024];
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        begin(&r);
        struct sw_slice request = write(room, sizeof room, row);
        rig_step(&r,
                 &(struct px_event){.kind = PX_EV_DATAGRAM, .peer = stranger, .bytes = request});
        size_t count = rig_count(&r, PX_DO_DATAGRAM);
        if (count != (row->status == 0 ? 0u : 1u))
            fail_msg("%s: %zu replies", row->name, count);
        if (row->status != 0)
            check_reply(row->name, rig_action(&r, PX_DO_DATAGRAM, 0), row->status,
                        counted_len(request), row->more_max);
        if (px_core_wake_us(r.core) != SW_NEVER || !px_core_is_idle(r.core))
            fail_msg("%s: something is left that could send again", row->name);
        rig_end(&r);
    }
}

/* 503 for who sends too much, then silence. */
static void m6_a_503_is_one_reply_too(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024];
    const struct row row = {"503", "M", "sip:b", "2.0", "h;rport", "", 503, MORE_MAX};
    rig_conf(&r);
    r.conf.listeners[0].endpoint = ours;
    r.conf.trusted_count = 0;
    r.conf.source_rate = (struct px_quota_rate){.per_s = 1, .burst = 1};
    rig_begin(&r);
    struct sw_slice request = write(room, sizeof room, &row);
    const struct px_event ev = {.kind = PX_EV_DATAGRAM, .peer = stranger, .bytes = request};
    rig_step(&r, &ev);
    rig_step(&r, &ev);
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 1);
    check_reply("503", rig_action(&r, PX_DO_DATAGRAM, 0), 503, counted_len(request), MORE_MAX);
    rig_step(&r, &ev);
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 0);
    rig_end(&r);
}

/* A loop is found before it is asked who may go where. */
static void m6_a_482_is_one_reply_too(void **state)
{
    (void)state;
    static struct rig r;
    char copy[2048];
    rig_conf(&r);
    rig_begin(&r);
    rig_send(&r, "OPTIONS", "sip:b@192.0.2.1", "z9hG4bKl");
    const struct px_action *sent = rig_action(&r, PX_DO_DATAGRAM, 0);
    assert_non_null(sent);
    assert_true(sent->bytes.len < sizeof copy);
    memcpy(copy, sent->bytes.p, sent->bytes.len);
    struct sw_slice request = sw_slice(copy, sent->bytes.len);
    r.conf.trusted_count = 0;
    rig_step(&r,
             &(struct px_event){.kind = PX_EV_DATAGRAM, .peer = rig_at(1, 5060), .bytes = request});
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 1);
    check_reply("482", rig_action(&r, PX_DO_DATAGRAM, 0), 482, request.len, MORE_MAX);
    rig_end(&r);
}

static void m6_a_response_is_never_answered(void **state)
{
    (void)state;
    static struct rig r;
    static const char *const texts[] = {
        "SIP/2.0 200 OK\r\nv:SIP/2.0/UDP h\r\nf:<sip:a>;tag=1\r\nt:<sip:b>\r\ni:1\r\nCSeq:1 M\r\n"
        "\r\n",
        "SIP/2.0 200 OK\r\nv:SIP/2.0/UDP [2001:1db8::1];branch=z9hG4bKx\r\nf:<sip:a>;tag=1\r\n"
        "t:<sip:b>;tag=2\r\ni:1\r\nCSeq:1 INVITE\r\n\r\n",
        "SIP/2.0 999999 X\r\nv:SIP/2.0/UDP h\r\n\r\n",
        "SIP/7.0 200 OK\r\nv:SIP/2.0/UDP h\r\n\r\n",
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(texts); i++) {
        begin(&r);
        rig_step(&r, &(struct px_event){.kind = PX_EV_DATAGRAM,
                                        .peer = stranger,
                                        .bytes = sw_slice_str(texts[i])});
        if (rig_count(&r, PX_DO_DATAGRAM) != 0)
            fail_msg("answered: %s", texts[i]);
        rig_end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(m6_a_stranger_gets_one_reply_not_much_longer_than_his_request),
        cmocka_unit_test(m6_a_503_is_one_reply_too),
        cmocka_unit_test(m6_a_482_is_one_reply_too),
        cmocka_unit_test(m6_a_response_is_never_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A request that is only looked at is answered as one that was read; what is not written as nearly
 * all are is not even looked at. All messages of test/torture: test_torture.c. */
#include "sip/build.h"
#include "support/check.h"
#include "support/sip_text.h"

#define VIA "Via: SIP/2.0/UDP a.t;branch=z9hG4bK1" CRLF
#define REST F_FROM F_TO F_CALL_ID F_CSEQ

static const struct {
    const char *name, *text;
    bool is_seen;
} rows[] = {
    {"an ordinary one", L_OPTIONS VIA "Max-Forwards: 70" CRLF REST "Subject: x" CRLF CRLF "body",
     true},
    {"short names, other cases",
     L_OPTIONS "v: SIP/2.0/UDP a.t;branch=z9hG4bK1" CRLF "f: <sip:a@b.t>;tag=1" CRLF
               "t: <sip:b@c.t>" CRLF "i: x" CRLF "CSEQ: 7 OPTIONS" CRLF CRLF,
     true},
    {"several Via",
     L_OPTIONS "Via: SIP/2.0/UDP a.t;rport;branch=z9hG4bK1 , SIP/2.0/UDP b.t" CRLF
               "v: SIP/2.0/UDP c.t" CRLF REST CRLF,
     true},
    {"a To with a tag, a field without a colon behind",
     L_OPTIONS VIA F_FROM "To: <sip:b@c.t>;tag=2" CRLF F_CALL_ID F_CSEQ CRLF, true},
    {"a fold", L_OPTIONS VIA F_FROM "To: <sip:b@c.t>" CRLF "  ;x=1" CRLF F_CALL_ID F_CSEQ CRLF,
     true},
    {"a fold behind", L_OPTIONS VIA REST "Subject: x" CRLF " y" CRLF CRLF, false},
    {"a Via behind", L_OPTIONS VIA REST "Subject: x" CRLF F_VIA CRLF, false},
    {"a short one", L_OPTIONS VIA REST "v: SIP/2.0/UDP c.t" CRLF CRLF, false},
    {"Via apart", L_OPTIONS VIA F_FROM F_VIA F_TO F_CALL_ID F_CSEQ CRLF, false},
    {"an empty Via", L_OPTIONS VIA "Via: " CRLF REST CRLF, false},
    {"no Via at the top", L_OPTIONS F_FROM VIA F_TO F_CALL_ID F_CSEQ CRLF, false},
    {"a branch of RFC 2543", L_OPTIONS "Via: SIP/2.0/UDP a.t;branch=1" CRLF REST CRLF, false},
    {"no branch", L_OPTIONS "Via: SIP/2.0/UDP a.t" CRLF REST CRLF, false},
    {"a broken Via", L_OPTIONS "Via: SIP/2.0/UDP a.t;branch=z9hG4bK1;rport=x" CRLF REST CRLF,
     false},
    {"From twice", L_OPTIONS VIA F_FROM F_FROM F_TO F_CALL_ID F_CSEQ CRLF, false},
    {"no Call-ID", L_OPTIONS VIA F_FROM F_TO F_CSEQ CRLF, false},
    {"an empty Call-ID", L_OPTIONS VIA F_FROM F_TO "Call-ID: " CRLF F_CSEQ CRLF, false},
    {"a From that is none", L_OPTIONS VIA "From: <sip:a" CRLF F_TO F_CALL_ID F_CSEQ CRLF, false},
    {"a CSeq that is none", L_OPTIONS VIA F_FROM F_TO F_CALL_ID "CSeq: OPTIONS" CRLF CRLF, false},
    {"a CSeq of another method", L_OPTIONS VIA F_FROM F_TO F_CALL_ID "CSeq: 1 BYE" CRLF CRLF,
     false},
    {"a method nobody knows", "JUMP sip:b@c.t SIP/2.0" CRLF VIA REST CRLF, false},
    {"another version", "OPTIONS sip:b@c.t SIP/3.0" CRLF VIA REST CRLF, false},
    {"no Request-URI", "OPTIONS SIP/2.0" CRLF VIA REST CRLF, false},
    {"a response", "SIP/2.0 200 OK" CRLF VIA REST CRLF, false},
    {"no empty line", L_OPTIONS VIA REST "Subject: x" CRLF, false},
    {"cut off", L_OPTIONS VIA REST "Subject: x", false},
    {"a line end that is none", L_OPTIONS VIA REST "Subject: x\nSubject: y" CRLF CRLF, false},
    {"nothing", "", false},
};

static bool see(struct sw_slice text, struct sw_glance *g)
{
    return sw_glance(text, g) && sw_glance_who(g);
}

static void what_is_seen_is_answered_as_what_is_read(void **state)
{
    (void)state;
    static struct sw_msg m;
    const struct sw_reply reply = {.status = 503,
                                   .to_tag = SW_LIT("ours"),
                                   .extra = SW_LIT("Retry-After: 10\r\n"),
                                   .received = SW_LIT(";received=192.0.2.1;rport=5060")};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_slice text = sw_slice_str(rows[i].text);
        struct sw_glance g;
        char rooms[2][1024];
        struct sw_buf seen = sw_buf(rooms[0], sizeof rooms[0]);
        struct sw_buf all_read = sw_buf(rooms[1], sizeof rooms[1]);
        if (see(text, &g) != rows[i].is_seen)
            fail_msg("%s: %s", rows[i].name, rows[i].is_seen ? "not seen" : "seen");
        if (!rows[i].is_seen)
            continue;
        assert_int_equal(sw_msg_parse(&m, text, NULL, NULL), 0);
        assert_int_equal(sw_glance_reply(&g, &reply, &seen), 0);
        assert_int_equal(sw_reply_build(&m, &reply, &all_read), 0);
        if (!sw_slice_eq(sw_buf_slice(&seen), sw_buf_slice(&all_read)))
            fail_msg("%s: %.*s", rows[i].name, (int)seen.len, seen.p);
        assert_int_equal(g.method, m.method);
        assert_int_equal(g.number, m.cseq.number);
        assert_true(sw_slice_eq(g.first_line, m.hdrs[0].line));
    }
}

static void an_answer_needs_its_room(void **state)
{
    (void)state;
    struct sw_glance g;
    char room[64];
    struct sw_buf b = sw_buf(room, sizeof room);
    assert_true(see(sw_slice_str(rows[0].text), &g));
    assert_int_equal(sw_glance_reply(&g, &(struct sw_reply){.status = 503}, &b), SW_E_SPACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_seen_is_answered_as_what_is_read),
        cmocka_unit_test(an_answer_needs_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/attr.h"
#include "sip/build.h"
#include "support/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct sw_msg msg, other;

#define L_400 "SIP/2.0 400 Bad Request" CRLF
#define F_END "Content-Length: 0" CRLF CRLF

/* The order of a response: Via, From, To, Call-ID, CSeq. */
#define F_ANSWER F_FROM F_TO F_CALL_ID F_CSEQ
#define F_ANSWER_INVITE F_FROM F_TO F_CALL_ID F_CSEQ_INVITE

static const struct {
    const char *name, *request;
    uint16_t status;
    const char *reason, *to_tag, *extra, *received; /* NULL: empty */
    const char *want;
} replies[] = {
    {"8.2.6 a 100 has no tag of ours and the Timestamp",
     L_INVITE F_VIA F_REST_INVITE "Timestamp: 54" CRLF "Subject: x" CRLF CRLF "body", 100, NULL,
     NULL, NULL, NULL, "SIP/2.0 100 Trying" CRLF F_VIA F_ANSWER_INVITE "Timestamp: 54" CRLF F_END},
    {"other responses have a tag and no Timestamp",
     L_OPTIONS F_VIA F_REST "Timestamp: 54" CRLF CRLF, 400, NULL, "t1", NULL, NULL,
     L_400 F_VIA F_FROM "To: <sip:bob@d.t>;tag=t1" CRLF F_CALL_ID F_CSEQ F_END},
    {"reason and further lines", L_OPTIONS F_VIA F_REST CRLF, 503, "Not now", NULL,
     "Retry-After: 5" CRLF "Warning: 399 h \"x\"" CRLF, NULL,
     "SIP/2.0 503 Not now" CRLF F_VIA F_ANSWER "Retry-After: 5" CRLF
     "Warning: 399 h \"x\"" CRLF F_END},
    {"a tag that is there stays alone",
     L_OPTIONS F_VIA "To: <sip:bob@d.t>;tag=old" CRLF F_FROM F_CALL_ID F_CSEQ CRLF, 400, NULL, "t1",
     NULL, NULL, L_400 F_VIA F_FROM "To: <sip:bob@d.t>;tag=old" CRLF F_CALL_ID F_CSEQ F_END},
    {"a URI's tag is none, blanks and folds stay",
     L_OPTIONS F_VIA "t:  <sip:bob@d.t;tag=no>" CRLF "  " CRLF F_FROM F_CALL_ID F_CSEQ CRLF, 400,
     NULL, "t1", NULL, NULL,
     L_400 F_VIA F_FROM "t:  <sip:bob@d.t;tag=no>;tag=t1" CRLF "  " CRLF F_CALL_ID F_CSEQ F_END},
    {"M3 the tag of an empty To stands in its line",
     L_OPTIONS F_VIA F_FROM "To: " CRLF F_CALL_ID F_CSEQ CRLF, 400, NULL, "t1", NULL, NULL,
     L_400 F_VIA F_FROM "To: ;tag=t1" CRLF F_CALL_ID F_CSEQ F_END},
    {"all Via, in order, as they came",
     L_OPTIONS "v:SIP/2.0/UDP a.t ,SIP/2.0/UDP b.t" CRLF F_REST F_VIA CRLF, 400, NULL, NULL, NULL,
     NULL, L_400 "v:SIP/2.0/UDP a.t ,SIP/2.0/UDP b.t" CRLF F_VIA F_ANSWER F_END},
    {"X6 received and rport at the end of the top value",
     L_OPTIONS "Via: SIP/2.0/UDP a.t;rport;branch=z ,SIP/2.0/UDP b.t;rport" CRLF F_REST CRLF, 400,
     NULL, NULL, NULL, ";received=192.0.2.1;rport=5060",
     L_400 "Via: SIP/2.0/UDP a.t;branch=z;received=192.0.2.1;rport=5060 ,SIP/2.0/UDP b.t;rport" CRLF
         F_ANSWER F_END},
    {"X6 what a sender says of itself there is replaced",
     L_OPTIONS "Via: SIP/2.0/UDP a.t;received=1.1.1.1;branch=z;rport=1" CRLF F_REST CRLF, 400, NULL,
     NULL, NULL, ";received=192.0.2.1",
     L_400 "Via: SIP/2.0/UDP a.t;branch=z;received=192.0.2.1" CRLF F_ANSWER F_END},
    {"M3 broken Via parameters stay, ours come before them",
     L_OPTIONS "Via: SIP/2.0/UDP 192.0.2.15;;,;,," CRLF F_REST CRLF, 400, NULL, NULL, NULL,
     ";received=192.0.2.1",
     L_400 "Via: SIP/2.0/UDP 192.0.2.15;received=192.0.2.1;;,;,," CRLF F_ANSWER F_END},
    {"M3 what is missing in the request is missing in the answer", L_OPTIONS F_VIA F_CSEQ CRLF, 400,
     NULL, "t1", NULL, NULL, L_400 F_VIA F_CSEQ F_END},
    {"M3 a To that cannot be read gets the tag all the same",
     L_OPTIONS F_VIA "To: \"x <sip:a@b>" CRLF F_FROM F_CALL_ID F_CSEQ CRLF, 400, NULL, "t1", NULL,
     NULL, L_400 F_VIA F_FROM "To: \"x <sip:a@b>;tag=t1" CRLF F_CALL_ID F_CSEQ F_END},
};

static struct sw_reply reply_of(size_t i)
{
    return (struct sw_reply){
        .status = replies[i].status,
        .reason = sw_slice_str(replies[i].reason),
        .to_tag = sw_slice_str(replies[i].to_tag),
        .extra = sw_slice_str(replies[i].extra),
        .received = sw_slice_str(replies[i].received),
    };
}

static void read_any(struct sw_msg *m, const char *text)
{
    struct sw_msg_fault fault = {.is_answerable = true};
    int rc = sw_msg_parse(m, sw_slice_str(text), NULL, &fault);
    assert_true(rc == 0 || fault.is_answerable);
}

static void test_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(replies); i++) {
        char room[2000];
        struct sw_reply reply = reply_of(i);
        struct sw_buf out = sw_buf(room, sizeof room);
        read_any(&msg, replies[i].request);
        assert_int_equal(sw_reply_build(&msg, &reply, &out), 0);
        if (!is_text(sw_buf_slice(&out), replies[i].want))
            fail_msg("%s:\n%.*s", replies[i].name, (int)out.len, out.p);
    }
}

static void test_too_little_room_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(replies); i++) {
        char room[2000];
        struct sw_reply reply = reply_of(i);
        read_any(&msg, replies[i].request);
        for (size_t cap = 0; cap < strlen(replies[i].want); cap++) {
            struct sw_buf out = sw_buf(room, cap);
            assert_int_equal(sw_reply_build(&msg, &reply, &out), SW_E_SPACE);
        }
    }
}

static void test_no_reply_without_a_via(void **state)
{
    (void)state;
    char room[2000];
    struct sw_buf out = sw_buf(room, sizeof room);
    struct sw_reply reply = {.status = 400};
    assert_int_equal(sw_msg_parse(&msg, SW_LIT(L_OPTIONS F_REST CRLF), NULL, NULL), SW_E_SYNTAX);
    assert_int_equal(sw_reply_build(&msg, &reply, &out), SW_E_SYNTAX);
    assert_int_equal(sw_msg_parse(&msg, SW_LIT(L_OPTIONS "Via: x" CRLF F_REST CRLF), NULL, NULL),
                     0);
    assert_int_equal(sw_reply_build(&msg, &reply, &out), SW_E_SYNTAX);
}

/* ---- CANCEL and ACK ---- */

static const char sent[] =
    "INVITE sips:bob@[2001:db8::1];lr?a=b SIP/2.0" CRLF
    "Via: SIP/2.0/TLS p.t;branch=z9hG4bKp ,SIP/2.0/UDP c.t;branch=z9hG4bKc" CRLF
    "Via: SIP/2.0/UDP d.t" CRLF "Max-Forwards: 3" CRLF "Route: <sip:r1;lr>," CRLF
    " <sip:r2;lr>" CRLF "t: <sip:bob@d.t>" CRLF "Contact: <sip:c@c.t>" CRLF F_FROM
    "route: <sip:r3;lr>" CRLF F_CALL_ID "CSeq: 0042" CRLF "\tINVITE" CRLF
    "Content-Length: 4" CRLF CRLF "body";

static void test_cancel(void **state)
{
    (void)state;
    char room[2000];
    struct sw_buf out = sw_buf(room, sizeof room);
    read_any(&msg, sent);
    assert_int_equal(sw_cancel_build(&msg, SW_LIT("Reason: SIP;cause=200" CRLF), &out), 0);
    static const char want[] =
        "CANCEL sips:bob@[2001:db8::1];lr?a=b SIP/2.0" CRLF
        "Via: SIP/2.0/TLS p.t;branch=z9hG4bKp" CRLF "Max-Forwards: 70" CRLF
        "Route: <sip:r1;lr>," CRLF " <sip:r2;lr>" CRLF "route: <sip:r3;lr>" CRLF F_FROM
        "t: <sip:bob@d.t>" CRLF F_CALL_ID "CSeq: 42 CANCEL" CRLF "Reason: SIP;cause=200" CRLF F_END;
    assert_true(is_text(sw_buf_slice(&out), want));
    assert_int_equal(sw_msg_parse(&other, sw_buf_slice(&out), NULL, NULL), 0);
    assert_int_equal(sw_msg_check(&other, NULL), 0);
}

static void test_ack_has_the_responses_to(void **state)
{
    (void)state;
    static const char response[] =
        "SIP/2.0 486 Busy Here" CRLF F_VIA "To: \"B\" <sip:bob@d.t>;tag=99" CRLF F_FROM F_CALL_ID
        "CSeq: 42 INVITE" CRLF CRLF;
    char room[2000];
    struct sw_buf out = sw_buf(room, sizeof room);
    read_any(&msg, sent);
    read_any(&other, response);
    assert_int_equal(sw_ack_build(&msg, &other, &out), 0);
    static const char want[] =
        "ACK sips:bob@[2001:db8::1];lr?a=b SIP/2.0" CRLF "Via: SIP/2.0/TLS p.t;branch=z9hG4bKp" CRLF
        "Max-Forwards: 70" CRLF "Route: <sip:r1;lr>," CRLF " <sip:r2;lr>" CRLF
        "route: <sip:r3;lr>" CRLF F_FROM "To: \"B\" <sip:bob@d.t>;tag=99" CRLF F_CALL_ID
        "CSeq: 42 ACK" CRLF F_END;
    assert_true(is_text(sw_buf_slice(&out), want));
    for (size_t cap = 0; cap < sizeof want - 1; cap++) {
        out = sw_buf(room, cap);
        assert_int_equal(sw_ack_build(&msg, &other, &out), SW_E_SPACE);
    }
}

static void test_nothing_is_built_from_what_cannot_be_read(void **state)
{
    (void)state;
    char room[2000];
    struct sw_buf out = sw_buf(room, sizeof room);
    read_any(&msg, L_INVITE "Via: SIP/2.0/UDP h;ttl=x" CRLF F_REST_INVITE CRLF);
    assert_int_equal(sw_cancel_build(&msg, SW_LIT(""), &out), SW_E_SYNTAX);
    read_any(&msg, L_INVITE F_VIA F_TO F_FROM F_CALL_ID CRLF);
    assert_int_equal(sw_cancel_build(&msg, SW_LIT(""), &out), SW_E_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_too_little_room_is_said),
        cmocka_unit_test(test_no_reply_without_a_via),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_ack_has_the_responses_to),
        cmocka_unit_test(test_nothing_is_built_from_what_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

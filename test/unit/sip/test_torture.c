/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that break readers: one for each idea of RFC 4475 section 3 and RFC 5118, in bytes of
 * our own. Each is forwarded, answered with a status or dropped, as those documents say for a proxy
 * (M2); what is forwarded leaves as it came but for what was edited (M1).
 */
#include "base/attr.h"
#include "sip/edit.h"
#include "sip/msg.h"
#include "support/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DROP = 0, FORWARD = 1 }; /* else: the status of the answer */

#define TEXT(literal) (literal), sizeof(literal) - 1

/* What most of them share. */
#define COMMON F_VIA F_TO F_FROM F_CALL_ID "Max-Forwards: 9" CRLF
#define REQUEST(start) start CRLF COMMON F_CSEQ
#define BODY "v=0" CRLF "s=-" CRLF
#define WITH_BODY "Content-Type: application/sdp" CRLF "Content-Length: 10" CRLF CRLF BODY
#define NO_BODY "l: 0" CRLF CRLF

static const struct {
    const char *name;
    const char *text;
    size_t len;
    int verdict;
} messages[] = {
    /* RFC 4475 3.1.1: valid */
    {"3.1.1.1 folds, odd case, compact names, blanks",
     TEXT("INVITE sip:vera@chair.t;x=y SIP/2.0" CRLF "tO :" CRLF
          "  sip:vera@chair.t ;   tag    = 19181n" CRLF
          "fROM   : \"J Ro \\\\\\\"\"       <sip:jr@example.t>" CRLF "  ;" CRLF "  tag = 98ash" CRLF
          "mAx-FoRwArDs: 0068" CRLF "i: wsx.ndaks@192.0.2.1" CRLF "l   : 10" CRLF "cseq: 0009" CRLF
          "  INVITE" CRLF "V: SIP  /   2.0" CRLF " /UDP" CRLF "    192.0.2.2;branch=39dj" CRLF
          "s :" CRLF "NewField: new, value" CRLF " goes on ;;" CRLF "OddField: ;;,,;;,;" CRLF
          "C:application/sdp" CRLF "roUTE:" CRLF " <sip:services.t;lr;with=value;without>" CRLF
          "v:  SIP  / 2.0  / TCP     spindle.t   ;" CRLF "  branch  =   z9hG4bK9ik8  ," CRLF
          " SIP  /    2.0   / UDP  192.0.2.55   ; branch=" CRLF " z9hG4bK30239" CRLF
          "m:\"Quoted \\\"\\\"\" <sip:jr@bell.t> ; new =" CRLF "      value ;" CRLF
          "  q = 0.33" CRLF CRLF BODY),
     FORWARD},
    {"3.1.1.2 every character that may be",
     TEXT("!odd-Method0123456789_*+`.%yes'~ sip:1_odd.USER~(to-be!)&isn't+it$/?crazy,/;;*"
          ":&it+has=1,odd!*pas$wo~d_(isn't-it)@example.t SIP/2.0" CRLF
          "Via: SIP/2.0/TCP host1.t;branch=z9hG4bK-.!%66*_+`'~" CRLF
          "To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:1_odd.USER~(to-be!)&isn't+it$/?crazy,"
          "/;;*@example.t>" CRLF "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.t>"
          ";odd''~+*_!.-%=\"\xd1\x80\xd0\xb0;,<>\";tag=_token~1'+`*%!-." CRLF
          "Call-ID: odd.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{" CRLF
          "CSeq: 139122385 !odd-Method0123456789_*+`.%yes'~" CRLF "Max-Forwards: 255" CRLF
          "extensionHeader-!.%*+_`'~:\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb" CRLF
          "Content-Length: 0" CRLF CRLF),
     FORWARD},
    {"3.1.1.3 escapes",
     TEXT("INVITE sip:sips%3Aalice%40d.t@c.t SIP/2.0" CRLF F_VIA "To: <sip:%75se%72@d.t>" CRLF
          "From: <sip:I%20have%20blanks@c.t>;tag=1" CRLF F_CALL_ID F_CSEQ_INVITE
          "Contact: <sip:cal%6Cer@h.t;%6C%72;n%61me=v%61lue%25%34%31>" CRLF WITH_BODY),
     FORWARD},
    {"3.1.1.4 escaped NUL",
     TEXT("REGISTER sip:d.t SIP/2.0" CRLF F_VIA "To: sip:nul-%00-nul@d.t" CRLF
          "From: sip:nul-%00-nul@d.t;tag=8" CRLF F_CALL_ID "CSeq: 14 REGISTER" CRLF
          "Contact: <sip:%00@h.t>" CRLF "Contact: <sip:%00%00@h.t>" CRLF "L:0" CRLF CRLF),
     FORWARD},
    {"3.1.1.5 % that is no escape",
     TEXT("OP%54IONS sip:d.t SIP/2.0" CRLF COMMON "CSeq: 5 OP%54IONS" CRLF
          "Contact: \"%Z%45\" <sip:r@h.t>" CRLF NO_BODY),
     FORWARD},
    {"3.1.1.6 no blank before the bracket",
     TEXT("OPTIONS sip:d.t SIP/2.0" CRLF F_VIA F_TO
          "From: caller<sip:c@c.t>;tag=3" CRLF F_CALL_ID F_CSEQ NO_BODY),
     FORWARD},
    {"3.1.1.8 octets behind the datagram's message",
     TEXT(REQUEST("OPTIONS sip:d.t SIP/2.0") "l: 0" CRLF CRLF "INVITE sip:joe@d.t SIP/2.0" CRLF
                                             "t: x" CRLF CRLF),
     FORWARD},
    {"3.1.1.9 semicolons in the user",
     TEXT(REQUEST("OPTIONS sip:user;par=u%40example.net@d.t SIP/2.0") NO_BODY), FORWARD},
    {"3.1.1.10 transports of all kinds",
     TEXT("OPTIONS sip:d.t SIP/2.0" CRLF "Via: SIP/2.0/UDP t1.t;branch=z9hG4bK1" CRLF
          "Via: SIP/2.0/SCTP t2.t;branch=z9hG4bK2" CRLF "Via: SIP/2.0/TLS t3.t;branch=z9hG4bK3" CRLF
          "Via: SIP/2.0/UNKNOWN t4.t;branch=z9hG4bK4" CRLF
          "Via: SIP/2.0/TCP t5.t;branch=z9hG4bK5" CRLF F_REST NO_BODY),
     FORWARD},
    {"3.1.1.11 a body of any octets",
     TEXT(REQUEST("OPTIONS sip:d.t SIP/2.0") "Content-Length: 12" CRLF CRLF "--b" CRLF
                                             "\x00\xff\r\n\n\r\x80"),
     FORWARD},
    {"3.1.1.12 a reason of any octets",
     TEXT("SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe" CRLF F_VIA F_REST NO_BODY), FORWARD},
    {"3.1.1.13 an empty reason", TEXT("SIP/2.0 100 " CRLF F_VIA F_REST NO_BODY), FORWARD},
    /* RFC 4475 3.1.2: invalid */
    {"3.1.2.1 separators too many",
     TEXT(L_OPTIONS "Via: SIP/2.0/UDP 192.0.2.15;;,;,," CRLF F_REST
                    "Contact: \"Joe\" <sip:joe@d.t>;;;;" CRLF NO_BODY),
     400},
    {"3.1.2.2 Content-Length too large",
     TEXT(REQUEST("OPTIONS sip:d.t SIP/2.0") "Content-Length: 9999" CRLF CRLF BODY), 400},
    {"3.1.2.3 Content-Length negative",
     TEXT(REQUEST("OPTIONS sip:d.t SIP/2.0") "Content-Length: -999" CRLF CRLF BODY), 400},
    {"3.1.2.4 numbers too large",
     TEXT("REGISTER sip:d.t SIP/2.0" CRLF F_VIA F_TO F_FROM F_CALL_ID
          "CSeq: 36893488147419103232 REGISTER" CRLF "Max-Forwards: 300" CRLF
          "Expires: 10000000000000000000000" CRLF NO_BODY),
     400},
    {"3.1.2.4 only Max-Forwards too large",
     TEXT(L_OPTIONS F_VIA F_REST "Max-Forwards: 300" CRLF NO_BODY), 400},
    {"3.1.2.5 numbers of a response too large",
     TEXT("SIP/2.0 503 No" CRLF F_VIA F_TO F_FROM F_CALL_ID
          "CSeq: 9292394834772304023312 OPTIONS" CRLF
          "Retry-After: 949302838503028349304023988" CRLF NO_BODY),
     DROP},
    {"3.1.2.6 quote not closed",
     TEXT(L_OPTIONS F_VIA "To: \"Mr. J. User <sip:j@d.t>" CRLF F_FROM F_CALL_ID F_CSEQ NO_BODY),
     400},
    {"3.1.2.7 brackets around the Request-URI", TEXT(REQUEST("OPTIONS <sip:d.t> SIP/2.0") NO_BODY),
     400},
    {"3.1.2.8 blank inside the Request-URI", TEXT(REQUEST("OPTIONS sip:d.t; lr SIP/2.0") NO_BODY),
     400},
    {"3.1.2.9 blanks between the words of the start line",
     TEXT(REQUEST("OPTIONS  sip:d.t  SIP/2.0") NO_BODY), 400},
    {"3.1.2.10 blanks behind the start line", TEXT(REQUEST("OPTIONS sip:d.t SIP/2.0  ") NO_BODY),
     400},
    {"3.1.2.12 a time zone that does not matter to us",
     TEXT(REQUEST("OPTIONS sip:d.t SIP/2.0") "Date: Fri, 01 Jan 2010 16:00:00 EST" CRLF NO_BODY),
     FORWARD},
    {"3.1.2.13 a Contact that is the registrar's business",
     TEXT(REQUEST("OPTIONS sip:d.t SIP/2.0") "Contact: sip:u@d.t?Route=%3Csip:x%3E" CRLF NO_BODY),
     FORWARD},
    {"3.1.2.14 blanks inside the brackets",
     TEXT(L_OPTIONS F_VIA "To: \"W, T\" < sip:t@d.t >" CRLF F_FROM F_CALL_ID F_CSEQ NO_BODY), 400},
    {"3.1.2.15 comma in a display name",
     TEXT(L_OPTIONS F_VIA F_TO "From: Bell, A <sip:a@c.t>;tag=4" CRLF F_CALL_ID F_CSEQ NO_BODY),
     400},
    {"3.1.2.16 version 7.0",
     TEXT("OPTIONS sip:d.t SIP/7.0" CRLF
          "Via: SIP/7.0/UDP c.t;branch=z9hG4bK1" CRLF F_REST NO_BODY),
     505},
    {"3.1.2.17 CSeq of another method",
     TEXT(L_OPTIONS F_VIA F_TO F_FROM F_CALL_ID F_CSEQ_INVITE NO_BODY), 400},
    {"3.1.2.18 unknown method, CSeq of another",
     TEXT("NEWMETHOD sip:d.t SIP/2.0" CRLF F_VIA F_TO F_FROM F_CALL_ID F_CSEQ_INVITE NO_BODY), 501},
    {"3.1.2.19 status beyond all",
     TEXT("SIP/2.0 4294967301 better not break" CRLF F_VIA F_REST NO_BODY), DROP},
    /* RFC 4475 3.2 and 3.3, as far as a message layer is concerned */
    {"3.2.1 a branch that is only the cookie",
     TEXT(L_OPTIONS "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK" CRLF F_REST NO_BODY), FORWARD},
    {"3.3.1 required fields missing", TEXT(L_OPTIONS F_VIA F_CSEQ NO_BODY), 400},
    {"3.3.2 unknown scheme", TEXT(REQUEST("OPTIONS unknownScheme:opaque SIP/2.0") NO_BODY), 416},
    {"3.3.3 a scheme of others",
     TEXT(REQUEST("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0") NO_BODY), 416},
    {"3.3.4 unknown schemes in To and From",
     TEXT(L_OPTIONS F_VIA "To: isbn:2983792873" CRLF
                          "From: <http://www.d.t>;tag=3" CRLF F_CALL_ID F_CSEQ NO_BODY),
     FORWARD},
    {"3.3.8 several values of what is single",
     TEXT(L_OPTIONS F_VIA F_REST F_TO F_CALL_ID F_FROM F_CSEQ "Max-Forwards: 5" CRLF NO_BODY), 400},
    {"3.3.9 several Content-Length",
     TEXT(L_OPTIONS F_VIA F_REST "Content-Length: 10" CRLF "l: 5" CRLF CRLF BODY), 400},
    {"3.3.10 received from everywhere",
     TEXT(
         L_OK
         "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;received=255.255.255.255" CRLF F_REST NO_BODY),
     FORWARD},
    {"3.3.11 Max-Forwards 0 can be read",
     TEXT(L_OPTIONS F_VIA F_REST "Max-Forwards: 0" CRLF NO_BODY), FORWARD},
    {"3.4.1 as RFC 2543 wrote it",
     TEXT("INVITE sip:u@d.t SIP/2.0" CRLF "Via: SIP/2.0/UDP i.t" CRLF "From: <sip:a@c.t>" CRLF
          "To: sip:u@d.t" CRLF "Call-ID: 1@h" CRLF F_CSEQ_INVITE CRLF BODY),
     FORWARD},
    /* RFC 5118 4 */
    {"4.1 IPv6 everywhere",
     TEXT("REGISTER sip:[2001:db8::10] SIP/2.0" CRLF "To: sip:u@d.t" CRLF
          "From: sip:u@d.t;tag=81" CRLF "Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3" CRLF
          "Call-ID: S@[2001:db8::9:1]" CRLF "Contact: \"C\" <sip:c@[2001:db8::1]>" CRLF
          "CSeq: 98 REGISTER" CRLF NO_BODY),
     FORWARD},
    {"4.2 IPv6 without brackets in the Request-URI",
     TEXT(REQUEST("OPTIONS sip:2001:db8::10 SIP/2.0") NO_BODY), 400},
    {"4.2 IPv6 without brackets in the Via",
     TEXT(L_OPTIONS "Via: SIP/2.0/UDP 2001:db8::9:1;branch=z9hG4bK1" CRLF F_REST NO_BODY), DROP},
    {"4.3 a last group that looks like a port",
     TEXT(REQUEST("OPTIONS sip:[2001:db8::10:5070] SIP/2.0") NO_BODY), FORWARD},
    {"4.4 a port behind the bracket",
     TEXT(REQUEST("OPTIONS sip:[2001:db8::10]:5070 SIP/2.0") NO_BODY), FORWARD},
    {"4.5 received with brackets",
     TEXT(L_OPTIONS
          "Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bK1" CRLF F_REST
              NO_BODY),
     FORWARD},
    {"4.5 received without brackets",
     TEXT(L_OPTIONS
          "Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bK1" CRLF F_REST
              NO_BODY),
     FORWARD},
    {"4.7 addresses of both kinds in fields",
     TEXT(L_OPTIONS "Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bK1" CRLF
                    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2" CRLF F_REST NO_BODY),
     FORWARD},
    {"4.9 IPv4-mapped IPv6",
     TEXT(L_OPTIONS "Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bK1" CRLF
                    "To: \"I\" <sip:[::ffff:192.0.2.10]>" CRLF F_FROM F_CALL_ID F_CSEQ NO_BODY),
     FORWARD},
    {"4.10 three colons", TEXT(REQUEST("OPTIONS sip:u@[2001:db8:::192.0.2.1] SIP/2.0") NO_BODY),
     400},
    {"4.10 two colons", TEXT(REQUEST("OPTIONS sip:u@[2001:db8::192.0.2.1] SIP/2.0") NO_BODY),
     FORWARD},
};

static struct sw_msg msg;

/* An exact copy on the heap, so that a sanitizer sees a read behind the end. */
static struct sw_slice copy_of(size_t i)
{
    char *p = malloc(messages[i].len);
    assert_non_null(p);
    memcpy(p, messages[i].text, messages[i].len);
    return sw_slice(p, messages[i].len);
}

static void drop_copy(struct sw_slice text)
{
    free((void *)(uintptr_t)text.p);
}

/* What the steps before routing make of a message (RFC 3261 16.3, steps 1 and 2). */
static int judge(struct sw_slice text)
{
    struct sw_msg_fault fault = {.status = 0};
    struct sw_uri uri;
    if (sw_msg_parse(&msg, text, NULL, &fault) < 0 || sw_msg_check(&msg, &fault) < 0)
        return fault.status;
    if (!msg.is_request)
        return FORWARD;
    int rc = sw_uri_parse(msg.uri_text, &uri, NULL);
    if (rc < 0)
        return rc == SW_E_SCHEME ? 416 : 400;
    return FORWARD;
}

static void test_m2_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(messages); i++) {
        struct sw_slice text = copy_of(i);
        int verdict = judge(text);
        if (verdict != messages[i].verdict)
            fail_msg("%s: %d", messages[i].name, verdict);
        drop_copy(text);
    }
}

static void test_m1_without_edits_nothing_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(messages); i++) {
        char room[4000];
        struct sw_buf out = sw_buf(room, sizeof room);
        struct sw_edits e;
        struct sw_slice text = copy_of(i);
        judge(text);
        sw_edits_init(&e, msg.bytes);
        assert_int_equal(sw_edits_write(&e, &out), 0);
        if (!sw_slice_eq(sw_buf_slice(&out), text))
            fail_msg("%s is changed", messages[i].name);
        drop_copy(text);
    }
}

/* Replace the value of one field: what is before and behind it stays, octet for octet. */
static void check_one_edit(size_t i, const struct sw_hdr *h)
{
    static const struct sw_slice fresh = {"fresh value", 11};
    char room[4000];
    struct sw_buf out = sw_buf(room, sizeof room);
    struct sw_edits e;
    size_t before = (size_t)(h->value.p - msg.bytes.p), behind = before + h->value.len;
    sw_edits_init(&e, msg.bytes);
    sw_edits_replace(&e, h->value, fresh);
    assert_int_equal(sw_edits_write(&e, &out), 0);
    struct sw_slice got = sw_buf_slice(&out);
    if (!sw_slice_eq(sw_slice_sub(got, 0, before), sw_slice_sub(msg.bytes, 0, before)) ||
        !sw_slice_eq(sw_slice_sub(got, before, before + fresh.len), fresh) ||
        !sw_slice_eq(sw_slice_sub(got, before + fresh.len, SIZE_MAX),
                     sw_slice_sub(msg.bytes, behind, SIZE_MAX)))
        fail_msg("%s: more than %.*s is changed", messages[i].name, (int)h->name.len, h->name.p);
}

static void test_m1_an_edit_changes_what_it_names_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(messages); i++) {
        struct sw_slice text = copy_of(i);
        judge(text);
        for (size_t k = 0; k < msg.hdr_count; k++)
            check_one_edit(i, &msg.hdrs[k]);
        drop_copy(text);
    }
}

/* The tortuous one, value by value. */
static void test_3_1_1_1_is_read_right(void **state)
{
    (void)state;
    static const char *const hosts[] = {"192.0.2.2", "spindle.t", "192.0.2.55"};
    static const char *const branches[] = {"39dj", "z9hG4bK9ik8", "z9hG4bK30239"};
    struct sw_values v;
    struct sw_slice value;
    struct sw_via via;
    struct sw_nameaddr addr;
    size_t count = 0;
    assert_int_equal(judge(sw_slice(messages[0].text, messages[0].len)), FORWARD);
    sw_values_init(&v, &msg, SW_HDR_VIA);
    while (sw_values_next(&v, &value) > 0) {
        assert_int_equal(sw_via_parse(value, &via, NULL), 0);
        assert_true(is_text(via.sent_by.text, hosts[count]));
        assert_true(is_text(via.branch, branches[count]));
        count++;
    }
    assert_int_equal(count, 3);
    assert_int_equal(sw_nameaddr_parse(sw_msg_first(&msg, SW_HDR_TO)->value, &addr, NULL), 0);
    assert_true(is_text(addr.tag, "19181n"));
    assert_int_equal(sw_nameaddr_parse(sw_msg_first(&msg, SW_HDR_FROM)->value, &addr, NULL), 0);
    assert_true(is_text(addr.uri_text, "sip:jr@example.t"));
    assert_true(is_text(addr.tag, "98ash"));
    assert_true(is_text(sw_msg_first(&msg, SW_HDR_MAX_FORWARDS)->value, "0068"));
    assert_true(is_text(msg.body, BODY));
}

static void test_3_1_1_8_the_octets_behind_are_not_the_body(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(messages); i++) {
        if (strncmp(messages[i].name, "3.1.1.8", 7) != 0)
            continue;
        assert_int_equal(judge(sw_slice(messages[i].text, messages[i].len)), FORWARD);
        assert_int_equal(msg.body.len, 0);
        return;
    }
    fail_msg("the message is gone");
}

/* 3.1.1.7: values as long as M4 lets them be. */
static void test_3_1_1_7_long_values(void **state)
{
    (void)state;
    static char text[40000];
    static const char piece[] = ";unknownLongParam=unknownLongParamValue";
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_buf_str(&b, "OPTIONS sip:u@d.t SIP/2.0" CRLF "Via: SIP/2.0/TCP sip33.t");
    for (size_t i = 0; i < 200; i++)
        sw_buf_str(&b, piece);
    sw_buf_str(&b, CRLF "To: \"I have a user name of extreme proportion\"<sip:u@d.t");
    for (size_t i = 0; i < 200; i++)
        sw_buf_str(&b, piece);
    sw_buf_str(&b, ">;tag=");
    for (size_t i = 0; i < 60; i++)
        sw_buf_str(&b, "12982982982982982");
    for (size_t i = 0; i < 34; i++)
        sw_buf_str(&b, CRLF "Via: SIP/2.0/TCP sip.t");
    sw_buf_str(&b, CRLF F_FROM F_CALL_ID F_CSEQ NO_BODY);
    assert_false(b.overflow);
    assert_int_equal(judge(sw_buf_slice(&b)), 513); /* To is longer than 8 KiB */
    struct sw_msg_limits wide = sw_msg_limits_default;
    wide.hdr_len = 20000;
    assert_int_equal(sw_msg_parse(&msg, sw_buf_slice(&b), &wide, NULL), 0);
    assert_int_equal(sw_msg_check(&msg, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_m2_verdicts),
        cmocka_unit_test(test_m1_without_edits_nothing_changes),
        cmocka_unit_test(test_m1_an_edit_changes_what_it_names_and_nothing_else),
        cmocka_unit_test(test_3_1_1_1_is_read_right),
        cmocka_unit_test(test_3_1_1_7_long_values),
        cmocka_unit_test(test_3_1_1_8_the_octets_behind_are_not_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

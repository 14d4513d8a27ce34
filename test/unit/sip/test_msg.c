/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/attr.h"
#include "base/buf.h"
#include "sip/msg.h"
#include "support/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct sw_msg msg;

enum { DROP = 0 };

/* rc 0: read whole. field: what the fault names. */
static const struct {
    const char *name, *text;
    int rc;
    const char *field;
    int status; /* DROP: no answer */
} rows[] = {
    {"a request", L_OPTIONS F_VIA F_REST CRLF, 0, NULL, 0},
    {"a response", L_OK F_VIA F_REST CRLF, 0, NULL, 0},
    {"a body without Content-Length", L_OPTIONS F_VIA F_REST CRLF "body", 0, NULL, 0},
    {"version in another case", "OPTIONS sip:h sip/2.0" CRLF F_VIA F_REST CRLF, 0, NULL, 0},
    {"unknown method",
     "PUBLISH sip:h SIP/2.0" CRLF F_VIA F_TO F_FROM F_CALL_ID "CSeq: 1 PUBLISH" CRLF CRLF, 0, NULL,
     0},
    {"response without a reason", "SIP/2.0 200 " CRLF F_VIA F_REST CRLF, 0, NULL, 0},
    {"response without the last blank", "SIP/2.0 200" CRLF F_VIA F_REST CRLF, 0, NULL, 0},
    {"empty unknown field", L_OPTIONS F_VIA F_REST "X:" CRLF "Supported: " CRLF CRLF, 0, NULL, 0},
    /* the start line */
    {"nothing", "", SW_E_SYNTAX, "start line", DROP},
    {"two line ends", CRLF CRLF, SW_E_SYNTAX, "start line", DROP},
    {"no line end", "OPTIONS sip:h SIP/2.0", SW_E_SYNTAX, "start line", DROP},
    {"another protocol", "GET / HTTP/1.1" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line", DROP},
    {"one word", "OPTIONS" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line", DROP},
    {"two words", "OPTIONS sip:h" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line", DROP},
    {"method no token", "OPT(IONS) sip:h SIP/2.0" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line",
     400},
    {"M3 two blanks behind the method", "OPTIONS  sip:h SIP/2.0" CRLF F_VIA F_REST CRLF,
     SW_E_SYNTAX, "start line", 400},
    {"M3 two blanks behind the URI", "OPTIONS sip:h  SIP/2.0" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX,
     "start line", 400},
    {"M3 blanks last", "OPTIONS sip:h SIP/2.0  " CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line",
     400},
    {"M3 blank inside the URI", "OPTIONS sip:h; lr SIP/2.0" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX,
     "start line", 400},
    {"tab for a blank", "OPTIONS\tsip:h SIP/2.0" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line",
     400},
    {"M3 version 3.0", "OPTIONS sip:h SIP/3.0" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line",
     505},
    {"M3 version 2.00", "OPTIONS sip:h SIP/2.00" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line",
     505},
    {"start line ends in LF", "OPTIONS sip:h SIP/2.0\n" F_VIA F_REST CRLF, SW_E_SYNTAX,
     "start line", DROP},
    {"response of version 3.0", "SIP/3.0 200 OK" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line",
     DROP},
    {"status 99", "SIP/2.0 099 OK" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line", DROP},
    {"status 700", "SIP/2.0 700 OK" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line", DROP},
    {"status of ten digits", "SIP/2.0 4294967301 better not" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX,
     "start line", DROP},
    {"status no number", "SIP/2.0 2x0 OK" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line", DROP},
    {"no status", "SIP/2.0" CRLF F_VIA F_REST CRLF, SW_E_SYNTAX, "start line", DROP},
    /* lines that are no fields */
    {"M3 no colon", L_OPTIONS F_VIA "Subject hello" CRLF F_REST CRLF, SW_E_SYNTAX, "header field",
     400},
    {"M3 no name", L_OPTIONS F_VIA ": hello" CRLF F_REST CRLF, SW_E_SYNTAX, "header field", 400},
    {"M3 blank inside the name", L_OPTIONS F_VIA "Sub ject: x" CRLF F_REST CRLF, SW_E_SYNTAX,
     "header field", 400},
    {"M3 fold behind the start line", L_OPTIONS " " F_VIA F_REST CRLF, SW_E_SYNTAX, "header field",
     DROP},
    {"M3 colon behind a fold", L_OPTIONS F_VIA "Subject" CRLF " : x" CRLF F_REST CRLF, SW_E_SYNTAX,
     "header field", 400},
    {"M3 LF alone ends a line", L_OPTIONS F_VIA "Subject: x\n" F_REST CRLF, SW_E_SYNTAX,
     "header field", 400},
    {"M3 LF alone inside a fold", L_OPTIONS F_VIA "Subject: x" CRLF " y\n z" CRLF F_REST CRLF,
     SW_E_SYNTAX, "header field", 400},
    {"M3 CR alone inside a line", L_OPTIONS F_VIA "Subject: x\ry" CRLF F_REST CRLF, SW_E_SYNTAX,
     "header field", 400},
    {"M3 two CR", L_OPTIONS F_VIA "Subject: x\r" CRLF F_REST CRLF, SW_E_SYNTAX, "header field",
     400},
    {"M3 no empty line", L_OPTIONS F_VIA F_REST, SW_E_SYNTAX, "header field", 400},
    {"M3 cut inside a field", L_OPTIONS F_VIA F_REST "Subj", SW_E_SYNTAX, "header field", 400},
    /* what must be there, once */
    {"M3 no Via", L_OPTIONS F_REST CRLF, SW_E_SYNTAX, "Via", DROP},
    {"M3 empty Via", L_OPTIONS "Via:" CRLF F_REST CRLF, SW_E_SYNTAX, "Via", DROP},
    {"M3 empty second Via", L_OPTIONS F_VIA "v:" CRLF F_REST CRLF, SW_E_SYNTAX, "Via", 400},
    {"M3 no To", L_OPTIONS F_VIA F_FROM F_CALL_ID F_CSEQ CRLF, SW_E_SYNTAX, "To", 400},
    {"M3 no From", L_OPTIONS F_VIA F_TO F_CALL_ID F_CSEQ CRLF, SW_E_SYNTAX, "From", 400},
    {"M3 no Call-ID", L_OPTIONS F_VIA F_TO F_FROM F_CSEQ CRLF, SW_E_SYNTAX, "Call-ID", 400},
    {"M3 no CSeq", L_OPTIONS F_VIA F_TO F_FROM F_CALL_ID CRLF, SW_E_SYNTAX, "CSeq", 400},
    {"M3 two To", L_OPTIONS F_VIA F_REST F_TO CRLF, SW_E_SYNTAX, "To", 400},
    {"M3 two From, one compact", L_OPTIONS F_VIA F_REST "f: <sip:x@y>;tag=1" CRLF CRLF, SW_E_SYNTAX,
     "From", 400},
    {"M3 two Call-ID", L_OPTIONS F_VIA F_REST F_CALL_ID CRLF, SW_E_SYNTAX, "Call-ID", 400},
    {"M3 two CSeq", L_OPTIONS F_VIA F_REST F_CSEQ CRLF, SW_E_SYNTAX, "CSeq", 400},
    {"M3 two Max-Forwards",
     L_OPTIONS F_VIA F_REST "Max-Forwards: 1" CRLF "Max-Forwards: 1" CRLF CRLF, SW_E_SYNTAX,
     "Max-Forwards", 400},
    {"M3 two Max-Breadth", L_OPTIONS F_VIA F_REST "Max-Breadth: 1" CRLF "Max-Breadth: 1" CRLF CRLF,
     SW_E_SYNTAX, "Max-Breadth", 400},
    {"M3 two Content-Length", L_OPTIONS F_VIA F_REST "Content-Length: 0" CRLF "l: 0" CRLF CRLF,
     SW_E_SYNTAX, "Content-Length", 400},
    {"M3 empty Call-ID", L_OPTIONS F_VIA F_TO F_FROM F_CSEQ "Call-ID: " CRLF CRLF, SW_E_SYNTAX,
     "Call-ID", 400},
    /* values everybody needs */
    {"M3 CSeq of another method", L_OPTIONS F_VIA F_TO F_FROM F_CALL_ID "CSeq: 1 INVITE" CRLF CRLF,
     SW_E_SYNTAX, "CSeq", 400},
    {"M3 CSeq in small letters", L_OPTIONS F_VIA F_TO F_FROM F_CALL_ID "CSeq: 1 options" CRLF CRLF,
     SW_E_SYNTAX, "CSeq", 400},
    {"M3 CSeq of another unknown method", "NEWMETHOD sip:h SIP/2.0" CRLF F_VIA F_REST CRLF,
     SW_E_SYNTAX, "CSeq", 501},
    {"M3 CSeq too large",
     L_OPTIONS F_VIA F_TO F_FROM F_CALL_ID "CSeq: 4294967296 OPTIONS" CRLF CRLF, SW_E_SYNTAX,
     "CSeq", 400},
    {"M3 CSeq of a response too large",
     L_OK F_VIA F_TO F_FROM F_CALL_ID "CSeq: 4294967296 OPTIONS" CRLF CRLF, SW_E_SYNTAX, "CSeq",
     DROP},
    {"a response's CSeq method is free", L_OK F_VIA F_TO F_FROM F_CALL_ID "CSeq: 1 FOO" CRLF CRLF,
     0, NULL, 0},
    {"M3 Content-Length negative", L_OPTIONS F_VIA F_REST "Content-Length: -1" CRLF CRLF,
     SW_E_SYNTAX, "Content-Length", 400},
    {"M3 Content-Length in letters", L_OPTIONS F_VIA F_REST "Content-Length: five" CRLF CRLF,
     SW_E_SYNTAX, "Content-Length", 400},
    {"M3 Content-Length a list", L_OPTIONS F_VIA F_REST "Content-Length: 0, 0" CRLF CRLF,
     SW_E_SYNTAX, "Content-Length", 400},
    {"M3 Content-Length more than there is",
     L_OPTIONS F_VIA F_REST "Content-Length: 5" CRLF CRLF "body", SW_E_SYNTAX, "Content-Length",
     400},
    {"M3 the same in a response", L_OK F_VIA F_REST "Content-Length: 5" CRLF CRLF "body",
     SW_E_SYNTAX, "Content-Length", DROP},
    {"M3 empty value in a Via list",
     L_OPTIONS "Via: SIP/2.0/UDP h;branch=a, ,SIP/2.0/UDP g" CRLF F_REST CRLF, SW_E_SYNTAX, "Via",
     400},
    {"M3 comma last in a Via list", L_OPTIONS "Via: SIP/2.0/UDP h;branch=a," CRLF F_REST CRLF,
     SW_E_SYNTAX, "Via", 400},
    {"M3 comma first in a Via list", L_OPTIONS "Via: ,SIP/2.0/UDP h;branch=a" CRLF F_REST CRLF,
     SW_E_SYNTAX, "Via", DROP},
    /* who is answered */
    {"M3 an ACK never is", "ACK sip:h SIP/2.0" CRLF F_VIA F_TO F_FROM F_CALL_ID CRLF, SW_E_SYNTAX,
     "CSeq", DROP},
    {"M3 no answer without a sent-by", L_OPTIONS "Via: SIP/2.0/UDP ;branch=a" CRLF F_TO CRLF,
     SW_E_SYNTAX, "From", DROP},
    {"M3 broken Via parameters do not hinder it",
     L_OPTIONS "Via: SIP/2.0/UDP h;;branch=,;," CRLF F_REST CRLF, SW_E_SYNTAX, "Via", 400},
    {"the first fault is told", L_OPTIONS F_VIA "bad line" CRLF F_TO CRLF, SW_E_SYNTAX,
     "header field", 400},
};

static void test_what_is_read_and_what_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_msg_fault fault = {.field = "", .status = 77, .is_answerable = true};
        int rc = sw_msg_parse(&msg, sw_slice_str(rows[i].text), NULL, &fault);
        if (rc != rows[i].rc)
            fail_msg("%s: %d, %s: %s", rows[i].name, rc, fault.field, fault.what);
        if (rc == 0) {
            assert_true(fault.status == 77 && fault.is_answerable); /* untouched */
            continue;
        }
        if (strcmp(fault.field, rows[i].field) != 0 || fault.status != rows[i].status ||
            fault.is_answerable != (rows[i].status != DROP) || fault.offset > msg.bytes.len)
            fail_msg("%s: status %u at %zu, %s: %s", rows[i].name, fault.status, fault.offset,
                     fault.field, fault.what);
        assert_int_equal(sw_msg_parse(&msg, sw_slice_str(rows[i].text), NULL, NULL), rc);
    }
}

static void test_m1_a_request_is_cut_into_slices(void **state)
{
    (void)state;
    static const char text[] =
        "INVITE sip:bob@d.t;lr SIP/2.0" CRLF F_VIA "TO :" CRLF " <sip:bob@d.t>" CRLF F_FROM
        "subject:" CRLF F_CALL_ID "cseq: 0009" CRLF "  INVITE  " CRLF "l:\t4 " CRLF
        "v: SIP/2.0/TCP x.t" CRLF CRLF "bodyjunk";
    assert_int_equal(sw_msg_parse(&msg, SW_LIT(text), NULL, NULL), 0);
    assert_true(msg.is_request);
    assert_int_equal(msg.method, SW_INVITE);
    assert_true(is_text(msg.method_text, "INVITE"));
    assert_true(is_text(msg.uri_text, "sip:bob@d.t;lr"));
    assert_true(is_text(msg.version, "SIP/2.0"));
    assert_true(is_text(msg.start_line, "INVITE sip:bob@d.t;lr SIP/2.0" CRLF));
    assert_true(is_text(msg.body, "body"));
    assert_int_equal(msg.header_end, sizeof text - 1 - 8 - 2);
    assert_true(msg.has_content_length);
    assert_int_equal(msg.content_length, 4);
    assert_int_equal(msg.hdr_count, 8);
    const struct sw_hdr *to = sw_msg_first(&msg, SW_HDR_TO);
    assert_true(is_text(to->name, "TO"));
    assert_true(is_text(to->value, "<sip:bob@d.t>"));
    assert_true(is_text(to->line, "TO :" CRLF " <sip:bob@d.t>" CRLF));
    assert_true(is_text(sw_msg_first(&msg, SW_HDR_CSEQ)->value, "0009" CRLF "  INVITE"));
    assert_int_equal(msg.hdrs[3].id, SW_HDR_OTHER);
    assert_true(is_text(msg.hdrs[3].name, "subject"));
    assert_int_equal(msg.hdrs[3].value.len, 0);
    const struct sw_hdr *via = sw_msg_first(&msg, SW_HDR_VIA);
    assert_true(via == &msg.hdrs[0]);
    via = sw_msg_next(&msg, via);
    assert_true(is_text(via->value, "SIP/2.0/TCP x.t"));
    assert_null(sw_msg_next(&msg, via));
    assert_null(sw_msg_first(&msg, SW_HDR_ROUTE));
}

static void test_m1_a_response_is_cut_into_slices(void **state)
{
    (void)state;
    static const char text[] = "SIP/2.0 503 Not  now, \xc3\xa9t\xc3\xa9 " CRLF F_VIA F_REST CRLF;
    assert_int_equal(sw_msg_parse(&msg, SW_LIT(text), NULL, NULL), 0);
    assert_false(msg.is_request);
    assert_int_equal(msg.status, 503);
    assert_true(is_text(msg.reason, "Not  now, \xc3\xa9t\xc3\xa9 "));
    assert_false(msg.has_content_length);
    assert_int_equal(msg.body.len, 0);
}

static void test_a_faulty_request_holds_what_an_answer_needs(void **state)
{
    (void)state;
    static const char text[] = L_OPTIONS "bad line" CRLF F_VIA F_REST CRLF;
    struct sw_msg_fault fault;
    assert_int_equal(sw_msg_parse(&msg, SW_LIT(text), NULL, &fault), SW_E_SYNTAX);
    assert_int_equal(fault.offset, sizeof L_OPTIONS - 1);
    assert_int_equal(msg.hdr_count, 5);
    assert_non_null(sw_msg_first(&msg, SW_HDR_CSEQ));
}

/* ---- M4 ---- */

static char long_text[80000];

/* head, then `count` times `piece`, then the rest and an empty line. */
static struct sw_slice repeat(const char *head, const char *piece, size_t count, const char *rest)
{
    struct sw_buf b = sw_buf(long_text, sizeof long_text);
    sw_buf_str(&b, head);
    for (size_t i = 0; i < count; i++)
        sw_buf_str(&b, piece);
    sw_buf_str(&b, rest);
    assert_false(b.overflow);
    return sw_buf_slice(&b);
}

static void check_limit(struct sw_slice text, const struct sw_msg_limits *limits, bool is_passed)
{
    struct sw_msg_fault fault = {.status = 0};
    int rc = sw_msg_parse(&msg, text, limits, &fault);
    assert_int_equal(rc, is_passed ? SW_E_LIMIT : 0);
    if (is_passed)
        assert_int_equal(fault.status, 513);
}

static void test_m4_number_of_fields(void **state)
{
    (void)state;
    check_limit(repeat(L_OPTIONS F_VIA F_REST, "X: y" CRLF, 195, CRLF), NULL, false);
    check_limit(repeat(L_OPTIONS F_VIA F_REST, "X: y" CRLF, 196, CRLF), NULL, true);
    struct sw_msg_limits few = sw_msg_limits_default;
    few.hdr_count = 7;
    check_limit(repeat(L_OPTIONS F_VIA F_REST, "X: y" CRLF, 2, CRLF), &few, false);
    check_limit(repeat(L_OPTIONS F_VIA F_REST, "X: y" CRLF, 3, CRLF), &few, true);
    few.hdr_count = UINT16_MAX; /* more than there is room for */
    check_limit(repeat(L_OPTIONS F_VIA F_REST, "X: y" CRLF, 195, CRLF), &few, false);
    check_limit(repeat(L_OPTIONS F_VIA F_REST, "X: y" CRLF, 196, CRLF), &few, true);
}

static void test_m4_length_of_a_field(void **state)
{
    (void)state;
    check_limit(repeat(L_OPTIONS F_VIA F_REST "X:", "y", 8188, CRLF CRLF), NULL, false);
    check_limit(repeat(L_OPTIONS F_VIA F_REST "X:", "y", 8189, CRLF CRLF), NULL, true);
    check_limit(repeat(L_OPTIONS F_VIA F_REST "X:", CRLF " yyyyy", 1023, CRLF CRLF), NULL, false);
    check_limit(repeat(L_OPTIONS F_VIA F_REST "X:", CRLF " yyyyy", 1024, CRLF CRLF), NULL, true);
}

static void test_m4_number_of_vias_over_all_fields(void **state)
{
    (void)state;
    static const char two[] = "Via: SIP/2.0/UDP a.t, SIP/2.0/UDP b.t" CRLF;
    check_limit(repeat(L_OPTIONS F_REST, two, 35, CRLF), NULL, false);
    check_limit(repeat(L_OPTIONS F_VIA F_REST, two, 35, CRLF), NULL, true);
}

/* Ours is the one more, which the request did not have when it came. */
static void test_m4_a_response_has_one_via_more(void **state)
{
    (void)state;
    static const char two[] = "Via: SIP/2.0/UDP a.t, SIP/2.0/UDP b.t" CRLF;
    struct sw_msg_fault fault;
    struct sw_slice text = repeat(L_OK F_VIA F_REST, two, 35, CRLF);
    assert_int_equal(sw_msg_parse(&msg, text, NULL, &fault), 0);
    text = repeat(L_OK F_REST, two, 36, CRLF);
    assert_int_equal(sw_msg_parse(&msg, text, NULL, &fault), SW_E_LIMIT);
}

static void test_m4_limits_are_for_what_is_received(void **state)
{
    (void)state;
    static const char head[] = L_OPTIONS F_VIA F_REST;
    static const char two[] = "Via: SIP/2.0/UDP a.t, SIP/2.0/UDP b.t" CRLF;
    assert_int_equal(sw_msg_parse_again(&msg, repeat(head, "X: y" CRLF, 203, CRLF)), 0);
    assert_int_equal(msg.hdr_count, SW_MSG_HDRS_ROOM);
    assert_int_equal(sw_msg_parse_again(&msg, repeat(head, "X: y" CRLF, 204, CRLF)), SW_E_LIMIT);
    assert_int_equal(
        sw_msg_parse_again(&msg, repeat(L_OPTIONS F_REST "X:", "y", 9000, CRLF F_VIA CRLF)), 0);
    assert_int_equal(sw_msg_parse_again(&msg, repeat(head, two, 35, CRLF)), 0);
    assert_int_equal(sw_msg_parse_again(&msg, repeat(L_OPTIONS F_VIA F_REST CRLF, "y", 70000, "")),
                     0);
    assert_int_equal(sw_msg_parse_again(&msg, SW_LIT(L_OPTIONS F_VIA CRLF)), SW_E_SYNTAX);
}

static void test_m4_length_of_a_message(void **state)
{
    (void)state;
    size_t head_len = sizeof(L_OPTIONS F_VIA F_REST CRLF) - 1;
    check_limit(repeat(L_OPTIONS F_VIA F_REST CRLF, "y", 65536 - head_len, ""), NULL, false);
    check_limit(repeat(L_OPTIONS F_VIA F_REST CRLF, "y", 65537 - head_len, ""), NULL, true);
}

static void test_a_limit_is_not_told_to_a_response(void **state)
{
    (void)state;
    struct sw_msg_fault fault = {.status = 1};
    struct sw_slice text = repeat(L_OK F_VIA F_REST, "X: y" CRLF, 196, CRLF);
    assert_int_equal(sw_msg_parse(&msg, text, NULL, &fault), SW_E_LIMIT);
    assert_int_equal(fault.status, 0);
}

/* Cut a message anywhere: no read behind its end, and never taken for whole before the empty line.
 */
static void test_every_beginning_of_a_message(void **state)
{
    (void)state;
    static const char text[] = L_INVITE F_VIA F_REST_INVITE "Subject: a" CRLF " b" CRLF CRLF;
    for (size_t len = 0; len < sizeof text - 1; len++) {
        char *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy, text, len);
        struct sw_msg_fault fault;
        assert_int_equal(sw_msg_parse(&msg, sw_slice(copy, len), NULL, &fault), SW_E_SYNTAX);
        free(copy);
    }
    assert_int_equal(sw_msg_parse(&msg, SW_LIT(text), NULL, NULL), 0);
}

static void assert_same_view(struct sw_slice moved, struct sw_slice read)
{
    assert_int_equal(moved.len, read.len);
    if (read.len > 0)
        assert_ptr_equal(moved.p, read.p);
}

static void assert_same_via(const struct sw_via *moved, const struct sw_via *read)
{
    assert_same_view(moved->text, read->text);
    assert_same_view(moved->transport, read->transport);
    assert_same_view(moved->sent_by.text, read->sent_by.text);
    assert_same_view(moved->params, read->params);
    assert_same_view(moved->branch, read->branch);
    assert_same_view(moved->received, read->received);
    assert_same_view(moved->received_text, read->received_text);
    assert_same_view(moved->rport_text, read->rport_text);
    assert_same_view(moved->maddr.text, read->maddr.text);
}

static void assert_same_message(const struct sw_msg *moved, const struct sw_msg *read)
{
    assert_same_view(moved->bytes, read->bytes);
    assert_same_view(moved->method_text, read->method_text);
    assert_same_view(moved->uri_text, read->uri_text);
    assert_same_view(moved->version, read->version);
    assert_same_view(moved->reason, read->reason);
    assert_same_view(moved->start_line, read->start_line);
    assert_same_view(moved->body, read->body);
    assert_int_equal(moved->hdr_count, read->hdr_count);
    assert_int_equal(moved->has_via, read->has_via);
    if (read->has_via)
        assert_same_via(&moved->via, &read->via);
    for (size_t i = 0; i < read->hdr_count; i++) {
        assert_int_equal(moved->hdrs[i].id, read->hdrs[i].id);
        assert_same_view(moved->hdrs[i].line, read->hdrs[i].line);
        assert_same_view(moved->hdrs[i].name, read->hdrs[i].name);
        assert_same_view(moved->hdrs[i].value, read->hdrs[i].value);
    }
}

static void test_a_moved_message_is_what_reading_the_copy_gives(void **state)
{
    static const char with_all[] = L_OPTIONS
        "Via: SIP/2.0/UDP h:5060;maddr=m;received=192.0.2.1;rport=5;ttl=3;branch=z9hG4bKa" CRLF
            F_VIA F_REST "Content-Length: 4" CRLF CRLF "body";
    static struct sw_msg moved, read;
    (void)state;
    for (size_t i = 0; i <= SW_ARRAY_LEN(rows); i++) {
        struct sw_slice text = sw_slice_str(i == 0 ? with_all : rows[i - 1].text);
        char *copy = malloc(text.len + 1);
        assert_non_null(copy);
        memcpy(copy, text.p, text.len);
        if (sw_msg_parse_again(&msg, text) == 0) {
            sw_msg_move(&moved, &msg, sw_slice(copy, text.len));
            assert_int_equal(sw_msg_parse_again(&read, sw_slice(copy, text.len)), 0);
            assert_same_message(&moved, &read);
        }
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read_and_what_is_not),
        cmocka_unit_test(test_m1_a_request_is_cut_into_slices),
        cmocka_unit_test(test_m1_a_response_is_cut_into_slices),
        cmocka_unit_test(test_a_faulty_request_holds_what_an_answer_needs),
        cmocka_unit_test(test_m4_number_of_fields),
        cmocka_unit_test(test_m4_length_of_a_field),
        cmocka_unit_test(test_m4_number_of_vias_over_all_fields),
        cmocka_unit_test(test_m4_a_response_has_one_via_more),
        cmocka_unit_test(test_m4_limits_are_for_what_is_received),
        cmocka_unit_test(test_m4_length_of_a_message),
        cmocka_unit_test(test_a_limit_is_not_told_to_a_response),
        cmocka_unit_test(test_every_beginning_of_a_message),
        cmocka_unit_test(test_a_moved_message_is_what_reading_the_copy_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

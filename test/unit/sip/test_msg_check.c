/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/attr.h"
#include "base/buf.h"
#include "sip/msg.h"
#include "support/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct sw_msg msg;

static const struct {
    const char *name, *text;
    const char *field; /* NULL: all well */
    int status;
    const char *at; /* where the fault points, as the text from there on begins */
} rows[] = {
    {"all well",
     L_OPTIONS F_VIA F_REST "Max-Forwards: 70" CRLF "Route: <sip:a;lr>, \"x\" <sip:b>" CRLF CRLF,
     NULL, 0, NULL},
    {"Max-Forwards 255", L_OPTIONS F_VIA F_REST "Max-Forwards: 255" CRLF CRLF, NULL, 0, NULL},
    {"other fields may be as they like",
     L_OPTIONS F_VIA F_REST "Contact: <<" CRLF "Record-Route: ,," CRLF "Date: x" CRLF CRLF, NULL, 0,
     NULL},
    {"M3 top Via", L_OPTIONS "Via: SIP/2.0/UDP h;rport=x" CRLF F_REST CRLF, "Via", 400, ";rport=x"},
    {"M3 a lower Via is not ours to judge",
     L_OPTIONS F_VIA "Via: SIP/2.0/UDP h;rport=x" CRLF F_REST CRLF, NULL, 0, NULL},
    {"M3 From", L_OPTIONS F_VIA F_TO "From: Bell, A <sip:a@b>;tag=1" CRLF F_CALL_ID F_CSEQ CRLF,
     "From", 400, ", A <sip"},
    {"M3 To", L_OPTIONS F_VIA "To: \"A <sip:a@b>" CRLF F_FROM F_CALL_ID F_CSEQ CRLF, "To", 400,
     "\"A <sip"},
    {"Max-Breadth beyond counting",
     L_OPTIONS F_VIA F_REST "Max-Breadth: 00123456789012345678901234567890" CRLF CRLF, NULL, 0,
     NULL},
    {"M3 Max-Breadth in letters", L_OPTIONS F_VIA F_REST "Max-Breadth: 6o" CRLF CRLF, "Max-Breadth",
     400, "o"},
    {"M3 Max-Forwards 256", L_OPTIONS F_VIA F_REST "Max-Forwards: 256" CRLF CRLF, "Max-Forwards",
     400, "256"},
    {"M3 Max-Forwards in letters", L_OPTIONS F_VIA F_REST "Max-Forwards: x" CRLF CRLF,
     "Max-Forwards", 400, "x"},
    {"M3 Route without brackets", L_OPTIONS F_VIA F_REST "Route: <sip:a>, sip:b;lr" CRLF CRLF,
     "Route", 400, "sip:b;lr"},
    {"M3 Route in the second field",
     L_OPTIONS F_VIA F_REST "Route: <sip:a>" CRLF "Route: <sip:b>, < sip:c>" CRLF CRLF, "Route",
     400, " sip:c"},
    {"M3 empty Route", L_OPTIONS F_VIA F_REST "Route: " CRLF CRLF, "Route", 400, ""},
    {"an ACK is not answered",
     "ACK sip:h SIP/2.0" CRLF F_VIA F_TO F_FROM F_CALL_ID "CSeq: 1 ACK" CRLF "Route: x" CRLF CRLF,
     "Route", 0, "x"},
    {"a response is looked at as far as it matters",
     L_OK F_VIA "To: Bell, A <sip:a@b>" CRLF F_FROM F_CALL_ID F_CSEQ CRLF, NULL, 0, NULL},
    {"M3 a response's top Via", L_OK "Via: SIP/2.0/UDP h;ttl=x" CRLF F_REST CRLF, "Via", 0,
     ";ttl=x"},
};

static void test_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_msg_fault fault = {.field = ""};
        assert_int_equal(sw_msg_parse(&msg, sw_slice_str(rows[i].text), NULL, NULL), 0);
        int rc = sw_msg_check(&msg, &fault);
        if (rc != (rows[i].field == NULL ? 0 : SW_E_SYNTAX))
            fail_msg("%s: %d, %s", rows[i].name, rc, fault.field);
        assert_int_equal(sw_msg_check(&msg, NULL), rc);
        if (rc == 0)
            continue;
        if (strcmp(fault.field, rows[i].field) != 0 || fault.status != rows[i].status ||
            fault.is_answerable != (rows[i].status != 0) || strlen(fault.what) == 0 ||
            strncmp(rows[i].text + fault.offset, rows[i].at, strlen(rows[i].at)) != 0)
            fail_msg("%s: %u, %s: %s, at %s", rows[i].name, fault.status, fault.field, fault.what,
                     rows[i].text + fault.offset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/attr.h"
#include "sip/msg.h"
#include "support/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct sw_msg msg;

enum { VALUES_MAX = 5 };

static const struct {
    const char *name, *fields;
    enum sw_hdr_id id;
    const char *values[VALUES_MAX];
    int rc; /* of the last call */
} rows[] = {
    {"none", "", SW_HDR_ROUTE, {NULL}, 0},
    {"one", "Route: <sip:a;lr>" CRLF, SW_HDR_ROUTE, {"<sip:a;lr>"}, 0},
    {"M5 several in one field",
     "Route: <sip:a>,<sip:b>\t, <sip:c>;x=y" CRLF,
     SW_HDR_ROUTE,
     {"<sip:a>", "<sip:b>", "<sip:c>;x=y"},
     0},
    {"M5 the same in several fields",
     "Route: <sip:a>" CRLF "ROUTE: <sip:b>" CRLF "route: <sip:c>;x=y" CRLF,
     SW_HDR_ROUTE,
     {"<sip:a>", "<sip:b>", "<sip:c>;x=y"},
     0},
    {"M5 both, with others between",
     "Route: <sip:a>, <sip:b>" CRLF "Record-Route: <sip:no>" CRLF "Route: <sip:c>" CRLF,
     SW_HDR_ROUTE,
     {"<sip:a>", "<sip:b>", "<sip:c>"},
     0},
    {"folds between values",
     "Route: <sip:a>" CRLF " ," CRLF "\t<sip:b>" CRLF,
     SW_HDR_ROUTE,
     {"<sip:a>", "<sip:b>"},
     0},
    {"commas in quotes and brackets",
     "Route: \"a, \\\", b\" <sip:a,b@h>, <sip:c>" CRLF,
     SW_HDR_ROUTE,
     {"\"a, \\\", b\" <sip:a,b@h>", "<sip:c>"},
     0},
    {"a quote inside brackets is none",
     "Route: <sip:a\"b>, <sip:c>" CRLF,
     SW_HDR_ROUTE,
     {"<sip:a\"b>", "<sip:c>"},
     0},
    {"empty value", "Route: <sip:a>,,<sip:b>" CRLF, SW_HDR_ROUTE, {"<sip:a>"}, SW_E_SYNTAX},
    {"comma first", "Route: ,<sip:a>" CRLF, SW_HDR_ROUTE, {NULL}, SW_E_SYNTAX},
    {"comma last", "Route: <sip:a>, " CRLF, SW_HDR_ROUTE, {NULL}, SW_E_SYNTAX},
    {"quote not closed", "Route: \"a, <sip:a>" CRLF, SW_HDR_ROUTE, {NULL}, SW_E_SYNTAX},
    {"bracket not closed", "Route: <sip:a, b" CRLF, SW_HDR_ROUTE, {NULL}, SW_E_SYNTAX},
    {"empty field", "Route: <sip:a>" CRLF "Route:" CRLF, SW_HDR_ROUTE, {"<sip:a>"}, SW_E_SYNTAX},
    {"empty Supported",
     "Supported:" CRLF "k: timer, 100rel" CRLF,
     SW_HDR_SUPPORTED,
     {"timer", "100rel"},
     0},
    {"only an empty Supported", "Supported:" CRLF, SW_HDR_SUPPORTED, {NULL}, 0},
};

static void read_with(const char *fields)
{
    static char text[1000];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_buf_str(&b, L_OPTIONS F_VIA F_REST);
    sw_buf_str(&b, fields);
    sw_buf_str(&b, CRLF);
    assert_int_equal(sw_msg_parse(&msg, sw_buf_slice(&b), NULL, NULL), 0);
}

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_values v;
        struct sw_slice value;
        int rc;
        size_t count = 0;
        read_with(rows[i].fields);
        sw_values_init(&v, &msg, rows[i].id);
        while ((rc = sw_values_next(&v, &value)) > 0) {
            if (count == VALUES_MAX || !is_text(value, rows[i].values[count]))
                fail_msg("%s: number %zu is %.*s", rows[i].name, count, (int)value.len, value.p);
            assert_int_equal(v.hdr->id, rows[i].id);
            count++;
        }
        if (rc != rows[i].rc || (count < VALUES_MAX && rows[i].values[count] != NULL))
            fail_msg("%s: ends with %d after %zu", rows[i].name, rc, count);
        if (rc == 0)
            assert_int_equal(sw_values_next(&v, &value), 0); /* and stays there */
    }
}

static void test_top_via(void **state)
{
    (void)state;
    static const char text[] =
        L_OPTIONS "v: SIP/2.0/TCP a.t;branch=1 , SIP/2.0/UDP b.t" CRLF F_VIA F_REST CRLF;
    struct sw_via via;
    assert_int_equal(sw_msg_parse(&msg, SW_LIT(text), NULL, NULL), 0);
    assert_int_equal(sw_msg_top_via(&msg, &via), 0);
    assert_true(is_text(via.sent_by.text, "a.t"));
    assert_true(is_text(via.text, "SIP/2.0/TCP a.t;branch=1"));
    assert_int_equal(sw_msg_top_sent_by(&msg, &via), 0);
    assert_true(is_text(via.text, "SIP/2.0/TCP a.t"));
}

static void test_top_via_that_is_not_there(void **state)
{
    (void)state;
    struct sw_via via;
    assert_int_equal(sw_msg_parse(&msg, SW_LIT(L_OPTIONS F_REST CRLF), NULL, NULL), SW_E_SYNTAX);
    assert_int_equal(sw_msg_top_via(&msg, &via), SW_E_NOTFOUND);
    assert_int_equal(sw_msg_top_sent_by(&msg, &via), SW_E_NOTFOUND);
}

static void test_top_via_that_is_broken(void **state)
{
    (void)state;
    struct sw_via via;
    assert_int_equal(sw_msg_parse(&msg, SW_LIT(L_OPTIONS "v:" CRLF F_REST CRLF), NULL, NULL),
                     SW_E_SYNTAX);
    assert_int_equal(sw_msg_top_via(&msg, &via), SW_E_SYNTAX);
    assert_int_equal(sw_msg_parse(&msg,
                                  SW_LIT(L_OPTIONS "Via: SIP/2.0/UDP h;ttl=x" CRLF F_REST CRLF),
                                  NULL, NULL),
                     0);
    assert_int_equal(sw_msg_top_via(&msg, &via), SW_E_SYNTAX);
    assert_int_equal(sw_msg_top_sent_by(&msg, &via), 0);
}

/* The Via below is somebody else's: an answer must not go where it says. */
static void test_a_second_via_is_never_the_top_one(void **state)
{
    (void)state;
    struct sw_via via;
    assert_int_equal(
        sw_msg_parse(&msg,
                     SW_LIT(L_OPTIONS "Via: SIP/2.0/UDP a.t;x=\"not closed" CRLF
                                      "Via: SIP/2.0/UDP b.t;branch=2" CRLF F_REST CRLF),
                     NULL, NULL),
        SW_E_SYNTAX);
    assert_int_equal(sw_msg_top_via(&msg, &via), SW_E_SYNTAX);
    assert_int_equal(sw_msg_top_sent_by(&msg, &via), 0);
    assert_true(is_text(via.sent_by.text, "a.t"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_top_via),
        cmocka_unit_test(test_top_via_that_is_not_there),
        cmocka_unit_test(test_top_via_that_is_broken),
        cmocka_unit_test(test_a_second_via_is_never_the_top_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

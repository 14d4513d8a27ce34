/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/hdr.h"
#include "support/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *name, *value;
    int rc;
    uint32_t number;
    enum sw_method method;
    const char *method_text;
} cseqs[] = {
    {"the usual", "4711 INVITE", 0, 4711, SW_INVITE, "INVITE"},
    {"zero", "0 ACK", 0, 0, SW_ACK, "ACK"},
    {"leading zeros and a fold", "0009\r\n INVITE", 0, 9, SW_INVITE, "INVITE"},
    {"several blanks", "1 \t OPTIONS", 0, 1, SW_OPTIONS, "OPTIONS"},
    {"unknown method", "2 RE%47IST%45R", 0, 2, SW_METHOD_OTHER, "RE%47IST%45R"},
    {"the largest", "2147483647 BYE", 0, 2147483647, SW_BYE, "BYE"},
    {"2^31", "2147483648 BYE", SW_E_SYNTAX, 0, SW_METHOD_OTHER, NULL},
    {"beyond 2^64", "36893488147419103232 BYE", SW_E_SYNTAX, 0, SW_METHOD_OTHER, NULL},
    {"no number", "INVITE", SW_E_SYNTAX, 0, SW_METHOD_OTHER, NULL},
    {"no method", "1", SW_E_SYNTAX, 0, SW_METHOD_OTHER, NULL},
    {"no blank", "1INVITE", SW_E_SYNTAX, 0, SW_METHOD_OTHER, NULL},
    {"negative", "-1 INVITE", SW_E_SYNTAX, 0, SW_METHOD_OTHER, NULL},
    {"text behind", "1 INVITE x", SW_E_SYNTAX, 0, SW_METHOD_OTHER, NULL},
    {"method no token", "1 INV(ITE", SW_E_SYNTAX, 0, SW_METHOD_OTHER, NULL},
    {"empty", "", SW_E_SYNTAX, 0, SW_METHOD_OTHER, NULL},
};

static void test_cseq(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(cseqs); i++) {
        struct sw_cseq c = {.number = 0};
        struct sw_slice value = text_copy(cseqs[i].value);
        int rc = sw_cseq_parse(value, &c);
        if (rc != cseqs[i].rc || c.number != cseqs[i].number || c.method != cseqs[i].method ||
            !is_text(c.method_text, cseqs[i].method_text))
            fail_msg("%s: %d", cseqs[i].name, rc);
        text_drop(value);
    }
}

enum { REFUSED = -1 };

static const struct {
    const char *name, *value;
    int64_t seconds; /* REFUSED */
} retries[] = {
    {"T85 a number", "30", 30},
    {"T85 zero", "0", 0},
    {"T85 with a comment and a parameter", "30 (x);duration=9", 30},
    {"with a nested comment", "18000 (a (b \\) c) d)", 18000},
    {"parameter without a comment", "120;duration=1800", 120},
    {"blanks", "120 ; duration=1800", 120},
    {"T85 no number", "abc", REFUSED},
    {"T85 beyond 32 bit is the largest", "4294967296", UINT32_MAX},
    {"beyond 64 bit too", "99999999999999999999999", UINT32_MAX},
    {"the largest", "4294967295", UINT32_MAX},
    {"T85 empty", "", REFUSED},
    {"negative", "-5", REFUSED},
    {"comment not closed", "30 (x;duration=9", REFUSED},
    {"comment ends in a backslash", "30 (x\\", REFUSED},
    {"text behind", "30 seconds", REFUSED},
};

static void test_retry_after(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(retries); i++) {
        uint32_t seconds = 4711;
        struct sw_slice value = text_copy(retries[i].value);
        int rc = sw_retry_after_parse(value, &seconds);
        bool is_refused = retries[i].seconds == REFUSED;
        if (rc != (is_refused ? SW_E_SYNTAX : 0) ||
            seconds != (is_refused ? 4711 : retries[i].seconds))
            fail_msg("%s: %d, %u", retries[i].name, rc, seconds);
        text_drop(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cseq),
        cmocka_unit_test(test_retry_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/attr.h"
#include "sip/tables.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    enum sw_hdr_id id;
    const char *name;
    char compact;
} hdrs[] = {
#define X(constant, name, compact) {(constant), (name), (compact)},
    SW_HDRS(X)
#undef X
};

static enum sw_hdr_id find(const char *name)
{
    return sw_hdr_find(sw_slice_str(name));
}

/* Also the alarm for a row of SW_HDRS that sw_hdr_find() has no case for. */
static void test_each_field_is_found_in_any_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(hdrs); i++) {
        char upper[64], lower[64];
        size_t len = strlen(hdrs[i].name);
        for (size_t k = 0; k <= len; k++) {
            upper[k] = (char)toupper((unsigned char)hdrs[i].name[k]);
            lower[k] = (char)tolower((unsigned char)hdrs[i].name[k]);
        }
        assert_string_equal(sw_hdr_name(hdrs[i].id), hdrs[i].name);
        if (find(hdrs[i].name) != hdrs[i].id || find(upper) != hdrs[i].id ||
            find(lower) != hdrs[i].id)
            fail_msg("%s is not found", hdrs[i].name);
    }
}

static void test_each_compact_form_is_found(void **state)
{
    (void)state;
    for (int c = 'a'; c <= 'z'; c++) {
        enum sw_hdr_id want = SW_HDR_OTHER;
        for (size_t i = 0; i < SW_ARRAY_LEN(hdrs); i++)
            if (hdrs[i].compact == c)
                want = hdrs[i].id;
        char name[2][2] = {{(char)c, 0}, {(char)toupper(c), 0}};
        for (size_t i = 0; i < 2; i++)
            if (find(name[i]) != want)
                fail_msg("%s should be %s", name[i], sw_hdr_name(want));
    }
}

/* Change each octet of each name to every other octet of a token: never the same field. */
static void test_names_that_differ_in_an_octet_are_others(void **state)
{
    (void)state;
    static const char token[] = "abcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~";
    for (size_t i = 0; i < SW_ARRAY_LEN(hdrs); i++) {
        char name[64];
        size_t len = strlen(hdrs[i].name);
        for (size_t k = 0; k < len; k++) {
            for (size_t c = 0; c < sizeof token - 1; c++) {
                memcpy(name, hdrs[i].name, len + 1);
                if (tolower((unsigned char)name[k]) == token[c])
                    continue;
                name[k] = token[c];
                if (find(name) == hdrs[i].id)
                    fail_msg("%s is taken for %s", name, hdrs[i].name);
            }
        }
        memcpy(name, hdrs[i].name, len + 1);
        name[len - 1] = 0;
        assert_true(find(name) != hdrs[i].id || len == 2); /* "T" is a form of "To" */
        snprintf(name, sizeof name, "%ss", hdrs[i].name);
        assert_int_not_equal(find(name), hdrs[i].id);
    }
}

static void test_methods_are_found_with_their_case(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum sw_method method;
    } rows[] = {
        {"INVITE", SW_INVITE},       {"ACK", SW_ACK},
        {"CANCEL", SW_CANCEL},       {"BYE", SW_BYE},
        {"OPTIONS", SW_OPTIONS},     {"REGISTER", SW_REGISTER},
        {"invite", SW_METHOD_OTHER}, {"INVITES", SW_METHOD_OTHER},
        {"INVIT", SW_METHOD_OTHER},  {"SUBSCRIBE", SW_METHOD_OTHER},
        {"", SW_METHOD_OTHER},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        assert_int_equal(sw_method_find(sw_slice_str(rows[i].text)), rows[i].method);
        if (rows[i].method != SW_METHOD_OTHER)
            assert_string_equal(sw_method_name(rows[i].method), rows[i].text);
    }
    assert_string_equal(sw_method_name(SW_METHOD_OTHER), "");
    assert_string_equal(sw_hdr_name(SW_HDR_OTHER), "");
    assert_string_equal(sw_hdr_name(SW_HDR_COUNT), "");
}

static void test_reasons(void **state)
{
    (void)state;
    assert_string_equal(sw_status_reason(100), "Trying");
    assert_string_equal(sw_status_reason(408), "Request Timeout");
    assert_string_equal(sw_status_reason(483), "Too Many Hops");
    assert_string_equal(sw_status_reason(606), "Not Acceptable");
    assert_string_equal(sw_status_reason(499), "Unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_field_is_found_in_any_case),
        cmocka_unit_test(test_each_compact_form_is_found),
        cmocka_unit_test(test_names_that_differ_in_an_octet_are_others),
        cmocka_unit_test(test_methods_are_found_with_their_case),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

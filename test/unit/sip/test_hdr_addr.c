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
    const char *uri, *params, *tag;
    bool is_bare;
} valid[] = {
    {"brackets alone", "<sip:a@h>", "sip:a@h", "", "", false},
    {"bare URI", "sip:a@h;tag=1", "sip:a@h", ";tag=1", "1", true},
    {"bare URI, blank before its parameters", "sip:a@h ; tag = 1", "sip:a@h", "; tag = 1", "1",
     true},
    {"display name of tokens", "Alice B. ~x <sip:a@h>", "sip:a@h", "", "", false},
    {"no blank before the bracket", "caller<sip:a@h>;tag=3", "sip:a@h", ";tag=3", "3", false},
    {"quoted display name", "\"B, <sip:x@y> \\\" \\\\\" <sip:a@h>;x", "sip:a@h", ";x", "", false},
    {"quoted, no blank before the bracket", "\"B\"<sip:a@h>", "sip:a@h", "", "", false},
    {"quoted pairs of control characters", "\"\\\x01\\\x7f\" <sip:a@h>", "sip:a@h", "", "", false},
    {"octets above 127 without quotes", "Jos\xc3\xa9 <sip:a@h>", "sip:a@h", "", "", false},
    {"the lowest of these octets", "\x80 <sip:a@h>", "sip:a@h", "", "", false},
    {"URI parameters stay in the URI", "<sip:a@h;lr;tag=no>;tag=yes", "sip:a@h;lr;tag=no",
     ";tag=yes", "yes", false},
    {"URI with , and ? in brackets", "<sip:a,b@h?x=y,z>", "sip:a,b@h?x=y,z", "", "", false},
    {"scheme of another kind", "isbn:2983792873", "isbn:2983792873", "", "", true},
    {"http", "<http://www.example.com>;tag=323423", "http://www.example.com", ";tag=323423",
     "323423", false},
    {"folded", "Alice\r\n <sip:a@h>\r\n ;tag\r\n =\r\n 5", "sip:a@h", ";tag\r\n =\r\n 5", "5",
     false},
    {"tag in any case", "<sip:a@h>;TAG=Q", "sip:a@h", ";TAG=Q", "Q", false},
    {"parameter names with odd tokens", "<sip:a@h>;f''~+*_!.-%=\"a;tag=no\";tag=_t~1'+`*%!-.",
     "sip:a@h", ";f''~+*_!.-%=\"a;tag=no\";tag=_t~1'+`*%!-.", "_t~1'+`*%!-.", false},
    {"q parameter", "<sip:a@h>;q=0.33", "sip:a@h", ";q=0.33", "", false},
};

static const struct {
    const char *name, *value;
    size_t offset;
    const char *rule;
} invalid[] = {
    {"empty", "", 0, "addr-spec"},
    {"quote not closed", "\"Mr. X <sip:a@h>", 0, "quoted-string"},
    {"quote without an address", "\"Mr. X\"", 7, "name-addr"},
    {"quote and a bare URI", "\"Mr. X\" sip:a@h", 8, "name-addr"},
    {"comma in a bare display name", "Bell, A <sip:a@h>;tag=1", 4, "name-addr"},
    {"bracket not closed", "<sip:a@h", 0, "name-addr"},
    {"bracket not closed behind a name", "A <sip:a@h;tag=1", 2, "name-addr"},
    {"empty brackets", "<>", 1, "addr-spec"},
    {"blank first in the brackets", "< sip:a@h>", 1, "addr-spec"},
    {"blank last in the brackets", "<sip:a@h >", 8, "addr-spec"},
    {"bracket in the brackets", "<<sip:a@h>>", 1, "addr-spec"},
    {"bare URI with a bracket behind it", "sip:a@h>;tag=1", 7, "addr-spec"},
    {"control character", "<sip:a\x01@h>", 6, "addr-spec"},
    {"control character, bare", "sip:a@h\x7f", 7, "addr-spec"},
    {"no scheme", "<a@h>", 1, "addr-spec"},
    {"colon first", "<:a@h>", 1, "addr-spec"},
    {"no scheme, bare", "alice", 0, "addr-spec"},
    {"bare URI with headers", "sip:a@h?Route=x", 7, "name-addr"},
    {"bare URI with a comma", "sip:a,b@h", 5, "name-addr"},
    {"text behind the brackets", "<sip:a@h> x", 10, "generic-param"},
    {"empty parameters", "\"Joe\" <sip:a@h>;;;;", 16, "generic-param"},
    {"tag twice", "<sip:a@h>;tag=1;tag=2", 15, "tag-param"},
    {"tag without a value", "<sip:a@h>;tag", 9, "tag-param"},
    {"tag with an empty value", "<sip:a@h>;tag=", 14, "gen-value"},
};

static void test_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(valid); i++) {
        struct sw_nameaddr a;
        struct sw_syntax err = {.rule = ""};
        struct sw_slice value = text_copy(valid[i].value);
        if (sw_nameaddr_parse(value, &a, &err) != 0)
            fail_msg("%s: refused at %zu, %s", valid[i].name, err.offset, err.rule);
        if (!is_text(a.uri_text, valid[i].uri) || !is_text(a.params, valid[i].params) ||
            !is_text(a.tag, valid[i].tag) || a.has_brackets == valid[i].is_bare ||
            !sw_slice_eq(a.text, value))
            fail_msg("%s: read, but not as expected", valid[i].name);
        text_drop(value);
    }
}

static void test_invalid_says_where_and_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(invalid); i++) {
        struct sw_nameaddr a = {.has_brackets = true};
        struct sw_syntax err = {.rule = ""};
        struct sw_slice value = text_copy(invalid[i].value);
        int rc = sw_nameaddr_parse(value, &a, &err);
        if (rc != SW_E_SYNTAX || err.offset != invalid[i].offset ||
            strcmp(err.rule, invalid[i].rule) != 0)
            fail_msg("%s: gives %d at %zu, %s", invalid[i].name, rc, err.offset, err.rule);
        assert_true(a.has_brackets);
        assert_int_equal(sw_nameaddr_parse(value, &a, NULL), SW_E_SYNTAX);
        text_drop(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid_says_where_and_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

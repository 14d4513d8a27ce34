/* SPDX-License-Identifier: BSD-2-Clause */
/* The character table, against the lists of RFC 3261 section 25.1. */
#include "sip/chars.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ALPHANUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define UNRESERVED ALPHANUM "-_.!~*'()"
#define TOKEN ALPHANUM "-.!%*_+`'~"

static const struct {
    const char *name;
    enum sw_char_class cls;
    const char *members;
} classes[] = {
    {"token", SW_CHAR_TOKEN, TOKEN},
    {"user", SW_CHAR_USER, UNRESERVED "&=+$,;?/"},
    {"password", SW_CHAR_PASSWORD, UNRESERVED "&=+$,"},
    {"paramchar", SW_CHAR_PARAM, UNRESERVED "[]/:&+$"},
    {"hname", SW_CHAR_HEADER, UNRESERVED "[]/?:+$"},
    {"label, with the underscore", SW_CHAR_LABEL, ALPHANUM "-_"},
    {"word", SW_CHAR_WORD, TOKEN "()<>:\\\"/[]?{}"},
    {"marks of a list", SW_CHAR_LIST, ",\"<>"},
};

static void test_each_class_has_the_grammars_members(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        for (int c = 0; c < 256; c++) {
            bool want = c != 0 && c < 128 && strchr(classes[i].members, c) != NULL;
            if (sw_char_is((char)c, classes[i].cls) != want)
                fail_msg("%s: 0x%02x should be %d", classes[i].name, (unsigned)c, want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_class_has_the_grammars_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

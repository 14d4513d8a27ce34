/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/octets.h"
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 70 };

/* Each octet at each place of texts of each length, behind one that does not stop. The text lies in
 * a block of its own, so that a sanitizer sees who reads beyond its end. */
#define CHECK_EACH_OCTET(stops, would)                                                             \
    for (size_t len = 0; len <= LONGEST; len++) {                                                  \
        char *text = malloc(len == 0 ? 1 : len);                                                   \
        for (size_t at = 0; at <= len; at++)                                                       \
            for (unsigned octet = 0; octet < 256; octet++) {                                       \
                memset(text, 'x', len);                                                            \
                if (at < len)                                                                      \
                    text[at] = (char)octet;                                                        \
                size_t want = at < len && (would) ? at : len;                                      \
                assert_int_equal(sw_octets_until(text, len, stops), want);                         \
            }                                                                                      \
        free(text);                                                                                \
    }

static void a_mark_is_found_wherever_it_is(void **state)
{
    (void)state;
    CHECK_EACH_OCTET(((struct sw_stops){.marks = ":"}), octet == ':');
}

static void each_of_four_marks_is_found(void **state)
{
    (void)state;
    CHECK_EACH_OCTET(((struct sw_stops){.marks = {'a', '\xff', '\x80', '\x7f'}}),
                     octet == 'a' || octet == 0xff || octet == 0x80 || octet == 0x7f);
}

static void blanks_are_all_up_to_the_blank(void **state)
{
    (void)state;
    CHECK_EACH_OCTET(((struct sw_stops){.blanks = true, .marks = ";,"}),
                     octet <= ' ' || octet == ';' || octet == ',');
}

static void the_first_of_several_counts(void **state)
{
    (void)state;
    static const char text[] = "0123456789;1234567890,;bc;e";
    struct sw_stops stops = {.marks = ";,"};
    assert_int_equal(sw_octets_until(text, sizeof text - 1, stops), 10);
    assert_int_equal(sw_octets_until(text + 11, sizeof text - 12, stops), 10);
    assert_int_equal(sw_octets_until(text + 23, 4, stops), 2);
}

static void at_once_is_as_one_by_one(void **state)
{
    (void)state;
    struct sw_stops stops = {.blanks = true, .marks = {';', ':', '\x80'}};
    for (unsigned at = 0; at < 16; at++)
        for (unsigned octet = 0; octet < 256; octet++) {
            char text[17] = "a;c\xff:f\tg\0ijklmno";
            text[at] = (char)octet;
            assert_int_equal(sw_octets_that_stop(text, 16, stops),
                             sw_octets_one_by_one(text, 16, stops));
            assert_int_equal(sw_octets_that_stop(text, 8, stops),
                             sw_octets_one_by_one(text, 8, stops));
        }
}

static void no_mark_is_no_nul(void **state)
{
    (void)state;
    assert_int_equal(sw_octets_until("a\0;", 3, (struct sw_stops){.marks = ";"}), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_is_found_wherever_it_is),
        cmocka_unit_test(each_of_four_marks_is_found),
        cmocka_unit_test(blanks_are_all_up_to_the_blank),
        cmocka_unit_test(the_first_of_several_counts),
        cmocka_unit_test(at_once_is_as_one_by_one),
        cmocka_unit_test(no_mark_is_no_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sized.h"

#include "support/check.h"

#include <string.h>

/* The same struct as three versions of a header would have it. */
struct older {
    size_t size;
    int a;
};
struct ours {
    size_t size;
    int a, b;
};
struct newer {
    size_t size;
    int a, b, c, d;
};

static void nothing_gives_defaults(void **state)
{
    (void)state;
    struct ours out = {1, 2, 3};
    assert_int_equal(sw_sized_take(&out, sizeof out, NULL), 0);
    assert_int_equal(out.size, 0);
    assert_int_equal(out.a, 0);
    assert_int_equal(out.b, 0);
}

static void an_older_program_gets_defaults_for_the_rest(void **state)
{
    (void)state;
    struct ours out = {1, 2, 3};
    struct {
        struct older in;
        int beyond;
    } place = {{offsetof(struct older, a) + sizeof(int), 7}, 99};
    assert_int_equal(sw_sized_take(&out, sizeof out, &place.in), 0);
    assert_int_equal(out.a, 7);
    assert_int_equal(out.b, 0);
}

static void a_newer_program_is_understood_as_long_as_it_wants_nothing_new(void **state)
{
    (void)state;
    struct ours out = {0};
    struct newer in = {.size = sizeof in, .a = 7, .b = 8};
    assert_int_equal(sw_sized_take(&out, sizeof out, &in), 0);
    assert_int_equal(out.a, 7);
    assert_int_equal(out.b, 8);
}

static void what_is_not_known_is_refused_not_ignored(void **state)
{
    (void)state;
    struct ours out = {1, 2, 3};
    struct newer in = {.size = sizeof in, .a = 7, .d = 1};
    assert_int_equal(sw_sized_take(&out, sizeof out, &in), SW_E_INVAL);
    assert_int_equal(out.a, 2); /* untouched */
}

static void a_size_that_was_never_set_is_refused(void **state)
{
    (void)state;
    struct ours out = {1, 2, 3}, in = {0, 7, 8};
    assert_int_equal(sw_sized_take(&out, sizeof out, &in), SW_E_INVAL);
    in.size = sizeof(size_t) - 1;
    assert_int_equal(sw_sized_take(&out, sizeof out, &in), SW_E_INVAL);
    assert_int_equal(out.a, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_gives_defaults),
        cmocka_unit_test(an_older_program_gets_defaults_for_the_rest),
        cmocka_unit_test(a_newer_program_is_understood_as_long_as_it_wants_nothing_new),
        cmocka_unit_test(what_is_not_known_is_refused_not_ignored),
        cmocka_unit_test(a_size_that_was_never_set_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

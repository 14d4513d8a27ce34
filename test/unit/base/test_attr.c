/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/attr.h"
#include "support/check.h"

#include <stdlib.h>

static int freed_count;

static void free_counted(int **p)
{
    if (*p != NULL)
        freed_count++;
    free(*p);
}

static int *make(bool give_it_away)
{
    SW_CLEANUP(free_counted) int *p = malloc(sizeof *p);
    assert_non_null(p);
    *p = 7;
    if (!give_it_away)
        return NULL;
    return SW_TAKE(p);
}

static void take_gives_up_what_cleanup_would_free(void **state)
{
    (void)state;
    assert_null(make(false));
    assert_int_equal(freed_count, 1);
    int *p = make(true);
    assert_int_equal(freed_count, 1);
    assert_int_equal(*p, 7);
    free(p);
}

static void container_of_finds_the_start(void **state)
{
    (void)state;
    struct thing {
        int a;
        char b[3];
        long c;
    } thing = {0};
    assert_ptr_equal(SW_CONTAINER_OF(&thing.c, struct thing, c), &thing);
    assert_ptr_equal(SW_CONTAINER_OF(&thing.a, struct thing, a), &thing);
    assert_int_equal(SW_ARRAY_LEN(thing.b), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take_gives_up_what_cleanup_would_free),
        cmocka_unit_test(container_of_finds_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmocka with the headers it wants, and assertions for our own types. Every test file of cmocka
 * includes this one.
 */
#ifndef TEST_SUPPORT_CHECK_H
#define TEST_SUPPORT_CHECK_H

#include "base/attr.h"
#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A slice and a NUL-terminated string hold the same bytes; shows both when they do not. */
#define assert_slice_equal(got, want) check_slice((got), (want), __FILE__, __LINE__)

static inline void check_slice(struct sw_slice got, const char *want, const char *file, int line)
{
    if (sw_slice_eq(got, sw_slice_str(want)))
        return;
    print_error("got  \"%.*s\"\nwant \"%s\"\n", (int)got.len, got.p == NULL ? "" : got.p, want);
    _fail(file, line);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An allocator for tests: fails the n-th request and counts what is still held.
 *
 *     struct test_alloc heap;
 *     for (size_t n = 0; n < 100; n++) {
 *         test_alloc_init(&heap, n);
 *         int rc = thing_new(&thing, &heap.alloc);
 *         ...
 *         assert_int_equal(heap.live_count, 0);
 *         if (!heap.has_failed)
 *             break;
 *     }
 */
#ifndef TEST_SUPPORT_TEST_ALLOC_H
#define TEST_SUPPORT_TEST_ALLOC_H

#include "base/alloc.h"

struct test_alloc {
    struct sw_alloc alloc; /* to be handed to the code under test */
    size_t fail_at;        /* which request fails, from 0; SIZE_MAX: none */
    bool keep_failing;     /* all that follow fail too */
    size_t request_count;
    size_t live_count; /* given out and not yet freed */
    bool has_failed;
};

/** Start counting; request number @p fail_at (from 0) fails, SIZE_MAX for none. */
void test_alloc_init(struct test_alloc *t, size_t fail_at);

#endif

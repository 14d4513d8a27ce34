/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"
#include "base/rng.h"
#include "support/check.h"
#include "support/test_alloc.h"

#include <stdalign.h>

static bool is_aligned(const void *p)
{
    return (uintptr_t)p % alignof(max_align_t) == 0;
}

static void the_first_block_needs_no_allocator(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, 0);
    alignas(max_align_t) char room[128];
    struct sw_arena a;
    sw_arena_init(&a, &heap.alloc, room, sizeof room, 256);
    assert_ptr_equal(sw_arena_get(&a, 64), room);
    assert_ptr_equal(sw_arena_get(&a, 64), room + 64);
    assert_int_equal(a.used, 128);
    assert_int_equal(heap.request_count, 0);
    assert_null(sw_arena_get(&a, 1));
    assert_true(heap.has_failed);
    sw_arena_fini(&a);
}

static void an_unaligned_first_block_is_used_as_far_as_it_goes(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    alignas(max_align_t) char room[64];
    struct sw_arena a;
    sw_arena_init(&a, &heap.alloc, room + 1, 63, 256);
    assert_ptr_equal(sw_arena_get(&a, 48), room + 16);
    assert_int_equal(heap.request_count, 0);
    /* 5 bytes at the front are less than the padding needs. */
    sw_arena_init(&a, &heap.alloc, room + 1, 5, 256);
    void *p = sw_arena_get(&a, 1);
    assert_true(is_aligned(p));
    assert_int_equal(heap.live_count, 1);
    sw_arena_fini(&a);
    assert_int_equal(heap.live_count, 0);
}

static void bytes_are_packed_and_things_are_aligned(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    struct sw_arena a;
    sw_arena_init(&a, &heap.alloc, NULL, 0, 1024);
    char *x = sw_arena_dup(&a, "abc", 3);
    char *y = sw_arena_dup(&a, "de", 2);
    assert_ptr_equal(y, x + 3);
    assert_memory_equal(x, "abcde", 5);
    void *thing = sw_arena_get(&a, 8);
    assert_true(is_aligned(thing));
    assert_non_null(sw_arena_dup(&a, NULL, 0));
    char *empty = sw_arena_get(&a, 0);
    assert_non_null(empty);
    assert_ptr_not_equal(sw_arena_get(&a, 0), empty);
    assert_int_equal(heap.request_count, 1);
    sw_arena_fini(&a);
    assert_int_equal(heap.live_count, 0);
}

static void cleared_is_cleared_also_after_reset(void **state)
{
    (void)state;
    alignas(max_align_t) char room[64];
    memset(room, 0xff, sizeof room);
    struct sw_arena a;
    sw_arena_init(&a, NULL, room, sizeof room, 0);
    for (int round = 0; round < 2; round++) {
        unsigned char *p = sw_arena_zget(&a, 8, 8);
        assert_ptr_equal(p, room);
        for (size_t i = 0; i < 64; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, 64);
        sw_arena_reset(&a);
        assert_int_equal(a.used, 0);
    }
    sw_arena_fini(&a);
}

static void reset_gives_blocks_back_and_used_counts_them(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    struct sw_arena a;
    sw_arena_init(&a, &heap.alloc, NULL, 0, 0);
    assert_non_null(sw_arena_get(&a, 100));
    assert_non_null(sw_arena_get(&a, 1000));
    assert_int_equal(a.used, 1100);
    assert_int_equal(heap.live_count, 2);
    sw_arena_reset(&a);
    assert_int_equal(heap.live_count, 0);
    assert_int_equal(a.used, 0);
    assert_non_null(sw_arena_get(&a, 1));
    sw_arena_fini(&a);
    assert_int_equal(heap.live_count, 0);
}

static void small_blocks_are_at_least_256_bytes(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    struct sw_arena a;
    sw_arena_init(&a, &heap.alloc, NULL, 0, 1);
    for (int i = 0; i < 10; i++)
        assert_non_null(sw_arena_get(&a, 16));
    assert_int_equal(heap.request_count, 1);
    sw_arena_fini(&a);
}

static void a_big_piece_does_not_end_the_use_of_a_fresh_block(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    struct sw_arena a;
    sw_arena_init(&a, &heap.alloc, NULL, 0, 512);
    char *x = sw_arena_dup(&a, "x", 1);
    char *big = sw_arena_get(&a, 5000);
    memset(big, 1, 5000);
    assert_int_equal(heap.request_count, 2);
    assert_ptr_equal(sw_arena_dup(&a, "y", 1), x + 1);
    assert_memory_equal(x, "xy", 2);
    assert_int_equal(heap.request_count, 2);
    sw_arena_fini(&a);
    assert_int_equal(heap.live_count, 0);
}

static void sizes_that_overflow_are_out_of_memory(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    struct sw_arena a;
    sw_arena_init(&a, &heap.alloc, NULL, 0, 0);
    assert_null(sw_arena_get(&a, SIZE_MAX));
    assert_null(sw_arena_get(&a, SIZE_MAX - 8));
    assert_null(sw_arena_zget(&a, SIZE_MAX / 2, 3));
    assert_int_equal(heap.request_count, 0);
    sw_arena_fini(&a);
}

static void a_failed_allocation_leaves_the_arena_usable(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, 0);
    struct sw_arena a;
    sw_arena_init(&a, &heap.alloc, NULL, 0, 0);
    assert_null(sw_arena_get(&a, 10));
    assert_null(a.blocks);
    assert_int_equal(a.used, 0);
    assert_non_null(sw_arena_get(&a, 10));
    sw_arena_fini(&a);
    assert_int_equal(heap.live_count, 0);
}

/* Each piece keeps its own pattern, whatever comes after it. */
static void pieces_never_overlap(void **state)
{
    (void)state;
    enum { PIECES = 40 };
    static const char source[700];
    struct sw_rng rng;
    sw_rng_init_u64(&rng, 1);
    alignas(max_align_t) char room[100];
    struct sw_arena a;
    sw_arena_init(&a, NULL, room, sizeof room, 300);
    for (int round = 0; round < 50; round++) {
        unsigned char *piece[PIECES];
        size_t len[PIECES];
        for (size_t i = 0; i < PIECES; i++) {
            len[i] = (size_t)sw_rng_below(&rng, i % 10 == 9 ? sizeof source : 40);
            if (sw_rng_below(&rng, 2) == 0)
                piece[i] = (unsigned char *)sw_arena_dup(&a, source, len[i]);
            else
                piece[i] = sw_arena_get(&a, len[i]);
            assert_non_null(piece[i]);
            memset(piece[i], (int)i, len[i]);
        }
        for (size_t i = 0; i < PIECES; i++)
            for (size_t at = 0; at < len[i]; at++)
                assert_int_equal(piece[i][at], i);
        sw_arena_reset(&a);
    }
    sw_arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_block_needs_no_allocator),
        cmocka_unit_test(an_unaligned_first_block_is_used_as_far_as_it_goes),
        cmocka_unit_test(bytes_are_packed_and_things_are_aligned),
        cmocka_unit_test(cleared_is_cleared_also_after_reset),
        cmocka_unit_test(reset_gives_blocks_back_and_used_counts_them),
        cmocka_unit_test(small_blocks_are_at_least_256_bytes),
        cmocka_unit_test(a_big_piece_does_not_end_the_use_of_a_fresh_block),
        cmocka_unit_test(sizes_that_overflow_are_out_of_memory),
        cmocka_unit_test(a_failed_allocation_leaves_the_arena_usable),
        cmocka_unit_test(pieces_never_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

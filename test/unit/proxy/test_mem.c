/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/mem.h"
#include "support/check.h"
#include "support/test_alloc.h"

static void blocks_are_reused_and_the_allocator_is_left_alone(void **state)
{
    (void)state;
    struct test_alloc heap;
    struct px_mem m;
    test_alloc_init(&heap, SIZE_MAX);
    px_mem_init(&m, &heap.alloc, false);
    void *first = px_mem_get(&m, 700);
    size_t request_count = heap.request_count;
    for (int i = 0; i < 1000; i++) {
        px_mem_drop(&m, first);
        px_mem_turn(&m);
        first = px_mem_get(&m, 700);
        assert_non_null(first);
    }
    assert_int_equal(heap.request_count, request_count);
    assert_int_equal(m.used_count, 1);
    assert_int_equal(m.used_len, 768);
    px_mem_drop(&m, first);
    px_mem_fini(&m);
    assert_int_equal(heap.live_count, 0);
}

static void a_block_given_back_stays_readable_until_the_turn_ends(void **state)
{
    (void)state;
    struct px_mem m;
    px_mem_init(&m, NULL, false);
    char *a = px_mem_get(&m, 100);
    memset(a, 'a', 100);
    px_mem_drop(&m, a);
    for (int i = 0; i < 2000; i++) {
        char *b = px_mem_get(&m, 100);
        assert_ptr_not_equal(a, b);
        memset(b, 'b', 100);
        px_mem_drop(&m, b);
    }
    assert_int_equal(a[0], 'a');
    assert_int_equal(a[99], 'a');
    px_mem_turn(&m);
    px_mem_fini(&m);
}

/* What is asked for fits, and up to 2 KiB no more than a quarter of it, or 64 octets, is wasted. */
static void a_block_is_little_longer_than_what_it_is_for(void **state)
{
    (void)state;
    for (size_t len = 1; len < 100000; len++) {
        assert_true(px_mem_room(len) >= len);
        if (len <= 2048)
            assert_true(px_mem_room(len) - len < (len / 4 > 64 ? len / 4 : 64));
        assert_true(px_mem_room(len) >= px_mem_room(len - 1));
    }
}

static void any_size_is_given(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 64, 65, 2048, 2049, 66560, 66561, 200000};
    struct test_alloc heap;
    for (unsigned exact = 0; exact < 2; exact++) {
        struct px_mem m;
        test_alloc_init(&heap, SIZE_MAX);
        px_mem_init(&m, &heap.alloc, exact == 1);
        for (size_t i = 0; i < SW_ARRAY_LEN(sizes); i++) {
            char *p = px_mem_zget(&m, sizes[i]);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(p[k], 0);
            assert_true(px_mem_room(sizes[i]) >= sizes[i]);
            px_mem_drop(&m, p);
        }
        px_mem_turn(&m);
        px_mem_fini(&m);
        assert_int_equal(heap.live_count, 0);
    }
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    struct test_alloc heap;
    struct px_mem m;
    struct sw_slice copy = SW_LIT("untouched");
    test_alloc_init(&heap, 0);
    heap.keep_failing = true;
    px_mem_init(&m, &heap.alloc, false);
    assert_null(px_mem_get(&m, 10));
    assert_null(px_mem_zget(&m, 100000));
    assert_false(px_mem_dup(&m, SW_LIT("x"), &copy));
    assert_slice_equal(copy, "untouched");
    px_mem_drop(&m, NULL);
    px_mem_fini(&m);
}

static void much_memory_is_asked_for_in_large_pieces(void **state)
{
    (void)state;
    enum { COUNT = 40000 }; /* 64 MiB */
    static void *blocks[COUNT];
    struct test_alloc heap;
    struct px_mem m;
    test_alloc_init(&heap, SIZE_MAX);
    px_mem_init(&m, &heap.alloc, false);
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = px_mem_get(&m, 1500);
        assert_non_null(blocks[i]);
        memset(blocks[i], (int)i, 1500);
    }
    assert_true(heap.request_count < 100);
    assert_true(m.held_len < m.used_len / 4 * 5);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(((unsigned char *)blocks[i])[1499], i & 255);
        px_mem_drop(&m, blocks[i]);
    }
    px_mem_fini(&m);
    assert_int_equal(heap.live_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(much_memory_is_asked_for_in_large_pieces),
        cmocka_unit_test(blocks_are_reused_and_the_allocator_is_left_alone),
        cmocka_unit_test(a_block_given_back_stays_readable_until_the_turn_ends),
        cmocka_unit_test(a_block_is_little_longer_than_what_it_is_for),
        cmocka_unit_test(any_size_is_given),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

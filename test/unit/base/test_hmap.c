/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"
#include "base/hmap.h"
#include "base/rng.h"
#include "support/check.h"
#include "support/test_alloc.h"

struct entry {
    struct sw_hmap_link link;
    uint32_t key;
    uint32_t serial;
    bool is_in;
};

static bool has_key(const struct sw_hmap_link *link, const void *key)
{
    return SW_CONTAINER_OF(link, struct entry, link)->key == *(const uint32_t *)key;
}

static struct entry *entry_of(struct sw_hmap_link *link)
{
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct entry, link);
}

/* Few values, so that different keys share a hash and a chain. */
static uint64_t poor_hash(uint32_t key)
{
    return (uint64_t)(key % 7) * 0x100000001u;
}

static struct entry *find(const struct sw_hmap *m, uint32_t key)
{
    return entry_of(sw_hmap_find(m, poor_hash(key), has_key, &key));
}

static void what_was_added_is_found_until_removed(void **state)
{
    (void)state;
    struct sw_hmap m;
    assert_int_equal(sw_hmap_init(&m, NULL, 0), 0);
    struct entry a = {.key = 1}, b = {.key = 8}, c = {.key = 2};
    assert_null(find(&m, 1));
    sw_hmap_add(&m, &a.link, poor_hash(a.key));
    sw_hmap_add(&m, &b.link, poor_hash(b.key));
    sw_hmap_add(&m, &c.link, poor_hash(c.key));
    assert_int_equal(m.count, 3);
    assert_ptr_equal(find(&m, 1), &a);
    assert_ptr_equal(find(&m, 8), &b);
    assert_ptr_equal(find(&m, 2), &c);
    assert_null(find(&m, 15));
    sw_hmap_remove(&m, &a.link);
    assert_null(find(&m, 1));
    assert_ptr_equal(find(&m, 8), &b);
    sw_hmap_remove(&m, &b.link);
    sw_hmap_remove(&m, &c.link);
    assert_int_equal(m.count, 0);
    sw_hmap_fini(&m);
}

/* The newest of equal keys comes first, also when the map has grown in between. */
static void equal_keys_are_found_newest_first(void **state)
{
    (void)state;
    struct sw_hmap m;
    assert_int_equal(sw_hmap_init(&m, NULL, 0), 0);
    struct entry entries[100];
    for (uint32_t i = 0; i < 100; i++) {
        entries[i] = (struct entry){.key = i % 4, .serial = i};
        sw_hmap_add(&m, &entries[i].link, poor_hash(i % 4));
    }
    assert_int_equal(sw_hmap_count_of(&m, poor_hash(1), 100), 25);
    assert_int_equal(sw_hmap_count_of(&m, poor_hash(1), 24), 24);
    assert_int_equal(sw_hmap_count_of(&m, poor_hash(5), 100), 0);
    for (uint32_t key = 0; key < 4; key++) {
        for (uint32_t count = 25; count-- > 0;) {
            struct entry *at = find(&m, key);
            assert_non_null(at);
            assert_int_equal(at->serial, 4 * count + key);
            sw_hmap_remove(&m, &at->link);
        }
        assert_null(find(&m, key));
    }
    assert_int_equal(m.count, 0);
    sw_hmap_fini(&m);
}

static void it_allocates_only_buckets_and_only_to_grow(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, SIZE_MAX);
    struct sw_hmap m;
    assert_int_equal(sw_hmap_init(&m, &heap.alloc, 64), 0);
    struct entry entries[65];
    for (uint32_t i = 0; i < 64; i++)
        sw_hmap_add(&m, &entries[i].link, i);
    assert_int_equal(heap.request_count, 1);
    sw_hmap_add(&m, &entries[64].link, 64);
    assert_int_equal(heap.request_count, 2);
    assert_int_equal(heap.live_count, 2);
    sw_hmap_fini(&m);
    assert_int_equal(heap.live_count, 0);
}

/* However many there are, one more moves the members of one bucket only. */
static void it_grows_by_a_bucket_with_a_member(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static struct entry entries[COUNT];
    struct sw_hmap m;
    assert_int_equal(sw_hmap_init(&m, NULL, 0), 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        size_t before = m.bucket_count;
        entries[i].key = i;
        sw_hmap_add(&m, &entries[i].link, sw_hash(&i, sizeof i, 1));
        assert_true(m.bucket_count <= before + 1 && 2 * m.bucket_count >= m.count);
    }
    size_t longest = 0, met = 0;
    for (size_t i = 0; i < m.bucket_count; i++) {
        size_t len = 0;
        while (sw_hmap_nth(&m, i, len) != NULL)
            len++;
        met += len;
        longest = len > longest ? len : longest;
    }
    assert_int_equal(met, COUNT);
    assert_true(longest < 16);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_ptr_equal(entry_of(sw_hmap_find(&m, sw_hash(&i, sizeof i, 1), has_key, &i)),
                         &entries[i]);
        sw_hmap_remove(&m, &entries[i].link);
    }
    assert_int_equal(m.count, 0);
    sw_hmap_fini(&m);
}

static void without_memory_it_gets_slower_not_wrong(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, 1);
    heap.keep_failing = true;
    struct sw_hmap m;
    assert_int_equal(sw_hmap_init(&m, &heap.alloc, 0), 0);
    static struct entry entries[500];
    for (uint32_t i = 0; i < SW_ARRAY_LEN(entries); i++) {
        entries[i].key = i;
        sw_hmap_add(&m, &entries[i].link, poor_hash(i));
    }
    assert_true(heap.has_failed);
    for (uint32_t i = 0; i < SW_ARRAY_LEN(entries); i++)
        assert_ptr_equal(find(&m, i), &entries[i]);
    sw_hmap_fini(&m);
}

static void no_memory_at_all_is_an_error(void **state)
{
    (void)state;
    struct test_alloc heap;
    test_alloc_init(&heap, 0);
    struct sw_hmap m;
    assert_int_equal(sw_hmap_init(&m, &heap.alloc, 10), SW_E_NOMEM);
    assert_int_equal(sw_hmap_init(&m, &heap.alloc, SIZE_MAX), SW_E_NOMEM);
    assert_int_equal(heap.live_count, 0);
}

static void it_agrees_with_a_plain_array(void **state)
{
    (void)state;
    enum { COUNT = 300, STEPS = 20000 };
    static struct entry entries[COUNT];
    struct sw_rng rng;
    sw_rng_init_u64(&rng, 2);
    struct sw_hmap m;
    assert_int_equal(sw_hmap_init(&m, NULL, 0), 0);
    size_t in_count = 0;
    for (int step = 0; step < STEPS; step++) {
        uint32_t key = (uint32_t)sw_rng_below(&rng, COUNT);
        struct entry *e = &entries[key];
        e->key = key;
        uint64_t hash = sw_hash(&key, sizeof key, 3) & 0xf00000000000001f;
        assert_ptr_equal(sw_hmap_find(&m, hash, has_key, &key), e->is_in ? &e->link : NULL);
        if (e->is_in)
            sw_hmap_remove(&m, &e->link);
        else
            sw_hmap_add(&m, &e->link, hash);
        in_count = e->is_in ? in_count - 1 : in_count + 1;
        e->is_in = !e->is_in;
        assert_int_equal(m.count, in_count);
    }
    sw_hmap_fini(&m);
}

static void hash_depends_on_bytes_length_and_seed(void **state)
{
    (void)state;
    static const char bytes[300] = {1, 2, 3};
    /* Lengths on both sides of the places where XXH3 takes another path. */
    static const size_t lens[] = {0, 1, 3, 4, 8, 9, 16, 17, 128, 129, 240, 241, 300};
    for (size_t i = 0; i < SW_ARRAY_LEN(lens); i++) {
        assert_true(sw_hash(bytes, lens[i], 1) == sw_hash(bytes, lens[i], 1));
        assert_true(sw_hash(bytes, lens[i], 1) != sw_hash(bytes, lens[i], 2));
        for (size_t j = 0; j < i; j++)
            assert_true(sw_hash(bytes, lens[i], 1) != sw_hash(bytes, lens[j], 1));
    }
    char other[300];
    memcpy(other, bytes, sizeof other);
    other[299] ^= 1;
    assert_true(sw_hash(bytes, 300, 1) != sw_hash(other, 300, 1));
    /* The published value of XXH3 for no bytes and seed 0. */
    assert_true(sw_hash("", 0, 0) == 0x2d06800538d394c2u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found_until_removed),
        cmocka_unit_test(equal_keys_are_found_newest_first),
        cmocka_unit_test(it_allocates_only_buckets_and_only_to_grow),
        cmocka_unit_test(it_grows_by_a_bucket_with_a_member),
        cmocka_unit_test(without_memory_it_gets_slower_not_wrong),
        cmocka_unit_test(no_memory_at_all_is_an_error),
        cmocka_unit_test(it_agrees_with_a_plain_array),
        cmocka_unit_test(hash_depends_on_bytes_length_and_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

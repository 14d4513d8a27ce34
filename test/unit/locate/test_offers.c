/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/offers.h"
#include "support/check.h"
#include "support/test_alloc.h"

static struct sw_name name_of(const char *text)
{
    static struct sw_name_room rooms[8];
    static unsigned next;
    struct sw_name name;
    assert_int_equal(sw_name_from_text(sw_slice_str(text), &rooms[next++ % 8], &name), 0);
    return name;
}

static void list_one(void *arg, struct sw_name domain)
{
    struct sw_buf *b = arg;
    sw_name_write(b, domain);
    sw_buf_char(b, ' ');
}

static const char *list(const struct sw_offers *o)
{
    static char room[256];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_offers_each(o, list_one, &b);
    return sw_buf_cstr(&b);
}

static int set_up(void **state)
{
    return sw_offers_new((struct sw_offers **)state, NULL, 3, 7);
}

static int tear_down(void **state)
{
    sw_offers_free(*state);
    return 0;
}

static void H3_bounded_and_the_one_met_least_recently_leaves(void **state)
{
    struct sw_offers *o = *state;
    sw_offers_add(o, name_of("a.t"));
    sw_offers_add(o, name_of("b.t"));
    sw_offers_hear(o, name_of("c.t"));
    sw_offers_add(o, name_of("A.T")); /* again: now b.t is the oldest */
    assert_string_equal(list(o), "b.t c.t a.t ");
    sw_offers_add(o, name_of("d.t"));
    assert_string_equal(list(o), "c.t a.t d.t ");
    assert_int_equal(sw_offers_count(o), 3);
    assert_false(sw_offers_has(o, name_of("b.t")));
    assert_true(sw_offers_has(o, name_of("d.t")));
}

static void H3_news_is_what_was_added_once_and_not_what_was_heard(void **state)
{
    struct sw_offers *o = *state;
    struct sw_name news;
    sw_offers_add(o, name_of("a.t"));
    sw_offers_hear(o, name_of("b.t"));
    sw_offers_add(o, name_of("b.t"));
    sw_offers_add(o, name_of("c.t"));
    sw_offers_add(o, name_of("d.t")); /* a.t leaves, and is no news any more */
    assert_true(sw_offers_take_news(o, &news));
    assert_true(sw_name_eq(news, name_of("c.t")));
    sw_offers_add(o, name_of("c.t"));
    assert_true(sw_offers_take_news(o, &news));
    assert_true(sw_name_eq(news, name_of("d.t")));
    assert_false(sw_offers_take_news(o, &news));
}

static void H3_an_alert_is_the_first_one_until_it_offers_again(void **state)
{
    struct sw_offers *o = *state;
    assert_false(sw_offers_alert(o, name_of("a.t")));
    sw_offers_add(o, name_of("a.t"));
    assert_true(sw_offers_alert(o, name_of("a.t")));
    assert_false(sw_offers_alert(o, name_of("a.t")));
    sw_offers_add(o, name_of("a.t"));
    assert_true(sw_offers_alert(o, name_of("a.t")));
}

static void without_memory_a_domain_is_forgotten(void **state)
{
    struct test_alloc heap;
    struct sw_offers *o;
    (void)state;
    for (size_t n = 0; n < 3; n++) {
        test_alloc_init(&heap, n);
        int rc = sw_offers_new(&o, &heap.alloc, 0, 1);
        if (rc == 0) {
            sw_offers_add(o, name_of("a.t"));
            assert_false(sw_offers_has(o, name_of("a.t")));
            sw_offers_free(o);
        }
        assert_int_equal(rc, n < 2 ? SW_E_NOMEM : 0);
        assert_int_equal(heap.live_count, 0);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(H3_bounded_and_the_one_met_least_recently_leaves),
        TEST(H3_news_is_what_was_added_once_and_not_what_was_heard),
        TEST(H3_an_alert_is_the_first_one_until_it_offers_again),
        cmocka_unit_test(without_memory_a_domain_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/list.h"
#include "support/check.h"

struct item {
    char letter;
    struct sw_list link;
};

static struct item items[4];

static void set_up(struct sw_list *head)
{
    sw_list_init(head);
    for (size_t i = 0; i < SW_ARRAY_LEN(items); i++)
        items[i] = (struct item){.letter = (char)('a' + (char)i)};
}

/* The letters forwards; checks the links backwards on the way. */
static const char *letters(const struct sw_list *head)
{
    static char text[SW_ARRAY_LEN(items) + 1];
    size_t len = 0;
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, head) {
        assert_ptr_equal(at->prev->next, at);
        assert_ptr_equal(at->next->prev, at);
        assert_true(len < SW_ARRAY_LEN(items));
        text[len++] = SW_LIST_ITEM(at, struct item, link)->letter;
    }
    text[len] = '\0';
    return text;
}

static void pushing_and_removing_keep_order(void **state)
{
    (void)state;
    struct sw_list head;
    set_up(&head);
    assert_true(sw_list_is_empty(&head));
    assert_null(sw_list_first(&head));
    assert_false(sw_list_is_linked(&items[0].link));
    sw_list_push_back(&head, &items[1].link);
    sw_list_push_back(&head, &items[2].link);
    sw_list_push_front(&head, &items[0].link);
    sw_list_push_back(&head, &items[3].link);
    assert_string_equal(letters(&head), "abcd");
    assert_ptr_equal(sw_list_first(&head), &items[0].link);
    sw_list_remove(&items[2].link);
    assert_string_equal(letters(&head), "abd");
    assert_false(sw_list_is_linked(&items[2].link));
    sw_list_remove(&items[2].link);
    assert_string_equal(letters(&head), "abd");
    sw_list_remove(&items[0].link);
    sw_list_remove(&items[3].link);
    sw_list_remove(&items[1].link);
    assert_true(sw_list_is_empty(&head));
}

static void the_loop_may_remove_where_it_is(void **state)
{
    (void)state;
    struct sw_list head, *at, *tmp;
    set_up(&head);
    for (size_t i = 0; i < SW_ARRAY_LEN(items); i++)
        sw_list_push_back(&head, &items[i].link);
    SW_LIST_EACH (at, tmp, &head) {
        if (SW_LIST_ITEM(at, struct item, link)->letter % 2 == 0)
            sw_list_remove(at);
    }
    assert_string_equal(letters(&head), "ac");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushing_and_removing_keep_order),
        cmocka_unit_test(the_loop_may_remove_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/post.h"
#include "support/check.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

enum { LETTERS = 60000, LONGEST = 3000, AHEAD = 300 };

static struct px_handed numbered(uint64_t number, const char *text, size_t len)
{
    return (struct px_handed){
        .kind = PX_HANDED_MESSAGE, .hop.conn = number, .bytes = sw_slice(text, len)};
}

static struct sw_mailbox *new_box(void)
{
    struct sw_mailbox *box = NULL;
    assert_int_equal(sw_mailbox_new(&box, SW_MAILBOX_LEN_MIN), 0);
    return box;
}

static void nothing_is_seen_before_it_is_sent(void **state)
{
    struct sw_mailbox *box = new_box();
    struct px_handed h = numbered(1, "abc", 3), got;
    (void)state;
    assert_false(sw_mailbox_send(box));
    assert_true(sw_mailbox_put(box, &h));
    assert_false(sw_mailbox_take(box, &got));
    assert_true(sw_mailbox_is_empty(box));
    assert_true(sw_mailbox_send(box));
    assert_false(sw_mailbox_is_empty(box));
    assert_true(sw_mailbox_take(box, &got));
    assert_int_equal(got.hop.conn, 1);
    assert_slice_equal(got.bytes, "abc");
    assert_false(sw_mailbox_take(box, &got));
    sw_mailbox_free(box);
}

static void a_full_box_loses_what_comes_but_not_the_books(void **state)
{
    static char text[LONGEST];
    struct sw_mailbox *box = new_box();
    struct px_handed h = numbered(0, text, sizeof text), got, book = {.kind = PX_HANDED_RELEASE};
    uint64_t put = 0, taken = 0;
    (void)state;
    while (sw_mailbox_put(box, &h))
        h.hop.conn = ++put;
    assert_int_equal(sw_mailbox_lost(box), 1);
    assert_in_range(put, SW_MAILBOX_LEN_MIN / 4 * 3 / LONGEST, SW_MAILBOX_LEN_MIN / LONGEST);
    assert_true(sw_mailbox_put(box, &book));
    assert_true(sw_mailbox_send(box));
    for (; sw_mailbox_take(box, &got) && got.kind == PX_HANDED_MESSAGE; taken++)
        assert_int_equal(got.hop.conn, taken);
    assert_int_equal(taken, put);
    assert_int_equal(got.kind, PX_HANDED_RELEASE);
    assert_false(sw_mailbox_take(box, &got)); /* and its room is there again */
    assert_true(sw_mailbox_put(box, &h));
    sw_mailbox_free(box);
}

static void what_can_never_fit_is_lost(void **state)
{
    struct sw_mailbox *box = new_box();
    struct px_handed h = numbered(0, "", SW_MAILBOX_LEN_MIN);
    (void)state;
    assert_false(sw_mailbox_put(box, &h));
    assert_false(sw_mailbox_send(box));
    sw_mailbox_free(box);
}

/* Of every length, so that the end of the ring is met in every way. */
static void order_and_octets_survive_the_end_of_the_ring(void **state)
{
    static char text[LONGEST];
    struct sw_mailbox *box = new_box();
    (void)state;
    for (uint64_t i = 0; i < LETTERS / 10; i++) {
        size_t len = (size_t)(i * 37 % LONGEST);
        struct px_handed h = numbered(i, text, len), got;
        memset(text, (int)(i % 251), len);
        assert_true(sw_mailbox_put(box, &h));
        assert_true(sw_mailbox_send(box));
        memset(text, 0xff, len); /* it was copied */
        assert_true(sw_mailbox_take(box, &got));
        assert_int_equal(got.hop.conn, i);
        assert_int_equal(got.bytes.len, len);
        for (size_t j = 0; j < len; j++)
            assert_int_equal((uint8_t)got.bytes.p[j], i % 251);
    }
    assert_int_equal(sw_mailbox_lost(box), 0);
    sw_mailbox_free(box);
}

/* --- threads ----------------------------------------------------------------------------- */

struct talk {
    struct sw_post *post;
    uint16_t me;
    bool is_wrong;
    uint64_t heard_count;
};

/* Sends numbers to the other one, a few ahead of what it has heard, and sleeps as a worker does. */
static void *talk(void *arg)
{
    struct talk *t = arg;
    uint64_t said = 0, number;
    struct px_handed got;
    struct pollfd fd = {.fd = sw_post_fd(t->post, t->me), .events = POLLIN};
    while (t->heard_count < LETTERS || said < LETTERS) {
        for (; said < LETTERS && said < t->heard_count + AHEAD; said++) {
            struct px_handed h = {.kind = PX_HANDED_HOLD, .from = t->me, .hop.conn = said};
            sw_post_put(t->post, t->me, (uint16_t)(1 - t->me), &h);
        }
        sw_post_send(t->post, t->me);
        while (sw_post_take(t->post, t->me, &got))
            t->is_wrong = t->is_wrong || got.hop.conn != t->heard_count++;
        bool is_done = t->heard_count == LETTERS && said == LETTERS;
        bool may_speak = said < LETTERS && said < t->heard_count + AHEAD;
        if (!is_done && !may_speak && sw_post_may_sleep(t->post, t->me) &&
            (poll(&fd, 1, 10000) != 1 || read(fd.fd, &number, sizeof number) < 0)) {
            t->is_wrong = true; /* nobody woke it */
            return NULL;
        }
        sw_post_awake(t->post, t->me);
    }
    return NULL;
}

static void two_threads_keep_order_and_never_sleep_through(void **state)
{
    struct talk sides[2] = {{.me = 0}, {.me = 1}};
    pthread_t threads[2];
    struct sw_post *post = NULL;
    (void)state;
    assert_int_equal(sw_post_new(&post, 2), 0);
    for (int i = 0; i < 2; i++) {
        sides[i].post = post;
        assert_int_equal(pthread_create(&threads[i], NULL, talk, &sides[i]), 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++) {
        assert_false(sides[i].is_wrong);
        assert_int_equal(sides[i].heard_count, LETTERS);
        assert_int_equal(sw_post_lost(post, (uint16_t)i), 0);
    }
    sw_post_free(post);
}

static void all_others_are_told_and_only_sleepers_woken(void **state)
{
    struct sw_post *post = NULL;
    struct px_handed h = {.kind = PX_HANDED_HEALTH}, got;
    (void)state;
    assert_int_equal(sw_post_new(&post, 3), 0);
    assert_true(sw_post_may_sleep(post, 2));
    sw_post_put(post, 0, PX_ALL_WORKERS, &h);
    sw_post_send(post, 0);
    struct pollfd fds[] = {{.fd = sw_post_fd(post, 0), .events = POLLIN},
                           {.fd = sw_post_fd(post, 1), .events = POLLIN},
                           {.fd = sw_post_fd(post, 2), .events = POLLIN}};
    assert_int_equal(poll(fds, 3, 0), 1);
    assert_true((fds[2].revents & POLLIN) != 0);
    assert_false(sw_post_take(post, 0, &got));
    assert_true(sw_post_take(post, 1, &got));
    assert_false(sw_post_may_sleep(post, 2));
    assert_true(sw_post_take(post, 2, &got));
    assert_false(sw_post_take(post, 2, &got));
    assert_true(sw_post_may_sleep(post, 2));
    sw_post_free(post);
}

static void idle_is_when_all_are(void **state)
{
    struct sw_post *post = NULL;
    (void)state;
    assert_int_equal(sw_post_new(&post, 2), 0);
    struct pollfd fd = {.fd = sw_post_fd(post, 0), .events = POLLIN};
    sw_post_set_idle(post, 0, true);
    assert_false(sw_post_is_idle(post));
    assert_int_equal(poll(&fd, 1, 0), 0);
    sw_post_set_idle(post, 1, true);
    assert_true(sw_post_is_idle(post));
    assert_int_equal(poll(&fd, 1, 0), 1); /* he has waited for that */
    sw_post_set_idle(post, 0, false);
    assert_false(sw_post_is_idle(post));
    sw_post_free(post);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_seen_before_it_is_sent),
        cmocka_unit_test(a_full_box_loses_what_comes_but_not_the_books),
        cmocka_unit_test(what_can_never_fit_is_lost),
        cmocka_unit_test(order_and_octets_survive_the_end_of_the_ring),
        cmocka_unit_test(two_threads_keep_order_and_never_sleep_through),
        cmocka_unit_test(all_others_are_told_and_only_sleepers_woken),
        cmocka_unit_test(idle_is_when_all_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

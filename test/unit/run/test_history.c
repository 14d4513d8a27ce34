/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/history.h"

#include "support/check.h"

#include <stdio.h>

enum { SHOWN_MAX = 200 };

struct shown {
    unsigned numbers[SHOWN_MAX];
    size_t count, stop_at;
};

static char story[9000], detail[5];

/* Transaction number n, with as many tries and as long a story as wanted. */
static struct px_log log_of(unsigned n, size_t tries, size_t story_len)
{
    struct px_log log = {.kind = PX_LOG_TRANSACTION, .status = (uint16_t)n, .location = "ok"};

    snprintf(log.call_id, sizeof log.call_id, "call-%u", n % 10);
    log.try_count = (uint8_t)tries;
    for (size_t i = 0; i < tries && i < PX_LOG_TRIES_MAX; i++) {
        log.tries[i].status = (uint16_t)(n + i);
        log.tries[i].detail = sw_slice(detail, (n + i) % sizeof detail);
    }
    memset(detail, (int)('A' + n % 26), sizeof detail);
    memset(story, (int)('a' + n % 26), sizeof story);
    log.story = sw_slice(story, story_len);
    log.route_story = sw_slice(story, story_len / 3);
    return log;
}

static bool check(void *arg, const struct px_log *log, uint64_t wall_us)
{
    struct shown *s = arg;
    unsigned n = log->status;

    assert_int_equal(wall_us, n * 10);
    for (size_t i = 0; i < log->try_count && i < PX_LOG_TRIES_MAX; i++) {
        struct sw_slice told = log->tries[i].detail;
        assert_int_equal(log->tries[i].status, n + i);
        assert_int_equal(told.len, (n + i) % sizeof detail);
        for (size_t k = 0; k < told.len; k++)
            assert_int_equal(told.p[k], 'A' + n % 26);
    }
    for (size_t i = 0; i < log->story.len; i++)
        assert_int_equal(log->story.p[i], 'a' + n % 26);
    assert_int_equal(log->route_story.len, log->story.len / 3);
    for (size_t i = 0; i < log->route_story.len; i++)
        assert_int_equal(log->route_story.p[i], 'a' + n % 26);
    assert_true(s->count < SHOWN_MAX);
    s->numbers[s->count++] = n;
    return s->count != s->stop_at;
}

static struct shown find(const struct sw_history *h, const char *call_id)
{
    struct shown s = {0};

    sw_history_find(h, sw_slice_str(call_id), check, &s);
    return s;
}

static struct sw_history *new_history(size_t count)
{
    struct sw_history *h;

    assert_int_equal(sw_history_new(&h, count), 0);
    return h;
}

static void the_newest_comes_first(void **state)
{
    struct sw_history *h = new_history(100);

    (void)state;
    for (unsigned n = 0; n < 25; n++) {
        struct px_log log = log_of(n, n % 4, n * 7);
        sw_history_add(h, &log, n * 10);
    }
    assert_int_equal(sw_history_count(h), 25);
    struct shown s = find(h, "call-3");
    assert_int_equal(s.count, 3);
    assert_int_equal(s.numbers[0], 23);
    assert_int_equal(s.numbers[1], 13);
    assert_int_equal(s.numbers[2], 3);
    assert_int_equal(find(h, "call-").count, 0);
    assert_int_equal(find(h, "").count, 25);
    s = (struct shown){.stop_at = 1};
    sw_history_find(h, (struct sw_slice){0}, check, &s);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.numbers[0], 24);
    sw_history_free(h);
}

/* Whatever the lengths, what is there is whole, and is the newest without a gap. */
static void the_oldest_make_room(void **state)
{
    struct sw_history *h = new_history(7);
    unsigned chance = 1;

    (void)state;
    for (unsigned n = 0; n < 3000; n++) {
        chance = chance * 1103515245 + 12345;
        size_t len = (chance >> 16) % 12 == 0 ? 8192 : (chance >> 16) % 1800;
        struct px_log log = log_of(n % 60000, (chance >> 8) % 20, len);
        sw_history_add(h, &log, n * 10);
        struct shown s = find(h, "");
        assert_true(s.count >= 1 && s.count <= 7);
        assert_int_equal(s.count, sw_history_count(h));
        for (size_t i = 0; i < s.count; i++)
            assert_int_equal(s.numbers[i], n - i);
    }
    sw_history_free(h);
}

static void small_ones_are_kept_in_full_number(void **state)
{
    struct sw_history *h = new_history(50);

    (void)state;
    for (unsigned n = 0; n < 500; n++) {
        struct px_log log = log_of(n, 2, 700);
        sw_history_add(h, &log, n * 10);
    }
    assert_int_equal(sw_history_count(h), 50);
    sw_history_free(h);
}

static void what_does_not_fit_and_no_history_at_all(void **state)
{
    struct sw_history *h = new_history(1);
    struct px_log log = log_of(1, 0, 9000);

    (void)state;
    sw_history_add(h, &log, 10);
    assert_int_equal(sw_history_count(h), 0);
    sw_history_free(h);
    h = new_history(0);
    sw_history_add(h, &log, 10);
    assert_int_equal(find(h, "").count, 0);
    sw_history_free(h);
    sw_history_free(NULL);
    assert_int_equal(sw_history_new(&h, SIZE_MAX / 2), SW_E_NOMEM);
}

static void a_long_call_id_is_found_by_what_is_kept_of_it(void **state)
{
    struct sw_history *h = new_history(4);
    struct px_log log = log_of(7, 0, 0);
    char id[300];

    (void)state;
    memset(id, 'z', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    memcpy(log.call_id, id, sizeof log.call_id - 1);
    sw_history_add(h, &log, 70);
    assert_int_equal(find(h, id).count, 1);
    sw_history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_comes_first),
        cmocka_unit_test(the_oldest_make_room),
        cmocka_unit_test(small_ones_are_kept_in_full_number),
        cmocka_unit_test(what_does_not_fit_and_no_history_at_all),
        cmocka_unit_test(a_long_call_id_is_found_by_what_is_kept_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

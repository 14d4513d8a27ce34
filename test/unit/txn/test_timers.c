/* SPDX-License-Identifier: BSD-2-Clause */
/* When things happen, in virtual milliseconds, with the default T1, T2, T4 and D. */
#include "base/attr.h"
#include "txn/txn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { FEED_MAX = 4, HAPPENS_MAX = 16 };

struct fed {
    uint64_t at_ms;
    enum sw_txn_event ev;
};

struct happening {
    uint64_t at_ms;
    unsigned todo;
};

#define SEND SW_TXN_DO_SEND
#define TIMED_OUT (SW_TXN_DO_REPORT_TIMEOUT | SW_TXN_DO_END)
#define END SW_TXN_DO_END

/* Events are fed at their times; `happens` is all that the timers do meanwhile and after. The list
 * of fed events ends with the first START at 0 that is not the first, that of happenings with 0. */
static const struct {
    const char *name;
    enum sw_txn_kind kind;
    bool is_reliable;
    struct fed fed[FEED_MAX];
    struct happening happens[HAPPENS_MAX];
} rows[] = {
    {"A doubles, B ends at 64*T1",
     SW_TXN_ICT,
     false,
     {{0, SW_TXN_EV_START}},
     {{500, SEND},
      {1500, SEND},
      {3500, SEND},
      {7500, SEND},
      {15500, SEND},
      {31500, SEND},
      {32000, TIMED_OUT}}},
    {"no A over reliable transports",
     SW_TXN_ICT,
     true,
     {{0, SW_TXN_EV_START}},
     {{32000, TIMED_OUT}}},
    {"a provisional stops A and B",
     SW_TXN_ICT,
     false,
     {{0, SW_TXN_EV_START}, {600, SW_TXN_EV_1XX}},
     {{500, SEND}}},
    {"D is 32 s",
     SW_TXN_ICT,
     false,
     {{0, SW_TXN_EV_START}, {100, SW_TXN_EV_3456XX}},
     {{32100, END}}},
    {"D is not begun again by the final response again",
     SW_TXN_ICT,
     false,
     {{0, SW_TXN_EV_START}, {100, SW_TXN_EV_3456XX}, {5000, SW_TXN_EV_3456XX}},
     {{32100, END}}},
    {"D is 0 over reliable transports",
     SW_TXN_ICT,
     true,
     {{0, SW_TXN_EV_START}, {100, SW_TXN_EV_3456XX}},
     {{100, END}}},
    {"M is 64*T1",
     SW_TXN_ICT,
     false,
     {{0, SW_TXN_EV_START}, {100, SW_TXN_EV_1XX}, {3000, SW_TXN_EV_2XX}},
     {{35000, END}}},
    {"M is 64*T1 over reliable transports too",
     SW_TXN_ICT,
     true,
     {{0, SW_TXN_EV_START}, {3000, SW_TXN_EV_2XX}, {9000, SW_TXN_EV_2XX}},
     {{35000, END}}},
    {"F5 given up: silent, and heard for 64*T1",
     SW_TXN_ICT,
     false,
     {{0, SW_TXN_EV_START}, {4000, SW_TXN_EV_ABANDON}},
     {{500, SEND}, {1500, SEND}, {3500, SEND}, {36000, END}}},
    {"F6 given up again after a late provisional",
     SW_TXN_ICT,
     true,
     {{0, SW_TXN_EV_START},
      {4000, SW_TXN_EV_ABANDON},
      {30000, SW_TXN_EV_1XX},
      {30000, SW_TXN_EV_ABANDON}},
     {{62000, END}}},
    {"F6 the same of a non-INVITE",
     SW_TXN_NICT,
     true,
     {{0, SW_TXN_EV_START},
      {4000, SW_TXN_EV_ABANDON},
      {30000, SW_TXN_EV_1XX},
      {30000, SW_TXN_EV_ABANDON}},
     {{62000, END}}},
    {"E doubles to T2, F ends at 64*T1",
     SW_TXN_NICT,
     false,
     {{0, SW_TXN_EV_START}},
     {{500, SEND},
      {1500, SEND},
      {3500, SEND},
      {7500, SEND},
      {11500, SEND},
      {15500, SEND},
      {19500, SEND},
      {23500, SEND},
      {27500, SEND},
      {31500, SEND},
      {32000, TIMED_OUT}}},
    {"E is T2 in Proceeding, F goes on",
     SW_TXN_NICT,
     false,
     {{0, SW_TXN_EV_START}, {600, SW_TXN_EV_1XX}},
     {{500, SEND},
      {1500, SEND},
      {5500, SEND},
      {9500, SEND},
      {13500, SEND},
      {17500, SEND},
      {21500, SEND},
      {25500, SEND},
      {29500, SEND},
      {32000, TIMED_OUT}}},
    {"no E over reliable transports",
     SW_TXN_NICT,
     true,
     {{0, SW_TXN_EV_START}, {600, SW_TXN_EV_1XX}},
     {{32000, TIMED_OUT}}},
    {"K is T4",
     SW_TXN_NICT,
     false,
     {{0, SW_TXN_EV_START}, {700, SW_TXN_EV_2XX}},
     {{500, SEND}, {5700, END}}},
    {"K is 0 over reliable transports",
     SW_TXN_NICT,
     true,
     {{0, SW_TXN_EV_START}, {700, SW_TXN_EV_3456XX}},
     {{700, END}}},
    {"G doubles to T2, H ends at 64*T1",
     SW_TXN_IST,
     false,
     {{0, SW_TXN_EV_START}, {1000, SW_TXN_EV_3456XX}},
     {{1500, SEND},
      {2500, SEND},
      {4500, SEND},
      {8500, SEND},
      {12500, SEND},
      {16500, SEND},
      {20500, SEND},
      {24500, SEND},
      {28500, SEND},
      {32500, SEND},
      {33000, TIMED_OUT}}},
    {"no G over reliable transports, but H",
     SW_TXN_IST,
     true,
     {{0, SW_TXN_EV_START}, {1000, SW_TXN_EV_3456XX}},
     {{33000, TIMED_OUT}}},
    {"an ACK stops G and H, I is T4",
     SW_TXN_IST,
     false,
     {{0, SW_TXN_EV_START}, {1000, SW_TXN_EV_3456XX}, {1600, SW_TXN_EV_ACK}},
     {{1500, SEND}, {6600, END}}},
    {"I is 0 over reliable transports",
     SW_TXN_IST,
     true,
     {{0, SW_TXN_EV_START}, {1000, SW_TXN_EV_3456XX}, {1600, SW_TXN_EV_ACK}},
     {{1600, END}}},
    {"L is 64*T1",
     SW_TXN_IST,
     false,
     {{0, SW_TXN_EV_START}, {1000, SW_TXN_EV_2XX}, {1500, SW_TXN_EV_2XX}},
     {{33000, END}}},
    {"L is 64*T1 over reliable transports too",
     SW_TXN_IST,
     true,
     {{0, SW_TXN_EV_START}, {1000, SW_TXN_EV_2XX}},
     {{33000, END}}},
    {"J is 64*T1",
     SW_TXN_NIST,
     false,
     {{0, SW_TXN_EV_START}, {1000, SW_TXN_EV_2XX}, {2000, SW_TXN_EV_REQUEST}},
     {{33000, END}}},
    {"J is 0 over reliable transports",
     SW_TXN_NIST,
     true,
     {{0, SW_TXN_EV_START}, {1000, SW_TXN_EV_3456XX}},
     {{1000, END}}},
    {"an unanswered INVITE has no timer of ours",
     SW_TXN_IST,
     false,
     {{0, SW_TXN_EV_START}},
     {{0, 0}}},
    {"an unanswered request has none either", SW_TXN_NIST, false, {{0, SW_TXN_EV_START}}, {{0, 0}}},
};

/* Let the timers run up to until_us, and note what they do. */
static size_t run(struct sw_txn *t, uint64_t until_us, struct happening *seen, size_t count)
{
    while (sw_txn_wake_us(t) <= until_us && sw_txn_wake_us(t) != SW_NEVER) {
        uint64_t now_us = sw_txn_wake_us(t);
        assert_int_equal(sw_txn_wake(t, now_us == 0 ? 0 : now_us - 1), 0); /* never early */
        unsigned todo = sw_txn_wake(t, now_us);
        assert_int_not_equal(todo, 0);
        assert_true(count < HAPPENS_MAX);
        seen[count++] = (struct happening){now_us / 1000, todo};
    }
    return count;
}

static void check(size_t row)
{
    struct happening seen[HAPPENS_MAX] = {{0, 0}};
    size_t count = 0;
    struct sw_txn t;
    sw_txn_init(&t, rows[row].kind, &sw_txn_times_default, rows[row].is_reliable);
    for (size_t i = 0; i < FEED_MAX; i++) {
        const struct fed *f = &rows[row].fed[i];
        if (i > 0 && f->at_ms == 0)
            break;
        if (i > 0)
            count = run(&t, SW_MS(f->at_ms) - 1, seen, count);
        sw_txn_step(&t, f->ev, SW_MS(f->at_ms));
    }
    count = run(&t, SW_SECONDS(3600), seen, count);
    for (size_t i = 0; i < HAPPENS_MAX; i++)
        if (seen[i].at_ms != rows[row].happens[i].at_ms ||
            seen[i].todo != rows[row].happens[i].todo)
            fail_msg("%s: number %zu is 0x%x at %llu ms", rows[row].name, i, seen[i].todo,
                     (unsigned long long)seen[i].at_ms);
}

static void test_schedules(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        check(i);
}

/* Who wakes late, when several are due, gets the end and nothing else. */
static void test_a_late_wake_sends_nothing_for_what_is_over(void **state)
{
    (void)state;
    struct sw_txn t;
    sw_txn_init(&t, SW_TXN_ICT, &sw_txn_times_default, false);
    sw_txn_step(&t, SW_TXN_EV_START, 0);
    assert_int_equal(sw_txn_wake(&t, SW_SECONDS(100)), TIMED_OUT);
    assert_int_equal(sw_txn_wake(&t, SW_SECONDS(100)), 0);
    assert_true(sw_txn_wake_us(&t) == SW_NEVER);
}

static void test_late_wakes_do_not_bunch_retransmissions(void **state)
{
    (void)state;
    struct sw_txn t;
    sw_txn_init(&t, SW_TXN_ICT, &sw_txn_times_default, false);
    sw_txn_step(&t, SW_TXN_EV_START, 0);
    assert_int_equal(sw_txn_wake(&t, SW_MS(10000)), SEND); /* due at 500 */
    assert_int_equal(sw_txn_wake(&t, SW_MS(10000)), 0);
    assert_true(sw_txn_wake_us(&t) == SW_MS(11000));
}

static void test_other_times(void **state)
{
    (void)state;
    static const struct sw_txn_times slow = {.t1_us = SW_SECONDS(2),
                                             .t2_us = SW_SECONDS(3),
                                             .t4_us = SW_SECONDS(7),
                                             .d_us = SW_SECONDS(40)};
    struct sw_txn t;
    sw_txn_init(&t, SW_TXN_NICT, &slow, false);
    sw_txn_step(&t, SW_TXN_EV_START, 0);
    assert_true(t.timeout_us == SW_SECONDS(128));
    assert_int_equal(sw_txn_wake(&t, SW_SECONDS(2)), SEND);
    assert_true(sw_txn_wake_us(&t) == SW_SECONDS(5)); /* T2 is the bound */
    sw_txn_step(&t, SW_TXN_EV_2XX, SW_SECONDS(5));
    assert_true(sw_txn_wake_us(&t) == SW_SECONDS(12));
    sw_txn_init(&t, SW_TXN_ICT, &slow, false);
    sw_txn_step(&t, SW_TXN_EV_START, 0);
    sw_txn_step(&t, SW_TXN_EV_3456XX, 0);
    assert_true(sw_txn_wake_us(&t) == SW_SECONDS(40));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedules),
        cmocka_unit_test(test_a_late_wake_sends_nothing_for_what_is_over),
        cmocka_unit_test(test_late_wakes_do_not_bunch_retransmissions),
        cmocka_unit_test(test_other_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/rest.h"

#include "base/slice.h"
#include "support/check.h"

/* Turns at equal distances, with as many datagrams each, for ten windows; how many of the last
 * hundred were to be followed by a rest. */
static unsigned rests(uint64_t turn_us, uint64_t datagrams, uint64_t others)
{
    struct sw_rest r = {0};
    uint64_t received = 0, events = 0, now_us = 1000000;
    unsigned count = 0, turns = 100 + (unsigned)(10 * SW_REST_WINDOW_US / turn_us);
    for (unsigned i = 0; i < turns; i++) {
        now_us += turn_us;
        received += datagrams;
        events += datagrams + others;
        bool is_due = sw_rest_is_due(&r, received, events, now_us);
        count += is_due && i >= turns - 100;
    }
    return count;
}

static void it_rests_at_a_high_rate_and_after_small_turns_only(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t turn_us, datagrams, others;
        unsigned rests;
    } rows[] = {
        {"nothing comes", 1000, 0, 0, 0},
        {"one now and then", 1000, 1, 0, 0},
        {"one by one, not that often", 26, 1, 0, 0},
        {"one by one, often", 25, 1, 0, 100},
        {"a few, often", 60, 8, 0, 100},
        {"many at a time", 60, 9, 0, 0},
        {"a few, and many of other workers", 60, 4, 5, 0},
        {"a few, and a few of other workers", 60, 4, 4, 100},
        {"many over streams alone", 60, 0, 4, 0},
        {"as many as fit", 400, 128, 0, 0},
        {"a few, at leisure", 500, 8, 0, 0},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        if (rests(rows[i].turn_us, rows[i].datagrams, rows[i].others) != rows[i].rests)
            fail_msg("%s: %u", rows[i].name,
                     rests(rows[i].turn_us, rows[i].datagrams, rows[i].others));
}

/* What was high a window ago is looked at anew. */
static void it_stops_to_rest_when_nothing_comes_any_more(void **state)
{
    (void)state;
    struct sw_rest r = {0};
    uint64_t now_us = 0, received = 0;
    bool is_due = false;
    for (; now_us < 2 * SW_REST_WINDOW_US; now_us += 20, received++)
        is_due = sw_rest_is_due(&r, received, received, now_us);
    assert_true(is_due);
    assert_true(sw_rest_is_due(&r, received, received, now_us + 100));
    assert_false(sw_rest_is_due(&r, received, received, now_us + 2 * SW_REST_WINDOW_US));
    assert_false(sw_rest_is_due(&r, received, received, now_us + 10 * SW_REST_WINDOW_US));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_rests_at_a_high_rate_and_after_small_turns_only),
        cmocka_unit_test(it_stops_to_rest_when_nothing_comes_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

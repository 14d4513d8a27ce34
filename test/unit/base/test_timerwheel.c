/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/rng.h"
#include "base/timerwheel.h"
#include "support/check.h"
#include "support/test_alloc.h"

#include <stdlib.h>

enum { TICK_US = 1024 };

/* All cases are played with each. */
static enum { WITHOUT_LANES, WITH_LANES, WITHOUT_MEMORY, SHORT_OF_MEMORY } kind;
static struct test_alloc heap;

static void begin(struct sw_timerwheel *w, uint64_t now_us)
{
    sw_timerwheel_init(w, now_us);
    test_alloc_init(&heap, kind == WITHOUT_MEMORY ? 0 : SIZE_MAX);
    heap.keep_failing = true;
    if (kind != WITHOUT_LANES)
        sw_timerwheel_add_lanes(w, &heap.alloc);
}

static void end(struct sw_timerwheel *w)
{
    sw_timerwheel_fini(w);
    assert_int_equal(heap.live_count, 0);
}

/* Take all that is due; how many. */
static size_t drain(struct sw_timerwheel *w, uint64_t now_us)
{
    size_t count = 0;
    while (sw_timerwheel_take(w, now_us) != NULL)
        count++;
    return count;
}

/* Do what a loop does: sleep until the next wake, take, until the timer fires; when it did. */
static uint64_t fires_at(struct sw_timerwheel *w, const struct sw_timer *t, size_t *wake_count)
{
    for (*wake_count = 0; *wake_count < 1000; ++*wake_count) {
        uint64_t now_us = sw_timerwheel_next_us(w);
        assert_true(now_us != SW_NEVER);
        struct sw_timer *got = sw_timerwheel_take(w, now_us);
        if (got == NULL)
            continue;
        assert_ptr_equal(got, t);
        return now_us;
    }
    fail_msg("never fires");
    return 0;
}

static void an_empty_wheel_sleeps_for_ever(void **state)
{
    (void)state;
    struct sw_timerwheel w;
    begin(&w, 12345678);
    assert_true(sw_timerwheel_next_us(&w) == SW_NEVER);
    assert_null(sw_timerwheel_take(&w, 12345678));
    assert_null(sw_timerwheel_take(&w, SW_NEVER - 1));
    assert_true(sw_timerwheel_next_us(&w) == SW_NEVER);
    end(&w);
}

static void never_early_and_at_most_a_tick_late(void **state)
{
    (void)state;
    static const uint64_t delays_us[] = {
        1,
        1023,
        1024,
        1025,
        65535,
        65536,
        65537,
        SW_MS(500),
        SW_SECONDS(4),
        SW_SECONDS(32),
        SW_SECONDS(180),
        SW_SECONDS(3600),
        SW_SECONDS(86400),
        SW_SECONDS(12 * 86400),
        SW_SECONDS(13 * 86400),
        SW_SECONDS(40 * 86400),
        SW_SECONDS(400 * 86400),
    };
    static const uint64_t starts_us[] = {
        0,
        1,
        1023,
        1024,
        64 * 1024 - 1,
        1000000007,
        ((uint64_t)1 << 40) - 1,
        (uint64_t)1 << 40,
        ((uint64_t)1 << 40) - 1024 * 64,
        ((uint64_t)63 << 34) + 5,
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(starts_us); i++)
        for (size_t j = 0; j < SW_ARRAY_LEN(delays_us); j++) {
            struct sw_timerwheel w;
            struct sw_timer t;
            size_t wake_count;
            begin(&w, starts_us[i]);
            sw_timer_init(&t);
            uint64_t due_us = starts_us[i] + delays_us[j];
            sw_timer_arm(&w, &t, due_us);
            assert_true(sw_timer_is_armed(&t));
            uint64_t at_us = fires_at(&w, &t, &wake_count);
            assert_true(at_us >= due_us);
            assert_true(at_us < due_us + TICK_US);
            assert_false(sw_timer_is_armed(&t));
            assert_int_equal(w.count, 0);
            /* A wake a level, and one for each 12 days beyond the range. */
            assert_true(wake_count <= SW_WHEEL_LEVELS + delays_us[j] / SW_SECONDS(12 * 86400));
            end(&w);
        }
}

static void the_past_fires_at_the_next_take(void **state)
{
    (void)state;
    struct sw_timerwheel w;
    struct sw_timer t[3];
    begin(&w, 5000);
    for (size_t i = 0; i < 3; i++)
        sw_timer_init(&t[i]);
    sw_timer_arm(&w, &t[0], 0);
    sw_timer_arm(&w, &t[1], 5000); /* now, in the middle of a tick */
    sw_timer_arm(&w, &t[2], 5001);
    assert_int_equal(sw_timerwheel_next_us(&w), 5000);
    assert_ptr_equal(sw_timerwheel_take(&w, 5000), &t[0]);
    assert_ptr_equal(sw_timerwheel_take(&w, 5000), &t[1]);
    assert_null(sw_timerwheel_take(&w, 5000));
    assert_int_equal(sw_timerwheel_next_us(&w), 5120);
    assert_null(sw_timerwheel_take(&w, 5119));
    assert_ptr_equal(sw_timerwheel_take(&w, 5120), &t[2]);
    end(&w);
}

static void disarming_and_arming_anew(void **state)
{
    (void)state;
    struct sw_timerwheel w;
    struct sw_timer t;
    begin(&w, 0);
    sw_timer_init(&t);
    sw_timer_disarm(&w, &t);
    sw_timer_arm(&w, &t, SW_SECONDS(1));
    sw_timer_arm(&w, &t, SW_SECONDS(5));
    assert_int_equal(w.count, 1);
    assert_int_equal(drain(&w, SW_SECONDS(4)), 0);
    sw_timer_arm(&w, &t, SW_SECONDS(4)); /* is due; not yet taken */
    sw_timer_disarm(&w, &t);
    assert_int_equal(drain(&w, SW_SECONDS(100)), 0);
    assert_true(sw_timerwheel_next_us(&w) == SW_NEVER);
    sw_timer_arm(&w, &t, SW_SECONDS(101));
    sw_timer_arm(&w, &t, SW_NEVER);
    assert_false(sw_timer_is_armed(&t));
    assert_int_equal(w.count, 0);
    assert_true(sw_timerwheel_next_us(&w) == SW_NEVER);
    sw_timer_arm(&w, &t, SW_NEVER - 1);
    assert_int_equal(w.count, 1);
    sw_timer_disarm(&w, &t);
    assert_int_equal(w.count, 0);
    end(&w);
}

static void a_clock_that_goes_back_stands_still(void **state)
{
    (void)state;
    struct sw_timerwheel w;
    struct sw_timer t;
    begin(&w, SW_SECONDS(10));
    sw_timer_init(&t);
    assert_null(sw_timerwheel_take(&w, SW_SECONDS(1)));
    sw_timer_arm(&w, &t, SW_SECONDS(9));
    assert_ptr_equal(sw_timerwheel_take(&w, SW_SECONDS(1)), &t);
    end(&w);
}

static void after_a_long_sleep_earlier_ticks_come_first(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    struct sw_timerwheel w;
    static struct sw_timer t[COUNT];
    static uint64_t due_tick[COUNT];
    struct sw_rng rng;
    sw_rng_init_u64(&rng, 8);
    begin(&w, 777);
    for (size_t i = 0; i < COUNT; i++) {
        sw_timer_init(&t[i]);
        uint64_t due_us = 1000 + (sw_rng_u64(&rng) >> (24 + sw_rng_below(&rng, 30)));
        due_tick[i] = (due_us + TICK_US - 1) / TICK_US;
        sw_timer_arm(&w, &t[i], due_us);
    }
    uint64_t last = 0;
    for (size_t i = 0; i < COUNT; i++) {
        struct sw_timer *got = sw_timerwheel_take(&w, SW_NEVER - 1);
        assert_non_null(got);
        assert_true(due_tick[got - t] >= last);
        last = due_tick[got - t];
    }
    assert_null(sw_timerwheel_take(&w, SW_NEVER - 1));
    end(&w);
}

/* A timer that goes before a later one of its length, or after it, or leaves; all in one lane. */
static void one_length_in_any_order(void **state)
{
    (void)state;
    static const struct {
        uint64_t due_us[4];
        size_t order[4];
    } rows[] = {
        {{SW_SECONDS(32), SW_SECONDS(32), SW_SECONDS(32), SW_SECONDS(32)}, {0, 1, 2, 3}},
        {{SW_SECONDS(20), SW_SECONDS(21), SW_SECONDS(22), SW_SECONDS(23)}, {0, 1, 2, 3}},
        {{SW_SECONDS(23), SW_SECONDS(22), SW_SECONDS(21), SW_SECONDS(20)}, {3, 2, 1, 0}},
        {{SW_SECONDS(20), SW_SECONDS(22), SW_SECONDS(21), SW_SECONDS(23)}, {0, 2, 1, 3}},
        {{SW_SECONDS(30), SW_SECONDS(1), SW_SECONDS(30), SW_MS(1)}, {3, 1, 0, 2}},
        {{20000 * 1024 + 9, 20000 * 1024 + 5, 20000 * 1024 + 7, 20000 * 1024 + 1}, {0, 1, 2, 3}},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        for (size_t gone = 0; gone <= 4; gone++) { /* which one is disarmed; 4: none */
            struct sw_timerwheel w;
            struct sw_timer t[4];
            begin(&w, 0);
            for (size_t j = 0; j < 4; j++) {
                sw_timer_init(&t[j]);
                sw_timer_arm(&w, &t[j], rows[i].due_us[j]);
            }
            if (gone < 4)
                sw_timer_disarm(&w, &t[gone]);
            for (size_t j = 0; j < 4; j++) {
                size_t wake_count;
                const struct sw_timer *expected = &t[rows[i].order[j]];
                if (!sw_timer_is_armed(expected))
                    continue;
                uint64_t due_us = expected->due_us, at_us = fires_at(&w, expected, &wake_count);
                assert_in_range(at_us, due_us, due_us + TICK_US - 1);
            }
            assert_true(sw_timerwheel_next_us(&w) == SW_NEVER);
            end(&w);
        }
}

/* Ten thousand timers of 32 s, armed over a second: none is due early, and what is to be done at a
 * wake-up is no more than what is due then. */
static void many_of_one_length_wait_untouched(void **state)
{
    (void)state;
    enum { COUNT = 10000, STEP_US = 100 };
    static struct sw_timer t[COUNT];
    struct sw_timerwheel w;
    size_t done = 0;
    begin(&w, 0);
    for (size_t i = 0; i < COUNT; i++) {
        assert_null(sw_timerwheel_take(&w, i * STEP_US));
        sw_timer_init(&t[i]);
        sw_timer_arm(&w, &t[i], i * STEP_US + SW_SECONDS(32));
    }
    for (uint64_t next_us; (next_us = sw_timerwheel_next_us(&w)) != SW_NEVER;) {
        size_t due_count = drain(&w, next_us);
        /* No wake-up to place them anew. */
        assert_in_range(due_count, kind == WITH_LANES ? 1 : 0,
                        kind == WITH_LANES ? TICK_US / STEP_US + 1 : COUNT);
        done += due_count;
    }
    assert_int_equal(done, COUNT);
    end(&w);
}

/* --- Random operations against a plain array that is searched each time. --- */

enum { MODEL_COUNT = 60, MODEL_STEPS = 30000 };

struct model {
    struct sw_timerwheel wheel;
    struct sw_timer timers[MODEL_COUNT];
    uint64_t due_us[MODEL_COUNT];   /* SW_NEVER: not armed */
    uint64_t fires_us[MODEL_COUNT]; /* the first take at or after this gives it */
    uint64_t now_us;
    struct sw_rng rng;
};

static uint64_t random_delay_us(struct model *m)
{
    static const uint64_t usual_us[] = {SW_MS(500), SW_SECONDS(5), SW_SECONDS(32), SW_SECONDS(180)};
    if (sw_rng_below(&m->rng, 2) == 0) /* many of one length, which come in order */
        return usual_us[sw_rng_below(&m->rng, SW_ARRAY_LEN(usual_us))];
    /* From below a tick to beyond the range of the wheel, each size as often. */
    return sw_rng_u64(&m->rng) >> (22 + sw_rng_below(&m->rng, 42));
}

/* At once when it was armed for the past, else when its tick is over. */
static uint64_t model_fires_us(const struct model *m, uint64_t due_us)
{
    if (due_us <= m->now_us)
        return m->now_us;
    return (due_us + TICK_US - 1) / TICK_US * TICK_US;
}

static void arm_one(struct model *m)
{
    size_t i = (size_t)sw_rng_below(&m->rng, MODEL_COUNT);
    uint64_t due_us = m->now_us + random_delay_us(m);
    if (sw_rng_below(&m->rng, 10) == 0)
        due_us = m->now_us - sw_rng_below(&m->rng, m->now_us + 1);
    sw_timer_arm(&m->wheel, &m->timers[i], due_us);
    m->due_us[i] = due_us;
    m->fires_us[i] = model_fires_us(m, due_us);
}

static void disarm_one(struct model *m)
{
    size_t i = (size_t)sw_rng_below(&m->rng, MODEL_COUNT);
    sw_timer_disarm(&m->wheel, &m->timers[i]);
    m->due_us[i] = SW_NEVER;
}

static void take_all(struct model *m, uint64_t now_us)
{
    bool want[MODEL_COUNT];
    m->now_us = now_us;
    for (size_t i = 0; i < MODEL_COUNT; i++)
        want[i] = m->due_us[i] != SW_NEVER && m->fires_us[i] <= now_us;
    struct sw_timer *got;
    while ((got = sw_timerwheel_take(&m->wheel, now_us)) != NULL) {
        size_t i = (size_t)(got - m->timers);
        assert_true(want[i]);
        want[i] = false;
        m->due_us[i] = SW_NEVER;
    }
    for (size_t i = 0; i < MODEL_COUNT; i++)
        assert_false(want[i]);
}

static void check_next(const struct model *m)
{
    uint64_t earliest_us = SW_NEVER;
    size_t armed_count = 0;
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        earliest_us = sw_min_us(earliest_us, m->due_us[i]);
        armed_count += m->due_us[i] != SW_NEVER;
        assert_int_equal(sw_timer_is_armed(&m->timers[i]), m->due_us[i] != SW_NEVER);
    }
    assert_int_equal(m->wheel.count, armed_count);
    uint64_t next_us = sw_timerwheel_next_us(&m->wheel);
    assert_int_equal(next_us == SW_NEVER, armed_count == 0);
    if (armed_count > 0)
        assert_true(next_us < (earliest_us < m->now_us ? m->now_us : earliest_us) + TICK_US);
}

static void it_agrees_with_a_plain_array(void **state)
{
    (void)state;
    static struct model m;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        m = (struct model){0};
        sw_rng_init_u64(&m.rng, seed);
        m.now_us = seed == 1 ? 0 : sw_rng_u64(&m.rng) >> (10 + 4 * seed);
        begin(&m.wheel, m.now_us);
        for (size_t i = 0; i < MODEL_COUNT; i++) {
            sw_timer_init(&m.timers[i]);
            m.due_us[i] = SW_NEVER;
        }
        for (int step = 0; step < MODEL_STEPS; step++) {
            if (kind == SHORT_OF_MEMORY)
                heap.fail_at = sw_rng_below(&m.rng, 2) == 0 ? 0 : SIZE_MAX;
            uint64_t next_us = sw_timerwheel_next_us(&m.wheel);
            switch (sw_rng_below(&m.rng, 6)) {
            case 0:
            case 1:
                arm_one(&m);
                break;
            case 2:
                disarm_one(&m);
                break;
            case 3: /* a jump of any size, at most to the year 2100 */
                if (m.now_us < (uint64_t)1 << 52)
                    take_all(&m, m.now_us + random_delay_us(&m) / 16);
                break;
            case 4: /* exactly when asked to */
                if (next_us != SW_NEVER && next_us > m.now_us)
                    take_all(&m, next_us);
                break;
            default: /* just before */
                if (next_us != SW_NEVER && next_us > m.now_us)
                    take_all(&m, next_us - 1);
                break;
            }
            check_next(&m);
        }
        end(&m.wheel);
    }
}

/* Those of a lane, so that they can be brought closer; also where somebody has left. */
static void those_that_come_later_can_be_looked_at(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    struct sw_timerwheel w;
    static struct sw_timer t[COUNT];
    if (kind != WITH_LANES)
        return;
    begin(&w, 0);
    assert_null(sw_timerwheel_ahead(&w, 0));
    for (size_t i = 0; i < COUNT; i++) {
        sw_timer_init(&t[i]);
        sw_timer_arm(&w, &t[i], SW_SECONDS(32) + i / 50 * TICK_US);
    }
    sw_timer_disarm(&w, &t[5]);
    for (size_t i = 0; i < COUNT; i++) {
        if (i != 5)
            assert_ptr_equal(sw_timerwheel_take(&w, SW_SECONDS(40)), &t[i]);
        for (unsigned n = 0; n < 7; n++) {
            bool is_there = i + 1 + n < COUNT && i + 1 + n != 5;
            if (i != 4 && i != 5) /* the next place is then not the next timer's */
                assert_ptr_equal(sw_timerwheel_ahead(&w, n), is_there ? &t[i + 1 + n] : NULL);
        }
    }
    assert_null(sw_timerwheel_take(&w, SW_SECONDS(40)));
    assert_null(sw_timerwheel_ahead(&w, 0));
    end(&w);
}

/* Armed anew a hundred thousand times, with some that stay: there are pieces for those that are
 * armed, not for those that were. */
static void who_leaves_gives_back_his_place(void **state)
{
    (void)state;
    enum { ROUNDS = 100000, STAY = 10 };
    struct sw_timerwheel w;
    static struct sw_timer stays[STAY], t[STAY];
    begin(&w, 0);
    for (size_t i = 0; i < STAY; i++) {
        sw_timer_init(&stays[i]);
        sw_timer_init(&t[i]);
    }
    for (uint64_t round = 0; round < ROUNDS; round++) {
        size_t i = round % STAY;
        assert_null(sw_timerwheel_take(&w, round));
        sw_timer_arm(&w, &t[i], SW_SECONDS(180) + round); /* whatever it was armed for */
        if (round % (ROUNDS / STAY) == 0)
            sw_timer_arm(&w, &stays[round / (ROUNDS / STAY)], SW_SECONDS(181) + round);
    }
    assert_int_equal(w.count, 2 * STAY);
    assert_in_range(heap.live_count, kind == WITH_LANES, 2 * STAY + 16);
    assert_int_equal(drain(&w, SW_SECONDS(200)), 2 * STAY);
    end(&w);
}

/* What ten thousand of them took is given back when they are over. */
static void what_many_took_is_given_back(void **state)
{
    (void)state;
    enum { COUNT = 10000 };
    struct sw_timerwheel w;
    static struct sw_timer t[COUNT];
    begin(&w, 0);
    for (uint64_t i = 0; i < COUNT; i++) {
        sw_timer_init(&t[i]);
        sw_timer_arm(&w, &t[i], SW_SECONDS(32) + i);
    }
    if (kind == WITH_LANES)
        assert_in_range(heap.live_count, COUNT / 62, COUNT / 62 + 1);
    assert_int_equal(drain(&w, SW_SECONDS(40)), COUNT);
    assert_in_range(heap.live_count, 0, 16);
    end(&w);
}

/* A far one that has left does not keep those that are due before it out of the lane. */
static void who_was_last_and_left_is_no_hindrance(void **state)
{
    (void)state;
    struct sw_timerwheel w;
    struct sw_timer t[4];
    if (kind != WITH_LANES)
        return;
    begin(&w, 0);
    for (size_t i = 0; i < 4; i++)
        sw_timer_init(&t[i]);
    sw_timer_arm(&w, &t[0], SW_SECONDS(20));
    sw_timer_arm(&w, &t[1], SW_SECONDS(21));
    sw_timer_arm(&w, &t[2], SW_SECONDS(30));
    sw_timer_disarm(&w, &t[2]);
    sw_timer_arm(&w, &t[3], SW_SECONDS(25));
    assert_ptr_equal(sw_timerwheel_take(&w, SW_SECONDS(31)), &t[0]);
    assert_ptr_equal(sw_timerwheel_ahead(&w, 1), &t[3]);
    assert_ptr_equal(sw_timerwheel_take(&w, SW_SECONDS(31)), &t[1]);
    assert_ptr_equal(sw_timerwheel_take(&w, SW_SECONDS(31)), &t[3]);
    end(&w);
}

/* What is ahead is so in the lane that was taken from last. */
static void each_lane_has_its_own_that_come_later(void **state)
{
    (void)state;
    struct sw_timerwheel w;
    struct sw_timer t[6];
    if (kind != WITH_LANES)
        return;
    begin(&w, 0);
    for (size_t i = 0; i < 6; i++) {
        sw_timer_init(&t[i]);
        sw_timer_arm(&w, &t[i], SW_SECONDS(i % 2 == 0 ? 5 : 32) + i * TICK_US);
    }
    assert_ptr_equal(sw_timerwheel_take(&w, SW_SECONDS(6)), &t[0]);
    assert_ptr_equal(sw_timerwheel_ahead(&w, 0), &t[2]);
    assert_int_equal(drain(&w, SW_SECONDS(6)), 2);
    assert_ptr_equal(sw_timerwheel_take(&w, SW_SECONDS(40)), &t[1]);
    assert_ptr_equal(sw_timerwheel_ahead(&w, 0), &t[3]);
    assert_int_equal(drain(&w, SW_SECONDS(40)), 2);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_wheel_sleeps_for_ever),
        cmocka_unit_test(never_early_and_at_most_a_tick_late),
        cmocka_unit_test(the_past_fires_at_the_next_take),
        cmocka_unit_test(disarming_and_arming_anew),
        cmocka_unit_test(a_clock_that_goes_back_stands_still),
        cmocka_unit_test(after_a_long_sleep_earlier_ticks_come_first),
        cmocka_unit_test(one_length_in_any_order),
        cmocka_unit_test(many_of_one_length_wait_untouched),
        cmocka_unit_test(it_agrees_with_a_plain_array),
        cmocka_unit_test(those_that_come_later_can_be_looked_at),
        cmocka_unit_test(who_leaves_gives_back_his_place),
        cmocka_unit_test(what_many_took_is_given_back),
        cmocka_unit_test(who_was_last_and_left_is_no_hindrance),
        cmocka_unit_test(each_lane_has_its_own_that_come_later),
    };
    int failed_count = 0;
    for (kind = WITHOUT_LANES; kind <= SHORT_OF_MEMORY; kind++)
        failed_count += cmocka_run_group_tests(tests, NULL, NULL);
    return failed_count;
}

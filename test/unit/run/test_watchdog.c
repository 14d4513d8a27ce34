/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/watchdog.h"

#include "support/check.h"

#include <event2/event.h>

struct world {
    struct event_base *base;
    struct sw_watchdog *dog;
    uint64_t answers[2];
    bool is_stuck[2];
    unsigned asked, told;
};

static void ask(void *arg)
{
    struct world *w = arg;

    w->asked++;
    for (size_t i = 0; i < 2; i++)
        if (w->answers[i] != UINT64_MAX && !w->is_stuck[i])
            w->answers[i]++;
}

static uint64_t answers(void *arg, uint16_t worker)
{
    const struct world *w = arg;

    return w->answers[worker];
}

static void tell(void *arg)
{
    struct world *w = arg;

    w->told++;
}

static void begin(struct world *w)
{
    const struct sw_watchdog_conf conf = {.patience_us = 8000,
                                          .worker_count = 2,
                                          .ask = ask,
                                          .answers = answers,
                                          .tell = tell,
                                          .arg = w};

    w->base = event_base_new();
    assert_int_equal(sw_watchdog_new(&w->dog, w->base, &conf), 0);
    assert_int_equal(w->asked, 1);
}

static void ticks(struct world *w, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        event_base_loop(w->base, EVLOOP_ONCE);
}

static void end(struct world *w)
{
    sw_watchdog_free(w->dog);
    event_base_free(w->base);
}

static void it_is_told_while_all_workers_answer(void **state)
{
    struct world w = {0};

    (void)state;
    begin(&w);
    ticks(&w, 5);
    assert_int_equal(w.told, 5);
    w.answers[1] = UINT64_MAX; /* has ended in order */
    ticks(&w, 2);
    assert_int_equal(w.told, 7);
    end(&w);
}

static void one_stuck_worker_makes_it_silent_until_it_answers(void **state)
{
    struct world w = {.is_stuck = {false, true}};

    (void)state;
    begin(&w);
    ticks(&w, 4);
    assert_int_equal(w.told, 0);
    assert_int_equal(w.asked, 1);
    w.is_stuck[1] = false;
    w.answers[1]++; /* what it was asked first */
    ticks(&w, 2);
    assert_int_equal(w.told, 2);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_while_all_workers_answer),
        cmocka_unit_test(one_stuck_worker_makes_it_silent_until_it_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

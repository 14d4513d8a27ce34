/* SPDX-License-Identifier: BSD-2-Clause */
/* Rounds with workers of the test's own: some answer, some late, some never. */
#include "run/round.h"

#include "support/check.h"

#include <event2/event.h>

enum { WORKERS = 3 };

struct world {
    struct event_base *base;
    struct sw_rounds *rounds;
    struct sw_query *held[16];
    size_t held_count;
    bool is_silent[WORKERS]; /* holds what it is asked */
    unsigned ends;
    uint64_t tag;
    uint16_t answered;
    bool has_answer[WORKERS];
};

static void post(void *arg, uint16_t worker, struct sw_query *q)
{
    struct world *w = arg;

    assert_int_equal(q->worker, worker);
    q->figures.places = worker + 1u;
    if (w->is_silent[worker])
        w->held[w->held_count++] = q;
    else
        sw_query_return(q);
}

static void on_end(void *arg, uint64_t tag, const struct sw_round *round)
{
    struct world *w = arg;

    w->ends++;
    w->tag = tag;
    w->answered = round->answer_count;
    assert_int_equal(round->worker_count, WORKERS);
    for (int i = 0; i < WORKERS; i++) {
        w->has_answer[i] = round->answers[i] != NULL;
        if (w->has_answer[i])
            assert_int_equal(round->answers[i]->figures.places, i + 1);
    }
}

static void begin(struct world *w, uint64_t limit_us)
{
    *w = (struct world){.base = event_base_new()};
    const struct sw_rounds_conf conf = {
        .worker_count = WORKERS, .limit_us = limit_us, .post = post, .arg = w};
    assert_int_equal(sw_rounds_new(&w->rounds, w->base, &conf), 0);
}

static void end(struct world *w)
{
    for (size_t i = 0; i < w->held_count; i++)
        sw_query_free(w->held[i]);
    sw_rounds_free(w->rounds);
    event_base_free(w->base);
}

static void ask(struct world *w, uint64_t tag)
{
    const struct sw_round_then then = {.fn = on_end, .arg = w, .tag = tag};

    assert_int_equal(sw_rounds_ask(w->rounds, SW_QUERY_FIGURES, SW_LIT("x"), &then), 0);
    assert_int_equal(w->ends, 0); /* never before it returns */
}

static void all_answer(void **state)
{
    struct world w;

    (void)state;
    begin(&w, 60000000);
    ask(&w, 5);
    while (w.ends == 0)
        event_base_loop(w.base, EVLOOP_ONCE);
    assert_int_equal(w.tag, 5);
    assert_int_equal(w.answered, WORKERS);
    end(&w);
}

static void one_that_is_stuck_holds_up_nobody(void **state)
{
    struct world w;

    (void)state;
    begin(&w, 30000);
    w.is_silent[1] = true;
    ask(&w, 6);
    while (w.ends == 0)
        event_base_loop(w.base, EVLOOP_ONCE);
    assert_int_equal(w.answered, WORKERS - 1);
    assert_true(w.has_answer[0] && !w.has_answer[1] && w.has_answer[2]);
    /* Its answer comes after all, and is of no use any more. */
    sw_query_return(w.held[0]);
    w.held_count = 0;
    event_base_loop(w.base, EVLOOP_NONBLOCK);
    assert_int_equal(w.ends, 1);
    end(&w);
}

static void what_is_under_way_ends_with_the_rounds(void **state)
{
    struct world w;

    (void)state;
    begin(&w, 60000000);
    w.is_silent[0] = w.is_silent[2] = true;
    ask(&w, 7);
    ask(&w, 8);
    end(&w); /* a leak would be seen */
    assert_int_equal(w.ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_answer),
        cmocka_unit_test(one_that_is_stuck_holds_up_nobody),
        cmocka_unit_test(what_is_under_way_ends_with_the_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

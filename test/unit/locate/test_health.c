/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/time.h"
#include "locate/health.h"
#include "support/check.h"
#include "support/test_alloc.h"

static const uint64_t lapse_us = SW_SECONDS(32);

struct bench {
    struct sw_health *health;
    struct sw_rng rng;
};

static struct sw_health_key key_of(enum sw_transport transport, uint8_t last, uint16_t port)
{
    return (struct sw_health_key){transport, {{4, {192, 0, 2, last}}, port}};
}

static int set_up(void **state)
{
    static struct bench b;
    sw_rng_init_u64(&b.rng, 1);
    *state = &b;
    return sw_health_new(&b.health, NULL, 0, 7);
}

static int tear_down(void **state)
{
    sw_health_free(((struct bench *)*state)->health);
    return 0;
}

static void time_out(struct bench *b, const struct sw_health_key *key, uint64_t now_us)
{
    sw_health_failed(b->health, key, SW_HEALTH_TIMEOUT, 0, now_us, &b->rng);
}

/* Length of the penalty of a server that fails again whenever it is due. */
static uint64_t penalty_after(struct bench *b, const struct sw_health_key *key, uint64_t *now_us)
{
    uint64_t until_us = 0;
    time_out(b, key, *now_us);
    assert_int_equal(sw_health_look(b->health, key, *now_us, &until_us), SW_HEALTH_PENALISED);
    uint64_t length_us = until_us - *now_us;
    *now_us = until_us;
    assert_int_equal(sw_health_look(b->health, key, *now_us, &until_us), SW_HEALTH_DUE);
    return length_us;
}

static void R1_kept_per_transport_address_and_port(void **state)
{
    struct bench *b = *state;
    struct sw_health_key bad = key_of(SW_UDP, 1, 5060);
    struct sw_health_key others[] = {key_of(SW_TCP, 1, 5060), key_of(SW_UDP, 2, 5060),
                                     key_of(SW_UDP, 1, 5061)};
    uint64_t until_us;
    time_out(b, &bad, SW_SECONDS(1));
    assert_int_equal(sw_health_look(b->health, &bad, SW_SECONDS(1), &until_us),
                     SW_HEALTH_PENALISED);
    for (size_t i = 0; i < SW_ARRAY_LEN(others); i++)
        assert_int_equal(sw_health_look(b->health, &others[i], SW_SECONDS(1), &until_us),
                         SW_HEALTH_GOOD);
}

static void R2_thirty_seconds_doubling_to_ten_minutes_within_a_tenth(void **state)
{
    struct bench *b = *state;
    static const uint64_t want_s[] = {30, 60, 120, 240, 480, 600, 600, 600};
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t now_us = SW_SECONDS(1);
    for (size_t i = 0; i < SW_ARRAY_LEN(want_s); i++) {
        uint64_t length_us = penalty_after(b, &key, &now_us);
        assert_in_range(length_us, SW_SECONDS(want_s[i]) * 9 / 10, SW_SECONDS(want_s[i]) * 11 / 10);
    }
}

static void R2_jitter_spreads_over_both_sides(void **state)
{
    struct bench *b = *state;
    unsigned shorter = 0;
    uint64_t least_us = SW_NEVER, most_us = 0;
    for (unsigned i = 0; i < 1000; i++) {
        struct sw_health_key key = key_of(SW_UDP, (uint8_t)i, (uint16_t)(1000 + i));
        uint64_t now_us = 0;
        uint64_t length_us = penalty_after(b, &key, &now_us);
        shorter += length_us < SW_SECONDS(30);
        least_us = length_us < least_us ? length_us : least_us;
        most_us = length_us > most_us ? length_us : most_us;
    }
    assert_in_range(shorter, 430, 570);
    assert_in_range(least_us, SW_MS(27000), SW_MS(27100));
    assert_in_range(most_us, SW_MS(32900), SW_MS(33000));
}

static void R2_one_outage_seen_by_many_calls_counts_once(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t first_us = 0, later_us = 0;
    time_out(b, &key, SW_SECONDS(1));
    sw_health_look(b->health, &key, SW_SECONDS(1), &first_us);
    for (unsigned i = 0; i < 100; i++)
        time_out(b, &key, SW_SECONDS(2));
    sw_health_look(b->health, &key, SW_SECONDS(2), &later_us);
    assert_int_equal(first_us, later_us);
}

static void R2_retry_after(void **state)
{
    struct bench *b = *state;
    static const struct {
        uint32_t retry_after_s;
        uint64_t want_s;
    } rows[] = {{30, 30}, {1, 1}, {3600, 3600}, {3601, 3600}, {UINT32_MAX, 3600}};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_health_key key = key_of(SW_UDP, 1, (uint16_t)(5060 + i));
        uint64_t until_us = 0;
        sw_health_failed(b->health, &key, SW_HEALTH_RETRY_AFTER, rows[i].retry_after_s,
                         SW_SECONDS(5), &b->rng);
        assert_int_equal(sw_health_look(b->health, &key, SW_SECONDS(5), &until_us),
                         SW_HEALTH_PENALISED);
        assert_int_equal(until_us, SW_SECONDS(5 + rows[i].want_s));
        assert_int_equal(sw_health_look(b->health, &key, until_us, &until_us), SW_HEALTH_DUE);
    }
    struct sw_health_key none = key_of(SW_UDP, 2, 5060);
    uint64_t until_us;
    sw_health_failed(b->health, &none, SW_HEALTH_RETRY_AFTER, 0, SW_SECONDS(5), &b->rng);
    assert_int_equal(sw_health_look(b->health, &none, SW_SECONDS(5), &until_us), SW_HEALTH_GOOD);
}

/* An answer to an earlier request takes back what silence made, not what the server asked for. */
static void R2_T84_no_answer_shortens_the_rest_asked_for(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t until_us = 0;
    sw_health_failed(b->health, &key, SW_HEALTH_RETRY_AFTER, 10, SW_SECONDS(5), &b->rng);
    time_out(b, &key, SW_SECONDS(6));
    sw_health_answered(b->health, &key, SW_CLASS_INVITE, 0, SW_SECONDS(7));
    assert_int_equal(sw_health_look(b->health, &key, SW_SECONDS(7), &until_us),
                     SW_HEALTH_PENALISED);
    assert_int_equal(until_us, SW_SECONDS(15));
    assert_true(sw_health_claim(b->health, &key, SW_SECONDS(15), lapse_us));
    sw_health_answered(b->health, &key, SW_CLASS_INVITE, 0, SW_SECONDS(15));
    assert_int_equal(sw_health_look(b->health, &key, SW_SECONDS(15), &until_us), SW_HEALTH_GOOD);
}

/* The longest rest that it asked for counts, whatever it asks for later. */
static void R2_a_shorter_rest_does_not_shorten_a_longer_one(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t until_us = 0;
    sw_health_failed(b->health, &key, SW_HEALTH_RETRY_AFTER, 60, SW_SECONDS(5), &b->rng);
    sw_health_failed(b->health, &key, SW_HEALTH_RETRY_AFTER, 10, SW_SECONDS(6), &b->rng);
    assert_int_equal(sw_health_look(b->health, &key, SW_SECONDS(7), &until_us),
                     SW_HEALTH_PENALISED);
    assert_int_equal(until_us, SW_SECONDS(65));
    sw_health_answered(b->health, &key, SW_CLASS_INVITE, 0, SW_SECONDS(8));
    assert_int_equal(sw_health_look(b->health, &key, SW_SECONDS(9), &until_us),
                     SW_HEALTH_PENALISED);
    assert_int_equal(until_us, SW_SECONDS(65));
}

static bool note_use(void *arg, const struct sw_health_place *place)
{
    *(uint64_t *)arg = place->used_us;
    return true;
}

/* Who asked for a rest and is silent is penalised for the silence, when that is longer. */
static void R2_a_silence_while_it_rests_is_a_failure(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t until_us = 0, used_us = 0;
    sw_health_failed(b->health, &key, SW_HEALTH_RETRY_AFTER, 10, SW_SECONDS(5), &b->rng);
    sw_health_visit(b->health, SW_SECONDS(6), note_use, &used_us);
    assert_int_equal(used_us, SW_SECONDS(5));
    sw_health_failed(b->health, &key, SW_HEALTH_TIMEOUT, 0, SW_SECONDS(6), &b->rng);
    assert_int_equal(sw_health_look(b->health, &key, SW_SECONDS(7), &until_us),
                     SW_HEALTH_PENALISED);
    assert_in_range(until_us, SW_SECONDS(6 + 27), SW_SECONDS(6 + 33));
}

/* The probe is over when it is answered so, and the next one waits for the rest only. */
static void R4_a_probe_that_asks_for_a_rest_is_over(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t now_us = SW_SECONDS(1), until_us = 0;
    penalty_after(b, &key, &now_us);
    assert_true(sw_health_claim(b->health, &key, now_us, lapse_us));
    sw_health_failed(b->health, &key, SW_HEALTH_RETRY_AFTER, 10, now_us, &b->rng);
    now_us += SW_SECONDS(10);
    assert_int_equal(sw_health_look(b->health, &key, now_us, &until_us), SW_HEALTH_DUE);
    assert_true(sw_health_claim(b->health, &key, now_us, lapse_us));
}

static void R4_T105_exactly_one_of_a_thousand_probes(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t now_us = SW_SECONDS(1), until_us = 0;
    penalty_after(b, &key, &now_us);
    unsigned probes = 0;
    for (unsigned i = 0; i < 1000; i++)
        probes += sw_health_claim(b->health, &key, now_us + i, lapse_us);
    assert_int_equal(probes, 1);
    assert_int_equal(sw_health_look(b->health, &key, now_us + 1, &until_us), SW_HEALTH_PENALISED);
    assert_int_equal(until_us, now_us + lapse_us);
}

/* Each worker has its table, and they tell each other: their turns to probe come one after the
 * other, so who hears of a probe in time leaves the place alone. */
static void R4_workers_take_turns_to_probe(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    struct sw_health *other;
    struct sw_health_news news;
    uint64_t until_us = 0, first_us = 0, second_us = 0;
    int rc = sw_health_new(&other, NULL, 0, 7);
    assert_int_equal(rc, 0);
    sw_health_share(b->health, 0, 2);
    sw_health_share(other, 1, 2);
    sw_health_failed(b->health, &key, SW_HEALTH_RETRY_AFTER, 10, SW_SECONDS(5), &b->rng);
    assert_true(sw_health_take_news(b->health, &news));
    assert_false(sw_health_take_news(b->health, &news));
    sw_health_hear(other, &news);
    sw_health_look(b->health, &key, SW_SECONDS(6), &first_us);
    sw_health_look(other, &key, SW_SECONDS(6), &second_us);
    struct sw_health *early = first_us < second_us ? b->health : other;
    struct sw_health *late = early == other ? b->health : other;
    assert_int_equal(first_us < second_us ? first_us : second_us, SW_SECONDS(15));
    assert_int_equal(first_us < second_us ? second_us : first_us,
                     SW_SECONDS(15) + SW_HEALTH_TURN_US);

    assert_false(sw_health_claim(late, &key, SW_SECONDS(15), lapse_us));
    assert_true(sw_health_claim(early, &key, SW_SECONDS(15), lapse_us));
    assert_true(sw_health_take_news(early, &news));
    sw_health_hear(late, &news);
    assert_false(sw_health_claim(late, &key, SW_SECONDS(16), lapse_us));
    assert_int_equal(sw_health_look(late, &key, SW_SECONDS(16), &until_us), SW_HEALTH_PENALISED);
    sw_health_answered(early, &key, SW_CLASS_INVITE, 0, SW_SECONDS(17));
    assert_true(sw_health_take_news(early, &news));
    sw_health_hear(late, &news);
    assert_int_equal(sw_health_look(late, &key, SW_SECONDS(17), &until_us), SW_HEALTH_GOOD);
    sw_health_free(other);
}

static void tell(struct sw_health *from, struct sw_health *to)
{
    struct sw_health_news news;
    assert_true(sw_health_take_news(from, &news));
    sw_health_hear(to, &news);
}

static void R2_workers_tell_each_other_of_failures_and_rests(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060), resting = key_of(SW_UDP, 2, 5060);
    struct sw_health *other;
    uint64_t until_us = 0;
    int rc = sw_health_new(&other, NULL, 0, 7);
    assert_int_equal(rc, 0);
    sw_health_share(b->health, 0, 2);
    sw_health_share(other, 1, 2);
    sw_health_failed(b->health, &key, SW_HEALTH_TIMEOUT, 0, SW_SECONDS(1), &b->rng);
    tell(b->health, other);
    assert_int_equal(sw_health_look(other, &key, SW_SECONDS(2), &until_us), SW_HEALTH_PENALISED);
    sw_health_failed(other, &key, SW_HEALTH_TIMEOUT, 0, SW_SECONDS(100), &b->rng);
    sw_health_look(other, &key, SW_SECONDS(101), &until_us); /* the second one in a row: 60 s */
    assert_in_range(until_us, SW_SECONDS(100 + 54), SW_SECONDS(100 + 66) + SW_HEALTH_TURN_US);
    sw_health_failed(b->health, &resting, SW_HEALTH_RETRY_AFTER, 60, SW_SECONDS(1), &b->rng);
    tell(b->health, other);
    sw_health_answered(other, &resting, SW_CLASS_INVITE, 0, SW_SECONDS(2));
    assert_int_equal(sw_health_look(other, &resting, SW_SECONDS(3), &until_us),
                     SW_HEALTH_PENALISED);
    sw_health_free(other);
}

/* An answer is a use, also one whose time says nothing. */
static void R6_who_answers_is_not_forgotten_first(void **state)
{
    struct bench *b = *state;
    struct sw_health_key a = key_of(SW_UDP, 1, 5060), c = key_of(SW_UDP, 2, 5060),
                         d = key_of(SW_UDP, 3, 5060);
    struct sw_health *small;
    uint64_t until_us = 0;
    int rc = sw_health_new(&small, NULL, 2, 7);
    assert_int_equal(rc, 0);
    sw_health_failed(small, &a, SW_HEALTH_RETRY_AFTER, 300, SW_SECONDS(1), &b->rng);
    sw_health_failed(small, &c, SW_HEALTH_RETRY_AFTER, 300, SW_SECONDS(2), &b->rng);
    sw_health_answered(small, &a, SW_CLASS_INVITE, 0, SW_SECONDS(3));
    sw_health_failed(small, &d, SW_HEALTH_RETRY_AFTER, 300, SW_SECONDS(4), &b->rng);
    assert_int_equal(sw_health_look(small, &a, SW_SECONDS(5), &until_us), SW_HEALTH_PENALISED);
    assert_int_equal(sw_health_look(small, &c, SW_SECONDS(5), &until_us), SW_HEALTH_GOOD);
    sw_health_free(small);
}

static void R7_each_class_of_methods_is_known_by_itself(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    sw_health_answered(b->health, &key, SW_CLASS_OTHER, SW_SECONDS(2), SW_SECONDS(5));
    assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_OTHER), SW_SECONDS(8));
    assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_INVITE), SW_SECONDS(4));
}

static void R4_no_probe_while_good_or_penalised(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    assert_false(sw_health_claim(b->health, &key, SW_SECONDS(1), lapse_us));
    time_out(b, &key, SW_SECONDS(1));
    assert_false(sw_health_claim(b->health, &key, SW_SECONDS(2), lapse_us));
}

static void R4_a_claim_nobody_reports_on_lapses(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t now_us = SW_SECONDS(1);
    penalty_after(b, &key, &now_us);
    assert_true(sw_health_claim(b->health, &key, now_us, lapse_us));
    assert_false(sw_health_claim(b->health, &key, now_us + lapse_us - 1, lapse_us));
    assert_true(sw_health_claim(b->health, &key, now_us + lapse_us, lapse_us));
}

static void R4_a_failed_probe_doubles_and_an_answered_one_clears(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t now_us = SW_SECONDS(1), until_us = 0;
    penalty_after(b, &key, &now_us);
    assert_true(sw_health_claim(b->health, &key, now_us, lapse_us));
    time_out(b, &key, now_us + SW_SECONDS(4));
    sw_health_look(b->health, &key, now_us + SW_SECONDS(4), &until_us);
    assert_in_range(until_us - now_us, SW_SECONDS(4 + 54), SW_SECONDS(4 + 66));

    assert_true(sw_health_claim(b->health, &key, until_us, lapse_us));
    sw_health_answered(b->health, &key, SW_CLASS_INVITE, 0, until_us + 1);
    assert_int_equal(sw_health_look(b->health, &key, until_us + 1, &until_us), SW_HEALTH_GOOD);
    now_us = until_us + 2;
    uint64_t length_us = penalty_after(b, &key, &now_us);
    assert_in_range(length_us, SW_SECONDS(27), SW_SECONDS(33));
}

static void R7_a_late_answer_clears_the_penalty(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    uint64_t until_us;
    time_out(b, &key, SW_SECONDS(4));
    sw_health_answered(b->health, &key, SW_CLASS_INVITE, 0, SW_SECONDS(5));
    assert_int_equal(sw_health_look(b->health, &key, SW_SECONDS(5), &until_us), SW_HEALTH_GOOD);
}

static void R7_try_time_follows_mean_and_deviation(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_INVITE), SW_SECONDS(4));
    assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_OTHER), SW_SECONDS(5));

    /* RFC 6298 2.2: mean 500 ms, deviation 250 ms */
    sw_health_answered(b->health, &key, SW_CLASS_INVITE, SW_MS(500), 1);
    assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_INVITE), SW_MS(2000));
    /* 2.3: deviation 3/4 * 250 + 1/4 * 400, mean 7/8 * 500 + 1/8 * 900 */
    sw_health_answered(b->health, &key, SW_CLASS_INVITE, SW_MS(900), 2);
    assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_INVITE), SW_MS(550) + 6 * 287500);
    /* the other class knows nothing of it */
    assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_OTHER), SW_SECONDS(5));
    /* Karn: a time that is not known teaches nothing */
    sw_health_answered(b->health, &key, SW_CLASS_INVITE, 0, 3);
    assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_INVITE), SW_MS(550) + 6 * 287500);
}

static void R7_try_time_bounds(void **state)
{
    struct bench *b = *state;
    static const struct {
        uint64_t elapsed_us, invite_us, other_us;
    } rows[] = {
        {1, SW_SECONDS(1), SW_SECONDS(5)},
        {SW_MS(100), SW_SECONDS(1), SW_SECONDS(5)},
        {SW_SECONDS(30), SW_SECONDS(4), SW_SECONDS(10)},
        {UINT64_MAX, SW_SECONDS(4), SW_SECONDS(10)},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_health_key key = key_of(SW_UDP, 1, (uint16_t)(5060 + i));
        for (unsigned n = 0; n < 3; n++) {
            sw_health_answered(b->health, &key, SW_CLASS_INVITE, rows[i].elapsed_us, n);
            sw_health_answered(b->health, &key, SW_CLASS_OTHER, rows[i].elapsed_us, n);
        }
        assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_INVITE), rows[i].invite_us);
        assert_int_equal(sw_health_try_us(b->health, &key, SW_CLASS_OTHER), rows[i].other_us);
    }
}

static void R6_bounded_and_the_least_recently_used_leaves(void **state)
{
    struct bench *b = *state;
    struct sw_health *h;
    uint64_t until_us;
    assert_int_equal(sw_health_new(&h, NULL, 3, 7), 0);
    for (uint8_t i = 0; i < 3; i++) {
        struct sw_health_key key = key_of(SW_UDP, i, 5060);
        sw_health_failed(h, &key, SW_HEALTH_TIMEOUT, 0, 1, &b->rng);
    }
    struct sw_health_key first = key_of(SW_UDP, 0, 5060), second = key_of(SW_UDP, 1, 5060);
    struct sw_health_key fourth = key_of(SW_UDP, 3, 5060);
    sw_health_failed(h, &first, SW_HEALTH_TIMEOUT, 0, 2, &b->rng); /* used: second is oldest now */
    sw_health_failed(h, &fourth, SW_HEALTH_TRANSPORT, 0, 3, &b->rng);
    assert_int_equal(sw_health_count(h), 3);
    assert_int_equal(sw_health_look(h, &second, 3, &until_us), SW_HEALTH_GOOD);
    assert_int_equal(sw_health_look(h, &first, 3, &until_us), SW_HEALTH_PENALISED);
    assert_int_equal(sw_health_look(h, &fourth, 3, &until_us), SW_HEALTH_PENALISED);
    sw_health_free(h);
}

static void an_answer_without_a_time_of_a_stranger_makes_no_entry(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    sw_health_answered(b->health, &key, SW_CLASS_INVITE, 0, 1);
    assert_int_equal(sw_health_count(b->health), 0);
}

static void without_memory_a_failure_is_forgotten(void **state)
{
    struct bench *b = *state;
    struct sw_health_key key = key_of(SW_UDP, 1, 5060);
    for (size_t n = 0;; n++) {
        struct test_alloc heap;
        struct sw_health *h = NULL;
        uint64_t until_us;
        test_alloc_init(&heap, n);
        int rc = sw_health_new(&h, &heap.alloc, 0, 7);
        if (rc == 0) {
            sw_health_failed(h, &key, SW_HEALTH_TIMEOUT, 0, 1, &b->rng);
            assert_int_equal(sw_health_look(h, &key, 1, &until_us),
                             heap.has_failed ? SW_HEALTH_GOOD : SW_HEALTH_PENALISED);
        } else {
            assert_int_equal(rc, SW_E_NOMEM);
        }
        sw_health_free(h);
        assert_int_equal(heap.live_count, 0);
        if (!heap.has_failed)
            break;
    }
}

struct visited {
    struct sw_health_place places[4];
    size_t count, stop_at;
};

static bool visit(void *arg, const struct sw_health_place *place)
{
    struct visited *v = arg;
    assert_true(v->count < SW_ARRAY_LEN(v->places));
    v->places[v->count++] = *place;
    return v->count != v->stop_at;
}

static void everything_can_be_looked_at(void **state)
{
    struct bench *b = *state;
    struct sw_health_key good = key_of(SW_UDP, 1, 5060), bad = key_of(SW_TCP, 2, 5060),
                         resting = key_of(SW_UDP, 3, 5060);
    struct visited v = {0};
    sw_health_answered(b->health, &good, SW_CLASS_INVITE, SW_MS(8), SW_SECONDS(1));
    sw_health_failed(b->health, &bad, SW_HEALTH_TRANSPORT, 0, SW_SECONDS(2), &b->rng);
    sw_health_failed(b->health, &resting, SW_HEALTH_RETRY_AFTER, 5, SW_SECONDS(3), &b->rng);
    sw_health_visit(b->health, SW_SECONDS(4), visit, &v);
    assert_int_equal(v.count, 3);
    assert_int_equal(v.places[0].state, SW_HEALTH_PENALISED); /* the last one heard of */
    assert_true(v.places[0].is_resting);
    assert_int_equal(v.places[0].cause, SW_HEALTH_RETRY_AFTER);
    assert_int_equal(v.places[0].until_us, SW_SECONDS(8));
    assert_int_equal(v.places[1].cause, SW_HEALTH_TRANSPORT);
    assert_int_equal(v.places[1].failures, 1);
    assert_int_equal(v.places[1].used_us, SW_SECONDS(2));
    assert_false(v.places[1].is_resting || v.places[1].is_probed);
    assert_int_equal(v.places[2].state, SW_HEALTH_GOOD);
    assert_true(v.places[2].times[SW_CLASS_INVITE].is_known);
    assert_int_equal(v.places[2].times[SW_CLASS_INVITE].mean_us, SW_MS(8));
    assert_int_equal(v.places[2].times[SW_CLASS_INVITE].deviation_us, SW_MS(4));
    assert_false(v.places[2].times[SW_CLASS_OTHER].is_known);
    assert_int_equal(sw_health_penalised_count(b->health, SW_SECONDS(4)), 2);

    uint64_t later_us = SW_SECONDS(60), until_us;
    assert_int_equal(sw_health_look(b->health, &bad, later_us, &until_us), SW_HEALTH_DUE);
    assert_true(sw_health_claim(b->health, &bad, later_us, lapse_us));
    v = (struct visited){.stop_at = 1};
    sw_health_visit(b->health, later_us, visit, &v);
    assert_int_equal(v.count, 1);
    assert_true(v.places[0].is_probed);
    assert_int_equal(v.places[0].state, SW_HEALTH_PENALISED);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(R1_kept_per_transport_address_and_port),
        TEST(R2_thirty_seconds_doubling_to_ten_minutes_within_a_tenth),
        TEST(R2_jitter_spreads_over_both_sides),
        TEST(R2_one_outage_seen_by_many_calls_counts_once),
        TEST(R2_retry_after),
        TEST(R2_T84_no_answer_shortens_the_rest_asked_for),
        TEST(R2_a_shorter_rest_does_not_shorten_a_longer_one),
        TEST(R2_a_silence_while_it_rests_is_a_failure),
        TEST(R4_a_probe_that_asks_for_a_rest_is_over),
        TEST(R4_T105_exactly_one_of_a_thousand_probes),
        TEST(R4_workers_take_turns_to_probe),
        TEST(R2_workers_tell_each_other_of_failures_and_rests),
        TEST(R6_who_answers_is_not_forgotten_first),
        TEST(R7_each_class_of_methods_is_known_by_itself),
        TEST(R4_no_probe_while_good_or_penalised),
        TEST(R4_a_claim_nobody_reports_on_lapses),
        TEST(R4_a_failed_probe_doubles_and_an_answered_one_clears),
        TEST(R7_a_late_answer_clears_the_penalty),
        TEST(R7_try_time_follows_mean_and_deviation),
        TEST(R7_try_time_bounds),
        TEST(R6_bounded_and_the_least_recently_used_leaves),
        TEST(an_answer_without_a_time_of_a_stranger_makes_no_entry),
        TEST(without_memory_a_failure_is_forgotten),
        TEST(everything_can_be_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

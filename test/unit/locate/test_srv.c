/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hmap.h"
#include "base/rng.h"
#include "locate/srv.h"
#include "support/check.h"

#include <stdio.h>

enum { DRAWS = 100000, SET_MAX = 5 };

struct set {
    const char *name;
    size_t count;
    uint16_t weights[SET_MAX];
    double even[SET_MAX];    /* share of first places */
    double literal[SET_MAX]; /* with the records answered in this order */
};

/* The literal shares are counted by hand: of the numbers 0 to the sum, those that reach first. */
static const struct set sets[] = {
    {"T52 1 and 3", 2, {1, 3}, {1 / 4., 3 / 4.}, {2 / 5., 3 / 5.}},
    {"T52 3 and 1", 2, {3, 1}, {3 / 4., 1 / 4.}, {4 / 5., 1 / 5.}},
    {"1 and 2", 2, {1, 2}, {1 / 3., 2 / 3.}, {2 / 4., 2 / 4.}},
    {"2 and 1", 2, {2, 1}, {2 / 3., 1 / 3.}, {3 / 4., 1 / 4.}},
    {"T53 0, 1 and 3",
     3,
     {0, 1, 3},
     {1 / 1025., 256 / 1025., 768 / 1025.},
     {1 / 5., 1 / 5., 3 / 5.}},
    {"1, 0 and 3", 3, {1, 0, 3}, {256 / 1025., 1 / 1025., 768 / 1025.}, {1 / 5., 1 / 5., 3 / 5.}},
    {"T54 all 0", 3, {0, 0, 0}, {1 / 3., 1 / 3., 1 / 3.}, {1, 0, 0}},
    {"two of 0 beside 1", 3, {0, 0, 1}, {1 / 258., 1 / 258., 256 / 258.}, {1 / 2., 0, 1 / 2.}},
    {"T55 equal", 3, {1, 1, 1}, {1 / 3., 1 / 3., 1 / 3.}, {2 / 4., 1 / 4., 1 / 4.}},
    {"T56 five of 65535",
     5,
     {65535, 65535, 65535, 65535, 65535},
     {1 / 5., 1 / 5., 1 / 5., 1 / 5., 1 / 5.},
     {65536 / 327676., 65535 / 327676., 65535 / 327676., 65535 / 327676., 65535 / 327676.}},
    {"far apart", 2, {1, 65535}, {1 / 65536., 65535 / 65536.}, {2 / 65537., 65535 / 65537.}},
};

static void make(const struct set *s, struct sw_srv_record *records)
{
    for (size_t i = 0; i < s->count; i++)
        records[i] = (struct sw_srv_record){0, s->weights[i], 5060, (uint16_t)i, NULL};
}

/* Upper end of chi-square for p = 0.001 with 1 to 5 degrees of freedom. */
static void assert_fits(const char *name, const unsigned *seen, const double *shares, size_t count)
{
    static const double limits[] = {0, 10.83, 13.82, 16.27, 18.47, 20.52};
    double chi_square = 0;
    size_t freedom = 0;
    for (size_t i = 0; i < count; i++) {
        double expected = shares[i] * DRAWS;
        if (shares[i] <= 0) {
            assert_int_equal(seen[i], 0);
            continue;
        }
        chi_square += (seen[i] - expected) * (seen[i] - expected) / expected;
        freedom++;
    }
    if (freedom > 1 && chi_square > limits[freedom - 1])
        fail_msg("%s: chi-square %.2f with %zu degrees of freedom", name, chi_square, freedom - 1);
    if (freedom == 1)
        assert_true(chi_square < 1e-9);
}

static void check_shares(enum sw_draw draw)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(sets); i++) {
        struct sw_srv_record records[SET_MAX];
        unsigned seen[SET_MAX] = {0};
        struct sw_mix seeds = {i + 1};
        make(&sets[i], records);
        for (unsigned n = 0; n < DRAWS; n++) {
            struct sw_srv_chance chance = {.draw = draw, .seed = sw_mix_u64(&seeds)};
            uint8_t order[SET_MAX];
            sw_srv_draw(records, sets[i].count, &chance, order);
            seen[order[0]]++;
        }
        assert_fits(sets[i].name, seen, draw == SW_DRAW_EVEN ? sets[i].even : sets[i].literal,
                    sets[i].count);
    }
}

static void V4_even_first_places_match_the_weights(void **state)
{
    (void)state;
    check_shares(SW_DRAW_EVEN);
}

static void V4_literal_first_places_match_the_letter_of_RFC_2782(void **state)
{
    (void)state;
    check_shares(SW_DRAW_LITERAL);
}

static void V4_T55_all_orders_of_equal_weights_come_equally_often(void **state)
{
    (void)state;
    static const double sixth[] = {1 / 6., 1 / 6., 1 / 6., 1 / 6., 1 / 6., 1 / 6.};
    struct sw_srv_record records[3];
    unsigned seen[9] = {0}, orders[6] = {0};
    struct sw_mix seeds = {99};
    make(&sets[8], records);
    for (unsigned n = 0; n < DRAWS; n++) {
        struct sw_srv_chance chance = {.draw = SW_DRAW_EVEN, .seed = sw_mix_u64(&seeds)};
        uint8_t order[3];
        sw_srv_draw(records, 3, &chance, order);
        seen[order[0] * 3 + order[1]]++;
    }
    for (unsigned i = 0, at = 0; i < 9; i++)
        if (i % 4 != 0)
            orders[at++] = seen[i];
    assert_fits("six orders", orders, sixth, 6);
}

/* Second places: the chance of what is left is its share of what is left. */
static void V4_without_replacement(void **state)
{
    (void)state;
    struct sw_srv_record records[3];
    static const struct set set = {"2, 3 and 3", 3, {2, 3, 3}, {0}, {0}};
    double want[3];
    unsigned seen[3] = {0};
    struct sw_mix seeds = {5};
    make(&set, records);
    for (unsigned second = 0; second < 3; second++) {
        want[second] = 0;
        for (unsigned first = 0; first < 3; first++)
            if (first != second)
                want[second] +=
                    set.weights[first] / 8. * (set.weights[second] / (8. - set.weights[first]));
    }
    for (unsigned n = 0; n < DRAWS; n++) {
        struct sw_srv_chance chance = {.draw = SW_DRAW_EVEN, .seed = sw_mix_u64(&seeds)};
        uint8_t order[3];
        sw_srv_draw(records, 3, &chance, order);
        seen[order[1]]++;
    }
    assert_fits(set.name, seen, want, 3);
}

static void T51_priorities_are_never_mixed(void **state)
{
    (void)state;
    struct sw_srv_record records[] = {{0, 0, 5060, 0, NULL},
                                      {10, 65535, 5060, 1, NULL},
                                      {10, 65535, 5060, 2, NULL},
                                      {11, 65535, 5060, 3, NULL}};
    for (unsigned n = 0; n < DRAWS; n++) {
        struct sw_srv_chance chance = {.draw = n % 2 == 0 ? SW_DRAW_EVEN : SW_DRAW_LITERAL,
                                       .seed = n};
        uint8_t order[4];
        sw_srv_draw(records, 4, &chance, order);
        assert_int_equal(order[0], 0);
        assert_int_equal(order[3], 3);
    }
}

static void a_draw_is_a_permutation(void **state)
{
    (void)state;
    struct sw_srv_record records[SW_SRV_MAX];
    for (unsigned i = 0; i < SW_SRV_MAX; i++)
        records[i] = (struct sw_srv_record){(uint16_t)(i / 40), (uint16_t)(i % 3 * 1000), 1,
                                            (uint16_t)(63 - i), NULL};
    for (unsigned n = 0; n < 1000; n++) {
        struct sw_srv_chance chance = {.draw = (enum sw_draw)(n % 2), .seed = n};
        uint8_t order[SW_SRV_MAX];
        bool met[SW_SRV_MAX] = {false};
        sw_srv_draw(records, SW_SRV_MAX, &chance, order);
        for (unsigned i = 0; i < SW_SRV_MAX; i++) {
            assert_false(met[order[i]]);
            met[order[i]] = true;
        }
    }
}

/* S1 through the whole: over keys, with the hash that spreads them. */
static void T113_T114_stateless_order_holds_the_weights_over_keys(void **state)
{
    (void)state;
    static const double shares[] = {1 / 4., 3 / 4.};
    static const struct sw_srv_record records[] = {{0, 3, 5060, 1, NULL}, {0, 1, 5060, 0, NULL}};
    unsigned seen[2] = {0};
    for (unsigned n = 0; n < DRAWS; n++) {
        char key[32];
        int len = snprintf(key, sizeof key, "z9hG4bK-%u", n);
        struct sw_srv_chance chance = {
            .draw = SW_DRAW_EVEN, .is_canonical = true, .seed = sw_hash(key, (size_t)len, 42)};
        uint8_t order[2], again[2];
        sw_srv_draw(records, 2, &chance, order);
        sw_srv_draw(records, 2, &chance, again);
        assert_memory_equal(order, again, 2);
        seen[order[0] == 0 ? 1 : 0]++;
    }
    assert_fits("keys", seen, shares, 2);
}

static struct sw_rr rrs[SW_ANSWER_RECORDS_MAX];
static struct sw_name_room rooms[SW_ANSWER_RECORDS_MAX];

static void put(size_t at, uint16_t priority, uint16_t weight, uint16_t port, const char *target)
{
    rrs[at] = (struct sw_rr){.type = SW_RR_SRV};
    rrs[at].srv = (struct sw_rr_srv){priority, weight, port, {0}};
    assert_int_equal(sw_name_from_escaped(sw_slice_str(target), &rooms[at], &rrs[at].srv.target),
                     0);
}

static struct sw_srv_choice choose(size_t count)
{
    struct sw_answer answer = {.outcome = SW_OUTCOME_RECORDS, .rrs = rrs, .rr_count = count};
    struct sw_srv_choice choice;
    sw_srv_choose(&answer, &choice);
    return choice;
}

static void V5_V6_what_counts_of_a_set(void **state)
{
    (void)state;
    put(0, 0, 0, 0, ".");
    struct sw_srv_choice c = choose(1);
    assert_true(c.is_declined);
    assert_int_equal(c.count, 0);
    assert_int_equal(sw_srv_judge(&rrs[0].srv, true), SW_NOTE_SRV_NOT_OFFERED);
    assert_int_equal(sw_srv_judge(&rrs[0].srv, false), SW_NOTE_SRV_ROOT);

    put(1, 1, 0, 5070, "h1.t");
    put(2, 2, 0, 0, "h2.t");
    put(3, 3, 0, 5060, "a\\.b.t");
    c = choose(4);
    assert_false(c.is_declined);
    assert_int_equal(c.count, 1);
    assert_int_equal(c.at[0], 1);
    assert_int_equal(sw_srv_judge(&rrs[2].srv, false), SW_NOTE_SRV_PORT_ZERO);
    assert_int_equal(sw_srv_judge(&rrs[3].srv, false), SW_NOTE_SRV_NAME);

    put(0, 0, 0, 0, "h2.t");
    c = choose(1);
    assert_false(c.is_declined);
    assert_int_equal(c.count, 0);
}

static void D9_a_set_is_cut_after_sorting(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ANSWER_RECORDS_MAX; i++)
        put(i, (uint16_t)(SW_ANSWER_RECORDS_MAX - i), 7, 5060, "h1.t");
    struct sw_srv_choice c = choose(SW_ANSWER_RECORDS_MAX);
    assert_true(c.is_cut);
    assert_int_equal(c.count, SW_SRV_MAX);
    for (size_t i = 0; i < SW_SRV_MAX; i++)
        assert_int_equal(rrs[c.at[i]].srv.priority, i + 1);
    assert_false(choose(SW_SRV_MAX).is_cut);
}

static void D9_what_is_cut_of_one_priority_is_the_least_wanted(void **state)
{
    (void)state;
    for (size_t i = 0; i < 100; i++)
        put(i, 0, (uint16_t)i, 5060, "h1.t");
    struct sw_srv_choice c = choose(100);
    assert_int_equal(c.count, SW_SRV_MAX);
    for (size_t i = 0; i < SW_SRV_MAX; i++)
        assert_int_equal(rrs[c.at[i]].srv.weight, 99 - i);
}

static void a_set_has_one_order_however_it_was_answered(void **state)
{
    (void)state;
    static const char *const targets[] = {"a.t", "b.t", "c.t", "a.t", "b.t", "z.a.t"};
    static const uint16_t ports[] = {1, 1, 1, 2, 2, 1};
    for (unsigned shift = 0; shift < 6; shift++) {
        for (unsigned i = 0; i < 6; i++)
            put((i + shift) % 6, 0, 5, ports[i], targets[i]);
        struct sw_srv_choice c = choose(6);
        static const unsigned want[] = {0, 5, 1, 2, 3, 4};
        for (unsigned i = 0; i < 6; i++)
            assert_int_equal(c.at[i], (want[i] + shift) % 6);
    }
}

static void V8_targets_that_are_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        bool want;
    } rows[] = {{"192.0.2.7", true},
                {"192.0.2", false},
                {"192.0.2.300", false},
                {"h1.t", false},
                {"1.192.0.2.7", false}};
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        put(0, 0, 0, 1, rows[i].target);
        assert_int_equal(sw_srv_is_numeric(rrs[0].srv.target), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(V4_even_first_places_match_the_weights),
        cmocka_unit_test(V4_literal_first_places_match_the_letter_of_RFC_2782),
        cmocka_unit_test(V4_T55_all_orders_of_equal_weights_come_equally_often),
        cmocka_unit_test(V4_without_replacement),
        cmocka_unit_test(T51_priorities_are_never_mixed),
        cmocka_unit_test(a_draw_is_a_permutation),
        cmocka_unit_test(T113_T114_stateless_order_holds_the_weights_over_keys),
        cmocka_unit_test(V5_V6_what_counts_of_a_set),
        cmocka_unit_test(D9_a_set_is_cut_after_sorting),
        cmocka_unit_test(D9_what_is_cut_of_one_priority_is_the_least_wanted),
        cmocka_unit_test(a_set_has_one_order_however_it_was_answered),
        cmocka_unit_test(V8_targets_that_are_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

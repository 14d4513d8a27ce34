/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/edit.h"
#include "support/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/rng.h"

/* "0123456789" with edits {at, cut, text}, in the order they are added; a text of NULL ends. */
struct step {
    size_t at, cut;
    const char *text;
};

static const struct {
    const char *name;
    struct step steps[5];
    const char *want; /* NULL: refused */
} rows[] = {
    {"M1 no edits", {{0, 0, NULL}}, "0123456789"},
    {"insert first", {{0, 0, "ab"}}, "ab0123456789"},
    {"insert last", {{10, 0, "ab"}}, "0123456789ab"},
    {"insert inside", {{5, 0, "ab"}}, "01234ab56789"},
    {"replace", {{3, 2, "X"}}, "012X56789"},
    {"remove", {{3, 2, ""}}, "01256789"},
    {"remove all", {{0, 10, ""}}, ""},
    {"any order of adding", {{8, 1, "C"}, {0, 0, "A"}, {4, 2, "B"}}, "A0123B67C9"},
    {"inserts at one place keep their order",
     {{4, 0, "a"}, {4, 0, "b"}, {4, 0, "c"}},
     "0123abc456789"},
    {"insert, then replace behind it", {{4, 0, "a"}, {4, 2, "b"}}, "0123ab6789"},
    {"replace, then insert at its place", {{4, 2, "b"}, {4, 0, "c"}}, "0123bc6789"},
    {"neighbours", {{2, 2, "a"}, {4, 2, "b"}, {6, 0, "c"}}, "01abc6789"},
    {"insert right behind what is cut", {{2, 3, ""}, {5, 0, "x"}}, "01x56789"},
    {"insert right before what is cut", {{2, 3, ""}, {2, 0, "x"}}, "01x56789"},
    {"overlap", {{2, 3, "a"}, {4, 2, "b"}}, NULL},
    {"overlap, added the other way round", {{4, 2, "b"}, {2, 3, "a"}}, NULL},
    {"same place twice", {{2, 1, "a"}, {2, 1, "b"}}, NULL},
    {"inside another", {{2, 6, "a"}, {4, 1, "b"}}, NULL},
    {"insert into what is cut", {{2, 6, "a"}, {4, 0, "b"}}, NULL},
};

static const char with_neighbours[] = "x0123456789";
static const char *const digits = with_neighbours + 1;

static void test_edits(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_edits e;
        char room[64];
        struct sw_buf out = sw_buf(room, sizeof room);
        sw_edits_init(&e, sw_slice(digits, 10));
        for (const struct step *s = rows[i].steps; s->text != NULL; s++) {
            if (s->cut == 0)
                sw_edits_insert(&e, digits + s->at, sw_slice_str(s->text));
            else
                sw_edits_replace(&e, sw_slice(digits + s->at, s->cut), sw_slice_str(s->text));
        }
        int rc = sw_edits_write(&e, &out);
        if (rows[i].want == NULL) {
            if (rc != SW_E_LIMIT || !e.overflow)
                fail_msg("%s: not refused", rows[i].name);
            continue;
        }
        if (rc != 0 || !is_text(sw_buf_slice(&out), rows[i].want) ||
            sw_edits_len(&e) != strlen(rows[i].want))
            fail_msg("%s: %d, %.*s", rows[i].name, rc, (int)out.len, out.p);
    }
}

static void test_outside_the_message_is_refused(void **state)
{
    (void)state;
    const struct sw_slice outside[] = {
        {digits, 11},    {digits + 10, 1}, {digits + 11, 0},
        {digits - 1, 1}, {NULL, 0},        {digits, SIZE_MAX},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(outside); i++) {
        struct sw_edits e;
        sw_edits_init(&e, sw_slice(digits, 10));
        sw_edits_replace(&e, outside[i], SW_LIT("x"));
        assert_true(e.overflow);
        sw_edits_insert(&e, digits, SW_LIT("x")); /* sticky */
        assert_int_equal(e.count, 0);
    }
}

static void test_too_many_are_refused(void **state)
{
    (void)state;
    struct sw_edits e;
    char room[64];
    struct sw_buf out = sw_buf(room, sizeof room);
    sw_edits_init(&e, sw_slice(digits, 10));
    for (size_t i = 0; i < SW_EDITS_MAX; i++)
        sw_edits_insert(&e, digits + 1, SW_LIT("x"));
    assert_false(e.overflow);
    assert_int_equal(sw_edits_write(&e, &out), 0);
    assert_int_equal(out.len, 10 + SW_EDITS_MAX);
    sw_edits_insert(&e, digits, SW_LIT("x"));
    assert_int_equal(sw_edits_write(&e, &out), SW_E_LIMIT);
}

static void test_too_little_room(void **state)
{
    (void)state;
    struct sw_edits e;
    char room[10];
    struct sw_buf out = sw_buf(room, sizeof room);
    sw_edits_init(&e, sw_slice(digits, 10));
    assert_int_equal(sw_edits_write(&e, &out), 0);
    out = sw_buf(room, sizeof room);
    sw_edits_insert(&e, digits, SW_LIT("x"));
    assert_int_equal(sw_edits_write(&e, &out), SW_E_SPACE);
}

/* The same edits done by hand on a string, over many seeds: only what they name differs (M1). */
static void test_random_edits_do_what_they_say_and_nothing_else(void **state)
{
    (void)state;
    enum { LEN = 300, EDITS = 12 };
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct sw_mix mix = {.state = seed};
        char bytes[LEN], texts[EDITS][8], want[LEN * 2], room[LEN * 2];
        size_t ats[EDITS + 1], cuts[EDITS], lens[EDITS], order[EDITS], want_len = 0, at = 0;
        for (size_t i = 0; i < LEN; i++)
            bytes[i] = (char)('a' + sw_mix_below(&mix, 26));
        for (size_t i = 0; i < EDITS; i++) { /* one edit in each stretch of 25 octets */
            ats[i] = i * 25 + sw_mix_below(&mix, 12);
            cuts[i] = sw_mix_below(&mix, 13);
            lens[i] = sw_mix_below(&mix, 8);
            order[i] = i;
            for (size_t k = 0; k < lens[i]; k++)
                texts[i][k] = (char)('A' + sw_mix_below(&mix, 26));
        }
        for (size_t i = EDITS - 1; i > 0; i--) {
            size_t k = sw_mix_below(&mix, (uint32_t)i + 1), kept = order[i];
            order[i] = order[k];
            order[k] = kept;
        }
        struct sw_edits e;
        sw_edits_init(&e, sw_slice(bytes, LEN));
        for (size_t i = 0; i < EDITS; i++)
            sw_edits_replace(&e, sw_slice(bytes + ats[order[i]], cuts[order[i]]),
                             sw_slice(texts[order[i]], lens[order[i]]));
        for (size_t i = 0; i < EDITS; i++) {
            memcpy(want + want_len, bytes + at, ats[i] - at);
            want_len += ats[i] - at;
            memcpy(want + want_len, texts[i], lens[i]);
            want_len += lens[i];
            at = ats[i] + cuts[i];
        }
        memcpy(want + want_len, bytes + at, LEN - at);
        want_len += LEN - at;
        struct sw_buf out = sw_buf(room, sizeof room);
        assert_int_equal(sw_edits_write(&e, &out), 0);
        if (!sw_slice_eq(sw_buf_slice(&out), sw_slice(want, want_len)))
            fail_msg("seed %llu", (unsigned long long)seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_outside_the_message_is_refused),
        cmocka_unit_test(test_too_many_are_refused),
        cmocka_unit_test(test_too_little_room),
        cmocka_unit_test(test_random_edits_do_what_they_say_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A walk over the four tables: nothing empty, nothing unreachable, everything ends. */
#include "txn/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* A state mask has a bit a state. */
#define BIT(state) (1u << (state))

static const struct {
    const char *name;
    enum sw_txn_kind kind;
    unsigned states; /* that the machine has, as RFC 3261 and RFC 6026 draw it */
} machines[] = {
    {"ict", SW_TXN_ICT,
     BIT(SW_TXN_INIT) | BIT(SW_TXN_CALLING) | BIT(SW_TXN_PROCEEDING) | BIT(SW_TXN_COMPLETED) |
         BIT(SW_TXN_ACCEPTED) | BIT(SW_TXN_ABANDONED) | BIT(SW_TXN_TERMINATED)},
    {"nict", SW_TXN_NICT,
     BIT(SW_TXN_INIT) | BIT(SW_TXN_TRYING) | BIT(SW_TXN_PROCEEDING) | BIT(SW_TXN_COMPLETED) |
         BIT(SW_TXN_ABANDONED) | BIT(SW_TXN_TERMINATED)},
    {"ist", SW_TXN_IST,
     BIT(SW_TXN_INIT) | BIT(SW_TXN_PROCEEDING) | BIT(SW_TXN_COMPLETED) | BIT(SW_TXN_CONFIRMED) |
         BIT(SW_TXN_ACCEPTED) | BIT(SW_TXN_TERMINATED)},
    {"nist", SW_TXN_NIST,
     BIT(SW_TXN_INIT) | BIT(SW_TXN_TRYING) | BIT(SW_TXN_PROCEEDING) | BIT(SW_TXN_COMPLETED) |
         BIT(SW_TXN_TERMINATED)},
};

static const struct sw_txn_cell *cell_at(size_t machine, unsigned state, unsigned ev)
{
    return &(*sw_txn_table_of(machines[machine].kind))[state][ev];
}

#define EACH_CELL(m, s, e)                                                                         \
    for (size_t m = 0; m < SW_ARRAY_LEN(machines); m++)                                            \
        for (unsigned s = 0; s < SW_TXN_STATE_COUNT; s++)                                          \
            for (unsigned e = 0; e < SW_TXN_EVENT_COUNT; e++)

static void name_cell(char *room, size_t len, size_t m, unsigned s, unsigned e)
{
    snprintf(room, len, "%s: %s, %s", machines[m].name, sw_txn_state_name((enum sw_txn_state)s),
             sw_txn_event_name((enum sw_txn_event)e));
}

#define FAIL_CELL(m, s, e, what)                                                                   \
    do {                                                                                           \
        char cell_[100];                                                                           \
        name_cell(cell_, sizeof cell_, m, s, e);                                                   \
        fail_msg("%s: %s", cell_, what);                                                           \
    } while (0)

static void test_no_cell_is_empty(void **state)
{
    (void)state;
    EACH_CELL(m, s, e)
    {
        const struct sw_txn_cell *c = cell_at(m, s, e);
        if (c->timing == NULL)
            FAIL_CELL(m, s, e, "empty");
        if (c->next >= SW_TXN_STATE_COUNT)
            FAIL_CELL(m, s, e, "leads nowhere");
    }
}

static void test_exactly_the_states_of_the_figures_are_reached(void **state)
{
    (void)state;
    for (size_t m = 0; m < SW_ARRAY_LEN(machines); m++) {
        unsigned reached = BIT(SW_TXN_INIT), before;
        do {
            before = reached;
            for (unsigned s = 0; s < SW_TXN_STATE_COUNT; s++)
                for (unsigned e = 0; (reached & BIT(s)) != 0 && e < SW_TXN_EVENT_COUNT; e++)
                    reached |= BIT(cell_at(m, s, e)->next);
        } while (reached != before);
        if (reached != machines[m].states)
            fail_msg("%s: reaches 0x%x, should reach 0x%x", machines[m].name, reached,
                     machines[m].states);
    }
}

static void test_absent_states_are_marked_so(void **state)
{
    (void)state;
    EACH_CELL(m, s, e)
    {
        bool is_absent = (machines[m].states & BIT(s)) == 0;
        if ((cell_at(m, s, e)->timing == sw_txn_cannot_be) != is_absent)
            FAIL_CELL(m, s, e, "absent, or not");
    }
}

static void test_from_every_state_there_is_an_end(void **state)
{
    (void)state;
    for (size_t m = 0; m < SW_ARRAY_LEN(machines); m++) {
        unsigned ending = BIT(SW_TXN_TERMINATED), before;
        do {
            before = ending;
            for (unsigned s = 0; s < SW_TXN_STATE_COUNT; s++)
                for (unsigned e = 0; e < SW_TXN_EVENT_COUNT; e++)
                    if ((ending & BIT(cell_at(m, s, e)->next)) != 0)
                        ending |= BIT(s);
        } while (ending != before);
        assert_int_equal(ending & machines[m].states, machines[m].states);
    }
}

static void test_the_end_is_told_once(void **state)
{
    (void)state;
    EACH_CELL(m, s, e)
    {
        const struct sw_txn_cell *c = cell_at(m, s, e);
        bool is_end = s != SW_TXN_TERMINATED && c->next == SW_TXN_TERMINATED;
        if (((c->todo & SW_TXN_DO_END) != 0) != is_end)
            FAIL_CELL(m, s, e, "ends without a word, or tells what is not so");
        if (is_end && c->timing != sw_txn_stop_timers)
            FAIL_CELL(m, s, e, "a timer runs on");
        if (is_end && (c->todo & (SW_TXN_DO_SEND | SW_TXN_DO_ACK)) != 0)
            FAIL_CELL(m, s, e, "sends when it ends");
        if (s == SW_TXN_TERMINATED && (c->todo != 0 || c->timing != sw_txn_keep_timers))
            FAIL_CELL(m, s, e, "acts after the end");
    }
}

/* Which timers a state is entered with (RFC 3261 17, RFC 6026 8), from wherever it is entered. */
static void test_each_state_is_entered_with_its_timers(void **state)
{
    (void)state;
    static const struct {
        enum sw_txn_kind kind;
        enum sw_txn_state entered;
        sw_txn_timing *timing;
    } rules[] = {
        {SW_TXN_ICT, SW_TXN_CALLING, sw_txn_start_sending},     /* A, B */
        {SW_TXN_ICT, SW_TXN_PROCEEDING, sw_txn_stop_timers},    /* C is the owner's */
        {SW_TXN_ICT, SW_TXN_COMPLETED, sw_txn_start_d},         /* D */
        {SW_TXN_ICT, SW_TXN_ACCEPTED, sw_txn_start_l_or_m},     /* M */
        {SW_TXN_ICT, SW_TXN_ABANDONED, sw_txn_start_l_or_m},    /* as M */
        {SW_TXN_NICT, SW_TXN_TRYING, sw_txn_start_sending},     /* E, F */
        {SW_TXN_NICT, SW_TXN_PROCEEDING, sw_txn_keep_timers},   /* E, F go on */
        {SW_TXN_NICT, SW_TXN_COMPLETED, sw_txn_start_i_or_k},   /* K */
        {SW_TXN_NICT, SW_TXN_ABANDONED, sw_txn_start_l_or_m},   /* as M */
        {SW_TXN_IST, SW_TXN_PROCEEDING, sw_txn_keep_timers},    /* none */
        {SW_TXN_IST, SW_TXN_COMPLETED, sw_txn_start_answering}, /* G, H */
        {SW_TXN_IST, SW_TXN_CONFIRMED, sw_txn_start_i_or_k},    /* I */
        {SW_TXN_IST, SW_TXN_ACCEPTED, sw_txn_start_l_or_m},     /* L */
        {SW_TXN_NIST, SW_TXN_TRYING, sw_txn_keep_timers},       /* none */
        {SW_TXN_NIST, SW_TXN_PROCEEDING, sw_txn_keep_timers},   /* none */
        {SW_TXN_NIST, SW_TXN_COMPLETED, sw_txn_start_j},        /* J */
    };
    EACH_CELL(m, s, e)
    {
        const struct sw_txn_cell *c = cell_at(m, s, e);
        for (size_t i = 0; i < SW_ARRAY_LEN(rules) && c->next != s; i++)
            if (rules[i].kind == machines[m].kind && rules[i].entered == c->next &&
                rules[i].timing != c->timing)
                FAIL_CELL(m, s, e, "wrong timers");
    }
}

/* A client hears no requests, a server sends no ACK. */
static void test_no_machine_does_the_others_work(void **state)
{
    (void)state;
    EACH_CELL(m, s, e)
    {
        const struct sw_txn_cell *c = cell_at(m, s, e);
        bool is_client = machines[m].kind == SW_TXN_ICT || machines[m].kind == SW_TXN_NICT;
        bool is_servers = e == SW_TXN_EV_REQUEST || e == SW_TXN_EV_ACK;
        if (is_client && is_servers && (c->todo != 0 || c->next != s))
            FAIL_CELL(m, s, e, "a client acts on what only servers get");
        if (machines[m].kind != SW_TXN_ICT && (c->todo & SW_TXN_DO_ACK) != 0)
            FAIL_CELL(m, s, e, "sends an ACK");
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(sw_txn_state_name(SW_TXN_CALLING), "calling");
    assert_string_equal(sw_txn_state_name(SW_TXN_STATE_COUNT), "");
    assert_string_equal(sw_txn_event_name(SW_TXN_EV_3456XX), "3456xx");
    assert_string_equal(sw_txn_event_name(SW_TXN_EVENT_COUNT), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_cell_is_empty),
        cmocka_unit_test(test_exactly_the_states_of_the_figures_are_reached),
        cmocka_unit_test(test_absent_states_are_marked_so),
        cmocka_unit_test(test_from_every_state_there_is_an_end),
        cmocka_unit_test(test_the_end_is_told_once),
        cmocka_unit_test(test_each_state_is_entered_with_its_timers),
        cmocka_unit_test(test_no_machine_does_the_others_work),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A row for each event in each state of RFC 3261 17.1 and 17.2 with RFC 6026, over unreliable and
 * over reliable transports, and a row for the timers that run in each state. */
#include "base/attr.h"
#include "txn/txn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START SW_TXN_EV_START
#define REQUEST SW_TXN_EV_REQUEST
#define ACK SW_TXN_EV_ACK
#define RX1 SW_TXN_EV_1XX
#define RX2 SW_TXN_EV_2XX
#define RX3 SW_TXN_EV_3456XX
#define RETRANSMIT SW_TXN_EV_RETRANSMIT
#define TIMEOUT SW_TXN_EV_TIMEOUT
#define OVER SW_TXN_EV_END
#define FAILED SW_TXN_EV_SEND_FAILED
#define ABANDON SW_TXN_EV_ABANDON

#define SEND SW_TXN_DO_SEND
#define SEND_ACK SW_TXN_DO_ACK
#define PASS SW_TXN_DO_PASS
#define TELL_TIMEOUT SW_TXN_DO_REPORT_TIMEOUT
#define TELL_ERROR SW_TXN_DO_REPORT_ERROR
#define END SW_TXN_DO_END

enum { PATH_MAX_LEN = 4, NO_EVENT = -1 };

/* How each state is reached. */
static const struct {
    enum sw_txn_kind kind;
    enum sw_txn_state state;
    int path[PATH_MAX_LEN];
} ways[] = {
    {SW_TXN_ICT, SW_TXN_INIT, {NO_EVENT}},
    {SW_TXN_ICT, SW_TXN_CALLING, {START, NO_EVENT}},
    {SW_TXN_ICT, SW_TXN_PROCEEDING, {START, RX1, NO_EVENT}},
    {SW_TXN_ICT, SW_TXN_COMPLETED, {START, RX3, NO_EVENT}},
    {SW_TXN_ICT, SW_TXN_ACCEPTED, {START, RX2, NO_EVENT}},
    {SW_TXN_ICT, SW_TXN_ABANDONED, {START, ABANDON, NO_EVENT}},
    {SW_TXN_ICT, SW_TXN_TERMINATED, {START, TIMEOUT, NO_EVENT}},
    {SW_TXN_NICT, SW_TXN_INIT, {NO_EVENT}},
    {SW_TXN_NICT, SW_TXN_TRYING, {START, NO_EVENT}},
    {SW_TXN_NICT, SW_TXN_PROCEEDING, {START, RX1, NO_EVENT}},
    {SW_TXN_NICT, SW_TXN_COMPLETED, {START, RX2, NO_EVENT}},
    {SW_TXN_NICT, SW_TXN_ABANDONED, {START, ABANDON, NO_EVENT}},
    {SW_TXN_NICT, SW_TXN_TERMINATED, {START, TIMEOUT, NO_EVENT}},
    {SW_TXN_IST, SW_TXN_INIT, {NO_EVENT}},
    {SW_TXN_IST, SW_TXN_PROCEEDING, {START, NO_EVENT}},
    {SW_TXN_IST, SW_TXN_COMPLETED, {START, RX3, NO_EVENT}},
    {SW_TXN_IST, SW_TXN_CONFIRMED, {START, RX3, ACK, NO_EVENT}},
    {SW_TXN_IST, SW_TXN_ACCEPTED, {START, RX2, NO_EVENT}},
    {SW_TXN_IST, SW_TXN_TERMINATED, {START, ABANDON, NO_EVENT}},
    {SW_TXN_NIST, SW_TXN_INIT, {NO_EVENT}},
    {SW_TXN_NIST, SW_TXN_TRYING, {START, NO_EVENT}},
    {SW_TXN_NIST, SW_TXN_PROCEEDING, {START, RX1, NO_EVENT}},
    {SW_TXN_NIST, SW_TXN_COMPLETED, {START, RX2, NO_EVENT}},
    {SW_TXN_NIST, SW_TXN_TERMINATED, {START, ABANDON, NO_EVENT}},
};

/* What is not listed here is ignored: same state, nothing to do. */
static const struct {
    const char *name;
    enum sw_txn_kind kind;
    enum sw_txn_state from;
    enum sw_txn_event ev;
    enum sw_txn_state to;
    unsigned todo;
} rows[] = {
    /* 17.1.1.2: INVITE client */
    {"the request is sent", SW_TXN_ICT, SW_TXN_INIT, START, SW_TXN_CALLING, SEND},
    {"given up before it began", SW_TXN_ICT, SW_TXN_INIT, ABANDON, SW_TXN_TERMINATED, END},
    {"provisional", SW_TXN_ICT, SW_TXN_CALLING, RX1, SW_TXN_PROCEEDING, PASS},
    {"2xx at once", SW_TXN_ICT, SW_TXN_CALLING, RX2, SW_TXN_ACCEPTED, PASS},
    {"final at once", SW_TXN_ICT, SW_TXN_CALLING, RX3, SW_TXN_COMPLETED, SEND_ACK | PASS},
    {"timer A", SW_TXN_ICT, SW_TXN_CALLING, RETRANSMIT, SW_TXN_CALLING, SEND},
    {"timer B", SW_TXN_ICT, SW_TXN_CALLING, TIMEOUT, SW_TXN_TERMINATED, TELL_TIMEOUT | END},
    {"cannot be sent", SW_TXN_ICT, SW_TXN_CALLING, FAILED, SW_TXN_TERMINATED, TELL_ERROR | END},
    {"F5 next candidate", SW_TXN_ICT, SW_TXN_CALLING, ABANDON, SW_TXN_ABANDONED, 0},
    {"more provisionals", SW_TXN_ICT, SW_TXN_PROCEEDING, RX1, SW_TXN_PROCEEDING, PASS},
    {"answered", SW_TXN_ICT, SW_TXN_PROCEEDING, RX2, SW_TXN_ACCEPTED, PASS},
    {"refused", SW_TXN_ICT, SW_TXN_PROCEEDING, RX3, SW_TXN_COMPLETED, SEND_ACK | PASS},
    {"given up while it rings", SW_TXN_ICT, SW_TXN_PROCEEDING, ABANDON, SW_TXN_ABANDONED, 0},
    {"final again", SW_TXN_ICT, SW_TXN_COMPLETED, RX3, SW_TXN_COMPLETED, SEND_ACK},
    {"16.7-5 2xx after another final", SW_TXN_ICT, SW_TXN_COMPLETED, RX2, SW_TXN_COMPLETED, PASS},
    {"timer D", SW_TXN_ICT, SW_TXN_COMPLETED, OVER, SW_TXN_TERMINATED, END},
    {"the ACK fails", SW_TXN_ICT, SW_TXN_COMPLETED, FAILED, SW_TXN_TERMINATED, TELL_ERROR | END},
    {"RFC 6026 2xx again", SW_TXN_ICT, SW_TXN_ACCEPTED, RX2, SW_TXN_ACCEPTED, PASS},
    {"RFC 6026 timer M", SW_TXN_ICT, SW_TXN_ACCEPTED, OVER, SW_TXN_TERMINATED, END},
    {"F6 late provisional", SW_TXN_ICT, SW_TXN_ABANDONED, RX1, SW_TXN_ABANDONED, PASS},
    {"F6 late 2xx", SW_TXN_ICT, SW_TXN_ABANDONED, RX2, SW_TXN_ACCEPTED, PASS},
    {"F6 late final", SW_TXN_ICT, SW_TXN_ABANDONED, RX3, SW_TXN_COMPLETED, SEND_ACK | PASS},
    {"nothing came late", SW_TXN_ICT, SW_TXN_ABANDONED, OVER, SW_TXN_TERMINATED, END},
    {"late error", SW_TXN_ICT, SW_TXN_ABANDONED, FAILED, SW_TXN_TERMINATED, END},
    /* 17.1.2.2: non-INVITE client */
    {"the request is sent", SW_TXN_NICT, SW_TXN_INIT, START, SW_TXN_TRYING, SEND},
    {"given up before it began", SW_TXN_NICT, SW_TXN_INIT, ABANDON, SW_TXN_TERMINATED, END},
    {"provisional", SW_TXN_NICT, SW_TXN_TRYING, RX1, SW_TXN_PROCEEDING, PASS},
    {"2xx", SW_TXN_NICT, SW_TXN_TRYING, RX2, SW_TXN_COMPLETED, PASS},
    {"other final", SW_TXN_NICT, SW_TXN_TRYING, RX3, SW_TXN_COMPLETED, PASS},
    {"timer E", SW_TXN_NICT, SW_TXN_TRYING, RETRANSMIT, SW_TXN_TRYING, SEND},
    {"timer F", SW_TXN_NICT, SW_TXN_TRYING, TIMEOUT, SW_TXN_TERMINATED, TELL_TIMEOUT | END},
    {"cannot be sent", SW_TXN_NICT, SW_TXN_TRYING, FAILED, SW_TXN_TERMINATED, TELL_ERROR | END},
    {"F5 next candidate", SW_TXN_NICT, SW_TXN_TRYING, ABANDON, SW_TXN_ABANDONED, 0},
    {"provisional again", SW_TXN_NICT, SW_TXN_PROCEEDING, RX1, SW_TXN_PROCEEDING, PASS},
    {"2xx", SW_TXN_NICT, SW_TXN_PROCEEDING, RX2, SW_TXN_COMPLETED, PASS},
    {"other final", SW_TXN_NICT, SW_TXN_PROCEEDING, RX3, SW_TXN_COMPLETED, PASS},
    {"timer E", SW_TXN_NICT, SW_TXN_PROCEEDING, RETRANSMIT, SW_TXN_PROCEEDING, SEND},
    {"timer F", SW_TXN_NICT, SW_TXN_PROCEEDING, TIMEOUT, SW_TXN_TERMINATED, TELL_TIMEOUT | END},
    {"retransmission fails", SW_TXN_NICT, SW_TXN_PROCEEDING, FAILED, SW_TXN_TERMINATED,
     TELL_ERROR | END},
    {"given up", SW_TXN_NICT, SW_TXN_PROCEEDING, ABANDON, SW_TXN_ABANDONED, 0},
    {"timer K", SW_TXN_NICT, SW_TXN_COMPLETED, OVER, SW_TXN_TERMINATED, END},
    {"F6 late provisional", SW_TXN_NICT, SW_TXN_ABANDONED, RX1, SW_TXN_ABANDONED, PASS},
    {"F6 late 2xx", SW_TXN_NICT, SW_TXN_ABANDONED, RX2, SW_TXN_COMPLETED, PASS},
    {"F6 late final", SW_TXN_NICT, SW_TXN_ABANDONED, RX3, SW_TXN_COMPLETED, PASS},
    {"nothing came late", SW_TXN_NICT, SW_TXN_ABANDONED, OVER, SW_TXN_TERMINATED, END},
    {"late error", SW_TXN_NICT, SW_TXN_ABANDONED, FAILED, SW_TXN_TERMINATED, END},
    /* 17.2.1: INVITE server */
    {"the request comes", SW_TXN_IST, SW_TXN_INIT, START, SW_TXN_PROCEEDING, PASS},
    {"given up before it began", SW_TXN_IST, SW_TXN_INIT, ABANDON, SW_TXN_TERMINATED, END},
    {"INVITE again", SW_TXN_IST, SW_TXN_PROCEEDING, REQUEST, SW_TXN_PROCEEDING, SEND},
    {"provisional", SW_TXN_IST, SW_TXN_PROCEEDING, RX1, SW_TXN_PROCEEDING, SEND},
    {"RFC 6026 2xx", SW_TXN_IST, SW_TXN_PROCEEDING, RX2, SW_TXN_ACCEPTED, SEND},
    {"other final", SW_TXN_IST, SW_TXN_PROCEEDING, RX3, SW_TXN_COMPLETED, SEND},
    {"RFC 6026 provisional fails", SW_TXN_IST, SW_TXN_PROCEEDING, FAILED, SW_TXN_PROCEEDING,
     TELL_ERROR},
    {"no answer can be made", SW_TXN_IST, SW_TXN_PROCEEDING, ABANDON, SW_TXN_TERMINATED, END},
    {"INVITE again", SW_TXN_IST, SW_TXN_COMPLETED, REQUEST, SW_TXN_COMPLETED, SEND},
    {"ACK", SW_TXN_IST, SW_TXN_COMPLETED, ACK, SW_TXN_CONFIRMED, 0},
    {"timer G", SW_TXN_IST, SW_TXN_COMPLETED, RETRANSMIT, SW_TXN_COMPLETED, SEND},
    {"timer H", SW_TXN_IST, SW_TXN_COMPLETED, TIMEOUT, SW_TXN_TERMINATED, TELL_TIMEOUT | END},
    {"RFC 6026 final fails", SW_TXN_IST, SW_TXN_COMPLETED, FAILED, SW_TXN_COMPLETED, TELL_ERROR},
    {"timer I", SW_TXN_IST, SW_TXN_CONFIRMED, OVER, SW_TXN_TERMINATED, END},
    {"RFC 6026 2xx again", SW_TXN_IST, SW_TXN_ACCEPTED, RX2, SW_TXN_ACCEPTED, SEND},
    {"RFC 6026 ACK of a 2xx", SW_TXN_IST, SW_TXN_ACCEPTED, ACK, SW_TXN_ACCEPTED, PASS},
    {"RFC 6026 2xx fails", SW_TXN_IST, SW_TXN_ACCEPTED, FAILED, SW_TXN_ACCEPTED, TELL_ERROR},
    {"RFC 6026 timer L", SW_TXN_IST, SW_TXN_ACCEPTED, OVER, SW_TXN_TERMINATED, END},
    /* 17.2.2: non-INVITE server */
    {"the request comes", SW_TXN_NIST, SW_TXN_INIT, START, SW_TXN_TRYING, PASS},
    {"given up before it began", SW_TXN_NIST, SW_TXN_INIT, ABANDON, SW_TXN_TERMINATED, END},
    {"provisional", SW_TXN_NIST, SW_TXN_TRYING, RX1, SW_TXN_PROCEEDING, SEND},
    {"2xx", SW_TXN_NIST, SW_TXN_TRYING, RX2, SW_TXN_COMPLETED, SEND},
    {"other final", SW_TXN_NIST, SW_TXN_TRYING, RX3, SW_TXN_COMPLETED, SEND},
    {"RFC 4320 never answered", SW_TXN_NIST, SW_TXN_TRYING, ABANDON, SW_TXN_TERMINATED, END},
    {"request again", SW_TXN_NIST, SW_TXN_PROCEEDING, REQUEST, SW_TXN_PROCEEDING, SEND},
    {"provisional again", SW_TXN_NIST, SW_TXN_PROCEEDING, RX1, SW_TXN_PROCEEDING, SEND},
    {"2xx", SW_TXN_NIST, SW_TXN_PROCEEDING, RX2, SW_TXN_COMPLETED, SEND},
    {"other final", SW_TXN_NIST, SW_TXN_PROCEEDING, RX3, SW_TXN_COMPLETED, SEND},
    {"provisional fails", SW_TXN_NIST, SW_TXN_PROCEEDING, FAILED, SW_TXN_TERMINATED,
     TELL_ERROR | END},
    {"RFC 4320 never answered", SW_TXN_NIST, SW_TXN_PROCEEDING, ABANDON, SW_TXN_TERMINATED, END},
    {"request again", SW_TXN_NIST, SW_TXN_COMPLETED, REQUEST, SW_TXN_COMPLETED, SEND},
    {"timer J", SW_TXN_NIST, SW_TXN_COMPLETED, OVER, SW_TXN_TERMINATED, END},
    {"final fails", SW_TXN_NIST, SW_TXN_COMPLETED, FAILED, SW_TXN_TERMINATED, TELL_ERROR | END},
};

static struct sw_txn lead_to(size_t way, bool is_reliable)
{
    struct sw_txn t;
    sw_txn_init(&t, ways[way].kind, &sw_txn_times_default, is_reliable);
    for (size_t i = 0; ways[way].path[i] != NO_EVENT; i++)
        sw_txn_step(&t, (enum sw_txn_event)ways[way].path[i], 0);
    assert_int_equal(t.state, ways[way].state);
    return t;
}

static size_t find_row(enum sw_txn_kind kind, enum sw_txn_state from, enum sw_txn_event ev)
{
    size_t i = 0;
    while (i < SW_ARRAY_LEN(rows) &&
           (rows[i].kind != kind || rows[i].from != from || rows[i].ev != ev))
        i++;
    return i;
}

static void check(size_t way, enum sw_txn_event ev, bool is_reliable)
{
    struct sw_txn t = lead_to(way, is_reliable);
    struct sw_txn before = t;
    size_t row = find_row(ways[way].kind, ways[way].state, ev);
    bool is_listed = row < SW_ARRAY_LEN(rows);
    enum sw_txn_state to = is_listed ? rows[row].to : ways[way].state;
    unsigned want = is_listed ? rows[row].todo : 0;
    unsigned todo = sw_txn_step(&t, ev, 1);
    bool is_abandoned_again = ways[way].state == SW_TXN_ABANDONED && ev == ABANDON;
    if (t.state != to || todo != want)
        fail_msg("kind %d, %s, %s (%s): goes to %s and does 0x%x", (int)ways[way].kind,
                 sw_txn_state_name(ways[way].state), sw_txn_event_name(ev),
                 is_listed ? rows[row].name : "ignored",
                 sw_txn_state_name((enum sw_txn_state)t.state), todo);
    if (!is_listed && !is_abandoned_again)
        assert_memory_equal(&t, &before, sizeof t); /* timers too */
}

static void test_each_event_in_each_state(void **state)
{
    (void)state;
    for (size_t way = 0; way < SW_ARRAY_LEN(ways); way++)
        for (unsigned ev = 0; ev < SW_TXN_EVENT_COUNT; ev++)
            for (int is_reliable = 0; is_reliable < 2; is_reliable++)
                check(way, (enum sw_txn_event)ev, is_reliable != 0);
}

#define NONE SW_NEVER
#define T1 SW_MS(500)
#define T4 SW_SECONDS(5)
#define D SW_SECONDS(32)

/* What runs in a state, reached at time 0: over unreliable transports, then over reliable ones.
 * What is not listed has no timer. */
static const struct {
    const char *name;
    enum sw_txn_kind kind;
    enum sw_txn_state state;
    uint64_t retransmit_us[2], timeout_us[2], end_us[2];
} timers[] = {
    {"17.1.1.2 A and B; no A over reliable ones",
     SW_TXN_ICT,
     SW_TXN_CALLING,
     {T1, NONE},
     {64 * T1, 64 * T1},
     {NONE, NONE}},
    {"17.1.1.2 D, at least 32 s; 0 over reliable ones",
     SW_TXN_ICT,
     SW_TXN_COMPLETED,
     {NONE, NONE},
     {NONE, NONE},
     {D, 0}},
    {"RFC 6026 8.4 M", SW_TXN_ICT, SW_TXN_ACCEPTED, {NONE, NONE}, {NONE, NONE}, {64 * T1, 64 * T1}},
    {"F6 late answers",
     SW_TXN_ICT,
     SW_TXN_ABANDONED,
     {NONE, NONE},
     {NONE, NONE},
     {64 * T1, 64 * T1}},
    {"17.1.2.2 E and F; no E over reliable ones",
     SW_TXN_NICT,
     SW_TXN_TRYING,
     {T1, NONE},
     {64 * T1, 64 * T1},
     {NONE, NONE}},
    {"17.1.2.2 E goes on, F is not begun anew",
     SW_TXN_NICT,
     SW_TXN_PROCEEDING,
     {T1, NONE},
     {64 * T1, 64 * T1},
     {NONE, NONE}},
    {"17.1.2.2 K is T4; 0 over reliable ones",
     SW_TXN_NICT,
     SW_TXN_COMPLETED,
     {NONE, NONE},
     {NONE, NONE},
     {T4, 0}},
    {"F6 late answers",
     SW_TXN_NICT,
     SW_TXN_ABANDONED,
     {NONE, NONE},
     {NONE, NONE},
     {64 * T1, 64 * T1}},
    {"17.2.1 G and H; no G over reliable ones",
     SW_TXN_IST,
     SW_TXN_COMPLETED,
     {T1, NONE},
     {64 * T1, 64 * T1},
     {NONE, NONE}},
    {"17.2.1 I is T4; 0 over reliable ones",
     SW_TXN_IST,
     SW_TXN_CONFIRMED,
     {NONE, NONE},
     {NONE, NONE},
     {T4, 0}},
    {"RFC 6026 8.7 L", SW_TXN_IST, SW_TXN_ACCEPTED, {NONE, NONE}, {NONE, NONE}, {64 * T1, 64 * T1}},
    {"17.2.2 J is 64*T1; 0 over reliable ones",
     SW_TXN_NIST,
     SW_TXN_COMPLETED,
     {NONE, NONE},
     {NONE, NONE},
     {64 * T1, 0}},
};

static size_t find_timers(size_t way)
{
    size_t i = 0;
    while (i < SW_ARRAY_LEN(timers) &&
           (timers[i].kind != ways[way].kind || timers[i].state != ways[way].state))
        i++;
    return i;
}

static void check_timers(size_t way, int is_reliable)
{
    struct sw_txn t = lead_to(way, is_reliable != 0);
    size_t row = find_timers(way);
    bool is_listed = row < SW_ARRAY_LEN(timers);
    uint64_t retransmit_us = is_listed ? timers[row].retransmit_us[is_reliable] : NONE;
    uint64_t timeout_us = is_listed ? timers[row].timeout_us[is_reliable] : NONE;
    uint64_t end_us = is_listed ? timers[row].end_us[is_reliable] : NONE;
    if (t.retransmit_us != retransmit_us || t.timeout_us != timeout_us || t.end_us != end_us)
        fail_msg("kind %d, %s, reliable %d: %s", (int)ways[way].kind,
                 sw_txn_state_name(ways[way].state), is_reliable,
                 is_listed ? timers[row].name : "no timer");
}

static void test_the_timers_of_each_state(void **state)
{
    (void)state;
    for (size_t way = 0; way < SW_ARRAY_LEN(ways); way++)
        for (int is_reliable = 0; is_reliable < 2; is_reliable++)
            check_timers(way, is_reliable);
}

static void test_a_new_one_waits_for_its_start(void **state)
{
    (void)state;
    struct sw_txn t;
    sw_txn_init(&t, SW_TXN_ICT, &sw_txn_times_default, true);
    assert_int_equal(t.state, SW_TXN_INIT);
    assert_true(sw_txn_wake_us(&t) == SW_NEVER);
    assert_int_equal(sw_txn_wake(&t, SW_NEVER - 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_event_in_each_state),
        cmocka_unit_test(test_the_timers_of_each_state),
        cmocka_unit_test(test_a_new_one_waits_for_its_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

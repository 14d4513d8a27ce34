/* SPDX-License-Identifier: BSD-2-Clause */
/* Each transaction's log record tells why it went where it went, also when no question was asked.
 */
#include "rig.h"

#include "locate/story.h"
#include "proxy/state.h"

struct seen {
    unsigned questions, answers, candidates, records;
    bool was_known;
};

static struct seen look(struct sw_slice story)
{
    struct seen s = {0};
    struct sw_story_event e;

    while (sw_story_next(&story, &e)) {
        s.questions += e.kind == SW_TRACE_QUESTION;
        s.answers += e.kind == SW_TRACE_ANSWER;
        s.records += e.kind == SW_TRACE_RECORD;
        s.candidates += e.kind == SW_TRACE_CANDIDATE;
        s.was_known = s.was_known || (e.kind == SW_TRACE_STEP && e.row == SW_STEP_CACHED);
    }
    return s;
}

/* Answer every question of this turn: each name has one address. The log record of it all, once
 * the connection was refused. */
static const struct px_log *end_of(struct rig *r)
{
    for (unsigned turn = 0; turn < 20; turn++) {
        const struct px_action *log = rig_action(r, PX_DO_LOG, 0);
        const struct px_action *ask = rig_action(r, PX_DO_ASK, 0);
        const struct px_action *connect = rig_action(r, PX_DO_CONNECT, 0);
        if (log != NULL)
            return log->log;
        if (ask != NULL) {
            const struct sw_rr rr = {.type = SW_RR_A, .ttl_s = 300, .addr = rig_at(7, 0).addr};
            struct sw_answer answers[] = {
                {.outcome = SW_OUTCOME_RECORDS, .ttl_s = 300, .rrs = &rr, .rr_count = 1},
                {.outcome = SW_OUTCOME_NODATA, .ttl_s = 300},
            };
            uint64_t ids[2];
            size_t count = rig_count(r, PX_DO_ASK);
            bool is_a[2];
            assert_true(count <= 2);
            for (unsigned i = 0; i < count; i++) {
                ids[i] = rig_action(r, PX_DO_ASK, i)->ask;
                is_a[i] = rig_action(r, PX_DO_ASK, i)->question.type == SW_RR_A;
            }
            for (unsigned i = 0; i < count; i++)
                rig_step(r, &(struct px_event){
                                .kind = PX_EV_ANSWER, .ask = ids[i], .answer = &answers[!is_a[i]]});
        } else if (connect != NULL) {
            rig_step(r, &(struct px_event){.kind = PX_EV_CLOSED,
                                           .conn = connect->conn,
                                           .cause = PX_CAUSE_REFUSED});
        } else {
            rig_wake(r);
        }
    }
    return NULL;
}

static const struct px_log *call(struct rig *r, const char *branch)
{
    char room[1024];

    rig_datagram(
        r, 100,
        rig_request(room, sizeof room, "OPTIONS", "sip:b@d.t:5060;transport=tcp", branch, ""));
    return end_of(r);
}

static void the_first_call_tells_what_it_asked(void **state)
{
    static struct rig r;

    (void)state;
    rig_conf(&r);
    rig_begin(&r);
    const struct px_log *log = call(&r, "z9hG4bK1");
    assert_non_null(log);
    struct seen s = look(log->story);
    assert_int_equal(s.questions, 2);
    assert_int_equal(s.answers, 2);
    assert_int_equal(s.records, 1);
    assert_int_equal(s.candidates, 1);
    assert_false(s.was_known);
    assert_int_equal(log->route_story.len, 0);
    assert_false(log->is_story_cut);
    rig_end(&r);
}

static void the_next_call_tells_what_the_first_one_asked(void **state)
{
    static struct rig r;

    (void)state;
    rig_conf(&r);
    rig_begin(&r);
    (void)call(&r, "z9hG4bK1");
    const struct px_log *log = call(&r, "z9hG4bK2");
    assert_non_null(log);
    struct seen own = look(log->story), of_route = look(log->route_story);
    assert_true(own.was_known);
    assert_int_equal(own.questions, 0);
    assert_int_equal(own.candidates, 1);
    assert_int_equal(of_route.questions, 2);
    assert_int_equal(of_route.records, 1);
    rig_end(&r);
}

static void without_a_history_nothing_is_kept(void **state)
{
    static struct rig r;

    (void)state;
    rig_conf(&r);
    r.conf.log_history = 0;
    rig_begin(&r);
    (void)call(&r, "z9hG4bK1");
    const struct px_log *log = call(&r, "z9hG4bK2");
    assert_non_null(log);
    assert_int_equal(log->story.len, 0);
    assert_int_equal(log->route_story.len, 0);
    rig_end(&r);
}

/* What a transaction that has been told holds, in octets of the pool. */
static size_t lingering_len(unsigned history)
{
    static struct rig r;
    rig_conf(&r);
    r.conf.log_history = history;
    rig_begin(&r);
    (void)call(&r, "z9hG4bK1"); /* its tale stays beside the route */
    px_core_turn(r.core);
    size_t before = r.core->mem.used_len;
    assert_non_null(call(&r, "z9hG4bK2"));
    px_core_turn(r.core);
    size_t len = r.core->mem.used_len - before;
    rig_end(&r);
    return len;
}

static void what_was_told_is_not_kept_while_the_transaction_lingers(void **state)
{
    (void)state;
    assert_true(lingering_len(0) > 0);
    assert_int_equal(lingering_len(100), lingering_len(0));
}

static void a_tale_that_finds_no_memory_hurts_nobody(void **state)
{
    static struct rig r;

    (void)state;
    for (size_t n = 0; n < 200; n++) {
        rig_conf(&r);
        rig_begin(&r);
        r.heap.fail_at = r.heap.request_count + n;
        (void)call(&r, "z9hG4bK1");
        r.heap.fail_at = SIZE_MAX;
        const struct px_log *log = call(&r, "z9hG4bK2");
        assert_non_null(log);
        assert_int_equal(log->status, 500);
        rig_end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_call_tells_what_it_asked),
        cmocka_unit_test(the_next_call_tells_what_the_first_one_asked),
        cmocka_unit_test(without_a_history_nothing_is_kept),
        cmocka_unit_test(what_was_told_is_not_kept_while_the_transaction_lingers),
        cmocka_unit_test(a_tale_that_finds_no_memory_hurts_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What is seen from outside (section 7): the log line of a transaction, the counters. */
#include "rig.h"

/* Section 7: what is sent again is counted once each time, on a timer's account or on a request's.
 */
static void section_7_responses_sent_again_are_counted(void **state)
{
    (void)state;
    static struct rig r;
    const char *uri = "sip:b@192.0.2.1;transport=tcp";
    rig_conf(&r);
    rig_begin(&r);
    const struct px_counters *counters = px_core_counters(r.core);
    rig_send(&r, "INVITE", uri, "z9hG4bKa");
    uint64_t conn = rig_action(&r, PX_DO_CONNECT, 0)->conn;
    rig_send(&r, "INVITE", uri, "z9hG4bKa");
    assert_int_equal(counters->retransmissions_absorbed, 1);
    assert_int_equal(counters->retransmissions_sent, 1); /* the 100 */
    assert_int_equal(counters->replies, 1);
    rig_step(&r, &(struct px_event){.kind = PX_EV_CLOSED, .conn = conn, .cause = PX_CAUSE_REFUSED});
    rig_wake(&r);
    assert_int_equal(counters->replies, 2);
    for (unsigned n = 1; n <= 3; n++) { /* timer G: 0.5 s, 1 s, 2 s */
        r.now_us += (SW_MS(250) << n) + SW_MS(5);
        rig_wake(&r);
        assert_true(rig_has(rig_action(&r, PX_DO_DATAGRAM, 0)->bytes, "SIP/2.0 500"));
        assert_int_equal(counters->retransmissions_sent, 1 + n);
    }
    rig_send(&r, "INVITE", uri, "z9hG4bKa");
    assert_int_equal(counters->retransmissions_sent, 5);
    assert_int_equal(counters->replies, 2);
    assert_int_equal(counters->transactions_opened, 1);
    rig_end(&r);
}

/* A call to a numeric target that ends as the row says. */
static void section_7_the_log_says_why(void **state)
{
    static const struct {
        const char *reason, *answer;
        bool is_cancelled;
        unsigned status;
    } rows[] = {
        {"", "404 Not Found", false, 404},
        {"every candidate refused", "503 Service Unavailable", false, 500},
        {"no candidate answered", NULL, false, 408},
        {"cancelled", NULL, true, 487},
    };
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        char answer[1024];
        const struct px_action *said = NULL;
        rig_conf(&r);
        rig_begin(&r);
        rig_send(&r, "INVITE", "sip:b@192.0.2.1", "z9hG4bKa");
        struct sw_slice sent = rig_action(&r, PX_DO_DATAGRAM, 1)->bytes;
        r.now_us += SW_MS(300);
        if (rows[i].answer != NULL) {
            rig_datagram(&r, 1, rig_respond(answer, sizeof answer, sent, rows[i].answer));
            said = rig_action(&r, PX_DO_LOG, 0);
        } else if (rows[i].is_cancelled)
            rig_send(&r, "CANCEL", "sip:b@192.0.2.1", "z9hG4bKa");
        for (unsigned n = 0; n < 70 && said == NULL; n++) {
            r.now_us += SW_SECONDS(1);
            rig_wake(&r);
            said = rig_action(&r, PX_DO_LOG, 0);
        }
        assert_non_null(said);
        assert_string_equal(said->log->reason, rows[i].reason);
        assert_int_equal(said->log->status, rows[i].status);
        assert_string_equal(said->log->method, "INVITE");
        assert_string_equal(said->log->domain, "192.0.2.1");
        assert_string_equal(said->log->call_id, "z9hG4bKa");
        assert_string_equal(said->log->location, "ok");
        assert_int_equal(said->log->source_transport, SW_UDP);
        assert_int_equal(said->log->source.port, 5060);
        assert_int_equal(said->log->source.addr.bytes[3], 100);
        assert_int_equal(said->log->try_count, 1);
        assert_int_equal(said->log->tries[0].endpoint.addr.bytes[3], 1);
        assert_true(said->log->took_us >= SW_MS(300));
        assert_int_equal(said->log->tries[0].took_us, said->log->took_us);
        rig_end(&r);
    }
}

/* Each request is counted where it is dealt with, and where it came to when that is not here. */
static void section_7_what_is_handed_over_is_counted(void **state)
{
    (void)state;
    static struct rig r;
    const struct px_core_args args = {
        .conf = &r.conf, .alloc = &r.heap.alloc, .worker_count = 2, .exact_memory = true};
    uint64_t handed = 0, answered = 0;
    rig_conf(&r);
    assert_int_equal(px_core_new(&r.core, &args, r.now_us), 0);
    for (unsigned n = 0; n < 20; n++) {
        rig_options(&r, n);
        handed += rig_count(&r, PX_DO_HAND_OVER);
        answered += rig_count(&r, PX_DO_DATAGRAM);
    }
    assert_in_range(handed, 1, 19);
    assert_int_equal(handed + answered, 20);
    assert_int_equal(px_core_counters(r.core)->handed_over, handed);
    assert_int_equal(px_core_counters(r.core)->requests_received, answered);
    rig_end(&r);
}

/* What nobody would take is not copied into a mailbox: it is refused where it came to. */
static void section_7_what_is_too_long_is_not_handed_over(void **state)
{
    (void)state;
    static struct rig r;
    const struct px_core_args args = {
        .conf = &r.conf, .alloc = &r.heap.alloc, .worker_count = 2, .exact_memory = true};
    rig_conf(&r);
    r.conf.limits.message_len = 64;
    assert_int_equal(px_core_new(&r.core, &args, r.now_us), 0);
    for (unsigned n = 0; n < 20; n++) {
        rig_options(&r, n);
        assert_int_equal(rig_count(&r, PX_DO_HAND_OVER), 0);
        assert_true(rig_has(rig_action(&r, PX_DO_DATAGRAM, 0)->bytes, "SIP/2.0 513"));
    }
    assert_int_equal(px_core_counters(r.core)->limit_message, 20);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(section_7_responses_sent_again_are_counted),
        cmocka_unit_test(section_7_the_log_says_why),
        cmocka_unit_test(section_7_what_is_handed_over_is_counted),
        cmocka_unit_test(section_7_what_is_too_long_is_not_handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

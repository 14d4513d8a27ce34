/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/load.h"

#include "rig.h"

#define BOUND SW_MS(20)

static void note(struct px_load *load, uint64_t waited_us, uint64_t now_us)
{
    px_load_note(load, BOUND, &(struct px_wait){.us = waited_us}, now_us);
}

static void note_crowd(struct px_load *load, uint64_t now_us)
{
    px_load_note(load, BOUND, &(struct px_wait){.us = SW_MS(1), .is_crowded = true}, now_us);
}

/* When the last one came, too. */
static bool is_heavy(const struct px_load *load)
{
    return px_load_is_heavy(load, load->noted_us);
}

static void late_for_a_moment_is_no_load(void **state)
{
    (void)state;
    struct px_load load = {0};
    for (uint64_t ms = 0; ms < 100; ms++) {
        note(&load, SW_MS(90), SW_MS(5000 + ms));
        assert_false(is_heavy(&load));
    }
    note(&load, SW_MS(20), SW_MS(5100)); /* in time: it begins anew */
    for (uint64_t ms = 0; ms < 100; ms++)
        note(&load, SW_MS(21), SW_MS(5101 + ms));
    assert_false(is_heavy(&load));
    note(&load, SW_MS(21), SW_MS(5201));
    assert_true(is_heavy(&load));
}

/* What the socket cannot hold is lost: there is no time to wait for a tenth of a second. */
static void a_crowded_socket_is_load_at_once(void **state)
{
    (void)state;
    struct px_load load = {0};
    note_crowd(&load, SW_MS(5000));
    assert_true(is_heavy(&load));
    note(&load, SW_MS(10), SW_MS(5001));
    assert_true(is_heavy(&load));
    note(&load, 9999, SW_MS(5002));
    assert_false(is_heavy(&load));
}

static void it_is_light_again_when_half_the_bound_is_kept(void **state)
{
    (void)state;
    struct px_load load = {0};
    note(&load, SW_MS(30), SW_MS(1000));
    note(&load, SW_MS(30), SW_MS(1100));
    assert_true(is_heavy(&load));
    note(&load, SW_MS(10), SW_MS(1101));
    assert_true(is_heavy(&load));
    note(&load, 9999, SW_MS(1102));
    assert_false(is_heavy(&load));
    /* Late again within a second: heavy at once. */
    note(&load, SW_MS(21), SW_MS(2101));
    assert_true(is_heavy(&load));
    note(&load, 0, SW_MS(2102));
    /* After more than a second a burst is a burst again. */
    note(&load, SW_MS(21), SW_MS(3102));
    assert_false(is_heavy(&load));
}

/* Over UDP nobody comes any more, and over streams somebody does. */
static void it_is_light_again_when_nothing_comes(void **state)
{
    (void)state;
    struct px_load load = {0};
    note(&load, SW_MS(30), SW_MS(1000));
    note(&load, SW_MS(30), SW_MS(1100));
    assert_true(px_load_is_heavy(&load, SW_MS(2099)));
    assert_false(px_load_is_heavy(&load, SW_MS(2100)));
    /* And what comes then late is a burst that begins. */
    note(&load, SW_MS(30), SW_MS(2500));
    assert_false(is_heavy(&load));
    note(&load, SW_MS(30), SW_MS(2599));
    assert_false(is_heavy(&load));
    note(&load, SW_MS(30), SW_MS(2600));
    assert_true(is_heavy(&load));
}

static void without_a_bound_nothing_is_late(void **state)
{
    (void)state;
    struct px_load load = {0};
    for (uint64_t s = 0; s < 10; s++)
        px_load_note(&load, 0, &(struct px_wait){SW_SECONDS(5), true}, SW_SECONDS(s));
    assert_false(is_heavy(&load));
}

static void make_heavy(struct px_load *load, uint64_t now_us)
{
    note_crowd(load, now_us);
    assert_true(is_heavy(load));
}

/* At its beginning, once a second, and at its end. */
static void it_is_said_now_and_then(void **state)
{
    (void)state;
    struct px_load load = {0};
    uint32_t count = 0;
    assert_false(px_load_end(&load, SW_MS(900), &count));
    make_heavy(&load, SW_MS(1000));
    assert_true(px_load_refuse(&load, SW_MS(1000), &count));
    assert_int_equal(count, 1);
    for (uint64_t ms = 1; ms < 1000; ms++) {
        make_heavy(&load, SW_MS(1000 + ms));
        assert_false(px_load_refuse(&load, SW_MS(1000 + ms), &count));
    }
    assert_true(px_load_refuse(&load, SW_MS(2000), &count));
    assert_int_equal(count, 1000);
    assert_false(px_load_refuse(&load, SW_MS(2001), &count));
    assert_false(px_load_refuse(&load, SW_MS(2002), &count));
    /* Light for a moment is not the end of it. */
    note(&load, 0, SW_MS(2500));
    assert_false(px_load_end(&load, SW_MS(3499), &count));
    assert_true(px_load_end(&load, SW_MS(3500), &count));
    assert_int_equal(count, 2);
    assert_false(px_load_end(&load, SW_MS(5000), &count));
    /* Another one begins. */
    make_heavy(&load, SW_MS(6000));
    assert_true(px_load_refuse(&load, SW_MS(6000), &count));
    assert_int_equal(count, 1);
}

static void its_end_says_nothing_when_all_was_said(void **state)
{
    (void)state;
    struct px_load load = {0};
    uint32_t count = 0;
    make_heavy(&load, SW_MS(1000));
    assert_true(px_load_refuse(&load, SW_MS(1000), &count));
    /* It ends in silence: nothing comes any more. */
    note(&load, 0, SW_SECONDS(60));
    assert_false(px_load_end(&load, SW_SECONDS(60), &count));
    make_heavy(&load, SW_SECONDS(61));
    assert_true(px_load_refuse(&load, SW_SECONDS(61), &count));
    assert_int_equal(count, 1);
}

static void send_late(struct rig *r, const char *text, uint64_t waited_us)
{
    rig_step(r, &(struct px_event){.kind = PX_EV_DATAGRAM,
                                   .peer = rig_at(100, 5060),
                                   .waited_us = waited_us,
                                   .bytes = sw_slice_str(text)});
}

static bool answers(const struct rig *r, const char *status_line)
{
    const struct px_action *a = rig_action(r, PX_DO_DATAGRAM, 0);
    return a != NULL && rig_has(a->bytes, status_line);
}

/* What has begun goes on; what is new is refused without a transaction. */
static void under_load_what_is_new_gets_503(void **state)
{
    (void)state;
    struct rig r;
    char room[1024], within[1024];
    rig_conf(&r);
    rig_begin(&r);
    for (int i = 0; i <= 100; i++) {
        char branch[32];
        snprintf(branch, sizeof branch, "z9hG4bK-%d", i);
        send_late(&r, rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", branch, ""),
                  SW_MS(40));
        assert_true(answers(&r, "SIP/2.0 100 ") || i == 100);
        r.now_us += SW_MS(1);
    }
    assert_true(answers(&r, "SIP/2.0 503 "));
    assert_true(rig_has(rig_action(&r, PX_DO_DATAGRAM, 0)->bytes, "\r\nRetry-After: "));
    assert_int_equal(px_core_counters(r.core)->refused_overload, 1);
    assert_int_equal(px_core_counters(r.core)->transactions_open, 100);
    const struct px_log *log = rig_action(&r, PX_DO_LOG, 0)->log;
    assert_int_equal(log->kind, PX_LOG_LOAD);
    assert_int_equal(log->refused_count, 1);
    /* The same again is refused again, and a BYE goes through. */
    send_late(&r, room, SW_MS(40));
    assert_true(answers(&r, "SIP/2.0 503 "));
    assert_null(rig_action(&r, PX_DO_LOG, 0));
    rig_within(within, sizeof within, "BYE", "z9hG4bKb", "c", "t");
    send_late(&r, within, SW_MS(40));
    assert_true(answers(&r, "BYE sip:b@192.0.2.1 SIP/2.0"));
    rig_within(within, sizeof within, "INVITE", "z9hG4bKi", "c", "t");
    send_late(&r, within, SW_MS(40));
    assert_true(answers(&r, "SIP/2.0 100 "));
    /* What was accepted and comes again is no new request. */
    send_late(&r, rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", "z9hG4bK-0", ""),
              SW_MS(40));
    assert_true(answers(&r, "SIP/2.0 100 "));
    assert_int_equal(px_core_counters(r.core)->retransmissions_absorbed, 1);
    assert_int_equal(px_core_counters(r.core)->refused_overload, 2);
    /* Nor is a CANCEL, for whatever it is. */
    send_late(&r, rig_request(room, sizeof room, "CANCEL", "sip:b@192.0.2.1", "z9hG4bKz", ""),
              SW_MS(40));
    assert_true(answers(&r, "SIP/2.0 481 "));
    assert_int_equal(px_core_counters(r.core)->refused_overload, 2);
    /* In time again: calls are taken. */
    send_late(&r, rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", "z9hG4bKn", ""), 0);
    assert_true(answers(&r, "SIP/2.0 100 "));
    rig_end(&r);
}

/* The rig's socket is half full all the time. */
static void send_in_crowd_from(struct rig *r, unsigned from, const char *text)
{
    rig_step(r, &(struct px_event){.kind = PX_EV_DATAGRAM,
                                   .peer = rig_at(from, 5060),
                                   .is_crowded = true,
                                   .bytes = sw_slice_str(text)});
}

static void send_in_crowd(struct rig *r, const char *text)
{
    send_in_crowd_from(r, 100, text);
}

static void invite_in_crowd(struct rig *r, const char *branch)
{
    char room[1024];
    send_in_crowd(r, rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", branch, ""));
}

static void begin(struct rig *r, bool is_trusted)
{
    rig_conf(r);
    r->conf.trusted_count = is_trusted;
    r->conf.source_rate = (struct px_quota_rate){.per_s = 1, .burst = 4};
    rig_begin(r);
}

static const char *write_ack(char *room, size_t cap, const char *branch, const char *tag)
{
    return rig_within(room, cap, "ACK", branch, "z9hG4bKa", tag);
}

/* The tag of the last answer. */
static const char *tag_of(const struct rig *r, char *room, size_t cap)
{
    const struct px_action *a = rig_action(r, PX_DO_DATAGRAM, 0);
    assert_non_null(a);
    const char *at = memmem(a->bytes.p, a->bytes.len, "To: <sip:b@c.t>;tag=", 20);
    assert_non_null(at);
    snprintf(room, cap, "%.16s", at + 20);
    return room;
}

/* It is known by its Via, and by its tag when that is forgotten or there was no memory for it;
 * an ACK of another call goes where it should. */
static void section_6_the_ack_of_a_refusal_ends_here(void **state)
{
    (void)state;
    for (unsigned has_memory = 0; has_memory < 2; has_memory++) {
        static struct rig r;
        char room[1024], tag[17];
        begin(&r, true);
        r.heap.fail_at = has_memory ? SIZE_MAX : r.heap.request_count;
        r.heap.keep_failing = true;
        invite_in_crowd(&r, "z9hG4bKa");
        r.heap.fail_at = SIZE_MAX;
        assert_true(answers(&r, "SIP/2.0 503 "));
        tag_of(&r, tag, sizeof tag);
        send_in_crowd(&r, write_ack(room, sizeof room, "z9hG4bKa", tag));
        assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 0);
        send_in_crowd(&r, write_ack(room, sizeof room, "z9hG4bKa", "cut"));
        assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), has_memory ? 0 : 1);
        send_in_crowd(&r, write_ack(room, sizeof room, "z9hG4bKb", "theirs"));
        assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 1);
        assert_int_equal(px_core_counters(r.core)->requests_received, 4);
        r.now_us += SW_SECONDS(2); /* no load: by its tag alone */
        rig_datagram(&r, 100, write_ack(room, sizeof room, "z9hG4bKa", "cut"));
        assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 1);
        rig_end(&r);
    }
}

/* The later copy of a refused INVITE was taken: for its caller the call is over with the refusal's
 * ACK, load or not. */
static void section_6_the_ack_of_a_refusal_ends_a_later_copy(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024], tag[17], sent[1400];
    begin(&r, true);
    invite_in_crowd(&r, "z9hG4bKa");
    tag_of(&r, tag, sizeof tag);
    r.now_us += SW_SECONDS(2); /* nothing came: no load */
    rig_send(&r, "INVITE", "sip:b@192.0.2.1", "z9hG4bKa");
    assert_true(answers(&r, "SIP/2.0 100 "));
    rig_changed(rig_action(&r, PX_DO_DATAGRAM, 1), "", "", sent, sizeof sent);
    rig_datagram(&r, 1, rig_respond(room, sizeof room, sw_slice_str(sent), "180 Ringing"));
    send_in_crowd(&r, write_ack(room, sizeof room, "z9hG4bKa", tag));
    assert_true(answers(&r, "CANCEL sip:b@192.0.2.1 "));
    rig_end(&r);
}

/* A line that other requests may begin with as well would swallow their ACKs; so would one that a
 * stranger has guessed. */
static void section_6_an_ack_is_known_by_what_only_it_has(void **state)
{
    static const struct {
        const char *method, *lines;
        unsigned source;
    } rows[] = {
        {"INVITE", "Max-Forwards: 70\r\nVia: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKa\r\n",
         100},
        {"INVITE", "Via: SIP/2.0/UDP 192.0.2.100:5060\r\n", 100},
        {"INVITE", "Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKa\r\n", 77},
        {"MESSAGE", "Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKa\r\n", 100},
    };
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        char room[1024];
        begin(&r, true);
        snprintf(room, sizeof room,
                 "%s sip:b@192.0.2.1 SIP/2.0\r\n%sFrom: <sip:a@b.t>;tag=f\r\n"
                 "To: <sip:b@c.t>\r\nCall-ID: a\r\nCSeq: 1 %s\r\n\r\n",
                 rows[i].method, rows[i].lines, rows[i].method);
        send_in_crowd_from(&r, rows[i].source, room);
        assert_true(answers(&r, "SIP/2.0 503 "));
        snprintf(room, sizeof room,
                 "ACK sip:b@192.0.2.1 SIP/2.0\r\n%sFrom: <sip:a@b.t>;tag=f\r\n"
                 "To: <sip:b@c.t>;tag=theirs\r\nCall-ID: b\r\nCSeq: 1 ACK\r\n\r\n",
                 rows[i].lines);
        send_in_crowd(&r, room);
        assert_true(answers(&r, "ACK sip:b@192.0.2.1 "));
        rig_end(&r);
    }
}

/* Load is no reason to call what is wrong anything else. */
static void m3_under_load_what_is_wrong_is_told(void **state)
{
    static const struct {
        const char *more, *answer;
        size_t limits_passed;
    } rows[] = {
        {"", "SIP/2.0 503 Service Unavailable\r\n", 0},
        {"Max-Forwards: x\r\n", "SIP/2.0 400 Bad Max-Forwards\r\n", 0},
        {"v: SIP/2.0/UDP a.t, SIP/2.0/UDP b.t\r\n", "SIP/2.0 513 Message Too Large\r\n", 1},
    };
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        char room[1024];
        begin(&r, true);
        r.conf.limits.via_count = 2;
        send_in_crowd(&r, rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", "z9hG4bKa",
                                      rows[i].more));
        assert_true(answers(&r, rows[i].answer));
        assert_int_equal(px_core_counters(r.core)->limit_via, rows[i].limits_passed);
        assert_int_equal(px_core_counters(r.core)->refused_overload, i == 0);
        assert_int_equal(px_core_counters(r.core)->replies, 1);
        rig_end(&r);
    }
}

/* The four of the burst get answers, one more does, the rest nothing: whatever they are. */
static void section_6_who_sends_too_much_gets_nothing_under_load(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024];
    size_t answered = 0;
    begin(&r, false);
    for (unsigned n = 0; n < 20; n++) {
        char branch[32];
        snprintf(branch, sizeof branch, "z9hG4bK%u", n);
        const char *more = n % 2 == 0 ? "" : "no field\r\n"; /* what cannot be read counts, too */
        send_in_crowd(&r,
                      rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", branch, more));
        answered += rig_count(&r, PX_DO_DATAGRAM);
        assert_true(rig_count(&r, PX_DO_DATAGRAM) == 0 ||
                    answers(&r, n % 2 == 0 ? "SIP/2.0 503 " : "SIP/2.0 400 "));
    }
    assert_int_equal(answered, 5);
    send_in_crowd(&r, write_ack(room, sizeof room, "z9hG4bK0", "t"));
    assert_int_equal(px_core_counters(r.core)->drop_rate, 16);
    assert_string_equal(rig_action(&r, PX_DO_LOG, 0)->log->method, "ACK");
    assert_string_equal(rig_action(&r, PX_DO_LOG, 0)->log->call_id, "z9hG4bKa");
    assert_int_equal(px_core_counters(r.core)->refused_rate, 0);
    assert_int_equal(px_core_counters(r.core)->requests_received, 21);
    rig_end(&r);
}

/* Each of two workers lets half of it pass, rounded up: a rate of 1 is not none. */
static void section_5_workers_share_the_rate_of_a_source(void **state)
{
    static const struct {
        uint32_t burst;
        size_t served;
    } rows[] = {{1, 1}, {3, 2}};
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct rig r;
        const struct px_core_args args = {
            .conf = &r.conf, .alloc = &r.heap.alloc, .worker_count = 2, .exact_memory = true};
        size_t answered = 0;
        rig_conf(&r);
        r.conf.source_rate = (struct px_quota_rate){.per_s = 1, .burst = rows[i].burst};
        r.conf.limits_trusted = true;
        assert_int_equal(px_core_new(&r.core, &args, r.now_us), 0);
        for (unsigned n = 0; n < 40; n++) {
            rig_options(&r, n);
            const struct px_action *answer = rig_action(&r, PX_DO_DATAGRAM, 0);
            answered += answer != NULL && rig_has(answer->bytes, "SIP/2.0 200");
        }
        assert_int_equal(answered, rows[i].served);
        assert_int_equal(px_core_counters(r.core)->refused_rate, 1);
        rig_end(&r);
    }
}

/* Within a dialog there is room for a quarter more, and one. */
static void section_6_requests_in_dialogs_have_a_quarter_more(void **state)
{
    (void)state;
    static struct rig r;
    rig_conf(&r);
    r.conf.transactions_max = 4;
    rig_begin(&r);
    for (unsigned n = 0; n < 8; n++) {
        char room[1024], text[1100], branch[32];
        const char *tag = n < 5 ? "" : ";tag=t";
        snprintf(branch, sizeof branch, "z9hG4bK%u", n);
        rig_request(room, sizeof room, "INVITE", "sip:b@192.0.2.1", branch, "");
        size_t before = (size_t)(strstr(room, "\r\nCall-ID") - room);
        snprintf(text, sizeof text, "%.*s%s%s", (int)before, room, tag, room + before);
        rig_datagram(&r, 100, text);
        bool is_refused = rig_has(rig_action(&r, PX_DO_DATAGRAM, 0)->bytes, "SIP/2.0 503");
        assert_int_equal(is_refused, n == 4 || n == 7);
    }
    assert_int_equal(px_core_counters(r.core)->transactions_open, 6);
    rig_end(&r);
}

/* An ACK that waits for its location is under way too: a drained core waits for it, and there are
 * not more of them than of calls. */
static void section_6_acks_under_way_are_waited_for_and_bounded(void **state)
{
    (void)state;
    static struct rig r;
    rig_conf(&r);
    r.conf.transactions_max = 1;
    rig_begin(&r);
    rig_send(&r, "ACK", "sip:b@c.t", "z9hG4bKa");
    assert_non_null(rig_action(&r, PX_DO_ASK, 0));
    assert_false(px_core_is_idle(r.core));
    assert_int_equal(px_core_counters(r.core)->drop_limit, 0);
    rig_send(&r, "ACK", "sip:b@c.t", "z9hG4bKb");
    assert_int_equal(px_core_counters(r.core)->drop_limit, 1);
    rig_end(&r);
}

/* After a standstill all that became due is dealt with, but in steps between which what came in has
 * its turn: calls that are over, which cause no actions. */
static void section_6_many_timers_at_once_are_worked_off_in_pieces(void **state)
{
    (void)state;
    enum { REQUESTS = 1000, AT_ONCE_MAX = 50, STEPS_MAX = 200 };
    static struct rig r;
    unsigned steps = 0;
    char room[1024], sent[1400], branch[32];
    rig_conf(&r);
    rig_begin(&r);
    for (unsigned i = 0; i < REQUESTS; i++) {
        snprintf(branch, sizeof branch, "z9hG4bKt%u", i);
        rig_send(&r, "OPTIONS", "sip:b@192.0.2.1", branch);
        rig_changed(rig_action(&r, PX_DO_DATAGRAM, 0), "", "", sent, sizeof sent);
        rig_datagram(&r, 1, rig_respond(room, sizeof room, sw_slice_str(sent), "200 OK"));
        assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 1);
    }
    r.now_us += SW_SECONDS(40); /* Timer J of all, and no wake-up before */
    rig_options(&r, 0);
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 1);
    for (; px_core_wake_us(r.core) <= r.now_us && steps < STEPS_MAX; steps++)
        rig_wake(&r);
    assert_in_range(steps, REQUESTS / AT_ONCE_MAX, STEPS_MAX - 1);
    assert_true(px_core_is_idle(r.core));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_for_a_moment_is_no_load),
        cmocka_unit_test(a_crowded_socket_is_load_at_once),
        cmocka_unit_test(it_is_light_again_when_half_the_bound_is_kept),
        cmocka_unit_test(it_is_light_again_when_nothing_comes),
        cmocka_unit_test(without_a_bound_nothing_is_late),
        cmocka_unit_test(it_is_said_now_and_then),
        cmocka_unit_test(its_end_says_nothing_when_all_was_said),
        cmocka_unit_test(under_load_what_is_new_gets_503),
        cmocka_unit_test(section_6_the_ack_of_a_refusal_ends_here),
        cmocka_unit_test(section_6_the_ack_of_a_refusal_ends_a_later_copy),
        cmocka_unit_test(section_6_an_ack_is_known_by_what_only_it_has),
        cmocka_unit_test(m3_under_load_what_is_wrong_is_told),
        cmocka_unit_test(section_6_who_sends_too_much_gets_nothing_under_load),
        cmocka_unit_test(section_5_workers_share_the_rate_of_a_source),
        cmocka_unit_test(section_6_requests_in_dialogs_have_a_quarter_more),
        cmocka_unit_test(section_6_acks_under_way_are_waited_for_and_bounded),
        cmocka_unit_test(section_6_many_timers_at_once_are_worked_off_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

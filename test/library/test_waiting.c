/* SPDX-License-Identifier: BSD-2-Clause */
/* Locations that have to wait for the DNS, in each way a context can be driven: who is called when,
 * and what may be done meanwhile. */
#include "sipward/sipward.h"

#include "adapter/clock.h"
#include "base/time.h"
#include "support/check.h"
#include "support/liar.h"
#include "support/temp.h"

#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>

enum { A = 1, AAAA = 28, SRV = 33, NAPTR = 35 };

static const struct liar_rule rules[] = {
    {.name = "h.t", .type = A, .delay_ms = 20, .records = {"an & 60 A 127.0.1.1"}},
    {.name = "h.t", .type = AAAA, .delay_ms = 20},
    {.name = "*.many.t", .records = {"an & 60 A 127.0.1.6"}},
    {.name = "other.t", .type = A, .delay_ms = 40, .records = {"an & 60 A 127.0.1.2"}},
    {.name = "other.t", .type = AAAA, .delay_ms = 40},
    {.name = "slow.t", .type = A, .delay_ms = 300, .records = {"an & 60 A 127.0.1.3"}},
    {.name = "slow.t", .type = AAAA, .delay_ms = 300},
    {.name = "dead.t", .deeds = LIAR_SILENT},
    {.name = "four.t", .type = A, .records = {"an & 60 A 127.0.1.4"}},
    {.name = "four.t", .type = AAAA, .deeds = LIAR_SILENT},
    {.name = "broken.t", .rcode = 2},
    {.name = "_sip._udp.broken.t", .rcode = 2},
    {.name = "signed.t", .type = A, .records = {"an & 60 A 127.0.1.5"}},
};
enum { RULE_H_A, RULE_H_AAAA, RULE_MANY = 2 };

/* A context, driven in one of the ways. */
enum way { OWN_LOOP, LIBEVENT };

struct bed {
    struct liar *liar;
    struct event_base *base; /* LIBEVENT */
    struct sipward *sw;
};

static void on_nothing(evutil_socket_t fd, short events, void *arg)
{
    (void)fd, (void)events, (void)arg;
}

static struct bed make_bed(void **state, uint32_t deadline_ms, const char *anchor_file)
{
    enum way way = *(const enum way *)*state;
    struct bed b = {.liar = liar_start(rules, SW_ARRAY_LEN(rules))};
    char server[32];
    snprintf(server, sizeof server, "127.0.0.1@%u", (unsigned)liar_port(b.liar));
    const char *const servers[] = {server};
    struct sipward_options o = {.size = sizeof o,
                                .transports = "udp",
                                .flags = anchor_file == NULL ? SIPWARD_NO_DNSSEC : 0,
                                .trust_anchor_file = anchor_file,
                                .source = SIPWARD_SOURCE_SERVERS,
                                .servers = servers,
                                .server_count = 1,
                                .deadline_ms = deadline_ms};
    struct sipward_error error = {.text = ""};
    int rc;
    if (way == LIBEVENT) {
        b.base = event_base_new();
        rc = sipward_new_on_libevent(&b.sw, &o, b.base, &error);
    } else {
        rc = sipward_new(&b.sw, &o, &error);
    }
    if (rc < 0)
        fail_msg("%s", error.text);
    return b;
}

static void clear_bed(struct bed *b)
{
    sipward_free(b->sw);
    if (b->base != NULL)
        event_base_free(b->base);
    liar_stop(b->liar);
}

/* One turn of the loop, at most 50 ms. */
static void turn(struct bed *b)
{
    if (b->base != NULL) {
        static const struct timeval bound = {0, 50000};
        event_base_once(b->base, -1, EV_TIMEOUT, on_nothing, NULL, &bound);
        event_base_loop(b->base, EVLOOP_ONCE);
        return;
    }
    struct pollfd p = {.fd = sipward_fd(b->sw), .events = POLLIN};
    int timeout_ms = sipward_timeout_ms(b->sw);
    poll(&p, 1, timeout_ms < 0 || timeout_ms > 50 ? 50 : timeout_ms);
    assert_int_equal(sipward_process(b->sw), 0);
}

static void turn_until(struct bed *b, const bool *flag, uint64_t for_us)
{
    uint64_t end_us = ad_clock_mono_us() + for_us;
    while (!*flag && ad_clock_mono_us() < end_us)
        turn(b);
}

/* ---- one that is called ---- */

struct call {
    struct bed *bed;
    struct sipward_location *location;
    unsigned ready_count;
    bool is_inside; /* our own call of the library has not returned */
    bool is_over;
    enum sipward_next last;
    struct sipward_candidate candidate;
    void (*then)(struct call *call); /* done when it is ready */
    struct call *other;
};

static void note_next(struct call *c)
{
    const struct sipward_candidate *candidate;
    c->is_inside = true;
    c->last = sipward_next(c->location, &candidate);
    c->is_inside = false;
    if (c->last == SIPWARD_CANDIDATE)
        c->candidate = *candidate;
    c->is_over = c->last != SIPWARD_WAIT;
}

static void on_ready(struct sipward_location *location, void *arg)
{
    struct call *c = arg;
    c->ready_count++;
    assert_false(c->is_inside);
    assert_ptr_equal(location, c->location);
    if (c->then != NULL)
        c->then(c);
    else
        note_next(c);
}

static void begin(struct call *c, struct bed *b, const char *uri)
{
    struct sipward_query q = {.size = sizeof q, .ready = on_ready, .arg = c};
    struct sipward_error error = {.text = ""};
    c->bed = b;
    c->is_inside = true;
    if (sipward_locate(&c->location, b->sw, uri, &q, &error) < 0)
        fail_msg("%s: %s", uri, error.text);
    c->is_inside = false;
    note_next(c);
}

static uint32_t ip(const struct call *c)
{
    return ntohl(c->candidate.addr.in.sin_addr.s_addr);
}

static void ready_is_called_once_for_each_wait(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call c = {.bed = NULL};
    begin(&c, &b, "sip:h.t:5060");
    assert_int_equal(c.last, SIPWARD_WAIT);
    assert_int_equal(c.ready_count, 0);
    assert_int_equal(sipward_result(c.location), SIPWARD_OPEN);
    assert_true(sipward_has_more(c.location));
    turn_until(&b, &c.is_over, SW_SECONDS(5));
    assert_int_equal(c.last, SIPWARD_CANDIDATE);
    assert_int_equal(c.ready_count, 1);
    assert_int_equal(ip(&c), 0x7f000101);
    turn(&b);
    turn(&b);
    assert_int_equal(c.ready_count, 1);
    note_next(&c);
    assert_int_equal(c.last, SIPWARD_END);
    sipward_end(c.location);
    clear_bed(&b);
}

static void who_asks_again_before_he_is_called_is_not_called(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call c = {.bed = NULL};
    begin(&c, &b, "sip:h.t:5060");
    uint64_t end_us = ad_clock_mono_us() + SW_SECONDS(5);
    c.then = note_next;
    while (c.last == SIPWARD_WAIT && ad_clock_mono_us() < end_us) {
        note_next(&c); /* asking again and again does no harm */
        if (c.last == SIPWARD_WAIT)
            turn(&b);
    }
    assert_int_equal(c.last, SIPWARD_CANDIDATE);
    assert_in_range(c.ready_count, 0, 1);
    unsigned count = c.ready_count;
    turn(&b);
    assert_int_equal(c.ready_count, count);
    sipward_end(c.location);
    clear_bed(&b);
}

static void without_a_ready_function_one_asks_after_each_turn(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct sipward_location *l;
    const struct sipward_candidate *candidate;
    assert_int_equal(sipward_locate(&l, b.sw, "sip:h.t:5060", NULL, NULL), 0);
    enum sipward_next next = SIPWARD_WAIT;
    uint64_t end_us = ad_clock_mono_us() + SW_SECONDS(5);
    while ((next = sipward_next(l, &candidate)) == SIPWARD_WAIT && ad_clock_mono_us() < end_us)
        turn(&b);
    assert_int_equal(next, SIPWARD_CANDIDATE);
    sipward_end(l);
    clear_bed(&b);
}

/* ---- what may be done in a ready function ---- */

static void end_self(struct call *c)
{
    sipward_end(c->location);
    c->is_over = true;
}

static void a_location_may_be_ended_when_it_is_ready(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call c = {.then = end_self};
    begin(&c, &b, "sip:h.t:5060");
    turn_until(&b, &c.is_over, SW_SECONDS(5));
    assert_int_equal(c.ready_count, 1);
    turn(&b);
    clear_bed(&b);
}

static void end_other(struct call *c)
{
    sipward_end(c->other->location);
    end_self(c);
}

static void another_location_may_be_ended_too(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    /* Both become ready by the same answer: the first that is called ends the other. */
    struct call one = {.then = end_other}, two = {.then = end_other};
    one.other = &two;
    two.other = &one;
    begin(&one, &b, "sip:h.t:5060");
    begin(&two, &b, "sip:h.t:5070");
    uint64_t end_us = ad_clock_mono_us() + SW_SECONDS(5);
    while (!one.is_over && !two.is_over && ad_clock_mono_us() < end_us)
        turn(&b);
    turn(&b);
    assert_int_equal(one.ready_count + two.ready_count, 1);
    clear_bed(&b);
}

static void begin_other(struct call *c)
{
    note_next(c);
    begin(c->other, c->bed, "sip:other.t:5060");
}

static void a_location_may_be_begun_in_a_ready_function(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call two = {.bed = NULL};
    struct call one = {.then = begin_other, .other = &two};
    begin(&one, &b, "sip:h.t:5060");
    turn_until(&b, &two.is_over, SW_SECONDS(5));
    assert_int_equal(ip(&one), 0x7f000101);
    assert_int_equal(ip(&two), 0x7f000102);
    sipward_end(one.location);
    sipward_end(two.location);
    clear_bed(&b);
}

static void free_context(struct call *c)
{
    sipward_free(c->bed->sw);
    c->bed->sw = NULL;
    sipward_end(c->location); /* still there until we return */
    c->is_over = true;
}

static void the_context_may_be_freed_in_a_ready_function(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call one = {.then = free_context}, two = {.then = free_context};
    begin(&one, &b, "sip:h.t:5060");
    begin(&two, &b, "sip:h.t:5070");
    uint64_t end_us = ad_clock_mono_us() + SW_SECONDS(5);
    while (!one.is_over && !two.is_over && ad_clock_mono_us() < end_us)
        turn(&b);
    assert_int_equal(one.ready_count + two.ready_count, 1);
    clear_bed(&b);
}

static void wait_inside(struct call *c)
{
    const struct sipward_candidate *candidate;
    assert_int_equal(sipward_wait(c->location, 10, &candidate), SIPWARD_E_INVAL);
    assert_int_equal(sipward_process(c->bed->sw), SIPWARD_E_INVAL);
    note_next(c);
}

static void only_waiting_is_refused_in_a_ready_function(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call c = {.then = wait_inside};
    begin(&c, &b, "sip:h.t:5060");
    turn_until(&b, &c.is_over, SW_SECONDS(5));
    assert_int_equal(c.last, SIPWARD_CANDIDATE);
    sipward_end(c.location);
    clear_bed(&b);
}

/* ---- questions under way ---- */

static void who_has_ended_is_not_called(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call gone = {.bed = NULL}, stays = {.bed = NULL};
    begin(&gone, &b, "sip:h.t:5060");
    begin(&stays, &b, "sip:h.t:5070");
    sipward_end(gone.location);
    turn_until(&b, &stays.is_over, SW_SECONDS(5));
    assert_int_equal(stays.last, SIPWARD_CANDIDATE);
    assert_int_equal(gone.ready_count, 0);
    sipward_end(stays.location);
    clear_bed(&b);
}

static void d11_equal_questions_are_asked_once(void **state)
{
    enum { MANY = 50 };
    struct bed b = make_bed(state, 0, NULL);
    struct call calls[MANY] = {{.bed = NULL}};
    for (size_t i = 0; i < MANY; i++)
        begin(&calls[i], &b, "sip:h.t:5060");
    for (size_t i = 0; i < MANY; i++) {
        turn_until(&b, &calls[i].is_over, SW_SECONDS(5));
        assert_int_equal(calls[i].last, SIPWARD_CANDIDATE);
        sipward_end(calls[i].location);
    }
    assert_int_equal(liar_count(b.liar, RULE_H_A), 1);
    assert_int_equal(liar_count(b.liar, RULE_H_AAAA), 1);
    clear_bed(&b);
}

static void d11_a_dead_domain_delays_nobody(void **state)
{
    struct bed b = make_bed(state, 2000, NULL);
    struct call dead = {.bed = NULL}, alive = {.bed = NULL};
    begin(&dead, &b, "sip:dead.t:5060");
    begin(&alive, &b, "sip:h.t:5060");
    uint64_t from_us = ad_clock_mono_us();
    turn_until(&b, &alive.is_over, SW_SECONDS(5));
    assert_int_equal(alive.last, SIPWARD_CANDIDATE);
    assert_in_range(ad_clock_mono_us() - from_us, 0, SW_SECONDS(1));
    assert_false(dead.is_over);
    sipward_end(dead.location);
    sipward_end(alive.location);
    clear_bed(&b);
}

static void d10_the_deadline_ends_it(void **state)
{
    struct bed b = make_bed(state, 300, NULL);
    struct call c = {.bed = NULL};
    uint64_t from_us = ad_clock_mono_us();
    begin(&c, &b, "sip:dead.t:5060");
    turn_until(&b, &c.is_over, SW_SECONDS(10));
    assert_int_equal(c.last, SIPWARD_END);
    assert_int_equal(sipward_result(c.location), SIPWARD_TEMPORARY);
    assert_in_range(ad_clock_mono_us() - from_us, SW_MS(300), SW_SECONDS(2));
    char reason[128];
    assert_string_not_equal(sipward_reason(c.location, reason, sizeof reason), "");
    sipward_end(c.location);
    clear_bed(&b);
}

static void a3_an_address_waits_only_briefly_for_the_other_family(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call c = {.bed = NULL};
    uint64_t from_us = ad_clock_mono_us();
    begin(&c, &b, "sip:four.t:5060");
    turn_until(&b, &c.is_over, SW_SECONDS(5));
    assert_int_equal(c.last, SIPWARD_CANDIDATE);
    assert_int_equal(ip(&c), 0x7f000104);
    assert_in_range(ad_clock_mono_us() - from_us, SW_MS(50), SW_SECONDS(1));
    sipward_end(c.location);
    clear_bed(&b);
}

static void d4_servfail_is_temporary(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call c = {.bed = NULL};
    begin(&c, &b, "sip:broken.t");
    turn_until(&b, &c.is_over, SW_SECONDS(10));
    assert_int_equal(c.last, SIPWARD_END);
    assert_int_equal(sipward_result(c.location), SIPWARD_TEMPORARY);
    sipward_end(c.location);
    clear_bed(&b);
}

static void d6_bogus_is_said(void **state)
{
    char anchor[TEMP_PATH_MAX];
    temp_file(anchor, "anchor",
              "signed.t. IN DS 1 8 2 "
              "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
    struct bed b = make_bed(state, 0, anchor);
    struct call c = {.bed = NULL};
    begin(&c, &b, "sip:signed.t:5060");
    turn_until(&b, &c.is_over, SW_SECONDS(10));
    assert_int_equal(c.last, SIPWARD_END);
    assert_int_equal(sipward_result(c.location), SIPWARD_BOGUS);
    sipward_end(c.location);
    clear_bed(&b);
}

static void a_flush_leaves_what_is_under_way(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call c = {.bed = NULL};
    begin(&c, &b, "sip:h.t:5060");
    assert_int_equal(sipward_flush(b.sw), 0);
    turn_until(&b, &c.is_over, SW_SECONDS(5));
    assert_int_equal(c.last, SIPWARD_CANDIDATE);
    sipward_end(c.location);
    clear_bed(&b);
}

static void a_context_is_freed_with_questions_under_way(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call calls[4] = {{.bed = NULL}};
    begin(&calls[0], &b, "sip:h.t:5060");
    begin(&calls[1], &b, "sip:slow.t:5060");
    begin(&calls[2], &b, "sip:dead.t:5060");
    begin(&calls[3], &b, "sip:h.t");
    turn(&b);
    clear_bed(&b);
    assert_int_equal(calls[2].ready_count, 0);
}

/* A caller that is busy for longer than the resolver waits for an answer finds many of them in
 * their sockets: they are read, not given up. More than one turn of the loop takes. */
static void after_a_stall_nothing_is_asked_again(void **state)
{
    enum { MANY = 1500 };
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max; /* each question has a socket */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    struct bed b = make_bed(state, 20000, NULL);
    struct call *calls = test_calloc(MANY, sizeof *calls);
    for (unsigned i = 0; i < MANY; i++) {
        char uri[64];
        snprintf(uri, sizeof uri, "sip:h%u.many.t:5060", i);
        begin(&calls[i], &b, uri);
    }
    turn(&b);           /* they leave */
    poll(NULL, 0, 600); /* the stall */
    for (size_t i = 0; i < MANY; i++) {
        turn_until(&b, &calls[i].is_over, SW_SECONDS(20));
        assert_int_equal(calls[i].last, SIPWARD_CANDIDATE);
        sipward_end(calls[i].location);
    }
    assert_int_equal(liar_count(b.liar, RULE_MANY), 2 * MANY);
    test_free(calls);
    clear_bed(&b);
}

/* ---- blocking ---- */

static void waiting_ends_with_the_candidate(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct sipward_location *l;
    const struct sipward_candidate *candidate;
    assert_int_equal(sipward_locate(&l, b.sw, "sip:h.t:5060", NULL, NULL), 0);
    assert_int_equal(sipward_wait(l, -1, &candidate), SIPWARD_CANDIDATE);
    assert_int_equal(ntohl(candidate->addr.in.sin_addr.s_addr), 0x7f000101);
    assert_int_equal(sipward_wait(l, -1, &candidate), SIPWARD_END);
    sipward_end(l);
    clear_bed(&b);
}

static void waiting_ends_with_the_time_and_may_be_taken_up_again(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct sipward_location *l;
    const struct sipward_candidate *candidate;
    assert_int_equal(sipward_locate(&l, b.sw, "sip:slow.t:5060", NULL, NULL), 0);
    uint64_t from_us = ad_clock_mono_us();
    assert_int_equal(sipward_wait(l, 0, &candidate), SIPWARD_WAIT);
    assert_int_equal(sipward_wait(l, 30, &candidate), SIPWARD_WAIT);
    assert_in_range(ad_clock_mono_us() - from_us, SW_MS(30), SW_MS(290));
    assert_int_equal(sipward_wait(l, 5000, &candidate), SIPWARD_CANDIDATE);
    sipward_end(l);
    clear_bed(&b);
}

static void who_waits_is_not_called_others_are(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call other = {.bed = NULL}, awaited = {.bed = NULL};
    begin(&other, &b, "sip:h.t:5060");
    begin(&awaited, &b, "sip:slow.t:5060");
    const struct sipward_candidate *candidate;
    assert_int_equal(sipward_wait(awaited.location, 5000, &candidate), SIPWARD_CANDIDATE);
    assert_int_equal(awaited.ready_count, 0);
    assert_int_equal(other.ready_count, 1);
    assert_int_equal(other.last, SIPWARD_CANDIDATE);
    sipward_end(other.location);
    sipward_end(awaited.location);
    clear_bed(&b);
}

static void waiting_ends_when_somebody_else_ends_the_location(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call awaited = {.bed = NULL};
    struct call other = {.then = end_other, .other = &awaited};
    begin(&other, &b, "sip:h.t:5060");
    begin(&awaited, &b, "sip:dead.t:5060");
    const struct sipward_candidate *candidate;
    assert_int_equal(sipward_wait(awaited.location, 5000, &candidate), SIPWARD_E_NOTFOUND);
    clear_bed(&b);
}

static void waiting_ends_when_somebody_else_frees_the_context(void **state)
{
    struct bed b = make_bed(state, 0, NULL);
    struct call awaited = {.bed = NULL}, other = {.then = free_context};
    begin(&other, &b, "sip:h.t:5060");
    begin(&awaited, &b, "sip:dead.t:5060");
    const struct sipward_candidate *candidate;
    assert_int_equal(sipward_wait(awaited.location, 5000, &candidate), SIPWARD_E_NOTFOUND);
    clear_bed(&b);
}

/* Between other work, never with time to wait: what has come is found all the same. */
static void waiting_for_no_time_makes_progress(void **state)
{
    struct bed b = make_bed(state, 3000, NULL);
    struct sipward_location *l = NULL;
    const struct sipward_candidate *candidate = NULL;
    assert_int_equal(sipward_locate(&l, b.sw, "sip:h.t:5060", NULL, NULL), 0);
    int next;
    while ((next = sipward_wait(l, 0, &candidate)) == SIPWARD_WAIT)
        poll(NULL, 0, 1);
    assert_int_equal(next, SIPWARD_CANDIDATE);
    sipward_end(l);
    clear_bed(&b);
}

int main(void)
{
    static enum way own = OWN_LOOP, libevent = LIBEVENT;
#define BOTH(test)                                                                                 \
    {#test " (own loop)", test, NULL, NULL, &own},                                                 \
    {                                                                                              \
#test " (libevent)", test, NULL, NULL, &libevent                                           \
    }
#define OWN(test)                                                                                  \
    {                                                                                              \
#test, test, NULL, NULL, &own                                                              \
    }
    const struct CMUnitTest tests[] = {
        BOTH(ready_is_called_once_for_each_wait),
        BOTH(who_asks_again_before_he_is_called_is_not_called),
        BOTH(without_a_ready_function_one_asks_after_each_turn),
        BOTH(a_location_may_be_ended_when_it_is_ready),
        BOTH(another_location_may_be_ended_too),
        BOTH(a_location_may_be_begun_in_a_ready_function),
        BOTH(the_context_may_be_freed_in_a_ready_function),
        BOTH(only_waiting_is_refused_in_a_ready_function),
        BOTH(who_has_ended_is_not_called),
        BOTH(d11_equal_questions_are_asked_once),
        BOTH(d11_a_dead_domain_delays_nobody),
        BOTH(d10_the_deadline_ends_it),
        BOTH(a3_an_address_waits_only_briefly_for_the_other_family),
        BOTH(d4_servfail_is_temporary),
        BOTH(d6_bogus_is_said),
        BOTH(a_flush_leaves_what_is_under_way),
        BOTH(a_context_is_freed_with_questions_under_way),
        OWN(after_a_stall_nothing_is_asked_again),
        OWN(waiting_ends_with_the_candidate),
        OWN(waiting_ends_with_the_time_and_may_be_taken_up_again),
        OWN(waiting_for_no_time_makes_progress),
        OWN(who_waits_is_not_called_others_are),
        OWN(waiting_ends_when_somebody_else_ends_the_location),
        OWN(waiting_ends_when_somebody_else_frees_the_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pump between a scripted core and a scripted resolver, both defined here in the place of the
 * real ones, and real sockets on loopback.
 */
#include "run/pump.h"

#include "base/alloc.h"
#include "base/time.h"
#include "proxy/conf.h"
#include "support/loopback.h"

#include <stdlib.h>

enum { STEPS_MAX = 8192, SCRIPT_MAX = PX_STEP_ACTIONS_MAX };

/* --- the scripted core ------------------------------------------------------------------- */

struct script { /* what the core wants done on the n-th event of a kind */
    struct px_action actions[SCRIPT_MAX];
    size_t count;
};

struct px_core {
    enum px_event_kind steps[STEPS_MAX];
    struct px_event last;
    char last_bytes[64];
    enum sw_outcome last_outcome;
    size_t step_count;
    size_t turn_count;
    uint64_t wake_us;
    struct script on[PX_EV_DRAIN + 1]; /* by kind of event; used up when used_up says so */
    unsigned repeat[PX_EV_DRAIN + 1];  /* how many more events of the kind are answered so */
};

static struct px_core the_core;

int px_core_new(struct px_core **out, const struct px_core_args *args, uint64_t now_us)
{
    (void)args;
    (void)now_us;
    memset(&the_core, 0, sizeof the_core);
    the_core.wake_us = SW_NEVER;
    *out = &the_core;
    return 0;
}

void px_core_free(struct px_core *core)
{
    (void)core;
}

void px_core_turn(struct px_core *core)
{
    core->turn_count++;
}

void px_core_step(struct px_core *core, const struct px_event *ev, uint64_t now_us,
                  struct px_out *out)
{
    (void)now_us;
    assert_true(core->step_count < STEPS_MAX);
    assert_true(out->cap - out->count >= PX_STEP_ACTIONS_MAX);
    core->steps[core->step_count++] = ev->kind;
    core->last = *ev;
    if (ev->bytes.len > 0 && ev->bytes.len <= sizeof core->last_bytes)
        memcpy(core->last_bytes, ev->bytes.p, ev->bytes.len);
    if (ev->kind == PX_EV_ANSWER)
        core->last_outcome = ev->answer->outcome;
    if (ev->kind == PX_EV_WAKE)
        core->wake_us = SW_NEVER;
    if (core->repeat[ev->kind] == 0)
        return;
    core->repeat[ev->kind]--;
    const struct script *s = &core->on[ev->kind];
    for (size_t i = 0; i < s->count; i++)
        out->list[out->count++] = s->actions[i];
}

uint64_t px_core_wake_us(const struct px_core *core)
{
    return core->wake_us;
}

const struct px_counters *px_core_counters(const struct px_core *core)
{
    (void)core;
    return NULL;
}

bool px_core_is_idle(const struct px_core *core)
{
    (void)core;
    return true;
}

/* When an event of this kind comes, the next @p times times, have this done. */
static void script(enum px_event_kind kind, unsigned times, struct px_action action)
{
    struct script *s = &the_core.on[kind];

    s->actions[s->count++] = action;
    the_core.repeat[kind] = times;
}

/* --- the scripted resolver --------------------------------------------------------------- */

struct scripted_dns {
    struct ad_dns dns;
    bool answers_at_once, is_out_of_memory;
    ad_dns_answer_fn *fn;
    void *arg;
    uint64_t last_id, cancelled_id;
    unsigned asked_count, freed_count;
    uint64_t timeout_us;
};

static struct scripted_dns the_dns;

static int answer_by_script(struct ad_dns *base, const struct sw_question *q, uint64_t timeout_us,
                            ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id)
{
    struct scripted_dns *dns = SW_CONTAINER_OF(base, struct scripted_dns, dns);
    const struct sw_answer answer = {.outcome = SW_OUTCOME_NXDOMAIN};

    assert_int_equal(q->type, SW_RR_SRV);
    dns->asked_count++;
    dns->timeout_us = timeout_us;
    if (dns->is_out_of_memory)
        return SW_E_NOMEM;
    if (dns->answers_at_once) {
        fn(arg, &answer);
        *id = (struct ad_dns_id){0};
        return 0;
    }
    dns->fn = fn;
    dns->arg = arg;
    *id = (struct ad_dns_id){++dns->last_id};
    return 0;
}

static void note_cancel(struct ad_dns *base, struct ad_dns_id id)
{
    SW_CONTAINER_OF(base, struct scripted_dns, dns)->cancelled_id = id.value;
}

static void free_nothing(struct ad_dns *base)
{
    SW_CONTAINER_OF(base, struct scripted_dns, dns)->freed_count++;
}

static const struct ad_dns_ops dns_ops = {
    .ask = answer_by_script, .cancel = note_cancel, .free = free_nothing};

static struct sw_resolver *resolver_of(struct scripted_dns *dns)
{
    struct sw_resolver *r = calloc(1, sizeof *r);

    assert_non_null(r);
    *dns = (struct scripted_dns){.dns = {&dns_ops}};
    r->dns = &dns->dns;
    return r;
}

/* --- the fixture ------------------------------------------------------------------------- */

struct fixture {
    struct px_conf conf;
    struct ad_udp *udp;
    struct ad_stream *stream;
    struct ad_log *log;
    struct sw_pump *pump;
};

static void on_net_event(void *arg, const struct px_event *ev)
{
    struct fixture *f = arg;

    sw_pump_event(f->pump, ev, 0);
}

static struct fixture *set_up(void)
{
    static struct fixture f;
    const struct ad_udp_conf udp = {.fn = on_net_event, .arg = &f};
    const struct ad_stream_conf stream = {
        .fn = on_net_event, .arg = &f, .connection_max = 10, .queue_max_len = 4096};
    const struct ad_log_conf log = {.file = "/dev/null"};

    memset(&f, 0, sizeof f);
    f.conf.listener_count = 1;
    f.conf.listeners[0] =
        (struct px_listener){.transport = SW_UDP, .endpoint = endpoint("127.0.0.1", 0)};
    assert_int_equal(ad_udp_new(&f.udp, &udp), 0);
    assert_int_equal(ad_udp_open(f.udp, 0, &f.conf.listeners[0].endpoint, false, NULL), 0);
    assert_int_equal(ad_stream_new(&f.stream, &stream, 0), 0);
    assert_int_equal(ad_log_open(&f.log, &log), 0);
    const struct sw_pump_args args = {.core = {.conf = &f.conf},
                                      .resolver = resolver_of(&the_dns),
                                      .udp = f.udp,
                                      .stream = f.stream,
                                      .log = f.log};
    assert_int_equal(sw_pump_new(&f.pump, &args, 0), 0);
    return &f;
}

static void tear_down(struct fixture *f)
{
    sw_pump_free(f->pump);
    ad_udp_free(f->udp);
    ad_stream_free(f->stream);
    ad_log_close(f->log);
}

static const struct px_event wake = {.kind = PX_EV_WAKE};

static struct px_action send_to(struct sw_endpoint peer, const char *text)
{
    return (struct px_action){.kind = PX_DO_DATAGRAM, .peer = peer, .bytes = sw_slice_str(text)};
}

static struct px_action ask(uint64_t id)
{
    return (struct px_action){
        .kind = PX_DO_ASK, .ask = id, .question = {.type = SW_RR_SRV}, .timeout_us = SW_SECONDS(5)};
}

/* --- the tests --------------------------------------------------------------------------- */

static void actions_wait_for_the_turn(void **state)
{
    struct fixture *f = set_up();
    struct sw_endpoint there;
    char room[8];

    (void)state;
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    script(PX_EV_WAKE, 1, send_to(there, "x"));
    sw_pump_event(f->pump, &wake, 0);
    assert_true(recv(peer, room, sizeof room, MSG_DONTWAIT) < 0);
    assert_int_equal(the_core.turn_count, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(plain_read(peer, room, sizeof room), 1);
    assert_int_equal(the_core.turn_count, 1);
    close(peer);
    tear_down(f);
}

/* A socket without checksums takes no packet of several, which shows that there was one. */
static void datagrams_of_one_company_share_a_packet(void **state)
{
    struct fixture *f = set_up();
    struct sw_endpoint there;
    int off = 1;

    (void)state;
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    assert_int_equal(setsockopt(ad_udp_fd(f->udp, 0), SOL_SOCKET, SO_NO_CHECK, &off, sizeof off),
                     0);
    static const enum px_event_kind kinds[] = {PX_EV_WAKE, PX_EV_DRAIN};
    static const enum px_company companies[] = {PX_ALONE, PX_UNHEEDED};
    for (size_t i = 0; i < SW_ARRAY_LEN(kinds); i++) {
        struct px_action sent = send_to(there, "x");
        sent.series = 1;
        sent.company = companies[i];
        script(kinds[i], 1, sent);
        script(kinds[i], 1, sent);
        sw_pump_event(f->pump, &(struct px_event){.kind = kinds[i]}, 0);
        sw_pump_turn(f->pump, 0);
        assert_int_equal(ad_udp_counters(f->udp)->uncut, i);
    }
    assert_int_equal(ad_udp_counters(f->udp)->sent, 4);
    close(peer);
    tear_down(f);
}

/* The answer is in the cache: its actions are done in the same turn. */
static void an_answer_at_once_is_part_of_the_turn(void **state)
{
    struct fixture *f = set_up();
    struct sw_endpoint there;
    char room[8];

    (void)state;
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    the_dns.answers_at_once = true;
    script(PX_EV_WAKE, 1, ask(7));
    script(PX_EV_ANSWER, 1, send_to(there, "found"));
    sw_pump_event(f->pump, &wake, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(the_core.last.ask, 7);
    assert_int_equal(the_core.last_outcome, SW_OUTCOME_NXDOMAIN);
    assert_int_equal(the_dns.timeout_us, SW_SECONDS(5));
    assert_int_equal(plain_read(peer, room, sizeof room), 5);
    assert_int_equal(the_core.turn_count, 1);
    const struct sw_tally *tally = sw_pump_tally(f->pump);
    assert_int_equal(tally->answers[SW_OUTCOME_NXDOMAIN], 1);
    assert_int_equal(tally->actions, 2);
    assert_int_equal(tally->events, 2); /* the answer was one */
    script(PX_EV_DRAIN, 1, send_to(there, "again"));
    sw_pump_event(f->pump, &(struct px_event){.kind = PX_EV_DRAIN}, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(tally->turns, 2);
    assert_int_equal(tally->actions, 3);
    assert_int_equal(tally->most_actions, 2);
    close(peer);
    tear_down(f);
}

static void a_later_answer_names_its_question(void **state)
{
    struct fixture *f = set_up();
    const struct sw_answer answer = {.outcome = SW_OUTCOME_SERVFAIL};
    const struct px_action cancel = {.kind = PX_DO_CANCEL_ASK, .ask = 9};

    (void)state;
    script(PX_EV_WAKE, 1, ask(9));
    sw_pump_event(f->pump, &wake, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(the_core.step_count, 1);
    script(PX_EV_ANSWER, 1, cancel); /* of a question that is over: nothing happens */
    the_dns.fn(the_dns.arg, &answer);
    assert_int_equal(the_core.last.ask, 9);
    assert_int_equal(the_core.last_outcome, SW_OUTCOME_SERVFAIL);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(the_dns.cancelled_id, 0);
    tear_down(f);
}

static void a_question_can_be_cancelled(void **state)
{
    struct fixture *f = set_up();
    const struct px_action cancel = {.kind = PX_DO_CANCEL_ASK, .ask = 9};

    (void)state;
    script(PX_EV_WAKE, 1, ask(8));
    script(PX_EV_WAKE, 1, ask(9));
    script(PX_EV_WAKE, 1, cancel);
    sw_pump_event(f->pump, &wake, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(the_dns.cancelled_id, 2);
    tear_down(f); /* question 8 is cancelled with the pump */
    assert_int_equal(the_dns.cancelled_id, 1);
}

static void without_memory_a_question_is_answered_not_asked(void **state)
{
    struct fixture *f = set_up();

    (void)state;
    the_dns.is_out_of_memory = true;
    script(PX_EV_WAKE, 1, ask(3));
    sw_pump_event(f->pump, &wake, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(the_core.last.ask, 3);
    assert_int_equal(the_core.last_outcome, SW_OUTCOME_NOT_ASKED);
    tear_down(f);
}

/* X5, F1: what the kernel refuses at once is an event, and what that causes is done at once too. */
static void a_refused_datagram_leads_to_the_next_try_in_the_same_turn(void **state)
{
    struct fixture *f = set_up();
    struct sw_endpoint there;
    char room[8];

    (void)state;
    int peer = plain_socket(SOCK_DGRAM, "127.0.0.1", &there);
    script(PX_EV_WAKE, 1, send_to(endpoint("192.0.2.1", 5060), "never"));
    script(PX_EV_UNREACHABLE, 1, send_to(there, "next"));
    sw_pump_event(f->pump, &wake, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(the_core.last.cause, PX_CAUSE_UNREACHABLE);
    assert_memory_equal(the_core.last_bytes, "never", 5);
    assert_int_equal(plain_read(peer, room, sizeof room), 4);
    assert_int_equal(the_core.turn_count, 1);
    close(peer);
    tear_down(f);
}

static void a_refused_connection_is_an_event(void **state)
{
    struct fixture *f = set_up();
    const struct px_action connect_it = {.kind = PX_DO_CONNECT,
                                         .conn = 5,
                                         .transport = SW_TCP,
                                         .peer = nobody(SOCK_STREAM, "127.0.0.1"),
                                         .timeout_us = SW_SECONDS(3)};

    (void)state;
    script(PX_EV_WAKE, 1, connect_it);
    the_core.wake_us = 10;
    assert_int_equal(sw_pump_wake_us(f->pump), 10);
    sw_pump_wake(f->pump, 9);
    assert_int_equal(the_core.step_count, 0);
    sw_pump_wake(f->pump, 10);
    assert_int_equal(the_core.step_count, 1);
    sw_pump_turn(f->pump, 10);
    while (the_core.step_count < 2) {
        if (sw_pump_wake_us(f->pump) > 10)
            assert_true(is_ready(ad_stream_fd(f->stream), POLLIN));
        ad_stream_poll(f->stream, 10);
    }
    assert_int_equal(the_core.last.kind, PX_EV_CLOSED);
    assert_int_equal(the_core.last.conn, 5);
    assert_int_equal(the_core.last.cause, PX_CAUSE_REFUSED);
    tear_down(f);
}

/* A turn may have any number of actions, and actions that cause more of them. */
static void a_long_turn_loses_nothing(void **state)
{
    struct fixture *f = set_up();
    enum { EVENTS = 100 };

    (void)state;
    the_dns.answers_at_once = true;
    for (uint64_t i = 0; i < PX_STEP_ACTIONS_MAX; i++)
        script(PX_EV_WAKE, EVENTS, ask(i));
    const struct px_action nothing = {.kind = PX_DO_CLOSE, .conn = 12345};
    for (uint64_t i = 0; i < PX_STEP_ACTIONS_MAX; i++)
        script(PX_EV_ANSWER, EVENTS * PX_STEP_ACTIONS_MAX, nothing);
    for (unsigned i = 0; i < EVENTS; i++)
        sw_pump_event(f->pump, &wake, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(the_dns.asked_count, EVENTS * PX_STEP_ACTIONS_MAX);
    assert_int_equal(the_core.step_count, EVENTS + EVENTS * PX_STEP_ACTIONS_MAX);
    tear_down(f);
}

/* What was asked is asked of one resolver only: a new one takes new questions, and the old one goes
 * when its last question has ended, not before and not from within its callback. */
static void another_resolver_takes_over(void **state)
{
    struct fixture *f = set_up();
    static struct scripted_dns other;
    static struct px_conf next;
    const struct sw_answer answer = {.outcome = SW_OUTCOME_NODATA};

    (void)state;
    script(PX_EV_WAKE, 2, ask(7));
    sw_pump_event(f->pump, &wake, 0);
    next = f->conf;
    sw_pump_obey(f->pump, &next, resolver_of(&other), NULL, 0);
    assert_int_equal(the_dns.asked_count, 1); /* it was wanted before */
    assert_int_equal(the_core.last.kind, PX_EV_CONF);
    assert_ptr_equal(the_core.last.conf, &next);
    assert_true(the_core.last.dns_is_new);
    the_core.on[PX_EV_WAKE].actions[0].ask = 8;
    sw_pump_event(f->pump, &wake, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(the_dns.asked_count, 1);
    assert_int_equal(other.asked_count, 1);
    assert_int_equal(the_dns.freed_count, 0);
    the_dns.fn(the_dns.arg, &answer);
    assert_int_equal(the_core.last.ask, 7);
    assert_int_equal(the_dns.freed_count, 0);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(the_dns.freed_count, 1);
    assert_int_equal(other.freed_count, 0);
    other.fn(other.arg, &answer);
    assert_int_equal(the_core.last.ask, 8);
    /* Without another one the same goes on. */
    sw_pump_obey(f->pump, &f->conf, NULL, NULL, 0);
    assert_false(the_core.last.dns_is_new);
    sw_pump_turn(f->pump, 0);
    assert_int_equal(other.freed_count, 0);
    tear_down(f);
    assert_int_equal(other.freed_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions_wait_for_the_turn),
        cmocka_unit_test(datagrams_of_one_company_share_a_packet),
        cmocka_unit_test(an_answer_at_once_is_part_of_the_turn),
        cmocka_unit_test(a_later_answer_names_its_question),
        cmocka_unit_test(a_question_can_be_cancelled),
        cmocka_unit_test(without_memory_a_question_is_answered_not_asked),
        cmocka_unit_test(a_refused_datagram_leads_to_the_next_try_in_the_same_turn),
        cmocka_unit_test(a_refused_connection_is_an_event),
        cmocka_unit_test(a_long_turn_loses_nothing),
        cmocka_unit_test(another_resolver_takes_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

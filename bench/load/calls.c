/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include "../bench.h"

#include <stdlib.h>
#include <string.h>

#define RESEND_FIRST_NS 500000000u /* T1 of RFC 3261 */
#define RESEND_MOST_NS 4000000000u /* T2 */

enum caller_state { FREE, INVITED, ENDING, ASKED, REFUSED };

/* Both halves of a call. Its id is its place and the serial number of the call there. */
struct call {
    uint64_t id;
    uint64_t began_ns, resend_ns, callee_resend_ns;
    uint32_t wait_ns, callee_wait_ns;
    uint8_t state; /* enum caller_state */
    bool has_final;
    /* the callee's */
    bool was_invited, was_acked, was_ended;
    uint16_t answer_len; /* the 200 that is sent until its ACK comes */
    char *answer;
};

struct load_counters load_counters;
struct load_times load_way_times, load_setup_times;
uint64_t load_first_way_ns;

static const struct load_conf *conf;
static struct load_wire *wire;
static struct call *calls;
static uint32_t *free_places;
static uint32_t free_count;
static uint32_t next_serial;
static unsigned ringing_count;

void load_calls_init(const struct load_conf *c, struct load_wire *w)
{
    conf = c;
    wire = w;
    calls = calloc(conf->open_max, sizeof *calls);
    free_places = calloc(conf->open_max, sizeof *free_places);
    next_serial =
        (uint32_t)(load_now_ns() >> 10); /* a proxy may remember the calls of an earlier run */
    bench_must(calls != NULL && free_places != NULL, "no memory for the calls");
    for (uint32_t i = conf->open_max; i-- > 0;)
        free_places[free_count++] = i;
}

unsigned load_calls_open(void)
{
    return conf->open_max - free_count;
}

unsigned load_calls_ringing(void)
{
    return ringing_count;
}

/* NULL: the call is over, or never was. */
static struct call *find(uint64_t id)
{
    uint64_t place = (id >> 32) - 1;
    if (place >= conf->open_max || calls[place].id != id || calls[place].state == FREE)
        return NULL;
    return &calls[place];
}

static void end(struct call *c, uint64_t *counter)
{
    (*counter)++;
    c->state = FREE;
    free_places[free_count++] = (uint32_t)(c - calls);
}

/* ---- the caller ---- */

static void request(enum load_method method, uint64_t id)
{
    char *room = wire->ops->room(wire, LOAD_CALLER);
    wire->ops->commit(wire, LOAD_CALLER, id, load_text_request(method, id, room));
}

static void request_until_answered(struct call *c, enum load_method method, uint64_t now_ns)
{
    c->wait_ns = RESEND_FIRST_NS;
    c->resend_ns = now_ns + c->wait_ns;
    request(method, c->id);
}

bool load_calls_start(uint64_t now_ns)
{
    if (free_count == 0)
        return false;
    uint32_t place = free_places[--free_count];
    char *answer = calls[place].answer;
    calls[place] = (struct call){.id = (uint64_t)(place + 1) << 32 | next_serial++,
                                 .began_ns = now_ns,
                                 .state = conf->is_options ? ASKED : INVITED,
                                 .answer = answer};
    load_counters.started++;
    request_until_answered(&calls[place], conf->is_options ? LOAD_OPTIONS : LOAD_INVITE, now_ns);
    return true;
}

static void acknowledge_failure(struct call *c, const struct load_msg *m)
{
    char *room = wire->ops->room(wire, LOAD_CALLER);
    wire->ops->commit(wire, LOAD_CALLER, c->id, load_text_failure_ack(c->id, m, room));
}

static void take_invite_response(struct call *c, const struct load_msg *m, uint64_t now_ns)
{
    if (m->status < 200) {
        load_counters.final_overtaken += c->has_final;
        c->resend_ns = UINT64_MAX; /* an INVITE that is known of is not sent again */
        return;
    }
    if (m->status >= 300) {
        acknowledge_failure(c, m);
        end(c, &load_counters.refused);
        return;
    }
    if (c->has_final) {
        load_counters.repeated++;
        request(LOAD_ACK, c->id);
        return;
    }
    c->has_final = true;
    load_times_add(&load_setup_times, now_ns - c->began_ns);
    c->state = ENDING;
    request(LOAD_ACK, c->id);
    request_until_answered(c, LOAD_BYE, now_ns);
}

static void take_last_response(struct call *c, const struct load_msg *m, uint64_t now_ns)
{
    if (m->status < 200)
        return;
    if (c->state == ASKED)
        load_times_add(&load_setup_times, now_ns - c->began_ns);
    end(c, m->status < 300 ? &load_counters.completed : &load_counters.refused);
}

/* The top Via is ours again, nothing is left of the proxy's, and all parts are of one call. */
static bool is_right_response(const struct load_msg *m)
{
    bool has_tag = m->to_tag == m->call_id;
    return m->is_whole && m->via_count == 1 && m->branch == m->call_id &&
           m->from_tag == m->call_id && m->cseq == (m->method == LOAD_BYE ? 2u : 1u) &&
           (has_tag || m->status == 100 || m->status >= 300);
}

static void take_response(const struct load_msg *m, uint64_t now_ns)
{
    if (!is_right_response(m)) {
        load_counters.wrong++;
        return;
    }
    struct call *c = find(m->call_id);
    if (c == NULL)
        load_counters.stray++;
    else if (m->method == LOAD_INVITE)
        take_invite_response(c, m, now_ns);
    else if ((m->method == LOAD_BYE && c->state == ENDING) ||
             (m->method == LOAD_OPTIONS && c->state == ASKED))
        take_last_response(c, m, now_ns);
    else
        load_counters.wrong++;
}

/* ---- the callee ---- */

static void respond(unsigned status, const struct load_msg *m)
{
    char *room = wire->ops->room(wire, LOAD_CALLEE);
    wire->ops->commit(wire, LOAD_CALLEE, m->call_id, load_text_response(status, m, room));
}

static void send_answer(struct call *c)
{
    memcpy(wire->ops->room(wire, LOAD_CALLEE), c->answer, c->answer_len);
    wire->ops->commit(wire, LOAD_CALLEE, c->id, c->answer_len);
}

static void answer(struct call *c, uint64_t now_ns)
{
    send_answer(c);
    c->callee_wait_ns = RESEND_FIRST_NS;
    c->callee_resend_ns = now_ns + c->callee_wait_ns;
}

/* The first call of all is the only one that nobody knows anything for. */
static void add_way(uint64_t ns)
{
    if (load_first_way_ns == 0)
        load_first_way_ns = ns;
    else
        load_times_add(&load_way_times, ns);
}

static void take_invite(struct call *c, const struct load_msg *m, uint64_t at_ns)
{
    if (c->was_invited) {
        load_counters.repeated++;
        if (!conf->is_held)
            send_answer(c);
        return;
    }
    c->was_invited = true;
    add_way(at_ns > c->began_ns ? at_ns - c->began_ns : 0);
    respond(100, m);
    respond(180, m);
    if (c->answer == NULL)
        c->answer = malloc(LOAD_MESSAGE_MAX / 2);
    bench_must(c->answer != NULL, "no memory for an answer");
    c->answer_len = (uint16_t)load_text_response(200, m, c->answer);
    if (conf->is_held)
        ringing_count++;
    else
        answer(c, at_ns);
}

static void take_bye(struct call *c, const struct load_msg *m)
{
    if (c->was_ended)
        load_counters.repeated++;
    else if (!c->was_acked)
        load_counters.ack_overtaken++;
    c->was_ended = true;
    c->callee_resend_ns = 0;
    respond(200, m);
}

static bool is_right_request(const struct load_msg *m)
{
    bool is_in_dialog = m->method == LOAD_ACK || m->method == LOAD_BYE;
    return m->is_whole && m->via_count >= 1 && m->from_tag == m->call_id &&
           m->to_tag == (is_in_dialog ? m->call_id : 0);
}

static void take_request(const struct load_msg *m, uint64_t at_ns)
{
    struct call *c = find(m->call_id);
    if (!is_right_request(m)) {
        load_counters.wrong++;
    } else if (m->method == LOAD_OPTIONS) {
        respond(200, m);
    } else if (c == NULL) {
        load_counters.stray++;
        if (m->method == LOAD_BYE)
            respond(200, m);
    } else if (m->method == LOAD_INVITE) {
        take_invite(c, m, at_ns);
    } else if (m->method == LOAD_ACK) {
        c->was_acked = true;
        c->callee_resend_ns = 0;
    } else {
        take_bye(c, m);
    }
}

void load_calls_message(enum load_side side, const char *bytes, size_t len, uint64_t at_ns)
{
    struct load_msg m;
    load_text_read(&m, bytes, len);
    bool is_response = m.status > 0;
    if (is_response != (side == LOAD_CALLER))
        load_counters.wrong++;
    else if (is_response)
        take_response(&m, at_ns);
    else
        take_request(&m, at_ns);
}

/* ---- time ---- */

static uint32_t longer(uint32_t wait_ns)
{
    return wait_ns < RESEND_MOST_NS / 2 ? wait_ns * 2 : RESEND_MOST_NS;
}

static void tick_call(struct call *c, uint64_t now_ns)
{
    if (c->callee_resend_ns != 0 && c->callee_resend_ns <= now_ns) {
        c->callee_wait_ns = longer(c->callee_wait_ns);
        c->callee_resend_ns = now_ns + c->callee_wait_ns;
        load_counters.resent++;
        send_answer(c);
    }
    if (now_ns - c->began_ns > (uint64_t)(conf->patience_s * 1e9)) {
        end(c, &load_counters.lost);
        return;
    }
    if (conf->is_tcp || c->resend_ns > now_ns)
        return;
    c->wait_ns = longer(c->wait_ns);
    c->resend_ns = now_ns + c->wait_ns;
    load_counters.resent++;
    request(c->state == INVITED  ? LOAD_INVITE
            : c->state == ENDING ? LOAD_BYE
                                 : LOAD_OPTIONS,
            c->id);
}

void load_calls_tick(uint64_t now_ns)
{
    for (uint32_t i = 0; i < conf->open_max; i++)
        if (calls[i].state != FREE)
            tick_call(&calls[i], now_ns);
}

void load_calls_answer(uint32_t from, uint32_t to, uint64_t now_ns)
{
    for (uint32_t i = from; i < to; i++)
        if (calls[i].state != FREE && calls[i].was_invited && !calls[i].was_acked)
            answer(&calls[i], now_ns);
}

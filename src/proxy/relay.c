/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/relay.h"

#include "proxy/again.h"
#include "proxy/emit.h"
#include "proxy/flow.h"
#include "proxy/forward.h"
#include "proxy/handover.h"
#include "proxy/ident.h"
#include "proxy/log.h"
#include "proxy/race.h"
#include "proxy/search.h"
#include "proxy/stream.h"
#include "proxy/targets.h"

static void free_relay(struct px_core *core, struct px_relay *r)
{
    px_search_end(core, &r->search);
    px_timer_disarm(core, &r->timer);
    for (size_t i = 0; i < SW_ARRAY_LEN(r->legs); i++)
        px_conn_leave(&r->legs[i].user);
    sw_list_remove(&r->in_core);
    core->requests_len -= r->request.len;
    px_mem_drop_slice(&core->mem, &r->request);
    px_mem_drop(&core->mem, r->second);
    px_target_drop(core, &r->target);
    px_mem_drop(&core->mem, r);
    core->relay_count--;
}

static void drop(struct px_core *core, struct px_relay *r, const char *reason)
{
    core->counters.drop_ack++;
    px_log_relay(core, r, NULL, reason);
    free_relay(core, r);
}

/* 16.11: retransmissions must leave with the same branch, and nothing is remembered of them. */
static uint64_t branch_chance(const struct px_core *core, const struct px_request *rq)
{
    struct sw_mac mac;
    sw_mac_init(&mac, core->keys.mac);
    sw_mac_add(&mac, rq->key.branch);
    sw_mac_add(&mac, rq->key.host);
    sw_mac_u64(&mac, rq->key.legacy[0]);
    return sw_mac_end(&mac);
}

/* ------------------------------------------------------------------------------ sending */

static bool build(struct px_core *core, const struct px_leg *leg, struct sw_slice *out)
{
    const struct px_relay *r = leg->relay;
    char branch[PX_BRANCH_LEN];
    struct sw_buf b = sw_buf(branch, sizeof branch);
    if (px_read_again(core, r->request) < 0)
        return false;
    px_branch_write(&b, core->worker, r->branch_chance, r->loop_hash);
    struct px_copy copy = {&core->old, &r->target, &r->from, &leg->to, branch, r->received_us};
    return px_forward_build(core, &copy, out) == 0;
}

static struct px_leg *other_leg(struct px_leg *leg)
{
    struct px_leg *legs = leg->relay->legs;
    return leg == &legs[0] ? &legs[1] : &legs[0];
}

/* Whoever was slower is not waited for any more. */
static void stop(struct px_core *core, struct px_leg *leg)
{
    struct px_conn *conn = leg->is_waiting ? px_conn_find(core, leg->to.conn) : NULL;
    leg->is_waiting = false;
    px_conn_leave(&leg->user);
    if (conn != NULL)
        px_conn_abandon(core, conn);
}

enum sent { NOT_THERE, WAITING, GONE /* and the relay with it */ };

static void send_bytes(struct px_core *core, const struct px_hop *to, struct sw_slice bytes,
                       uint64_t call)
{
    if (!sw_transport_row(to->transport)->is_stream)
        px_emit_datagram(core, to, bytes, call, PX_UNHEEDED);
    else if (px_conn_is_lent(core, to->conn))
        px_hand_request(core, to->conn, bytes);
    else
        px_conn_send(core, px_conn_find(core, to->conn), bytes);
}

static enum sent send_now(struct px_core *core, struct px_leg *leg)
{
    struct px_relay *r = leg->relay;
    struct sw_slice sent;
    if (!build(core, leg, &sent))
        return NOT_THERE;
    core->counters.requests_forwarded++;
    send_bytes(core, &leg->to, sent, r->call);
    px_mem_drop_slice(&core->mem, &sent); /* it stays readable for this turn */
    stop(core, other_leg(leg));
    px_log_relay(core, r, &leg->to, "");
    free_relay(core, r);
    return GONE;
}

/* X3: over a connection that its other end opened. A flow is there as long as its connection is. */
static enum sent send_over(struct px_core *core, struct px_leg *leg, const struct px_flow *flow)
{
    if (flow == NULL || !px_conf_has_listener(core->conf, flow->hop.listener))
        return NOT_THERE;
    leg->to = flow->hop;
    return send_now(core, leg);
}

static enum sent send_to(struct px_core *core, struct px_leg *leg, const struct sw_candidate *c)
{
    const struct px_relay *r = leg->relay;
    leg->to = (struct px_hop){.transport = c->transport, .peer = c->endpoint};
    leg->place = c->place;
    if (px_forward_listener(core, &r->from, c->transport, &c->endpoint.addr, &leg->to.listener) < 0)
        return NOT_THERE;
    if (!sw_transport_row(c->transport)->is_stream)
        return send_now(core, leg);
    if (send_over(core, leg, px_flow_to(core, &leg->to)) == GONE)
        return GONE;
    struct px_conn *conn = px_conn_reach(core, &leg->to, c->tls_names, c->tls_name_count);
    if (conn == NULL)
        return NOT_THERE;
    leg->to.conn = conn->id;
    if (conn->state == PX_CONN_OPEN)
        return send_now(core, leg);
    leg->is_waiting = true;
    px_conn_wait(core, conn, &leg->user);
    return WAITING;
}

/* ------------------------------------------------------------------------------ X3 */

static bool find_second(struct px_core *core, struct px_relay *r)
{
    struct sw_candidate c;
    if (r->second != NULL)
        return true;
    if (!px_search_rival(core, &r->search, &c))
        return false;
    r->second = px_mem_get(&core->mem, sizeof *r->second);
    if (r->second == NULL)
        px_search_report(&r->search, c.place, SW_TRY_FAILED);
    else
        *r->second = c;
    return r->second != NULL;
}

static struct sw_candidate take_second(struct px_core *core, struct px_relay *r)
{
    struct sw_candidate c = *r->second;
    px_mem_drop(&core->mem, r->second);
    r->second = NULL;
    return c;
}

/* Beside the leg that waits. The relay may be gone afterwards. */
static void send_to_second(struct px_core *core, struct px_relay *r)
{
    struct px_leg *leg = r->legs[0].is_waiting ? &r->legs[1] : &r->legs[0];
    struct sw_candidate c = take_second(core, r);
    if (send_to(core, leg, &c) == NOT_THERE)
        px_search_report(&r->search, leg->place, SW_TRY_FAILED);
}

static bool is_second_open(const struct px_core *core, const struct px_relay *r)
{
    const struct sw_candidate *c = r->second;
    const struct px_hop hop = {.transport = c->transport, .peer = c->endpoint};
    return px_conn_is_open(core, &hop, c->tls_names, c->tls_name_count);
}

/* One leg waits: the other one's turn comes at once where a connection is there, else in a while.
 */
static void begin_to_race(struct px_core *core, struct px_relay *r)
{
    if (find_second(core, r) && is_second_open(core, r))
        send_to_second(core, r);
    else
        px_timer_arm(core, &r->timer, sw_after_us(core->now_us, PX_RIVAL_AFTER_US));
}

void px_relay_race(struct px_core *core, struct px_relay *r)
{
    if (r->legs[0].is_waiting != r->legs[1].is_waiting && find_second(core, r))
        send_to_second(core, r);
}

/* ------------------------------------------------------------------------------ the candidates */

static enum sw_next next_candidate(struct px_core *core, struct px_relay *r, enum sw_try why,
                                   struct sw_candidate *out)
{
    if (r->second == NULL)
        return px_search_next(core, &r->search, why, out);
    *out = take_second(core, r);
    return SW_NEXT_CANDIDATE;
}

/* One candidate after the other until it can be sent. */
static void go_on(struct px_core *core, struct px_relay *r, enum sw_try why)
{
    struct sw_candidate c;
    px_timer_disarm(core, &r->timer);
    while (core->now_us - r->received_us < core->conf->transaction_us) {
        if (!px_has_room(core)) {
            px_search_put_off(core, &r->search, why);
            return;
        }
        switch (next_candidate(core, r, why, &c)) {
        case SW_NEXT_WAIT:
            return;
        case SW_NEXT_END:
            drop(core, r, r->legs[0].to.conn == 0 ? "nowhere to send" : "the connection failed");
            return;
        case SW_NEXT_CANDIDATE:
            break;
        }
        enum sent sent = send_to(core, &r->legs[0], &c);
        if (sent == WAITING)
            begin_to_race(core, r);
        if (sent != NOT_THERE)
            return;
        why = SW_TRY_FAILED;
    }
    drop(core, r, "no candidate could be reached in time");
}

void px_relay_search(struct px_core *core, struct px_relay *r)
{
    if (r->search.is_waiting)
        go_on(core, r, r->search.why);
    else
        px_search_ask(core, &r->search);
}

void px_relay_conn(struct px_core *core, struct px_leg *leg, bool is_open, enum px_cause cause)
{
    struct px_relay *r = leg->relay;
    bool is_refused = cause == PX_CAUSE_REFUSED || cause == PX_CAUSE_RESET;
    leg->is_waiting = false;
    if (is_open && send_now(core, leg) == GONE)
        return;
    px_search_report(&r->search, leg->place, is_refused ? SW_TRY_REFUSED : SW_TRY_FAILED);
    if (!other_leg(leg)->is_waiting)
        go_on(core, r, SW_TRY_NONE);
    else if (find_second(core, r)) /* at once: there was a failure */
        send_to_second(core, r);
}

static struct px_relay *new_relay(struct px_core *core, const struct px_request *rq,
                                  const struct px_target *target, uint64_t loop_hash)
{
    struct px_relay *r = px_mem_zget(&core->mem, sizeof *r);
    if (r == NULL)
        return NULL;
    if (!px_mem_dup(&core->mem, rq->msg->bytes, &r->request)) {
        px_mem_drop(&core->mem, r);
        return NULL;
    }
    px_read_copy(core, rq->msg, r->request);
    r->loop_hash = loop_hash;
    r->from = rq->from;
    r->target = *target;
    px_target_move(&r->target, rq->msg->bytes, r->request);
    r->branch_chance = branch_chance(core, rq);
    r->call = px_call_seed(core, &core->old);
    r->received_us = core->now_us;
    for (size_t i = 0; i < SW_ARRAY_LEN(r->legs); i++)
        r->legs[i] = (struct px_leg){.relay = r, .user = {.kind = PX_USER_RELAY}};
    px_timer_init(&r->timer, PX_TIMER_RELAY);
    px_search_init(&r->search, PX_SEARCH_RELAY);
    sw_list_push_back(&core->relays, &r->in_core);
    core->relay_count++;
    core->requests_len += r->request.len;
    return r;
}

static bool read_target(struct px_core *core, struct px_relay *r, struct sw_uri *uri)
{
    if (px_read_again(core, r->request) < 0 || !px_target_uri(&r->target, uri))
        return false;
    r->domain = px_log_domain(uri);
    return true;
}

/* True: it is sent, and the relay gone. Where it may go without that connection is asked anew. */
static bool begin_over_flow(struct px_core *core, struct px_relay *r)
{
    struct sw_uri uri;
    if (r->target.flow == 0)
        return false;
    return read_target(core, r, &uri) &&
           send_over(core, &r->legs[0], px_target_flow(core, &r->target)) == GONE;
}

/* False: no memory for it. */
static bool begin_search(struct px_core *core, struct px_relay *r, const struct px_route *route)
{
    struct sw_uri uri;
    char branch[PX_BRANCH_LEN] = {0};
    struct px_hop back = {.transport = SW_UDP, .listener = r->from.listener};
    struct px_copy copy = {&core->old, &r->target, &r->from, &back, branch, core->now_us};
    if ((route != NULL && px_target_follow(core, &r->target, route) < 0) ||
        !read_target(core, r, &uri))
        return false;
    const struct sw_plan_args args = {
        .uri = &uri,
        .request_len = px_forward_len(core, &copy),
        .seed = r->call,
    };
    return px_search_begin(core, &r->search, &args) == 0;
}

void px_relay_begin(struct px_core *core, const struct px_request *rq,
                    const struct px_target *target, const struct px_route *route,
                    uint64_t loop_hash)
{
    struct px_relay *r = NULL;
    if (!px_is_full(core, rq, core->relay_count))
        r = new_relay(core, rq, target, loop_hash);
    if (r == NULL) {
        px_log_drop(core, &rq->from, rq->msg, &core->counters.drop_limit, "out of resources");
        return;
    }
    if (begin_over_flow(core, r))
        return;
    bool had_flow = r->target.flow != 0;
    r->target.flow = 0;
    if (had_flow && !px_target_is_allowed(core, &r->target, &r->from)) {
        drop(core, r, "nowhere to send");
        return;
    }
    if (!begin_search(core, r, route)) {
        drop(core, r, "out of resources");
        return;
    }
    go_on(core, r, SW_TRY_NONE);
}

void px_relays_fini(struct px_core *core)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &core->relays) {
        free_relay(core, SW_LIST_ITEM(at, struct px_relay, in_core));
    }
}

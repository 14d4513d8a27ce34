/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/relay.h"

#include "proxy/affinity.h"
#include "proxy/again.h"
#include "proxy/emit.h"
#include "proxy/forward.h"
#include "proxy/ident.h"
#include "proxy/log.h"
#include "proxy/search.h"
#include "proxy/stream.h"
#include "proxy/targets.h"

static void free_relay(struct px_core *core, struct px_relay *r)
{
    px_search_end(core, &r->search);
    px_conn_leave(&r->user);
    sw_list_remove(&r->in_core);
    core->requests_len -= r->request.len;
    px_mem_drop_slice(&core->mem, &r->request);
    px_mem_drop_slice(&core->mem, &r->sent);
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

static bool build(struct px_core *core, struct px_relay *r)
{
    char branch[PX_BRANCH_LEN];
    struct sw_buf b = sw_buf(branch, sizeof branch);
    if (px_read_again(core, r->request) < 0)
        return false;
    px_branch_write(&b, core->worker, r->branch_chance, r->loop_hash);
    struct px_copy copy = {&core->old, &r->target, &r->from, &r->to, branch, r->received_us};
    return px_forward_build(core, &copy, &r->sent) == 0;
}

static void send_now(struct px_core *core, struct px_relay *r)
{
    core->counters.requests_forwarded++;
    if (!sw_transport_row(r->to.transport)->is_stream) {
        px_emit_datagram(core, r->to.listener, &r->to.peer, r->sent);
    } else {
        struct px_conn *conn = px_conn_find(core, r->to.conn);
        if (conn != NULL && conn->state == PX_CONN_OPEN)
            px_conn_send(core, conn, r->sent);
    }
    px_log_relay(core, r, &r->to, "");
    free_relay(core, r);
}

/* False: it cannot be sent there. */
static bool send_to(struct px_core *core, struct px_relay *r, const struct sw_candidate *c)
{
    r->to = (struct px_hop){.transport = c->transport, .peer = c->endpoint};
    px_mem_drop_slice(&core->mem, &r->sent); /* for the candidate before */
    if (px_forward_listener(core, &r->from, c->transport, &c->endpoint.addr, &r->to.listener) < 0 ||
        !build(core, r))
        return false;
    if (!sw_transport_row(c->transport)->is_stream) {
        send_now(core, r);
        return true;
    }
    struct px_conn *conn = px_conn_reach(core, &r->to, c->tls_names, c->tls_name_count);
    if (conn == NULL)
        return false;
    if (conn->state == PX_CONN_OPEN)
        send_now(core, r);
    else
        px_conn_wait(core, conn, &r->user);
    return true;
}

/* One candidate after the other until it can be sent. */
static void go_on(struct px_core *core, struct px_relay *r, enum sw_try why)
{
    struct sw_candidate c;
    while (core->now_us - r->received_us < core->conf->transaction_us) {
        if (!px_has_room(core)) {
            px_search_put_off(core, &r->search, why);
            return;
        }
        switch (px_search_next(core, &r->search, why, &c)) {
        case SW_NEXT_WAIT:
            return;
        case SW_NEXT_END:
            drop(core, r, r->to.conn == 0 ? "nowhere to send" : "the connection failed");
            return;
        case SW_NEXT_CANDIDATE:
            break;
        }
        if (send_to(core, r, &c))
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

void px_relay_conn(struct px_core *core, struct px_relay *r, bool is_open, enum px_cause cause)
{
    bool is_refused = cause == PX_CAUSE_REFUSED || cause == PX_CAUSE_RESET;
    if (is_open)
        send_now(core, r);
    else
        go_on(core, r, is_refused ? SW_TRY_REFUSED : SW_TRY_FAILED);
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
    r->received_us = core->now_us;
    r->user.kind = PX_USER_RELAY;
    px_search_init(&r->search, PX_SEARCH_RELAY);
    sw_list_push_back(&core->relays, &r->in_core);
    core->relay_count++;
    core->requests_len += r->request.len;
    return r;
}

/* False: no memory for it. */
static bool begin_search(struct px_core *core, struct px_relay *r, const struct px_route *route)
{
    struct sw_uri uri;
    char branch[PX_BRANCH_LEN] = {0};
    struct px_hop back = {.transport = SW_UDP, .listener = r->from.listener};
    struct px_copy copy = {&core->old, &r->target, &r->from, &back, branch, core->now_us};
    if (px_read_again(core, r->request) < 0 ||
        (route != NULL && px_target_follow(core, &r->target, route) < 0) ||
        !px_target_uri(&r->target, &uri))
        return false;
    r->domain = px_log_domain(&uri);
    struct sw_plan_args args = {
        .uri = &uri,
        .request_len = px_forward_len(core, &copy),
        .seed = px_call_seed(core, &core->old),
    };
    args.preferred = px_affinity_find(core, args.seed);
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

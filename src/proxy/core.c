/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/bug.h"
#include "proxy/admit.h"
#include "proxy/affinity.h"
#include "proxy/client.h"
#include "proxy/emit.h"
#include "proxy/failover.h"
#include "proxy/flow.h"
#include "proxy/handover.h"
#include "proxy/ident.h"
#include "proxy/input.h"
#include "proxy/leave.h"
#include "proxy/log.h"
#include "proxy/port.h"
#include "proxy/reap.h"
#include "proxy/relay.h"
#include "proxy/request.h"
#include "proxy/response.h"
#include "proxy/returned.h"
#include "proxy/search.h"
#include "proxy/server.h"
#include "proxy/shed.h"
#include "proxy/stream.h"
#include "proxy/tale.h"
#include "proxy/way.h"

enum {
    TIMERS_A_STEP = 32,        /* each event is a step: a turn has more than a hundred */
    TABLE_FIRST_LEN = 64,      /* what the tables hold to begin with; they grow */
    TURN_BLOCK_LEN = 32 * 1024 /* octets of what one turn's actions need */
};

/* ------------------------------------------------------------------------------ messages */

static void take_message(struct px_core *core, const struct px_hop *from, struct sw_msg *m)
{
    if (!m->is_request) {
        px_response_receive(core, from, m);
        return;
    }
    enum px_quota_verdict verdict = px_admit(core, from);
    if (verdict == PX_QUOTA_IGNORE)
        px_admit_ignore(core, from, m);
    else
        px_request_receive(core, from, m, verdict);
}

/* To whom it belongs. */
static void pass_on(struct px_core *core, uint16_t owner, const struct px_hop *from,
                    const struct sw_msg *m)
{
    if (!m->is_request)
        px_asked_answered(core, from, m);
    px_hand_message(core, owner, from, m->bytes);
}

/* Read it into core->msg; false: it cannot be read, and what can be said about that was said. */
static bool read_message(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    struct sw_msg_fault fault;
    const struct sw_msg *m = &core->msg;
    if (sw_msg_parse(&core->msg, bytes, &core->conf->limits, &fault) == 0)
        return true;
    if (m->is_request) {
        if (px_admit(core, from) == PX_QUOTA_IGNORE)
            px_admit_ignore(core, from, m);
        else
            px_request_refuse(core, from, m, &fault);
    } else {
        uint64_t *counter = px_limit_counter(core, fault.limit);
        px_log_drop(core, from, m, counter != NULL ? counter : &core->counters.drop_malformed,
                    fault.what);
    }
    return false;
}

static void receive_message(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    if (!read_message(core, from, bytes))
        return;
    uint16_t owner = px_owner(core, &core->msg);
    px_flow_note(core, from);
    if (owner == core->worker)
        take_message(core, from, &core->msg);
    else
        pass_on(core, owner, from, &core->msg);
}

static void take_text(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    if (!px_shed_ack(core, from, bytes) && read_message(core, from, bytes))
        take_message(core, from, &core->msg);
}

/* What belongs to another worker need not be read here, where that is seen before. What is too long
 * is nobody's: it is not to fill the mailboxes. */
static void receive_text(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    uint16_t owner;
    bool is_too_long = bytes.len > core->conf->limits.message_len;
    if (is_too_long || !px_owner_at_sight(core, bytes, &owner))
        receive_message(core, from, bytes);
    else if (owner != core->worker)
        px_hand_message(core, owner, from, bytes);
    else
        take_text(core, from, bytes);
}

static void receive_datagram(struct px_core *core, const struct px_event *ev)
{
    uint32_t refused_count;
    const struct px_wait wait = {ev->waited_us, ev->is_crowded};
    px_load_note(&core->load, core->conf->lag_us, &wait, core->now_us);
    if (px_load_end(&core->load, core->now_us, &refused_count))
        px_log_load(core, refused_count);
    const struct px_hop from = {
        .transport = SW_UDP,
        .listener = ev->listener,
        .peer = ev->peer,
    };
    if (!px_conf_has_listener(core->conf, ev->listener))
        return;
    bool is_ping = ev->bytes.len <= 4; /* CRLFs, or a NUL to keep a NAT open: no answer over UDP */
    if (!is_ping)
        receive_text(core, &from, ev->bytes);
}

static void receive_handed(struct px_core *core, const struct px_handed *h)
{
    switch (h->kind) {
    case PX_HANDED_MESSAGE: /* of a worker that still has a listener that has left here, perhaps */
        if (px_conf_has_listener(core->conf, h->hop.listener))
            take_text(core, &h->hop, h->bytes);
        return;
    case PX_HANDED_RETURNED:
        px_returned_handed(core, h);
        return;
    case PX_HANDED_BYTES:
    case PX_HANDED_REQUEST:
    case PX_HANDED_HOLD:
    case PX_HANDED_RELEASE:
    case PX_HANDED_DIALOG:
    case PX_HANDED_DIALOG_END:
        px_handed_to_conn(core, h);
        return;
    case PX_HANDED_UNSENT:
    case PX_HANDED_UNSURE:
        px_returned_unsent(core, h);
        return;
    case PX_HANDED_BROKEN:
        px_returned_broken(core, h);
        return;
    case PX_HANDED_FLOW:
    case PX_HANDED_FLOW_END:
        px_flow_handed(core, h);
        return;
    case PX_HANDED_HEALTH:
        sw_health_hear(core->health, &h->health);
        return;
    case PX_HANDED_OFFER:
        px_handed_offer(core, h);
        return;
    }
}

/* The framing is lost: say so if that is possible, and hang up (M4). */
static void lose_framing(struct px_core *core, struct px_conn *conn, const struct px_hop *from,
                         struct sw_slice bytes, const struct sw_frame *lost)
{
    const struct sw_msg *m = &core->msg;
    struct sw_msg_fault fault = {.is_answerable = false};
    uint64_t *counter = px_limit_counter(core, lost->limit);
    ++*(counter != NULL ? counter : &core->counters.drop_frame);
    int rc = lost->status == 0 ? 0 : sw_msg_parse(&core->msg, bytes, NULL, &fault);
    if (rc == 0 && lost->status != 0) { /* all it lacks is what only a stream needs */
        fault.field = "Content-Length";
        fault.is_answerable = m->is_request && m->method != SW_ACK;
    }
    if (fault.is_answerable) {
        fault.status = lost->status;
        fault.limit = SW_MSG_LIMIT_NONE; /* counted, by what ends the connection */
        px_request_refuse(core, from, m, &fault);
    }
    px_conn_close(core, conn);
}

/* True: there may be more. */
static bool take_one_message(struct px_core *core, struct px_conn *conn)
{
    struct sw_slice bytes;
    struct sw_frame lost;
    const struct px_hop from = {
        .transport = conn->transport,
        .listener = conn->listener,
        .conn = conn->id,
        .peer = conn->peer,
    };
    int rc = px_conn_take_message(core, conn, &bytes, &lost);
    if (rc < 0)
        lose_framing(core, conn, &from, bytes, &lost);
    else if (rc == 1)
        receive_message(core, &from, bytes);
    else if (rc == 2)
        px_conn_send(core, conn, SW_LIT("\r\n"));
    return rc > 0;
}

/* ------------------------------------------------------------------------------ connections */

static void serve_user(struct px_core *core, struct px_user *user, const struct px_conn *conn)
{
    bool is_open = px_conn_carries(conn);
    switch ((enum px_user_kind)user->kind) {
    case PX_USER_CLIENT: {
        struct px_client *c = SW_CONTAINER_OF(user, struct px_client, user);
        if (is_open) {
            px_try_connected(core, c);
        } else {
            px_client_note(core, c, conn->detail);
            px_try_broken(core, c, conn->cause);
        }
        return;
    }
    case PX_USER_RELAY:
        px_relay_conn(core, SW_CONTAINER_OF(user, struct px_leg, user), is_open, conn->cause);
        return;
    case PX_USER_WAY:
        px_way_conn(core, SW_CONTAINER_OF(user, struct px_way, user), conn);
        return;
    case PX_USER_LENT:
        px_lent_end(core, SW_CONTAINER_OF(user, struct px_lent, user), conn);
        return;
    case PX_USER_ASKED:
        px_asked_end(core, SW_CONTAINER_OF(user, struct px_lent, user), conn);
        return;
    }
}

/* One user or one message at a time; then the connection rests. */
static void work_on_conn(struct px_core *core, struct px_conn *conn)
{
    struct px_user *user = px_conn_take_user(conn);
    bool has_more = user != NULL;
    if (user != NULL)
        serve_user(core, user, conn);
    else if (conn->has_work)
        has_more = take_one_message(core, conn);
    if (has_more)
        px_timer_arm(core, &conn->timer, core->now_us);
    else
        px_conn_rest(core, conn);
}

/* ------------------------------------------------------------------------------ timers */

static void go_on_searching(struct px_core *core, struct px_search *s)
{
    switch ((enum px_search_kind)s->kind) {
    case PX_SEARCH_REQUEST:
        px_try_search(core, SW_CONTAINER_OF(s, struct px_server, search));
        return;
    case PX_SEARCH_RELAY:
        px_relay_search(core, SW_CONTAINER_OF(s, struct px_relay, search));
        return;
    case PX_SEARCH_WAY:
        px_way_search(core, SW_CONTAINER_OF(s, struct px_way, search));
        return;
    }
}

static void wake_client(struct px_core *core, struct px_client *c)
{
    unsigned todo = px_client_wake(core, c);
    if ((todo & SW_TXN_DO_REPORT_TIMEOUT) != 0)
        px_try_timed_out(core, c);
}

static void fire(struct px_core *core, struct px_timer *t)
{
    switch ((enum px_timer_kind)t->kind) {
    case PX_TIMER_SERVER:
        px_server_wake(core, SW_CONTAINER_OF(t, struct px_server, txn_timer));
        return;
    case PX_TIMER_BUDGET:
        px_try_budget(core, SW_CONTAINER_OF(t, struct px_server, budget_timer));
        return;
    case PX_TIMER_CLIENT:
        wake_client(core, SW_CONTAINER_OF(t, struct px_client, timer));
        return;
    case PX_TIMER_TRY:
        px_try_overdue(core, SW_CONTAINER_OF(t, struct px_client, try_timer));
        return;
    case PX_TIMER_SEARCH:
        go_on_searching(core, SW_CONTAINER_OF(t, struct px_search, timer));
        return;
    case PX_TIMER_RELAY:
        px_relay_race(core, SW_CONTAINER_OF(t, struct px_relay, timer));
        return;
    case PX_TIMER_CONN:
        work_on_conn(core, SW_CONTAINER_OF(t, struct px_conn, timer));
        return;
    }
}

/* What firing it will look at beside its transaction. */
static void expect_fire(const struct px_core *core, const struct sw_timer *timer)
{
    const struct px_timer *t = SW_CONTAINER_OF(timer, const struct px_timer, timer);
    if (t->kind == PX_TIMER_SERVER)
        px_server_expect_end(core, SW_CONTAINER_OF(t, const struct px_server, txn_timer));
    else if (t->kind == PX_TIMER_CLIENT)
        px_client_expect_end(core, SW_CONTAINER_OF(t, const struct px_client, timer));
}

static void expect_transaction(const struct sw_timer *t)
{
    enum { CACHE_LINE = 64 };
    uintptr_t at = (uintptr_t)t - offsetof(struct px_server, txn_timer.timer);
    for (size_t i = 0; i < sizeof(struct px_server); i += CACHE_LINE)
        __builtin_prefetch((const void *)(at + i)); /* nothing is read, whatever it is */
}

/* Most that become due are of transactions that were put away 32 s ago, and are in no cache. While
 * one is dealt with, those that come a little later are brought closer: first themselves, then what
 * they refer to. */
static void expect_next(const struct px_core *core)
{
    enum { SOON = 2, LATER = 6 }; /* that many come before */
    const struct sw_timer *soon = sw_timerwheel_ahead(&core->wheel, SOON);
    const struct sw_timer *later = sw_timerwheel_ahead(&core->wheel, LATER);
    if (soon != NULL)
        expect_fire(core, soon);
    if (later != NULL)
        expect_transaction(later);
}

/* What is due, as long as there is room for what it causes; and not so much in one step that what
 * came in meanwhile waits for long: after a standstill of a second it may be ten thousands. */
static void fire_due_timers(struct px_core *core)
{
    for (unsigned i = 0; i < TIMERS_A_STEP && px_has_room(core); i++) {
        struct sw_timer *t = sw_timerwheel_take(&core->wheel, core->now_us);
        if (t == NULL)
            return;
        expect_next(core);
        fire(core, SW_CONTAINER_OF(t, struct px_timer, timer));
        px_reap(core);
    }
}

/* ------------------------------------------------------------------------------ events */

static void receive_answer(struct px_core *core, const struct px_event *ev)
{
    struct px_search *s = px_search_answer(core, ev);
    if (s != NULL)
        go_on_searching(core, s);
}

/* Policy, and the routes that were parsed under it. */
static void take_policy(struct px_core *core, const struct px_conf *conf)
{
    struct px_setup *setup = px_setup_new(core, conf);
    if (setup == NULL)
        return; /* searches go on under the old policy */
    px_setup_unref(core, core->setup);
    core->setup = setup;
}

/* Times and policy are copied: transactions and plans under way refer to them. */
static void take_conf(struct px_core *core, const struct px_event *ev)
{
    const struct px_conf *conf = ev->conf;
    bool is_same = conf->routes_max == core->conf->routes_max &&
                   sw_policy_eq(&conf->policy, &core->setup->policy);
    core->conf = conf;
    core->times = conf->times;
    if (!is_same || ev->dns_is_new)
        take_policy(core, conf);
    px_leave_begin(core);
}

static void handle(struct px_core *core, const struct px_event *ev)
{
    struct px_conn *conn = ev->conn == 0 ? NULL : px_conn_find(core, ev->conn);
    switch (ev->kind) {
    case PX_EV_DATAGRAM:
        receive_datagram(core, ev);
        return;
    case PX_EV_UNREACHABLE:
        px_returned_receive(core, ev);
        return;
    case PX_EV_ACCEPTED:
        px_conn_accepted(core, ev);
        return;
    case PX_EV_CONNECTED:
        if (conn != NULL) {
            px_conn_note_cert(core, conn, ev->cert);
            px_conn_opened(core, conn);
        }
        return;
    case PX_EV_BYTES:
        if (conn != NULL)
            px_conn_bytes(core, conn, ev->bytes);
        return;
    case PX_EV_ENDED:
        if (conn != NULL)
            px_conn_half_ended(core, conn);
        return;
    case PX_EV_CLOSED:
        if (conn != NULL) {
            px_conn_note_detail(core, conn, ev->detail);
            px_conn_ended(core, conn, ev->cause);
        }
        return;
    case PX_EV_ANSWER:
        receive_answer(core, ev);
        return;
    case PX_EV_WAKE:
        return; /* timers are looked after in any case */
    case PX_EV_CONF:
        take_conf(core, ev);
        return;
    case PX_EV_DRAIN:
        core->is_draining = true;
        return;
    case PX_EV_HANDED:
        receive_handed(core, ev->handed);
        return;
    }
}

void px_core_step(struct px_core *core, const struct px_event *ev, uint64_t now_us,
                  struct px_out *out)
{
    SW_BUG_ON(out->cap - out->count < PX_STEP_ACTIONS_MAX);
    core->now_us = now_us;
    core->out = out;
    handle(core, ev);
    px_reap(core);
    fire_due_timers(core);
    px_hand_health(core);
    px_hand_offers(core);
    core->out = NULL;
}

void px_core_turn(struct px_core *core)
{
    core->has_old = false;
    px_clients_end_turn(core);
    px_mem_turn(&core->mem);
    sw_arena_reset(&core->turn);
}

uint64_t px_core_wake_us(const struct px_core *core)
{
    return sw_timerwheel_next_us(&core->wheel);
}

const struct sw_health *px_core_health(const struct px_core *core)
{
    return core->health;
}

const struct sw_offers *px_core_offers(const struct px_core *core)
{
    return core->offers;
}

const struct px_counters *px_core_counters(const struct px_core *core)
{
    return &core->counters;
}

bool px_core_is_idle(const struct px_core *core)
{
    return core->server_count == 0 && core->relay_count == 0;
}

/* ------------------------------------------------------------------------------ birth and end */

static int make_tables(struct px_core *core)
{
    struct sw_hmap *tables[] = {&core->servers,     &core->clients,       &core->asks,
                                &core->conns_by_id, &core->conns_by_peer, &core->told.map,
                                &core->affinities,  &core->flows,         &core->flows_by_peer};
    for (size_t i = 0; i < SW_ARRAY_LEN(tables); i++)
        if (sw_hmap_init(tables[i], core->alloc, TABLE_FIRST_LEN) < 0)
            return SW_E_NOMEM;
    struct sw_list *lists[] = {&core->all_servers, &core->relays,   &core->conns,
                               &core->reap,        &core->told.lru, &core->all_affinities,
                               &core->all_flows,   &core->launched};
    for (size_t i = 0; i < SW_ARRAY_LEN(lists); i++)
        sw_list_init(lists[i]);
    core->plans = sw_zalloc_array(core->alloc, PX_PLANS_KEPT_MAX, sizeof *core->plans);
    core->setup = px_setup_new(core, core->conf);
    return core->plans == NULL || core->setup == NULL ? SW_E_NOMEM : 0;
}

static void free_tables(struct px_core *core)
{
    struct sw_hmap *tables[] = {&core->servers,     &core->clients,       &core->asks,
                                &core->conns_by_id, &core->conns_by_peer, &core->told.map,
                                &core->affinities,  &core->flows,         &core->flows_by_peer};
    px_tales_fini(core);
    px_searches_fini(core);
    px_shed_fini(core);
    px_setup_unref(core, core->setup);
    for (size_t i = 0; i < SW_ARRAY_LEN(tables); i++)
        sw_hmap_fini(tables[i]);
    sw_health_free(core->health);
    sw_offers_free(core->offers);
    px_quotas_fini(&core->quotas);
    sw_arena_fini(&core->turn);
    sw_timerwheel_fini(&core->wheel);
    px_mem_fini(&core->mem);
    sw_free(core->alloc, core->turn_block);
    sw_free(core->alloc, core);
}

static void hear_offer(void *arg, struct sw_name domain)
{
    sw_offers_hear(arg, domain);
}

int px_core_new(struct px_core **out, const struct px_core_args *args, uint64_t now_us)
{
    struct px_core *core = sw_zalloc(args->alloc, sizeof *core);
    if (core == NULL)
        return SW_E_NOMEM;
    core->alloc = args->alloc;
    core->conf = args->conf;
    core->times = args->conf->times;
    core->worker = args->worker;
    core->worker_count = args->worker_count;
    core->next_conn = PX_CONN_WORKER(args->worker) | 1;
    core->next_ask = 1;
    core->now_us = now_us;
    px_keys_init(core, args->seed);
    px_mem_init(&core->mem, args->alloc, args->exact_memory);
    core->pool = px_mem_allocator(&core->mem);
    core->turn_block = sw_alloc(args->alloc, TURN_BLOCK_LEN);
    sw_arena_init(&core->turn, args->alloc, core->turn_block,
                  core->turn_block == NULL ? 0 : TURN_BLOCK_LEN, TURN_BLOCK_LEN);
    sw_timerwheel_init(&core->wheel, now_us);
    sw_timerwheel_add_lanes(&core->wheel, args->alloc);
    int rc =
        sw_health_new(&core->health, args->alloc, args->conf->health_max, sw_rng_u64(&core->rng));
    if (rc == 0)
        rc = sw_offers_new(&core->offers, args->alloc, 0, core->keys.table);
    if (rc == 0)
        rc = px_quotas_init(&core->quotas, &core->pool, args->conf->sources_max,
                            sw_rng_u64(&core->rng));
    if (rc == 0)
        rc = make_tables(core);
    if (rc == 0)
        sw_health_share(core->health, args->worker, args->worker_count);
    if (rc == 0 && args->offers != NULL)
        sw_offers_each(args->offers, hear_offer, core->offers);
    if (rc < 0) {
        free_tables(core);
        return SW_E_NOMEM;
    }
    *out = core;
    return 0;
}

void px_core_free(struct px_core *core)
{
    if (core == NULL)
        return;
    px_servers_fini(core);
    px_relays_fini(core);
    px_conns_fini(core);
    px_affinities_fini(core);
    px_flows_fini(core);
    free_tables(core);
}

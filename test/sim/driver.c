/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/driver.h"

#include "base/bug.h"

#include <stdlib.h>

/* A question under way. */
struct sim_ask {
    struct sim_ask *next;
    struct sim_driver *driver;
    uint64_t id;
    struct tz_reply reply;
    bool is_cancelled;
};

/* What an action pointed to, and what it said then. */
struct sim_turn_bytes {
    struct sim_turn_bytes *next;
    struct sw_slice bytes;
    uint64_t hash;
};

/* ------------------------------------------------------------------------------ the turn */

static void remember_bytes(struct sim_driver *d, struct sw_slice bytes)
{
    if (!d->is_thorough || bytes.len == 0)
        return;
    struct sim_turn_bytes *t = sim_alloc(1, sizeof *t);
    *t = (struct sim_turn_bytes){d->turn_bytes, bytes, 0};
    for (size_t i = 0; i < bytes.len; i++)
        t->hash = t->hash * 31 + (uint8_t)bytes.p[i];
    d->turn_bytes = t;
}

static void check_bytes(struct sim_driver *d)
{
    while (d->turn_bytes != NULL) {
        struct sim_turn_bytes *t = d->turn_bytes;
        uint64_t hash = 0;
        for (size_t i = 0; i < t->bytes.len; i++)
            hash = hash * 31 + (uint8_t)t->bytes.p[i];
        if (hash != t->hash)
            sim_complain(d->world, "an action's bytes changed before the turn was over");
        d->turn_bytes = t->next;
        free(t);
    }
}

static size_t write_try(const struct px_log_try *t, char *out, size_t cap)
{
    char room[64];
    struct sw_buf at = sw_buf(room, sizeof room - 1);
    sw_endpoint_write(&at, &t->endpoint);
    int len =
        snprintf(out, cap, " %s:%.*s=%s", sw_transport_row(t->transport)->name, (int)at.len, room,
                 t->end == PX_TRY_TRANSPORT ? px_cause_name(t->cause) : px_try_end_name(t->end));
    if (t->status != 0 && (size_t)len < cap)
        len += snprintf(out + len, cap - (size_t)len, "/%u", t->status);
    return (size_t)len < cap ? (size_t)len : cap - 1;
}

/* "log INVITE d.t status=200 tries=1 located=ok udp:192.0.2.1:5060=answered/200 reason". */
static void keep_log(struct sim_driver *d, const struct px_log *log)
{
    char what[1024];
    if (d->hear_log != NULL)
        d->hear_log(d->hearer, log);
    if (log->kind == PX_LOG_DROP) {
        snprintf(what, sizeof what, "dropped: %s", log->reason);
    } else {
        bool has_reason = log->reason[0] != '\0';
        size_t len = (size_t)snprintf(what, sizeof what, "log %s %s status=%u tries=%u%s%s%s",
                                      log->method, log->domain, log->status, log->try_count,
                                      has_reason ? " " : "", log->reason, has_reason ? ";" : "");
        for (size_t i = 0; i < log->try_count && i < PX_LOG_TRIES_MAX; i++)
            len += write_try(&log->tries[i], what + len, sizeof what - len);
    }
    sim_say(d->world, d->node.name, "", what, (struct sw_slice){NULL, 0});
}

static void give_answer(struct sim_driver *d, struct sim_ask *ask)
{
    struct px_event ev = {.kind = PX_EV_ANSWER, .ask = ask->id, .answer = &ask->reply.answer};
    sim_driver_step(d, &ev);
}

static void forget_ask(struct sim_driver *d, struct sim_ask *ask)
{
    struct sim_ask **at = &d->asks;
    while (*at != ask)
        at = &(*at)->next;
    *at = ask->next;
    free(ask);
}

static void answer_now(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_ask *ask = arg;
    struct sim_driver *d = ask->driver;
    (void)w;
    (void)number;
    if (!ask->is_cancelled)
        give_answer(d, ask);
    forget_ask(d, ask);
}

static void ask_the_zone(struct sim_driver *d, const struct px_action *a)
{
    struct sim_ask *ask = sim_alloc(1, sizeof *ask);
    char room[SW_NAME_TEXT_MAX], what[SW_NAME_TEXT_MAX + 16];
    struct sw_buf name = sw_buf(room, sizeof room);
    sw_name_write(&name, a->question.name);
    snprintf(what, sizeof what, "asks %.*s %s", (int)name.len, room,
             sw_rrtype_name(a->question.type));
    sim_say(d->world, d->node.name, "", what, (struct sw_slice){NULL, 0});
    ask->driver = d;
    ask->id = a->ask;
    ask->next = d->asks;
    d->asks = ask;
    d->ask_count++;
    tz_zone_answer(d->zone, &a->question, &ask->reply);
    uint64_t after_us = ask->reply.has_after ? ask->reply.after_us : d->dns_us;
    if (ask->reply.is_silent) {
        ask->reply.answer = (struct sw_answer){.outcome = SW_OUTCOME_TIMEOUT};
        after_us = a->timeout_us;
    }
    if (after_us > 0) {
        sim_at(d->world, d->world->now_us + after_us, answer_now, ask, 0);
        return;
    }
    give_answer(d, ask); /* as a resolver does whose cache has it */
    forget_ask(d, ask);
}

static void cancel_ask(struct sim_driver *d, uint64_t id)
{
    for (struct sim_ask *ask = d->asks; ask != NULL; ask = ask->next)
        if (ask->id == id)
            ask->is_cancelled = true;
}

static void check_family(struct sim_driver *d, const struct px_action *a)
{
    bool is_sent = a->kind == PX_DO_DATAGRAM || a->kind == PX_DO_CONNECT;
    if (is_sent && d->places[a->listener]->endpoint.addr.family != a->peer.addr.family)
        sim_complain(d->world, "no socket sends from one family to the other");
}

/* RFC 3261 26.2.2: whatever happens, nothing for sips leaves in clear text. */
static void check_sips(struct sim_driver *d, const struct px_action *a)
{
    const char *line = a->bytes.p;
    size_t len = 0;
    while (len < a->bytes.len && line[len] != '\r')
        len++;
    bool is_clear = a->kind == PX_DO_DATAGRAM ||
                    (a->kind == PX_DO_BYTES && sim_net_is_clear(d->net, &d->node, a->conn));
    if (is_clear && len > 0 && memmem(line, len, " sips:", 6) != NULL)
        sim_complain(d->world, "a sips request leaves in clear text");
}

static void open_conn(struct sim_driver *d, const struct px_action *a)
{
    const struct sim_place *from = d->places[a->listener];
    struct sim_conn *c = sim_net_connect(d->net, &d->node, a->conn, from, &a->peer, a->timeout_us);
    if ((a->conn & PX_CONN_ACCEPTED) != 0)
        sim_complain(d->world, "a connection opened by the core has an id of the driver's");
    if (!sw_transport_row(from->transport)->is_tls)
        return;
    const struct px_cert cert = sim_net_cert(d->net, &d->node, a->conn);
    const struct px_wanted wanted = {a->tls_names, a->tls_name_count, false};
    c->is_unfit = px_identity_covers(&cert, &wanted, &d->conf->identity) != PX_IDENTITY_OK;
}

static void do_action(struct sim_driver *d, const struct px_action *a)
{
    remember_bytes(d, a->bytes);
    check_family(d, a);
    check_sips(d, a);
    switch (a->kind) {
    case PX_DO_DATAGRAM:
        sim_net_datagram(d->net, d->places[a->listener], &a->peer, a->bytes);
        return;
    case PX_DO_BYTES:
        sim_net_bytes(d->net, &d->node, a->conn, a->bytes);
        return;
    case PX_DO_CONNECT:
        open_conn(d, a);
        return;
    case PX_DO_CLOSE:
        sim_net_close(d->net, &d->node, a->conn, PX_CAUSE_CLOSED);
        return;
    case PX_DO_ASK:
        ask_the_zone(d, a);
        return;
    case PX_DO_CANCEL_ASK:
        cancel_ask(d, a->ask);
        return;
    case PX_DO_LOG:
        keep_log(d, a->log);
        return;
    }
}

static void wake_up(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_driver *d = arg;
    if (number != d->wake_us)
        return; /* another time was planned meanwhile */
    d->wake_us = SW_NEVER;
    (void)w;
    sim_driver_step(d, &(struct px_event){.kind = PX_EV_WAKE});
}

static void plan_wake(struct sim_driver *d)
{
    uint64_t due_us = px_core_wake_us(d->core);
    bool is_chore = px_core_is_idle(d->core); /* idle connections: nobody waits for them */
    if (due_us == d->wake_us && is_chore == d->is_chore)
        return;
    d->wake_us = due_us;
    d->is_chore = is_chore;
    if (due_us == SW_NEVER)
        return;
    if (is_chore)
        sim_chore_at(d->world, due_us, wake_up, d, due_us);
    else
        sim_at(d->world, due_us, wake_up, d, due_us);
}

static void step(struct sim_driver *d, const struct px_event *ev)
{
    if (d->out.cap - d->out.count < PX_STEP_ACTIONS_MAX)
        sim_complain(d->world, "the simulator's list of actions is too short");
    /* Now and then no more room than was promised: the rest must come later. */
    size_t cap = d->out.cap;
    if (sim_chance(d->world, 300))
        d->out.cap = d->out.count + PX_STEP_ACTIONS_MAX;
    px_core_step(d->core, ev, d->world->now_us, &d->out);
    d->out.cap = cap;
    d->world->is_excused = d->heap.has_failed;
}

void sim_driver_step(struct sim_driver *d, const struct px_event *ev)
{
    if (d->is_stepping) { /* caused by an action of this turn */
        step(d, ev);
        return;
    }
    d->is_stepping = true;
    px_core_turn(d->core);
    step(d, ev);
    for (size_t i = 0; i < d->out.count; i++) {
        const struct px_action a = d->out.list[i];
        do_action(d, &a);
    }
    d->out.count = 0;
    check_bytes(d);
    d->is_stepping = false;
    plan_wake(d);
}

/* ------------------------------------------------------------------------------ the node */

static struct sim_driver *driver_of(struct sim_node *n)
{
    return (struct sim_driver *)(void *)n;
}

static void on_datagram(struct sim_node *n, uint16_t place, const struct sw_endpoint *from,
                        struct sw_slice bytes)
{
    struct px_event ev = {.kind = PX_EV_DATAGRAM, .listener = place, .peer = *from, .bytes = bytes};
    sim_driver_step(driver_of(n), &ev);
}

static void on_returned(struct sim_node *n, uint16_t place, const struct sw_endpoint *to,
                        enum px_cause cause, struct sw_slice bytes)
{
    struct px_event ev = {
        .kind = PX_EV_UNREACHABLE, .listener = place, .peer = *to, .cause = cause, .bytes = bytes};
    sim_driver_step(driver_of(n), &ev);
}

static void on_accepted(struct sim_node *n, uint64_t conn, uint16_t place,
                        const struct sw_endpoint *from)
{
    const struct px_cert cert = sim_net_cert(driver_of(n)->net, n, conn);
    struct px_event ev = {
        .kind = PX_EV_ACCEPTED, .conn = conn, .listener = place, .peer = *from, .cert = &cert};
    sim_driver_step(driver_of(n), &ev);
}

static void on_connected(struct sim_node *n, uint64_t conn)
{
    const struct px_cert cert = sim_net_cert(driver_of(n)->net, n, conn);
    sim_driver_step(driver_of(n),
                    &(struct px_event){.kind = PX_EV_CONNECTED, .conn = conn, .cert = &cert});
}

static void on_bytes(struct sim_node *n, uint64_t conn, struct sw_slice bytes)
{
    struct px_event ev = {.kind = PX_EV_BYTES, .conn = conn, .bytes = bytes};
    sim_driver_step(driver_of(n), &ev);
}

static void on_closed(struct sim_node *n, uint64_t conn, enum px_cause cause)
{
    struct px_event ev = {.kind = PX_EV_CLOSED, .conn = conn, .cause = cause};
    if (cause == PX_CAUSE_TLS)
        ev.detail = SW_LIT("the certificate does not fit");
    sim_driver_step(driver_of(n), &ev);
}

static void on_ended(struct sim_node *n, uint64_t conn)
{
    sim_driver_step(driver_of(n), &(struct px_event){.kind = PX_EV_ENDED, .conn = conn});
}

static const struct sim_node_ops driver_ops = {
    .datagram = on_datagram,
    .returned = on_returned,
    .accepted = on_accepted,
    .connected = on_connected,
    .bytes = on_bytes,
    .closed = on_closed,
    .ended = on_ended,
};

void sim_driver_init(struct sim_driver *d, struct sim_world *w, struct sim_net *net,
                     struct tz_zone *zone, const struct px_conf *conf, uint64_t seed)
{
    *d = (struct sim_driver){
        .node = {.ops = &driver_ops, .name = "proxy"},
        .world = w,
        .net = net,
        .zone = zone,
        .conf = conf,
        .dns_us = SW_MS(5),
        .wake_us = SW_NEVER,
        .is_thorough = true,
    };
    d->out = (struct px_out){.list = d->actions, .cap = SIM_ACTIONS_MAX};
    for (uint16_t i = 0; i < conf->listener_count; i++) {
        struct sim_place *p = sim_net_add(net, conf->listeners[i].transport,
                                          &conf->listeners[i].endpoint, &d->node, i);
        p->is_ideal = true;
        d->places[i] = p;
    }
    test_alloc_init(&d->heap, SIZE_MAX);
    struct px_core_args args = {.conf = conf,
                                .alloc = &d->heap.alloc,
                                .worker = 1,
                                .worker_count = 1,
                                .exact_memory = true};
    for (size_t i = 0; i < sizeof args.seed; i++)
        args.seed[i] = (uint8_t)(seed >> (8 * (i % 8)));
    int rc = px_core_new(&d->core, &args, w->now_us);
    SW_BUG_ON(rc < 0);
}

static void check_counters(struct sim_driver *d)
{
    const struct px_counters *c = px_core_counters(d->core);
    if (!px_core_is_idle(d->core))
        sim_complain(d->world, "the core is not idle: %u transactions",
                     (unsigned)c->transactions_open);
    else if (c->client_transactions_open != 0)
        sim_complain(d->world, "%u client transactions are left",
                     (unsigned)c->client_transactions_open);
    for (struct sim_ask *ask = d->asks; ask != NULL; ask = ask->next)
        if (!ask->is_cancelled)
            sim_complain(d->world, "a question was neither awaited nor taken back");
}

void sim_driver_fini(struct sim_driver *d)
{
    check_counters(d);
    px_core_free(d->core);
    if (d->heap.live_count != 0)
        sim_complain(d->world, "%u blocks of memory leaked", (unsigned)d->heap.live_count);
    while (d->asks != NULL)
        forget_ask(d, d->asks);
}

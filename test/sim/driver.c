/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/driver.h"

#include "base/bug.h"
#include "base/hmap.h"
#include "proxy/handover.h"

#include <stdlib.h>

/* A question under way. */
struct sim_ask {
    struct sim_ask *next;
    struct sim_core *core;
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

static void step_core(struct sim_core *c, const struct px_event *ev);

static void remember_bytes(struct sim_core *c, struct sw_slice bytes)
{
    if (!c->driver->is_thorough || bytes.len == 0)
        return;
    struct sim_turn_bytes *t = sim_alloc(1, sizeof *t);
    *t = (struct sim_turn_bytes){c->turn_bytes, bytes, 0};
    for (size_t i = 0; i < bytes.len; i++)
        t->hash = t->hash * 31 + (uint8_t)bytes.p[i];
    c->turn_bytes = t;
}

static void check_bytes(struct sim_core *c)
{
    while (c->turn_bytes != NULL) {
        struct sim_turn_bytes *t = c->turn_bytes;
        uint64_t hash = 0;
        for (size_t i = 0; i < t->bytes.len; i++)
            hash = hash * 31 + (uint8_t)t->bytes.p[i];
        if (hash != t->hash)
            sim_complain(c->driver->world, "an action's bytes changed before the turn was over");
        c->turn_bytes = t->next;
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
    } else if (log->kind == PX_LOG_BID_DOWN) {
        snprintf(what, sizeof what, "alert: %s %s", log->domain, log->reason);
    } else if (log->kind == PX_LOG_LOAD) {
        snprintf(what, sizeof what, "alert: refused=%u %s", log->refused_count, log->reason);
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

static void keep_offer(struct sim_driver *d, struct sw_slice domain)
{
    char what[128];
    snprintf(what, sizeof what, "remembers %.*s", (int)domain.len, domain.p);
    sim_say(d->world, d->node.name, "", what, (struct sw_slice){NULL, 0});
}

static void give_answer(struct sim_core *c, struct sim_ask *ask)
{
    struct px_event ev = {.kind = PX_EV_ANSWER, .ask = ask->id, .answer = &ask->reply.answer};
    step_core(c, &ev);
}

static void forget_ask(struct sim_core *c, struct sim_ask *ask)
{
    struct sim_ask **at = &c->asks;
    while (*at != ask)
        at = &(*at)->next;
    *at = ask->next;
    free(ask);
}

static void answer_now(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_ask *ask = arg;
    struct sim_core *c = ask->core;
    (void)w;
    (void)number;
    if (!ask->is_cancelled)
        give_answer(c, ask);
    forget_ask(c, ask);
}

static void ask_the_zone(struct sim_core *c, const struct px_action *a)
{
    struct sim_driver *d = c->driver;
    struct sim_ask *ask = sim_alloc(1, sizeof *ask);
    char room[SW_NAME_TEXT_MAX], what[SW_NAME_TEXT_MAX + 16];
    struct sw_buf name = sw_buf(room, sizeof room);
    sw_name_write(&name, a->question.name);
    snprintf(what, sizeof what, "asks %.*s %s", (int)name.len, room,
             sw_rrtype_name(a->question.type));
    sim_say(d->world, d->node.name, "", what, (struct sw_slice){NULL, 0});
    ask->core = c;
    ask->id = a->ask;
    ask->next = c->asks;
    c->asks = ask;
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
    give_answer(c, ask); /* as a resolver does whose cache has it */
    forget_ask(c, ask);
}

static void cancel_ask(struct sim_core *c, uint64_t id)
{
    for (struct sim_ask *ask = c->asks; ask != NULL; ask = ask->next)
        if (ask->id == id)
            ask->is_cancelled = true;
}

static void check_family(struct sim_driver *d, const struct px_action *a)
{
    bool is_sent = a->kind == PX_DO_DATAGRAM || a->kind == PX_DO_CONNECT;
    if (is_sent && d->places[a->listener]->endpoint.addr.family != a->peer.addr.family)
        sim_complain(d->world, "no socket sends from one family to the other");
}

/* The network numbers connections without knowing of cores. */
static uint64_t net_conn(uint64_t conn)
{
    bool is_accepted = (conn & PX_CONN_ACCEPTED) != 0;
    return is_accepted ? conn & ~PX_CONN_WORKER(INT16_MAX) : conn;
}

/* RFC 3261 26.2.2: whatever happens, nothing for sips leaves in clear text. */
static void check_sips(struct sim_driver *d, const struct px_action *a)
{
    const char *line = a->bytes.p;
    size_t len = 0;
    while (len < a->bytes.len && line[len] != '\r')
        len++;
    bool is_clear =
        a->kind == PX_DO_DATAGRAM ||
        (a->kind == PX_DO_BYTES && sim_net_is_clear(d->net, &d->node, net_conn(a->conn)));
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

/* ------------------------------------------------------------------------------ the crew */

enum { MAIL_US = 300 }; /* from one core to another, at most */

/* On its way from one core to another. */
struct letter {
    struct sim_core *to;
    struct px_handed handed;
    char bytes[];
};

static void hand_in(struct sim_world *w, void *arg, uint64_t number)
{
    struct letter *l = arg;
    (void)w, (void)number;
    step_core(l->to, &(struct px_event){.kind = PX_EV_HANDED, .handed = &l->handed});
    free(l);
}

static void post(struct sim_core *from, struct sim_core *to, const struct px_handed *h)
{
    struct sim_world *w = to->driver->world;
    struct letter *l = sim_alloc(1, sizeof *l + h->bytes.len);
    *l = (struct letter){.to = to, .handed = *h};
    if (h->bytes.len > 0)
        memcpy(l->bytes, h->bytes.p, h->bytes.len);
    l->handed.bytes.p = l->bytes;
    uint64_t at_us = w->now_us + sim_below(w, MAIL_US);
    if (at_us < to->mail_us[from->number])
        at_us = to->mail_us[from->number];
    to->mail_us[from->number] = at_us;
    sim_at(w, at_us, hand_in, l, 0);
}

static void hand_over(struct sim_core *c, const struct px_action *a)
{
    struct sim_driver *d = c->driver;
    if (a->worker == c->number || (a->worker >= d->crew.core_count && a->worker != PX_ALL_WORKERS))
        sim_complain(d->world, "handed to worker %u", a->worker);
    remember_bytes(c, a->handed->bytes);
    for (unsigned i = 0; i < d->crew.core_count; i++)
        if (i != c->number && (i == a->worker || a->worker == PX_ALL_WORKERS))
            post(c, &d->cores[i], a->handed);
}

static uint64_t core_conn(const struct sim_core *c, uint64_t conn)
{
    bool is_accepted = (conn & PX_CONN_ACCEPTED) != 0;
    return is_accepted ? conn | PX_CONN_WORKER(c->number) : conn;
}

static void do_action(struct sim_core *c, const struct px_action *a)
{
    struct sim_driver *d = c->driver;
    remember_bytes(c, a->bytes);
    check_family(d, a);
    check_sips(d, a);
    switch (a->kind) {
    case PX_DO_DATAGRAM:
        sim_net_datagram(d->net, d->places[a->listener], &a->peer, a->bytes);
        return;
    case PX_DO_BYTES:
        sim_net_bytes(d->net, &d->node, net_conn(a->conn), a->bytes);
        return;
    case PX_DO_CONNECT:
        open_conn(d, a);
        return;
    case PX_DO_CLOSE:
        sim_net_close(d->net, &d->node, net_conn(a->conn), PX_CAUSE_CLOSED);
        return;
    case PX_DO_ASK:
        ask_the_zone(c, a);
        return;
    case PX_DO_CANCEL_ASK:
        cancel_ask(c, a->ask);
        return;
    case PX_DO_LOG:
        keep_log(d, a->log);
        return;
    case PX_DO_REMEMBER:
        keep_offer(d, a->bytes);
        return;
    case PX_DO_HAND_OVER:
        hand_over(c, a);
        return;
    }
}

enum { SLEEP_S = 60 }; /* of a core, at most */

static void wake_up(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_core *c = arg;
    if (number != c->wake_us)
        return; /* another time was planned meanwhile */
    c->wake_us = SW_NEVER;
    (void)w;
    step_core(c, &(struct px_event){.kind = PX_EV_WAKE});
}

/* One that is replaced stays in the queue, and the world waits for it: so none is far ahead. To be
 * woken early does no harm. */
static uint64_t wake_before(const struct sim_core *c, uint64_t due_us)
{
    uint64_t now_us = c->driver->world->now_us, far_us = now_us + SW_SECONDS(SLEEP_S);
    if (due_us == SW_NEVER || due_us <= far_us)
        return due_us;
    return c->wake_us > now_us && c->wake_us <= far_us ? c->wake_us : far_us;
}

static void plan_wake(struct sim_core *c)
{
    struct sim_world *w = c->driver->world;
    uint64_t due_us = wake_before(c, px_core_wake_us(c->core));
    bool is_chore = px_core_is_idle(c->core); /* idle connections: nobody waits for them */
    if (due_us == c->wake_us && is_chore == c->is_chore)
        return;
    c->wake_us = due_us;
    c->is_chore = is_chore;
    if (due_us == SW_NEVER)
        return;
    if (is_chore)
        sim_chore_at(w, due_us, wake_up, c, due_us);
    else
        sim_at(w, due_us, wake_up, c, due_us);
}

static void step(struct sim_core *c, const struct px_event *ev)
{
    struct sim_world *w = c->driver->world;
    if (c->out.cap - c->out.count < PX_STEP_ACTIONS_MAX)
        sim_complain(w, "the simulator's list of actions is too short");
    /* Now and then no more room than was promised: the rest must come later. */
    size_t cap = c->out.cap;
    if (sim_chance(w, 300))
        c->out.cap = c->out.count + PX_STEP_ACTIONS_MAX;
    px_core_step(c->core, ev, w->now_us, &c->out);
    c->out.cap = cap;
    w->is_excused = w->is_excused || c->heap.has_failed;
}

static void step_core(struct sim_core *c, const struct px_event *ev)
{
    if (c->is_stepping) { /* caused by an action of this turn */
        step(c, ev);
        return;
    }
    c->is_stepping = true;
    px_core_turn(c->core);
    step(c, ev);
    for (size_t i = 0; i < c->out.count; i++) {
        const struct px_action a = c->out.list[i];
        do_action(c, &a);
    }
    c->out.count = 0;
    check_bytes(c);
    c->is_stepping = false;
    plan_wake(c);
}

void sim_driver_tell(struct sim_driver *d, const struct px_event *ev)
{
    for (unsigned i = 0; i < d->crew.core_count; i++)
        step_core(&d->cores[i], ev);
}

/* ------------------------------------------------------------------------------ the steering */

static struct sim_driver *driver_of(struct sim_node *n)
{
    return (struct sim_driver *)(void *)n;
}

static struct sim_core *core_of_peer(struct sim_driver *d, const struct sw_endpoint *peer)
{
    return &d->cores[sw_endpoint_hash(peer, d->world->seed) % d->crew.core_count];
}

/* Who accepted it, or began it. */
static struct sim_core *core_of_conn(struct sim_driver *d, uint64_t conn)
{
    uint64_t number = conn / PX_CONN_WORKER(1);
    if ((conn & PX_CONN_ACCEPTED) != 0)
        number = sw_hash(&conn, sizeof conn, d->world->seed);
    return &d->cores[number % d->crew.core_count];
}

static struct sim_core *core_for(struct sim_driver *d, const struct sw_endpoint *from,
                                 struct sw_slice bytes)
{
    static struct sw_msg m;
    struct sw_msg_fault fault;
    struct sim_core *c = core_of_peer(d, from);
    bool is_response = sw_slice_eq(sw_slice_sub(bytes, 0, 4), SW_LIT("SIP/"));
    bool is_to_be_wrong =
        d->crew.steering == (is_response ? SIM_STEER_WRONG_RESPONSE : SIM_STEER_WRONG_REQUEST);
    if (d->crew.core_count == 1 || !is_to_be_wrong || sw_msg_parse(&m, bytes, NULL, &fault) < 0)
        return c;
    unsigned away = 1 + (unsigned)sim_below(d->world, d->crew.core_count - 1);
    return &d->cores[(px_owner(d->cores[0].core, &m) + away) % d->crew.core_count];
}

/* ------------------------------------------------------------------------------ the node */

static void on_datagram(struct sim_node *n, uint16_t place, const struct sw_endpoint *from,
                        struct sw_slice bytes)
{
    struct px_event ev = {.kind = PX_EV_DATAGRAM, .listener = place, .peer = *from, .bytes = bytes};
    step_core(core_for(driver_of(n), from, bytes), &ev);
}

static void on_returned(struct sim_node *n, uint16_t place, const struct sw_endpoint *to,
                        enum px_cause cause, struct sw_slice bytes)
{
    struct px_event ev = {.kind = PX_EV_UNREACHABLE,
                          .listener = place,
                          .peer = *to,
                          .cause = cause,
                          .had_left = true,
                          .bytes = bytes};
    step_core(core_of_peer(driver_of(n), to), &ev);
}

static void step_conn(struct sim_node *n, struct px_event ev)
{
    struct sim_core *c = core_of_conn(driver_of(n), ev.conn);
    ev.conn = core_conn(c, ev.conn);
    step_core(c, &ev);
}

static void on_accepted(struct sim_node *n, uint64_t conn, uint16_t place,
                        const struct sw_endpoint *from)
{
    const struct px_cert cert = sim_net_cert(driver_of(n)->net, n, conn);
    struct px_event ev = {
        .kind = PX_EV_ACCEPTED, .conn = conn, .listener = place, .peer = *from, .cert = &cert};
    step_conn(n, ev);
}

static void on_connected(struct sim_node *n, uint64_t conn)
{
    const struct px_cert cert = sim_net_cert(driver_of(n)->net, n, conn);
    step_conn(n, (struct px_event){.kind = PX_EV_CONNECTED, .conn = conn, .cert = &cert});
}

static void on_bytes(struct sim_node *n, uint64_t conn, struct sw_slice bytes)
{
    step_conn(n, (struct px_event){.kind = PX_EV_BYTES, .conn = conn, .bytes = bytes});
}

static void on_closed(struct sim_node *n, uint64_t conn, enum px_cause cause)
{
    struct px_event ev = {.kind = PX_EV_CLOSED, .conn = conn, .cause = cause};
    if (cause == PX_CAUSE_TLS)
        ev.detail = SW_LIT("the certificate does not fit");
    step_conn(n, ev);
}

static void on_ended(struct sim_node *n, uint64_t conn)
{
    step_conn(n, (struct px_event){.kind = PX_EV_ENDED, .conn = conn});
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

static void init_core(struct sim_driver *d, uint16_t number)
{
    struct sim_core *c = &d->cores[number];
    c->driver = d;
    c->number = number;
    c->wake_us = SW_NEVER;
    c->out = (struct px_out){.list = c->actions, .cap = SIM_ACTIONS_MAX};
    test_alloc_init(&c->heap, SIZE_MAX);
    struct px_core_args args = {.conf = d->conf,
                                .alloc = &c->heap.alloc,
                                .worker = number,
                                .worker_count = (uint16_t)d->crew.core_count,
                                .exact_memory = true};
    for (size_t i = 0; i < sizeof args.seed; i++)
        args.seed[i] = (uint8_t)(d->world->seed >> (8 * (i % 8)));
    int rc = px_core_new(&c->core, &args, d->world->now_us);
    SW_BUG_ON(rc < 0);
}

void sim_driver_init(struct sim_driver *d, struct sim_world *w, struct sim_net *net,
                     struct tz_zone *zone, const struct px_conf *conf, struct sim_crew crew)
{
    memset(d, 0, sizeof *d);
    d->node = (struct sim_node){.ops = &driver_ops, .name = "proxy"};
    d->world = w;
    d->net = net;
    d->zone = zone;
    d->conf = conf;
    d->crew = crew;
    d->crew.core_count = crew.core_count == 0 ? 1 : crew.core_count;
    d->dns_us = SW_MS(5);
    d->is_thorough = true;
    for (uint16_t i = 0; i < conf->listener_count; i++) {
        struct sim_place *p = sim_net_add(net, conf->listeners[i].transport,
                                          &conf->listeners[i].endpoint, &d->node, i);
        p->is_ideal = true;
        d->places[i] = p;
    }
    for (unsigned i = 0; i < d->crew.core_count; i++)
        init_core(d, (uint16_t)i);
}

struct px_counters sim_driver_counters(const struct sim_driver *d)
{
    struct px_counters sum = {0};
    for (unsigned i = 0; i < d->crew.core_count; i++) {
        const struct px_counters *c = px_core_counters(d->cores[i].core);
#define X(name, help) sum.name += c->name;
        PX_COUNTERS(X)
#undef X
    }
    return sum;
}

bool sim_driver_has_failed(const struct sim_driver *d)
{
    for (unsigned i = 0; i < d->crew.core_count; i++)
        if (d->cores[i].heap.has_failed)
            return true;
    return false;
}

static void check_core(const struct sim_core *c)
{
    struct sim_world *w = c->driver->world;
    const struct px_counters *n = px_core_counters(c->core);
    if (!px_core_is_idle(c->core))
        sim_complain(w, "the core is not idle: %u transactions", (unsigned)n->transactions_open);
    else if (n->client_transactions_open != 0)
        sim_complain(w, "%u client transactions are left", (unsigned)n->client_transactions_open);
    for (struct sim_ask *ask = c->asks; ask != NULL; ask = ask->next)
        if (!ask->is_cancelled)
            sim_complain(w, "a question was neither awaited nor taken back");
}

void sim_driver_fini(struct sim_driver *d)
{
    for (unsigned i = 0; i < d->crew.core_count; i++) {
        struct sim_core *c = &d->cores[i];
        check_core(c);
        px_core_free(c->core);
        if (c->heap.live_count != 0)
            sim_complain(d->world, "%u blocks of memory leaked", (unsigned)c->heap.live_count);
        while (c->asks != NULL)
            forget_ask(c, c->asks);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/net.h"

#include "base/bug.h"

#include <stdlib.h>

void sim_net_init(struct sim_net *net, struct sim_world *w)
{
    *net = (struct sim_net){.world = w, .next_port = 40000};
}

struct sim_place *sim_net_add(struct sim_net *net, enum sw_transport t,
                              const struct sw_endpoint *at, struct sim_node *node, uint16_t index)
{
    SW_BUG_ON(net->place_count == SIM_PLACES_MAX);
    struct sim_place *p = &net->places[net->place_count++];
    *p = (struct sim_place){
        .transport = t,
        .endpoint = *at,
        .node = node,
        .index = index,
        .link = {.delay_us = SW_MS(1)},
    };
    return p;
}

struct sim_place *sim_net_find(struct sim_net *net, enum sw_transport t,
                               const struct sw_endpoint *at)
{
    for (size_t i = 0; i < net->place_count; i++)
        if (net->places[i].transport == t && sw_endpoint_eq(&net->places[i].endpoint, at))
            return &net->places[i];
    return NULL;
}

struct sim_link *sim_net_link(struct sim_net *net, const char *node_name)
{
    for (size_t i = 0; i < net->place_count; i++)
        if (strcmp(net->places[i].node->name, node_name) == 0)
            return &net->places[i].link;
    return NULL;
}

static const struct sim_link *link_between(const struct sim_place *a, const struct sim_place *b)
{
    return a->is_ideal && b != NULL ? &b->link : &a->link;
}

static uint64_t travel_us(struct sim_world *w, const struct sim_link *l)
{
    return l->delay_us + (l->jitter_us == 0 ? 0 : sim_below(w, l->jitter_us));
}

static void set_fate(struct sim_line *l, const char *fate)
{
    snprintf(l->fate, sizeof l->fate, "%s", fate);
}

/* ------------------------------------------------------------------------------ datagrams */

struct flight {
    struct sim_net *net;
    const struct sim_place *from;
    struct sim_place *to;
    struct sw_endpoint to_endpoint;
    size_t len;
    char bytes[];
};

static struct flight *new_flight(struct sim_net *net, const struct sim_place *from,
                                 struct sim_place *to, const struct sw_endpoint *to_endpoint,
                                 struct sw_slice bytes)
{
    struct flight *f = sim_alloc(1, sizeof *f + bytes.len);
    f->net = net;
    f->from = from;
    f->to = to;
    f->to_endpoint = *to_endpoint;
    f->len = bytes.len;
    memcpy(f->bytes, bytes.p, bytes.len);
    return f;
}

static void arrive(struct sim_world *w, void *arg, uint64_t number)
{
    struct flight *f = arg;
    (void)w;
    (void)number;
    if (!f->to->link.is_dark && !f->from->link.is_dark)
        f->to->node->ops->datagram(f->to->node, f->to->index, &f->from->endpoint,
                                   sw_slice(f->bytes, f->len));
    free(f);
}

static void come_back(struct sim_world *w, void *arg, uint64_t number)
{
    struct flight *f = arg;
    (void)w;
    /* A router need not send back more than the start; the error says so much at least. */
    size_t len = f->len < 548 ? f->len : 548;
    f->from->node->ops->returned(f->from->node, f->from->index, &f->to_endpoint,
                                 (enum px_cause)number, sw_slice(f->bytes, len));
    free(f);
}

void sim_net_datagram(struct sim_net *net, const struct sim_place *from,
                      const struct sw_endpoint *to, struct sw_slice bytes)
{
    struct sim_world *w = net->world;
    struct sim_place *target = sim_net_find(net, SW_UDP, to);
    const struct sim_link *l = link_between(from, target);
    struct sim_line *line =
        sim_say(w, from->node->name, target == NULL ? "nobody" : target->node->name, NULL, bytes);
    uint64_t at_us = w->now_us + travel_us(w, l);
    if (target == NULL || l->is_refusing || target->link.is_refusing) {
        set_fate(line, "refused");
        sim_at(w, at_us, come_back, new_flight(net, from, target, to, bytes), PX_CAUSE_REFUSED);
        return;
    }
    if (l->is_dark) {
        set_fate(line, "unheard");
        return;
    }
    if (sim_chance(w, l->loss_permille)) {
        set_fate(line, "lost");
        return;
    }
    sim_at(w, at_us, arrive, new_flight(net, from, target, to, bytes), 0);
    if (!sim_chance(w, l->twice_permille))
        return;
    set_fate(line, "twice");
    sim_at(w, w->now_us + travel_us(w, l), arrive, new_flight(net, from, target, to, bytes), 0);
}

/* ------------------------------------------------------------------------------ connections */

static struct sim_conn *find_conn(struct sim_net *net, const struct sim_node *node, uint64_t conn,
                                  unsigned *end)
{
    for (size_t i = net->conn_count; i-- > 0;)
        for (unsigned e = 0; e < 2; e++) {
            struct sim_end *x = &net->conns[i].ends[e];
            if (x->node == node && x->conn == conn && !x->is_closed) {
                *end = e;
                return &net->conns[i];
            }
        }
    return NULL;
}

static void tell_ended(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_end *e = arg;
    (void)w;
    (void)number;
    if (e->is_closed || e->is_ended)
        return;
    e->is_ended = true;
    e->node->ops->ended(e->node, e->conn);
}

static void tell_closed(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_end *e = arg;
    (void)w;
    if (e->is_closed)
        return;
    if (number == PX_CAUSE_CLOSED &&
        e->node->ops->ended != NULL) { /* a FIN says no more than that */
        tell_ended(w, e, 0);
        return;
    }
    e->is_closed = true;
    e->node->ops->closed(e->node, e->conn, (enum px_cause)number);
}

static void tell_connected(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_conn *c = arg;
    (void)w;
    (void)number;
    if (c->ends[0].is_closed || c->ends[1].is_closed)
        return;
    if (c->is_unfit) {
        c->ends[1].is_closed = true;
        tell_closed(w, &c->ends[0], PX_CAUSE_TLS);
        return;
    }
    c->is_open = true;
    struct sim_end *a = &c->ends[0], *b = &c->ends[1];
    b->node->ops->accepted(b->node, b->conn, c->target->index, &a->endpoint);
    if (!a->is_closed)
        a->node->ops->connected(a->node, a->conn);
}

static struct sim_conn *new_conn(struct sim_net *net)
{
    SW_BUG_ON(net->conn_count == SIM_CONNS_MAX);
    return &net->conns[net->conn_count++];
}

struct sim_conn *sim_net_connect(struct sim_net *net, struct sim_node *node, uint64_t conn,
                                 const struct sim_place *from, const struct sw_endpoint *to,
                                 uint64_t timeout_us)
{
    struct sim_world *w = net->world;
    struct sim_place *target = sim_net_find(net, from->transport, to);
    const struct sim_link *l = link_between(from, target);
    struct sim_conn *c = new_conn(net);
    *c = (struct sim_conn){.target = target};
    c->ends[0] = (struct sim_end){.node = node, .conn = conn, .endpoint = from->endpoint};
    c->ends[0].endpoint.port = net->next_port++;
    c->place = from->is_ideal && target != NULL
                   ? target
                   : sim_net_find(net, from->transport, &from->endpoint);
    struct sim_line *line = sim_say(w, node->name, target == NULL ? "nobody" : target->node->name,
                                    "(connect)", (struct sw_slice){NULL, 0});
    uint64_t at_us = w->now_us + 2 * l->delay_us;
    if (target != NULL)
        c->ends[1] = (struct sim_end){.node = target->node,
                                      .conn = PX_CONN_ACCEPTED | net->conn_count,
                                      .endpoint = target->endpoint};
    if (target == NULL || l->is_refusing) {
        set_fate(line, "refused");
        sim_at(w, at_us, tell_closed, &c->ends[0], PX_CAUSE_REFUSED);
    } else if (l->is_dark) {
        set_fate(line, "unheard");
        sim_at(w, w->now_us + timeout_us, tell_closed, &c->ends[0], PX_CAUSE_TIMEOUT);
    } else {
        sim_at(w, at_us, tell_connected, c, 0);
    }
    return c;
}

struct px_cert sim_net_cert(struct sim_net *net, const struct sim_node *node, uint64_t conn)
{
    unsigned from;
    const struct sim_conn *c = find_conn(net, node, conn, &from);
    const struct sim_place *p = c == NULL ? NULL : from == 0 ? c->target : c->place;
    return p == NULL ? (struct px_cert){NULL, 0} : (struct px_cert){p->names, p->name_count};
}

bool sim_net_is_clear(struct sim_net *net, const struct sim_node *node, uint64_t conn)
{
    unsigned from;
    const struct sim_conn *c = find_conn(net, node, conn, &from);
    return c != NULL && !sw_transport_row(c->target->transport)->is_tls;
}

struct piece {
    struct sim_conn *conn;
    unsigned to;
    size_t len;
    char bytes[];
};

static void deliver(struct sim_world *w, void *arg, uint64_t number)
{
    struct piece *p = arg;
    struct sim_end *e = &p->conn->ends[p->to];
    (void)number;
    /* What was not heard is missing for ever: nothing behind it can be delivered. */
    p->conn->is_stalled = p->conn->is_stalled || p->conn->place->link.is_dark;
    struct sim_end *sender = &p->conn->ends[1 - p->to];
    if (!e->is_closed && !p->conn->is_stalled)
        e->node->ops->bytes(e->node, e->conn, sw_slice(p->bytes, p->len));
    else if (e->is_closed && sender->is_ended && !sender->is_closed)
        sim_at(w, w->now_us + p->conn->place->link.delay_us, tell_closed, sender, PX_CAUSE_RESET);
    free(p);
}

static void send_piece(struct sim_net *net, struct sim_conn *c, unsigned to, struct sw_slice bytes)
{
    struct sim_world *w = net->world;
    struct piece *p = sim_alloc(1, sizeof *p + bytes.len);
    p->conn = c;
    p->to = to;
    p->len = bytes.len;
    memcpy(p->bytes, bytes.p, bytes.len);
    uint64_t at_us = w->now_us + travel_us(w, &c->place->link);
    if (at_us < c->ends[to].arrives_us)
        at_us = c->ends[to].arrives_us;
    c->ends[to].arrives_us = at_us;
    sim_at(w, at_us, deliver, p, 0);
}

void sim_net_bytes(struct sim_net *net, const struct sim_node *node, uint64_t conn,
                   struct sw_slice bytes)
{
    unsigned from;
    struct sim_conn *c = find_conn(net, node, conn, &from);
    if (c == NULL)
        return;
    if (bytes.len > 4) { /* pings are not worth a line */
        struct sim_line *line =
            sim_say(net->world, node->name, c->ends[1 - from].node->name, NULL, bytes);
        if (c->place->link.is_dark)
            set_fate(line, "unheard");
    }
    while (net->cuts_streams && bytes.len > 1) {
        size_t len = 1 + (size_t)sim_below(net->world, bytes.len - 1);
        send_piece(net, c, 1 - from, sw_slice_sub(bytes, 0, len));
        bytes = sw_slice_sub(bytes, len, SIZE_MAX);
    }
    send_piece(net, c, 1 - from, bytes);
}

static void end_other(struct sim_net *net, struct sim_conn *c, unsigned from, enum px_cause cause)
{
    struct sim_end *other = &c->ends[1 - from];
    struct sim_world *w = net->world;
    if (other->node == NULL || other->is_closed || !c->is_open || c->place->link.is_dark)
        return;
    uint64_t at_us = w->now_us + c->place->link.delay_us;
    if (at_us < other->arrives_us && cause == PX_CAUSE_CLOSED)
        at_us = other->arrives_us; /* behind what was sent before */
    sim_at(w, at_us, tell_closed, other, cause);
}

void sim_net_close(struct sim_net *net, const struct sim_node *node, uint64_t conn,
                   enum px_cause cause)
{
    unsigned from;
    struct sim_conn *c = find_conn(net, node, conn, &from);
    if (c == NULL)
        return;
    c->ends[from].is_closed = true;
    end_other(net, c, from, cause);
}

void sim_net_half_close(struct sim_net *net, const struct sim_node *node)
{
    for (size_t i = 0; i < net->conn_count; i++)
        for (unsigned e = 0; e < 2; e++) {
            struct sim_conn *c = &net->conns[i];
            struct sim_end *other = &c->ends[1 - e];
            if (c->ends[e].node != node || c->ends[e].is_closed || !c->is_open || other->is_closed)
                continue;
            sim_at(net->world, net->world->now_us + c->place->link.delay_us, tell_ended, other, 0);
        }
}

void sim_net_break(struct sim_net *net, const struct sim_node *node, enum px_cause cause)
{
    for (size_t i = 0; i < net->conn_count; i++)
        for (unsigned e = 0; e < 2; e++) {
            struct sim_end *x = &net->conns[i].ends[e];
            if (x->node != node || x->is_closed || !net->conns[i].is_open)
                continue;
            x->is_closed = true;
            end_other(net, &net->conns[i], e, cause);
            x->node->ops->closed(x->node, x->conn, cause);
        }
}

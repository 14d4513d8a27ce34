/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/way.h"

#include "locate/addr.h"
#include "locate/response.h"
#include "proxy/again.h"
#include "proxy/emit.h"
#include "proxy/handover.h"
#include "proxy/ident.h"
#include "proxy/search.h"
#include "proxy/stream.h"

/* Another worker has the connection; by then it has said so if it could not send. */
#define UNSURE_US SW_MS(200)
/* A connection that the peer has ended is left a second after the last response. */
#define COMPLAINT_US SW_SECONDS(2)

/* The route of RFC 3261 18.2.2, from a Via and what we saw of its sender. */
static void via_route(const struct sw_via *via, const struct px_hop *from, struct sw_via_route *out)
{
    *out = (struct sw_via_route){
        .transport = from->transport,
        .sent_by = via->sent_by,
        .has_port = via->has_port,
        .port = via->port,
        .has_received = true,
        .received = from->peer.addr,
        .has_rport = via->has_rport,
        .rport = from->peer.port,
        .has_maddr = via->has_maddr,
        .maddr = via->maddr,
        .ttl = via->has_ttl ? via->ttl : 1,
    };
}

/* A stranger's Via leads to himself, and to where records may lead (H4): never to what listens on
 * our loopback. */
static bool may_lead_to(const struct px_core *core, const struct px_hop *from,
                        const struct sw_netaddr *addr)
{
    return sw_netaddr_eq(addr, &from->peer.addr) || px_hop_is_trusted(core, from) ||
           sw_address_judge(&core->conf->policy, addr, false) == SW_NOTE_OK;
}

void px_reply_hop(const struct px_core *core, const struct sw_via *via, const struct px_hop *from,
                  struct px_hop *out)
{
    struct sw_via_route route;
    *out = *from;
    via_route(via, from, &route);
    if (!px_hop_is_trusted(core, from))
        route.has_maddr = false;
    if (!sw_response_first(&route, &out->peer) || out->peer.addr.family != from->peer.addr.family ||
        !may_lead_to(core, from, &out->peer.addr))
        out->peer = from->peer;
}

void px_received_write(const struct sw_via *via, const struct px_hop *from, struct sw_buf *b)
{
    bool is_same = sw_netaddr_eq(&via->sent_by.addr, &from->peer.addr);
    if (is_same && !via->has_rport)
        return;
    sw_buf_str(b, ";received=");
    sw_netaddr_write(b, &from->peer.addr);
    if (!via->has_rport)
        return;
    sw_buf_str(b, ";rport=");
    sw_buf_u64(b, from->peer.port);
}

bool px_reply_send(struct px_core *core, const struct px_hop *to, const struct px_server *s,
                   struct sw_slice bytes)
{
    if (!sw_transport_row(to->transport)->is_stream) {
        /* One without a transaction has nothing before it: any number of its own. */
        px_emit_datagram(core, to, bytes, s == NULL ? (uintptr_t)bytes.p : s->call, PX_UNHEEDED);
        return true;
    }
    if (px_conn_is_lent(core, to->conn)) {
        px_hand_bytes(core, to->conn, bytes);
        return true; /* if it is not: px_way_unsent() */
    }
    struct px_conn *conn = px_conn_find(core, to->conn);
    if (conn == NULL || conn->state != PX_CONN_OPEN)
        return false;
    px_conn_send(core, conn, bytes);
    return true;
}

/* The top Via of the stored request; views into it. */
static bool read_via(struct px_core *core, const struct px_server *s, struct sw_via *out)
{
    return px_read_again(core, s->request) == 0 && sw_msg_top_via(&core->old, out) == 0;
}

/* Begin a P2 search. */
static void begin_search(struct px_core *core, struct px_way *way)
{
    struct sw_via via;
    if (!read_via(core, way->server, &via)) {
        way->is_ended = true;
        return;
    }
    struct sw_response_args args = {
        .transport = way->server->from.transport,
        .sent_by = via.sent_by,
        .has_port = via.has_port,
        .port = via.port,
    };
    if (px_search_begin_response(core, &way->search, &args, way->server->call) < 0)
        way->is_ended = true;
}

/* Send to the place now in s->reply, or wait for a connection to it. */
static bool try_place(struct px_core *core, struct px_way *way, const struct sw_slice *tls_names,
                      size_t tls_name_count)
{
    struct px_server *s = way->server;
    if (!sw_transport_row(s->reply.transport)->is_stream)
        return px_reply_send(core, &s->reply, s, s->response);
    struct px_conn *conn = px_conn_reach(core, &s->reply, tls_names, tls_name_count);
    if (conn == NULL)
        return false;
    way->is_connecting = true;
    px_conn_wait(core, conn, &way->user);
    return true;
}

/* The one that the request came to, where its family is the place's; else one that can send there
 * and stays. */
static bool choose_listener(const struct px_core *core, struct px_server *s,
                            const struct sw_netaddr *to)
{
    const struct px_conf *conf = core->conf;
    for (uint16_t i = 0; i < conf->listener_count; i++) {
        uint16_t at = (uint16_t)((s->from.listener + i) % conf->listener_count);
        const struct px_listener *l = &conf->listeners[at];
        if (l->transport != s->reply.transport || l->endpoint.addr.family != to->family ||
            (at != s->from.listener && px_conf_is_leaving(conf, at)))
            continue;
        s->reply.listener = at;
        return true;
    }
    return false;
}

/* One more place of the search. False: there is nothing more to do now. */
static bool try_next_place(struct px_core *core, struct px_way *way, enum sw_try why)
{
    struct sw_candidate c;
    switch (px_search_next(core, &way->search, why, &c)) {
    case SW_NEXT_WAIT:
        return false;
    case SW_NEXT_END:
        px_search_end(core, &way->search);
        way->is_ended = true;
        break;
    case SW_NEXT_CANDIDATE:
        if (!may_lead_to(core, &way->server->from, &c.endpoint.addr) ||
            !choose_listener(core, way->server, &c.endpoint.addr))
            return true;
        way->server->reply.peer = c.endpoint;
        if (!try_place(core, way, c.tls_names, c.tls_name_count))
            return true;
        break;
    }
    px_server_touch(core, way->server); /* a datagram: nothing is waited for any more */
    return false;
}

static void go_on(struct px_core *core, struct px_way *way, enum sw_try why)
{
    if (way->search.plan == NULL && !way->is_ended)
        begin_search(core, way);
    if (way->is_ended)
        px_server_touch(core, way->server);
    while (!way->is_ended) {
        if (!px_has_room(core)) {
            px_search_put_off(core, &way->search, why);
            return;
        }
        if (!try_next_place(core, way, why))
            return;
        why = SW_TRY_FAILED;
    }
}

static struct px_way *new_way(struct px_core *core, struct px_server *s)
{
    struct px_way *way = px_mem_zget(&core->mem, sizeof *way);
    if (way == NULL)
        return NULL;
    way->server = s;
    way->user.kind = PX_USER_WAY;
    px_search_init(&way->search, PX_SEARCH_WAY);
    s->way = way;
    return way;
}

/* A new connection to where the request came from, as its Via names the port (P1). */
static void try_first_place(struct px_core *core, struct px_way *way)
{
    struct px_server *s = way->server;
    struct sw_via via;
    if (!read_via(core, s, &via)) {
        way->is_ended = true;
        return;
    }
    px_reply_hop(core, &via, &s->from, &s->reply);
    if (sw_transport_row(s->from.transport)->is_tls || !try_place(core, way, NULL, 0))
        go_on(core, way, SW_TRY_NONE); /* TLS needs a name to verify: only P2 has one */
}

/* Sent over a connection that the peer has ended, perhaps closed: it may complain. */
static void await_complaint(struct px_core *core, struct px_server *s)
{
    bool is_stream = sw_transport_row(s->reply.transport)->is_stream;
    struct px_conn *conn = is_stream ? px_conn_find(core, s->reply.conn) : NULL;
    if (conn == NULL || !conn->is_ended || (s->way == NULL && new_way(core, s) == NULL))
        return;
    s->way->is_unsure = true;
    px_conn_use(conn, &s->way->user);
}

void px_way_send(struct px_core *core, struct px_server *s)
{
    if (px_way_is_searching(s->way))
        return; /* on its way: s->response is sent when it is found */
    if (px_conn_is_lent(core, s->reply.conn))
        s->unsure_until_us = sw_after_us(core->now_us, UNSURE_US);
    if (px_reply_send(core, &s->reply, s, s->response)) {
        await_complaint(core, s);
        return;
    }
    if (s->way == NULL && new_way(core, s) != NULL)
        try_first_place(core, s->way);
    else if (s->way != NULL)
        go_on(core, s->way, SW_TRY_FAILED);
}

void px_way_failed(struct px_core *core, struct px_server *s)
{
    if (s->way == NULL && new_way(core, s) == NULL)
        return;
    if (!s->way->search.is_waiting)
        go_on(core, s->way, s->way->search.plan == NULL ? SW_TRY_NONE : SW_TRY_REFUSED);
}

void px_way_unsent(struct px_core *core, struct px_server *s, uint64_t conn)
{
    if (s->reply.conn != conn || s->response.len == 0)
        return;
    s->reply.conn = 0;
    px_way_send(core, s);
}

void px_way_unsure(struct px_core *core, struct px_server *s)
{
    s->unsure_until_us = sw_after_us(core->now_us, COMPLAINT_US);
    px_server_touch(core, s);
}

void px_way_search(struct px_core *core, struct px_way *way)
{
    if (way->search.is_waiting)
        go_on(core, way, way->search.why);
    else
        px_search_ask(core, &way->search);
}

static void hear_the_end(struct px_core *core, struct px_way *way, const struct px_conn *conn)
{
    way->is_unsure = false;
    if (!conn->was_left) /* it did not arrive: as if the connection had been gone before */
        try_first_place(core, way);
    px_server_touch(core, way->server);
}

void px_way_conn(struct px_core *core, struct px_way *way, const struct px_conn *conn)
{
    if (way->is_unsure) {
        hear_the_end(core, way, conn);
        return;
    }
    way->is_connecting = false;
    if (conn->state == PX_CONN_OPEN &&
        px_reply_send(core, &way->server->reply, way->server, way->server->response)) {
        await_complaint(core, way->server);
        px_server_touch(core, way->server);
        return;
    }
    go_on(core, way, way->search.plan == NULL ? SW_TRY_NONE : SW_TRY_FAILED);
}

bool px_way_is_searching(const struct px_way *way)
{
    return way != NULL && (way->is_connecting || way->search.is_waiting);
}

bool px_way_is_busy(const struct px_way *way)
{
    return px_way_is_searching(way) || (way != NULL && way->is_unsure);
}

void px_way_free(struct px_core *core, struct px_way *way)
{
    if (way == NULL)
        return;
    px_search_end(core, &way->search);
    px_conn_leave(&way->user);
    px_mem_drop(&core->mem, way);
}

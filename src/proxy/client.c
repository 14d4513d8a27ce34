/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/client.h"

#include "proxy/again.h"
#include "proxy/emit.h"
#include "proxy/flow.h"
#include "proxy/handover.h"
#include "proxy/ident.h"
#include "proxy/peer.h"
#include "proxy/stream.h"
#include "sip/build.h"

/* ------------------------------------------------------------------------------ finding */

struct wanted {
    struct sw_slice branch;
    enum sw_method method;
};

static bool is_wanted(const struct sw_hmap_link *link, const void *key)
{
    const struct wanted *w = key;
    const struct px_client *c = SW_CONTAINER_OF(link, const struct px_client, link);
    return c->method == w->method && sw_slice_ieq(sw_slice(c->branch, PX_BRANCH_LEN), w->branch);
}

struct px_client *px_client_find(const struct px_core *core, struct sw_slice branch,
                                 enum sw_method method)
{
    struct wanted wanted = {branch, method};
    struct sw_hmap_link *link =
        sw_hmap_find(&core->clients, px_branch_hash(core, branch), is_wanted, &wanted);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_client, link);
}

/* ------------------------------------------------------------------------------ the life */

struct px_client *px_client_new(struct px_core *core, struct px_server *s, enum sw_method method,
                                const struct px_hop *to, struct sw_slice sent, const char *branch)
{
    struct px_client *c = px_mem_zget(&core->mem, sizeof *c);
    if (c == NULL) {
        px_mem_drop_slice(&core->mem, &sent);
        return NULL;
    }
    c->server = s;
    c->method = method;
    c->to = *to;
    c->sent = sent;
    c->started_us = core->now_us;
    c->user.kind = PX_USER_CLIENT;
    memcpy(c->branch, branch, PX_BRANCH_LEN);
    px_timer_init(&c->timer, PX_TIMER_CLIENT);
    px_timer_init(&c->try_timer, PX_TIMER_TRY);
    sw_hmap_add(&core->clients, &c->link, px_branch_hash(core, sw_slice(branch, PX_BRANCH_LEN)));
    sw_list_push_back(&s->clients, &c->in_server);
    core->counters.client_transactions_open++;
    return c;
}

void px_client_end(struct px_core *core, struct px_client *c)
{
    if (c->is_over)
        return;
    c->is_over = true;
    px_timer_disarm(core, &c->timer);
    px_timer_disarm(core, &c->try_timer);
    px_conn_leave(&c->user);
    sw_hmap_remove(&core->clients, &c->link);
    px_mem_drop_slice(&core->mem, &c->sent);
    core->counters.client_transactions_open--;
    px_server_touch(core, c->server);
}

/* False: its connection has gone meanwhile. company: as a datagram. */
static bool send_bytes(struct px_core *core, const struct px_client *c, struct sw_slice bytes,
                       enum px_company company)
{
    if (!sw_transport_row(c->to.transport)->is_stream) {
        px_emit_datagram(core, &c->to, bytes, c->server->call, company);
        return true;
    }
    if (px_conn_is_lent(core, c->to.conn)) {
        bool is_there = px_flow_find(core, c->to.conn) != NULL;
        if (is_there)
            px_hand_request(core, c->to.conn, bytes);
        return is_there;
    }
    struct px_conn *conn = px_conn_find(core, c->to.conn);
    if (!px_conn_carries(conn))
        return false;
    px_conn_send(core, conn, bytes);
    return true;
}

/* To where another one went. */
static bool launch_after(struct px_core *core, struct px_client *c, const struct px_client *other)
{
    const struct px_names *n = other->names;
    c->is_flow = other->is_flow;
    return px_client_launch(core, c, n == NULL ? NULL : n->at, n == NULL ? 0 : n->count);
}

/* The answer came over a connection of the server's own (18.2.2): ours is opened anew. */
static void send_ack_later(struct px_core *core, const struct px_client *c, struct sw_slice bytes)
{
    struct sw_slice copy;
    if (!px_mem_dup(&core->mem, bytes, &copy))
        return;
    struct px_client *ack = px_client_new(core, c->server, SW_ACK, &c->to, copy, c->branch);
    if (ack != NULL && !launch_after(core, ack, c))
        px_client_end(core, ack);
}

static void send_ack(struct px_core *core, const struct px_client *c, const struct sw_msg *response)
{
    if (px_read_again(core, c->sent) < 0)
        return;
    const struct sw_hdr *to = sw_msg_first(response, SW_HDR_TO);
    struct sw_buf out =
        px_turn_buf(core, core->old.header_end + (to == NULL ? 0 : to->line.len) + 64);
    if (out.cap > 0 && sw_ack_build(&core->old, response, &out) == 0 &&
        !send_bytes(core, c, sw_buf_slice(&out), PX_UNHEEDED))
        send_ack_later(core, c, sw_buf_slice(&out));
}

static unsigned do_what_it_says(struct px_core *core, struct px_client *c, unsigned todo,
                                const struct sw_msg *response)
{
    if ((todo & SW_TXN_DO_SEND) != 0) {
        core->counters.retransmissions_sent++;
        c->was_resent = true;
        /* The end of a connection is reported by itself. */
        (void)send_bytes(core, c, c->sent, PX_ALONE);
    }
    if ((todo & SW_TXN_DO_ACK) != 0 && response != NULL)
        send_ack(core, c, response);
    px_timer_arm(core, &c->timer, sw_txn_wake_us(&c->txn));
    if ((todo & SW_TXN_DO_END) != 0)
        px_client_end(core, c);
    return todo & (SW_TXN_DO_PASS | SW_TXN_DO_REPORT_TIMEOUT | SW_TXN_DO_REPORT_ERROR);
}

unsigned px_client_step(struct px_core *core, struct px_client *c, enum sw_txn_event ev,
                        const struct sw_msg *response)
{
    if (c->is_over || !c->is_started)
        return 0;
    unsigned todo = do_what_it_says(core, c, sw_txn_step(&c->txn, ev, core->now_us), response);
    /* Only a failure of an INVITE needs the request once more: each ACK is made of it, also when a
     * 2xx has come since. */
    bool is_final = ev == SW_TXN_EV_2XX || ev == SW_TXN_EV_3456XX;
    bool is_for_good = c->method == SW_INVITE ? c->txn.state == SW_TXN_ACCEPTED : is_final;
    if (is_for_good)
        px_mem_drop_slice(&core->mem, &c->sent);
    return todo;
}

unsigned px_client_wake(struct px_core *core, struct px_client *c)
{
    unsigned todo;
    while (!c->is_over && (todo = sw_txn_wake(&c->txn, core->now_us)) != 0) {
        unsigned left = do_what_it_says(core, c, todo, NULL);
        if (left != 0)
            return left;
    }
    if (!c->is_over)
        px_timer_arm(core, &c->timer, sw_txn_wake_us(&c->txn));
    return 0;
}

void px_client_start(struct px_core *core, struct px_client *c)
{
    if (c->method == SW_ACK) { /* sent once, and nothing comes of it */
        (void)send_bytes(core, c, c->sent, PX_UNHEEDED);
        px_client_end(core, c);
        return;
    }
    enum sw_txn_kind kind = c->method == SW_INVITE ? SW_TXN_ICT : SW_TXN_NICT;
    bool is_stream = sw_transport_row(c->to.transport)->is_stream;
    if (!c->is_started) { /* else the same request again, over a new connection */
        c->is_started = true;
        c->started_us = core->now_us;
        sw_txn_init(&c->txn, kind, &core->times, is_stream);
        unsigned todo = sw_txn_step(&c->txn, SW_TXN_EV_START, core->now_us);
        (void)todo; /* DO_SEND: below */
        px_timer_arm(core, &c->timer, sw_txn_wake_us(&c->txn));
    }
    core->counters.requests_forwarded++;
    (void)send_bytes(core, c, c->sent, PX_TOGETHER);
    if (!is_stream)
        sw_list_push_back(&core->launched, &c->user.link);
    struct px_conn *conn = is_stream ? px_conn_find(core, c->to.conn) : NULL;
    if (conn != NULL)
        px_conn_use(conn, &c->user);
}

/* X3: a connection that comes from just there. */
static void find_flow(const struct px_core *core, struct px_client *c)
{
    const struct px_flow *flow = px_flow_to(core, &c->to);
    if (flow != NULL && px_conf_has_listener(core->conf, flow->hop.listener))
        c->to = flow->hop;
}

void px_clients_end_turn(struct px_core *core)
{
    sw_list_remove(&core->launched);
    sw_list_init(&core->launched);
}

static bool left_with(const struct px_client *a, const struct px_client *b)
{
    return a->to.listener == b->to.listener && sw_endpoint_eq(&a->to.peer, &b->to.peer) &&
           a->sent.len == b->sent.len;
}

void px_client_tell_turn(struct px_core *core, struct px_client *c, enum px_cause cause)
{
    struct sw_list *at, *tmp;
    if (!sw_list_is_linked(&c->user.link))
        return;
    SW_LIST_EACH (at, tmp, &c->user.link) {
        struct px_client *other = SW_LIST_ITEM(at, struct px_client, user.link);
        if (at == &core->launched || !left_with(c, other) || other->has_response)
            continue;
        other->is_returned = true;
        other->cause = cause;
        px_timer_arm(core, &other->try_timer, core->now_us);
    }
}

bool px_client_launch(struct px_core *core, struct px_client *c, const struct sw_slice *tls_names,
                      size_t tls_name_count)
{
    if (!sw_transport_row(c->to.transport)->is_stream) {
        px_client_start(core, c);
        return true;
    }
    c->names = px_names_keep(core, tls_names, tls_name_count);
    if (c->to.conn == 0)
        find_flow(core, c);
    if (px_conn_is_lent(core, c->to.conn) && px_flow_find(core, c->to.conn) != NULL) {
        c->was_old_conn = !c->is_flow;
        px_client_start(core, c);
        return true;
    }
    /* A CANCEL goes where its INVITE went. */
    struct px_conn *conn = px_conn_find(core, c->to.conn);
    if (conn != NULL && conn->is_ended)
        conn = NULL;
    if (conn == NULL && !c->is_flow)
        conn = px_conn_reach(core, &c->to, tls_names, tls_name_count);
    if (conn == NULL)
        return false;
    if (conn->state != PX_CONN_OPEN) {
        px_conn_wait(core, conn, &c->user);
        return true;
    }
    c->to.conn = conn->id;
    c->was_old_conn = !c->is_flow;
    px_client_start(core, c);
    return true;
}

void px_client_note(struct px_core *core, struct px_client *c, struct sw_slice detail)
{
    px_mem_drop_slice(&core->mem, &c->detail);
    if (detail.len > 0 && !px_mem_dup(&core->mem, detail, &c->detail))
        c->detail.len = 0; /* the log says less */
}

/* ------------------------------------------------------------------------------ CANCEL */

static void send_cancel(struct px_core *core, struct px_client *c)
{
    c->is_cancelled = true;
    if (px_read_again(core, c->sent) < 0)
        return;
    struct sw_buf out = px_owned_buf(core, core->old.header_end + 64);
    if (out.cap == 0 || sw_cancel_build(&core->old, (struct sw_slice){NULL, 0}, &out) < 0) {
        px_mem_drop(&core->mem, out.p);
        return;
    }
    struct px_client *cancel =
        px_client_new(core, c->server, SW_CANCEL, &c->to, sw_buf_slice(&out), c->branch);
    if (cancel == NULL)
        return;
    /* F2: to the same place; its connection is there, or is opened anew. */
    if (!launch_after(core, cancel, c))
        px_client_end(core, cancel);
}

void px_client_cancel(struct px_core *core, struct px_client *c)
{
    if (c->method != SW_INVITE || c->is_over || c->has_final || c->is_cancelled)
        return;
    if (c->has_provisional)
        send_cancel(core, c);
    else
        c->wants_cancel = true;
}

/* ------------------------------------------------------------------------------ the end */

bool px_clients_are_open(const struct px_server *s)
{
    const struct sw_list *head = &s->clients;
    for (const struct sw_list *at = head->next; at != head; at = at->next)
        if (!SW_LIST_ITEM(at, const struct px_client, in_server)->is_over)
            return true;
    return false;
}

static void free_client(struct px_core *core, struct px_client *c)
{
    sw_list_remove(&c->in_server);
    px_mem_drop(&core->mem, c->names);
    px_mem_drop_slice(&core->mem, &c->detail);
    px_mem_drop_slice(&core->mem, &c->host);
    px_mem_drop(&core->mem, c);
}

void px_clients_forget(struct px_core *core, struct px_server *s)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &s->clients) {
        struct px_client *c = SW_LIST_ITEM(at, struct px_client, in_server);
        if (c->is_over && c != s->current && c != s->rival)
            free_client(core, c);
    }
}

void px_clients_free(struct px_core *core, struct px_server *s)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &s->clients) {
        struct px_client *c = SW_LIST_ITEM(at, struct px_client, in_server);
        px_client_end(core, c);
        free_client(core, c);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/handover.h"

#include "proxy/emit.h"
#include "proxy/ident.h"
#include "sip/field.h"

enum {
    ASKED_MAX =
        64 /* requests of others without an answer, a connection: looked through one by one */
};

/* ------------------------------------------------------------------------------ whose it is */

static bool owner_of_via(const struct px_core *core, const struct sw_via *via, uint16_t *out)
{
    uint16_t worker;
    if (!via->has_branch || !px_branch_worker(via->branch, &worker) || worker >= core->worker_count)
        return false;
    *out = worker;
    return true;
}

static uint16_t owner_of_call(const struct px_core *core, struct sw_slice call_id)
{
    return (uint16_t)(px_call_number(core, call_id) % core->worker_count);
}

uint16_t px_owner(const struct px_core *core, const struct sw_msg *m)
{
    uint16_t worker;
    if (core->worker_count <= 1)
        return core->worker;
    if (!m->is_request)
        return m->has_via && owner_of_via(core, &m->via, &worker) ? worker : core->worker;
    if (sw_msg_first(m, SW_HDR_CALL_ID) == NULL)
        return core->worker; /* it will be refused */
    return owner_of_call(core, px_msg_value(m, SW_HDR_CALL_ID));
}

bool px_owner_at_sight(const struct px_core *core, struct sw_slice bytes, uint16_t *out)
{
    struct sw_hdr h;
    struct sw_slice value;
    struct sw_via via;
    const char *what;
    size_t at;
    bool is_response = bytes.len > 8 && memcmp(bytes.p, "SIP/2.0 ", 8) == 0;
    *out = core->worker;
    if (core->worker_count <= 1)
        return true;
    if (sw_line_end(bytes, 0, &at) < 0)
        return false;
    while (sw_field_next(bytes, &at, &h, &what) > 0) {
        if (is_response) /* as everybody writes it */
            return h.id == SW_HDR_VIA && sw_value_take(&h.value, &value) > 0 &&
                   sw_via_parse(value, &via, NULL) == 0 && owner_of_via(core, &via, out);
        if (h.id == SW_HDR_CALL_ID) {
            *out = owner_of_call(core, h.value);
            return true;
        }
    }
    return false;
}

bool px_conn_is_lent(const struct px_core *core, uint64_t conn)
{
    return conn != 0 && core->worker_count > 1 &&
           (conn & PX_CONN_WORKER(INT16_MAX)) != PX_CONN_WORKER(core->worker);
}

static uint16_t worker_of(uint64_t conn)
{
    return (uint16_t)((conn & PX_CONN_WORKER(INT16_MAX)) / PX_CONN_WORKER(1));
}

/* ------------------------------------------------------------------------------ telling */

/* What an event points to is gone when the action is carried out. A block that was given back stays
 * readable for so long. */
static struct sw_slice for_this_turn(struct px_core *core, struct sw_slice bytes)
{
    struct sw_slice copy;
    if (!px_mem_dup(&core->mem, bytes, &copy))
        return (struct sw_slice){NULL, 0};
    px_mem_drop(&core->mem, copy.p);
    return copy;
}

static void hand_bytes(struct px_core *core, uint16_t worker, enum px_handed_kind kind,
                       const struct px_hop *hop, struct sw_slice bytes)
{
    struct sw_slice copy = for_this_turn(core, bytes);
    struct px_handed *h = copy.len == 0 ? NULL : px_emit_handed(core, worker, kind);
    if (h == NULL)
        return;
    h->hop = *hop;
    h->bytes = copy;
}

void px_hand_message(struct px_core *core, uint16_t worker, const struct px_hop *from,
                     struct sw_slice bytes)
{
    struct px_hop hop = *from;
    struct px_conn *conn = px_conn_find(core, from->conn);
    if (conn != NULL)
        conn->handed_us = core->now_us;
    hop.is_trusted = px_hop_is_trusted(core, from);
    core->counters.handed_over++;
    hand_bytes(core, worker, PX_HANDED_MESSAGE, &hop, bytes);
}

void px_hand_returned(struct px_core *core, uint16_t worker, const struct px_event *ev)
{
    struct sw_slice copy = for_this_turn(core, ev->bytes);
    struct px_handed *h = copy.len == 0 ? NULL : px_emit_handed(core, worker, PX_HANDED_RETURNED);
    if (h == NULL)
        return;
    h->hop = (struct px_hop){.transport = SW_UDP, .listener = ev->listener, .peer = ev->peer};
    h->cause = ev->cause;
    h->had_left = ev->had_left;
    h->bytes = copy;
}

void px_hand_bytes(struct px_core *core, uint64_t conn, struct sw_slice bytes)
{
    hand_bytes(core, worker_of(conn), PX_HANDED_BYTES, &(struct px_hop){.conn = conn}, bytes);
}

void px_hand_request(struct px_core *core, uint64_t conn, struct sw_slice bytes)
{
    hand_bytes(core, worker_of(conn), PX_HANDED_REQUEST, &(struct px_hop){.conn = conn}, bytes);
}

void px_hand_debt(struct px_core *core, uint64_t conn, enum px_handed_kind kind)
{
    struct px_handed *h = px_emit_handed(core, worker_of(conn), kind);
    if (h != NULL)
        h->hop.conn = conn;
}

void px_dialog_note(struct px_core *core, uint64_t conn, enum px_handed_kind kind, uint32_t dialog)
{
    struct px_conn *here;
    struct px_handed *h;
    if ((conn & PX_CONN_ACCEPTED) == 0)
        return;
    if (px_conn_is_lent(core, conn)) {
        h = px_emit_handed(core, worker_of(conn), kind);
        if (h != NULL) {
            h->hop.conn = conn;
            h->dialog = dialog;
        }
    } else if ((here = px_conn_find(core, conn)) != NULL) {
        px_conn_dialog(core, here, kind == PX_HANDED_DIALOG, dialog);
    }
}

void px_hand_health(struct px_core *core)
{
    struct sw_health_news news;
    while (px_has_room(core) && sw_health_take_news(core->health, &news)) {
        struct px_handed *h = px_emit_handed(core, PX_ALL_WORKERS, PX_HANDED_HEALTH);
        if (h != NULL)
            h->health = news;
    }
}

void px_hand_offers(struct px_core *core)
{
    struct sw_name domain;
    while (px_has_room(core) && sw_offers_take_news(core->offers, &domain)) {
        struct sw_buf b = px_turn_buf(core, SW_NAME_TEXT_MAX);
        if (b.cap == 0)
            return;
        sw_name_write(&b, domain);
        px_emit(core, PX_DO_REMEMBER)->bytes = sw_buf_slice(&b);
        if (core->worker_count <= 1)
            continue;
        struct px_handed *h = px_emit_handed(core, PX_ALL_WORKERS, PX_HANDED_OFFER);
        if (h != NULL)
            h->bytes = sw_buf_slice(&b);
    }
}

/* ------------------------------------------------------------------------------ being told */

void px_handed_offer(struct px_core *core, const struct px_handed *h)
{
    struct sw_name_room room;
    struct sw_name domain;
    if (sw_name_from_escaped(h->bytes, &room, &domain) == 0)
        sw_offers_hear(core->offers, domain);
}

/* What another worker has to do with a connection of ours, its bytes copied. NULL: out of memory,
 * and then it is as if nobody had asked. */
static struct px_lent *new_lent(struct px_core *core, enum px_user_kind kind,
                                const struct px_lent *is)
{
    struct px_lent *lent = px_mem_zget(&core->mem, sizeof *lent);
    if (lent == NULL)
        return NULL;
    *lent = *is;
    if (!px_mem_dup(&core->mem, is->bytes, &lent->bytes)) {
        px_mem_drop(&core->mem, lent);
        return NULL;
    }
    lent->user.kind = (uint8_t)kind;
    return lent;
}

/* The peer may have closed it altogether: then it is as if nothing had been sent. */
static void await_complaint(struct px_core *core, const struct px_handed *h, struct px_conn *conn)
{
    const struct px_lent is = {.worker = h->from, .conn = h->hop.conn, .bytes = h->bytes};
    struct px_lent *lent = new_lent(core, PX_USER_LENT, &is);
    if (lent == NULL)
        return;
    px_conn_use(conn, &lent->user);
    hand_bytes(core, h->from, PX_HANDED_UNSURE, &h->hop, h->bytes);
}

static void send_for(struct px_core *core, const struct px_handed *h, struct px_conn *conn)
{
    if (conn == NULL || conn->state != PX_CONN_OPEN) {
        hand_bytes(core, h->from, PX_HANDED_UNSENT, &h->hop, h->bytes);
        return;
    }
    struct sw_slice copy = for_this_turn(core, h->bytes);
    if (copy.len == 0)
        return;
    px_conn_send(core, conn, copy);
    if (conn->is_ended)
        await_complaint(core, h, conn);
}

void px_lent_end(struct px_core *core, struct px_lent *lent, const struct px_conn *conn)
{
    const struct px_hop hop = {.conn = lent->conn};
    if (!conn->was_left)
        hand_bytes(core, lent->worker, PX_HANDED_UNSENT, &hop, lent->bytes);
    px_lent_free(core, lent);
}

/* ------------------------------------------------------------------------------ requests */

/* What another worker wants to know when nothing comes of its request. */
static bool read_asked(struct px_core *core, struct sw_slice bytes, struct px_lent *out)
{
    struct sw_via via;
    core->has_old = false;
    if (sw_msg_parse_again(&core->old, bytes) < 0 || sw_msg_top_via(&core->old, &via) < 0)
        return false;
    out->bytes = via.branch;
    out->method = core->old.method;
    return true;
}

static void tell_broken(struct px_core *core, const struct px_lent *asked, enum px_cause cause)
{
    struct sw_slice branch = for_this_turn(core, asked->bytes);
    struct px_handed *h =
        branch.len == 0 ? NULL : px_emit_handed(core, asked->worker, PX_HANDED_BROKEN);
    if (h == NULL)
        return;
    h->hop.conn = asked->conn;
    h->bytes = branch;
    h->method = asked->method;
    h->cause = cause;
}

static void drop_asked(struct px_core *core, struct px_conn *conn, struct px_user *user)
{
    conn->asked_count--;
    px_lent_free(core, SW_CONTAINER_OF(user, struct px_lent, user));
}

/* Whoever asked hears of the connection's end. Of too many at once the oldest does not: it has its
 * try time. */
static void await_answer(struct px_core *core, struct px_conn *conn, const struct px_lent *is)
{
    struct px_lent *asked = new_lent(core, PX_USER_ASKED, is);
    if (asked == NULL)
        return;
    if (conn->asked_count == ASKED_MAX)
        drop_asked(core, conn, SW_LIST_ITEM(sw_list_first(&conn->asked), struct px_user, link));
    sw_list_push_back(&conn->asked, &asked->user.link);
    conn->asked_count++;
}

/* Nobody waits for an answer to an ACK, but the next one is not to come here: whoever asked may
 * have missed that the connection has ended. */
static void tell_flow_end(struct px_core *core, const struct px_handed *asked)
{
    struct px_handed *h = px_emit_handed(core, asked->from, PX_HANDED_FLOW_END);
    if (h != NULL)
        h->hop.conn = asked->hop.conn;
}

static void ask_for(struct px_core *core, const struct px_handed *h, struct px_conn *conn)
{
    struct px_lent asked = {.worker = h->from, .conn = h->hop.conn};
    struct sw_slice copy;
    bool has_answer = read_asked(core, h->bytes, &asked) && asked.method != SW_ACK;
    if (!px_conn_carries(conn)) {
        if (has_answer)
            tell_broken(core, &asked, PX_CAUSE_CLOSED);
        else
            tell_flow_end(core, h);
        return;
    }
    copy = for_this_turn(core, h->bytes);
    if (copy.len == 0)
        return;
    px_conn_send(core, conn, copy);
    if (has_answer)
        await_answer(core, conn, &asked);
}

void px_asked_answered(struct px_core *core, const struct px_hop *from, const struct sw_msg *m)
{
    struct px_conn *conn = m->status < 200 ? NULL : px_conn_find(core, from->conn);
    struct sw_list *at, *tmp;
    struct sw_via via;
    struct sw_cseq cseq;
    if (conn == NULL || conn->asked_count == 0 || sw_msg_top_via(m, &via) < 0 ||
        sw_cseq_parse(px_msg_value(m, SW_HDR_CSEQ), &cseq) < 0)
        return;
    SW_LIST_EACH (at, tmp, &conn->asked) {
        struct px_user *user = SW_LIST_ITEM(at, struct px_user, link);
        const struct px_lent *asked = SW_CONTAINER_OF(user, struct px_lent, user);
        if (asked->method == cseq.method && sw_slice_ieq(asked->bytes, via.branch))
            drop_asked(core, conn, user);
    }
}

void px_asked_end(struct px_core *core, struct px_lent *asked, const struct px_conn *conn)
{
    tell_broken(core, asked, conn->cause);
    px_lent_free(core, asked);
}

void px_handed_to_conn(struct px_core *core, const struct px_handed *h)
{
    struct px_conn *conn = px_conn_find(core, h->hop.conn);
    if (h->kind == PX_HANDED_BYTES)
        send_for(core, h, conn);
    else if (h->kind == PX_HANDED_REQUEST)
        ask_for(core, h, conn);
    else if (h->kind == PX_HANDED_DIALOG || h->kind == PX_HANDED_DIALOG_END)
        px_dialog_note(core, h->hop.conn, h->kind, h->dialog);
    else if (conn != NULL)
        px_conn_lend(core, conn, h->kind == PX_HANDED_HOLD);
}

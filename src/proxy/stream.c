/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/stream.h"

#include "base/bug.h"
#include "proxy/emit.h"
#include "proxy/flow.h"
#include "proxy/peer.h"

enum {
    LEAVE_US = SW_SECONDS(1), /* after the last octet over a connection that the peer has ended */
    LEAVING_LOOK_US = SW_SECONDS(1), /* between looks whether one may go with its listener */
    LOOKED_AT_MAX = 32               /* connections that may be busy, before a new one is refused */
};

static bool has_id(const struct sw_hmap_link *link, const void *key)
{
    const uint64_t *id = key;
    return SW_CONTAINER_OF(link, const struct px_conn, by_id)->id == *id;
}

static uint64_t hash_id(const struct px_core *core, uint64_t id)
{
    return sw_hash(&id, sizeof id, core->keys.table);
}

struct px_conn *px_conn_find(const struct px_core *core, uint64_t id)
{
    struct sw_hmap_link *link = sw_hmap_find(&core->conns_by_id, hash_id(core, id), has_id, &id);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_conn, by_id);
}

struct place {
    const struct px_core *core;
    enum sw_transport transport;
    const struct sw_endpoint *peer;
    uint64_t tls_hash;
    const struct sw_slice *names;
    size_t name_count;
};

/* H7 */
static bool fits(const struct px_conn *c, const struct place *place)
{
    return c->tls_hash == place->tls_hash ||
           px_cert_covers(place->core, c->cert, place->names, place->name_count);
}

static bool leads_to(const struct sw_hmap_link *link, const void *key)
{
    const struct place *place = key;
    const struct px_conn *c = SW_CONTAINER_OF(link, const struct px_conn, by_peer);
    return c->transport == place->transport && sw_endpoint_eq(&c->peer, place->peer) &&
           fits(c, place);
}

static uint64_t hash_place(const struct px_core *core, const struct place *place)
{
    return sw_endpoint_hash(place->peer, core->keys.table) ^ place->transport;
}

static bool is_lent(const struct px_core *core, const struct px_conn *c)
{
    return c->lent_count > 0 && core->now_us < c->lent_until_us;
}

/* As long as an answer can take. */
static bool is_asked(const struct px_core *core, const struct px_conn *c)
{
    return c->asked_count > 0 && core->now_us < c->lent_until_us;
}

static bool is_in_use(const struct px_core *core, const struct px_conn *c)
{
    return !sw_list_is_empty(&c->waiting) || !sw_list_is_empty(&c->users) || c->owed_count > 0 ||
           is_lent(core, c) || is_asked(core, c) || c->has_work;
}

static bool make_room(struct px_core *core)
{
    if (core->counters.connections_open < core->conf->connections_max)
        return true;
    struct sw_list *at, *tmp;
    unsigned looked_at = 0;
    SW_LIST_EACH (at, tmp, &core->conns) {
        struct px_conn *c = SW_LIST_ITEM(at, struct px_conn, in_core);
        if (c->state == PX_CONN_OPEN && !is_in_use(core, c)) {
            px_conn_close(core, c);
            return true;
        }
        /* A busy one counts as used, so that others are looked at next time. */
        sw_list_remove(&c->in_core);
        sw_list_push_back(&core->conns, &c->in_core);
        if (++looked_at == LOOKED_AT_MAX)
            return false;
    }
    return false;
}

static struct px_conn *new_conn(struct px_core *core, uint64_t id, enum sw_transport transport,
                                uint16_t listener, const struct sw_endpoint *peer)
{
    struct px_conn *c = make_room(core) ? px_mem_zget(&core->mem, sizeof *c) : NULL;
    if (c == NULL)
        return NULL;
    c->id = id;
    c->transport = transport;
    c->listener = listener;
    c->peer = *peer;
    c->active_us = core->now_us;
    c->unfinished_us = SW_NEVER;
    sw_list_init(&c->waiting);
    sw_list_init(&c->users);
    sw_list_init(&c->asked);
    px_timer_init(&c->timer, PX_TIMER_CONN);
    sw_hmap_add(&core->conns_by_id, &c->by_id, hash_id(core, id));
    sw_list_push_back(&core->conns, &c->in_core);
    core->counters.connections_open++;
    return c;
}

void px_conn_accepted(struct px_core *core, const struct px_event *ev)
{
    if (ev->listener >= core->conf->listener_count || px_conn_find(core, ev->conn) != NULL)
        return;
    enum sw_transport transport = core->conf->listeners[ev->listener].transport;
    struct px_conn *c = new_conn(core, ev->conn, transport, ev->listener, &ev->peer);
    if (c == NULL) {
        core->counters.drop_limit++;
        px_emit(core, PX_DO_CLOSE)->conn = ev->conn;
        return;
    }
    c->state = PX_CONN_OPEN;
    px_conn_note_cert(core, c, ev->cert);
    px_conn_rest(core, c);
}

void px_conn_note_cert(struct px_core *core, struct px_conn *conn, const struct px_cert *cert)
{
    if (conn->cert == NULL)
        conn->cert = px_cert_keep(core, cert);
}

void px_conn_note_detail(struct px_core *core, struct px_conn *conn, struct sw_slice detail)
{
    if (detail.len > 0 && conn->detail.len == 0 && !px_mem_dup(&core->mem, detail, &conn->detail))
        conn->detail.len = 0; /* the log says less */
}

bool px_hop_is_trusted(const struct px_core *core, const struct px_hop *from)
{
    const struct px_conf *conf = core->conf;
    if (from->is_trusted || px_conf_trusts(conf, &from->peer.addr))
        return true;
    if (conf->trusted_name_count == 0 || (from->conn & PX_CONN_ACCEPTED) == 0)
        return false;
    const struct px_conn *conn = px_conn_find(core, from->conn);
    if (conn == NULL || conn->cert == NULL)
        return false;
    for (size_t i = 0; i < conf->trusted_name_count; i++)
        if (px_identity_check(conn->cert, conf->trusted_names[i], &conf->identity) ==
            PX_IDENTITY_OK)
            return true;
    return false;
}

static uint64_t hash_names(const struct px_core *core, const struct sw_slice *names, size_t count)
{
    struct sw_mac mac;
    if (count == 0)
        return 0;
    sw_mac_init(&mac, core->keys.mac);
    for (size_t i = 0; i < count; i++)
        sw_mac_add(&mac, names[i]);
    return sw_mac_end(&mac);
}

/* The names are the plan's, which may end before the driver reads them. */
static void copy_names(struct px_core *core, struct px_action *a, const struct sw_slice *names,
                       size_t count)
{
    for (size_t i = 0; i < count && i < SW_TLS_NAMES_MAX; i++) {
        const char *copy = sw_arena_dup(&core->turn, names[i].p, names[i].len);
        if (copy == NULL)
            return;
        a->tls_names[a->tls_name_count++] = sw_slice(copy, names[i].len);
    }
}

static struct place place_of(const struct px_core *core, const struct px_hop *hop,
                             const struct sw_slice *tls_names, size_t tls_name_count)
{
    return (struct place){core,       hop->transport,
                          &hop->peer, hash_names(core, tls_names, tls_name_count),
                          tls_names,  tls_name_count};
}

static struct px_conn *find_reusable(const struct px_core *core, const struct place *place)
{
    struct sw_hmap_link *link =
        sw_hmap_find(&core->conns_by_peer, hash_place(core, place), leads_to, place);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_conn, by_peer);
}

bool px_conn_is_open(const struct px_core *core, const struct px_hop *hop,
                     const struct sw_slice *tls_names, size_t tls_name_count)
{
    const struct place place = place_of(core, hop, tls_names, tls_name_count);
    const struct px_conn *c = find_reusable(core, &place);
    return c != NULL && c->state == PX_CONN_OPEN;
}

struct px_conn *px_conn_reach(struct px_core *core, struct px_hop *hop,
                              const struct sw_slice *tls_names, size_t tls_name_count)
{
    if (sw_transport_row(hop->transport)->is_tls && tls_name_count == 0)
        return NULL;
    const struct place place = place_of(core, hop, tls_names, tls_name_count);
    uint64_t hash = hash_place(core, &place);
    struct px_conn *c = find_reusable(core, &place);
    if (c == NULL) {
        c = new_conn(core, core->next_conn, hop->transport, hop->listener, &hop->peer);
        if (c == NULL)
            return NULL;
        core->next_conn++;
        c->state = PX_CONN_CONNECTING;
        c->tls_hash = place.tls_hash;
        c->is_reusable = true;
        sw_hmap_add(&core->conns_by_peer, &c->by_peer, hash);
        struct px_action *a = px_emit(core, PX_DO_CONNECT);
        a->conn = c->id;
        a->transport = c->transport;
        a->peer = c->peer;
        a->timeout_us = core->conf->connect_us;
        a->listener = c->listener;
        copy_names(core, a, tls_names, tls_name_count);
    }
    hop->conn = c->id;
    hop->listener = c->listener;
    return c;
}

void px_conn_distrust(struct px_core *core, struct px_conn *conn)
{
    if (conn->is_reusable)
        sw_hmap_remove(&core->conns_by_peer, &conn->by_peer);
    conn->is_reusable = false;
}

void px_conn_wait(struct px_core *core, struct px_conn *conn, struct px_user *user)
{
    sw_list_push_back(&conn->waiting, &user->link);
    if (conn->state != PX_CONN_CONNECTING)
        px_timer_arm(core, &conn->timer, core->now_us);
}

void px_conn_use(struct px_conn *conn, struct px_user *user)
{
    if (!sw_list_is_linked(&user->link))
        sw_list_push_back(&conn->users, &user->link);
}

/* As long as an answer can take that nothing is heard of in between. */
static void hold_longer(const struct px_core *core, struct px_conn *conn)
{
    uint64_t longest_us = core->conf->timer_c_us + 2 * core->conf->transaction_us;
    conn->lent_until_us = sw_after_us(core->now_us, longest_us);
}

void px_conn_lend(struct px_core *core, struct px_conn *conn, bool is_owed)
{
    if (is_owed)
        conn->lent_count++;
    else if (conn->lent_count > 0) /* else the loan itself got lost */
        conn->lent_count--;
    conn->message_us = core->now_us;
    hold_longer(core, conn);
    if (conn->is_ended)
        px_timer_arm(core, &conn->timer, core->now_us);
}

static void begin_dialog(struct px_conn *conn, unsigned at, uint32_t dialog)
{
    if (at == PX_CONN_DIALOGS_MAX)
        conn->dialogs_beyond++;
    else if (at == conn->dialog_count)
        conn->dialogs[conn->dialog_count++] = dialog;
}

static void end_dialog(struct px_conn *conn, unsigned at)
{
    if (at < conn->dialog_count)
        conn->dialogs[at] = conn->dialogs[--conn->dialog_count];
    else
        conn->dialogs_beyond -= conn->dialogs_beyond > 0;
}

/* Both sides may hang up at once, and a call may be answered twice: it is one all the same. Where
 * there are many at once, some are only counted. */
void px_conn_dialog(struct px_core *core, struct px_conn *conn, bool begins, uint32_t dialog)
{
    unsigned at = 0;
    while (at < conn->dialog_count && conn->dialogs[at] != dialog)
        at++;
    if (!begins) {
        end_dialog(conn, at);
        return;
    }
    begin_dialog(conn, at, dialog);
    conn->dialog_until_us = sw_after_us(core->now_us, core->conf->dialog_us);
}

/* Nothing need be said for hours, and then there is no other way to him. */
static bool has_dialog(const struct px_core *core, const struct px_conn *conn)
{
    return conn->dialog_count + conn->dialogs_beyond > 0 && core->now_us < conn->dialog_until_us;
}

void px_conn_leave(struct px_user *user)
{
    sw_list_remove(&user->link);
}

void px_conn_touch(struct px_core *core, struct px_conn *conn)
{
    conn->active_us = core->now_us;
    sw_list_remove(&conn->in_core);
    sw_list_push_back(&core->conns, &conn->in_core);
}

bool px_conn_carries(const struct px_conn *conn)
{
    return conn != NULL && conn->state == PX_CONN_OPEN && !conn->is_ended;
}

void px_conn_send(struct px_core *core, struct px_conn *conn, struct sw_slice bytes)
{
    SW_BUG_ON(conn->state != PX_CONN_OPEN);
    px_conn_touch(core, conn);
    hold_longer(core, conn);
    px_emit_bytes(core, conn->id, bytes);
}

void px_conn_opened(struct px_core *core, struct px_conn *conn)
{
    if (conn->state != PX_CONN_CONNECTING)
        return;
    conn->state = PX_CONN_OPEN;
    px_conn_touch(core, conn);
    px_timer_arm(core, &conn->timer, core->now_us);
}

void px_conn_ended(struct px_core *core, struct px_conn *conn, enum px_cause cause)
{
    SW_BUG_ON(conn->state == PX_CONN_DEAD);
    conn->state = PX_CONN_DEAD;
    conn->cause = cause;
    sw_hmap_remove(&core->conns_by_id, &conn->by_id);
    px_conn_distrust(core, conn);
    px_flow_end(core, conn->id);
    conn->has_work = false;
    core->counters.connections_open--;
    px_timer_arm(core, &conn->timer, core->now_us);
}

void px_conn_half_ended(struct px_core *core, struct px_conn *conn)
{
    if (conn->state != PX_CONN_OPEN)
        return;
    conn->is_ended = true;
    conn->cause = PX_CAUSE_CLOSED;
    px_conn_distrust(core, conn);
    px_flow_end(core, conn->id);
    px_timer_arm(core, &conn->timer, core->now_us);
}

void px_conn_close(struct px_core *core, struct px_conn *conn)
{
    px_emit(core, PX_DO_CLOSE)->conn = conn->id;
    px_conn_ended(core, conn, PX_CAUSE_CLOSED);
}

void px_conn_abandon(struct px_core *core, struct px_conn *conn)
{
    if (!is_in_use(core, conn))
        px_conn_close(core, conn);
}

/* All but the responses that went out. */
static struct sw_list *first_without_answer(const struct px_conn *conn)
{
    const struct sw_list *head = &conn->users;
    for (struct sw_list *at = head->next; at != head; at = at->next)
        if (SW_LIST_ITEM(at, const struct px_user, link)->kind < PX_USER_WAY)
            return at;
    return NULL;
}

struct px_user *px_conn_take_user(struct px_conn *conn)
{
    struct sw_list *first = NULL;
    if (conn->state != PX_CONN_CONNECTING)
        first = sw_list_first(&conn->waiting);
    if (first == NULL && conn->state == PX_CONN_DEAD)
        first = sw_list_first(&conn->users);
    else if (first == NULL && conn->is_ended && !conn->has_work)
        first = first_without_answer(conn);
    bool has_ended = conn->state == PX_CONN_DEAD || (conn->is_ended && !conn->has_work);
    if (first == NULL && has_ended && conn->asked_count > 0) {
        first = sw_list_first(&conn->asked);
        conn->asked_count--;
    }
    if (first == NULL)
        return NULL;
    sw_list_remove(first);
    return SW_LIST_ITEM(first, struct px_user, link);
}

static void free_conn(struct px_core *core, struct px_conn *conn)
{
    px_timer_disarm(core, &conn->timer);
    sw_list_remove(&conn->in_core);
    px_mem_drop(&core->mem, conn->in);
    px_mem_drop(&core->mem, conn->cert);
    px_mem_drop_slice(&core->mem, &conn->detail);
    px_mem_drop(&core->mem, conn);
}

/* A line end alone, which may become a ping, is not the start of a header section, and behind the
 * empty line there is none any more. */
static bool is_within_header(struct sw_slice in)
{
    size_t from = 0;
    while (from < in.len && (in.p[from] == '\r' || in.p[from] == '\n'))
        from++;
    for (size_t i = from; i + 4 <= in.len; i++)
        if (memcmp(in.p + i, "\r\n\r\n", 4) == 0)
            return false;
    return from < in.len;
}

/* M4: the header section must be complete in time; of a body only the idle time is asked. */
static bool is_header_late(struct px_core *core, struct px_conn *conn)
{
    if (sw_after_us(conn->unfinished_us, core->conf->header_us) > core->now_us)
        return false;
    if (is_within_header(sw_slice(conn->in + conn->in_at, conn->in_len - conn->in_at)))
        return true;
    conn->unfinished_us = SW_NEVER;
    return false;
}

static uint64_t look_again_us(const struct px_core *core, const struct px_conn *conn)
{
    uint64_t idle_us = sw_after_us(conn->active_us, core->conf->idle_us);
    if (px_conf_is_leaving(core->conf, conn->listener))
        idle_us = sw_min_us(idle_us, core->now_us + LEAVING_LOOK_US);
    return sw_min_us(idle_us, sw_after_us(conn->unfinished_us, core->conf->header_us));
}

/* Of one that the peer has ended: what is owed to it is waited for, and a little longer. The
 * transactions that owe have their own ends. */
static void leave_when_done(struct px_core *core, struct px_conn *conn)
{
    bool has_sent = !sw_list_is_empty(&conn->users);
    uint64_t leave_us = has_sent ? sw_after_us(conn->active_us, LEAVE_US) : core->now_us;
    if (conn->owed_count > 0)
        return;
    if (is_lent(core, conn))
        leave_us = conn->lent_until_us;
    else if (conn->handed_us != 0 && leave_us < sw_after_us(conn->handed_us, LEAVE_US))
        leave_us = sw_after_us(conn->handed_us, LEAVE_US);
    if (leave_us > core->now_us) {
        px_timer_arm(core, &conn->timer, leave_us);
        return;
    }
    conn->was_left = true;
    px_conn_close(core, conn);
}

/* With its listener. What may follow an answer, such as the ACK of a 2xx, is waited for, and what
 * may be on its way over one that nothing came over yet. */
static bool may_leave(const struct px_core *core, const struct px_conn *conn)
{
    if (!px_conf_is_leaving(core->conf, conn->listener) || is_in_use(core, conn))
        return false;
    uint64_t leave_us = conn->message_us == 0
                            ? sw_after_us(core->left_us, core->conf->header_us)
                            : sw_after_us(conn->message_us, core->conf->transaction_us);
    return leave_us <= core->now_us;
}

void px_conn_rest(struct px_core *core, struct px_conn *conn)
{
    if (conn->state == PX_CONN_DEAD) {
        if (sw_list_is_empty(&conn->waiting) && sw_list_is_empty(&conn->users) &&
            conn->asked_count == 0)
            free_conn(core, conn);
        return;
    }
    if (conn->state == PX_CONN_CONNECTING)
        return; /* the driver has the time of that */
    if (conn->is_ended) {
        leave_when_done(core, conn);
        return;
    }
    if (may_leave(core, conn)) {
        px_conn_close(core, conn);
        return;
    }
    bool is_late = is_header_late(core, conn);
    bool is_idle = sw_after_us(conn->active_us, core->conf->idle_us) <= core->now_us;
    if (is_late)
        core->counters.limit_header_time++;
    if (is_late || (is_idle && !is_in_use(core, conn) && !has_dialog(core, conn))) {
        px_conn_close(core, conn);
        return;
    }
    if (is_idle)
        conn->active_us = core->now_us; /* somebody waits for something over it */
    px_timer_arm(core, &conn->timer, look_again_us(core, conn));
}

void px_lent_free(struct px_core *core, struct px_lent *lent)
{
    px_conn_leave(&lent->user);
    px_mem_drop_slice(&core->mem, &lent->bytes);
    px_mem_drop(&core->mem, lent);
}

/* All other users have been freed before. */
static void free_lent(struct px_core *core, struct sw_list *users)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, users) {
        struct px_user *user = SW_LIST_ITEM(at, struct px_user, link);
        px_lent_free(core, SW_CONTAINER_OF(user, struct px_lent, user));
    }
}

void px_conns_fini(struct px_core *core)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &core->conns) {
        struct px_conn *conn = SW_LIST_ITEM(at, struct px_conn, in_core);
        free_lent(core, &conn->users);
        free_lent(core, &conn->asked);
        free_conn(core, conn);
    }
}

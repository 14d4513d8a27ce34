/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/server.h"

#include "proxy/again.h"
#include "proxy/emit.h"
#include "proxy/handover.h"
#include "proxy/ident.h"
#include "proxy/log.h"
#include "proxy/search.h"
#include "proxy/stream.h"
#include "proxy/way.h"
#include "sip/build.h"

enum {
    REPLY_EXTRA_LEN = 320, /* status line, tag, received, Content-Length */
    REQUEST_LEN = 4096,    /* octets that requests may have on average when there are many */
    REQUESTS_MIN = 256,    /* so many of that length are always allowed */
    ALIKE_MAX = 16         /* transactions that differ in nothing but the method */
};

/* ------------------------------------------------------------------------------ finding */

struct wanted {
    const struct px_key *key;
    enum sw_method method;
};

static bool is_wanted(const struct sw_hmap_link *link, const void *key)
{
    const struct wanted *w = key;
    const struct px_server *s = SW_CONTAINER_OF(link, const struct px_server, link);
    if (s->method != w->method || !px_key_eq(&s->key, w->key))
        return false;
    return s->method != SW_METHOD_OTHER || sw_slice_eq(s->key.method_text, w->key->method_text);
}

struct px_server *px_server_find(const struct px_core *core, const struct px_key *key,
                                 enum sw_method method)
{
    struct wanted wanted = {key, method};
    struct sw_hmap_link *link = sw_hmap_find(&core->servers, key->hash, is_wanted, &wanted);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_server, link);
}

static bool is_cancelled_by(const struct sw_hmap_link *link, const void *key)
{
    const struct px_server *s = SW_CONTAINER_OF(link, const struct px_server, link);
    return s->method != SW_CANCEL && px_key_eq(&s->key, key);
}

struct px_server *px_server_find_cancelled(const struct px_core *core, const struct px_key *key)
{
    struct px_server *invite = px_server_find(core, key, SW_INVITE);
    if (invite != NULL)
        return invite;
    struct sw_hmap_link *link = sw_hmap_find(&core->servers, key->hash, is_cancelled_by, key);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_server, link);
}

/* ------------------------------------------------------------------------------ beginning */

/* The same view in the copy. */
static struct sw_slice moved(struct sw_slice view, struct sw_slice from, struct sw_slice to)
{
    if (view.len == 0)
        return (struct sw_slice){NULL, 0};
    return sw_slice(to.p + (view.p - from.p), view.len);
}

static void move_key(struct px_key *key, struct sw_slice from, struct sw_slice to)
{
    key->branch = moved(key->branch, from, to);
    key->host = moved(key->host, from, to);
    key->method_text = moved(key->method_text, from, to);
}

/* The connection it came over is not idle while an answer is owed to it. */
static void hold_conn(struct px_core *core, struct px_server *s)
{
    if (px_conn_is_lent(core, s->from.conn)) {
        s->is_owed = true;
        px_hand_debt(core, s->from.conn, PX_HANDED_HOLD);
        return;
    }
    struct px_conn *conn = px_conn_find(core, s->from.conn);
    if (conn == NULL)
        return;
    conn->owed_count++;
    s->is_owed = true;
}

static void release_conn(struct px_core *core, struct px_server *s)
{
    bool is_lent = s->is_owed && px_conn_is_lent(core, s->from.conn);
    struct px_conn *conn = s->is_owed && !is_lent ? px_conn_find(core, s->from.conn) : NULL;
    s->is_owed = false;
    if (is_lent)
        px_hand_debt(core, s->from.conn, PX_HANDED_RELEASE);
    if (conn == NULL)
        return;
    conn->owed_count--;
    conn->message_us = core->now_us;
    if (conn->is_ended && conn->owed_count == 0)
        px_timer_arm(core, &conn->timer, core->now_us);
}

static void start_machine(struct px_core *core, struct px_server *s)
{
    bool is_reliable = sw_transport_row(s->from.transport)->is_stream;
    enum sw_txn_kind kind = s->method == SW_INVITE ? SW_TXN_IST : SW_TXN_NIST;
    sw_txn_init(&s->txn, kind, &core->times, is_reliable);
    unsigned todo = sw_txn_step(&s->txn, SW_TXN_EV_START, core->now_us);
    (void)todo; /* DO_PASS: we have it in hand */
    px_timer_arm(core, &s->txn_timer, sw_txn_wake_us(&s->txn));
}

bool px_is_full(const struct px_core *core, const struct px_request *rq, size_t count)
{
    size_t max = core->conf->transactions_max;
    if (count < max && core->requests_len / REQUEST_LEN < max + REQUESTS_MIN)
        return false;
    bool is_in_dialog = px_msg_tag(rq->msg, SW_HDR_TO).len > 0;
    size_t count_max = is_in_dialog ? max + max / 4 + 1 : max;
    return count >= count_max || core->requests_len / REQUEST_LEN >= count_max + REQUESTS_MIN;
}

struct px_server *px_server_new(struct px_core *core, const struct px_request *rq)
{
    if (px_is_full(core, rq, core->server_count) ||
        sw_hmap_count_of(&core->servers, rq->key.hash, ALIKE_MAX) == ALIKE_MAX)
        return NULL;
    struct px_server *s = px_mem_zget(&core->mem, sizeof *s);
    if (s == NULL)
        return NULL;
    if (!px_mem_dup(&core->mem, rq->msg->bytes, &s->request)) {
        px_mem_drop(&core->mem, s);
        return NULL;
    }
    px_read_copy(core, rq->msg, s->request);
    s->key = rq->key;
    move_key(&s->key, rq->msg->bytes, s->request);
    s->call_id = px_msg_value(&core->old, SW_HDR_CALL_ID);
    s->call = px_call_seed(core, &core->old);
    s->target.request_uri = core->old.uri_text;
    s->method = rq->msg->method;
    s->from = rq->from;
    s->reply = rq->reply;
    s->received_us = core->now_us;
    s->deadline_us = sw_after_us(core->now_us, core->conf->transaction_us);
    s->reason = "";
    sw_list_init(&s->clients);
    px_search_init(&s->search, PX_SEARCH_REQUEST);
    px_timer_init(&s->txn_timer, PX_TIMER_SERVER);
    px_timer_init(&s->budget_timer, PX_TIMER_BUDGET);
    sw_hmap_add(&core->servers, &s->link, s->key.hash);
    sw_list_push_back(&core->all_servers, &s->in_core);
    core->server_count++;
    core->requests_len += s->request.len;
    core->counters.transactions_opened++;
    core->counters.transactions_open++;
    hold_conn(core, s);
    start_machine(core, s);
    return s;
}

void px_server_configure(const struct px_core *core, struct px_server *s,
                         const struct px_route *route)
{
    const struct px_conf *conf = core->conf;
    bool has_codes = route != NULL && route->failover_codes[0] != 0;
    memcpy(s->failover_codes, has_codes ? route->failover_codes : conf->failover_codes,
           sizeof s->failover_codes);
    s->recurses = route != NULL && route->has_recurse ? route->recurse : conf->recurse;
}

/* ------------------------------------------------------------------------------ answering */

void px_server_expect_end(const struct px_core *core, const struct px_server *s)
{
    sw_hmap_expect(&core->servers, s->key.hash);
    px_mem_expect(s->request.p);
    px_mem_expect(s->response.p);
    px_mem_expect(s->clients.next);
}

static void after_step(struct px_core *core, struct px_server *s, unsigned todo)
{
    px_timer_arm(core, &s->txn_timer, sw_txn_wake_us(&s->txn));
    if ((todo & SW_TXN_DO_END) == 0)
        return;
    s->is_over = true;
    release_conn(core, s);
    px_timer_disarm(core, &s->txn_timer);
    px_server_touch(core, s);
}

void px_server_step(struct px_core *core, struct px_server *s, enum sw_txn_event ev)
{
    if (s->is_over)
        return;
    unsigned todo = sw_txn_step(&s->txn, ev, core->now_us);
    if ((todo & SW_TXN_DO_SEND) != 0 && s->response.len > 0) {
        core->counters.retransmissions_sent++;
        px_way_send(core, s);
    }
    after_step(core, s, todo);
}

void px_server_wake(struct px_core *core, struct px_server *s)
{
    unsigned todo;
    if (s->is_over)
        px_server_touch(core, s);
    while (!s->is_over && (todo = sw_txn_wake(&s->txn, core->now_us)) != 0) {
        if ((todo & SW_TXN_DO_SEND) != 0) {
            core->counters.retransmissions_sent++;
            px_way_send(core, s);
        }
        after_step(core, s, todo);
    }
    if (!s->is_over)
        px_timer_arm(core, &s->txn_timer, sw_txn_wake_us(&s->txn));
}

static enum sw_txn_event event_of(uint16_t status)
{
    if (status < 200)
        return SW_TXN_EV_1XX;
    return status < 300 ? SW_TXN_EV_2XX : SW_TXN_EV_3456XX;
}

/* After another final response only a 2xx still goes up (16.7 step 5), past the machine; which then
 * stops to repeat the other one, for the caller has its answer. */
static void pass_late(struct px_core *core, struct px_server *s, uint16_t status,
                      struct sw_slice bytes)
{
    if (status / 100 == 2 && s->method == SW_INVITE && !px_way_is_searching(s->way) &&
        px_reply_send(core, &s->reply, s, bytes))
        px_server_step(core, s, SW_TXN_EV_ACK);
    px_mem_drop_slice(&core->mem, &bytes);
}

void px_server_pass(struct px_core *core, struct px_server *s, uint16_t status,
                    struct sw_slice bytes)
{
    unsigned todo = s->is_over ? 0 : sw_txn_step(&s->txn, event_of(status), core->now_us);
    if ((todo & SW_TXN_DO_SEND) == 0) {
        pass_late(core, s, status, bytes);
        return;
    }
    px_mem_drop_slice(&core->mem, &s->response);
    s->response = bytes;
    px_way_send(core, s);
    if (status >= 200 && s->sent_status == 0) {
        s->sent_status = status;
        release_conn(core, s);
        px_log_server(core, s);
    }
    after_step(core, s, todo);
}

/* Write the response into *out, a block of the pool. */
static bool build_answer(struct px_core *core, const struct sw_msg *request,
                         const struct px_hop *from, const struct px_answer *answer,
                         struct sw_buf *out)
{
    char tag_room[PX_TAG_LEN], received_room[PX_RECEIVED_MAX];
    struct sw_buf tag = sw_buf(tag_room, sizeof tag_room);
    struct sw_buf received = sw_buf(received_room, sizeof received_room);
    if (answer->status > 100)
        px_tag_write(core, request, &tag);
    if (request->has_via)
        px_received_write(&request->via, from, &received);
    struct sw_reply reply = {
        .status = answer->status,
        .reason = answer->reason,
        .to_tag = sw_buf_slice(&tag),
        .extra = answer->extra,
        .received = sw_buf_slice(&received),
    };
    if (out->cap == 0 || sw_reply_build(request, &reply, out) < 0)
        return false;
    core->counters.replies++;
    return true;
}

static size_t answer_cap(const struct sw_msg *request, const struct px_answer *answer)
{
    return request->header_end + answer->reason.len + answer->extra.len + REPLY_EXTRA_LEN;
}

void px_server_answer(struct px_core *core, struct px_server *s, const struct px_answer *answer)
{
    if (s->sent_status != 0)
        return;
    int rc = px_read_again(core, s->request);
    struct sw_buf out = {0};
    if (rc == 0)
        out = px_owned_buf(core, answer_cap(&core->old, answer));
    if (rc == 0 && build_answer(core, &core->old, &s->from, answer, &out)) {
        px_server_pass(core, s, answer->status, sw_buf_slice(&out));
        return;
    }
    px_mem_drop(&core->mem, out.p);
    if (answer->status < 200)
        return;
    px_server_step(core, s, SW_TXN_EV_ABANDON); /* no memory even for that: his timer ends it */
    px_log_server(core, s);
}

void px_answer_silently(struct px_core *core, const struct px_request *rq,
                        const struct px_answer *answer)
{
    struct sw_buf out = px_turn_buf(core, answer_cap(rq->msg, answer));
    if (build_answer(core, rq->msg, &rq->from, answer, &out))
        px_reply_send(core, &rq->reply, NULL, sw_buf_slice(&out));
}

void px_answer_stateless(struct px_core *core, const struct px_request *rq,
                         const struct px_answer *answer)
{
    px_answer_silently(core, rq, answer);
    px_log_refusal(core, &rq->from, rq->msg, answer->status);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/response.h"

#include "proxy/affinity.h"
#include "proxy/again.h"
#include "proxy/client.h"
#include "proxy/emit.h"
#include "proxy/failover.h"
#include "proxy/handover.h"
#include "proxy/ident.h"
#include "proxy/log.h"
#include "proxy/redirect.h"
#include "proxy/search.h"
#include "proxy/server.h"
#include "proxy/targets.h"
#include "proxy/token.h"
#include "proxy/try.h"
#include "sip/edit.h"

enum { CONTENT_LENGTH_MAX = 40 };

/* ------------------------------------------------------------------------------ the copy */

/* 16.7 step 3: our Via off, whether it has a field of its own or not. False: none would be left. */
static bool cut_top_via(const struct sw_msg *m, struct sw_edits *edits)
{
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_VIA);
    struct sw_slice rest = h->value, ours;
    if (m->via.text.len == h->value.len) {
        sw_edits_remove(edits, h->line);
        return sw_msg_next(m, h) != NULL;
    }
    if (sw_value_take(&rest, &ours) <= 0)
        return false;
    sw_edits_remove(edits, sw_slice(ours.p, (size_t)(rest.p - ours.p)));
    return true;
}

/* 16.7 step 7: the challenges of another 401 or 407 go along. */
static void add_challenges(struct sw_edits *edits, const struct sw_msg *m,
                           const struct sw_msg *other)
{
    static const enum sw_hdr_id ids[] = {SW_HDR_WWW_AUTHENTICATE, SW_HDR_PROXY_AUTHENTICATE};
    const char *end = m->bytes.p + m->header_end;
    for (size_t i = 0; i < SW_ARRAY_LEN(ids); i++)
        for (const struct sw_hdr *h = sw_msg_first(other, ids[i]); h != NULL;
             h = sw_msg_next(other, h))
            sw_edits_insert(edits, end, h->line);
}

static bool is_challenge(uint16_t status)
{
    return status == 401 || status == 407;
}

/* The best one so far asks for credentials too: it is in core->old then. */
static bool is_to_be_merged(struct px_core *core, const struct px_server *s, uint16_t status)
{
    return is_challenge(status) && is_challenge(s->best_status) &&
           px_read_again(core, s->best) == 0;
}

/* As it goes upstream, in a block of the pool. False: it cannot. */
static bool copy_response(struct px_core *core, const struct px_client *c, const struct sw_msg *m,
                          struct px_taken taken, struct sw_slice *out)
{
    const struct px_server *s = c->server;
    bool is_for_him = c->is_flow || !s->target.is_route; /* whom it went to */
    struct sw_edits edits;
    char room[CONTENT_LENGTH_MAX], token_room[PX_TOKEN_LEN_MAX];
    struct sw_buf text = sw_buf(room, sizeof room);
    struct sw_buf token = sw_buf(token_room, sizeof token_room);
    sw_edits_init(&edits, sw_slice_sub(m->bytes, 0, m->header_end + 2 + m->body.len));
    if (!cut_top_via(m, &edits))
        return false;
    const struct px_begun begun = {&core->old, &s->from, s->received_us};
    if (sw_msg_first(m, SW_HDR_RECORD_ROUTE) != NULL && px_read_again(core, s->request) == 0)
        px_token_turn(core, &begun, is_for_him ? &c->to : NULL, m, &edits, &token);
    if (is_to_be_merged(core, s, m->status))
        add_challenges(&edits, m, &core->old);
    px_redirect_cut(m, taken, &edits);
    if (!m->has_content_length && sw_transport_row(s->reply.transport)->is_stream) {
        sw_buf_str(&text, "Content-Length: ");
        sw_buf_u64(&text, m->body.len);
        sw_buf_str(&text, "\r\n");
        sw_edits_insert(&edits, m->bytes.p + m->header_end, sw_buf_slice(&text));
    }
    struct sw_buf b = px_owned_buf(core, sw_edits_len(&edits));
    if (b.cap == 0 || sw_edits_write(&edits, &b) < 0) {
        px_mem_drop(&core->mem, b.p);
        return false;
    }
    *out = sw_buf_slice(&b);
    return true;
}

static void pass(struct px_core *core, struct px_client *c, const struct sw_msg *m)
{
    struct sw_slice bytes;
    if (!copy_response(core, c, m, (struct px_taken){0}, &bytes))
        return;
    core->counters.responses_forwarded++;
    px_server_pass(core, c->server, m->status, bytes);
}

/* ------------------------------------------------------------------------------ the best one */

/* Lower is better (16.7 step 6): 6xx, then the lowest class, then what helps the caller to try
 * again. */
static unsigned rank(uint16_t status)
{
    static const uint16_t helpful[] = {401, 407, 415, 420, 484};
    if (status >= 600)
        return 0;
    for (size_t i = 0; i < SW_ARRAY_LEN(helpful); i++)
        if (helpful[i] == status)
            return 400;
    return status / 100 * 100u + 1;
}

static void keep_if_better(struct px_core *core, struct px_client *c, const struct sw_msg *m,
                           struct px_taken taken)
{
    struct px_server *s = c->server;
    struct sw_slice bytes;
    if (m->status == 408 && s->method != SW_INVITE)
        return; /* RFC 4320 4.2: nobody answers so; his own timer tells the caller */
    bool is_merged = is_challenge(m->status) && is_challenge(s->best_status);
    if (s->best_status != 0 && !is_merged && rank(s->best_status) <= rank(m->status))
        return;
    if (!copy_response(core, c, m, taken, &bytes))
        return;
    px_mem_drop_slice(&core->mem, &s->best);
    s->best = bytes;
    s->best_status = m->status;
}

/* ------------------------------------------------------------------------------ by class */

static void receive_provisional(struct px_core *core, struct px_client *c, const struct sw_msg *m)
{
    struct px_server *s = c->server;
    if (c->is_given_up || s->sent_status != 0) { /* F6 */
        bool was_cancelled = c->is_cancelled;
        core->counters.late_provisional++;
        px_client_cancel(core, c);
        if (!was_cancelled) /* 64*T1 for the answer to that (9.1), and no more */
            px_client_step(core, c, SW_TXN_EV_ABANDON, NULL);
        return;
    }
    if (c->wants_cancel) /* C7: held back until now */
        px_client_cancel(core, c);
    if (m->status != 100 && s->method == SW_INVITE) /* RFC 4320 4.1: none for the others */
        pass(core, c, m);
}

/* X3: the connections of a dialog's both ends, where they opened them, are the way back to them
 * until it is over. */
static void note_dialog(struct px_core *core, const struct px_client *c, const struct sw_msg *m)
{
    const struct px_server *s = c->server;
    if (((s->from.conn | c->to.conn) & PX_CONN_ACCEPTED) == 0)
        return;
    bool begins =
        s->method == SW_INVITE && m->status < 300 && sw_msg_first(m, SW_HDR_RECORD_ROUTE) != NULL &&
        px_read_again(core, s->request) == 0 && px_msg_tag(&core->old, SW_HDR_TO).len == 0;
    bool ends = s->method == SW_BYE && (m->status < 300 || m->status == 481);
    if (!begins && !ends)
        return;
    enum px_handed_kind kind = begins ? PX_HANDED_DIALOG : PX_HANDED_DIALOG_END;
    uint32_t dialog = px_dialog_number(core, m);
    px_dialog_note(core, s->from.conn, kind, dialog);
    if (c->to.conn != s->from.conn)
        px_dialog_note(core, c->to.conn, kind, dialog);
}

static void receive_2xx(struct px_core *core, struct px_client *c, const struct sw_msg *m)
{
    struct px_server *s = c->server;
    if (s->method != SW_INVITE && s->sent_status != 0)
        return;
    core->counters.late_2xx += c->is_given_up && s->method == SW_INVITE;
    note_dialog(core, c, m);
    px_try_settle(core, c, m->status);
    pass(core, c, m);
    px_try_cancel_others(core, s, c);
    px_try_finish(core, s);
}

/* F6: it only says that our own CANCEL of a candidate given up on has come; nobody has refused. */
static bool is_of_our_cancel(const struct px_client *c, const struct sw_msg *m)
{
    return m->status == 487 && c->is_given_up && c->is_cancelled && !c->server->is_cancelled;
}

/* An answer that is no failure, from the candidate whose turn it is or from an earlier one; with
 * recursion (C9) perhaps from one of an earlier target, which says nothing about this one's. */
static void receive_final(struct px_core *core, struct px_client *c, const struct sw_msg *m)
{
    struct px_server *s = c->server;
    bool was_current = c == s->current;
    note_dialog(core, c, m);
    px_try_settle(core, c, m->status);
    if (is_challenge(m->status))
        px_affinity_note(core, px_call_seed(core, m), &c->to);
    if (s->sent_status != 0)
        return;
    bool is_of_target = c->target == s->target_at;
    struct px_taken taken = px_redirect_take(core, c, m);
    if (!taken.is_all) /* 16.7 step 4: without contacts it is no answer */
        keep_if_better(core, c, m, taken);
    s->best_is_failure = false;
    s->is_settled = s->is_settled || is_of_target;
    if (is_of_target && (was_current || s->current == NULL))
        px_try_finish(core, s);
    else if (m->status >= 600) /* 16.7 step 5: it goes up when the rest has ended */
        px_try_wind_down(core, s);
}

/* F1: a code that the configuration counts as failure. It goes up when nobody else says better. */
static void receive_failure(struct px_core *core, struct px_client *c, const struct sw_msg *m)
{
    struct px_server *s = c->server;
    bool was_none = s->best_status == 0;
    if (s->sent_status == 0)
        keep_if_better(core, c, m, (struct px_taken){0});
    if (was_none)
        s->best_is_failure = s->best_status != 0;
    px_try_refused(core, c, m);
}

static bool is_failover_code(const struct px_server *s, uint16_t status)
{
    for (size_t i = 0; i < PX_FAILOVER_CODES_MAX; i++)
        if (s->failover_codes[i] == status)
            return true;
    return false;
}

static void receive(struct px_core *core, struct px_client *c, const struct sw_msg *m)
{
    if (m->status < 200)
        receive_provisional(core, c, m);
    else if (m->status < 300)
        receive_2xx(core, c, m);
    else if (is_of_our_cancel(c, m))
        return;
    else if (m->status == 503)
        px_try_refused(core, c, m);
    else if (is_failover_code(c->server, m->status))
        receive_failure(core, c, m);
    else
        receive_final(core, c, m);
}

static enum sw_txn_event event_of(uint16_t status)
{
    if (status < 200)
        return SW_TXN_EV_1XX;
    return status < 300 ? SW_TXN_EV_2XX : SW_TXN_EV_3456XX;
}

void px_response_receive(struct px_core *core, const struct px_hop *from, const struct sw_msg *m)
{
    const struct sw_via *via = &m->via;
    core->counters.responses_received++;
    if (!m->has_via || !px_sent_by_is_ours(core, via)) {
        px_log_drop(core, from, m, &core->counters.drop_response_via, "the top Via is not ours");
        return;
    }
    struct px_client *c = NULL;
    if (m->has_cseq && via->has_branch)
        c = px_client_find(core, via->branch, m->cseq.method);
    if (c == NULL || !c->is_started) {
        px_log_drop(core, from, m, &core->counters.drop_response_stray, "no transaction");
        return;
    }
    px_try_answered(core, c, m->status);
    unsigned todo = px_client_step(core, c, event_of(m->status), m);
    if ((todo & SW_TXN_DO_PASS) != 0 && c->method == c->server->method)
        receive(core, c, m);
}

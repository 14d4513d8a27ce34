/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/failover.h"

#include "proxy/again.h"
#include "proxy/client.h"
#include "proxy/emit.h"
#include "proxy/flow.h"
#include "proxy/forward.h"
#include "proxy/ident.h"
#include "proxy/log.h"
#include "proxy/peer.h"
#include "proxy/race.h"
#include "proxy/redirect.h"
#include "proxy/search.h"
#include "proxy/stream.h"
#include "proxy/tale.h"
#include "proxy/targets.h"
#include "proxy/try.h"
#include "proxy/verdict.h"

/* ------------------------------------------------------------------------------ one try */

/* False: it failed at once. */
static bool begin_try(struct px_core *core, struct px_server *s,
                      const struct sw_candidate *candidate)
{
    struct px_client *c = px_try_new(core, s, candidate);
    if (c == NULL) {
        s->had_error = true;
        return false;
    }
    if (s->try_count++ > 0)
        core->counters.failovers++;
    if (!px_client_launch(core, c, candidate->tls_names, candidate->tls_name_count)) {
        c->end = PX_TRY_TRANSPORT;
        c->cause = PX_CAUSE_LOCAL;
        s->had_error = true;
        px_client_end(core, c);
        return false;
    }
    s->current = c;
    if (c->is_started)
        px_try_time(core, c);
    else
        px_race_begin(core, s, candidate);
    return true;
}

void px_try_connected(struct px_core *core, struct px_client *c)
{
    bool is_again = c->is_started;
    /* A reconnect that took too long, or who has answered over a connection of his own since. */
    if (c->is_given_up || (is_again && c->has_response))
        return;
    if (!is_again && (c == c->server->current || c == c->server->rival))
        px_race_won(core, c->server, c);
    px_client_start(core, c);
    if (!is_again && c == c->server->current)
        px_try_time(core, c);
}

static void retire_silent(struct px_core *core, struct px_client *c)
{
    c->server->was_silent = true;
    /* The last one may have had no more than what was left of the time (F5). */
    bool had_its_time = core->now_us - c->started_us >= px_try_us(core, c);
    if (c->is_started && !c->has_response && had_its_time) {
        struct px_conn *conn = px_conn_find(core, c->to.conn);
        px_try_blame(core, c, SW_HEALTH_TIMEOUT, 0);
        if (conn != NULL)
            px_conn_distrust(core, conn);
        px_flow_end(core, c->to.conn);
    }
    px_try_retire(core, c, PX_TRY_SILENT);
}

/* ------------------------------------------------------------------------------ location */

static bool read_target(struct px_core *core, struct px_server *s, struct sw_uri *uri)
{
    if (px_read_again(core, s->request) < 0 || !px_target_uri(&s->target, uri))
        return false;
    if (s->domain.len == 0)
        s->domain = px_log_domain(uri);
    return true;
}

/* Begin to locate s->target. False: it cannot be, for want of memory. */
static bool begin_location(struct px_core *core, struct px_server *s)
{
    struct sw_uri uri;
    if (!read_target(core, s, &uri))
        return false;
    char branch[PX_BRANCH_LEN] = {0};
    struct px_hop back = {.transport = SW_UDP, .listener = s->from.listener};
    struct px_copy copy = {&core->old, &s->target, &s->from, &back, branch, s->received_us};
    const struct sw_plan_args args = {
        .uri = &uri,
        .request_len = px_forward_len(core, &copy),
        .seed = s->call,
    };
    return px_search_begin(core, &s->search, &args) == 0;
}

static void note_located(const struct px_core *core, struct px_server *s)
{
    if (s->located == SW_RESULT_OK)
        return;
    s->located = SW_RESULT_OK;
    s->located_us = core->now_us - s->received_us;
}

/* X3: back over the connection that the target opened. False: there is none. */
static bool begin_over_flow(struct px_core *core, struct px_server *s)
{
    struct sw_uri uri;
    const struct px_flow *flow = px_target_flow(core, &s->target);
    struct px_client *c =
        flow != NULL && read_target(core, s, &uri) ? px_try_over(core, s, flow) : NULL;
    if (c == NULL)
        return false;
    s->try_count++;
    if (!px_client_launch(core, c, NULL, 0)) {
        c->end = PX_TRY_TRANSPORT;
        c->cause = PX_CAUSE_LOCAL;
        px_client_end(core, c);
        return false;
    }
    note_located(core, s);
    s->current = c;
    s->is_to_locate = true;
    px_try_time(core, c);
    return true;
}

/* Without that connection he may not be allowed to go there. */
static bool begin_without_flow(struct px_core *core, struct px_server *s)
{
    bool had_flow = s->target.flow != 0;
    s->is_to_locate = false;
    s->target.flow = 0;
    return (!had_flow || px_target_is_allowed(core, &s->target, &s->from)) &&
           begin_location(core, s);
}

/* ------------------------------------------------------------------------------ the next one */

static bool may_go_on(struct px_core *core, struct px_server *s)
{
    if (s->is_cancelled || s->no_more_tries || s->is_settled || s->sent_status != 0 ||
        core->now_us >= s->deadline_us)
        return false;
    return s->search.plan != NULL || (s->is_to_locate && begin_without_flow(core, s));
}

/* Over the connection that he opened he was silent already: no place is tried twice. */
static bool was_tried_over_flow(const struct px_server *s, const struct sw_candidate *is)
{
    if (sw_list_is_empty(&s->clients))
        return false;
    const struct px_client *first =
        SW_LIST_ITEM(sw_list_first(&s->clients), const struct px_client, in_server);
    return first->is_flow && first->end != PX_TRY_TRANSPORT &&
           first->to.transport == is->transport && sw_endpoint_eq(&first->to.peer, &is->endpoint);
}

/* Who was taken for a race comes first: he was to be next. */
static enum sw_next next_candidate(struct px_core *core, struct px_server *s, enum sw_try why,
                                   struct sw_candidate *out)
{
    if (px_race_spare(core, s, out))
        return SW_NEXT_CANDIDATE;
    return px_search_next(core, &s->search, why, out);
}

static bool has_more(const struct px_core *core, const struct px_server *s)
{
    return s->is_to_locate || (s->race != NULL && s->race->has_second) ||
           px_search_has_more(core, &s->search);
}

/* With a current try that is overdue: it stays until there is somebody to take its place. */
static void try_next(struct px_core *core, struct px_server *s, enum sw_try why)
{
    struct sw_candidate candidate;
    if (s->current == NULL && s->has_timer_c) {
        /* It was the last one's provisional that set it: within the budget again. */
        s->has_timer_c = false;
        px_timer_arm(core, &s->budget_timer, s->deadline_us);
    }
    while (may_go_on(core, s)) {
        if (!px_has_room(core)) {
            px_search_put_off(core, &s->search, why);
            return;
        }
        switch (next_candidate(core, s, why, &candidate)) {
        case SW_NEXT_WAIT:
            return;
        case SW_NEXT_END:
            if (s->located != SW_RESULT_OK)
                s->located = (uint8_t)sw_plan_result(s->search.plan);
            if (s->current == NULL)
                px_try_finish(core, s);
            else
                px_search_end(core, &s->search); /* the last one gets what is left (F5) */
            return;
        case SW_NEXT_CANDIDATE:
            break;
        }
        why = SW_TRY_FAILED;
        if (was_tried_over_flow(s, &candidate))
            continue;
        note_located(core, s);
        if (s->current != NULL)
            retire_silent(core, s->current);
        if (begin_try(core, s, &candidate)) {
            /* Nobody behind it: the plan's memory is not needed while the phone rings. */
            if (!has_more(core, s))
                px_search_end(core, &s->search);
            return;
        }
    }
    if (s->current == NULL)
        px_try_finish(core, s);
}

/* RFC 4320 4.1: a 100 to a non-INVITE only when the caller's timer E would have reached T2, and
 * then in any case. */
static uint64_t time_to_t2_us(const struct sw_txn_times *t)
{
    uint64_t us = t->t1_us;
    for (uint64_t e_us = 2 * t->t1_us; e_us < t->t2_us; e_us *= 2)
        us += e_us;
    return us;
}

void px_try_begin(struct px_core *core, struct px_server *s)
{
    s->located = SW_RESULT_OPEN;
    px_tale_begin(core, &s->search.tale);
    uint64_t wait_us = time_to_t2_us(&core->times);
    px_timer_arm(core, &s->budget_timer,
                 s->method == SW_INVITE ? s->deadline_us : sw_after_us(core->now_us, wait_us));
    if (begin_over_flow(core, s))
        return;
    if (begin_without_flow(core, s))
        try_next(core, s, SW_TRY_NONE);
    else
        px_try_finish(core, s);
}

/* C9: the next contact of a redirection. A caller who knows that his INVITE is being dealt with
 * waits for as long as each may take, any other only for his timer F. */
static bool go_to_next_target(struct px_core *core, struct px_server *s)
{
    bool is_invite = s->method == SW_INVITE;
    if (s->redirect == NULL || s->no_more_tries || s->is_cancelled || s->best_status >= 600 ||
        (!is_invite && core->now_us >= s->deadline_us))
        return false;
    px_search_end(core, &s->search);
    while (px_redirect_next(core, s)) {
        px_tale_go_on(&s->search.tale);
        s->had_error = true; /* when nobody says better */
        s->target_at++;
        if (!begin_location(core, s))
            continue;
        core->counters.redirections++;
        s->is_settled = s->is_timed_out = false;
        if (is_invite) {
            s->deadline_us = sw_after_us(core->now_us, core->conf->transaction_us);
            s->has_timer_c = false;
            px_timer_arm(core, &s->budget_timer, s->deadline_us);
        }
        px_search_put_off(core, &s->search, SW_TRY_NONE);
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------------------ failures */

/* The next one, after what has come of this one. */
static void try_after(struct px_core *core, const struct px_client *c, enum sw_try why)
{
    px_search_report(&c->server->search, c->place, why);
    try_next(core, c->server, SW_TRY_NONE);
}

static void give_up_silent(struct px_core *core, struct px_client *c)
{
    retire_silent(core, c);
    try_after(core, c, SW_TRY_FAILED);
}

void px_try_overdue(struct px_core *core, struct px_client *c)
{
    struct px_server *s = c->server;
    if (c->is_returned) {
        px_try_broken(core, c, c->cause);
        return;
    }
    if (c->has_response || c->is_over || c != s->current)
        return;
    if (!c->is_started) {
        px_race_on(core, s);
        return;
    }
    c->is_overdue = true;
    if (s->no_more_tries)
        give_up_silent(core, c);
    else if (has_more(core, s) && !s->search.is_waiting)
        try_after(core, c, SW_TRY_FAILED);
}

void px_try_search(struct px_core *core, struct px_server *s)
{
    struct px_client *c = s->current;
    if (s->search.plan == NULL)
        return;
    if (s->search.is_waiting && (c == NULL || c->is_overdue)) {
        try_next(core, s, s->search.why);
        return;
    }
    px_search_ask(core, &s->search);
    if (c != NULL && c->is_overdue) /* a candidate may have become known */
        px_try_overdue(core, c);
}

void px_try_timed_out(struct px_core *core, struct px_client *c)
{
    struct px_server *s = c->server;
    if (c != s->current)
        return;
    if (c->has_response) /* 100, then silence: no failure of the candidate (F1) */
        s->no_more_tries = true;
    give_up_silent(core, c);
}

/* An idle connection that its other end was about to close says nothing about the candidate: the
 * same request goes there once more over a new one. The branch is the same, so even a server that
 * got the first copy sees a retransmission. */
static bool reconnects(struct px_core *core, struct px_client *c, enum px_cause cause)
{
    bool was_closed = cause == PX_CAUSE_CLOSED || cause == PX_CAUSE_RESET;
    if (!was_closed || !c->is_started || !c->was_old_conn || c->was_reconnected)
        return false;
    c->was_reconnected = true;
    c->was_resent = true;
    const struct px_names *n = c->names;
    struct px_conn *conn =
        px_conn_reach(core, &c->to, n == NULL ? NULL : n->at, n == NULL ? 0 : n->count);
    if (conn == NULL)
        return false;
    px_conn_wait(core, conn, &c->user);
    return true;
}

void px_try_broken(struct px_core *core, struct px_client *c, enum px_cause cause)
{
    struct px_server *s = c->server;
    if (c->is_over || c->has_response) /* after a provisional it is no failure (F1) */
        return;
    if (c == s->current && reconnects(core, c, cause))
        return;
    c->cause = cause;
    c->status = 0;
    if (c != s->current && c != s->rival) { /* a CANCEL, or one given up on */
        px_client_end(core, c);
        return;
    }
    s->had_error = true;
    if (cause != PX_CAUSE_LOCAL)
        px_try_blame(core, c, SW_HEALTH_TRANSPORT, 0);
    bool is_refused = cause == PX_CAUSE_REFUSED || cause == PX_CAUSE_RESET;
    bool goes_on = px_race_goes_on(core, s, c);
    px_client_end(core, c);
    px_try_retire(core, c, PX_TRY_TRANSPORT);
    if (goes_on)
        px_search_report(&s->search, c->place, is_refused ? SW_TRY_REFUSED : SW_TRY_FAILED);
    else
        try_after(core, c, is_refused ? SW_TRY_REFUSED : SW_TRY_FAILED);
}

void px_try_refused(struct px_core *core, struct px_client *c, const struct sw_msg *m)
{
    struct px_server *s = c->server;
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_RETRY_AFTER);
    uint32_t seconds;
    if (m->status == 503 && h != NULL && sw_retry_after_parse(h->value, &seconds) == 0 &&
        seconds > 0)
        px_try_blame(core, c, SW_HEALTH_RETRY_AFTER, seconds); /* T85: 0 and nonsense do not */
    c->status = m->status;
    if (c != s->current)
        return;
    s->had_503 = s->had_503 || m->status == 503;
    s->had_error = s->had_error || m->status != 503;
    px_try_retire(core, c, PX_TRY_STATUS);
    try_after(core, c, SW_TRY_FAILED);
}

/* ------------------------------------------------------------------------------ the end */

void px_try_settle(struct px_core *core, struct px_client *c, uint16_t status)
{
    c->status = status;
    c->end = PX_TRY_ANSWERED;
    c->took_us = core->now_us - c->started_us;
    if (c == c->server->current)
        c->server->current = NULL;
}

void px_try_cancel_others(struct px_core *core, struct px_server *s, const struct px_client *but)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &s->clients) {
        struct px_client *c = SW_LIST_ITEM(at, struct px_client, in_server);
        if (c == but || c->is_over || c->method != SW_INVITE)
            continue;
        if (!c->is_started) {
            px_try_retire(core, c, PX_TRY_CANCELLED);
            continue;
        }
        px_client_cancel(core, c);
        if (c == s->current && !c->has_final)
            px_try_retire(core, c, PX_TRY_CANCELLED);
    }
}

/* A non-INVITE for which there is nothing to say: whom we gave up on may still answer, and the
 * caller's retransmissions are absorbed until he gives up too. */
static void end_without_response(struct px_core *core, struct px_server *s)
{
    if (core->now_us < s->deadline_us) {
        px_timer_arm(core, &s->budget_timer, s->deadline_us);
        return;
    }
    px_server_step(core, s, SW_TXN_EV_ABANDON);
    px_log_server(core, s);
}

/* 16.7 step 6, 16.8: what a failed server said is worth less than a silent one's 408 or the 487 of
 * a caller who has hung up. */
static bool has_answer(const struct px_server *s)
{
    bool is_outdone =
        s->method == SW_INVITE && (s->is_cancelled || (s->was_silent && s->best_status >= 500));
    bool is_one_of_many = s->best_is_failure || s->redirect != NULL;
    return s->best_status != 0 && !(is_one_of_many && is_outdone);
}

void px_try_finish(struct px_core *core, struct px_server *s)
{
    char text[PX_VERDICT_TEXT_MAX];
    struct px_answer answer;
    px_race_end(core, s);
    if (s->sent_status == 0 && go_to_next_target(core, s))
        return;
    s->no_more_tries = true;
    px_timer_disarm(core, &s->budget_timer);
    if (s->sent_status != 0) {
        px_search_end(core, &s->search);
        return;
    }
    if (has_answer(s)) {
        struct sw_slice best = s->best;
        s->best = (struct sw_slice){NULL, 0};
        core->counters.responses_forwarded++;
        px_server_pass(core, s, s->best_status, best);
    } else if (px_verdict(core, s, text, &answer, &s->reason)) {
        core->counters.location_failures += s->located != SW_RESULT_OK && !s->is_cancelled;
        px_server_answer(core, s, &answer);
    } else {
        end_without_response(core, s);
    }
    px_search_end(core, &s->search);
}

static void stop_current(struct px_core *core, struct px_server *s)
{
    struct px_client *c = s->current;
    px_race_end(core, s);
    if (c == NULL)
        px_try_finish(core, s);
    else
        give_up_silent(core, c);
}

/* C8: timer C. With a provisional the call is cancelled and its 487 awaited for 64*T1 (9.1). */
static void end_ringing(struct px_core *core, struct px_server *s)
{
    s->is_timed_out = true;
    s->no_more_tries = true;
    px_client_cancel(core, s->current);
    px_timer_arm(core, &s->budget_timer, sw_after_us(core->now_us, 64 * core->times.t1_us));
}

void px_try_budget(struct px_core *core, struct px_server *s)
{
    if (s->sent_status != 0 || s->is_over)
        return;
    if (s->method != SW_INVITE && core->now_us < s->deadline_us) {
        px_server_answer(core, s, &(struct px_answer){.status = 100});
        px_timer_arm(core, &s->budget_timer, s->deadline_us);
        return;
    }
    bool is_ringing = s->has_timer_c && s->current != NULL && s->current->has_provisional;
    if (is_ringing && !s->no_more_tries) {
        end_ringing(core, s);
        return;
    }
    s->is_timed_out = true;
    stop_current(core, s);
}

void px_try_wind_down(struct px_core *core, struct px_server *s)
{
    struct px_client *c = s->current;
    bool is_invite = s->method == SW_INVITE; /* nothing else can be cancelled */
    s->no_more_tries = true;
    px_race_end(core, s);
    if (c != NULL && (!c->is_started || c->is_overdue || !is_invite))
        px_try_retire(core, c, PX_TRY_CANCELLED);
    if (s->current == NULL) {
        px_try_finish(core, s);
        return;
    }
    /* Without a provisional it is held back; the try timer ends the wait. */
    c->end = PX_TRY_CANCELLED;
    px_client_cancel(core, c);
    px_timer_arm(core, &s->budget_timer, sw_after_us(core->now_us, 64 * core->times.t1_us));
}

void px_try_cancel(struct px_core *core, struct px_server *s)
{
    if (s->method != SW_INVITE || s->sent_status != 0 || s->is_cancelled)
        return;
    s->is_cancelled = true;
    px_try_wind_down(core, s);
}

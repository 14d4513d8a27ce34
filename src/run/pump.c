/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/pump.h"

#include "adapter/clock.h"
#include "base/alloc.h"
#include "base/hmap.h"
#include "base/list.h"
#include "base/time.h"
#include "proxy/conf.h"

enum {
    ACTIONS_FIRST_CAP = 1024, /* grows when a turn has more */
    MAIL_MAX = 1024,          /* taken from the mailboxes in a row */
    ASKS_KEPT_MAX = 1024      /* finished questions whose memory is kept for the next ones */
};

struct ask { /* a question under way, or memory for one */
    struct sw_hmap_link by_id;
    struct sw_list link; /* in pump->open_asks or pump->spare_asks */
    struct sw_pump *pump;
    uint64_t id;                  /* the core's */
    struct sw_resolver *resolver; /* that was asked */
    struct ad_dns_id dns_id;
    enum sw_rrtype type;
};

struct sw_pump {
    struct px_core *core;
    const struct px_conf *conf;
    struct sw_list resolvers; /* the first one is asked, the others have questions under way */
    struct ad_udp *udp;
    struct ad_stream *stream;
    struct sw_tls_pipe *tls; /* may be NULL */
    struct ad_log *log;
    struct sw_post *post;
    struct sw_state *state;
    uint16_t worker;
    struct px_out out;
    size_t done_count; /* of out.list, from its front */
    struct sw_hmap asks;
    struct sw_list open_asks;
    struct sw_list spare_asks;
    size_t spare_count;
    struct sw_tally tally;
    struct sw_history *history;
};

int sw_pump_new(struct sw_pump **out, const struct sw_pump_args *args, uint64_t now_us)
{
    struct sw_pump *pump = sw_zalloc(NULL, sizeof *pump);

    if (pump == NULL)
        return SW_E_NOMEM;
    pump->conf = args->core.conf;
    pump->udp = args->udp;
    pump->stream = args->stream;
    pump->tls = args->tls;
    pump->log = args->log;
    pump->post = args->post;
    pump->state = args->state;
    pump->worker = args->core.worker;
    sw_list_init(&pump->resolvers);
    sw_list_init(&pump->open_asks);
    sw_list_init(&pump->spare_asks);
    pump->out.cap = ACTIONS_FIRST_CAP;
    pump->out.list = sw_zalloc_array(NULL, pump->out.cap, sizeof *pump->out.list);
    if (pump->out.list == NULL || sw_hmap_init(&pump->asks, NULL, 64) < 0 ||
        sw_history_new(&pump->history, pump->conf->log_history) < 0 ||
        px_core_new(&pump->core, &args->core, now_us) < 0) {
        sw_pump_free(pump);
        return SW_E_NOMEM;
    }
    sw_list_push_front(&pump->resolvers, &args->resolver->link);
    *out = pump;
    return 0;
}

/* --- events ------------------------------------------------------------------------------ */

/* Places for one more event's actions: those already done make room, or the list grows. */
static bool has_room(struct sw_pump *pump)
{
    struct px_out *out = &pump->out;

    if (out->cap - out->count >= PX_STEP_ACTIONS_MAX)
        return true;
    out->count -= pump->done_count;
    memmove(out->list, out->list + pump->done_count, out->count * sizeof *out->list);
    pump->done_count = 0;
    if (out->cap - out->count >= PX_STEP_ACTIONS_MAX)
        return true;
    struct px_action *list = sw_zalloc_array(NULL, 2 * out->cap, sizeof *list);
    if (list == NULL)
        return false;
    memcpy(list, out->list, out->count * sizeof *list);
    sw_free(NULL, out->list);
    out->list = list;
    out->cap *= 2;
    return true;
}

/* An event that finds no memory is lost, as a datagram may be: the core's timers make up for it. */
void sw_pump_event(struct sw_pump *pump, const struct px_event *ev, uint64_t now_us)
{
    pump->tally.events++;
    if (ev->kind == PX_EV_CLOSED)
        pump->tally.closed[ev->cause]++;
    if (has_room(pump))
        px_core_step(pump->core, ev, now_us, &pump->out);
    else
        pump->tally.lost_events++;
}

void sw_pump_mail(struct sw_pump *pump, uint64_t now_us)
{
    struct px_handed handed;
    const struct px_event ev = {.kind = PX_EV_HANDED, .handed = &handed};

    for (int i = 0; i < MAIL_MAX && sw_post_take(pump->post, pump->worker, &handed); i++)
        sw_pump_event(pump, &ev, now_us);
}

void sw_pump_wake(struct sw_pump *pump, uint64_t now_us)
{
    const struct px_event wake = {.kind = PX_EV_WAKE};

    if (ad_stream_wake_us(pump->stream) <= now_us)
        ad_stream_poll(pump->stream, now_us);
    if (pump->tls != NULL && sw_tls_pipe_wake_us(pump->tls) <= now_us)
        sw_tls_pipe_wake(pump->tls, now_us);
    if (px_core_wake_us(pump->core) <= now_us)
        sw_pump_event(pump, &wake, now_us);
}

uint64_t sw_pump_wake_us(const struct sw_pump *pump)
{
    uint64_t wake_us = sw_min_us(px_core_wake_us(pump->core), ad_stream_wake_us(pump->stream));

    return pump->tls == NULL ? wake_us : sw_min_us(wake_us, sw_tls_pipe_wake_us(pump->tls));
}

const struct px_core *sw_pump_core(const struct sw_pump *pump)
{
    return pump->core;
}

const struct sw_tally *sw_pump_tally(const struct sw_pump *pump)
{
    return &pump->tally;
}

const struct sw_history *sw_pump_history(const struct sw_pump *pump)
{
    return pump->history;
}

size_t sw_pump_question_count(const struct sw_pump *pump)
{
    return pump->asks.count;
}

/* --- questions --------------------------------------------------------------------------- */

static uint64_t hash_of(uint64_t id)
{
    return sw_hash(&id, sizeof id, 0); /* ids are the core's, not a stranger's */
}

static bool has_id(const struct sw_hmap_link *link, const void *key)
{
    return SW_CONTAINER_OF(link, const struct ask, by_id)->id == *(const uint64_t *)key;
}

static struct ask *new_ask(struct sw_pump *pump, const struct px_action *a)
{
    struct sw_list *spare = sw_list_first(&pump->spare_asks);
    struct ask *ask;

    if (spare != NULL) {
        sw_list_remove(spare);
        pump->spare_count--;
        ask = SW_LIST_ITEM(spare, struct ask, link);
    } else {
        ask = sw_alloc(NULL, sizeof *ask);
    }
    if (ask == NULL)
        return NULL;
    *ask = (struct ask){.pump = pump, .id = a->ask, .type = a->question.type};
    ask->resolver = SW_LIST_ITEM(sw_list_first(&pump->resolvers), struct sw_resolver, link);
    ask->resolver->ask_count++;
    sw_hmap_add(&pump->asks, &ask->by_id, hash_of(ask->id));
    sw_list_push_back(&pump->open_asks, &ask->link);
    return ask;
}

static void forget_ask(struct sw_pump *pump, struct ask *ask)
{
    ask->resolver->ask_count--;
    sw_hmap_remove(&pump->asks, &ask->by_id);
    sw_list_remove(&ask->link);
    if (pump->spare_count == ASKS_KEPT_MAX) {
        sw_free(NULL, ask);
        return;
    }
    pump->spare_count++;
    sw_list_push_front(&pump->spare_asks, &ask->link);
}

static void tell_answer(struct sw_pump *pump, uint64_t id, const struct sw_answer *answer)
{
    const struct px_event ev = {.kind = PX_EV_ANSWER, .ask = id, .answer = answer};

    sw_pump_event(pump, &ev, ad_clock_mono_us());
}

static void on_answer(void *arg, const struct sw_answer *answer)
{
    struct ask *ask = arg;
    struct sw_pump *pump = ask->pump;
    uint64_t id = ask->id;

    sw_tally_answer(&pump->tally, ask->type, answer);
    forget_ask(pump, ask);
    tell_answer(pump, id, answer);
}

/* --- actions ----------------------------------------------------------------------------- */

/* The answer may come before the resolver returns. */
static void do_ask(struct sw_pump *pump, const struct px_action *a)
{
    const struct sw_answer none = {.outcome = SW_OUTCOME_NOT_ASKED};
    struct ad_dns_id dns_id = {0};
    struct ask *ask = new_ask(pump, a);

    if (ask == NULL) {
        tell_answer(pump, a->ask, &none);
        return;
    }
    if (ad_dns_ask(ask->resolver->dns, &a->question, a->timeout_us, on_answer, ask, &dns_id) < 0) {
        forget_ask(pump, ask);
        tell_answer(pump, a->ask, &none);
        return;
    }
    if (dns_id.value != 0)
        ask->dns_id = dns_id;
}

static void do_cancel_ask(struct sw_pump *pump, uint64_t id)
{
    struct sw_hmap_link *link = sw_hmap_find(&pump->asks, hash_of(id), has_id, &id);

    if (link == NULL)
        return;
    struct ask *ask = SW_CONTAINER_OF(link, struct ask, by_id);
    ad_dns_cancel(ask->resolver->dns, ask->dns_id);
    forget_ask(pump, ask);
}

static void do_connect(struct sw_pump *pump, const struct px_action *a, uint64_t now_us)
{
    const struct ad_stream_connect args = {.conn = a->conn,
                                           .from = pump->conf->listeners[a->listener].endpoint.addr,
                                           .peer = a->peer,
                                           .timeout_us = a->timeout_us};

    if (pump->tls != NULL && sw_transport_row(a->transport)->is_tls)
        sw_tls_pipe_connect(pump->tls, a, &args.from, now_us);
    else
        ad_stream_connect(pump->stream, &args, now_us);
}

static void do_bytes(struct sw_pump *pump, const struct px_action *a)
{
    if (pump->tls == NULL || !sw_tls_pipe_send(pump->tls, a->conn, a->bytes))
        ad_stream_send(pump->stream, a->conn, a->bytes);
}

static void do_close(struct sw_pump *pump, const struct px_action *a, uint64_t now_us)
{
    if (pump->tls == NULL || !sw_tls_pipe_close(pump->tls, a->conn))
        ad_stream_close(pump->stream, a->conn, now_us);
}

static void do_log(struct sw_pump *pump, const struct px_log *log)
{
    uint64_t wall_us = ad_clock_wall_us();

    ad_log_transaction(pump->log, log, wall_us);
    sw_tally_log(&pump->tally, log);
    if (log->kind == PX_LOG_TRANSACTION)
        sw_history_add(pump->history, log, wall_us);
}

static void do_action(struct sw_pump *pump, const struct px_action *a, uint64_t now_us)
{
    switch (a->kind) {
    case PX_DO_DATAGRAM:
        ad_udp_send(pump->udp, a->listener, &a->peer, a->bytes, a->series, a->company);
        return;
    case PX_DO_BYTES:
        do_bytes(pump, a);
        return;
    case PX_DO_CONNECT:
        do_connect(pump, a, now_us);
        return;
    case PX_DO_CLOSE:
        do_close(pump, a, now_us);
        return;
    case PX_DO_ASK:
        do_ask(pump, a);
        return;
    case PX_DO_CANCEL_ASK:
        do_cancel_ask(pump, a->ask);
        return;
    case PX_DO_LOG:
        do_log(pump, a->log);
        return;
    case PX_DO_REMEMBER:
        if (pump->state != NULL)
            sw_state_learn(pump->state, a->bytes);
        return;
    case PX_DO_HAND_OVER:
        if (pump->post != NULL)
            sw_post_put(pump->post, pump->worker, a->worker, a->handed);
        return;
    }
}

static void do_actions(struct sw_pump *pump, uint64_t now_us)
{
    while (pump->done_count < pump->out.count) {
        /* A copy: doing it may cause events, and then the list moves. */
        const struct px_action a = pump->out.list[pump->done_count++];
        do_action(pump, &a, now_us);
    }
    pump->tally.actions += pump->done_count;
    if (pump->done_count > pump->tally.most_actions)
        pump->tally.most_actions = pump->done_count;
    pump->out.count = pump->done_count = 0;
}

/* Those before the last one, when nobody waits for them any more. */
static void drop_resolvers(struct sw_pump *pump)
{
    struct sw_list *first = sw_list_first(&pump->resolvers), *at, *tmp;

    SW_LIST_EACH (at, tmp, &pump->resolvers) {
        struct sw_resolver *r = SW_LIST_ITEM(at, struct sw_resolver, link);
        if (at == first || r->ask_count > 0)
            continue;
        sw_list_remove(at);
        sw_resolver_free(r);
    }
}

void sw_pump_obey(struct sw_pump *pump, const struct px_conf *conf, struct sw_resolver *resolver,
                  struct sw_tls_pipe *tls, uint64_t now_us)
{
    const struct px_event ev = {.kind = PX_EV_CONF, .conf = conf, .dns_is_new = resolver != NULL};

    do_actions(pump, now_us); /* what was asked for under the old one is done under it */
    pump->conf = conf;
    pump->tls = tls;
    if (resolver != NULL)
        sw_list_push_front(&pump->resolvers, &resolver->link);
    sw_pump_event(pump, &ev, now_us);
}

/* Sending may fail at once, which is an event, which has actions: until there are none. Each round
 * costs some transaction a candidate, so it ends. Others are woken last: who shares our core would
 * have it before we have sent. */
void sw_pump_turn(struct sw_pump *pump, uint64_t now_us)
{
    do {
        do_actions(pump, now_us);
        ad_udp_flush(pump->udp);
        if (pump->post != NULL)
            sw_post_send(pump->post, pump->worker);
        if (pump->tls != NULL)
            sw_tls_pipe_flush(pump->tls, now_us);
        ad_stream_flush(pump->stream);
    } while (pump->out.count > 0);
    pump->tally.turns++;
    drop_resolvers(pump);
    px_core_turn(pump->core);
    ad_log_flush(pump->log);
}

void sw_pump_free(struct sw_pump *pump)
{
    struct sw_list *at, *tmp;

    if (pump == NULL)
        return;
    SW_LIST_EACH (at, tmp, &pump->open_asks) {
        struct ask *ask = SW_LIST_ITEM(at, struct ask, link);
        ad_dns_cancel(ask->resolver->dns, ask->dns_id);
        forget_ask(pump, ask);
    }
    SW_LIST_EACH (at, tmp, &pump->spare_asks)
        sw_free(NULL, SW_LIST_ITEM(at, struct ask, link));
    SW_LIST_EACH (at, tmp, &pump->resolvers) {
        sw_list_remove(at);
        sw_resolver_free(SW_LIST_ITEM(at, struct sw_resolver, link));
    }
    sw_hmap_fini(&pump->asks);
    px_core_free(pump->core);
    sw_history_free(pump->history);
    sw_free(NULL, pump->out.list);
    sw_free(NULL, pump);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/worker.h"

#include "adapter/clock.h"
#include "adapter/loop_libevent.h"
#include "adapter/pages.h"
#include "base/alloc.h"
#include "run/answer.h"
#include "run/worker_state.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    /* Accepted in one turn of the loop, before the core's word on which one has to go is carried
     * out. */
    ACCEPTED_AHEAD = 256
};

enum { REST_SLACK_NS = 1000 };

#define LOG_RETRY_US SW_MS(100) /* when the log's receiver is slow */

/* --- what the loop calls ----------------------------------------------------------------- */

static void on_net_event(void *arg, const struct px_event *ev)
{
    struct sw_worker *w = arg;

    sw_pump_event(w->pump, ev, ad_clock_mono_us());
}

static void on_clear_event(void *arg, const struct px_event *ev, uint64_t now_us)
{
    struct sw_worker *w = arg;

    sw_pump_event(w->pump, ev, now_us);
}

static void on_stream_event(void *arg, const struct px_event *ev)
{
    struct sw_worker *w = arg;

    if (!w->has_tls)
        on_net_event(arg, ev);
    else
        sw_tls_pipe_event(w->tls, ev, ad_clock_mono_us());
}

void sw_worker_on_datagrams(evutil_socket_t fd, short what, void *arg)
{
    const struct worker_socket *s = arg;

    (void)fd;
    (void)what;
    ad_udp_receive(s->worker->udp, s->listener);
}

static void on_streams(evutil_socket_t fd, short what, void *arg)
{
    struct sw_worker *w = arg;

    (void)fd;
    (void)what;
    ad_stream_poll(w->stream, ad_clock_mono_us());
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct sw_worker *w = arg;

    (void)fd;
    (void)what;
    w->timer_due_us = SW_NEVER;
    sw_pump_wake(w->pump, ad_clock_mono_us());
}

static void begin_to_drain(struct sw_worker *w)
{
    const struct px_event drain = {.kind = PX_EV_DRAIN};
    uint64_t now_us = ad_clock_mono_us();

    if (w->stop_us != SW_NEVER)
        return;
    w->stop_us = sw_after_us(now_us, w->part->settings->drain_us);
    sw_pump_event(w->pump, &drain, now_us);
}

static void answer_all(struct sw_worker *w)
{
    const struct sw_answering from = {w->pump, w->udp, w->stream, w->log, w->post, w->index};
    struct sw_list queries, *at, *tmp;

    sw_inbox_take(&w->queries, &queries);
    SW_LIST_EACH (at, tmp, &queries) {
        sw_list_remove(at);
        sw_query_answer(SW_LIST_ITEM(at, struct sw_query, link), &from);
    }
}

/* --- what the loop is asked for ----------------------------------------------------------- */

struct event *sw_worker_watch(struct sw_worker *w, int fd, event_callback_fn fn, void *arg)
{
    struct event *ev = event_new(w->base, fd, EV_READ | EV_PERSIST, fn, arg);

    if (ev != NULL && event_add(ev, NULL) < 0) {
        event_free(ev);
        return NULL;
    }
    return ev;
}

void sw_worker_free_event(struct event *ev)
{
    if (ev != NULL)
        event_free(ev);
}

struct ad_stream_conf sw_worker_stream_conf(struct sw_worker *w)
{
    return (struct ad_stream_conf){.fn = on_stream_event,
                                   .arg = w,
                                   .id_base = PX_CONN_WORKER(w->index),
                                   .connection_max = w->part->conf.connections_max + ACCEPTED_AHEAD,
                                   .queue_max_len = w->part->settings->write_queue_len};
}

/* --- orders ------------------------------------------------------------------------------ */

static void on_order(evutil_socket_t fd, short what, void *arg)
{
    struct sw_worker *w = arg;
    uint64_t ignored;

    (void)what;
    if (read(fd, &ignored, sizeof ignored) < 0)
        return;
    unsigned orders = atomic_exchange(&w->orders, 0);
    if ((orders & SW_WORKER_STOP) != 0)
        w->is_stopping = true;
    if ((orders & SW_WORKER_DRAIN) != 0)
        begin_to_drain(w);
    if ((orders & SW_WORKER_ANSWER) != 0)
        answer_all(w);
    if ((orders & SW_WORKER_PING) != 0)
        atomic_fetch_add(&w->pongs, 1);
    if ((orders & SW_WORKER_LEVEL) != 0)
        ad_log_set_level(w->log, (enum ad_log_level)atomic_load(&w->level));
    if ((orders & SW_WORKER_REOPEN) != 0 && ad_log_reopen(w->log) < 0) {
        const struct ad_log_head head = {AD_LOG_ERROR, "log_not_reopened", ad_clock_wall_us()};
        const struct ad_log_field why =
            AD_LOG_TEXT_FIELD("why", sw_slice_str(strerrordesc_np(errno)));
        ad_log_line(w->log, &head, &why, 1);
    }
    if ((orders & SW_WORKER_LISTEN) != 0) /* of the last switch, so before another */
        sw_worker_begin_to_read(w);
    if ((orders & SW_WORKER_SWITCH) != 0)
        sw_worker_make_switch(w);
    if ((orders & SW_WORKER_LOOK) != 0)
        sw_worker_look_at_listeners(w);
}

void sw_worker_switch(struct sw_worker *w, struct sw_part *next)
{
    atomic_store(&w->next, next);
    sw_worker_tell(w, SW_WORKER_SWITCH);
}

unsigned sw_worker_switches(const struct sw_worker *w)
{
    return atomic_load(&w->switches);
}

unsigned sw_worker_looks(const struct sw_worker *w, uint64_t *used)
{
    unsigned looks = atomic_load(&w->looks);
    *used = atomic_load(&w->used);
    return looks;
}

struct ad_loop *sw_worker_loop(const struct sw_worker *w)
{
    return w->loop;
}

void sw_worker_tell(struct sw_worker *w, enum sw_worker_order order)
{
    atomic_fetch_or(&w->orders, (unsigned)order);
    sw_post_wake(w->post, w->index);
}

void sw_worker_ask(struct sw_worker *w, struct sw_query *q)
{
    sw_inbox_put(&w->queries, &q->link);
    sw_worker_tell(w, SW_WORKER_ANSWER);
}

uint64_t sw_worker_pongs(struct sw_worker *w)
{
    return atomic_load(&w->pongs);
}

void sw_worker_set_level(struct sw_worker *w, enum ad_log_level level)
{
    atomic_store(&w->level, (unsigned)level);
    sw_worker_tell(w, SW_WORKER_LEVEL);
}

/* --- setting up -------------------------------------------------------------------------- */

static int open_network(struct sw_worker *w)
{
    const struct sw_settings *settings = w->part->settings;
    const struct ad_udp_conf udp = {
        .fn = on_net_event, .arg = w, .rcvbuf_len = (int)settings->receive_len};
    const struct ad_stream_conf stream = sw_worker_stream_conf(w);

    int rc = ad_udp_new(&w->udp, &udp);
    if (rc == 0)
        rc = ad_stream_new(&w->stream, &stream, ad_clock_mono_us());
    if (rc < 0)
        return rc;
    w->stream_event = sw_worker_watch(w, ad_stream_fd(w->stream), on_streams, w);
    w->timer = evtimer_new(w->base, on_timer, w);
    return w->stream_event == NULL || w->timer == NULL ? SW_E_NOMEM : 0;
}

static int open_tls(struct sw_worker *w, struct sw_part *part)
{
    const struct sw_tls_pipe_args args = {
        .conf = &part->conf, .stream = w->stream, .log = w->log, .fn = on_clear_event, .arg = w};
    int rc = sw_tls_pipe_new(&w->tls, &args, ad_clock_mono_us());

    if (rc == 0)
        sw_worker_use_certificates(w, part);
    return rc;
}

static int open_loop(struct sw_worker *w)
{
    w->base = event_base_new();
    if (w->base == NULL || ad_loop_libevent_new(&w->loop, w->base) < 0)
        return SW_E_NOMEM;
    return 0;
}

static int watch_orders(struct sw_worker *w)
{
    w->order_event = sw_worker_watch(w, sw_post_fd(w->post, w->index), on_order, w);
    return w->order_event == NULL ? SW_E_NOMEM : 0;
}

static int open_log(struct sw_worker *w, struct sw_worker_error *error)
{
    int rc = ad_log_open(&w->log, &w->part->settings->log);

    if (rc == SW_E_FILE)
        snprintf(error->text, sizeof error->text, "log file %s: %s", w->part->settings->log.file,
                 strerrordesc_np(errno));
    return rc;
}

static int open_core(struct sw_worker *w, const struct sw_worker_args *args)
{
    struct sw_part *part = args->part;
    struct sw_pump_args pump = {.core = {.conf = &part->conf,
                                         .alloc = &ad_pages,
                                         .worker = args->index,
                                         .worker_count = part->settings->worker_count},
                                .resolver = part->resolver,
                                .udp = w->udp,
                                .stream = w->stream,
                                .tls = sw_worker_tls(w),
                                .log = w->log,
                                .post = w->post,
                                .state = args->state};

    memcpy(pump.core.seed, args->seed, sizeof pump.core.seed);
    if (args->state != NULL)
        pump.core.offers = sw_state_offers(args->state);
    int rc = sw_pump_new(&w->pump, &pump, ad_clock_mono_us());
    if (rc == 0)
        part->resolver = NULL;
    return rc;
}

static int open_all(struct sw_worker *w, const struct sw_worker_args *args,
                    struct sw_worker_error *error)
{
    int rc = watch_orders(w);
    if (rc == 0)
        rc = open_log(w, error);
    if (rc == 0)
        rc = open_network(w);
    if (rc == 0)
        rc = sw_worker_open_listeners(w, args->part, error);
    if (rc == 0)
        rc = open_tls(w, args->part);
    if (rc == 0)
        rc = open_core(w, args);
    return rc;
}

static struct sw_worker *new_worker(void)
{
    struct sw_worker *w = sw_zalloc(NULL, sizeof *w);

    if (w == NULL)
        return NULL;
    w->timer_due_us = SW_NEVER;
    w->stop_us = SW_NEVER;
    atomic_init(&w->orders, 0);
    atomic_init(&w->level, 0);
    atomic_init(&w->pongs, 0);
    atomic_init(&w->next, NULL);
    atomic_init(&w->switches, 0);
    atomic_init(&w->used, 0);
    atomic_init(&w->looks, 0);
    w->has_queries = sw_inbox_init(&w->queries) == 0;
    if (w->has_queries && open_loop(w) == 0)
        return w;
    sw_worker_free(w);
    return NULL;
}

static void explain(int rc, struct sw_worker_error *error)
{
    if (rc < 0 && error->text[0] == '\0')
        snprintf(error->text, sizeof error->text, "%s", sw_err_text(rc));
}

int sw_worker_new(struct sw_worker **out)
{
    *out = new_worker();
    return *out == NULL ? SW_E_NOMEM : 0;
}

int sw_worker_open(struct sw_worker *w, const struct sw_worker_args *args,
                   struct sw_worker_error *error)
{
    w->part = args->part;
    w->post = args->post;
    w->index = args->index;
    w->switched_fd = args->switched_fd;
    atomic_store(&w->level, (unsigned)args->part->settings->log.level);
    error->text[0] = '\0';
    int rc = open_all(w, args, error);
    explain(rc, error);
    return rc;
}

int sw_worker_check(const struct sw_settings *settings, struct sw_worker_error *error)
{
    struct sw_worker *w = new_worker();
    struct sw_resolver *resolver = NULL;
    struct ad_dns_error why = {{0}};
    int rc = w == NULL ? SW_E_NOMEM : sw_resolver_new(&resolver, &settings->dns, w->loop, &why);

    snprintf(error->text, sizeof error->text, "%s", rc == SW_E_NOMEM ? "" : why.text);
    explain(rc, error);
    sw_resolver_free(resolver);
    sw_worker_free(w);
    return rc;
}

/* Nobody waits for them any more. */
static void free_queries(struct sw_worker *w)
{
    struct sw_list queries, *at, *tmp;

    if (!w->has_queries)
        return;
    sw_inbox_take(&w->queries, &queries);
    SW_LIST_EACH (at, tmp, &queries)
        sw_query_free(SW_LIST_ITEM(at, struct sw_query, link));
    sw_inbox_fini(&w->queries);
}

void sw_worker_free(struct sw_worker *w)
{
    if (w == NULL)
        return;
    free_queries(w);
    sw_pump_free(w->pump);
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        sw_worker_free_event(w->sockets[i].event);
    sw_worker_free_event(w->stream_event);
    sw_worker_free_event(w->timer);
    sw_worker_free_event(w->order_event);
    ad_udp_free(w->udp);
    sw_tls_pipe_free(w->tls);
    ad_stream_free(w->stream);
    ad_log_close(w->log);
    ad_loop_libevent_free(w->loop);
    if (w->base != NULL)
        event_base_free(w->base);
    sw_free(NULL, w);
}

/* --- running ----------------------------------------------------------------------------- */

static uint64_t next_wake_us(const struct sw_worker *w, uint64_t now_us)
{
    uint64_t wake_us = sw_min_us(sw_pump_wake_us(w->pump), w->stop_us);

    if (ad_log_is_waiting(w->log))
        wake_us = sw_min_us(wake_us, now_us + LOG_RETRY_US);
    return wake_us;
}

/* The loop's timer is touched only when the earliest time has changed. */
static void arm_timer(struct sw_worker *w, uint64_t now_us)
{
    uint64_t due_us = next_wake_us(w, now_us);

    if (due_us == w->timer_due_us)
        return;
    w->timer_due_us = due_us;
    if (due_us == SW_NEVER) {
        evtimer_del(w->timer);
        return;
    }
    uint64_t after_us = due_us > now_us ? due_us - now_us : 0;
    const struct timeval after = {.tv_sec = (time_t)(after_us / 1000000),
                                  .tv_usec = (suseconds_t)(after_us % 1000000)};
    evtimer_add(w->timer, &after);
}

/* After the turn nothing of the old part is looked at any more. */
static void tell_of_switch(struct sw_worker *w)
{
    const uint64_t one = 1;

    if (!w->has_switched)
        return;
    w->has_switched = false;
    atomic_fetch_add(&w->switches, 1);
    /* The counter cannot be full. */
    if (write(w->switched_fd, &one, sizeof one) < 0)
        return;
}

/* As long as one has something open, all are there for what it needs of them. */
static bool is_drained(struct sw_worker *w, uint64_t now_us)
{
    if (w->stop_us == SW_NEVER)
        return false;
    sw_post_set_idle(w->post, w->index, px_core_is_idle(sw_pump_core(w->pump)));
    return now_us >= w->stop_us || sw_post_is_idle(w->post);
}

/* True: it has rested, and is to look whether something came, and not to wait for it. */
static bool rest(struct sw_worker *w, uint64_t now_us)
{
    static const struct timespec moment = {.tv_nsec = SW_REST_US * 1000L};

    if (!sw_rest_is_due(&w->rest, ad_udp_counters(w->udp)->received, sw_pump_tally(w->pump)->events,
                        now_us))
        return false;
    nanosleep(&moment, NULL);
    return true;
}

void sw_worker_run(struct sw_worker *w)
{
    prctl(PR_SET_TIMERSLACK, REST_SLACK_NS); /* of this thread: a rest is not to become two */
    while (!w->is_stopping) {
        uint64_t now_us = ad_clock_mono_us();
        sw_pump_mail(w->pump, now_us);
        sw_pump_turn(w->pump, now_us);
        tell_of_switch(w);
        if (is_drained(w, now_us))
            break;
        arm_timer(w, now_us);
        bool may_sleep = !rest(w, now_us) && sw_post_may_sleep(w->post, w->index);
        event_base_loop(w->base, may_sleep ? EVLOOP_ONCE : EVLOOP_NONBLOCK);
        sw_post_awake(w->post, w->index);
    }
    sw_pump_mail(w->pump, ad_clock_mono_us());
    sw_pump_turn(w->pump, ad_clock_mono_us());
    tell_of_switch(w);
}

const struct px_counters *sw_worker_counters(const struct sw_worker *w)
{
    return px_core_counters(sw_pump_core(w->pump));
}

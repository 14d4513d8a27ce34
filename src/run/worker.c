/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/worker.h"

#include "adapter/clock.h"
#include "adapter/dns_stub.h"
#include "adapter/loop_libevent.h"
#include "adapter/pages.h"
#include "adapter/sources.h"
#include "base/alloc.h"
#include "run/answer.h"
#include "run/pump.h"
#include "run/tls_pipe.h"

#include <errno.h>
#include <event2/event.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    /* Accepted in one turn of the loop, before the core's word on which one has to go is carried
     * out. */
    ACCEPTED_AHEAD = 256
};

#define LOG_RETRY_US SW_MS(100)  /* when the log's receiver is slow */
#define TIMERS_LATE_US SW_MS(10) /* by tick, by the loop's millisecond: never early */

struct worker_socket { /* a UDP listener's readiness */
    struct sw_worker *worker;
    struct event *event;
    uint16_t listener;
};

struct sw_worker {
    const struct sw_settings *settings;
    struct px_conf conf; /* the settings' one, and what this machine's addresses are */
    struct sw_netaddr sources[AD_SOURCES_MAX];
    struct event_base *base;
    struct ad_loop *loop;
    struct ad_log *log;
    struct ad_dns *dns;
    struct ad_udp *udp;
    struct ad_stream *stream;
    struct sw_tls_pipe *tls; /* NULL: no listener is over TLS */
    struct sw_pump *pump;
    struct worker_socket sockets[PX_LISTENERS_MAX];
    struct event *stream_event;
    struct event *timer;
    struct event *order_event;
    struct sw_post *post;
    uint16_t index;
    atomic_uint orders; /* bits of enum sw_worker_order not yet carried out */
    atomic_uint level;  /* of the log, with SW_WORKER_LEVEL */
    atomic_ullong pongs;
    struct sw_inbox queries; /* of others; answered in the next turn */
    bool has_queries;        /* the inbox is set up */
    uint64_t timer_due_us;
    uint64_t stop_us; /* SW_NEVER: not draining */
    bool is_stopping;
};

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

    if (w->tls == NULL)
        on_net_event(arg, ev);
    else
        sw_tls_pipe_event(w->tls, ev, ad_clock_mono_us());
}

static void on_datagrams(evutil_socket_t fd, short what, void *arg)
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
    w->stop_us = sw_after_us(now_us, w->settings->drain_us);
    sw_pump_event(w->pump, &drain, now_us);
}

/* What the certificate files hold now, for connections begun from now on. */
static int load_certificates(struct sw_worker *w, struct sw_worker_error *error)
{
    struct ad_tls_error why;
    struct ad_tls *tls;
    int rc = ad_tls_new(&tls, &w->settings->tls, &why);

    if (rc == 0)
        sw_tls_pipe_use(w->tls, tls);
    else if (rc == SW_E_FILE)
        snprintf(error->text, sizeof error->text, "%s: %s", sw_settings_tls_key(why.file),
                 why.text);
    return rc;
}

/* Connections that are there keep what they have. */
static void reload_certificates(struct sw_worker *w)
{
    struct sw_worker_error why = {""};
    int rc = load_certificates(w, &why);
    const struct ad_log_head head = {rc < 0 ? AD_LOG_ERROR : AD_LOG_INFO,
                                     rc < 0 ? "certificates_not_loaded" : "certificates_loaded",
                                     ad_clock_wall_us()};
    const struct ad_log_field field =
        AD_LOG_TEXT_FIELD("why", sw_slice_str(rc == SW_E_NOMEM ? sw_err_text(rc) : why.text));

    ad_log_line(w->log, &head, &field, rc < 0 ? 1u : 0u);
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
    if ((orders & SW_WORKER_REOPEN) != 0 && w->tls != NULL)
        reload_certificates(w);
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

static struct event *watch(struct sw_worker *w, int fd, event_callback_fn fn, void *arg)
{
    struct event *ev = event_new(w->base, fd, EV_READ | EV_PERSIST, fn, arg);

    if (ev != NULL && event_add(ev, NULL) < 0) {
        event_free(ev);
        return NULL;
    }
    return ev;
}

/* Workers share an address, but not with another program that would get some of the calls. */
static int find_free(const struct px_listener *l, struct ad_net_error *why)
{
    int type = l->transport == SW_UDP ? SOCK_DGRAM : SOCK_STREAM;
    int fd = ad_socket_bound(type, &l->endpoint, false, why);

    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static int open_listener(struct sw_worker *w, uint16_t i, struct sw_worker_error *error)
{
    const struct px_listener *l = &w->conf.listeners[i];
    bool shared = w->settings->worker_count > 1;
    struct ad_net_error why = {{0}};
    int rc = shared && w->index == 0 ? find_free(l, &why) : 0;
    if (rc == 0)
        rc = l->transport == SW_UDP ? ad_udp_open(w->udp, i, &l->endpoint, shared, &why)
                                    : ad_stream_listen(w->stream, i, &l->endpoint, shared, &why);

    if (rc == 0)
        return 0;
    struct sw_buf b = sw_buf(error->text, sizeof error->text);
    sw_buf_str(&b, sw_transport_row(l->transport)->name);
    sw_buf_char(&b, ' ');
    sw_endpoint_write(&b, &l->endpoint);
    sw_buf_str(&b, ": ");
    sw_buf_str(&b, rc == SW_E_NOMEM ? sw_err_text(rc) : why.text);
    sw_buf_cstr(&b);
    return rc;
}

static int watch_listener(struct sw_worker *w, uint16_t i)
{
    struct worker_socket *s = &w->sockets[i];

    if (w->conf.listeners[i].transport != SW_UDP)
        return 0;
    *s = (struct worker_socket){.worker = w, .listener = i};
    s->event = watch(w, ad_udp_fd(w->udp, i), on_datagrams, s);
    return s->event == NULL ? SW_E_NOMEM : 0;
}

static int open_network(struct sw_worker *w, struct sw_worker_error *error)
{
    const struct ad_udp_conf udp = {
        .fn = on_net_event, .arg = w, .rcvbuf_len = (int)w->settings->receive_len};
    const struct ad_stream_conf stream = {.fn = on_stream_event,
                                          .arg = w,
                                          .id_base = PX_CONN_WORKER(w->index),
                                          .connection_max =
                                              w->conf.connections_max + ACCEPTED_AHEAD,
                                          .queue_max_len = w->settings->write_queue_len};

    int rc = ad_udp_new(&w->udp, &udp);
    if (rc == 0)
        rc = ad_stream_new(&w->stream, &stream, ad_clock_mono_us());
    for (uint16_t i = 0; rc == 0 && i < w->conf.listener_count; i++) {
        rc = open_listener(w, i, error);
        if (rc == 0)
            rc = watch_listener(w, i);
    }
    if (rc < 0)
        return rc;
    w->stream_event = watch(w, ad_stream_fd(w->stream), on_streams, w);
    w->timer = evtimer_new(w->base, on_timer, w);
    return w->stream_event == NULL || w->timer == NULL ? SW_E_NOMEM : 0;
}

static bool has_tls(const struct px_conf *conf)
{
    for (uint16_t i = 0; i < conf->listener_count; i++)
        if (sw_transport_row(conf->listeners[i].transport)->is_tls)
            return true;
    return false;
}

static int open_tls(struct sw_worker *w, struct sw_worker_error *error)
{
    const struct sw_tls_pipe_args args = {
        .conf = &w->conf, .stream = w->stream, .log = w->log, .fn = on_clear_event, .arg = w};

    if (!has_tls(&w->conf))
        return 0;
    int rc = sw_tls_pipe_new(&w->tls, &args, ad_clock_mono_us());
    return rc < 0 ? rc : load_certificates(w, error);
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
    w->order_event = watch(w, sw_post_fd(w->post, w->index), on_order, w);
    return w->order_event == NULL ? SW_E_NOMEM : 0;
}

static int open_log(struct sw_worker *w, struct sw_worker_error *error)
{
    int rc = ad_log_open(&w->log, &w->settings->log);

    if (rc == SW_E_FILE)
        snprintf(error->text, sizeof error->text, "log file %s: %s", w->settings->log.file,
                 strerrordesc_np(errno));
    return rc;
}

static int open_resolver(struct sw_worker *w, struct sw_worker_error *error)
{
    struct ad_dns_error why = {{0}};
    const struct ad_dns_conf *conf = &w->settings->dns;
    int rc = conf->mode == AD_DNS_STUB ? ad_stub_new(&w->dns, conf, w->loop, &why)
                                       : ad_dns_new(&w->dns, conf, w->loop, &why);

    if (rc < 0 && rc != SW_E_NOMEM)
        snprintf(error->text, sizeof error->text, "%s", why.text);
    return rc;
}

/* A2: the addresses a packet can leave from order the addresses it may go to. */
static void find_sources(struct sw_worker *w)
{
    size_t count = 0;

    w->conf = w->settings->proxy;
    w->conf.try_us -= TIMERS_LATE_US; /* R7 says by when the next one has the INVITE */
    if (ad_sources_find(w->sources, &count) < 0)
        return;
    w->conf.policy.sources = w->sources;
    w->conf.policy.source_count = count;
    w->conf.policy.sources_known = true;
}

/* The limits of the whole, divided: a call belongs to one worker, and calls are even over them. */
static size_t share_of(const struct sw_worker *w, size_t all)
{
    return (all + w->settings->worker_count - 1) / w->settings->worker_count;
}

static void divide_limits(struct sw_worker *w)
{
    w->conf.transactions_max = share_of(w, w->conf.transactions_max);
    w->conf.connections_max = share_of(w, w->conf.connections_max);
}

/* Half of what the process may open is for connections, the rest for the resolver and for what is
 * on its way out: strangers who connect and say nothing keep nobody from being reached. */
static void limit_connections(struct sw_worker *w)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return;
    size_t share = limit.rlim_cur / 2 / w->settings->worker_count;
    if (share < w->conf.connections_max)
        w->conf.connections_max = share > 0 ? share : 1;
}

static int open_core(struct sw_worker *w, const struct sw_worker_args *args)
{
    struct sw_pump_args pump = {.core = {.conf = &w->conf,
                                         .alloc = &ad_pages,
                                         .worker = args->index,
                                         .worker_count = w->settings->worker_count},
                                .dns = w->dns,
                                .udp = w->udp,
                                .stream = w->stream,
                                .tls = w->tls,
                                .log = w->log,
                                .post = w->post,
                                .state = args->state};

    memcpy(pump.core.seed, args->seed, sizeof pump.core.seed);
    if (args->state != NULL)
        pump.core.offers = sw_state_offers(args->state);
    return sw_pump_new(&w->pump, &pump, ad_clock_mono_us());
}

static int open_all(struct sw_worker *w, const struct sw_worker_args *args,
                    struct sw_worker_error *error)
{
    find_sources(w);
    divide_limits(w);
    limit_connections(w);
    int rc = open_loop(w);
    if (rc == 0)
        rc = watch_orders(w);
    if (rc == 0)
        rc = open_log(w, error);
    if (rc == 0)
        rc = open_network(w, error);
    if (rc == 0)
        rc = open_tls(w, error);
    if (rc == 0)
        rc = open_resolver(w, error);
    if (rc == 0)
        rc = open_core(w, args);
    return rc;
}

static struct sw_worker *new_worker(const struct sw_settings *settings)
{
    struct sw_worker *w = sw_zalloc(NULL, sizeof *w);

    if (w == NULL)
        return NULL;
    w->settings = settings;
    w->timer_due_us = SW_NEVER;
    w->stop_us = SW_NEVER;
    atomic_init(&w->orders, 0);
    atomic_init(&w->level, (unsigned)settings->log.level);
    atomic_init(&w->pongs, 0);
    w->has_queries = sw_inbox_init(&w->queries) == 0;
    if (w->has_queries)
        return w;
    sw_worker_free(w);
    return NULL;
}

static void explain(int rc, struct sw_worker_error *error)
{
    if (rc < 0 && error->text[0] == '\0')
        snprintf(error->text, sizeof error->text, "%s", sw_err_text(rc));
}

int sw_worker_new(struct sw_worker **out, const struct sw_worker_args *args,
                  struct sw_worker_error *error)
{
    struct sw_worker *w = new_worker(args->settings);

    if (w != NULL) {
        w->post = args->post;
        w->index = args->index;
    }
    error->text[0] = '\0';
    int rc = w == NULL ? SW_E_NOMEM : open_all(w, args, error);
    explain(rc, error);
    if (rc < 0) {
        sw_worker_free(w);
        return rc;
    }
    *out = w;
    return 0;
}

int sw_worker_check(const struct sw_settings *settings, struct sw_worker_error *error)
{
    struct sw_worker *w = new_worker(settings);

    error->text[0] = '\0';
    int rc = w == NULL ? SW_E_NOMEM : open_loop(w);
    if (rc == 0)
        rc = open_resolver(w, error);
    explain(rc, error);
    sw_worker_free(w);
    return rc;
}

static void free_event(struct event *ev)
{
    if (ev != NULL)
        event_free(ev);
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
    ad_dns_free(w->dns);
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        free_event(w->sockets[i].event);
    free_event(w->stream_event);
    free_event(w->timer);
    free_event(w->order_event);
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

/* As long as one has something open, all are there for what it needs of them. */
static bool is_drained(struct sw_worker *w, uint64_t now_us)
{
    if (w->stop_us == SW_NEVER)
        return false;
    sw_post_set_idle(w->post, w->index, px_core_is_idle(sw_pump_core(w->pump)));
    return now_us >= w->stop_us || sw_post_is_idle(w->post);
}

void sw_worker_run(struct sw_worker *w)
{
    while (!w->is_stopping) {
        uint64_t now_us = ad_clock_mono_us();
        sw_pump_mail(w->pump, now_us);
        sw_pump_turn(w->pump, now_us);
        if (is_drained(w, now_us))
            break;
        arm_timer(w, now_us);
        bool may_sleep = sw_post_may_sleep(w->post, w->index);
        event_base_loop(w->base, may_sleep ? EVLOOP_ONCE : EVLOOP_NONBLOCK);
        sw_post_awake(w->post, w->index);
    }
    sw_pump_mail(w->pump, ad_clock_mono_us());
    sw_pump_turn(w->pump, ad_clock_mono_us());
}

const struct px_counters *sw_worker_counters(const struct sw_worker *w)
{
    return px_core_counters(sw_pump_core(w->pump));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/daemon.h"

#include "adapter/clock.h"
#include "base/alloc.h"
#include "base/rng.h"
#include "run/admin.h"
#include "run/announce.h"
#include "run/control.h"
#include "run/reload.h"
#include "run/state.h"
#include "run/watchdog.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* A worker answers in its next turn; one that takes longer is stuck. */
#define ANSWER_LIMIT_US SW_SECONDS(2)

enum { SAVE_S = 10 }; /* what was learned in the meantime is lost when the machine dies */

struct daemon_thread {
    pthread_t thread;
    struct sw_worker *worker;
    int ended_fd;
    atomic_bool has_ended;
};

struct sw_daemon {
    struct sw_reload *reload; /* with the settings in force */
    struct sw_announcer said; /* what the process as a whole says, with its log */
    struct daemon_thread *threads;
    struct sw_worker **workers;
    struct sw_post *post;   /* between the workers */
    struct sw_state *state; /* NULL: nothing survives a restart */
    struct event *save_event;
    uint16_t worker_count, thread_count; /* set up; running */
    uint64_t ended_count;                /* threads whose worker has ended */
    struct event_base *base;             /* of the first thread: it serves no call */
    struct event *signal_event, *ended_event;
    int signal_fd;
    int ended_fd; /* counts the workers that have ended */
    uint64_t watchdog_us;
    struct sw_watchdog *watchdog;
    struct sw_rounds *rounds;
    struct sw_desk desk; /* with whether we drain */
    struct sw_control *control;
    struct sw_admin *admin;
};

/* --- what the loop calls ----------------------------------------------------------------- */

static void tell_all(struct sw_daemon *d, enum sw_worker_order order)
{
    for (uint16_t i = 0; i < d->thread_count; i++)
        sw_worker_tell(d->workers[i], order);
}

static void begin_to_drain(struct sw_daemon *d)
{
    d->desk.is_draining = true;
    sw_reload_forbid(d->reload);
    sw_announce(&d->said, AD_LOG_INFO, "draining", NULL, 0);
    sw_announce_state(&d->said, "STOPPING=1\nSTATUS=Draining");
    tell_all(d, SW_WORKER_DRAIN);
}

/* The log file is opened anew even when the configuration is refused: who moves logs asks for no
 * more than that. */
static void on_reload_begins(void *arg)
{
    struct sw_daemon *d = arg;

    sw_announce_reload(&d->said);
    if (ad_log_reopen(d->said.log) < 0)
        sw_announce(&d->said, AD_LOG_ERROR, "log_not_reopened", NULL, 0);
    tell_all(d, SW_WORKER_REOPEN);
}

static void set_level(struct sw_daemon *d, enum ad_log_level level)
{
    d->desk.level = level;
    ad_log_set_level(d->said.log, level);
    for (uint16_t i = 0; i < d->thread_count; i++)
        sw_worker_set_level(d->workers[i], level);
}

/* After a reload; one that ends while we drain does not take back that we stop. */
static void tell_that_it_serves(struct sw_daemon *d, const char *state)
{
    if (!d->desk.is_draining)
        sw_announce_state(&d->said, state);
}

static void on_reload_ends(void *arg, int rc)
{
    struct sw_daemon *d = arg;

    if (rc < 0) {
        d->desk.reloads_refused++;
        tell_that_it_serves(d, "READY=1\nSTATUS=Serving; the last reload was refused");
        return;
    }
    d->desk.reloads++;
    d->desk.settings = sw_reload_settings(d->reload);
    d->desk.loaded_us = ad_clock_wall_us();
    set_level(d, d->desk.settings->log.level);
    tell_that_it_serves(d, "READY=1\nSTATUS=Serving");
}

static void reload_for_nobody(struct sw_daemon *d)
{
    if (sw_reload_begin(d->reload, NULL) < 0)
        sw_announce(&d->said, AD_LOG_ERROR, "reload_refused", NULL, 0);
}

static void handle_signal(struct sw_daemon *d, uint32_t number)
{
    if (number == SIGHUP) {
        reload_for_nobody(d);
        return;
    }
    if (!d->desk.is_draining) {
        begin_to_drain(d);
        return;
    }
    sw_announce(&d->said, AD_LOG_INFO, "stopping", NULL, 0);
    tell_all(d, SW_WORKER_STOP);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
    struct signalfd_siginfo info;

    (void)what;
    while (read(fd, &info, sizeof info) == sizeof info)
        handle_signal(arg, info.ssi_signo);
}

/* The loop is over when every worker has ended. */
static void on_ended(evutil_socket_t fd, short what, void *arg)
{
    struct sw_daemon *d = arg;
    uint64_t count;

    (void)what;
    if (read(fd, &count, sizeof count) == sizeof count)
        d->ended_count += count;
    if (d->ended_count >= d->thread_count)
        event_base_loopbreak(d->base);
}

static void free_event(struct event *ev)
{
    if (ev != NULL)
        event_free(ev);
}

/* --- what survives a restart -------------------------------------------------------------- */

static void say_problem(struct sw_daemon *d, const char *event,
                        const struct sw_state_problem *problem)
{
    const struct ad_log_field why = AD_LOG_TEXT_FIELD("reason", sw_slice_str(problem->text));

    if (problem->text[0] != '\0')
        sw_announce(&d->said, AD_LOG_WARN, event, &why, 1);
}

static void on_save(evutil_socket_t fd, short what, void *arg)
{
    struct sw_daemon *d = arg;
    struct sw_state_problem problem;

    (void)fd;
    (void)what;
    if (d->state == NULL)
        return;
    sw_state_save(d->state, &problem);
    say_problem(d, "state_not_saved", &problem);
}

static int open_state(struct sw_daemon *d)
{
    const struct timeval interval = {.tv_sec = SAVE_S};
    struct sw_state_problem problem;

    const char *path = sw_reload_settings(d->reload)->state_path;

    if (path == NULL)
        return 0;
    int rc = sw_state_new(&d->state, path);
    if (rc < 0)
        return rc;
    sw_state_load(d->state, &problem);
    say_problem(d, "state_not_read", &problem);
    d->save_event = event_new(d->base, -1, EV_PERSIST, on_save, d);
    return d->save_event == NULL || event_add(d->save_event, &interval) < 0 ? SW_E_NOMEM : 0;
}

/* --- what those from outside may have done ------------------------------------------------ */

static void on_wish_to_drain(void *arg)
{
    begin_to_drain(arg);
}

static int on_wish_to_reload(void *arg, const struct sw_reload_then *then)
{
    struct sw_daemon *d = arg;

    return sw_reload_begin(d->reload, then);
}

static void on_wish_of_level(void *arg, enum ad_log_level level)
{
    set_level(arg, level);
}

static void post_query(void *arg, uint16_t worker, struct sw_query *q)
{
    struct sw_daemon *d = arg;

    sw_worker_ask(d->workers[worker], q);
}

static int open_desk(struct sw_daemon *d, const char *config_path)
{
    const struct sw_rounds_conf conf = {
        .worker_count = d->worker_count, .limit_us = ANSWER_LIMIT_US, .post = post_query, .arg = d};
    int rc = sw_rounds_new(&d->rounds, d->base, &conf);

    if (rc == 0)
        rc = sw_desk_init(&d->desk, d->rounds, sw_reload_settings(d->reload));
    d->desk.host = (struct sw_desk_host){.drain = on_wish_to_drain,
                                         .reload = on_wish_to_reload,
                                         .set_level = on_wish_of_level,
                                         .arg = d};
    d->desk.reload = d->reload;
    d->desk.config_path = config_path;
    d->desk.started_us = d->desk.loaded_us = ad_clock_wall_us();
    return rc;
}

/* --- setting up -------------------------------------------------------------------------- */

static int open_control(struct sw_daemon *d, struct sw_worker_error *error)
{
    struct ad_net_error why = {{0}};

    if (d->desk.settings->control_path == NULL)
        return 0;
    int rc = sw_control_new(&d->control, d->base, &d->desk, &why);
    if (rc < 0 && rc != SW_E_NOMEM)
        snprintf(error->text, sizeof error->text, "control socket %s: %s",
                 d->desk.settings->control_path, why.text);
    return rc;
}

static int open_admin(struct sw_daemon *d, struct sw_worker_error *error)
{
    struct ad_net_error why = {{0}};
    struct sw_buf b = sw_buf(error->text, sizeof error->text);

    if (d->desk.settings->admin.port == 0)
        return 0;
    int rc = sw_admin_new(&d->admin, d->base, &d->desk, &why);
    if (rc == 0 || rc == SW_E_NOMEM)
        return rc;
    sw_buf_str(&b, "admin ");
    sw_endpoint_write(&b, &d->desk.settings->admin);
    sw_buf_str(&b, ": ");
    sw_buf_str(&b, why.text);
    sw_buf_cstr(&b);
    return rc;
}

static int watch(struct sw_daemon *d, struct event **out, int fd, event_callback_fn fn)
{
    *out = event_new(d->base, fd, EV_READ | EV_PERSIST, fn, d);
    return *out == NULL || event_add(*out, NULL) < 0 ? SW_E_NOMEM : 0;
}

static int open_loop(struct sw_daemon *d)
{
    d->base = event_base_new();
    if (d->base == NULL)
        return SW_E_NOMEM;
    int rc = watch(d, &d->signal_event, d->signal_fd, on_signal);
    return rc < 0 ? rc : watch(d, &d->ended_event, d->ended_fd, on_ended);
}

/* Signals are read from a descriptor, so they are blocked in every thread. */
static int open_signals(struct sw_daemon *d)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigaction(SIGPIPE, &ignore, NULL) < 0 || pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return SW_E_SYSTEM;
    d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    d->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return d->signal_fd < 0 || d->ended_fd < 0 ? SW_E_SYSTEM : 0;
}

/* The operating system's chance, or what the seed makes of it for a demonstration. */
static int fill_seed(const struct sw_settings *s, uint8_t seed[32])
{
    struct sw_mix mix = {.state = s->seed};

    if (!s->has_seed)
        return getrandom(seed, 32, 0) == 32 ? 0 : SW_E_SYSTEM;
    for (size_t i = 0; i < 32; i += 8) {
        uint64_t word = sw_mix_u64(&mix);
        memcpy(seed + i, &word, sizeof word);
    }
    return 0;
}

static int make_workers(struct sw_daemon *d, uint16_t count)
{
    d->threads = sw_zalloc_array(NULL, count, sizeof *d->threads);
    d->workers = sw_zalloc_array(NULL, count, sizeof(struct sw_worker *));
    if (d->threads == NULL || d->workers == NULL)
        return SW_E_NOMEM;
    int rc = sw_post_new(&d->post, count);
    for (uint16_t i = 0; rc == 0 && i < count; i++) {
        rc = sw_worker_new(&d->workers[i]);
        if (rc < 0)
            break;
        d->threads[i].worker = d->workers[i];
        d->threads[i].ended_fd = d->ended_fd;
        d->worker_count++;
    }
    return rc;
}

static int make_configuration(struct sw_daemon *d, const struct sw_daemon_args *args,
                              struct sw_worker_error *error)
{
    const struct sw_reload_args reload = {.settings = args->settings,
                                          .config_path = args->config_path,
                                          .passed = args->passed,
                                          .workers = d->workers,
                                          .log = d->said.log,
                                          .begins = on_reload_begins,
                                          .ends = on_reload_ends,
                                          .arg = d};

    return sw_reload_new(&d->reload, &reload, error);
}

static int open_workers(struct sw_daemon *d, struct sw_worker_error *error)
{
    struct sw_worker_args args = {
        .post = d->post, .state = d->state, .switched_fd = sw_reload_fd(d->reload)};
    int rc = fill_seed(sw_reload_settings(d->reload), args.seed);

    for (uint16_t i = 0; rc == 0 && i < d->worker_count; i++) {
        args.index = i;
        args.part = sw_reload_part(d->reload, i);
        rc = sw_worker_open(d->workers[i], &args, error);
    }
    return rc == 0 ? sw_reload_start(d->reload, d->base) : rc;
}

/* Many connections are many descriptors, and nothing here uses select(): what the machine's owner
 * allows at most is taken. Where that fails, the limit that was given holds. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_log(struct sw_daemon *d, const struct ad_log_conf *conf,
                    struct sw_worker_error *error)
{
    int rc = ad_log_open(&d->said.log, conf);

    if (rc == SW_E_FILE)
        snprintf(error->text, sizeof error->text, "log file %s: %s", conf->file,
                 strerrordesc_np(errno));
    return rc;
}

static int open_all(struct sw_daemon *d, const struct sw_daemon_args *args,
                    struct sw_worker_error *error)
{
    int rc = open_signals(d);
    if (rc == 0)
        rc = open_loop(d);
    if (rc == 0)
        rc = open_log(d, &args->settings->log, error);
    if (rc == 0)
        rc = make_workers(d, args->settings->worker_count);
    if (rc == 0)
        rc = make_configuration(d, args, error);
    if (rc < 0) {
        sw_settings_free(args->settings);
        return rc;
    }
    rc = open_state(d);
    if (rc == 0)
        rc = open_workers(d, error);
    if (rc == 0)
        rc = open_desk(d, args->config_path);
    if (rc == 0)
        rc = open_control(d, error);
    if (rc == 0)
        rc = open_admin(d, error);
    return rc;
}

int sw_daemon_new(struct sw_daemon **out, const struct sw_daemon_args *args,
                  struct sw_worker_error *error)
{
    struct sw_daemon *d = sw_zalloc(NULL, sizeof *d);

    if (d == NULL) {
        sw_settings_free(args->settings);
        return SW_E_NOMEM;
    }
    error->text[0] = '\0';
    d->said.notify_socket = args->notify_socket;
    d->watchdog_us = args->watchdog_us;
    d->signal_fd = d->ended_fd = -1;
    raise_descriptor_limit();
    int rc = open_all(d, args, error);
    if (rc < 0) {
        if (error->text[0] == '\0')
            snprintf(error->text, sizeof error->text, "%s", sw_err_text(rc));
        sw_daemon_free(d);
        return rc;
    }
    *out = d;
    return 0;
}

void sw_daemon_free(struct sw_daemon *d)
{
    if (d == NULL)
        return;
    sw_control_free(d->control);
    sw_admin_free(d->admin);
    sw_watchdog_free(d->watchdog);
    sw_reload_stop(d->reload);
    for (uint16_t i = 0; i < d->worker_count; i++)
        sw_worker_free(d->workers[i]);
    sw_reload_free(d->reload);
    sw_post_free(d->post);
    free_event(d->save_event);
    sw_state_free(d->state);
    sw_rounds_free(d->rounds);
    sw_desk_fini(&d->desk);
    ad_log_close(d->said.log);
    free_event(d->signal_event);
    free_event(d->ended_event);
    if (d->base != NULL)
        event_base_free(d->base);
    if (d->signal_fd >= 0)
        close(d->signal_fd);
    if (d->ended_fd >= 0)
        close(d->ended_fd);
    sw_free(NULL, d->threads);
    sw_free(NULL, d->workers);
    sw_free(NULL, d);
}

/* --- running ----------------------------------------------------------------------------- */

static void *run_worker(void *arg)
{
    struct daemon_thread *t = arg;
    const uint64_t one = 1;

    sw_worker_run(t->worker);
    atomic_store(&t->has_ended, true);
    /* The counter cannot be full. */
    return write(t->ended_fd, &one, sizeof one) < 0 ? t : NULL;
}

static void ask_all(void *arg)
{
    tell_all(arg, SW_WORKER_PING);
}

static uint64_t answers_of(void *arg, uint16_t worker)
{
    struct sw_daemon *d = arg;
    struct daemon_thread *t = &d->threads[worker];

    return atomic_load(&t->has_ended) ? UINT64_MAX : sw_worker_pongs(t->worker);
}

static void tell_that_it_lives(void *arg)
{
    struct sw_daemon *d = arg;

    sw_announce_state(&d->said, "WATCHDOG=1");
}

static int start_watchdog(struct sw_daemon *d)
{
    const struct sw_watchdog_conf conf = {.patience_us = d->watchdog_us,
                                          .worker_count = d->thread_count,
                                          .ask = ask_all,
                                          .answers = answers_of,
                                          .tell = tell_that_it_lives,
                                          .arg = d};

    return d->watchdog_us == 0 ? 0 : sw_watchdog_new(&d->watchdog, d->base, &conf);
}

static int start_threads(struct sw_daemon *d, struct sw_worker_error *error)
{
    while (d->thread_count < d->worker_count) {
        struct daemon_thread *t = &d->threads[d->thread_count];
        int err = pthread_create(&t->thread, NULL, run_worker, t);
        if (err != 0) {
            snprintf(error->text, sizeof error->text, "a thread cannot be started: %s",
                     strerrordesc_np(err));
            return SW_E_SYSTEM;
        }
        d->thread_count++;
    }
    if (start_watchdog(d) == 0)
        return 0;
    snprintf(error->text, sizeof error->text, "%s", sw_err_text(SW_E_NOMEM));
    return SW_E_SYSTEM;
}

static void say_ended(const struct sw_daemon *d)
{
    struct px_counters sum = {0};

    for (uint16_t i = 0; i < d->worker_count; i++) {
        const struct px_counters *c = sw_worker_counters(d->workers[i]);
#define X(name, help) sum.name += c->name;
        PX_COUNTERS(X)
#undef X
    }
    sw_announce_sum(&d->said, &sum);
}

static void join_threads(struct sw_daemon *d)
{
    for (; d->thread_count > 0; d->thread_count--)
        pthread_join(d->threads[d->thread_count - 1].thread, NULL);
}

int sw_daemon_run(struct sw_daemon *d, struct sw_worker_error *error)
{
    int rc = start_threads(d, error);

    if (rc < 0) {
        tell_all(d, SW_WORKER_STOP);
        join_threads(d);
        return rc;
    }
    sw_announce_listeners(&d->said, &sw_reload_settings(d->reload)->proxy);
    sw_announce_state(&d->said, "READY=1\nSTATUS=Serving");
    event_base_dispatch(d->base);
    join_threads(d);
    on_save(-1, 0, d);
    say_ended(d);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/reload.h"

#include "adapter/clock.h"
#include "base/alloc.h"

#include <event2/event.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    MISTAKES_LEN = 8192, /* of texts kept for who asked; the log has all */
    SUMMARY_MAX = 128
};

/* A worker switches in its next turn; one that takes longer is stuck, and who waits is told so. */
#define SWITCH_LIMIT_US SW_SECONDS(2)
#define LOOK_EVERY_US SW_MS(500)

struct waiting { /* somebody who asked */
    struct sw_list link;
    struct sw_reload_then then;
};

/* A configuration that may come into force. */
struct attempt {
    struct sw_settings *settings;
    struct sw_places places;
    uint64_t print; /* of its resolver */
    bool has_new_resolver, reads_certificates;
    struct sw_part **parts; /* by worker */
};

struct sw_reload {
    struct sw_reload_args args;
    uint16_t worker_count;
    struct attempt now;           /* in force */
    struct attempt next;          /* being taken over, while is_switching */
    bool is_switching, is_reload; /* of the file, or only because a listener has left */
    bool is_forbidden;
    unsigned switch_count, look_count; /* ordered so far */
    unsigned look_switch;              /* switches that had been ordered when the last look was */
    uint64_t began_us;
    int fd;
    struct event *switched, *limit, *look;
    struct sw_list asked; /* waiting: for the next one */
    struct sw_list told;  /* waiting: for the one under way */
    unsigned mistake_count;
    char summary[SUMMARY_MAX];
    struct sw_buf mistakes;
    char mistakes_room[MISTAKES_LEN];
};

/* --- saying ------------------------------------------------------------------------------ */

static void say(struct sw_reload *r, enum ad_log_level level, const char *event,
                const struct ad_log_field *fields, size_t field_count)
{
    const struct ad_log_head head = {level, event, ad_clock_wall_us()};

    ad_log_line(r->args.log, &head, fields, field_count);
    ad_log_flush(r->args.log);
}

static void note_mistake(void *arg, struct ad_conf_place at, const char *what)
{
    struct sw_reload *r = arg;
    char place[512];

    if (at.line == 0)
        snprintf(place, sizeof place, "%s", r->args.config_path);
    else
        snprintf(place, sizeof place, "%s:%u:%u", r->args.config_path, at.line, at.column);
    const struct ad_log_field fields[] = {AD_LOG_TEXT_FIELD("at", sw_slice_str(place)),
                                          AD_LOG_TEXT_FIELD("what", sw_slice_str(what))};
    say(r, AD_LOG_ERROR, "configuration_mistake", fields, SW_ARRAY_LEN(fields));
    r->mistake_count++;
    if (strlen(place) + strlen(what) + 3 > r->mistakes.cap - r->mistakes.len)
        return;
    sw_buf_str(&r->mistakes, place);
    sw_buf_str(&r->mistakes, ": ");
    sw_buf_str(&r->mistakes, what);
    sw_buf_char(&r->mistakes, '\n');
}

static void note_trouble(struct sw_reload *r, const char *what)
{
    note_mistake(r, (struct ad_conf_place){0}, what);
}

static void tell_list(struct sw_list *list, const struct sw_reload_result *result)
{
    struct sw_list *at, *tmp;

    SW_LIST_EACH (at, tmp, list) {
        struct waiting *w = SW_LIST_ITEM(at, struct waiting, link);
        sw_list_remove(at);
        if (w->then.fn != NULL)
            w->then.fn(w->then.arg, w->then.tag, result);
        sw_free(NULL, w);
    }
}

static void tell(struct sw_reload *r, int rc, const char *summary)
{
    const struct sw_reload_result result = {rc, summary, sw_buf_slice(&r->mistakes)};

    tell_list(&r->told, &result);
}

static void say_applied(struct sw_reload *r)
{
    const struct attempt *a = &r->now;
    const struct ad_log_field fields[] = {
        AD_LOG_NUMBER_FIELD("listeners", a->settings->proxy.listener_count),
        AD_LOG_NUMBER_FIELD("domains", a->settings->domains.by_name.count),
        AD_LOG_TEXT_FIELD("resolver", a->has_new_resolver ? SW_LIT("new") : SW_LIT("kept")),
        AD_LOG_NUMBER_FIELD("took_ms", (ad_clock_mono_us() - r->began_us) / 1000),
    };

    say(r, AD_LOG_INFO, "reloaded", fields, SW_ARRAY_LEN(fields));
}

static void say_refused(struct sw_reload *r)
{
    const struct ad_log_field fields[] = {AD_LOG_NUMBER_FIELD("mistakes", r->mistake_count)};

    say(r, AD_LOG_ERROR, "reload_refused", fields, SW_ARRAY_LEN(fields));
}

/* --- making ready ------------------------------------------------------------------------ */

static void drop(struct sw_reload *r, struct attempt *a)
{
    for (uint16_t i = 0; a->parts != NULL && i < r->worker_count; i++)
        sw_part_free(a->parts[i]);
    sw_free(NULL, a->parts);
    sw_settings_free(a->settings);
    *a = (struct attempt){0};
}

static int make_parts(struct sw_reload *r, struct attempt *a, struct sw_worker_error *error)
{
    struct sw_part_args args = {
        .settings = a->settings, .places = &a->places, .reads_certificates = a->reads_certificates};
    int rc = 0;

    a->parts = sw_zalloc_array(NULL, r->worker_count, sizeof(struct sw_part *));
    if (a->parts == NULL)
        return SW_E_NOMEM;
    for (uint16_t i = 0; rc == 0 && i < r->worker_count; i++) {
        if (a->has_new_resolver)
            args.loop = sw_worker_loop(r->args.workers[i]);
        rc = sw_part_new(&a->parts[i], &args, error);
    }
    return rc;
}

/* The last thing that can fail: from then on others may connect. */
static int open_sockets(struct sw_reload *r, struct attempt *a, struct sw_worker_error *error)
{
    const struct sw_sockets_args args = {.places = &a->places,
                                         .worker_count = r->worker_count,
                                         .passed = r->args.passed,
                                         .were_away = a == &r->next};
    struct sw_sockets *sockets = NULL;

    if (a->places.fresh == 0)
        return 0;
    int rc = sw_sockets_open(&sockets, &args, error);
    for (uint16_t i = 0; rc == 0 && i < r->worker_count; i++)
        sw_part_take_sockets(a->parts[i], sockets, i);
    sw_sockets_free(sockets);
    return rc;
}

static int make_ready(struct sw_reload *r, struct attempt *a, struct sw_worker_error *error)
{
    error->text[0] = '\0';
    int rc = make_parts(r, a, error);
    if (rc == 0)
        rc = open_sockets(r, a, error);
    if (rc < 0 && error->text[0] == '\0')
        snprintf(error->text, sizeof error->text, "%s", sw_err_text(rc));
    return rc;
}

static int find_places(struct attempt *a, const struct sw_places *now,
                       struct sw_worker_error *error)
{
    int rc = sw_places_next(&a->places, now, &a->settings->proxy);

    if (rc < 0)
        snprintf(error->text, sizeof error->text,
                 "listen: there are %d places, and listeners that were removed still end calls",
                 PX_LISTENERS_MAX);
    return rc;
}

/* What the file asks for, made ready. On failure everything has been told. */
static int read_attempt(struct sw_reload *r, struct attempt *a)
{
    struct sw_worker_error error;

    *a = (struct attempt){.reads_certificates = true};
    int rc = sw_settings_read(&a->settings, r->args.config_path, r->now.settings, note_mistake, r);
    if (rc == SW_E_CONF)
        return rc;
    if (rc == 0) {
        a->print = sw_resolver_print(&a->settings->dns);
        a->has_new_resolver = a->print != r->now.print;
        rc = find_places(a, &r->now.places, &error);
        if (rc == 0)
            rc = make_ready(r, a, &error);
    } else {
        snprintf(error.text, sizeof error.text, "%s", sw_err_text(rc));
    }
    if (rc < 0) {
        note_trouble(r, error.text);
        drop(r, a);
    }
    return rc;
}

/* --- exchanging -------------------------------------------------------------------------- */

static void set_timer(struct event *timer, uint64_t after_us)
{
    const struct timeval after = {.tv_sec = (time_t)(after_us / SW_SECONDS(1)),
                                  .tv_usec = (suseconds_t)(after_us % SW_SECONDS(1))};

    evtimer_add(timer, &after);
}

static void tell_workers(struct sw_reload *r, enum sw_worker_order order)
{
    for (uint16_t i = 0; i < r->worker_count; i++)
        sw_worker_tell(r->args.workers[i], order);
}

static void begin_switch(struct sw_reload *r, bool is_reload)
{
    r->is_switching = true;
    r->is_reload = is_reload;
    r->switch_count++;
    set_timer(r->limit, r->args.limit_us);
    for (uint16_t i = 0; i < r->worker_count; i++)
        sw_worker_switch(r->args.workers[i], r->next.parts[i]);
}

static void begin_asked(struct sw_reload *r);

static bool have_all_switched(const struct sw_reload *r)
{
    for (uint16_t i = 0; i < r->worker_count; i++)
        if (sw_worker_switches(r->args.workers[i]) != r->switch_count)
            return false;
    return true;
}

static void finish_switch(struct sw_reload *r)
{
    evtimer_del(r->limit);
    tell_workers(r, SW_WORKER_LISTEN);
    drop(r, &r->now);
    r->now = r->next;
    r->next = (struct attempt){0};
    r->is_switching = false;
    for (uint16_t i = 0; i < r->worker_count; i++) {
        ad_tls_free(r->now.parts[i]->tls); /* what the worker had before */
        r->now.parts[i]->tls = NULL;
    }
    if (r->now.places.leaving != 0)
        set_timer(r->look, LOOK_EVERY_US);
    if (r->is_reload) {
        say_applied(r);
        r->args.ends(r->args.arg, 0);
        tell(r, 0, "");
    }
    begin_asked(r);
}

static void on_switched(evutil_socket_t fd, short what, void *arg)
{
    struct sw_reload *r = arg;
    uint64_t count;

    (void)what;
    if (read(fd, &count, sizeof count) < 0)
        return;
    if (r->is_switching && have_all_switched(r))
        finish_switch(r);
}

/* Those whose turn has yet to come wait no longer either, but the file is read for them. */
static void on_limit(evutil_socket_t fd, short what, void *arg)
{
    const struct sw_reload_result later = {
        SW_E_TIMEOUT, "a worker does not answer; the file is read when it does", {NULL, 0}};
    struct sw_reload *r = arg;
    struct sw_list *at, *tmp;

    (void)fd;
    (void)what;
    tell(r, SW_E_TIMEOUT, "a worker does not answer; it takes the configuration when it does");
    SW_LIST_EACH (at, tmp, &r->asked) {
        struct waiting *w = SW_LIST_ITEM(at, struct waiting, link);
        if (w->then.fn != NULL)
            w->then.fn(w->then.arg, w->then.tag, &later);
        w->then.fn = NULL;
    }
}

/* --- a reload ---------------------------------------------------------------------------- */

static void refuse(struct sw_reload *r)
{
    snprintf(r->summary, sizeof r->summary, "nothing was changed: %u %s", r->mistake_count,
             r->mistake_count == 1 ? "mistake" : "mistakes");
    say_refused(r);
    r->args.ends(r->args.arg, SW_E_CONF);
    tell(r, SW_E_CONF, r->summary);
}

/* One for all who have asked by now. */
static void begin_asked(struct sw_reload *r)
{
    struct sw_list *at, *tmp;

    if (r->is_switching || sw_list_is_empty(&r->asked))
        return;
    SW_LIST_EACH (at, tmp, &r->asked) {
        sw_list_remove(at);
        sw_list_push_back(&r->told, at);
    }
    r->mistakes = sw_buf(r->mistakes_room, sizeof r->mistakes_room);
    r->mistake_count = 0;
    if (r->is_forbidden) {
        tell(r, SW_E_BUSY, "nothing was changed: the proxy is draining");
        return;
    }
    r->began_us = ad_clock_mono_us();
    r->args.begins(r->args.arg);
    if (read_attempt(r, &r->next) < 0)
        refuse(r);
    else
        begin_switch(r, true);
}

int sw_reload_begin(struct sw_reload *r, const struct sw_reload_then *then)
{
    struct waiting *w = sw_zalloc(NULL, sizeof *w);

    if (w == NULL)
        return SW_E_NOMEM;
    if (then != NULL)
        w->then = *then;
    sw_list_push_back(&r->asked, &w->link);
    begin_asked(r);
    if (r->is_switching && !evtimer_pending(r->limit, NULL))
        set_timer(r->limit, r->args.limit_us);
    return 0;
}

void sw_reload_forbid(struct sw_reload *r)
{
    r->is_forbidden = true;
}

/* --- listeners that have left -------------------------------------------------------------- */

/* False: some worker has yet to look. */
static bool find_used(const struct sw_reload *r, uint64_t *used)
{
    *used = 0;
    for (uint16_t i = 0; i < r->worker_count; i++) {
        uint64_t one;
        if (sw_worker_looks(r->args.workers[i], &one) != r->look_count)
            return false;
        *used |= one;
    }
    return true;
}

/* The same configuration without them. For want of memory: the next time. */
static void vacate(struct sw_reload *r, uint64_t unused)
{
    struct sw_worker_error error;
    struct attempt *a = &r->next;

    *a = (struct attempt){.settings = sw_settings_ref(r->now.settings),
                          .places = r->now.places,
                          .print = r->now.print};
    sw_places_vacate(&a->places, unused);
    if (make_ready(r, a, &error) < 0)
        drop(r, a);
    else
        begin_switch(r, false);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
    struct sw_reload *r = arg;
    uint64_t leaving = r->now.places.leaving, used = 0;

    (void)fd;
    (void)what;
    if (leaving == 0 || r->is_forbidden)
        return;
    set_timer(r->look, LOOK_EVERY_US);
    if (r->is_switching || !find_used(r, &used))
        return;
    /* What was seen before the last switch says nothing about those that leave since. */
    bool is_told = r->look_count > 0 && r->look_switch == r->switch_count;
    if (is_told && (leaving & ~used) != 0) {
        vacate(r, leaving & ~used);
        return;
    }
    r->look_switch = r->switch_count;
    r->look_count++;
    tell_workers(r, SW_WORKER_LOOK);
}

/* --- beginning and end --------------------------------------------------------------------- */

/* A socket that nobody reads would swallow what comes to it. */
static int check_passed(const struct sw_reload *r, struct sw_worker_error *error)
{
    const struct ad_activation *passed = r->args.passed;

    for (size_t i = 0; passed != NULL && i < passed->count; i++) {
        const struct ad_passed *p = &passed->list[i];
        bool is_wanted = false;
        for (uint16_t k = 0; k < r->now.places.count; k++) {
            const struct px_listener *l = &r->now.places.at[k];
            is_wanted |= (l->transport != SW_UDP) == p->is_stream &&
                         sw_endpoint_eq(&l->endpoint, &p->endpoint);
        }
        if (is_wanted)
            continue;
        struct sw_buf b = sw_buf(error->text, sizeof error->text);
        sw_buf_str(&b, "the service manager passed a socket for ");
        sw_buf_str(&b, p->is_stream ? "tcp " : "udp ");
        sw_endpoint_write(&b, &p->endpoint);
        sw_buf_str(&b, ", but listen has nothing of that address");
        sw_buf_cstr(&b);
        return SW_E_CONF;
    }
    return 0;
}

static int make_first(struct sw_reload *r, struct sw_worker_error *error)
{
    const struct sw_places none = {0};
    struct attempt *a = &r->now;

    *a = (struct attempt){.settings = sw_settings_ref(r->args.settings),
                          .has_new_resolver = true,
                          .reads_certificates = true};
    a->print = sw_resolver_print(&a->settings->dns);
    int rc = find_places(a, &none, error);
    if (rc == 0)
        rc = check_passed(r, error);
    return rc < 0 ? rc : make_ready(r, a, error);
}

int sw_reload_new(struct sw_reload **out, const struct sw_reload_args *args,
                  struct sw_worker_error *error)
{
    struct sw_reload *r = sw_zalloc(NULL, sizeof *r);

    if (r == NULL)
        return SW_E_NOMEM;
    r->args = *args;
    if (r->args.limit_us == 0)
        r->args.limit_us = SWITCH_LIMIT_US;
    r->worker_count = args->settings->worker_count;
    sw_list_init(&r->asked);
    sw_list_init(&r->told);
    r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = r->fd < 0 ? SW_E_SYSTEM : make_first(r, error);
    if (rc < 0) {
        sw_reload_stop(r);
        sw_reload_free(r);
        return rc;
    }
    sw_settings_free(args->settings); /* the attempt has its own reference */
    *out = r;
    return 0;
}

int sw_reload_start(struct sw_reload *r, struct event_base *base)
{
    r->switched = event_new(base, r->fd, EV_READ | EV_PERSIST, on_switched, r);
    r->limit = evtimer_new(base, on_limit, r);
    r->look = evtimer_new(base, on_look, r);
    if (r->switched == NULL || r->limit == NULL || r->look == NULL ||
        event_add(r->switched, NULL) < 0)
        return SW_E_NOMEM;
    return 0;
}

static void give_back_resolvers(const struct sw_reload *r, struct attempt *a)
{
    for (uint16_t i = 0; a->parts != NULL && i < r->worker_count; i++) {
        if (a->parts[i] == NULL)
            continue;
        sw_resolver_free(a->parts[i]->resolver);
        a->parts[i]->resolver = NULL;
    }
}

void sw_reload_stop(struct sw_reload *r)
{
    if (r == NULL)
        return;
    give_back_resolvers(r, &r->now);
    give_back_resolvers(r, &r->next);
}

static void free_event(struct event *ev)
{
    if (ev != NULL)
        event_free(ev);
}

static void forget(struct sw_list *list)
{
    struct sw_list *at, *tmp;

    SW_LIST_EACH (at, tmp, list) {
        sw_list_remove(at);
        sw_free(NULL, SW_LIST_ITEM(at, struct waiting, link));
    }
}

void sw_reload_free(struct sw_reload *r)
{
    if (r == NULL)
        return;
    free_event(r->switched);
    free_event(r->limit);
    free_event(r->look);
    forget(&r->asked);
    forget(&r->told);
    drop(r, &r->now);
    drop(r, &r->next);
    if (r->fd >= 0)
        close(r->fd);
    sw_free(NULL, r);
}

struct sw_part *sw_reload_part(struct sw_reload *r, uint16_t worker)
{
    return r->now.parts[worker];
}

int sw_reload_fd(const struct sw_reload *r)
{
    return r->fd;
}

const struct sw_settings *sw_reload_settings(const struct sw_reload *r)
{
    return r->now.settings;
}

const struct sw_places *sw_reload_places(const struct sw_reload *r)
{
    return &r->now.places;
}

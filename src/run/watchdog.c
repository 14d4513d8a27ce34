/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/watchdog.h"

#include "base/alloc.h"

#include <event2/event.h>

enum { TICKS = 4 /* within the patience: one may be late, and two lost */ };

struct sw_watchdog {
    struct sw_watchdog_conf conf;
    struct event *timer;
    uint64_t *seen; /* answers, by worker, when it was asked last */
};

static bool has_each_answered(const struct sw_watchdog *w)
{
    for (uint16_t i = 0; i < w->conf.worker_count; i++) {
        uint64_t answers = w->conf.answers(w->conf.arg, i);
        if (answers != UINT64_MAX && answers <= w->seen[i])
            return false;
    }
    return true;
}

static void ask(struct sw_watchdog *w)
{
    for (uint16_t i = 0; i < w->conf.worker_count; i++)
        w->seen[i] = w->conf.answers(w->conf.arg, i);
    w->conf.ask(w->conf.arg);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct sw_watchdog *w = arg;

    (void)fd;
    (void)what;
    if (!has_each_answered(w))
        return; /* it still has to answer what it was asked */
    w->conf.tell(w->conf.arg);
    ask(w);
}

int sw_watchdog_new(struct sw_watchdog **out, struct event_base *base,
                    const struct sw_watchdog_conf *conf)
{
    struct sw_watchdog *w = sw_zalloc(NULL, sizeof *w);
    uint64_t tick_us = conf->patience_us / TICKS;
    const struct timeval tick = {.tv_sec = (time_t)(tick_us / 1000000),
                                 .tv_usec = (suseconds_t)(tick_us % 1000000)};

    if (w == NULL)
        return SW_E_NOMEM;
    w->conf = *conf;
    w->seen = sw_zalloc_array(NULL, conf->worker_count, sizeof *w->seen);
    w->timer = event_new(base, -1, EV_PERSIST, on_tick, w);
    if (w->seen == NULL || w->timer == NULL || event_add(w->timer, &tick) < 0) {
        sw_watchdog_free(w);
        return SW_E_NOMEM;
    }
    ask(w);
    *out = w;
    return 0;
}

void sw_watchdog_free(struct sw_watchdog *w)
{
    if (w == NULL)
        return;
    if (w->timer != NULL)
        event_free(w->timer);
    sw_free(NULL, w->seen);
    sw_free(NULL, w);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/loop_libevent.h"

#include "adapter/clock.h"
#include "base/alloc.h"
#include "base/time.h"

#include <event2/event.h>
#include <unbound-event.h>
#include <unbound.h>

struct loop {
    struct ad_loop loop;
    struct event_base *base; /* borrowed */
};

struct ad_loop_timer {
    struct event *event;
    ad_loop_timer_fn *fn;
    void *arg;
};

struct ad_loop_watch {
    struct event *event; /* NULL: watched for nothing */
    struct event_base *base;
    int fd;
    ad_loop_watch_fn *fn;
    void *arg;
};

static struct loop *loop_of(struct ad_loop *loop)
{
    return SW_CONTAINER_OF(loop, struct loop, loop);
}

static struct ub_ctx *new_ub_ctx(struct ad_loop *loop)
{
    return ub_ctx_create_event(loop_of(loop)->base);
}

static void fire(evutil_socket_t fd, short what, void *arg)
{
    struct ad_loop_timer *t = arg;
    (void)fd, (void)what;
    t->fn(t->arg);
}

static struct ad_loop_timer *timer_new(struct ad_loop *loop, ad_loop_timer_fn *fn, void *arg)
{
    struct ad_loop_timer *t = sw_zalloc(NULL, sizeof *t);
    if (t == NULL)
        return NULL;
    t->event = evtimer_new(loop_of(loop)->base, fire, t);
    if (t->event == NULL) {
        sw_free(NULL, t);
        return NULL;
    }
    t->fn = fn;
    t->arg = arg;
    return t;
}

static void timer_arm(struct ad_loop_timer *t, uint64_t after_us)
{
    const struct timeval tv = {(time_t)(after_us / SW_SECONDS(1)),
                               (suseconds_t)(after_us % SW_SECONDS(1))};
    (void)evtimer_add(t->event, &tv); /* fails for want of memory only when the base first grows */
}

static void timer_disarm(struct ad_loop_timer *t)
{
    (void)evtimer_del(t->event);
}

static void timer_free(struct ad_loop_timer *t)
{
    if (t == NULL)
        return;
    event_free(t->event);
    sw_free(NULL, t);
}

static void report_ready(evutil_socket_t fd, short what, void *arg)
{
    struct ad_loop_watch *w = arg;
    unsigned ready =
        ((what & EV_READ) != 0 ? AD_LOOP_READ : 0u) | ((what & EV_WRITE) != 0 ? AD_LOOP_WRITE : 0u);
    w->fn(w->arg, fd, ready);
}

static struct ad_loop_watch *watch_new(struct ad_loop *loop, int fd, ad_loop_watch_fn *fn,
                                       void *arg)
{
    struct ad_loop_watch *w = sw_zalloc(NULL, sizeof *w);
    if (w == NULL)
        return NULL;
    *w = (struct ad_loop_watch){.base = loop_of(loop)->base, .fd = fd, .fn = fn, .arg = arg};
    return w;
}

static bool watch_set(struct ad_loop_watch *w, unsigned what)
{
    short bits = EV_PERSIST;
    if (w->event != NULL)
        event_free(w->event);
    w->event = NULL;
    if (what == AD_LOOP_NOTHING)
        return true;
    if ((what & AD_LOOP_READ) != 0)
        bits |= EV_READ;
    if ((what & AD_LOOP_WRITE) != 0)
        bits |= EV_WRITE;
    w->event = event_new(w->base, w->fd, bits, report_ready, w);
    return w->event != NULL && event_add(w->event, NULL) == 0;
}

static void watch_free(struct ad_loop_watch *w)
{
    if (w == NULL)
        return;
    if (w->event != NULL)
        event_free(w->event);
    sw_free(NULL, w);
}

static uint64_t now_us(struct ad_loop *loop)
{
    (void)loop;
    return ad_clock_mono_us();
}

static const struct ad_loop_ops ops = {
    .new_ub_ctx = new_ub_ctx,
    .timer_new = timer_new,
    .timer_arm = timer_arm,
    .timer_disarm = timer_disarm,
    .timer_free = timer_free,
    .watch_new = watch_new,
    .watch_set = watch_set,
    .watch_free = watch_free,
    .now_us = now_us,
};

int ad_loop_libevent_new(struct ad_loop **out, struct event_base *base)
{
    struct loop *l = sw_zalloc(NULL, sizeof *l);
    if (l == NULL)
        return SW_E_NOMEM;
    l->loop.ops = &ops;
    l->base = base;
    *out = &l->loop;
    return 0;
}

void ad_loop_libevent_free(struct ad_loop *loop)
{
    if (loop != NULL)
        sw_free(NULL, loop_of(loop));
}

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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/loop_epoll.h"

#include "adapter/clock.h"
#include "base/alloc.h"
#include "base/timerwheel.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

enum {
    BATCH_MAX = 64,
    /* Batches in one call of process(): under a flood the caller gets its turn again. */
    BATCHES_MAX = 16,
    /* Calls in a row that may leave the timers for later, so that no flood stops them. */
    POSTPONED_MAX = 64
};

/* What hangs in the wheel: a timer of ours or the timeout of one of libunbound's events. */
struct tick {
    struct sw_timer timer;
    void (*fire)(struct tick *tick);
};

struct ad_loop_epoll {
    struct ad_loop loop;
    struct ub_event_base ub; /* what libunbound sees */
    int epoll_fd, timer_fd;
    uint64_t armed_us; /* what the timerfd is set to; SW_NEVER: not set */
    struct sw_timerwheel wheel;
    struct epoll_event batch[BATCH_MAX]; /* being processed; data.ptr of a gone event is NULL */
    int batch_count;
    unsigned postponed_count; /* calls since the timers ran last */
};

struct ad_loop_timer {
    struct tick tick;
    struct ad_loop_epoll *l;
    ad_loop_timer_fn *fn;
    void *arg;
};

struct ad_loop_watch {
    struct event *event;
    ad_loop_watch_fn *fn;
    void *arg;
};

/* libunbound's event: a descriptor, a timeout or both. */
struct event {
    struct ub_event ub;
    struct tick tick;
    struct ad_loop_epoll *l;
    int fd;
    short bits;    /* UB_EV_* */
    bool is_added; /* to the epoll descriptor */
    void (*cb)(int fd, short bits, void *arg);
    void *arg;
};

static void set_timerfd(struct ad_loop_epoll *l, uint64_t due_us)
{
    struct itimerspec when = {0}; /* all 0: disarmed */
    if (due_us != SW_NEVER) {
        if (due_us == 0)
            due_us = 1;
        when.it_value.tv_sec = (time_t)(due_us / SW_SECONDS(1));
        when.it_value.tv_nsec = (long)(due_us % SW_SECONDS(1)) * 1000;
    }
    timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
    l->armed_us = due_us;
}

/* The timerfd may go off too early, never too late: most timers are disarmed before they fire, and
 * a system call is saved for each. */
static void arm(struct ad_loop_epoll *l, struct tick *tick, uint64_t after_us)
{
    uint64_t due_us =
        after_us == 0 ? 0 : sw_after_us(ad_clock_mono_us(), after_us); /* 0: no tick's wait */
    sw_timer_arm(&l->wheel, &tick->timer, due_us);
    uint64_t next_us = sw_timerwheel_next_us(&l->wheel);
    if (next_us < l->armed_us)
        set_timerfd(l, next_us);
}

static void disarm(struct ad_loop_epoll *l, struct tick *tick)
{
    sw_timer_disarm(&l->wheel, &tick->timer);
}

/* ---- libunbound's side ---- */

static struct event *event_of(struct ub_event *ev)
{
    return SW_CONTAINER_OF(ev, struct event, ub);
}

static struct ad_loop_epoll *loop_of_base(struct ub_event_base *base)
{
    return SW_CONTAINER_OF(base, struct ad_loop_epoll, ub);
}

static void event_add_bits(struct ub_event *ev, short bits)
{
    event_of(ev)->bits |= bits;
}

static void event_del_bits(struct ub_event *ev, short bits)
{
    event_of(ev)->bits = (short)(event_of(ev)->bits & ~bits);
}

static void event_set_fd(struct ub_event *ev, int fd)
{
    event_of(ev)->fd = fd;
}

static int watch(struct event *e)
{
    struct epoll_event want = {.data.ptr = e};
    if (e->bits & UB_EV_READ)
        want.events |= EPOLLIN;
    if (e->bits & UB_EV_WRITE)
        want.events |= EPOLLOUT;
    if (e->fd < 0 || want.events == 0)
        return 0;
    int op = e->is_added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(e->l->epoll_fd, op, e->fd, &want) != 0)
        return -1;
    e->is_added = true;
    return 0;
}

static void unwatch(struct event *e)
{
    if (!e->is_added)
        return;
    (void)epoll_ctl(e->l->epoll_fd, EPOLL_CTL_DEL, e->fd, NULL);
    e->is_added = false;
    for (int i = 0; i < e->l->batch_count; i++) {
        if (e->l->batch[i].data.ptr == e)
            e->l->batch[i].data.ptr = NULL;
    }
}

static uint64_t span_us(const struct timeval *tv)
{
    return SW_SECONDS(tv->tv_sec) + (uint64_t)tv->tv_usec;
}

static int event_add(struct ub_event *ev, struct timeval *tv)
{
    struct event *e = event_of(ev);
    if (watch(e) < 0)
        return -1;
    if (tv != NULL)
        arm(e->l, &e->tick, span_us(tv));
    return 0;
}

static int event_del(struct ub_event *ev)
{
    struct event *e = event_of(ev);
    unwatch(e);
    disarm(e->l, &e->tick);
    return 0;
}

static void event_free(struct ub_event *ev)
{
    event_del(ev);
    sw_free(NULL, event_of(ev));
}

static int timer_event_add(struct ub_event *ev, struct ub_event_base *base,
                           void (*cb)(int, short, void *), void *arg, struct timeval *tv)
{
    struct event *e = event_of(ev);
    (void)base;
    e->cb = cb;
    e->arg = arg;
    arm(e->l, &e->tick, span_us(tv));
    return 0;
}

static int no_signal_add(struct ub_event *ev, struct timeval *tv)
{
    (void)ev, (void)tv;
    return -1;
}

static int no_signal_del(struct ub_event *ev)
{
    (void)ev;
    return -1;
}

static void no_winsock(struct ub_event *ev)
{
    (void)ev;
}

static void no_winsock_wouldblock(struct ub_event *ev, int bits)
{
    (void)ev, (void)bits;
}

/* libunbound's type has no const, though nobody writes to it. */
static struct ub_event_vmt event_vmt = {
    .add_bits = event_add_bits,
    .del_bits = event_del_bits,
    .set_fd = event_set_fd,
    .free = event_free,
    .add = event_add,
    .del = event_del,
    .add_timer = timer_event_add,
    .del_timer = event_del,
    .add_signal = no_signal_add,
    .del_signal = no_signal_del,
    .winsock_unregister_wsaevent = no_winsock,
    .winsock_tcp_wouldblock = no_winsock_wouldblock,
};

static void time_out(struct tick *tick)
{
    struct event *e = SW_CONTAINER_OF(tick, struct event, tick);
    if (!(e->bits & UB_EV_PERSIST))
        unwatch(e);
    e->cb(e->fd, UB_EV_TIMEOUT, e->arg);
}

static struct ub_event *base_new_event(struct ub_event_base *base, int fd, short bits,
                                       void (*cb)(int, short, void *), void *arg)
{
    struct event *e = sw_zalloc(NULL, sizeof *e);
    if (e == NULL)
        return NULL;
    e->ub = (struct ub_event){UB_EVENT_MAGIC, &event_vmt};
    sw_timer_init(&e->tick.timer);
    e->tick.fire = time_out;
    e->l = loop_of_base(base);
    e->fd = fd;
    e->bits = bits;
    e->cb = cb;
    e->arg = arg;
    return &e->ub;
}

static void base_free(struct ub_event_base *base)
{
    (void)base; /* ours, not libunbound's */
}

static int base_dispatch(struct ub_event_base *base)
{
    (void)base;
    return -1;
}

static int base_loopexit(struct ub_event_base *base, struct timeval *tv)
{
    (void)base, (void)tv;
    return -1;
}

static struct ub_event *base_no_signal(struct ub_event_base *base, int fd,
                                       void (*cb)(int, short, void *), void *arg)
{
    (void)base, (void)fd, (void)cb, (void)arg;
    return NULL;
}

static struct ub_event *base_no_winsock(struct ub_event_base *base, void *wsaevent,
                                        void (*cb)(int, short, void *), void *arg)
{
    (void)base, (void)wsaevent, (void)cb, (void)arg;
    return NULL;
}

static struct ub_event_base_vmt base_vmt = {
    .free = base_free,
    .dispatch = base_dispatch,
    .loopexit = base_loopexit,
    .new_event = base_new_event,
    .new_signal = base_no_signal,
    .winsock_register_wsaevent = base_no_winsock,
};

/* ---- the loop ---- */

static struct ad_loop_epoll *self(struct ad_loop *loop)
{
    return SW_CONTAINER_OF(loop, struct ad_loop_epoll, loop);
}

static struct ub_ctx *new_ub_ctx(struct ad_loop *loop)
{
    return ub_ctx_create_ub_event(&self(loop)->ub);
}

static void fire_timer(struct tick *tick)
{
    struct ad_loop_timer *t = SW_CONTAINER_OF(tick, struct ad_loop_timer, tick);
    t->fn(t->arg);
}

static struct ad_loop_timer *timer_new(struct ad_loop *loop, ad_loop_timer_fn *fn, void *arg)
{
    struct ad_loop_timer *t = sw_zalloc(NULL, sizeof *t);
    if (t == NULL)
        return NULL;
    sw_timer_init(&t->tick.timer);
    t->tick.fire = fire_timer;
    t->l = self(loop);
    t->fn = fn;
    t->arg = arg;
    return t;
}

static void timer_arm(struct ad_loop_timer *t, uint64_t after_us)
{
    arm(t->l, &t->tick, after_us);
}

static void timer_disarm(struct ad_loop_timer *t)
{
    disarm(t->l, &t->tick);
}

static void timer_free(struct ad_loop_timer *t)
{
    if (t == NULL)
        return;
    timer_disarm(t);
    sw_free(NULL, t);
}

/* ---- descriptors of others ---- */

static void report_ready(int fd, short bits, void *arg)
{
    struct ad_loop_watch *w = arg;
    unsigned ready = ((bits & UB_EV_READ) != 0 ? AD_LOOP_READ : 0u) |
                     ((bits & UB_EV_WRITE) != 0 ? AD_LOOP_WRITE : 0u);
    w->fn(w->arg, fd, ready);
}

static struct ad_loop_watch *watch_new(struct ad_loop *loop, int fd, ad_loop_watch_fn *fn,
                                       void *arg)
{
    struct ad_loop_watch *w = sw_zalloc(NULL, sizeof *w);
    struct ub_event *ev =
        w == NULL ? NULL : base_new_event(&self(loop)->ub, fd, UB_EV_PERSIST, report_ready, w);
    if (ev == NULL) {
        sw_free(NULL, w);
        return NULL;
    }
    *w = (struct ad_loop_watch){.event = event_of(ev), .fn = fn, .arg = arg};
    return w;
}

static bool watch_set(struct ad_loop_watch *w, unsigned what)
{
    struct event *e = w->event;
    unwatch(e);
    e->bits = (short)(UB_EV_PERSIST | ((what & AD_LOOP_READ) != 0 ? UB_EV_READ : 0) |
                      ((what & AD_LOOP_WRITE) != 0 ? UB_EV_WRITE : 0));
    return watch(e) == 0;
}

static void watch_free(struct ad_loop_watch *w)
{
    if (w == NULL)
        return;
    event_free(&w->event->ub);
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

static int open_descriptors(struct ad_loop_epoll *l)
{
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event want = {.events = EPOLLIN, .data.ptr = l};
    if (l->epoll_fd < 0 || l->timer_fd < 0 ||
        epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->timer_fd, &want) != 0)
        return SW_E_SYSTEM;
    return 0;
}

int ad_loop_epoll_new(struct ad_loop_epoll **out)
{
    struct ad_loop_epoll *l = sw_zalloc(NULL, sizeof *l);
    if (l == NULL)
        return SW_E_NOMEM;
    l->loop.ops = &ops;
    l->ub = (struct ub_event_base){UB_EVENT_MAGIC, &base_vmt};
    l->armed_us = SW_NEVER;
    sw_timerwheel_init(&l->wheel, ad_clock_mono_us());
    int rc = open_descriptors(l);
    if (rc < 0) {
        ad_loop_epoll_free(l);
        return rc;
    }
    *out = l;
    return 0;
}

void ad_loop_epoll_free(struct ad_loop_epoll *l)
{
    if (l == NULL)
        return;
    if (l->timer_fd >= 0)
        close(l->timer_fd);
    if (l->epoll_fd >= 0)
        close(l->epoll_fd);
    sw_free(NULL, l);
}

struct ad_loop *ad_loop_epoll_loop(struct ad_loop_epoll *l)
{
    return &l->loop;
}

int ad_loop_epoll_fd(const struct ad_loop_epoll *l)
{
    return l->epoll_fd;
}

int ad_loop_epoll_timeout_ms(const struct ad_loop_epoll *l)
{
    uint64_t next_us = sw_timerwheel_next_us(&l->wheel), now = ad_clock_mono_us();
    if (next_us == SW_NEVER)
        return -1;
    if (next_us <= now)
        return 0;
    uint64_t ms = (next_us - now + 999) / 1000;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static void handle(struct ad_loop_epoll *l, const struct epoll_event *ready)
{
    struct event *e = ready->data.ptr;
    if (ready->data.ptr == NULL)
        return; /* it went while an earlier one of the batch was handled */
    if (ready->data.ptr == l) {
        uint64_t count;
        if (read(l->timer_fd, &count, sizeof count) > 0)
            l->armed_us = SW_NEVER; /* the wheel is run after the batch */
        return;
    }
    short bits = 0;
    if (ready->events & (EPOLLIN | EPOLLERR | EPOLLHUP))
        bits |= UB_EV_READ;
    if (ready->events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
        bits |= UB_EV_WRITE;
    bits = (short)(bits & e->bits);
    if (!(e->bits & UB_EV_PERSIST)) {
        unwatch(e);
        disarm(l, &e->tick);
    }
    if (bits != 0)
        e->cb(e->fd, bits, e->arg);
}

/* No more of them than there are now: one that arms itself for "at once" has its turn next time. */
static void run_timers(struct ad_loop_epoll *l, uint64_t now)
{
    struct sw_timer *due;
    for (size_t left = l->wheel.count; left > 0; left--) {
        due = sw_timerwheel_take(&l->wheel, now);
        if (due == NULL)
            break;
        struct tick *tick = SW_CONTAINER_OF(due, struct tick, timer);
        tick->fire(tick);
    }
}

void ad_loop_epoll_process(struct ad_loop_epoll *l)
{
    for (int round = 0; round < BATCHES_MAX; round++) {
        l->batch_count = epoll_wait(l->epoll_fd, l->batch, BATCH_MAX, 0);
        for (int i = 0; i < l->batch_count; i++)
            handle(l, &l->batch[i]);
        if (l->batch_count < BATCH_MAX)
            break;
    }
    bool is_drained = l->batch_count < BATCH_MAX;
    l->batch_count = 0;

    /* What has come goes before what is late: after a stall of the caller an answer may lie in its
     * socket although its time is over, and giving it up would have it asked for again. */
    l->postponed_count = is_drained ? 0 : (l->postponed_count + 1) % POSTPONED_MAX;
    run_timers(l,
               l->postponed_count == 0 ? ad_clock_mono_us() : 0); /* 0: those for "at once" only */
    uint64_t next_us = sw_timerwheel_next_us(&l->wheel);
    if (next_us < l->armed_us)
        set_timerfd(l, next_us);
}

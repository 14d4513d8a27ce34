/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/round.h"

#include "base/alloc.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct one { /* under way */
    struct sw_list link;
    struct sw_rounds *rounds;
    uint64_t id;
    struct sw_round_then then;
    struct event *timer;
    uint16_t answer_count;
    struct sw_query *answers[]; /* by worker */
};

struct sw_rounds {
    struct sw_rounds_conf conf;
    struct event_base *base;
    struct sw_inbox inbox;
    bool has_inbox;
    int fd;
    struct event *event;
    struct sw_list open;
    uint64_t next_id;
};

static void free_one(struct one *o)
{
    for (uint16_t i = 0; i < o->rounds->conf.worker_count; i++)
        sw_query_free(o->answers[i]);
    if (o->timer != NULL)
        event_free(o->timer);
    sw_free(NULL, o->then.owned);
    sw_list_remove(&o->link);
    sw_free(NULL, o);
}

static void finish(struct one *o)
{
    const struct sw_round round = {.answers = o->answers,
                                   .worker_count = o->rounds->conf.worker_count,
                                   .answer_count = o->answer_count};

    o->then.fn(o->then.arg, o->then.tag, &round);
    free_one(o);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    finish(arg);
}

static struct one *find(struct sw_rounds *r, uint64_t id)
{
    for (struct sw_list *at = r->open.next; at != &r->open; at = at->next)
        if (SW_LIST_ITEM(at, struct one, link)->id == id)
            return SW_LIST_ITEM(at, struct one, link);
    return NULL;
}

/* One whose round is over comes too late. */
static void take_answer(struct sw_rounds *r, struct sw_query *q)
{
    struct one *o = find(r, q->round);

    if (o == NULL || o->answers[q->worker] != NULL) {
        sw_query_free(q);
        return;
    }
    o->answers[q->worker] = q;
    if (++o->answer_count == r->conf.worker_count)
        finish(o);
}

static void on_answers(evutil_socket_t fd, short what, void *arg)
{
    struct sw_rounds *r = arg;
    struct sw_list come, *at, *tmp;
    uint64_t count;

    (void)what;
    if (read(fd, &count, sizeof count) < 0)
        return;
    sw_inbox_take(&r->inbox, &come);
    SW_LIST_EACH (at, tmp, &come) {
        sw_list_remove(at);
        take_answer(r, SW_LIST_ITEM(at, struct sw_query, link));
    }
}

int sw_rounds_new(struct sw_rounds **out, struct event_base *base,
                  const struct sw_rounds_conf *conf)
{
    struct sw_rounds *r = sw_zalloc(NULL, sizeof *r);

    if (r == NULL)
        return SW_E_NOMEM;
    r->conf = *conf;
    r->base = base;
    r->next_id = 1;
    sw_list_init(&r->open);
    r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->has_inbox = sw_inbox_init(&r->inbox) == 0;
    r->event = event_new(base, r->fd, EV_READ | EV_PERSIST, on_answers, r);
    if (r->fd < 0 || !r->has_inbox || r->event == NULL || event_add(r->event, NULL) < 0) {
        sw_rounds_free(r);
        return SW_E_SYSTEM;
    }
    *out = r;
    return 0;
}

void sw_rounds_free(struct sw_rounds *r)
{
    struct sw_list come, *at, *tmp;

    if (r == NULL)
        return;
    SW_LIST_EACH (at, tmp, &r->open)
        free_one(SW_LIST_ITEM(at, struct one, link));
    if (r->has_inbox) {
        sw_inbox_take(&r->inbox, &come);
        SW_LIST_EACH (at, tmp, &come)
            sw_query_free(SW_LIST_ITEM(at, struct sw_query, link));
        sw_inbox_fini(&r->inbox);
    }
    if (r->event != NULL)
        event_free(r->event);
    if (r->fd >= 0)
        close(r->fd);
    sw_free(NULL, r);
}

static struct one *new_one(struct sw_rounds *r, const struct sw_round_then *then)
{
    size_t len = sizeof(struct one) + r->conf.worker_count * sizeof(struct sw_query *);
    struct one *o = sw_zalloc(NULL, len);
    const struct timeval limit = {.tv_sec = (time_t)(r->conf.limit_us / 1000000),
                                  .tv_usec = (suseconds_t)(r->conf.limit_us % 1000000)};

    if (o == NULL)
        return NULL;
    o->rounds = r;
    o->id = r->next_id++;
    o->then = *then;
    sw_list_push_back(&r->open, &o->link);
    o->timer = evtimer_new(r->base, on_limit, o);
    if (o->timer != NULL && evtimer_add(o->timer, &limit) == 0)
        return o;
    o->then.owned = NULL;
    free_one(o);
    return NULL;
}

/* A query for which there is no memory counts as one that is not answered. */
int sw_rounds_ask(struct sw_rounds *r, enum sw_query_kind kind, struct sw_slice call_id,
                  const struct sw_round_then *then)
{
    struct one *o = new_one(r, then);

    if (o == NULL)
        return SW_E_NOMEM;
    for (uint16_t i = 0; i < r->conf.worker_count; i++) {
        struct sw_query *q = sw_query_new(kind, call_id);
        if (q == NULL)
            continue;
        q->worker = i;
        q->round = o->id;
        q->back = &r->inbox;
        q->back_fd = r->fd;
        r->conf.post(r->conf.arg, i, q);
    }
    return 0;
}

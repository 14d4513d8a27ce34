/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_flight.h"

#include "base/bug.h"
#include "base/rng.h"

#include <sys/random.h>

enum {
    ANSWER_LEN = 512 /* holds a usual answer; asked for when it comes, since thousands may wait */
};

struct waiter {
    struct sw_hmap_link by_id;
    struct sw_list link; /* in question->waiters */
    struct sw_timer deadline;
    struct ad_flight_question *question;
    uint64_t id, asked_us;
    ad_dns_answer_fn *fn;
    void *arg;
};

uint64_t ad_flight_now_us(const struct ad_flight *flight)
{
    return flight->loop->ops->now_us(flight->loop);
}

static void arm_timer(struct ad_flight *flight, uint64_t due_us)
{
    if (due_us >= flight->timer_due_us)
        return;
    uint64_t now_us = ad_flight_now_us(flight);
    flight->loop->ops->timer_arm(flight->timer, due_us > now_us ? due_us - now_us : 0);
    flight->timer_due_us = due_us;
}

void ad_flight_wake(struct ad_flight *flight)
{
    arm_timer(flight, 0);
}

/* ---- questions ---- */

static uint64_t hash_question(const struct ad_flight *flight, const struct sw_question *q)
{
    return sw_name_hash(q->name, flight->seed ^ (uint64_t)q->type);
}

static struct ad_flight_question *question_of(struct sw_list *link)
{
    return SW_LIST_ITEM(link, struct ad_flight_question, link);
}

static bool is_question(const struct sw_hmap_link *link, const void *key)
{
    const struct ad_flight_question *q =
        SW_CONTAINER_OF(link, const struct ad_flight_question, by_name);
    const struct sw_question *want = key;
    return q->want.type == want->type && sw_name_eq(q->want.name, want->name);
}

static struct ad_flight_question *question_new(struct ad_flight *flight,
                                               const struct sw_question *want)
{
    size_t len = flight->ops->question_len;
    struct ad_flight_question *q = sw_alloc(flight->alloc, len + want->name.len);
    if (q == NULL)
        return NULL;
    memset(q, 0, len);
    uint8_t *name = (uint8_t *)q + len;
    memcpy(name, want->name.wire, want->name.len);
    q->flight = flight;
    q->want = (struct sw_question){{name, want->name.len}, want->type};
    sw_list_init(&q->waiters);
    sw_arena_init(&q->arena, flight->alloc, NULL, 0, ANSWER_LEN);
    q->is_joinable = true;
    sw_hmap_add(&flight->questions, &q->by_name, hash_question(flight, want));
    sw_list_push_back(&flight->open, &q->link);
    flight->question_count++;
    return q;
}

static void stop_joining(struct ad_flight_question *q)
{
    if (q->is_joinable)
        sw_hmap_remove(&q->flight->questions, &q->by_name);
    q->is_joinable = false;
}

/* Nobody waits for it, and nobody works on it. */
static void question_free(struct ad_flight_question *q)
{
    stop_joining(q);
    sw_list_remove(&q->link);
    sw_arena_fini(&q->arena);
    q->flight->question_count--;
    sw_free(q->flight->alloc, q);
}

void ad_flight_forget_answer(struct ad_flight_question *q)
{
    sw_arena_reset(&q->arena);
    q->is_answered = false;
}

void ad_flight_finish(struct ad_flight_question *q)
{
    struct ad_flight *flight = q->flight;
    if (flight->ops->finished != NULL)
        flight->ops->finished(q);
    if (sw_list_is_empty(&q->waiters)) {
        question_free(q);
        return;
    }
    stop_joining(q);
    sw_list_remove(&q->link);
    sw_list_push_back(&flight->answered, &q->link);
    arm_timer(flight, 0);
}

void ad_flight_part(struct ad_flight *flight)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &flight->open)
        stop_joining(question_of(at));
}

/* ---- waiters ---- */

static bool is_id(const struct sw_hmap_link *link, const void *key)
{
    return SW_CONTAINER_OF(link, const struct waiter, by_id)->id == *(const uint64_t *)key;
}

static uint64_t hash_id(uint64_t id)
{
    struct sw_mix mix = {id};
    return sw_mix_u64(&mix);
}

static struct waiter *waiter_of(struct sw_list *link)
{
    return SW_LIST_ITEM(link, struct waiter, link);
}

static int wait_for(struct ad_flight_question *q, uint64_t asked_us, uint64_t timeout_us,
                    ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id)
{
    struct ad_flight *flight = q->flight;
    struct waiter *w = sw_zalloc(flight->alloc, sizeof *w);
    if (w == NULL)
        return SW_E_NOMEM;
    w->question = q;
    w->id = ++flight->last_id;
    w->asked_us = asked_us;
    w->fn = fn;
    w->arg = arg;
    sw_list_push_back(&q->waiters, &w->link);
    sw_hmap_add(&flight->waiters, &w->by_id, hash_id(w->id));
    sw_timer_init(&w->deadline);
    sw_timer_arm(&flight->deadlines, &w->deadline, sw_after_us(asked_us, timeout_us));
    arm_timer(flight, sw_timerwheel_next_us(&flight->deadlines));
    id->value = w->id;
    return 0;
}

static void waiter_free(struct ad_flight *flight, struct waiter *w)
{
    sw_list_remove(&w->link);
    sw_hmap_remove(&flight->waiters, &w->by_id);
    sw_timer_disarm(&flight->deadlines, &w->deadline);
    sw_free(flight->alloc, w);
}

/* One who waits no longer. */
static void leave(struct ad_flight *flight, struct waiter *w)
{
    struct ad_flight_question *q = w->question;
    waiter_free(flight, w);
    if (!sw_list_is_empty(&q->waiters) || q->is_answered)
        return;
    if (flight->ops->abandoned(q))
        question_free(q);
}

static void tell(const struct ad_flight *flight, struct sw_answer answer, uint64_t asked_us,
                 ad_dns_answer_fn *fn, void *arg)
{
    answer.elapsed_us = (uint32_t)sw_min_us(ad_flight_now_us(flight) - asked_us, UINT32_MAX);
    fn(arg, &answer);
}

/* The waiter is gone when it is called, so that what it does is about others. */
static void tell_waiter(struct ad_flight *flight, struct waiter *w, const struct sw_answer *answer)
{
    const struct waiter copy = *w;
    leave(flight, w);
    tell(flight, *answer, copy.asked_us, copy.fn, copy.arg);
}

/* ---- the timer ---- */

static void deliver_answers(struct ad_flight *flight)
{
    struct sw_list *link;
    while ((link = sw_list_first(&flight->answered)) != NULL) {
        struct ad_flight_question *q = question_of(link);
        sw_list_remove(&q->link);
        if (flight->ops->tell != NULL)
            flight->ops->tell(q);
        while ((link = sw_list_first(&q->waiters)) != NULL)
            tell_waiter(flight, waiter_of(link), &q->answer);
        question_free(q);
    }
}

static void end_waits(struct ad_flight *flight)
{
    static const struct sw_answer too_late = {.outcome = SW_OUTCOME_TIMEOUT,
                                              .why = "no answer in time"};
    struct sw_timer *due;
    uint64_t now_us = ad_flight_now_us(flight);
    while ((due = sw_timerwheel_take(&flight->deadlines, now_us)) != NULL) {
        struct waiter *w = SW_CONTAINER_OF(due, struct waiter, deadline);
        struct sw_answer answer = too_late;
        if (flight->ops->late != NULL && !flight->ops->late(w->question, &answer))
            answer = too_late;
        tell_waiter(flight, w, &answer);
    }
}

static void on_timer(void *arg)
{
    struct ad_flight *flight = arg;
    flight->timer_due_us = SW_NEVER;
    deliver_answers(flight);
    end_waits(flight);
    if (flight->ops->idle != NULL)
        flight->ops->idle(flight);
    arm_timer(flight, sw_timerwheel_next_us(&flight->deadlines));
}

/* ---- asking ---- */

int ad_flight_refuse(const struct ad_flight *flight, const char *why, ad_dns_answer_fn *fn,
                     void *arg)
{
    const struct sw_answer answer = {.outcome = SW_OUTCOME_NOT_ASKED, .why = why};
    tell(flight, answer, ad_flight_now_us(flight), fn, arg);
    return 0;
}

static int ask_anew(struct ad_flight *flight, const struct sw_question *want, uint64_t timeout_us,
                    ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id)
{
    struct ad_flight_question *q = question_new(flight, want);
    if (q == NULL)
        return SW_E_NOMEM;
    uint64_t asked_us = ad_flight_now_us(flight);
    flight->ops->start(q);
    if (!q->is_answered)
        return wait_for(q, asked_us, timeout_us, fn, arg, id);
    stop_joining(q);
    tell(flight, q->answer, asked_us, fn, arg);
    question_free(q);
    return 0;
}

int ad_flight_ask(struct ad_flight *flight, const struct sw_question *want, uint64_t timeout_us,
                  ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id)
{
    *id = (struct ad_dns_id){0};
    SW_BUG_ON(want->name.len == 0);
    struct sw_hmap_link *link =
        sw_hmap_find(&flight->questions, hash_question(flight, want), is_question, want);
    if (link != NULL) {
        struct ad_flight_question *q = SW_CONTAINER_OF(link, struct ad_flight_question, by_name);
        uint64_t now_us = ad_flight_now_us(flight);
        int rc = wait_for(q, now_us, timeout_us, fn, arg, id);
        if (rc == 0 && flight->ops->joined != NULL)
            flight->ops->joined(q, now_us);
        return rc;
    }
    if (flight->question_count >= flight->question_max)
        return ad_flight_refuse(flight, "too many questions are under way", fn, arg);
    return ask_anew(flight, want, timeout_us, fn, arg, id);
}

void ad_flight_cancel(struct ad_flight *flight, struct ad_dns_id id)
{
    struct sw_hmap_link *link = sw_hmap_find(&flight->waiters, hash_id(id.value), is_id, &id.value);
    if (link != NULL)
        leave(flight, SW_CONTAINER_OF(link, struct waiter, by_id));
}

/* ---- set-up ---- */

int ad_flight_init(struct ad_flight *flight, const struct ad_flight_ops *ops, struct ad_loop *loop,
                   const struct sw_alloc *alloc, size_t question_max)
{
    *flight =
        (struct ad_flight){.ops = ops, .loop = loop, .alloc = alloc, .question_max = question_max};
    sw_list_init(&flight->open);
    sw_list_init(&flight->answered);
    sw_timerwheel_init(&flight->deadlines, ad_flight_now_us(flight));
    flight->timer_due_us = SW_NEVER;
    if (getrandom(&flight->seed, sizeof flight->seed, 0) != (ssize_t)sizeof flight->seed)
        return SW_E_RESOLVER;
    int rc = sw_hmap_init(&flight->questions, alloc, 64);
    if (rc == 0)
        rc = sw_hmap_init(&flight->waiters, alloc, 64);
    if (rc < 0)
        return rc;
    flight->timer = loop->ops->timer_new(loop, on_timer, flight);
    return flight->timer == NULL ? SW_E_NOMEM : 0;
}

static void free_questions(struct sw_list *questions)
{
    struct sw_list *link;
    while ((link = sw_list_first(questions)) != NULL) {
        struct ad_flight_question *q = question_of(link);
        while ((link = sw_list_first(&q->waiters)) != NULL)
            waiter_free(q->flight, waiter_of(link));
        question_free(q);
    }
}

void ad_flight_fini(struct ad_flight *flight)
{
    if (flight->loop == NULL)
        return;
    free_questions(&flight->open);
    free_questions(&flight->answered);
    if (flight->timer != NULL)
        flight->loop->ops->timer_free(flight->timer);
    sw_hmap_fini(&flight->questions);
    sw_hmap_fini(&flight->waiters);
}

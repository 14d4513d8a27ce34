/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question is asked once, whoever waits for it (D11). It is put to the main context; where that
 * fails at once, or is silent while somebody new begins to wait, it is put to the retry context
 * too (dns_pool.h).
 *
 * Nobody is called from within libunbound: an answer that comes later is put on a list that the
 * timer delivers. So whoever is called may ask and cancel, and contexts can be freed wherever our
 * own code runs. A question whose waiters have all gone stays until libunbound has ended it, which
 * fills the cache for the next one.
 */
#include "adapter/dns_unbound.h"

#include "adapter/dns_answer.h"
#include "adapter/dns_pool.h"
#include "adapter/dns_zones.h"
#include "adapter/loop.h"
#include "base/bug.h"
#include "base/hmap.h"
#include "base/rng.h"
#include "base/timerwheel.h"

#include <sys/random.h>
#include <unbound-event.h>
#include <unbound.h>

enum {
    ANSWER_LEN = 512, /* holds a usual answer; asked for when it comes, since thousands may wait */
    CONF_LEN = 256,
    CLASS_IN = 1
};

/* A question that has been silent for so long is put anew for who joins it. */
#define SILENT_US SW_MS(500)

enum which { MAIN, RETRY, ATTEMPT_COUNT };

struct attempt {
    struct question *question;
    struct ad_dns_member *member; /* NULL: not under way */
    uint64_t started_us;
    int ub_id;
};

struct question {
    struct ad_dns *dns;
    struct sw_hmap_link by_name; /* in dns->questions while is_joinable */
    struct sw_list link;         /* in dns->open, or in dns->answered */
    struct sw_list waiters;
    struct attempt attempts[ATTEMPT_COUNT];
    struct sw_arena arena;
    struct sw_answer answer;
    bool is_answered;
    bool is_joinable;
    bool is_starting; /* libunbound is being called: an answer that comes now is there at once */
    enum sw_rrtype type;
    uint8_t name_len;
    uint8_t name[]; /* wire form */
};

struct waiter {
    struct sw_hmap_link by_id;
    struct sw_list link; /* in question->waiters */
    struct sw_timer deadline;
    struct question *question;
    uint64_t id, asked_us;
    ad_dns_answer_fn *fn;
    void *arg;
};

struct ad_dns {
    struct ad_dns_conf conf;
    struct sw_arena arena; /* of what conf points at */
    struct ad_loop *loop;
    struct ad_dns_zones zones;
    struct ad_dns_pool pool;
    struct sw_hmap questions; /* by name and type */
    struct sw_hmap waiters;   /* by id */
    struct sw_list open;      /* questions that libunbound works on */
    struct sw_list answered;  /* questions to be delivered */
    size_t question_count;
    uint64_t last_id;
    uint64_t seed; /* of the hash of names: strangers choose them */
    struct sw_timerwheel deadlines;
    struct ad_loop_timer *timer;
    uint64_t timer_due_us; /* SW_NEVER: not armed */
    bool is_closing;
};

static uint64_t now_us(const struct ad_dns *dns)
{
    return dns->loop->ops->now_us(dns->loop);
}

static void arm_timer(struct ad_dns *dns, uint64_t due_us)
{
    if (due_us >= dns->timer_due_us)
        return;
    uint64_t now = now_us(dns);
    dns->loop->ops->timer_arm(dns->timer, due_us > now ? due_us - now : 0);
    dns->timer_due_us = due_us;
}

/* ---- questions ---- */

static uint64_t hash_question(const struct ad_dns *dns, const struct sw_question *q)
{
    return sw_name_hash(q->name, dns->seed ^ (uint64_t)q->type);
}

static struct sw_question view(const struct question *q)
{
    return (struct sw_question){{q->name, q->name_len}, q->type};
}

static bool is_question(const struct sw_hmap_link *link, const void *key)
{
    const struct question *q = SW_CONTAINER_OF(link, const struct question, by_name);
    const struct sw_question *want = key;
    return q->type == want->type && sw_name_eq(view(q).name, want->name);
}

static struct question *question_new(struct ad_dns *dns, const struct sw_question *want)
{
    struct question *q = sw_alloc(dns->conf.alloc, sizeof *q + want->name.len);
    if (q == NULL)
        return NULL;
    memset(q, 0, sizeof *q);
    q->dns = dns;
    q->type = want->type;
    q->name_len = want->name.len;
    memcpy(q->name, want->name.wire, want->name.len);
    sw_list_init(&q->waiters);
    sw_arena_init(&q->arena, dns->conf.alloc, NULL, 0, ANSWER_LEN);
    q->is_joinable = true;
    sw_hmap_add(&dns->questions, &q->by_name, hash_question(dns, want));
    sw_list_push_back(&dns->open, &q->link);
    dns->question_count++;
    return q;
}

static void stop_joining(struct question *q)
{
    if (q->is_joinable)
        sw_hmap_remove(&q->dns->questions, &q->by_name);
    q->is_joinable = false;
}

/* Nobody waits for it, and libunbound does not know it any more. */
static void question_free(struct question *q)
{
    stop_joining(q);
    sw_list_remove(&q->link);
    sw_arena_fini(&q->arena);
    q->dns->question_count--;
    sw_free(q->dns->conf.alloc, q);
}

static void forget_answer(struct question *q)
{
    sw_arena_reset(&q->arena);
    q->is_answered = false;
}

static void set_answer(struct question *q, const struct ad_dns_raw *raw)
{
    const struct ad_dns *dns = q->dns;
    struct sw_question want = view(q);
    q->is_answered = true;
    if (ad_dns_answer_read(raw, &want, &q->arena, &q->answer) < 0) {
        q->answer = (struct sw_answer){.outcome = SW_OUTCOME_NOT_ASKED, .why = "out of memory"};
        return;
    }
    const struct sw_answer *a = &q->answer;
    bool ends_in_zones = ad_dns_zones_have(&dns->zones, a->owner);
    q->answer.is_local = ends_in_zones && ad_dns_zones_have(&dns->zones, want.name);
    bool leads_out = a->outcome == SW_OUTCOME_SERVFAIL || a->outcome == SW_OUTCOME_TIMEOUT ||
                     (a->owner.len > 0 && !ends_in_zones);
    if (dns->conf.source == AD_DNS_ZONES && leads_out)
        q->answer = (struct sw_answer){
            .outcome = SW_OUTCOME_NOT_ASKED,
            .why = "an alias or a delegation leads out of the zone files",
        };
}

/* ---- attempts ---- */

static void end_attempt(struct attempt *a)
{
    if (a->member == NULL)
        return;
    ub_cancel(a->member->ub, a->ub_id);
    a->member->use_count--;
    a->member = NULL;
}

/* From here on nobody joins it; its waiters are served when the timer comes. */
static void finish(struct question *q)
{
    struct ad_dns *dns = q->dns;
    end_attempt(&q->attempts[MAIN]);
    end_attempt(&q->attempts[RETRY]);
    if (sw_list_is_empty(&q->waiters)) {
        question_free(q);
        return;
    }
    stop_joining(q);
    sw_list_remove(&q->link);
    sw_list_push_back(&dns->answered, &q->link);
    arm_timer(dns, 0);
}

/* signature: ub_event_callback_type */
static void on_answer(void *arg, int rcode, void *packet, int packet_len, int security, char *why,
                      int was_ratelimited)
{
    struct attempt *a = arg;
    struct question *q = a->question;
    const struct ad_dns_raw raw = {rcode, packet, packet_len, security, why};
    (void)was_ratelimited;
    if (q->dns->is_closing)
        return;
    if (--a->member->use_count == 0 && sw_list_is_linked(&a->member->link))
        arm_timer(q->dns, 0); /* the last one of a context that was replaced */
    a->member = NULL;
    set_answer(q, &raw);
    if (q->is_starting)
        return;
    bool other_goes_on = q->attempts[MAIN].member != NULL || q->attempts[RETRY].member != NULL;
    if (other_goes_on && sw_outcome_is_temporary(q->answer.outcome))
        forget_answer(q);
    else
        finish(q);
}

/* Put it to a context. Afterwards is_answered tells whether the answer was there at once. */
static void start(struct question *q, enum which which, struct ad_dns_member *member)
{
    char name[SW_NAME_TEXT_MAX + 1];
    struct sw_buf b = sw_buf(name, sizeof name);
    struct attempt *a = &q->attempts[which];
    sw_name_write_fqdn(&b, view(q).name);
    *a = (struct attempt){.question = q, .member = member, .started_us = now_us(q->dns)};
    member->use_count++;
    q->is_starting = true;
    int rc = ub_resolve_event(member->ub, sw_buf_cstr(&b), (int)q->type, CLASS_IN, a, on_answer,
                              &a->ub_id);
    q->is_starting = false;
    if (rc == 0)
        return;
    a->member = NULL;
    member->use_count--;
    q->is_answered = true;
    q->answer = (struct sw_answer){.outcome = SW_OUTCOME_NOT_ASKED, .why = ub_strerror(rc)};
}

/* Put it to the retry context, where there is one, in place of an older one. An answer that fails
 * again counts only when nothing else is under way. */
static void retry(struct question *q)
{
    struct ad_dns *dns = q->dns;
    struct ad_dns_member *member = NULL;
    if (dns->conf.source != AD_DNS_ZONES)
        member = ad_dns_pool_retry(&dns->pool, now_us(dns));
    if (member == NULL || member == q->attempts[RETRY].member)
        return;
    forget_answer(q);
    end_attempt(&q->attempts[RETRY]);
    start(q, RETRY, member);
    if (q->is_answered && q->attempts[MAIN].member != NULL &&
        sw_outcome_is_temporary(q->answer.outcome))
        forget_answer(q);
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

static int wait_for(struct question *q, uint64_t asked_us, uint64_t timeout_us,
                    ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id)
{
    struct ad_dns *dns = q->dns;
    struct waiter *w = sw_zalloc(dns->conf.alloc, sizeof *w);
    if (w == NULL)
        return SW_E_NOMEM;
    w->question = q;
    w->id = ++dns->last_id;
    w->asked_us = asked_us;
    w->fn = fn;
    w->arg = arg;
    sw_list_push_back(&q->waiters, &w->link);
    sw_hmap_add(&dns->waiters, &w->by_id, hash_id(w->id));
    sw_timer_init(&w->deadline);
    sw_timer_arm(&dns->deadlines, &w->deadline, sw_after_us(asked_us, timeout_us));
    arm_timer(dns, sw_timerwheel_next_us(&dns->deadlines));
    id->value = w->id;
    return 0;
}

static void waiter_free(struct ad_dns *dns, struct waiter *w)
{
    sw_list_remove(&w->link);
    sw_hmap_remove(&dns->waiters, &w->by_id);
    sw_timer_disarm(&dns->deadlines, &w->deadline);
    sw_free(dns->conf.alloc, w);
}

/* One who waits no longer. Without any the question goes on in the main context only, for the sake
 * of the cache. */
static void leave(struct ad_dns *dns, struct waiter *w)
{
    struct question *q = w->question;
    waiter_free(dns, w);
    if (!sw_list_is_empty(&q->waiters) || q->is_answered)
        return;
    end_attempt(&q->attempts[RETRY]);
    if (q->attempts[MAIN].member == NULL)
        question_free(q);
}

static void tell(const struct ad_dns *dns, struct sw_answer answer, uint64_t asked_us,
                 ad_dns_answer_fn *fn, void *arg)
{
    answer.elapsed_us = (uint32_t)sw_min_us(now_us(dns) - asked_us, UINT32_MAX);
    fn(arg, &answer);
}

/* The waiter is gone when it is called, so that what it does is about others. */
static void tell_waiter(struct ad_dns *dns, struct waiter *w, const struct sw_answer *answer)
{
    const struct waiter copy = *w;
    leave(dns, w);
    tell(dns, *answer, copy.asked_us, copy.fn, copy.arg);
}

/* ---- the timer ---- */

static void deliver_answers(struct ad_dns *dns)
{
    struct sw_list *link;
    while ((link = sw_list_first(&dns->answered)) != NULL) {
        struct question *q = SW_LIST_ITEM(link, struct question, link);
        sw_list_remove(&q->link);
        while ((link = sw_list_first(&q->waiters)) != NULL)
            tell_waiter(dns, SW_LIST_ITEM(link, struct waiter, link), &q->answer);
        question_free(q);
    }
}

static void end_waits(struct ad_dns *dns)
{
    static const struct sw_answer too_late = {.outcome = SW_OUTCOME_TIMEOUT,
                                              .why = "no answer in time"};
    struct sw_timer *due;
    uint64_t now = now_us(dns);
    while ((due = sw_timerwheel_take(&dns->deadlines, now)) != NULL)
        tell_waiter(dns, SW_CONTAINER_OF(due, struct waiter, deadline), &too_late);
}

static void on_timer(void *arg)
{
    struct ad_dns *dns = arg;
    dns->timer_due_us = SW_NEVER;
    deliver_answers(dns);
    end_waits(dns);
    ad_dns_pool_reap(&dns->pool);
    arm_timer(dns, sw_timerwheel_next_us(&dns->deadlines));
}

/* ---- asking ---- */

static int refuse(const struct ad_dns *dns, const char *why, ad_dns_answer_fn *fn, void *arg)
{
    const struct sw_answer answer = {.outcome = SW_OUTCOME_NOT_ASKED, .why = why};
    tell(dns, answer, now_us(dns), fn, arg);
    return 0;
}

/* resolv.conf has changed: who asks now is not to wait for the old servers. */
static void leave_old_questions(struct ad_dns *dns)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &dns->open)
        stop_joining(SW_LIST_ITEM(at, struct question, link));
}

static void try_again_if_silent(struct question *q, uint64_t now)
{
    const struct attempt *last = &q->attempts[RETRY];
    if (last->member == NULL)
        last = &q->attempts[MAIN];
    if (last->member == NULL || now - last->started_us < SILENT_US)
        return;
    retry(q);
    if (q->is_answered)
        finish(q);
}

static int ask_anew(struct ad_dns *dns, const struct sw_question *want, uint64_t timeout_us,
                    ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id)
{
    struct question *q = question_new(dns, want);
    if (q == NULL)
        return SW_E_NOMEM;
    uint64_t asked_us = now_us(dns);
    start(q, MAIN, dns->pool.main);
    if (q->is_answered && sw_outcome_is_temporary(q->answer.outcome))
        retry(q);
    if (!q->is_answered)
        return wait_for(q, asked_us, timeout_us, fn, arg, id);
    stop_joining(q);
    tell(dns, q->answer, asked_us, fn, arg);
    question_free(q);
    return 0;
}

int ad_dns_ask(struct ad_dns *dns, const struct sw_question *want, uint64_t timeout_us,
               ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id)
{
    uint64_t now = now_us(dns);
    *id = (struct ad_dns_id){0};
    SW_BUG_ON(want->name.len == 0);
    if (dns->conf.source == AD_DNS_ZONES && !ad_dns_zones_have(&dns->zones, want->name))
        return refuse(dns, "the name is outside all zone files", fn, arg);
    if (ad_dns_pool_look(&dns->pool, now))
        leave_old_questions(dns);
    struct sw_hmap_link *link =
        sw_hmap_find(&dns->questions, hash_question(dns, want), is_question, want);
    if (link != NULL) {
        struct question *q = SW_CONTAINER_OF(link, struct question, by_name);
        int rc = wait_for(q, now, timeout_us, fn, arg, id);
        if (rc == 0)
            try_again_if_silent(q, now);
        return rc;
    }
    if (dns->question_count >= dns->conf.inflight_max)
        return refuse(dns, "too many questions are under way", fn, arg);
    return ask_anew(dns, want, timeout_us, fn, arg, id);
}

void ad_dns_cancel(struct ad_dns *dns, struct ad_dns_id id)
{
    struct sw_hmap_link *link = sw_hmap_find(&dns->waiters, hash_id(id.value), is_id, &id.value);
    if (link != NULL)
        leave(dns, SW_CONTAINER_OF(link, struct waiter, by_id));
}

/* ---- set-up ---- */

static int make_tables(struct ad_dns *dns)
{
    sw_list_init(&dns->open);
    sw_list_init(&dns->answered);
    sw_timerwheel_init(&dns->deadlines, now_us(dns));
    dns->timer_due_us = SW_NEVER;
    if (getrandom(&dns->seed, sizeof dns->seed, 0) != (ssize_t)sizeof dns->seed)
        return SW_E_RESOLVER;
    int rc = sw_hmap_init(&dns->questions, dns->conf.alloc, 64);
    if (rc == 0)
        rc = sw_hmap_init(&dns->waiters, dns->conf.alloc, 64);
    dns->timer = dns->loop->ops->timer_new(dns->loop, on_timer, dns);
    return dns->timer == NULL ? SW_E_NOMEM : rc;
}

static int set_up(struct ad_dns *dns, const struct ad_dns_conf *conf, struct ad_dns_error *error)
{
    int rc = ad_dns_conf_copy(&dns->conf, conf, &dns->arena);
    if (rc == 0)
        rc = make_tables(dns);
    if (rc == 0)
        rc = ad_dns_zones_init(&dns->zones, conf->zone_files, conf->zone_file_count, error);
    if (rc < 0)
        return rc;
    const struct ad_dns_setup setup = {&dns->conf, dns->loop, dns->zones.zones, dns->zones.count};
    rc = ad_dns_pool_init(&dns->pool, &setup, now_us(dns), error);
    if (rc < 0)
        ad_dns_zones_fini(&dns->zones);
    return rc;
}

/* What is there before the zones and the contexts. */
static void free_tables(struct ad_dns *dns)
{
    if (dns->timer != NULL)
        dns->loop->ops->timer_free(dns->timer);
    sw_hmap_fini(&dns->questions);
    sw_hmap_fini(&dns->waiters);
    sw_arena_fini(&dns->arena);
    sw_free(NULL, dns);
}

int ad_dns_new(struct ad_dns **out, const struct ad_dns_conf *conf, struct ad_loop *loop,
               struct ad_dns_error *error)
{
    struct ad_dns_error ignored;
    struct ad_dns *dns = sw_zalloc(NULL, sizeof *dns);
    if (error == NULL)
        error = &ignored;
    struct sw_buf why = sw_buf(error->text, sizeof error->text);
    sw_buf_str(&why, sw_err_text(SW_E_NOMEM)); /* unless somebody knows better */
    (void)sw_buf_cstr(&why);
    if (dns == NULL)
        return SW_E_NOMEM;
    sw_arena_init(&dns->arena, NULL, NULL, 0, CONF_LEN);
    dns->loop = loop;
    int rc = set_up(dns, conf, error);
    if (rc < 0) {
        free_tables(dns);
        return rc;
    }
    *out = dns;
    return 0;
}

static void free_questions(struct sw_list *questions)
{
    struct sw_list *link;
    while ((link = sw_list_first(questions)) != NULL) {
        struct question *q = SW_LIST_ITEM(link, struct question, link);
        while ((link = sw_list_first(&q->waiters)) != NULL)
            waiter_free(q->dns, SW_LIST_ITEM(link, struct waiter, link));
        question_free(q);
    }
}

void ad_dns_free(struct ad_dns *dns)
{
    if (dns == NULL)
        return;
    dns->is_closing = true;
    ad_dns_pool_fini(&dns->pool); /* first: libunbound points at the questions */
    free_questions(&dns->open);
    free_questions(&dns->answered);
    ad_dns_zones_fini(&dns->zones);
    free_tables(dns);
}

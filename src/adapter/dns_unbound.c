/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question (dns_flight.h) is put to the main context; where that fails at once, or is silent
 * while somebody new begins to wait, it is put to the retry context too (dns_pool.h). A question
 * whose waiters have all gone stays until libunbound has ended it, which fills the cache for the
 * next one.
 */
#include "adapter/dns_unbound.h"

#include "adapter/dns_answer.h"
#include "adapter/dns_flight.h"
#include "adapter/dns_pool.h"
#include "adapter/dns_zones.h"

#include <unbound-event.h>
#include <unbound.h>

enum { CONF_LEN = 256, CLASS_IN = 1 };

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
    struct ad_flight_question base;
    struct attempt attempts[ATTEMPT_COUNT];
    bool is_starting; /* libunbound is being called: an answer that comes now is there at once */
};

struct resolver {
    struct ad_dns dns;
    struct ad_dns_conf conf;
    struct sw_arena arena; /* of what conf points at */
    struct ad_dns_zones zones;
    struct ad_dns_pool pool;
    struct ad_flight flight;
    bool is_closing;
};

static struct resolver *resolver_of(const struct ad_flight *flight)
{
    return SW_CONTAINER_OF(flight, struct resolver, flight);
}

static struct question *question_of(struct ad_flight_question *base)
{
    return SW_CONTAINER_OF(base, struct question, base);
}

static void set_answer(struct question *q, const struct ad_dns_raw *raw)
{
    const struct resolver *r = resolver_of(q->base.flight);
    struct sw_answer *a = &q->base.answer;
    q->base.is_answered = true;
    if (ad_dns_answer_read(raw, &q->base.want, &q->base.arena, a) < 0) {
        *a = (struct sw_answer){.outcome = SW_OUTCOME_NOT_ASKED, .why = "out of memory"};
        return;
    }
    bool ends_in_zones = ad_dns_zones_have(&r->zones, a->owner);
    a->is_local = ends_in_zones && ad_dns_zones_have(&r->zones, q->base.want.name);
    bool leads_out = a->outcome == SW_OUTCOME_SERVFAIL || a->outcome == SW_OUTCOME_TIMEOUT ||
                     (a->owner.len > 0 && !ends_in_zones);
    if (r->conf.source == AD_DNS_ZONES && leads_out)
        *a = (struct sw_answer){
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

static void end_attempts(struct ad_flight_question *base)
{
    struct question *q = question_of(base);
    end_attempt(&q->attempts[MAIN]);
    end_attempt(&q->attempts[RETRY]);
}

/* signature: ub_event_callback_type */
static void on_answer(void *arg, int rcode, void *packet, int packet_len, int security, char *why,
                      int was_ratelimited)
{
    struct attempt *a = arg;
    struct question *q = a->question;
    const struct ad_dns_raw raw = {rcode, packet, packet_len, security, why};
    (void)was_ratelimited;
    if (resolver_of(q->base.flight)->is_closing)
        return;
    if (--a->member->use_count == 0 && sw_list_is_linked(&a->member->link))
        ad_flight_wake(q->base.flight); /* the last one of a context that was replaced */
    a->member = NULL;
    set_answer(q, &raw);
    if (q->is_starting)
        return;
    bool other_goes_on = q->attempts[MAIN].member != NULL || q->attempts[RETRY].member != NULL;
    if (other_goes_on && sw_outcome_is_temporary(q->base.answer.outcome))
        ad_flight_forget_answer(&q->base);
    else
        ad_flight_finish(&q->base);
}

/* Put it to a context. Afterwards is_answered tells whether the answer was there at once. */
static void put(struct question *q, enum which which, struct ad_dns_member *member)
{
    char name[SW_NAME_TEXT_MAX + 1];
    struct sw_buf b = sw_buf(name, sizeof name);
    struct attempt *a = &q->attempts[which];
    sw_name_write_fqdn(&b, q->base.want.name);
    *a = (struct attempt){
        .question = q, .member = member, .started_us = ad_flight_now_us(q->base.flight)};
    member->use_count++;
    q->is_starting = true;
    int rc = ub_resolve_event(member->ub, sw_buf_cstr(&b), (int)q->base.want.type, CLASS_IN, a,
                              on_answer, &a->ub_id);
    q->is_starting = false;
    if (rc == 0)
        return;
    a->member = NULL;
    member->use_count--;
    q->base.is_answered = true;
    q->base.answer = (struct sw_answer){.outcome = SW_OUTCOME_NOT_ASKED, .why = ub_strerror(rc)};
}

/* Put it to the retry context, where there is one, in place of an older one. An answer that fails
 * again counts only when nothing else is under way. */
static void retry(struct question *q)
{
    struct resolver *r = resolver_of(q->base.flight);
    struct ad_dns_member *member = NULL;
    if (r->conf.source != AD_DNS_ZONES)
        member = ad_dns_pool_retry(&r->pool, ad_flight_now_us(&r->flight));
    if (member == NULL || member == q->attempts[RETRY].member)
        return;
    ad_flight_forget_answer(&q->base);
    end_attempt(&q->attempts[RETRY]);
    put(q, RETRY, member);
    if (q->base.is_answered && q->attempts[MAIN].member != NULL &&
        sw_outcome_is_temporary(q->base.answer.outcome))
        ad_flight_forget_answer(&q->base);
}

/* ---- what the flight asks of us ---- */

static void start(struct ad_flight_question *base)
{
    struct question *q = question_of(base);
    put(q, MAIN, resolver_of(base->flight)->pool.main);
    if (base->is_answered && sw_outcome_is_temporary(base->answer.outcome))
        retry(q);
}

static void try_again_if_silent(struct ad_flight_question *base, uint64_t now_us)
{
    struct question *q = question_of(base);
    const struct attempt *last = &q->attempts[RETRY];
    if (last->member == NULL)
        last = &q->attempts[MAIN];
    if (last->member == NULL || now_us - last->started_us < SILENT_US)
        return;
    retry(q);
    if (base->is_answered)
        ad_flight_finish(base);
}

/* It goes on in the main context only, for the sake of the cache. */
static bool go_on_alone(struct ad_flight_question *base)
{
    struct question *q = question_of(base);
    end_attempt(&q->attempts[RETRY]);
    return q->attempts[MAIN].member == NULL;
}

static void reap(struct ad_flight *flight)
{
    ad_dns_pool_reap(&resolver_of(flight)->pool);
}

static const struct ad_flight_ops flight_ops = {
    .question_len = sizeof(struct question),
    .start = start,
    .joined = try_again_if_silent,
    .abandoned = go_on_alone,
    .finished = end_attempts,
    .idle = reap,
};

/* ---- what others ask of us ---- */

static int ask(struct ad_dns *dns, const struct sw_question *want, uint64_t timeout_us,
               ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id)
{
    struct resolver *r = SW_CONTAINER_OF(dns, struct resolver, dns);
    *id = (struct ad_dns_id){0};
    if (r->conf.source == AD_DNS_ZONES && !ad_dns_zones_have(&r->zones, want->name))
        return ad_flight_refuse(&r->flight, "the name is outside all zone files", fn, arg);
    if (ad_dns_pool_look(&r->pool, ad_flight_now_us(&r->flight)))
        ad_flight_part(&r->flight); /* nobody is to wait for the servers of an old resolv.conf */
    return ad_flight_ask(&r->flight, want, timeout_us, fn, arg, id);
}

static void cancel(struct ad_dns *dns, struct ad_dns_id id)
{
    ad_flight_cancel(&SW_CONTAINER_OF(dns, struct resolver, dns)->flight, id);
}

/* What is there before the zones and the contexts. */
static void free_tables(struct resolver *r)
{
    ad_flight_fini(&r->flight);
    sw_arena_fini(&r->arena);
    sw_free(NULL, r);
}

static void free_resolver(struct ad_dns *dns)
{
    struct resolver *r = SW_CONTAINER_OF(dns, struct resolver, dns);
    r->is_closing = true;
    ad_dns_pool_fini(&r->pool); /* first: libunbound points at the questions */
    ad_dns_zones_fini(&r->zones);
    free_tables(r);
}

static const struct ad_dns_ops dns_ops = {.ask = ask, .cancel = cancel, .free = free_resolver};

/* ---- set-up ---- */

static int set_up(struct resolver *r, const struct ad_dns_conf *conf, struct ad_loop *loop,
                  struct ad_dns_error *error)
{
    int rc = ad_dns_conf_copy(&r->conf, conf, &r->arena);
    if (rc == 0)
        rc = ad_flight_init(&r->flight, &flight_ops, loop, r->conf.alloc, r->conf.inflight_max);
    if (rc == 0)
        rc = ad_dns_zones_init(&r->zones, conf->zone_files, conf->zone_file_count, error);
    if (rc < 0)
        return rc;
    const struct ad_dns_setup setup = {&r->conf, loop, r->zones.zones, r->zones.count};
    rc = ad_dns_pool_init(&r->pool, &setup, ad_flight_now_us(&r->flight), error);
    if (rc < 0)
        ad_dns_zones_fini(&r->zones);
    return rc;
}

int ad_dns_new(struct ad_dns **out, const struct ad_dns_conf *conf, struct ad_loop *loop,
               struct ad_dns_error *error)
{
    struct ad_dns_error ignored;
    struct resolver *r = sw_zalloc(NULL, sizeof *r);
    if (error == NULL)
        error = &ignored;
    struct sw_buf why = sw_buf(error->text, sizeof error->text);
    sw_buf_str(&why, sw_err_text(SW_E_NOMEM)); /* unless somebody knows better */
    (void)sw_buf_cstr(&why);
    if (r == NULL)
        return SW_E_NOMEM;
    r->dns.ops = &dns_ops;
    sw_arena_init(&r->arena, NULL, NULL, 0, CONF_LEN);
    int rc = set_up(r, conf, loop, error);
    if (rc < 0) {
        free_tables(r);
        return rc;
    }
    *out = &r->dns;
    return 0;
}

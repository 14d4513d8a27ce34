/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/search.h"

#include "proxy/affinity.h"
#include "proxy/emit.h"
#include "proxy/log.h"
#include "proxy/tale.h"

/* ------------------------------------------------------------------------------ setup */

static void *copy_array(const struct px_core *core, const void *from, size_t count, size_t size)
{
    void *to = sw_zalloc_array(core->alloc, count == 0 ? 1 : count, size);
    if (to != NULL && count > 0)
        memcpy(to, from, count * size);
    return to;
}

static void free_setup(struct px_core *core, struct px_setup *setup)
{
    sw_routes_free(setup->routes);
    sw_free(core->alloc, (void *)(uintptr_t)setup->policy.denied);
    sw_free(core->alloc, (void *)(uintptr_t)setup->policy.allowed);
    sw_free(core->alloc, (void *)(uintptr_t)setup->policy.sources);
    sw_free(core->alloc, setup);
}

struct px_setup *px_setup_new(struct px_core *core, const struct px_conf *conf)
{
    struct px_setup *setup = sw_zalloc(core->alloc, sizeof *setup);
    if (setup == NULL)
        return NULL;
    const struct sw_policy *p = &conf->policy;
    setup->ref_count = 1;
    setup->policy = *p;
    setup->policy.denied = copy_array(core, p->denied, p->denied_count, sizeof *p->denied);
    setup->policy.allowed = copy_array(core, p->allowed, p->allowed_count, sizeof *p->allowed);
    setup->policy.sources = copy_array(core, p->sources, p->source_count, sizeof *p->sources);
    int rc = sw_routes_new(&setup->routes, &core->pool, &setup->policy, conf->routes_max,
                           sw_rng_u64(&core->rng));
    if (rc < 0 || setup->policy.denied == NULL || setup->policy.allowed == NULL ||
        setup->policy.sources == NULL) {
        free_setup(core, setup);
        return NULL;
    }
    return setup;
}

void px_setup_unref(struct px_core *core, struct px_setup *setup)
{
    if (setup != NULL && --setup->ref_count == 0)
        free_setup(core, setup);
}

/* ------------------------------------------------------------------------------ questions */

static bool has_ask_id(const struct sw_hmap_link *link, const void *key)
{
    const uint64_t *id = key;
    return SW_CONTAINER_OF(link, const struct px_ask, link)->id == *id;
}

static uint64_t hash_ask(const struct px_core *core, uint64_t id)
{
    return sw_hash(&id, sizeof id, core->keys.table);
}

static void forget_ask(struct px_core *core, struct px_ask *ask)
{
    sw_hmap_remove(&core->asks, &ask->link);
    sw_list_remove(&ask->in_search);
    ask->search->ask_count--;
    px_mem_drop(&core->mem, ask);
}

/* With a copy of the name: the plan may end before the driver comes to ask. */
static struct px_ask *new_ask(struct px_core *core, struct px_search *s,
                              const struct sw_plan_ask *wanted)
{
    const struct sw_name *name = &wanted->question.name;
    struct px_ask *ask = px_mem_get(&core->mem, sizeof *ask + name->len);
    if (ask == NULL)
        return NULL;
    *ask = (struct px_ask){.id = core->next_ask++, .plan_id = wanted->id, .search = s};
    memcpy(ask->name, name->wire, name->len);
    sw_list_push_back(&s->asks, &ask->in_search);
    sw_hmap_add(&core->asks, &ask->link, hash_ask(core, ask->id));
    s->ask_count++;
    return ask;
}

static void answer_for_want_of_memory(struct px_core *core, struct px_search *s, uint32_t plan_id)
{
    const struct sw_answer none = {.outcome = SW_OUTCOME_NOT_ASKED};
    int rc = sw_plan_answer(s->plan, plan_id, &none, core->now_us);
    (void)rc; /* SW_E_NOMEM: it counts as a temporary failure all the same */
}

void px_search_ask(struct px_core *core, struct px_search *s)
{
    struct sw_plan_ask wanted;
    while (s->ask_count < PX_ASKS_MAX && sw_plan_ask(s->plan, core->now_us, &wanted)) {
        struct px_ask *ask = new_ask(core, s, &wanted);
        if (ask == NULL) {
            answer_for_want_of_memory(core, s, wanted.id);
            continue;
        }
        struct px_action *a = px_emit(core, PX_DO_ASK);
        a->ask = ask->id;
        a->question.type = wanted.question.type;
        a->question.name = (struct sw_name){ask->name, wanted.question.name.len};
        a->timeout_us = s->setup->policy.deadline_us;
    }
}

struct px_search *px_search_answer(struct px_core *core, const struct px_event *ev)
{
    struct sw_hmap_link *link =
        sw_hmap_find(&core->asks, hash_ask(core, ev->ask), has_ask_id, &ev->ask);
    if (link == NULL || ev->answer == NULL)
        return NULL;
    struct px_ask *ask = SW_CONTAINER_OF(link, struct px_ask, link);
    struct px_search *s = ask->search;
    int rc = sw_plan_answer(s->plan, ask->plan_id, ev->answer, core->now_us);
    (void)rc; /* SW_E_NOMEM: it counts as a temporary failure, the plan goes on */
    forget_ask(core, ask);
    return s;
}

/* ------------------------------------------------------------------------------ the search */

void px_search_init(struct px_search *s, enum px_search_kind kind)
{
    *s = (struct px_search){.kind = (uint8_t)kind};
    sw_list_init(&s->asks);
    px_timer_init(&s->timer, PX_TIMER_SEARCH);
}

static void fill_args(struct px_core *core, struct px_search *s, struct sw_plan_args *args)
{
    args->policy = &core->setup->policy;
    args->health = core->health;
    args->offers = core->offers;
    args->routes = core->setup->routes;
    args->alloc = &core->pool;
    args->trace = px_tale_sink(&s->tale);
    s->has_told = false;
    s->setup = core->setup;
    s->setup->ref_count++;
    core->counters.locations++;
}

/* Either a plan that has ended before, begun again, or a new one. */
static int get_plan(struct px_core *core, struct px_search *s, const struct sw_plan_args *args)
{
    if (core->plan_count == 0)
        return sw_plan_new(&s->plan, args, core->now_us);
    struct sw_plan *plan = core->plans[--core->plan_count];
    int rc = sw_plan_restart(plan, args, core->now_us);
    if (rc < 0)
        sw_plan_free(plan);
    else
        s->plan = plan;
    return rc;
}

static void leave_setup(struct px_core *core, struct px_search *s)
{
    px_setup_unref(core, s->setup);
    s->setup = NULL;
}

int px_search_begin(struct px_core *core, struct px_search *s, const struct sw_plan_args *args)
{
    struct sw_plan_args all = *args;
    all.preferred = px_affinity_find(core, all.seed);
    fill_args(core, s, &all);
    int rc = get_plan(core, s, &all);
    if (rc < 0)
        leave_setup(core, s);
    else
        px_tale_follow(core, &s->tale, s->plan);
    return rc;
}

int px_search_begin_response(struct px_core *core, struct px_search *s,
                             const struct sw_response_args *response, uint64_t seed)
{
    struct sw_plan_args all = {.seed = seed};
    fill_args(core, s, &all);
    int rc = sw_plan_new_response(&s->plan, &all, response, core->now_us);
    if (rc < 0)
        leave_setup(core, s);
    return rc;
}

/* H3 */
static void tell_bid_down(struct px_core *core, struct px_search *s)
{
    bool is_first;
    if (s->has_told || !sw_plan_is_bid_down(s->plan, &is_first))
        return;
    s->has_told = true;
    core->counters.bid_downs++;
    if (is_first)
        px_log_bid_down(core, s->plan);
}

enum sw_next px_search_next(struct px_core *core, struct px_search *s, enum sw_try why,
                            struct sw_candidate *out)
{
    enum sw_next next = sw_plan_next(s->plan, core->now_us, why, out);
    s->is_waiting = next == SW_NEXT_WAIT;
    s->why = SW_TRY_NONE;
    tell_bid_down(core, s);
    if (next != SW_NEXT_END)
        px_search_ask(core, s);
    px_timer_arm(core, &s->timer, s->is_waiting ? sw_plan_wake_us(s->plan) : SW_NEVER);
    return next;
}

bool px_search_rival(struct px_core *core, struct px_search *s, struct sw_candidate *out)
{
    if (s->plan == NULL)
        return false;
    bool is_there = sw_plan_rival(s->plan, core->now_us, out) == SW_NEXT_CANDIDATE;
    px_search_ask(core, s);
    return is_there;
}

void px_search_report(struct px_search *s, uint8_t place, enum sw_try why)
{
    if (s->plan != NULL)
        sw_plan_report(s->plan, place, why);
}

void px_search_put_off(struct px_core *core, struct px_search *s, enum sw_try why)
{
    s->is_waiting = true;
    s->why = why;
    px_timer_arm(core, &s->timer, core->now_us);
}

bool px_search_has_more(const struct px_core *core, const struct px_search *s)
{
    return s->plan != NULL && sw_plan_has_more(s->plan, core->now_us);
}

void px_search_end(struct px_core *core, struct px_search *s)
{
    if (s->plan == NULL)
        return;
    while (!sw_list_is_empty(&s->asks)) {
        struct px_ask *ask = SW_LIST_ITEM(sw_list_first(&s->asks), struct px_ask, in_search);
        px_emit(core, PX_DO_CANCEL_ASK)->ask = ask->id;
        forget_ask(core, ask);
    }
    px_timer_disarm(core, &s->timer);
    s->is_waiting = false;
    px_tale_learn(core, &s->tale);
    if (core->plan_count < PX_PLANS_KEPT_MAX && core->plans != NULL)
        core->plans[core->plan_count++] = s->plan;
    else
        sw_plan_free(s->plan);
    s->plan = NULL;
    leave_setup(core, s);
}

void px_searches_fini(struct px_core *core)
{
    while (core->plan_count > 0)
        sw_plan_free(core->plans[--core->plan_count]);
    sw_free(core->alloc, core->plans);
    core->plans = NULL;
}

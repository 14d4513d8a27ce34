/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/location.h"

#include "lib/first_place.h"
#include "lib/publish.h"
#include "lib/sized.h"

#include <assert.h>

static_assert((int)SIPWARD_OPEN == (int)SW_RESULT_OPEN, "result");
static_assert((int)SIPWARD_OK == (int)SW_RESULT_OK, "result");
static_assert((int)SIPWARD_NONE == (int)SW_RESULT_NONE, "result");
static_assert((int)SIPWARD_TEMPORARY == (int)SW_RESULT_TEMPORARY, "result");
static_assert((int)SIPWARD_BOGUS == (int)SW_RESULT_BOGUS, "result");
static_assert((int)SIPWARD_INVALID == (int)SW_RESULT_INVALID, "result");

/* A question under way. */
struct ask {
    struct sw_list link; /* of the location */
    struct sipward_location *location;
    struct ad_dns_id dns_id;
    uint32_t id;      /* the plan's */
    bool is_inside;   /* ad_dns_ask() has not returned yet */
    bool is_answered; /* before it did */
};

static void drop_asks(struct sipward_location *l)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &l->asks) {
        struct ask *ask = SW_LIST_ITEM(at, struct ask, link);
        ad_dns_cancel(l->sw->dns, ask->dns_id);
        sw_list_remove(at);
        sw_free(l->sw->alloc, ask);
    }
}

/* Everything that belongs to one use of it; what remains is worth keeping for the next. */
static void clear(struct sipward_location *l)
{
    drop_asks(l);
    sw_timer_disarm(&l->sw->wheel, &l->timer);
    sw_list_remove(&l->ready_link);
    sw_list_remove(&l->link);
    if (l->sw->awaited == l)
        l->sw->awaited = NULL;
    sw_record_free(l->record);
    sw_first_place_free(l->first);
    l->record = NULL;
    l->first = NULL;
}

void sw_location_destroy(struct sipward_location *l)
{
    clear(l);
    sw_plan_free(l->plan);
    sw_snapshot_unref(l->snapshot);
    sw_free(l->sw->alloc, l);
}

void sipward_end(struct sipward_location *location)
{
    if (location == NULL)
        return;
    struct sipward *sw = location->sw;
    bool is_plain = location->record == NULL && location->first == NULL && location->plan != NULL;
    if (!is_plain || sw->spare_count >= SW_SPARE_MAX || sw->is_dying) {
        sw_location_destroy(location);
        return;
    }
    clear(location);
    sw_list_push_front(&sw->spare, &location->link);
    sw->spare_count++;
}

static struct sipward_location *take_spare(struct sipward *sw)
{
    struct sw_list *first = sw_list_first(&sw->spare);
    if (first == NULL)
        return NULL;
    sw_list_remove(first);
    sw->spare_count--;
    return SW_LIST_ITEM(first, struct sipward_location, link);
}

static struct sipward_location *make(struct sipward *sw)
{
    struct sipward_location *l = sw_zalloc(sw->alloc, sizeof *l);
    if (l == NULL)
        return NULL;
    l->sw = sw;
    sw_timer_init(&l->timer);
    sw_list_init(&l->asks);
    return l;
}

int sw_location_query(const struct sipward_query *in, struct sipward_query *out)
{
    const unsigned known = SIPWARD_TRACE | SIPWARD_QUERY_SEEDED | SIPWARD_LIST;
    int rc = sw_sized_take(out, sizeof *out, in);
    if (rc < 0)
        return rc;
    return (out->flags & ~known) != 0 ? SW_E_INVAL : 0;
}

int sw_location_new(struct sipward_location **out, struct sipward *sw,
                    const struct sipward_query *query)
{
    bool wants_record = (query->flags & SIPWARD_TRACE) != 0;
    struct sw_record *record = wants_record ? sw_record_new(sw->alloc) : NULL;
    if (wants_record && record == NULL)
        return SW_E_NOMEM;
    struct sipward_location *l = take_spare(sw);
    if (l == NULL)
        l = make(sw);
    if (l == NULL) {
        sw_record_free(record);
        return SW_E_NOMEM;
    }
    if (l->snapshot != sw->snapshot) {
        /* The old plan may still read the old policy: it goes first. */
        sw_plan_free(l->plan);
        l->plan = NULL;
        sw_snapshot_unref(l->snapshot);
        l->snapshot = sw_snapshot_ref(sw->snapshot);
    }
    l->record = record;
    l->ready = query->ready;
    l->arg = query->arg;
    l->why = SW_TRY_NONE;
    l->is_list = (query->flags & SIPWARD_LIST) != 0;
    l->is_stateless = query->stateless_key != NULL;
    l->is_spent = false;
    l->is_waiting = l->has_found = l->has_candidate = l->is_starved = false;
    sw_list_push_back(&sw->live, &l->link);
    *out = l;
    return 0;
}

struct sw_plan_args sw_location_args(struct sipward_location *l, const struct sipward_query *query,
                                     uint64_t seed)
{
    return (struct sw_plan_args){
        .policy = &l->snapshot->policy,
        .request_len = query->request_len,
        .seed = seed,
        .is_stateless = query->stateless_key != NULL,
        .stateless_key = sw_slice(query->stateless_key, query->stateless_key_len),
        .health = l->sw->health,
        .routes = l->snapshot->routes,
        .trace = l->record == NULL ? NULL : &l->record->sink,
        .alloc = l->sw->alloc,
    };
}

/* ---- questions ---- */

static enum sw_next advance(struct sipward_location *l, enum sw_try why);

/* The plan moves only for a caller who is waiting: a candidate is not chosen before it is wanted.
 */
static void settle(struct sipward_location *l)
{
    if (!l->is_waiting || l->has_found)
        return;
    enum sw_next next = advance(l, SW_TRY_NONE);
    if (next == SW_NEXT_WAIT) {
        sw_timer_arm(&l->sw->wheel, &l->timer, sw_plan_wake_us(l->plan));
        return;
    }
    sw_timer_disarm(&l->sw->wheel, &l->timer);
    l->has_found = true;
    l->found = next;
    if (l->ready != NULL && l->sw->awaited != l)
        sw_list_push_back(&l->sw->ready, &l->ready_link);
}

static void hand_in(struct sipward_location *l, uint32_t id, const struct sw_answer *answer)
{
    l->now_us = sw_context_now_us(l->sw);
    int rc = sw_plan_answer(l->plan, id, answer, l->now_us);
    (void)rc; /* out of memory the plan counts the answer as failed for now, and goes on */
}

static void on_answer(void *arg, const struct sw_answer *answer)
{
    struct ask *ask = arg;
    struct sipward_location *l = ask->location;
    struct sipward *sw = l->sw;
    hand_in(l, ask->id, answer);
    if (ask->is_inside) {
        ask->is_answered = true;
        return;
    }
    sw_list_remove(&ask->link);
    sw_free(sw->alloc, ask);
    (void)sw_location_ask(l);
    settle(l);
    sw_context_arm(sw);
}

static void answer_not_asked(struct sipward_location *l, uint32_t id)
{
    const struct sw_answer answer = {.outcome = SW_OUTCOME_NOT_ASKED, .why = "out of memory"};
    hand_in(l, id, &answer);
}

/* True when the answer was there at once. */
static bool ask_one(struct sipward_location *l, const struct sw_plan_ask *what)
{
    struct sipward *sw = l->sw;
    struct ask *ask = sw_zalloc(sw->alloc, sizeof *ask);
    if (ask == NULL) {
        answer_not_asked(l, what->id);
        return true;
    }
    ask->location = l;
    ask->id = what->id;
    ask->is_inside = true;
    struct ad_dns_id dns_id = {0};
    int rc = ad_dns_ask(sw->dns, &what->question, sw->question_us, on_answer, ask, &dns_id);
    if (rc < 0)
        answer_not_asked(l, what->id);
    if (rc < 0 || ask->is_answered) {
        sw_free(sw->alloc, ask);
        return true;
    }
    ask->is_inside = false;
    ask->dns_id = dns_id;
    sw_list_push_back(&l->asks, &ask->link);
    return false;
}

bool sw_location_ask(struct sipward_location *l)
{
    bool has_answer = false;
    struct sw_plan_ask what;
    while (sw_plan_ask(l->plan, l->now_us, &what))
        has_answer = ask_one(l, &what) || has_answer;
    return has_answer;
}

/* ---- moving ---- */

static enum sw_next advance_plan(struct sipward_location *l, enum sw_try why)
{
    enum sw_next next = sw_plan_next(l->plan, l->now_us, why, &l->inner);
    /* Ends: a plan asks a limited number of questions (D9). */
    while (sw_location_ask(l) && next == SW_NEXT_WAIT)
        next = sw_plan_next(l->plan, l->now_us, SW_TRY_NONE, &l->inner);
    return next;
}

/* A response's first place, and when that has failed the beginning of its search. */
static bool take_first_place(struct sipward_location *l)
{
    if (sw_first_place_take(l->first, &l->inner)) {
        const struct sw_trace_event e = {.kind = SW_TRACE_CANDIDATE, .candidate = &l->inner};
        if (l->record != NULL)
            sw_record_add(l->record, &e);
        return true;
    }
    if (l->plan == NULL && !l->is_starved)
        l->is_starved = sw_first_place_begin_plan(l->first, &l->plan, l->now_us) < 0;
    return false;
}

static enum sw_next advance(struct sipward_location *l, enum sw_try why)
{
    l->now_us = sw_context_now_us(l->sw);
    bool is_new_plan = l->plan == NULL;
    if (l->first != NULL && take_first_place(l))
        return SW_NEXT_CANDIDATE;
    if (l->plan == NULL)
        return SW_NEXT_END;
    return advance_plan(l, is_new_plan ? SW_TRY_NONE : why);
}

void sw_location_on_timer(struct sipward_location *l)
{
    settle(l);
}

static enum sw_next move(struct sipward_location *l)
{
    if (l->has_found)
        return l->found;
    if (l->is_spent)
        return SW_NEXT_END;
    enum sw_try why = SW_TRY_NONE;
    if (l->has_candidate && l->is_list)
        why = SW_TRY_REFUSED; /* what lets the most candidates follow (T7) */
    else if (l->has_candidate)
        why = l->why == SW_TRY_NONE ? SW_TRY_FAILED : l->why;
    enum sw_next next = advance(l, why);
    if (next == SW_NEXT_WAIT) {
        sw_timer_arm(&l->sw->wheel, &l->timer, sw_plan_wake_us(l->plan));
        sw_context_arm(l->sw);
    }
    return next;
}

enum sipward_next sipward_next(struct sipward_location *location,
                               const struct sipward_candidate **candidate)
{
    enum sw_next next = move(location);
    location->is_waiting = next == SW_NEXT_WAIT;
    location->has_candidate = next == SW_NEXT_CANDIDATE;
    location->why = SW_TRY_NONE;
    if (location->is_waiting)
        return SIPWARD_WAIT;
    location->has_found = false;
    sw_timer_disarm(&location->sw->wheel, &location->timer);
    sw_list_remove(&location->ready_link);
    if (next == SW_NEXT_END)
        return SIPWARD_END;
    location->is_spent = location->is_stateless && !location->is_list;
    sw_publish_candidate(&location->inner, location->now_us, &location->outer);
    *candidate = &location->outer;
    return SIPWARD_CANDIDATE;
}

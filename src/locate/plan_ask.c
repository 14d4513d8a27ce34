/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/plan_state.h"

/* Something to be asked. */
struct need {
    void *subject;
    enum sw_ask_kind kind;
    struct sw_question question;
    uint8_t *known; /* where it is written down that it was asked */
};

static bool need_naptr(struct sw_plan *plan, struct need *out)
{
    for (unsigned i = 0; i < plan->tree->branch_count; i++) {
        struct sw_naptr_branch *branch = plan->tree->branches[i];
        if (branch->known != SW_KNOWN_NOTHING)
            continue;
        *out = (struct need){branch, SW_ASK_NAPTR, {branch->name, SW_RR_NAPTR}, &branch->known};
        return true;
    }
    return false;
}

static bool need_set(struct sw_plan *plan, struct sw_srv_set *set, struct need *out)
{
    if (set->state != SW_SET_OPEN || plan->set_known[set->index] != SW_KNOWN_NOTHING)
        return false;
    *out = (struct need){set, SW_ASK_SRV, {set->owner, SW_RR_SRV}, &plan->set_known[set->index]};
    return true;
}

/* The SRV sets of the order that is being walked, all at once (V2, N7); those of a higher one only
 * when the walk stands there (N9). */
static bool need_services(struct sw_plan *plan, struct need *out)
{
    const struct sw_route *r = plan->route;
    const struct sw_cursor *c = &plan->cursor;
    if (c->next_service >= r->service_count)
        return false;
    uint16_t group = r->services[plan->service_order[c->next_service]].group;
    if (c->service != NULL && c->service != r->twin && c->service->group != group)
        return false;
    for (unsigned i = 0; i < r->service_count; i++)
        if (r->services[i].group == group && need_set(plan, r->services[i].set, out))
            return true;
    return r->twin != NULL && need_set(plan, r->twin->set, out);
}

static bool need_host(struct sw_plan *plan, struct sw_route_host *host, struct need *out)
{
    static const enum sw_rrtype types[SW_HOST_FAMILIES] = {SW_RR_A, SW_RR_AAAA};
    if (host->list != NULL)
        return false;
    for (unsigned i = 0; i < SW_HOST_FAMILIES; i++) {
        if (!sw_plan_lacks(plan, host, (enum sw_host_family)i))
            continue;
        struct sw_plan_host *h = sw_plan_host(plan, host);
        if (h == NULL)
            return false;
        *out = (struct need){
            host, i == SW_HOST_A ? SW_ASK_A : SW_ASK_AAAA, {host->name, types[i]}, &h->known[i]};
        return true;
    }
    return false;
}

/* D10: when half of the time is gone and a set in front is still not known, the first target behind
 * it is asked for, so that there is something to hand out at the deadline. */
static bool need_for_deadline(struct sw_plan *plan, struct need *out)
{
    if (plan->now_us < sw_plan_half_us(plan))
        return false;
    struct sw_cursor ahead = plan->cursor;
    ahead.is_quiet = true;
    ahead.skips_open = true;
    return sw_cursor_target(plan, &ahead) == SW_NEXT_CANDIDATE &&
           need_host(plan, ahead.record->host, out);
}

/* V9: the target about to be used, and the one behind it. */
static bool need_targets(struct sw_plan *plan, struct need *out)
{
    struct sw_cursor *c = &plan->cursor;
    if (!plan->is_out)
        (void)sw_cursor_settle(plan, c);
    if (c->service == NULL)
        return need_for_deadline(plan, out);
    if (need_host(plan, c->record->host, out))
        return true;
    struct sw_cursor ahead = *c;
    ahead.is_quiet = true;
    sw_cursor_skip(&ahead);
    return sw_cursor_target(plan, &ahead) == SW_NEXT_CANDIDATE &&
           need_host(plan, ahead.record->host, out);
}

/* Nothing can be asked any more: what is missing is missing for now. */
static bool is_at_limit(struct sw_plan *plan, const struct need *need)
{
    if (plan->question_count < SW_QUESTIONS_MAX)
        return false;
    if (!plan->is_cut)
        sw_plan_note(plan, SW_NOTE_CUT, need->question.name);
    plan->is_cut = true;
    return true;
}

static bool open_question(struct sw_plan *plan, const struct need *need, struct sw_plan_ask *ask)
{
    struct sw_plan_question *questions = plan->questions;
    if (plan->question_count == plan->question_cap)
        questions = sw_plan_grow(plan, questions, &plan->question_cap, sizeof *questions);
    if (questions == NULL)
        return false;
    plan->questions = questions;
    ask->id = plan->first_id + plan->question_count;
    ask->question = need->question;
    questions[plan->question_count++] =
        (struct sw_plan_question){need->subject, (uint8_t)need->kind, true};
    *need->known = SW_KNOWN_ASKED;
    sw_plan_trace_question(plan, &need->question);
    return true;
}

static void fail(struct sw_plan *plan, const struct need *need)
{
    *need->known = SW_KNOWN_FAILED;
    if (need->kind != SW_ASK_NAPTR)
        return;
    sw_plan_blame(plan, SW_KNOWN_FAILED, SW_NOTE_NAPTR_FAILED, need->question.name);
    if (sw_plan_take_naptr(plan, need->subject, NULL) < 0)
        plan->is_temporary = true;
}

static bool find_need(struct sw_plan *plan, struct need *out)
{
    if (plan->stage == SW_STAGE_NAPTR)
        return need_naptr(plan, out);
    return need_services(plan, out) || need_targets(plan, out) || need_services(plan, out);
}

static bool has_unknown(const struct sw_plan *plan)
{
    return plan->stage != SW_STAGE_OVER && !plan->is_expired && plan->route->unknown_count > 0;
}

bool sw_plan_give_up_asking(struct sw_plan *plan)
{
    struct need need;
    bool has_failed = false;
    if (plan->question_count < SW_QUESTIONS_MAX || !has_unknown(plan))
        return false;
    while (find_need(plan, &need) && is_at_limit(plan, &need)) {
        fail(plan, &need);
        has_failed = true;
    }
    return has_failed;
}

bool sw_plan_ask(struct sw_plan *plan, uint64_t now_us, struct sw_plan_ask *ask)
{
    sw_plan_tick(plan, now_us);
    if (!plan->may_have_to_ask || !has_unknown(plan))
        return false;
    struct need need;
    while (find_need(plan, &need)) {
        if (!is_at_limit(plan, &need) && open_question(plan, &need, ask))
            return true;
        fail(plan, &need);
    }
    plan->may_have_to_ask = false;
    return false;
}

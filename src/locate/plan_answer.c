/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/plan_state.h"

static struct sw_question question_of(const struct sw_plan_question *q)
{
    static const enum sw_rrtype types[] = {
        [SW_ASK_NAPTR] = SW_RR_NAPTR,
        [SW_ASK_SRV] = SW_RR_SRV,
        [SW_ASK_A] = SW_RR_A,
        [SW_ASK_AAAA] = SW_RR_AAAA,
    };
    struct sw_name name;
    switch ((enum sw_ask_kind)q->kind) {
    case SW_ASK_NAPTR:
        name = ((const struct sw_naptr_branch *)q->subject)->name;
        break;
    case SW_ASK_SRV:
        name = ((const struct sw_srv_set *)q->subject)->owner;
        break;
    case SW_ASK_A:
    case SW_ASK_AAAA:
        name = ((const struct sw_route_host *)q->subject)->name;
        break;
    }
    return (struct sw_question){name, types[q->kind]};
}

/* D2, D6: an answer that says nothing about the records. */
static bool is_useless(const struct sw_answer *answer)
{
    return answer->outcome != SW_OUTCOME_RECORDS && !sw_outcome_is_none(answer->outcome);
}

static enum sw_known known_by(const struct sw_answer *answer)
{
    return answer->outcome == SW_OUTCOME_BOGUS ? SW_KNOWN_BOGUS : SW_KNOWN_FAILED;
}

static enum sw_note note_of(const struct sw_answer *answer, enum sw_note failed)
{
    return answer->outcome == SW_OUTCOME_BOGUS ? SW_NOTE_BOGUS : failed;
}

/* D3, D6: without NAPTR the search goes on with SRV. */
static int take_naptr(struct sw_plan *plan, void *subject, enum sw_ask_kind kind,
                      const struct sw_answer *answer)
{
    (void)kind;
    struct sw_naptr_branch *branch = subject;
    if (plan->stage != SW_STAGE_NAPTR)
        return 0;
    if (!is_useless(answer))
        return sw_plan_take_naptr(plan, branch, answer);
    if (answer->outcome == SW_OUTCOME_BOGUS)
        sw_plan_note(plan, SW_NOTE_BOGUS, branch->name);
    sw_plan_note(plan, SW_NOTE_NAPTR_FAILED, branch->name);
    sw_plan_blame(plan, known_by(answer), SW_NOTE_NAPTR_FAILED, branch->name);
    return sw_plan_take_naptr(plan, branch, NULL);
}

static int take_srv(struct sw_plan *plan, void *subject, enum sw_ask_kind kind,
                    const struct sw_answer *answer)
{
    (void)kind;
    struct sw_srv_set *set = subject;
    if (is_useless(answer)) {
        plan->set_known[set->index] = (uint8_t)known_by(answer);
        sw_plan_note(plan, note_of(answer, SW_NOTE_SRV_FAILED), set->owner);
        return 0;
    }
    bool is_cut;
    int rc = sw_route_fill_set(plan->route, set, answer, plan->now_us, &is_cut);
    if (rc < 0) {
        plan->set_known[set->index] = SW_KNOWN_FAILED;
        plan->is_temporary = true;
        return rc;
    }
    if (is_cut)
        sw_plan_note(plan, SW_NOTE_CUT, set->owner);
    if (set->state == SW_SET_NONE)
        sw_plan_note(plan, SW_NOTE_SRV_NONE, set->owner);
    else
        sw_plan_learn_offer(plan);
    return 0;
}

/* V10: why a host that has addresses has none for us. */
static void remember_dropped(struct sw_plan *plan, struct sw_plan_host *h,
                             const struct sw_answer *answer)
{
    for (size_t i = 0; i < answer->rr_count && answer->outcome == SW_OUTCOME_RECORDS; i++) {
        enum sw_note note = sw_address_judge(plan->policy, &answer->rrs[i].addr, answer->is_local);
        if (note != SW_NOTE_OK)
            h->dropped = (uint8_t)note;
    }
}

static int take_addresses(struct sw_plan *plan, void *subject, enum sw_ask_kind kind,
                          const struct sw_answer *answer)
{
    struct sw_route_host *host = subject;
    enum sw_host_family family = kind == SW_ASK_A ? SW_HOST_A : SW_HOST_AAAA;
    struct sw_plan_host *h = &plan->hosts[host->index];
    if (is_useless(answer)) {
        h->known[family] = (uint8_t)known_by(answer);
        sw_plan_note(plan, note_of(answer, SW_NOTE_ADDRESS_FAILED), host->name);
        return 0;
    }
    remember_dropped(plan, h, answer);
    int rc = sw_route_fill_host(plan->route, plan->policy, host, answer, family, plan->now_us);
    if (rc < 0) {
        h->known[family] = SW_KNOWN_FAILED;
        plan->is_temporary = true;
        return rc;
    }
    if (!h->has_first) {
        h->has_first = true;
        h->first_at_us = plan->now_us;
    }
    bool is_target = plan->route->direct != NULL;
    if (answer->alias_count > 0 && !is_target)
        sw_plan_note(plan, SW_NOTE_ALIAS, host->name);
    if (answer->is_cut || answer->rr_count > SW_ADDRESSES_MAX)
        sw_plan_note(plan, SW_NOTE_CUT, host->name);
    return 0;
}

typedef int take_fn(struct sw_plan *plan, void *subject, enum sw_ask_kind kind,
                    const struct sw_answer *answer);

static take_fn *const take[] = {
    [SW_ASK_NAPTR] = take_naptr,
    [SW_ASK_SRV] = take_srv,
    [SW_ASK_A] = take_addresses,
    [SW_ASK_AAAA] = take_addresses,
};

int sw_plan_answer(struct sw_plan *plan, uint32_t id, const struct sw_answer *answer,
                   uint64_t now_us)
{
    uint32_t at = id - plan->first_id;
    if (at >= plan->question_count || !plan->questions[at].is_open)
        return 0;
    struct sw_plan_question *q = &plan->questions[at];
    q->is_open = false;
    if (plan->stage == SW_STAGE_OVER)
        return 0;
    sw_plan_tick(plan, now_us);
    plan->may_have_to_ask = true;
    struct sw_question question = question_of(q);
    sw_plan_trace_answer(plan, &question, answer);
    if (answer->is_stale)
        sw_plan_note(plan, SW_NOTE_STALE, question.name);
    return take[q->kind](plan, q->subject, (enum sw_ask_kind)q->kind, answer);
}

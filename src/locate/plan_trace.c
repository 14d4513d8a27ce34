/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/plan_state.h"

static void emit(const struct sw_plan *plan, struct sw_trace_event *e)
{
    e->at_us = plan->now_us - plan->began_us;
    plan->trace->event(plan->trace->user, e);
}

void sw_plan_step(const struct sw_plan *plan, enum sw_step step, struct sw_name name,
                  struct sw_slice text)
{
    if (plan->trace == NULL)
        return;
    struct sw_trace_event e = {.kind = SW_TRACE_STEP, .step = step, .name = name, .text = text};
    emit(plan, &e);
}

void sw_plan_note(const struct sw_plan *plan, enum sw_note note, struct sw_name name)
{
    if (plan->trace == NULL)
        return;
    struct sw_trace_event e = {.kind = SW_TRACE_NOTE, .note = note, .name = name};
    emit(plan, &e);
}

static void note_text(const struct sw_plan *plan, enum sw_note note, const struct sw_buf *text)
{
    struct sw_trace_event e = {.kind = SW_TRACE_NOTE, .note = note, .text = sw_buf_slice(text)};
    emit(plan, &e);
}

void sw_plan_note_pick(const struct sw_plan *plan, enum sw_note note, const struct sw_pick *pick)
{
    if (plan->trace == NULL)
        return;
    char room[80];
    struct sw_buf text = sw_buf(room, sizeof room);
    struct sw_candidate c = {
        .transport = (enum sw_transport)pick->transport,
        .endpoint = {sw_route_address(pick->record->host, pick->ref)->addr, pick->record->port},
    };
    sw_candidate_write(&text, &c);
    note_text(plan, note, &text);
}

void sw_plan_note_addr(const struct sw_plan *plan, enum sw_note note, const struct sw_netaddr *addr)
{
    if (plan->trace == NULL)
        return;
    char room[64];
    struct sw_buf text = sw_buf(room, sizeof room);
    sw_netaddr_write(&text, addr);
    note_text(plan, note, &text);
}

void sw_plan_trace_question(const struct sw_plan *plan, const struct sw_question *question)
{
    if (plan->trace == NULL)
        return;
    struct sw_trace_event e = {.kind = SW_TRACE_QUESTION, .question = *question};
    emit(plan, &e);
}

/* N7: the lowest order among the records that count; UINT32_MAX where it makes no difference. */
static uint32_t lowest_order(const struct sw_plan *plan, const struct sw_answer *answer)
{
    uint32_t lowest = UINT32_MAX;
    if (plan->policy->failover == SW_FAILOVER_ALL)
        return lowest;
    for (size_t i = 0; i < answer->rr_count; i++) {
        const struct sw_rr_naptr *naptr = &answer->rrs[i].naptr;
        struct sw_naptr_pick pick;
        if (naptr->order < lowest &&
            sw_naptr_judge(plan->policy, plan->target.is_sips, naptr, &pick) == SW_NOTE_OK)
            lowest = naptr->order;
    }
    return lowest;
}

static enum sw_note judge(const struct sw_plan *plan, const struct sw_answer *answer,
                          const struct sw_rr *rr, uint32_t lowest)
{
    struct sw_naptr_pick pick;
    switch (rr->type) {
    case SW_RR_NAPTR: {
        enum sw_note note = sw_naptr_judge(plan->policy, plan->target.is_sips, &rr->naptr, &pick);
        return note == SW_NOTE_OK && rr->naptr.order > lowest ? SW_NOTE_NAPTR_ORDER : note;
    }
    case SW_RR_SRV:
        return sw_srv_judge(&rr->srv, answer->rr_count == 1);
    case SW_RR_A:
    case SW_RR_AAAA:
        return sw_address_judge(plan->policy, &rr->addr, answer->is_local);
    case SW_RR_CNAME:
        break;
    }
    return SW_NOTE_OK;
}

void sw_plan_trace_answer(const struct sw_plan *plan, const struct sw_question *question,
                          const struct sw_answer *answer)
{
    if (plan->trace == NULL)
        return;
    struct sw_trace_event e = {
        .kind = SW_TRACE_ANSWER, .question = *question, .answer = answer, .name = question->name};
    emit(plan, &e);
    if (answer->outcome != SW_OUTCOME_RECORDS)
        return;
    uint32_t lowest = question->type == SW_RR_NAPTR ? lowest_order(plan, answer) : UINT32_MAX;
    for (size_t i = 0; i < answer->rr_count; i++) {
        struct sw_trace_event record = {.kind = SW_TRACE_RECORD,
                                        .question = *question,
                                        .answer = answer,
                                        .rr = &answer->rrs[i],
                                        .note = judge(plan, answer, &answer->rrs[i], lowest)};
        emit(plan, &record);
    }
}

void sw_plan_trace_candidate(const struct sw_plan *plan, const struct sw_candidate *candidate)
{
    if (plan->trace == NULL)
        return;
    struct sw_trace_event e = {.kind = SW_TRACE_CANDIDATE, .candidate = candidate};
    emit(plan, &e);
}

void sw_plan_trace_result(const struct sw_plan *plan)
{
    if (plan->trace == NULL)
        return;
    struct sw_trace_event e = {.kind = SW_TRACE_RESULT, .result = (int)plan->result};
    emit(plan, &e);
}

/* The last thing that went wrong in the way the result names. */
static const struct sw_reason *deciding(const struct sw_plan *plan)
{
    switch ((enum sw_result)plan->result) {
    case SW_RESULT_NONE:
        return &plan->none;
    case SW_RESULT_TEMPORARY:
        return &plan->temporary;
    case SW_RESULT_BOGUS:
        return &plan->bogus;
    case SW_RESULT_OPEN:
    case SW_RESULT_OK:
    case SW_RESULT_INVALID:
        break;
    }
    return NULL;
}

void sw_plan_reason(const struct sw_plan *plan, struct sw_buf *b)
{
    if (plan->result == SW_RESULT_INVALID)
        sw_buf_str(b, "the host is not a name that can be asked for");
    const struct sw_reason *reason = deciding(plan);
    if (reason == NULL)
        return;
    if (reason->note == SW_NOTE_OK) {
        sw_buf_str(b, plan->result == SW_RESULT_TEMPORARY ? "out of memory"
                                                          : "there is nowhere to send to");
        return;
    }
    sw_buf_str(b, sw_note_row(reason->note)->text);
    if (reason->name.len == 0)
        return;
    sw_buf_str(b, ": ");
    sw_name_write(b, reason->name);
}

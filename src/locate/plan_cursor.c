/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk of one location over its route: service by service as policy and records order them
 * (plan_service.c), inside a service target by target as the draw has it, inside a target address
 * by address. Where something is not known yet the walk waits; nothing is ever taken out of turn
 * but what A3 says.
 */
#include "locate/plan_state.h"

/* ---- families that came after their target's turn (A3) ---- */

/* Asked for, and neither answered nor given up. */
static bool is_coming(const struct sw_plan *plan, const struct sw_route_host *host,
                      enum sw_host_family family)
{
    return plan->hosts[host->index].known[family] == SW_KNOWN_ASKED && !plan->is_expired;
}

static enum sw_next enter_late(struct sw_plan *plan, struct sw_cursor *c)
{
    for (; c->late_at < plan->late_count; c->late_at++) {
        const struct sw_late *late = &plan->late[c->late_at];
        struct sw_route_host *host = late->record->host;
        bool is_known = host->set[late->family] != NULL;
        bool may_come = is_coming(plan, host, late->family);
        bool is_clear = !sw_transport_row(late->service->transport)->is_tls;
        bool is_downgrade = is_clear && c->has_entered_tls && !plan->policy->allow_downgrade;
        if (is_downgrade && is_known && !c->is_quiet)
            sw_plan_note(plan, SW_NOTE_DOWNGRADE, host->name);
        if (is_downgrade || (!is_known && !may_come))
            continue;
        if (!is_known || c->is_quiet)
            return SW_NEXT_WAIT;
        c->late_at++;
        c->list = sw_plan_family_list(plan, host, late->family);
        if (c->list == NULL)
            return SW_NEXT_END;
        c->service = late->service;
        c->record = late->record;
        c->list_at = 0;
        c->condition = late->condition;
        c->is_late_leg = true;
        return SW_NEXT_CANDIDATE;
    }
    return SW_NEXT_END;
}

/* The late family of the host at hand is here: go on with it. False: out of memory. */
static bool join_late(struct sw_plan *plan, struct sw_cursor *c)
{
    c->has_late = c->may_merge = false;
    c->list_at = 0;
    c->list = sw_plan_family_list(plan, c->record->host, c->late_family);
    return c->list != NULL;
}

static void remember_late(struct sw_plan *plan, const struct sw_cursor *c)
{
    struct sw_late *late =
        plan->late_count < plan->late_cap
            ? plan->late
            : sw_plan_grow(plan, plan->late, &plan->late_cap, sizeof *plan->late);
    if (late == NULL) {
        plan->is_temporary = true;
        return;
    }
    plan->late = late;
    late[plan->late_count++] =
        (struct sw_late){c->service, c->record, c->late_family, c->condition};
}

/* ---- targets and their addresses ---- */

static enum sw_next enter_something(struct sw_plan *plan, struct sw_cursor *c)
{
    enum sw_next next = sw_cursor_service(plan, c);
    return next == SW_NEXT_END ? enter_late(plan, c) : next;
}

enum sw_next sw_cursor_target(struct sw_plan *plan, struct sw_cursor *c)
{
    for (;;) {
        if (c->service == NULL) {
            enum sw_next next = enter_something(plan, c);
            if (next != SW_NEXT_CANDIDATE)
                return next;
        }
        if (c->is_late_leg)
            return SW_NEXT_CANDIDATE;
        if (c->record_at < c->service->set->count) {
            c->record = &c->service->set->records[c->order[c->record_at]];
            return SW_NEXT_CANDIDATE;
        }
        c->service = NULL;
    }
}

void sw_cursor_skip(struct sw_cursor *c)
{
    c->list = NULL;
    c->has_late = c->may_merge = c->is_merged = false;
    c->has_given_twin = false;
    c->record_at++;
    if (c->is_late_leg)
        c->service = NULL;
    c->is_late_leg = false;
}

/* The addresses at hand are used up. A3: what is late joins behind, as soon as it is there.
 * WAIT, looking ahead only: there is something outstanding. */
static enum sw_next leave(struct sw_plan *plan, struct sw_cursor *c)
{
    struct sw_route_host *host = c->record->host;
    if (c->has_late &&
        (host->set[c->late_family] != NULL || is_coming(plan, host, c->late_family))) {
        if (c->is_quiet)
            return SW_NEXT_WAIT;
        if (host->set[c->late_family] == NULL)
            remember_late(plan, c);
        else if (join_late(plan, c))
            return SW_NEXT_CANDIDATE;
    }
    sw_cursor_skip(c);
    return SW_NEXT_CANDIDATE;
}

/* IPv6 went first. Once IPv4 is here, the order of both is gone through from the beginning (A2);
 * for the second address it is waited for as long as A3 says. */
static enum sw_next merge_late(struct sw_plan *plan, struct sw_cursor *c)
{
    const struct sw_route_host *host = c->record->host;
    const struct sw_plan_host *h = &plan->hosts[host->index];
    if (c->has_given_twin || c->list_at == 0)
        return SW_NEXT_CANDIDATE;
    bool is_known = host->set[c->late_family] != NULL;
    uint64_t until_us = sw_after_us(h->first_at_us, plan->policy->aaaa_wait_us);
    if (!is_known && is_coming(plan, host, c->late_family) && plan->now_us < until_us) {
        plan->wait_until_us = sw_min_us(plan->wait_until_us, until_us);
        return SW_NEXT_WAIT;
    }
    if (is_known && !c->is_quiet) {
        c->list = NULL;
        c->has_late = c->may_merge = false;
        c->is_merged = true;
    }
    return SW_NEXT_CANDIDATE;
}

enum sw_next sw_cursor_settle(struct sw_plan *plan, struct sw_cursor *c)
{
    for (;;) {
        if (c->may_merge && merge_late(plan, c) == SW_NEXT_WAIT)
            return SW_NEXT_WAIT;
        if (c->list != NULL && c->list_at < c->list->count)
            return SW_NEXT_CANDIDATE;
        enum sw_next next = sw_cursor_target(plan, c);
        if (next != SW_NEXT_CANDIDATE)
            return next;
        if (c->list == NULL)
            next = sw_plan_open_host(plan, c);
        if (next == SW_NEXT_WAIT)
            return next;
        if (next == SW_NEXT_END) {
            sw_cursor_skip(c);
            continue;
        }
        if (c->list_at >= c->list->count && leave(plan, c) == SW_NEXT_WAIT)
            return SW_NEXT_WAIT;
    }
}

/* ---- picks ---- */

static struct sw_seen *find_seen(const struct sw_plan *plan, const struct sw_pick *pick,
                                 enum sw_transport transport)
{
    const struct sw_address *address = sw_route_address(pick->record->host, pick->ref);
    for (unsigned i = 0; i < plan->seen_count; i++) {
        struct sw_seen *seen = &plan->seen[i];
        if (seen->address->mark == address->mark && seen->port == pick->record->port &&
            seen->transport == transport &&
            (seen->address == address || sw_netaddr_eq(&seen->address->addr, &address->addr)))
            return seen;
    }
    return NULL;
}

/* What became of all candidates of the TCP set: the best of it for who waits for a refusal. */
static enum sw_seen_state state_of_twins(const struct sw_plan *plan)
{
    bool has_twin = false, is_postponed = false;
    for (unsigned i = 0; i < plan->seen_count; i++) {
        const struct sw_seen *seen = &plan->seen[i];
        bool is_tcp = seen->is_twin;
        if (is_tcp && (seen->state == SW_SEEN_OPEN || seen->state == SW_SEEN_REFUSED))
            return SW_SEEN_OPEN;
        is_postponed = is_postponed || (is_tcp && seen->state == SW_SEEN_POSTPONED);
        has_twin = has_twin || is_tcp;
    }
    if (is_postponed)
        return SW_SEEN_POSTPONED;
    return has_twin ? SW_SEEN_FAILED : SW_SEEN_OPEN;
}

enum sw_seen_state sw_plan_condition(const struct sw_plan *plan, const struct sw_pick *pick)
{
    const struct sw_seen *twin;
    switch ((enum sw_condition)pick->condition) {
    case SW_IF_SET_REFUSED:
        return state_of_twins(plan);
    case SW_IF_ADDRESS_REFUSED:
        twin = find_seen(plan, pick, SW_TCP);
        if (twin == NULL || twin->state == SW_SEEN_REFUSED)
            return SW_SEEN_OPEN;
        return (enum sw_seen_state)twin->state;
    case SW_UNCONDITIONAL:
        break;
    }
    return SW_SEEN_OPEN;
}

/* T7: with no TCP set, each address over TCP first, then over UDP. */
static void take(struct sw_cursor *c, struct sw_pick *out)
{
    *out = (struct sw_pick){
        .service = c->service,
        .record = c->record,
        .ref = c->list->ref[c->list_at],
        .transport = (uint8_t)c->service->transport,
        .condition = c->condition,
        .is_twin = c->is_twin_leg,
    };
    if (c->condition == SW_IF_ADDRESS_REFUSED && !c->has_given_twin) {
        out->transport = SW_TCP;
        out->condition = SW_UNCONDITIONAL;
        out->is_twin = true;
        c->has_given_twin = true;
        return;
    }
    c->has_given_twin = false;
    c->list_at++;
}

/* A4. T7: what was tried before in a place of its own counts as the twin, too. */
static void meet_again(struct sw_plan *plan, const struct sw_cursor *c, const struct sw_pick *pick,
                       struct sw_seen *seen)
{
    seen->is_twin = seen->is_twin || pick->is_twin;
    if (!pick->is_twin && !c->is_merged)
        sw_plan_note_pick(plan, SW_NOTE_DUPLICATE, pick);
}

enum sw_next sw_cursor_take(struct sw_plan *plan, struct sw_cursor *c, struct sw_pick *out)
{
    for (;;) {
        enum sw_next next = sw_cursor_settle(plan, c);
        if (next != SW_NEXT_CANDIDATE)
            return next;
        take(c, out);
        struct sw_seen *seen = find_seen(plan, out, (enum sw_transport)out->transport);
        if (seen != NULL) {
            if (!c->is_quiet)
                meet_again(plan, c, out, seen);
            continue;
        }
        if (out->condition == SW_UNCONDITIONAL || sw_plan_condition(plan, out) != SW_SEEN_FAILED)
            return SW_NEXT_CANDIDATE;
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk of one location over its route: service by service as policy and records order them,
 * inside a service target by target as the draw has it, inside a target address by address. Where
 * something is not known yet the walk waits; nothing is ever taken out of turn but what A3 says.
 */
#include "locate/plan_state.h"

#include "base/bug.h"

static void note(const struct sw_plan *plan, const struct sw_cursor *c, enum sw_note n,
                 struct sw_name name)
{
    if (!c->is_quiet)
        sw_plan_note(plan, n, name);
}

enum sw_set_view sw_plan_view(const struct sw_plan *plan, const struct sw_srv_set *set)
{
    switch (set->state) {
    case SW_SET_NONE:
        return SW_VIEW_NONE;
    case SW_SET_DECLINED:
        return SW_VIEW_DECLINED;
    case SW_SET_FOUND:
        return SW_VIEW_FOUND;
    case SW_SET_OPEN:
        break;
    }
    bool has_failed = plan->set_known[set->index] >= SW_KNOWN_FAILED || plan->is_expired;
    return has_failed ? SW_VIEW_FAILED : SW_VIEW_OPEN;
}

/* ---- services ---- */

static const struct sw_service *service_at(const struct sw_plan *plan, unsigned place)
{
    return &plan->route->services[plan->service_order[place]];
}

static void draw(const struct sw_plan *plan, struct sw_cursor *c, const struct sw_srv_set *set)
{
    if (set->count <= 1) {
        c->order[0] = 0;
        return;
    }
    struct sw_srv_chance chance = {
        .draw = plan->policy->draw,
        .is_canonical = plan->is_stateless,
        .seed = sw_name_hash(set->owner, plan->seed),
    };
    sw_srv_draw(set->records, set->count, &chance, c->order);
}

static void tell_entered(const struct sw_plan *plan, const struct sw_service *s)
{
    struct sw_slice transport = sw_slice_str(sw_transport_row(s->transport)->name);
    if (s != plan->route->direct)
        sw_plan_step(plan, SW_STEP_SRV, s->set->owner, transport);
    else if (plan->target.way == SW_WAY_ADDRESS)
        sw_plan_step(plan, SW_STEP_ADDRESS_ONLY, plan->route->target.name, transport);
    else if (plan->target.way != SW_WAY_NUMERIC)
        sw_plan_step(plan, SW_STEP_NO_SRV, plan->route->target.name, transport);
}

static void enter(struct sw_plan *plan, struct sw_cursor *c, const struct sw_service *s)
{
    c->service = s;
    c->record_at = 0;
    c->list = NULL;
    draw(plan, c, s->set);
    if (!c->is_quiet)
        tell_entered(plan, s);
}

/* T7: whether TCP goes before this service, and how. */
static bool gives_way_to_tcp(const struct sw_plan *plan, const struct sw_service *s)
{
    return plan->target.is_big && s->transport == SW_UDP;
}

/* T7: the TCP set of TARGET where it has one, else the same addresses over TCP. WAIT: that is not
 * known yet; CANDIDATE: the set was entered; END: nothing has to go before. */
static enum sw_next enter_twin(struct sw_plan *plan, struct sw_cursor *c)
{
    const struct sw_service *twin = plan->route->twin;
    c->condition = SW_IF_ADDRESS_REFUSED;
    if (c->has_walked_twin) {
        c->condition = SW_IF_SET_REFUSED;
        return SW_NEXT_END;
    }
    note(plan, c, SW_NOTE_BIG_REQUEST, plan->route->target.name);
    if (twin == NULL)
        return SW_NEXT_END;
    switch (sw_plan_view(plan, twin->set)) {
    case SW_VIEW_OPEN:
        return SW_NEXT_WAIT;
    case SW_VIEW_DECLINED:
        c->condition = SW_UNCONDITIONAL;
        return SW_NEXT_END;
    case SW_VIEW_NONE:
    case SW_VIEW_FAILED:
        return SW_NEXT_END;
    case SW_VIEW_FOUND:
        break;
    }
    c->condition = SW_UNCONDITIONAL;
    c->has_walked_twin = true;
    c->is_twin_leg = true;
    enter(plan, c, twin);
    return SW_NEXT_CANDIDATE;
}

/* N9: false where the policy does not go on to this service. */
static bool may_enter(const struct sw_plan *plan, const struct sw_cursor *c,
                      const struct sw_service *s)
{
    if (c->has_walked_twin && s->set == plan->route->twin->set)
        return false;
    bool is_downgrade = c->has_entered_tls && !sw_transport_row(s->transport)->is_tls;
    if (!is_downgrade || plan->policy->allow_downgrade)
        return true;
    note(plan, c, SW_NOTE_DOWNGRADE, s->set->owner);
    return false;
}

static enum sw_next enter_found(struct sw_plan *plan, struct sw_cursor *c,
                                const struct sw_service *s)
{
    c->condition = SW_UNCONDITIONAL;
    if (gives_way_to_tcp(plan, s)) {
        enum sw_next next = enter_twin(plan, c);
        if (next != SW_NEXT_END)
            return next;
    }
    c->next_service++;
    c->has_entered = true;
    c->has_entered_tls = c->has_entered_tls || sw_transport_row(s->transport)->is_tls;
    enter(plan, c, s);
    return SW_NEXT_CANDIDATE;
}

/* END: no service in this order is left. */
static enum sw_next enter_next_service(struct sw_plan *plan, struct sw_cursor *c)
{
    const struct sw_route *r = plan->route;
    for (; c->next_service < r->service_count; c->next_service++) {
        if (plan->policy->failover == SW_FAILOVER_NONE && c->has_entered)
            break;
        const struct sw_service *s = service_at(plan, c->next_service);
        enum sw_set_view view = sw_plan_view(plan, s->set);
        if ((view != SW_VIEW_OPEN && view != SW_VIEW_FOUND) || !may_enter(plan, c, s))
            continue;
        if (view == SW_VIEW_FOUND)
            return enter_found(plan, c, s);
        if (!c->skips_open)
            return SW_NEXT_WAIT;
    }
    return SW_NEXT_END;
}

/* ---- last resort (V3, N7) ---- */

/* D4: some SRV query failed for now, so host and port are not known. */
static bool is_srv_unknown(const struct sw_plan *plan)
{
    for (unsigned i = 0; i < plan->route->service_count; i++)
        if (sw_plan_view(plan, plan->route->services[i].set) == SW_VIEW_FAILED)
            return true;
    return false;
}

/* N7: the best of the services that NAPTR named and that have no SRV. V3: the default transport, or
 * the one the URI names; V5: if just that one is not offered, none. */
static bool find_last_resort(const struct sw_plan *plan, struct sw_service *like)
{
    const struct sw_route *r = plan->route;
    bool by_naptr = r->service_count > 0 && r->services[0].has_naptr;
    *like = (struct sw_service){.transport = r->target.transport};
    for (unsigned i = 0; i < r->service_count; i++) {
        const struct sw_service *s = service_at(plan, i);
        enum sw_set_view view = sw_plan_view(plan, s->set);
        if (by_naptr && view == SW_VIEW_NONE) {
            *like = *s;
            return true;
        }
        if (!by_naptr && view == SW_VIEW_DECLINED && s->transport == like->transport)
            return false;
    }
    return !by_naptr;
}

/* V3, N7, or why not. */
static bool choose_last_resort(struct sw_plan *plan, struct sw_service *like)
{
    const struct sw_route *r = plan->route;
    if (is_srv_unknown(plan)) {
        sw_plan_note(plan, SW_NOTE_SRV_UNKNOWN, r->target.name);
        plan->temporary = (struct sw_reason){SW_NOTE_SRV_UNKNOWN, r->target.name};
        plan->is_temporary = true;
        return false;
    }
    if (!r->has_last_resort) {
        plan->none = (struct sw_reason){SW_NOTE_NAPTR_NONE_SHARED, r->target.name};
        return false;
    }
    if (!find_last_resort(plan, like)) {
        plan->none = (struct sw_reason){SW_NOTE_SRV_NOT_OFFERED, r->target.name};
        return false;
    }
    return true;
}

/* TARGET itself: because the URI says so, or because there is no SRV anywhere. Decided once. */
static enum sw_next enter_direct(struct sw_plan *plan, struct sw_cursor *c)
{
    struct sw_route *r = plan->route;
    struct sw_service like;
    if (c->has_entered || c->has_resorted)
        return SW_NEXT_END;
    c->has_resorted = true;
    if (r->direct == NULL) {
        if (c->is_quiet || !choose_last_resort(plan, &like))
            return SW_NEXT_END;
        if (sw_route_add_direct(r, &like, sw_transport_row(like.transport)->default_port) < 0) {
            plan->is_temporary = true;
            return SW_NEXT_END;
        }
    }
    c->condition = gives_way_to_tcp(plan, r->direct) ? SW_IF_ADDRESS_REFUSED : SW_UNCONDITIONAL;
    if (c->condition != SW_UNCONDITIONAL)
        note(plan, c, SW_NOTE_BIG_REQUEST, r->target.name);
    c->has_entered = true;
    enter(plan, c, r->direct);
    return SW_NEXT_CANDIDATE;
}

/* ---- families that came after their target's turn (A3) ---- */

static enum sw_next enter_late(struct sw_plan *plan, struct sw_cursor *c)
{
    for (; c->late_at < plan->late_count; c->late_at++) {
        const struct sw_late *late = &plan->late[c->late_at];
        struct sw_route_host *host = late->record->host;
        bool is_known = host->set[late->family] != NULL;
        bool is_coming =
            plan->hosts[host->index].known[late->family] == SW_KNOWN_ASKED && !plan->is_expired;
        if (!is_known && !is_coming)
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
    if (plan->stage == SW_STAGE_NAPTR)
        return plan->is_expired ? SW_NEXT_END : SW_NEXT_WAIT;
    c->is_twin_leg = false;
    enum sw_next next = enter_next_service(plan, c);
    if (next == SW_NEXT_END)
        next = enter_direct(plan, c);
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
    c->has_late = false;
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
    if (c->has_late) {
        struct sw_route_host *host = c->record->host;
        if (c->is_quiet)
            return SW_NEXT_WAIT;
        if (host->set[c->late_family] != NULL) {
            c->has_late = false;
            c->list_at = 0;
            c->list = sw_plan_family_list(plan, host, c->late_family);
            if (c->list != NULL)
                return SW_NEXT_CANDIDATE;
        } else if (!plan->is_expired) {
            remember_late(plan, c);
        }
    }
    sw_cursor_skip(c);
    return SW_NEXT_CANDIDATE;
}

enum sw_next sw_cursor_settle(struct sw_plan *plan, struct sw_cursor *c)
{
    for (;;) {
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

static const struct sw_seen *find_seen(const struct sw_plan *plan, const struct sw_pick *pick,
                                       enum sw_transport transport)
{
    const struct sw_address *address = sw_route_address(pick->record->host, pick->ref);
    for (unsigned i = 0; i < plan->seen_count; i++) {
        const struct sw_seen *seen = &plan->seen[i];
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

enum sw_next sw_cursor_take(struct sw_plan *plan, struct sw_cursor *c, struct sw_pick *out)
{
    for (;;) {
        enum sw_next next = sw_cursor_settle(plan, c);
        if (next != SW_NEXT_CANDIDATE)
            return next;
        take(c, out);
        if (find_seen(plan, out, (enum sw_transport)out->transport) != NULL) {
            if (!out->is_twin && !c->is_quiet)
                sw_plan_note_pick(plan, SW_NOTE_DUPLICATE, out);
            continue;
        }
        if (out->condition == SW_UNCONDITIONAL || sw_plan_condition(plan, out) != SW_SEEN_FAILED)
            return SW_NEXT_CANDIDATE;
    }
}

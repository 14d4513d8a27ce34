/* SPDX-License-Identifier: BSD-2-Clause */
/* Which service comes next: N7, N9, V2, T7, and the last resort V3. */
#include "locate/plan_state.h"

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

/* False when the TCP set led to no address at all. */
static bool has_twin(const struct sw_plan *plan)
{
    for (unsigned i = 0; i < plan->seen_count; i++)
        if (plan->seen[i].is_twin)
            return true;
    return false;
}

/* T7: how the UDP candidates of a service follow TCP, the set of TARGET over TCP being walked. */
static enum sw_condition condition_behind(const struct sw_plan *plan, enum sw_set_view twin_view)
{
    switch (twin_view) {
    case SW_VIEW_FOUND:
        return has_twin(plan) ? SW_IF_SET_REFUSED : SW_IF_ADDRESS_REFUSED;
    case SW_VIEW_DECLINED:
        return SW_UNCONDITIONAL;
    case SW_VIEW_OPEN:
    case SW_VIEW_NONE:
    case SW_VIEW_FAILED:
        break;
    }
    return SW_IF_ADDRESS_REFUSED;
}

/* T7: the TCP set of TARGET where it has one, else the same addresses over TCP. WAIT: that is not
 * known yet; CANDIDATE: the set was entered; END: it is the turn of the service itself. */
static enum sw_next enter_twin(struct sw_plan *plan, struct sw_cursor *c)
{
    const struct sw_service *twin = plan->route->twin;
    enum sw_set_view view = twin == NULL ? SW_VIEW_NONE : sw_plan_view(plan, twin->set);
    if (view == SW_VIEW_OPEN)
        return SW_NEXT_WAIT;
    if (!c->has_given_way)
        note(plan, c, SW_NOTE_BIG_REQUEST, plan->route->target.name);
    if (view == SW_VIEW_FOUND && !c->has_given_way) {
        c->has_given_way = c->has_walked_twin = c->is_twin_leg = true;
        enter(plan, c, twin);
        return SW_NEXT_CANDIDATE;
    }
    c->has_given_way = true;
    c->condition = (uint8_t)condition_behind(plan, view);
    return SW_NEXT_END;
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
        if (view == SW_VIEW_FAILED && !c->is_quiet)
            sw_plan_blame(plan, plan->set_known[s->set->index], SW_NOTE_SRV_FAILED, s->set->owner);
        if ((view != SW_VIEW_OPEN && view != SW_VIEW_FOUND) || !may_enter(plan, c, s))
            continue;
        if (view == SW_VIEW_FOUND)
            return enter_found(plan, c, s);
        if (!c->skips_open)
            return SW_NEXT_WAIT;
    }
    return SW_NEXT_END;
}

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

enum sw_next sw_cursor_service(struct sw_plan *plan, struct sw_cursor *c)
{
    if (plan->stage == SW_STAGE_NAPTR)
        return plan->is_expired ? SW_NEXT_END : SW_NEXT_WAIT;
    c->is_twin_leg = false;
    enum sw_next next = enter_next_service(plan, c);
    return next == SW_NEXT_END ? enter_direct(plan, c) : next;
}

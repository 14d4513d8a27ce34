/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a domain offers SIPS, and whether it did before (H3; RFC 3263 7). */
#include "locate/plan_state.h"

/* So long the answer about _sips is waited for where a domain is known to have offered it: it was
 * asked for together with the others. */
#define OFFER_WAIT_US SW_SECONDS(1)

static bool has_domain(const struct sw_plan *plan)
{
    enum sw_way way = plan->target.way;
    return plan->offers != NULL && (way == SW_WAY_NAPTR || way == SW_WAY_SRV);
}

static bool is_tls(const struct sw_service *s)
{
    return sw_transport_row(s->transport)->is_tls;
}

void sw_plan_learn_offer(struct sw_plan *plan)
{
    const struct sw_route *r = plan->route;
    if (!has_domain(plan))
        return;
    for (unsigned i = 0; i < r->service_count; i++) {
        const struct sw_service *s = &r->services[i];
        if (!is_tls(s) || !(s->has_naptr || s->set->state == SW_SET_FOUND))
            continue;
        sw_offers_add(plan->offers, r->target.name);
        return;
    }
}

/* What this plan knows of the offer: FOUND, or NONE: there is none any more. FAILED: the DNS does
 * not tell for now. */
static enum sw_set_view view_offer(const struct sw_plan *plan)
{
    const struct sw_route *r = plan->route;
    enum sw_set_view all = SW_VIEW_NONE;
    for (unsigned i = 0; i < r->service_count; i++) {
        const struct sw_service *s = &r->services[i];
        if (!is_tls(s))
            continue;
        enum sw_set_view view = s->has_naptr ? SW_VIEW_FOUND : sw_plan_view(plan, s->set);
        if (view == SW_VIEW_FOUND)
            return view;
        if (view == SW_VIEW_OPEN || all == SW_VIEW_NONE || all == SW_VIEW_DECLINED)
            all = view;
    }
    return all != SW_VIEW_OPEN && r->is_naptr_unknown ? SW_VIEW_FAILED : all;
}

/* Only where the DNS decides over the transport, and TLS would be taken. */
static bool may_be_bid_down(const struct sw_plan *plan)
{
    bool has_tls = false;
    for (unsigned i = 0; i < plan->policy->transport_count; i++)
        has_tls = has_tls || sw_transport_row(plan->policy->transports[i])->is_tls;
    return plan->offers != NULL && plan->target.way == SW_WAY_NAPTR && !plan->target.is_sips &&
           has_tls && sw_offers_has(plan->offers, plan->route->target.name);
}

static enum sw_next find_bid_down(struct sw_plan *plan)
{
    struct sw_name domain = plan->route->target.name;
    plan->is_bid_down = true;
    plan->is_first_alert = sw_offers_alert(plan->offers, domain);
    sw_plan_note(plan, SW_NOTE_BID_DOWN, domain);
    if (plan->policy->bid_down == SW_BID_DOWN_ALERT)
        return SW_NEXT_CANDIDATE;
    plan->is_temporary = plan->is_bogus = false;
    plan->none = (struct sw_reason){SW_NOTE_BID_DOWN, domain};
    return SW_NEXT_END;
}

enum sw_next sw_plan_judge_offer(struct sw_plan *plan)
{
    if (plan->is_judged || plan->stage != SW_STAGE_WALK)
        return SW_NEXT_CANDIDATE;
    if (may_be_bid_down(plan)) {
        enum sw_set_view view = view_offer(plan);
        if (view == SW_VIEW_OPEN && plan->now_us < plan->began_us + OFFER_WAIT_US) {
            (void)sw_cursor_settle(plan, &plan->cursor); /* what is asked for meanwhile */
            plan->wait_until_us = sw_min_us(plan->wait_until_us, plan->began_us + OFFER_WAIT_US);
            return SW_NEXT_WAIT;
        }
        plan->is_judged = true;
        if (view == SW_VIEW_NONE || view == SW_VIEW_DECLINED)
            return find_bid_down(plan);
    }
    plan->is_judged = true;
    return SW_NEXT_CANDIDATE;
}

bool sw_plan_is_bid_down(const struct sw_plan *plan, bool *is_first)
{
    *is_first = plan->is_first_alert;
    return plan->is_bid_down;
}

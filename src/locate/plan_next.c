/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/plan_state.h"

/* R4: a probe that nobody reports on is given up after the longest transaction, 64 * T1. */
#define PROBE_LAPSE_US SW_SECONDS(32)

/* ---- the names TLS must verify (H1) ---- */

struct tls_names {
    struct sw_slice at[SW_TLS_NAMES_MAX];
    uint8_t count;
};

static void add_tls_name(struct tls_names *names, struct sw_slice name)
{
    for (unsigned i = 0; i < names->count; i++)
        if (sw_slice_ieq(names->at[i], name))
            return;
    if (names->count < SW_TLS_NAMES_MAX)
        names->at[names->count++] = name;
}

static bool add_tls_domain(struct sw_plan *plan, struct tls_names *names, struct sw_name name)
{
    char room[SW_NAME_TEXT_MAX];
    struct sw_buf text = sw_buf(room, sizeof room);
    sw_name_write(&text, name);
    const char *copy = sw_arena_dup(&plan->arena, text.p, text.len);
    if (copy == NULL)
        return false;
    add_tls_name(names, sw_slice(copy, text.len));
    return true;
}

/* The domain of an SRV owner name: what is behind the labels that begin with an underscore. */
static struct sw_name domain_of(struct sw_name owner)
{
    while (owner.len > 1 && owner.wire[0] > 0 && owner.wire[1] == '_') {
        owner.len = (uint8_t)(owner.len - owner.wire[0] - 1);
        owner.wire += owner.wire[0] + 1;
    }
    return owner;
}

static const struct sw_address_set *addresses_of(const struct sw_pick *pick)
{
    return pick->record->host->set[pick->ref >> 7];
}

static bool is_secure(const struct sw_plan *plan, const struct sw_pick *pick)
{
    return plan->route->is_secure && pick->service->set->is_secure && addresses_of(pick)->is_secure;
}

/* RFC 5922 trusts the URI's host alone; a secure chain also what it led to (RFC 7673); RFC 3263
 * 4.1, where the policy asks for it, wants the replacement's domain and the SRV target, too, in one
 * certificate. False: out of memory. */
static bool find_tls_names(struct sw_plan *plan, const struct sw_pick *pick,
                           struct tls_names *names)
{
    const struct sw_service *service = pick->service;
    names->count = 0;
    if (!sw_transport_row((enum sw_transport)pick->transport)->is_tls)
        return true;
    add_tls_name(names, plan->tls_host);
    if (service->set->owner.len == 0 || (!plan->policy->strict_identity && !is_secure(plan, pick)))
        return true;
    if (service->has_naptr && !add_tls_domain(plan, names, domain_of(service->set->owner)))
        return false;
    return add_tls_domain(plan, names, pick->record->host->name);
}

/* ---- candidates ---- */

/* D8: seconds left, a begun one counting as whole. */
static uint32_t seconds_left(uint64_t until_us, uint64_t now_us)
{
    if (until_us == SW_NEVER || until_us <= now_us)
        return 0;
    uint64_t left_s = (until_us - now_us + SW_SECONDS(1) - 1) / SW_SECONDS(1);
    return left_s < UINT32_MAX ? (uint32_t)left_s : UINT32_MAX;
}

/* Field by field: this is done for each candidate of each call, and clearing the whole before costs
 * as much again. */
static void describe_records(const struct sw_pick *pick, struct sw_candidate *c)
{
    const struct sw_service *service = pick->service;
    const struct sw_srv_record *record = pick->record;
    c->transport = (enum sw_transport)pick->transport;
    c->endpoint.addr = addresses_of(pick)->at[pick->ref & 0x7f].addr;
    c->endpoint.port = record->port;
    c->host = record->host->name;
    c->has_srv = service->set->owner.len > 0;
    c->priority = record->priority;
    c->weight = record->weight;
    c->srv_owner = service->set->owner;
    c->has_naptr = service->has_naptr;
    c->order = service->order;
    c->preference = service->preference;
    c->service = service->service;
}

static void describe_way(const struct sw_plan *plan, const struct sw_pick *pick,
                         struct sw_candidate *c)
{
    const struct sw_route *r = plan->route;
    const struct sw_srv_set *set = pick->service->set;
    const struct sw_address_set *addresses = addresses_of(pick);
    uint64_t until_us = sw_min_us(addresses->expires_us, set->expires_us);
    c->ttl_s = seconds_left(sw_min_us(until_us, r->naptr_expires_us), plan->now_us);
    c->is_secure = is_secure(plan, pick);
    c->is_stale = r->is_stale || set->is_stale || addresses->is_stale;
    c->is_only_if_refused = pick->condition != SW_UNCONDITIONAL;
}

static void describe_tls(const struct sw_plan *plan, const struct tls_names *names,
                         struct sw_candidate *c)
{
    memset(c->tls_names, 0, sizeof c->tls_names);
    for (unsigned i = 0; i < names->count; i++)
        c->tls_names[i] = names->at[i];
    c->tls_name_count = names->count;
    c->tls_names_all = names->count > 0 && plan->policy->strict_identity;
}

/* A4: from now on it counts as met. */
static bool mark_seen(struct sw_plan *plan, const struct sw_pick *pick, enum sw_seen_state state)
{
    struct sw_seen *seen = plan->seen;
    if (plan->seen_count == plan->seen_cap)
        seen = sw_plan_grow(plan, seen, &plan->seen_cap, sizeof *seen);
    if (seen == NULL)
        return false;
    plan->seen = seen;
    seen[plan->seen_count++] =
        (struct sw_seen){sw_route_address(pick->record->host, pick->ref), pick->record->port,
                         pick->transport, (uint8_t)state, pick->is_twin};
    return true;
}

static enum sw_next end_here(struct sw_plan *plan)
{
    if (plan->stage == SW_STAGE_OVER)
        return SW_NEXT_END;
    plan->stage = SW_STAGE_OVER;
    if (plan->handed_count > 0)
        plan->result = SW_RESULT_OK;
    else if (plan->is_bogus)
        plan->result = SW_RESULT_BOGUS;
    else
        plan->result = plan->is_temporary ? SW_RESULT_TEMPORARY : SW_RESULT_NONE;
    sw_plan_trace_result(plan);
    return SW_NEXT_END;
}

/* Whatever was bogus before: what there was no memory for could have been better. */
static enum sw_next end_for_want_of_memory(struct sw_plan *plan)
{
    plan->is_bogus = false;
    plan->is_temporary = true;
    return end_here(plan);
}

/* What health said about a pick. */
struct verdict {
    uint64_t until_us; /* it must wait behind the healthy ones: its penalty ends then; 0: no */
    bool is_probe;
};

/* Hand a pick out, which has its place among the seen ones. */
static enum sw_next hand_out(struct sw_plan *plan, const struct sw_pick *pick, unsigned seen,
                             struct verdict verdict, struct sw_candidate *out)
{
    struct tls_names names;
    if (!find_tls_names(plan, pick, &names))
        return end_for_want_of_memory(plan);
    describe_records(pick, out);
    describe_way(plan, pick, out);
    describe_tls(plan, &names, out);
    out->is_probe = verdict.is_probe;
    out->penalty_until_us = verdict.until_us;
    out->place = (uint8_t)seen;
    plan->seen[seen].state = SW_SEEN_OPEN;
    plan->out_seen = (uint8_t)seen;
    plan->is_out = true;
    plan->has_handed_tls = plan->has_handed_tls || sw_transport_row(out->transport)->is_tls;
    plan->out_at_us = plan->now_us;
    plan->result = SW_RESULT_OK;
    plan->handed_count++;
    if (plan->cache.routes != NULL) {
        sw_routes_add(plan->cache.routes, plan->route, plan->now_us);
        sw_routes_leave(&plan->cache);
    }
    sw_plan_trace_candidate(plan, out);
    return SW_NEXT_CANDIDATE;
}

/* ---- health (R3, R4) ---- */

static struct sw_health_key key_of(const struct sw_pick *pick)
{
    return (struct sw_health_key){
        (enum sw_transport)pick->transport,
        {sw_route_address(pick->record->host, pick->ref)->addr, pick->record->port}};
}

static struct verdict judge_health(const struct sw_plan *plan, const struct sw_pick *pick)
{
    struct sw_health_key key = key_of(pick);
    uint64_t until_us = 0;
    switch (sw_health_look(plan->health, &key, plan->now_us, &until_us)) {
    case SW_HEALTH_GOOD:
        break;
    case SW_HEALTH_DUE:
        if (sw_health_claim(plan->health, &key, plan->now_us, PROBE_LAPSE_US))
            return (struct verdict){.is_probe = true};
        until_us = plan->now_us;
        break;
    case SW_HEALTH_PENALISED:
        break;
    }
    return (struct verdict){.until_us = until_us};
}

/* The penalty that ends first comes first; a conditional one stays behind its twin. */
static bool postpone(struct sw_plan *plan, const struct sw_pick *pick, uint64_t until_us)
{
    struct sw_postponed *all = plan->postponed;
    if (plan->postponed_count == plan->postponed_cap)
        all = sw_plan_grow(plan, all, &plan->postponed_cap, sizeof *all);
    if (all == NULL || !mark_seen(plan, pick, SW_SEEN_POSTPONED))
        return false;
    plan->postponed = all;
    unsigned at = plan->postponed_count++;
    for (; at > 0 && all[at - 1].until_us > until_us; at--)
        all[at] = all[at - 1];
    all[at] = (struct sw_postponed){*pick, until_us, (uint8_t)(plan->seen_count - 1)};
    if (until_us > 0)
        sw_plan_note_pick(plan, SW_NOTE_PENALISED, pick);
    return true;
}

/* N9: clear text once TLS was tried, which the policy does not allow, penalised or not. */
static bool is_downgrade(const struct sw_plan *plan, const struct sw_pick *pick)
{
    return plan->has_handed_tls && !plan->policy->allow_downgrade &&
           !sw_transport_row((enum sw_transport)pick->transport)->is_tls;
}

/* Of those that had to wait for no longer than that. WAIT: none is left. */
static enum sw_next take_postponed(struct sw_plan *plan, uint64_t until_us,
                                   struct sw_candidate *out)
{
    while (plan->postponed_at < plan->postponed_count &&
           plan->postponed[plan->postponed_at].until_us <= until_us) {
        const struct sw_postponed *p = &plan->postponed[plan->postponed_at++];
        if (sw_plan_condition(plan, &p->pick) == SW_SEEN_FAILED)
            continue;
        if (is_downgrade(plan, &p->pick)) {
            sw_plan_note_pick(plan, SW_NOTE_DOWNGRADE, &p->pick);
            continue;
        }
        struct verdict verdict = {0};
        if (plan->health != NULL)
            verdict = judge_health(plan, &p->pick);
        if (p->until_us != SW_NEVER)
            verdict.until_us = p->until_us;
        return hand_out(plan, &p->pick, p->seen, verdict, out);
    }
    return SW_NEXT_WAIT;
}

/* R8: passed over while the preferred one is looked for; a probe is claimed when it comes to it. */
static struct verdict judge_later(const struct sw_plan *plan, const struct sw_pick *pick)
{
    struct sw_health_key key = key_of(pick);
    uint64_t until_us = 0;
    if (pick->condition != SW_UNCONDITIONAL && sw_plan_condition(plan, pick) == SW_SEEN_POSTPONED)
        return (struct verdict){.until_us = SW_NEVER};
    if (plan->health == NULL ||
        sw_health_look(plan->health, &key, plan->now_us, &until_us) != SW_HEALTH_PENALISED)
        until_us = 0;
    return (struct verdict){.until_us = until_us};
}

/* R8: false once the preferred one was met. */
static bool waits_for_preferred(struct sw_plan *plan, const struct sw_pick *pick)
{
    struct sw_health_key key = key_of(pick);
    if (plan->preferred == NULL)
        return false;
    if (key.transport != plan->preferred->transport ||
        !sw_endpoint_eq(&key.endpoint, &plan->preferred->endpoint))
        return true;
    plan->preferred = NULL;
    return false;
}

/* R3; T7: who depends on a postponed twin waits behind it. */
static struct verdict judge(const struct sw_plan *plan, const struct sw_pick *pick)
{
    if (plan->health == NULL)
        return (struct verdict){0};
    if (pick->condition != SW_UNCONDITIONAL && sw_plan_condition(plan, pick) == SW_SEEN_POSTPONED)
        return (struct verdict){.until_us = SW_NEVER};
    return judge_health(plan, pick);
}

/* ---- the next one ---- */

/* D9. True when nothing more may be taken. */
static bool is_full(struct sw_plan *plan)
{
    if (plan->seen_count < SW_CANDIDATES_MAX)
        return false;
    struct sw_cursor ahead = plan->cursor;
    struct sw_pick pick;
    ahead.is_quiet = true;
    if (!plan->is_cut && sw_cursor_take(plan, &ahead, &pick) != SW_NEXT_END)
        sw_plan_note(plan, SW_NOTE_CUT, plan->target.name);
    plan->is_cut = true;
    return true;
}

/* From the walk, but for one that was taken before. What that depends on (T7) may have changed. */
static enum sw_next take_pick(struct sw_plan *plan, struct sw_pick *out)
{
    bool was_held = plan->has_held;
    plan->has_held = false;
    *out = plan->held;
    if (was_held && sw_plan_condition(plan, out) != SW_SEEN_FAILED)
        return SW_NEXT_CANDIDATE;
    return sw_cursor_take(plan, &plan->cursor, out);
}

static enum sw_next take_next(struct sw_plan *plan, struct sw_candidate *out)
{
    struct sw_pick pick;
    enum sw_next next = sw_plan_judge_offer(plan);
    if (next != SW_NEXT_CANDIDATE)
        return next == SW_NEXT_WAIT ? next : end_here(plan);
    while (!is_full(plan)) {
        if (plan->preferred == NULL && (next = take_postponed(plan, 0, out)) != SW_NEXT_WAIT)
            return next;
        next = take_pick(plan, &pick);
        if (next == SW_NEXT_WAIT)
            return next;
        if (next == SW_NEXT_END)
            break;
        bool waits = waits_for_preferred(plan, &pick);
        struct verdict verdict = waits ? judge_later(plan, &pick) : judge(plan, &pick);
        if (!waits && verdict.until_us == 0) {
            if (!mark_seen(plan, &pick, SW_SEEN_OPEN))
                return end_for_want_of_memory(plan);
            return hand_out(plan, &pick, plan->seen_count - 1u, verdict, out);
        }
        if (!postpone(plan, &pick, verdict.until_us))
            return end_for_want_of_memory(plan);
    }
    plan->preferred = NULL;
    next = take_postponed(plan, SW_NEVER, out);
    return next == SW_NEXT_WAIT ? end_here(plan) : next;
}

static enum sw_seen_state state_after(enum sw_try why)
{
    switch (why) {
    case SW_TRY_NONE:
        break;
    case SW_TRY_FAILED:
        return SW_SEEN_FAILED;
    case SW_TRY_REFUSED:
        return SW_SEEN_REFUSED;
    }
    return SW_SEEN_OPEN;
}

void sw_plan_report(struct sw_plan *plan, uint8_t place, enum sw_try why)
{
    if (place < plan->seen_count && why != SW_TRY_NONE)
        plan->seen[place].state = (uint8_t)state_after(why);
}

/* The candidate that was out is back; the deadline's clock goes on (D10). */
static void take_back(struct sw_plan *plan, enum sw_try why, uint64_t now_us)
{
    if (!plan->is_out)
        return;
    plan->is_out = false;
    if (now_us > plan->out_at_us)
        plan->deadline_us = sw_after_us(plan->deadline_us, now_us - plan->out_at_us);
    sw_plan_report(plan, plan->out_seen, why);
}

/* D10: waiting for a set, it may become time to ask for what is behind it. */
static void wake_at_half(struct sw_plan *plan)
{
    uint64_t half_us = sw_plan_half_us(plan);
    bool waits_for_set =
        plan->stage == SW_STAGE_WALK && plan->is_judged && plan->cursor.service == NULL;
    if (waits_for_set && plan->now_us < half_us)
        plan->wait_until_us = sw_min_us(plan->wait_until_us, half_us);
}

enum sw_next sw_plan_next(struct sw_plan *plan, uint64_t now_us, enum sw_try why,
                          struct sw_candidate *out)
{
    take_back(plan, why, now_us);
    sw_plan_tick(plan, now_us);
    if (plan->stage == SW_STAGE_OVER)
        return SW_NEXT_END;
    plan->may_have_to_ask = true;
    plan->wait_until_us = SW_NEVER;
    enum sw_next next = take_next(plan, out);
    while (next == SW_NEXT_WAIT && sw_plan_give_up_asking(plan))
        next = take_next(plan, out);
    if (next == SW_NEXT_WAIT)
        wake_at_half(plan);
    return next;
}

/* ---- two families at once (X3) ---- */

static enum sw_host_family other_family(const struct sw_netaddr *addr)
{
    return addr->family == 4 ? SW_HOST_AAAA : SW_HOST_A;
}

static bool has_address(const struct sw_route_host *host, const struct sw_address *address)
{
    for (unsigned f = 0; f < SW_HOST_FAMILIES; f++) {
        const struct sw_address_set *set = host->set[f];
        if (set != NULL && address >= set->at && address < set->at + set->count)
            return true;
    }
    return false;
}

/* The walk stands at the target of the one that is out, whose other family is known. */
static bool may_have_rival(const struct sw_plan *plan)
{
    const struct sw_address *out = plan->seen[plan->out_seen].address;
    const struct sw_srv_record *record = plan->cursor.record;
    return record != NULL && has_address(record->host, out) &&
           record->host->set[other_family(&out->addr)] != NULL;
}

static bool is_rival(const struct sw_plan *plan, const struct sw_pick *pick)
{
    const struct sw_seen *first = &plan->seen[plan->out_seen];
    const struct sw_address *address = sw_route_address(pick->record->host, pick->ref);
    struct sw_health_key key = key_of(pick);
    uint64_t until_us;
    return has_address(pick->record->host, first->address) && pick->record->port == first->port &&
           pick->transport == first->transport && pick->condition == SW_UNCONDITIONAL &&
           address->addr.family != first->address->addr.family &&
           (plan->health == NULL ||
            sw_health_look(plan->health, &key, plan->now_us, &until_us) == SW_HEALTH_GOOD);
}

/* T7: over UDP, when the one that is out should be refused over TCP. */
static bool is_behind_first(const struct sw_plan *plan, const struct sw_pick *pick)
{
    const struct sw_seen *first = &plan->seen[plan->out_seen];
    return pick->condition == SW_IF_ADDRESS_REFUSED && first->transport == SW_TCP &&
           sw_route_address(pick->record->host, pick->ref) == first->address;
}

/* The next one of the walk; where that has to wait for the first one's refusal it is kept for then,
 * and the one behind it is looked at, which stays where it is unless it may race. */
static enum sw_next take_rival(struct sw_plan *plan, struct sw_pick *out)
{
    enum sw_next next = sw_cursor_take(plan, &plan->cursor, out);
    if (next != SW_NEXT_CANDIDATE || !is_behind_first(plan, out))
        return next;
    plan->held = *out;
    plan->has_held = true;
    struct sw_cursor ahead = plan->cursor;
    ahead.is_quiet = true;
    if (sw_cursor_take(plan, &ahead, out) != SW_NEXT_CANDIDATE || !is_rival(plan, out))
        return SW_NEXT_END;
    return sw_cursor_take(plan, &plan->cursor, out);
}

enum sw_next sw_plan_rival(struct sw_plan *plan, uint64_t now_us, struct sw_candidate *out)
{
    struct sw_pick pick;
    if (plan->stage != SW_STAGE_WALK || !plan->is_out || plan->has_held ||
        plan->seen_count >= SW_CANDIDATES_MAX)
        return SW_NEXT_END;
    if (!may_have_rival(plan))
        return SW_NEXT_END;
    plan->now_us = now_us;
    plan->may_have_to_ask = true;
    if (take_rival(plan, &pick) != SW_NEXT_CANDIDATE)
        return SW_NEXT_END;
    if (!is_rival(plan, &pick) || !mark_seen(plan, &pick, SW_SEEN_OPEN)) {
        plan->held = pick;
        plan->has_held = true;
        return SW_NEXT_END;
    }
    uint64_t out_at_us = plan->out_at_us;
    enum sw_next next = hand_out(plan, &pick, plan->seen_count - 1u, (struct verdict){0}, out);
    plan->out_at_us = out_at_us; /* the deadline's clock stands since the first one */
    return next;
}

bool sw_plan_has_more(struct sw_plan *plan, uint64_t now_us)
{
    sw_plan_tick(plan, now_us);
    if (plan->stage == SW_STAGE_OVER)
        return false;
    if (plan->has_held && sw_plan_condition(plan, &plan->held) != SW_SEEN_FAILED)
        return true;
    for (unsigned i = plan->postponed_at; i < plan->postponed_count; i++)
        if (sw_plan_condition(plan, &plan->postponed[i].pick) != SW_SEEN_FAILED &&
            !is_downgrade(plan, &plan->postponed[i].pick))
            return true;
    if (plan->seen_count >= SW_CANDIDATES_MAX)
        return false;
    if (!plan->is_out)
        (void)sw_cursor_settle(plan, &plan->cursor);
    struct sw_cursor ahead = plan->cursor;
    struct sw_pick pick;
    ahead.is_quiet = true;
    return sw_cursor_take(plan, &ahead, &pick) != SW_NEXT_END;
}

uint64_t sw_plan_wake_us(const struct sw_plan *plan)
{
    if (plan->stage == SW_STAGE_OVER || plan->is_out || plan->is_expired)
        return SW_NEVER;
    return sw_min_us(plan->wait_until_us, plan->deadline_us);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/plan_state.h"

#include "base/bug.h"
#include "base/rng.h"

/* Keeps the draw among NAPTR ties apart from those among SRV records. */
#define TIE_SEED UINT64_C(0x6e617074722d7469)

static bool is_asked(const struct sw_naptr_tree *tree, struct sw_name name)
{
    for (unsigned i = 0; i < tree->branch_count; i++)
        if (sw_name_eq(tree->branches[i]->name, name))
            return true;
    return false;
}

static struct sw_naptr_branch *add_branch(struct sw_plan *plan, struct sw_name name, uint8_t depth)
{
    struct sw_naptr_tree *tree = plan->tree;
    struct sw_naptr_branch **branches =
        sw_arena_get(&plan->arena, (tree->branch_count + 1u) * sizeof(struct sw_naptr_branch *));
    struct sw_naptr_branch *branch = sw_arena_get(&plan->arena, sizeof *branch);
    if (branches == NULL || branch == NULL)
        return NULL;
    *branch = (struct sw_naptr_branch){.name = name, .depth = depth};
    for (unsigned i = 0; i < tree->branch_count; i++)
        branches[i] = tree->branches[i];
    branches[tree->branch_count++] = branch;
    tree->branches = branches;
    tree->open_count++;
    return branch;
}

int sw_plan_begin_naptr(struct sw_plan *plan)
{
    plan->stage = SW_STAGE_NAPTR;
    plan->tree = sw_arena_zget(&plan->arena, 1, sizeof *plan->tree);
    if (plan->tree == NULL || add_branch(plan, plan->route->target.name, 0) == NULL)
        return SW_E_NOMEM;
    return 0;
}

/* N5. NULL with 0: the branch ends here, which was noted. */
static int follow(struct sw_plan *plan, const struct sw_naptr_item *item,
                  struct sw_naptr_branch **out)
{
    struct sw_name name = item->pick.replacement;
    *out = NULL;
    if (is_asked(plan->tree, name)) {
        sw_plan_note(plan, SW_NOTE_NAPTR_LOOP, name);
        return 0;
    }
    if (item->from->depth >= SW_NAPTR_DEPTH_MAX) {
        sw_plan_note(plan, SW_NOTE_NAPTR_DEPTH, name);
        return 0;
    }
    if (plan->tree->branch_count >= SW_QUESTIONS_MAX) {
        sw_plan_note(plan, SW_NOTE_CUT, name);
        return 0;
    }
    *out = add_branch(plan, name, (uint8_t)(item->from->depth + 1));
    return *out == NULL ? SW_E_NOMEM : 0;
}

/* An item that outlives the answer. */
static int keep(struct sw_plan *plan, const struct sw_naptr_pick *pick,
                struct sw_naptr_branch *from, struct sw_naptr_item *out)
{
    const char *wire = sw_arena_dup(&plan->arena, pick->replacement.wire, pick->replacement.len);
    const char *service = sw_arena_dup(&plan->arena, pick->service.p, pick->service.len);
    if (wire == NULL || service == NULL)
        return SW_E_NOMEM;
    *out = (struct sw_naptr_item){.pick = *pick, .group = pick->order, .from = from};
    out->pick.replacement.wire = (const uint8_t *)wire;
    out->pick.service.p = service;
    return 0;
}

/* The place in the list that a branch's records take: of the item that led to it. */
static unsigned place_of(const struct sw_naptr_tree *tree, const struct sw_naptr_branch *branch)
{
    unsigned at = 0;
    while (at < tree->item_count && tree->items[at].leads != branch)
        at++;
    return at;
}

/* Put the records of a branch in the place of the item that led to it, or, of TARGET itself, into
 * the empty list. */
static int splice(struct sw_plan *plan, struct sw_naptr_branch *branch,
                  const struct sw_naptr_choice *choice)
{
    struct sw_naptr_tree *tree = plan->tree;
    unsigned at = place_of(tree, branch);
    if (at == tree->item_count && branch->depth > 0)
        return 0; /* its item was cut off */
    unsigned behind = at < tree->item_count ? tree->item_count - at - 1 : 0;
    struct sw_naptr_item *items =
        sw_arena_get(&plan->arena, (at + choice->count + behind) * sizeof *items);
    if (items == NULL)
        return SW_E_NOMEM;
    unsigned count = 0;
    for (; count < at; count++)
        items[count] = tree->items[count];
    for (unsigned i = 0; i < choice->count; i++, count++) {
        if (keep(plan, &choice->picks[i], branch, &items[count]) < 0)
            return SW_E_NOMEM;
        if (branch->depth > 0)
            items[count].group = tree->items[at].group;
    }
    for (unsigned i = 0; i < behind; i++)
        items[count++] = tree->items[at + 1 + i];
    if (count > SW_SERVICES_MAX) {
        sw_plan_note(plan, SW_NOTE_CUT, branch->name);
        count = SW_SERVICES_MAX;
    }
    tree->items = items;
    tree->item_count = (uint8_t)count;
    return 0;
}

/* Ask for what the new non-terminal items lead to. */
static int follow_all(struct sw_plan *plan, const struct sw_naptr_branch *branch)
{
    for (unsigned i = 0; i < plan->tree->item_count; i++) {
        struct sw_naptr_item *item = &plan->tree->items[i];
        if (item->from != branch || item->pick.is_terminal)
            continue;
        int rc = follow(plan, item, &item->leads);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_records(struct sw_plan *plan, struct sw_naptr_branch *branch,
                        const struct sw_answer *answer)
{
    struct sw_naptr_choice choice;
    sw_naptr_choose(plan->policy, plan->target.is_sips, answer, &choice);
    plan->tree->has_sip = plan->tree->has_sip || choice.has_sip;
    plan->tree->has_shared = plan->tree->has_shared || choice.has_shared;
    if (choice.is_cut)
        sw_plan_note(plan, SW_NOTE_CUT, branch->name);
    int rc = splice(plan, branch, &choice);
    return rc < 0 ? rc : follow_all(plan, branch);
}

static bool is_service_known(const struct sw_route *r, const struct sw_service *s)
{
    for (unsigned i = 0; i < r->service_count; i++)
        if (r->services[i].set == s->set && r->services[i].transport == s->transport)
            return true;
    return false;
}

static int add_service(struct sw_route *r, struct sw_service *s, struct sw_name owner)
{
    s->set = sw_route_set(r, owner);
    if (s->set == NULL)
        return SW_E_NOMEM;
    if (!is_service_known(r, s))
        r->services[r->service_count++] = *s;
    return 0;
}

static int add_item(struct sw_route *r, const struct sw_naptr_item *item, bool is_tie)
{
    const struct sw_naptr_pick *pick = &item->pick;
    struct sw_service s = {.transport = pick->transport,
                           .has_naptr = true,
                           .is_tie = is_tie,
                           .order = pick->order,
                           .preference = pick->preference,
                           .group = item->group};
    s.service =
        sw_slice(sw_arena_dup(&r->arena, pick->service.p, pick->service.len), pick->service.len);
    return s.service.p == NULL ? SW_E_NOMEM : add_service(r, &s, pick->replacement);
}

/* I6: where the prefix makes the name too long, there definitely is no such name. */
static int add_own(struct sw_plan *plan, enum sw_transport transport, struct sw_service *s)
{
    struct sw_route *r = plan->route;
    struct sw_name_room room;
    struct sw_name owner;
    *s = (struct sw_service){.transport = transport};
    if (sw_name_prefix(sw_transport_row(transport)->srv_prefix, r->target.name, &room, &owner) == 0)
        return add_service(r, s, owner);
    sw_plan_note(plan, SW_NOTE_NAME_TOO_LONG, r->target.name);
    s->set = sw_arena_zget(&r->arena, 1, sizeof *s->set);
    if (s->set == NULL)
        return SW_E_NOMEM;
    s->set->state = SW_SET_NONE;
    s->set->is_secure = true;
    s->set->expires_us = SW_NEVER;
    r->services[r->service_count++] = *s;
    return 0;
}

static bool has_udp(const struct sw_route *r)
{
    for (unsigned i = 0; i < r->service_count; i++)
        if (r->services[i].transport == SW_UDP)
            return true;
    return false;
}

/* T7: the TCP set of TARGET goes before what it has over UDP. */
static int add_twin(struct sw_plan *plan)
{
    struct sw_route *r = plan->route;
    if (!r->target.is_big || !has_udp(r))
        return 0;
    for (unsigned i = 0; i < r->service_count && r->twin == NULL; i++)
        if (r->services[i].transport == SW_TCP)
            r->twin = &r->services[i];
    if (r->twin != NULL)
        return 0;
    struct sw_name_room room;
    struct sw_name owner;
    if (sw_name_prefix(sw_transport_row(SW_TCP)->srv_prefix, r->target.name, &room, &owner) < 0)
        return 0;
    struct sw_service *twin = sw_arena_zget(&r->arena, 1, sizeof *twin);
    if (twin == NULL)
        return SW_E_NOMEM;
    twin->transport = SW_TCP;
    twin->set = sw_route_set(r, owner);
    if (twin->set == NULL)
        return SW_E_NOMEM;
    r->twin = twin;
    return 0;
}

static int make_room(struct sw_route *r, size_t count)
{
    r->services = sw_arena_zget(&r->arena, count, sizeof *r->services);
    return r->services == NULL ? SW_E_NOMEM : 0;
}

/* N6, N7 */
static int use_items(struct sw_plan *plan, unsigned terminal_count)
{
    const struct sw_naptr_tree *tree = plan->tree;
    int rc = make_room(plan->route, terminal_count);
    for (unsigned i = 0; i < tree->item_count && rc == 0; i++) {
        const struct sw_naptr_item *item = &tree->items[i];
        bool is_tie = i > 0 && item[-1].from == item->from && item[-1].pick.is_terminal &&
                      sw_naptr_is_tie(&item[-1].pick, &item->pick);
        if (item->pick.is_terminal)
            rc = add_item(plan->route, item, is_tie);
    }
    sw_plan_step(plan, SW_STEP_NAPTR_CHOSEN, plan->route->target.name, (struct sw_slice){0});
    return rc;
}

/* V2, N8 */
static int use_own_names(struct sw_plan *plan)
{
    const struct sw_policy *policy = plan->policy;
    if (plan->tree->has_sip && !plan->tree->has_shared) {
        sw_plan_note(plan, SW_NOTE_NAPTR_NONE_SHARED, plan->route->target.name);
        plan->none = (struct sw_reason){SW_NOTE_NAPTR_NONE_SHARED, plan->route->target.name};
        plan->route->has_last_resort = plan->target.is_sips;
    }
    sw_plan_step(plan, SW_STEP_NO_NAPTR, plan->route->target.name, (struct sw_slice){0});
    int rc = make_room(plan->route, policy->transport_count);
    for (unsigned i = 0; i < policy->transport_count && rc == 0; i++) {
        struct sw_service s;
        if (!plan->target.is_sips || sw_transport_row(policy->transports[i])->is_tls)
            rc = add_own(plan, policy->transports[i], &s);
    }
    return rc;
}

/* The services are written; or there is no memory for them, and the plan ends without. */
static int finish(struct sw_plan *plan, int rc)
{
    struct sw_route *r = plan->route;
    if (rc == 0)
        rc = add_twin(plan);
    if (rc < 0) {
        r->service_count = 0;
        r->twin = NULL;
        r->has_last_resort = false;
        r->is_single_use = true;
        plan->is_temporary = true;
    }
    r->unknown_count--;
    sw_plan_begin_walk(plan);
    return rc;
}

int sw_plan_take_naptr(struct sw_plan *plan, struct sw_naptr_branch *branch,
                       const struct sw_answer *answer)
{
    struct sw_route *r = plan->route;
    struct sw_naptr_tree *tree = plan->tree;
    SW_BUG_ON(plan->stage != SW_STAGE_NAPTR || tree->open_count == 0);
    branch->known = SW_KNOWN_FAILED;
    tree->open_count--;
    int rc = 0;
    if (answer != NULL) {
        uint64_t until_us = sw_route_expire(r, answer, plan->now_us);
        r->is_secure = r->is_secure && answer->is_secure;
        r->is_stale = r->is_stale || answer->is_stale;
        r->naptr_expires_us = sw_min_us(r->naptr_expires_us, until_us);
        if (answer->outcome == SW_OUTCOME_RECORDS)
            rc = read_records(plan, branch, answer);
    }
    if (answer == NULL || rc < 0)
        r->is_single_use = true;
    if (rc < 0)
        plan->is_temporary = true;
    if (tree->open_count > 0)
        return rc;
    unsigned terminal_count = 0;
    for (unsigned i = 0; i < tree->item_count; i++)
        terminal_count += tree->items[i].pick.is_terminal;
    int finished =
        finish(plan, terminal_count > 0 ? use_items(plan, terminal_count) : use_own_names(plan));
    return rc < 0 ? rc : finished;
}

int sw_plan_begin_srv(struct sw_plan *plan)
{
    struct sw_service s;
    int rc = make_room(plan->route, 1);
    if (rc == 0)
        rc = add_own(plan, plan->route->target.transport, &s);
    return finish(plan, rc);
}

/* N6: chance among those that nothing else puts in order. */
static void shuffle(uint8_t *order, unsigned count, struct sw_mix *mix)
{
    for (unsigned left = count; left > 1; left--) {
        unsigned at = sw_mix_below(mix, left);
        uint8_t chosen = order[at];
        order[at] = order[left - 1];
        order[left - 1] = chosen;
    }
}

void sw_plan_begin_walk(struct sw_plan *plan)
{
    const struct sw_route *r = plan->route;
    struct sw_mix mix = {plan->seed ^ TIE_SEED};
    plan->stage = SW_STAGE_WALK;
    for (unsigned i = 0; i < r->service_count; i++)
        plan->service_order[i] = (uint8_t)i;
    for (unsigned from = 0, to; from < r->service_count; from = to) {
        for (to = from + 1; to < r->service_count && r->services[to].is_tie;)
            to++;
        shuffle(plan->service_order + from, to - from, &mix);
    }
}

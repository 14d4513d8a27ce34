/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/plan_state.h"

#include "base/bug.h"
#include "base/rng.h"

/* Keeps the draw among NAPTR ties apart from those among SRV records. */
#define TIE_SEED UINT64_C(0x6e617074722d7469)

static struct sw_naptr_branch *find_branch(const struct sw_naptr_tree *tree, struct sw_name name)
{
    for (unsigned i = 0; i < tree->branch_count; i++)
        if (sw_name_eq(tree->branches[i]->name, name))
            return tree->branches[i];
    return NULL;
}

static int add_branch(struct sw_plan *plan, struct sw_name name, uint8_t depth)
{
    struct sw_naptr_tree *tree = plan->tree;
    struct sw_naptr_branch *branch = sw_arena_get(&plan->arena, sizeof *branch);
    struct sw_naptr_branch **branches = tree->branches;
    if (tree->branch_count == tree->branch_cap)
        branches =
            sw_plan_grow(plan, branches, &tree->branch_cap, sizeof(struct sw_naptr_branch *));
    if (branches == NULL || branch == NULL)
        return SW_E_NOMEM;
    *branch = (struct sw_naptr_branch){.name = name, .depth = depth};
    tree->branches = branches;
    branches[tree->branch_count++] = branch;
    tree->open_count++;
    return 0;
}

int sw_plan_begin_naptr(struct sw_plan *plan)
{
    plan->stage = SW_STAGE_NAPTR;
    plan->tree = sw_arena_zget(&plan->arena, 1, sizeof *plan->tree);
    return plan->tree == NULL ? SW_E_NOMEM : add_branch(plan, plan->route->target.name, 0);
}

/* A copy that outlives the answer. */
static int keep(struct sw_plan *plan, const struct sw_naptr_pick *pick, struct sw_naptr_pick *out)
{
    const char *wire = sw_arena_dup(&plan->arena, pick->replacement.wire, pick->replacement.len);
    const char *service = sw_arena_dup(&plan->arena, pick->service.p, pick->service.len);
    if (wire == NULL || service == NULL)
        return SW_E_NOMEM;
    *out = *pick;
    out->replacement.wire = (const uint8_t *)wire;
    out->service.p = service;
    return 0;
}

/* N5: what a record leads to is asked for, once, at the depth of the shortest way there, so that
 * what is asked does not depend on which answer came first. True when something changed. */
static int follow(struct sw_plan *plan, const struct sw_naptr_branch *from,
                  const struct sw_naptr_pick *pick, bool *has_changed)
{
    uint8_t depth = (uint8_t)(from->depth + 1);
    struct sw_naptr_branch *to = find_branch(plan->tree, pick->replacement);
    if (to != NULL && to->depth > depth) {
        to->depth = depth;
        *has_changed = true;
    }
    if (to != NULL || depth > SW_NAPTR_DEPTH_MAX || plan->tree->branch_count >= SW_QUESTIONS_MAX)
        return 0;
    *has_changed = true;
    return add_branch(plan, pick->replacement, depth);
}

static int follow_branch(struct sw_plan *plan, const struct sw_naptr_branch *branch,
                         bool *has_changed)
{
    for (unsigned i = 0; i < branch->pick_count; i++) {
        const struct sw_naptr_pick *pick = &branch->picks[i];
        if (!pick->is_terminal && follow(plan, branch, pick, has_changed) < 0)
            return SW_E_NOMEM;
    }
    return 0;
}

static int follow_all(struct sw_plan *plan)
{
    const struct sw_naptr_tree *tree = plan->tree;
    for (bool has_changed = true; has_changed;) {
        has_changed = false;
        for (unsigned i = 0; i < tree->branch_count; i++)
            if (follow_branch(plan, tree->branches[i], &has_changed) < 0)
                return SW_E_NOMEM;
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
    struct sw_naptr_pick *picks = sw_arena_get(&plan->arena, choice.count * sizeof *picks);
    if (picks == NULL)
        return SW_E_NOMEM;
    for (unsigned i = 0; i < choice.count; i++)
        if (keep(plan, &choice.picks[i], &picks[i]) < 0)
            return SW_E_NOMEM;
    branch->picks = picks;
    branch->pick_count = choice.count;
    return follow_all(plan);
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

static int add_pick(struct sw_route *r, const struct sw_naptr_pick *pick, uint16_t group,
                    bool is_tie)
{
    struct sw_service s = {.transport = pick->transport,
                           .has_naptr = true,
                           .is_tie = is_tie,
                           .order = pick->order,
                           .preference = pick->preference,
                           .group = group};
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

/* Where the walk over the tree stands: one entry a step (N5). */
struct stack {
    struct {
        const struct sw_naptr_branch *branch;
        uint8_t at;
        uint16_t group;
    } steps[SW_NAPTR_DEPTH_MAX + 1];
    unsigned depth; /* of the top step; SW_NAPTR_DEPTH_MAX at most */
    bool is_done;
};

/* N5: go on with what a non-terminal record leads to, or note why not. */
static void descend(const struct sw_plan *plan, struct stack *stack,
                    const struct sw_naptr_pick *pick, uint16_t group)
{
    struct sw_naptr_branch *to = find_branch(plan->tree, pick->replacement);
    if (to != NULL && to->is_met) {
        sw_plan_note(plan, SW_NOTE_NAPTR_LOOP, pick->replacement);
    } else if (stack->depth == SW_NAPTR_DEPTH_MAX) {
        sw_plan_note(plan, SW_NOTE_NAPTR_DEPTH, pick->replacement);
    } else if (to == NULL) {
        sw_plan_note(plan, SW_NOTE_CUT, pick->replacement);
    } else {
        to->is_met = true;
        stack->depth++;
        stack->steps[stack->depth].branch = to;
        stack->steps[stack->depth].at = 0;
        stack->steps[stack->depth].group = group;
    }
}

/* The next record in the order of N6, those that a non-terminal one leads to in its place. NULL: it
 * led somewhere else, or there is none left. */
static const struct sw_naptr_pick *step(const struct sw_plan *plan, struct stack *stack,
                                        uint16_t *group)
{
    const struct sw_naptr_branch *branch = stack->steps[stack->depth].branch;
    uint8_t at = stack->steps[stack->depth].at++;
    if (at >= branch->pick_count) {
        stack->is_done = stack->depth == 0;
        stack->depth -= stack->depth > 0;
        return NULL;
    }
    const struct sw_naptr_pick *pick = &branch->picks[at];
    *group = stack->depth == 0 ? pick->order : stack->steps[stack->depth].group;
    if (pick->is_terminal)
        return pick;
    descend(plan, stack, pick, *group);
    return NULL;
}

static size_t count_terminal(const struct sw_naptr_tree *tree)
{
    size_t count = 0;
    for (unsigned i = 0; i < tree->branch_count; i++)
        for (unsigned k = 0; k < tree->branches[i]->pick_count; k++)
            count += tree->branches[i]->picks[k].is_terminal;
    return count < SW_SERVICES_MAX ? count : SW_SERVICES_MAX;
}

/* N6, N7 */
static int use_records(struct sw_plan *plan)
{
    struct sw_route *r = plan->route;
    struct sw_naptr_branch *root = plan->tree->branches[0];
    struct stack stack = {.steps = {{.branch = root}}};
    int rc = make_room(r, count_terminal(plan->tree));
    const struct sw_naptr_pick *last = NULL;
    const struct sw_naptr_branch *last_branch = NULL;
    root->is_met = true;
    while (rc == 0 && !stack.is_done) {
        uint16_t group;
        const struct sw_naptr_pick *pick = step(plan, &stack, &group);
        if (pick == NULL)
            continue;
        if (r->service_count == SW_SERVICES_MAX) {
            sw_plan_note(plan, SW_NOTE_CUT, r->target.name);
            break;
        }
        const struct sw_naptr_branch *branch = stack.steps[stack.depth].branch;
        bool is_tie = branch == last_branch && sw_naptr_is_tie(last, pick);
        unsigned before = r->service_count;
        rc = add_pick(r, pick, group, is_tie);
        if (r->service_count > before) {
            last = pick;
            last_branch = branch;
        }
    }
    if (r->service_count > 0)
        sw_plan_step(plan, SW_STEP_NAPTR_CHOSEN, r->target.name, (struct sw_slice){0});
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
        r->is_single_use = r->is_naptr_unknown = true;
    if (rc < 0)
        plan->is_temporary = true;
    if (tree->open_count > 0)
        return rc;
    int used = use_records(plan);
    if (used == 0 && r->service_count == 0)
        used = use_own_names(plan);
    int finished = finish(plan, used);
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
    sw_plan_learn_offer(plan);
}

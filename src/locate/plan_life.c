/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/plan_state.h"

#include "base/bug.h"

enum {
    PLAN_ROOM = 504,  /* octets a typical location takes of the plan's own memory */
    ROUTE_ROOM = 640, /* and of its route's */
    BLOCK_LEN = 1024, /* of what comes on top */
    TABLE_MIN = 8     /* members of a table to begin with */
};

/* S1: a stateless key is spread by a hash that is the same everywhere and always. */
#define STATELESS_SEED UINT64_C(0x7369707761726421)

void sw_plan_expire(struct sw_plan *plan)
{
    if (plan->is_expired || plan->is_out || plan->stage == SW_STAGE_OVER)
        return;
    plan->is_expired = true;
    bool is_missing = false;
    for (unsigned i = 0; i < plan->question_count; i++)
        is_missing = is_missing || plan->questions[i].is_open;
    if (!is_missing && plan->stage != SW_STAGE_NAPTR)
        return;
    plan->is_temporary = true;
    plan->temporary = (struct sw_reason){SW_NOTE_DEADLINE, plan->route->target.name};
    sw_plan_note(plan, SW_NOTE_DEADLINE, plan->route->target.name);
}

uint64_t sw_plan_half_us(const struct sw_plan *plan)
{
    return plan->deadline_us - plan->policy->deadline_us / 2;
}

void *sw_plan_grow(struct sw_plan *plan, const void *old, uint8_t *cap, size_t size)
{
    size_t new_cap = *cap == 0 ? TABLE_MIN : (size_t)*cap * 2;
    SW_BUG_ON(new_cap > UINT8_MAX);
    void *bigger = sw_arena_get(&plan->arena, new_cap * size);
    if (bigger == NULL)
        return NULL;
    if (*cap > 0)
        memcpy(bigger, old, *cap * size);
    *cap = (uint8_t)new_cap;
    return bigger;
}

void sw_plan_blame(struct sw_plan *plan, enum sw_known known, enum sw_note note,
                   struct sw_name name)
{
    if (known == SW_KNOWN_BOGUS) {
        plan->is_bogus = true;
        plan->bogus = (struct sw_reason){SW_NOTE_BOGUS, name};
        return;
    }
    plan->is_temporary = true;
    plan->temporary = (struct sw_reason){plan->is_expired ? SW_NOTE_DEADLINE : note, name};
}

/* ---- life ---- */

/* Text of the URI's host as TLS compares it: lower case, without trailing dot. */
static bool copy_tls_host(struct sw_plan *plan, const struct sw_host *host)
{
    struct sw_slice text = host->text;
    if (host->kind == SW_HOST_NAME && text.len > 1 && text.p[text.len - 1] == '.')
        text.len--;
    char *copy = sw_arena_get(&plan->arena, text.len);
    if (copy == NULL)
        return false;
    for (size_t i = 0; i < text.len; i++)
        copy[i] = sw_lower(text.p[i]);
    plan->tls_host = sw_slice(copy, text.len);
    return true;
}

static bool copy_preferred(struct sw_plan *plan, const struct sw_plan_args *args)
{
    if (args->preferred == NULL || args->is_stateless)
        return true;
    struct sw_health_key *copy = sw_arena_get(&plan->arena, sizeof *copy);
    if (copy == NULL)
        return false;
    *copy = *args->preferred;
    plan->preferred = copy;
    return true;
}

/* A plan as it is before every location, with the memory it had. */
static void clear(struct sw_plan *plan, const struct sw_plan_args *args, uint64_t now_us)
{
    struct sw_arena arena = plan->arena;
    *plan = (struct sw_plan){
        .alloc = plan->alloc,
        .arena = arena,
        .room = plan->room,
        .room_len = plan->room_len,
        .first_id = plan->first_id + plan->question_count,
        .route = plan->route,
        .policy = args->policy,
        .trace = args->trace,
        .health = args->is_stateless ? NULL : args->health,
        .offers = args->offers,
        .is_stateless = args->is_stateless,
        .seed = args->is_stateless
                    ? sw_hash(args->stateless_key.len == 0 ? "" : args->stateless_key.p,
                              args->stateless_key.len, STATELESS_SEED)
                    : args->seed,
        .began_us = now_us,
        .now_us = now_us,
        .deadline_us = sw_after_us(now_us, args->policy->deadline_us),
        .wait_until_us = SW_NEVER,
        .may_have_to_ask = true,
    };
}

/* The route of an earlier life that nobody else has: to be filled again. */
static struct sw_route *take_spare(struct sw_plan *plan, const struct sw_alloc *alloc)
{
    struct sw_route *spare = plan->route;
    plan->route = NULL;
    if (spare == NULL)
        return NULL;
    bool is_big_enough = spare->arena.used <= spare->room_len;
    if (spare->ref_count == 1 && !spare->is_cached && spare->alloc == alloc && is_big_enough)
        return spare;
    sw_route_unref(spare);
    return NULL;
}

/* A route of our own, with room for what the last one needed. */
static struct sw_route *fresh_route(struct sw_plan *plan, const struct sw_alloc *alloc,
                                    const struct sw_target *target)
{
    size_t room_len = ROUTE_ROOM;
    if (plan->route != NULL && plan->route->ref_count == 1 &&
        plan->route->arena.used > plan->route->room_len)
        room_len = plan->route->arena.used + plan->route->arena.used / 8;
    struct sw_route *spare = take_spare(plan, alloc);
    if (spare == NULL)
        return sw_route_new(alloc, room_len, target);
    if (sw_route_reset(spare, target))
        return spare;
    sw_route_unref(spare);
    return NULL;
}

static int begin_way(struct sw_plan *plan)
{
    const struct sw_target *t = &plan->route->target;
    switch (t->way) {
    case SW_WAY_NUMERIC:
    case SW_WAY_ADDRESS: {
        struct sw_service like = {.transport = t->transport};
        int rc = sw_route_add_direct(plan->route, &like, t->port);
        plan->route->unknown_count--;
        sw_plan_begin_walk(plan);
        return rc;
    }
    case SW_WAY_SRV:
        return sw_plan_begin_srv(plan);
    case SW_WAY_NAPTR:
        return sw_plan_begin_naptr(plan);
    case SW_WAY_NOWHERE:
        break;
    }
    return 0;
}

/* Use what the cache has, or begin a route of our own. */
static int find_route(struct sw_plan *plan, const struct sw_plan_args *args,
                      const struct sw_target *target)
{
    bool may_share = args->routes != NULL && target->way != SW_WAY_NUMERIC &&
                     sw_routes_serves(args->routes, args->policy);
    struct sw_route *known = may_share ? sw_routes_find(args->routes, target, plan->now_us) : NULL;
    if (known != NULL) {
        sw_route_unref(plan->route);
        plan->route = known;
        plan->target = known->target;
        sw_plan_step(plan, SW_STEP_CACHED, known->target.name, (struct sw_slice){0});
        sw_plan_begin_walk(plan);
        return 0;
    }
    plan->route =
        fresh_route(plan, may_share ? sw_routes_alloc(args->routes) : plan->alloc, target);
    if (plan->route == NULL)
        return SW_E_NOMEM;
    plan->target = plan->route->target;
    if (may_share)
        sw_routes_join(args->routes, &plan->cache);
    return begin_way(plan);
}

/* The URI cannot be located; TARGET is kept for who asks for it. */
static int end_at_once(struct sw_plan *plan, const struct sw_target *target)
{
    sw_route_unref(plan->route);
    plan->route = NULL;
    plan->target = *target;
    if (target->name.len > 0)
        plan->target.name.wire =
            (const uint8_t *)sw_arena_dup(&plan->arena, target->name.wire, target->name.len);
    if (target->name.len > 0 && plan->target.name.wire == NULL)
        return SW_E_NOMEM;
    plan->stage = SW_STAGE_OVER;
    plan->result = target->is_invalid ? SW_RESULT_INVALID : SW_RESULT_NONE;
    if (target->note != SW_NOTE_OK) {
        plan->none = (struct sw_reason){target->note, plan->target.name};
        sw_plan_note(plan, target->note, plan->target.name);
    }
    sw_plan_trace_result(plan);
    return 0;
}

static int begin(struct sw_plan *plan, const struct sw_plan_args *args,
                 const struct sw_target *target, const struct sw_host *tls_host)
{
    struct sw_slice transport = {0};
    if (!copy_tls_host(plan, tls_host))
        return SW_E_NOMEM;
    if (target->step != SW_STEP_RESPONSE)
        sw_plan_step(plan, target->is_maddr ? SW_STEP_TARGET_MADDR : SW_STEP_TARGET_HOST,
                     target->name, transport);
    if (target->way == SW_WAY_NOWHERE)
        return end_at_once(plan, target);
    if (target->way != SW_WAY_NAPTR)
        transport = sw_slice_str(sw_transport_row(target->transport)->name);
    sw_plan_step(plan, target->step, target->name, transport);
    if (!copy_preferred(plan, args))
        return SW_E_NOMEM;
    return find_route(plan, args, target);
}

static struct sw_plan *new_plan(const struct sw_alloc *alloc)
{
    struct sw_plan *plan = sw_zalloc(alloc, sizeof *plan + PLAN_ROOM);
    if (plan == NULL)
        return NULL;
    plan->alloc = alloc;
    plan->first_id = 1;
    plan->stage = SW_STAGE_OVER;
    plan->room = plan + 1;
    plan->room_len = PLAN_ROOM;
    sw_arena_init(&plan->arena, alloc, plan->room, plan->room_len, BLOCK_LEN);
    return plan;
}

static int begin_uri(struct sw_plan *plan, const struct sw_plan_args *args)
{
    struct sw_name_room room;
    struct sw_target target;
    sw_target_of_uri(args->policy, args->uri, args->request_len, &room, &target);
    return begin(plan, args, &target, &args->uri->host);
}

int sw_plan_new(struct sw_plan **out, const struct sw_plan_args *args, uint64_t now_us)
{
    struct sw_plan *plan = new_plan(args->alloc);
    if (plan == NULL)
        return SW_E_NOMEM;
    clear(plan, args, now_us);
    int rc = begin_uri(plan, args);
    if (rc < 0) {
        sw_plan_free(plan);
        return rc;
    }
    *out = plan;
    return 0;
}

int sw_plan_new_response(struct sw_plan **out, const struct sw_plan_args *args,
                         const struct sw_response_args *response, uint64_t now_us)
{
    struct sw_plan *plan = new_plan(args->alloc);
    if (plan == NULL)
        return SW_E_NOMEM;
    clear(plan, args, now_us);
    plan->offers = NULL; /* what a Via says is no offer */
    struct sw_name_room room;
    struct sw_target target;
    struct sw_via_target via = {response->transport, &response->sent_by, response->has_port,
                                response->port};
    sw_target_of_via(args->policy, &via, &room, &target);
    int rc = begin(plan, args, &target, &response->sent_by);
    if (rc < 0) {
        sw_plan_free(plan);
        return rc;
    }
    *out = plan;
    return 0;
}

/* Start the arena again, with a first block that would have held the last location. */
static void reset_memory(struct sw_plan *plan)
{
    size_t used = plan->arena.used;
    sw_arena_fini(&plan->arena);
    if (used > plan->room_len) {
        void *bigger = sw_alloc(plan->alloc, used + used / 8);
        if (bigger != NULL) {
            if (plan->room != plan + 1)
                sw_free(plan->alloc, plan->room);
            plan->room = bigger;
            plan->room_len = used + used / 8;
        }
    }
    sw_arena_init(&plan->arena, plan->alloc, plan->room, plan->room_len, BLOCK_LEN);
}

int sw_plan_restart(struct sw_plan *plan, const struct sw_plan_args *args, uint64_t now_us)
{
    sw_routes_leave(&plan->cache);
    reset_memory(plan);
    clear(plan, args, now_us);
    int rc = begin_uri(plan, args);
    if (rc < 0)
        plan->stage = SW_STAGE_OVER;
    return rc;
}

void sw_plan_free(struct sw_plan *plan)
{
    if (plan == NULL)
        return;
    sw_routes_leave(&plan->cache);
    sw_route_unref(plan->route);
    sw_arena_fini(&plan->arena);
    if (plan->room != plan + 1)
        sw_free(plan->alloc, plan->room);
    sw_free(plan->alloc, plan);
}

/* ---- what can be asked about it ---- */

const char *sw_result_name(enum sw_result r)
{
    switch (r) {
    case SW_RESULT_OPEN:
        return "open";
    case SW_RESULT_OK:
        return "ok";
    case SW_RESULT_NONE:
        return "none";
    case SW_RESULT_TEMPORARY:
        return "temporary";
    case SW_RESULT_BOGUS:
        return "bogus";
    case SW_RESULT_INVALID:
        return "invalid";
    }
    return "?";
}

enum sw_result sw_plan_result(const struct sw_plan *plan)
{
    return plan->result;
}

void sw_plan_target(const struct sw_plan *plan, struct sw_buf *b)
{
    if (plan->target.addr.family != 0)
        sw_netaddr_write(b, &plan->target.addr);
    else if (plan->target.name.len > 0)
        sw_name_write(b, plan->target.name);
}

uint64_t sw_plan_route_key(const struct sw_plan *plan, uint64_t seed)
{
    uint64_t key = sw_target_hash(&plan->target, seed);
    return key == 0 ? 1 : key;
}

static size_t arena_len(const struct sw_arena *a, size_t room_len)
{
    if (a->used <= room_len)
        return room_len;
    size_t more = (a->used - room_len + a->block_len - 1) / a->block_len * a->block_len;
    return room_len + more;
}

size_t sw_plan_memory_len(const struct sw_plan *plan)
{
    size_t len = sizeof *plan + arena_len(&plan->arena, plan->room_len);
    if (plan->route != NULL)
        len += sizeof *plan->route + arena_len(&plan->route->arena, plan->route->room_len);
    return len;
}

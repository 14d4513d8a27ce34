/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/emit.h"

#include "base/bug.h"

struct px_action *px_emit(struct px_core *core, enum px_action_kind kind)
{
    struct px_out *out = core->out;
    if (out == NULL) { /* the core is being freed: nobody listens any more */
        core->unheard = (struct px_action){.kind = kind};
        return &core->unheard;
    }
    SW_BUG_ON(out->count >= out->cap);
    struct px_action *a = &out->list[out->count++];
    *a = (struct px_action){.kind = kind};
    return a;
}

bool px_has_room(const struct px_core *core)
{
    return core->out == NULL || core->out->cap - core->out->count >= PX_UNIT_ACTIONS_MAX;
}

void px_emit_datagram(struct px_core *core, const struct px_hop *hop, struct sw_slice bytes,
                      uint64_t series, enum px_company company)
{
    struct px_action *a = px_emit(core, PX_DO_DATAGRAM);
    a->listener = hop->listener;
    a->peer = hop->peer;
    a->bytes = bytes;
    a->series = series;
    a->company = company;
}

void px_emit_bytes(struct px_core *core, uint64_t conn, struct sw_slice bytes)
{
    struct px_action *a = px_emit(core, PX_DO_BYTES);
    a->conn = conn;
    a->bytes = bytes;
}

struct px_handed *px_emit_handed(struct px_core *core, uint16_t worker, enum px_handed_kind kind)
{
    struct px_handed *h = sw_arena_get(&core->turn, sizeof *h);
    if (h == NULL)
        return NULL;
    *h = (struct px_handed){.kind = kind, .from = core->worker};
    struct px_action *a = px_emit(core, PX_DO_HAND_OVER);
    a->worker = worker;
    a->handed = h;
    return h;
}

void px_timer_init(struct px_timer *t, enum px_timer_kind kind)
{
    sw_timer_init(&t->timer);
    t->kind = (uint8_t)kind;
}

void px_timer_arm(struct px_core *core, struct px_timer *t, uint64_t due_us)
{
    /* What is due now fires in this step: the wheel, told the time of an earlier one, would wait
     * for the end of the tick. */
    sw_timer_arm(&core->wheel, &t->timer, due_us <= core->now_us ? 0 : due_us);
}

void px_timer_disarm(struct px_core *core, struct px_timer *t)
{
    sw_timer_disarm(&core->wheel, &t->timer);
}

void px_server_touch(struct px_core *core, struct px_server *s)
{
    if (!sw_list_is_linked(&s->in_reap))
        sw_list_push_back(&core->reap, &s->in_reap);
}

struct sw_buf px_turn_buf(struct px_core *core, size_t cap)
{
    char *room = sw_arena_get(&core->turn, cap);
    return sw_buf(room, room == NULL ? 0 : cap);
}

struct sw_buf px_owned_buf(struct px_core *core, size_t cap)
{
    char *room = px_mem_get(&core->mem, cap);
    return sw_buf(room, room == NULL ? 0 : cap);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Level 0 has a slot a tick; a slot of level n covers 256^n ticks, which are a unit of it. Each
 * level turns round: its slots are the present unit and the next 255. A timer lies in the lowest
 * level that reaches its unit; when the unit begins it is placed anew, and then lies lower. One
 * beyond the top level waits in the slot of its digit and is placed anew each time that comes up,
 * until it is near.
 *
 * A slot of level 1 is a quarter of a second: all that end in the same one are placed anew at once,
 * ten milliseconds of standing still where calls come by the ten thousand. But those are nearly all
 * of one length, 64 * T1: with lanes they lie there, and are not touched again before their time.
 */
#include "base/timerwheel.h"

#include "base/bug.h"

#include <assert.h>

enum {
    TICK_BITS = 10, /* 1024 us */
    SLOT_BITS = 8,
    SLOT_MASK = SW_WHEEL_SLOTS - 1,
    TOP = SW_WHEEL_LEVELS - 1,
};

#define NO_TURN UINT64_MAX

static_assert(SW_WHEEL_SLOTS == 1 << SLOT_BITS, "a slot a digit");

/* The first tick at which nobody can say that it is too early. */
static uint64_t tick_not_before(uint64_t due_us)
{
    return (due_us >> TICK_BITS) + ((due_us & ((1u << TICK_BITS) - 1)) != 0);
}

static unsigned lowest_bit(uint64_t word)
{
    return (unsigned)__builtin_ctzll(word);
}

static void mark(struct sw_timerwheel *w, unsigned level, size_t slot)
{
    w->occupied[level][slot / 64] |= (uint64_t)1 << slot % 64;
}

static void unmark(struct sw_timerwheel *w, unsigned level, size_t slot)
{
    w->occupied[level][slot / 64] &= ~((uint64_t)1 << slot % 64);
}

/* The first occupied slot of the level at `from` or behind it; SW_WHEEL_SLOTS: there is none. */
static unsigned occupied_from(const struct sw_timerwheel *w, unsigned level, unsigned from)
{
    uint64_t word = w->occupied[level][from / 64] & UINT64_MAX << from % 64;
    unsigned i = from / 64;
    while (word == 0 && ++i < SW_WHEEL_WORDS)
        word = w->occupied[level][i];
    return word == 0 ? SW_WHEEL_SLOTS : i * 64 + lowest_bit(word);
}

static uint64_t unit(uint64_t tick, unsigned level)
{
    return tick >> (level * SLOT_BITS);
}

static unsigned digit(uint64_t tick, unsigned level)
{
    return (unsigned)unit(tick, level) & SLOT_MASK;
}

static void put(struct sw_timerwheel *w, struct sw_timer *t, unsigned level, unsigned slot)
{
    sw_list_push_back(&w->slots[level][slot], &t->link);
    mark(w, level, slot);
}

static void place(struct sw_timerwheel *w, struct sw_timer *t)
{
    uint64_t due_tick = tick_not_before(t->due_us);
    if (due_tick <= w->now_tick) {
        sw_list_push_back(&w->expired, &t->link);
        return;
    }
    unsigned level = 0;
    while (level < TOP && unit(due_tick, level) - unit(w->now_tick, level) >= SW_WHEEL_SLOTS)
        level++;
    uint64_t turn = unit(due_tick, level) << (level * SLOT_BITS);
    if (turn < w->quiet_until)
        w->quiet_until = turn;
    put(w, t, level, digit(due_tick, level));
}

static bool is_in_lane(const struct sw_timer *t)
{
    return t->nobody == NULL;
}

static bool put_into_lane(struct sw_timerwheel *w, struct sw_timer *t)
{
    uint64_t due_tick = tick_not_before(t->due_us);
    struct sw_lane_place *place = sw_lanes_put(&w->lanes, t, due_tick, w->now_tick);
    if (place == NULL)
        return false;
    t->place = place;
    t->nobody = NULL;
    if (due_tick < w->quiet_until)
        w->quiet_until = due_tick;
    return true;
}

static void unlink_timer(struct sw_timerwheel *w, struct sw_timer *t)
{
    struct sw_list *head = t->link.next;
    bool is_last = head == t->link.prev;
    SW_BUG_ON(head == NULL); /* never went through sw_timer_init() */
    if (is_in_lane(t)) {
        sw_lanes_leave(&w->lanes, t->place);
        t->place = NULL;
        return;
    }
    sw_list_remove(&t->link);
    if (!is_last || head < &w->slots[0][0] ||
        head >= &w->slots[0][0] + SW_WHEEL_LEVELS * SW_WHEEL_SLOTS)
        return; /* not of a slot */
    size_t at = (size_t)(head - &w->slots[0][0]);
    unmark(w, (unsigned)(at / SW_WHEEL_SLOTS), at % SW_WHEEL_SLOTS);
}

void sw_timerwheel_init(struct sw_timerwheel *w, uint64_t now_us)
{
    *w = (struct sw_timerwheel){
        .now_us = now_us, .now_tick = now_us >> TICK_BITS, .quiet_until = NO_TURN};
    for (size_t level = 0; level < SW_WHEEL_LEVELS; level++)
        for (size_t slot = 0; slot < SW_WHEEL_SLOTS; slot++)
            sw_list_init(&w->slots[level][slot]);
    sw_list_init(&w->expired);
    sw_lanes_init(&w->lanes, NULL);
}

void sw_timerwheel_add_lanes(struct sw_timerwheel *w, const struct sw_alloc *alloc)
{
    sw_lanes_init(&w->lanes, alloc);
    w->has_lanes = true;
}

void sw_timerwheel_fini(struct sw_timerwheel *w)
{
    sw_lanes_fini(&w->lanes);
}

void sw_timer_init(struct sw_timer *t)
{
    *t = (struct sw_timer){.due_us = SW_NEVER};
}

void sw_timer_arm(struct sw_timerwheel *w, struct sw_timer *t, uint64_t due_us)
{
    sw_timer_disarm(w, t);
    if (due_us == SW_NEVER)
        return;
    t->due_us = due_us;
    w->count++;
    if (due_us <= w->now_us)
        sw_list_push_back(&w->expired, &t->link);
    else if (!w->has_lanes || !put_into_lane(w, t))
        place(w, t);
}

void sw_timer_disarm(struct sw_timerwheel *w, struct sw_timer *t)
{
    if (!sw_timer_is_armed(t))
        return;
    unlink_timer(w, t);
    t->due_us = SW_NEVER;
    w->count--;
}

/* When the next slot of a level comes up. */
static uint64_t next_turn_of(const struct sw_timerwheel *w, unsigned level)
{
    unsigned after = (digit(w->now_tick, level) + 1) & SLOT_MASK;
    unsigned slot = occupied_from(w, level, after);
    if (slot == SW_WHEEL_SLOTS)
        slot = occupied_from(w, level, 0);
    if (slot == SW_WHEEL_SLOTS)
        return NO_TURN;
    /* The present unit's own slot comes up a whole turn from now. */
    uint64_t units_ahead = ((slot - after) & SLOT_MASK) + 1u;
    return (unit(w->now_tick, level) + units_ahead) << (level * SLOT_BITS);
}

static uint64_t next_turn(const struct sw_timerwheel *w)
{
    uint64_t next = sw_lanes_next_tick(&w->lanes);
    for (unsigned level = 0; level < SW_WHEEL_LEVELS; level++) {
        uint64_t turn = next_turn_of(w, level);
        next = turn < next ? turn : next;
    }
    return next;
}

static bool is_something_due(const struct sw_timerwheel *w)
{
    return w->has_due || !sw_list_is_empty(&w->expired);
}

uint64_t sw_timerwheel_next_us(const struct sw_timerwheel *w)
{
    if (w->count > 0 && is_something_due(w))
        return w->now_us;
    uint64_t turn = w->count == 0 ? NO_TURN : next_turn(w);
    return turn == NO_TURN ? SW_NEVER : turn << TICK_BITS;
}

/* All of a list, which is empty then; it was not before. */
static void take_over(struct sw_list *to, struct sw_list *from)
{
    *to = *from;
    to->next->prev = to;
    to->prev->next = to;
    sw_list_init(from);
}

static void empty_slot(struct sw_timerwheel *w, unsigned level, unsigned slot)
{
    struct sw_list moved, *link;
    if (sw_list_is_empty(&w->slots[level][slot]))
        return;
    take_over(&moved, &w->slots[level][slot]);
    unmark(w, level, slot);
    while ((link = sw_list_first(&moved)) != NULL) {
        sw_list_remove(link);
        place(w, SW_LIST_ITEM(link, struct sw_timer, link));
    }
}

/* The slots whose unit begins with this tick: each of their timers moves at least one level down,
 * or is due. And what is due of the lanes. */
static void do_turn(struct sw_timerwheel *w, uint64_t tick)
{
    w->now_tick = tick;
    for (unsigned level = SW_WHEEL_LEVELS; level-- > 0;)
        if (unit(tick, level) << (level * SLOT_BITS) == tick)
            empty_slot(w, level, digit(tick, level));
    w->has_due = sw_lanes_next_tick(&w->lanes) <= tick;
    w->quiet_until = next_turn(w);
}

/* Go on until something is due or the present is reached. */
static void advance(struct sw_timerwheel *w, uint64_t now_us)
{
    if (now_us > w->now_us)
        w->now_us = now_us;
    uint64_t now_tick = w->now_us >> TICK_BITS;
    while (!is_something_due(w) && w->quiet_until <= now_tick) {
        uint64_t tick = next_turn(w); /* timers may have left since */
        if (tick <= now_tick)
            do_turn(w, tick);
        else
            w->quiet_until = tick;
    }
    if (!is_something_due(w))
        w->now_tick = now_tick;
}

/* Of those that were due at the present turn. */
static struct sw_timer *take_due(struct sw_timerwheel *w)
{
    struct sw_list *first = sw_list_first(&w->expired);
    if (first != NULL) {
        sw_list_remove(first);
        return SW_LIST_ITEM(first, struct sw_timer, link);
    }
    struct sw_timer *t = w->has_due ? sw_lanes_take(&w->lanes, w->now_tick) : NULL;
    w->has_due = t != NULL;
    return t;
}

struct sw_timer *sw_timerwheel_take(struct sw_timerwheel *w, uint64_t now_us)
{
    struct sw_timer *t;
    do {
        advance(w, now_us);
        if (!is_something_due(w))
            return NULL;
        t = take_due(w);
    } while (t == NULL); /* those that were due have left */
    sw_timer_init(t);
    w->count--;
    return t;
}

const struct sw_timer *sw_timerwheel_ahead(const struct sw_timerwheel *w, unsigned count)
{
    return sw_lanes_ahead(&w->lanes, count);
}

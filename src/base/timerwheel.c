/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Level 0 has a slot a tick; a slot of level n covers 64^n ticks. A timer lies in the lowest
 * level where its tick and the present one differ only in the digit of that level, base 64. So
 *
 *  - on levels 0 to 3 each occupied slot is after the present one, without turning round;
 *  - all of level n is over before the next slot of level n + 1 begins, so the first thing to
 *    happen is on the lowest level that is not empty.
 *
 * Only the top level turns round: its slots are the next 64 top-level units. A timer beyond them
 * waits in the slot of its digit and is placed anew each time that comes up, until it is near.
 */
#include "base/timerwheel.h"

#include "base/bug.h"

#include <assert.h>

enum {
    TICK_BITS = 10, /* 1024 us */
    SLOT_BITS = 6,
    SLOT_MASK = SW_WHEEL_SLOTS - 1,
    TOP = SW_WHEEL_LEVELS - 1,
    TOP_SHIFT = TOP * SLOT_BITS,
};

static_assert(SW_WHEEL_SLOTS == 1 << SLOT_BITS, "the occupied word has a bit a slot");

/* The first tick at which nobody can say that it is too early. */
static uint64_t tick_not_before(uint64_t due_us)
{
    return (due_us >> TICK_BITS) + ((due_us & ((1u << TICK_BITS) - 1)) != 0);
}

static unsigned lowest_bit(uint64_t word)
{
    return (unsigned)__builtin_ctzll(word);
}

static unsigned highest_bit(uint64_t word)
{
    return 63u - (unsigned)__builtin_clzll(word);
}

static unsigned digit(uint64_t tick, unsigned level)
{
    return (unsigned)(tick >> (level * SLOT_BITS)) & SLOT_MASK;
}

static void put(struct sw_timerwheel *w, struct sw_timer *t, unsigned level, unsigned slot)
{
    sw_list_push_back(&w->slots[level][slot], &t->link);
    w->occupied[level] |= (uint64_t)1 << slot;
}

static void place(struct sw_timerwheel *w, struct sw_timer *t)
{
    uint64_t due_tick = tick_not_before(t->due_us);
    if (due_tick <= w->now_tick) {
        sw_list_push_back(&w->expired, &t->link);
        return;
    }
    unsigned level = highest_bit(due_tick ^ w->now_tick) / SLOT_BITS;
    if (level > TOP)
        level = TOP;
    put(w, t, level, digit(due_tick, level));
}

static void unlink_timer(struct sw_timerwheel *w, struct sw_timer *t)
{
    SW_BUG_ON(!sw_list_is_linked(&t->link)); /* never went through sw_timer_init() */
    struct sw_list *head = t->link.next;
    bool is_last = head == t->link.prev;
    sw_list_remove(&t->link);
    if (!is_last || head == &w->expired)
        return;
    size_t at = (size_t)(head - &w->slots[0][0]);
    SW_DBG_ON(at >= (size_t)SW_WHEEL_LEVELS * SW_WHEEL_SLOTS);
    w->occupied[at / SW_WHEEL_SLOTS] &= ~((uint64_t)1 << (at % SW_WHEEL_SLOTS));
}

void sw_timerwheel_init(struct sw_timerwheel *w, uint64_t now_us)
{
    *w = (struct sw_timerwheel){.now_us = now_us, .now_tick = now_us >> TICK_BITS};
    for (size_t level = 0; level < SW_WHEEL_LEVELS; level++)
        for (size_t slot = 0; slot < SW_WHEEL_SLOTS; slot++)
            sw_list_init(&w->slots[level][slot]);
    sw_list_init(&w->expired);
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
    else
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

/* Something that happens by itself: a slot whose time comes. */
struct turn {
    uint64_t tick;
    unsigned level;
    unsigned slot;
};

static bool find_next_turn(const struct sw_timerwheel *w, struct turn *turn)
{
    unsigned level = 0;
    while (level < TOP && w->occupied[level] == 0)
        level++;
    if (w->occupied[level] == 0)
        return false;
    turn->level = level;
    if (level < TOP) {
        turn->slot = lowest_bit(w->occupied[level]);
        uint64_t window = w->now_tick >> ((level + 1) * SLOT_BITS) << SLOT_BITS;
        turn->tick = (window | turn->slot) << (level * SLOT_BITS);
        return true;
    }
    /* Turn the word so that the unit after the present one is bit 0. The present one's own slot,
     * bit 63 then, comes up a whole turn from now. */
    unsigned after = (digit(w->now_tick, TOP) + 1) & SLOT_MASK;
    uint64_t occupied = w->occupied[TOP];
    uint64_t turned = occupied >> after | occupied << (-after & SLOT_MASK);
    uint64_t units_ahead = lowest_bit(turned) + 1u;
    uint64_t unit = (w->now_tick >> TOP_SHIFT) + units_ahead;
    turn->slot = (unsigned)unit & SLOT_MASK;
    turn->tick = unit << TOP_SHIFT;
    return true;
}

uint64_t sw_timerwheel_next_us(const struct sw_timerwheel *w)
{
    struct turn turn;
    if (!sw_list_is_empty(&w->expired))
        return w->now_us;
    return find_next_turn(w, &turn) ? turn.tick << TICK_BITS : SW_NEVER;
}

/* Each of the slot's timers moves at least one level down, or is due. */
static void empty_slot(struct sw_timerwheel *w, const struct turn *turn)
{
    struct sw_list *head = &w->slots[turn->level][turn->slot];
    struct sw_list moved;
    sw_list_init(&moved);
    while (!sw_list_is_empty(head)) {
        struct sw_list *link = sw_list_first(head);
        sw_list_remove(link);
        sw_list_push_back(&moved, link);
    }
    w->occupied[turn->level] &= ~((uint64_t)1 << turn->slot);
    while (!sw_list_is_empty(&moved)) {
        struct sw_list *link = sw_list_first(&moved);
        sw_list_remove(link);
        place(w, SW_LIST_ITEM(link, struct sw_timer, link));
    }
}

/* Go on until something is due or the present is reached. */
static void advance(struct sw_timerwheel *w, uint64_t now_us)
{
    if (now_us > w->now_us)
        w->now_us = now_us;
    uint64_t now_tick = w->now_us >> TICK_BITS;
    struct turn turn;
    while (sw_list_is_empty(&w->expired) && find_next_turn(w, &turn) && turn.tick <= now_tick) {
        w->now_tick = turn.tick;
        empty_slot(w, &turn);
    }
    if (sw_list_is_empty(&w->expired))
        w->now_tick = now_tick;
}

struct sw_timer *sw_timerwheel_take(struct sw_timerwheel *w, uint64_t now_us)
{
    advance(w, now_us);
    struct sw_list *first = sw_list_first(&w->expired);
    if (first == NULL)
        return NULL;
    struct sw_timer *t = SW_LIST_ITEM(first, struct sw_timer, link);
    sw_timer_disarm(w, t);
    return t;
}

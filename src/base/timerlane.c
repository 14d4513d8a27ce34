/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/timerlane.h"

#include "base/bug.h"

enum {
    PLACES = 62, /* a piece is a kibibyte */
    AT_BITS = 8,
    SPARE_MIN = 16 /* pieces that are kept however few are used */
};

struct piece {
    struct sw_list link; /* in its lane, or a spare one */
    uint16_t first;      /* no place before it is taken */
    uint16_t end;        /* no place from here on is taken */
    uint16_t count;      /* places that are taken */
    uint8_t lane;
    struct sw_lane_place places[PLACES];
};

/* ------------------------------------------------------------------------------ pieces */

static struct piece *new_piece(struct sw_lanes *l, unsigned lane)
{
    struct sw_list *spare = sw_list_first(&l->spare);
    struct piece *p = NULL;
    if (spare != NULL) {
        sw_list_remove(spare);
        l->spare_count--;
        p = SW_LIST_ITEM(spare, struct piece, link);
    } else {
        p = sw_alloc(l->alloc, sizeof *p);
    }
    if (p == NULL)
        return NULL;
    p->first = p->end = p->count = 0;
    p->lane = (uint8_t)lane;
    sw_list_push_back(&l->lanes[lane].pieces, &p->link);
    l->piece_count++;
    return p;
}

static void drop_piece(struct sw_lanes *l, struct piece *p)
{
    sw_list_remove(&p->link);
    l->piece_count--;
    sw_list_push_front(&l->spare, &p->link);
    l->spare_count++;
    while (l->spare_count > SPARE_MIN && l->spare_count > l->piece_count) {
        struct sw_list *last = l->spare.prev;
        sw_list_remove(last);
        l->spare_count--;
        sw_free(l->alloc, SW_LIST_ITEM(last, struct piece, link));
    }
}

static struct piece *first_piece(const struct sw_lane *lane)
{
    struct sw_list *link = sw_list_first(&lane->pieces);
    return link == NULL ? NULL : SW_LIST_ITEM(link, struct piece, link);
}

static uint64_t tick_of(const struct sw_lane_place *place)
{
    return place->tick_at >> AT_BITS;
}

static struct piece *piece_of(struct sw_lane_place *place)
{
    struct sw_lane_place *first = place - (place->tick_at & ((1u << AT_BITS) - 1));
    return SW_CONTAINER_OF(first, struct piece, places);
}

/* ------------------------------------------------------------------------------ lanes */

void sw_lanes_init(struct sw_lanes *l, const struct sw_alloc *alloc)
{
    *l = (struct sw_lanes){.alloc = alloc};
    sw_list_init(&l->spare);
    for (size_t i = 0; i < SW_LANES; i++) {
        l->lanes[i].first_tick = SW_LANE_NO_TICK;
        sw_list_init(&l->lanes[i].pieces);
    }
}

static void free_all(struct sw_lanes *l, struct sw_list *pieces)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, pieces)
        sw_free(l->alloc, SW_LIST_ITEM(at, struct piece, link));
}

void sw_lanes_fini(struct sw_lanes *l)
{
    for (size_t i = 0; i < SW_LANES; i++)
        free_all(l, &l->lanes[i].pieces);
    free_all(l, &l->spare);
}

/* SW_LANES: it is due too soon. */
static unsigned lane_for(uint64_t due_tick, uint64_t now_tick)
{
    uint64_t steps = due_tick < now_tick ? 0 : (due_tick - now_tick) >> SW_LANE_MIN_LOG2;
    if (steps == 0)
        return SW_LANES;
    unsigned i = 63 - (unsigned)__builtin_clzll(steps);
    return i < SW_LANES ? i : SW_LANES - 1;
}

/* The piece with a free place at its end. */
static struct piece *last_piece(struct sw_lanes *l, unsigned lane)
{
    struct sw_list *pieces = &l->lanes[lane].pieces;
    struct piece *p = SW_LIST_ITEM(pieces->prev, struct piece, link);
    return sw_list_is_empty(pieces) || p->end == PLACES ? new_piece(l, lane) : p;
}

struct sw_lane_place *sw_lanes_put(struct sw_lanes *l, void *what, uint64_t due_tick,
                                   uint64_t now_tick)
{
    unsigned i = lane_for(due_tick, now_tick);
    if (i == SW_LANES)
        return NULL;
    struct sw_lane *lane = &l->lanes[i];
    bool is_empty = lane->first_tick == SW_LANE_NO_TICK;
    struct piece *p = !is_empty && due_tick < lane->last_tick ? NULL : last_piece(l, i);
    if (p == NULL)
        return NULL;
    if (is_empty)
        lane->first_tick = due_tick;
    lane->last_tick = due_tick;
    struct sw_lane_place *place = &p->places[p->end];
    *place = (struct sw_lane_place){what, due_tick << AT_BITS | p->end};
    p->end++;
    p->count++;
    return place;
}

/* The first place of a lane that is taken; NULL: none. */
static struct sw_lane_place *first_place(struct sw_lane *lane)
{
    struct piece *p = first_piece(lane);
    if (p == NULL)
        return NULL;
    while (p->places[p->first].what == NULL)
        p->first++;
    return &p->places[p->first];
}

/* Of those that are there, or of one that has left: nothing is due later. */
static uint64_t last_tick_of(const struct sw_lane *lane)
{
    const struct piece *last = SW_LIST_ITEM(lane->pieces.prev, const struct piece, link);
    return sw_list_is_empty(&lane->pieces) ? 0 : tick_of(&last->places[last->end - 1]);
}

void sw_lanes_leave(struct sw_lanes *l, struct sw_lane_place *place)
{
    struct piece *p = piece_of(place);
    struct sw_lane *lane = &l->lanes[p->lane];
    bool is_first = first_piece(lane) == p && &p->places[p->first] == place;
    place->what = NULL;
    if (--p->count == 0)
        drop_piece(l, p);
    else if (place == &p->places[p->end - 1])
        p->end--; /* it may be taken again */
    lane->last_tick = last_tick_of(lane);
    if (!is_first)
        return;
    const struct sw_lane_place *first = first_place(lane);
    lane->first_tick = first == NULL ? SW_LANE_NO_TICK : tick_of(first);
}

uint64_t sw_lanes_next_tick(const struct sw_lanes *l)
{
    uint64_t next = SW_LANE_NO_TICK;
    for (size_t i = 0; i < SW_LANES; i++)
        next = l->lanes[i].first_tick < next ? l->lanes[i].first_tick : next;
    return next;
}

void *sw_lanes_take(struct sw_lanes *l, uint64_t tick)
{
    for (unsigned i = 0; i < SW_LANES; i++) {
        struct sw_lane *lane = &l->lanes[i];
        if (lane->first_tick > tick || lane->first_tick == SW_LANE_NO_TICK)
            continue;
        struct sw_lane_place *place = first_place(lane);
        void *what = place->what;
        l->taken_from = i;
        sw_lanes_leave(l, place);
        return what;
    }
    return NULL;
}

void *sw_lanes_ahead(const struct sw_lanes *l, unsigned count)
{
    const struct sw_list *pieces = &l->lanes[l->taken_from].pieces;
    const struct sw_list *link = pieces->next;
    if (link == pieces)
        return NULL;
    const struct piece *p = SW_LIST_ITEM(link, const struct piece, link);
    size_t at = p->first + (size_t)count;
    if (at >= p->end) { /* those of the next piece, if he has so many */
        at -= p->end;
        link = link->next;
        p = SW_LIST_ITEM(link, const struct piece, link);
    }
    return link == pieces || at >= p->end ? NULL : p->places[at].what;
}

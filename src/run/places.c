/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/places.h"

#include "base/err.h"

static uint64_t bit(size_t i)
{
    return (uint64_t)1 << i;
}

static bool is_taken(const struct sw_places *p, size_t i)
{
    return p->at[i].endpoint.addr.family != 0;
}

/* PX_LISTENERS_MAX: it has none. */
static uint16_t find(const struct sw_places *p, const struct px_listener *l)
{
    uint16_t i = 0;
    while (i < PX_LISTENERS_MAX && !(is_taken(p, i) && p->at[i].transport == l->transport &&
                                     sw_endpoint_eq(&p->at[i].endpoint, &l->endpoint)))
        i++;
    return i;
}

static uint16_t find_empty(const struct sw_places *p)
{
    uint16_t i = 0;
    while (i < PX_LISTENERS_MAX && is_taken(p, i))
        i++;
    return i;
}

static void count(struct sw_places *p)
{
    p->count = 0;
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        if (is_taken(p, i))
            p->count = (uint16_t)(i + 1);
}

/* One that comes back has its UDP socket still, while a TCP socket was closed when it left. */
static void stay(struct sw_places *next, const struct sw_places *now, uint16_t place)
{
    bool was_leaving = (now->leaving & bit(place)) != 0;
    if (was_leaving && next->at[place].transport != SW_UDP)
        next->fresh |= bit(place);
    next->leaving &= ~bit(place);
}

int sw_places_next(struct sw_places *out, const struct sw_places *now, const struct px_conf *wanted)
{
    struct sw_places next = *now;
    next.fresh = 0;
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        if (is_taken(&next, i))
            next.leaving |= bit(i);
    for (uint16_t i = 0; i < wanted->listener_count; i++) {
        uint16_t place = find(&next, &wanted->listeners[i]);
        if (place < PX_LISTENERS_MAX) {
            stay(&next, now, place);
        } else {
            place = find_empty(&next);
            if (place == PX_LISTENERS_MAX)
                return SW_E_LIMIT;
            next.at[place] = wanted->listeners[i];
            next.fresh |= bit(place);
        }
        next.ranks[place] = (uint8_t)i;
    }
    count(&next);
    *out = next;
    return 0;
}

void sw_places_vacate(struct sw_places *p, uint64_t unused)
{
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++) {
        if ((p->leaving & unused & bit(i)) == 0)
            continue;
        p->at[i] = (struct px_listener){0};
        p->ranks[i] = 0;
        p->leaving &= ~bit(i);
    }
    p->fresh = 0;
    count(p);
}

void sw_places_give(const struct sw_places *p, struct px_conf *conf)
{
    memcpy(conf->listeners, p->at, sizeof conf->listeners);
    memcpy(conf->ranks, p->ranks, sizeof conf->ranks);
    conf->listener_count = p->count;
    conf->leaving = p->leaving;
}

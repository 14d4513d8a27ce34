/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/offers.h"

#include "base/err.h"
#include "base/hmap.h"
#include "base/list.h"

enum { ENTRIES_EXPECTED = 16 }; /* to begin with */

struct entry {
    struct sw_hmap_link link;
    struct sw_list lru;  /* met most recently first */
    struct sw_list news; /* in o->news: nobody else knows */
    bool is_alerted;     /* since it offered last */
    uint8_t len;
    uint8_t wire[];
};

struct sw_offers {
    const struct sw_alloc *alloc;
    uint64_t seed;
    size_t entry_max;
    struct sw_hmap map;
    struct sw_list lru, news;
};

int sw_offers_new(struct sw_offers **out, const struct sw_alloc *alloc, size_t entry_max,
                  uint64_t seed)
{
    struct sw_offers *o = sw_zalloc(alloc, sizeof *o);
    if (o == NULL)
        return SW_E_NOMEM;
    o->alloc = alloc;
    o->seed = seed;
    o->entry_max = entry_max == 0 ? SW_OFFERS_DEFAULT : entry_max;
    sw_list_init(&o->lru);
    sw_list_init(&o->news);
    if (sw_hmap_init(&o->map, alloc, ENTRIES_EXPECTED) < 0) {
        sw_free(alloc, o);
        return SW_E_NOMEM;
    }
    *out = o;
    return 0;
}

static void forget(struct sw_offers *o, struct entry *e)
{
    sw_hmap_remove(&o->map, &e->link);
    sw_list_remove(&e->lru);
    sw_list_remove(&e->news);
    sw_free(o->alloc, e);
}

void sw_offers_free(struct sw_offers *o)
{
    struct sw_list *at, *tmp;
    if (o == NULL)
        return;
    SW_LIST_EACH (at, tmp, &o->lru)
        forget(o, SW_LIST_ITEM(at, struct entry, lru));
    sw_hmap_fini(&o->map);
    sw_free(o->alloc, o);
}

static struct sw_name name_of(const struct entry *e)
{
    return (struct sw_name){e->wire, e->len};
}

static bool is_entry_of(const struct sw_hmap_link *link, const void *wanted)
{
    const struct sw_name *domain = wanted;
    return sw_name_eq(name_of(SW_CONTAINER_OF(link, const struct entry, link)), *domain);
}

static struct entry *find(const struct sw_offers *o, struct sw_name domain)
{
    if (o->map.count == 0)
        return NULL;
    struct sw_hmap_link *link =
        sw_hmap_find(&o->map, sw_name_hash(domain, o->seed), is_entry_of, &domain);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct entry, link);
}

/* NULL when there is no memory. */
static struct entry *add(struct sw_offers *o, struct sw_name domain)
{
    if (o->map.count >= o->entry_max)
        forget(o, SW_LIST_ITEM(o->lru.prev, struct entry, lru));
    struct entry *e = sw_alloc(o->alloc, sizeof *e + domain.len);
    if (e == NULL)
        return NULL;
    *e = (struct entry){.len = domain.len};
    memcpy(e->wire, domain.wire, domain.len);
    sw_hmap_add(&o->map, &e->link, sw_name_hash(domain, o->seed));
    sw_list_push_front(&o->lru, &e->lru);
    return e;
}

/* NULL: there is one already, or no memory for it. */
static struct entry *meet(struct sw_offers *o, struct sw_name domain)
{
    struct entry *e = find(o, domain);
    if (e == NULL)
        return add(o, domain);
    e->is_alerted = false;
    sw_list_remove(&e->lru);
    sw_list_push_front(&o->lru, &e->lru);
    return NULL;
}

void sw_offers_add(struct sw_offers *o, struct sw_name domain)
{
    struct entry *e = meet(o, domain);
    if (e != NULL)
        sw_list_push_back(&o->news, &e->news);
}

void sw_offers_hear(struct sw_offers *o, struct sw_name domain)
{
    (void)meet(o, domain);
}

bool sw_offers_has(const struct sw_offers *o, struct sw_name domain)
{
    return find(o, domain) != NULL;
}

bool sw_offers_alert(struct sw_offers *o, struct sw_name domain)
{
    struct entry *e = find(o, domain);
    bool is_first = e != NULL && !e->is_alerted;
    if (is_first)
        e->is_alerted = true;
    return is_first;
}

bool sw_offers_take_news(struct sw_offers *o, struct sw_name *out)
{
    if (sw_list_is_empty(&o->news))
        return false;
    struct entry *e = SW_LIST_ITEM(sw_list_first(&o->news), struct entry, news);
    sw_list_remove(&e->news);
    *out = name_of(e);
    return true;
}

size_t sw_offers_count(const struct sw_offers *o)
{
    return o->map.count;
}

void sw_offers_each(const struct sw_offers *o, void (*fn)(void *arg, struct sw_name domain),
                    void *arg)
{
    for (const struct sw_list *at = o->lru.prev; at != &o->lru; at = at->prev)
        fn(arg, name_of(SW_LIST_ITEM(at, const struct entry, lru)));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/affinity.h"

#define AFFINITY_US SW_SECONDS(64) /* R8 */

struct px_affinity {
    struct sw_hmap_link link; /* core->affinities; its hash is the call */
    struct sw_list in_core;   /* oldest first */
    struct sw_health_key to;
    uint64_t until_us;
};

static bool is_of_call(const struct sw_hmap_link *link, const void *key)
{
    const uint64_t *call = key;
    return link->hash == *call;
}

static void drop(struct px_core *core, struct px_affinity *a)
{
    sw_hmap_remove(&core->affinities, &a->link);
    sw_list_remove(&a->in_core);
    px_mem_drop(&core->mem, a);
}

static void drop_old(struct px_core *core)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &core->all_affinities) {
        struct px_affinity *a = SW_LIST_ITEM(at, struct px_affinity, in_core);
        if (a->until_us > core->now_us)
            return;
        drop(core, a);
    }
}

static struct px_affinity *find(const struct px_core *core, uint64_t call)
{
    struct sw_hmap_link *link = sw_hmap_find(&core->affinities, call, is_of_call, &call);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_affinity, link);
}

void px_affinity_note(struct px_core *core, uint64_t call, const struct px_hop *from)
{
    drop_old(core);
    struct px_affinity *a = find(core, call);
    if (a != NULL)
        drop(core, a);
    else if (core->affinities.count >= PX_AFFINITIES_MAX)
        drop(core, SW_LIST_ITEM(sw_list_first(&core->all_affinities), struct px_affinity, in_core));
    a = px_mem_zget(&core->mem, sizeof *a);
    if (a == NULL)
        return;
    a->to = (struct sw_health_key){from->transport, from->peer};
    a->until_us = sw_after_us(core->now_us, AFFINITY_US);
    sw_hmap_add(&core->affinities, &a->link, call);
    sw_list_push_back(&core->all_affinities, &a->in_core);
}

const struct sw_health_key *px_affinity_find(struct px_core *core, uint64_t call)
{
    drop_old(core);
    const struct px_affinity *a = find(core, call);
    return a == NULL ? NULL : &a->to;
}

void px_affinities_fini(struct px_core *core)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &core->all_affinities) {
        drop(core, SW_LIST_ITEM(at, struct px_affinity, in_core));
    }
}

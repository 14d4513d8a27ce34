/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/flow.h"

#include "proxy/emit.h"

/* ------------------------------------------------------------------------------ the table */

static bool has_id(const struct sw_hmap_link *link, const void *key)
{
    const uint64_t *id = key;
    return SW_CONTAINER_OF(link, const struct px_flow, by_id)->hop.conn == *id;
}

static uint64_t hash_id(const struct px_core *core, uint64_t id)
{
    return sw_hash(&id, sizeof id, core->keys.table);
}

static bool comes_from(const struct sw_hmap_link *link, const void *key)
{
    const struct px_hop *hop = key;
    const struct px_hop *is = &SW_CONTAINER_OF(link, const struct px_flow, by_peer)->hop;
    return is->transport == hop->transport && sw_endpoint_eq(&is->peer, &hop->peer);
}

static uint64_t hash_peer(const struct px_core *core, const struct px_hop *hop)
{
    return sw_endpoint_hash(&hop->peer, core->keys.table) ^ hop->transport;
}

static struct px_flow *find(const struct px_core *core, uint64_t id)
{
    struct sw_hmap_link *link = sw_hmap_find(&core->flows, hash_id(core, id), has_id, &id);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_flow, by_id);
}

static void forget(struct px_core *core, struct px_flow *flow)
{
    sw_hmap_remove(&core->flows, &flow->by_id);
    sw_hmap_remove(&core->flows_by_peer, &flow->by_peer);
    sw_list_remove(&flow->in_core);
    core->flow_count--;
    px_mem_drop(&core->mem, flow);
}

/* No more than there can be connections: what is beyond them is there because its end was lost on
 * the way. */
static void make_room(struct px_core *core)
{
    size_t worker_count = core->worker_count > 1 ? core->worker_count : 1;
    while (core->flow_count > 0 && core->flow_count >= core->conf->connections_max * worker_count)
        forget(core, SW_LIST_ITEM(sw_list_first(&core->all_flows), struct px_flow, in_core));
}

/* Without memory it is not known: as if there were none. */
static void add(struct px_core *core, const struct px_hop *hop)
{
    make_room(core);
    struct px_flow *flow = px_mem_zget(&core->mem, sizeof *flow);
    if (flow == NULL)
        return;
    flow->hop = *hop;
    flow->hop.is_trusted = false;
    sw_hmap_add(&core->flows, &flow->by_id, hash_id(core, hop->conn));
    sw_hmap_add(&core->flows_by_peer, &flow->by_peer, hash_peer(core, hop));
    sw_list_push_back(&core->all_flows, &flow->in_core);
    core->flow_count++;
}

/* ------------------------------------------------------------------------------ what is known */

static void tell_all(struct px_core *core, enum px_handed_kind kind, const struct px_hop *hop)
{
    struct px_handed *h =
        core->worker_count > 1 ? px_emit_handed(core, PX_ALL_WORKERS, kind) : NULL;
    if (h != NULL)
        h->hop = *hop;
}

void px_flow_note(struct px_core *core, const struct px_hop *from)
{
    if ((from->conn & PX_CONN_ACCEPTED) == 0 || find(core, from->conn) != NULL)
        return;
    add(core, from);
    tell_all(core, PX_HANDED_FLOW, from);
}

void px_flow_end(struct px_core *core, uint64_t conn)
{
    struct px_flow *flow = (conn & PX_CONN_ACCEPTED) == 0 ? NULL : find(core, conn);
    if (flow == NULL)
        return;
    forget(core, flow);
    tell_all(core, PX_HANDED_FLOW_END, &(struct px_hop){.conn = conn});
}

const struct px_flow *px_flow_find(const struct px_core *core, uint64_t conn)
{
    return find(core, conn);
}

const struct px_flow *px_flow_to(const struct px_core *core, const struct px_hop *hop)
{
    if (sw_transport_row(hop->transport)->is_tls)
        return NULL;
    struct sw_hmap_link *link =
        sw_hmap_find(&core->flows_by_peer, hash_peer(core, hop), comes_from, hop);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_flow, by_peer);
}

void px_flow_handed(struct px_core *core, const struct px_handed *h)
{
    struct px_flow *flow = find(core, h->hop.conn);
    if (h->kind == PX_HANDED_FLOW && flow == NULL &&
        px_conf_has_listener(core->conf, h->hop.listener))
        add(core, &h->hop);
    else if (h->kind == PX_HANDED_FLOW_END && flow != NULL)
        forget(core, flow);
}

void px_flows_fini(struct px_core *core)
{
    while (core->flow_count > 0)
        forget(core, SW_LIST_ITEM(sw_list_first(&core->all_flows), struct px_flow, in_core));
}

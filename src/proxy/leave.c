/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/leave.h"

#include "proxy/emit.h"
#include "proxy/stream.h"

void px_leave_begin(struct px_core *core)
{
    struct sw_list *at, *tmp;
    if (core->conf->leaving == 0)
        return;
    core->left_us = core->now_us;
    SW_LIST_EACH (at, tmp, &core->conns) {
        struct px_conn *conn = SW_LIST_ITEM(at, struct px_conn, in_core);
        if (!px_conf_is_leaving(core->conf, conn->listener))
            continue;
        px_conn_distrust(core, conn);
        px_timer_arm(core, &conn->timer, core->now_us);
    }
}

static bool has_conn(const struct px_core *core, uint16_t listener)
{
    for (struct sw_list *at = core->conns.next; at != &core->conns; at = at->next)
        if (SW_LIST_ITEM(at, struct px_conn, in_core)->listener == listener)
            return true;
    return false;
}

static bool is_used_by(const struct px_server *s, uint16_t listener)
{
    if (s->from.listener == listener || s->reply.listener == listener)
        return true;
    for (struct sw_list *at = s->clients.next; at != &s->clients; at = at->next)
        if (SW_LIST_ITEM(at, struct px_client, in_server)->to.listener == listener)
            return true;
    return false;
}

/* The oldest come first, and those that came after it began to leave never touch it. */
static bool has_server(const struct px_core *core, uint16_t listener)
{
    const struct sw_list *all = &core->all_servers;
    for (struct sw_list *at = all->next; at != all; at = at->next) {
        const struct px_server *s = SW_LIST_ITEM(at, struct px_server, in_core);
        if (s->received_us > core->left_us)
            return false;
        if (is_used_by(s, listener))
            return true;
    }
    return false;
}

static bool has_relay(const struct px_core *core, uint16_t listener)
{
    for (struct sw_list *at = core->relays.next; at != &core->relays; at = at->next) {
        const struct px_relay *r = SW_LIST_ITEM(at, struct px_relay, in_core);
        if (r->from.listener == listener || r->legs[0].to.listener == listener ||
            r->legs[1].to.listener == listener)
            return true;
    }
    return false;
}

bool px_core_uses_listener(const struct px_core *core, uint16_t listener)
{
    return has_conn(core, listener) || has_relay(core, listener) || has_server(core, listener);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/reap.h"

#include "base/bug.h"
#include "proxy/client.h"
#include "proxy/emit.h"
#include "proxy/log.h"
#include "proxy/redirect.h"
#include "proxy/search.h"
#include "proxy/tale.h"
#include "proxy/targets.h"
#include "proxy/way.h"

static void free_server(struct px_core *core, struct px_server *s)
{
    px_search_end(core, &s->search);
    px_way_free(core, s->way);
    px_timer_disarm(core, &s->txn_timer);
    px_timer_disarm(core, &s->budget_timer);
    px_clients_free(core, s);
    px_mem_drop(&core->mem, s->race);
    px_redirect_free(core, s);
    sw_hmap_remove(&core->servers, &s->link);
    sw_list_remove(&s->in_core);
    sw_list_remove(&s->in_reap);
    core->requests_len -= s->request.len;
    px_mem_drop_slice(&core->mem, &s->request);
    px_mem_drop_slice(&core->mem, &s->response);
    px_mem_drop_slice(&core->mem, &s->best);
    px_tale_end(core, &s->search.tale);
    px_target_drop(core, &s->target);
    px_mem_drop(&core->mem, s);
    core->server_count--;
    core->counters.transactions_open--;
}

void px_reap(struct px_core *core)
{
    while (!sw_list_is_empty(&core->reap)) {
        struct px_server *s = SW_LIST_ITEM(sw_list_first(&core->reap), struct px_server, in_reap);
        sw_list_remove(&s->in_reap);
        if (!s->is_over || px_clients_are_open(s) || px_way_is_busy(s->way)) {
            if (s->is_logged) /* timer K is 5 s, timer J 32 */
                px_clients_forget(core, s);
            px_log_forget(core, s);
            continue;
        }
        if (s->unsure_until_us > core->now_us) {
            px_timer_arm(core, &s->txn_timer, s->unsure_until_us);
            continue;
        }
        px_log_server(core, s);
        free_server(core, s);
    }
}

void px_servers_fini(struct px_core *core)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &core->all_servers) {
        free_server(core, SW_LIST_ITEM(at, struct px_server, in_core));
    }
    SW_BUG_ON(core->server_count != 0);
}

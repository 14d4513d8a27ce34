/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/try.h"

#include "proxy/again.h"
#include "proxy/client.h"
#include "proxy/emit.h"
#include "proxy/forward.h"
#include "proxy/ident.h"

/* ------------------------------------------------------------------------------ health */

static struct sw_health_key health_key(const struct px_client *c)
{
    return (struct sw_health_key){c->to.transport, c->to.peer};
}

static enum sw_method_class class_of(const struct px_client *c)
{
    return c->method == SW_INVITE ? SW_CLASS_INVITE : SW_CLASS_OTHER;
}

uint64_t px_try_us(const struct px_core *core, const struct px_client *c)
{
    struct sw_health_key key = health_key(c);
    uint64_t us = sw_health_try_us(core->health, &key, class_of(c));
    return c->method == SW_INVITE ? sw_min_us(us, core->conf->try_us) : us;
}

void px_try_blame(struct px_core *core, const struct px_client *c, enum sw_health_cause cause,
                  uint32_t retry_after_s)
{
    if (c->is_flow)
        return; /* no other call will meet that port */
    struct sw_health_key key = health_key(c);
    sw_health_failed(core->health, &key, cause, retry_after_s, core->now_us, &core->rng);
}

void px_try_answered(struct px_core *core, struct px_client *c, uint16_t status)
{
    struct px_server *s = c->server;
    struct sw_health_key key = health_key(c);
    if (c->is_flow)
        s->is_to_locate = false; /* whatever he says, he is there */
    else if (!c->has_response) {
        /* Karn: after a retransmission nobody knows which copy was answered (R7). */
        uint64_t elapsed_us = c->was_resent ? 0 : core->now_us - c->started_us;
        sw_health_answered(core->health, &key, class_of(c), elapsed_us, core->now_us);
    }
    c->has_response = true;
    c->is_overdue = false;
    px_timer_disarm(core, &c->try_timer);
    if (status >= 200) {
        c->has_final = true;
        return;
    }
    c->has_provisional = c->method == SW_INVITE;
    if (!c->has_provisional || c != s->current || s->no_more_tries)
        return;
    uint64_t from_us = status == 100 ? c->started_us : core->now_us;
    if (s->has_timer_c && status == 100)
        return;
    s->has_timer_c = true;
    px_timer_arm(core, &s->budget_timer, sw_after_us(from_us, core->conf->timer_c_us));
}

/* ------------------------------------------------------------------------------ one try */

static void note_host(struct px_core *core, struct px_client *c, struct sw_name host)
{
    char room[SW_NAME_TEXT_MAX];
    struct sw_buf b = sw_buf(room, sizeof room);
    if (host.len == 0)
        return;
    sw_name_write(&b, host);
    if (!px_mem_dup(&core->mem, sw_buf_slice(&b), &c->host))
        c->host.len = 0; /* the log says less */
}

static struct px_client *new_client(struct px_core *core, struct px_server *s,
                                    const struct px_hop *to)
{
    char branch[PX_BRANCH_LEN];
    struct sw_buf b = sw_buf(branch, sizeof branch);
    struct sw_slice sent;
    if (px_read_again(core, s->request) < 0)
        return NULL;
    px_branch_write(&b, core->worker, sw_rng_u64(&core->rng), s->loop_hash);
    sw_hmap_expect(&core->clients, px_branch_hash(core, sw_buf_slice(&b)));
    struct px_copy copy = {&core->old, &s->target, &s->from, to, branch, s->received_us};
    if (px_forward_build(core, &copy, &sent) < 0)
        return NULL;
    struct px_client *c = px_client_new(core, s, s->method, to, sent, branch);
    if (c != NULL)
        c->target = s->target_at;
    return c;
}

struct px_client *px_try_new(struct px_core *core, struct px_server *s,
                             const struct sw_candidate *candidate)
{
    struct px_hop to = {.transport = candidate->transport, .peer = candidate->endpoint};
    if (px_forward_listener(core, &s->from, to.transport, &to.peer.addr, &to.listener) < 0)
        return NULL;
    struct px_client *c = new_client(core, s, &to);
    if (c == NULL)
        return NULL;
    c->place = candidate->place;
    note_host(core, c, candidate->host);
    return c;
}

struct px_client *px_try_over(struct px_core *core, struct px_server *s, const struct px_flow *flow)
{
    struct px_client *c = new_client(core, s, &flow->hop);
    if (c == NULL)
        return NULL;
    c->is_flow = true;
    c->place = UINT8_MAX; /* no candidate's */
    return c;
}

void px_try_time(struct px_core *core, struct px_client *c)
{
    px_timer_arm(core, &c->try_timer, sw_after_us(core->now_us, px_try_us(core, c)));
}

void px_try_retire(struct px_core *core, struct px_client *c, enum px_try_end end)
{
    struct px_server *s = c->server;
    c->end = end;
    c->took_us = core->now_us - c->started_us;
    c->is_given_up = true;
    px_timer_disarm(core, &c->try_timer);
    if (!c->is_started)
        px_client_end(core, c);
    else if (!c->has_final)
        px_client_step(core, c, SW_TXN_EV_ABANDON, NULL);
    if (s->current == c)
        s->current = NULL;
}

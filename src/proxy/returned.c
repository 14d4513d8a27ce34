/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/returned.h"

#include "proxy/client.h"
#include "proxy/failover.h"
#include "proxy/flow.h"
#include "proxy/handover.h"
#include "proxy/ident.h"
#include "proxy/server.h"
#include "proxy/way.h"
#include "sip/field.h"

/* The first Via value of a message that is cut short; views into it. */
static bool find_via(struct sw_slice bytes, size_t at, struct sw_via *out)
{
    struct sw_hdr h;
    const char *what;
    while (sw_field_next(bytes, &at, &h, &what) > 0) {
        struct sw_slice rest = h.value, value;
        if (h.id == SW_HDR_VIA)
            return sw_value_take(&rest, &value) > 0 && sw_via_parse(value, out, NULL) == 0;
    }
    return false;
}

static bool begins_with(struct sw_slice s, struct sw_slice what)
{
    return sw_slice_ieq(sw_slice_sub(s, 0, what.len), what);
}

/* False: it is not a transaction of this worker. */
static bool request_returned(struct px_core *core, const struct px_event *ev,
                             const struct sw_via *via)
{
    size_t space = sw_slice_find(ev->bytes, ' ');
    struct sw_slice method = sw_slice_sub(ev->bytes, 0, space);
    struct px_client *c = px_client_find(core, via->branch, sw_method_find(method));
    if (c != NULL && c->is_started && c->to.transport == SW_UDP &&
        sw_endpoint_eq(&c->to.peer, &ev->peer)) {
        /* A copy goes alone; and who has answered was there, whoever says otherwise (F1). */
        if (ev->had_left && !c->was_resent && !c->has_response)
            px_client_tell_turn(core, c, ev->cause);
        px_try_broken(core, c, ev->cause);
    }
    return c != NULL;
}

static bool response_returned(struct px_core *core, const struct px_event *ev,
                              const struct sw_via *via)
{
    if (!via->has_branch || !sw_branch_is_3261(via->branch))
        return true; /* nobody could tell */
    struct px_key key = {
        .branch = via->branch,
        .host = via->sent_by.text,
        .port = via->has_port ? via->port : 0,
    };
    key.hash = px_key_hash(core, &key);
    struct px_server *s = px_server_find_cancelled(core, &key);
    if (s != NULL && s->reply.transport == SW_UDP && sw_endpoint_eq(&s->reply.peer, &ev->peer))
        px_way_failed(core, s);
    return s != NULL;
}

/* Our branch names the worker; a stranger's says nothing, and the Call-ID may be cut off. */
static uint16_t whose(const struct px_core *core, bool is_response, const struct sw_via *via)
{
    uint16_t worker = core->worker;
    if (is_response)
        return PX_ALL_WORKERS;
    return px_branch_worker(via->branch, &worker) && worker < core->worker_count ? worker
                                                                                 : core->worker;
}

void px_returned_receive(struct px_core *core, const struct px_event *ev)
{
    struct sw_via via;
    size_t start_len;
    if (sw_line_end(ev->bytes, 0, &start_len) < 0 || !find_via(ev->bytes, start_len, &via))
        return;
    bool is_response = begins_with(ev->bytes, SW_LIT("SIP/2.0 "));
    bool is_known =
        is_response ? response_returned(core, ev, &via) : request_returned(core, ev, &via);
    if (is_known || core->worker_count <= 1 || ev->kind != PX_EV_UNREACHABLE)
        return;
    uint16_t worker = whose(core, is_response, &via);
    if (worker != core->worker)
        px_hand_returned(core, worker, ev);
}

void px_returned_handed(struct px_core *core, const struct px_handed *h)
{
    const struct px_event ev = {
        .kind = PX_EV_HANDED, /* not to be handed on */
        .listener = h->hop.listener,
        .peer = h->hop.peer,
        .bytes = h->bytes,
        .cause = h->cause,
        .had_left = h->had_left,
    };
    px_returned_receive(core, &ev);
}

void px_returned_unsent(struct px_core *core, const struct px_handed *h)
{
    struct sw_via via;
    struct sw_cseq cseq;
    struct px_key key;
    if (sw_msg_parse_again(&core->old, h->bytes) < 0 || sw_msg_top_via(&core->old, &via) < 0 ||
        sw_cseq_parse(px_msg_value(&core->old, SW_HDR_CSEQ), &cseq) < 0)
        return;
    px_key_of(core, &core->old, &via, &key);
    key.method_text = cseq.method_text;
    struct px_server *s = px_server_find(core, &key, cseq.method);
    if (s != NULL && h->kind == PX_HANDED_UNSENT)
        px_way_unsent(core, s, h->hop.conn);
    else if (s != NULL)
        px_way_unsure(core, s);
}

void px_returned_broken(struct px_core *core, const struct px_handed *h)
{
    struct px_client *c = px_client_find(core, h->bytes, h->method);
    px_flow_end(core, h->hop.conn);
    if (c != NULL && c->is_started && c->to.conn == h->hop.conn)
        px_try_broken(core, c, h->cause);
}

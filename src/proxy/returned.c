/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/returned.h"

#include "proxy/client.h"
#include "proxy/failover.h"
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

static void request_returned(struct px_core *core, const struct px_event *ev,
                             const struct sw_via *via)
{
    size_t space = sw_slice_find(ev->bytes, ' ');
    struct sw_slice method = sw_slice_sub(ev->bytes, 0, space);
    struct px_client *c = px_client_find(core, via->branch, sw_method_find(method));
    if (c != NULL && c->is_started && c->to.transport == SW_UDP &&
        sw_endpoint_eq(&c->to.peer, &ev->peer))
        px_try_broken(core, c, ev->cause);
}

static void response_returned(struct px_core *core, const struct px_event *ev,
                              const struct sw_via *via)
{
    const struct px_key key = {
        .branch = via->branch,
        .host = via->sent_by.text,
        .port = via->has_port ? via->port : 0,
    };
    if (!via->has_branch || !sw_branch_is_3261(via->branch))
        return;
    struct px_server *s = px_server_find_cancelled(core, &key);
    if (s != NULL && s->reply.transport == SW_UDP && sw_endpoint_eq(&s->reply.peer, &ev->peer))
        px_way_failed(core, s);
}

void px_returned_receive(struct px_core *core, const struct px_event *ev)
{
    struct sw_via via;
    size_t start_len;
    if (sw_line_end(ev->bytes, 0, &start_len) < 0 || !find_via(ev->bytes, start_len, &via))
        return;
    if (begins_with(ev->bytes, SW_LIT("SIP/2.0 ")))
        response_returned(core, ev, &via);
    else
        request_returned(core, ev, &via);
}

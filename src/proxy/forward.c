/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/forward.h"

#include "proxy/emit.h"
#include "proxy/ident.h"
#include "proxy/targets.h"
#include "proxy/token.h"
#include "proxy/way.h"
#include "sip/edit.h"

enum {
    MAX_FORWARDS_DEFAULT = 70, /* RFC 3261 16.6 step 3 */
    MAX_BREADTH = 60,          /* RFC 5393 5.3.3 */
    TEXT_MAX = 768             /* all that is put in but URIs: Via, two Record-Route, numbers */
};

/* The edits of one copy, and room for what they put in. */
struct work {
    struct px_core *core;
    const struct px_copy *copy;
    bool is_secure; /* over TLS or not at all (26.2.2): Request-URI or next hop is sips */
    struct sw_edits edits;
    struct sw_buf text;
    char room[TEXT_MAX];
};

/* What has been written since `from`. */
static struct sw_slice text_since(const struct work *w, size_t from)
{
    return sw_slice_sub(sw_buf_slice(&w->text), from, w->text.len);
}

/* ------------------------------------------------------------------------------ the listener */

/* Better is higher; 0: not usable. */
static unsigned fitness(const struct px_listener *l, const struct px_hop *from,
                        const struct px_listener *came_to, enum sw_transport transport,
                        const struct sw_netaddr *to)
{
    if (l->transport != transport || l->endpoint.addr.family != to->family)
        return 0;
    if (!sw_netaddr_eq(&l->endpoint.addr, &came_to->endpoint.addr))
        return 1;
    return from->transport == transport && l == came_to ? 3 : 2;
}

int px_forward_listener(const struct px_core *core, const struct px_hop *from,
                        enum sw_transport transport, const struct sw_netaddr *to, uint16_t *out)
{
    const struct px_conf *conf = core->conf;
    const struct px_listener *came_to = &conf->listeners[from->listener];
    unsigned best = 0;
    for (uint16_t i = 0; i < conf->listener_count; i++) {
        unsigned fits = px_conf_is_leaving(conf, i)
                            ? 0
                            : fitness(&conf->listeners[i], from, came_to, transport, to);
        if (fits == 0 || fits < best || (fits == best && conf->ranks[i] >= conf->ranks[*out]))
            continue;
        best = fits;
        *out = i;
    }
    return best == 0 ? SW_E_NOTFOUND : 0;
}

/* ------------------------------------------------------------------------------ Request-URI */

/* What does not go along of a URI, from left to right. */
struct holes {
    unsigned count;
    struct sw_slice at[3];
};

static void add_hole(struct holes *h, const char *from, const char *to)
{
    unsigned i = h->count++;
    for (; i > 0 && h->at[i - 1].p > from; i--)
        h->at[i] = h->at[i - 1];
    h->at[i] = sw_slice(from, (size_t)(to - from));
}

static void add_param(struct holes *h, const struct sw_uri *uri, struct sw_slice name)
{
    struct sw_slice value;
    if (sw_param_find(uri->params, name, &value) && value.len > 0)
        add_hole(h, value.p - 1 - name.len - 1, value.p + value.len); /* ";name=value" */
}

/* 16.4: maddr, and a port or transport that is not the default. */
static void find_maddr(struct sw_slice text, struct holes *h)
{
    struct sw_uri uri;
    h->count = 0;
    if (sw_uri_parse(text, &uri, NULL) < 0)
        return;
    add_param(h, &uri, SW_LIT("maddr"));
    add_param(h, &uri, SW_LIT("transport"));
    if (!uri.has_port)
        return;
    const char *end = uri.params.len > 0 ? uri.params.p : uri.text.p + uri.text.len;
    const char *colon = end;
    while (*--colon != ':')
        ;
    add_hole(h, colon, end);
}

/* Put a URI in, without its maddr where that is to be stripped. */
static void insert_uri(struct work *w, const char *where, struct sw_slice text, bool strips_maddr)
{
    struct holes holes = {0};
    const char *at = text.p, *end = text.p + text.len;
    if (strips_maddr)
        find_maddr(text, &holes);
    for (unsigned i = 0; i < holes.count; i++) {
        sw_edits_insert(&w->edits, where, sw_slice(at, (size_t)(holes.at[i].p - at)));
        at = holes.at[i].p + holes.at[i].len;
    }
    sw_edits_insert(&w->edits, where, sw_slice(at, (size_t)(end - at)));
}

static void edit_request_uri(struct work *w)
{
    const struct sw_msg *m = w->copy->msg;
    const struct px_target *t = w->copy->target;
    struct holes holes;
    if (t->request_uri.p != m->uri_text.p) {
        sw_edits_remove(&w->edits, m->uri_text);
        insert_uri(w, m->uri_text.p + m->uri_text.len, t->request_uri,
                   t->strip_maddr && !t->is_strict);
        return;
    }
    if (!t->strip_maddr)
        return;
    find_maddr(m->uri_text, &holes);
    for (unsigned i = 0; i < holes.count; i++)
        sw_edits_remove(&w->edits, holes.at[i]);
}

/* ------------------------------------------------------------------------------ Route */

/* One Route field with `count` values, of which [from, to) stay. */
static void keep_values(struct work *w, const struct sw_hdr *h, unsigned count, unsigned from,
                        unsigned to)
{
    struct sw_slice rest = h->value, value;
    const char *keep_from = NULL, *keep_to = NULL;
    if (from >= to) {
        sw_edits_remove(&w->edits, h->line);
        return;
    }
    for (unsigned i = 0; i < to && sw_value_take(&rest, &value) > 0; i++) {
        if (i == from)
            keep_from = value.p;
        keep_to = value.p + value.len;
    }
    if (from > 0)
        sw_edits_remove(&w->edits, sw_slice(h->value.p, (size_t)(keep_from - h->value.p)));
    if (to < count)
        sw_edits_remove(&w->edits,
                        sw_slice(keep_to, (size_t)(h->value.p + h->value.len - keep_to)));
}

static unsigned count_values(const struct sw_hdr *h)
{
    struct sw_slice rest = h->value, value;
    unsigned count = 0;
    while (sw_value_take(&rest, &value) > 0)
        count++;
    return count;
}

static unsigned clamp(unsigned x, unsigned low, unsigned high)
{
    if (x < low)
        return low;
    return x > high ? high : x;
}

static void add_route(struct work *w, const char *at, struct sw_slice uri, bool strips_maddr)
{
    sw_edits_insert(&w->edits, at, SW_LIT("Route: <"));
    insert_uri(w, at, uri, strips_maddr);
    sw_edits_insert(&w->edits, at, SW_LIT(">\r\n"));
}

/* 16.4, 16.6 step 6: ours go from the front, and the one that became the Request-URI; a strict next
 * hop takes its own off and gets the Request-URI at the end. */
static void edit_routes(struct work *w)
{
    const struct sw_msg *m = w->copy->msg;
    const struct px_target *t = w->copy->target;
    unsigned count = 0, at = 0;
    const struct sw_hdr *h, *last = NULL;
    for (h = sw_msg_first(m, SW_HDR_ROUTE); h != NULL; h = sw_msg_next(m, h))
        count += count_values(h);
    unsigned from = t->own_route_count + (t->is_strict ? 1u : 0u);
    unsigned to = count - (t->drop_last_route ? 1u : 0u);
    for (h = sw_msg_first(m, SW_HDR_ROUTE); h != NULL; h = sw_msg_next(m, h)) {
        unsigned n = count_values(h);
        keep_values(w, h, n, clamp(from, at, at + n) - at, clamp(to, at, at + n) - at);
        at += n;
        last = h;
    }
    if (t->added_route.len > 0) /* none of the others is left */
        add_route(w, m->bytes.p + m->header_end, t->added_route, false);
    if (!t->is_strict || last == NULL)
        return;
    add_route(w, last->line.p + last->line.len, t->pushed_uri, t->strip_maddr);
}

/* ------------------------------------------------------------------------------ Via */

static const char *via_transport(enum sw_transport t)
{
    switch (t) {
    case SW_UDP:
        return "UDP";
    case SW_TCP:
        return "TCP";
    case SW_TLS:
        return "TLS";
    case SW_SCTP:
        return "SCTP";
    case SW_TLS_SCTP:
        return "TLS-SCTP";
    case SW_WS:
        return "WS";
    case SW_WSS:
        return "WSS";
    }
    return "UDP";
}

static void write_via(struct work *w)
{
    const struct px_hop *to = w->copy->to;
    sw_buf_str(&w->text, "Via: SIP/2.0/");
    sw_buf_str(&w->text, via_transport(to->transport));
    sw_buf_char(&w->text, ' ');
    sw_endpoint_write(&w->text, &w->core->conf->listeners[to->listener].endpoint);
    if (to->transport == SW_UDP)
        sw_buf_str(&w->text, ";rport");
    sw_buf_str(&w->text, ";branch=");
    sw_buf_bytes(&w->text, w->copy->branch, PX_BRANCH_LEN);
    sw_buf_str(&w->text, "\r\n");
}

/* 18.2.1, RFC 3581 4: the Via of who sent it says where we saw it come from. */
static void edit_received(struct work *w)
{
    const struct sw_via *via = &w->copy->msg->via;
    if (!w->copy->msg->has_via)
        return;
    size_t from = w->text.len;
    px_received_write(via, w->copy->from, &w->text);
    struct sw_slice received = text_since(w, from);
    if (via->received_text.len > 0)
        sw_edits_remove(&w->edits, via->received_text);
    if (received.len == 0)
        return;
    if (via->rport_text.len > 0)
        sw_edits_remove(&w->edits, via->rport_text);
    sw_edits_insert(&w->edits, via->text.p + via->text.len, received);
}

/* ------------------------------------------------------------------------------ Record-Route */

/* Which requests may begin or refresh a dialog: all but those that never do. */
static bool wants_record_route(const struct sw_msg *m)
{
    switch (m->method) {
    case SW_ACK:
    case SW_CANCEL:
    case SW_BYE:
    case SW_OPTIONS:
    case SW_REGISTER:
        return false;
    case SW_INVITE:
    case SW_METHOD_OTHER:
        return true;
    }
    return false;
}

/* 16.6 step 4: who stands between TLS and another way of sending stays on the path. */
static bool must_record_route(const struct work *w)
{
    return sw_transport_row(w->copy->from->transport)->is_tls != w->is_secure;
}

static void write_record_route(struct work *w, uint16_t listener)
{
    const struct px_listener *l = &w->core->conf->listeners[listener];
    const struct px_begun begun = {w->copy->msg, w->copy->from, w->copy->at_us};
    bool is_sips = w->is_secure;
    sw_buf_str(&w->text, is_sips ? "Record-Route: <sips:" : "Record-Route: <sip:");
    sw_endpoint_write(&w->text, &l->endpoint);
    if (l->transport != SW_UDP && !(is_sips && l->transport == SW_TLS)) {
        sw_buf_str(&w->text, ";transport=");
        sw_buf_str(&w->text, sw_transport_row(l->transport)->name);
    }
    sw_buf_str(&w->text, ";lr;" PX_TOKEN_PARAM "=");
    px_token_write(w->core, &begun, &w->text);
    sw_buf_str(&w->text, ">\r\n");
}

/* 16.6 step 4. Where the two sides differ each gets the URI that it can reach, the next hop's on
 * top. */
static void write_record_routes(struct work *w)
{
    const struct px_conf *conf = w->core->conf;
    uint16_t in = w->copy->from->listener, out = w->copy->to->listener;
    const struct px_listener *a = &conf->listeners[in], *b = &conf->listeners[out];
    bool is_asked = conf->record_route || must_record_route(w);
    if (!is_asked || !wants_record_route(w->copy->msg))
        return;
    write_record_route(w, out);
    if (w->is_secure && !sw_transport_row(a->transport)->is_tls)
        return; /* to who called in the clear we are a sips URI as well: over TLS, then */
    if (a->transport != b->transport || !sw_netaddr_eq(&a->endpoint.addr, &b->endpoint.addr))
        write_record_route(w, in);
}

/* Via goes above the other Vias, Record-Route above the other Record-Routes. */
static void edit_top(struct work *w)
{
    const struct sw_msg *m = w->copy->msg;
    const struct sw_hdr *via = sw_msg_first(m, SW_HDR_VIA);
    const struct sw_hdr *rr = sw_msg_first(m, SW_HDR_RECORD_ROUTE);
    size_t from = w->text.len;
    write_via(w);
    struct sw_slice via_text = text_since(w, from);
    from = w->text.len;
    write_record_routes(w);
    struct sw_slice rr_text = text_since(w, from);
    sw_edits_insert(&w->edits, via->line.p, via_text);
    if (rr_text.len > 0)
        sw_edits_insert(&w->edits, rr != NULL ? rr->line.p : via->line.p, rr_text);
}

/* ------------------------------------------------------------------------------ numbers */

static void edit_max_forwards(struct work *w)
{
    const struct sw_msg *m = w->copy->msg;
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_MAX_FORWARDS);
    uint64_t value = 0;
    size_t from = w->text.len;
    if (h != NULL && sw_slice_u64(h->value, UINT8_MAX, &value) && value > 0) {
        sw_buf_u64(&w->text, value - 1);
        sw_edits_replace(&w->edits, h->value, text_since(w, from));
        return;
    }
    sw_buf_str(&w->text, "Max-Forwards: ");
    sw_buf_u64(&w->text, MAX_FORWARDS_DEFAULT);
    sw_buf_str(&w->text, "\r\n");
    sw_edits_insert(&w->edits, m->bytes.p + m->header_end, text_since(w, from));
}

/* RFC 5393 5.3.3: each request has one, no greater than ours; there is never more than one branch
 * for it to be shared among. */
static void edit_max_breadth(struct work *w)
{
    const struct sw_msg *m = w->copy->msg;
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_MAX_BREADTH);
    uint64_t value;
    if (h == NULL)
        sw_edits_insert(&w->edits, m->bytes.p + m->header_end, SW_LIT("Max-Breadth: 60\r\n"));
    else if (!sw_slice_u64(h->value, MAX_BREADTH, &value))
        sw_edits_replace(&w->edits, h->value, SW_LIT("60"));
}

static void edit_content_length(struct work *w)
{
    const struct sw_msg *m = w->copy->msg;
    if (m->has_content_length || !sw_transport_row(w->copy->to->transport)->is_stream)
        return;
    size_t from = w->text.len;
    sw_buf_str(&w->text, "Content-Length: ");
    sw_buf_u64(&w->text, m->body.len);
    sw_buf_str(&w->text, "\r\n");
    sw_edits_insert(&w->edits, m->bytes.p + m->header_end, text_since(w, from));
}

/* ------------------------------------------------------------------------------ the copy */

static void list_edits(struct work *w, struct px_core *core, const struct px_copy *copy)
{
    const struct sw_msg *m = copy->msg;
    w->core = core;
    w->copy = copy;
    w->is_secure = px_target_is_secure(copy->target);
    w->text = sw_buf(w->room, sizeof w->room);
    /* Octets behind the body are no part of it (18.3). */
    sw_edits_init(&w->edits, sw_slice_sub(m->bytes, 0, m->header_end + 2 + m->body.len));
    edit_request_uri(w);
    edit_top(w);
    edit_received(w);
    edit_routes(w);
    edit_max_forwards(w);
    edit_max_breadth(w);
    edit_content_length(w);
}

int px_forward_build(struct px_core *core, const struct px_copy *copy, struct sw_slice *out)
{
    struct work w;
    list_edits(&w, core, copy);
    if (w.is_secure && !sw_transport_row(copy->to->transport)->is_tls)
        return SW_E_INVAL; /* whatever led here, never in clear text */
    if (w.text.overflow)
        return SW_E_LIMIT;
    struct sw_buf b = px_owned_buf(core, sw_edits_len(&w.edits));
    if (b.cap == 0)
        return SW_E_NOMEM;
    int rc = sw_edits_write(&w.edits, &b);
    if (rc < 0) {
        px_mem_drop(&core->mem, b.p);
        return rc;
    }
    *out = sw_buf_slice(&b);
    return 0;
}

/* What an ordinary copy can be longer than the original: Via, received, rport, Max-Forwards,
 * Max-Breadth. */
enum { ORDINARY_MORE = 256 };

static bool is_ordinary(const struct px_core *core, const struct px_copy *copy)
{
    return !core->conf->record_route && !copy->target->is_strict &&
           copy->target->request_uri.p == copy->msg->uri_text.p;
}

size_t px_forward_len(struct px_core *core, const struct px_copy *copy)
{
    struct work w;
    size_t most_len = copy->msg->bytes.len + ORDINARY_MORE;
    if (most_len <= SW_BIG_REQUEST_LEN && is_ordinary(core, copy))
        return most_len; /* T7 asks for no more */
    list_edits(&w, core, copy);
    return sw_edits_len(&w.edits);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/targets.h"

#include "locate/addr.h"
#include "proxy/emit.h"
#include "proxy/stream.h"
#include "proxy/token.h"

/* ------------------------------------------------------------------------------ who we are */

static struct sw_slice without_dot(struct sw_slice name)
{
    bool has_dot = name.len > 1 && name.p[name.len - 1] == '.';
    return sw_slice_sub(name, 0, name.len - has_dot);
}

static bool is_our_name(const struct sw_slice *names, size_t count, struct sw_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (sw_slice_ieq(names[i], without_dot(name)))
            return true;
    return false;
}

static bool listens_at(const struct px_conf *conf, const struct sw_netaddr *addr, uint16_t port)
{
    for (size_t i = 0; i < conf->listener_count; i++) {
        const struct sw_endpoint *e = &conf->listeners[i].endpoint;
        if (sw_netaddr_eq(&e->addr, addr) && (port == 0 || e->port == port))
            return true;
    }
    return false;
}

static bool has_listener_port(const struct px_conf *conf, uint16_t port)
{
    for (size_t i = 0; i < conf->listener_count; i++)
        if (conf->listeners[i].endpoint.port == port)
            return true;
    return false;
}

static enum sw_transport transport_of(const struct sw_uri *uri)
{
    enum sw_transport t = SW_UDP;
    if (uri->has_transport && !sw_transport_by_name(uri->transport, &t))
        t = SW_UDP;
    return uri->scheme == SW_SCHEME_SIPS && !sw_transport_row(t)->is_tls ? SW_TLS : t;
}

static uint16_t port_of(const struct sw_uri *uri)
{
    return uri->has_port ? uri->port : sw_transport_row(transport_of(uri))->default_port;
}

bool px_uri_is_ours(const struct px_core *core, const struct sw_uri *uri)
{
    const struct px_conf *conf = core->conf;
    if (uri->has_maddr)
        return false; /* it leads elsewhere, or is stripped first */
    if (uri->host.kind != SW_HOST_NAME)
        return listens_at(conf, &uri->host.addr, port_of(uri));
    return is_our_name(conf->names, conf->name_count, uri->host.text) &&
           (!uri->has_port || has_listener_port(conf, uri->port));
}

bool px_sent_by_is_ours(const struct px_core *core, const struct sw_via *via)
{
    const struct px_conf *conf = core->conf;
    if (via->sent_by.kind != SW_HOST_NAME)
        return listens_at(conf, &via->sent_by.addr, via->has_port ? via->port : 5060);
    return is_our_name(conf->names, conf->name_count, via->sent_by.text);
}

static bool is_served(const struct px_conf *conf, const struct sw_host *host)
{
    return host->kind == SW_HOST_NAME && px_domains_find(conf->domains, host->text) != NULL;
}

/* ------------------------------------------------------------------------------ Route */

/* What the Route fields hold, first to last. */
struct route_set {
    unsigned count;
    unsigned own_count;    /* ours, at the front */
    struct sw_slice first; /* URI of the first that is not ours */
    bool first_is_loose, first_has_headers;
    struct sw_slice last;  /* URI of the last */
    struct sw_slice token; /* of the last one of ours that has one */
};

static int read_route(struct sw_slice value, struct sw_uri *uri)
{
    struct sw_nameaddr addr;
    if (sw_nameaddr_parse(value, &addr, NULL) < 0)
        return SW_E_SYNTAX;
    return sw_uri_parse(addr.uri_text, uri, NULL) < 0 ? SW_E_SYNTAX : 0;
}

/* limit: values to look at; the last one may have become the Request-URI. */
static int read_routes(const struct px_core *core, const struct sw_msg *m, unsigned limit,
                       struct route_set *out)
{
    struct sw_values values;
    struct sw_slice value;
    struct sw_uri uri;
    int rc = 0;
    *out = (struct route_set){0};
    sw_values_init(&values, m, SW_HDR_ROUTE);
    while (out->count < limit && (rc = sw_values_next(&values, &value)) > 0) {
        if (read_route(value, &uri) < 0)
            return SW_E_SYNTAX;
        if (out->count == out->own_count && px_uri_is_ours(core, &uri)) {
            out->own_count++;
            sw_param_find(uri.params, SW_LIT(PX_TOKEN_PARAM), &out->token);
        } else if (out->count == out->own_count) {
            out->first = uri.text;
            out->first_is_loose = uri.has_lr;
            out->first_has_headers = uri.headers.len > 0;
        }
        out->count++;
        out->last = uri.text;
        if (out->count == UINT8_MAX)
            return SW_E_SYNTAX;
    }
    return rc < 0 ? SW_E_SYNTAX : 0;
}

/* ------------------------------------------------------------------------------ the target */

/* 16.4: a strict router before us put our Record-Route URI where the Request-URI belongs. What its
 * token lets through is seen when the target is known. */
static bool is_own_record_route(const struct px_core *core, const struct sw_uri *uri,
                                struct sw_slice *token)
{
    return uri->has_lr && px_uri_is_ours(core, uri) &&
           sw_param_find(uri->params, SW_LIT(PX_TOKEN_PARAM), token);
}

/* 16.4: maddr is ours, and the request came to the port and transport that the URI names. */
static bool has_own_maddr(const struct px_core *core, const struct sw_uri *uri,
                          const struct px_hop *from)
{
    const struct px_conf *conf = core->conf;
    const struct px_listener *l = &conf->listeners[from->listener];
    if (!uri->has_maddr || port_of(uri) != l->endpoint.port || transport_of(uri) != l->transport)
        return false;
    if (uri->maddr.kind != SW_HOST_NAME)
        return listens_at(conf, &uri->maddr.addr, 0);
    return is_our_name(conf->names, conf->name_count, uri->maddr.text) ||
           is_served(conf, &uri->maddr);
}

static void strip_maddr(struct sw_uri *uri)
{
    uri->has_maddr = uri->has_port = uri->has_transport = false;
    uri->maddr = (struct sw_host){0};
    uri->port = 0;
    uri->transport = (struct sw_slice){NULL, 0};
}

/* 19.1.1: header fields in it would be somebody's to add to the request, and nobody may. */
static int read_request_uri(struct sw_slice text, struct sw_uri *uri, const char **field)
{
    int rc = sw_uri_parse(text, uri, NULL);
    if (rc == 0 && uri->headers.len > 0)
        rc = SW_E_SYNTAX;
    if (rc < 0)
        *field = "Request-URI";
    return rc;
}

int px_target_find(const struct px_core *core, const struct sw_msg *m, const struct px_hop *from,
                   struct px_target *out, const char **field)
{
    struct sw_uri uri;
    struct route_set routes;
    struct sw_slice token = {NULL, 0};
    *out = (struct px_target){.request_uri = m->uri_text};
    int rc = read_request_uri(m->uri_text, &uri, field);
    if (rc < 0)
        return rc;
    *field = "Route";
    if (read_routes(core, m, UINT8_MAX, &routes) < 0)
        return SW_E_SYNTAX;
    if (routes.count > 0 && is_own_record_route(core, &uri, &token)) {
        out->drop_last_route = true;
        out->request_uri = routes.last;
        rc = read_request_uri(routes.last, &uri, field);
        if (rc < 0 || read_routes(core, m, routes.count - 1, &routes) < 0)
            return SW_E_SYNTAX;
    }
    if (has_own_maddr(core, &uri, from)) {
        out->strip_maddr = true;
        strip_maddr(&uri);
    }
    out->own_route_count = (uint8_t)routes.own_count;
    out->is_sips = uri.scheme == SW_SCHEME_SIPS;
    out->is_route = routes.first.len > 0;
    out->next_hop = out->is_route ? routes.first : out->request_uri;
    out->is_ours = !out->is_route && px_uri_is_ours(core, &uri);
    if (out->is_route && !routes.first_is_loose) {
        if (routes.first_has_headers) /* it becomes the Request-URI */
            return SW_E_SYNTAX;
        out->is_strict = true;
        out->pushed_uri = out->request_uri;
        out->request_uri = routes.first;
    }
    if (routes.token.len > 0)
        token = routes.token;
    out->has_token = token.len > 0 && m->method != SW_REGISTER && px_target_uri(out, &uri) &&
                     px_token_fits(core, m, token, &uri, &out->flow);
    return 0;
}

static struct sw_slice moved(struct sw_slice view, struct sw_slice from, struct sw_slice to)
{
    if (view.len == 0)
        return (struct sw_slice){NULL, 0};
    return sw_slice(to.p + (view.p - from.p), view.len);
}

void px_target_move(struct px_target *t, struct sw_slice from, struct sw_slice to)
{
    t->request_uri = moved(t->request_uri, from, to);
    t->next_hop = moved(t->next_hop, from, to);
    t->pushed_uri = moved(t->pushed_uri, from, to);
}

bool px_target_uri(const struct px_target *t, struct sw_uri *out)
{
    if (sw_uri_parse(t->next_hop, out, NULL) < 0)
        return false;
    if (t->strip_maddr && !t->is_route)
        strip_maddr(out);
    if (t->is_sips)
        out->scheme = SW_SCHEME_SIPS;
    return true;
}

/* Whatever else is wrong with it: who says sips means it. */
bool px_target_is_secure(const struct px_target *t)
{
    return t->is_sips ||
           (t->next_hop.len > 5 && sw_slice_ieq(sw_slice_sub(t->next_hop, 0, 5), SW_LIT("sips:")));
}

const struct px_flow *px_target_flow(const struct px_core *core, const struct px_target *t)
{
    const struct px_flow *flow = t->flow == 0 ? NULL : px_flow_find(core, t->flow);
    if (flow == NULL || !px_conf_has_listener(core->conf, flow->hop.listener) ||
        (px_target_is_secure(t) && !sw_transport_row(flow->hop.transport)->is_tls))
        return NULL;
    return flow;
}

/* The locator judges what names lead to; an address alone is judged here (H4). */
static bool is_denied(const struct px_conf *conf, const struct sw_host *target)
{
    return target->kind != SW_HOST_NAME &&
           sw_address_judge(&conf->policy, &target->addr, false) != SW_NOTE_OK;
}

/* By a served name as maddr or in a Route a request would go past that domain's routes, for
 * whatever host, to a server that may trust us. */
static bool leads_to_served(const struct px_conf *conf, const struct px_target *t,
                            const struct sw_uri *uri)
{
    return !t->is_route && !uri->has_maddr && is_served(conf, &uri->host);
}

bool px_target_is_allowed(const struct px_core *core, const struct px_target *t,
                          const struct px_hop *from)
{
    struct sw_uri uri;
    if (px_hop_is_trusted(core, from))
        return true;
    if (!px_target_uri(t, &uri))
        return false;
    const struct sw_host *target = uri.has_maddr ? &uri.maddr : &uri.host;
    return leads_to_served(core->conf, t, &uri) ||
           (t->has_token && (!is_denied(core->conf, target) || px_target_flow(core, t) != NULL));
}

bool px_target_is_allowed_by(const struct px_core *core, const struct px_target *t,
                             const struct px_hop *from, const struct px_hop *by)
{
    struct sw_uri uri;
    if (!px_target_uri(t, &uri))
        return false;
    const struct sw_host *target = uri.has_maddr ? &uri.maddr : &uri.host;
    if (is_denied(core->conf, target))
        return false;
    return leads_to_served(core->conf, t, &uri) || px_hop_is_trusted(core, from) ||
           px_hop_is_trusted(core, by);
}

/* ------------------------------------------------------------------------------ C3 */

/* The served domain by whose routes it goes. NULL: none. */
static const struct px_domain *domain_of(const struct px_core *core, const struct px_target *t,
                                         struct sw_uri *uri)
{
    if (!px_domains_are_there(core->conf->domains) || t->is_route || t->has_token ||
        !px_target_uri(t, uri) || uri->has_maddr || uri->host.kind != SW_HOST_NAME)
        return NULL;
    return px_domains_find(core->conf->domains, uri->host.text);
}

bool px_target_is_served(const struct px_core *core, const struct px_target *t)
{
    struct sw_uri uri;
    return domain_of(core, t, &uri) != NULL;
}

int px_target_route(const struct px_core *core, const struct px_target *t,
                    const struct px_route **out)
{
    struct sw_uri uri;
    const struct px_domain *domain = domain_of(core, t, &uri);
    *out = NULL;
    if (domain == NULL || domain->route_count == 0)
        return 0;
    *out = px_domains_route(core->conf->domains, domain, uri.user);
    return *out == NULL ? SW_E_NOTFOUND : 0;
}

/* A sips request stays one (RFC 5630 5.3), and becomes one when its route says so. */
static void use_new_uri(struct px_target *t, struct sw_slice text)
{
    struct sw_uri uri;
    t->request_uri = t->next_hop = text;
    t->strip_maddr = false;
    t->is_sips = sw_uri_parse(text, &uri, NULL) == 0 && uri.scheme == SW_SCHEME_SIPS;
}

static void use_next_hop(struct px_target *t, struct sw_slice text)
{
    struct sw_uri uri;
    t->next_hop = text;
    t->is_route = true;
    if (sw_uri_parse(text, &uri, NULL) == 0 && uri.has_lr)
        t->added_route = text;
}

int px_target_follow(struct px_core *core, struct px_target *t, const struct px_route *route)
{
    struct sw_uri uri;
    if (!px_target_uri(t, &uri))
        return SW_E_SYNTAX;
    size_t cap = route->to.len + uri.user.len * (route->to.len / 6 + 1) + route->via.len + 1;
    struct sw_buf b = px_owned_buf(core, cap);
    if (b.cap == 0)
        return SW_E_NOMEM;
    px_route_write_to(route, uri.user, t->is_sips, &b);
    size_t to_len = b.len;
    sw_buf_slice_add(&b, route->via);
    t->made = sw_buf_slice(&b);
    t->is_configured = true;
    if (to_len > 0)
        use_new_uri(t, sw_slice_sub(t->made, 0, to_len));
    if (route->via.len > 0)
        use_next_hop(t, sw_slice_sub(t->made, to_len, SIZE_MAX));
    return 0;
}

void px_target_drop(struct px_core *core, struct px_target *t)
{
    px_mem_drop_slice(&core->mem, &t->made);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The readers of lists. A list of one may be given without its brackets. */
#include "run/conf_read.h"

#include "dns/name.h"
#include "locate/transport.h"

/* Members of a list, or the one value given in its place. */
static const struct ad_conf_node *first_of(const struct ad_conf_node *n)
{
    return n->kind == AD_CONF_LIST ? n->first : n;
}

static const struct ad_conf_node *next_of(const struct ad_conf_node *list,
                                          const struct ad_conf_node *at)
{
    return list->kind == AD_CONF_LIST ? at->next : NULL;
}

static size_t count_of(const struct ad_conf_node *list)
{
    size_t count = 0;

    for (const struct ad_conf_node *n = first_of(list); n != NULL; n = next_of(list, n))
        count++;
    return count;
}

/* "127.0.0.1", "127.0.0.1:5060", "::1", "[::1]:5060"; port 0 when there is none. */
static bool read_endpoint(struct sw_slice text, struct sw_endpoint *out)
{
    struct sw_slice host = text, port = {0};
    uint64_t number = 0;

    *out = (struct sw_endpoint){0};
    if (sw_netaddr_parse6(text, &out->addr))
        return true;
    size_t end = text.len > 0 && text.p[0] == '[' ? sw_slice_find(text, ']') : 0;
    if (end == SIZE_MAX)
        return false;
    size_t colon = sw_slice_find(sw_slice_sub(text, end, text.len), ':');
    if (colon != SIZE_MAX) {
        host = sw_slice_sub(text, 0, end + colon);
        port = sw_slice_sub(text, end + colon + 1, text.len);
        if (!sw_slice_u64(port, UINT16_MAX, &number) || number == 0)
            return false;
    }
    out->port = (uint16_t)number;
    if (end > 0)
        return host.p[host.len - 1] == ']' &&
               sw_netaddr_parse6(sw_slice_sub(host, 1, host.len - 1), &out->addr);
    return sw_netaddr_parse4(host, &out->addr);
}

/* --- listeners --------------------------------------------------------------------------- */

static bool read_transport(struct sw_conf_reading *r, const struct ad_conf_node *n,
                           struct sw_slice text, enum sw_transport *out)
{
    if (!sw_transport_by_name(text, out)) {
        sw_conf_problem(r, n->place, "'%s' is not a transport: udp, tcp and tls are",
                        sw_conf_shown(r, text));
        return false;
    }
    if (*out == SW_UDP || *out == SW_TCP || *out == SW_TLS)
        return true;
    sw_conf_problem(r, n->place, "%s is not available in this program: udp, tcp and tls are",
                    sw_transport_row(*out)->name);
    return false;
}

/* "udp:127.0.0.1:5060" */
static bool read_short_listener(struct sw_conf_reading *r, const struct ad_conf_node *n,
                                struct px_listener *out)
{
    size_t colon = sw_slice_find(n->text, ':');

    if (colon == SIZE_MAX) {
        sw_conf_problem(r, n->place, "'%s' is not a listener like udp:192.0.2.1:5060",
                        sw_conf_shown(r, n->text));
        return false;
    }
    if (!read_transport(r, n, sw_slice_sub(n->text, 0, colon), &out->transport))
        return false;
    if (read_endpoint(sw_slice_sub(n->text, colon + 1, n->text.len), &out->endpoint))
        return true;
    sw_conf_problem(r, n->place,
                    "'%s' is not an address and port like 192.0.2.1:5060 or [2001:db8::1]:5060",
                    sw_conf_shown(r, sw_slice_sub(n->text, colon + 1, n->text.len)));
    return false;
}

static bool read_listener_member(struct sw_conf_reading *r, const struct ad_conf_node *m,
                                 struct px_listener *out)
{
    uint64_t port;

    if (sw_slice_eq(m->key, SW_LIT("transport")))
        return sw_conf_is_scalar(r, m, "udp, tcp or tls") &&
               read_transport(r, m, m->text, &out->transport);
    if (sw_slice_eq(m->key, SW_LIT("address"))) {
        if (!sw_conf_is_scalar(r, m, "an address"))
            return false;
        if (sw_netaddr_parse(m->text, &out->endpoint.addr))
            return true;
        sw_conf_problem(r, m->place, "'%s' is not an address like 192.0.2.1 or 2001:db8::1",
                        sw_conf_shown(r, m->text));
        return false;
    }
    if (sw_slice_eq(m->key, SW_LIT("port"))) {
        if (!sw_conf_is_scalar(r, m, "a port"))
            return false;
        if (sw_slice_u64(m->text, UINT16_MAX, &port) && port > 0) {
            out->endpoint.port = (uint16_t)port;
            return true;
        }
        sw_conf_problem(r, m->place, "'%s' is not a port between 1 and 65535",
                        sw_conf_shown(r, m->text));
        return false;
    }
    sw_conf_problem(r, m->key_place, "unknown key '%s': a listener has transport, address and port",
                    sw_conf_shown(r, m->key));
    return false;
}

/* {transport: udp, address: 127.0.0.1, port: 5060} */
static bool read_long_listener(struct sw_conf_reading *r, const struct ad_conf_node *n,
                               struct px_listener *out)
{
    bool is_right = true, has_transport = false;

    for (const struct ad_conf_node *m = n->first; m != NULL; m = m->next) {
        is_right = read_listener_member(r, m, out) && is_right;
        has_transport = has_transport || sw_slice_eq(m->key, SW_LIT("transport"));
    }
    if (!is_right)
        return false;
    if (has_transport && out->endpoint.addr.family != 0)
        return true;
    sw_conf_problem(r, n->place, "a listener needs %s", has_transport ? "address" : "transport");
    return false;
}

static bool is_unspecified(const struct sw_netaddr *a)
{
    static const uint8_t zeros[16];

    return memcmp(a->bytes, zeros, sizeof zeros) == 0;
}

/* Is there anything against this listener, given those before it? */
static bool is_usable(struct sw_conf_reading *r, const struct ad_conf_node *n,
                      const struct px_listener *l)
{
    const struct px_conf *px = &r->settings->proxy;

    if (is_unspecified(&l->endpoint.addr)) {
        sw_conf_problem(r, n->place,
                        "a listener needs an address of this machine: others must "
                        "find it in Via and Record-Route");
        return false;
    }
    if (sw_netaddr_is_unusable(&l->endpoint.addr)) {
        sw_conf_problem(r, n->place,
                        "a listener needs an address of this machine: a multicast or broadcast "
                        "address, an IPv4 one written as IPv6, or 0.x.x.x is none");
        return false;
    }
    for (size_t i = 0; i < px->listener_count; i++) {
        enum sw_transport other = px->listeners[i].transport;
        if (sw_transport_row(other)->clear != sw_transport_row(l->transport)->clear ||
            !sw_endpoint_eq(&px->listeners[i].endpoint, &l->endpoint))
            continue;
        if (other == l->transport)
            sw_conf_problem(r, n->place, "this listener is given twice: leave one out");
        else
            sw_conf_problem(r, n->place, "%s and %s cannot share an address and port",
                            sw_transport_row(other)->name, sw_transport_row(l->transport)->name);
        return false;
    }
    return true;
}

void sw_conf_listeners(struct sw_conf_reading *r, const struct sw_conf_key *key,
                       const struct ad_conf_node *list)
{
    struct px_conf *px = &r->settings->proxy;

    (void)key;
    for (const struct ad_conf_node *n = first_of(list); n != NULL; n = next_of(list, n)) {
        struct px_listener l = {0};
        if (px->listener_count == PX_LISTENERS_MAX) {
            sw_conf_problem(r, n->place, "more than %d listeners: leave this one out",
                            PX_LISTENERS_MAX);
            return;
        }
        bool is_right = n->kind == AD_CONF_MAP ? read_long_listener(r, n, &l)
                                               : sw_conf_is_scalar(r, n, "a listener") &&
                                                     read_short_listener(r, n, &l);
        if (!is_right)
            continue;
        if (l.endpoint.port == 0)
            l.endpoint.port = sw_transport_row(l.transport)->default_port;
        if (is_usable(r, n, &l))
            px->listeners[px->listener_count++] = l;
    }
}

/* --- the others -------------------------------------------------------------------------- */

void sw_conf_transports(struct sw_conf_reading *r, const struct sw_conf_key *key,
                        const struct ad_conf_node *list)
{
    struct sw_policy *policy = &r->settings->proxy.policy;

    (void)key;
    policy->transport_count = 0;
    for (const struct ad_conf_node *n = first_of(list); n != NULL; n = next_of(list, n)) {
        enum sw_transport t;
        if (!sw_conf_is_scalar(r, n, "a transport") || !read_transport(r, n, n->text, &t))
            continue;
        if (sw_policy_has(policy, t))
            sw_conf_problem(r, n->place, "%s is given twice: leave one out",
                            sw_transport_row(t)->name);
        else
            policy->transports[policy->transport_count++] = t;
    }
}

void sw_conf_network_list(struct sw_conf_reading *r, const struct sw_conf_key *key,
                          const struct ad_conf_node *list)
{
    struct sw_conf_networks *to = (void *)((char *)r->settings + key->offset);

    to->list = sw_conf_room(r, count_of(list), sizeof *to->list);
    if (to->list == NULL)
        return;
    for (const struct ad_conf_node *n = first_of(list); n != NULL; n = next_of(list, n)) {
        if (!sw_conf_is_scalar(r, n, "a network"))
            continue;
        if (sw_network_parse(n->text, &to->list[to->count]))
            to->count++;
        else
            sw_conf_problem(r, n->place,
                            "'%s' is not a network like 192.0.2.0/24 or 2001:db8::/32 "
                            "(no bits may be set behind the prefix)",
                            sw_conf_shown(r, n->text));
    }
}

/* Lower case, no trailing dot, with a NUL behind it. */
static struct sw_slice domain_text(struct sw_conf_reading *r, struct sw_slice text)
{
    size_t len = text.len > 1 && text.p[text.len - 1] == '.' ? text.len - 1 : text.len;
    char *p = sw_conf_room(r, 1, len + 1);

    if (p == NULL)
        return (struct sw_slice){0};
    for (size_t i = 0; i < len; i++)
        p[i] = sw_lower(text.p[i]);
    return sw_slice(p, len);
}

static bool is_domain(struct sw_slice text)
{
    struct sw_name_room room;
    struct sw_name name;

    return sw_name_from_text(text, &room, &name) == 0 && sw_name_is_plain(name) &&
           !sw_name_is_root(name);
}

bool sw_conf_domain_read(struct sw_conf_reading *r, const struct ad_conf_node *n,
                         struct sw_slice *out)
{
    if (!sw_conf_is_scalar(r, n, "a domain name"))
        return false;
    if (!is_domain(n->text)) {
        sw_conf_problem(r, n->place, "'%s' is not a domain name like example.com",
                        sw_conf_shown(r, n->text));
        return false;
    }
    *out = domain_text(r, n->text);
    return true;
}

void sw_conf_domain_list(struct sw_conf_reading *r, const struct sw_conf_key *key,
                         const struct ad_conf_node *list)
{
    struct sw_conf_texts *to = (void *)((char *)r->settings + key->offset);

    to->list = sw_conf_room(r, count_of(list), sizeof *to->list);
    if (to->list == NULL)
        return;
    for (const struct ad_conf_node *n = first_of(list); n != NULL; n = next_of(list, n)) {
        if (sw_conf_domain_read(r, n, &to->list[to->count]))
            to->count++;
    }
}

/* Authentication is between the caller and who asked for it, and 6xx speaks for all (16.7): no
 * other server may be asked then. 3xx has recurse. */
static bool is_failover_code(uint64_t code)
{
    return code >= 400 && code <= 599 && code != 401 && code != 407;
}

void sw_conf_codes_read(struct sw_conf_reading *r, const struct ad_conf_node *list, uint16_t *out)
{
    size_t count = 0;
    uint64_t code;

    for (const struct ad_conf_node *n = first_of(list); n != NULL; n = next_of(list, n)) {
        if (!sw_conf_is_scalar(r, n, "a response code"))
            continue;
        if (!sw_slice_u64(n->text, 999, &code) || !is_failover_code(code)) {
            sw_conf_problem(r, n->place,
                            "'%s' cannot count as a failure of the server: 400 to 599 can, but 401 "
                            "and 407",
                            sw_conf_shown(r, n->text));
        } else if (count == PX_FAILOVER_CODES_MAX) {
            sw_conf_problem(r, n->place, "more than %d codes: leave this one out",
                            PX_FAILOVER_CODES_MAX);
            return;
        } else {
            out[count++] = (uint16_t)code;
        }
    }
}

void sw_conf_codes(struct sw_conf_reading *r, const struct sw_conf_key *key,
                   const struct ad_conf_node *list)
{
    sw_conf_codes_read(r, list, (void *)((char *)r->settings + key->offset));
}

void sw_conf_path_list(struct sw_conf_reading *r, const struct sw_conf_key *key,
                       const struct ad_conf_node *list)
{
    struct sw_conf_texts *to = (void *)((char *)r->settings + key->offset);

    to->list = sw_conf_room(r, count_of(list), sizeof *to->list);
    if (to->list == NULL)
        return;
    for (const struct ad_conf_node *n = first_of(list); n != NULL; n = next_of(list, n)) {
        if (sw_conf_is_scalar(r, n, "the name of a file"))
            to->list[to->count++] = sw_slice_str(sw_conf_path_text(r, n->text));
    }
}

void sw_conf_server_list(struct sw_conf_reading *r, const struct sw_conf_key *key,
                         const struct ad_conf_node *list)
{
    struct sw_settings *s = r->settings;

    (void)key;
    s->servers = sw_conf_room(r, count_of(list), sizeof *s->servers);
    if (s->servers == NULL)
        return;
    for (const struct ad_conf_node *n = first_of(list); n != NULL; n = next_of(list, n)) {
        if (!sw_conf_is_scalar(r, n, "an address"))
            continue;
        if (read_endpoint(n->text, &s->servers[s->server_count]))
            s->server_count++;
        else
            sw_conf_problem(r, n->place,
                            "'%s' is not an address like 192.0.2.53 or [2001:db8::53]:5353",
                            sw_conf_shown(r, n->text));
    }
}

/* --- an endpoint ------------------------------------------------------------------------- */

void sw_conf_endpoint(struct sw_conf_reading *r, const struct sw_conf_key *key,
                      const struct ad_conf_node *n)
{
    struct sw_endpoint *to = (void *)((char *)r->settings + key->offset);

    if (!sw_conf_is_scalar(r, n, "an address and port"))
        return;
    if (!read_endpoint(n->text, to) || to->port == 0)
        sw_conf_problem(r, n->place, "'%s' is not an address and port like 127.0.0.1:9090",
                        sw_conf_shown(r, n->text));
}

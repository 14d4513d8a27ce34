/* SPDX-License-Identifier: BSD-2-Clause */
/* The domains we serve and their routes: from the file into the tables of proxy/domains.h. */
#include "run/conf_read.h"

#include "proxy/domains.h"

static const struct ad_conf_node *member(const struct ad_conf_node *map, const char *name)
{
    for (const struct ad_conf_node *n = map->first; n != NULL; n = n->next)
        if (sw_slice_eq(n->key, sw_slice_str(name)))
            return n;
    return NULL;
}

/* Tell each key that is none of these. */
static void tell_strange_keys(struct sw_conf_reading *r, const struct ad_conf_node *map,
                              const char *const *known, const char *what)
{
    for (const struct ad_conf_node *n = map->first; n != NULL; n = n->next) {
        size_t i = 0;
        while (known[i] != NULL && !sw_slice_eq(n->key, sw_slice_str(known[i])))
            i++;
        if (known[i] == NULL)
            sw_conf_problem(r, n->key_place, "unknown key '%s': %s", sw_conf_shown(r, n->key),
                            what);
    }
}

static struct sw_slice copied(struct sw_conf_reading *r, struct sw_slice text)
{
    char *p = sw_conf_room(r, 1, text.len + 1);

    if (p == NULL)
        return (struct sw_slice){NULL, 0};
    memcpy(p, text.p, text.len);
    return sw_slice(p, text.len);
}

/* --- a route ----------------------------------------------------------------------------- */

/* A user or prefix as it may stand in a URI. */
static bool read_user(struct sw_conf_reading *r, const struct ad_conf_node *n, size_t len_max,
                      struct px_route *route)
{
    char room[512];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_uri uri;

    if (!sw_conf_is_scalar(r, n, "the user part of a URI"))
        return false;
    if (n->text.len > len_max) {
        sw_conf_problem(r, n->place, "'%s' is longer than %zu characters",
                        sw_conf_shown(r, n->text), len_max);
        return false;
    }
    sw_buf_str(&b, "sip:");
    sw_buf_slice_add(&b, n->text);
    sw_buf_str(&b, "@h");
    if (sw_uri_parse(sw_buf_slice(&b), &uri, NULL) < 0 || uri.user.len != n->text.len) {
        sw_conf_problem(r, n->place, "'%s' is not the user part of a SIP URI, like alice or +4930",
                        sw_conf_shown(r, n->text));
        return false;
    }
    route->user = copied(r, n->text);
    return true;
}

/* Whom it is for: user, prefix, or everybody else. */
static bool read_kind(struct sw_conf_reading *r, const struct ad_conf_node *map,
                      struct px_route *route)
{
    const struct ad_conf_node *user = member(map, "user"), *prefix = member(map, "prefix");

    route->kind = PX_ROUTE_DEFAULT;
    if (user != NULL && prefix != NULL) {
        sw_conf_problem(r, prefix->key_place, "a route is for a user or for a prefix, not both");
        return false;
    }
    if (user != NULL) {
        route->kind = PX_ROUTE_USER;
        return read_user(r, user, PX_ROUTE_USER_MAX, route);
    }
    if (prefix == NULL)
        return true;
    route->kind = PX_ROUTE_PREFIX;
    return read_user(r, prefix, PX_ROUTE_PREFIX_MAX, route);
}

/* 19.1.1: what a Request-URI and a Route may not have. */
static bool is_fit_for_requests(const struct sw_uri *uri)
{
    return uri->headers.len == 0 && !sw_param_find(uri->params, SW_LIT("method"), NULL);
}

static bool read_to(struct sw_conf_reading *r, const struct ad_conf_node *n, struct px_route *route)
{
    char room[1024];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct px_route given = {.to = n->text};
    struct sw_uri uri;

    if (!sw_conf_is_scalar(r, n, "a SIP URI"))
        return false;
    px_route_write_to(&given, SW_LIT("u"), false, &b);
    if (b.overflow || sw_uri_parse(sw_buf_slice(&b), &uri, NULL) < 0 ||
        !is_fit_for_requests(&uri)) {
        sw_conf_problem(r, n->place,
                        "'%s' is not a SIP URI for requests, like sip:{user}@pbx.example",
                        sw_conf_shown(r, n->text));
        return false;
    }
    route->to = copied(r, n->text);
    return true;
}

static bool read_via(struct sw_conf_reading *r, const struct ad_conf_node *n,
                     struct px_route *route)
{
    struct sw_uri uri;

    if (!sw_conf_is_scalar(r, n, "a SIP URI"))
        return false;
    if (sw_uri_parse(n->text, &uri, NULL) < 0 || !is_fit_for_requests(&uri)) {
        sw_conf_problem(r, n->place,
                        "'%s' is not a SIP URI of a next hop, like sip:gw.example;transport=tcp",
                        sw_conf_shown(r, n->text));
        return false;
    }
    route->via = copied(r, n->text);
    return true;
}

static bool read_route(struct sw_conf_reading *r, const struct ad_conf_node *map,
                       struct px_route *route)
{
    static const char *const known[] = {"user",           "prefix",  "to", "via",
                                        "failover-codes", "recurse", NULL};
    unsigned before = r->problem_count;

    if (map->kind != AD_CONF_MAP) {
        sw_conf_problem(r, map->place,
                        "a route is a mapping like {user: alice, to: \"sip:alice@pbx.example\"}");
        return false;
    }
    tell_strange_keys(r, map, known,
                      "a route has user or prefix, to or via, failover-codes and recurse");
    bool is_right = read_kind(r, map, route);
    const struct ad_conf_node *to = member(map, "to"), *via = member(map, "via");
    const struct ad_conf_node *codes = member(map, "failover-codes");
    const struct ad_conf_node *recurse = member(map, "recurse");
    if (to == NULL && via == NULL)
        sw_conf_problem(r, map->place,
                        "a route needs to (the new Request-URI) or via (the next "
                        "hop)");
    is_right = (to == NULL || read_to(r, to, route)) && is_right;
    is_right = (via == NULL || read_via(r, via, route)) && is_right;
    if (codes != NULL)
        sw_conf_codes_read(r, codes, route->failover_codes);
    if (recurse != NULL)
        route->has_recurse = sw_conf_bool_read(r, recurse, &route->recurse);
    return is_right && r->problem_count == before;
}

/* --- a domain ---------------------------------------------------------------------------- */

static void read_routes(struct sw_conf_reading *r, const struct ad_conf_node *list,
                        struct px_domain *domain)
{
    struct sw_settings *s = r->settings;

    if (list->kind != AD_CONF_LIST) {
        sw_conf_problem(
            r, list->place,
            "routes must be a list like [{user: alice, to: \"sip:alice@pbx.example\"}]");
        return;
    }
    for (const struct ad_conf_node *n = list->first; n != NULL; n = n->next) {
        struct px_route *route = sw_conf_room(r, 1, sizeof *route);
        if (route == NULL)
            return;
        if (read_route(r, n, route) && !px_domains_add_route(&s->domains, domain, route))
            sw_conf_problem(r, n->place, "this is the second route of %s for %s%s",
                            sw_conf_shown(r, domain->name),
                            route->kind == PX_ROUTE_DEFAULT  ? "everybody else"
                            : route->kind == PX_ROUTE_PREFIX ? "prefix "
                                                             : "user ",
                            sw_conf_shown(r, route->user));
    }
}

static struct px_domain *read_name(struct sw_conf_reading *r, const struct ad_conf_node *n)
{
    struct px_domain *domain = sw_conf_room(r, 1, sizeof *domain);

    if (domain == NULL || !sw_conf_domain_read(r, n, &domain->name))
        return NULL;
    if (px_domains_add(&r->settings->domains, domain))
        return domain;
    sw_conf_problem(r, n->place, "the domain %s is given twice: its routes go together",
                    sw_conf_shown(r, domain->name));
    return NULL;
}

/* "a.example" or {name: a.example, routes: [...]} */
static void read_domain(struct sw_conf_reading *r, const struct ad_conf_node *n)
{
    static const char *const known[] = {"name", "routes", NULL};

    if (n->kind != AD_CONF_MAP) {
        if (sw_conf_is_scalar(r, n, "a domain name, or {name: a.example, routes: [...]}"))
            read_name(r, n);
        return;
    }
    tell_strange_keys(r, n, known, "a domain has name and routes");
    const struct ad_conf_node *name = member(n, "name"), *routes = member(n, "routes");
    if (name == NULL) {
        sw_conf_problem(r, n->place,
                        "a domain needs its name, like {name: a.example, routes: [...]}");
        return;
    }
    struct px_domain *domain = read_name(r, name);
    if (domain != NULL && routes != NULL)
        read_routes(r, routes, domain);
}

static size_t count_routes(const struct ad_conf_node *domain)
{
    const struct ad_conf_node *routes =
        domain->kind == AD_CONF_MAP ? member(domain, "routes") : NULL;
    size_t count = 0;

    for (const struct ad_conf_node *n = routes == NULL ? NULL : routes->first; n != NULL;
         n = n->next)
        count++;
    return count;
}

void sw_conf_domains(struct sw_conf_reading *r, const struct sw_conf_key *key,
                     const struct ad_conf_node *list)
{
    struct sw_settings *s = r->settings;
    bool is_list = list->kind == AD_CONF_LIST;
    size_t domain_count = 0, route_count = 0;

    (void)key;
    for (const struct ad_conf_node *n = is_list ? list->first : list; n != NULL;
         n = is_list ? n->next : NULL) {
        domain_count++;
        route_count += count_routes(n);
    }
    if (px_domains_init(&s->domains, NULL, domain_count, route_count) < 0) {
        r->is_out_of_memory = true;
        return;
    }
    for (const struct ad_conf_node *n = is_list ? list->first : list; n != NULL;
         n = is_list ? n->next : NULL)
        read_domain(r, n);
}

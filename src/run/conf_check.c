/* SPDX-License-Identifier: BSD-2-Clause */
/* What shows only when keys are compared, and how the parts become the proxy's configuration. */
#include "run/conf_read.h"

#include "adapter/control_socket.h"
#include "locate/transport.h"
#include "proxy/port.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

/* Where a mistake stands that is the absence of something. */
static struct ad_conf_place top_of(const struct sw_conf_reading *r)
{
    return r->root->place;
}

static struct ad_conf_place place_of(const struct sw_conf_reading *r, const char *name)
{
    const struct ad_conf_node *n = sw_conf_find(r, name);

    return n == NULL ? top_of(r) : n->key_place;
}

static bool has_listener(const struct px_conf *px, enum sw_transport t)
{
    for (size_t i = 0; i < px->listener_count; i++)
        if (px->listeners[i].transport == t)
            return true;
    return false;
}

static void check_listeners(struct sw_conf_reading *r)
{
    const struct ad_conf_node *listen = sw_conf_find(r, "listen");

    if (listen == NULL)
        sw_conf_problem(r, top_of(r),
                        "listen is missing: it names where to listen, like "
                        "listen: [udp:192.0.2.1:5060, tcp:192.0.2.1:5060]");
    else if (r->settings->proxy.listener_count == 0 && r->problem_count == 0)
        sw_conf_problem(r, listen->key_place,
                        "listen is empty: it names where to listen, like udp:192.0.2.1:5060");
}

static void check_transports(struct sw_conf_reading *r)
{
    const struct px_conf *px = &r->settings->proxy;
    const struct ad_conf_node *list = sw_conf_find(r, "transports");

    if (list == NULL || px->listener_count == 0)
        return;
    if (px->policy.transport_count == 0 && r->problem_count == 0)
        sw_conf_problem(r, list->key_place, "transports is empty: nothing could be sent");
    for (size_t i = 0; i < px->policy.transport_count; i++) {
        enum sw_transport t = px->policy.transports[i];
        if (!has_listener(px, t))
            sw_conf_problem(r, list->key_place,
                            "transports has %s, but there is no listener to send from",
                            sw_transport_row(t)->name);
    }
}

static void check_family(struct sw_conf_reading *r)
{
    const struct px_conf *px = &r->settings->proxy;
    uint8_t wanted = px->policy.family == SW_FAMILY_4   ? 4
                     : px->policy.family == SW_FAMILY_6 ? 6
                                                        : 0;

    if (wanted == 0 || px->listener_count == 0)
        return;
    for (size_t i = 0; i < px->listener_count; i++)
        if (px->listeners[i].endpoint.addr.family == wanted)
            return;
    sw_conf_problem(r, place_of(r, "family"),
                    "family is %d, but no listener has an IPv%d address to send from", wanted,
                    wanted);
}

/* Whom nobody would trust by intention: more than the largest networks that have one owner
 * (10.0.0.0/8; a /16 of IPv6, or the private fc00::/7 and the link-local fe80::/10). */
static bool is_the_world(const struct sw_network *n)
{
    if (n->addr.family == 4)
        return n->prefix_len < 8;
    bool is_private = (n->addr.bytes[0] & 0xfe) == 0xfc && n->prefix_len >= 7;
    bool is_link = sw_netaddr_is_linklocal(&n->addr) && n->prefix_len >= 10;
    return n->prefix_len < 16 && !is_private && !is_link;
}

static void check_who_may_send(struct sw_conf_reading *r)
{
    const struct sw_settings *s = r->settings;

    for (size_t i = 0; i < s->trusted.count && !s->may_be_open_relay; i++) {
        if (is_the_world(&s->trusted.list[i]))
            sw_conf_problem(r, place_of(r, "trusted"),
                            "trusted takes in the whole world or a large part of it, which makes "
                            "this proxy an open relay: name your own networks, or ask for it with "
                            "the key open-relay");
    }
    if (s->trusted.count == 0 && s->domains.by_name.count == 0 && r->problem_count == 0)
        sw_conf_problem(r, top_of(r),
                        "nothing could be forwarded: name your networks with trusted, or the "
                        "domains you serve with domains");
}

static void check_stub(struct sw_conf_reading *r)
{
    const struct sw_settings *s = r->settings;
    const struct ad_conf_node *source = sw_conf_find(r, "resolver.source");

    if (source != NULL && (s->dns.source == AD_DNS_ROOT || s->dns.source == AD_DNS_ZONES))
        sw_conf_problem(r, source->place, "a stub asks servers: source must be system or servers");
    if (s->zone_files.count > 0)
        sw_conf_problem(r, place_of(r, "resolver.zones"),
                        "a stub reads no zone files: take them out, or mode stub");
    if (s->trust_anchor_file != NULL)
        sw_conf_problem(r, place_of(r, "resolver.trust-anchor"),
                        "a stub leaves validating to its servers: take trust-anchor out, or mode "
                        "stub");
}

/* A file that is only read later is opened once now, so that a wrong name is told where it stands.
 */
static void check_file(struct sw_conf_reading *r, const char *key, const struct ad_conf_node *n)
{
    if (n->kind != AD_CONF_SCALAR || n->text.len == 0)
        return;
    int fd = open(sw_conf_path_text(r, n->text), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0)
        close(fd);
    else
        sw_conf_problem(r, n->place, "%s '%s': %s", key, sw_conf_shown(r, n->text),
                        strerrordesc_np(errno));
}

static void check_files(struct sw_conf_reading *r)
{
    static const char *const keys[] = {"resolver.zones", "resolver.trust-anchor",
                                       "resolver.resolv-conf"};

    for (size_t i = 0; i < SW_ARRAY_LEN(keys); i++) {
        const struct ad_conf_node *n = sw_conf_find(r, keys[i]);
        if (n == NULL)
            continue;
        check_file(r, keys[i], n);
        for (const struct ad_conf_node *file = n->kind == AD_CONF_LIST ? n->first : NULL;
             file != NULL; file = file->next)
            check_file(r, keys[i], file);
    }
}

static void check_resolver(struct sw_conf_reading *r)
{
    const struct sw_settings *s = r->settings;
    const struct ad_conf_node *source = sw_conf_find(r, "resolver.source");

    check_files(r);
    if (s->dns.mode == AD_DNS_STUB)
        check_stub(r);
    if (source == NULL)
        return;
    if (s->dns.source == AD_DNS_SERVERS && s->server_count == 0)
        sw_conf_problem(r, source->place, "source is servers, but resolver.servers names none");
    if (s->dns.source != AD_DNS_SERVERS && s->server_count > 0)
        sw_conf_problem(r, place_of(r, "resolver.servers"),
                        "servers are only asked when source is servers");
    if (s->dns.source == AD_DNS_ZONES && s->zone_files.count == 0)
        sw_conf_problem(r, source->place, "source is zones, but resolver.zones names no file");
}

static void check_timers(struct sw_conf_reading *r)
{
    const struct sw_txn_times *times = &r->settings->proxy.times;

    if (times->t1_us > times->t2_us)
        sw_conf_problem(r, place_of(r, "timers.t1"), "t1 must not be longer than t2");
    if (r->settings->proxy.policy.deadline_us > r->settings->proxy.transaction_us)
        sw_conf_problem(r, place_of(r, "timers.transaction"),
                        "the whole transaction must not be shorter than resolver.timeout");
}

/* What the kernel takes for a Unix socket, without the NUL. */
static void check_outside(struct sw_conf_reading *r)
{
    const struct sw_settings *s = r->settings;

    if (s->control_path != NULL && strlen(s->control_path) > AD_CONTROL_PATH_MAX)
        sw_conf_problem(r, place_of(r, "control"),
                        "the path of a socket has at most %d octets, and this one has %zu",
                        AD_CONTROL_PATH_MAX, strlen(s->control_path));
    if (s->admin.port != 0 && !sw_netaddr_is_loopback(&s->admin.addr) && !s->may_be_exposed)
        sw_conf_problem(r, place_of(r, "admin"),
                        "admin is not a loopback address, and whoever reaches it may read it: "
                        "set admin-exposed: true when that is meant");
}

void sw_conf_check(struct sw_conf_reading *r)
{
    check_listeners(r);
    check_transports(r);
    check_family(r);
    check_who_may_send(r);
    check_resolver(r);
    check_timers(r);
    sw_conf_check_tls(r);
    check_outside(r);
}

/* --- putting it together ----------------------------------------------------------------- */

static void finish_transports(struct px_conf *px)
{
    static const enum sw_transport order[] = {SW_UDP, SW_TCP, SW_TLS};
    struct sw_policy *policy = &px->policy;

    policy->transport_count = 0;
    for (size_t i = 0; i < SW_ARRAY_LEN(order); i++)
        if (has_listener(px, order[i]))
            policy->transports[policy->transport_count++] = order[i];
}

static struct sw_network network_of(const char *text)
{
    struct sw_network n = {0};

    if (!sw_network_parse(sw_slice_str(text), &n))
        n.addr.family = 0; /* matches nothing */
    return n;
}

/* H4: what records from the network may not lead to, unless it is allowed by name. */
static void finish_denied(struct sw_conf_reading *r)
{
    static const char *const always[] = {"127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10"};
    struct sw_settings *s = r->settings;
    struct px_conf *px = &s->proxy;
    size_t count = SW_ARRAY_LEN(always) + px->listener_count + s->denied.count;
    struct sw_network *all = sw_conf_room(r, count, sizeof *all);

    if (all == NULL)
        return;
    size_t at = 0;
    for (size_t i = 0; i < SW_ARRAY_LEN(always); i++)
        all[at++] = network_of(always[i]);
    for (size_t i = 0; i < px->listener_count; i++) {
        struct sw_netaddr addr = px->listeners[i].endpoint.addr;
        all[at++] = (struct sw_network){addr, addr.family == 4 ? 32 : 128};
    }
    for (size_t i = 0; i < s->denied.count; i++)
        all[at++] = s->denied.list[i];
    px->policy.denied = all;
    px->policy.denied_count = at;
    px->policy.allowed = s->allowed.list;
    px->policy.allowed_count = s->allowed.count;
    px->policy.allow_local_zones = true;
}

static void finish_domains(struct sw_conf_reading *r)
{
    struct sw_settings *s = r->settings;

    s->proxy.domains = &s->domains;
    s->proxy.names = s->names.list;
    s->proxy.name_count = s->names.count;
    s->proxy.trusted = s->trusted.list;
    s->proxy.trusted_count = s->trusted.count;
    s->proxy.trusted_names = s->trusted_names.list;
    s->proxy.trusted_name_count = s->trusted_names.count;
}

static void finish_resolver(struct sw_conf_reading *r)
{
    struct sw_settings *s = r->settings;
    const char **files = sw_conf_room(r, s->zone_files.count, sizeof *files);

    if (files == NULL)
        return;
    for (size_t i = 0; i < s->zone_files.count; i++)
        files[i] = s->zone_files.list[i].p;
    s->dns.zone_files = files;
    s->dns.zone_file_count = s->zone_files.count;
    s->dns.servers = s->servers;
    s->dns.server_count = s->server_count;
    s->dns.trust_anchor_file = s->trust_anchor_file;
    s->dns.resolv_conf = s->resolv_conf;
    s->dns.stale_max_s = (uint32_t)(s->stale_us / SW_SECONDS(1));
    if (sw_conf_find(r, "resolver.source") == NULL)
        s->dns.source = s->server_count > 0       ? AD_DNS_SERVERS
                        : s->zone_files.count > 0 ? AD_DNS_ZONES
                                                  : AD_DNS_SYSTEM;
}

/* Chance that repeats itself is of one thread. */
static uint16_t usual_workers(const struct sw_settings *s)
{
    cpu_set_t cores;

    if (s->has_seed || sched_getaffinity(0, sizeof cores, &cores) < 0)
        return 1;
    int count = CPU_COUNT(&cores);
    return (uint16_t)(count < PX_WORKERS_MAX ? count : PX_WORKERS_MAX);
}

void sw_conf_finish(struct sw_conf_reading *r)
{
    struct sw_settings *s = r->settings;

    if (sw_conf_find(r, "transports") == NULL)
        finish_transports(&s->proxy);
    if (sw_conf_find(r, "timers.transaction") == NULL)
        s->proxy.transaction_us = 64 * s->proxy.times.t1_us;
    if (s->profile == SW_PROFILE_EDGE && sw_conf_find(r, "failover") == NULL)
        s->proxy.policy.failover = SW_FAILOVER_ALL;
    if (s->profile == SW_PROFILE_EDGE && sw_conf_find(r, "timers.try") == NULL)
        s->proxy.try_us = SW_SECONDS(2);
    /* Without it a stranger's ACK to a 2xx, which goes to the callee's Contact, is refused. */
    if (sw_conf_find(r, "record-route") == NULL)
        s->proxy.record_route = s->domains.by_name.count > 0;
    finish_denied(r);
    finish_domains(r);
    finish_resolver(r);
    s->log.file = s->log_file;
    s->has_usual_workers = s->worker_count == 0;
    if (s->has_usual_workers) /* cores that come or go are no reason to refuse a reload */
        s->worker_count = r->in_force != NULL && r->in_force->has_usual_workers
                              ? r->in_force->worker_count
                              : usual_workers(s);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/part.h"

#include "base/alloc.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define TIMERS_LATE_US SW_MS(10) /* by tick, by the loop's millisecond: never early */

/* A2: the addresses a packet can leave from order the addresses it may go to. */
static void find_sources(struct sw_part *part)
{
    size_t count = 0;

    if (ad_sources_find(part->sources, &count) < 0)
        return;
    part->conf.policy.sources = part->sources;
    part->conf.policy.source_count = count;
    part->conf.policy.sources_known = true;
}

/* The limits of the whole, divided: a call belongs to one worker, and calls are even over them. */
static size_t share_of(const struct sw_settings *settings, size_t all)
{
    return (all + settings->worker_count - 1) / settings->worker_count;
}

/* Half of what the process may open is for connections, the rest for the resolver and for what is
 * on its way out: strangers who connect and say nothing keep nobody from being reached. */
static size_t limit_connections(const struct sw_settings *settings, size_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return wanted;
    size_t share = limit.rlim_cur / 2 / settings->worker_count;
    if (share >= wanted)
        return wanted;
    return share > 0 ? share : 1;
}

static void fill_conf(struct sw_part *part, const struct sw_places *places)
{
    const struct sw_settings *settings = part->settings;
    struct px_conf *conf = &part->conf;

    *conf = settings->proxy;
    conf->try_us -= TIMERS_LATE_US; /* R7 says by when the next one has the INVITE */
    find_sources(part);
    sw_places_give(places, conf);
    conf->transactions_max = share_of(settings, conf->transactions_max);
    conf->connections_max = share_of(settings, conf->connections_max);
    conf->connections_max = limit_connections(settings, conf->connections_max);
}

static bool has_tls(const struct px_conf *conf)
{
    for (uint16_t i = 0; i < conf->listener_count; i++)
        if (sw_transport_row(conf->listeners[i].transport)->is_tls)
            return true;
    return false;
}

/* What the certificate files hold now, for connections begun from now on. */
static int load_certificates(struct sw_part *part, struct sw_worker_error *error)
{
    struct ad_tls_error why;

    if (!has_tls(&part->settings->proxy))
        return 0;
    int rc = ad_tls_new(&part->tls, &part->settings->tls, &why);
    if (rc == SW_E_FILE)
        snprintf(error->text, sizeof error->text, "%s: %s", sw_settings_tls_key(why.file),
                 why.text);
    return rc;
}

static int open_resolver(struct sw_part *part, struct ad_loop *loop, struct sw_worker_error *error)
{
    struct ad_dns_error why = {{0}};

    if (loop == NULL)
        return 0;
    int rc = sw_resolver_new(&part->resolver, &part->settings->dns, loop, &why);
    if (rc < 0 && rc != SW_E_NOMEM)
        snprintf(error->text, sizeof error->text, "%s", why.text);
    return rc;
}

int sw_part_new(struct sw_part **out, const struct sw_part_args *args,
                struct sw_worker_error *error)
{
    struct sw_part *part = sw_zalloc(NULL, sizeof *part);

    if (part == NULL)
        return SW_E_NOMEM;
    part->settings = sw_settings_ref(args->settings);
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        part->fds[i] = -1;
    fill_conf(part, args->places);
    int rc = args->reads_certificates ? load_certificates(part, error) : 0;
    if (rc == 0)
        rc = open_resolver(part, args->loop, error);
    if (rc < 0)
        sw_part_free(part);
    else
        *out = part;
    return rc;
}

void sw_part_take_sockets(struct sw_part *part, struct sw_sockets *sockets, uint16_t worker)
{
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        part->fds[i] = sw_sockets_take(sockets, worker, (uint16_t)i);
    part->uncounted = sw_sockets_uncounted(sockets, worker);
}

void sw_part_free(struct sw_part *part)
{
    if (part == NULL)
        return;
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        if (part->fds[i] >= 0)
            close(part->fds[i]);
    sw_resolver_free(part->resolver);
    ad_tls_free(part->tls);
    sw_settings_free(part->settings);
    sw_free(NULL, part);
}

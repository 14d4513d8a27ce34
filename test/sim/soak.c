/* SPDX-License-Identifier: BSD-2-Clause */
/* A history and what must hold of it. */
#include "sim/soak.h"

#include <stdlib.h>

enum {
    LONGEST_S = 1500,
    SLACK_US = 20000, /* ticks of timers, and travel inside the core's own turn */
};

/* ------------------------------------------------------------------------------ the log */

static bool had_provisional_time(const struct px_log *log, const struct px_conf *conf)
{
    return log->took_us <= conf->timer_c_us + 2 * 64 * conf->times.t1_us + SLACK_US;
}

static void check_log(struct soak *s, const struct px_log *log)
{
    bool is_invite = strcmp(log->method, "INVITE") == 0;
    s->logged_count++;
    if (is_invite && log->status == 0 && !sim_driver_has_failed(&s->driver))
        sim_complain(&s->world, "an INVITE ended without a final response");
    if (log->status == 503 && log->try_count > 0)
        sim_complain(&s->world, "a 503 of a server was passed upstream");
    if (is_invite && !had_provisional_time(log, &s->conf))
        sim_complain(&s->world, "an INVITE took %u ms", (unsigned)(log->took_us / 1000));
    bool is_budgeted = log->status == 408 || log->status == 500;
    if (!is_invite && log->took_us > s->conf.transaction_us + SLACK_US)
        sim_complain(&s->world, "a %s took %u ms", log->method, (unsigned)(log->took_us / 1000));
    if (is_invite && is_budgeted && log->took_us > s->longest_us)
        s->longest_us = log->took_us;
    for (size_t i = 1; i < log->try_count && i < PX_LOG_TRIES_MAX; i++)
        for (size_t j = 0; j < i; j++)
            if (log->tries[i].transport == log->tries[j].transport &&
                sw_endpoint_eq(&log->tries[i].endpoint, &log->tries[j].endpoint))
                sim_complain(&s->world, "a place was tried twice");
}

static void hear_log(void *user, const struct px_log *log)
{
    struct soak *s = user;
    if (log->kind == PX_LOG_TRANSACTION && strcmp(log->method, "ACK") != 0)
        check_log(s, log);
}

/* ------------------------------------------------------------------------------ the end */

/* A caller on a good link, and a proxy with memory: it hears how its call ended, once. */
static void check_call(struct soak *s, const struct sim_call *c)
{
    bool is_invite = strcmp(c->method, "INVITE") == 0;
    bool is_turned_away =
        c->place->transport == SW_TCP && (s->conf.connections_max < 100 || s->was_without_tcp);
    if (s->is_lossy || sim_driver_has_failed(&s->driver) || !is_invite || is_turned_away)
        return;
    if (c->final_count == 0)
        sim_complain(&s->world, "%s never heard how its INVITE %s ended", c->agent->node.name,
                     c->uri);
}

static void check_served(struct soak *s, const struct sim_served *served)
{
    bool is_refusal = strcmp(served->method, "INVITE") == 0 && served->status >= 300;
    if (!is_refusal || served->is_acked || s->is_lossy || s->is_restless ||
        sim_driver_has_failed(&s->driver) || served->place->link.is_dark ||
        served->place->link.is_refusing || served->place->transport != SW_UDP)
        return;
    sim_complain(&s->world, "%s never got the ACK of its %u", served->agent->node.name,
                 served->status);
}

void soak_check(struct soak *s)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(s->agents); i++) {
        for (size_t j = 0; j < s->agents[i].call_count; j++)
            check_call(s, &s->agents[i].calls[j]);
        for (size_t j = 0; j < s->agents[i].served_count; j++)
            check_served(s, &s->agents[i].served[j]);
    }
}

/* All but the transactions of CANCELs have a line of their own. */
static void check_counts(struct soak *s)
{
    const struct px_counters all = sim_driver_counters(&s->driver), *c = &all;
    uint64_t cancelled_count = 0;
    for (size_t i = SOAK_SERVERS; i < SW_ARRAY_LEN(s->agents); i++)
        for (size_t j = 0; j < s->agents[i].call_count; j++)
            cancelled_count += s->agents[i].calls[j].is_cancelled;
    if (!sim_driver_has_failed(&s->driver) &&
        s->logged_count + cancelled_count < c->transactions_opened)
        sim_complain(&s->world, "%u transactions, %u of them cancelled, %u log lines",
                     (unsigned)c->transactions_opened, (unsigned)cancelled_count,
                     (unsigned)s->logged_count);
}

static void fini(struct soak *s)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(s->agents); i++)
        sim_agent_fini(&s->agents[i]);
    tz_zone_fini(&s->zone);
    sim_world_fini(&s->world);
    free(s);
}

char *soak_play(const struct sim_how *how, FILE *out, uint64_t *event_count)
{
    struct soak *s = sim_alloc(1, sizeof *s);
    soak_build(s, how);
    s->driver.hear_log = hear_log;
    s->driver.hearer = s;
    uint64_t until_us = s->world.now_us + SW_SECONDS(LONGEST_S);
    while (sim_step(&s->world, until_us))
        ++*event_count;
    if (s->world.event_count > s->world.chore_count)
        sim_complain(&s->world, "it does not end");
    soak_check(s);
    check_counts(s);
    sim_driver_fini(&s->driver);
    char *wrong = s->world.complaint;
    s->world.complaint = NULL;
    if (wrong != NULL || how->is_loud)
        sim_print(&s->world, out);
    fini(s);
    return wrong;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a random history consists of. */
#include "base/bug.h"
#include "sim/soak.h"

static uint64_t below(struct soak *s, uint64_t bound)
{
    return sim_below(&s->world, bound);
}

static bool chance(struct soak *s, unsigned percent)
{
    return below(s, 100) < percent;
}

static void add_record(struct soak *s, const char *line)
{
    struct tw_words w;
    const char *wrong = tw_split(&w, line);
    if (wrong == NULL)
        wrong = tz_zone_add(&s->zone, "t", &w);
    SW_BUG_ON(wrong != NULL);
}

static struct sw_endpoint address(unsigned last, uint16_t port)
{
    struct sw_endpoint e = {.port = port};
    e.addr.family = 4;
    const uint8_t bytes[4] = {192, 0, 2, (uint8_t)last};
    memcpy(e.addr.bytes, bytes, sizeof bytes);
    return e;
}

/* ------------------------------------------------------------------------------ the DNS */

static void build_domain(struct soak *s, unsigned d, const char *transport)
{
    char line[128];
    unsigned count = 1 + (unsigned)below(s, SOAK_SERVERS);
    for (unsigned i = 0; i < count; i++) {
        unsigned server = (unsigned)below(s, SOAK_SERVERS);
        snprintf(line, sizeof line, "_sip._%s.d%u SRV %u %u 5060 s%u", transport, d,
                 (unsigned)below(s, 3), (unsigned)below(s, 4), server);
        add_record(s, line);
    }
}

static void build_zone(struct soak *s)
{
    static const char *const faults[] = {"= SERVFAIL", "= TIMEOUT",   "= SILENT",
                                         "= NXDOMAIN", "after 300ms", "after 3s"};
    char line[128];
    tz_zone_init(&s->zone);
    for (unsigned d = 0; d < SOAK_DOMAINS; d++) {
        bool has_udp = chance(s, 80);
        if (has_udp)
            build_domain(s, d, "udp");
        if (!has_udp || chance(s, 40))
            build_domain(s, d, "tcp");
    }
    for (unsigned i = 0; i < SOAK_SERVERS; i++) {
        snprintf(line, sizeof line, "s%u A 192.0.2.%u", i, i + 1);
        add_record(s, line);
    }
    if (!chance(s, 30))
        return;
    struct tw_words w;
    snprintf(line, sizeof line, "s%u.t. %s", (unsigned)below(s, SOAK_SERVERS),
             faults[below(s, SW_ARRAY_LEN(faults))]);
    const char *wrong = tw_split(&w, line);
    if (wrong == NULL)
        wrong = tz_zone_add_fault(&s->zone, "t", &w);
    SW_BUG_ON(wrong != NULL);
}

/* ------------------------------------------------------------------------------ the servers */

struct mood {
    unsigned weight;
    const struct sim_script invite, other;
};

#define ONE_STEP(status_)                                                                          \
    {                                                                                              \
        .step_count = 1, .steps = { {.kind = SIM_ANSWER, .status = (status_)} }                    \
    }

static const struct mood moods[] = {
    {6,
     {.step_count = 2,
      .steps = {{.kind = SIM_ANSWER, .status = 180},
                {.kind = SIM_ANSWER, .status = 200, .after_us = SW_MS(700)}}},
     ONE_STEP(200)},
    {3, ONE_STEP(503), ONE_STEP(503)},
    {2,
     {.step_count = 1,
      .steps = {{.kind = SIM_ANSWER, .status = 503, .extra = "Retry-After: 7\r\n"}}},
     ONE_STEP(500)},
    {2, ONE_STEP(486), ONE_STEP(404)},
    {1, ONE_STEP(603), ONE_STEP(603)},
    {1, ONE_STEP(407), ONE_STEP(401)},
    {2, {.step_count = 0}, {.step_count = 0}},
    {2,
     {.step_count = 2,
      .steps = {{.kind = SIM_ANSWER, .status = 180, .after_us = SW_SECONDS(5)},
                {.kind = SIM_ANSWER, .status = 200, .after_us = SW_SECONDS(9)}}},
     {.step_count = 1, .steps = {{.kind = SIM_ANSWER, .status = 200, .after_us = SW_SECONDS(6)}}}},
    {1,
     {.step_count = 1, .steps = {{.kind = SIM_ANSWER, .status = 200, .after_us = SW_MS(4500)}}},
     ONE_STEP(200)},
    {1,
     {.step_count = 2,
      .steps = {{.kind = SIM_ANSWER, .status = 100}, {.kind = SIM_RESET, .after_us = SW_MS(200)}}},
     {.step_count = 1, .steps = {{.kind = SIM_RESET}}}},
    {1,
     {.step_count = 2,
      .ignores_cancel = true,
      .steps = {{.kind = SIM_ANSWER, .status = 183},
                {.kind = SIM_ANSWER, .status = 480, .after_us = SW_SECONDS(20)}}},
     ONE_STEP(200)},
    {1,
     {.step_count = 2,
      .steps = {{.kind = SIM_ANSWER, .status = 180},
                {.kind = SIM_ANSWER, .status = 503, .after_us = SW_SECONDS(2)}}},
     ONE_STEP(200)},
};

static const struct mood *draw_mood(struct soak *s)
{
    unsigned sum = 0;
    for (size_t i = 0; i < SW_ARRAY_LEN(moods); i++)
        sum += moods[i].weight;
    unsigned drawn = (unsigned)below(s, sum);
    for (size_t i = 0; i < SW_ARRAY_LEN(moods); i++) {
        if (drawn < moods[i].weight)
            return &moods[i];
        drawn -= moods[i].weight;
    }
    return &moods[0];
}

static void add_script(struct sim_agent *a, const char *method, unsigned from_nth,
                       const struct sim_script *script)
{
    struct sim_script *to = &a->scripts[a->script_count++];
    *to = *script;
    to->from_nth = from_nth;
    snprintf(to->method, sizeof to->method, "%s", method);
}

static void set_link(struct soak *s, struct sim_agent *a)
{
    struct sim_link l = {.delay_us = SW_MS(1 + below(s, 60)), .jitter_us = SW_MS(below(s, 30))};
    if (s->is_lossy) {
        l.loss_permille = (unsigned)below(s, 250);
        l.twice_permille = (unsigned)below(s, 200);
    }
    for (size_t i = 0; i < a->place_count; i++)
        a->places[i]->link = l;
}

static void set_reach(struct sim_agent *a, bool is_dark, bool is_refusing)
{
    for (size_t i = 0; i < a->place_count; i++) {
        a->places[i]->link.is_dark = is_dark;
        a->places[i]->link.is_refusing = is_refusing;
    }
}

static void build_server(struct soak *s, unsigned i)
{
    struct sim_agent *a = &s->agents[i];
    char name[16];
    struct sw_endpoint at = address(i + 1, 5060);
    snprintf(name, sizeof name, "s%u", i);
    sim_agent_init(a, &s->world, &s->net, name);
    sim_agent_listen(a, SW_UDP, &at);
    sim_agent_listen(a, SW_TCP, &at);
    set_link(s, a);
    for (unsigned n = 0; n < 3; n++) { /* its mood changes as requests come */
        const struct mood *mood = draw_mood(s);
        add_script(a, "INVITE", n * 3, &mood->invite);
        add_script(a, "OPTIONS", n * 3, &mood->other);
    }
    if (chance(s, 15))
        set_reach(a, true, false);
    else if (chance(s, 15))
        set_reach(a, false, true);
}

/* ------------------------------------------------------------------------------ the callers */

static void build_caller(struct soak *s, unsigned i)
{
    struct sim_agent *a = &s->agents[SOAK_SERVERS + i];
    char name[16];
    struct sw_endpoint at = address(100 + i, 5060);
    snprintf(name, sizeof name, "c%u", i);
    sim_agent_init(a, &s->world, &s->net, name);
    sim_agent_listen(a, i == 0 ? SW_TCP : SW_UDP, &at);
    set_link(s, a);
}

static void hang_up(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_call *c = arg;
    (void)w, (void)number;
    sim_agent_cancel(c);
}

static void say_bye(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_call *c = arg;
    (void)w, (void)number;
    if (c->final_status / 100 != 2 || c->agent->call_count >= SIM_CALLS_MAX)
        return;
    struct sim_request rq = {.method = "BYE", .uri = c->contact, .dialog = c, .max_forwards = -1};
    sim_agent_call(c->agent, c->place->transport, c->towards, &rq);
}

static struct sim_place *proxy_place(struct soak *s, enum sw_transport t)
{
    return sim_net_find(&s->net, t, &s->conf.listeners[t == SW_UDP ? 0 : 1].endpoint);
}

static void call(struct sim_world *w, void *arg, uint64_t number)
{
    struct soak *s = arg;
    struct sim_agent *a = &s->agents[SOAK_SERVERS + below(s, SOAK_CALLERS)];
    enum sw_transport t = a->places[0]->transport;
    char uri[64], body[2000];
    bool is_invite = chance(s, 75);
    snprintf(uri, sizeof uri, "sip:u%u@d%u.t", (unsigned)number, (unsigned)below(s, SOAK_DOMAINS));
    memset(body, 'x', sizeof body);
    body[chance(s, 10) ? 1500 : below(s, 200)] = '\0';
    struct sim_request rq = {
        .method = is_invite ? "INVITE" : "OPTIONS", .uri = uri, .body = body, .max_forwards = -1};
    struct sim_call *c = sim_agent_call(a, t, proxy_place(s, t), &rq);
    if (is_invite && chance(s, 25))
        sim_at(w, w->now_us + SW_MS(below(s, 8000)), hang_up, c, 0);
    if (is_invite)
        sim_at(w, w->now_us + SW_SECONDS(40), say_bye, c, 0);
}

/* ------------------------------------------------------------------------------ unrest */

/* Another configuration at any moment: the same, or another policy, or one without TCP for a while,
 * or another resolver. */
static void reload(struct soak *s)
{
    s->next_conf = s->conf;
    if (chance(s, 30))
        s->next_conf.policy.failover = SW_FAILOVER_ALL;
    if (chance(s, 20)) {
        s->next_conf.leaving = 1 << 1;
        s->was_without_tcp = true;
    }
    const struct px_event ev = {
        .kind = PX_EV_CONF, .conf = &s->next_conf, .dns_is_new = chance(s, 20)};
    sim_driver_tell(&s->driver, &ev);
}

static void change(struct sim_world *w, void *arg, uint64_t number)
{
    struct soak *s = arg;
    struct sim_agent *a = &s->agents[below(s, SOAK_SERVERS)];
    (void)w, (void)number;
    switch (below(s, 5)) {
    case 0:
        set_reach(a, true, false);
        return;
    case 1:
        set_reach(a, false, true);
        return;
    case 2:
        sim_net_break(&s->net, &a->node, chance(s, 50) ? PX_CAUSE_RESET : PX_CAUSE_CLOSED);
        return;
    case 3:
        reload(s);
        return;
    default:
        set_reach(a, false, false);
        return;
    }
}

/* ------------------------------------------------------------------------------ the world */

static void build_conf(struct soak *s)
{
    px_conf_init(&s->conf);
    struct px_conf *c = &s->conf;
    c->listeners[0] = (struct px_listener){SW_UDP, address(10, 5060)};
    c->listeners[1] = (struct px_listener){SW_TCP, address(10, 5060)};
    c->listener_count = 2;
    s->trusted = (struct sw_network){address(0, 0).addr, 24};
    c->trusted = &s->trusted;
    c->trusted_count = 1;
    c->record_route = chance(s, 50);
    c->timer_c_us = SW_SECONDS(181);
    c->idle_us = SW_SECONDS(30 + below(s, 300));
    if (chance(s, 10))
        c->connections_max = 4;
    if (chance(s, 10))
        c->transactions_max = 6;
    bool is_ok =
        sw_policy_set_transports(&c->policy, chance(s, 50) ? SW_LIT("udp,tcp") : SW_LIT("tcp,udp"));
    SW_BUG_ON(!is_ok);
}

void soak_build(struct soak *s, const struct sim_how *how)
{
    sim_world_init(&s->world, how->seed);
    sim_net_init(&s->net, &s->world);
    s->net.cuts_streams = chance(s, 50);
    s->is_lossy = chance(s, 50);
    s->is_restless = chance(s, 50);
    s->is_short_of_memory = chance(s, 25);
    build_conf(s);
    build_zone(s);
    for (unsigned i = 0; i < SOAK_SERVERS; i++)
        build_server(s, i);
    for (unsigned i = 0; i < SOAK_CALLERS; i++)
        build_caller(s, i);
    sim_driver_init(&s->driver, &s->world, &s->net, &s->zone, &s->conf, how->crew);
    s->driver.dns_us = chance(s, 30) ? 0 : SW_MS(1 + below(s, 400));
    struct test_alloc *heap = &s->driver.cores[below(s, s->driver.crew.core_count)].heap;
    if (s->is_short_of_memory)
        heap->fail_at = heap->request_count + (size_t)below(s, 1500);
    s->call_count = 1 + (size_t)below(s, SOAK_CALLS_MAX);
    for (size_t i = 0; i < s->call_count; i++)
        sim_at(&s->world, s->world.now_us + SW_MS(below(s, 60000)), call, s, i);
    for (unsigned i = 0; s->is_restless && i < 12; i++)
        sim_at(&s->world, s->world.now_us + SW_MS(below(s, 60000)), change, s, i);
}

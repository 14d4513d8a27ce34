/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a scene. */
#include "sim/scene.h"

#include <stdlib.h>

static bool is(const char *word, const char *what)
{
    return strcmp(word, what) == 0;
}

/* A copy that lives as long as the scene. */
static const char *keep(struct sim_scene *s, const char *text)
{
    size_t len = strlen(text) + 1;
    char *copy = sim_alloc(len, 1);
    memcpy(copy, text, len);
    if (s->text_count == SW_ARRAY_LEN(s->texts))
        abort();
    s->texts[s->text_count++] = copy;
    return copy;
}

void sim_unescape(char *text)
{
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        char c = *in;
        if (c == '\\' && in[1] != '\0') {
            in++;
            c = *in == 'r' ? '\r' : *in == 'n' ? '\n' : *in;
        }
        *out++ = c;
    }
    *out = '\0';
}

/* "192.0.2.1:5060", "[2001:db8::1]:5060". */
static bool read_endpoint(const char *word, struct sw_endpoint *out)
{
    const char *colon = strrchr(word, ':');
    unsigned long port = 0;
    if (colon == NULL || !tw_number(colon + 1, UINT16_MAX, &port))
        return false;
    struct sw_slice host = sw_slice(word, (size_t)(colon - word));
    if (host.len > 2 && host.p[0] == '[')
        host = sw_slice_sub(host, 1, host.len - 1);
    out->port = (uint16_t)port;
    return sw_netaddr_parse(host, &out->addr);
}

static bool read_transport(const char *word, enum sw_transport *out)
{
    return sw_transport_by_name(sw_slice_str(word), out);
}

/* The words from the n-th on, as if the line had begun there. */
static void copy_words(struct tw_words *out, const struct tw_words *w, size_t n)
{
    memcpy(out->room, w->room, sizeof out->room);
    out->count = 0;
    for (size_t i = n; i < w->count; i++) {
        out->word[out->count] = out->room + (w->word[i] - w->room);
        out->is_quoted[out->count++] = w->is_quoted[i];
    }
}

/* ------------------------------------------------------------------------------ who is there */

static const char *read_proxy(struct sim_scene *s, const struct tw_words *w)
{
    struct px_listener *l = &s->conf.listeners[s->conf.listener_count];
    if (w->count != 3 || !read_transport(w->word[1], &l->transport) ||
        !read_endpoint(w->word[2], &l->endpoint))
        return "proxy TRANSPORT ADDRESS:PORT";
    s->conf.listener_count++;
    return NULL;
}

struct sim_agent *sim_scene_agent(struct sim_scene *s, const char *name)
{
    for (size_t i = 0; i < s->agent_count; i++)
        if (is(s->agents[i].node.name, name))
            return &s->agents[i];
    return NULL;
}

static const char *read_agent(struct sim_scene *s, const struct tw_words *w)
{
    enum sw_transport t;
    struct sw_endpoint at;
    if (w->count != 4 || !read_transport(w->word[2], &t) || !read_endpoint(w->word[3], &at))
        return "agent NAME TRANSPORT ADDRESS:PORT";
    struct sim_agent *a = sim_scene_agent(s, w->word[1]);
    if (a == NULL) {
        if (s->agent_count == SIM_AGENTS_MAX)
            return "too many agents";
        a = &s->agents[s->agent_count++];
        sim_agent_init(a, &s->world, &s->net, w->word[1]);
    }
    sim_agent_listen(a, t, &at);
    return NULL;
}

/* cert NAME d.t sip:e.t 192.0.2.1: what its certificate is for. */
static const char *read_cert(struct sim_scene *s, const struct tw_words *w)
{
    struct sim_agent *a = w->count > 1 ? sim_scene_agent(s, w->word[1]) : NULL;
    if (a == NULL || w->count - 2 > SIM_CERT_NAMES_MAX)
        return "cert NAME NAME-IN-IT ...";
    for (size_t p = 0; p < a->place_count; p++) {
        struct sim_place *place = a->places[p];
        place->name_count = w->count - 2;
        for (size_t i = 2; i < w->count; i++) {
            struct px_cert_name *n = &place->names[i - 2];
            *n = (struct px_cert_name){.text = sw_slice_str(keep(s, w->word[i]))};
            n->kind = strchr(w->word[i], ':') != NULL ? PX_CERT_URI : PX_CERT_DNS;
            if (sw_netaddr_parse(n->text, &n->addr))
                n->kind = PX_CERT_ADDR;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------------------ configuration */

static struct px_domain *domain_of(struct sim_scene *s, struct sim_tables *t, struct sw_slice name)
{
    for (size_t i = 0; i < s->served_count; i++)
        if (sw_slice_eq(s->served[i], name))
            return &t->domain[i];
    return NULL;
}

/* New ones for what has been read so far. */
static const char *build_tables(struct sim_scene *s)
{
    struct sim_tables *t = sim_alloc(1, sizeof *t);
    t->next = s->tables;
    s->tables = t;
    if (px_domains_init(&t->domains, NULL, 4, 8) < 0)
        return "no memory";
    s->conf.domains = &t->domains;
    for (size_t i = 0; i < s->served_count; i++) {
        t->domain[i].name = s->served[i];
        if (!px_domains_add(&t->domains, &t->domain[i]))
            return "served already";
    }
    for (size_t i = 0; i < s->route_count; i++) {
        struct px_domain *domain = domain_of(s, t, s->routes[i].domain);
        t->routes[i] = s->routes[i].route;
        if (domain == NULL || !px_domains_add_route(&t->domains, domain, &t->routes[i]))
            return "a route of a domain that is not served, or the second one";
    }
    return NULL;
}

static const char *read_lists(struct sim_scene *s, const char *key, const char *value)
{
    struct px_conf *c = &s->conf;
    if (is(key, "trusted")) {
        if (!sw_network_parse(sw_slice_str(value), &s->trusted[c->trusted_count]))
            return "not a network";
        c->trusted = s->trusted;
        c->trusted_count++;
    } else if (is(key, "denied")) {
        if (!sw_network_parse(sw_slice_str(value), &s->denied[c->policy.denied_count]))
            return "not a network";
        c->policy.denied = s->denied;
        c->policy.denied_count++;
    } else if (is(key, "trusted-name")) {
        c->trusted_names = s->trusted_names;
        s->trusted_names[c->trusted_name_count++] = sw_slice_str(keep(s, value));
    } else if (is(key, "served")) {
        s->served[s->served_count++] = sw_slice_str(keep(s, value));
        return build_tables(s);
    } else if (is(key, "name")) {
        c->names = s->names;
        s->names[c->name_count++] = sw_slice_str(keep(s, value));
    } else {
        return "a setting that scenes do not know";
    }
    return NULL;
}

static const char *read_conf(struct sim_scene *s, const struct tw_words *w)
{
    struct px_conf *c = &s->conf;
    unsigned long number = 0;
    unsigned long long us = 0;
    if (w->count != 3)
        return "conf KEY VALUE";
    const char *key = w->word[1], *value = w->word[2];
    bool is_number = tw_number(value, 100000000, &number), is_time = tw_duration(value, &us);
    if (is(key, "transports"))
        return sw_policy_set_transports(&c->policy, sw_slice_str(value)) ? NULL : "not a list";
    if (is(key, "record-route"))
        c->record_route = is(value, "yes");
    else if (is(key, "bid-down"))
        c->policy.bid_down = is(value, "reject") ? SW_BID_DOWN_REJECT : SW_BID_DOWN_ALERT;
    else if (is(key, "recurse"))
        c->recurse = is(value, "yes");
    else if (is(key, "failover-code") && is_number)
        c->failover_codes[c->failover_codes[0] == 0 ? 0 : 1] = (uint16_t)number;
    else if (is(key, "try") && is_time)
        c->try_us = us;
    else if (is(key, "source-rate") && is_number)
        c->source_rate.per_s = (uint32_t)number;
    else if (is(key, "source-burst") && is_number)
        c->source_rate.burst = (uint32_t)number;
    else if (is(key, "transactions") && is_number)
        c->transactions_max = number;
    else if (is(key, "connections") && is_number)
        c->connections_max = number;
    else if (is(key, "transaction") && is_time)
        c->transaction_us = us;
    else if (is(key, "timer-c") && is_time)
        c->timer_c_us = us;
    else if (is(key, "t1") && is_time)
        c->times.t1_us = us;
    else if (is(key, "t2") && is_time)
        c->times.t2_us = us;
    else if (is(key, "dialog") && is_time)
        c->dialog_us = us;
    else if (is(key, "idle") && is_time)
        c->idle_us = us;
    else
        return read_lists(s, key, value);
    return NULL;
}

/* route DOMAIN user|prefix TEXT|default [to URI] [via URI] [code N] [recurse yes|no] */
static const char *read_route(struct sim_scene *s, const struct tw_words *w)
{
    struct px_route *route = &s->routes[s->route_count].route;
    unsigned long code = 0;
    size_t code_count = 0;
    size_t at = 3;
    *route = (struct px_route){.kind = PX_ROUTE_DEFAULT};
    if (w->count < 5)
        return "route DOMAIN user|prefix TEXT|default ...";
    if (!is(w->word[2], "default")) {
        route->kind = is(w->word[2], "user") ? PX_ROUTE_USER : PX_ROUTE_PREFIX;
        route->user = sw_slice_str(keep(s, w->word[at++]));
    }
    for (; at + 1 < w->count; at += 2) {
        const char *value = w->word[at + 1];
        if (is(w->word[at], "to"))
            route->to = sw_slice_str(keep(s, value));
        else if (is(w->word[at], "via"))
            route->via = sw_slice_str(keep(s, value));
        else if (is(w->word[at], "code") && tw_number(value, 699, &code))
            route->failover_codes[code_count++] = (uint16_t)code;
        else if (is(w->word[at], "recurse"))
            route->recurse = is(value, "yes"), route->has_recurse = true;
        else
            return "to URI, via URI, code N, recurse yes|no";
    }
    s->routes[s->route_count++].domain = sw_slice_str(keep(s, w->word[1]));
    return build_tables(s);
}

/* ------------------------------------------------------------------------------ behaviour */

static const char *read_link(struct sim_scene *s, const struct tw_words *w)
{
    struct sim_agent *a = w->count > 1 ? sim_scene_agent(s, w->word[1]) : NULL;
    if (a == NULL)
        return "link NAME ...";
    for (size_t p = 0; p < a->place_count; p++) {
        struct sim_link *l = &a->places[p]->link;
        for (size_t i = 2; i < w->count; i++) {
            const char *word = w->word[i], *value = i + 1 < w->count ? w->word[i + 1] : "";
            unsigned long long us = 0;
            unsigned long number = 0;
            bool is_time = tw_duration(value, &us), is_number = tw_number(value, 1000, &number);
            if (is(word, "dark"))
                l->is_dark = true;
            else if (is(word, "refusing"))
                l->is_refusing = true;
            else if (is(word, "up"))
                l->is_dark = l->is_refusing = false;
            else if (is(word, "delay") && is_time && i++ > 0)
                l->delay_us = us;
            else if (is(word, "jitter") && is_time && i++ > 0)
                l->jitter_us = us;
            else if (is(word, "loss") && is_number && i++ > 0)
                l->loss_permille = (unsigned)number;
            else if (is(word, "twice") && is_number && i++ > 0)
                l->twice_permille = (unsigned)number;
            else
                return "dark, refusing, up, delay TIME, jitter TIME, loss N, twice N";
        }
    }
    return NULL;
}

/* One word of "180 after 50ms with "Header: x" then ..."; at is moved on. */
static const char *read_step(const struct tw_words *w, size_t *at, struct sim_script *script)
{
    struct sim_step_of *step = &script->steps[script->step_count];
    unsigned long status = 0;
    unsigned long long us = 0;
    const char *word = w->word[*at], *value = *at + 1 < w->count ? w->word[*at + 1] : "";
    if (tw_number(word, 699, &status) && status >= 100) {
        step->kind = SIM_ANSWER;
        step->status = (uint16_t)status;
    } else if (is(word, "die") || is(word, "close") || is(word, "reset")) {
        step->kind = is(word, "die") ? SIM_DIE : is(word, "close") ? SIM_CLOSE : SIM_RESET;
    } else if (is(word, "silent")) {
        return NULL;
    } else if (is(word, "ignores-cancel")) {
        script->ignores_cancel = true;
        return NULL;
    } else if (is(word, "elsewhere")) {
        script->is_elsewhere = true;
        return NULL;
    } else if (script->step_count > 0 && is(word, "after") && tw_duration(value, &us)) {
        script->steps[script->step_count - 1].after_us = us;
        ++*at;
        return NULL;
    } else if (script->step_count > 0 && is(word, "with")) {
        step--;
        int len = snprintf(step->extra, sizeof step->extra, "%s\\r\\n", value);
        if (len >= (int)sizeof step->extra)
            return "too long a field";
        sim_unescape(step->extra);
        ++*at;
        return NULL;
    } else {
        return "STATUS, die, close, reset, silent, after TIME, with \"FIELD\"";
    }
    if (++script->step_count == SIM_STEPS_MAX)
        return "too many steps";
    return NULL;
}

/* does NAME METHOD[#N] STEP... */
static const char *read_does(struct sim_scene *s, const struct tw_words *w)
{
    struct sim_agent *a = w->count > 3 ? sim_scene_agent(s, w->word[1]) : NULL;
    if (a == NULL || a->script_count == SIM_SCRIPTS_MAX)
        return "does NAME METHOD STEP ...";
    struct sim_script *script = &a->scripts[a->script_count++];
    char *hash = strchr(w->word[2], '#');
    unsigned long nth = 1;
    if (hash != NULL && !tw_number(hash + 1, 1000, &nth))
        return "METHOD#N";
    size_t len = hash == NULL ? strlen(w->word[2]) : (size_t)(hash - w->word[2]);
    script->from_nth = (unsigned)nth - 1;
    snprintf(script->method, sizeof script->method, "%.*s", (int)len, w->word[2]);
    for (size_t i = 3; i < w->count; i++) {
        const char *wrong = read_step(w, &i, script);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

/* ------------------------------------------------------------------------------ a line */

static const char *read_at(struct sim_scene *s, const struct tw_words *w, unsigned line)
{
    unsigned long long us = 0;
    if (w->count < 3 || !tw_duration(w->word[1], &us))
        return "at TIME ...";
    if (s->happening_count == SIM_HAPPENINGS_MAX)
        return "too much happens";
    struct sim_happening *h = &s->happenings[s->happening_count++];
    h->scene = s;
    h->at_us = s->world.now_us + us;
    h->line = line;
    copy_words(&h->words, w, 2);
    return NULL;
}

static const char *read_dns(struct sim_scene *s, const struct tw_words *w)
{
    unsigned long long us = 0;
    struct tw_words rest;
    copy_words(&rest, w, 1);
    if (w->count == 3 && is(w->word[1], "after") && tw_duration(w->word[2], &us)) {
        s->dns_us = us;
        return NULL;
    }
    return tz_zone_add_fault(&s->zone, "d.t", &rest);
}

static const char *read_expect(struct sim_scene *s, const struct tw_words *w, unsigned line)
{
    if (s->expect_count == SIM_EXPECTS_MAX)
        return "too many expectations";
    struct sim_expect *e = &s->expects[s->expect_count++];
    *e = (struct sim_expect){.line = line};
    return sim_scene_expect(e, w);
}

const char *sim_scene_line(struct sim_scene *s, struct tw_words *w, unsigned line)
{
    if (w->count == 0)
        return NULL;
    const char *first = w->word[0];
    if (is(first, "rule") || is(first, "trap") || is(first, "why"))
        return w->count > 1 ? NULL : "which?";
    if (is(first, "proxy"))
        return read_proxy(s, w);
    if (is(first, "agent"))
        return read_agent(s, w);
    if (is(first, "cert"))
        return read_cert(s, w);
    if (is(first, "conf"))
        return read_conf(s, w);
    if (is(first, "route"))
        return read_route(s, w);
    if (is(first, "zone")) {
        struct tw_words rest;
        copy_words(&rest, w, 1);
        return tz_zone_add(&s->zone, "d.t", &rest);
    }
    if (is(first, "dns"))
        return read_dns(s, w);
    if (is(first, "link"))
        return read_link(s, w);
    if (is(first, "does"))
        return read_does(s, w);
    if (is(first, "at"))
        return read_at(s, w, line);
    if (is(first, "expect") || is(first, "never") || is(first, "count") || is(first, "counter"))
        return read_expect(s, w, line);
    return "a word that scenes do not know";
}

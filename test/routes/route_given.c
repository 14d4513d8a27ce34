/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys that say what is in force: who locates, and what the DNS says. */
#include "route_parse.h"

/* The newest client; another one when a step uses it already, since a policy never changes. */
static void begin_client(struct rt_parser *p)
{
    p->client = rt_get(p, sizeof *p->client);
    sw_policy_init(&p->client->policy);
    p->client->policy.transport_count = 0;
    p->client->seed = 1;
}

static const char *set_family(struct rt_client *c, const char *value)
{
    static const char *const names[] = {"any", "4", "6", "prefer-4", "prefer-6"};
    for (unsigned i = 0; i < SW_ARRAY_LEN(names); i++) {
        if (strcmp(names[i], value) == 0) {
            c->policy.family = (enum sw_family)i;
            return NULL;
        }
    }
    return "family wants: any 4 6 prefer-4 prefer-6";
}

static const char *set_failover(struct rt_client *c, const char *value)
{
    static const char *const names[] = {"none", "rfc", "all"};
    for (unsigned i = 0; i < SW_ARRAY_LEN(names); i++) {
        if (strcmp(names[i], value) == 0) {
            c->policy.failover = (enum sw_failover)i;
            return NULL;
        }
    }
    return "failover wants: none rfc all";
}

static const char *set_draw(struct rt_client *c, const char *value)
{
    bool is_even = strcmp(value, "even") == 0;
    if (!is_even && strcmp(value, "literal") != 0)
        return "draw wants: even literal";
    c->policy.draw = is_even ? SW_DRAW_EVEN : SW_DRAW_LITERAL;
    return NULL;
}

static const char *add_network(const char *value, struct sw_network *list, size_t *count)
{
    if (*count == RT_NETWORKS_MAX || !sw_network_parse(sw_slice_str(value), &list[*count]))
        return "wants a network (at most 8)";
    ++*count;
    return NULL;
}

static const char *set_number(const char *value, unsigned long *out)
{
    return tw_number(value, UINT32_MAX, out) ? NULL : "wants a number";
}

static const char *set_time(const char *value, uint64_t *out)
{
    unsigned long long us = 0;
    if (!tw_duration(value, &us))
        return "wants a time: 40ms, 2s";
    *out = us;
    return NULL;
}

/* Options with one value. */
static const char *set_option(struct rt_parser *p, const char *name, const char *value, bool *known)
{
    struct rt_client *c = p->client;
    unsigned long number = 0;
    const char *wrong = NULL;
    *known = true;
    if (strcmp(name, "family") == 0)
        return set_family(c, value);
    if (strcmp(name, "failover") == 0)
        return set_failover(c, value);
    if (strcmp(name, "draw") == 0)
        return set_draw(c, value);
    if (strcmp(name, "bid-down") == 0) {
        c->policy.bid_down = strcmp(value, "reject") == 0 ? SW_BID_DOWN_REJECT : SW_BID_DOWN_ALERT;
        return NULL;
    }
    if (strcmp(name, "deny") == 0)
        return add_network(value, c->denied, &c->policy.denied_count);
    if (strcmp(name, "allow") == 0)
        return add_network(value, c->allowed, &c->policy.allowed_count);
    if (strcmp(name, "deadline") == 0)
        return set_time(value, &c->policy.deadline_us);
    if (strcmp(name, "try-time") == 0)
        return set_time(value, &c->try_us);
    if (strcmp(name, "size") == 0) {
        wrong = set_number(value, &number);
        c->size = number;
    } else if (strcmp(name, "seed") == 0) {
        wrong = set_number(value, &number);
        c->seed = number;
    } else if (strcmp(name, "stateless") == 0) {
        c->key = rt_text(p, value);
    } else {
        *known = false;
    }
    return wrong;
}

static bool set_flag(struct rt_client *c, const char *name)
{
    bool *flag = strcmp(name, "allow-downgrade") == 0     ? &c->policy.allow_downgrade
                 : strcmp(name, "strict-identity") == 0   ? &c->policy.strict_identity
                 : strcmp(name, "allow-local-zones") == 0 ? &c->policy.allow_local_zones
                 : strcmp(name, "cache") == 0             ? &c->has_cache
                 : strcmp(name, "health") == 0            ? &c->has_health
                 : strcmp(name, "remember") == 0          ? &c->has_offers
                                                          : NULL;
    if (flag != NULL)
        *flag = true;
    return flag != NULL;
}

/* "sources" takes addresses up to the next word that is none; "sources none" says: no route. */
static size_t read_sources(struct rt_client *c, const struct tw_words *w, size_t at)
{
    c->policy.sources_known = true;
    if (at < w->count && strcmp(w->word[at], "none") == 0)
        return at + 1;
    while (at < w->count && c->policy.source_count < RT_SOURCES_MAX &&
           sw_netaddr_parse(sw_slice_str(w->word[at]), &c->sources[c->policy.source_count])) {
        c->policy.source_count++;
        at++;
    }
    return at;
}

const char *rt_key_client(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    if (is_first)
        begin_client(p);
    struct rt_client *c = p->client;
    c->policy.sources = c->sources;
    c->policy.denied = c->denied;
    c->policy.allowed = c->allowed;
    for (size_t at = 0; at < w->count;) {
        const char *word = w->word[at++];
        enum sw_transport transport;
        bool known = false;
        if (strcmp(word, "default") == 0) {
            struct sw_policy plain;
            sw_policy_init(&plain);
            memcpy(c->policy.transports, plain.transports, sizeof plain.transports);
            c->policy.transport_count = plain.transport_count;
        } else if (strcmp(word, "sources") == 0) {
            at = read_sources(c, w, at);
        } else if (sw_transport_by_name(sw_slice_str(word), &transport)) {
            if (c->policy.transport_count == SW_TRANSPORT_COUNT)
                return "too many transports";
            c->policy.transports[c->policy.transport_count++] = transport;
        } else if (!set_flag(c, word)) {
            const char *wrong = set_option(p, word, at < w->count ? w->word[at] : "", &known);
            if (!known)
                return "neither a transport nor an option of the client";
            if (wrong != NULL)
                return wrong;
            at++;
        }
    }
    return NULL;
}

const char *rt_key_origin(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    if (w->count != 1)
        return "origin wants a name";
    p->origin = rt_text(p, w->word[0]);
    return NULL;
}

static const char *begin_zone(struct rt_parser *p)
{
    if (p->c->zone_count == RT_ZONES_MAX)
        return "too many zones";
    p->zone = rt_get(p, sizeof *p->zone);
    p->zone_is_used = false;
    p->zone_has_records = true;
    tz_zone_init(p->zone);
    p->c->zones[p->c->zone_count++] = p->zone;
    return NULL;
}

const char *rt_key_zone(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    const char *wrong = p->zone == NULL || p->zone_is_used ? begin_zone(p) : NULL;
    unsigned long ttl = 0;
    if (wrong != NULL || w->count == 0)
        return wrong;
    if (!p->zone_has_records)
        return "zone lines come before dns lines";
    if (strcmp(w->word[0], "$ORIGIN") == 0)
        return rt_key_origin(p, &(struct tw_words){.word = {w->word[1]}, .count = w->count - 1},
                             false);
    bool is_negative = strcmp(w->word[0], "$NEGATIVE-TTL") == 0;
    if (!is_negative && strcmp(w->word[0], "$TTL") != 0)
        return tz_zone_add(p->zone, p->origin, w);
    if (w->count != 2 || !tw_number(w->word[1], UINT32_MAX, &ttl))
        return "wants a number of seconds";
    if (is_negative)
        p->zone->negative_ttl_s = (uint32_t)ttl;
    else
        p->zone->ttl_s = (uint32_t)ttl;
    return NULL;
}

/* After a step the faults begin anew over the same records. */
static const char *begin_faults(struct rt_parser *p)
{
    const struct tz_zone *old = p->zone;
    const char *wrong = begin_zone(p);
    if (wrong != NULL || old == NULL)
        return wrong;
    p->zone->records = old->records;
    p->zone->ttl_s = old->ttl_s;
    p->zone->negative_ttl_s = old->negative_ttl_s;
    p->zone_has_records = false;
    return NULL;
}

const char *rt_key_dns(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    const char *wrong = p->zone == NULL || p->zone_is_used ? begin_faults(p) : NULL;
    if (wrong != NULL || (w->count == 1 && strcmp(w->word[0], "none") == 0))
        return wrong;
    return tz_zone_add_fault(p->zone, p->origin, w);
}

const char *rt_key_penalty(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    struct rt_penalty *x = rt_get(p, sizeof *x);
    if (w->count != 2 || !sw_transport_by_name(sw_slice_str(w->word[0]), &x->key.transport) ||
        !rt_endpoint_read(w->word[1], &x->key.endpoint))
        return "penalty wants: transport address:port";
    x->next = p->penalties;
    p->penalties = x;
    return NULL;
}

const char *rt_key_wait(struct rt_parser *p, const struct tw_words *w, bool is_first)
{
    (void)is_first;
    return w->count == 1 ? set_time(w->word[0], &p->wait_us) : "wait wants a time";
}

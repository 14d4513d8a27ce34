/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A .route file as data: who locates (client), what the DNS says (zone, dns), what is located and
 * what must come of it. docs/howto/add-a-route-case.md lists the keys.
 *
 * A case is a row of steps, one for each `locate` or `reply` line. What stands before a step's line
 * is in force for it and for those that follow; what stands behind it is expected of it.
 */
#ifndef SW_TEST_ROUTE_CASE_H
#define SW_TEST_ROUTE_CASE_H

#include "locate/plan.h"
#include "locate/response.h"
#include "support/zone_mem.h"

enum {
    RT_HOPS_MAX = 72,
    RT_SHARE_PARTS = 8,
    RT_NETWORKS_MAX = 8,
    RT_SOURCES_MAX = 8,
    RT_ZONES_MAX = 16
};

struct rt_client {
    struct sw_policy policy;
    struct sw_netaddr sources[RT_SOURCES_MAX];
    struct sw_network denied[RT_NETWORKS_MAX], allowed[RT_NETWORKS_MAX];
    size_t size; /* octets of the request */
    uint64_t seed;
    const char *key; /* stateless; NULL: not */
    bool has_cache;  /* steps share a route cache */
    bool has_health; /* steps share a health table */
    bool has_offers; /* steps share the memory of who offered SIPS */
    uint64_t try_us; /* how long each try takes */
};

/* "from NAPTR>SRV>A" and the like: name and value, as rt_seen_attr() renders it. */
struct rt_attr {
    struct rt_attr *next;
    const char *name;
    const char *value; /* "" for a flag */
};

struct rt_hop {
    int line;
    unsigned group; /* hops of one group come in any order */
    enum sw_transport transport;
    struct sw_endpoint endpoint;
    struct rt_attr *attrs;
};

struct rt_question {
    struct rt_question *next;
    int line;
    struct sw_question q;
};

enum rt_check_kind {
    RT_NEVER_ASK,       /* question; name len 0: any, type 0: any */
    RT_NEVER_ADDRESS,   /* addr */
    RT_NEVER_TRANSPORT, /* transport */
    RT_NOTE,            /* note; number: how often, 0: at least once */
    RT_NO_NOTE,
    RT_REASON,      /* word: the reason contains it */
    RT_TARGET,      /* word: TARGET as text */
    RT_TIME,        /* hop number (0: the end), relation, time_us */
    RT_ROUND_TRIPS, /* number */
    RT_FIRST        /* of a reply: endpoint; addr.family 0: unknown */
};

struct rt_check {
    struct rt_check *next;
    int line;
    enum rt_check_kind kind;
    struct sw_question question;
    struct sw_endpoint endpoint;
    enum sw_transport transport;
    enum sw_note note;
    unsigned number;
    char relation; /* '<' at most, '=' exactly, '>' at least */
    uint64_t time_us;
    const char *word;
};

struct rt_share {
    struct rt_share *next;
    int line;
    struct sw_name hosts[RT_SHARE_PARTS]; /* of the first candidates, in order */
    size_t host_count;
    double percent, tolerance; /* of all draws; tolerance < 0: not given */
};

struct rt_penalty { /* an endpoint that failed before the step */
    struct rt_penalty *next;
    struct sw_health_key key;
};

struct rt_step {
    struct rt_step *next;
    int line;
    struct tz_zone *zone;
    const struct rt_client *client;
    struct rt_penalty *penalties;
    uint64_t wait_us; /* before it begins */
    const char *uri;  /* NULL: a reply */
    size_t size;      /* octets of the request; 0: not known */
    struct sw_via_route via;
    enum sw_try tries[RT_HOPS_MAX]; /* what comes of the n-th candidate, from 0 */
    unsigned stop_after;            /* candidates; 0: go on to the end */
    /* expected */
    bool has_result;
    enum sw_result result;
    struct rt_hop hops[RT_HOPS_MAX];
    size_t hop_count;
    bool has_questions;
    struct rt_question *questions;
    struct rt_check *checks;
    struct rt_share *shares;
    unsigned share_over; /* draws */
};

struct rt_case {
    const char *path;
    struct sw_arena arena; /* holds everything but the zones */
    struct rt_step *steps;
    struct tz_zone *zones[RT_ZONES_MAX];
    size_t zone_count;
};

/* Read a file. @return false after saying on standard error what is wrong, with file:line. */
bool rt_case_read(struct rt_case *c, const char *path);
void rt_case_free(struct rt_case *c);

/* Read "192.0.2.1:5060" or "[2001:db8::1]:5060". */
bool rt_endpoint_read(const char *text, struct sw_endpoint *out);

#endif

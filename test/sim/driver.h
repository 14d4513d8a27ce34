/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proxy core in the simulated world: events of the network and of the DNS go in, its actions
 * are done at once, its timer is the world's. What run/ does with sockets is done here with a heap.
 *
 * There may be several cores, as one a worker. To which one a datagram or a connection comes, the
 * steering says in the kernel's place; what they hand to one another takes a moment and keeps its
 * order.
 *
 * On the way the promises of port.h are checked: never more actions than there is room for, no
 * action for an id that is dead, bytes that stay as they are until the turn ends.
 */
#ifndef SIM_DRIVER_H
#define SIM_DRIVER_H

#include "proxy/conf.h"
#include "proxy/port.h"
#include "sim/net.h"
#include "support/test_alloc.h"
#include "support/zone_mem.h"

enum { SIM_ACTIONS_MAX = 512, SIM_CORES_MAX = 4 };

enum sim_steering {
    SIM_STEER_BY_PEER,        /* as a kernel does: one peer, one core */
    SIM_STEER_WRONG_RESPONSE, /* a response never comes to the core it belongs to */
    SIM_STEER_WRONG_REQUEST   /* the same of requests */
};

struct sim_crew {
    unsigned core_count; /* 0: one */
    enum sim_steering steering;
};

struct sim_core {
    struct sim_driver *driver;
    uint16_t number;
    struct px_core *core;
    struct test_alloc heap;
    struct px_action actions[SIM_ACTIONS_MAX];
    struct px_out out;
    uint64_t wake_us; /* what is planned; SW_NEVER: nothing */
    bool is_chore;    /* the world need not wait for it */
    bool is_stepping;
    struct sim_ask *asks;
    struct sim_turn_bytes *turn_bytes;
    uint64_t mail_us[SIM_CORES_MAX]; /* when the last thing from each comes */
};

struct sim_driver {
    struct sim_node node; /* first: the network hands it back */
    struct sim_world *world;
    struct sim_net *net;
    struct tz_zone *zone;
    const struct px_conf *conf;
    struct sim_crew crew;
    struct sim_core cores[SIM_CORES_MAX];
    const struct sim_place *places[PX_LISTENERS_MAX]; /* by listener */
    uint64_t dns_us;    /* how long an answer takes; 0: it is there before the question returns */
    uint64_t ask_count; /* questions asked */
    bool is_thorough;   /* checks bytes at the end of each turn: slow */
    void (*hear_log)(void *hearer, const struct px_log *log); /* NULL: nobody */
    void *hearer;
};

/* The configuration is borrowed; its listeners become places. Chance is the world's seed's. */
void sim_driver_init(struct sim_driver *d, struct sim_world *w, struct sim_net *net,
                     struct tz_zone *zone, const struct px_conf *conf, struct sim_crew crew);
/* The cores are freed: what they still hold is a complaint. */
void sim_driver_fini(struct sim_driver *d);
/* An event for all cores. */
void sim_driver_tell(struct sim_driver *d, const struct px_event *ev);
/* All cores together. */
struct px_counters sim_driver_counters(const struct sim_driver *d);
/* A core was denied memory. */
bool sim_driver_has_failed(const struct sim_driver *d);

#endif

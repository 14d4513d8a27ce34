/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proxy core in the simulated world: events of the network and of the DNS go in, its actions
 * are done at once, its timer is the world's. What run/ does with sockets is done here with a heap.
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

enum { SIM_ACTIONS_MAX = 512 };

struct sim_driver {
    struct sim_node node; /* first: the network hands it back */
    struct sim_world *world;
    struct sim_net *net;
    struct tz_zone *zone;
    const struct px_conf *conf;
    struct px_core *core;
    struct test_alloc heap;
    struct px_action actions[SIM_ACTIONS_MAX];
    struct px_out out;
    const struct sim_place *places[PX_LISTENERS_MAX]; /* by listener */
    uint64_t dns_us;    /* how long an answer takes; 0: it is there before the question returns */
    uint64_t wake_us;   /* what is planned; SW_NEVER: nothing */
    bool is_chore;      /* the world need not wait for it */
    uint64_t ask_count; /* questions asked */
    bool is_stepping;
    bool is_thorough; /* checks bytes at the end of each turn: slow */
    struct sim_ask *asks;
    void (*hear_log)(void *hearer, const struct px_log *log); /* NULL: nobody */
    void *hearer;
    struct sim_turn_bytes *turn_bytes;
};

/* The configuration is borrowed; its listeners become places. */
void sim_driver_init(struct sim_driver *d, struct sim_world *w, struct sim_net *net,
                     struct tz_zone *zone, const struct px_conf *conf, uint64_t seed);
/* The core is freed: what it still holds is a complaint. */
void sim_driver_fini(struct sim_driver *d);
void sim_driver_step(struct sim_driver *d, const struct px_event *ev);

#endif

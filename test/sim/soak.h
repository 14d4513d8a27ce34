/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A random history: domains, servers with moods, callers, a network that fails in every way, all
 * out of one seed. Nobody knows what should happen, but there is much that must hold:
 *
 *  - every transaction is logged once, every INVITE has a final status, within its time;
 *  - a caller on a good link gets exactly one final response (or 2xx after we thought it was over);
 *  - nobody is tried twice for one transaction, no CANCEL overtakes a provisional;
 *  - every refusal of a server on a good link gets its ACK;
 *  - in the end nothing is left: no transaction, no question, no block of memory.
 */
#ifndef SIM_SOAK_H
#define SIM_SOAK_H

#include "sim/agent.h"
#include "sim/driver.h"
#include "sim/how.h"

enum { SOAK_SERVERS = 6, SOAK_CALLERS = 3, SOAK_DOMAINS = 3, SOAK_CALLS_MAX = 40 };

struct soak {
    struct sim_world world;
    struct sim_net net;
    struct tz_zone zone;
    struct px_conf conf, next_conf;
    bool was_without_tcp; /* a reload took the listener away, for a while */
    struct sw_network trusted;
    struct sim_driver driver;
    struct sim_agent agents[SOAK_SERVERS + SOAK_CALLERS];
    size_t call_count;
    bool is_lossy;           /* datagrams get lost: then not everything can be asked for */
    bool is_short_of_memory; /* one allocation fails */
    bool is_restless;        /* servers and caller's links change while calls go on */
    uint64_t logged_count;
    uint64_t longest_us; /* from a request to its final response, no provisional in between */
};

void soak_build(struct soak *s, const struct sim_how *how);
/* After the history: complains to the world. */
void soak_check(struct soak *s);
/* One history. @return NULL, or what was broken, on the heap; then the transcript goes to out. */
char *soak_play(const struct sim_how *how, FILE *out, uint64_t *event_count);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the agent share. */
#ifndef SIM_AGENT_PARTS_H
#define SIM_AGENT_PARTS_H

#include "sim/agent.h"
#include "sip/hdr.h"

#define SIM_T1_US SW_MS(500)
#define SIM_T2_US SW_SECONDS(4)

/* A request or response, to where `conn` (not 0) or peer says. */
void sim_agent_send(struct sim_agent *a, const struct sim_place *from, uint64_t conn,
                    const struct sw_endpoint *peer, struct sw_slice text);
/* A connection towards the place: the open one, or one that is being opened; what is sent before it
 * is open is lost, so callers look at a->is_connecting. */
uint64_t sim_agent_reach(struct sim_agent *a, const struct sim_place *from,
                         const struct sim_place *to);

void sim_serve(struct sim_agent *a, struct sim_place *place, uint64_t conn,
               const struct sw_endpoint *peer, const struct sw_msg *m);
void sim_hear(struct sim_agent *a, const struct sw_msg *m);
/* The caller's connection is there. */
void sim_calls_connected(struct sim_agent *a);

/* A copy on the heap. */
struct sw_slice sim_dup(struct sw_slice text);
/* As a string, cut to its room. */
void sim_text(char *out, size_t cap, struct sw_slice text);

#endif

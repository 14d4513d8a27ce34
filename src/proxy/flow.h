/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that others opened, as ways back to who opened them (X3, decision 0015). A client
 * that does not listen where its Contact says is reached in no other way.
 *
 *     a message came over it        px_flow_note(): all workers hear of it
 *     a request is to go back       px_flow_find() by the id in a dialog's token, or
 *                                   px_flow_to() by the address that the connection came from
 *     it ended, or nobody answers   px_flow_end(): all workers forget it
 *
 * Each worker knows those of all. What one says of a connection may be lost on the way to another:
 * then that one connects anew as if there were none, or hears from the owner that it is gone. Over
 * TLS an address says nothing of who is there, so only a dialog leads back.
 */
#ifndef SW_PROXY_FLOW_H
#define SW_PROXY_FLOW_H

#include "proxy/state.h"

struct px_flow {
    struct sw_hmap_link by_id;   /* core->flows */
    struct sw_hmap_link by_peer; /* core->flows_by_peer */
    struct sw_list in_core;      /* core->all_flows, oldest first */
    struct px_hop hop;           /* with the connection's id and whom it came from */
};

/* A message came from there: over a connection of this worker that its sender opened, or not. An
 * answer, too: who was silent for long is there all the same. */
void px_flow_note(struct px_core *core, const struct px_hop *from);
/* Nothing is to be sent back over it any more, by any worker. Nothing happens when it is unknown.
 */
void px_flow_end(struct px_core *core, uint64_t conn);
/* By the connection's id. NULL: it is gone, or nothing ever came over it. Valid for the event. */
const struct px_flow *px_flow_find(const struct px_core *core, uint64_t conn);
/* A connection that came from just there (never over TLS). NULL: none. Valid for the event. */
const struct px_flow *px_flow_to(const struct px_core *core, const struct px_hop *hop);
/* PX_HANDED_FLOW, PX_HANDED_FLOW_END: another worker says so. */
void px_flow_handed(struct px_core *core, const struct px_handed *h);
/* Give the memory back. */
void px_flows_fini(struct px_core *core);

#endif

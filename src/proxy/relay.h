/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests sent on without a transaction (RFC 3261 16.11): the ACK of a 2xx. One candidate after
 * the other, chosen as for any request, two families of a target racing as theirs do (X3), until it
 * can be sent; what becomes of it then nobody
 * learns, and it changes nobody's health (R9).
 */
#ifndef SW_PROXY_RELAY_H
#define SW_PROXY_RELAY_H

#include "proxy/domains.h"
#include "proxy/server.h"

/* Locate and send on; a request that cannot be is dropped and counted. loop_hash: the request's.
 * route: as px_target_route() found it. */
void px_relay_begin(struct px_core *core, const struct px_request *rq,
                    const struct px_target *target, const struct px_route *route,
                    uint64_t loop_hash);
/* The search can go on. */
void px_relay_search(struct px_core *core, struct px_relay *r);
/* The connection that was waited for is open, or dead. */
void px_relay_conn(struct px_core *core, struct px_leg *leg, bool is_open, enum px_cause cause);
/* The first family has had its 250 ms. */
void px_relay_race(struct px_core *core, struct px_relay *r);
/* Free all of them. */
void px_relays_fini(struct px_core *core);

#endif

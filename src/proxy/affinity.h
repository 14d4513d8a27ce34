/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has asked for credentials (R8): the answer to a 401 or 407 goes to the candidate that it came
 * from, for another one does not know its nonce. Kept by Call-ID, for 64 s, in a bounded table of
 * which the oldest leave first.
 */
#ifndef SW_PROXY_AFFINITY_H
#define SW_PROXY_AFFINITY_H

#include "proxy/state.h"

enum { PX_AFFINITIES_MAX = 16384 }; /* of about 100 octets: 256 challenges a second for 64 s */

/* A challenge came from there; call: px_call_seed(). Without memory it is forgotten. */
void px_affinity_note(struct px_core *core, uint64_t call, const struct px_hop *from);
/* Whom the requests of this call try first; NULL: nobody in particular. Valid for the event. */
const struct sw_health_key *px_affinity_find(struct px_core *core, uint64_t call);
/* Give the memory back. */
void px_affinities_fini(struct px_core *core);

#endif

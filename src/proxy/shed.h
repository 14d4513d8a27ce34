/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that are refused for load (section 6, load.h), and their ACKs: what they cost is taken
 * from the calls that were accepted. */
#ifndef SW_PROXY_SHED_H
#define SW_PROXY_SHED_H

#include "proxy/server.h"

/* With what a request is answered while we are full or draining, or its source sends too much. */
extern const struct px_answer px_for_now;

/* It begins something new. */
void px_shed_request(struct px_core *core, const struct px_request *rq);
/* Before it is read. True: it is the ACK of such a refusal, and nothing more is to be done. False:
 * it may be one, but not one that is known. */
SW_MUST_USE bool px_shed_ack(struct px_core *core, const struct px_hop *from,
                             struct sw_slice bytes);
/* It is accepted after all, perhaps an earlier copy of it was not: that one's ACK means this one.
 */
void px_shed_forget(struct px_core *core, const struct px_request *rq);
void px_shed_fini(struct px_core *core);

#endif

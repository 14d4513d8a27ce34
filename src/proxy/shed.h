/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that are refused for load (section 6, load.h), and their ACKs. What they cost is taken
 * from the calls that were accepted, so they are not read but looked at (sip/glance.h).
 *
 *     if (!px_shed_text(core, &from, bytes))
 *         read it
 */
#ifndef SW_PROXY_SHED_H
#define SW_PROXY_SHED_H

#include "proxy/server.h"

/* With what a request is answered while we are full or draining, or its source sends too much. */
extern const struct px_answer px_for_now;

/* True: it has been dealt with. False: there is no load, it goes on with something, or it is not
 * written as nearly all are. */
bool px_shed_text(struct px_core *core, const struct px_hop *from, struct sw_slice bytes);
/* The same of one that was read: it begins something new. */
void px_shed_request(struct px_core *core, const struct px_request *rq);
/* It is accepted after all, perhaps an earlier copy of it was not: that one's ACK means this one.
 */
void px_shed_forget(struct px_core *core, const struct sw_msg *m);
void px_shed_fini(struct px_core *core);

#endif

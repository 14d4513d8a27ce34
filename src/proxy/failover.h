/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a located URI to an answer: one candidate after the other, within one budget of time
 * (locating rules F1 to F6, R2, R4, R7). What ends a try and what follows from it is here and
 * nowhere else:
 *
 *     503, transport error, silence for the try time -> the next candidate
 *     any other response                             -> the answer
 *     a provisional, then silence                    -> no failure: timer C decides
 *     no candidate or no time left                   -> 408 or 500, with a Warning (F4)
 *
 * Along a dialog with who opened a connection to us that one is tried first (X3); only when it
 * breaks or is silent is the target located.
 */
#ifndef SW_PROXY_FAILOVER_H
#define SW_PROXY_FAILOVER_H

#include "proxy/state.h"

/* Begin to locate and try, for a server transaction whose target is set. */
void px_try_begin(struct px_core *core, struct px_server *s);
/* The search can go on: an answer came, or its timer fired. */
void px_try_search(struct px_core *core, struct px_server *s);
/* The connection that a client waited for is open. */
void px_try_connected(struct px_core *core, struct px_client *c);
/* An ICMP error, or the end of the connection that it waited for or used. */
void px_try_broken(struct px_core *core, struct px_client *c, enum px_cause cause);
/* The try timer fired: no response yet. */
void px_try_overdue(struct px_core *core, struct px_client *c);
/* The machine of the client has timed out (timer B or F). */
void px_try_timed_out(struct px_core *core, struct px_client *c);
/* The budget, timer C, or the time to say 100 to a non-INVITE. */
void px_try_budget(struct px_core *core, struct px_server *s);
/* A 503, or another code that counts as failure of the server: m is it. */
void px_try_refused(struct px_core *core, struct px_client *c, const struct sw_msg *m);
/* It is the answer: no further candidate. */
void px_try_settle(struct px_core *core, struct px_client *c, uint16_t status);
/* Send a final response now: the best one kept, or one made here. */
void px_try_finish(struct px_core *core, struct px_server *s);
/* CANCEL all that are not settled (16.7 step 10): now, or when their provisional comes. */
void px_try_cancel_others(struct px_core *core, struct px_server *s, const struct px_client *but);
/* No further candidate; the one being tried is cancelled and its end awaited, then px_try_finish().
 */
void px_try_wind_down(struct px_core *core, struct px_server *s);
/* The caller has cancelled (C7). */
void px_try_cancel(struct px_core *core, struct px_server *s);

#endif

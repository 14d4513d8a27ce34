/* SPDX-License-Identifier: BSD-2-Clause */
/* One try: the request made for one candidate, its time, what the health table learns of it, and
 * its end. What follows from that end is failover.h's business. */
#ifndef SW_PROXY_TRY_H
#define SW_PROXY_TRY_H

#include "proxy/flow.h"
#include "proxy/state.h"

/* The request for this candidate, as a client transaction not yet sent. NULL: it cannot be made. */
SW_MUST_USE struct px_client *px_try_new(struct px_core *core, struct px_server *s,
                                         const struct sw_candidate *candidate);
/* The same for a connection that the target opened (X3). */
SW_MUST_USE struct px_client *px_try_over(struct px_core *core, struct px_server *s,
                                          const struct px_flow *flow);
/* Its try time begins now (F5), and how long that is (R7). */
void px_try_time(struct px_core *core, struct px_client *c);
uint64_t px_try_us(const struct px_core *core, const struct px_client *c);
/* A response came: what the health table learns of it, and timer C (16.7 step 2). */
void px_try_answered(struct px_core *core, struct px_client *c, uint16_t status);
/* Tell the health table of a failure (R2); retry_after_s for SW_HEALTH_RETRY_AFTER only. */
void px_try_blame(struct px_core *core, const struct px_client *c, enum sw_health_cause cause,
                  uint32_t retry_after_s);
/* Its turn is over. What it still answers is treated as F6 says. */
void px_try_retire(struct px_core *core, struct px_client *c, enum px_try_end end);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the core says about a transaction, a refusal or a dropped message: one action each. */
#ifndef SW_PROXY_LOG_H
#define SW_PROXY_LOG_H

#include "proxy/state.h"

/* What the log calls the domain of a URI that is located. */
struct sw_slice px_log_domain(const struct sw_uri *uri);
/* The transaction has its final response, or has ended without one: said once. */
void px_log_server(struct px_core *core, struct px_server *s);
/* Give back what is kept of it for that line alone, once it is said and nothing is located any
 * more: the transaction lingers for half a minute. */
void px_log_forget(struct px_core *core, struct px_server *s);
/* A request was answered without a transaction. */
void px_log_refusal(struct px_core *core, const struct px_hop *from, const struct sw_msg *m,
                    uint16_t status);
/* A request without a transaction was sent on, to `to`, or was not, NULL; status 0. */
void px_log_relay(struct px_core *core, const struct px_relay *r, const struct px_hop *to,
                  const char *reason);
/* H3: the domain of this location offered SIPS before and does no longer. */
void px_log_bid_down(struct px_core *core, const struct sw_plan *plan);
/* So many requests were refused since more comes in than can be carried (section 6). */
void px_log_load(struct px_core *core, uint32_t refused_count);
/* A message was dropped. @param m  what was read of it; NULL: nothing. */
void px_log_drop(struct px_core *core, const struct px_hop *from, const struct sw_msg *m,
                 uint64_t *counter, const char *reason);

#endif

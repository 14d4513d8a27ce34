/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a request (RFC 3261 16.3 to 16.5, 17.2.3; C1 to C3, M3, section 5). */
#ifndef SW_PROXY_REQUEST_H
#define SW_PROXY_REQUEST_H

#include "proxy/state.h"

/* A well-formed request that was admitted (admit.h); `m` is core->msg. One to be refused still
 * reaches the transaction it belongs to. */
void px_request_receive(struct px_core *core, const struct px_hop *from, struct sw_msg *m,
                        enum px_quota_verdict verdict);
/* One that is not: answered if that is possible, else dropped (M3). */
void px_request_refuse(struct px_core *core, const struct px_hop *from, const struct sw_msg *m,
                       const struct sw_msg_fault *fault);
/* What counts the messages that pass this limit (M4); NULL for SW_MSG_LIMIT_NONE. */
uint64_t *px_limit_counter(struct px_core *core, enum sw_msg_limit limit);

#endif

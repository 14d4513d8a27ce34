/* SPDX-License-Identifier: BSD-2-Clause */
/* CANCEL from the caller (RFC 3261 9.2, 16.10; C7). */
#ifndef SW_PROXY_CANCEL_H
#define SW_PROXY_CANCEL_H

#include "proxy/server.h"

/**
 * Handle a CANCEL that is no retransmission.
 * @retval false  it belongs to no transaction here: 481 (docs/decisions/0009).
 */
SW_MUST_USE bool px_cancel_receive(struct px_core *core, const struct px_request *rq);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a response from downstream (RFC 3261 16.7; C6). */
#ifndef SW_PROXY_RESPONSE_H
#define SW_PROXY_RESPONSE_H

#include "proxy/state.h"

/* A response that came in; core->msg is it. */
void px_response_receive(struct px_core *core, const struct px_hop *from, const struct sw_msg *m);

#endif

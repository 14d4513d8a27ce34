/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams that came back with an ICMP error (X5): what of them can still be read. */
#ifndef SW_PROXY_RETURNED_H
#define SW_PROXY_RETURNED_H

#include "proxy/state.h"

/* PX_EV_UNREACHABLE. The bytes may be cut anywhere: the start line and the top Via must do. */
void px_returned_receive(struct px_core *core, const struct px_event *ev);
/* PX_HANDED_RETURNED: the same from a worker that does not know the datagram. */
void px_returned_handed(struct px_core *core, const struct px_handed *h);
/* PX_HANDED_BROKEN: a request over another worker's connection has come to nothing. */
void px_returned_broken(struct px_core *core, const struct px_handed *h);
/* PX_HANDED_UNSENT, _UNSURE: a response whose connection is gone, or may be. */
void px_returned_unsent(struct px_core *core, const struct px_handed *h);

#endif

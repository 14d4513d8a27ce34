/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a call: what is over is freed at the end of the event that ended it. */
#ifndef SW_PROXY_REAP_H
#define SW_PROXY_REAP_H

#include "proxy/state.h"

/* Free the server transactions that are over and have no client left (16.7 step 9). */
void px_reap(struct px_core *core);
/* Free all of them. */
void px_servers_fini(struct px_core *core);

#endif

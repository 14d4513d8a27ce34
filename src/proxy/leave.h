/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listeners that a new configuration has no more (decision 0014). What is under way over one ends
 * as it would have; requests that would begin something are refused for now, connections close when
 * nothing is owed to them, and new ones are not made from its address. The driver keeps its socket
 * until px_core_uses_listener() says no in every core.
 */
#ifndef SW_PROXY_LEAVE_H
#define SW_PROXY_LEAVE_H

#include "proxy/state.h"

/* The configuration has just become the core's: connections of those that leave look for their end.
 */
void px_leave_begin(struct px_core *core);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be said on the control socket. A line is a JSON object, {"command": "why", "argument":
 * "CALL-ID"}; the answer is one too, on one line: {"ok": true, ...} or {"ok": false, "code": "...",
 * "error": "a sentence"}. Fields may be added, never renamed or removed.
 *
 * Owns: the socket. Thread: the first one.
 */
#ifndef SW_RUN_CONTROL_H
#define SW_RUN_CONTROL_H

#include "adapter/sockaddr.h"
#include "run/desk.h"

struct event_base;
struct sw_control;

/**
 * Listen at the settings' control socket.
 * @param desk        borrowed.
 * @param[out] error  written on SW_E_SYSTEM and SW_E_ADDR_IN_USE.
 * @retval 0, SW_E_ADDR_IN_USE, SW_E_SYSTEM, SW_E_NOMEM
 */
SW_MUST_USE int sw_control_new(struct sw_control **out, struct event_base *base,
                               struct sw_desk *desk, struct ad_net_error *error);
/* NULL is allowed. */
void sw_control_free(struct sw_control *c);

#endif

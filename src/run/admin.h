/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What machines ask over HTTP: /metrics (Prometheus text), /livez (200 while every worker answers),
 * /readyz (200 while new transactions are taken, 503 while draining).
 *
 * Owns: the server. Thread: the first one.
 */
#ifndef SW_RUN_ADMIN_H
#define SW_RUN_ADMIN_H

#include "adapter/sockaddr.h"
#include "run/desk.h"

struct event_base;
struct sw_admin;

/**
 * Listen at the settings' endpoint.
 * @param desk        borrowed.
 * @param[out] error  written on SW_E_SYSTEM and SW_E_ADDR_IN_USE.
 * @retval 0, SW_E_ADDR_IN_USE, SW_E_SYSTEM, SW_E_NOMEM
 */
SW_MUST_USE int sw_admin_new(struct sw_admin **out, struct event_base *base, struct sw_desk *desk,
                             struct ad_net_error *error);
/* NULL is allowed. */
void sw_admin_free(struct sw_admin *a);

#endif

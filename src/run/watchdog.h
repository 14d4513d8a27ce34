/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The service manager's watchdog is told that we live as long as every worker does: each is asked
 * four times within the manager's patience, and when one has not answered since it was asked last,
 * the manager hears nothing, and restarts us when that goes on.
 *
 * Thread: that of the base.
 */
#ifndef SW_RUN_WATCHDOG_H
#define SW_RUN_WATCHDOG_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct sw_watchdog;

struct sw_watchdog_conf {
    uint64_t patience_us; /* of the service manager; not 0 */
    uint16_t worker_count;
    void (*ask)(void *arg); /* all workers */
    /* How often a worker has answered so far; UINT64_MAX: it has ended in order. */
    uint64_t (*answers)(void *arg, uint16_t worker);
    void (*tell)(void *arg); /* the service manager that we live */
    void *arg;
};

/* Asks at once, and tells from the first answers on. @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_watchdog_new(struct sw_watchdog **out, struct event_base *base,
                                const struct sw_watchdog_conf *conf);
/* NULL is allowed. */
void sw_watchdog_free(struct sw_watchdog *w);

#endif

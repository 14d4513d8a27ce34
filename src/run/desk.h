/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where those from outside come to: what the first thread knows of the whole proxy, and what it may
 * be asked to do. The control socket (run/control.h) and the HTTP server (run/admin.h) sit at it.
 *
 * Figures come by a round of all workers. The last ones of each are kept, so that a worker that
 * does not answer takes nothing away from what was counted.
 *
 * Thread: the first one.
 */
#ifndef SW_RUN_DESK_H
#define SW_RUN_DESK_H

#include "run/reload.h"
#include "run/round.h"
#include "run/settings.h"

struct sw_desk;

/* What the daemon lets be done. */
struct sw_desk_host {
    void (*drain)(void *arg);
    int (*reload)(void *arg, const struct sw_reload_then *then); /* 0, SW_E_NOMEM */
    void (*set_level)(void *arg, enum ad_log_level level);
    void *arg;
};

struct sw_desk {
    struct sw_desk_host host;
    struct sw_rounds *rounds;
    const struct sw_settings *settings; /* in force; borrowed */
    const struct sw_reload *reload;     /* the same with its listeners; borrowed */
    const char *config_path;            /* as it was given; borrowed */
    uint64_t started_us, loaded_us;     /* wall clock */
    enum ad_log_level level;
    uint64_t reloads, reloads_refused; /* counted */
    bool is_draining;
    uint16_t worker_count;
    uint16_t silent_count;   /* in the last round of figures */
    struct sw_figures *last; /* by worker */
};

struct sw_desk_then { /* figures are in desk->last */
    void (*fn)(void *arg, uint64_t tag);
    void *arg;
    uint64_t tag;
};

/** @param rounds  borrowed. @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_desk_init(struct sw_desk *desk, struct sw_rounds *rounds,
                             const struct sw_settings *settings);
void sw_desk_fini(struct sw_desk *desk);

/* Get new figures. @retval 0, SW_E_NOMEM (then.fn is not called) */
SW_MUST_USE int sw_desk_count(struct sw_desk *desk, const struct sw_desk_then *then);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration in force, and how another one takes its place (decision 0014): read, made ready
 * for every worker beside the old one, exchanged by all, and only then the old one is freed. What
 * cannot be applied changes nothing and is told.
 *
 *     sw_reload_new(&r, &args, &why);             // the parts that workers begin with
 *     sw_worker_open(w, {.part = sw_reload_part(r, i), .switched_fd = sw_reload_fd(r)}, &why);
 *     sw_reload_start(r, base);                   // once the workers run
 *     sw_reload_begin(r, &then);                  // then.fn hears what came of it
 *     sw_reload_stop(r);                          // the workers run no more, but are there
 *     sw_reload_free(r);                          // they are not
 *
 * It also ends listeners that have left, as soon as no worker uses them.
 *
 * Owns: the settings, the workers' parts. Thread: the first one.
 */
#ifndef SW_RUN_RELOAD_H
#define SW_RUN_RELOAD_H

#include "run/worker.h"

struct event_base;
struct sw_reload;

struct sw_reload_result {
    int rc; /* 0: it is in force. SW_E_CONF: refused, see mistakes. SW_E_BUSY: the proxy
               is draining. SW_E_TIMEOUT: a worker has yet to take it over, or the one
               before it. */
    const char *summary;      /* a sentence; "" with 0 */
    struct sw_slice mistakes; /* "FILE:LINE:COLUMN: what", a line each; the first ones */
};

struct sw_reload_then {
    void (*fn)(void *arg, uint64_t tag, const struct sw_reload_result *result);
    void *arg;
    uint64_t tag;
};

struct sw_reload_args {
    struct sw_settings *settings;       /* taken on success: to begin with */
    const char *config_path;            /* borrowed */
    const struct ad_activation *passed; /* borrowed */
    struct sw_worker *const *workers;   /* borrowed: as many as the settings say, not open yet */
    struct ad_log *log;                 /* borrowed */
    /* It begins, and it is over: 0, or refused. Every time, whoever asked for it. */
    void (*begins)(void *arg);
    void (*ends)(void *arg, int rc);
    void *arg;
    uint64_t limit_us; /* who waits longer for a worker is told so; 0: two seconds */
};

/**
 * Make the parts that the workers begin with, their sockets included.
 * @param[out] error  written on failure.
 * @retval 0, SW_E_ADDR_IN_USE, SW_E_SYSTEM (a listener), SW_E_FILE, SW_E_ZONE, SW_E_RESOLVER,
 *         SW_E_CONF (a passed socket is of no listener), SW_E_NOMEM
 */
SW_MUST_USE int sw_reload_new(struct sw_reload **out, const struct sw_reload_args *args,
                              struct sw_worker_error *error);
/** Hear of the workers from now on. @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_reload_start(struct sw_reload *r, struct event_base *base);
/* Give back what lives on the workers' loops. NULL is allowed. */
void sw_reload_stop(struct sw_reload *r);
void sw_reload_free(struct sw_reload *r); /* NULL is allowed */

/* A worker's part, to open it with. */
struct sw_part *sw_reload_part(struct sw_reload *r, uint16_t worker);
/* Where workers count their switches. */
int sw_reload_fd(const struct sw_reload *r);
/* In force; valid until the next `ends` with 0. */
const struct sw_settings *sw_reload_settings(const struct sw_reload *r);
/* Where its listeners are, those that leave included; as long. */
const struct sw_places *sw_reload_places(const struct sw_reload *r);
/* No more from now on. */
void sw_reload_forbid(struct sw_reload *r);

/* Read the file and apply it; while that is under way already: once more after it.
 * @param then  NULL: nobody waits. May be called before this returns.
 * @retval 0, SW_E_NOMEM (then->fn is not called) */
SW_MUST_USE int sw_reload_begin(struct sw_reload *r, const struct sw_reload_then *then);

#endif

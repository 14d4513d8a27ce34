/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker: one loop with its own listeners, resolver, core and log. Any number of them can run,
 * each on a thread of its own; they share nothing but the settings, and talk by mail (post.h).
 *
 *     sw_worker_new(&w, &args, &why);     // everything is open when it returns
 *     sw_worker_run(w);                   // on its thread, until told to stop
 *     sw_worker_tell(w, SW_WORKER_DRAIN); // from any thread, or from a signal handler
 *     sw_worker_free(w);
 */
#ifndef SW_RUN_WORKER_H
#define SW_RUN_WORKER_H

#include "proxy/port.h"
#include "run/post.h"
#include "run/settings.h"

struct sw_worker;

struct sw_worker_args {
    const struct sw_settings *settings; /* borrowed */
    struct sw_post *post;               /* borrowed: the mail of all workers */
    uint16_t index;                     /* from 0 */
    uint8_t seed[32];                   /* secret, the same for all workers */
};

struct sw_worker_error {
    char text[384]; /* "udp 127.0.0.1:5060: address already in use" */
};

enum sw_worker_order {
    SW_WORKER_DRAIN = 1 << 0, /* no new transactions; stop when the open ones have ended, or after
                                 the settings' drain_us */
    SW_WORKER_STOP = 1 << 1,  /* now */
    SW_WORKER_REOPEN = 1 << 2 /* the log file, and the certificates again */
};

/**
 * Set up a worker and open everything it needs.
 * @param[out] error  written on failure.
 * @retval 0
 * @retval SW_E_ADDR_IN_USE, SW_E_SYSTEM  a listener cannot be opened.
 * @retval SW_E_FILE, SW_E_ZONE, SW_E_RESOLVER  the resolver or the log cannot be set up.
 * @retval SW_E_NOMEM
 *
 * Thread: the one that runs it may be another.
 */
SW_MUST_USE int sw_worker_new(struct sw_worker **out, const struct sw_worker_args *args,
                              struct sw_worker_error *error);
/* Closes everything at once. Not while it runs. NULL is allowed. */
void sw_worker_free(struct sw_worker *w);

/* Work until told to stop. */
void sw_worker_run(struct sw_worker *w);
/* Give an order; it is carried out in the worker's next turn. Thread: any; signal handlers too. */
void sw_worker_tell(struct sw_worker *w, enum sw_worker_order order);

/**
 * Find out whether what the settings name can be used: zone files, trust anchors. Opens no socket.
 * @param[out] error  written on failure.
 * @retval 0, SW_E_FILE, SW_E_ZONE, SW_E_RESOLVER, SW_E_NOMEM
 */
SW_MUST_USE int sw_worker_check(const struct sw_settings *settings, struct sw_worker_error *error);

/* The core's counters, to be read when the worker does not run. */
const struct px_counters *sw_worker_counters(const struct sw_worker *w);

#endif

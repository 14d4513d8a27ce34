/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proxy as a process: its workers on their threads, and the signals.
 *
 * SIGTERM and SIGINT drain, and end at once when they come a second time; SIGHUP opens the log file
 * again and reloads the configuration (run/reload.h); SIGPIPE is ignored.
 */
#ifndef SW_RUN_DAEMON_H
#define SW_RUN_DAEMON_H

#include "run/worker.h"

struct sw_daemon;

struct sw_daemon_args {
    struct sw_settings *settings; /* taken, on failure too */
    const char *config_path;      /* as it was given, to be read again; borrowed */
    const char *notify_socket;    /* for ad_notify(); borrowed; may be NULL */
    uint64_t watchdog_us;         /* the service manager's patience; 0: it has no watchdog */
    const struct ad_activation
        *passed; /* sockets of the service manager's; borrowed; may be NULL */
};

/**
 * Set up all workers and open all listeners.
 * @param[out] error  written on failure.
 * @retval as sw_reload_new() and sw_worker_open()
 *
 * Thread: the program's first one, while it is the only one.
 */
SW_MUST_USE int sw_daemon_new(struct sw_daemon **out, const struct sw_daemon_args *args,
                              struct sw_worker_error *error);
/* Closes everything at once. NULL is allowed. */
void sw_daemon_free(struct sw_daemon *d);

/**
 * Say that it is ready, and work until a signal ends it.
 * @retval 0            ended by a signal.
 * @retval SW_E_SYSTEM  a thread could not be started; *error is written.
 */
SW_MUST_USE int sw_daemon_run(struct sw_daemon *d, struct sw_worker_error *error);

#endif

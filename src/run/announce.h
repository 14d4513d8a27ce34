/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the process as a whole says of itself: to its own log, and to the service manager. The
 * workers have logs of their own. Thread: the first one.
 */
#ifndef SW_RUN_ANNOUNCE_H
#define SW_RUN_ANNOUNCE_H

#include "adapter/log_sink.h"
#include "proxy/conf.h"
#include "proxy/port.h"

struct sw_announcer {
    struct ad_log *log;        /* borrowed */
    const char *notify_socket; /* borrowed: of the service manager; NULL: there is none */
};

/* A line of the log, which is written at once. */
void sw_announce(const struct sw_announcer *a, enum ad_log_level level, const char *event,
                 const struct ad_log_field *fields, size_t field_count);
/* That it is ready, and where it listens. */
void sw_announce_listeners(const struct sw_announcer *a, const struct px_conf *conf);
/* That it has ended: what was done in all, and what was still open. */
void sw_announce_sum(const struct sw_announcer *a, const struct px_counters *sum);

/* @p state as sd_notify(3) wants it. One that cannot be told is a line of the log. */
void sw_announce_state(const struct sw_announcer *a, const char *state);
/* That it reloads, with the time, so that the manager knows to which SIGHUP it belongs. */
void sw_announce_reload(const struct sw_announcer *a);

#endif

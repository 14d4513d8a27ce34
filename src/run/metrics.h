/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is counted, in the text form of Prometheus: a family is one row of the table in metrics.c,
 * or comes from a row of PX_COUNTERS. docs/metrics.md has them all; a test holds both together.
 */
#ifndef SW_RUN_METRICS_H
#define SW_RUN_METRICS_H

#include "base/buf.h"
#include "run/figures.h"

enum { SW_METRICS_ROOM = 128 * 1024, SW_METRICS_WORKER_ROOM = 1024 };

struct sw_metrics_source {
    const struct sw_figures *workers; /* the last ones each of them gave */
    uint16_t worker_count;
    uint16_t silent_count;          /* workers that did not answer this time */
    uint64_t started_us, loaded_us; /* wall clock: the process, its configuration */
    uint64_t reloads, reloads_refused;
    bool is_draining;
};

/* SW_METRICS_ROOM and SW_METRICS_WORKER_ROOM for each worker are enough. */
void sw_metrics_write(struct sw_buf *b, const struct sw_metrics_source *from);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything a worker can be asked to count, as values: a copy that it makes of itself in one turn
 * and that whoever asked may keep. */
#ifndef SW_RUN_FIGURES_H
#define SW_RUN_FIGURES_H

#include "adapter/net_stream.h"
#include "adapter/net_udp.h"
#include "run/tally.h"

struct sw_figures {
    struct px_counters core;
    struct sw_tally tally;
    struct ad_udp_counters udp;
    struct ad_stream_counters stream;
    uint64_t udp_queued_len; /* octets that wait in the kernel to be read */
    uint64_t udp_dropped;    /* datagrams the kernel dropped since there was no room */
    uint64_t questions_open; /* under way */
    uint64_t history_count;  /* transactions kept */
    uint64_t places;         /* whose health is remembered */
    uint64_t places_penalised;
    uint64_t log_lines_dropped;
    uint64_t mail_lost; /* for this worker: its mailboxes were full */
    uint64_t cpu_us;    /* of its thread */
};

/* Add all of another one. */
void sw_figures_add(struct sw_figures *sum, const struct sw_figures *f);

#endif

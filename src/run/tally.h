/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker counts beside the core's counters: transactions by method and class, tries by how
 * they ended, questions by outcome, times as histograms. Plain numbers of one thread; others see
 * copies (run/figures.h).
 */
#ifndef SW_RUN_TALLY_H
#define SW_RUN_TALLY_H

#include "base/time.h"
#include "dns/ask.h"
#include "locate/transport.h"
#include "proxy/port.h"
#include "sip/tables.h"

/* Upper bounds of the histograms' buckets, microseconds: from a cached answer to the 32 s of a
 * transaction. */
#define SW_TALLY_BOUNDS_US                                                                         \
    {                                                                                              \
        100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,     \
            2500000, 5000000, 10000000, 32000000                                                   \
    }
enum { SW_TALLY_BOUNDS = 17 };

struct sw_histogram {
    uint64_t at_most[SW_TALLY_BOUNDS]; /* by the first bound that holds */
    uint64_t count;                    /* of all, those above every bound included */
    uint64_t sum_us;
};

#define SW_TALLY_ONE(...) +1
enum {
    SW_TALLY_METHODS = SW_REGISTER + 1,          /* SW_METHOD_OTHER is 0 */
    SW_TALLY_CLASSES = 7,                        /* 0: no final response */
    SW_TALLY_ENDS = 0 PX_TRY_ENDS(SW_TALLY_ONE), /* a new row has its place */
    SW_TALLY_CAUSES = 0 PX_CAUSES(SW_TALLY_ONE),
    SW_TALLY_OUTCOMES = 0 SW_OUTCOMES(SW_TALLY_ONE),
    SW_TALLY_RESULTS = 6 /* of a location: enum sw_result */
};

/* X(constant, name): the parts of a location that take time */
#define SW_TALLY_STAGES(X)                                                                         \
    X(SW_STAGE_ASK_NAPTR, "naptr")                                                                 \
    X(SW_STAGE_ASK_SRV, "srv")                                                                     \
    X(SW_STAGE_ASK_ADDRESS, "address")                                                             \
    X(SW_STAGE_WHOLE, "whole") /* from the request to its first candidate */

enum sw_tally_stage {
#define X(constant, name) constant,
    SW_TALLY_STAGES(X)
#undef X
        SW_STAGE_COUNT
};

struct sw_tally {
    uint64_t transactions[SW_TALLY_METHODS][SW_TALLY_CLASSES];
    uint64_t tries[SW_TRANSPORT_COUNT][SW_TALLY_ENDS];
    uint64_t try_causes[SW_TRANSPORT_COUNT][SW_TALLY_CAUSES]; /* of PX_TRY_TRANSPORT */
    uint64_t closed[SW_TALLY_CAUSES];                         /* connections that ended by it */
    uint64_t locations[SW_TALLY_RESULTS];
    uint64_t answers[SW_TALLY_OUTCOMES];
    struct sw_histogram stages[SW_STAGE_COUNT];
    struct sw_histogram transaction;
    uint64_t lost_events;  /* for want of memory */
    uint64_t turns;        /* of the loop */
    uint64_t events;       /* handed to the core */
    uint64_t actions;      /* done in all */
    uint64_t most_actions; /* done in one turn */
};

/* A transaction that was told. */
void sw_tally_log(struct sw_tally *t, const struct px_log *log);
/* An answer to a question of that type. */
void sw_tally_answer(struct sw_tally *t, enum sw_rrtype type, const struct sw_answer *answer);
/* A time. */
void sw_histogram_add(struct sw_histogram *h, uint64_t value_us);

#endif

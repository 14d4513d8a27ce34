/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the first thread asks a worker about itself. The query is made by who asks, lies with the
 * worker until its next turn, is answered there by reading the worker's own tables, and goes back
 * with the answer in it: nobody ever looks into another thread's tables.
 */
#ifndef SW_RUN_QUERY_H
#define SW_RUN_QUERY_H

#include "run/figures.h"
#include "run/history.h"
#include "run/inbox.h"

#include <jansson.h>

enum sw_query_kind {
    SW_QUERY_FIGURES, /* figures */
    SW_QUERY_TARGETS, /* json: an array of the places whose health is remembered */
    SW_QUERY_WHY      /* json: an array of the transactions with that Call-ID */
};

enum {
    SW_QUERY_PLACES_MAX = 1000, /* those heard of last: a worker is not held up by a big table */
    SW_QUERY_CALLS_MAX = 50     /* the newest */
};

struct sw_query {
    struct sw_list link; /* in the box it lies in */
    enum sw_query_kind kind;
    char call_id[PX_LOG_TEXT_MAX]; /* WHY */
    uint16_t worker;
    uint64_t round;        /* of who asked */
    struct sw_inbox *back; /* where the answer goes */
    int back_fd;           /* an eventfd to be told about it */
    struct sw_figures figures;
    json_t *json; /* NULL: there was no memory */
};

/* NULL: out of memory. */
struct sw_query *sw_query_new(enum sw_query_kind kind, struct sw_slice call_id);
/* NULL is allowed. */
void sw_query_free(struct sw_query *q);
/* Send it back. Thread: any. */
void sw_query_return(struct sw_query *q);

/* The transactions with that Call-ID, as JSON; NULL: out of memory. Each has what its line in the
 * log has, and the locator's steps. */
json_t *sw_query_why(const struct sw_history *h, struct sw_slice call_id);
/* The places whose health a core remembers, with the names that led there as far as the history
 * knows them; NULL: out of memory. */
json_t *sw_query_targets(const struct sw_health *health, const struct sw_history *h,
                         uint64_t now_us);

#endif

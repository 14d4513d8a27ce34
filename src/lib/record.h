/* SPDX-License-Identifier: BSD-2-Clause */
/* The trace of one location, kept as the public events that sipward_trace() shows. Running out of
 * memory ends the record, not the location. */
#ifndef SW_LIB_RECORD_H
#define SW_LIB_RECORD_H

#include "base/arena.h"
#include "locate/trace.h"

#include "sipward/trace.h"

struct sw_recorded;

struct sw_record {
    struct sw_trace sink; /* for the plan */
    const struct sw_alloc *alloc;
    struct sw_arena arena;
    struct sw_recorded *first, **last;
    bool is_cut; /* memory ran out */
};

/** @retval NULL out of memory. */
SW_MUST_USE struct sw_record *sw_record_new(const struct sw_alloc *alloc);
void sw_record_free(struct sw_record *r); /* NULL is allowed */
/** Show every event. @retval 0, SW_E_NOMEM (it is cut) */
SW_MUST_USE int sw_record_visit(const struct sw_record *r, sipward_event_fn *visit, void *arg);
/* Add an event that does not come from the plan. */
void sw_record_add(struct sw_record *r, const struct sw_trace_event *e);

#endif

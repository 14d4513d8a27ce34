/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a response goes, in its two halves: the one place the Via itself names (P1), then what its
 * sent-by leads to (P2), which is a plan like any other and begins when the first place has failed.
 */
#ifndef SW_LIB_FIRST_PLACE_H
#define SW_LIB_FIRST_PLACE_H

#include "locate/plan.h"

#include "sipward/err.h"
#include "sipward/sipward.h"

struct sw_first_place;

/** Read a Via.
 * @retval 0 (sw_first_place_free() it), SW_E_SYNTAX, SW_E_INVAL, SW_E_NOMEM: see
 *         sipward_locate_response() */
SW_MUST_USE int sw_first_place_new(struct sw_first_place **out, const struct sw_alloc *alloc,
                                   const struct sipward_via *via, struct sipward_error *error);
/** NULL is allowed. */
void sw_first_place_free(struct sw_first_place *f);
/* What the plan of the second half is begun with. */
void sw_first_place_set_args(struct sw_first_place *f, const struct sw_plan_args *args);

/* Hand out the first half, once. False: there is none, or it was handed out; *out is untouched. */
bool sw_first_place_take(struct sw_first_place *f, struct sw_candidate *out);
/* True once it was handed out. */
bool sw_first_place_was_taken(const struct sw_first_place *f);
/** Begin the second half. @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_first_place_begin_plan(const struct sw_first_place *f, struct sw_plan **out,
                                          uint64_t now_us);
/* The host of sent-by; valid as long as f. */
struct sw_slice sw_first_place_target(const struct sw_first_place *f);

#endif

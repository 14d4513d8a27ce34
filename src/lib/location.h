/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and moving one location; what it is made of stands in lib/context.h. */
#ifndef SW_LIB_LOCATION_H
#define SW_LIB_LOCATION_H

#include "lib/context.h"

/** Take a spare location or make one, with everything of `query` set and no plan yet begun.
 * @retval 0 (sipward_end() it, or sw_location_destroy() when its plan could not begin), SW_E_NOMEM
 */
SW_MUST_USE int sw_location_new(struct sipward_location **out, struct sipward *sw,
                                const struct sipward_query *query);
/* What a plan of this location is begun with. */
struct sw_plan_args sw_location_args(struct sipward_location *l, const struct sipward_query *query,
                                     uint64_t seed);
/** Ask what the plan wants to know, at l->now_us. @return true when an answer was there at once. */
bool sw_location_ask(struct sipward_location *l);

/* Take over a caller's query, NULL for the defaults; SW_E_INVAL when it asks for something unknown.
 */
SW_MUST_USE int sw_location_query(const struct sipward_query *in, struct sipward_query *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A finding as text: every step in the order of time, with its rule and RFC section, then the
 * numbered candidates. */
#ifndef SW_CMD_STEPS_H
#define SW_CMD_STEPS_H

#include "cmd/sipward/finding.h"
#include "cmd/sipward/term.h"

/** Print it to standard output; an invalid URI is marked on standard error. @retval 0 */
int sw_steps_print(const struct sw_finding *f, bool is_first);

/** Print the line above the steps, and one step. Of the finding uri and target are read. */
void sw_steps_print_head(const struct sw_term *t);
void sw_steps_print_event(const struct sw_term *t, const struct sw_finding *f,
                          const struct sipward_event *e);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A finding as text: every step in the order of time, with its rule and RFC section, then the
 * numbered candidates. */
#ifndef SW_CMD_STEPS_H
#define SW_CMD_STEPS_H

#include "cmd/sipward/finding.h"

/** Print it to standard output; an invalid URI is marked on standard error. @retval 0 */
int sw_steps_print(const struct sw_finding *f, bool is_first);

#endif

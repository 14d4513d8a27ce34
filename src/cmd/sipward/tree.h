/* SPDX-License-Identifier: BSD-2-Clause */
/* A finding as text: the decision as a tree (question, records, what each was used for or why not),
 * then the numbered candidates. */
#ifndef SW_CMD_TREE_H
#define SW_CMD_TREE_H

#include "cmd/sipward/finding.h"
#include "cmd/sipward/term.h"

/** Print it to standard output; an invalid URI is marked on standard error.
 * @retval 0, SIPWARD_E_NOMEM */
int sw_tree_print(const struct sw_finding *f, bool is_first);

#endif

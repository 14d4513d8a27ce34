/* SPDX-License-Identifier: BSD-2-Clause */
/* What every text output ends with: the candidates, or why there is none. */
#ifndef SW_CMD_TABLE_H
#define SW_CMD_TABLE_H

#include "cmd/sipward/finding.h"
#include "cmd/sipward/term.h"

/** Print the URI as a title. */
void sw_table_print_title(const struct sw_term *t, const struct sw_finding *f);
/** Print the candidates with their shares when these were drawn, or the result and its reason. */
void sw_table_print(const struct sw_term *t, const struct sw_finding *f);
/** Mark on standard error where a URI does not follow the grammar. */
void sw_table_print_error(const struct sw_finding *f);
/** What a remark is about, when its sentence leaves that open and the URI does not say it. */
const char *sw_table_subject(const struct sw_finding *f, const struct sipward_event *e);

#endif

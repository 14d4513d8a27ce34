/* SPDX-License-Identifier: BSD-2-Clause */
/* A finding as one JSON object on one line. Fields are added at the end, never renamed or removed,
 * and always come in the same order. */
#ifndef SW_CMD_JSON_H
#define SW_CMD_JSON_H

#include "cmd/sipward/finding.h"

/* What the object holds beside what every verb gives. */
enum sw_json_detail {
    SW_JSON_PLAIN,
    SW_JSON_STEPS /* "steps": every event, as trace shows them */
};

/** Print it to standard output. @retval 0, SIPWARD_E_NOMEM (nothing was printed) */
int sw_json_print(const struct sw_finding *f, enum sw_json_detail detail);

#endif

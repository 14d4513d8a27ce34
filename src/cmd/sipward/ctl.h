/* SPDX-License-Identifier: BSD-2-Clause */
/* `sipward ctl`: what it says to a running proxy, and how its answers look. */
#ifndef SW_CMD_CTL_H
#define SW_CMD_CTL_H

#include <jansson.h>

/**
 * Say one line to the control socket and hear the answer.
 * @param path  of the socket.
 * @param[out] text  the answer, which the caller frees; written on success only.
 * @retval SW_EXIT_OK
 * @retval SW_EXIT_TEMPORARY  nobody listens there, or nobody answered: standard error says what to
 *                            do.
 */
int sw_ctl_exchange(const char *path, const char *line, char **text);

/* Each prints an answer for people. Fields that are not there are passed over. */
void sw_ctl_print_status(const json_t *answer);
/* The memory of places. */
void sw_ctl_print_targets(const json_t *answer);
/** The transactions with a Call-ID. @return the exit code: SW_EXIT_NONE when there is none. */
int sw_ctl_print_why(const json_t *answer);

/* Of an object: a text, "" when it is not there. */
const char *sw_ctl_text(const json_t *o, const char *name);
/* A number, 0 when it is not there. */
double sw_ctl_number(const json_t *o, const char *name);

#endif

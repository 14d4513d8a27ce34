/* SPDX-License-Identifier: BSD-2-Clause */
/* The final response that is made here when no candidate gave one (F4), and what it says. */
#ifndef SW_PROXY_VERDICT_H
#define SW_PROXY_VERDICT_H

#include "proxy/server.h"

enum { PX_VERDICT_TEXT_MAX = 1024 };

/**
 * Choose status and header fields by how the location and the tries ended.
 * @param text        room of PX_VERDICT_TEXT_MAX octets for answer->extra.
 * @param[out] reason for the log, static.
 * @retval false  no response at all: a 408 to a non-INVITE would come too late (RFC 4320 4.2).
 */
SW_MUST_USE bool px_verdict(const struct px_core *core, const struct px_server *s, char *text,
                            struct px_answer *answer, const char **reason);

#endif

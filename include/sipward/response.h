/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a response goes (RFC 3263 5): located, tried and reported on like a request. */
#ifndef SIPWARD_RESPONSE_H
#define SIPWARD_RESPONSE_H

#include "sipward/sipward.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The top Via of the request. It grows at its end. */
struct sipward_via {
    size_t size;                      /* sizeof(struct sipward_via) */
    enum sipward_transport transport; /* of sent-protocol */
    const char *sent_by;              /* "client.example.com:5070", "192.0.2.5", "[2001:db8::5]" */
    const char *received;             /* an address; NULL when absent */
    const char *maddr;                /* a host; NULL when absent */
    uint16_t rport;                   /* 0 when it is absent or has no value */
};

/** Make a Via of nothing but its size. Thread: any. */
static inline void sipward_via_init(struct sipward_via *via)
{
    memset(via, 0, sizeof *via);
    via->size = sizeof *via;
}

/**
 * Begin to locate where a response goes: first where RFC 3261 18.2.2 and RFC 3581 4 say; when that
 * has failed, where sent-by leads (RFC 3263 5: no NAPTR; TLS stays TLS). Over a stream the
 * connection the request came on goes before all of this, as long as it is open.
 *
 * @param[out] out    the location; sipward_end() it.
 * @param via         not kept.
 * @param query       flags, seed, ready and arg count; NULL: every default. Not kept.
 * @param[out] error  written on failure; NULL when not wanted.
 * @retval 0                 go on with sipward_next() or sipward_wait().
 * @retval SIPWARD_E_SYNTAX  error->rule is "sent-by", "received" or "maddr", and error->offset the
 *                           byte of it where it breaks.
 * @retval SIPWARD_E_INVAL   not a transport; a via or query without size, or with a flag or field
 *                           that nobody knows.
 * @retval SIPWARD_E_NOMEM   out of memory.
 *
 * Owns: the location is the caller's. Thread: that of the context. Spec: RFC 3263 5.
 */
SIPWARD_API SIPWARD_MUST_USE int sipward_locate_response(struct sipward_location **out,
                                                         struct sipward *sw,
                                                         const struct sipward_via *via,
                                                         const struct sipward_query *query,
                                                         struct sipward_error *error);

#ifdef __cplusplus
}
#endif

#endif

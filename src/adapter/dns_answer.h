/* SPDX-License-Identifier: BSD-2-Clause */
/* From what libunbound calls back with to an answer of ours. */
#ifndef SW_ADAPTER_DNS_ANSWER_H
#define SW_ADAPTER_DNS_ANSWER_H

#include "base/arena.h"
#include "dns/ask.h"

enum {
    AD_DNS_STALE_TTL_S = 30 /* how long a stale answer may be kept (RFC 8767 4) */
};

/* The arguments of ub_event_callback_type. */
struct ad_dns_raw {
    int rcode;
    const void *packet; /* not to be looked at when rcode is not 0 */
    int packet_len;
    int security; /* 0 insecure, 1 bogus, 2 secure */
    const char *why;
};

/**
 * Read libunbound's answer to a question. Call it from the callback: the reason of a failure is
 * taken from what libunbound logged just before (dns_log.h).
 *
 * Sets everything but is_local and elapsed_us. A failure because the servers kept silent is
 * TIMEOUT; the rcode of one is the server's where libunbound tells it, else SERVFAIL.
 * @param arena  holds what *out points at.
 * @retval 0, SW_E_NOMEM (*out is untouched)
 */
SW_MUST_USE int ad_dns_answer_read(const struct ad_dns_raw *raw, const struct sw_question *q,
                                   struct sw_arena *arena, struct sw_answer *out);

#endif

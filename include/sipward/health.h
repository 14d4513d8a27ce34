/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of which places answered and which did not. A context keeps it for each (transport,
 * address, port), whatever domain leads there; it lives on what the caller reports. A place that
 * failed comes last in later locations for 30 s, then 60 s, and so on up to 10 min; when that time
 * is over one location gets it as a probe; any answer makes it as good as new.
 */
#ifndef SIPWARD_HEALTH_H
#define SIPWARD_HEALTH_H

#include "sipward/sipward.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What came of a try. */
enum sipward_outcome {
    SIPWARD_ANSWERED,    /* any response but 503 */
    SIPWARD_TIMED_OUT,   /* no response at all, not even a provisional one */
    SIPWARD_REFUSED,     /* connection refused or reset, or protocol not supported */
    SIPWARD_UNREACHABLE, /* any other transport error: ICMP, a TLS handshake or identity failure */
    SIPWARD_UNAVAILABLE  /* 503 */
};

/* A server may lawfully be silent for longer about anything but an INVITE (RFC 4320). */
enum sipward_method { SIPWARD_INVITE, SIPWARD_NON_INVITE };

/* Figures about a try. It grows at its end. */
struct sipward_figures {
    size_t size; /* sizeof(struct sipward_figures) */
    enum sipward_method method;
    uint32_t retry_after_s;     /* SIPWARD_UNAVAILABLE: Retry-After; 0: absent, and then the 503
                                   counts for this transaction only */
    uint64_t first_response_us; /* SIPWARD_ANSWERED: from sending to the first response; 0: not
                                   known, or the request was sent more than once */
};

/** Make figures of nothing but their size. Thread: any. */
static inline void sipward_figures_init(struct sipward_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    figures->size = sizeof *figures;
}

/**
 * Report what came of the candidate handed out last.
 *
 * @param figures  NULL: none.
 * @retval 0                   remembered. After a failure go on with sipward_next().
 * @retval SIPWARD_E_INVAL     not an outcome.
 * @retval SIPWARD_E_NOTFOUND  no candidate has been handed out.
 *
 * Thread: that of the context. Spec: RFC 3263 4.3.
 */
SIPWARD_API int sipward_report(struct sipward_location *location, enum sipward_outcome outcome,
                               const struct sipward_figures *figures);

/**
 * Report what came of a candidate that its location has left behind, or whose location has ended:
 * an answer that comes late clears the penalty that its absence made.
 *
 * @param candidate  a copy of what sipward_next() gave.
 * @retval 0, SIPWARD_E_INVAL (not an outcome, or not a candidate of ours)
 *
 * Thread: that of the context.
 */
SIPWARD_API int sipward_report_late(struct sipward *sw, const struct sipward_candidate *candidate,
                                    enum sipward_outcome outcome,
                                    const struct sipward_figures *figures);

/**
 * Say how long to wait for a candidate's first response before the next one is tried, from how long
 * it took in the past.
 * @return milliseconds: 1000 to 4000 for an INVITE, at least 5000 for anything else.
 * Thread: that of the context.
 */
SIPWARD_API uint32_t sipward_try_ms(const struct sipward *sw,
                                    const struct sipward_candidate *candidate,
                                    enum sipward_method method);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a location came to its end: every question with its answer, what each record was used for or
 * why it was discarded, each decision with its rule and the section of the RFC it follows, each
 * candidate handed out. Kept for locations that were started with SIPWARD_TRACE.
 *
 *     static void print(void *arg, const struct sipward_event *e)
 *     {
 *         printf("%8.3f ms  %s %s  [%s]\n", e->at_us / 1e3, e->text, e->subject, e->section);
 *     }
 *     ...
 *     rc = sipward_trace(location, print, NULL);
 */
#ifndef SIPWARD_TRACE_H
#define SIPWARD_TRACE_H

#include "sipward/candidate.h"
#include "sipward/version.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sipward_location;

/* After each kind the fields it fills, beside at_us. */
enum sipward_event_kind {
    SIPWARD_EVENT_STEP,      /* a decision: rule, section, text, name (about which), subject (which
                                transport) */
    SIPWARD_EVENT_QUESTION,  /* name, type */
    SIPWARD_EVENT_ANSWER,    /* name, type, rcode, outcome, flags, alias_count, ttl_s, elapsed_us,
                                answers; subject: what was wrong with it */
    SIPWARD_EVENT_RECORD,    /* a record judged: name, type, record; when it is not used, why: code,
                                rule, section, text, subject */
    SIPWARD_EVENT_NOTE,      /* something worth knowing: code, rule, section, text, subject */
    SIPWARD_EVENT_CANDIDATE, /* one handed out: candidate, words */
    SIPWARD_EVENT_RESULT     /* how it ended: text (the result's name) */
};

/* Flags of an answer. */
enum {
    SIPWARD_ANSWER_SECURE = 1 << 0, /* DNSSEC-validated, aliases on the way included */
    SIPWARD_ANSWER_STALE = 1 << 1,  /* past its time, used since the refresh failed (RFC 8767) */
    SIPWARD_ANSWER_LOCAL = 1 << 2,  /* from a zone file */
    SIPWARD_ANSWER_CUT = 1 << 3     /* it had more records than are looked at */
};

/* Texts are printable, end in NUL, are never NULL, and are "" where the kind has none. Everything
 * is valid as long as the location. It grows at its end; only the library makes one. */
struct sipward_event {
    enum sipward_event_kind kind;
    uint64_t at_us;       /* since the location began */
    const char *code;     /* stable for ever: "naptr-unsupported-transport" */
    const char *rule;     /* the rule as sources and tests cite it: "N1" */
    const char *section;  /* "RFC 3263 4.1"; "" where no RFC speaks */
    const char *text;     /* one sentence for a person */
    const char *subject;  /* what it is about: a name, a transport, a value */
    const char *name;     /* of the question, without trailing dot */
    const char *type;     /* "NAPTR", "SRV", "A", "AAAA" */
    const char *rcode;    /* "NOERROR", "NXDOMAIN", ...; "" when no answer came */
    const char *outcome;  /* "records", "nodata", "nxdomain", "servfail", "timeout", "malformed",
                             "bogus", "not-asked" */
    unsigned flags;       /* SIPWARD_ANSWER_... */
    unsigned alias_count; /* CNAMEs followed from the name to the records */
    uint32_t ttl_s;       /* smallest on the way */
    uint32_t elapsed_us;  /* from the question to the answer */
    const char *const *answers; /* records as a zone file has them: "0 1 5060 h.example.com." */
    size_t answer_count;
    const char *record;                        /* one record, as in answers */
    const struct sipward_candidate *candidate; /* NULL for any other kind */
    const struct sipward_words *words;         /* likewise */
};

/** Look at one event. */
typedef void sipward_event_fn(void *arg, const struct sipward_event *event);

/**
 * Show what has happened so far, in the order in which it happened.
 *
 * @param visit  called once an event; it must not call anything that takes the location.
 * @retval 0                   everything was shown.
 * @retval SIPWARD_E_NOTFOUND  the location was not started with SIPWARD_TRACE.
 * @retval SIPWARD_E_NOMEM     memory ran out while events were kept: what was shown is the
 *                             beginning.
 *
 * Owns: nothing changes hands. Thread: that of the context.
 */
SIPWARD_API int sipward_trace(const struct sipward_location *location, sipward_event_fn *visit,
                              void *arg);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question to the DNS and what came back. What can go wrong is data, not an error: the locator's
 * rules (D1 to D13) decide what each outcome means.
 */
#ifndef SW_DNS_ASK_H
#define SW_DNS_ASK_H

#include "dns/rr.h"

struct sw_question {
    struct sw_name name;
    enum sw_rrtype type;
};

/* X(constant, name, is_temporary): what one question led to */
#define SW_OUTCOMES(X)                                                                             \
    X(SW_OUTCOME_RECORDS, "records", false) /* at least one record of the type */                  \
    X(SW_OUTCOME_NODATA, "nodata", false)   /* the name exists, the type does not */               \
    X(SW_OUTCOME_NXDOMAIN, "nxdomain", false)                                                      \
    X(SW_OUTCOME_SERVFAIL, "servfail", true)   /* also REFUSED and other rcodes: see rcode */      \
    X(SW_OUTCOME_TIMEOUT, "timeout", true)     /* our own deadline or the resolver's */            \
    X(SW_OUTCOME_MALFORMED, "malformed", true) /* an answer that breaks its own format */          \
    X(SW_OUTCOME_BOGUS, "bogus", false)        /* DNSSEC validation failed */                      \
    X(SW_OUTCOME_NOT_ASKED, "not-asked", true) /* outside all given zones, or out of resources */

enum sw_outcome {
#define X(constant, name, is_temporary) constant,
    SW_OUTCOMES(X)
#undef X
};

/* The row's name ("nxdomain"). Static. */
const char *sw_outcome_name(enum sw_outcome o);
/* D2: a failure for now, which is not "no records". */
bool sw_outcome_is_temporary(enum sw_outcome o);
/* D1: definitely no records. */
static inline bool sw_outcome_is_none(enum sw_outcome o)
{
    return o == SW_OUTCOME_NODATA || o == SW_OUTCOME_NXDOMAIN;
}

struct sw_answer {
    enum sw_outcome outcome;
    uint8_t rcode;           /* DNS rcode (0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED, ...) */
    bool is_secure;          /* DNSSEC-validated, the whole alias chain included */
    bool is_stale;           /* RFC 8767: past its TTL, served since the refresh failed */
    bool is_local;           /* from a zone file given to us (H4) */
    bool is_cut;             /* more records than SW_ANSWER_RECORDS_MAX: the rest was dropped */
    uint8_t alias_count;     /* CNAMEs followed from the question's name */
    struct sw_name owner;    /* where they led: the question's name without any; len 0: unknown */
    uint32_t ttl_s;          /* smallest on the way, aliases included; for none: the negative TTL */
    uint32_t elapsed_us;     /* from asking to answering */
    const struct sw_rr *rrs; /* of the question's type only, in the order of the answer (D13) */
    size_t rr_count;
    const char *why; /* what was wrong (malformed, bogus), for a person; may be NULL */
};

enum {
    /* Above it an answer is cut: a hostile or broken zone can hold thousands. The locator cuts
     * again, after sorting, to its own limits (D9), so this one is generous. */
    SW_ANSWER_RECORDS_MAX = 1024
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of which places answered and which did not (locating rules R1 to R7, R9), kept per
 * (transport, address, port) and shared by all domains that lead there. It never writes into
 * records or candidate lists (R5). Time and chance come in as arguments.
 *
 * Life of an entry: sw_health_failed() makes it and sets a penalty; while the penalty lasts
 * sw_health_look() says PENALISED; after it, the first sw_health_claim() gets to probe, the others
 * still see PENALISED until sw_health_answered() clears it or sw_health_failed() doubles it. A
 * claim that is never reported on lapses.
 *
 * Owns: its entries. Thread: one at a time; every worker has its own.
 */
#ifndef SW_LOCATE_HEALTH_H
#define SW_LOCATE_HEALTH_H

#include "base/alloc.h"
#include "base/rng.h"
#include "base/time.h"
#include "locate/candidate.h"

struct sw_health;

enum {
    SW_HEALTH_ENTRIES_DEFAULT = 65536, /* R6 */
    SW_HEALTH_RETRY_AFTER_MAX_S = 3600 /* R2: a server cannot banish itself for longer */
};

struct sw_health_key {
    enum sw_transport transport;
    struct sw_endpoint endpoint;
};

enum sw_health_state {
    SW_HEALTH_GOOD,      /* nothing known against it */
    SW_HEALTH_PENALISED, /* *until_us says for how long; or somebody is probing */
    SW_HEALTH_DUE        /* penalty over: one request may find out (claim it) */
};

enum sw_health_cause {
    SW_HEALTH_TIMEOUT,
    SW_HEALTH_TRANSPORT,  /* refused, reset, unreachable, TLS failure */
    SW_HEALTH_RETRY_AFTER /* 503 with Retry-After; a 503 without is not reported */
};

/* R7: a non-INVITE may lawfully be silent for longer (RFC 4320). */
enum sw_method_class { SW_CLASS_INVITE, SW_CLASS_OTHER };
enum { SW_METHOD_CLASSES = 2 };

/** @retval 0, SW_E_NOMEM. entry_max 0: the default. seed: secret. */
SW_MUST_USE int sw_health_new(struct sw_health **out, const struct sw_alloc *alloc,
                              size_t entry_max, uint64_t seed);
void sw_health_free(struct sw_health *h);

enum sw_health_state sw_health_look(const struct sw_health *h, const struct sw_health_key *key,
                                    uint64_t now_us, uint64_t *until_us);
/* Take the probe of a DUE entry: true for exactly one caller until it is reported on, or until
 * @p lapse_us has gone by. */
bool sw_health_claim(struct sw_health *h, const struct sw_health_key *key, uint64_t now_us,
                     uint64_t lapse_us);
/* R2. retry_after_s counts for SW_HEALTH_RETRY_AFTER only and is capped. Without memory for a new
 * entry the failure is forgotten. */
void sw_health_failed(struct sw_health *h, const struct sw_health_key *key,
                      enum sw_health_cause cause, uint32_t retry_after_s, uint64_t now_us,
                      struct sw_rng *rng);
/* R4, R7: any answer, also a late one, clears the penalty; but not the rest that a Retry-After
 * asked for, which an answer to another request says nothing about (RFC 3261 20.33). elapsed_us:
 * from sending to the first response; 0 when it is not known or the request was sent more than once
 * (Karn's rule). */
void sw_health_answered(struct sw_health *h, const struct sw_health_key *key,
                        enum sw_method_class cls, uint64_t elapsed_us, uint64_t now_us);
/* R7: how long to wait for a first response before the next candidate. */
uint64_t sw_health_try_us(const struct sw_health *h, const struct sw_health_key *key,
                          enum sw_method_class cls);
/*
 * Several workers have a table each and tell one another (decision 0005). What changes a penalty or
 * claims a probe is news; what was heard is none.
 */
struct sw_health_news {
    struct sw_health_key key;
    uint32_t failures;
    uint64_t until_us, rest_until_us, probe_until_us;
};
/* After a penalty the workers may probe one after the other, so far apart: whoever is first has
 * told the others by then. */
#define SW_HEALTH_TURN_US SW_MS(100)
/* Say whose table this is: changes are kept for sw_health_take_news(). With one worker nothing is
 * news. */
void sw_health_share(struct sw_health *h, uint16_t worker, uint16_t worker_count);
/* The next change that the others do not know of. @retval false  there is none. */
bool sw_health_take_news(struct sw_health *h, struct sw_health_news *out);
/* Take over what another table said. */
void sw_health_hear(struct sw_health *h, const struct sw_health_news *news);

/* Entries held, with or without a penalty. */
size_t sw_health_count(const struct sw_health *h);

/* What is remembered of a place, for whoever looks at the whole memory. */
struct sw_health_place {
    struct sw_health_key key;
    enum sw_health_state state;
    bool is_probed;             /* PENALISED: its penalty is over, and somebody finds out */
    uint64_t until_us;          /* PENALISED */
    enum sw_health_cause cause; /* of the last failure, when failures > 0 or it rests */
    bool is_resting;            /* a Retry-After asked for it */
    uint32_t failures;          /* in a row */
    uint64_t used_us;           /* when something was last heard of it, or not heard */
    struct {
        bool is_known;
        uint32_t mean_us, deviation_us;
    } times[SW_METHOD_CLASSES]; /* by enum sw_method_class */
};

/* Called for a place; false: enough. */
typedef bool sw_health_visit_fn(void *arg, const struct sw_health_place *place);

/* Show every place, the one heard of last first. */
void sw_health_visit(const struct sw_health *h, uint64_t now_us, sw_health_visit_fn *fn, void *arg);
/* Places that are not GOOD; all are looked at. */
size_t sw_health_penalised_count(const struct sw_health *h, uint64_t now_us);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DNS of a test, in memory: records as a zone file writes them, and faults laid over them
 * (SERVFAIL, silence, latency, DNSSEC state, ...). Answers are made as a resolver makes them:
 * aliases followed, names that exist told apart from names that do not.
 *
 *     tz_zone_init(&zone);
 *     tz_zone_add(&zone, "d.t", &words);        "_sip._udp SRV 0 0 5060 h1"
 *     tz_zone_add_fault(&zone, "d.t", &words);  "h1 A = TIMEOUT after 40ms"
 *     tz_zone_answer(&zone, &question, &reply);
 */
#ifndef SW_TEST_ZONE_MEM_H
#define SW_TEST_ZONE_MEM_H

#include "base/arena.h"
#include "dns/ask.h"
#include "support/words.h"

#include <stdio.h>

enum { TZ_RECORDS_MAX = 256, TZ_ALIASES_MAX = 10 };

struct tz_record {
    struct tz_record *next; /* in the order in which they were added */
    struct sw_name owner;
    uint32_t ttl_s;
    bool is_alias;
    struct sw_name alias; /* with is_alias */
    struct sw_rr rr;      /* otherwise */
};

struct tz_fault {
    struct tz_fault *next;
    struct sw_name name; /* len 0: any */
    enum sw_rrtype type; /* 0: any */
    bool has_outcome;    /* instead of the records */
    enum sw_outcome outcome;
    uint8_t rcode;
    bool is_silent; /* no answer, ever */
    bool is_secure, is_stale, is_local, is_cut;
    bool has_after;
    uint64_t after_us;
    bool has_ttl;
    uint32_t ttl_s;
};

struct tz_zone {
    struct sw_arena arena; /* holds everything */
    struct tz_record *records, **last_record;
    struct tz_fault *faults, **last_fault;
    uint32_t ttl_s;          /* of records that name none */
    uint32_t negative_ttl_s; /* of answers without records */
};

struct tz_reply {
    struct sw_answer answer; /* points into rrs */
    bool is_silent;
    bool has_after;
    uint64_t after_us;
    struct sw_rr rrs[TZ_RECORDS_MAX];
};

void tz_zone_init(struct tz_zone *z);
void tz_zone_fini(struct tz_zone *z);
/* A name as zone files write it: "@", relative to the origin, or with a dot at its end. */
int tz_name(struct sw_arena *arena, const char *origin, const char *text, struct sw_name *out);
/* Read "NAPTR", "SRV", "A", "AAAA", "CNAME". */
bool tz_type(const char *text, enum sw_rrtype *out);
/* Add "OWNER [TTL] TYPE RDATA". @return NULL, or what is wrong. */
const char *tz_zone_add(struct tz_zone *z, const char *origin, const struct tw_words *w);
/* Add "NAME|* [TYPE] [= WORD...] [after TIME] [ttl N]". @return NULL, or what is wrong. */
const char *tz_zone_add_fault(struct tz_zone *z, const char *origin, const struct tw_words *w);
void tz_zone_answer(const struct tz_zone *z, const struct sw_question *q, struct tz_reply *out);
/* True when some fault changes what is answered, and not only when. */
bool tz_zone_has_faults(const struct tz_zone *z);

#endif

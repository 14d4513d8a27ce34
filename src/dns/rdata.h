/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a DNS message to an answer. Every length and name is checked: resolvers were seen to pass on
 * truncated and overlong SRV and NAPTR rdata, addresses of the wrong length, labels with NUL or
 * dots, sets of a thousand records, and NXDOMAIN with data.
 */
#ifndef SW_DNS_RDATA_H
#define SW_DNS_RDATA_H

#include "base/arena.h"
#include "dns/ask.h"

enum {
    SW_ALIAS_CHAIN_MAX = 10 /* CNAMEs followed inside one answer: a longer chain is a mistake or an
                               attack (T133) */
};

/**
 * Read the answer to a question out of a DNS message.
 *
 * Sets outcome, rcode, rrs, rr_count, ttl_s, alias_count, owner, is_cut and why; leaves the others
 * as they are. Only records of the question's class and type at the end of the alias chain that
 * starts at the question's name are used (D13); TTLs of 2^31 and more count as 0 (RFC 2181 8); the
 * negative TTL is the smaller of the SOA's own and its minimum field (RFC 2308 5), 0 without a SOA.
 * One record that breaks its format makes the whole answer MALFORMED (D2), but for names that are
 * well-formed yet unusable (a NUL or dot in a label): those are left to the locator, which skips
 * the record with a note.
 *
 * @param msg      the message, uncompressed or not.
 * @param arena    records and texts are put here; the answer is valid as long as it.
 * @retval 0           *out is written; MALFORMED is an outcome, not an error.
 * @retval SW_E_NOMEM  *out is untouched.
 *
 * Owns: nothing beyond the arena. Thread: any. Spec: RFC 1035 4.1, 2782, 3403 4; D1, D2, D13.
 */
SW_MUST_USE int sw_answer_read(const uint8_t *msg, size_t len, const struct sw_question *q,
                               struct sw_arena *arena, struct sw_answer *out);

/* Whether a record of the answer or authority section carries this TTL on the wire. False for what
 * is no DNS message. */
bool sw_message_has_ttl(const uint8_t *msg, size_t len, uint32_t ttl);

#endif

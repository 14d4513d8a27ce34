/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of the header fields a proxy reads, as views (RFC 3261 20, 25.1). Folds count as blanks
 * everywhere. */
#ifndef SW_SIP_HDR_H
#define SW_SIP_HDR_H

#include "base/attr.h"
#include "base/err.h"
#include "sip/syntax.h"
#include "sip/tables.h"
#include "sip/uri.h"

struct sw_via {
    struct sw_slice text;      /* this one value within the field */
    struct sw_slice transport; /* "UDP", any case */
    struct sw_host sent_by;
    bool has_port;
    uint16_t port;
    struct sw_slice params; /* from the first ';' on */
    struct sw_slice branch; /* empty when absent */
    bool has_branch;
    bool has_received;
    struct sw_slice received;      /* as written; IPv6 with or without brackets (RFC 5118 4.5) */
    struct sw_slice received_text; /* the whole ";received=192.0.2.1", for edits */
    bool has_rport;
    bool has_rport_value;
    uint16_t rport_value;
    struct sw_slice rport_text; /* the whole ";rport" or ";rport=1", for edits */
    bool has_maddr;
    struct sw_host maddr;
    bool has_ttl;
    uint8_t ttl;
};

struct sw_nameaddr {          /* From, To, Route, Record-Route, Contact */
    struct sw_slice text;     /* this one value within the field */
    struct sw_slice uri_text; /* without angle brackets */
    struct sw_slice params;   /* header parameters, from the first ';' on */
    struct sw_slice tag;      /* empty when absent */
    bool has_brackets;
};

struct sw_cseq {
    uint32_t number; /* below 2^31 */
    enum sw_method method;
    struct sw_slice method_text;
};

/**
 * Take the first value off a list, which is a whole field value or what an earlier call left of it.
 *
 * Cuts at commas outside quotes and angle brackets.
 * @param[in,out] rest  what is left; empty behind the last value.
 * @param[out] out      without blanks around it.
 * @retval 1            *out is it.
 * @retval 0            *rest was empty.
 * @retval SW_E_SYNTAX  an empty value (also behind a comma at the end), an open quote or bracket.
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 7.3.1, M5.
 */
SW_MUST_USE int sw_value_take(struct sw_slice *rest, struct sw_slice *out);

/**
 * Read one Via value.
 *
 * @param value     as sw_values_next() cuts it.
 * @param[out] err  offset within @p value; may be NULL.
 * @retval 0, SW_E_SYNTAX; a parameter the struct has a field for must be there once and be valid.
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 20.42, 25.1; RFC 3581; RFC 5118 4.5.
 */
SW_MUST_USE int sw_via_parse(struct sw_slice value, struct sw_via *out, struct sw_syntax *err);

/**
 * Read transport and sent-by of the first Via value of a list alone, however broken its parameters
 * and the rest are: what an error response needs (M3). The fields of the parameters are empty.
 *
 * @param value      a Via value, or a whole field value.
 * @param[out] out   out->text ends behind the sent-by.
 * @retval 0, SW_E_SYNTAX (no answer is possible)
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 18.2.2, 25.1.
 */
SW_MUST_USE int sw_via_parse_sent(struct sw_slice value, struct sw_via *out, struct sw_syntax *err);

/**
 * Read one value of From, To, Contact, Route or Record-Route.
 *
 * The URI is not read, only found: it may be of any scheme. A display name without quotes is made
 * of tokens, as the grammar says, and of octets above 127, which many send.
 * @retval 0, SW_E_SYNTAX (*err says where in @p value, and why; may be NULL)
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 20.10, 25.1 (name-addr, addr-spec).
 */
SW_MUST_USE int sw_nameaddr_parse(struct sw_slice value, struct sw_nameaddr *out,
                                  struct sw_syntax *err);

/** @retval 0, SW_E_SYNTAX (also for numbers of 2^31 and more). Spec: RFC 3261 8.1.1.5, 20.16. */
SW_MUST_USE int sw_cseq_parse(struct sw_slice value, struct sw_cseq *out);

/* Delta-seconds with an optional comment and parameters: "30 (maintenance);duration=9" is 30.
 * Numbers above 2^32-1 are that. @retval 0, SW_E_SYNTAX. Spec: RFC 3261 20.33. */
SW_MUST_USE int sw_retry_after_parse(struct sw_slice value, uint32_t *seconds);

/* True for a branch that begins with the magic cookie z9hG4bK, without case, and goes on: the
 * cookie alone identifies nothing, and its request is matched the old way (RFC 3261 8.1.1.7,
 * 17.2.3; RFC 4475 3.2.1). */
bool sw_branch_is_3261(struct sw_slice branch);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of the header fields a proxy reads, as views (RFC 3261 20, 25.1). Folds count as blanks
 * everywhere. */
#ifndef SW_SIP_HDR_H
#define SW_SIP_HDR_H

#include "sip/msg.h"

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
    struct sw_slice received; /* as written; IPv6 with or without brackets (RFC 5118 4.5) */
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

/* A walk over the values of one kind of field: several in one field and the same in several fields
 * are alike (M5). */
struct sw_values {
    const struct sw_msg *msg;
    const struct sw_hdr *hdr; /* the field of the last value */
    struct sw_slice rest;     /* of hdr's value */
    bool is_started;
    enum sw_hdr_id id;
};

/* Start before the first value of the fields with this id; `msg` is borrowed. */
void sw_values_init(struct sw_values *v, const struct sw_msg *msg, enum sw_hdr_id id);
/**
 * The next value, cut at commas outside quotes and angle brackets, without blanks around it.
 * @retval 1            *out is it.
 * @retval 0            there is none left.
 * @retval SW_E_SYNTAX  an empty value, an open quote or bracket.
 */
SW_MUST_USE int sw_values_next(struct sw_values *v, struct sw_slice *out);

/** @retval 0, SW_E_SYNTAX (*err says where in @p value, and why; may be NULL) */
SW_MUST_USE int sw_via_parse(struct sw_slice value, struct sw_via *out, struct sw_syntax *err);
SW_MUST_USE int sw_nameaddr_parse(struct sw_slice value, struct sw_nameaddr *out,
                                  struct sw_syntax *err);
SW_MUST_USE int sw_cseq_parse(struct sw_slice value, struct sw_cseq *out);
/* Delta-seconds with an optional comment and parameters: "30 (maintenance);duration=9" is 30.
 * Numbers above 2^32-1 are that. */
SW_MUST_USE int sw_retry_after_parse(struct sw_slice value, uint32_t *seconds);

/* The top Via value of a message. @retval 0, SW_E_NOTFOUND, SW_E_SYNTAX */
SW_MUST_USE int sw_msg_top_via(const struct sw_msg *m, struct sw_via *out);

/* True for a branch with the magic cookie z9hG4bK (RFC 3261 8.1.1.7), without case. */
bool sw_branch_is_3261(struct sw_slice branch);

#endif

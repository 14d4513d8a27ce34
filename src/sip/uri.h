/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIP and SIPS URIs (RFC 3261 section 19.1 and 25.1) as views into the text they were read from.
 * Reading never rewrites or decodes: a URI leaves as it came (locating rule I3).
 */
#ifndef SW_SIP_URI_H
#define SW_SIP_URI_H

#include "base/attr.h"
#include "base/err.h"
#include "base/netaddr.h"
#include "base/slice.h"
#include "sip/syntax.h"

enum sw_scheme { SW_SCHEME_SIP, SW_SCHEME_SIPS };

enum sw_host_kind { SW_HOST_NAME, SW_HOST_IPV4, SW_HOST_IPV6 };

/* A host as URIs, maddr and Via's sent-by carry it. */
struct sw_host {
    enum sw_host_kind kind;
    struct sw_slice text;   /* without brackets; a name keeps its case and trailing dot */
    struct sw_netaddr addr; /* family 0 for a name */
};

struct sw_uri {
    enum sw_scheme scheme;
    struct sw_slice text; /* the whole URI */
    struct sw_slice user; /* without password; empty when absent */
    bool has_user;
    struct sw_slice password;
    struct sw_host host;
    bool has_port;
    uint16_t port;             /* 0 when absent */
    struct sw_slice params;    /* from the first ';' on, that ';' included; empty when none */
    struct sw_slice headers;   /* from '?' on, '?' included; empty when none */
    struct sw_slice transport; /* value of the transport parameter; empty when absent */
    bool has_transport;
    bool has_maddr;
    struct sw_host maddr; /* text empty when absent */
    bool has_lr;
};

/**
 * Read a host: a name, a strict dotted quad, or an IPv6 reference in brackets.
 *
 * A host whose last label is all digits is an IPv4 address in strict form or an error, never a
 * name (rule I6). A name: letters, digits, '-' and '_' in labels of at most 63 octets, at most 253
 * in all, one trailing dot allowed.
 * @retval 0            *out is written; it points into @p text.
 * @retval SW_E_SYNTAX  *err says where and why.
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 25.1 (host), I2, I6.
 */
SW_MUST_USE int sw_host_parse(struct sw_slice text, struct sw_host *out, struct sw_syntax *err);

/**
 * Read a SIP or SIPS URI that fills the whole text.
 *
 * @param text       without angle brackets, blanks or a display name.
 * @param[out] out   views into @p text, valid as long as it.
 * @param[out] err   written on failure; NULL when the caller does not want to know.
 * @retval 0              *out is written.
 * @retval SW_E_SCHEME    well-formed start of another scheme (tel:, http:, ...): answer 416.
 * @retval SW_E_SYNTAX    anything else, port 0 or above 65535, empty host, a parameter given twice
 *                        among transport, maddr, lr, ttl, user, method: answer 400.
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 19.1.1, 25.1; I1, I2, I6.
 */
SW_MUST_USE int sw_uri_parse(struct sw_slice text, struct sw_uri *out, struct sw_syntax *err);

/**
 * Find a URI or header parameter by name (without case) in ";a=1;b" text.
 * @retval true  found: *value is its value, empty when it has none. *value may be NULL.
 */
bool sw_param_find(struct sw_slice params, struct sw_slice name, struct sw_slice *value);

/**
 * Say whether two URIs are the same (RFC 3261 19.1.4).
 */
bool sw_uri_eq(const struct sw_uri *a, const struct sw_uri *b);

/* "sip" or "sips". Static. */
const char *sw_scheme_name(enum sw_scheme s);

#endif

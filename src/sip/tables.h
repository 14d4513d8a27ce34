/* SPDX-License-Identifier: BSD-2-Clause */
/* The header fields, methods and status codes that have a name here. */
#ifndef SW_SIP_TABLES_H
#define SW_SIP_TABLES_H

#include "base/slice.h"

/* X(constant, name, compact form or 0): fields the proxy looks at.
 * Adding one is adding a row here and a case in sw_hdr_find(); a test notices a missing case. */
#define SW_HDRS(X)                                                                                 \
    X(SW_HDR_VIA, "Via", 'v')                                                                      \
    X(SW_HDR_FROM, "From", 'f')                                                                    \
    X(SW_HDR_TO, "To", 't')                                                                        \
    X(SW_HDR_CALL_ID, "Call-ID", 'i')                                                              \
    X(SW_HDR_CSEQ, "CSeq", 0)                                                                      \
    X(SW_HDR_MAX_FORWARDS, "Max-Forwards", 0)                                                      \
    X(SW_HDR_MAX_BREADTH, "Max-Breadth", 0)                                                        \
    X(SW_HDR_ROUTE, "Route", 0)                                                                    \
    X(SW_HDR_RECORD_ROUTE, "Record-Route", 0)                                                      \
    X(SW_HDR_CONTACT, "Contact", 'm')                                                              \
    X(SW_HDR_CONTENT_LENGTH, "Content-Length", 'l')                                                \
    X(SW_HDR_CONTENT_TYPE, "Content-Type", 'c')                                                    \
    X(SW_HDR_PROXY_REQUIRE, "Proxy-Require", 0)                                                    \
    X(SW_HDR_REQUIRE, "Require", 0)                                                                \
    X(SW_HDR_SUPPORTED, "Supported", 'k')                                                          \
    X(SW_HDR_UNSUPPORTED, "Unsupported", 0)                                                        \
    X(SW_HDR_PROXY_AUTHENTICATE, "Proxy-Authenticate", 0)                                          \
    X(SW_HDR_WWW_AUTHENTICATE, "WWW-Authenticate", 0)                                              \
    X(SW_HDR_PROXY_AUTHORIZATION, "Proxy-Authorization", 0)                                        \
    X(SW_HDR_AUTHORIZATION, "Authorization", 0)                                                    \
    X(SW_HDR_RETRY_AFTER, "Retry-After", 0)                                                        \
    X(SW_HDR_TIMESTAMP, "Timestamp", 0)                                                            \
    X(SW_HDR_WARNING, "Warning", 0)                                                                \
    X(SW_HDR_REASON, "Reason", 0)

enum sw_hdr_id {
    SW_HDR_OTHER,
#define X(constant, name, compact) constant,
    SW_HDRS(X)
#undef X
        SW_HDR_COUNT
};

/* X(constant, name) */
#define SW_METHODS(X)                                                                              \
    X(SW_INVITE, "INVITE")                                                                         \
    X(SW_ACK, "ACK")                                                                               \
    X(SW_CANCEL, "CANCEL")                                                                         \
    X(SW_BYE, "BYE")                                                                               \
    X(SW_OPTIONS, "OPTIONS")                                                                       \
    X(SW_REGISTER, "REGISTER")

enum sw_method {
    SW_METHOD_OTHER,
#define X(constant, name) constant,
    SW_METHODS(X)
#undef X
};

/* By full or compact name, without case; SW_HDR_OTHER for names nobody here reads, and for what is
 * no name. `name` has no CR, but before an LF. Thread: any. Spec: RFC 3261 7.3.1, 7.3.3. */
enum sw_hdr_id sw_hdr_find(struct sw_slice name);

/* With case, as methods are; SW_METHOD_OTHER for extensions. Thread: any. Spec: RFC 3261 7.1. */
enum sw_method sw_method_find(struct sw_slice text);

/* "Via", "INVITE"; "" for SW_HDR_OTHER and SW_METHOD_OTHER. Static. */
const char *sw_hdr_name(enum sw_hdr_id id);
const char *sw_method_name(enum sw_method m);
/* The reason phrase RFC 3261 21 gives a status, "Unknown" for others. Static. */
const char *sw_status_reason(uint16_t status);

#endif

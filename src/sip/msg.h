/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A SIP message as slices of the buffer it was received in (RFC 3261 7, 25.1).
 *
 * One pass finds the start line and every header field; a field's value is read further only when
 * somebody needs it (hdr.h). Nothing is copied, nothing is changed: what is forwarded is the
 * received bytes plus a list of edits (edit.h), so what a proxy does not touch leaves byte for byte
 * as it came (proxy rule M1).
 *
 *     struct sw_msg msg;                   // 8 KiB: scratch of the worker, not of a transaction
 *     rc = sw_msg_parse(&msg, datagram, &limits, &fault);
 *     const struct sw_hdr *via = sw_msg_first(&msg, SW_HDR_VIA);
 *
 * Owns: nothing. Thread: any.
 */
#ifndef SW_SIP_MSG_H
#define SW_SIP_MSG_H

#include "base/attr.h"
#include "base/err.h"
#include "base/slice.h"
#include "sip/uri.h"

/* X(constant, name, compact form or 0): fields the proxy looks at */
#define SW_HDRS(X)                                                                                 \
    X(SW_HDR_VIA, "Via", 'v')                                                                      \
    X(SW_HDR_FROM, "From", 'f')                                                                    \
    X(SW_HDR_TO, "To", 't')                                                                        \
    X(SW_HDR_CALL_ID, "Call-ID", 'i')                                                              \
    X(SW_HDR_CSEQ, "CSeq", 0)                                                                      \
    X(SW_HDR_MAX_FORWARDS, "Max-Forwards", 0)                                                      \
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

enum { SW_MSG_HDRS_MAX = 200 }; /* header fields a message; M4 */

/* M4. All are inclusive upper bounds. */
struct sw_msg_limits {
    size_t message_len; /* octets of a message, body included; 64 KiB */
    size_t hdr_len;     /* octets of one header field with its folds; 8 KiB */
    uint16_t hdr_count; /* at most SW_MSG_HDRS_MAX */
    uint16_t via_count; /* Via values, counted over all fields; 70 */
};
extern const struct sw_msg_limits sw_msg_limits_default;

struct sw_hdr {
    enum sw_hdr_id id;
    struct sw_slice name;  /* as written */
    struct sw_slice value; /* without blanks at both ends; may contain folds (CRLF + blank) */
    struct sw_slice line;  /* the whole field: name to final CRLF, that included */
};

struct sw_msg {
    struct sw_slice bytes; /* the whole message as received; everything below points into it */
    bool is_request;
    enum sw_method method; /* of a request's start line */
    struct sw_slice method_text;
    struct sw_slice uri_text; /* Request-URI, not read further here */
    struct sw_slice version;  /* "SIP/2.0", without case */
    uint16_t status;          /* of a response */
    struct sw_slice reason;
    struct sw_slice start_line; /* with CRLF */
    struct sw_slice body;       /* cut to Content-Length where there is one (UDP: RFC 3261 18.3) */
    size_t header_end;          /* offset of the empty line's CRLF */
    bool has_content_length;
    uint32_t content_length;
    uint16_t hdr_count;
    uint16_t first[SW_HDR_COUNT]; /* index + 1 of the first field of this id; 0: none */
    struct sw_hdr hdrs[SW_MSG_HDRS_MAX];
};

/* What is wrong with a message, and what can be done about it (M3). */
struct sw_msg_fault {
    const char *field;  /* "Via", "start line", "CSeq": for the reason phrase, static */
    const char *what;   /* static */
    size_t offset;      /* where in the message */
    uint16_t status;    /* answer a request with this (400, 505, 513); 0: drop */
    bool is_answerable; /* enough of the request was read (Via, From, To, Call-ID, CSeq) */
};

/**
 * Split a message and identify its header fields.
 *
 * Checks what everybody needs: start line, version, that each line is a field, the limits, that
 * Via, From, To, Call-ID and CSeq are there and occur once where they must, that CSeq's method is
 * the request's, that Content-Length is a number and not more than there is. Values of other
 * fields are not read.
 * @param bytes   one whole message: a datagram without trailing junk cut off, or a frame.
 * @param limits  NULL: the default.
 * @retval 0            *out is complete.
 * @retval SW_E_SYNTAX  *fault says what and whether it can be answered; *out holds what was read,
 *                      enough for sw_reply_build() when fault->is_answerable.
 * @retval SW_E_LIMIT   as SW_E_SYNTAX, a limit of M4 was passed (413, 513 or drop).
 *
 * Thread: any. Spec: RFC 3261 7, 18.3, 25.1; M1, M3, M4.
 */
SW_MUST_USE int sw_msg_parse(struct sw_msg *out, struct sw_slice bytes,
                             const struct sw_msg_limits *limits, struct sw_msg_fault *fault);

/* The first field of this id, or NULL. */
const struct sw_hdr *sw_msg_first(const struct sw_msg *m, enum sw_hdr_id id);
/* The next field of the same id after h, or NULL. */
const struct sw_hdr *sw_msg_next(const struct sw_msg *m, const struct sw_hdr *h);

/* "Via"; "" for SW_HDR_OTHER. Static. */
const char *sw_hdr_name(enum sw_hdr_id id);
const char *sw_method_name(enum sw_method m);
/* The reason phrase RFC 3261 21 gives a status, "Unknown" for others. Static. */
const char *sw_status_reason(uint16_t status);

#endif

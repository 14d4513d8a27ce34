/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages a proxy makes itself: responses to a request, CANCEL and ACK from a request it sent. */
#ifndef SW_SIP_BUILD_H
#define SW_SIP_BUILD_H

#include "base/buf.h"
#include "sip/msg.h"

struct sw_reply {
    uint16_t status;
    struct sw_slice reason;   /* empty: the RFC's phrase */
    struct sw_slice to_tag;   /* added to To where it has none; empty: none (100) */
    struct sw_slice extra;    /* whole header lines with CRLF, e.g. Warning, Retry-After */
    struct sw_slice received; /* put into the top Via: ";received=192.0.2.1;rport=5060" (X6);
                                 an rport without value in it is replaced; empty: none */
};

/**
 * Write a response to a request (RFC 3261 8.2.6): every Via, From, To, Call-ID, CSeq, Timestamp
 * for a 100; Content-Length: 0.
 * @param request  read by sw_msg_parse(), at least is_answerable.
 * @retval 0, SW_E_SPACE, SW_E_SYNTAX (no usable Via)
 */
SW_MUST_USE int sw_reply_build(const struct sw_msg *request, const struct sw_reply *reply,
                               struct sw_buf *out);

/**
 * Write the CANCEL for a request we sent (RFC 3261 9.1): its Request-URI, top Via alone, From, To,
 * Call-ID, CSeq number, Route fields; Max-Forwards: 70; Content-Length: 0.
 * @param sent   the request as it left.
 * @param extra  whole header lines, e.g. Reason; may be empty.
 */
SW_MUST_USE int sw_cancel_build(const struct sw_msg *sent, struct sw_slice extra,
                                struct sw_buf *out);

/**
 * Write the ACK for a final response other than 2xx (RFC 3261 17.1.1.3): as above, To from the
 * response.
 */
SW_MUST_USE int sw_ack_build(const struct sw_msg *sent, const struct sw_msg *response,
                             struct sw_buf *out);

#endif

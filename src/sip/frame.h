/* SPDX-License-Identifier: BSD-2-Clause */
/* Cutting a byte stream into messages by Content-Length (RFC 3261 18.3; proxy rules X2, M4). */
#ifndef SW_SIP_FRAME_H
#define SW_SIP_FRAME_H

#include "sip/msg.h"

enum sw_frame_kind {
    SW_FRAME_MESSAGE, /* len octets are one message */
    SW_FRAME_PING,    /* a double CRLF of len octets between messages: answer CRLF (RFC 5626) */
    SW_FRAME_SKIP     /* len octets of leading CRLF to be passed over */
};

struct sw_frame {
    enum sw_frame_kind kind;
    size_t len; /* octets to take from the front of the stream */
    uint16_t
        status; /* with SW_E_LIMIT and SW_E_SYNTAX: answer with it, then close; 0: only close */
    enum sw_msg_limit limit; /* with SW_E_LIMIT */
};

/* What is known of the message at the front, so that many small reads do not make the work
 * quadratic. Zero it once, for a new connection. */
struct sw_frame_state {
    size_t scanned_len; /* no empty line begins in these octets */
    size_t message_len; /* 0: not known yet */
};

/**
 * Find the next frame at the front of what has been received.
 *
 * However the stream is cut into reads, the frames are the same.
 * @param in      everything received and not yet taken.
 * @param limits  NULL: the default.
 * @param state   of this connection.
 * @retval 0            *out is it; take out->len octets and call again.
 * @retval SW_E_MORE    read more; also with a single CRLF, which may become a ping.
 * @retval SW_E_LIMIT   header section or Content-Length beyond the limits: end the connection.
 * @retval SW_E_SYNTAX  not SIP, no or a bad or a contradictory Content-Length: end the connection.
 *
 * With the last two out->status is written: what to answer before closing; sw_msg_parse() over
 * the octets received says whether they can be answered.
 *
 * Owns: nothing. Thread: one at a time per state. Spec: RFC 3261 7.5, 18.3; RFC 5626 3.5.1; X2, M4.
 */
SW_MUST_USE int sw_frame_next(struct sw_slice in, const struct sw_msg_limits *limits,
                              struct sw_frame_state *state, struct sw_frame *out);

#endif

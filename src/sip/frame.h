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
};

/* Where the search for the end of the headers stopped, so that many small reads do not make the
 * work quadratic. Zero it at the start of each message. */
struct sw_frame_state {
    size_t scanned_len;
};

/**
 * Find the next frame at the front of what has been received.
 *
 * @param in     everything received and not yet taken.
 * @param state  of this connection.
 * @retval 0            *out is it; take out->len octets and call again.
 * @retval SW_E_MORE    read more.
 * @retval SW_E_LIMIT   header section or Content-Length beyond the limits: end the connection.
 * @retval SW_E_SYNTAX  not SIP, no or a bad or a contradictory Content-Length: end the connection.
 */
SW_MUST_USE int sw_frame_next(struct sw_slice in, const struct sw_msg_limits *limits,
                              struct sw_frame_state *state, struct sw_frame *out);

#endif

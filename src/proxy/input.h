/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes in over a connection, cut into messages. */
#ifndef SW_PROXY_INPUT_H
#define SW_PROXY_INPUT_H

#include "proxy/state.h"

/* Octets came in: kept until px_conn_take_message() has taken them. */
void px_conn_bytes(struct px_core *core, struct px_conn *conn, struct sw_slice bytes);
/**
 * Cut the next message off; blank lines before it are skipped.
 * @retval 1            *out is one message, valid until the turn ends.
 * @retval 2            a ping: answer CRLF (RFC 5626 3.5.1).
 * @retval 0            more octets are needed.
 * @retval SW_E_SYNTAX, SW_E_LIMIT  the framing is lost: *out is what there is; answer with
 *                      lost->status if that is not 0, then close.
 */
SW_MUST_USE int px_conn_take_message(struct px_core *core, struct px_conn *conn,
                                     struct sw_slice *out, struct sw_frame *lost);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where responses go (RFC 3261 18.2.2, RFC 3581, RFC 3263 5): first where the request came from,
 * as its top Via allows (P1); when that fails, where sent-by leads (P2), one place after the other.
 */
#ifndef SW_PROXY_WAY_H
#define SW_PROXY_WAY_H

#include "proxy/state.h"

/* The first place for the responses to a request from there (P1). RFC 3261 18.2.2 sends them to the
 * Via's maddr; a stranger's is passed over, for it would make us throw what he likes at whom he
 * likes. Responses to strangers go to where we saw them. */
void px_reply_hop(const struct px_core *core, const struct sw_via *via, const struct px_hop *from,
                  struct px_hop *out);
/* What a top Via gets when its request is sent on or answered (18.2.1, RFC 3581 4): "" or
 * ";received=192.0.2.1;rport=5060". */
void px_received_write(const struct sw_via *via, const struct px_hop *from, struct sw_buf *b);

/* Send a response as far as it goes now.
 * @param s  its transaction; NULL: it has none.
 * @retval false  its connection is gone. */
bool px_reply_send(struct px_core *core, const struct px_hop *to, const struct px_server *s,
                   struct sw_slice bytes);

/* Send s->response; looks for another way when the one there was is gone. */
void px_way_send(struct px_core *core, struct px_server *s);
/* The place of a datagram did not take it: the next one, if there is any. */
void px_way_failed(struct px_core *core, struct px_server *s);
/* The worker that has the connection could not send the response over it: as if this one could not.
 */
void px_way_unsent(struct px_core *core, struct px_server *s, uint64_t conn);
/* It has sent it, but px_way_unsent() may follow when the connection ends. */
void px_way_unsure(struct px_core *core, struct px_server *s);
/* The search can go on. */
void px_way_search(struct px_core *core, struct px_way *way);
/* The connection that was waited for is open, or is dead; or the one that the peer had ended when
 * the response went over it is dead. */
void px_way_conn(struct px_core *core, struct px_way *way, const struct px_conn *conn);
/* True while the response cannot be sent, for its place is not known yet. */
bool px_way_is_searching(const struct px_way *way); /* NULL: it is not */
/* True while a response is still on its way: its transaction must not be freed. */
bool px_way_is_busy(const struct px_way *way);              /* NULL: it is not */
void px_way_free(struct px_core *core, struct px_way *way); /* NULL allowed */

#endif

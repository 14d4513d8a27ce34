/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several workers (decision 0011): to whom a message belongs, and what they tell one another.
 *
 * A call belongs to one worker: its requests to the one that the Call-ID chooses, the responses to
 * the one that the branch of our Via names, which is the same. So everything about a call is done
 * in one place, in the order in which it came.
 */
#ifndef SW_PROXY_HANDOVER_H
#define SW_PROXY_HANDOVER_H

#include "proxy/stream.h"

/* The worker that a message belongs to; this one for what belongs to nobody. */
uint16_t px_owner(const struct px_core *core, const struct sw_msg *m);
/* The same, of a message that was not read yet, for a fraction of what reading it costs. False: it
 * must be read to know. */
bool px_owner_at_sight(const struct px_core *core, struct sw_slice bytes, uint16_t *out);
/* True for a connection that another worker has. */
bool px_conn_is_lent(const struct px_core *core, uint64_t conn);

/* Hand a message to the worker it belongs to. */
void px_hand_message(struct px_core *core, uint16_t worker, const struct px_hop *from,
                     struct sw_slice bytes);
/* Ask all others whose datagram has come back, or the one whose it is. */
void px_hand_returned(struct px_core *core, uint16_t worker, const struct px_event *ev);
/* Send over a connection that is lent. When it is gone, the bytes come back (px_way_unsent()). */
void px_hand_bytes(struct px_core *core, uint64_t conn, struct sw_slice bytes);
/* The same of a request. When the connection is gone, or ends before an answer came, that is told
 * (px_returned_broken()). */
void px_hand_request(struct px_core *core, uint64_t conn, struct sw_slice bytes);
/* Tell who has the connection that an answer is owed to it, or no longer:
 * PX_HANDED_HOLD, PX_HANDED_RELEASE. */
void px_hand_debt(struct px_core *core, uint64_t conn, enum px_handed_kind kind);
/* Tell all others what has become known of the health of places, as far as there is room. */
void px_hand_health(struct px_core *core);
/* The same of domains that were found to offer SIPS, and the driver too (H3). */
void px_hand_offers(struct px_core *core);

/* A dialog (px_dialog_number()) leads back over a connection, of whatever worker, that its other
 * end opened; or does so no longer: PX_HANDED_DIALOG, PX_HANDED_DIALOG_END. Nothing happens for any
 * other connection. */
void px_dialog_note(struct px_core *core, uint64_t conn, enum px_handed_kind kind, uint32_t dialog);

/* PX_HANDED_OFFER */
void px_handed_offer(struct px_core *core, const struct px_handed *h);
/* The end of the connection over which something was sent for another worker. Frees lent. */
void px_lent_end(struct px_core *core, struct px_lent *lent, const struct px_conn *conn);
/* A response for another worker came: when it is a final one, the end of the connection is no news
 * to that one any more. */
void px_asked_answered(struct px_core *core, const struct px_hop *from, const struct sw_msg *m);
/* The connection over which another worker asked is at its end, without an answer. Frees asked. */
void px_asked_end(struct px_core *core, struct px_lent *asked, const struct px_conn *conn);
/* What another worker says of a connection that is here: PX_HANDED_BYTES, _REQUEST, _HOLD,
 * _RELEASE, _DIALOG, _DIALOG_END. */
void px_handed_to_conn(struct px_core *core, const struct px_handed *h);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one worker tells another: a ring of octets that one thread writes and one other reads,
 * without a lock. What is put in is copied; nothing is seen before it is sent, which costs once for
 * all that was put in since.
 *
 *     writer: if (!sw_mailbox_put(box, &handed)) it is lost and counted;
 *             if (sw_mailbox_send(box)) there is something new;
 *     reader: while (sw_mailbox_take(box, &handed)) { ... }   // views, valid until the next call
 *
 * Order is kept. A full box loses what comes: the writer must not wait. The last part of it is for
 * what has no octets with it, so that a flood of messages does not drown what keeps the books.
 *
 * Owns: its ring. Thread: put and send one, take another, lost any.
 */
#ifndef SW_RUN_MAILBOX_H
#define SW_RUN_MAILBOX_H

#include "proxy/port.h"

enum { SW_MAILBOX_LEN_MIN = 1 << 18 }; /* a few of the longest messages, hundreds of usual ones */

struct sw_mailbox;

/**
 * @param len  of the ring: a power of two, at least SW_MAILBOX_LEN_MIN.
 * @retval 0, SW_E_NOMEM
 */
SW_MUST_USE int sw_mailbox_new(struct sw_mailbox **out, size_t len);
void sw_mailbox_free(struct sw_mailbox *box); /* NULL is allowed */

/* @retval false  there is no room: it is lost. */
bool sw_mailbox_put(struct sw_mailbox *box, const struct px_handed *h);
/* Let the reader see what was put in. @retval true  that is something. */
bool sw_mailbox_send(struct sw_mailbox *box);
/* The oldest one that was sent; its bytes are in the ring until the next call.
 * @retval false  there is none, *out is untouched. */
SW_MUST_USE bool sw_mailbox_take(struct sw_mailbox *box, struct px_handed *out);
bool sw_mailbox_is_empty(const struct sw_mailbox *box); /* the reader's */
/* How many did not fit. */
uint64_t sw_mailbox_lost(const struct sw_mailbox *box);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last transactions of a worker, with what the locator said about each: for `sipward ctl why`.
 *
 *     sw_history_new(&h, 1000);
 *     sw_history_add(h, px_log, wall_us);            // once a transaction, allocates nothing
 *     sw_history_find(h, call_id, show, me);         // the newest first
 *
 * It is a ring of octets, 2 KiB for each transaction it is made for, and that is all the memory it
 * ever has. A usual transaction takes between 0.5 and 2 KiB; when many have long stories, fewer are
 * kept: the oldest make room.
 *
 * Owns: its ring. Thread: one at a time.
 */
#ifndef SW_RUN_HISTORY_H
#define SW_RUN_HISTORY_H

#include "proxy/port.h"

enum { SW_HISTORY_ENTRY_LEN = 2048 };

struct sw_history;

/* count 0 keeps nothing. @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_history_new(struct sw_history **out, size_t count);
/* NULL is allowed. */
void sw_history_free(struct sw_history *h);

/* Keep a transaction. One that is too long for the whole ring is not kept. */
void sw_history_add(struct sw_history *h, const struct px_log *log, uint64_t wall_us);
/* Transactions kept. */
size_t sw_history_count(const struct sw_history *h);

/* Called for a transaction; `log` is valid during the call; of its tries those below
 * min(try_count, PX_LOG_TRIES_MAX) may be read. False: enough. */
typedef bool sw_history_visit_fn(void *arg, const struct px_log *log, uint64_t wall_us);

/* Show the transactions with a Call-ID, the newest first; an empty one stands for all. The Call-ID
 * is compared as far as a record holds it (PX_LOG_TEXT_MAX). */
void sw_history_find(const struct sw_history *h, struct sw_slice call_id, sw_history_visit_fn *fn,
                     void *arg);

#endif

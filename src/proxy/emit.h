/* SPDX-License-Identifier: BSD-2-Clause */
/* Actions, timers and memory: how the core's parts leave something for the driver to do. */
#ifndef SW_PROXY_EMIT_H
#define SW_PROXY_EMIT_H

#include "proxy/state.h"

/* A cleared action at the end of the list. There is room: see px_has_room(). */
struct px_action *px_emit(struct px_core *core, enum px_action_kind kind);
/* True while one more message, timer or answer can be handled in this call of the driver. */
bool px_has_room(const struct px_core *core);

/* Bytes stay where they are until the next turn: of the pool, or px_turn_buf()'s. hop: its listener
 * and peer; series and company as px_action says. */
void px_emit_datagram(struct px_core *core, const struct px_hop *hop, struct sw_slice bytes,
                      uint64_t series, enum px_company company);
/* The same over a connection that is open. */
void px_emit_bytes(struct px_core *core, uint64_t conn, struct sw_slice bytes);

/* For one worker, or PX_ALL_WORKERS. NULL: without memory for it, it is lost, as when the other
 * one's mailbox is full. */
struct px_handed *px_emit_handed(struct px_core *core, uint16_t worker, enum px_handed_kind kind);

/* Not armed; the kind says in what it lies. */
void px_timer_init(struct px_timer *t, enum px_timer_kind kind);
/* As sw_timer_arm(); the core fires it. */
void px_timer_arm(struct px_core *core, struct px_timer *t, uint64_t due_us);
/* As sw_timer_disarm(). */
void px_timer_disarm(struct px_core *core, struct px_timer *t);

/* Something of it ended: px_reap() looks at the end of the event whether all of it has. */
void px_server_touch(struct px_core *core, struct px_server *s);

/* A writer over memory that lasts until the next turn; cap 0 when there is none. */
struct sw_buf px_turn_buf(struct px_core *core, size_t cap);
/* A writer over a block of the pool, which its slice owns; cap 0 when there is none. */
struct sw_buf px_owned_buf(struct px_core *core, size_t cap);

#endif

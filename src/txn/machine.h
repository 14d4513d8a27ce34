/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a machine is written down: a constant table with a cell for every event in every state. A
 * cell says what state follows, what the owner has to do and what happens to the timers. No cell is
 * left empty: what means nothing is IGNORE, a state the machine does not have is ABSENT.
 */
#ifndef SW_TXN_MACHINE_H
#define SW_TXN_MACHINE_H

#include "base/attr.h"
#include "txn/txn.h"

/* What happens to the timers of a transaction when an event comes at now_us. */
typedef void sw_txn_timing(struct sw_txn *t, uint64_t now_us);

struct sw_txn_cell {
    sw_txn_timing *timing; /* never NULL */
    uint8_t next;          /* enum sw_txn_state */
    uint8_t todo;          /* SW_TXN_DO_* */
};

typedef struct sw_txn_cell sw_txn_table[SW_TXN_STATE_COUNT][SW_TXN_EVENT_COUNT];

extern const sw_txn_table sw_txn_ict;  /* RFC 3261 17.1.1, RFC 6026 */
extern const sw_txn_table sw_txn_nict; /* RFC 3261 17.1.2 */
extern const sw_txn_table sw_txn_ist;  /* RFC 3261 17.2.1, RFC 6026 */
extern const sw_txn_table sw_txn_nist; /* RFC 3261 17.2.2 */

/* The table of a kind of machine. Static. */
const sw_txn_table *sw_txn_table_of(enum sw_txn_kind kind);

#define DO(state, what, when)                                                                      \
    {                                                                                              \
        .timing = (when), .next = (state), .todo = (what)                                          \
    }
#define IGNORE(state) DO(state, 0, sw_txn_keep_timers)

/* Nothing leads here. */
#define ABSENT(state)                                                                              \
    {                                                                                              \
        [SW_TXN_EV_START] = DO(state, 0, sw_txn_cannot_be),                                        \
        [SW_TXN_EV_REQUEST] = DO(state, 0, sw_txn_cannot_be),                                      \
        [SW_TXN_EV_ACK] = DO(state, 0, sw_txn_cannot_be),                                          \
        [SW_TXN_EV_1XX] = DO(state, 0, sw_txn_cannot_be),                                          \
        [SW_TXN_EV_2XX] = DO(state, 0, sw_txn_cannot_be),                                          \
        [SW_TXN_EV_3456XX] = DO(state, 0, sw_txn_cannot_be),                                       \
        [SW_TXN_EV_RETRANSMIT] = DO(state, 0, sw_txn_cannot_be),                                   \
        [SW_TXN_EV_TIMEOUT] = DO(state, 0, sw_txn_cannot_be),                                      \
        [SW_TXN_EV_END] = DO(state, 0, sw_txn_cannot_be),                                          \
        [SW_TXN_EV_SEND_FAILED] = DO(state, 0, sw_txn_cannot_be),                                  \
        [SW_TXN_EV_ABANDON] = DO(state, 0, sw_txn_cannot_be),                                      \
    }

/* Over: whatever still comes is ignored. The same in each machine. */
#define OVER                                                                                       \
    {                                                                                              \
        [SW_TXN_EV_START] = IGNORE(SW_TXN_TERMINATED),                                             \
        [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_TERMINATED),                                           \
        [SW_TXN_EV_ACK] = IGNORE(SW_TXN_TERMINATED), [SW_TXN_EV_1XX] = IGNORE(SW_TXN_TERMINATED),  \
        [SW_TXN_EV_2XX] = IGNORE(SW_TXN_TERMINATED),                                               \
        [SW_TXN_EV_3456XX] = IGNORE(SW_TXN_TERMINATED),                                            \
        [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_TERMINATED),                                        \
        [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_TERMINATED),                                           \
        [SW_TXN_EV_END] = IGNORE(SW_TXN_TERMINATED),                                               \
        [SW_TXN_EV_SEND_FAILED] = IGNORE(SW_TXN_TERMINATED),                                       \
        [SW_TXN_EV_ABANDON] = IGNORE(SW_TXN_TERMINATED),                                           \
    }

/* Before the first event only a start means something; the same in each machine. */
#define BEFORE_START(start)                                                                        \
    {                                                                                              \
        [SW_TXN_EV_START] = start, [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_INIT),                      \
        [SW_TXN_EV_ACK] = IGNORE(SW_TXN_INIT), [SW_TXN_EV_1XX] = IGNORE(SW_TXN_INIT),              \
        [SW_TXN_EV_2XX] = IGNORE(SW_TXN_INIT), [SW_TXN_EV_3456XX] = IGNORE(SW_TXN_INIT),           \
        [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_INIT), [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_INIT),   \
        [SW_TXN_EV_END] = IGNORE(SW_TXN_INIT), [SW_TXN_EV_SEND_FAILED] = IGNORE(SW_TXN_INIT),      \
        [SW_TXN_EV_ABANDON] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),            \
    }

/* What the cells may do to the timers; the letters are those of RFC 3261 17 and RFC 6026 8. */
void sw_txn_keep_timers(struct sw_txn *t, uint64_t now_us);
/* For cells of states that nothing leads to: aborts. */
void sw_txn_cannot_be(struct sw_txn *t, uint64_t now_us);
void sw_txn_stop_timers(struct sw_txn *t, uint64_t now_us);
/* A or E at T1 over unreliable transports, B or F at 64*T1. */
void sw_txn_start_sending(struct sw_txn *t, uint64_t now_us);
/* A again, after twice the time. */
void sw_txn_double(struct sw_txn *t, uint64_t now_us);
/* E or G again, after twice the time, T2 at most. */
void sw_txn_double_to_t2(struct sw_txn *t, uint64_t now_us);
/* E again, after T2. */
void sw_txn_every_t2(struct sw_txn *t, uint64_t now_us);
/* G at T1 over unreliable transports, H at 64*T1. */
void sw_txn_start_answering(struct sw_txn *t, uint64_t now_us);
/* Only D: at least 32 s; at once over reliable transports. */
void sw_txn_start_d(struct sw_txn *t, uint64_t now_us);
/* Only I or K: T4; at once over reliable transports. */
void sw_txn_start_i_or_k(struct sw_txn *t, uint64_t now_us);
/* Only J: 64*T1; at once over reliable transports. */
void sw_txn_start_j(struct sw_txn *t, uint64_t now_us);
/* Only L or M, or the wait for late answers: 64*T1, whatever the transport. */
void sw_txn_start_l_or_m(struct sw_txn *t, uint64_t now_us);

#endif

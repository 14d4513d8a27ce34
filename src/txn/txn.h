/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four transaction machines of RFC 3261 section 17 with the Accepted state of RFC 6026, as
 * tables: INVITE client (ict), non-INVITE client (nict), INVITE server (ist), non-INVITE server
 * (nist). A machine knows no message, socket or peer: an event and the time go in, what the owner
 * has to do comes out as a set of bits.
 *
 *     sw_txn_init(&t, SW_TXN_ICT, &times, is_reliable);
 *     todo = sw_txn_step(&t, SW_TXN_EV_START, now_us);         // SW_TXN_DO_SEND
 *     arm_timer(sw_txn_wake_us(&t));
 *     ...
 *     todo = sw_txn_wake(&t, now_us);                          // retransmit, time out or end
 */
#ifndef SW_TXN_TXN_H
#define SW_TXN_TXN_H

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

enum sw_txn_kind { SW_TXN_ICT, SW_TXN_NICT, SW_TXN_IST, SW_TXN_NIST };

/* X(constant, name) */
#define SW_TXN_STATES(X)                                                                           \
    X(SW_TXN_INIT, "init")             /* before the first event */                                \
    X(SW_TXN_CALLING, "calling")       /* ict */                                                   \
    X(SW_TXN_TRYING, "trying")         /* nict, nist */                                            \
    X(SW_TXN_PROCEEDING, "proceeding") /* ist begins here */                                       \
    X(SW_TXN_COMPLETED, "completed")                                                               \
    X(SW_TXN_CONFIRMED, "confirmed") /* ist */                                                     \
    X(SW_TXN_ACCEPTED, "accepted")   /* ict, ist: RFC 6026 */                                      \
    X(SW_TXN_ABANDONED, "abandoned") /* clients: silent, hears late answers for 64*T1 (F6) */      \
    X(SW_TXN_TERMINATED, "terminated")

enum sw_txn_state {
#define X(constant, name) constant,
    SW_TXN_STATES(X)
#undef X
        SW_TXN_STATE_COUNT
};

/* X(constant, name) */
#define SW_TXN_EVENTS(X)                                                                           \
    X(SW_TXN_EV_START, "start")     /* client: send; server: the request came in */                \
    X(SW_TXN_EV_REQUEST, "request") /* server: a retransmission of the request */                  \
    X(SW_TXN_EV_ACK, "ack")         /* ist: the ACK of a non-2xx (or a 2xx: Accepted) */           \
    X(SW_TXN_EV_1XX, "1xx")         /* client: received; server: the owner sends it */             \
    X(SW_TXN_EV_2XX, "2xx")                                                                        \
    X(SW_TXN_EV_3456XX, "3456xx")                                                                  \
    X(SW_TXN_EV_RETRANSMIT, "retransmit")   /* timer A, E or G */                                  \
    X(SW_TXN_EV_TIMEOUT, "timeout")         /* timer B, F or H */                                  \
    X(SW_TXN_EV_END, "end")                 /* timer D, I, J, K, L or M */                         \
    X(SW_TXN_EV_SEND_FAILED, "send-failed") /* transport error */                                  \
    X(SW_TXN_EV_ABANDON, "abandon")         /* the owner gives up without an answer (F5): a        \
                                               client falls silent, a server is over */

enum sw_txn_event {
#define X(constant, name) constant,
    SW_TXN_EVENTS(X)
#undef X
        SW_TXN_EVENT_COUNT
};

/* What the owner does now, in this order. */
enum {
    SW_TXN_DO_SEND = 1u << 0, /* (re)send the request, or the last response */
    SW_TXN_DO_ACK = 1u << 1,  /* ict: (re)send the ACK of the non-2xx */
    SW_TXN_DO_PASS = 1u << 2, /* hand what came in to the transaction user */
    SW_TXN_DO_REPORT_TIMEOUT = 1u << 3,
    SW_TXN_DO_REPORT_ERROR = 1u << 4, /* transport error */
    SW_TXN_DO_END = 1u << 5           /* terminated: forget it */
};

struct sw_txn_times { /* RFC 3261 17.1.1.1; microseconds */
    uint64_t t1_us;   /* 500 ms */
    uint64_t t2_us;   /* 4 s */
    uint64_t t4_us;   /* 5 s */
    uint64_t d_us;    /* timer D over an unreliable transport: at least 32 s */
};
extern const struct sw_txn_times sw_txn_times_default;

struct sw_txn {
    uint8_t kind;  /* enum sw_txn_kind */
    uint8_t state; /* enum sw_txn_state; only sw_txn_step() writes it */
    bool is_reliable;
    uint32_t interval_us;             /* the current A, E or G */
    const struct sw_txn_times *times; /* borrowed */
    uint64_t retransmit_us;           /* timer A, E, G; SW_NEVER: off */
    uint64_t timeout_us;              /* timer B, F, H */
    uint64_t end_us;                  /* timer D, I, J, K, L, M */
};

/* In the first state of its kind, no timer running; `times` is borrowed. */
void sw_txn_init(struct sw_txn *t, enum sw_txn_kind kind, const struct sw_txn_times *times,
                 bool is_reliable);
/* One event. Returns SW_TXN_DO_* bits. An event that means nothing in this state gives 0. */
unsigned sw_txn_step(struct sw_txn *t, enum sw_txn_event ev, uint64_t now_us);
/* The next timer that is due at now_us, as its event; call again until it returns 0 bits. */
unsigned sw_txn_wake(struct sw_txn *t, uint64_t now_us);
/* When sw_txn_wake() is due; SW_NEVER: no timer runs. */
uint64_t sw_txn_wake_us(const struct sw_txn *t);

/* The row's name. Static. */
const char *sw_txn_state_name(enum sw_txn_state s);
const char *sw_txn_event_name(enum sw_txn_event ev);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Server transactions: finding the one a request belongs to, answering through it, and its end.
 * Requests that are refused at once are answered without one (RFC 3261 8.2.7), so that scanners
 * cost no memory; the tag of such an answer tells its ACK apart.
 */
#ifndef SW_PROXY_SERVER_H
#define SW_PROXY_SERVER_H

#include "proxy/domains.h"
#include "proxy/state.h"

enum { PX_RECEIVED_MAX = 80 }; /* ";received=" + IPv6 + ";rport=65535" */

/* A request that just came in. Views into core->msg, valid for the event. */
struct px_request {
    const struct sw_msg *msg;
    const struct sw_via *via; /* the top one */
    struct px_key key;
    struct px_hop from;  /* source */
    struct px_hop reply; /* where responses go first */
};

/* A response made here. */
struct px_answer {
    uint16_t status;
    struct sw_slice reason; /* empty: the RFC's phrase */
    struct sw_slice extra;  /* whole header lines */
};

/* The transaction that the request belongs to as a retransmission, ACK or CANCEL; `method` is the
 * one of the transaction: INVITE for an ACK. NULL: none. */
struct px_server *px_server_find(const struct px_core *core, const struct px_key *key,
                                 enum sw_method method);
/* The transaction that a CANCEL with this key means: an INVITE, else any but another CANCEL. NULL:
 * none. */
struct px_server *px_server_find_cancelled(const struct px_core *core, const struct px_key *key);
/* True when no further request may be held: as many are as conf->transactions_max allows, or they
 * are long. Those within dialogs have a quarter more, so that calls that go on can end (section 6).
 */
bool px_is_full(const struct px_core *core, const struct px_request *rq, size_t count);
/**
 * Begin one. The request is copied.
 * @retval NULL  out of memory, or px_is_full(), or its sender has made too many with one branch,
 *               each with another method: each look-up would have to tell them apart.
 */
SW_MUST_USE struct px_server *px_server_new(struct px_core *core, const struct px_request *rq);

/* What the configuration wants of its target's route: failover codes (F1), recursion (C9). route:
 * as px_target_route() found it. */
void px_server_configure(const struct px_core *core, struct px_server *s,
                         const struct px_route *route);

/* Pass a response made here to the transaction. Does nothing after a final response. */
void px_server_answer(struct px_core *core, struct px_server *s, const struct px_answer *answer);
/* Pass one from downstream: `bytes` are of the pool and change hands. */
void px_server_pass(struct px_core *core, struct px_server *s, uint16_t status,
                    struct sw_slice bytes);
/* An event of the machine that brings no response: a retransmission, an ACK, the owner gives up. */
void px_server_step(struct px_core *core, struct px_server *s, enum sw_txn_event ev);
void px_server_wake(struct px_core *core, struct px_server *s);
/* It will soon be freed: have what that touches brought closer, while something else is done. */
void px_server_expect_end(const struct px_core *core, const struct px_server *s);

/* Answer a request without a transaction. */
void px_answer_stateless(struct px_core *core, const struct px_request *rq,
                         const struct px_answer *answer);
/* The same, and nothing is logged. */
void px_answer_silently(struct px_core *core, const struct px_request *rq,
                        const struct px_answer *answer);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Client transactions: one try each, and the CANCEL of one (or its ACK, while a connection for it
 * is being opened). They know how to send, send again, ACK and end; what a response or a failure
 * means is decided above.
 */
#ifndef SW_PROXY_CLIENT_H
#define SW_PROXY_CLIENT_H

#include "proxy/state.h"

/**
 * Begin one, not yet sent.
 * @param sent    of the pool, changes hands, also on failure.
 * @param branch  PX_BRANCH_LEN octets.
 * @retval NULL  out of memory.
 */
SW_MUST_USE struct px_client *px_client_new(struct px_core *core, struct px_server *s,
                                            enum sw_method method, const struct px_hop *to,
                                            struct sw_slice sent, const char *branch);
/**
 * Send it, or wait for a connection to send it on. The names are kept, for what comes after it.
 * @retval false  there is no connection and none can be opened.
 */
SW_MUST_USE bool px_client_launch(struct px_core *core, struct px_client *c,
                                  const struct sw_slice *tls_names, size_t tls_name_count);
/* The turn is over: what is sent from now on does not leave with what was sent in it. */
void px_clients_end_turn(struct px_core *core);
/* Its datagram came back, perhaps for others that left with it: their try timers fire now. */
void px_client_tell_turn(struct px_core *core, struct px_client *c, enum px_cause cause);
/* What is known of the end of its connection, for the log. */
void px_client_note(struct px_core *core, struct px_client *c, struct sw_slice detail);
/* The connection waited for is open. */
void px_client_start(struct px_core *core, struct px_client *c);
/**
 * An event of the machine: sends, sends again, ACKs and ends as it says.
 * @param response  with an answer from the network, for the ACK; else NULL.
 * @return what is left for the owner: SW_TXN_DO_PASS, _REPORT_TIMEOUT, _REPORT_ERROR.
 */
unsigned px_client_step(struct px_core *core, struct px_client *c, enum sw_txn_event ev,
                        const struct sw_msg *response);
/* The next timer that is due; call until it returns 0. */
unsigned px_client_wake(struct px_core *core, struct px_client *c);
/* It will soon end: have what that touches brought closer, while something else is done. */
static inline void px_client_expect_end(const struct px_core *core, const struct px_client *c)
{
    sw_hmap_expect(&core->clients, c->link.hash);
    __builtin_prefetch(c->server);
}
/* Forget the transaction; what the log needs stays until the server transaction goes. */
void px_client_end(struct px_core *core, struct px_client *c);
/* CANCEL it: now when a provisional has come, else when one comes (9.1, C7). */
void px_client_cancel(struct px_core *core, struct px_client *c);

/* By branch and method (17.1.3). NULL: none. */
struct px_client *px_client_find(const struct px_core *core, struct sw_slice branch,
                                 enum sw_method method);
/* Give back those that are over. The log has told of them. */
void px_clients_forget(struct px_core *core, struct px_server *s);
/* True while one of its clients has not ended. */
bool px_clients_are_open(const struct px_server *s);
void px_clients_free(struct px_core *core, struct px_server *s);

#endif

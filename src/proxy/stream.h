/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections: finding or opening one, and who waits for or uses each. What to do for those who
 * waited is the core's business: it takes them out one by one.
 *
 *     connecting --CONNECTED--> open --CLOSED--> dead --last user taken--> freed
 *
 * A peer that ends its side (a FIN) may have closed, or may still read: the same comes of both
 * until something is sent. So what is owed goes over the connection, which is left a second later;
 * when a reset comes before, the responses look for another way.
 */
#ifndef SW_PROXY_STREAM_H
#define SW_PROXY_STREAM_H

#include "proxy/state.h"

/* What was sent for another worker: a response over a connection that the peer had ended, or a
 * request that has no answer yet. */
struct px_lent {
    struct px_user user;
    uint16_t worker;
    uint64_t conn;
    enum sw_method method; /* of a request */
    struct sw_slice bytes; /* owned: the response; of a request only its branch */
};

/* By id; NULL when it is unknown or dead. */
struct px_conn *px_conn_find(const struct px_core *core, uint64_t id);
/**
 * Take up a connection that the driver accepted. Above conf->connections_max the one idle for the
 * longest is closed, or the new one when none is idle.
 */
void px_conn_accepted(struct px_core *core, const struct px_event *ev);
/**
 * Find an open or opening connection to the place of a hop, or begin to open one (X3). Over TLS it
 * is one that was verified for the same names, or whose certificate covers them (H7).
 * @param hop        transport, listener and peer are read; conn is written.
 * @param tls_names  borrowed; for TLS transports.
 * @retval NULL  out of memory, too many connections are in use, or TLS has no name to verify.
 */
SW_MUST_USE struct px_conn *px_conn_reach(struct px_core *core, struct px_hop *hop,
                                          const struct sw_slice *tls_names, size_t tls_name_count);
/* True when there is an open one to that place: px_conn_reach() would find it. */
bool px_conn_is_open(const struct px_core *core, const struct px_hop *hop,
                     const struct sw_slice *tls_names, size_t tls_name_count);
/* Whoever wanted it does not any more: closed, unless others use it or wait for it. */
void px_conn_abandon(struct px_core *core, struct px_conn *conn);
/* Nobody answers over it: what goes to its place from now on takes another one (X3). Who uses it is
 * not disturbed. */
void px_conn_distrust(struct px_core *core, struct px_conn *conn);
/* Put a user into the list of those who wait for the connection, or of those who use it. */
void px_conn_wait(struct px_core *core, struct px_conn *conn, struct px_user *user);
void px_conn_use(struct px_conn *conn, struct px_user *user);
/* True when a request may be sent over it: its answer could come back. */
bool px_conn_carries(const struct px_conn *conn); /* NULL: it does not */
/* Octets went over it: it is not idle now. */
void px_conn_touch(struct px_core *core, struct px_conn *conn);
/* Send over an open connection. */
void px_conn_send(struct px_core *core, struct px_conn *conn, struct sw_slice bytes);
/* Another worker owes an answer to it, or no longer. */
void px_conn_lend(struct px_core *core, struct px_conn *conn, bool is_owed);
/* A dialog that leads back over it has begun, or is over: it is not idle in between. Either may be
 * said more than once. */
void px_conn_dialog(struct px_core *core, struct px_conn *conn, bool begins, uint32_t dialog);
/* Free what px_hand_ keeps with a connection. */
void px_lent_free(struct px_core *core, struct px_lent *lent);
/* Leave: does nothing for who is in no list. */
void px_conn_leave(struct px_user *user);

/* Section 5: who sends from there, or shows such a certificate there, may send anywhere. */
bool px_hop_is_trusted(const struct px_core *core, const struct px_hop *from);

/* The connection is there, or is gone; its timer is due at once to look after its users. */
void px_conn_opened(struct px_core *core, struct px_conn *conn);
/* What is known of the other side, and of the end that is coming, is kept with the connection. */
void px_conn_note_cert(struct px_core *core, struct px_conn *conn, const struct px_cert *cert);
void px_conn_note_detail(struct px_core *core, struct px_conn *conn, struct sw_slice detail);
void px_conn_ended(struct px_core *core, struct px_conn *conn, enum px_cause cause);
/* The peer sends nothing more. */
void px_conn_half_ended(struct px_core *core, struct px_conn *conn);
/* As px_conn_ended(), and tell the driver. */
void px_conn_close(struct px_core *core, struct px_conn *conn);
/* The next one to be looked after, taken out of its list: of an open connection who waited, of one
 * that the peer has ended who hopes for an answer, of a dead one anybody. NULL: none. */
struct px_user *px_conn_take_user(struct px_conn *conn);
/* After its timer fired and all work is done: arm it anew, close an idle one, free a dead one. */
void px_conn_rest(struct px_core *core, struct px_conn *conn);

/* Free everything, without a word to the driver. */
void px_conns_fini(struct px_core *core);

#endif

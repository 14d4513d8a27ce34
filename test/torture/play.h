/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A proxy core on a bench, fed with one message as octets: what becomes of it?
 *
 * A request comes from 192.0.2.100 in a datagram or over a connection, in pieces of any length.
 * Whatever is asked of the DNS is at 192.0.2.200; all connections succeed; everybody is trusted. A
 * response comes twice: as it is, when nobody waits for it, and with our Via on top, in answer to a
 * request of its method that was forwarded before. In the end time passes until nothing is left.
 *
 * On the way: what leaves must be what came in but for the list in same.h; an error carries the
 * request's own From, Call-ID and CSeq; nothing leaks.
 */
#ifndef TEST_TORTURE_PLAY_H
#define TEST_TORTURE_PLAY_H

#include "base/slice.h"
#include "locate/transport.h"

struct tt_way {
    enum sw_transport transport; /* SW_UDP or SW_TCP */
    size_t piece_len;            /* octets a read of a connection; 0: all at once */
    size_t first_len;            /* and of the first one; 0: as the others */
};

struct tt_seen {
    unsigned forward_count; /* messages that went on */
    unsigned pong_count;    /* answers to a ping (RFC 5626 3.5.1) */
    uint16_t status;        /* of the error we answered with; 0: none */
    char reason[64];        /* its phrase */
    bool is_closed;         /* we ended the connection at once */
    bool is_closed_late;    /* we ended it when time had passed */
    const char *dropped;    /* the counter that says so; NULL: none */
    const char *complaint;  /* a promise that was broken; NULL: none. Static */
};

/* One message, or several one behind the other for a connection. */
void tt_play(struct sw_slice message, const struct tt_way *way, struct tt_seen *out);

#endif

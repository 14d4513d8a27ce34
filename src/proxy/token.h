/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may use the proxy along a dialog (section 5): the token in our Record-Route URI, which comes
 * back in the Route of the dialog's later requests. Nothing is remembered of a dialog; the token
 * itself says to us what it is good for, and nobody else can make one.
 *
 * Both sides learn their route set from us, each from another message, so each gets a token of its
 * own. The callee's is in the request: his tag is not known yet, but the caller's is. The caller's
 * is in the response, where it takes the other one's place:
 *
 *     caller                  proxy                          callee
 *       |-- INVITE, tag a ------>|-- Record-Route: token(a, to the caller) -->|
 *       |<- token(a, b, to the callee) --|<-- 200, tag b, the same token -----|
 *
 * Each belongs to a Call-ID, those tags, the host that the other side said to be reached at, and
 * ends with conf->dialog_us (docs/decisions/0008).
 *
 * When the caller himself opened the connection that his request came over, the callee's token
 * names it (X3, docs/decisions/0015): what comes back along the dialog goes over that one. The same
 * where the request went to the callee over a connection of his.
 */
#ifndef SW_PROXY_TOKEN_H
#define SW_PROXY_TOKEN_H

#include "proxy/state.h"
#include "sip/edit.h"
#include "sip/uri.h"

enum {
    PX_TOKEN_LEN = 8 + 16,               /* time, keyed hash; hexadecimal */
    PX_TOKEN_LEN_MAX = PX_TOKEN_LEN + 16 /* and a connection's id */
};

/* The request that a transaction began with. */
struct px_begun {
    const struct sw_msg *request; /* as received */
    const struct px_hop *from;
    uint64_t at_us; /* when: so that the token is the same in each copy */
};

/* The parameter of our Record-Route URIs that holds the token. */
#define PX_TOKEN_PARAM "d"

/* The token for whom this request goes to, PX_TOKEN_LEN or PX_TOKEN_LEN_MAX octets. */
void px_token_write(const struct px_core *core, const struct px_begun *of, struct sw_buf *b);
/**
 * In a response on its way upstream: the token for whom it goes to takes the place of the one that
 * the request had.
 * @param by    where the request went, when that was whom it was for and not only somebody on the
 *              way; NULL: that is not known.
 * @param text  room for PX_TOKEN_LEN_MAX octets, borrowed by the edits.
 */
void px_token_turn(const struct px_core *core, const struct px_begun *of, const struct px_hop *by,
                   const struct sw_msg *response, struct sw_edits *edits, struct sw_buf *text);
/**
 * True when a Route value's token belongs to the dialog that the request is in, leads to the host
 * of next_hop, and is not too old.
 * @param[out] flow  then: the id of the connection it names; 0: none.
 */
bool px_token_fits(const struct px_core *core, const struct sw_msg *m, struct sw_slice token,
                   const struct sw_uri *next_hop, uint64_t *flow);

#endif

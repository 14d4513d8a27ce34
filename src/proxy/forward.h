/* SPDX-License-Identifier: BSD-2-Clause */
/* The request as it leaves (RFC 3261 16.6; C4): the received bytes and a dozen edits. */
#ifndef SW_PROXY_FORWARD_H
#define SW_PROXY_FORWARD_H

#include "proxy/state.h"

/* One copy to be written. */
struct px_copy {
    const struct sw_msg *msg;       /* the request as received */
    const struct px_target *target; /* views into it */
    const struct px_hop *from;
    const struct px_hop *to;
    const char *branch; /* PX_BRANCH_LEN octets */
    uint64_t at_us;     /* when its transaction began */
};

/**
 * Choose what to leave from: a listener of the transport and family, the one with the address that
 * the request came to if there is one.
 * @retval SW_E_NOTFOUND  there is none: the candidate cannot be reached from here.
 */
SW_MUST_USE int px_forward_listener(const struct px_core *core, const struct px_hop *from,
                                    enum sw_transport transport, const struct sw_netaddr *to,
                                    uint16_t *out);
/**
 * Write the copy into a block of the pool, which *out then owns.
 * @retval 0, SW_E_NOMEM, SW_E_LIMIT (more edits than a request can need),
 *         SW_E_INVAL (what is for sips would leave in clear text)
 */
SW_MUST_USE int px_forward_build(struct px_core *core, const struct px_copy *copy,
                                 struct sw_slice *out);
/* Octets it would have over UDP at most, for the choice of transport (T7): exact where that
 * matters. */
size_t px_forward_len(struct px_core *core, const struct px_copy *copy);

#endif

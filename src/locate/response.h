/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a response goes first (RFC 3261 18.2.2, RFC 3581 4; locating rule P1). The search when that
 * fails is sw_plan_new_response() (RFC 3263 5, rule P2). */
#ifndef SW_LOCATE_RESPONSE_H
#define SW_LOCATE_RESPONSE_H

#include "locate/transport.h"
#include "sip/uri.h"

/* What the top Via says. */
struct sw_via_route {
    enum sw_transport transport;
    struct sw_host sent_by;
    bool has_port;
    uint16_t port;
    bool has_received;
    struct sw_netaddr received;
    bool has_rport; /* with a value */
    uint16_t rport;
    bool has_maddr;
    struct sw_host maddr;
    uint8_t ttl; /* of multicast, 1 when absent */
};

/**
 * Say where the response goes first. Over a stream it goes back on the connection the request came
 * on; this is where a new one is opened when that is gone.
 * @retval true   *out is written.
 * @retval false  nothing numeric is known (sent-by is a name, no received): go on with
 *                sw_plan_new_response().
 */
SW_MUST_USE bool sw_response_first(const struct sw_via_route *via, struct sw_endpoint *out);

#endif

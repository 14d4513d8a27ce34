/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/response.h"

static bool is_numeric(const struct sw_host *h)
{
    return h->kind != SW_HOST_NAME;
}

/* RFC 3261 18.2.2: the port of sent-by, or the transport's own. */
static uint16_t sent_by_port(const struct sw_via_route *via)
{
    return via->has_port ? via->port : sw_transport_row(via->transport)->default_port;
}

bool sw_response_first(const struct sw_via_route *via, struct sw_endpoint *out)
{
    bool is_stream = sw_transport_row(via->transport)->is_stream;
    /* maddr and rport are about datagrams only (RFC 3261 18.2.2, RFC 3581 4). */
    if (!is_stream && via->has_maddr) {
        if (!is_numeric(&via->maddr))
            return false;
        *out = (struct sw_endpoint){via->maddr.addr, sent_by_port(via)};
        return true;
    }
    uint16_t port = !is_stream && via->has_rport ? via->rport : sent_by_port(via);
    if (via->has_received) {
        *out = (struct sw_endpoint){via->received, port};
        return true;
    }
    if (!is_numeric(&via->sent_by))
        return false;
    *out = (struct sw_endpoint){via->sent_by.addr, port};
    return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the kernel's addresses and errors meet ours: shared by the adapters that hold sockets. */
#ifndef SW_ADAPTER_SOCKADDR_H
#define SW_ADAPTER_SOCKADDR_H

#include "base/netaddr.h"
#include "proxy/port.h"

#include <netinet/in.h>
#include <sys/socket.h>

union ad_sockaddr {
    struct sockaddr any;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
};

/* Why a socket could not be opened, for a person: "address already in use". */
struct ad_net_error {
    char text[128];
};

/** @return its length in octets; 0 for an endpoint without a family. Thread: any. */
socklen_t ad_sockaddr_from(union ad_sockaddr *out, const struct sw_endpoint *e);
/** @retval false  neither IPv4 nor IPv6: *out is untouched. Thread: any. */
bool ad_sockaddr_to(struct sw_endpoint *out, const union ad_sockaddr *sa);

/* What an errno of connect(), send(), recv() or of an ICMP error means to the proxy core. */
enum px_cause ad_cause_of_errno(int err);

/* "address already in use", in the words of the C library but without its capital. */
void ad_net_error_set(struct ad_net_error *error, int err);

/**
 * Make a non-blocking socket bound to an endpoint.
 *
 * @param type   SOCK_DGRAM or SOCK_STREAM.
 * @param shared true: other sockets of this program may bind the same endpoint and the kernel
 *               spreads the load (SO_REUSEPORT). Who shares finds out first with an unshared socket
 *               that nobody else has the endpoint.
 * @return the descriptor; SW_E_ADDR_IN_USE or SW_E_SYSTEM with *error written (NULL: not wanted).
 */
SW_MUST_USE int ad_socket_bound(int type, const struct sw_endpoint *e, bool shared,
                                struct ad_net_error *error);

/** Let a bound stream socket take connections. @retval 0, SW_E_ADDR_IN_USE, SW_E_SYSTEM */
SW_MUST_USE int ad_socket_listen(int fd, struct ad_net_error *error);

/* The endpoint a socket is bound to, for one bound to port 0. */
SW_MUST_USE bool ad_socket_name(int fd, struct sw_endpoint *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain sockets on loopback for the tests of the adapters: the other side of the wire. */
#ifndef TEST_SUPPORT_LOOPBACK_H
#define TEST_SUPPORT_LOOPBACK_H

#include "adapter/sockaddr.h"
#include "support/check.h"

#include <poll.h>
#include <unistd.h>

static inline struct sw_endpoint endpoint(const char *addr, uint16_t port)
{
    struct sw_endpoint e = {.port = port};

    assert_true(sw_netaddr_parse(sw_slice_str(addr), &e.addr));
    return e;
}

/* A socket on a free port of addr; *out is where it is. */
static inline int plain_socket(int type, const char *addr, struct sw_endpoint *out)
{
    struct sw_endpoint e = endpoint(addr, 0);
    int fd = ad_socket_bound(type, &e, false, NULL);

    assert_true(fd >= 0);
    assert_true(ad_socket_name(fd, out));
    return fd;
}

/* An endpoint where nobody is. */
static inline struct sw_endpoint nobody(int type, const char *addr)
{
    struct sw_endpoint e;

    close(plain_socket(type, addr, &e));
    return e;
}

/* True when fd is ready within two seconds, which on loopback means: when something is coming. */
static inline bool is_ready(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    return poll(&p, 1, 2000) == 1;
}

/* One read of at most cap octets, waited for. */
static inline size_t plain_read(int fd, char *room, size_t cap)
{
    assert_true(is_ready(fd, POLLIN));
    ssize_t n = recv(fd, room, cap, 0);
    assert_true(n >= 0);
    return (size_t)n;
}

static inline bool has_ipv6(void)
{
    struct sw_endpoint e = endpoint("::1", 0);
    int fd = ad_socket_bound(SOCK_DGRAM, &e, false, NULL);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one call of recvmmsg() brings. Equally long datagrams of one sender, one behind the other,
 * may come as one packet (UDP_GRO), where the network card or the loopback device keeps them
 * together: they go through the kernel once, and are cut here.
 *
 *     ad_udp_in_prepare(fd);                           // once
 *     count = ad_udp_in_receive(in, fd);               // packets
 *     for (n = 0; ad_udp_in_cut(in, i, n, &bytes); n++) ...     // the datagrams of packet i
 *
 * Owns: nothing; the bytes are those of the last call. Thread: one at a time.
 */
#ifndef SW_ADAPTER_UDP_IN_H
#define SW_ADAPTER_UDP_IN_H

#include "adapter/sockaddr.h"

#include <netinet/udp.h>
#include <time.h>

enum {
    AD_UDP_IN_PACKETS = 32,    /* a call at most, */
    AD_UDP_IN_DATAGRAMS = 128, /* and so many datagrams, if packets are as full as they were */
    AD_UDP_IN_ROOM = 65536,    /* a packet cannot be longer */
    AD_UDP_IN_APART = 1088, /* rooms a power of two apart would all share a few sets of a cache */
    AD_UDP_IN_CONTROL_LEN = CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(int)),
};

struct ad_udp_in {
    unsigned packets_wanted; /* of the next call */
    unsigned datagram_count; /* of the last call, */
    bool has_more;           /* which brought all that were wanted, so that there may be more */
    struct mmsghdr packets[AD_UDP_IN_PACKETS];
    struct iovec parts[AD_UDP_IN_PACKETS];
    union ad_sockaddr peers[AD_UDP_IN_PACKETS];
    size_t lengths[AD_UDP_IN_PACKETS]; /* of each datagram of a packet but the last */
    union {
        struct cmsghdr header;
        char room[AD_UDP_IN_CONTROL_LEN];
    } controls[AD_UDP_IN_PACKETS];
    char room[AD_UDP_IN_PACKETS][AD_UDP_IN_ROOM + AD_UDP_IN_APART];
};

/* The room stays untouched until it is used. */
void ad_udp_in_init(struct ad_udp_in *in);
/* Ask that datagrams may come together. A kernel that cannot keep them together, does not. */
void ad_udp_in_prepare(int fd);

/* Take what is there, without waiting. @retval -1  nothing was taken: errno. */
int ad_udp_in_receive(struct ad_udp_in *in, int fd);
/* The nth datagram of a packet, from 0. @retval false  it has not so many, *out is untouched. */
bool ad_udp_in_cut(const struct ad_udp_in *in, unsigned packet, size_t n, struct sw_slice *out);
/* When a packet came in, by the wall clock. @retval false  the kernel did not say. */
bool ad_udp_in_came(struct ad_udp_in *in, unsigned packet, struct timespec *out);

#endif

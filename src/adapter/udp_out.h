/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams that wait to leave by one socket. Those for one place that are equally long are put
 * into one packet, which goes through the kernel once and is cut at the end of its way
 * (UDP_SEGMENT): on the wire there are the same datagrams.
 *
 *     ad_udp_out_add(&out, &peer, bytes, series, company); // until it is full or the turn ends
 *     count = ad_udp_out_pack(&out);
 *     sendmmsg(fd, out.messages, count, 0);
 *     ad_udp_out_clear(&out);
 *
 * Owns: nothing; the bytes stay where they are until it is cleared. Thread: one at a time.
 */
#ifndef SW_ADAPTER_UDP_OUT_H
#define SW_ADAPTER_UDP_OUT_H

#include "adapter/sockaddr.h"
#include "proxy/port.h"

enum {
    AD_UDP_OUT_MAX = 256,        /* datagrams */
    AD_UDP_OUT_TABLE = 256,      /* places of its tables */
    AD_UDP_OUT_LENGTH_ROOM = 32, /* for one control message */
};

struct ad_udp_datagram {
    struct iovec part;
    uint16_t next; /* of its packet; its own index: it is the last */
};

struct ad_udp_packet {
    union ad_sockaddr peer;
    socklen_t peer_len;
    uint16_t first, last; /* datagrams */
    uint16_t count;
    uint16_t company; /* enum px_company */
};

/* {0}: empty. */
struct ad_udp_out {
    unsigned count, packet_count;
    unsigned apart_count;               /* of the next datagrams each is a packet of its own */
    uint16_t latest[AD_UDP_OUT_TABLE];  /* by place, length, company: a packet's number, from 1 */
    uint16_t reached[AD_UDP_OUT_TABLE]; /* by series: the last packet with one of it, from 1 */
    struct ad_udp_datagram datagrams[AD_UDP_OUT_MAX];
    struct ad_udp_packet packets[AD_UDP_OUT_MAX];
    /* written by ad_udp_out_pack(), in the order of packets */
    struct iovec parts[AD_UDP_OUT_MAX];
    struct mmsghdr messages[AD_UDP_OUT_MAX];
    union {
        struct cmsghdr header;
        char room[AD_UDP_OUT_LENGTH_ROOM];
    } lengths[AD_UDP_OUT_MAX];
};

/* No room: pack, send and clear it before more is added. */
static inline bool ad_udp_out_is_full(const struct ad_udp_out *o)
{
    return o->count == AD_UDP_OUT_MAX;
}
/**
 * Add a datagram to one that is not full. A peer without a family is passed over.
 * @param series   those of one series leave in the order in which they were added.
 * @param company  the others with which it may share a packet. */
void ad_udp_out_add(struct ad_udp_out *o, const struct sw_endpoint *peer, struct sw_slice bytes,
                    uint64_t series, enum px_company company);
/* Make the messages for sendmmsg(), each a packet whose parts are its datagrams; how many. */
unsigned ad_udp_out_pack(struct ad_udp_out *o);
void ad_udp_out_clear(struct ad_udp_out *o);
/* The kernel took the datagrams of a packet one by one, but not the packet: for a while there are
 * none of several. Not for ever, for it may have been one narrow path, and its owner's doing. */
void ad_udp_out_part(struct ad_udp_out *o);

#endif

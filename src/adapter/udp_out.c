/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/udp_out.h"

#include "base/bug.h"
#include "base/hmap.h"

#include <assert.h>
#include <netinet/udp.h>

enum {
    PARTS_MAX = 64,         /* of a packet, for the kernel */
    PART_LEN_MAX = 1232,    /* what every path takes whole: IPv6's least MTU without its headers */
    PACKET_LEN_MAX = 65000, /* a datagram may have 65507 octets */
    APART_COUNT = 4096      /* datagrams that go alone before others are tried again */
};

static_assert(CMSG_SPACE(sizeof(uint16_t)) <= AD_UDP_OUT_LENGTH_ROOM, "the length of a part fits");

/* Of a table; two that share it cost a packet more, no order. So nobody gains by finding such. */
static size_t place_of(uint64_t h)
{
    return h >> 56;
}

static_assert(AD_UDP_OUT_TABLE == 1 << 8, "a place is the top octet of a hash");

static size_t part_len(const struct ad_udp_out *o, const struct ad_udp_packet *p)
{
    return o->datagrams[p->first].part.iov_len;
}

static bool takes(const struct ad_udp_out *o, const struct ad_udp_packet *p,
                  const struct ad_udp_packet *more, size_t len)
{
    return part_len(o, p) == len && p->company == more->company && p->count < PARTS_MAX &&
           (p->count + 1u) * len <= PACKET_LEN_MAX && p->peer_len == more->peer_len &&
           memcmp(&p->peer, &more->peer, p->peer_len) == 0;
}

static uint16_t add_packet(struct ad_udp_out *o, const struct ad_udp_packet *fresh)
{
    o->packets[o->packet_count++] = *fresh;
    return (uint16_t)o->packet_count;
}

/* The number, from 1, of the packet that the datagram goes into: of those that lie no earlier than
 * the last of its series the latest that takes it, or a new one at the end. */
static uint16_t join(struct ad_udp_out *o, const struct ad_udp_packet *fresh, uint16_t reached)
{
    uint16_t at = fresh->first;
    size_t len = part_len(o, fresh);
    uint64_t kind = (uint64_t)fresh->company << 32 | len;
    uint16_t *latest = &o->latest[place_of(sw_hash(&fresh->peer, fresh->peer_len, kind))];
    if (*latest > 0 && *latest >= reached && takes(o, &o->packets[*latest - 1], fresh, len)) {
        struct ad_udp_packet *p = &o->packets[*latest - 1];
        o->datagrams[p->last].next = at;
        p->last = at;
        p->count++;
    } else {
        *latest = add_packet(o, fresh);
    }
    return *latest;
}

void ad_udp_out_add(struct ad_udp_out *o, const struct sw_endpoint *peer, struct sw_slice bytes,
                    uint64_t series, enum px_company company)
{
    SW_BUG_ON(ad_udp_out_is_full(o));
    uint16_t at = (uint16_t)o->count;
    struct ad_udp_packet fresh = {
        .first = at, .last = at, .count = 1, .company = (uint16_t)company};
    fresh.peer_len = ad_sockaddr_from(&fresh.peer, peer);
    if (fresh.peer_len == 0)
        return;
    o->datagrams[o->count++] =
        (struct ad_udp_datagram){{(void *)(uintptr_t)bytes.p, bytes.len}, at};
    bool is_apart = o->apart_count > 0;
    o->apart_count -= is_apart;
    uint16_t *reached = &o->reached[place_of(sw_hash(&series, sizeof series, 0))];
    if (company == PX_ALONE || is_apart || bytes.len == 0 || bytes.len > PART_LEN_MAX)
        *reached = add_packet(o, &fresh); /* and what follows of its series lies behind it */
    else
        *reached = join(o, &fresh, *reached);
}

static void tell_length(struct ad_udp_out *o, unsigned packet, struct msghdr *msg)
{
    uint16_t len = (uint16_t)part_len(o, &o->packets[packet]);
    struct cmsghdr *header = &o->lengths[packet].header;
    *header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof len), .cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT};
    memcpy(CMSG_DATA(header), &len, sizeof len);
    msg->msg_control = header;
    msg->msg_controllen = CMSG_SPACE(sizeof len);
}

unsigned ad_udp_out_pack(struct ad_udp_out *o)
{
    struct iovec *part = o->parts;
    for (unsigned i = 0; i < o->packet_count; i++) {
        struct ad_udp_packet *p = &o->packets[i];
        struct msghdr *msg = &o->messages[i].msg_hdr;
        *msg = (struct msghdr){.msg_name = &p->peer,
                               .msg_namelen = p->peer_len,
                               .msg_iov = part,
                               .msg_iovlen = p->count};
        uint16_t at = p->first;
        for (unsigned left = p->count; left > 0; left--, at = o->datagrams[at].next)
            *part++ = o->datagrams[at].part;
        if (p->count > 1)
            tell_length(o, i, msg);
    }
    return o->packet_count;
}

void ad_udp_out_clear(struct ad_udp_out *o)
{
    o->count = o->packet_count = 0;
    memset(o->latest, 0, sizeof o->latest);
    memset(o->reached, 0, sizeof o->reached);
}

void ad_udp_out_part(struct ad_udp_out *o)
{
    o->apart_count = APART_COUNT;
}

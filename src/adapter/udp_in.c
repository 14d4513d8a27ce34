/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/udp_in.h"

#include <string.h>

void ad_udp_in_init(struct ad_udp_in *in)
{
    memset(in, 0, offsetof(struct ad_udp_in, room));
    in->packets_wanted = AD_UDP_IN_PACKETS;
    for (size_t i = 0; i < AD_UDP_IN_PACKETS; i++) {
        in->parts[i] = (struct iovec){in->room[i], AD_UDP_IN_ROOM};
        in->packets[i].msg_hdr = (struct msghdr){.msg_name = &in->peers[i],
                                                 .msg_iov = &in->parts[i],
                                                 .msg_iovlen = 1,
                                                 .msg_control = &in->controls[i]};
    }
}

void ad_udp_in_prepare(int fd)
{
    int on = 1;

    (void)setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on);
}

/* What the kernel says of a packet, or NULL. */
static const unsigned char *said(struct msghdr *msg, int level, int type, size_t len)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c))
        if (c->cmsg_level == level && c->cmsg_type == type && c->cmsg_len >= CMSG_LEN(len))
            return CMSG_DATA(c);
    return NULL;
}

/* One that is as long as it all, unless several came together. */
static size_t length_of(struct mmsghdr *packet)
{
    int each;
    const unsigned char *data = said(&packet->msg_hdr, SOL_UDP, UDP_GRO, sizeof each);

    if (data == NULL)
        return packet->msg_len;
    memcpy(&each, data, sizeof each);
    return each > 0 ? (size_t)each : packet->msg_len;
}

/* How many packets the next call takes, if they are as full as the last ones. */
static unsigned wanted_after(unsigned packets, unsigned datagrams)
{
    unsigned wanted = packets * AD_UDP_IN_DATAGRAMS / datagrams;

    return wanted < 1 ? 1 : wanted > AD_UDP_IN_PACKETS ? AD_UDP_IN_PACKETS : wanted;
}

int ad_udp_in_receive(struct ad_udp_in *in, int fd)
{
    unsigned wanted = in->packets_wanted;

    for (size_t i = 0; i < wanted; i++) {
        in->packets[i].msg_hdr.msg_namelen = sizeof in->peers[i];
        in->packets[i].msg_hdr.msg_controllen = sizeof in->controls[i];
    }
    in->datagram_count = 0;
    int count = recvmmsg(fd, in->packets, wanted, MSG_DONTWAIT, NULL);
    in->has_more = count == (int)wanted;
    for (int i = 0; i < count; i++) {
        size_t len = in->packets[i].msg_len, each = length_of(&in->packets[i]);
        in->lengths[i] = each;
        in->datagram_count += len == 0 ? 1 : (unsigned)((len + each - 1) / each);
    }
    if (count > 0)
        in->packets_wanted = wanted_after((unsigned)count, in->datagram_count);
    return count;
}

bool ad_udp_in_cut(const struct ad_udp_in *in, unsigned packet, size_t n, struct sw_slice *out)
{
    struct sw_slice all = sw_slice(in->room[packet], in->packets[packet].msg_len);
    size_t each = in->lengths[packet], at = n * each;

    if (n > 0 && at >= all.len)
        return false;
    *out = sw_slice_sub(all, at, at + each);
    return true;
}

bool ad_udp_in_came(struct ad_udp_in *in, unsigned packet, struct timespec *out)
{
    const unsigned char *data =
        said(&in->packets[packet].msg_hdr, SOL_SOCKET, SCM_TIMESTAMPNS, sizeof *out);

    if (data == NULL)
        return false;
    memcpy(out, data, sizeof *out);
    return true;
}

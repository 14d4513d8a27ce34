/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include "../bench.h"
#include "adapter/udp_in.h"
#include "adapter/udp_out.h"

#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SOCKET_BUFFER_LEN = 16 << 20 };

struct side {
    int fd;
    struct sw_endpoint proxy;
    /* Equal messages of many calls go and come together, or we would be the slower one. */
    struct ad_udp_out out;
    struct ad_udp_in in;
    char out_room[AD_UDP_OUT_MAX][LOAD_MESSAGE_MAX];
};

struct udp {
    struct load_wire wire;
    struct side *sides[2];
    bool is_stamped;
};

static struct udp *self(struct load_wire *w)
{
    return (struct udp *)w;
}

static void make_room(int fd, int which, int forced)
{
    int len = SOCKET_BUFFER_LEN;
    if (setsockopt(fd, SOL_SOCKET, forced, &len, sizeof len) != 0)
        (void)setsockopt(fd, SOL_SOCKET, which, &len, sizeof len);
}

/* Everything goes to the proxy and comes from it. */
static struct side *open_side(const struct sockaddr_in *here, const struct sockaddr_in *proxy)
{
    struct side *s = calloc(1, sizeof *s);
    bench_must(s != NULL, "no memory for the sockets");
    const union ad_sockaddr there = {.in4 = *proxy};
    bench_must(ad_sockaddr_to(&s->proxy, &there), "no address");
    s->fd = socket(AF_INET, SOCK_DGRAM, 0);
    bench_must(s->fd >= 0 && bind(s->fd, (const struct sockaddr *)here, sizeof *here) == 0 &&
                   connect(s->fd, (const struct sockaddr *)proxy, sizeof *proxy) == 0,
               "no socket for a side");
    make_room(s->fd, SO_RCVBUF, SO_RCVBUFFORCE);
    make_room(s->fd, SO_SNDBUF, SO_SNDBUFFORCE);
    ad_udp_in_init(&s->in);
    ad_udp_in_prepare(s->fd);
    return s;
}

/* What cannot be sent is lost, as datagrams may be. The socket knows where to. */
static void flush_side(struct side *s)
{
    unsigned done = 0, count = ad_udp_out_pack(&s->out);
    for (unsigned i = 0; i < count; i++)
        s->out.messages[i].msg_hdr.msg_namelen = 0;
    while (done < count) {
        int sent = sendmmsg(s->fd, s->out.messages + done, count - done, 0);
        done += sent > 0 ? (unsigned)sent : 1;
    }
    ad_udp_out_clear(&s->out);
}

static char *room(struct load_wire *w, enum load_side side)
{
    struct side *s = self(w)->sides[side];
    if (ad_udp_out_is_full(&s->out))
        flush_side(s);
    return s->out_room[s->out.count];
}

static void commit(struct load_wire *w, enum load_side side, uint64_t call_id, size_t len)
{
    struct side *s = self(w)->sides[side];
    struct sw_slice bytes = sw_slice(s->out_room[s->out.count], len);
    ad_udp_out_add(&s->out, &s->proxy, bytes, call_id, PX_UNHEEDED);
}

static void flush(struct load_wire *w)
{
    flush_side(self(w)->sides[LOAD_CALLER]);
    flush_side(self(w)->sides[LOAD_CALLEE]);
}

static uint64_t stamp_of(struct ad_udp_in *in, unsigned packet, uint64_t now_ns)
{
    struct timespec came;
    if (!ad_udp_in_came(in, packet, &came))
        return now_ns;
    return (uint64_t)came.tv_sec * 1000000000 + (uint64_t)came.tv_nsec;
}

static bool receive_side(struct udp *u, enum load_side side)
{
    struct ad_udp_in *in = &u->sides[side]->in;
    bool wants_stamps = u->is_stamped && side == LOAD_CALLEE;
    int count = ad_udp_in_receive(in, u->sides[side]->fd);
    uint64_t now_ns = count > 0 ? load_now_ns() : 0;
    for (unsigned i = 0; (int)i < count; i++) {
        uint64_t came_ns = wants_stamps ? stamp_of(in, i, now_ns) : now_ns;
        struct sw_slice bytes;
        for (size_t n = 0; ad_udp_in_cut(in, i, n, &bytes); n++)
            u->wire.fn(side, bytes.p, bytes.len, came_ns);
    }
    return count > 0;
}

static bool receive(struct load_wire *w)
{
    bool has_any = receive_side(self(w), LOAD_CALLER);
    return receive_side(self(w), LOAD_CALLEE) || has_any;
}

static void wait_for(struct load_wire *w, uint64_t most_ns)
{
    struct pollfd fds[] = {{.fd = self(w)->sides[LOAD_CALLER]->fd, .events = POLLIN},
                           {.fd = self(w)->sides[LOAD_CALLEE]->fd, .events = POLLIN}};
    struct timespec most = {(time_t)(most_ns / 1000000000), (long)(most_ns % 1000000000)};
    ppoll(fds, 2, &most, NULL);
}

/* What the proxy sent, and we had no room for: we are what is too slow then. */
static uint64_t dropped(const struct load_wire *w)
{
    const struct udp *u = (const struct udp *)w;
    uint64_t sum = 0;
    for (int i = 0; i < 2; i++) {
        uint32_t info[SK_MEMINFO_VARS] = {0};
        socklen_t len = sizeof info;
        if (getsockopt(u->sides[i]->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0)
            sum += info[SK_MEMINFO_DROPS];
    }
    return sum;
}

static const struct load_wire_ops ops = {room, commit, flush, receive, wait_for, dropped};

struct load_wire *load_udp_open(const struct load_conf *conf, load_message_fn *fn)
{
    static struct udp u;
    int on = 1;
    u.wire = (struct load_wire){&ops, fn};
    u.sides[LOAD_CALLER] = open_side(&conf->caller, &conf->proxy);
    u.sides[LOAD_CALLEE] = open_side(&conf->callee, &conf->proxy);
    u.is_stamped = conf->is_stamped && setsockopt(u.sides[LOAD_CALLEE]->fd, SOL_SOCKET,
                                                  SO_TIMESTAMPNS, &on, sizeof on) == 0;
    return &u.wire;
}

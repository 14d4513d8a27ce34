/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/net_udp.h"

#include "adapter/udp_in.h"
#include "adapter/udp_out.h"
#include "base/alloc.h"
#include "base/bug.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH_COUNT = 32,                /* datagrams that are many, when they were there at once */
    RECEIVE_COUNT = 4 * BATCH_COUNT, /* a call: after so many the others have their turn */
    RECEIVE_ROUNDS = 4,              /* of the kernel's errors, a call */
    ERROR_ROUNDS = 64,               /* entries of the error queue read in a row */
    WAITED_MAX_US = 60000000         /* nothing lies in a socket for so long: the clock was set */
};

struct udp_socket {
    int fd;
    uint16_t listener;
    bool is_uncounted;
    struct ad_udp_out out;
};

struct ad_udp {
    struct ad_udp_conf conf;
    struct ad_udp_counters counters;
    struct udp_socket *sockets[PX_LISTENERS_MAX];
    uint64_t dropped_before; /* by the kernel, of sockets that are closed */
    struct ad_udp_in in;
};

int ad_udp_new(struct ad_udp **out, const struct ad_udp_conf *conf)
{
    struct ad_udp *udp = sw_alloc(NULL, sizeof *udp);

    if (udp == NULL)
        return SW_E_NOMEM;
    memset(udp, 0, offsetof(struct ad_udp, in));
    ad_udp_in_init(&udp->in);
    udp->conf = *conf;
    *out = udp;
    return 0;
}

void ad_udp_free(struct ad_udp *udp)
{
    if (udp == NULL)
        return;
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        ad_udp_close(udp, (uint16_t)i);
    sw_free(NULL, udp);
}

/* 0, or -1 with errno. */
static int prepare(int fd, bool is_6, int rcvbuf_len)
{
    int on = 1, dont = IP_PMTUDISC_DONT; /* a long message may go in fragments */

    if (!is_6 && setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof dont) < 0)
        return -1;
    /* When each came in. Without it nobody knows how late we are, and that is all. */
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    ad_udp_in_prepare(fd);
    int rc = is_6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on)
                  : setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    if (rc < 0 || rcvbuf_len == 0)
        return rc;
    /* Above the system's limit only for the privileged; otherwise as much as is allowed. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf_len, sizeof rcvbuf_len) == 0)
        return 0;
    return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf_len, sizeof rcvbuf_len);
}

int ad_udp_take(struct ad_udp *udp, uint16_t listener, int fd, struct ad_net_error *error)
{
    struct sw_endpoint e;

    SW_BUG_ON(listener >= PX_LISTENERS_MAX || udp->sockets[listener] != NULL);
    if (!ad_socket_name(fd, &e) || prepare(fd, e.addr.family == 6, udp->conf.rcvbuf_len) < 0) {
        ad_net_error_set(error, errno);
        return SW_E_SYSTEM;
    }
    struct udp_socket *s = sw_zalloc(NULL, sizeof *s);
    if (s == NULL)
        return SW_E_NOMEM;
    s->fd = fd;
    s->listener = listener;
    udp->sockets[listener] = s;
    return 0;
}

int ad_udp_open(struct ad_udp *udp, uint16_t listener, const struct sw_endpoint *e, bool shared,
                struct ad_net_error *error)
{
    int fd = ad_socket_bound(SOCK_DGRAM, e, shared, error);
    int rc = fd < 0 ? fd : ad_udp_take(udp, listener, fd, error);

    if (rc < 0 && fd >= 0)
        close(fd);
    return rc;
}

/* What the kernel knows of a socket; false: it does not say. */
static bool read_meminfo(const struct udp_socket *s, uint32_t info[SK_MEMINFO_VARS])
{
    socklen_t len = SK_MEMINFO_VARS * sizeof *info;

    memset(info, 0, len);
    return getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0;
}

/* The same of one that no other worker counts. */
static bool count_meminfo(const struct udp_socket *s, uint32_t info[SK_MEMINFO_VARS])
{
    return s != NULL && !s->is_uncounted && read_meminfo(s, info);
}

void ad_udp_close(struct ad_udp *udp, uint16_t listener)
{
    struct udp_socket *s = listener < PX_LISTENERS_MAX ? udp->sockets[listener] : NULL;
    uint32_t info[SK_MEMINFO_VARS];

    if (s == NULL)
        return;
    if (count_meminfo(s, info))
        udp->dropped_before += info[SK_MEMINFO_DROPS];
    udp->sockets[listener] = NULL;
    close(s->fd);
    sw_free(NULL, s);
}

size_t ad_udp_room(const struct ad_udp *udp, uint16_t listener)
{
    int doubled = 0; /* the kernel's own needs are counted in */
    socklen_t len = sizeof doubled;
    int fd = ad_udp_fd(udp, listener);

    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &doubled, &len) < 0 || doubled < 0)
        return 0;
    return (size_t)doubled / 2;
}

int ad_udp_fd(const struct ad_udp *udp, uint16_t listener)
{
    if (listener >= PX_LISTENERS_MAX || udp->sockets[listener] == NULL)
        return -1;
    return udp->sockets[listener]->fd;
}

static void report_unreachable(struct ad_udp *udp, const struct udp_socket *s,
                               const union ad_sockaddr *peer, struct px_event *ev)
{
    ev->kind = PX_EV_UNREACHABLE;
    ev->listener = s->listener;
    if (!ad_sockaddr_to(&ev->peer, peer))
        return;
    udp->counters.errors++;
    udp->conf.fn(udp->conf.arg, ev);
}

/* The errno inside the control data of a message from the error queue; 0: none. */
static int errno_of(struct msghdr *msg)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        bool is_error = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                        (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
        struct sock_extended_err e;
        if (!is_error || c->cmsg_len < CMSG_LEN(sizeof e))
            continue;
        memcpy(&e, CMSG_DATA(c), sizeof e);
        return (int)e.ee_errno;
    }
    return 0;
}

/* Reading the queue also takes back the pending error that made a call fail. */
static void read_error_queue(struct ad_udp *udp, struct udp_socket *s)
{
    for (int round = 0; round < ERROR_ROUNDS; round++) {
        union ad_sockaddr peer = {0};
        char control[512];
        struct iovec part = {udp->in.room[0], AD_UDP_IN_ROOM};
        struct msghdr msg = {.msg_name = &peer,
                             .msg_namelen = sizeof peer,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
        ssize_t len = recvmsg(s->fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
        if (len < 0)
            return;
        int err = errno_of(&msg);
        /* A packet too big for the path: the kernel knows now, the next one goes in fragments. */
        struct px_event ev = {.bytes = sw_slice(udp->in.room[0], (size_t)len),
                              .cause = ad_cause_of_errno(err),
                              .had_left = true};
        if (err != 0 && err != EMSGSIZE)
            report_unreachable(udp, s, &peer, &ev);
    }
}

/* How long the first of a batch, the oldest, had lain in the socket. Both times are the wall
 * clock's, which may be set: what cannot be is not known. */
static uint64_t waited_us(struct ad_udp *udp)
{
    struct timespec came, now;

    if (!ad_udp_in_came(&udp->in, 0, &came) || clock_gettime(CLOCK_REALTIME, &now) < 0)
        return 0;
    int64_t us = (int64_t)(now.tv_sec - came.tv_sec) * 1000000 +
                 (int64_t)(now.tv_nsec - came.tv_nsec) / 1000;
    return us > 0 && us < WAITED_MAX_US ? (uint64_t)us : 0;
}

/* Half of what it can hold, behind a batch that has just been taken out. */
static bool is_crowded(const struct udp_socket *s)
{
    uint32_t info[SK_MEMINFO_VARS];

    return read_meminfo(s, info) && info[SK_MEMINFO_RMEM_ALLOC] > info[SK_MEMINFO_RCVBUF] / 2;
}

static void report_packet(struct ad_udp *udp, unsigned i, struct px_event *ev)
{
    if (!ad_sockaddr_to(&ev->peer, &udp->in.peers[i]))
        return;
    for (size_t n = 0; ad_udp_in_cut(&udp->in, i, n, &ev->bytes); n++) {
        udp->counters.received++;
        udp->conf.fn(udp->conf.arg, ev);
    }
}

/* How many datagrams they were. */
static unsigned report_batch(struct ad_udp *udp, const struct udp_socket *s, unsigned packet_count)
{
    /* Of many only: a few that waited are a machine that was busy elsewhere, not load. */
    bool are_many = udp->in.datagram_count >= BATCH_COUNT;
    struct px_event ev = {.kind = PX_EV_DATAGRAM,
                          .listener = s->listener,
                          .waited_us = are_many ? waited_us(udp) : 0,
                          .is_crowded = are_many && is_crowded(s)};

    for (unsigned i = 0; i < packet_count; i++)
        report_packet(udp, i, &ev);
    return udp->in.datagram_count;
}

void ad_udp_receive(struct ad_udp *udp, uint16_t listener)
{
    struct udp_socket *s = listener < PX_LISTENERS_MAX ? udp->sockets[listener] : NULL;
    unsigned received = 0;

    for (int round = 0; s != NULL && round < RECEIVE_ROUNDS && received < RECEIVE_COUNT; round++) {
        int count = ad_udp_in_receive(&udp->in, s->fd);
        if (count < 0) {
            int err = errno;
            /* Woken with nothing to read: the wake-up was for the error queue. */
            if (round == 0 || err != EAGAIN)
                read_error_queue(udp, s);
            if (err == EAGAIN)
                return;
            continue;
        }
        received += report_batch(udp, s, (unsigned)count);
        if (!udp->in.has_more)
            return;
    }
}

static bool is_full(int err)
{
    return err == EAGAIN || err == ENOBUFS || err == ENOMEM;
}

/* Send one again that was refused. Errors of earlier datagrams are handed out by whatever call
 * comes next, so only the second refusal in a row is about this one. Returns 0, or the errno of the
 * refusal. */
static int send_again(struct ad_udp *udp, struct udp_socket *s, const struct msghdr *msg)
{
    read_error_queue(udp, s);
    if (sendmsg(s->fd, msg, MSG_DONTWAIT) < 0)
        return errno;
    udp->counters.sent += msg->msg_iovlen;
    return 0;
}

/* A packet that the kernel did not take, datagram by datagram: those it does not take either are
 * reported. False: there is no room for more. */
static bool send_apart(struct ad_udp *udp, struct udp_socket *s, const struct msghdr *packet)
{
    for (size_t i = 0; i < packet->msg_iovlen; i++) {
        struct iovec *part = &packet->msg_iov[i];
        const struct msghdr msg = {.msg_name = packet->msg_name,
                                   .msg_namelen = packet->msg_namelen,
                                   .msg_iov = part,
                                   .msg_iovlen = 1};
        int err = send_again(udp, s, &msg);
        if (is_full(err)) {
            udp->counters.dropped += packet->msg_iovlen - i;
            return false;
        }
        struct px_event ev = {.bytes = sw_slice(part->iov_base, part->iov_len),
                              .cause = ad_cause_of_errno(err)};
        if (err != 0)
            report_unreachable(udp, s, packet->msg_name, &ev);
    }
    return true;
}

/* Of several datagrams, and refused. */
static bool handle_shared(struct ad_udp *udp, struct udp_socket *s, const struct msghdr *packet)
{
    int err = send_again(udp, s, packet);
    uint64_t sent_before = udp->counters.sent;

    if (err == 0)
        return true;
    if (is_full(err)) {
        udp->counters.dropped += packet->msg_iovlen;
        return false;
    }
    bool has_room = send_apart(udp, s, packet);
    if (udp->counters.sent > sent_before) { /* so it was not the place that was refused */
        udp->counters.uncut++;
        ad_udp_out_part(&s->out);
    }
    return has_room;
}

static size_t datagrams_of(const struct mmsghdr *packets, unsigned count)
{
    size_t sum = 0;

    for (unsigned i = 0; i < count; i++)
        sum += packets[i].msg_hdr.msg_iovlen;
    return sum;
}

static void flush_socket(struct ad_udp *udp, struct udp_socket *s)
{
    struct mmsghdr *packets = s->out.messages;
    unsigned done = 0, count = ad_udp_out_pack(&s->out);

    while (done < count) {
        int sent = sendmmsg(s->fd, packets + done, count - done, MSG_DONTWAIT);
        if (sent >= 0) {
            udp->counters.sent += datagrams_of(packets + done, (unsigned)sent);
            done += (unsigned)sent;
            continue;
        }
        if (is_full(errno))
            break;
        const struct msghdr *packet = &packets[done++].msg_hdr;
        bool is_shared = packet->msg_iovlen > 1;
        if (!(is_shared ? handle_shared : send_apart)(udp, s, packet))
            break;
    }
    udp->counters.dropped += datagrams_of(packets + done, count - done);
    ad_udp_out_clear(&s->out);
}

void ad_udp_send(struct ad_udp *udp, uint16_t listener, const struct sw_endpoint *peer,
                 struct sw_slice bytes, uint64_t series, enum px_company company)
{
    struct udp_socket *s = listener < PX_LISTENERS_MAX ? udp->sockets[listener] : NULL;

    if (s == NULL)
        return;
    if (ad_udp_out_is_full(&s->out))
        flush_socket(udp, s);
    ad_udp_out_add(&s->out, peer, bytes, series, company);
}

void ad_udp_flush(struct ad_udp *udp)
{
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        if (udp->sockets[i] != NULL && udp->sockets[i]->out.count > 0)
            flush_socket(udp, udp->sockets[i]);
}

void ad_udp_leave_uncounted(struct ad_udp *udp, uint16_t listener)
{
    if (listener < PX_LISTENERS_MAX && udp->sockets[listener] != NULL)
        udp->sockets[listener]->is_uncounted = true;
}

void ad_udp_backlog(const struct ad_udp *udp, uint64_t *queued_len, uint64_t *dropped)
{
    *queued_len = 0;
    *dropped = udp->dropped_before;
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++) {
        uint32_t info[SK_MEMINFO_VARS];
        if (!count_meminfo(udp->sockets[i], info))
            continue;
        *queued_len += info[SK_MEMINFO_RMEM_ALLOC];
        *dropped += info[SK_MEMINFO_DROPS];
    }
}

const struct ad_udp_counters *ad_udp_counters(const struct ad_udp *udp)
{
    return &udp->counters;
}

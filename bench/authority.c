/* SPDX-License-Identifier: BSD-2-Clause */
#include "authority.h"

#include "bench.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    QUEUE_LEN = 1 << 16,
    ANSWER_MAX = 300,
    QUERY_MAX = 512,
    SOCKET_BUFFER_LEN = 16 << 20,
    TYPE_A = 1,
    TYPE_SOA = 6,
    TYPE_SRV = 33,
    TYPE_NAPTR = 35
};

/* An answer on its way; they all take the same time, so a ring keeps them in order. */
struct parcel {
    double due_ns;
    struct sockaddr_in to;
    size_t len;
    uint8_t bytes[ANSWER_MAX];
};

struct server {
    int fd;
    double delay_ns;
    uint16_t local_port; /* 0: each domain has its own address */
    struct parcel *queue;
    size_t first, count;
};

static void put16(uint8_t **at, unsigned value)
{
    *(*at)++ = (uint8_t)(value >> 8);
    *(*at)++ = (uint8_t)value;
}

static void put32(uint8_t **at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at, value & 0xffff);
}

static void put(uint8_t **at, const void *bytes, size_t len)
{
    memcpy(*at, bytes, len);
    *at += len;
}

/* Owner: the question's name, which is always at octet 12. Returns where the length belongs. */
static uint8_t *begin_record(uint8_t **at, unsigned type)
{
    put16(at, 0xc00c);
    put16(at, type);
    put16(at, 1);
    put32(at, 300);
    uint8_t *len_at = *at;
    *at += 2;
    return len_at;
}

static void end_record(uint8_t *len_at, const uint8_t *at)
{
    put16(&len_at, (unsigned)(at - len_at - 2));
}

/* The part of a name from its label dN on, in wire form; NULL: there is none. */
static const uint8_t *find_domain(const uint8_t *name, uint32_t *number)
{
    while (*name != 0 && !(name[1] == 'd' && name[2] >= '0' && name[2] <= '9'))
        name += *name + 1;
    if (*name == 0)
        return NULL;
    *number = 0;
    for (unsigned i = 2; i <= *name; i++)
        *number = *number * 10 + (uint32_t)(name[i] - '0');
    return name;
}

static void put_below(uint8_t **at, const char *labels, size_t labels_len, const uint8_t *domain)
{
    put(at, labels, labels_len);
    put(at, domain, *domain + 1u + 7); /* dN, 5bench, the root */
}

static bool put_answer(uint8_t **at, unsigned type, const uint8_t *domain, uint32_t number,
                       uint16_t local_port)
{
    uint8_t *len_at = begin_record(at, type);
    switch (type) {
    case TYPE_NAPTR:
        put16(at, 10);
        put16(at, 10);
        put(at, "\1s\7SIP+D2U\0", 11);
        put_below(at, "\4_sip\4_udp", 10, domain);
        break;
    case TYPE_SRV:
        put16(at, 0);
        put16(at, 0);
        put16(at, local_port != 0 ? local_port : 5060);
        put_below(at, "\1h", 2, domain);
        break;
    case TYPE_A:
        put32(at, local_port != 0 ? INADDR_LOOPBACK : 0x0a000000 | number);
        break;
    default:
        return false;
    }
    end_record(len_at, *at);
    return true;
}

static void put_soa(uint8_t **at)
{
    static const uint8_t owner[] = {5, 'b', 'e', 'n', 'c', 'h', 0};
    put(at, owner, sizeof owner);
    put16(at, TYPE_SOA);
    put16(at, 1);
    put32(at, 300);
    put16(at, 2 * sizeof owner + 20);
    put(at, owner, sizeof owner);
    put(at, owner, sizeof owner);
    for (int i = 0; i < 5; i++)
        put32(at, 300);
}

/* The header's counts are written last: an AAAA question gets the SOA instead of an answer. */
static size_t answer(const uint8_t *query, size_t len, uint8_t *out, uint16_t local_port)
{
    size_t end = 12;
    while (end < len && query[end] != 0)
        end += query[end] + 1u;
    end += 5;
    if (len < 12 || end > len)
        return 0;
    uint32_t number = 0;
    const uint8_t *domain = find_domain(query + 12, &number);
    unsigned type = query[end - 3];
    memcpy(out, query, end);
    uint8_t *at = out + end, *header = out + 2;
    bool has_answer = domain != NULL && put_answer(&at, type, domain, number, local_port);
    if (!has_answer) {
        at = out + end;
        put_soa(&at);
    }
    put16(&header, 0x8400 | (query[2] & 1u) << 8 | 0x80); /* QR, AA, RD as asked, RA */
    put16(&header, 1);
    put16(&header, has_answer);
    put16(&header, !has_answer);
    put16(&header, 0);
    return (size_t)(at - out);
}

/* How long it had lain in the socket: that it has to wait for us is no delay of the network's. */
static double waited_ns(struct msghdr *msg)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        struct timespec came, now;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&came, CMSG_DATA(c), sizeof came);
        clock_gettime(CLOCK_REALTIME, &now);
        return (double)(now.tv_sec - came.tv_sec) * 1e9 + (double)(now.tv_nsec - came.tv_nsec);
    }
    return 0;
}

static void receive(struct server *s)
{
    uint8_t query[QUERY_MAX];
    char control[CMSG_SPACE(sizeof(struct timespec))];
    while (s->count < QUEUE_LEN) {
        struct parcel *p = &s->queue[(s->first + s->count) % QUEUE_LEN];
        struct iovec part = {query, sizeof query};
        struct msghdr msg = {.msg_name = &p->to,
                             .msg_namelen = sizeof p->to,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
        ssize_t got = recvmsg(s->fd, &msg, MSG_DONTWAIT);
        if (got < 0)
            return;
        p->len = answer(query, (size_t)got, p->bytes, s->local_port);
        p->due_ns = bench_wall_ns() - waited_ns(&msg) + s->delay_ns;
        s->count += p->len > 0;
    }
}

static void send_due(struct server *s)
{
    while (s->count > 0 && s->queue[s->first].due_ns <= bench_wall_ns()) {
        const struct parcel *p = &s->queue[s->first];
        sendto(s->fd, p->bytes, p->len, 0, (const struct sockaddr *)&p->to, sizeof p->to);
        s->first = (s->first + 1) % QUEUE_LEN;
        s->count--;
    }
}

static _Noreturn void serve(struct server *s)
{
    for (;;) {
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        double left_ns = s->count > 0 ? s->queue[s->first].due_ns - bench_wall_ns() : 1e9;
        struct timespec wait = {0, left_ns > 0 ? (long)left_ns % 1000000000 : 0};
        if (left_ns >= 1e9)
            wait = (struct timespec){1, 0};
        ppoll(&p, 1, &wait, NULL);
        receive(s);
        send_due(s);
    }
}

struct bench_authority bench_authority_start(uint64_t delay_us)
{
    return bench_authority_start_local(delay_us, 0);
}

struct bench_authority bench_authority_start_local(uint64_t delay_us, uint16_t sip_port)
{
    struct server s = {.delay_ns = (double)delay_us * 1e3, .local_port = sip_port};
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof here;
    int room = SOCKET_BUFFER_LEN, on = 1;
    s.fd = socket(AF_INET, SOCK_DGRAM, 0);
    bench_must(s.fd >= 0 && bind(s.fd, (struct sockaddr *)&here, sizeof here) == 0 &&
                   getsockname(s.fd, (struct sockaddr *)&here, &len) == 0,
               "no socket for the authority");
    if (setsockopt(s.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        (void)setsockopt(s.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(s.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    pid_t pid = fork();
    bench_must(pid >= 0, "no process for the authority");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* it must not outlive a bench that is interrupted */
        s.queue = calloc(QUEUE_LEN, sizeof *s.queue);
        bench_must(s.queue != NULL, "no memory for the authority");
        serve(&s);
    }
    close(s.fd);
    return (struct bench_authority){pid, ntohs(here.sin_port)};
}

void bench_authority_stop(struct bench_authority a)
{
    kill(a.pid, SIGKILL);
    waitpid(a.pid, NULL, 0);
}

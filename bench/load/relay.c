/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a proxy cannot be cheaper than: every datagram that comes goes on unread, to the other side,
 * in batches. Over TCP the octets of one connection go to the other.
 *
 * usage: bench_relay PROXY CALLER CALLEE [tcp]      each ADDRESS:PORT
 */
#include "../bench.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, ROOM = 4096, STREAM_ROOM = 1 << 18, SOCKET_BUFFER_LEN = 16 << 20 };

static struct sockaddr_in proxy, caller, callee;

static struct sockaddr_in address(char *text)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    char *colon = strchr(text, ':');
    bench_must(colon != NULL, "an address is ADDRESS:PORT");
    *colon = '\0';
    bench_must(inet_pton(AF_INET, text, &a.sin_addr) == 1, "an address is ADDRESS:PORT");
    a.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    return a;
}

static int new_socket(int type, const struct sockaddr_in *here)
{
    int fd = socket(AF_INET, type, 0), on = 1, len = SOCKET_BUFFER_LEN;
    bench_must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                   bind(fd, (const struct sockaddr *)here, sizeof *here) == 0,
               "no socket");
    if (type == SOCK_DGRAM && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &len, sizeof len) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &len, sizeof len);
    return fd;
}

static _Noreturn void relay_datagrams(void)
{
    static char rooms[BATCH][ROOM];
    static struct sockaddr_in peers[BATCH];
    static struct iovec parts[BATCH];
    static struct mmsghdr batch[BATCH];
    int fd = new_socket(SOCK_DGRAM, &proxy);
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){rooms[i], ROOM};
            batch[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                               .msg_namelen = sizeof peers[i],
                                               .msg_iov = &parts[i],
                                               .msg_iovlen = 1};
        }
        int count = recvmmsg(fd, batch, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < count; i++) {
            bool is_callee = peers[i].sin_port == callee.sin_port &&
                             peers[i].sin_addr.s_addr == callee.sin_addr.s_addr;
            peers[i] = is_callee ? caller : callee;
            parts[i].iov_len = batch[i].msg_len;
        }
        for (int done = 0; done < count;) {
            int sent = sendmmsg(fd, batch + done, (unsigned)(count - done), 0);
            done += sent > 0 ? sent : 1;
        }
    }
}

static void pass(int from, int to)
{
    static char room[STREAM_ROOM];
    ssize_t got = recv(from, room, sizeof room, 0);
    if (got <= 0)
        exit(0);
    for (ssize_t done = 0; done < got;) {
        ssize_t sent = send(to, room + done, (size_t)(got - done), MSG_NOSIGNAL);
        if (sent <= 0)
            exit(0);
        done += sent;
    }
}

static _Noreturn void relay_streams(void)
{
    int listener = new_socket(SOCK_STREAM, &proxy);
    bench_must(listen(listener, 1) == 0, "no socket");
    int front = accept(listener, NULL, NULL), back = socket(AF_INET, SOCK_STREAM, 0);
    bench_must(front >= 0 && back >= 0 &&
                   connect(back, (const struct sockaddr *)&callee, sizeof callee) == 0,
               "the callee cannot be reached");
    for (;;) {
        struct pollfd fds[] = {{.fd = front, .events = POLLIN}, {.fd = back, .events = POLLIN}};
        if (poll(fds, 2, -1) <= 0)
            continue;
        if (fds[0].revents != 0)
            pass(front, back);
        if (fds[1].revents != 0)
            pass(back, front);
    }
}

int main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bench_must(argc >= 4, "usage: bench_relay PROXY CALLER CALLEE [tcp]");
    proxy = address(argv[1]);
    caller = address(argv[2]);
    callee = address(argv[3]);
    if (argc > 4)
        relay_streams();
    relay_datagrams();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: many_connections ADDRESS PORT COUNT
 *
 * Opens so many connections and says "open". On SIGUSR1 it sends a keepalive (RFC 5626 3.5.1) over
 * each of them, waits for the answers, says "alive N" and closes all. A connection that the other
 * side closes is no longer counted. Exit 77 when the machine does not allow so many descriptors.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BESIDES = 32, PATIENCE_MS = 20000 };

static void fail(const char *what)
{
    fprintf(stderr, "many_connections: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void allow_descriptors(rlim_t count)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        fail("getrlimit");
    if (limit.rlim_max < count) {
        printf("may have %lu descriptors, needs %lu\n", (unsigned long)limit.rlim_max,
               (unsigned long)count);
        exit(77);
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        fail("setrlimit");
}

static int connect_one(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) < 0)
        fail("connect");
    return fd;
}

/* The signal, as a descriptor, so that it is waited for together with everything else. */
static int open_signal(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, 0);
}

/* A connection is owed one answer at most: what comes over it is that, or its end. */
static long wait_for_answers(int epoll, long owed, int timeout_ms)
{
    struct epoll_event events[256];
    char octets[64];
    long alive = 0;

    while (owed > 0) {
        int count = epoll_wait(epoll, events, 256, timeout_ms);
        if (count <= 0)
            return alive;
        for (int i = 0; i < count; i++, owed--) {
            if (recv(events[i].data.fd, octets, sizeof octets, 0) == 2)
                alive++;
            epoll_ctl(epoll, EPOLL_CTL_DEL, events[i].data.fd, NULL);
        }
    }
    return alive;
}

int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct signalfd_siginfo told;

    if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
        return 2;
    to.sin_port = htons((uint16_t)atoi(argv[2]));
    long count = atol(argv[3]);
    allow_descriptors((rlim_t)count + BESIDES);

    int *fds = calloc((size_t)count, sizeof *fds);
    int epoll = epoll_create1(0);
    int signal_fd = open_signal();
    if (fds == NULL || epoll < 0 || signal_fd < 0)
        fail("setup");
    for (long i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN};
        event.data.fd = fds[i] = connect_one(&to);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) < 0)
            fail("epoll_ctl");
    }
    printf("open\n");
    fflush(stdout);

    if (read(signal_fd, &told, sizeof told) != sizeof told)
        fail("signal");
    for (long i = 0; i < count; i++)
        (void)send(fds[i], "\r\n\r\n", 4, MSG_NOSIGNAL);
    printf("alive %ld\n", wait_for_answers(epoll, count, PATIENCE_MS));
    return 0;
}

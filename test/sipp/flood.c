/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: flood ADDRESS PORT TO OPEN
 *
 * Sends one MESSAGE to the URI TO after the other, each a transaction of its own, and lets OPEN of
 * them wait for their answers at the same time: whoever gets them is never done. Says "refused"
 * when a thousand have been answered 503 with Retry-After, goes on until SIGTERM, and then says how
 * many were refused so and how many were answered otherwise.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ENOUGH = 1000, PATIENCE_MS = 500 };

static volatile sig_atomic_t is_over;

static void note_end(int signal_number)
{
    (void)signal_number;
    is_over = 1;
}

static void fail(const char *what)
{
    fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_socket(const char *address, const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    struct timeval patience = {.tv_usec = PATIENCE_MS * 1000};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (inet_pton(AF_INET, address, &to.sin_addr) != 1 || fd < 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        fail("socket");
    return fd;
}

static void send_one(int fd, const char *to, unsigned long number)
{
    char room[512];
    int len = snprintf(room, sizeof room,
                       "MESSAGE %s SIP/2.0\r\n"
                       "Via: SIP/2.0/UDP flood.test;rport;branch=z9hG4bK%lu\r\n"
                       "From: <sip:flood@flood.test>;tag=%lu\r\n"
                       "To: <%s>\r\n"
                       "Call-ID: flood-%lu\r\n"
                       "CSeq: 1 MESSAGE\r\n"
                       "Max-Forwards: 70\r\n"
                       "Content-Length: 0\r\n\r\n",
                       to, number, number, to, number);

    if (send(fd, room, (size_t)len, 0) < 0 && errno != EAGAIN && errno != EINTR)
        fail("send");
}

int main(int argc, char **argv)
{
    const struct sigaction end = {.sa_handler = note_end};
    unsigned long number = 0, open_max, open_count = 0, refused = 0, answered = 0;
    char room[4096];

    if (argc != 5)
        return 64;
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGTERM, &end, NULL);
    int fd = open_socket(argv[1], argv[2]);
    open_max = strtoul(argv[4], NULL, 10);
    while (!is_over) {
        for (; open_count < open_max; open_count++)
            send_one(fd, argv[3], ++number);
        ssize_t len = recv(fd, room, sizeof room - 1, 0);
        if (len < 0 && errno == EAGAIN)
            open_count = 0; /* lost, all of them */
        if (len < 12 || room[8] == '1')
            continue;
        room[len] = '\0';
        open_count -= open_count > 0;
        if (strncmp(room + 8, "503", 3) != 0 || strstr(room, "\r\nRetry-After: ") == NULL)
            answered++;
        else if (++refused == ENOUGH)
            puts("refused");
    }
    printf("%lu refused, %lu answered otherwise\n", refused, answered);
    return 0;
}

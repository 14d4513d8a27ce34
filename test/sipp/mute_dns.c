/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: mute_dns ADDRESS PORT SERVER-ADDRESS SERVER-PORT DOMAIN
 *
 * A name server that never says a word about DOMAIN and what is below it; any other question is
 * handed to the server named, over UDP, and its answer handed back. It ends with its parent's kill.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER_LEN = 12, MESSAGE_MAX = 4096, NAME_MAX_LEN = 256, ASKERS = 65536 };

/* The question's name as text with dots; empty when it is none. */
static void read_name(const uint8_t *message, size_t len, char name[NAME_MAX_LEN])
{
    size_t at = HEADER_LEN, to = 0;

    name[0] = '\0';
    while (at < len && message[at] != 0) {
        size_t label = message[at++];
        if (label > 63 || at + label > len || to + label + 2 > NAME_MAX_LEN)
            return;
        memcpy(name + to, message + at, label);
        at += label;
        to += label;
        name[to++] = '.';
        name[to] = '\0';
    }
}

static bool is_under(const char *name, const char *domain)
{
    char absolute[NAME_MAX_LEN];
    size_t len = (size_t)snprintf(absolute, sizeof absolute, "%s.", domain);
    size_t name_len = strlen(name);

    return name_len >= len && strcasecmp(name + name_len - len, absolute) == 0 &&
           (name_len == len || name[name_len - len - 1] == '.');
}

static struct sockaddr_in place(const char *address, const char *port)
{
    struct sockaddr_in sa = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};

    if (inet_pton(AF_INET, address, &sa.sin_addr) != 1)
        exit(2);
    return sa;
}

static unsigned id_of(const uint8_t *message)
{
    return (unsigned)message[0] << 8 | message[1];
}

int main(int argc, char **argv)
{
    static struct sockaddr_in askers[ASKERS]; /* by the id of the question */
    uint8_t message[MESSAGE_MAX];
    char name[NAME_MAX_LEN];

    if (argc != 6)
        return 2;
    struct sockaddr_in here = place(argv[1], argv[2]), server = place(argv[3], argv[4]);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0)
        return 1;
    for (;;) {
        struct sockaddr_in peer;
        socklen_t peer_len = sizeof peer;
        ssize_t n = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&peer, &peer_len);
        if (n < HEADER_LEN)
            continue;
        bool is_answer =
            peer.sin_port == server.sin_port && peer.sin_addr.s_addr == server.sin_addr.s_addr;
        read_name(message, (size_t)n, name);
        if (!is_answer && is_under(name, argv[5]))
            continue;
        if (!is_answer)
            askers[id_of(message)] = peer;
        const struct sockaddr_in *to = is_answer ? &askers[id_of(message)] : &server;
        sendto(fd, message, (size_t)n, 0, (const struct sockaddr *)to, sizeof *to);
    }
}

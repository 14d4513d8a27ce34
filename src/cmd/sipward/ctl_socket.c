/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sipward/args.h"
#include "cmd/sipward/ctl.h"
#include "cmd/sipward/term.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    ANSWER_MAX = 256 * 1024 * 1024, /* of a thousand workers with a thousand places each */
    PATIENCE_S = 10                 /* the proxy itself gives its workers two */
};

static int complain(const char *path, const char *what, const char *advice)
{
    fprintf(stderr, "sipward ctl: ");
    sw_term_put_safe(stderr, path);
    fprintf(stderr, ": %s%s%s\n", what, advice[0] == '\0' ? "" : ". ", advice);
    return SW_EXIT_TEMPORARY;
}

static const char *advice_for(int err)
{
    switch (err) {
    case ENOENT:
        return "Is sipwardd running, and does its configuration have the key control? "
               "--socket names another path";
    case ECONNREFUSED:
        return "sipwardd has ended and left its socket behind: start it again";
    case EACCES:
    case EPERM:
        return "The socket is for its owner and group: become one of them";
    default:
        return "";
    }
}

static int open_socket(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    size_t len = strlen(path);

    if (len >= sizeof at.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(at.sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    int err = errno;
    close(fd);
    errno = err;
    return -1;
}

/* Up to the end of the line; NULL when it does not come. */
static char *read_line(int fd)
{
    size_t len = 0, cap = 64 * 1024;
    char *text = malloc(cap);

    while (text != NULL) {
        ssize_t got = recv(fd, text + len, cap - len - 1, 0);
        if (got <= 0)
            break;
        char *end = memchr(text + len, '\n', (size_t)got);
        len += (size_t)got;
        if (end != NULL) {
            *end = '\0';
            return text;
        }
        if (cap - len > 1)
            continue;
        char *more = cap < ANSWER_MAX ? realloc(text, 2 * cap) : NULL;
        if (more == NULL)
            break;
        text = more;
        cap *= 2;
    }
    free(text);
    return NULL;
}

int sw_ctl_exchange(const char *path, const char *line, char **text)
{
    int fd = open_socket(path);

    if (fd < 0)
        return complain(path, strerror(errno), advice_for(errno));
    size_t len = strlen(line);
    bool is_said = send(fd, line, len, MSG_NOSIGNAL) == (ssize_t)len;
    char *answer = is_said ? read_line(fd) : NULL;
    close(fd);
    if (answer == NULL)
        return complain(path, "no answer came", "Look into the log of sipwardd");
    *text = answer;
    return SW_EXIT_OK;
}

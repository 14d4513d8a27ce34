/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: a pipe in its place would be waited for. */
enum {
    FRESH_FLAGS = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
};

static void close_keeping_errno(int fd)
{
    int was = errno;

    close(fd);
    errno = was;
}

int ad_state_read(const char *path, char *room, size_t cap, struct sw_slice *out)
{
    size_t len = 0;
    ssize_t got = 0;
    char more;
    struct stat what;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return errno == ENOENT ? SW_E_NOTFOUND : SW_E_FILE;
    if (fstat(fd, &what) < 0 || !S_ISREG(what.st_mode)) { /* a pipe would be waited for */
        close(fd);
        errno = EINVAL;
        return SW_E_FILE;
    }
    while (len < cap && (got = read(fd, room + len, cap - len)) > 0)
        len += (size_t)got;
    bool is_longer = got > 0 && len == cap && read(fd, &more, 1) > 0;
    close_keeping_errno(fd);
    if (got < 0)
        return SW_E_FILE;
    *out = sw_slice(room, len);
    return is_longer ? SW_E_LIMIT : 0;
}

static bool write_all(int fd, struct sw_slice text)
{
    for (size_t at = 0; at < text.len;) {
        ssize_t done = write(fd, text.p + at, text.len - at);
        if (done < 0)
            return false;
        at += (size_t)done;
    }
    return fsync(fd) == 0;
}

int ad_state_write(const char *path, struct sw_slice text)
{
    char fresh[PATH_MAX];
    int len = snprintf(fresh, sizeof fresh, "%s.new", path);

    if (len < 0 || len >= (int)sizeof fresh) {
        errno = ENAMETOOLONG;
        return SW_E_FILE;
    }
    int fd = open(fresh, FRESH_FLAGS, 0600);
    if (fd < 0)
        return SW_E_FILE;
    bool is_written = write_all(fd, text);
    close_keeping_errno(fd);
    if (!is_written || rename(fresh, path) < 0) {
        int why = errno;
        (void)unlink(fresh); /* it is of no use, and was made here */
        errno = why;
        return SW_E_FILE;
    }
    return 0;
}

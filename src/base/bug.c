/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/bug.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static struct iovec piece(const char *s)
{
    return (struct iovec){.iov_base = (void *)(uintptr_t)s, .iov_len = strlen(s)};
}

/* The digits of a line number, at the end of the room. */
static const char *decimal(int line, char room[12])
{
    char *at = room + 11;
    *at = '\0';
    do {
        *--at = (char)('0' + line % 10);
        line /= 10;
    } while (line > 0);
    return at;
}

_Noreturn void sw_bug(const char *file, int line, const char *cond)
{
    /* One system call and no stdio: it must work in any state of the process, in a signal handler
     * too, and lines of several threads must not mix. */
    char digits[12];
    struct iovec text[] = {
        piece("BUG "), piece(file), piece(":"),  piece(decimal(line < 0 ? 0 : line, digits)),
        piece(": "),   piece(cond), piece("\n"),
    };
    ssize_t ignored = writev(STDERR_FILENO, text, sizeof text / sizeof text[0]);
    (void)ignored; /* nothing better can be done on the way out */
    abort();
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/bug.h"

#include "base/buf.h"

#include <stdlib.h>
#include <unistd.h>

_Noreturn void sw_bug(const char *file, int line, const char *cond)
{
    /* One write, no stdio: it must work in any state of the process, in a signal handler too. */
    char room[512];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_buf_str(&b, "BUG ");
    sw_buf_str(&b, file);
    sw_buf_char(&b, ':');
    sw_buf_u64(&b, line < 0 ? 0 : (uint64_t)line);
    sw_buf_str(&b, ": ");
    sw_buf_str(&b, cond);
    if (b.overflow)
        b.len = b.len < b.cap ? b.len : b.cap - 1;
    room[b.len++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, room, b.len);
    (void)ignored; /* nothing better can be done on the way out */
    abort();
}

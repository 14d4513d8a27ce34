/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes bytes into room given by the caller. Running out of room is sticky: a piece that does
 * not fit is left out whole, nothing more is written, `overflow` stays set, and it is checked once
 * at the end. Never NUL-terminates unless sw_buf_cstr() is called.
 *
 *     char room[64];
 *     struct sw_buf b = sw_buf(room, sizeof room);
 *     sw_buf_str(&b, "port ");
 *     sw_buf_u64(&b, 5060);
 *     if (b.overflow)
 *         return SW_E_SPACE;
 */
#ifndef SW_BASE_BUF_H
#define SW_BASE_BUF_H

#include "base/slice.h"

struct sw_buf {
    char *p;
    size_t len; /* bytes written */
    size_t cap; /* bytes of room */
    bool overflow;
};

static inline struct sw_buf sw_buf(char *room, size_t cap)
{
    return (struct sw_buf){.p = room, .cap = cap};
}

static inline struct sw_slice sw_buf_slice(const struct sw_buf *b)
{
    return (struct sw_slice){b->p, b->len};
}

/* Each appends its argument as one piece. A slice may be empty, a string may not be NULL. */
void sw_buf_bytes(struct sw_buf *b, const void *bytes, size_t len);
void sw_buf_char(struct sw_buf *b, char c);
void sw_buf_slice_add(struct sw_buf *b, struct sw_slice s);
static inline void sw_buf_str(struct sw_buf *b, const char *s)
{
    sw_buf_bytes(b, s, strlen(s)); /* a constant, for what is one */
}
void sw_buf_u64(struct sw_buf *b, uint64_t value);
/* Lower case, exactly `digits` digits (1 to 16). */
void sw_buf_hex(struct sw_buf *b, uint64_t value, unsigned digits);
/* Text of strangers for a log, terminal or header field: printable ASCII but \ and " stays, the
 * rest becomes \DDD as in a zone file (locating rule H6). */
void sw_buf_escaped(struct sw_buf *b, struct sw_slice s);

/* Terminate with NUL and return the start; on overflow the text is cut, and always terminated
 * (cap must be at least 1). The NUL is not counted in len. */
const char *sw_buf_cstr(struct sw_buf *b);

#endif

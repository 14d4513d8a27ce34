/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include "base/bug.h"

void sw_buf_bytes(struct sw_buf *b, const void *bytes, size_t len)
{
    if (b->overflow || len > b->cap - b->len) {
        b->overflow = true;
        return;
    }
    if (len > 0)
        memcpy(b->p + b->len, bytes, len);
    b->len += len;
}

void sw_buf_char(struct sw_buf *b, char c)
{
    if (b->overflow || b->len == b->cap) {
        b->overflow = true;
        return;
    }
    b->p[b->len++] = c;
}

void sw_buf_slice_add(struct sw_buf *b, struct sw_slice s)
{
    sw_buf_bytes(b, s.p, s.len);
}

/* Octets of addresses, statuses: most numbers are short. */
static void add_short(struct sw_buf *b, unsigned value)
{
    const char digits[3] = {(char)('0' + value / 100), (char)('0' + value / 10 % 10),
                            (char)('0' + value % 10)};
    size_t zeros = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    sw_buf_bytes(b, digits + zeros, sizeof digits - zeros);
}

void sw_buf_u64(struct sw_buf *b, uint64_t value)
{
    if (value < 1000) {
        add_short(b, (unsigned)value);
        return;
    }
    char digits[20]; /* 2^64 - 1 has 20 */
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    sw_buf_bytes(b, digits + at, sizeof digits - at);
}

void sw_buf_hex(struct sw_buf *b, uint64_t value, unsigned digits)
{
    SW_BUG_ON(digits < 1 || digits > 16);
    char text[16];
    for (unsigned i = digits; i > 0; i--) {
        text[i - 1] = "0123456789abcdef"[value & 15];
        value >>= 4;
    }
    sw_buf_bytes(b, text, digits);
}

static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '\\' && c != '"';
}

/* As many of them as there is room for. */
static void add_cut(struct sw_buf *b, const char *bytes, size_t len)
{
    size_t room = b->overflow ? 0 : b->cap - b->len;
    sw_buf_bytes(b, bytes, len < room ? len : room);
    b->overflow = b->overflow || len > room;
}

/* What is plain goes over in one piece: nearly everything is. */
void sw_buf_escaped(struct sw_buf *b, struct sw_slice s)
{
    for (size_t at = 0, from = 0; at < s.len; from = ++at) {
        while (at < s.len && is_plain(s.p[at]))
            at++;
        if (at > from)
            add_cut(b, s.p + from, at - from);
        if (at == s.len)
            return;
        unsigned byte = (unsigned char)s.p[at];
        char escape[4] = {'\\', (char)('0' + byte / 100), (char)('0' + byte / 10 % 10),
                          (char)('0' + byte % 10)};
        sw_buf_bytes(b, escape, sizeof escape);
    }
}

const char *sw_buf_cstr(struct sw_buf *b)
{
    SW_BUG_ON(b->cap == 0);
    if (b->len == b->cap) {
        b->len--;
        b->overflow = true;
    }
    b->p[b->len] = '\0';
    return b->p;
}

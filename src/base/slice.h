/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A view of bytes: pointer and length, passed by value, never owning and not NUL-terminated.
 * It is valid only as long as the buffer it points into. p may be NULL when len is 0.
 * Character tests are ASCII and know no locale.
 */
#ifndef SW_BASE_SLICE_H
#define SW_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sw_slice {
    const char *p;
    size_t len; /* bytes */
};

/* A slice of a string literal. */
#define SW_LIT(literal) ((struct sw_slice){(literal), sizeof(literal) - 1})

static inline struct sw_slice sw_slice(const char *p, size_t len)
{
    return (struct sw_slice){p, len};
}

/* Of a NUL-terminated string; NULL gives the empty slice. */
static inline struct sw_slice sw_slice_str(const char *s)
{
    return (struct sw_slice){s, s == NULL ? 0 : strlen(s)};
}

static inline char sw_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char)(c + ('a' - 'A')) : c;
}

/* Eight octets at once, those above 127 as they are. */
static inline uint64_t sw_lower8(uint64_t octets)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t low = octets & 0x7f * each;
    uint64_t from_a = low + (0x80 - 'A') * each, behind_z = low + (0x7f - 'Z') * each;
    uint64_t is_upper = (from_a ^ behind_z) & ~octets & 0x80 * each;
    return octets | is_upper >> 2;
}

static inline bool sw_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool sw_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool sw_is_alnum(char c)
{
    return sw_is_digit(c) || sw_is_alpha(c);
}

/* Value of a hexadecimal digit, or -1. */
static inline int sw_hex_value(char c)
{
    if (sw_is_digit(c))
        return c - '0';
    c = sw_lower(c);
    return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}

static inline bool sw_slice_eq(struct sw_slice a, struct sw_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Equal but for ASCII case, of the same length. */
bool sw_bytes_ieq(const char *a, const char *b, size_t len);

/* Equal but for ASCII case. */
static inline bool sw_slice_ieq(struct sw_slice a, struct sw_slice b)
{
    return a.len == b.len && sw_bytes_ieq(a.p, b.p, a.len);
}

/* As memcmp, the shorter first among equals. */
int sw_slice_cmp(struct sw_slice a, struct sw_slice b);

/* Index of the first c, or SIZE_MAX. */
size_t sw_slice_find(struct sw_slice s, char c);

/* Bytes [from, to) of s; both are cut to its length. */
static inline struct sw_slice sw_slice_sub(struct sw_slice s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    /* An offset from NULL, even of 0, is undefined. */
    return sw_slice(from == 0 ? s.p : s.p + from, to - from);
}

/* Without SP, HTAB, CR and LF at both ends. */
struct sw_slice sw_slice_trim(struct sw_slice s);

/**
 * Read an unsigned decimal number that fills the whole slice (digits only, no sign, no blank).
 * @retval true   *out is written.
 * @retval false  empty, not digits only, or above @p max; *out is untouched.
 */
bool sw_slice_u64(struct sw_slice s, uint64_t max, uint64_t *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/slice.h"

bool sw_slice_ieq(struct sw_slice a, struct sw_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (sw_lower(a.p[i]) != sw_lower(b.p[i]))
            return false;
    return true;
}

int sw_slice_cmp(struct sw_slice a, struct sw_slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.p, b.p, common);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

size_t sw_slice_find(struct sw_slice s, char c)
{
    if (s.len == 0)
        return SIZE_MAX;
    const char *at = memchr(s.p, c, s.len);
    return at == NULL ? SIZE_MAX : (size_t)(at - s.p);
}

struct sw_slice sw_slice_sub(struct sw_slice s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    /* An offset from NULL, even of 0, is undefined. */
    return sw_slice(from == 0 ? s.p : s.p + from, to - from);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sw_slice sw_slice_trim(struct sw_slice s)
{
    while (s.len > 0 && is_blank(s.p[s.len - 1]))
        s.len--;
    size_t from = 0;
    while (from < s.len && is_blank(s.p[from]))
        from++;
    return sw_slice_sub(s, from, s.len);
}

bool sw_slice_u64(struct sw_slice s, uint64_t max, uint64_t *out)
{
    if (s.len == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!sw_is_digit(s.p[i]))
            return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

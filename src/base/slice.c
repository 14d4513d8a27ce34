/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/slice.h"

bool sw_bytes_ieq(const char *a, const char *b, size_t len)
{
    size_t i = 0;
    if (len >= 4 && len < 8) { /* the first four and the last */
        uint32_t x[2], y[2];
        memcpy(&x[0], a, sizeof x[0]);
        memcpy(&x[1], a + len - sizeof x[1], sizeof x[1]);
        memcpy(&y[0], b, sizeof y[0]);
        memcpy(&y[1], b + len - sizeof y[1], sizeof y[1]);
        uint64_t v = x[0] | (uint64_t)x[1] << 32, w = y[0] | (uint64_t)y[1] << 32;
        return v == w || sw_lower8(v) == sw_lower8(w);
    }
    for (; i + 8 <= len; i += 8) {
        uint64_t x, y;
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        if (x != y && sw_lower8(x) != sw_lower8(y))
            return false;
    }
    for (; i < len; i++)
        if (a[i] != b[i] && sw_lower(a[i]) != sw_lower(b[i]))
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

/* So many digits cannot overflow. */
static bool read_short(struct sw_slice s, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!sw_is_digit(s.p[i]))
            return false;
        value = value * 10 + (uint64_t)(s.p[i] - '0');
    }
    *out = value;
    return true;
}

static bool read_long(struct sw_slice s, uint64_t max, uint64_t *out)
{
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

bool sw_slice_u64(struct sw_slice s, uint64_t max, uint64_t *out)
{
    uint64_t value;
    if (s.len == 0)
        return false;
    if (s.len >= 20)
        return read_long(s, max, out);
    if (!read_short(s, &value) || value > max)
        return false;
    *out = value;
    return true;
}

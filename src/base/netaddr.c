/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/netaddr.h"

#include "base/hmap.h"

#include <assert.h>

enum { GROUP_COUNT = 8, NO_GAP = -1 };

static_assert(sizeof(struct sw_netaddr) == 17, "compared and hashed as bytes, without padding");

/* Read "0" to "255" without leading zeros; NULL: it is not. */
static const char *read_octet(const char *p, const char *end, uint8_t *out)
{
    if (p == end || !sw_is_digit(*p))
        return NULL;
    unsigned value = (unsigned)(*p++ - '0');
    while (p < end && sw_is_digit(*p) && value > 0) {
        value = value * 10 + (unsigned)(*p++ - '0');
        if (value > 255)
            return NULL;
    }
    *out = (uint8_t)value;
    return p;
}

static bool read_dotted_quad(struct sw_slice s, uint8_t out[4])
{
    if (s.len == 0)
        return false;
    const char *p = s.p, *end = s.p + s.len;
    p = read_octet(p, end, &out[0]);
    for (int i = 1; i < 4 && p != NULL; i++)
        p = p < end && *p == '.' ? read_octet(p + 1, end, &out[i]) : NULL;
    return p != NULL && p == end;
}

bool sw_netaddr_parse4(struct sw_slice s, struct sw_netaddr *out)
{
    struct sw_netaddr a = {.family = 4};
    if (!read_dotted_quad(s, a.bytes))
        return false;
    *out = a;
    return true;
}

/* IPv6 text on its way to 16 bytes. */
struct reader6 {
    struct sw_slice s;
    size_t at;
    uint8_t bytes[16];
    int group_count; /* 16-bit groups read */
    int gap_at;      /* groups before "::", or NO_GAP */
};

static bool read_gap(struct reader6 *r)
{
    if (r->at + 1 >= r->s.len || r->s.p[r->at] != ':' || r->s.p[r->at + 1] != ':')
        return false;
    r->gap_at = r->group_count;
    r->at += 2;
    return true;
}

/* A dotted quad that fills the rest, in place of the last two groups. */
static bool read_quad_tail(struct reader6 *r)
{
    if (r->group_count > GROUP_COUNT - 2 ||
        !read_dotted_quad(sw_slice_sub(r->s, r->at, r->s.len), r->bytes + 2 * r->group_count))
        return false;
    r->group_count += 2;
    r->at = r->s.len;
    return true;
}

static bool read_group(struct reader6 *r)
{
    unsigned value = 0;
    size_t from = r->at;
    while (r->at < r->s.len && r->at - from < 4 && sw_hex_value(r->s.p[r->at]) >= 0)
        value = value << 4 | (unsigned)sw_hex_value(r->s.p[r->at++]);
    if (r->at == from || r->group_count == GROUP_COUNT)
        return false;
    r->bytes[2 * r->group_count] = (uint8_t)(value >> 8);
    r->bytes[2 * r->group_count + 1] = (uint8_t)value;
    r->group_count++;
    return true;
}

/* Groups with a ":" between them, "::" at most once between or at the ends. */
static bool read_groups(struct reader6 *r)
{
    bool may_end = read_gap(r);
    while (r->at < r->s.len || !may_end) {
        if (!read_quad_tail(r) && !read_group(r))
            return false;
        if (r->at == r->s.len)
            return true;
        may_end = r->gap_at == NO_GAP && read_gap(r);
        if (!may_end && r->s.p[r->at++] != ':')
            return false;
    }
    return true;
}

bool sw_netaddr_parse6(struct sw_slice s, struct sw_netaddr *out)
{
    struct reader6 r = {.s = s, .gap_at = NO_GAP};
    if (!read_groups(&r))
        return false;
    /* "::" stands for at least one group (RFC 4291 section 2.2). */
    if (r.gap_at == NO_GAP ? r.group_count != GROUP_COUNT : r.group_count == GROUP_COUNT)
        return false;
    struct sw_netaddr a = {.family = 6};
    size_t before = r.gap_at == NO_GAP ? sizeof a.bytes : 2 * (size_t)r.gap_at;
    size_t after = 2 * (size_t)r.group_count - (r.gap_at == NO_GAP ? sizeof a.bytes : before);
    memcpy(a.bytes, r.bytes, before);
    memcpy(a.bytes + sizeof a.bytes - after, r.bytes + before, after);
    *out = a;
    return true;
}

bool sw_netaddr_parse(struct sw_slice s, struct sw_netaddr *out)
{
    return sw_netaddr_parse4(s, out) || sw_netaddr_parse6(s, out);
}

static void write_quad(struct sw_buf *b, const uint8_t bytes[4])
{
    char text[sizeof "255.255.255.255"];
    size_t len = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            text[len++] = '.';
        if (bytes[i] >= 100)
            text[len++] = (char)('0' + bytes[i] / 100);
        if (bytes[i] >= 10)
            text[len++] = (char)('0' + bytes[i] / 10 % 10);
        text[len++] = (char)('0' + bytes[i] % 10);
    }
    sw_buf_bytes(b, text, len);
}

static unsigned group_of(const struct sw_netaddr *a, int i)
{
    return (unsigned)a->bytes[2 * i] << 8 | a->bytes[2 * i + 1];
}

static bool is_v4_mapped(const struct sw_netaddr *a)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return a->family == 6 && memcmp(a->bytes, prefix, sizeof prefix) == 0;
}

/* The longest run of zero groups, the first of equals; of two groups or more (RFC 5952 4.2). */
static int find_zero_run(const struct sw_netaddr *a, int *run_at)
{
    int best = 1;
    int run = 0;
    for (int i = 0; i < GROUP_COUNT; i++) {
        run = group_of(a, i) == 0 ? run + 1 : 0;
        if (run > best) {
            best = run;
            *run_at = i + 1 - run;
        }
    }
    return best > 1 ? best : 0;
}

static void write_group(struct sw_buf *b, unsigned group)
{
    unsigned digits = group > 0xfff ? 4 : group > 0xff ? 3 : group > 0xf ? 2 : 1;
    sw_buf_hex(b, group, digits);
}

static void write6(struct sw_buf *b, const struct sw_netaddr *a)
{
    if (is_v4_mapped(a)) { /* RFC 5952 section 5 */
        sw_buf_str(b, "::ffff:");
        write_quad(b, a->bytes + 12);
        return;
    }
    int run_at = GROUP_COUNT;
    int run = find_zero_run(a, &run_at);
    for (int i = 0; i < GROUP_COUNT; i++) {
        if (i == run_at) {
            sw_buf_str(b, "::");
            i += run - 1;
            continue;
        }
        if (i > 0 && i != run_at + run)
            sw_buf_char(b, ':');
        write_group(b, group_of(a, i));
    }
}

void sw_netaddr_write(struct sw_buf *b, const struct sw_netaddr *a)
{
    if (a->family == 4)
        write_quad(b, a->bytes);
    else if (a->family == 6)
        write6(b, a);
    else
        sw_buf_char(b, '-');
}

void sw_netaddr_write_uri(struct sw_buf *b, const struct sw_netaddr *a)
{
    if (a->family == 6)
        sw_buf_char(b, '[');
    sw_netaddr_write(b, a);
    if (a->family == 6)
        sw_buf_char(b, ']');
}

void sw_endpoint_write(struct sw_buf *b, const struct sw_endpoint *e)
{
    sw_netaddr_write_uri(b, &e->addr);
    sw_buf_char(b, ':');
    sw_buf_u64(b, e->port);
}

int sw_netaddr_cmp(const struct sw_netaddr *a, const struct sw_netaddr *b)
{
    return memcmp(a, b, sizeof *a);
}

bool sw_netaddr_eq(const struct sw_netaddr *a, const struct sw_netaddr *b)
{
    return sw_netaddr_cmp(a, b) == 0;
}

bool sw_endpoint_eq(const struct sw_endpoint *a, const struct sw_endpoint *b)
{
    return a->port == b->port && sw_netaddr_eq(&a->addr, &b->addr);
}

uint64_t sw_endpoint_hash(const struct sw_endpoint *e, uint64_t seed)
{
    uint8_t key[sizeof e->addr + sizeof e->port]; /* without the padding of the struct */
    memcpy(key, &e->addr, sizeof e->addr);
    memcpy(key + sizeof e->addr, &e->port, sizeof e->port);
    return sw_hash(key, sizeof key, seed);
}

static bool is_all_zero(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] != 0)
            return false;
    return true;
}

bool sw_netaddr_is_loopback(const struct sw_netaddr *a)
{
    if (a->family == 4)
        return a->bytes[0] == 127;
    return a->family == 6 && is_all_zero(a->bytes, 15) && a->bytes[15] == 1;
}

bool sw_netaddr_is_linklocal(const struct sw_netaddr *a)
{
    if (a->family == 4)
        return a->bytes[0] == 169 && a->bytes[1] == 254;
    return a->family == 6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static bool is_unusable4(const uint8_t bytes[4])
{
    static const uint8_t broadcast[4] = {255, 255, 255, 255};
    bool is_multicast = (bytes[0] & 0xf0) == 0xe0;
    return bytes[0] == 0 || is_multicast || memcmp(bytes, broadcast, sizeof broadcast) == 0;
}

bool sw_netaddr_is_unusable(const struct sw_netaddr *a)
{
    if (a->family == 4)
        return is_unusable4(a->bytes);
    if (a->family != 6)
        return true;
    bool is_multicast = a->bytes[0] == 0xff;
    return is_multicast || is_v4_mapped(a) || is_all_zero(a->bytes, 16);
}

static bool has_bits_after(const struct sw_netaddr *a, unsigned prefix_len)
{
    size_t whole = prefix_len / 8;
    unsigned rest = prefix_len % 8;
    if (rest != 0 && (a->bytes[whole++] & (0xffu >> rest)) != 0)
        return true;
    return !is_all_zero(a->bytes + whole, sizeof a->bytes - whole);
}

bool sw_network_parse(struct sw_slice s, struct sw_network *out)
{
    size_t slash = sw_slice_find(s, '/');
    struct sw_netaddr addr;
    if (!sw_netaddr_parse(sw_slice_sub(s, 0, slash), &addr))
        return false;
    uint64_t bits_max = addr.family == 4 ? 32 : 128;
    uint64_t bits = bits_max;
    if (slash != SIZE_MAX) {
        struct sw_slice digits = sw_slice_sub(s, slash + 1, s.len);
        if ((digits.len > 1 && digits.p[0] == '0') || !sw_slice_u64(digits, bits_max, &bits))
            return false;
    }
    if (has_bits_after(&addr, (unsigned)bits))
        return false;
    *out = (struct sw_network){addr, (uint8_t)bits};
    return true;
}

bool sw_network_has(const struct sw_network *n, const struct sw_netaddr *a)
{
    if (n->addr.family != a->family)
        return false;
    size_t whole = n->prefix_len / 8;
    unsigned rest = n->prefix_len % 8;
    if (memcmp(n->addr.bytes, a->bytes, whole) != 0)
        return false;
    return rest == 0 || ((n->addr.bytes[whole] ^ a->bytes[whole]) >> (8 - rest)) == 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/name.h"

#include "base/hmap.h"

/* A name being built, label by label, with the limits of RFC 1035 2.3.4. */
struct builder {
    uint8_t wire[SW_NAME_MAX];
    size_t len;      /* octets written, the open label's length octet included */
    size_t label_at; /* where the open label's length octet is */
};

static void begin(struct builder *b)
{
    b->label_at = 0;
    b->len = 1;
}

static bool add_octet(struct builder *b, uint8_t octet)
{
    size_t label_len = b->len - b->label_at - 1;
    if (label_len >= SW_NAME_LABEL_MAX || b->len >= SW_NAME_MAX - 1u)
        return false;
    b->wire[b->len++] = (octet >= 'A' && octet <= 'Z') ? (uint8_t)(octet + ('a' - 'A')) : octet;
    return true;
}

/* Close the open label and open the next; an empty label is refused. */
static bool end_label(struct builder *b)
{
    size_t label_len = b->len - b->label_at - 1;
    if (label_len == 0 || b->len >= SW_NAME_MAX)
        return false;
    b->wire[b->label_at] = (uint8_t)label_len;
    b->label_at = b->len++;
    return true;
}

/* The open label becomes the root's. One that has octets in it is closed first. */
static bool finish(struct builder *b, struct sw_name_room *room, struct sw_name *out)
{
    if (b->len - b->label_at > 1 && !end_label(b))
        return false;
    b->wire[b->label_at] = 0;
    memcpy(room->wire, b->wire, b->len);
    *out = (struct sw_name){room->wire, (uint8_t)b->len};
    return true;
}

int sw_name_from_text(struct sw_slice text, struct sw_name_room *room, struct sw_name *out)
{
    struct builder b;
    if (text.len == 0)
        return SW_E_SYNTAX;
    begin(&b);
    for (size_t i = 0; i < text.len; i++) {
        bool ok = text.p[i] == '.' ? end_label(&b) : add_octet(&b, (uint8_t)text.p[i]);
        if (!ok)
            return SW_E_SYNTAX;
    }
    return finish(&b, room, out) ? 0 : SW_E_SYNTAX;
}

/* The octet that the escape after a backslash stands for; *at moves behind it. -1: no escape. */
static int unescape(struct sw_slice text, size_t *at)
{
    if (*at >= text.len)
        return -1;
    if (!sw_is_digit(text.p[*at]))
        return (uint8_t)text.p[(*at)++];
    uint64_t value;
    if (text.len - *at < 3 || !sw_slice_u64(sw_slice(text.p + *at, 3), 255, &value))
        return -1;
    *at += 3;
    return (int)value;
}

int sw_name_from_escaped(struct sw_slice text, struct sw_name_room *room, struct sw_name *out)
{
    struct builder b;
    if (text.len == 0)
        return SW_E_SYNTAX;
    begin(&b);
    if (sw_slice_eq(text, SW_LIT(".")))
        return finish(&b, room, out) ? 0 : SW_E_SYNTAX;
    for (size_t i = 0; i < text.len;) {
        char c = text.p[i++];
        if (c == '.') {
            if (!end_label(&b))
                return SW_E_SYNTAX;
            continue;
        }
        int octet = c == '\\' ? unescape(text, &i) : (uint8_t)c;
        if (octet < 0 || !add_octet(&b, (uint8_t)octet))
            return SW_E_SYNTAX;
    }
    return finish(&b, room, out) ? 0 : SW_E_SYNTAX;
}

int sw_name_prefix(struct sw_slice labels, struct sw_name base, struct sw_name_room *room,
                   struct sw_name *out)
{
    struct sw_name_room front_room;
    struct sw_name front;
    if (base.len == 0 || sw_name_from_text(labels, &front_room, &front) < 0)
        return SW_E_SYNTAX;
    size_t front_len = front.len - 1u; /* without its root */
    if (front_len + base.len > SW_NAME_MAX)
        return SW_E_LIMIT;
    memmove(room->wire + front_len, base.wire, base.len); /* base may lie in room */
    memcpy(room->wire, front.wire, front_len);
    *out = (struct sw_name){room->wire, (uint8_t)(front_len + base.len)};
    return 0;
}

int sw_name_from_wire(const uint8_t *wire, size_t len, struct sw_name_room *room,
                      struct sw_name *out)
{
    struct builder b;
    size_t at = 0;
    begin(&b);
    while (at < len && wire[at] != 0) {
        size_t label_len = wire[at++];
        if (label_len > SW_NAME_LABEL_MAX || label_len > len - at)
            return SW_E_MALFORMED;
        for (size_t i = 0; i < label_len; i++) {
            if (!add_octet(&b, wire[at + i]))
                return SW_E_MALFORMED;
        }
        at += label_len;
        if (!end_label(&b))
            return SW_E_MALFORMED;
    }
    if (at + 1 != len || !finish(&b, room, out))
        return SW_E_MALFORMED;
    return 0;
}

/* Those that mean something in a master file, a log or a header. */
static bool is_special(uint8_t octet)
{
    return octet != 0 && memchr(".\\\"();@$", octet, 8) != NULL;
}

/* Nearly all are: no name of a host has others. */
static bool is_plain(uint8_t octet)
{
    return sw_is_alnum((char)octet) || octet == '-' || octet == '_' ||
           (octet > ' ' && octet < 0x7f && !is_special(octet));
}

static void write_odd_octet(struct sw_buf *b, uint8_t octet)
{
    sw_buf_char(b, '\\');
    if (is_special(octet)) {
        sw_buf_char(b, (char)octet);
        return;
    }
    sw_buf_char(b, (char)('0' + octet / 100));
    sw_buf_char(b, (char)('0' + octet / 10 % 10));
    sw_buf_char(b, (char)('0' + octet % 10));
}

/* What is plain goes over in one piece. */
static void write_label(struct sw_buf *b, const uint8_t *octets, size_t len)
{
    for (size_t at = 0, from = 0; at < len; from = ++at) {
        while (at < len && is_plain(octets[at]))
            at++;
        sw_buf_bytes(b, octets + from, at - from);
        if (at < len)
            write_odd_octet(b, octets[at]);
    }
}

void sw_name_write(struct sw_buf *b, struct sw_name n)
{
    if (sw_name_is_root(n))
        sw_buf_char(b, '.');
    for (size_t at = 0; at < n.len && n.wire[at] != 0; at += n.wire[at] + 1u) {
        if (at > 0)
            sw_buf_char(b, '.');
        write_label(b, n.wire + at + 1, n.wire[at]);
    }
}

void sw_name_write_fqdn(struct sw_buf *b, struct sw_name n)
{
    sw_name_write(b, n);
    if (n.len > 1)
        sw_buf_char(b, '.');
}

bool sw_name_is_under(struct sw_name n, struct sw_name zone)
{
    size_t at = 0;
    if (zone.len == 0)
        return false;
    while (n.len - at > zone.len && n.len > at)
        at += n.wire[at] + 1u;
    return n.len - at == zone.len && memcmp(n.wire + at, zone.wire, zone.len) == 0;
}

enum { LABELS_MAX = SW_NAME_MAX / 2 };

/* Where each label begins, the root's left out. */
static size_t find_labels(struct sw_name n, uint8_t at[LABELS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < n.len && n.wire[i] != 0; i += n.wire[i] + 1u)
        at[count++] = (uint8_t)i;
    return count;
}

int sw_name_cmp(struct sw_name a, struct sw_name b)
{
    uint8_t at_a[LABELS_MAX], at_b[LABELS_MAX];
    size_t left_a = find_labels(a, at_a), left_b = find_labels(b, at_b);
    while (left_a > 0 && left_b > 0) {
        const uint8_t *la = a.wire + at_a[--left_a], *lb = b.wire + at_b[--left_b];
        size_t common_len = la[0] < lb[0] ? la[0] : lb[0];
        int order = memcmp(la + 1, lb + 1, common_len);
        if (order != 0)
            return order;
        if (la[0] != lb[0])
            return la[0] < lb[0] ? -1 : 1;
    }
    return left_a == left_b ? 0 : left_a < left_b ? -1 : 1;
}

uint64_t sw_name_hash(struct sw_name n, uint64_t seed)
{
    return sw_hash(n.wire, n.len, seed);
}

bool sw_name_is_plain(struct sw_name n)
{
    for (size_t at = 0; at < n.len && n.wire[at] != 0; at += n.wire[at] + 1u) {
        for (size_t i = 1; i <= n.wire[at]; i++) {
            char c = (char)n.wire[at + i];
            if (!sw_is_alnum(c) && c != '-' && c != '_')
                return false;
        }
    }
    return true;
}

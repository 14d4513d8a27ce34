/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain names in wire form (RFC 1035 3.1), always absolute, always in lower case, so that equal
 * names are equal bytes. A name is a view: the bytes belong to whoever made it.
 */
#ifndef SW_DNS_NAME_H
#define SW_DNS_NAME_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

enum {
    SW_NAME_MAX = 255,      /* octets in wire form, the root's 0 included (RFC 1035 2.3.4) */
    SW_NAME_LABEL_MAX = 63, /* octets of one label */
    SW_NAME_TEXT_MAX = 1017 /* escaped text: each octet as \DDD at worst, dots, NUL */
};

struct sw_name {
    const uint8_t *wire; /* labels, then the root's 0 */
    uint8_t len;         /* octets in wire form; 0: no name at all; 1: the root */
};

/* Room for any name. */
struct sw_name_room {
    uint8_t wire[SW_NAME_MAX];
};

/**
 * Make a name from a host name's text ("Vocal.com" or "vocal.com."): no escapes.
 * @param room   written; *out points into it.
 * @retval 0, SW_E_SYNTAX (empty label, label over 63, over 255 in all)
 */
SW_MUST_USE int sw_name_from_text(struct sw_slice text, struct sw_name_room *room,
                                  struct sw_name *out);
/* As above for master-file text with \DDD and \X escapes; "." is the root. */
SW_MUST_USE int sw_name_from_escaped(struct sw_slice text, struct sw_name_room *room,
                                     struct sw_name *out);

/**
 * Put labels in front of a name: "_sip._udp" before "vocal.com".
 * @retval 0            *out points into room.
 * @retval SW_E_LIMIT   the result would be over 255 octets: the question cannot be asked (I6).
 */
SW_MUST_USE int sw_name_prefix(struct sw_slice labels, struct sw_name base,
                               struct sw_name_room *room, struct sw_name *out);

/* Copy uncompressed wire bytes, folding case; checks label and total length.
 * @retval 0, SW_E_MALFORMED */
SW_MUST_USE int sw_name_from_wire(const uint8_t *wire, size_t len, struct sw_name_room *room,
                                  struct sw_name *out);

/* Master-file text without the trailing dot ("." for the root); unprintable octets and dots inside
 * labels are escaped, so the text is safe anywhere (H6). */
void sw_name_write(struct sw_buf *b, struct sw_name n);
/* With the trailing dot, as an absolute name in a zone file. */
void sw_name_write_fqdn(struct sw_buf *b, struct sw_name n);

static inline bool sw_name_eq(struct sw_name a, struct sw_name b)
{
    return a.len == b.len && memcmp(a.wire, b.wire, a.len) == 0;
}

static inline bool sw_name_is_root(struct sw_name n)
{
    return n.len == 1;
}

/* True when n is zone or lies below it. */
bool sw_name_is_under(struct sw_name n, struct sw_name zone);
/* Canonical order (RFC 4034 6.1). */
int sw_name_cmp(struct sw_name a, struct sw_name b);
uint64_t sw_name_hash(struct sw_name n, uint64_t seed);
/* Only letters, digits, '-' and '_' in its labels: what a host or SRV owner may be called. */
bool sw_name_is_plain(struct sw_name n);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes to a received message, as a short list over its bytes: what no edit names leaves as it
 * came (M1). Inserted text is borrowed until the edits are written.
 *
 *     struct sw_edits e;
 *     sw_edits_init(&e, msg.bytes);
 *     sw_edits_insert(&e, via_at, new_via);
 *     sw_edits_replace(&e, max_forwards_value, SW_LIT("69"));
 *     rc = sw_edits_write(&e, &buf);
 */
#ifndef SW_SIP_EDIT_H
#define SW_SIP_EDIT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

enum { SW_EDITS_MAX = 32 }; /* a forwarded request needs a dozen at most */

struct sw_edit {
    uint32_t at;          /* offset into the message */
    uint32_t cut_len;     /* octets removed there */
    struct sw_slice text; /* put in their place */
};

struct sw_edits {
    struct sw_slice bytes;
    uint16_t count;
    bool overflow; /* sticky: more than SW_EDITS_MAX, or a slice outside the message */
    struct sw_edit list[SW_EDITS_MAX]; /* by offset; equal offsets in the order they were added */
};

/* No edits yet, of the message in `bytes` (borrowed). */
void sw_edits_init(struct sw_edits *e, struct sw_slice bytes);
/* `where` must point into the message (its end included). */
void sw_edits_insert(struct sw_edits *e, const char *where, struct sw_slice text);
/* `old` must lie in the message and not overlap another edit's. */
void sw_edits_replace(struct sw_edits *e, struct sw_slice old, struct sw_slice text);
static inline void sw_edits_remove(struct sw_edits *e, struct sw_slice old)
{
    sw_edits_replace(e, old, (struct sw_slice){NULL, 0});
}
/* Octets of the result. */
size_t sw_edits_len(const struct sw_edits *e);
/** @retval 0, SW_E_SPACE (the buffer is too small), SW_E_LIMIT (e->overflow) */
SW_MUST_USE int sw_edits_write(const struct sw_edits *e, struct sw_buf *out);

#endif

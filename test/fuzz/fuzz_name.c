/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets of strangers as a name: in a host's text, in master-file text and in wire form. */
#include "base/bug.h"
#include "dns/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_limits(struct sw_name n)
{
    size_t at = 0;
    SW_BUG_ON(n.len == 0);
    while (n.wire[at] != 0) {
        SW_BUG_ON(n.wire[at] > SW_NAME_LABEL_MAX);
        for (size_t i = 1; i <= n.wire[at]; i++)
            SW_BUG_ON(n.wire[at + i] >= 'A' && n.wire[at + i] <= 'Z');
        at += n.wire[at] + 1u;
        SW_BUG_ON(at >= n.len);
    }
    SW_BUG_ON(at + 1 != n.len);
}

/* Written out and read again it is the same, and the text is safe anywhere (H6). */
static void check_text(struct sw_name n)
{
    char text[SW_NAME_TEXT_MAX];
    struct sw_buf b = sw_buf(text, sizeof text);
    struct sw_name_room room;
    struct sw_name again;
    sw_name_write(&b, n);
    (void)sw_buf_cstr(&b);
    SW_BUG_ON(b.overflow);
    for (size_t i = 0; i < b.len; i++)
        SW_BUG_ON(text[i] <= ' ' || text[i] > '~');
    SW_BUG_ON(sw_name_from_escaped(sw_buf_slice(&b), &room, &again) < 0);
    SW_BUG_ON(!sw_name_eq(n, again) || sw_name_cmp(n, again) != 0);
    SW_BUG_ON(sw_name_hash(n, 1) != sw_name_hash(again, 1));
}

static void check_prefix(struct sw_name n)
{
    struct sw_name_room room;
    struct sw_name longer;
    int rc = sw_name_prefix(SW_LIT("_sips._tcp"), n, &room, &longer);
    SW_BUG_ON(rc != (n.len > SW_NAME_MAX - 11 ? SW_E_LIMIT : 0));
    if (rc < 0)
        return;
    check_limits(longer);
    SW_BUG_ON(!sw_name_is_under(longer, n) || sw_name_is_under(n, longer));
    SW_BUG_ON(sw_name_cmp(n, longer) >= 0 || sw_name_cmp(longer, n) <= 0);
}

static void check(struct sw_name n)
{
    check_limits(n);
    check_text(n);
    check_prefix(n);
    (void)sw_name_is_plain(n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sw_name_room room;
    struct sw_name n;
    struct sw_slice text = sw_slice((const char *)data, size);
    if (sw_name_from_text(text, &room, &n) == 0)
        check(n);
    if (sw_name_from_escaped(text, &room, &n) == 0)
        check(n);
    if (sw_name_from_wire(data, size, &room, &n) == 0)
        check(n);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/again.h"

int px_read_again(struct px_core *core, struct sw_slice bytes)
{
    const struct sw_slice *old = &core->old.bytes;
    if (core->has_old && old->p == bytes.p && old->len == bytes.len)
        return 0;
    int rc = sw_msg_parse_again(&core->old, bytes);
    core->has_old = rc == 0;
    return rc;
}

void px_read_copy(struct px_core *core, const struct sw_msg *m, struct sw_slice copy)
{
    sw_msg_move(&core->old, m, copy);
    core->has_old = true;
}

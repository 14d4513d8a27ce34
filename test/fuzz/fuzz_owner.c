/* SPDX-License-Identifier: BSD-2-Clause */
/* Several workers: whom a message belongs to at first sight is whom it belongs to when it was read,
 * or the workers would each have a part of a call. */
#include "base/bug.h"
#include "proxy/handover.h"
#include "proxy/ident.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct px_core core;
    const uint8_t seed[32] = {7};
    char *text = malloc(size + 1); /* of its length, so that reading behind it is seen */
    uint16_t owner;
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    px_keys_init(&core, seed);
    core.worker_count = UINT16_MAX;
    struct sw_slice bytes = sw_slice(text, size);
    if (px_owner_at_sight(&core, bytes, &owner)) {
        SW_BUG_ON(owner >= core.worker_count);
        if (sw_msg_parse(&core.msg, bytes, NULL, NULL) == 0)
            SW_BUG_ON(px_owner(&core, &core.msg) != owner);
    }
    free(text);
    return 0;
}

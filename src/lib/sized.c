/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sized.h"

#include <stdbool.h>
#include <string.h>

static bool is_zero(const unsigned char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] != 0)
            return false;
    return true;
}

int sw_sized_take(void *out, size_t out_size, const void *in)
{
    if (in == NULL) {
        memset(out, 0, out_size);
        return 0;
    }
    size_t in_size;
    memcpy(&in_size, in, sizeof in_size);
    if (in_size < sizeof in_size)
        return SW_E_INVAL;
    size_t known = in_size < out_size ? in_size : out_size;
    if (!is_zero((const unsigned char *)in + known, in_size - known))
        return SW_E_INVAL;
    memcpy(out, in, known);
    memset((unsigned char *)out + known, 0, out_size - known);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What logs call the constants of port.h. */
#include "base/attr.h"
#include "proxy/port.h"

const char *px_cause_name(enum px_cause c)
{
    static const char *const names[] = {
#define X(constant, name) [constant] = (name),
        PX_CAUSES(X)
#undef X
    };
    return (size_t)c < SW_ARRAY_LEN(names) ? names[c] : "";
}

const char *px_try_end_name(enum px_try_end e)
{
    static const char *const names[] = {
#define X(constant, name) [constant] = (name),
        PX_TRY_ENDS(X)
#undef X
    };
    return (size_t)e < SW_ARRAY_LEN(names) ? names[e] : "";
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/ask.h"

static const struct {
    const char *name;
    bool is_temporary;
} outcomes[] = {
#define X(constant, name, is_temporary) [constant] = {name, is_temporary},
    SW_OUTCOMES(X)
#undef X
};

const char *sw_outcome_name(enum sw_outcome o)
{
    return (size_t)o < SW_ARRAY_LEN(outcomes) ? outcomes[o].name : "?";
}

bool sw_outcome_is_temporary(enum sw_outcome o)
{
    return (size_t)o < SW_ARRAY_LEN(outcomes) && outcomes[o].is_temporary;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/trace.h"

#include "base/bug.h"

const struct sw_explain_row *sw_note_row(enum sw_note n)
{
    static const struct sw_explain_row rows[SW_NOTE_COUNT] = {
#define X(constant, code, rule, section, text) [constant] = {code, rule, section, text},
        SW_NOTES(X)
#undef X
    };
    SW_BUG_ON(n <= SW_NOTE_OK || n >= SW_NOTE_COUNT);
    return &rows[n];
}

const struct sw_explain_row *sw_step_row(enum sw_step s)
{
    static const struct sw_explain_row rows[SW_STEP_COUNT] = {
#define X(constant, rule, section, text) [constant] = {"", rule, section, text},
        SW_STEPS(X)
#undef X
    };
    SW_BUG_ON((unsigned)s >= SW_STEP_COUNT);
    return &rows[s];
}

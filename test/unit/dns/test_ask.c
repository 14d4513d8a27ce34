/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/ask.h"
#include "support/check.h"

static void outcomes_are_none_or_temporary_or_neither_d1_d2(void **state)
{
    (void)state;
    static const struct {
        enum sw_outcome outcome;
        const char *name;
        bool is_temporary, is_none;
    } rows[] = {
        {SW_OUTCOME_RECORDS, "records", false, false},
        {SW_OUTCOME_NODATA, "nodata", false, true},
        {SW_OUTCOME_NXDOMAIN, "nxdomain", false, true},
        {SW_OUTCOME_SERVFAIL, "servfail", true, false},
        {SW_OUTCOME_TIMEOUT, "timeout", true, false},
        {SW_OUTCOME_MALFORMED, "malformed", true, false},
        {SW_OUTCOME_BOGUS, "bogus", false, false},
        {SW_OUTCOME_NOT_ASKED, "not-asked", true, false},
        {(enum sw_outcome)99, "?", false, false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        assert_string_equal(sw_outcome_name(rows[i].outcome), rows[i].name);
        assert_int_equal(sw_outcome_is_temporary(rows[i].outcome), rows[i].is_temporary);
        assert_int_equal(sw_outcome_is_none(rows[i].outcome), rows[i].is_none);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_are_none_or_temporary_or_neither_d1_d2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

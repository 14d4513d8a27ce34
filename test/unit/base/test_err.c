/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"
#include "support/check.h"

static void each_error_has_a_name_and_a_text_of_its_own(void **state)
{
    (void)state;
    static const struct {
        int rc;
        const char *name;
    } rows[] = {
#define X(constant, value, name, text) {constant, name},
        SW_ERRORS(X)
#undef X
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        assert_true(rows[i].rc < 0);
        assert_string_equal(sw_err_name(rows[i].rc), rows[i].name);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(rows[i].name, rows[j].name);
            assert_string_not_equal(sw_err_text(rows[i].rc), sw_err_text(rows[j].rc));
        }
    }
}

static void success_and_strangers_have_names_too(void **state)
{
    (void)state;
    assert_string_equal(sw_err_name(0), "ok");
    assert_string_equal(sw_err_name(7), "ok");
    assert_string_equal(sw_err_text(0), "no error");
    assert_string_equal(sw_err_text(7), "no error");
    assert_string_equal(sw_err_name(-9999), "unknown");
    assert_string_equal(sw_err_text(-9999), "an error without a name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_has_a_name_and_a_text_of_its_own),
        cmocka_unit_test(success_and_strangers_have_names_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

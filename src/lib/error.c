/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/error.h"

#include "base/buf.h"

#include <assert.h>

/* The public codes are our own: nothing is translated on the way out. */
static_assert((int)SIPWARD_E_NOMEM == (int)SW_E_NOMEM, "code");
static_assert((int)SIPWARD_E_INVAL == (int)SW_E_INVAL, "code");
static_assert((int)SIPWARD_E_SYNTAX == (int)SW_E_SYNTAX, "code");
static_assert((int)SIPWARD_E_SCHEME == (int)SW_E_SCHEME, "code");
static_assert((int)SIPWARD_E_NOTFOUND == (int)SW_E_NOTFOUND, "code");
static_assert((int)SIPWARD_E_FILE == (int)SW_E_FILE, "code");
static_assert((int)SIPWARD_E_ZONE == (int)SW_E_ZONE, "code");
static_assert((int)SIPWARD_E_RESOLVER == (int)SW_E_RESOLVER, "code");
static_assert((int)SIPWARD_E_SYSTEM == (int)SW_E_SYSTEM, "code");

const char *sipward_err_name(int rc)
{
    return sw_err_name(rc);
}

const char *sipward_err_text(int rc)
{
    return sw_err_text(rc);
}

int sw_error_say(struct sipward_error *error, int code, const char *const *pieces, size_t count)
{
    if (error == NULL)
        return code;
    *error = (struct sipward_error){.code = code, .rule = ""};
    struct sw_buf b = sw_buf(error->text, sizeof error->text);
    for (size_t i = 0; i < count; i++)
        sw_buf_str(&b, pieces[i]);
    sw_buf_cstr(&b);
    return code;
}

int sw_error_syntax(struct sipward_error *error, int code, const struct sw_syntax *syntax,
                    const char *rule)
{
    if (error == NULL)
        return code;
    SW_ERROR_SAY(error, code, syntax->what);
    error->offset = syntax->offset;
    error->rule = rule == NULL ? syntax->rule : rule;
    return code;
}

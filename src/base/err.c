/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

const char *sw_err_name(int rc)
{
    if (rc >= 0)
        return "ok";
    switch (rc) {
#define X(constant, value, name, text)                                                             \
    case (value):                                                                                  \
        return name;
        SW_ERRORS(X)
#undef X
    }
    return "unknown";
}

const char *sw_err_text(int rc)
{
    if (rc >= 0)
        return "no error";
    switch (rc) {
#define X(constant, value, name, text)                                                             \
    case (value):                                                                                  \
        return text;
        SW_ERRORS(X)
#undef X
    }
    return "an error without a name";
}

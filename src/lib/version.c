/* SPDX-License-Identifier: BSD-2-Clause */
#include "sipward/version.h"

const char *sipward_version(void)
{
    return SIPWARD_VERSION;
}

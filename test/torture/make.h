/* SPDX-License-Identifier: BSD-2-Clause */
/* Good messages made of chance: names in any case and compact, folds, blanks, lists, unknown
 * fields, bodies of any octets, requests and responses. The same seed makes the same message. */
#ifndef TEST_TORTURE_MAKE_H
#define TEST_TORTURE_MAKE_H

#include "base/buf.h"

void tt_make(uint64_t seed, struct sw_buf *out);

#endif

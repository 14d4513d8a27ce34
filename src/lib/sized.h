/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs of the public interface that carry their own size: a program may be older or newer than
 * the library. */
#ifndef SW_LIB_SIZED_H
#define SW_LIB_SIZED_H

#include "base/attr.h"
#include "base/err.h"

#include <stddef.h>

/**
 * Copy a struct whose first field is its size into ours.
 *
 * Fields the caller does not know become 0, which is their default. A field the caller sets and we
 * do not know cannot be honoured, so it is refused.
 * @param in       NULL: everything becomes 0.
 * @retval 0, SW_E_INVAL (no size, or a set field that is beyond ours; *out is untouched)
 *
 * Owns: nothing. Thread: any.
 */
SW_MUST_USE int sw_sized_take(void *out, size_t out_size, const void *in);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where memory comes from. Pure layers take an allocator as an argument, so that a test can make
 * the n-th request fail; NULL means the C library's.
 */
#ifndef SW_BASE_ALLOC_H
#define SW_BASE_ALLOC_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct sw_alloc {
    void *(*alloc)(void *user, size_t size); /* NULL on failure; aligned for any type */
    void (*free)(void *user, void *p);       /* p may be NULL */
    void *user;
};

/* Bytes are not cleared. NULL when out of memory. `a` NULL: the C library's. */
SW_MUST_USE void *sw_alloc(const struct sw_alloc *a, size_t size);
/* As sw_alloc(), cleared. */
SW_MUST_USE void *sw_zalloc(const struct sw_alloc *a, size_t size);
/* Room for `count` things of `size` bytes, cleared; NULL also when the product overflows. */
SW_MUST_USE void *sw_zalloc_array(const struct sw_alloc *a, size_t count, size_t size);
void sw_free(const struct sw_alloc *a, void *p);

/* Checked arithmetic for sizes that come from input: false on overflow, *out untouched. */
SW_MUST_USE bool sw_mul(size_t a, size_t b, size_t *out);
SW_MUST_USE bool sw_add(size_t a, size_t b, size_t *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

void *sw_alloc(const struct sw_alloc *a, size_t size)
{
    /* malloc(0) may return NULL, which callers would read as out of memory. */
    size_t at_least_one = size == 0 ? 1 : size;
    return a == NULL ? malloc(at_least_one) : a->alloc(a->user, at_least_one);
}

void *sw_zalloc(const struct sw_alloc *a, size_t size)
{
    void *p = sw_alloc(a, size);
    if (p != NULL)
        memset(p, 0, size);
    return p;
}

void *sw_zalloc_array(const struct sw_alloc *a, size_t count, size_t size)
{
    size_t total;
    if (!sw_mul(count, size, &total))
        return NULL;
    return sw_zalloc(a, total);
}

void sw_free(const struct sw_alloc *a, void *p)
{
    if (a == NULL)
        free(p);
    else
        a->free(a->user, p);
}

bool sw_mul(size_t a, size_t b, size_t *out)
{
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

bool sw_add(size_t a, size_t b, size_t *out)
{
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory from the C library, large pieces on huge pages where the kernel has some: a process that
 * holds a hundred thousand calls is not slowed down by a page fault for each of them.
 *
 * Owns: nothing. Thread: any.
 */
#ifndef SW_ADAPTER_PAGES_H
#define SW_ADAPTER_PAGES_H

#include "base/alloc.h"

enum {
    AD_PAGES_HUGE_LEN =
        2 << 20 /* requests from half of this on are rounded up to multiples of it */
};

/* Its `user` is not used. */
extern const struct sw_alloc ad_pages;

#endif

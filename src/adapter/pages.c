/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Nobody means to have more in one piece: a length that was reckoned wrongly. */
#define PIECE_MAX_LEN ((size_t)1 << 36)

static void *give(void *user, size_t size)
{
    const size_t huge = AD_PAGES_HUGE_LEN;

    (void)user;
    if (size > PIECE_MAX_LEN)
        return NULL;
    if (size < huge / 2)
        return malloc(size);
    size_t len = (size + huge - 1) / huge * huge;
    void *p = aligned_alloc(huge, len);
    if (p != NULL)
        (void)madvise(p, len, MADV_HUGEPAGE); /* where there are none, small ones do */
    return p;
}

static void take_back(void *user, void *p)
{
    (void)user;
    free(p);
}

const struct sw_alloc ad_pages = {.alloc = give, .free = take_back};

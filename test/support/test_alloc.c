/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/test_alloc.h"

#include <stdlib.h>
#include <string.h>

static void *give(void *user, size_t size)
{
    struct test_alloc *t = user;
    size_t n = t->request_count++;
    if (n == t->fail_at || (n > t->fail_at && t->keep_failing)) {
        t->has_failed = true;
        return NULL;
    }
    void *p = malloc(size);
    if (p == NULL)
        abort();
    /* Bytes that were not asked to be clear must not be relied on to be. */
    memset(p, 0xa5, size);
    t->live_count++;
    return p;
}

static void take_back(void *user, void *p)
{
    struct test_alloc *t = user;
    if (p == NULL)
        return;
    if (t->live_count == 0)
        abort();
    t->live_count--;
    free(p);
}

void test_alloc_init(struct test_alloc *t, size_t fail_at)
{
    *t = (struct test_alloc){
        .alloc = {.alloc = give, .free = take_back, .user = t},
        .fail_at = fail_at,
    };
}

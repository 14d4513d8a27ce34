/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where one thread leaves things for another. Who takes them takes all of them at once; the lock is
 * held for a few instructions only.
 *
 * Owns: nothing: what is in it belongs to whom the two threads agree on.
 */
#ifndef SW_RUN_INBOX_H
#define SW_RUN_INBOX_H

#include "base/attr.h"
#include "base/list.h"

#include <pthread.h>

struct sw_inbox {
    pthread_mutex_t lock;
    struct sw_list list;
};

/** @retval 0, SW_E_SYSTEM */
SW_MUST_USE int sw_inbox_init(struct sw_inbox *inbox);
/* What is still in it is left alone. */
void sw_inbox_fini(struct sw_inbox *inbox);

/* Leave something. Thread: any. */
void sw_inbox_put(struct sw_inbox *inbox, struct sw_list *link);
/* Move everything, the oldest first, to the empty list *out. Thread: the one that is its owner. */
void sw_inbox_take(struct sw_inbox *inbox, struct sw_list *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the cells of the tables do to the timers. */
#include "base/bug.h"
#include "txn/machine.h"

#include <stddef.h>

static uint64_t t1_times_64(const struct sw_txn *t)
{
    return t->times->t1_us * 64;
}

static void retransmit_after(struct sw_txn *t, uint64_t now_us, uint64_t interval_us)
{
    t->interval_us = interval_us > UINT32_MAX ? UINT32_MAX : (uint32_t)interval_us;
    t->retransmit_us = sw_after_us(now_us, t->interval_us);
}

/* All others off: what is over only waits for stragglers. */
static void end_after(struct sw_txn *t, uint64_t now_us, uint64_t wait_us)
{
    sw_txn_stop_timers(t, now_us);
    t->end_us = sw_after_us(now_us, wait_us);
}

void sw_txn_keep_timers(struct sw_txn *t, uint64_t now_us)
{
    (void)t;
    (void)now_us;
}

void sw_txn_cannot_be(struct sw_txn *t, uint64_t now_us)
{
    (void)now_us;
    SW_BUG_ON(t != NULL);
}

void sw_txn_stop_timers(struct sw_txn *t, uint64_t now_us)
{
    (void)now_us;
    t->retransmit_us = SW_NEVER;
    t->timeout_us = SW_NEVER;
    t->end_us = SW_NEVER;
}

void sw_txn_start_sending(struct sw_txn *t, uint64_t now_us)
{
    if (!t->is_reliable)
        retransmit_after(t, now_us, t->times->t1_us);
    t->timeout_us = sw_after_us(now_us, t1_times_64(t));
}

void sw_txn_double(struct sw_txn *t, uint64_t now_us)
{
    retransmit_after(t, now_us, (uint64_t)t->interval_us * 2);
}

void sw_txn_double_to_t2(struct sw_txn *t, uint64_t now_us)
{
    retransmit_after(t, now_us, sw_min_us((uint64_t)t->interval_us * 2, t->times->t2_us));
}

void sw_txn_every_t2(struct sw_txn *t, uint64_t now_us)
{
    retransmit_after(t, now_us, t->times->t2_us);
}

void sw_txn_start_answering(struct sw_txn *t, uint64_t now_us)
{
    sw_txn_start_sending(t, now_us); /* G is A's twin, and H is B's */
}

void sw_txn_start_d(struct sw_txn *t, uint64_t now_us)
{
    end_after(t, now_us, t->is_reliable ? 0 : t->times->d_us);
}

void sw_txn_start_i_or_k(struct sw_txn *t, uint64_t now_us)
{
    end_after(t, now_us, t->is_reliable ? 0 : t->times->t4_us);
}

void sw_txn_start_j(struct sw_txn *t, uint64_t now_us)
{
    end_after(t, now_us, t->is_reliable ? 0 : t1_times_64(t));
}

void sw_txn_start_l_or_m(struct sw_txn *t, uint64_t now_us)
{
    end_after(t, now_us, t1_times_64(t));
}

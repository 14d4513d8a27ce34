/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transaction machines: the first octet chooses the kind and the transport, each further one an
 * event and a pause, in virtual time. They end within their limits once nothing comes in any more,
 * say so once, and do nothing after it.
 */
#include "base/bug.h"
#include "txn/txn.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct life {
    struct sw_txn txn;
    uint64_t now_us;
    size_t end_count;
    size_t timer_send_count; /* since the last event from outside */
};

static void note(struct life *l, unsigned todo)
{
    SW_BUG_ON(l->end_count > 0 && todo != 0);
    SW_BUG_ON((todo & ~63u) != 0);
    SW_BUG_ON((todo & SW_TXN_DO_END) != 0 && (todo & (SW_TXN_DO_SEND | SW_TXN_DO_ACK)) != 0);
    if ((todo & SW_TXN_DO_END) != 0)
        l->end_count++;
    SW_BUG_ON((l->txn.state == SW_TXN_TERMINATED) != (l->end_count == 1));
    SW_BUG_ON(l->end_count > 0 && sw_txn_wake_us(&l->txn) != SW_NEVER);
}

static void wake_until(struct life *l, uint64_t until_us)
{
    uint64_t wake_us;
    while ((wake_us = sw_txn_wake_us(&l->txn)) <= until_us && wake_us != SW_NEVER) {
        SW_BUG_ON(wake_us < l->now_us);
        l->now_us = wake_us;
        unsigned todo = sw_txn_wake(&l->txn, wake_us);
        SW_BUG_ON(todo == 0);
        if ((todo & SW_TXN_DO_SEND) != 0)
            l->timer_send_count++;
        SW_BUG_ON(l->txn.is_reliable && (todo & SW_TXN_DO_SEND) != 0);
        SW_BUG_ON(l->timer_send_count > 11); /* 64*T1 with T2 between them, RFC 3261 17.1.2.2 */
        note(l, todo);
    }
    l->now_us = until_us;
}

/* Timers come from sw_txn_wake() alone. */
static bool is_from_outside(enum sw_txn_event ev)
{
    return ev != SW_TXN_EV_RETRANSMIT && ev != SW_TXN_EV_TIMEOUT && ev != SW_TXN_EV_END;
}

/* Where the machine waits for its owner, whose timer C or answer ends it. */
static bool waits_for_owner(const struct sw_txn *t)
{
    bool is_client = t->kind == SW_TXN_ICT || t->kind == SW_TXN_NICT;
    if (t->state == SW_TXN_INIT)
        return true;
    return is_client ? t->kind == SW_TXN_ICT && t->state == SW_TXN_PROCEEDING
                     : t->state == SW_TXN_PROCEEDING || t->state == SW_TXN_TRYING;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t pauses_ms[] = {0, 1, 499, 500, 1000, 4000, 5000, 16000};
    struct life l = {.now_us = SW_SECONDS(1000)};
    if (size == 0)
        return 0;
    sw_txn_init(&l.txn, (enum sw_txn_kind)(data[0] & 3), &sw_txn_times_default, data[0] & 4);
    for (size_t i = 1; i < size; i++) {
        enum sw_txn_event ev = (enum sw_txn_event)((data[i] & 15) % SW_TXN_EVENT_COUNT);
        wake_until(&l, l.now_us + SW_MS(pauses_ms[(data[i] >> 4) & 7]));
        l.timer_send_count = 0;
        if (is_from_outside(ev))
            note(&l, sw_txn_step(&l.txn, ev, l.now_us));
    }
    wake_until(&l, l.now_us + SW_SECONDS(64));
    SW_BUG_ON(l.end_count == 0 && !waits_for_owner(&l.txn));
    note(&l, sw_txn_step(&l.txn, SW_TXN_EV_ABANDON, l.now_us));
    wake_until(&l, l.now_us + SW_SECONDS(32));
    SW_BUG_ON(l.end_count != 1);
    return 0;
}

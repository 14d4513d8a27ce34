/* SPDX-License-Identifier: BSD-2-Clause */
#include "txn/txn.h"

#include "base/bug.h"
#include "txn/machine.h"

#include <assert.h>
#include <stddef.h>

static_assert(sizeof(struct sw_txn) <= 64, "one cache line in every transaction");

const struct sw_txn_times sw_txn_times_default = {
    .t1_us = SW_MS(500),
    .t2_us = SW_SECONDS(4),
    .t4_us = SW_SECONDS(5),
    .d_us = SW_SECONDS(32),
};

const sw_txn_table *sw_txn_table_of(enum sw_txn_kind kind)
{
    switch (kind) {
    case SW_TXN_ICT:
        return &sw_txn_ict;
    case SW_TXN_NICT:
        return &sw_txn_nict;
    case SW_TXN_IST:
        return &sw_txn_ist;
    case SW_TXN_NIST:
        return &sw_txn_nist;
    }
    SW_BUG_ON(kind <= SW_TXN_NIST);
    return NULL;
}

void sw_txn_init(struct sw_txn *t, enum sw_txn_kind kind, const struct sw_txn_times *times,
                 bool is_reliable)
{
    *t = (struct sw_txn){
        .kind = (uint8_t)kind,
        .state = SW_TXN_INIT,
        .is_reliable = is_reliable,
        .times = times,
        .retransmit_us = SW_NEVER,
        .timeout_us = SW_NEVER,
        .end_us = SW_NEVER,
    };
}

unsigned sw_txn_step(struct sw_txn *t, enum sw_txn_event ev, uint64_t now_us)
{
    const struct sw_txn_cell *cell = &(*sw_txn_table_of((enum sw_txn_kind)t->kind))[t->state][ev];
    cell->timing(t, now_us);
    t->state = cell->next;
    return cell->todo;
}

/* Ends come before sends: who wakes late must not send for a transaction that is over. */
unsigned sw_txn_wake(struct sw_txn *t, uint64_t now_us)
{
    if (t->end_us <= now_us) {
        t->end_us = SW_NEVER;
        return sw_txn_step(t, SW_TXN_EV_END, now_us);
    }
    if (t->timeout_us <= now_us) {
        t->timeout_us = SW_NEVER;
        return sw_txn_step(t, SW_TXN_EV_TIMEOUT, now_us);
    }
    if (t->retransmit_us <= now_us) {
        t->retransmit_us = SW_NEVER;
        return sw_txn_step(t, SW_TXN_EV_RETRANSMIT, now_us);
    }
    return 0;
}

uint64_t sw_txn_wake_us(const struct sw_txn *t)
{
    return sw_min_us(t->end_us, sw_min_us(t->timeout_us, t->retransmit_us));
}

const char *sw_txn_state_name(enum sw_txn_state s)
{
    static const char *const names[SW_TXN_STATE_COUNT] = {
#define X(constant, name) [constant] = (name),
        SW_TXN_STATES(X)
#undef X
    };
    return (size_t)s < SW_TXN_STATE_COUNT ? names[s] : "";
}

const char *sw_txn_event_name(enum sw_txn_event ev)
{
    static const char *const names[SW_TXN_EVENT_COUNT] = {
#define X(constant, name) [constant] = (name),
        SW_TXN_EVENTS(X)
#undef X
    };
    return (size_t)ev < SW_TXN_EVENT_COUNT ? names[ev] : "";
}

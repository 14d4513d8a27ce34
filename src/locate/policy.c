/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/policy.h"

void sw_policy_init(struct sw_policy *p)
{
    *p = (struct sw_policy){
        .transports = {SW_UDP, SW_TCP, SW_TLS},
        .transport_count = 3,
        .family = SW_FAMILY_ANY,
        .failover = SW_FAILOVER_RFC,
        .draw = SW_DRAW_EVEN,
        .bid_down = SW_BID_DOWN_ALERT,
        .deadline_us = SW_SECONDS(5),
        .aaaa_wait_us = SW_MS(50),
    };
}

/* Cut the next item off a comma-separated list. */
static struct sw_slice next_item(struct sw_slice *rest)
{
    size_t comma = sw_slice_find(*rest, ',');
    struct sw_slice item = sw_slice_sub(*rest, 0, comma);
    *rest = sw_slice_sub(*rest, comma == SIZE_MAX ? comma : comma + 1, SIZE_MAX);
    return sw_slice_trim(item);
}

bool sw_policy_set_transports(struct sw_policy *p, struct sw_slice list)
{
    struct sw_policy read = *p;
    read.transport_count = 0;
    bool is_last;
    do {
        enum sw_transport t;
        is_last = sw_slice_find(list, ',') == SIZE_MAX;
        if (!sw_transport_by_name(next_item(&list), &t) || sw_policy_has(&read, t))
            return false;
        read.transports[read.transport_count++] = t;
    } while (!is_last);
    *p = read;
    return true;
}

bool sw_policy_has(const struct sw_policy *p, enum sw_transport t)
{
    return sw_policy_rank(p, t) < SW_TRANSPORT_COUNT;
}

unsigned sw_policy_rank(const struct sw_policy *p, enum sw_transport t)
{
    for (unsigned rank = 0; rank < p->transport_count; rank++)
        if (p->transports[rank] == t)
            return rank;
    return SW_TRANSPORT_COUNT;
}

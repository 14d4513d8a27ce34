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

static bool have_same_networks(const struct sw_network *a, size_t a_count,
                               const struct sw_network *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!sw_netaddr_eq(&a[i].addr, &b[i].addr) || a[i].prefix_len != b[i].prefix_len)
            return false;
    return true;
}

static bool have_same_sources(const struct sw_policy *a, const struct sw_policy *b)
{
    if (a->sources_known != b->sources_known || a->source_count != b->source_count)
        return false;
    for (size_t i = 0; i < a->source_count; i++)
        if (!sw_netaddr_eq(&a->sources[i], &b->sources[i]))
            return false;
    return true;
}

static bool have_same_transports(const struct sw_policy *a, const struct sw_policy *b)
{
    if (a->transport_count != b->transport_count)
        return false;
    for (size_t i = 0; i < a->transport_count; i++)
        if (a->transports[i] != b->transports[i])
            return false;
    return true;
}

bool sw_policy_eq(const struct sw_policy *a, const struct sw_policy *b)
{
    return have_same_transports(a, b) && a->family == b->family && a->failover == b->failover &&
           a->draw == b->draw && a->bid_down == b->bid_down &&
           a->allow_downgrade == b->allow_downgrade && a->strict_identity == b->strict_identity &&
           a->deadline_us == b->deadline_us && a->aaaa_wait_us == b->aaaa_wait_us &&
           have_same_networks(a->denied, a->denied_count, b->denied, b->denied_count) &&
           have_same_networks(a->allowed, a->allowed_count, b->allowed, b->allowed_count) &&
           a->allow_local_zones == b->allow_local_zones && have_same_sources(a, b);
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/rest.h"

bool sw_rest_is_due(struct sw_rest *r, uint64_t received, uint64_t events, uint64_t now_us)
{
    uint64_t event_count = events - r->seen_count, elapsed_us = now_us - r->window_us;

    r->seen_count = events;
    if (elapsed_us >= SW_REST_WINDOW_US) {
        uint64_t count = received - r->window_count;
        r->is_high = count * SW_REST_WINDOW_US >= elapsed_us * SW_REST_WINDOW_COUNT;
        r->window_us = now_us;
        r->window_count = received;
    }
    return r->is_high && event_count <= SW_REST_FEW;
}

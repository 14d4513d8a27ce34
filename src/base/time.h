/* SPDX-License-Identifier: BSD-2-Clause */
/* Monotonic microseconds. The pure layers never read a clock: time comes in as an argument. */
#ifndef SW_BASE_TIME_H
#define SW_BASE_TIME_H

#include <stdint.h>

#define SW_NEVER UINT64_MAX
#define SW_MS(ms) ((uint64_t)(ms)*1000u)
#define SW_SECONDS(s) ((uint64_t)(s)*1000000u)

static inline uint64_t sw_min_us(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* a + b, and SW_NEVER where either is or the sum would pass it. */
static inline uint64_t sw_after_us(uint64_t a, uint64_t b)
{
    return a > SW_NEVER - b ? SW_NEVER : a + b;
}

#endif

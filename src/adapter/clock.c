/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/clock.h"

#include "base/time.h"

#include <time.h>

static uint64_t read_clock(clockid_t which)
{
    struct timespec t = {0};

    clock_gettime(which, &t);
    return SW_SECONDS(t.tv_sec) + (uint64_t)t.tv_nsec / 1000u;
}

uint64_t ad_clock_mono_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t ad_clock_wall_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The two clocks of the machine: the pure layers are handed the first, log lines carry the other.
 */
#ifndef SW_ADAPTER_CLOCK_H
#define SW_ADAPTER_CLOCK_H

#include <stdint.h>

/* Monotonic, microseconds from an arbitrary start. Thread: any. */
uint64_t ad_clock_mono_us(void);
/* Since 1970-01-01T00:00:00Z, microseconds; may be set back and forth. Thread: any. */
uint64_t ad_clock_wall_us(void);

#endif

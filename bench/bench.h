/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every bench shares: two clocks, the median of several runs, and the line bench/run reads:
 *
 *     NAME VALUE UNIT GOAL
 *
 * GOAL is "<=3.0", ">=10", "=0", "-" when there is none, or "floor" for what the machine itself
 * costs; a floor's name is what it is the floor of, and a dot and a word: "cold.network".
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

enum { BENCH_RUNS = 15 };

/** Nanoseconds of this process's CPU. */
double bench_cpu_ns(void);
/** Nanoseconds on the wall. */
double bench_wall_ns(void);
/** End the program with a sentence when something is wrong. */
void bench_must(bool is_right, const char *what);
/** Print a line for bench/run. */
void bench_print(const char *name, double value, const char *unit, const char *goal);

/**
 * Measure the CPU of one call: the median of BENCH_RUNS runs of `rounds` calls, after some to warm
 * up.
 * @return nanoseconds a call.
 */
double bench_cpu_of(void (*once)(void *arg), void *arg, size_t rounds);

#endif

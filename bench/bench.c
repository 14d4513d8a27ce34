/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double bench_cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_wall_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

void bench_must(bool is_right, const char *what)
{
    if (is_right)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

void bench_print(const char *name, double value, const char *unit, const char *goal)
{
    printf("%s %.3f %s %s\n", name, value, unit, goal);
    fflush(stdout);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_cpu_of(void (*once)(void *arg), void *arg, size_t rounds)
{
    double runs[BENCH_RUNS];
    for (size_t i = 0; i < rounds / 10 + 1; i++)
        once(arg);
    for (size_t run = 0; run < BENCH_RUNS; run++) {
        double start = bench_cpu_ns();
        for (size_t i = 0; i < rounds; i++)
            once(arg);
        runs[run] = (bench_cpu_ns() - start) / (double)rounds;
    }
    qsort(runs, BENCH_RUNS, sizeof runs[0], compare);
    return runs[BENCH_RUNS / 2];
}

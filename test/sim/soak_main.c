/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_soak [-v] [-s SEED] [-n COUNT] [-t SECONDS]: play random histories, from a seed on, until so
 * many have been played or so much time has gone. With -v one is printed.
 */
#include "sim/soak.h"

#include <stdlib.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, count = UINT64_MAX, event_count = 0, played = 0;
    double limit = 1e9, began = seconds();
    bool is_loud = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            is_loud = true;
            count = 1;
        } else if (strcmp(argv[i], "-s") == 0 && i + 1 < argc) {
            seed = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "-n") == 0 && i + 1 < argc) {
            count = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "-t") == 0 && i + 1 < argc) {
            limit = strtod(argv[++i], NULL);
        } else {
            fprintf(stderr, "usage: sim_soak [-v] [-s SEED] [-n COUNT] [-t SECONDS]\n");
            return 2;
        }
    }
    for (; played < count && seconds() - began < limit; played++, seed++) {
        char *wrong = soak_play(seed, is_loud, stdout, &event_count);
        if (wrong == NULL)
            continue;
        printf("FAILED: seed %llu: %s\n  again: sim_soak -v -s %llu\n", (unsigned long long)seed,
               wrong, (unsigned long long)seed);
        free(wrong);
        return 1;
    }
    printf("%llu histories, %llu events, %.1f s\n", (unsigned long long)played,
           (unsigned long long)event_count, seconds() - began);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_soak [-v] [-s SEED] [-n COUNT] [-t SECONDS] [-w CORES] [--wrong responses|requests]: play
 * random histories, from a seed on, until so many have been played or so much time has gone. With
 * -v one is printed.
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
    struct sim_how how = {.seed = 1};
    uint64_t count = UINT64_MAX, event_count = 0, played = 0;
    double limit = 1e9, began = seconds();
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            how.is_loud = true;
            count = 1;
        } else if (strcmp(argv[i], "-s") == 0 && i + 1 < argc) {
            how.seed = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "-n") == 0 && i + 1 < argc) {
            count = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "-t") == 0 && i + 1 < argc) {
            limit = strtod(argv[++i], NULL);
        } else if (!sim_how_read(&how, argc, argv, &i)) {
            fprintf(stderr, "usage: sim_soak [-v] [-s SEED] [-n COUNT] [-t SECONDS] [-w CORES] "
                            "[--wrong responses|requests]\n");
            return 2;
        }
    }
    for (; played < count && seconds() - began < limit; played++, how.seed++) {
        char *wrong = soak_play(&how, stdout, &event_count);
        if (wrong == NULL)
            continue;
        printf("FAILED: seed %llu: %s\n  again: sim_soak -v -s %llu\n",
               (unsigned long long)how.seed, wrong, (unsigned long long)how.seed);
        free(wrong);
        return 1;
    }
    printf("%llu histories, %llu events, %.1f s\n", (unsigned long long)played,
           (unsigned long long)event_count, seconds() - began);
    return 0;
}

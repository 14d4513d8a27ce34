/* SPDX-License-Identifier: BSD-2-Clause */
/* sim_scene [-v] [-s SEED] [-w CORES] [--wrong responses|requests] FILE...: play scenes, each under
 * a few seeds. */
#include "sim/scene.h"

#include <stdlib.h>

enum { SEEDS = 4 };

int main(int argc, char **argv)
{
    struct sim_how how = {0};
    uint64_t first = 1, count = SEEDS;
    unsigned played = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            how.is_loud = true;
            count = 1;
            continue;
        }
        if (strcmp(argv[i], "-s") == 0 && i + 1 < argc) {
            first = strtoull(argv[++i], NULL, 10);
            count = 1;
            continue;
        }
        if (sim_how_read(&how, argc, argv, &i))
            continue;
        played++;
        for (how.seed = first; how.seed < first + count; how.seed++) {
            char *wrong = sim_scene_play(argv[i], &how, stdout);
            if (wrong == NULL)
                continue;
            printf("FAILED %s with seed %llu\n  %s\n", argv[i], (unsigned long long)how.seed,
                   wrong);
            free(wrong);
            failed++;
            break;
        }
    }
    printf("%u scenes played, %u failed\n", played, failed);
    return failed == 0 && played > 0 ? 0 : 1;
}

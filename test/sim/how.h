/* SPDX-License-Identifier: BSD-2-Clause */
/* How a scene or a history is played: what the options of sim_scene and sim_soak say. */
#ifndef SIM_HOW_H
#define SIM_HOW_H

#include "sim/driver.h"

struct sim_how {
    uint64_t seed;
    bool is_loud;
    struct sim_crew crew;
};

/**
 * Read -w CORES and --wrong responses|requests at argv[*i], which is moved on.
 * @retval false  it is something else.
 */
bool sim_how_read(struct sim_how *how, int argc, char **argv, int *i);

#endif

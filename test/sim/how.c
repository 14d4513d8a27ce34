/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/how.h"

#include <stdlib.h>

bool sim_how_read(struct sim_how *how, int argc, char **argv, int *i)
{
    if (*i + 1 >= argc)
        return false;
    const char *option = argv[*i], *value = argv[*i + 1];
    if (strcmp(option, "-w") == 0) {
        unsigned long count = strtoul(value, NULL, 10);
        if (count < 1 || count > SIM_CORES_MAX)
            return false;
        how->crew.core_count = (unsigned)count;
    } else if (strcmp(option, "--wrong") == 0 && strcmp(value, "responses") == 0) {
        how->crew.steering = SIM_STEER_WRONG_RESPONSE;
    } else if (strcmp(option, "--wrong") == 0 && strcmp(value, "requests") == 0) {
        how->crew.steering = SIM_STEER_WRONG_REQUEST;
    } else {
        return false;
    }
    ++*i;
    return true;
}

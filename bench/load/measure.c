/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The clock of the kernel's receive stamps. */
uint64_t load_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Five bits behind the first one. */
static unsigned class_of(uint64_t ns)
{
    unsigned shift = ns < 32 ? 0 : 58 - (unsigned)__builtin_clzll(ns);
    return shift * 32 + (unsigned)(ns >> shift);
}

void load_times_add(struct load_times *t, uint64_t ns)
{
    t->count++;
    t->classes[class_of(ns)]++;
}

double load_times_us(const struct load_times *t, double share)
{
    uint64_t seen = 0, wanted = (uint64_t)((double)t->count * share);
    for (unsigned i = 0; i < sizeof t->classes / sizeof t->classes[0]; i++) {
        seen += t->classes[i];
        if (seen > wanted) {
            unsigned shift = i < 64 ? 0 : i / 32 - 1;
            return (double)((uint64_t)(i - shift * 32) << shift) / 1e3;
        }
    }
    return 0;
}

static double number_in(const char *path, const char *label)
{
    char line[256];
    double value = 0;
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return 0;
    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, label, strlen(label)) == 0)
            value += strtod(line + strlen(label), NULL);
    fclose(f);
    return value;
}

/* The first number of schedstat is the time on a CPU; unlike stat's it has no ticks. */
static double process_cpu_ns(unsigned pid)
{
    char path[300];
    double sum = 0;
    snprintf(path, sizeof path, "/proc/%u/task", pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return 0;
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%u/task/%s/schedstat", pid, e->d_name);
        sum += number_in(path, "");
    }
    closedir(dir);
    return sum;
}

double load_cpu_ns(const struct load_conf *conf)
{
    double sum = 0;
    for (unsigned i = 0; i < conf->pid_count; i++)
        sum += process_cpu_ns(conf->pids[i]);
    return sum;
}

/* Shared pages are counted once: Pss divides them. */
double load_memory(const struct load_conf *conf)
{
    double sum = 0;
    for (unsigned i = 0; i < conf->pid_count; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%u/smaps_rollup", conf->pids[i]);
        sum += number_in(path, "Pss:") * 1024;
    }
    return sum;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/temp.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/sipward-test-XXXXXX";
static pid_t owner; /* children inherit the exit handler, not the folder */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_folder(void)
{
    if (getpid() == owner)
        nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *temp_folder(void)
{
    if (owner == 0) {
        if (mkdtemp(folder) == NULL) {
            perror(folder);
            abort();
        }
        owner = getpid();
        atexit(remove_folder);
    }
    return folder;
}

void temp_file(char *path, const char *name, const char *text)
{
    snprintf(path, TEMP_PATH_MAX, "%s/%s", temp_folder(), name);
    FILE *f = fopen(path, "w");
    if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0) {
        perror(path);
        abort();
    }
}

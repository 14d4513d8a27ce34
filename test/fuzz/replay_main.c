/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target over files, once each: the main of fuzz targets in builds without libFuzzer.
 * Arguments are files or folders (read one level deep). Fails when there was nothing to run.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t run_count;

static void fail(const char *what, const char *path)
{
    fprintf(stderr, "replay: cannot %s %s\n", what, path);
    exit(1);
}

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail("open", path);
    struct stat st;
    if (fstat(fileno(f), &st) != 0)
        fail("read", path);
    size_t len = (size_t)st.st_size;
    /* Exactly as long as the input, so that a sanitizer sees a read behind its end. */
    uint8_t *data = malloc(len == 0 ? 1 : len);
    if (data == NULL || fread(data, 1, len, f) != len)
        fail("read", path);
    fclose(f);
    LLVMFuzzerTestOneInput(data, len);
    free(data);
    run_count++;
}

static void run_folder(const char *path)
{
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort);
    if (count < 0)
        fail("list", path);
    for (int i = 0; i < count; i++) {
        char file[4096];
        if (names[i]->d_name[0] != '.') {
            snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
            run_file(file);
        }
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) != 0)
            fail("find", argv[i]);
        if (S_ISDIR(st.st_mode))
            run_folder(argv[i]);
        else
            run_file(argv[i]);
    }
    printf("%zu inputs\n", run_count);
    return run_count == 0;
}

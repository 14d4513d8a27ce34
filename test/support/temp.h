/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders and files that go away with the test program. */
#ifndef TEST_SUPPORT_TEMP_H
#define TEST_SUPPORT_TEMP_H

enum { TEMP_PATH_MAX = 128 };

/* A folder of this program's, made at the first call and removed with all that is in it when the
 * program ends. */
const char *temp_folder(void);

/* Write a file into it; path (TEMP_PATH_MAX) gets its name. Ends the program when it cannot. */
void temp_file(char *path, const char *name, const char *text);

#endif

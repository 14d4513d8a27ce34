/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of a test file as words: blanks separate, "quotes" keep blanks together. */
#ifndef SW_TEST_WORDS_H
#define SW_TEST_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { TW_WORDS_MAX = 64, TW_LINE_MAX = 2048 };

struct tw_words {
    char room[TW_LINE_MAX];
    char *word[TW_WORDS_MAX]; /* NUL-terminated, into room; escapes are left as they are */
    bool is_quoted[TW_WORDS_MAX];
    size_t count;
};

/* Split a line. A ';' or '#' after a blank (or at the start) begins a comment.
 * @return NULL, or what is wrong with the line. */
const char *tw_split(struct tw_words *w, const char *line);

/* A whole word as an unsigned number. */
bool tw_number(const char *word, unsigned long max, unsigned long *out);
/* "40ms", "2s", "0": microseconds. */
bool tw_duration(const char *word, unsigned long long *out_us);

#endif

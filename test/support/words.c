/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/words.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Copies one word and moves *in past it; NULL when a quote is left open or the room is full. */
static char *take_word(const char **in, char *out, const char *end, bool *is_quoted)
{
    const char *p = *in;
    *is_quoted = *p == '"';
    if (*is_quoted)
        p++;
    while (*p != '\0' && (*is_quoted ? *p != '"' : !is_blank(*p))) {
        if (out + 2 >= end)
            return NULL;
        if (*p == '\\' && p[1] != '\0')
            *out++ = *p++;
        *out++ = *p++;
    }
    if (*is_quoted && *p++ != '"')
        return NULL;
    *out++ = '\0';
    *in = p;
    return out;
}

const char *tw_split(struct tw_words *w, const char *line)
{
    char *out = w->room;
    w->count = 0;
    for (;;) {
        while (is_blank(*line))
            line++;
        if (*line == '\0' || *line == ';' || *line == '#')
            return NULL;
        if (w->count == TW_WORDS_MAX)
            return "too many words";
        w->word[w->count] = out;
        out = take_word(&line, out, w->room + sizeof w->room, &w->is_quoted[w->count]);
        if (out == NULL)
            return "a quote is not closed, or the line is too long";
        w->count++;
    }
}

bool tw_number(const char *word, unsigned long max, unsigned long *out)
{
    if (*word < '0' || *word > '9')
        return false;
    char *end = NULL;
    unsigned long value = strtoul(word, &end, 10);
    if (*end != '\0' || value > max)
        return false;
    *out = value;
    return true;
}

bool tw_duration(const char *word, unsigned long long *out_us)
{
    if (*word < '0' || *word > '9')
        return false;
    char *end = NULL;
    unsigned long long value = strtoull(word, &end, 10);
    if (strcmp(end, "ms") == 0)
        *out_us = value * 1000u;
    else if (strcmp(end, "s") == 0)
        *out_us = value * 1000000u;
    else if (strcmp(word, "0") == 0)
        *out_us = 0;
    else
        return false;
    return true;
}

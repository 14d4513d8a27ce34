/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sipward/term.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 100, COLUMNS_MIN = 60 };

static const struct sw_glyphs drawn = {
    .branch = "├─ ",
    .last = "└─ ",
    .bar = "│  ",
    .gap = "   ",
    .used = "✓",
    .unused = "✗",
    .arrow = "→",
    .dot = "·",
};

static const struct sw_glyphs ascii = {
    .branch = "|- ",
    .last = "`- ",
    .bar = "|  ",
    .gap = "   ",
    .used = "+",
    .unused = "x",
    .arrow = "->",
    .dot = "-",
};

static const char *const codes[SW_STYLE_COUNT] = {
    [SW_PLAIN] = "",  [SW_TITLE] = "1",    [SW_ASKED] = "1;34",
    [SW_USED] = "32", [SW_UNUSED] = "31",  [SW_WHY] = "33",
    [SW_FAINT] = "2", [SW_PLACE] = "1;32", [SW_TROUBLE] = "1;31",
};

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0';
}

static bool wants_colour(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !is_set("NO_COLOR") && term != NULL &&
           strcmp(term, "dumb") != 0;
}

static size_t columns(void)
{
    struct winsize w;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
        return COLUMNS_DEFAULT;
    return w.ws_col < COLUMNS_MIN ? COLUMNS_MIN : w.ws_col;
}

struct sw_term sw_term_open(void)
{
    bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    return (struct sw_term){wants_colour(), is_utf8 ? &drawn : &ascii, columns()};
}

void sw_term_put(const struct sw_term *t, enum sw_style style, const char *text)
{
    if (t->has_colour && codes[style][0] != '\0')
        printf("\033[%sm%s\033[0m", codes[style], text);
    else
        fputs(text, stdout);
}

void sw_term_putf(const struct sw_term *t, enum sw_style style, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sw_term_put(t, style, text);
}

size_t sw_term_put_safe(FILE *out, const char *text)
{
    size_t used = 0;
    for (const char *p = text; *p != '\0'; p++) {
        bool is_safe = (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f;
        used += is_safe ? 1 : 4;
        if (is_safe)
            fputc(*p, out);
        else
            fprintf(out, "\\%03d", (unsigned char)*p);
    }
    return used;
}

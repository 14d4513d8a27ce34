/* SPDX-License-Identifier: BSD-2-Clause */
/* What standard output can show: colours on a terminal that wants them (NO_COLOR is honoured),
 * line drawing where the locale is UTF-8, and how many columns there are. */
#ifndef SW_CMD_TERM_H
#define SW_CMD_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum sw_style {
    SW_PLAIN,
    SW_TITLE, /* what was asked for */
    SW_ASKED, /* a question */
    SW_USED,
    SW_UNUSED,
    SW_WHY, /* a reason */
    SW_FAINT,
    SW_PLACE, /* where to send */
    SW_TROUBLE,
    SW_STYLE_COUNT
};

/* The pieces trees and lists are drawn with. */
struct sw_glyphs {
    const char *branch, *last, *bar, *gap; /* three columns each */
    const char *used, *unused;             /* one column */
    const char *arrow, *dot;
};

struct sw_term {
    bool has_colour;
    const struct sw_glyphs *glyphs;
    size_t column_count;
};

/** Look at standard output and the environment. */
struct sw_term sw_term_open(void);
/** Print a text in a style; anything but printable ASCII and UTF-8 letters was escaped before. */
void sw_term_put(const struct sw_term *t, enum sw_style style, const char *text);
/** As sw_term_put() with a format; at most 1023 octets are printed. */
void sw_term_putf(const struct sw_term *t, enum sw_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Print anything without what a terminal would obey. @return columns used. */
size_t sw_term_put_safe(FILE *out, const char *text);

#endif

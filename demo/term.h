/* SPDX-License-Identifier: BSD-2-Clause */
/* What the terminal can show: colours only on a terminal and without NO_COLOR, line drawing only
 * where the locale's characters are UTF-8. */
#ifndef DEMO_TERM_H
#define DEMO_TERM_H

#include <stdbool.h>

struct demo_term {
    bool has_colour;
    bool has_utf8;
};

enum demo_style { DEMO_PLAIN, DEMO_BOLD, DEMO_DIM, DEMO_GOOD, DEMO_BAD, DEMO_NOTE };

/* Find out about standard output. */
struct demo_term demo_term_of_stdout(void);
/* The escape sequence that switches a style on, or off (DEMO_PLAIN); "" without colours. */
const char *demo_style(const struct demo_term *t, enum demo_style style);

#endif

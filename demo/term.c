/* SPDX-License-Identifier: BSD-2-Clause */
#include "term.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct demo_term demo_term_of_stdout(void)
{
    const char *no_color = getenv("NO_COLOR");
    bool is_unwanted = no_color != NULL && no_color[0] != '\0';

    setlocale(LC_CTYPE, "");
    return (struct demo_term){.has_colour = isatty(STDOUT_FILENO) == 1 && !is_unwanted,
                              .has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
}

const char *demo_style(const struct demo_term *t, enum demo_style style)
{
    static const char *const codes[] = {
        [DEMO_PLAIN] = "\x1b[0m", [DEMO_BOLD] = "\x1b[1m", [DEMO_DIM] = "\x1b[2m",
        [DEMO_GOOD] = "\x1b[32m", [DEMO_BAD] = "\x1b[31m", [DEMO_NOTE] = "\x1b[36m"};

    return t->has_colour ? codes[style] : "";
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* How readers of this folder complain. */
#ifndef SW_SIP_SYNTAX_H
#define SW_SIP_SYNTAX_H

#include <stddef.h>

/* Where and why reading stopped: the offset counts bytes from the start of the text. */
struct sw_syntax {
    size_t offset;
    const char *rule; /* the grammar's or the contract's name for what is broken: "port", "I6" */
    const char *what; /* one sentence for a person, static */
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling the caller what went wrong. Every function takes a NULL error and then says nothing. */
#ifndef SW_LIB_ERROR_H
#define SW_LIB_ERROR_H

#include "sip/uri.h"

#include "sipward/err.h"

/* Say a sentence made of pieces; returns code, so that it can be returned at once. */
int sw_error_say(struct sipward_error *error, int code, const char *const *pieces, size_t count);
#define SW_ERROR_SAY(error, code, ...)                                                             \
    sw_error_say(error, code, (const char *const[]){__VA_ARGS__},                                  \
                 SW_ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

/* Say where a text breaks its grammar. rule NULL: the syntax error's own. Returns code. */
int sw_error_syntax(struct sipward_error *error, int code, const struct sw_syntax *syntax,
                    const char *rule);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What can go wrong in a call. What can go wrong in the DNS is no error but a result: see enum
 * sipward_result. */
#ifndef SIPWARD_ERR_H
#define SIPWARD_ERR_H

#include "sipward/version.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Functions that return int give >= 0 on success and one of these on failure. */
enum sipward_err {
    SIPWARD_E_NOMEM = -1,     /* out of memory; what was there before is unchanged */
    SIPWARD_E_INVAL = -2,     /* an argument or option is not acceptable */
    SIPWARD_E_SYNTAX = -4,    /* the URI does not follow the grammar: answer 400 */
    SIPWARD_E_SCHEME = -6,    /* neither sip nor sips: answer 416 */
    SIPWARD_E_NOTFOUND = -10, /* there is no such thing */
    SIPWARD_E_FILE = -12,     /* a file cannot be read */
    SIPWARD_E_ZONE = -13,     /* a zone file is not valid */
    SIPWARD_E_RESOLVER = -15, /* the resolver cannot be set up */
    SIPWARD_E_SYSTEM = -17    /* the operating system refused */
};

/** Name an error: "nomem"; "ok" for rc >= 0, "unknown" for any other. Static. Thread: any. */
SIPWARD_API const char *sipward_err_name(int rc);

/** Say one sentence about an error, for a person. Static. Thread: any. */
SIPWARD_API const char *sipward_err_text(int rc);

/* More about a failure, for functions that take a struct sipward_error *. Written on failure only.
 */
struct sipward_error {
    int code;         /* enum sipward_err, as returned */
    size_t offset;    /* SIPWARD_E_SYNTAX, SIPWARD_E_SCHEME: the byte where the text breaks */
    const char *rule; /* likewise: what the grammar calls the broken part: "port"; else "" */
    char text[256];   /* one line for a person: "demo/vocal.zone:7: an SRV record needs a port" */
};

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that the verbs share, from the command line to a struct. */
#ifndef SW_CMD_ARGS_H
#define SW_CMD_ARGS_H

#include "sipward/sipward.h"

/* Exit codes. Over several URIs the one that comes first in this list counts. */
enum sw_exit {
    SW_EXIT_INTERNAL = 9,
    SW_EXIT_USAGE = 2, /* also a URI that is invalid, and a file that cannot be used */
    SW_EXIT_BOGUS = 5,
    SW_EXIT_TEMPORARY = 4,
    SW_EXIT_NONE = 3,
    SW_EXIT_OK = 0
};

enum { SW_ARGS_LIST_MAX = 64 /* of one repeatable option: no command line has more */ };

struct sw_arg_list {
    const char *at[SW_ARGS_LIST_MAX];
    size_t count;
};

struct sw_args {
    struct sipward_options options; /* points into the lists below and into argv */
    struct sipward_query query;
    struct sw_arg_list zones, servers, sources;
    uint64_t seed;
    bool has_seed;
    size_t share_count; /* 0: not asked for */
    bool is_json;
    bool wants_help;
    char **uris; /* in argv */
    int uri_count;
};

/**
 * Read the command line of a verb. argv[0] is the verb.
 *
 * @param argv  may be reordered.
 * @retval 0              *out is written; it points into argv and itself: do not copy it.
 * @retval SW_EXIT_USAGE  standard error says what is wrong.
 */
int sw_args_read(struct sw_args *out, int argc, char **argv);

/** Print the shared options, for --help. */
void sw_args_print_help(void);

#endif

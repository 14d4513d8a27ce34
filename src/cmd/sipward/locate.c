/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sipward/json.h"
#include "cmd/sipward/tree.h"
#include "cmd/sipward/verbs.h"

#include <stdio.h>

static int print_json(const struct sw_finding *f, bool is_first)
{
    (void)is_first;
    return sw_json_print(f, SW_JSON_PLAIN);
}

int sw_verb_locate(int argc, char **argv)
{
    struct sw_args args;
    int rc = sw_args_read(&args, argc, argv);
    if (rc != 0)
        return rc;
    if (args.wants_help) {
        printf("Where would a correct client send a request for a URI, and why there?\n\n"
               "  sipward [locate] [OPTIONS] URI...\n\n");
        sw_args_print_help();
        return SW_EXIT_OK;
    }
    return (int)sw_finding_run_all(&args, args.is_json ? print_json : sw_tree_print);
}

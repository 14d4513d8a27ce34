/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/attr.h"
#include "cmd/sipward/args.h"
#include "cmd/sipward/term.h"
#include "cmd/sipward/verbs.h"
#include "cmd/standard.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

struct verb {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
};

static const struct verb verbs[] = {
    {"locate", sw_verb_locate, "where a request for a URI goes, and why there"},
    {"trace", sw_verb_trace, "every step of it, with its rule and RFC section"},
    {"ctl", sw_verb_ctl, "ask a running sipwardd how it is and why calls went where they went"},
};

static void print_help(FILE *out)
{
    fprintf(out,
            "sipward finds the SIP server for a URI, and the next one when it fails (RFC 3263).\n"
            "\n"
            "  sipward [VERB] [OPTIONS] URI...\n"
            "\n");
    for (size_t i = 0; i < SW_ARRAY_LEN(verbs); i++)
        fprintf(out, "  %-9s %s%s\n", verbs[i].name, verbs[i].help, i == 0 ? " (the default)" : "");
    fprintf(out, "\n"
                 "  sipward VERB --help   its options\n"
                 "  sipward --version     the version\n"
                 "\n"
                 "Exit: 0 located, 2 wrong usage or an invalid URI, 3 definitely nowhere to send,\n"
                 "4 failed for now, 5 DNSSEC bogus, 9 internal error.\n");
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int complain_of_verb(const char *name)
{
    fprintf(stderr, "sipward: \"");
    sw_term_put_safe(stderr, name);
    fprintf(stderr, "\" is neither a verb nor a URI; sipward --help lists the verbs");
    if (strchr(name, '.') != NULL) {
        fprintf(stderr, ", and a URI is sip:");
        sw_term_put_safe(stderr, name);
    }
    fprintf(stderr, "\n");
    return SW_EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return SW_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return SW_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("sipward %s\n", sipward_version());
        return SW_EXIT_OK;
    }
    const struct verb *verb = find_verb(argv[1]);
    if (verb != NULL)
        return verb->run(argc - 1, argv + 1);
    if (argv[1][0] != '-' && strchr(argv[1], ':') == NULL)
        return complain_of_verb(argv[1]);
    argv[0] = (char[]){"locate"};
    return sw_verb_locate(argc, argv);
}

int main(int argc, char **argv)
{
    sw_standard_fill();
    setlocale(LC_CTYPE, ""); /* only to know whether the terminal takes more than ASCII */
    int rc = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("sipward: standard output");
        return SW_EXIT_INTERNAL;
    }
    return rc;
}

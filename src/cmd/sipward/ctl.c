/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sipward/ctl.h"

#include "base/attr.h"
#include "cmd/sipward/args.h"
#include "cmd/sipward/term.h"
#include "cmd/sipward/verbs.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET_DEFAULT "/run/sipward/control"

static int print_status(const json_t *answer)
{
    sw_ctl_print_status(answer);
    return SW_EXIT_OK;
}

static int print_targets(const json_t *answer)
{
    sw_ctl_print_targets(answer);
    return SW_EXIT_OK;
}

static int print_nothing(const json_t *answer)
{
    (void)answer;
    return SW_EXIT_OK;
}

static const struct command {
    const char *name, *argument; /* argument NULL: it takes none */
    int (*print)(const json_t *answer);
    const char *help;
} commands[] = {
    {"status", NULL, print_status, "how it is: uptime, load, what is open, what was counted"},
    {"targets", NULL, print_targets, "the health of the places it has sent to"},
    {"why", "CALL-ID", sw_ctl_print_why, "why the last requests of a call went where they went"},
    {"drain", NULL, print_nothing, "take no new transactions, end when the open ones have ended"},
    {"reload", NULL, print_nothing,
     "apply the configuration anew, as SIGHUP; done when it returns"},
    {"log", "LEVEL", print_nothing, "error, warn, info or debug, until it ends"},
};

static void print_help(void)
{
    printf("Ask a running sipwardd, or tell it something, over its control socket.\n\n"
           "  sipward ctl [OPTIONS] COMMAND\n\n");
    for (size_t i = 0; i < SW_ARRAY_LEN(commands); i++) {
        char name[24];
        snprintf(name, sizeof name, "%s %s", commands[i].name,
                 commands[i].argument == NULL ? "" : commands[i].argument);
        printf("  %-12s %s\n", name, commands[i].help);
    }
    printf(
        "\n"
        "  -S, --socket PATH  where it listens; default " SOCKET_DEFAULT "\n"
        "  -j, --json         the answer as it comes: one JSON object\n"
        "  -h, --help         this text\n\n"
        "Exit: 0 done, 2 wrong usage or a configuration that is not right, 3 no transaction with\n"
        "that Call-ID is kept, 4 no proxy answered, 9 internal error.\n");
}

struct wish {
    const char *path;
    bool is_json, wants_help;
    const struct command *command;
    const char *argument;
};

static int complain(const char *what, const char *about)
{
    fprintf(stderr, "sipward ctl: %s", what);
    sw_term_put_safe(stderr, about);
    fprintf(stderr, "; sipward ctl --help lists what there is\n");
    return SW_EXIT_USAGE;
}

static int read_command(struct wish *w, char **words, int count)
{
    if (count == 0)
        return complain("a command is missing", "");
    for (size_t i = 0; i < SW_ARRAY_LEN(commands); i++)
        if (strcmp(words[0], commands[i].name) == 0)
            w->command = &commands[i];
    if (w->command == NULL)
        return complain("there is no command ", words[0]);
    int wanted = w->command->argument == NULL ? 1 : 2;
    if (count < wanted)
        return complain("it also needs ", w->command->argument);
    if (count > wanted)
        return complain("too many words: ", words[wanted]);
    w->argument = wanted == 2 ? words[1] : NULL;
    return SW_EXIT_OK;
}

static int read_wish(struct wish *w, int argc, char **argv)
{
    static const struct option options[] = {{"socket", required_argument, NULL, 'S'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int c;

    *w = (struct wish){.path = SOCKET_DEFAULT};
    optind = 1;
    argv[0] = (char[]){"sipward ctl"};
    while ((c = getopt_long(argc, argv, "S:jh", options, NULL)) != -1) {
        switch (c) {
        case 'S':
            w->path = optarg;
            break;
        case 'j':
            w->is_json = true;
            break;
        case 'h':
            w->wants_help = true;
            return SW_EXIT_OK;
        default:
            return SW_EXIT_USAGE;
        }
    }
    return read_command(w, argv + optind, argc - optind);
}

/* NULL: out of memory, or an argument that is no UTF-8. */
static char *line_of(const struct wish *w)
{
    json_t *o = w->argument == NULL
                    ? json_pack("{s:s}", "command", w->command->name)
                    : json_pack("{s:s, s:s}", "command", w->command->name, "argument", w->argument);
    char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
    size_t len = text == NULL ? 0 : strlen(text);
    char *line = text == NULL ? NULL : realloc(text, len + 2);

    json_decref(o);
    if (line == NULL) {
        free(text);
        return NULL;
    }
    line[len] = '\n';
    line[len + 1] = '\0';
    return line;
}

static int exit_of_refusal(const json_t *answer)
{
    const char *code = sw_ctl_text(answer, "code");
    const json_t *one;
    size_t at;

    fprintf(stderr, "sipward ctl: ");
    sw_term_put_safe(stderr, sw_ctl_text(answer, "error"));
    fprintf(stderr, "\n");
    json_array_foreach(json_object_get(answer, "mistakes"), at, one)
    {
        sw_term_put_safe(stderr, json_is_string(one) ? json_string_value(one) : "");
        fprintf(stderr, "\n");
    }
    if (strcmp(code, "usage") == 0 || strcmp(code, "refused") == 0)
        return SW_EXIT_USAGE;
    bool is_temporary = strcmp(code, "silent") == 0 || strcmp(code, "busy") == 0;
    return is_temporary ? SW_EXIT_TEMPORARY : SW_EXIT_INTERNAL;
}

static void warn_of_silence(const json_t *answer)
{
    double silent = sw_ctl_number(answer, "workers_silent");

    if (silent > 0)
        fprintf(stderr, "sipward ctl: %.0f of %.0f workers did not answer in time\n", silent,
                sw_ctl_number(answer, "workers"));
}

static int is_nothing(const json_t *answer)
{
    const json_t *all = json_object_get(answer, "transactions");

    return all != NULL && json_array_size(all) == 0 ? SW_EXIT_NONE : SW_EXIT_OK;
}

static int show(const struct wish *w, const char *text)
{
    json_t *answer = json_loads(text, 0, NULL);
    int code;

    if (answer == NULL || !json_is_object(answer)) {
        json_decref(answer);
        fprintf(stderr,
                "sipward ctl: the answer cannot be read: is that the socket of a sipwardd?\n");
        return SW_EXIT_TEMPORARY;
    }
    if (w->is_json)
        puts(text);
    if (!json_is_true(json_object_get(answer, "ok")))
        code = exit_of_refusal(answer);
    else
        code = w->is_json ? is_nothing(answer) : w->command->print(answer);
    warn_of_silence(answer);
    json_decref(answer);
    return code;
}

int sw_verb_ctl(int argc, char **argv)
{
    struct wish w;
    char *text = NULL;
    int code = read_wish(&w, argc, argv);

    if (code != SW_EXIT_OK)
        return code;
    if (w.wants_help) {
        print_help();
        return SW_EXIT_OK;
    }
    char *line = line_of(&w);
    if (line == NULL)
        return complain("this cannot be sent: ", w.argument == NULL ? "" : w.argument);
    code = sw_ctl_exchange(w.path, line, &text);
    if (code == SW_EXIT_OK)
        code = show(&w, text);
    free(text);
    free(line);
    return code;
}

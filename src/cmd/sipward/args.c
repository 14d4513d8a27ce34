/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sipward/args.h"

#include "base/attr.h"
#include "base/slice.h"
#include "cmd/sipward/term.h"

#include <getopt.h>
#include <stdio.h>

/* One row an option: getopt's table, the reader and the help are made of it.
 * X(letter for the switch, name, argument, help line) */
#define OPTIONS(X)                                                                                 \
    X('z', "zone", "FILE",                                                                         \
      "answer from this zone file; may be repeated, and then no\n"                                 \
      "other name is asked of the network, unless --dns or\n"                                      \
      "--system-dns is given too")                                                                 \
    X('d', "dns", "ADDR[@PORT]", "ask this name server, nothing else; may be repeated")            \
    X('y', "system-dns", NULL, "ask the system's name servers (the default without --zone)")       \
    X('r', "root", NULL, "resolve from the root, without a forwarder")                             \
    X('a', "trust-anchor", "FILE", "DNSSEC trust anchors; default: the installed root anchor")     \
    X('n', "dnssec", "on|off", "validate answers or not; default on")                              \
    X('t', "transports", "LIST",                                                                   \
      "supported transports in order of preference; default\n"                                     \
      "udp,tcp,tls")                                                                               \
    X('f', "family", "FAMILY", "any, 4, 6, prefer-4 or prefer-6; default any")                     \
    X('o', "transport-failover", "MODE", "none, rfc or all; default rfc")                          \
    X('w', "srv-draw", "DRAW", "even or literal; default even")                                    \
    X('l', "source", "ADDR",                                                                       \
      "take this for the machine's own address when ordering\n"                                    \
      "addresses (RFC 6724); may be repeated")                                                     \
    X('s', "size", "OCTETS", "size of the request to be sent")                                     \
    X('e', "seed", "N", "make the weighted choice repeatable")                                     \
    X('k', "stateless", "KEY", "the order a stateless proxy takes for this key")                   \
    X('m', "timeout", "MS", "the deadline of a location; default 5000")                            \
    X('c', "shares", "N", "locate N times: how often does each candidate come first")              \
    X('j', "json", NULL, "one JSON object a URI, one a line")                                      \
    X('h', "help", NULL, "this text")

/* A word and the value it stands for. */
struct word {
    const char *word;
    int value;
};

static const struct word families[] = {
    {"any", SIPWARD_FAMILY_ANY},
    {"4", SIPWARD_FAMILY_4},
    {"6", SIPWARD_FAMILY_6},
    {"prefer-4", SIPWARD_FAMILY_PREFER_4},
    {"prefer-6", SIPWARD_FAMILY_PREFER_6},
    {NULL, 0},
};
static const struct word failovers[] = {
    {"none", SIPWARD_FAILOVER_NONE},
    {"rfc", SIPWARD_FAILOVER_RFC},
    {"all", SIPWARD_FAILOVER_ALL},
    {NULL, 0},
};
static const struct word draws[] = {
    {"even", SIPWARD_DRAW_EVEN},
    {"literal", SIPWARD_DRAW_LITERAL},
    {NULL, 0},
};
static const struct word switches[] = {{"on", 1}, {"off", 0}, {NULL, 0}};

static int complain(const char *option, const char *text, const char *want)
{
    fprintf(stderr, "sipward: --%s: \"", option);
    sw_term_put_safe(stderr, text);
    fprintf(stderr, "\" is not %s\n", want);
    return SW_EXIT_USAGE;
}

static int read_word(const struct word *words, const char *option, const char *text, int *out)
{
    for (const struct word *w = words; w->word != NULL; w++) {
        if (sw_slice_ieq(sw_slice_str(w->word), sw_slice_str(text))) {
            *out = w->value;
            return 0;
        }
    }
    fprintf(stderr, "sipward: --%s: \"", option);
    sw_term_put_safe(stderr, text);
    fprintf(stderr, "\" is none of");
    for (const struct word *w = words; w->word != NULL; w++)
        fprintf(stderr, "%s %s", w == words ? "" : ",", w->word);
    fprintf(stderr, "\n");
    return SW_EXIT_USAGE;
}

static int read_number(const char *option, const char *text, uint64_t max, uint64_t *out)
{
    if (sw_slice_u64(sw_slice_str(text), max, out))
        return 0;
    char want[64];
    snprintf(want, sizeof want, "a number up to %llu", (unsigned long long)max);
    return complain(option, text, want);
}

static int add(struct sw_arg_list *list, const char *option, const char *text)
{
    if (list->count == SW_ARGS_LIST_MAX) {
        fprintf(stderr, "sipward: --%s: more than %d of them\n", option, SW_ARGS_LIST_MAX);
        return SW_EXIT_USAGE;
    }
    list->at[list->count++] = text;
    return 0;
}

/* Where answers come from is said by up to four options, of which at most one may be. */
static int set_source(struct sw_args *a, enum sipward_source source, bool *is_set)
{
    if (*is_set && a->options.source != source) {
        fprintf(stderr, "sipward: --dns, --system-dns and --root exclude each other\n");
        return SW_EXIT_USAGE;
    }
    *is_set = true;
    a->options.source = source;
    return 0;
}

static int read_seed(struct sw_args *a, const char *text)
{
    a->has_seed = true;
    return read_number("seed", text, UINT64_MAX, &a->seed);
}

static int read_small(const char *option, const char *text, uint32_t *out)
{
    uint64_t n;
    int rc = read_number(option, text, 1000000000, &n);
    if (rc == 0 && n == 0)
        return complain(option, text, "above 0");
    if (rc == 0)
        *out = (uint32_t)n;
    return rc;
}

/* long: one case an option, each a line or two */
static int read_option(struct sw_args *a, int letter, const char *text, bool *has_source)
{
    int word = 0, rc;
    uint32_t n = 0;
    switch (letter) {
    case 'z':
        return add(&a->zones, "zone", text);
    case 'd':
        rc = add(&a->servers, "dns", text);
        return rc != 0 ? rc : set_source(a, SIPWARD_SOURCE_SERVERS, has_source);
    case 'y':
        return set_source(a, SIPWARD_SOURCE_SYSTEM, has_source);
    case 'r':
        return set_source(a, SIPWARD_SOURCE_ROOT, has_source);
    case 'a':
        a->options.trust_anchor_file = text;
        return 0;
    case 'n':
        rc = read_word(switches, "dnssec", text, &word);
        a->options.flags = word ? 0 : SIPWARD_NO_DNSSEC;
        return rc;
    case 't':
        a->options.transports = text;
        return 0;
    case 'f':
        rc = read_word(families, "family", text, &word);
        a->options.family = (enum sipward_family)word;
        return rc;
    case 'o':
        rc = read_word(failovers, "transport-failover", text, &word);
        a->options.failover = (enum sipward_failover)word;
        return rc;
    case 'w':
        rc = read_word(draws, "srv-draw", text, &word);
        a->options.draw = (enum sipward_draw)word;
        return rc;
    case 'l':
        return add(&a->sources, "source", text);
    case 's':
        rc = read_small("size", text, &n);
        a->query.request_len = n;
        return rc;
    case 'e':
        return read_seed(a, text);
    case 'k':
        a->query.stateless_key = text;
        a->query.stateless_key_len = sw_slice_str(text).len;
        return 0;
    case 'm':
        return read_small("timeout", text, &a->options.deadline_ms);
    case 'c':
        rc = read_small("shares", text, &n);
        a->share_count = n;
        return rc;
    case 'j':
        a->is_json = true;
        return 0;
    case 'h':
        a->wants_help = true;
        return 0;
    default:
        return SW_EXIT_INTERNAL;
    }
}

enum { LONG_ONLY = 256 /* what getopt says of a long option is no letter behind a single dash */ };

static const struct option table[] = {
#define X(letter, name, argument, help)                                                            \
    {(name), (argument) == NULL ? no_argument : required_argument, NULL, LONG_ONLY + (letter)},
    OPTIONS(X)
#undef X
        {NULL, 0, NULL, 0}};

static int finish(struct sw_args *a, bool has_source)
{
    struct sipward_options *o = &a->options;
    if (a->zones.count > 0 && !has_source)
        o->source = SIPWARD_SOURCE_ZONES;
    o->zone_files = a->zones.at;
    o->zone_file_count = a->zones.count;
    o->servers = a->servers.at;
    o->server_count = a->servers.count;
    o->local_addresses = a->sources.at;
    o->local_address_count = a->sources.count;
    if (a->has_seed) {
        o->flags |= SIPWARD_SEEDED;
        o->seed = a->seed;
    }
    if (a->uri_count == 0 && !a->wants_help) {
        fprintf(stderr, "sipward: which URI?\n");
        return SW_EXIT_USAGE;
    }
    return 0;
}

/* getopt's way of saying which option it could not use. */
static int complain_of_option(int answer, char **argv)
{
    const char *what = answer == ':' ? "needs a value" : "is no option of this verb";
    const char *text = argv[optind - 1];
    const char letter[] = {'-', (char)optopt, '\0'};
    if (answer == '?' && optopt > LONG_ONLY)
        what = "takes no value";
    else if (answer == '?' && optopt != 0)
        text = letter; /* maybe of many behind one dash: optind does not tell where */
    fputs("sipward: ", stderr);
    sw_term_put_safe(stderr, text);
    fprintf(stderr, " %s; see sipward %s --help\n", what, argv[0]);
    return SW_EXIT_USAGE;
}

int sw_args_read(struct sw_args *out, int argc, char **argv)
{
    *out = (struct sw_args){.options.size = sizeof out->options, .query.size = sizeof out->query};
    bool has_source = false;
    opterr = 0;
    optind = 0; /* the table may be read more than once in a process */
    for (;;) {
        int answer = getopt_long(argc, argv, ":", table, NULL);
        if (answer == -1)
            break;
        if (answer == ':' || answer == '?')
            return complain_of_option(answer, argv);
        int rc = read_option(out, answer - LONG_ONLY, optarg, &has_source);
        if (rc != 0)
            return rc;
    }
    out->uris = argv + optind;
    out->uri_count = argc - optind;
    return finish(out, has_source);
}

static void print_row(const char *name, const char *argument, const char *help)
{
    enum { HELP_COLUMN = 29 };
    int used =
        printf("  --%s%s%s", name, argument == NULL ? "" : " ", argument == NULL ? "" : argument);
    printf("%*s", used < HELP_COLUMN ? HELP_COLUMN - used : 1, "");
    for (; *help != '\0'; help++) {
        putchar(*help);
        if (*help == '\n')
            printf("%*s", HELP_COLUMN, "");
    }
    putchar('\n');
}

void sw_args_print_help(void)
{
    static const struct {
        const char *name, *argument, *help;
    } rows[] = {
#define X(letter, name, argument, help) {(name), (argument), (help)},
        OPTIONS(X)
#undef X
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        print_row(rows[i].name, rows[i].argument, rows[i].help);
}

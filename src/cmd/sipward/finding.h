/* SPDX-License-Identifier: BSD-2-Clause */
/* One URI located to the end: what the renderers print. */
#ifndef SW_CMD_FINDING_H
#define SW_CMD_FINDING_H

#include "cmd/sipward/args.h"

/* As many as a location can hand out. */
enum { SW_FINDING_CANDIDATES_MAX = 64, SW_FINDING_REASON_LEN = 512 };

struct sw_found {
    struct sipward_candidate candidate;
    struct sipward_words words;
    size_t first_count; /* with --shares: how often it came first */
};

struct sw_finding {
    const char *uri;
    enum sipward_result result;
    struct sipward_error error; /* code < 0: the URI does not follow the grammar */
    char target[SIPWARD_NAME_ROOM];
    char reason[SW_FINDING_REASON_LEN];
    struct sw_found found[SW_FINDING_CANDIDATES_MAX];
    size_t found_count;
    size_t share_count;                  /* locations that --shares made; 0 without */
    size_t no_first_count;               /* of these, how many found nothing */
    const struct sipward_event **events; /* valid as long as the finding */
    size_t event_count;
    struct sipward_location *location; /* owns the events; NULL when there is none */
};

/**
 * Locate a URI to its last candidate, and --shares times to its first.
 *
 * @param[out] out  written whole; sw_finding_fini() it.
 * @retval 0, SIPWARD_E_NOMEM, SIPWARD_E_SYSTEM; anything a URI can do wrong is in *out.
 */
int sw_finding_run(struct sw_finding *out, struct sipward *sw, const struct sw_args *args,
                   const char *uri);
void sw_finding_fini(struct sw_finding *f);

/** The exit code of one finding. */
enum sw_exit sw_finding_exit(const struct sw_finding *f);
/** The one of two exit codes that counts. */
enum sw_exit sw_exit_worse(enum sw_exit a, enum sw_exit b);

/* How a verb shows a finding; is_first: nothing was printed before. @retval 0, SIPWARD_E_NOMEM */
typedef int sw_finding_print_fn(const struct sw_finding *f, bool is_first);

/**
 * Make the context, locate each URI of the arguments and print it.
 * @return the exit code.
 */
enum sw_exit sw_finding_run_all(const struct sw_args *args, sw_finding_print_fn *print);

#endif

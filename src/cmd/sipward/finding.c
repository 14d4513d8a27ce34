/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sipward/finding.h"

#include "base/attr.h"
#include "cmd/sipward/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counter {
    const struct sipward_event **events; /* NULL: only count */
    size_t count;
};

static void see_event(void *arg, const struct sipward_event *e)
{
    struct counter *c = arg;
    if (c->events != NULL)
        c->events[c->count] = e;
    c->count++;
}

static int collect_events(struct sw_finding *f)
{
    struct counter c = {NULL, 0};
    int rc = sipward_trace(f->location, see_event, &c);
    if (rc < 0)
        return rc;
    f->events = calloc(c.count + 1, sizeof *f->events);
    if (f->events == NULL)
        return SIPWARD_E_NOMEM;
    c = (struct counter){f->events, 0};
    rc = sipward_trace(f->location, see_event, &c);
    f->event_count = c.count;
    return rc;
}

static int collect_candidates(struct sw_finding *f)
{
    const struct sipward_candidate *candidate;
    int next;
    while ((next = sipward_wait(f->location, -1, &candidate)) == SIPWARD_CANDIDATE) {
        if (f->found_count == SW_FINDING_CANDIDATES_MAX)
            continue;
        struct sw_found *found = &f->found[f->found_count++];
        found->candidate = *candidate;
        sipward_words(f->location, &found->words);
    }
    return next < 0 ? next : 0;
}

static bool is_same_place(const struct sipward_candidate *a, const struct sipward_candidate *b)
{
    if (a->transport != b->transport || a->port != b->port ||
        a->addr.sa.sa_family != b->addr.sa.sa_family)
        return false;
    if (a->addr.sa.sa_family == AF_INET)
        return a->addr.in.sin_addr.s_addr == b->addr.in.sin_addr.s_addr;
    return memcmp(&a->addr.in6.sin6_addr, &b->addr.in6.sin6_addr, 16) == 0;
}

static void count_first(struct sw_finding *f, const struct sipward_candidate *c)
{
    for (size_t i = 0; i < f->found_count; i++) {
        if (is_same_place(&f->found[i].candidate, c)) {
            f->found[i].first_count++;
            return;
        }
    }
    f->no_first_count++;
}

/* Each draw has a seed of its own: the context's, or the next after --seed. */
static int draw_shares(struct sw_finding *f, struct sipward *sw, const struct sw_args *args)
{
    struct sipward_query q = args->query;
    q.flags = 0;
    for (f->share_count = 0; f->share_count < args->share_count; f->share_count++) {
        struct sipward_location *l;
        const struct sipward_candidate *candidate;
        int rc = sipward_locate(&l, sw, f->uri, &q, NULL);
        if (rc < 0)
            return rc;
        int next = sipward_wait(l, -1, &candidate);
        if (next == SIPWARD_CANDIDATE)
            count_first(f, candidate);
        else
            f->no_first_count++;
        sipward_end(l);
        if (next < 0)
            return next;
    }
    return 0;
}

int sw_finding_run(struct sw_finding *out, struct sipward *sw, const struct sw_args *args,
                   const char *uri)
{
    *out = (struct sw_finding){.uri = uri, .result = SIPWARD_INVALID};
    struct sipward_query q = args->query;
    q.flags = SIPWARD_TRACE | SIPWARD_LIST;
    int rc = sipward_locate(&out->location, sw, uri, &q, &out->error);
    if (rc == SIPWARD_E_SYNTAX || rc == SIPWARD_E_SCHEME) {
        snprintf(out->reason, sizeof out->reason, "%s", out->error.text);
        return 0;
    }
    if (rc < 0)
        return rc;
    rc = collect_candidates(out);
    if (rc < 0)
        return rc;
    out->result = sipward_result(out->location);
    sipward_target(out->location, out->target, sizeof out->target);
    sipward_reason(out->location, out->reason, sizeof out->reason);
    rc = collect_events(out);
    if (rc < 0 || args->share_count == 0)
        return rc;
    return draw_shares(out, sw, args);
}

void sw_finding_fini(struct sw_finding *f)
{
    free(f->events);
    sipward_end(f->location);
}

enum sw_exit sw_finding_exit(const struct sw_finding *f)
{
    switch (f->result) {
    case SIPWARD_OK:
        return SW_EXIT_OK;
    case SIPWARD_NONE:
        return SW_EXIT_NONE;
    case SIPWARD_TEMPORARY:
        return SW_EXIT_TEMPORARY;
    case SIPWARD_BOGUS:
        return SW_EXIT_BOGUS;
    case SIPWARD_INVALID:
        return SW_EXIT_USAGE;
    case SIPWARD_OPEN:
        break;
    }
    return SW_EXIT_INTERNAL;
}

enum sw_exit sw_exit_worse(enum sw_exit a, enum sw_exit b)
{
    static const enum sw_exit worst_first[] = {SW_EXIT_INTERNAL,  SW_EXIT_USAGE, SW_EXIT_BOGUS,
                                               SW_EXIT_TEMPORARY, SW_EXIT_NONE,  SW_EXIT_OK};
    for (size_t i = 0; i < SW_ARRAY_LEN(worst_first); i++)
        if (a == worst_first[i] || b == worst_first[i])
            return worst_first[i];
    return SW_EXIT_INTERNAL;
}

static void complain_of_uri(const char *uri, int rc)
{
    fputs("sipward: ", stderr);
    sw_term_put_safe(stderr, uri);
    fprintf(stderr, ": %s\n", sipward_err_text(rc));
}

static enum sw_exit run_one(struct sipward *sw, const struct sw_args *args, const char *uri,
                            bool *is_first, sw_finding_print_fn *print)
{
    struct sw_finding *f = malloc(sizeof *f);
    if (f == NULL) {
        fprintf(stderr, "sipward: %s\n", sipward_err_text(SIPWARD_E_NOMEM));
        return SW_EXIT_INTERNAL;
    }
    int rc = sw_finding_run(f, sw, args, uri);
    if (rc == 0)
        rc = print(f, *is_first);
    *is_first = *is_first && f->error.code < 0;
    enum sw_exit code = rc == 0 ? sw_finding_exit(f) : SW_EXIT_INTERNAL;
    if (rc < 0)
        complain_of_uri(uri, rc);
    sw_finding_fini(f);
    free(f);
    return code;
}

/* What the library calls an option is not always what the command calls it. */
static void complain_of_setup(const struct sipward_error *error)
{
    static const struct {
        const char *field, *option;
    } rows[] = {
        {"transports:", "--transports:"},
        {"servers:", "--dns:"},
        {"local_addresses:", "--source:"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        size_t len = strlen(rows[i].field);
        if (strncmp(error->text, rows[i].field, len) == 0) {
            fprintf(stderr, "sipward: %s", rows[i].option);
            sw_term_put_safe(stderr, error->text + len);
            fputc('\n', stderr);
            return;
        }
    }
    fprintf(stderr, "sipward: %s\n", error->text);
}

static enum sw_exit exit_of_setup(int rc)
{
    switch (rc) {
    case SIPWARD_E_INVAL:
    case SIPWARD_E_FILE:
    case SIPWARD_E_ZONE:
        return SW_EXIT_USAGE;
    default:
        return SW_EXIT_INTERNAL;
    }
}

enum sw_exit sw_finding_run_all(const struct sw_args *args, sw_finding_print_fn *print)
{
    struct sipward *sw;
    struct sipward_error error;
    int rc = sipward_new(&sw, &args->options, &error);
    if (rc < 0) {
        complain_of_setup(&error);
        return exit_of_setup(rc);
    }
    enum sw_exit code = SW_EXIT_OK;
    bool is_first = true;
    for (int i = 0; i < args->uri_count; i++)
        code = sw_exit_worse(code, run_one(sw, args, args->uris[i], &is_first, print));
    sipward_free(sw);
    return code;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The answer of `sipward ctl why` as text: for each transaction the steps of its location, as
 * `sipward trace` prints them, and the candidates that were tried. */
#include "base/attr.h"
#include "cmd/sipward/ctl.h"
#include "cmd/sipward/steps.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct showing {
    struct sw_term term;
    struct sw_finding finding;
};

/* --- steps ------------------------------------------------------------------------------- */

static enum sipward_event_kind kind_of(const char *name)
{
    static const char *const names[] = {
        [SIPWARD_EVENT_STEP] = "step",     [SIPWARD_EVENT_QUESTION] = "question",
        [SIPWARD_EVENT_ANSWER] = "answer", [SIPWARD_EVENT_RECORD] = "record",
        [SIPWARD_EVENT_NOTE] = "note",     [SIPWARD_EVENT_CANDIDATE] = "candidate",
        [SIPWARD_EVENT_RESULT] = "result",
    };

    for (size_t i = 0; i < SW_ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return (enum sipward_event_kind)i;
    return SIPWARD_EVENT_NOTE;
}

static enum sipward_transport transport_of(const char *name)
{
    for (int t = 0; t < 16; t++) {
        const char *other = sipward_transport_name((enum sipward_transport)t);
        if (other != NULL && strcmp(name, other) == 0)
            return (enum sipward_transport)t;
    }
    return SIPWARD_UDP;
}

static unsigned flags_of(const json_t *o)
{
    static const struct {
        const char *name;
        unsigned flag;
    } rows[] = {
        {"secure", SIPWARD_ANSWER_SECURE},
        {"stale", SIPWARD_ANSWER_STALE},
        {"local", SIPWARD_ANSWER_LOCAL},
        {"cut", SIPWARD_ANSWER_CUT},
    };
    unsigned flags = 0;

    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        if (json_is_true(json_object_get(o, rows[i].name)))
            flags |= rows[i].flag;
    return flags;
}

static void print_step(struct showing *s, const json_t *o)
{
    struct sipward_candidate candidate = {.transport = transport_of(sw_ctl_text(o, "transport")),
                                          .port = (uint16_t)sw_ctl_number(o, "port")};
    struct sipward_words words = {0};
    const struct sipward_event e = {
        .kind = kind_of(sw_ctl_text(o, "kind")),
        .at_us = (uint64_t)(sw_ctl_number(o, "ms") * 1000 + 0.5),
        .code = sw_ctl_text(o, "code"),
        .rule = sw_ctl_text(o, "rule"),
        .section = sw_ctl_text(o, "section"),
        .text = sw_ctl_text(o, "text"),
        .subject = sw_ctl_text(o, "subject"),
        .name = sw_ctl_text(o, "name"),
        .type = sw_ctl_text(o, "type"),
        .rcode = "",
        .outcome = sw_ctl_text(o, "outcome"),
        .flags = flags_of(o),
        .ttl_s = (uint32_t)sw_ctl_number(o, "ttl"),
        .answer_count = (size_t)sw_ctl_number(o, "records"),
        .record = sw_ctl_text(o, "record"),
        .candidate = &candidate,
        .words = &words,
    };

    snprintf(words.address, sizeof words.address, "%s", sw_ctl_text(o, "address"));
    snprintf(words.host, sizeof words.host, "%s", sw_ctl_text(o, "host"));
    candidate.addr.sa.sa_family = strchr(words.address, ':') == NULL ? AF_INET : AF_INET6;
    sw_steps_print_event(&s->term, &s->finding, &e);
}

/* What an earlier location asked is shown where this one said that it need not ask. */
static void print_route_steps(struct showing *s, const json_t *all, const json_t *step)
{
    const json_t *one;
    size_t i;

    if (strcmp(sw_ctl_text(step, "rule"), "D8") != 0)
        return;
    json_array_foreach(all, i, one)
    {
        if (strcmp(sw_ctl_text(one, "kind"), "question") == 0)
            continue;
        json_t *same_time = json_copy((json_t *)(uintptr_t)one);
        if (same_time == NULL)
            continue;
        (void)json_object_set(same_time, "ms", json_object_get(step, "ms"));
        print_step(s, same_time);
        json_decref(same_time);
    }
}

static void print_steps(struct showing *s, const json_t *transaction)
{
    const json_t *all = json_object_get(transaction, "steps"), *one;
    size_t i;

    if (json_array_size(all) == 0)
        return;
    sw_steps_print_head(&s->term);
    json_array_foreach(all, i, one)
    {
        print_step(s, one);
        print_route_steps(s, json_object_get(transaction, "route_steps"), one);
    }
    if (json_is_true(json_object_get(transaction, "steps_cut")))
        sw_term_put(&s->term, SW_WHY, "          the rest was too long to be kept\n");
}

/* --- tries ------------------------------------------------------------------------------- */

static void write_outcome(char room[64], const json_t *try)
{
    double status = sw_ctl_number(try, "status");
    const char *cause = sw_ctl_text(try, "cause");

    if (status > 0)
        snprintf(room, 64, "%.0f", status);
    else
        snprintf(room, 64, "%s", cause[0] != '\0' ? cause : sw_ctl_text(try, "end"));
}

static bool is_last(const json_t *try)
{
    return strcmp(sw_ctl_text(try, "end"), "answered") == 0;
}

static void print_try(const struct sw_term *t, size_t number, const json_t *try)
{
    const char *address = sw_ctl_text(try, "address");
    bool is_6 = strchr(address, ':') != NULL;
    char place[96], outcome[64];

    snprintf(place, sizeof place, "%s %s%s%s:%.0f", sw_ctl_text(try, "transport"), is_6 ? "[" : "",
             address, is_6 ? "]" : "", sw_ctl_number(try, "port"));
    write_outcome(outcome, try);
    printf("  %zu  ", number);
    sw_term_putf(t, SW_PLACE, "%-24s", place);
    printf("  %-24s  ", sw_ctl_text(try, "host"));
    if (strcmp(outcome, "open") == 0) { /* an ACK, which nobody answers */
        printf("sent\n");
        return;
    }
    sw_term_put(t, is_last(try) ? SW_USED : SW_UNUSED, outcome);
    printf(" after %.1f ms", sw_ctl_number(try, "ms"));
    sw_term_putf(t, SW_FAINT, ", begun at %.1f ms", sw_ctl_number(try, "at_ms"));
    printf("\n");
    if (sw_ctl_text(try, "detail")[0] != '\0')
        printf("     %s\n", sw_ctl_text(try, "detail"));
}

static void print_tries(const struct sw_term *t, const json_t *transaction)
{
    const json_t *all = json_object_get(transaction, "tries"), *one;
    double left_out = sw_ctl_number(transaction, "try_count") - (double)json_array_size(all);
    size_t i;

    if (json_array_size(all) > 0)
        sw_term_put(t, SW_FAINT, "tried\n");
    json_array_foreach(all, i, one)
    {
        print_try(t, i + 1, one);
    }
    if (left_out > 0)
        printf("     and %.0f more\n", left_out);
}

/* --- a transaction ----------------------------------------------------------------------- */

/* "INVITE for vocal.com from udp:127.0.0.1:5070 at 12:00:00.123 UTC: 200 after 4.1 ms" */
static void print_head(const struct sw_term *t, const json_t *o)
{
    const json_t *source = json_object_get(o, "source");
    double wall = sw_ctl_number(o, "at");
    time_t seconds = (time_t)wall;
    char room[32] = "";
    struct tm at;
    const char *reason = sw_ctl_text(o, "reason");
    double status = sw_ctl_number(o, "status");

    if (gmtime_r(&seconds, &at) != NULL)
        (void)strftime(room, sizeof room, "%Y-%m-%d %H:%M:%S", &at);
    sw_term_putf(t, SW_TITLE, "%s for %s", sw_ctl_text(o, "method"), sw_ctl_text(o, "domain"));
    printf(" from %s:%s:%.0f, %s.%03d UTC: ", sw_ctl_text(source, "transport"),
           sw_ctl_text(source, "address"), sw_ctl_number(source, "port"), room,
           (int)((wall - (double)seconds) * 1000));
    if (status > 0)
        sw_term_putf(t, status < 300 ? SW_USED : SW_TROUBLE, "%.0f", status);
    else
        sw_term_put(t, SW_PLAIN, "no response is due");
    printf(" after %.1f ms", sw_ctl_number(o, "ms"));
    printf("%s%s\n", reason[0] == '\0' ? "" : ", ", reason);
}

int sw_ctl_print_why(const json_t *answer)
{
    const json_t *all = json_object_get(answer, "transactions"), *one;
    struct showing s = {.term = sw_term_open()};
    size_t i;

    if (json_array_size(all) == 0) {
        fprintf(stderr,
                "sipward ctl: no transaction with that Call-ID is kept; the key log.history "
                "says how many are\n");
        return SW_EXIT_NONE;
    }
    json_array_foreach(all, i, one)
    {
        if (i > 0)
            printf("\n");
        s.finding.uri = sw_ctl_text(one, "domain");
        snprintf(s.finding.target, sizeof s.finding.target, "%s", sw_ctl_text(one, "domain"));
        print_head(&s.term, one);
        print_steps(&s, one);
        print_tries(&s.term, one);
    }
    return SW_EXIT_OK;
}

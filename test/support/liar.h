/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name server on loopback that does what it is told, over UDP and TCP, in a thread of its own:
 * answers, keeps silent, answers late, cut, wrongly, or to another question.
 *
 *     static const struct liar_rule rules[] = {
 *         {.name = "h.t", .type = SW_RR_A, .records = {"an & 60 A 192.0.2.1"}},
 *         {.name = "dead.t", .deeds = LIAR_SILENT},
 *         {.name = "*.late.t", .delay_ms = 20, .records = {"an & 60 A 192.0.2.2"}},
 *     };
 *     struct liar *l = liar_start(rules, SW_ARRAY_LEN(rules));
 *     ... ask 127.0.0.1 port liar_port(l) ...
 *     liar_stop(l);
 *
 * The first rule that fits a question is used; questions without one are answered NXDOMAIN.
 */
#ifndef TEST_SUPPORT_LIAR_H
#define TEST_SUPPORT_LIAR_H

#include <stddef.h>
#include <stdint.h>

enum liar_deed {
    LIAR_SILENT = 1 << 0,
    LIAR_TRUNCATE = 1 << 1, /* over UDP: TC set and no records; whole over TCP */
    LIAR_NO_TCP = 1 << 2,   /* closes TCP connections unanswered */
    /* Each answer first with another id, to another question or from another port; then, after 50
     * ms, the right one. */
    LIAR_WRONG_ID = 1 << 3,
    LIAR_WRONG_QUESTION = 1 << 4,
    LIAR_WRONG_SOURCE = 1 << 5,
    LIAR_FLIP_CASE = 1 << 6, /* the question comes back in upper case */
    LIAR_SILENT_UDP = 1 << 7
};

enum { LIAR_RECORDS_MAX = 12 };

struct liar_rule {
    const char *name; /* "*.x" all names below x; NULL: all names */
    uint16_t type;    /* 0: any */
    unsigned deeds;
    unsigned rcode;
    unsigned delay_ms;
    /* "an ...", "ns ..." and "ar ...": records as in dns_packet.h; the owner "&" is the question's
     * name */
    const char *records[LIAR_RECORDS_MAX];
};

struct liar;

/* The rules are the caller's and must live as long as they are used. On 127.0.0.1, a free port
 * that liar_port() tells; ends the program when it cannot. */
struct liar *liar_start(const struct liar_rule *rules, size_t rule_count);
void liar_stop(struct liar *l);
/* On a given port, where liar_start() was before. */
struct liar *liar_start_at(uint16_t port, const struct liar_rule *rules, size_t rule_count);

uint16_t liar_port(const struct liar *l);

/* Other rules from now on; the counts begin anew. */
void liar_set_rules(struct liar *l, const struct liar_rule *rules, size_t rule_count);

/* Questions that rule number i was used for, over UDP and TCP; SIZE_MAX: that no rule fitted. */
unsigned liar_count(struct liar *l, size_t rule);

#endif

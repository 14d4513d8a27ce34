/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drives the locator through one step of a case in virtual time and writes down what it did. Time
 * jumps to the next answer or to when the plan wants to be woken; nothing sleeps.
 */
#ifndef SW_TEST_ROUTE_DRIVE_H
#define SW_TEST_ROUTE_DRIVE_H

#include "route_case.h"
#include "support/plan_judge.h"
#include "support/test_alloc.h"

enum { RT_TEXT_MAX = 640, RT_ROUND_TRIP_US = 10000 };

struct rt_seen { /* a candidate as it was handed out */
    struct sw_candidate c;
    uint64_t at_us; /* since the location began */
    bool has_more;
    char text[RT_TEXT_MAX];
};

struct rt_asked {
    struct sw_name_room room;
    struct sw_question q; /* points into room */
    struct sw_name view;  /* the plan's own */
    uint32_t id;
    uint64_t due_us; /* SW_NEVER: no answer will come */
    bool is_open;
    bool met_nomem; /* the plan had no memory for the answer */
};

/* Answers from elsewhere than the case's zone; what it points to lasts until the next one. */
struct rt_source {
    void (*ask)(void *user, const struct sw_question *q, struct tz_reply *out);
    void *user;
};

/* How a run differs from the plain one. */
struct rt_variant {
    unsigned
        number;     /* 0: the plain one: every answer after RT_ROUND_TRIP_US unless the case says */
    bool shuffles;  /* records inside the answers */
    bool is_nosy;   /* calls more often than needed, hands in what was not asked for */
    bool restarts;  /* uses a plan that has located something else before */
    size_t fail_at; /* which allocation fails; SIZE_MAX: none */
    uint64_t seed;  /* of the location; 0: the client's */
    const char *key; /* stateless key; NULL: the client's */
    bool is_instant; /* answers take no time */
    bool has_no_cache;
    bool goes_on;                   /* to the end, whatever the case says */
    const struct rt_source *source; /* NULL: the case's zone */
};

struct rt_story { /* of one step */
    const struct rt_step *step;
    const struct rt_variant *variant;
    const struct rt_story *twin; /* questions that met NOMEM there are answered SERVFAIL here */
    struct sw_plan *plan;        /* alive until rt_story_end() */
    struct sw_trace trace;
    struct pj_judge judge;
    struct sw_mix chance;
    uint64_t begin_us, now_us;
    bool is_refused_uri; /* sw_uri_parse() did not take it */
    bool met_nomem;      /* sw_plan_new() had no memory */
    bool is_at_end;      /* not stopped before */
    const char *broken;  /* a promise of the contract that was broken; NULL: none */
    unsigned notes[SW_NOTE_COUNT];
    size_t question_events, answer_events, candidate_events;
    size_t answered;
    int result_event; /* the last one; -1: none */
    enum sw_result result;
    uint64_t end_us; /* since the location began */
    size_t seen_count, asked_count;
    /* not cleared at the start: what lies behind the counts means nothing */
    struct rt_seen seen[SW_CANDIDATES_MAX + 1];
    struct rt_asked asked[SW_QUESTIONS_MAX + 1];
};

/* What the steps of a case share. */
struct rt_world {
    struct test_alloc heap;
    uint64_t now_us;
    struct sw_routes *routes;
    const struct rt_client *routes_of;
    struct sw_health *health;
    struct sw_offers *offers;
};

void rt_world_init(struct rt_world *w, size_t fail_at);
/* @return false when something was not given back. */
bool rt_world_fini(struct rt_world *w);

/* Run a step. twin may be NULL. */
void rt_story_run(struct rt_story *s, struct rt_world *w, const struct rt_step *step,
                  const struct rt_variant *v, const struct rt_story *twin);
void rt_story_end(struct rt_story *s);
void rt_story_print(const struct rt_story *s, FILE *out);

/* An attribute as cases write it: false for one that this candidate does not have. */
bool rt_seen_attr(struct sw_buf *b, const char *name, const struct sw_candidate *c);
/* All that must not depend on when answers come: everything but the time to live. */
void rt_seen_write(struct sw_buf *b, const struct sw_candidate *c);

#endif

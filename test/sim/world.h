/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A world of one clock: things that happen at times, chance from one seed, and a transcript of
 * every message. Time jumps to the next thing that happens, so an hour costs a moment, and the same
 * seed gives the same history.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "base/netaddr.h"
#include "base/rng.h"
#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct sim_world;

typedef void sim_fn(struct sim_world *w, void *arg, uint64_t number);

struct sim_event {
    uint64_t at_us;
    uint64_t order; /* of equal times the first that was planned comes first */
    sim_fn *fn;
    void *arg;
    uint64_t number;
    bool is_chore; /* goes on for ever: the world does not wait for it */
};

/* One message, or something worth knowing, as it was seen by whoever sent it. */
struct sim_line {
    uint64_t at_us;
    char from[16], to[16];
    char what[400]; /* "INVITE sip:bob@d.t", "180 INVITE" */
    char fate[24];  /* "", "lost", "refused", "unheard" */
    char *text;     /* the whole message; NULL: none */
    size_t text_len;
};

struct sim_world {
    uint64_t now_us;
    uint64_t seed;
    struct sw_rng rng;
    struct sim_event *events; /* a heap */
    size_t event_count, event_cap, chore_count;
    uint64_t next_order;
    struct sim_line *lines;
    size_t line_count, line_cap;
    bool keeps_lines;
    bool is_excused; /* the proxy was denied memory: it may have forgotten something */
    char *complaint; /* the first promise that was broken; NULL: none */
};

void sim_world_init(struct sim_world *w, uint64_t seed);
void sim_world_fini(struct sim_world *w);

/* Let fn happen. A chore does not keep the world going. */
void sim_at(struct sim_world *w, uint64_t at_us, sim_fn *fn, void *arg, uint64_t number);
void sim_chore_at(struct sim_world *w, uint64_t at_us, sim_fn *fn, void *arg, uint64_t number);
/* The next thing; false: nothing is left but chores, or it would be after until_us. */
bool sim_step(struct sim_world *w, uint64_t until_us);

uint64_t sim_below(struct sim_world *w, uint64_t bound);
bool sim_chance(struct sim_world *w, unsigned permille);

/* The description of a message is taken from its first line. text NULL: `what` is all. */
struct sim_line *sim_say(struct sim_world *w, const char *from, const char *to, const char *what,
                         struct sw_slice text);
void sim_print(const struct sim_world *w, FILE *out);
/* A promise was broken; the first complaint is kept. */
void sim_complain(struct sim_world *w, const char *format, ...) SW_PRINTF(2, 3);

void *sim_alloc(size_t count, size_t size); /* cleared; ends the program when there is none */

#endif

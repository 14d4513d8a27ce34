/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scene: a file that says who is there, what the DNS holds, what happens when, and what must be
 * seen. The file's name is its claim. README.md has the words.
 */
#ifndef SIM_SCENE_H
#define SIM_SCENE_H

#include "sim/agent.h"
#include "sim/driver.h"
#include "sim/how.h"

#include "proxy/domains.h"

enum {
    SIM_AGENTS_MAX = 16,
    SIM_EXPECTS_MAX = 64,
    SIM_HAPPENINGS_MAX = 64,
    SIM_PATTERNS_MAX = 4,
    SIM_PATTERN_LEN = 320
};

/* Something that happens: a line that began with "at". */
struct sim_happening {
    struct sim_scene *scene;
    uint64_t at_us;
    struct tw_words words; /* behind the time */
    unsigned line;
};

enum sim_expect_kind { SIM_EXPECT, SIM_NEVER, SIM_COUNT, SIM_COUNTER };

struct sim_expect {
    enum sim_expect_kind kind;
    unsigned line; /* in the file */
    uint64_t from_us, to_us;
    char from[16], to[16];
    char what[160], fate[24];
    char has[SIM_PATTERNS_MAX][SIM_PATTERN_LEN], lacks[SIM_PATTERNS_MAX][SIM_PATTERN_LEN];
    size_t has_count, lacks_count;
    unsigned long count;
    char counter[40]; /* SIM_COUNTER: of px_counters */
};

struct sim_route {
    struct sw_slice domain;
    struct px_route route;
};

/* The domains of one configuration: a core may still have those of the one before. */
struct sim_tables {
    struct sim_tables *next;
    struct px_domains domains;
    struct px_domain domain[4];
    struct px_route routes[8];
};

struct sim_scene {
    struct sim_world world;
    struct sim_net net;
    struct tz_zone zone;
    struct px_conf conf;          /* as the lines say */
    struct px_conf live_confs[2]; /* what the core has, and what it had */
    unsigned live;
    struct sw_slice names[4];
    struct sw_slice trusted_names[4];
    struct sw_slice served[4];
    struct sim_route routes[8];
    size_t served_count, route_count;
    struct sim_tables *tables; /* of all configurations so far */
    struct sw_network trusted[4], denied[4];
    struct sim_crew crew;
    struct sim_driver driver;
    struct sim_agent agents[SIM_AGENTS_MAX];
    size_t agent_count;
    struct sim_happening happenings[SIM_HAPPENINGS_MAX];
    size_t happening_count;
    struct sim_expect expects[SIM_EXPECTS_MAX];
    size_t expect_count;
    struct px_counters counters; /* in the end */
    uint64_t dns_us;
    char *texts[64]; /* what slices point to */
    size_t text_count;
};

/**
 * Play a scene.
 * @return NULL: all was as expected; else what was not, on the heap. The transcript goes to @p out
 *         in that case, or always when it is loud.
 */
char *sim_scene_play(const char *path, const struct sim_how *how, FILE *out);

/* scene_read.c: @return NULL, or what is wrong with the line. */
const char *sim_scene_line(struct sim_scene *s, struct tw_words *w, unsigned line);
struct sim_agent *sim_scene_agent(struct sim_scene *s, const char *name);
/* scene_expect.c: @return NULL, or which promise was broken. */
const char *sim_scene_expect(struct sim_expect *e, const struct tw_words *w);
char *sim_scene_check(const struct sim_scene *s);
/* scene_do.c */
void sim_scene_happen(struct sim_world *w, void *arg, uint64_t number);
/* "\r\n" and the like become what they mean; in place. */
void sim_unescape(char *text);

#endif

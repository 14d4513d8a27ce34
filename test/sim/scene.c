/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/scene.h"

#include <stdlib.h>

enum { LONGEST_S = 600 }; /* no scene goes on for longer */

static char *complaint(const char *path, unsigned line, const char *what)
{
    char *text = sim_alloc(512, 1);
    snprintf(text, 512, "%s:%u: %s", path, line, what);
    return text;
}

static char *read_scene(struct sim_scene *s, const char *path)
{
    char text[TW_LINE_MAX];
    unsigned line = 0;
    char *wrong = NULL;
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return complaint(path, 0, "cannot be read");
    while (wrong == NULL && fgets(text, sizeof text, in) != NULL) {
        struct tw_words words;
        text[strcspn(text, "\n")] = '\0';
        line++;
        const char *what = tw_split(&words, text);
        if (what == NULL)
            what = sim_scene_line(s, &words, line);
        if (what != NULL)
            wrong = complaint(path, line, what);
    }
    fclose(in);
    if (wrong == NULL && s->expect_count == 0)
        wrong = complaint(path, line, "a scene that expects nothing proves nothing");
    return wrong;
}

static void begin(struct sim_scene *s, uint64_t seed)
{
    sim_world_init(&s->world, seed);
    sim_net_init(&s->net, &s->world);
    s->net.cuts_streams = seed % 2 == 1;
    tz_zone_init(&s->zone);
    px_conf_init(&s->conf);
    s->dns_us = SW_MS(5);
}

static void play(struct sim_scene *s)
{
    uint64_t until_us = s->world.now_us + SW_SECONDS(LONGEST_S);
    s->live_confs[0] = s->conf;
    sim_driver_init(&s->driver, &s->world, &s->net, &s->zone, &s->live_confs[0], s->crew);
    s->driver.dns_us = s->dns_us;
    for (size_t i = 0; i < s->happening_count; i++)
        sim_at(&s->world, s->happenings[i].at_us, sim_scene_happen, &s->happenings[i], 0);
    while (sim_step(&s->world, until_us))
        ;
    if (s->world.event_count > s->world.chore_count)
        sim_complain(&s->world, "it does not end");
    s->counters = sim_driver_counters(&s->driver);
    sim_driver_fini(&s->driver);
}

static void end(struct sim_scene *s)
{
    for (size_t i = 0; i < s->agent_count; i++)
        sim_agent_fini(&s->agents[i]);
    for (size_t i = 0; i < s->text_count; i++)
        free(s->texts[i]);
    while (s->tables != NULL) {
        struct sim_tables *t = s->tables;
        s->tables = t->next;
        px_domains_fini(&t->domains);
        free(t);
    }
    tz_zone_fini(&s->zone);
    sim_world_fini(&s->world);
    free(s);
}

char *sim_scene_play(const char *path, const struct sim_how *how, FILE *out)
{
    struct sim_scene *s = sim_alloc(1, sizeof *s);
    s->crew = how->crew;
    begin(s, how->seed);
    char *wrong = read_scene(s, path);
    if (wrong == NULL) {
        play(s);
        wrong = s->world.complaint != NULL ? complaint(path, 0, s->world.complaint)
                                           : sim_scene_check(s);
        if (wrong != NULL || how->is_loud)
            sim_print(&s->world, out);
    }
    end(s);
    return wrong;
}

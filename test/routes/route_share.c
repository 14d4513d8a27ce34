/* SPDX-License-Identifier: BSD-2-Clause */
/* Weighted choice, observed: how often which candidates come first, over many seeds or keys. */
#include "route_check.h"

#include <math.h>
#include <stdlib.h>

enum { DRAWS_DEFAULT = 10000, PARTS_MAX = 16 };

/* Values that chi-square passes with p = 0.001, by degrees of freedom. */
static const double chi_square_limit[PARTS_MAX] = {0,     10.83, 13.82, 16.27, 18.47, 20.52,
                                                   22.46, 24.32, 26.12, 27.88, 29.59, 31.26,
                                                   32.91, 34.53, 36.12, 37.70};

static bool begins_with(const struct rt_story *s, const struct rt_share *share)
{
    if (s->seen_count < share->host_count)
        return false;
    for (size_t i = 0; i < share->host_count; i++)
        if (!sw_name_eq(s->seen[i].c.host, share->hosts[i]))
            return false;
    return true;
}

/* One draw: as many candidates as the shares name. @return false when a promise was broken. */
static bool draw(const struct rt_case *c, struct rt_world *world, const struct rt_step *step,
                 unsigned n, unsigned *counts)
{
    static struct rt_story story;
    char key[32];
    snprintf(key, sizeof key, "call-%u@client", n);
    struct rt_variant v = {.fail_at = SIZE_MAX,
                           .seed = n,
                           .key = step->client->key != NULL ? key : NULL,
                           .is_instant = true};
    rt_story_run(&story, world, step, &v, NULL);
    bool is_good = story.broken == NULL && story.seen_count > 0;
    size_t i = 0;
    for (const struct rt_share *s = step->shares; s != NULL; s = s->next)
        counts[i++] += begins_with(&story, s);
    if (!is_good)
        fprintf(stderr, "%s:%d: draw %u: %s\n", c->path, step->line, n,
                story.broken != NULL ? story.broken : "no candidate");
    rt_story_end(&story);
    return is_good;
}

/* All draws, in one world: a route cache that the client has is filled by the first. */
static bool draw_all(const struct rt_case *c, const struct rt_step *step, unsigned over,
                     size_t depth, unsigned *counts)
{
    struct rt_world world;
    struct rt_step first = *step;
    bool is_good = true;
    first.stop_after = (unsigned)depth;
    rt_world_init(&world, SIZE_MAX);
    for (unsigned n = 1; n <= over && is_good; n++)
        is_good = draw(c, &world, &first, n, counts);
    return rt_world_fini(&world) && is_good;
}

static bool check_share(const struct rt_case *c, const struct rt_share *s, unsigned count,
                        unsigned over)
{
    double percent = 100.0 * count / over;
    if (s->tolerance < 0 || fabs(percent - s->percent) <= s->tolerance)
        return true;
    fprintf(stderr, "%s:%d: the share is %.3f%% of %u\n", c->path, s->line, percent, over);
    return false;
}

/* Only where the shares add up to the whole. */
static bool check_chi_square(const struct rt_case *c, const struct rt_step *step,
                             const unsigned *counts, unsigned over)
{
    double sum = 0, total = 0;
    size_t parts = 0;
    for (const struct rt_share *s = step->shares; s != NULL; s = s->next, parts++) {
        double want = s->percent / 100 * over, off = counts[parts] - want;
        total += s->percent;
        if (want > 0)
            sum += off * off / want;
        else if (counts[parts] > 0)
            sum += 1e9;
    }
    if (parts < 2 || fabs(total - 100) > 0.05 || sum <= chi_square_limit[parts - 1])
        return true;
    fprintf(stderr, "%s:%d: the shares are off: chi-square %.1f over %u draws\n", c->path,
            step->line, sum, over);
    size_t i = 0;
    for (const struct rt_share *s = step->shares; s != NULL; s = s->next)
        fprintf(stderr, "%s:%d: %u of %u\n", c->path, s->line, counts[i++], over);
    return false;
}

bool rt_check_shares(const struct rt_case *c, const struct rt_step *step)
{
    unsigned counts[PARTS_MAX] = {0}, over = step->share_over;
    size_t depth = 0, parts = 0;
    if (step->shares == NULL)
        return true;
    if (over == 0)
        over = DRAWS_DEFAULT;
    for (const struct rt_share *s = step->shares; s != NULL; s = s->next, parts++)
        depth = s->host_count > depth ? s->host_count : depth;
    if (parts > PARTS_MAX) {
        fprintf(stderr, "%s:%d: too many shares\n", c->path, step->line);
        return false;
    }
    if (!draw_all(c, step, over, depth, counts))
        return false;
    bool is_good = check_chi_square(c, step, counts, over);
    size_t i = 0;
    for (const struct rt_share *s = step->shares; s != NULL; s = s->next)
        is_good &= check_share(c, s, counts[i++], over);
    return is_good;
}

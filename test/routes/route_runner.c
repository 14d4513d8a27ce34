/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs .route files: each as it stands, then with the answers in other orders of arrival and the
 * records inside them shuffled, by a caller that calls more often than needed, in a plan used
 * before, and with each allocation failing in turn. The candidates must be the same every time.
 *
 *     route_runner [-v] FILE|FOLDER...
 *
 * -v prints what happened in the plain run. Exit 0: all as expected; 1: not; 2: not a case.
 */
#include "route_check.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { STEPS_MAX = 16, ORDERS = 8, ALLOCS_MAX = 2000 };

struct tally {
    unsigned good, bad, unread;
    bool is_verbose;
};

/* One run of all steps. */
struct run {
    struct rt_variant variant;
    struct rt_world world;
    struct rt_story *stories[STEPS_MAX];
    size_t count;
    bool is_leaking;
};

static struct run *begin_run(const struct rt_case *c, struct rt_variant v, const struct run *twin,
                             bool keeps_failing)
{
    struct run *r = calloc(1, sizeof *r);
    if (r == NULL)
        abort();
    r->variant = v;
    rt_world_init(&r->world, v.fail_at);
    r->world.heap.keep_failing = keeps_failing;
    for (const struct rt_step *s = c->steps; s != NULL && r->count < STEPS_MAX; s = s->next) {
        struct rt_story *story = malloc(sizeof *story);
        if (story == NULL)
            abort();
        rt_story_run(story, &r->world, s, &r->variant,
                     twin == NULL ? NULL : twin->stories[r->count]);
        r->stories[r->count++] = story;
    }
    return r;
}

static bool end_run(struct run *r)
{
    for (size_t i = 0; i < r->count; i++)
        rt_story_end(r->stories[i]);
    bool is_clean = rt_world_fini(&r->world);
    for (size_t i = 0; i < r->count; i++)
        free(r->stories[i]);
    free(r);
    return is_clean;
}

static bool check_run(const struct rt_case *c, const struct run *r, const char *how)
{
    bool is_good = true;
    for (size_t i = 0; i < r->count; i++)
        is_good &= rt_check_story(c, r->stories[i]);
    if (is_good)
        return true;
    fprintf(stderr, "%s: in the run %s:\n", c->path, how);
    for (size_t i = 0; i < r->count; i++)
        rt_story_print(r->stories[i], stderr);
    return false;
}

static bool same_as(const struct rt_case *c, const struct run *plain, const struct run *other,
                    const char *how)
{
    for (size_t i = 0; i < plain->count; i++) {
        if (rt_same_hops(plain->stories[i], other->stories[i]))
            continue;
        fprintf(stderr, "%s:%d: not the same candidates %s (here first):\n", c->path,
                plain->stories[i]->step->line, how);
        rt_story_print(other->stories[i], stderr);
        rt_story_print(plain->stories[i], stderr);
        return false;
    }
    return true;
}

static bool run_variant(const struct rt_case *c, const struct run *plain, struct rt_variant v,
                        const char *how)
{
    struct run *r = begin_run(c, v, NULL, false);
    bool is_good = check_run(c, r, how) && same_as(c, plain, r, how);
    return end_run(r) && is_good;
}

static bool run_variants(const struct rt_case *c, const struct run *plain)
{
    for (unsigned n = 1; n <= ORDERS; n++) {
        struct rt_variant v = {.number = n, .shuffles = true, .fail_at = SIZE_MAX};
        if (!run_variant(c, plain, v, "with answers and records in another order"))
            return false;
    }
    struct rt_variant nosy = {.is_nosy = true, .fail_at = SIZE_MAX};
    struct rt_variant again = {.restarts = true, .fail_at = SIZE_MAX};
    return run_variant(c, plain, nosy, "of a nosy caller") &&
           run_variant(c, plain, again, "in a plan used before");
}

/* What may come of it when there is no memory: an answer that met none counts as a temporary
 * failure, so the candidates are those of a run in which it was one; or, where there was no memory
 * for a question or for the list itself, some of them in the same order. Never another candidate,
 * never a result that says more than is known. */
static bool is_fair_without_memory(const struct rt_story *s, const struct rt_story *twin)
{
    if (s->broken != NULL)
        return false;
    if (s->met_nomem || rt_same_hops(s, twin))
        return true;
    if (twin->notes[SW_NOTE_CUT] > 0) /* a question less leaves room for another */
        return true;
    size_t at = 0;
    for (size_t i = 0; i < twin->seen_count && at < s->seen_count; i++)
        at += strcmp(s->seen[at].text, twin->seen[i].text) == 0;
    bool is_result_fair = s->result == (at > 0 ? SW_RESULT_OK : SW_RESULT_TEMPORARY);
    return at == s->seen_count && is_result_fair;
}

/* A step without memory beside its twins: with a route cache, and without, since a route that met
 * no memory is not kept. */
static bool check_without_memory(const struct rt_case *c, const struct run *r,
                                 const struct run *with_cache, const struct run *without_cache,
                                 const char *how)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct rt_story *s = r->stories[i];
        if (s->broken == NULL && i > 0 &&
            (s->step->client->has_health || s->step->client->has_offers))
            continue; /* what came of the steps before decides */
        if (is_fair_without_memory(s, with_cache->stories[i]) ||
            is_fair_without_memory(s, without_cache->stories[i]))
            continue;
        fprintf(stderr, "%s:%d: when allocation %zu%s fails: %s (without failing second):\n",
                c->path, s->step->line, r->variant.fail_at, how,
                s->broken == NULL ? "other candidates" : s->broken);
        rt_story_print(s, stderr);
        rt_story_print(with_cache->stories[i], stderr);
        return false;
    }
    return true;
}

static bool run_without_memory(const struct rt_case *c, size_t n, bool keeps_failing, bool *is_last)
{
    struct rt_variant v = {.fail_at = n, .goes_on = true};
    struct rt_variant unharmed = {.fail_at = SIZE_MAX, .goes_on = true};
    struct rt_variant no_cache = {.fail_at = SIZE_MAX, .goes_on = true, .has_no_cache = true};
    struct run *r = begin_run(c, v, NULL, keeps_failing);
    struct run *with_cache = begin_run(c, unharmed, r, false);
    struct run *without_cache = begin_run(c, no_cache, r, false);
    bool is_good = check_without_memory(c, r, with_cache, without_cache,
                                        keeps_failing ? " and all after it" : "");
    *is_last = !r->world.heap.has_failed;
    end_run(without_cache);
    end_run(with_cache);
    if (!end_run(r)) {
        fprintf(stderr, "%s: leaks when allocation %zu fails\n", c->path, n);
        is_good = false;
    }
    return is_good;
}

static bool fail_each_allocation(const struct rt_case *c)
{
    bool is_last = false;
    for (size_t n = 0; !is_last && n < ALLOCS_MAX; n++) {
        bool ignored;
        if (!run_without_memory(c, n, false, &is_last) || !run_without_memory(c, n, true, &ignored))
            return false;
    }
    return true;
}

static bool run_case(const struct rt_case *c, bool is_verbose)
{
    struct run *plain = begin_run(c, (struct rt_variant){.fail_at = SIZE_MAX}, NULL, false);
    for (size_t i = 0; is_verbose && i < plain->count; i++)
        rt_story_print(plain->stories[i], stdout);
    bool is_good =
        check_run(c, plain, "as it stands") && run_variants(c, plain) && fail_each_allocation(c);
    for (const struct rt_step *s = c->steps; is_good && s != NULL; s = s->next)
        is_good = rt_check_shares(c, s);
    if (!end_run(plain)) {
        fprintf(stderr, "%s: leaks\n", c->path);
        is_good = false;
    }
    return is_good;
}

static void run_file(const char *path, struct tally *tally)
{
    struct rt_case c;
    printf("%s ", path);
    fflush(stdout);
    bool is_read = rt_case_read(&c, path);
    bool is_good = is_read && run_case(&c, tally->is_verbose);
    puts(is_good ? "ok" : "FAILED");
    tally->good += is_good;
    tally->bad += is_read && !is_good;
    tally->unread += !is_read;
    rt_case_free(&c);
}

static int is_case_file(const struct dirent *d)
{
    const char *dot = strrchr(d->d_name, '.');
    return dot != NULL && strcmp(dot, ".route") == 0;
}

static void run_folder(const char *path, struct tally *tally)
{
    struct dirent **found = NULL;
    int count = scandir(path, &found, is_case_file, alphasort);
    for (int i = 0; i < count; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, found[i]->d_name);
        run_file(file, tally);
        free(found[i]);
    }
    free(found);
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (strcmp(argv[i], "-v") == 0) {
            tally.is_verbose = true;
        } else if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            run_folder(argv[i], &tally);
        } else {
            run_file(argv[i], &tally);
        }
    }
    printf("%u cases as expected, %u not, %u not read\n", tally.good, tally.bad, tally.unread);
    if (tally.unread > 0 || tally.good + tally.bad == 0)
        return 2;
    return tally.bad > 0;
}

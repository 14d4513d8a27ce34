/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/tale.h"

#include "locate/story.h"

enum {
    TALE_FIRST_LEN = 512,  /* a warm location's: one block of the pool */
    TALE_MAX_LEN = 8192,   /* what is longer is cut: the answers of strangers fill it */
    KNOWN_TALES_MAX = 1024 /* beside the routes: 8 MiB at worst, 1 MiB in the usual case */
};

/* What was asked for a route. */
struct known {
    struct sw_hmap_link link; /* core->told.map, by the route's key */
    struct sw_list lru;       /* core->told.lru, newest first */
    size_t len;
    char bytes[];
};

/* --- one tale ---------------------------------------------------------------------------- */

static bool grow(struct px_tale *tale)
{
    size_t cap = tale->b.cap == 0 ? TALE_FIRST_LEN : TALE_MAX_LEN;
    if (tale->b.cap >= TALE_MAX_LEN)
        return false;
    char *room = px_mem_get(&tale->core->mem, cap);
    if (room == NULL)
        return false;
    if (tale->b.len > 0)
        memcpy(room, tale->b.p, tale->b.len);
    px_mem_drop(&tale->core->mem, tale->b.p);
    tale->b = (struct sw_buf){.p = room, .len = tale->b.len, .cap = cap};
    return true;
}

static void on_event(void *user, const struct sw_trace_event *e)
{
    struct px_tale *tale = user;
    if (tale->b.overflow)
        return;
    tale->has_asked = tale->has_asked || e->kind == SW_TRACE_QUESTION;
    tale->was_known = tale->was_known || (e->kind == SW_TRACE_STEP && e->step == SW_STEP_CACHED);
    do {
        tale->b.overflow = false;
        sw_story_add(&tale->b, e);
    } while (tale->b.overflow && grow(tale));
}

void px_tale_begin(struct px_core *core, struct px_tale *tale)
{
    *tale = (struct px_tale){.sink = {.event = on_event, .user = tale}, .core = core};
    tale->is_wanted = core->conf->log_history > 0 && grow(tale);
}

void px_tale_go_on(struct px_tale *tale)
{
    tale->from = (uint16_t)tale->b.len;
    tale->has_asked = tale->was_known = false;
}

const struct sw_trace *px_tale_sink(const struct px_tale *tale)
{
    return tale->is_wanted ? &tale->sink : NULL;
}

void px_tale_end(struct px_core *core, struct px_tale *tale)
{
    if (tale->is_wanted)
        px_mem_drop(&core->mem, tale->b.p);
    tale->is_wanted = false;
    tale->b = (struct sw_buf){0};
}

/* --- beside the routes ------------------------------------------------------------------- */

static bool is_known(const struct sw_hmap_link *link, const void *key)
{
    const uint64_t *wanted = key;
    return link->hash == *wanted;
}

static struct known *find(const struct px_core *core, uint64_t key)
{
    struct sw_hmap_link *link = sw_hmap_find(&core->told.map, key, is_known, &key);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct known, link);
}

static void forget(struct px_core *core, struct known *k)
{
    sw_hmap_remove(&core->told.map, &k->link);
    sw_list_remove(&k->lru);
    px_mem_drop(&core->mem, k);
}

/* A later question for a route that was known is added to what is told of it. */
static void keep(struct px_core *core, const struct px_tale *tale)
{
    struct known *old = find(core, tale->route_key);
    size_t before = old != NULL && tale->was_known ? old->len : 0;
    size_t own = tale->b.len - tale->from;
    size_t len = before + own;
    if (len > TALE_MAX_LEN)
        return;
    struct known *k = px_mem_get(&core->mem, sizeof *k + len);
    if (k == NULL)
        return;
    *k = (struct known){.len = len};
    if (before > 0)
        memcpy(k->bytes, old->bytes, before);
    memcpy(k->bytes + before, tale->b.p + tale->from, own);
    if (old != NULL)
        forget(core, old);
    else if (core->told.map.count >= KNOWN_TALES_MAX)
        forget(core, SW_LIST_ITEM(core->told.lru.prev, struct known, lru));
    sw_hmap_add(&core->told.map, &k->link, tale->route_key);
    sw_list_push_front(&core->told.lru, &k->lru);
}

void px_tale_follow(struct px_core *core, struct px_tale *tale, const struct sw_plan *plan)
{
    if (tale->is_wanted)
        tale->route_key = sw_plan_route_key(plan, core->keys.table);
}

void px_tale_learn(struct px_core *core, const struct px_tale *tale)
{
    if (tale->is_wanted && tale->has_asked)
        keep(core, tale);
}

void px_tale_tell(struct px_core *core, const struct px_tale *tale, struct px_log *log)
{
    if (!tale->is_wanted)
        return;
    log->story = sw_buf_slice(&tale->b);
    log->is_story_cut = tale->b.overflow;
    if (!tale->was_known || tale->has_asked)
        return;
    const struct known *k = find(core, tale->route_key);
    if (k != NULL)
        log->route_story = sw_slice(k->bytes, k->len);
}

void px_tales_fini(struct px_core *core)
{
    struct sw_list *at, *tmp;
    if (core->told.lru.next == NULL)
        return;
    SW_LIST_EACH (at, tmp, &core->told.lru)
        forget(core, SW_LIST_ITEM(at, struct known, lru));
}

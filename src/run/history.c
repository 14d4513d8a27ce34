/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/history.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdalign.h>

/* One in the ring: the record without the tries it does not have, then its stories, then what its
 * tries had to say. */
struct entry {
    uint64_t wall_us;
    uint32_t len; /* of all of it, rounded up */
    uint16_t story_len, route_story_len;
    uint8_t try_count; /* listed */
    struct px_log log; /* cut behind its tries */
};

struct place {
    size_t at, len;
};

struct sw_history {
    char *ring;
    struct place *places; /* a ring too: the oldest at first */
    size_t ring_len, cap, first, count;
};

int sw_history_new(struct sw_history **out, size_t count)
{
    struct sw_history *h = sw_zalloc(NULL, sizeof *h);
    size_t ring_len;

    if (h == NULL || !sw_mul(count, SW_HISTORY_ENTRY_LEN, &ring_len)) {
        sw_free(NULL, h);
        return SW_E_NOMEM;
    }
    *out = h;
    if (count == 0)
        return 0;
    h->cap = count;
    h->ring_len = ring_len;
    h->ring = sw_alloc(NULL, ring_len);
    h->places = sw_zalloc_array(NULL, count, sizeof *h->places);
    if (h->ring != NULL && h->places != NULL)
        return 0;
    sw_history_free(h);
    return SW_E_NOMEM;
}

void sw_history_free(struct sw_history *h)
{
    if (h == NULL)
        return;
    sw_free(NULL, h->places);
    sw_free(NULL, h->ring);
    sw_free(NULL, h);
}

size_t sw_history_count(const struct sw_history *h)
{
    return h->count;
}

/* --- adding ------------------------------------------------------------------------------ */

static struct place *place_at(const struct sw_history *h, size_t n)
{
    return &h->places[(h->first + n) % h->cap];
}

static void drop_oldest(struct sw_history *h)
{
    h->first = (h->first + 1) % h->cap;
    h->count--;
}

/* Behind the newest, or at the beginning when the end is too near. */
static size_t next_at(const struct sw_history *h, size_t len)
{
    if (h->count == 0)
        return 0;
    const struct place *newest = place_at(h, h->count - 1);
    size_t at = newest->at + newest->len;
    return h->ring_len - at < len ? 0 : at;
}

/* The oldest lies first behind the newest, so it is the one in the way. */
static void make_room(struct sw_history *h, size_t at, size_t len)
{
    if (h->count == h->cap)
        drop_oldest(h);
    size_t newest_at = h->count == 0 ? 0 : place_at(h, h->count - 1)->at;
    bool has_wrapped = h->count > 0 && at <= newest_at;
    while (h->count > 0) {
        const struct place *oldest = place_at(h, 0);
        bool is_left_behind = has_wrapped && oldest->at > newest_at;
        bool is_in_the_way = oldest->at < at + len && at < oldest->at + oldest->len;
        if (!is_left_behind && !is_in_the_way)
            return;
        drop_oldest(h);
    }
}

static size_t listed(const struct px_log *log)
{
    return log->try_count < PX_LOG_TRIES_MAX ? log->try_count : PX_LOG_TRIES_MAX;
}

static size_t tries_end(size_t try_count)
{
    return offsetof(struct entry, log) + offsetof(struct px_log, tries) +
           try_count * sizeof(struct px_log_try);
}

static size_t details_len(const struct px_log *log, size_t tries)
{
    size_t len = 0;

    for (size_t i = 0; i < tries; i++)
        len += log->tries[i].detail.len;
    return len;
}

void sw_history_add(struct sw_history *h, const struct px_log *log, uint64_t wall_us)
{
    size_t tries = listed(log), head_len = tries_end(tries);
    size_t len = head_len + log->story.len + log->route_story.len + details_len(log, tries);

    len = (len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (h->cap == 0 || len > h->ring_len || log->story.len > UINT16_MAX ||
        log->route_story.len > UINT16_MAX)
        return;
    size_t at = next_at(h, len);
    make_room(h, at, len);
    struct entry *e = (struct entry *)(void *)(h->ring + at);
    e->wall_us = wall_us;
    e->len = (uint32_t)len;
    e->story_len = (uint16_t)log->story.len;
    e->route_story_len = (uint16_t)log->route_story.len;
    e->try_count = (uint8_t)tries;
    memcpy(&e->log, log, offsetof(struct px_log, tries) + tries * sizeof(struct px_log_try));
    struct sw_buf texts = sw_buf(h->ring + at + head_len, len - head_len);
    sw_buf_slice_add(&texts, log->story);
    sw_buf_slice_add(&texts, log->route_story);
    for (size_t i = 0; i < tries; i++)
        sw_buf_slice_add(&texts, log->tries[i].detail);
    *place_at(h, h->count) = (struct place){at, len};
    h->count++;
}

/* --- looking ----------------------------------------------------------------------------- */

static bool is_of(const struct entry *e, struct sw_slice call_id)
{
    size_t len = strnlen(e->log.call_id, sizeof e->log.call_id);

    return call_id.len == 0 || sw_slice_eq(sw_slice(e->log.call_id, len),
                                           sw_slice_sub(call_id, 0, sizeof e->log.call_id - 1));
}

/* The next text of that length. */
static struct sw_slice next_text(const char **at, size_t len)
{
    struct sw_slice text = sw_slice(*at, len);

    *at += len;
    return text;
}

static bool show(const struct entry *e, sw_history_visit_fn *fn, void *arg)
{
    struct px_log log = {0};
    const char *texts = (const char *)e + tries_end(e->try_count);

    memcpy(&log, &e->log, offsetof(struct px_log, tries) + e->try_count * sizeof log.tries[0]);
    log.story = next_text(&texts, e->story_len);
    log.route_story = next_text(&texts, e->route_story_len);
    for (size_t i = 0; i < e->try_count; i++)
        log.tries[i].detail = next_text(&texts, log.tries[i].detail.len);
    return fn(arg, &log, e->wall_us);
}

void sw_history_find(const struct sw_history *h, struct sw_slice call_id, sw_history_visit_fn *fn,
                     void *arg)
{
    for (size_t n = h->count; n-- > 0;) {
        const struct entry *e = (const struct entry *)(const void *)(h->ring + place_at(h, n)->at);
        if (is_of(e, call_id) && !show(e, fn, arg))
            return;
    }
}

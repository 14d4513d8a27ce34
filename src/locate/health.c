/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/health.h"

#include "base/attr.h"
#include "base/err.h"
#include "base/hmap.h"
#include "base/list.h"
#include "base/time.h"

enum {
    PENALTY_FIRST_S = 30,     /* R2 */
    PENALTY_MAX_S = 600,      /* R2 */
    PENALTY_JITTER_DIV = 10,  /* R2: up to a tenth more or less */
    DOUBLINGS_MAX = 5,        /* 30 s * 2^5 is past the longest penalty */
    ENTRIES_EXPECTED = 16,    /* to begin with */
    TRY_INVITE_MIN_MS = 1000, /* R7 */
    TRY_INVITE_MAX_MS = 4000, /* R7 */
    TRY_OTHER_MIN_MS = 5000,  /* R7: T2 + 1 s (RFC 4320) */
    TRY_OTHER_MAX_MS = 10000, /* a server that slow is slow, not dead; the 32 s are shared */
};

/* Smoothed mean and deviation of the time to a first response, as RFC 6298 2 keeps them. */
struct response_time {
    bool is_known;
    uint32_t mean_us;
    uint32_t deviation_us;
};

struct entry {
    struct sw_hmap_link link;
    struct sw_list lru;  /* most recently used first */
    struct sw_list news; /* in h->news: the others do not know */
    struct sw_health_key key;
    uint32_t failures;          /* in a row, that made a penalty */
    uint64_t until_us;          /* end of the penalty; 0: none */
    uint64_t rest_until_us;     /* the part of it that was asked for: no answer shortens it */
    uint64_t probe_until_us;    /* somebody holds the probe so long */
    uint64_t used_us;           /* last report */
    enum sw_health_cause cause; /* of the last failure */
    struct response_time times[SW_METHOD_CLASSES];
};

struct sw_health {
    const struct sw_alloc *alloc;
    uint64_t seed;
    size_t entry_max;
    struct sw_hmap map;
    struct sw_list lru;
    struct sw_list news;
    uint16_t worker, worker_count; /* 0 of 1: nobody is told */
};

int sw_health_new(struct sw_health **out, const struct sw_alloc *alloc, size_t entry_max,
                  uint64_t seed)
{
    struct sw_health *h = sw_zalloc(alloc, sizeof *h);
    if (h == NULL)
        return SW_E_NOMEM;
    h->alloc = alloc;
    h->seed = seed;
    h->entry_max = entry_max == 0 ? SW_HEALTH_ENTRIES_DEFAULT : entry_max;
    h->worker_count = 1;
    sw_list_init(&h->lru);
    sw_list_init(&h->news);
    if (sw_hmap_init(&h->map, alloc, ENTRIES_EXPECTED) < 0) {
        sw_free(alloc, h);
        return SW_E_NOMEM;
    }
    *out = h;
    return 0;
}

void sw_health_free(struct sw_health *h)
{
    if (h == NULL)
        return;
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &h->lru)
        sw_free(h->alloc, SW_LIST_ITEM(at, struct entry, lru));
    sw_hmap_fini(&h->map);
    sw_free(h->alloc, h);
}

/* Whole words, since this is done for every candidate of every call. */
static uint64_t hash_of(const struct sw_health *h, const struct sw_health_key *key)
{
    const struct sw_endpoint *e = &key->endpoint;
    uint64_t words[3];
    memcpy(words, e->addr.bytes, sizeof e->addr.bytes);
    words[2] = (uint64_t)e->port | (uint64_t)e->addr.family << 16 | (uint64_t)key->transport << 24;
    return sw_hash(words, sizeof words, h->seed);
}

static bool is_entry_of(const struct sw_hmap_link *link, const void *wanted)
{
    const struct entry *e = SW_CONTAINER_OF(link, const struct entry, link);
    const struct sw_health_key *key = wanted;
    return e->key.transport == key->transport && sw_endpoint_eq(&e->key.endpoint, &key->endpoint);
}

static struct entry *find(const struct sw_health *h, const struct sw_health_key *key)
{
    if (h->map.count == 0)
        return NULL;
    struct sw_hmap_link *link = sw_hmap_find(&h->map, hash_of(h, key), is_entry_of, key);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct entry, link);
}

static void touch(struct sw_health *h, struct entry *e)
{
    sw_list_remove(&e->lru);
    sw_list_push_front(&h->lru, &e->lru);
}

/* R6: room for an entry, the least recently used one's when the table is full. */
static struct entry *room_for_entry(struct sw_health *h)
{
    if (h->map.count < h->entry_max)
        return sw_alloc(h->alloc, sizeof(struct entry));
    struct entry *oldest = SW_LIST_ITEM(h->lru.prev, struct entry, lru);
    sw_list_remove(&oldest->lru);
    sw_list_remove(&oldest->news);
    sw_hmap_remove(&h->map, &oldest->link);
    return oldest;
}

/* NULL when there is no memory: what would have been remembered is forgotten. */
static struct entry *find_or_add(struct sw_health *h, const struct sw_health_key *key)
{
    struct entry *e = find(h, key);
    if (e != NULL) {
        touch(h, e);
        return e;
    }
    e = room_for_entry(h);
    if (e == NULL)
        return NULL;
    *e = (struct entry){.key = *key};
    sw_hmap_add(&h->map, &e->link, hash_of(h, key));
    sw_list_push_front(&h->lru, &e->lru);
    return e;
}

/* How long after the penalty it is this worker's turn to probe: another one's for each place. */
static uint64_t turn_us(const struct sw_health *h, const struct entry *e)
{
    const struct sw_endpoint *at = &e->key.endpoint;
    unsigned first = at->port;
    for (size_t i = 0; i < sizeof at->addr.bytes; i++)
        first += at->addr.bytes[i];
    return (first + h->worker) % h->worker_count * SW_HEALTH_TURN_US;
}

static enum sw_health_state state_of(const struct sw_health *h, const struct entry *e,
                                     uint64_t now_us, uint64_t *until_us)
{
    if (e == NULL || e->until_us == 0)
        return SW_HEALTH_GOOD;
    uint64_t due_us = sw_after_us(e->until_us, turn_us(h, e));
    uint64_t until = now_us < due_us ? due_us : e->probe_until_us;
    if (now_us >= until)
        return SW_HEALTH_DUE;
    *until_us = until;
    return SW_HEALTH_PENALISED;
}

static void tell(struct sw_health *h, struct entry *e)
{
    if (h->worker_count > 1 && !sw_list_is_linked(&e->news))
        sw_list_push_back(&h->news, &e->news);
}

enum sw_health_state sw_health_look(const struct sw_health *h, const struct sw_health_key *key,
                                    uint64_t now_us, uint64_t *until_us)
{
    return state_of(h, find(h, key), now_us, until_us);
}

bool sw_health_claim(struct sw_health *h, const struct sw_health_key *key, uint64_t now_us,
                     uint64_t lapse_us)
{
    struct entry *e = find(h, key);
    uint64_t until_us;
    if (state_of(h, e, now_us, &until_us) != SW_HEALTH_DUE)
        return false;
    e->probe_until_us = sw_after_us(now_us, lapse_us);
    touch(h, e);
    tell(h, e);
    return true;
}

/* R2: 30 s, doubled with each failure in a row, ten minutes at most, give or take a tenth. */
static uint64_t penalty_us(uint32_t failures, struct sw_rng *rng)
{
    uint32_t doublings = failures - 1 < DOUBLINGS_MAX ? failures - 1 : DOUBLINGS_MAX;
    uint64_t length_s = (uint64_t)PENALTY_FIRST_S << doublings;
    uint64_t length_us = SW_SECONDS(length_s < PENALTY_MAX_S ? length_s : PENALTY_MAX_S);
    uint64_t jitter_us = length_us / PENALTY_JITTER_DIV;
    return length_us - jitter_us + sw_rng_below(rng, 2 * jitter_us + 1);
}

static void ask_for_rest(struct sw_health *h, const struct sw_health_key *key,
                         uint32_t retry_after_s, uint64_t now_us)
{
    if (retry_after_s == 0)
        return;
    if (retry_after_s > SW_HEALTH_RETRY_AFTER_MAX_S)
        retry_after_s = SW_HEALTH_RETRY_AFTER_MAX_S;
    struct entry *e = find_or_add(h, key);
    if (e == NULL)
        return;
    e->used_us = now_us;
    e->cause = SW_HEALTH_RETRY_AFTER;
    uint64_t until_us = sw_after_us(now_us, SW_SECONDS(retry_after_s));
    e->until_us = until_us > e->until_us ? until_us : e->until_us;
    e->rest_until_us = until_us > e->rest_until_us ? until_us : e->rest_until_us;
    e->probe_until_us = 0;
    tell(h, e);
}

void sw_health_failed(struct sw_health *h, const struct sw_health_key *key,
                      enum sw_health_cause cause, uint32_t retry_after_s, uint64_t now_us,
                      struct sw_rng *rng)
{
    if (cause == SW_HEALTH_RETRY_AFTER) {
        ask_for_rest(h, key, retry_after_s, now_us);
        return;
    }
    struct entry *e = find_or_add(h, key);
    if (e == NULL)
        return;
    e->used_us = now_us;
    e->cause = cause;
    /* Many calls meet one outage: only a failure after the penalty is a further one, or a server
     * that was away for a second would be out for ten minutes. */
    if (e->failures > 0 && now_us < e->until_us)
        return;
    e->failures += e->failures < UINT32_MAX;
    uint64_t until_us = sw_after_us(now_us, penalty_us(e->failures, rng));
    e->until_us = until_us > e->until_us ? until_us : e->until_us;
    e->probe_until_us = 0;
    tell(h, e);
}

/* RFC 6298 2.2 and 2.3, with its weights of 1/8 and 1/4. */
static void learn(struct response_time *t, uint64_t elapsed_us)
{
    uint32_t sample = elapsed_us < UINT32_MAX / 8 ? (uint32_t)elapsed_us : UINT32_MAX / 8;
    if (!t->is_known) {
        *t = (struct response_time){true, sample, sample / 2};
        return;
    }
    uint32_t off = sample > t->mean_us ? sample - t->mean_us : t->mean_us - sample;
    t->deviation_us = (3 * t->deviation_us + off) / 4;
    t->mean_us = (uint32_t)((7 * (uint64_t)t->mean_us + sample) / 8);
}

void sw_health_answered(struct sw_health *h, const struct sw_health_key *key,
                        enum sw_method_class cls, uint64_t elapsed_us, uint64_t now_us)
{
    struct entry *e = elapsed_us > 0 ? find_or_add(h, key) : find(h, key);
    if (e == NULL)
        return;
    touch(h, e);
    uint64_t until_us = now_us < e->rest_until_us ? e->rest_until_us : 0;
    if (e->failures > 0 || e->until_us != until_us || e->probe_until_us != 0)
        tell(h, e);
    e->used_us = now_us;
    e->failures = 0;
    e->until_us = until_us;
    e->probe_until_us = 0;
    if (elapsed_us > 0)
        learn(&e->times[cls], elapsed_us);
}

uint64_t sw_health_try_us(const struct sw_health *h, const struct sw_health_key *key,
                          enum sw_method_class cls)
{
    static const struct {
        uint64_t min_us, max_us, unknown_us;
    } bounds[SW_METHOD_CLASSES] = {
        [SW_CLASS_INVITE] = {SW_MS(TRY_INVITE_MIN_MS), SW_MS(TRY_INVITE_MAX_MS),
                             SW_MS(TRY_INVITE_MAX_MS)},
        [SW_CLASS_OTHER] = {SW_MS(TRY_OTHER_MIN_MS), SW_MS(TRY_OTHER_MAX_MS),
                            SW_MS(TRY_OTHER_MIN_MS)},
    };
    const struct entry *e = find(h, key);
    if (e == NULL || !e->times[cls].is_known)
        return bounds[cls].unknown_us;
    uint64_t try_us = e->times[cls].mean_us + 6 * (uint64_t)e->times[cls].deviation_us;
    if (try_us < bounds[cls].min_us)
        return bounds[cls].min_us;
    return try_us < bounds[cls].max_us ? try_us : bounds[cls].max_us;
}

void sw_health_share(struct sw_health *h, uint16_t worker, uint16_t worker_count)
{
    h->worker = worker;
    h->worker_count = worker_count > 0 ? worker_count : 1;
}

bool sw_health_take_news(struct sw_health *h, struct sw_health_news *out)
{
    struct sw_list *first = sw_list_first(&h->news);
    if (first == NULL)
        return false;
    const struct entry *e = SW_LIST_ITEM(first, struct entry, news);
    *out = (struct sw_health_news){e->key, e->failures, e->until_us, e->rest_until_us,
                                   e->probe_until_us};
    sw_list_remove(first);
    return true;
}

void sw_health_hear(struct sw_health *h, const struct sw_health_news *news)
{
    struct entry *e = news->until_us > 0 ? find_or_add(h, &news->key) : find(h, &news->key);
    if (e == NULL)
        return;
    e->failures = news->failures;
    e->until_us = news->until_us;
    e->rest_until_us = news->rest_until_us;
    e->probe_until_us = news->probe_until_us;
}

size_t sw_health_count(const struct sw_health *h)
{
    return h->map.count;
}

static struct sw_health_place place_of(const struct sw_health *h, const struct entry *e,
                                       uint64_t now_us)
{
    struct sw_health_place p = {.key = e->key,
                                .cause = e->cause,
                                .is_resting = now_us < e->rest_until_us,
                                .failures = e->failures,
                                .used_us = e->used_us};
    p.state = state_of(h, e, now_us, &p.until_us);
    p.is_probed = p.state == SW_HEALTH_PENALISED && now_us >= e->until_us;
    for (size_t i = 0; i < SW_METHOD_CLASSES; i++) {
        p.times[i].is_known = e->times[i].is_known;
        p.times[i].mean_us = e->times[i].mean_us;
        p.times[i].deviation_us = e->times[i].deviation_us;
    }
    return p;
}

void sw_health_visit(const struct sw_health *h, uint64_t now_us, sw_health_visit_fn *fn, void *arg)
{
    for (const struct sw_list *at = h->lru.next; at != &h->lru; at = at->next) {
        const struct sw_health_place p =
            place_of(h, SW_LIST_ITEM(at, const struct entry, lru), now_us);
        if (!fn(arg, &p))
            return;
    }
}

size_t sw_health_penalised_count(const struct sw_health *h, uint64_t now_us)
{
    size_t count = 0;
    uint64_t until_us;
    for (const struct sw_list *at = h->lru.next; at != &h->lru; at = at->next)
        count += state_of(h, SW_LIST_ITEM(at, const struct entry, lru), now_us, &until_us) !=
                 SW_HEALTH_GOOD;
    return count;
}

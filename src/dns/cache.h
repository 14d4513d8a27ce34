/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of the DNS, kept for their time: what a resolver needs that asks another one and has no
 * cache of its own. A question and its answer are one entry, so an answer is given again as it
 * came, aliases included; "no records" is kept too (RFC 2308). Failures are not (D12).
 *
 *     if (sw_cache_find(cache, &question, now_us, &answer) == SW_CACHE_FRESH)
 *         use it;
 *     else
 *         ask, and then: sw_cache_keep(cache, &question, &answer, now_us);
 *
 * An entry whose time is over stays for as long as stale answers are wanted (RFC 8767), and is only
 * told as SW_CACHE_STALE. Room is bounded: what was not asked for the longest time leaves first.
 */
#ifndef SW_DNS_CACHE_H
#define SW_DNS_CACHE_H

#include "base/alloc.h"
#include "base/err.h"
#include "dns/ask.h"

struct sw_cache;

enum {
    /* A record is believed for a day, "no records" for an hour, whatever they say (RFC 2181 8 and
     * RFC 2308 5 allow both). */
    SW_CACHE_TTL_MAX_S = 86400,
    SW_CACHE_NONE_TTL_MAX_S = 3600,
    /* How long a stale answer may be used before it is asked for again (RFC 8767 4). */
    SW_CACHE_STALE_TTL_S = 30
};

enum sw_cache_found { SW_CACHE_NOTHING, SW_CACHE_FRESH, SW_CACHE_STALE };

struct sw_cache_args {
    const struct sw_alloc *alloc; /* borrowed; NULL: the C library's */
    uint64_t seed;                /* secret: strangers choose the names */
    size_t max_len;               /* octets of all entries together */
    uint32_t stale_max_s;         /* 0: no stale answers */
};

/** @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_cache_new(struct sw_cache **out, const struct sw_cache_args *args);
/* NULL is allowed. */
void sw_cache_free(struct sw_cache *cache);

/**
 * Look for the answer to a question.
 * @param[out] out  written when something is found; what it points at is the cache's, until the
 * next sw_cache_keep(). TTLs are what is left of them.
 * @retval SW_CACHE_NOTHING
 * @retval SW_CACHE_FRESH    use it.
 * @retval SW_CACHE_STALE    ask again; when that fails for now this may be used: is_stale is set.
 */
enum sw_cache_found sw_cache_find(struct sw_cache *cache, const struct sw_question *q,
                                  uint64_t now_us, struct sw_answer *out);

/**
 * Keep a copy of an answer, in place of an older one. What may not be kept is not: failures, what
 * is local, stale or cut, a TTL of 0; and nothing happens when there is no memory.
 */
void sw_cache_keep(struct sw_cache *cache, const struct sw_question *q,
                   const struct sw_answer *answer, uint64_t now_us);

/* Entries, and the octets they take. */
size_t sw_cache_count(const struct sw_cache *cache);
size_t sw_cache_len(const struct sw_cache *cache);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_pool.h"

#include "base/alloc.h"
#include "base/time.h"

enum {
    /* A replaced context lives as long as somebody waits for a question that was put to it, and
     * takes some 3 MB. */
    RETIRED_MAX = 8
};

#define RETRY_AGE_US SW_MS(500)
#define LOOK_EVERY_US SW_SECONDS(1)

static int member_new(struct ad_dns_pool *pool, struct ad_dns_member **out,
                      enum ad_dns_context_kind kind, uint64_t now_us, struct ad_dns_error *error)
{
    struct ad_dns_member *m = sw_zalloc(NULL, sizeof *m);
    int rc = m == NULL ? SW_E_NOMEM : ad_dns_context_new(&m->ub, &pool->setup, kind, error);
    if (rc < 0) {
        sw_free(NULL, m);
        return rc;
    }
    m->made_us = now_us;
    *out = m;
    return 0;
}

static void member_free(struct ad_dns_member *m)
{
    if (m == NULL)
        return;
    ad_dns_context_free(m->ub);
    sw_free(NULL, m);
}

static void retire(struct ad_dns_pool *pool, struct ad_dns_member *m)
{
    if (m == NULL)
        return;
    sw_list_push_back(&pool->retired, &m->link);
    pool->retired_count++;
}

int ad_dns_pool_init(struct ad_dns_pool *pool, const struct ad_dns_setup *setup, uint64_t now_us,
                     struct ad_dns_error *error)
{
    *pool = (struct ad_dns_pool){.setup = *setup, .looked_us = now_us};
    sw_list_init(&pool->retired);
    if (setup->conf->source == AD_DNS_SYSTEM) /* before it is read, not to miss a change */
        (void)ad_dns_watch_look(&pool->watch, setup->conf->resolv_conf);
    return member_new(pool, &pool->main, AD_DNS_CONTEXT_LASTING, now_us, error);
}

void ad_dns_pool_fini(struct ad_dns_pool *pool)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &pool->retired)
        member_free(SW_LIST_ITEM(at, struct ad_dns_member, link));
    member_free(pool->main);
    member_free(pool->retry);
}

bool ad_dns_pool_look(struct ad_dns_pool *pool, uint64_t now_us)
{
    struct ad_dns_error error;
    struct ad_dns_member *fresh;
    struct ad_dns_watch watch = pool->watch;
    if (pool->setup.conf->source != AD_DNS_SYSTEM || now_us - pool->looked_us < LOOK_EVERY_US)
        return false;
    pool->looked_us = now_us;
    if (!ad_dns_watch_look(&watch, pool->setup.conf->resolv_conf))
        return false;
    if (member_new(pool, &fresh, AD_DNS_CONTEXT_LASTING, now_us, &error) < 0)
        return false; /* the old one goes on; the next look tries again */
    pool->watch = watch;
    retire(pool, pool->main);
    retire(pool, pool->retry);
    pool->main = fresh;
    pool->retry = NULL;
    ad_dns_pool_reap(pool);
    return true;
}

struct ad_dns_member *ad_dns_pool_retry(struct ad_dns_pool *pool, uint64_t now_us)
{
    struct ad_dns_error error;
    struct ad_dns_member *fresh;
    if (pool->retry != NULL && now_us - pool->retry->made_us < RETRY_AGE_US)
        return pool->retry;
    ad_dns_pool_reap(pool);
    if (pool->retired_count >= RETIRED_MAX ||
        member_new(pool, &fresh, AD_DNS_CONTEXT_RETRY, now_us, &error) < 0)
        return pool->retry;
    retire(pool, pool->retry);
    pool->retry = fresh;
    ad_dns_pool_reap(pool);
    return fresh;
}

void ad_dns_pool_reap(struct ad_dns_pool *pool)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &pool->retired) {
        struct ad_dns_member *m = SW_LIST_ITEM(at, struct ad_dns_member, link);
        if (m->use_count > 0)
            continue;
        sw_list_remove(&m->link);
        pool->retired_count--;
        member_free(m);
    }
}

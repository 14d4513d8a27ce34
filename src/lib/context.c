/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/context.h"

#include "adapter/loop_libevent.h"
#include "lib/error.h"
#include "lib/options.h"
#include "lib/sized.h"

#include <sys/random.h>

static void destroy_all(struct sw_list *head)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, head)
        sw_location_destroy(SW_LIST_ITEM(at, struct sipward_location, link));
}

/* Also of one that is only half made. */
static void destroy(struct sipward *sw)
{
    destroy_all(&sw->live);
    destroy_all(&sw->spare);
    ad_dns_free(sw->dns);
    if (sw->timer != NULL)
        sw->loop->ops->timer_free(sw->timer);
    if (sw->own != NULL)
        ad_loop_epoll_free(sw->own);
    else
        ad_loop_libevent_free(sw->loop);
    sw_snapshot_unref(sw->snapshot);
    sw_health_free(sw->health);
    struct sw_alloc alloc = sw->own_alloc;
    sw_free(sw->alloc == NULL ? NULL : &alloc, sw);
}

static void destroy_at(struct sipward **sw)
{
    if (*sw != NULL)
        destroy(*sw);
}

static void on_timer(void *arg)
{
    struct sipward *sw = arg;
    uint64_t now_us = sw_context_now_us(sw);
    sw->timer_due_us = SW_NEVER;
    struct sw_timer *t;
    while ((t = sw_timerwheel_take(&sw->wheel, now_us)) != NULL)
        sw_location_on_timer(SW_CONTAINER_OF(t, struct sipward_location, timer));
    sw_context_arm(sw);
    if (sw->own == NULL)
        sw_context_deliver(sw);
}

void sw_context_arm(struct sipward *sw)
{
    uint64_t due_us = sw_timerwheel_next_us(&sw->wheel);
    if (sw->own == NULL && !sw_list_is_empty(&sw->ready))
        due_us = 0; /* our own loop delivers when it has processed; here only the timer can */
    if (due_us == sw->timer_due_us)
        return;
    sw->timer_due_us = due_us;
    if (due_us == SW_NEVER) {
        sw->loop->ops->timer_disarm(sw->timer);
        return;
    }
    uint64_t now_us = sw_context_now_us(sw);
    sw->loop->ops->timer_arm(sw->timer, due_us > now_us ? due_us - now_us : 0);
}

void sw_context_enter(struct sipward *sw)
{
    sw->depth++;
}

bool sw_context_leave(struct sipward *sw)
{
    if (--sw->depth > 0 || !sw->is_dying)
        return true;
    destroy(sw);
    return false;
}

void sw_context_deliver(struct sipward *sw)
{
    sw_context_enter(sw);
    struct sw_list *first;
    while ((first = sw_list_first(&sw->ready)) != NULL) {
        struct sipward_location *l = SW_LIST_ITEM(first, struct sipward_location, ready_link);
        sw_list_remove(first);
        l->ready(l, l->arg); /* l may be gone afterwards */
    }
    (void)sw_context_leave(sw);
}

static int seed(struct sw_rng *rng, const struct sipward_options *o, struct sipward_error *error)
{
    if (o->flags & SIPWARD_SEEDED) {
        sw_rng_init_u64(rng, o->seed);
        return 0;
    }
    uint8_t secret[32];
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return SW_ERROR_SAY(error, SW_E_SYSTEM, "the system gives no random bytes");
    sw_rng_init(rng, secret);
    return 0;
}

static int open_loop(struct sipward *sw, struct event_base *base, struct sipward_error *error)
{
    if (base != NULL)
        return ad_loop_libevent_new(&sw->loop, base);
    int rc = ad_loop_epoll_new(&sw->own);
    if (rc == SW_E_SYSTEM)
        return SW_ERROR_SAY(error, rc, "no file descriptor for a loop");
    if (rc < 0)
        return rc;
    sw->loop = ad_loop_epoll_loop(sw->own);
    return 0;
}

static int open_dns(struct sipward *sw, const struct sipward_options *o,
                    struct sipward_error *error)
{
    struct ad_dns_conf conf;
    int rc = sw_options_dns(o, &conf, error);
    if (rc < 0)
        return rc;
    struct sw_endpoint *servers = NULL;
    if (o->server_count > 0) {
        servers = sw_zalloc_array(sw->alloc, o->server_count, sizeof *servers);
        if (servers == NULL)
            return SW_E_NOMEM;
    }
    rc = sw_options_servers(o->servers, o->server_count, servers, error);
    if (rc == 0) {
        struct ad_dns_error why = {""};
        conf.alloc = sw->alloc;
        conf.servers = servers;
        conf.server_count = o->server_count;
        rc = ad_dns_new(&sw->dns, &conf, sw->loop, &why);
        if (rc < 0)
            SW_ERROR_SAY(error, rc, why.text[0] == '\0' ? sw_err_text(rc) : why.text);
    }
    sw_free(sw->alloc, servers);
    return rc;
}

static int fill(struct sipward *sw, const struct sipward_options *o, struct event_base *base,
                struct sipward_error *error)
{
    int rc = seed(&sw->rng, o, error);
    if (rc < 0)
        return rc;
    rc = sw_snapshot_new(&sw->snapshot, sw->alloc, o, sw_rng_u64(&sw->rng), error);
    if (rc < 0)
        return rc;
    rc = sw_health_new(&sw->health, sw->alloc, o->health_max, sw_rng_u64(&sw->rng));
    if (rc < 0)
        return rc;
    rc = open_loop(sw, base, error);
    if (rc < 0)
        return rc;
    sw->question_us = sw_options_question_us(o);
    sw->timer_due_us = SW_NEVER;
    sw_timerwheel_init(&sw->wheel, sw_context_now_us(sw));
    sw->timer = sw->loop->ops->timer_new(sw->loop, on_timer, sw);
    if (sw->timer == NULL)
        return SW_E_NOMEM;
    return open_dns(sw, o, error);
}

static int new_context(struct sipward **out, const struct sipward_options *options,
                       struct event_base *base, struct sipward_error *error)
{
    struct sipward_options o;
    if (sw_sized_take(&o, sizeof o, options) < 0)
        return SW_ERROR_SAY(error, SW_E_INVAL,
                            "options: no size, or an option this version of "
                            "the library does not know");
    struct sw_alloc alloc = {0};
    if (o.alloc != NULL)
        alloc = (struct sw_alloc){o.alloc->alloc, o.alloc->free, o.alloc->user};
    SW_CLEANUP(destroy_at)
    struct sipward *sw = sw_zalloc(o.alloc == NULL ? NULL : &alloc, sizeof *sw);
    if (sw == NULL)
        return SW_ERROR_SAY(error, SW_E_NOMEM, sw_err_text(SW_E_NOMEM));
    sw->own_alloc = alloc;
    sw->alloc = o.alloc == NULL ? NULL : &sw->own_alloc;
    sw_list_init(&sw->live);
    sw_list_init(&sw->spare);
    sw_list_init(&sw->ready);
    int rc = fill(sw, &o, base, error);
    if (rc == SW_E_NOMEM)
        return SW_ERROR_SAY(error, rc, sw_err_text(rc));
    if (rc < 0)
        return rc;
    *out = SW_TAKE(sw);
    return 0;
}

int sipward_new(struct sipward **out, const struct sipward_options *options,
                struct sipward_error *error)
{
    return new_context(out, options, NULL, error);
}

int sipward_new_on_libevent(struct sipward **out, const struct sipward_options *options,
                            struct event_base *base, struct sipward_error *error)
{
    if (base == NULL)
        return SW_ERROR_SAY(error, SW_E_INVAL, "there is no libevent base");
    return new_context(out, options, base, error);
}

void sipward_free(struct sipward *sw)
{
    if (sw == NULL)
        return;
    if (sw->depth > 0) {
        sw->is_dying = true;
        sw->awaited = NULL;
        while (!sw_list_is_empty(&sw->ready))
            sw_list_remove(sw_list_first(&sw->ready));
        return;
    }
    destroy(sw);
}

int sipward_flush(struct sipward *sw)
{
    struct sw_snapshot *fresh;
    int rc = sw_snapshot_renew(&fresh, sw->snapshot, sw_rng_u64(&sw->rng));
    if (rc < 0)
        return rc;
    sw_snapshot_unref(sw->snapshot);
    sw->snapshot = fresh;
    return 0;
}

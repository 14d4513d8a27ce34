/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/admin.h"

#include "adapter/http_server.h"
#include "base/alloc.h"
#include "run/metrics.h"

#define TEXT "text/plain; charset=utf-8"
#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

struct sw_admin {
    struct sw_desk *desk;
    struct ad_http *http;
};

static void say(struct sw_admin *a, uint64_t request, int status, const char *text)
{
    const struct ad_http_answer answer = {status, TEXT, sw_slice_str(text)};

    ad_http_answer(a->http, request, &answer);
}

static void on_metrics(void *arg, uint64_t request)
{
    struct sw_admin *a = arg;
    const struct sw_desk *desk = a->desk;
    const struct sw_metrics_source from = {.workers = desk->last,
                                           .worker_count = desk->worker_count,
                                           .silent_count = desk->silent_count,
                                           .started_us = desk->started_us,
                                           .loaded_us = desk->loaded_us,
                                           .reloads = desk->reloads,
                                           .reloads_refused = desk->reloads_refused,
                                           .is_draining = desk->is_draining};
    size_t cap = SW_METRICS_ROOM + (size_t)desk->worker_count * SW_METRICS_WORKER_ROOM;
    char *room = sw_alloc(NULL, cap);

    if (room == NULL) {
        say(a, request, 500, "out of memory\n");
        return;
    }
    struct sw_buf b = sw_buf(room, cap);
    sw_metrics_write(&b, &from);
    const struct ad_http_answer answer = {200, PROMETHEUS, sw_buf_slice(&b)};
    ad_http_answer(a->http, request, &answer);
    sw_free(NULL, room);
}

static void on_alive(void *arg, uint64_t request)
{
    struct sw_admin *a = arg;

    if (a->desk->silent_count == 0)
        say(a, request, 200, "alive\n");
    else
        say(a, request, 503, "a worker does not answer\n");
}

static void count(struct sw_admin *a, uint64_t request, void (*fn)(void *arg, uint64_t tag))
{
    const struct sw_desk_then then = {.fn = fn, .arg = a, .tag = request};

    if (sw_desk_count(a->desk, &then) < 0)
        say(a, request, 500, "out of memory\n");
}

static void on_request(void *arg, uint64_t request, struct sw_slice path)
{
    struct sw_admin *a = arg;

    if (sw_slice_eq(path, SW_LIT("/metrics")))
        count(a, request, on_metrics);
    else if (sw_slice_eq(path, SW_LIT("/livez")))
        count(a, request, on_alive);
    else if (!sw_slice_eq(path, SW_LIT("/readyz")))
        say(a, request, 404, "there is /metrics, /livez and /readyz\n");
    else if (a->desk->is_draining)
        say(a, request, 503, "draining\n");
    else
        say(a, request, 200, "ready\n");
}

int sw_admin_new(struct sw_admin **out, struct event_base *base, struct sw_desk *desk,
                 struct ad_net_error *error)
{
    struct sw_admin *a = sw_zalloc(NULL, sizeof *a);

    if (a == NULL)
        return SW_E_NOMEM;
    a->desk = desk;
    const struct ad_http_conf conf = {
        .endpoint = desk->settings->admin, .fn = on_request, .arg = a};
    int rc = ad_http_open(&a->http, base, &conf, error);
    if (rc < 0) {
        sw_free(NULL, a);
        return rc;
    }
    *out = a;
    return 0;
}

void sw_admin_free(struct sw_admin *a)
{
    if (a == NULL)
        return;
    ad_http_close(a->http);
    sw_free(NULL, a);
}

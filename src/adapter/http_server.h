/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small HTTP server for machines that watch us: GET and HEAD, a path, an answer at once or later.
 * It is libevent's evhttp with every limit set.
 *
 *     ad_http_open(&http, base, &conf, &why);
 *     ... conf.fn(conf.arg, request, path) for each request ...
 *     ad_http_answer(http, request, &(struct ad_http_answer){200, "text/plain", text});
 *
 * Owns: its socket and connections. Thread: that of the base.
 */
#ifndef SW_ADAPTER_HTTP_SERVER_H
#define SW_ADAPTER_HTTP_SERVER_H

#include "adapter/sockaddr.h"
#include "base/slice.h"

struct event_base;
struct ad_http;

enum {
    AD_HTTP_HEADER_MAX = 8192, /* octets */
    AD_HTTP_BODY_MAX = 4096,   /* nobody has a reason to send one */
    AD_HTTP_OPEN_MAX = 64,     /* requests not answered yet; above it 503 */
    AD_HTTP_IDLE_S = 30
};

/* path: without a query. It must be answered, once. */
typedef void ad_http_fn(void *arg, uint64_t request, struct sw_slice path);

struct ad_http_conf {
    struct sw_endpoint endpoint;
    ad_http_fn *fn;
    void *arg;
};

struct ad_http_answer {
    int status;
    const char *content_type;
    struct sw_slice body;
};

/**
 * Listen.
 * @param[out] error  written on SW_E_ADDR_IN_USE and SW_E_SYSTEM.
 * @retval 0, SW_E_ADDR_IN_USE, SW_E_SYSTEM, SW_E_NOMEM
 */
SW_MUST_USE int ad_http_open(struct ad_http **out, struct event_base *base,
                             const struct ad_http_conf *conf, struct ad_net_error *error);
/* NULL is allowed. */
void ad_http_close(struct ad_http *http);

/* Answer a request. One whose client has gone is ignored. */
void ad_http_answer(struct ad_http *http, uint64_t request, const struct ad_http_answer *answer);

#endif

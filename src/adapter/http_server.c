/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/http_server.h"

#include "base/alloc.h"
#include "base/list.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <unistd.h>

enum { BACKLOG = 64 };

struct pending { /* a request not answered yet */
    struct sw_list link;
    struct ad_http *http;
    struct evhttp_request *request; /* NULL: its client has gone */
    uint64_t id;
};

struct ad_http {
    struct ad_http_conf conf;
    struct evhttp *server;
    struct sw_list open;
    size_t open_count;
    uint64_t next_id;
};

static void forget(struct pending *p)
{
    if (p->request != NULL)
        evhttp_connection_set_closecb(evhttp_request_get_connection(p->request), NULL, NULL);
    sw_list_remove(&p->link);
    p->http->open_count--;
    sw_free(NULL, p);
}

/* evhttp frees the request with its connection. */
static void on_gone(struct evhttp_connection *conn, void *arg)
{
    struct pending *p = arg;

    (void)conn;
    p->request = NULL;
}

static struct pending *add_pending(struct ad_http *http, struct evhttp_request *request)
{
    struct pending *p = http->open_count < AD_HTTP_OPEN_MAX ? sw_zalloc(NULL, sizeof *p) : NULL;

    if (p == NULL)
        return NULL;
    p->http = http;
    p->request = request;
    p->id = http->next_id++;
    sw_list_push_back(&http->open, &p->link);
    http->open_count++;
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_gone, p);
    return p;
}

static void on_request(struct evhttp_request *request, void *arg)
{
    struct ad_http *http = arg;
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    struct pending *p = add_pending(http, request);

    if (p == NULL)
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
    else
        http->conf.fn(http->conf.arg, p->id, sw_slice_str(path));
}

static const char *phrase_of(int status)
{
    switch (status) {
    case HTTP_OK:
        return "OK";
    case HTTP_NOTFOUND:
        return "Not Found";
    case HTTP_SERVUNAVAIL:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

static void send_answer(struct evhttp_request *request, const struct ad_http_answer *answer)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evbuffer_new();

    if (body == NULL || evhttp_add_header(headers, "Content-Type", answer->content_type) < 0 ||
        evbuffer_add(body, answer->body.p, answer->body.len) < 0)
        evhttp_send_error(request, HTTP_INTERNAL, NULL);
    else
        evhttp_send_reply(request, answer->status, phrase_of(answer->status), body);
    if (body != NULL)
        evbuffer_free(body);
}

void ad_http_answer(struct ad_http *http, uint64_t request, const struct ad_http_answer *answer)
{
    struct sw_list *at, *tmp;

    SW_LIST_EACH (at, tmp, &http->open) {
        struct pending *p = SW_LIST_ITEM(at, struct pending, link);
        if (p->id != request)
            continue;
        struct evhttp_request *rq = p->request;
        forget(p);
        if (rq != NULL)
            send_answer(rq, answer);
        return;
    }
}

static int accept_at(struct ad_http *http, struct ad_net_error *error)
{
    int fd = ad_socket_bound(SOCK_STREAM, &http->conf.endpoint, false, error);

    if (fd < 0)
        return fd;
    if (listen(fd, BACKLOG) == 0 && evhttp_accept_socket(http->server, fd) == 0)
        return 0;
    ad_net_error_set(error, errno);
    close(fd);
    return SW_E_SYSTEM;
}

int ad_http_open(struct ad_http **out, struct event_base *base, const struct ad_http_conf *conf,
                 struct ad_net_error *error)
{
    struct ad_http *http = sw_zalloc(NULL, sizeof *http);

    if (http == NULL)
        return SW_E_NOMEM;
    http->conf = *conf;
    http->next_id = 1;
    sw_list_init(&http->open);
    http->server = evhttp_new(base);
    if (http->server == NULL) {
        ad_http_close(http);
        return SW_E_NOMEM;
    }
    evhttp_set_allowed_methods(http->server, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_max_headers_size(http->server, AD_HTTP_HEADER_MAX);
    evhttp_set_max_body_size(http->server, AD_HTTP_BODY_MAX);
    evhttp_set_timeout(http->server, AD_HTTP_IDLE_S);
    evhttp_set_gencb(http->server, on_request, http);
    int rc = accept_at(http, error);
    if (rc < 0) {
        ad_http_close(http);
        return rc;
    }
    *out = http;
    return 0;
}

void ad_http_close(struct ad_http *http)
{
    struct sw_list *at, *tmp;

    if (http == NULL)
        return;
    SW_LIST_EACH (at, tmp, &http->open)
        forget(SW_LIST_ITEM(at, struct pending, link));
    if (http->server != NULL)
        evhttp_free(http->server);
    sw_free(NULL, http);
}

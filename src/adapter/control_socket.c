/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/control_socket.h"

#include "base/alloc.h"
#include "base/list.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = AD_CONTROL_CLIENTS_MAX };

struct client {
    struct sw_list link;
    struct ad_control *control;
    struct bufferevent *stream;
    uint64_t id;
    bool is_waiting; /* for an answer */
    bool has_ended;  /* it has said its last */
};

struct ad_control {
    struct ad_control_conf conf;
    char path[AD_CONTROL_PATH_MAX + 1];
    struct event_base *base;
    int fd;
    bool has_file;
    struct event *event;
    struct sw_list clients;
    size_t client_count;
    uint64_t next_id;
};

/* --- clients ----------------------------------------------------------------------------- */

static void drop(struct client *cl)
{
    sw_list_remove(&cl->link);
    cl->control->client_count--;
    bufferevent_free(cl->stream);
    sw_free(NULL, cl);
}

/* The next line, when there is one and the last one was answered. True: the client has gone. */
static bool take_line(struct client *cl)
{
    struct evbuffer *in = bufferevent_get_input(cl->stream);
    size_t len;

    if (cl->is_waiting)
        return false;
    char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_CRLF);
    if (line == NULL) {
        bool has_gone = cl->has_ended || evbuffer_get_length(in) >= AD_CONTROL_LINE_MAX;
        if (has_gone)
            drop(cl);
        return has_gone;
    }
    cl->is_waiting = true;
    bufferevent_disable(cl->stream, EV_READ);
    cl->control->conf.fn(cl->control->conf.arg, cl->id, sw_slice(line, len));
    free(line);
    return false;
}

static void on_read(struct bufferevent *stream, void *arg)
{
    (void)stream;
    (void)take_line(arg);
}

/* An answer has been read: on to the next line. */
static void on_written(struct bufferevent *stream, void *arg)
{
    struct client *cl = arg;

    if (!take_line(cl) && !cl->is_waiting)
        bufferevent_enable(stream, EV_READ);
}

static void on_end(struct bufferevent *stream, short what, void *arg)
{
    struct client *cl = arg;
    bool is_half_closed = (what & BEV_EVENT_EOF) != 0;

    (void)stream;
    cl->has_ended = true;
    if (!is_half_closed)
        drop(cl);
    else if (!cl->is_waiting)
        (void)take_line(cl); /* or it goes */
}

static struct client *find(const struct ad_control *c, uint64_t id)
{
    for (const struct sw_list *at = c->clients.next; at != &c->clients; at = at->next) {
        struct client *cl = SW_LIST_ITEM(at, struct client, link);
        if (cl->id == id)
            return cl;
    }
    return NULL;
}

void ad_control_answer(struct ad_control *c, uint64_t client, struct sw_slice text)
{
    struct client *cl = find(c, client);

    if (cl == NULL || !cl->is_waiting)
        return;
    cl->is_waiting = false;
    /* Without memory there is no answer, and a client without one is idle, which ends it. */
    if (bufferevent_write(cl->stream, text.p, text.len) == 0)
        (void)bufferevent_write(cl->stream, "\n", 1);
}

/* --- the socket -------------------------------------------------------------------------- */

static bool add_client(struct ad_control *c, int fd)
{
    const struct timeval idle = {.tv_sec = AD_CONTROL_IDLE_S};
    struct client *cl = sw_zalloc(NULL, sizeof *cl);

    if (cl == NULL)
        return false;
    cl->stream = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (cl->stream == NULL) {
        sw_free(NULL, cl);
        return false;
    }
    cl->control = c;
    cl->id = c->next_id++;
    sw_list_push_back(&c->clients, &cl->link);
    c->client_count++;
    bufferevent_setcb(cl->stream, on_read, on_written, on_end, cl);
    bufferevent_setwatermark(cl->stream, EV_READ, 0, AD_CONTROL_LINE_MAX);
    bufferevent_set_timeouts(cl->stream, &idle, &idle);
    bufferevent_enable(cl->stream, EV_READ | EV_WRITE);
    return true;
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
    struct ad_control *c = arg;
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)what;
    if (client < 0)
        return;
    if (c->client_count >= AD_CONTROL_CLIENTS_MAX || !add_client(c, client))
        close(client);
}

static int fail(struct ad_net_error *error, int rc)
{
    ad_net_error_set(error, errno);
    return rc;
}

/* A file that nobody listens behind any more is in the way; anything else stays. */
static int clear_the_way(const struct sockaddr_un *at, struct ad_net_error *error)
{
    struct stat st;

    if (lstat(at->sun_path, &st) < 0)
        return errno == ENOENT ? 0 : fail(error, SW_E_SYSTEM);
    if (!S_ISSOCK(st.st_mode)) {
        errno = EEXIST;
        return fail(error, SW_E_ADDR_IN_USE);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(error, SW_E_SYSTEM);
    bool is_dead =
        connect(fd, (const struct sockaddr *)at, sizeof *at) < 0 && errno == ECONNREFUSED;
    close(fd);
    if (!is_dead) {
        errno = EADDRINUSE;
        return fail(error, SW_E_ADDR_IN_USE);
    }
    return unlink(at->sun_path) < 0 ? fail(error, SW_E_SYSTEM) : 0;
}

/* Bound under a mask, so that there is no moment in which others may connect. */
static int bind_privately(int fd, const struct sockaddr_un *at)
{
    mode_t before = umask(0117);
    int rc = bind(fd, (const struct sockaddr *)at, sizeof *at);
    int err = errno;

    umask(before);
    errno = err;
    return rc;
}

static int listen_at(struct ad_control *c, struct ad_net_error *error)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(c->conf.path);

    if (len > AD_CONTROL_PATH_MAX) {
        errno = ENAMETOOLONG;
        return fail(error, SW_E_SYSTEM);
    }
    memcpy(at.sun_path, c->conf.path, len);
    int rc = clear_the_way(&at, error);
    if (rc < 0)
        return rc;
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0 || bind_privately(c->fd, &at) < 0)
        return fail(error, SW_E_SYSTEM);
    c->has_file = true;
    return listen(c->fd, BACKLOG) < 0 ? fail(error, SW_E_SYSTEM) : 0;
}

int ad_control_open(struct ad_control **out, struct event_base *base,
                    const struct ad_control_conf *conf, struct ad_net_error *error)
{
    struct ad_control *c = sw_zalloc(NULL, sizeof *c);

    if (c == NULL)
        return SW_E_NOMEM;
    c->conf = *conf;
    if (strlen(conf->path) < sizeof c->path)
        c->conf.path = memcpy(c->path, conf->path, strlen(conf->path) + 1);
    c->base = base;
    c->fd = -1;
    c->next_id = 1;
    sw_list_init(&c->clients);
    int rc = listen_at(c, error);
    if (rc == 0) {
        c->event = event_new(base, c->fd, EV_READ | EV_PERSIST, on_client, c);
        rc = c->event == NULL || event_add(c->event, NULL) < 0 ? SW_E_NOMEM : 0;
    }
    if (rc < 0) {
        ad_control_close(c);
        return rc;
    }
    *out = c;
    return 0;
}

/* The loop, which would have written it, turns no more. What the kernel has no room for is lost. */
static void write_at_once(const struct client *cl)
{
    struct evbuffer *out = bufferevent_get_output(cl->stream);

    evbuffer_unfreeze(out, 1);
    (void)evbuffer_write(out, bufferevent_getfd(cl->stream));
}

void ad_control_close(struct ad_control *c)
{
    struct sw_list *at, *tmp;

    if (c == NULL)
        return;
    SW_LIST_EACH (at, tmp, &c->clients) {
        struct client *cl = SW_LIST_ITEM(at, struct client, link);
        write_at_once(cl);
        drop(cl);
    }
    if (c->event != NULL)
        event_free(c->event);
    if (c->fd >= 0)
        close(c->fd);
    if (c->has_file)
        (void)unlink(c->conf.path);
    sw_free(NULL, c);
}

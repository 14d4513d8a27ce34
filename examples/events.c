/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event-driven: two calls on one libevent base. Each tries its candidates until one connects, and
 * reports what came of every try; so the second call, which begins when the first has ended, does
 * not wait for a server that the first one found dead.
 *
 *     events sip:joe@vocal.com ZONE-FILE
 */
#include <sipward/sipward.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct call {
    const char *name;
    struct sipward *sw;
    struct event_base *base;
    const char *uri;
    struct sipward_location *location;
    const struct sipward_candidate *candidate;
    int fd;
    struct event *connected;
    struct call *next; /* begins when this one has ended */
    event_callback_fn begin;
    int rc;
};

static void say(const struct call *call, const char *what)
{
    struct sipward_words words;
    sipward_words(call->location, &words);
    printf("%s: %s %s:%u (%s): %s\n", call->name,
           sipward_transport_name(call->candidate->transport), words.address,
           (unsigned)call->candidate->port, words.host, what);
}

/* The next call begins in a turn of its own: not on top of this one's functions. */
static void end(struct call *call, int rc)
{
    static const struct timeval at_once = {0, 0};
    call->rc = rc;
    sipward_end(call->location);
    if (call->next != NULL)
        event_base_once(call->base, -1, EV_TIMEOUT, call->begin, call->next, &at_once);
}

static void go_on(struct sipward_location *location, void *arg);

/* The connection stands, was refused, or took too long. */
static void on_connected(evutil_socket_t fd, short events, void *arg)
{
    struct call *call = arg;
    int error = 0;
    socklen_t len = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
    event_free(call->connected);
    close(fd);
    if (events & EV_TIMEOUT) {
        say(call, "no answer");
        sipward_report(call->location, SIPWARD_TIMED_OUT, NULL);
    } else if (error != 0) {
        say(call, "refused");
        sipward_report(call->location, SIPWARD_REFUSED, NULL);
    } else {
        say(call, "connected");
        sipward_report(call->location, SIPWARD_ANSWERED, NULL);
        end(call, 0);
        return;
    }
    go_on(call->location, call);
}

static void try_it(struct call *call)
{
    const struct sipward_candidate *c = call->candidate;
    uint32_t wait_ms = sipward_try_ms(call->sw, c, SIPWARD_INVITE);
    struct timeval wait = {wait_ms / 1000, (wait_ms % 1000) * 1000};
    call->fd = socket(c->addr.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    call->connected = event_new(call->base, call->fd, EV_WRITE, on_connected, call);
    if (call->fd < 0 || call->connected == NULL)
        abort();
    (void)connect(call->fd, &c->addr.sa, c->addr_len); /* on_connected() sees how it went */
    event_add(call->connected, &wait);
}

/* Called first by us, and by the library whenever sipward_next() had to say SIPWARD_WAIT. */
static void go_on(struct sipward_location *location, void *arg)
{
    struct call *call = arg;
    switch (sipward_next(location, &call->candidate)) {
    case SIPWARD_CANDIDATE:
        try_it(call);
        break;
    case SIPWARD_WAIT:
        break;
    case SIPWARD_END:
        printf("%s: no candidate is left (%s)\n", call->name,
               sipward_result_name(sipward_result(location)));
        end(call, 1);
        break;
    }
}

static void begin(evutil_socket_t fd, short events, void *arg)
{
    (void)fd, (void)events;
    struct call *call = arg;
    struct sipward_query query = {.size = sizeof query, .ready = go_on, .arg = call};
    struct sipward_error error;
    if (sipward_locate(&call->location, call->sw, call->uri, &query, &error) < 0) {
        fprintf(stderr, "%s\n", error.text);
        call->rc = 2;
        return;
    }
    go_on(call->location, call);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: events URI ZONE-FILE\n");
        return 2;
    }
    const char *const zones[] = {argv[2]};
    struct sipward_options options = {
        .size = sizeof options,
        .transports = "tcp",
        .source = SIPWARD_SOURCE_ZONES,
        .zone_files = zones,
        .zone_file_count = 1,
    };
    struct event_base *base = event_base_new();
    struct sipward *sw;
    struct sipward_error error;
    if (base == NULL || sipward_new_on_libevent(&sw, &options, base, &error) < 0) {
        fprintf(stderr, "%s\n", base == NULL ? "no libevent base" : error.text);
        return 2;
    }
    struct call second = {.name = "call 2", .sw = sw, .base = base, .uri = argv[1], .begin = begin};
    struct call first = second;
    first.name = "call 1";
    first.next = &second;
    begin(-1, 0, &first);
    event_base_dispatch(base);
    sipward_free(sw);
    event_base_free(base);
    return first.rc != 0 ? first.rc : second.rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include "../bench.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_ROOM = 1 << 20, OUT_ROOM = 16 << 20 };

/* What waits to be read as messages, and what waits to be written. */
struct side {
    int fd;
    SSL *tls; /* NULL: without */
    size_t in_len, out_len;
    char *in, *out;
};

struct tcp {
    struct load_wire wire;
    int listen_fd;
    SSL_CTX *tls; /* NULL: without */
    struct side sides[2];
};

static struct tcp *self(struct load_wire *w)
{
    return (struct tcp *)w;
}

static void prepare(int fd)
{
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bench_must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "a connection cannot be prepared");
}

static int new_socket(const struct sockaddr_in *here)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    bench_must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                   bind(fd, (const struct sockaddr *)here, sizeof *here) == 0,
               "no socket for a side");
    return fd;
}

/* What TLS makes of a call that went wrong, as the sockets say it. */
static ssize_t tls_result(const struct side *s, int rc)
{
    if (rc > 0)
        return rc;
    int why = SSL_get_error(s->tls, rc);
    if (why == SSL_ERROR_ZERO_RETURN)
        return 0;
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
    return -1;
}

static ssize_t give(const struct side *s, const char *bytes, size_t len)
{
    if (s->tls == NULL)
        return send(s->fd, bytes, len, MSG_NOSIGNAL);
    return tls_result(s, SSL_write(s->tls, bytes, (int)len));
}

static ssize_t take(const struct side *s, char *room, size_t len)
{
    if (s->tls == NULL)
        return recv(s->fd, room, len, 0);
    return tls_result(s, SSL_read(s->tls, room, (int)len));
}

static void flush_side(struct side *s)
{
    if (s->fd < 0 || s->out_len == 0)
        return;
    ssize_t sent = give(s, s->out, s->out_len);
    bench_must(sent >= 0 || errno == EAGAIN, "the proxy has closed a connection");
    if (sent <= 0)
        return;
    s->out_len -= (size_t)sent;
    memmove(s->out, s->out + sent, s->out_len);
}

static char *room(struct load_wire *w, enum load_side side)
{
    struct side *s = &self(w)->sides[side];
    bench_must(s->out_len + LOAD_MESSAGE_MAX <= OUT_ROOM, "the proxy does not read");
    return s->out + s->out_len;
}

static void commit(struct load_wire *w, enum load_side side, uint64_t call_id, size_t len)
{
    (void)call_id; /* everything is in order */
    self(w)->sides[side].out_len += len;
}

static void flush(struct load_wire *w)
{
    flush_side(&self(w)->sides[LOAD_CALLER]);
    flush_side(&self(w)->sides[LOAD_CALLEE]);
}

/* 0: it is not whole yet. */
static size_t message_len(const char *p, size_t len)
{
    const char *end = memmem(p, len, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    const char *field = memmem(p, (size_t)(end - p), "\r\nContent-Length:", 17);
    size_t head_len = (size_t)(end - p) + 4;
    size_t body_len = field == NULL ? 0 : strtoul(field + 17, NULL, 10);
    return head_len + body_len <= len ? head_len + body_len : 0;
}

static void cut_messages(struct tcp *t, enum load_side side)
{
    struct side *s = &t->sides[side];
    uint64_t now_ns = load_now_ns();
    size_t at = 0, len;
    while ((len = message_len(s->in + at, s->in_len - at)) > 0) {
        t->wire.fn(side, s->in + at, len, now_ns);
        at += len;
    }
    s->in_len -= at;
    memmove(s->in, s->in + at, s->in_len);
}

static void begin_tls(struct side *s, SSL_CTX *ctx, bool is_client)
{
    if (ctx == NULL)
        return;
    s->tls = SSL_new(ctx);
    bench_must(s->tls != NULL && SSL_set_fd(s->tls, s->fd) == 1, "no memory for TLS");
    if (is_client)
        SSL_set_connect_state(s->tls);
    else
        SSL_set_accept_state(s->tls);
}

static bool receive_side(struct tcp *t, enum load_side side)
{
    struct side *s = &t->sides[side];
    if (s->fd < 0) {
        s->fd = accept(t->listen_fd, NULL, NULL);
        if (s->fd < 0)
            return false;
        prepare(s->fd);
        begin_tls(s, t->tls, false);
    }
    ssize_t got = take(s, s->in + s->in_len, IN_ROOM - s->in_len);
    bench_must(got > 0 || (got < 0 && errno == EAGAIN), "the proxy has closed a connection");
    if (got <= 0)
        return false;
    s->in_len += (size_t)got;
    cut_messages(t, side);
    return true;
}

static bool receive(struct load_wire *w)
{
    bool has_any = receive_side(self(w), LOAD_CALLER);
    return receive_side(self(w), LOAD_CALLEE) || has_any;
}

static void wait_for(struct load_wire *w, uint64_t most_ns)
{
    const struct tcp *t = self(w);
    const struct side *callee = &t->sides[LOAD_CALLEE], *caller = &t->sides[LOAD_CALLER];
    struct pollfd fds[] = {
        {.fd = caller->fd, .events = (short)(POLLIN | (caller->out_len > 0 ? POLLOUT : 0))},
        {.fd = callee->fd < 0 ? t->listen_fd : callee->fd,
         .events = (short)(POLLIN | (callee->out_len > 0 ? POLLOUT : 0))}};
    struct timespec most = {(time_t)(most_ns / 1000000000), (long)(most_ns % 1000000000)};
    ppoll(fds, 2, &most, NULL);
}

static uint64_t dropped(const struct load_wire *w)
{
    (void)w; /* a stream waits */
    return 0;
}

static const struct load_wire_ops ops = {room, commit, flush, receive, wait_for, dropped};

static void make_room(struct side *s)
{
    s->in = malloc(IN_ROOM);
    s->out = malloc(OUT_ROOM);
    bench_must(s->in != NULL && s->out != NULL, "no memory for the connections");
}

/* Who is called shows the certificate; who calls believes any. */
static SSL_CTX *new_tls(const char *certificate, const char *key)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    bench_must(ctx != NULL && SSL_CTX_use_certificate_chain_file(ctx, certificate) == 1 &&
                   SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1,
               "the certificate cannot be used");
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return ctx;
}

/* The proxy opens the one to the callee when it has something for it. */
struct load_wire *load_tcp_open(const struct load_conf *conf, load_message_fn *fn)
{
    static struct tcp t;
    t.wire = (struct load_wire){&ops, fn};
    t.tls = conf->certificate == NULL ? NULL : new_tls(conf->certificate, conf->key);
    t.listen_fd = new_socket(&conf->callee);
    bench_must(listen(t.listen_fd, 16) == 0 && fcntl(t.listen_fd, F_SETFL, O_NONBLOCK) == 0,
               "no socket for the callee");
    t.sides[LOAD_CALLEE].fd = -1;
    t.sides[LOAD_CALLER].fd = new_socket(&conf->caller);
    bench_must(connect(t.sides[LOAD_CALLER].fd, (const struct sockaddr *)&conf->proxy,
                       sizeof conf->proxy) == 0,
               "the proxy cannot be reached");
    prepare(t.sides[LOAD_CALLER].fd);
    begin_tls(&t.sides[LOAD_CALLER], t.tls, true);
    make_room(&t.sides[LOAD_CALLER]);
    make_room(&t.sides[LOAD_CALLEE]);
    return &t.wire;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls_bridge accept|connect LISTEN-ADDRESS PORT TO-ADDRESS PORT [cert=FILE] [key=FILE] [ca=FILE]
 *            [name=SNI] [silent|hangup]
 *
 * Lets a program that speaks TCP alone speak TLS: what comes in over TLS (accept) or TCP (connect)
 * goes on over the other, both ways, a process a connection. With ca= the other side's certificate
 * must come from there. `silent` takes connections and says nothing, ever; `hangup` closes them
 * when the handshake has begun. It prints a line for each connection: its version of TLS, the name
 * that was asked for, the subject of the other side's certificate; or why there is none.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct bridge {
    bool accepts; /* TLS comes in; else it goes out */
    bool is_silent, hangs_up;
    struct sockaddr_in at, to;
    const char *cert, *key, *ca, *name;
    SSL_CTX *ctx;
};

static struct sockaddr_in place(const char *address, const char *port)
{
    struct sockaddr_in sa = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};

    if (inet_pton(AF_INET, address, &sa.sin_addr) != 1)
        exit(64);
    return sa;
}

static const char *value_of(const char *arg, const char *key)
{
    size_t len = strlen(key);

    return strncmp(arg, key, len) == 0 && arg[len] == '=' ? arg + len + 1 : NULL;
}

static void read_option(struct bridge *b, const char *arg)
{
    const char *v;

    if ((v = value_of(arg, "cert")) != NULL)
        b->cert = v;
    else if ((v = value_of(arg, "key")) != NULL)
        b->key = v;
    else if ((v = value_of(arg, "ca")) != NULL)
        b->ca = v;
    else if ((v = value_of(arg, "name")) != NULL)
        b->name = v;
    else if (strcmp(arg, "silent") == 0)
        b->is_silent = true;
    else if (strcmp(arg, "hangup") == 0)
        b->hangs_up = true;
    else
        exit(64);
}

static SSL_CTX *make_context(const struct bridge *b)
{
    SSL_CTX *ctx = SSL_CTX_new(b->accepts ? TLS_server_method() : TLS_client_method());

    if (ctx == NULL ||
        (b->cert != NULL && (SSL_CTX_use_certificate_chain_file(ctx, b->cert) != 1 ||
                             SSL_CTX_use_PrivateKey_file(ctx, b->key, SSL_FILETYPE_PEM) != 1)) ||
        (b->ca != NULL && SSL_CTX_load_verify_file(ctx, b->ca) != 1)) {
        ERR_print_errors_fp(stderr);
        exit(66);
    }
    SSL_CTX_set_verify(
        ctx, b->ca == NULL ? SSL_VERIFY_NONE : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
        NULL);
    return ctx;
}

static void say(SSL *ssl, int rc)
{
    char subject[256] = "-";
    X509 *peer = SSL_get0_peer_certificate(ssl);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    if (rc != 1) {
        const char *why = ERR_reason_error_string(ERR_peek_error());
        printf("failed: %s\n", why == NULL ? "hung up" : why);
        return;
    }
    if (peer != NULL)
        X509_NAME_oneline(X509_get_subject_name(peer), subject, sizeof subject);
    printf("%s name=%s peer=%s\n", SSL_get_version(ssl), name == NULL ? "-" : name, subject);
}

/* From TLS to TCP; false: it is over. */
static bool pass_in(SSL *ssl, int fd)
{
    char room[16384];

    do {
        int n = SSL_read(ssl, room, sizeof room);
        if (n <= 0 || write(fd, room, (size_t)n) != n)
            return false;
    } while (SSL_pending(ssl) > 0);
    return true;
}

static bool pass_out(SSL *ssl, int fd)
{
    char room[16384];
    ssize_t n = read(fd, room, sizeof room);

    return n > 0 && SSL_write(ssl, room, (int)n) == n;
}

static void pass(SSL *ssl, int tls_fd, int fd)
{
    struct pollfd fds[] = {{.fd = tls_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

    while (poll(fds, 2, -1) > 0) {
        if (fds[0].revents != 0 && !pass_in(ssl, fd))
            break;
        if (fds[1].revents != 0 && !pass_out(ssl, fd))
            break;
    }
    SSL_shutdown(ssl);
}

static int reach(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof *to) == 0)
        return fd;
    exit(69);
}

static void serve(const struct bridge *b, int fd)
{
    char room[4096];

    if (b->is_silent || b->hangs_up) {
        if (read(fd, room, sizeof room) > 0 && b->is_silent)
            pause();
        return;
    }
    int other = reach(&b->to), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(other, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL *ssl = SSL_new(b->ctx);
    SSL_set_fd(ssl, b->accepts ? fd : other);
    if (b->name != NULL)
        SSL_set_tlsext_host_name(ssl, b->name);
    int rc = b->accepts ? SSL_accept(ssl) : SSL_connect(ssl);
    say(ssl, rc);
    if (rc == 1)
        pass(ssl, b->accepts ? fd : other, b->accepts ? other : fd);
    SSL_free(ssl);
}

int main(int argc, char **argv)
{
    struct bridge b = {0};
    int on = 1;

    if (argc < 6)
        return 64;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
    b.accepts = strcmp(argv[1], "accept") == 0;
    b.at = place(argv[2], argv[3]);
    b.to = place(argv[4], argv[5]);
    for (int i = 6; i < argc; i++)
        read_option(&b, argv[i]);
    b.ctx = make_context(&b);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&b.at, sizeof b.at) < 0 || listen(listener, 64) < 0)
        return 71;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 || fork() != 0) {
            close(fd);
            continue;
        }
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(listener);
        serve(&b, fd);
        SSL_CTX_free(b.ctx); /* a leak would be told in the midst of what was said */
        return 0;
    }
}

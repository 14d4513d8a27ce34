/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy.h"

#include "adapter/clock.h"
#include "adapter/sockaddr.h"
#include "base/time.h"

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_US SW_SECONDS(5)
#define LOG_US SW_SECONDS(3)

enum { PORT_TRIES = 20 };

/* A port that is free on loopback for UDP and TCP now. */
static bool find_port(struct sw_endpoint *at)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        *at = (struct sw_endpoint){.addr = {4, {127, 0, 0, 1}}};
        int udp = ad_socket_bound(SOCK_DGRAM, at, false, NULL);
        if (udp < 0 || !ad_socket_name(udp, at))
            continue;
        int tcp = ad_socket_bound(SOCK_STREAM, at, false, NULL);
        close(udp);
        if (tcp < 0)
            continue;
        close(tcp);
        return true;
    }
    return false;
}

static bool write_config(struct demo_proxy *p, unsigned seed)
{
    char zone[4096];

    snprintf(p->config, sizeof p->config, "/tmp/sipward-demo-XXXXXX");
    int fd = mkstemp(p->config);
    if (fd < 0 || realpath(p->zone, zone) == NULL) {
        p->config[0] = '\0';
        return false;
    }
    dprintf(fd,
            "listen: [udp:127.0.0.1:%u, tcp:127.0.0.1:%u]\n"
            "trusted: 127.0.0.0/8\n"
            "record-route: true\n"
            "resolver: {zones: '%s'}\n"
            "log: {format: json}\n"
            "seed: %u\n",
            p->at.port, p->at.port, zone, seed);
    return close(fd) == 0;
}

/* The child goes with its parent, however that ends. */
static void become_proxy(const struct demo_proxy *p, int log_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(log_fd, STDERR_FILENO);
    execl(p->program, p->program, "--config", p->config, (char *)NULL);
    _exit(127);
}

static bool spawn(struct demo_proxy *p)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return false;
    p->pid = fork();
    if (p->pid == 0)
        become_proxy(p, fds[1]);
    close(fds[1]);
    p->log_fd = fds[0];
    p->log_len = 0;
    return p->pid > 0;
}

/* Read until a line is whole; it is taken out of the buffer. NULL when none comes in time. */
static json_t *next_line(struct demo_proxy *p, uint64_t until_us)
{
    for (;;) {
        const char *end = memchr(p->log, '\n', p->log_len);
        if (end != NULL) {
            size_t len = (size_t)(end - p->log) + 1;
            json_t *line = json_loadb(p->log, len, 0, NULL);
            if (line == NULL)
                fprintf(stderr, "demo: sipwardd says: %.*s", (int)len, p->log);
            memmove(p->log, p->log + len, p->log_len - len);
            p->log_len -= len;
            if (line != NULL)
                return line;
            continue;
        }
        uint64_t now_us = ad_clock_mono_us();
        struct pollfd fd = {.fd = p->log_fd, .events = POLLIN};
        if (now_us >= until_us || poll(&fd, 1, (int)((until_us - now_us) / 1000) + 1) <= 0)
            return NULL;
        ssize_t n = read(p->log_fd, p->log + p->log_len, sizeof p->log - p->log_len);
        if (n <= 0)
            return NULL;
        p->log_len += (size_t)n;
    }
}

static bool has_text(const json_t *line, const char *key, const char *want)
{
    const char *text = json_string_value(json_object_get(line, key));

    return text != NULL && strcmp(text, want) == 0;
}

bool demo_proxy_start(struct demo_proxy *p, unsigned seed)
{
    if (!find_port(&p->at) || !write_config(p, seed) || !spawn(p)) {
        fprintf(stderr, "demo: %s cannot be started\n", p->program);
        demo_proxy_stop(p);
        return false;
    }
    json_t *line = next_line(p, ad_clock_mono_us() + START_US);
    bool is_ready = has_text(line, "ev", "ready");
    json_decref(line);
    if (is_ready)
        return true;
    fprintf(stderr, "demo: %s does not get ready\n", p->program);
    demo_proxy_stop(p);
    return false;
}

void demo_proxy_stop(struct demo_proxy *p)
{
    if (p->pid > 0) {
        kill(p->pid, SIGKILL); /* nothing of it is needed any more */
        waitpid(p->pid, NULL, 0);
        close(p->log_fd);
    }
    p->pid = 0;
    if (p->config[0] != '\0')
        unlink(p->config);
    p->config[0] = '\0';
}

static void copy_text(char *room, size_t cap, const json_t *value)
{
    const char *text = json_string_value(value);

    snprintf(room, cap, "%s", text == NULL ? "" : text);
}

static void copy_try(struct demo_try *t, const json_t *value)
{
    copy_text(t->host, sizeof t->host, json_object_get(value, "host"));
    copy_text(t->end, sizeof t->end, json_object_get(value, "end"));
    copy_text(t->cause, sizeof t->cause, json_object_get(value, "cause"));
    t->status = (unsigned)json_integer_value(json_object_get(value, "status"));
    t->at_ms = json_number_value(json_object_get(value, "at_ms"));
    t->ms = json_number_value(json_object_get(value, "ms"));
}

bool demo_proxy_log(struct demo_proxy *p, const char *call_id, struct demo_log *out)
{
    uint64_t until_us = ad_clock_mono_us() + LOG_US;
    json_t *line;

    while ((line = next_line(p, until_us)) != NULL) {
        if (!has_text(line, "ev", "transaction") || !has_text(line, "call_id", call_id) ||
            !has_text(line, "method", "INVITE")) {
            json_decref(line);
            continue;
        }
        const json_t *tries = json_object_get(line, "tries");
        *out = (struct demo_log){0};
        out->status = (unsigned)json_integer_value(json_object_get(line, "status"));
        out->located_ms = json_number_value(json_object_get(line, "located_ms"));
        out->ms = json_number_value(json_object_get(line, "ms"));
        for (size_t i = 0; i < json_array_size(tries) && i < DEMO_TRIES_MAX; i++)
            copy_try(&out->tries[out->try_count++], json_array_get(tries, i));
        json_decref(line);
        return true;
    }
    fprintf(stderr, "demo: no line about %s in the log\n", call_id);
    return false;
}

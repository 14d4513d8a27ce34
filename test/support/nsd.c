/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/nsd.h"

#include "support/dns_packet.h"
#include "support/temp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONF_LEN = 16384, ANSWER_WAIT_MS = 50, TRIES = 200 };

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "nsd: %s; its log is in %s/nsd.log\n", what, temp_folder());
    abort();
}

static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)(void *)&at, len) != 0 ||
        getsockname(fd, (struct sockaddr *)(void *)&at, &len) != 0)
        give_up("no free port");
    close(fd);
    return ntohs(at.sin_port);
}

struct text {
    char bytes[CONF_LEN];
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->bytes + t->len, sizeof t->bytes - t->len, format, args);
    va_end(args);
    if (n < 0 || t->len + (size_t)n >= sizeof t->bytes)
        give_up("its configuration is too long");
    t->len += (size_t)n;
}

static void write_conf(char *path, uint16_t port, const struct nsd_zone *zones, size_t zone_count)
{
    static struct text t;
    const char *folder = temp_folder();
    t.len = 0;
    add(&t,
        "server:\n ip-address: 127.0.0.1@%u\n username: \"\"\n chroot: \"\"\n database: \"\"\n"
        " zonesdir: \"%s\"\n pidfile: \"\"\n logfile: \"%s/nsd.log\"\n xfrdfile: \"%s/xfrd\"\n"
        " zonelistfile: \"%s/zone.list\"\n xfrdir: \"%s\"\n server-count: 1\n"
        " rrl-ratelimit: 0\n"
        "remote-control:\n control-enable: no\n",
        port, folder, folder, folder, folder, folder);
    for (size_t i = 0; i < zone_count; i++) {
        char file[PATH_MAX], name[64];
        snprintf(name, sizeof name, "nsd-%zu.zone", i);
        if (zones[i].text != NULL)
            temp_file(file, name, zones[i].text);
        else if (realpath(zones[i].path, file) == NULL) /* nsd looks in its own folder */
            give_up(zones[i].path);
        add(&t, "zone:\n name: \"%s\"\n zonefile: \"%s\"\n", zones[i].origin, file);
    }
    temp_file(path, "nsd.conf", t.bytes);
}

static pid_t run(const char *conf)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes leaves nothing behind */
    int null = open("/dev/null", O_RDWR);
    dup2(null, 1);
    dup2(null, 2);
    execl("/usr/sbin/nsd", "nsd", "-d", "-c", conf, (char *)NULL);
    _exit(127);
}

/* Any answer with the zone's name in it will do. */
static int does_answer(uint16_t port, const char *origin)
{
    static struct dns_packet p;
    uint8_t answer[512];
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    dns_packet_begin(&p, 1, 0);
    dns_packet_question(&p, origin, 6);
    (void)connect(fd, (struct sockaddr *)(void *)&at, sizeof at);
    (void)!send(fd, p.bytes, p.len, 0);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    poll(&wait, 1, ANSWER_WAIT_MS);
    ssize_t n = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    close(fd);
    return n > 12 && (answer[3] & 0x0f) == 0;
}

void nsd_start(struct nsd *n, uint16_t port, const struct nsd_zone *zones, size_t zone_count)
{
    char conf[TEMP_PATH_MAX];
    n->port = port != 0 ? port : free_port();
    write_conf(conf, n->port, zones, zone_count);
    n->pid = run(conf);
    if (n->pid < 0)
        give_up("it cannot be started");
    for (int i = 0; i < TRIES; i++) {
        if (does_answer(n->port, zones[0].origin))
            return;
        if (waitpid(n->pid, NULL, WNOHANG) == n->pid)
            give_up("it has ended (is the package nsd installed?)");
        poll(NULL, 0, 10);
    }
    give_up("it does not answer");
}

void nsd_stop(struct nsd *n)
{
    if (n->pid <= 0)
        return;
    kill(n->pid, SIGTERM);
    waitpid(n->pid, NULL, 0);
    n->pid = 0;
}

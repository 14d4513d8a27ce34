/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the machine itself and the libraries below cost, for the figures of the other benches to be
 * read against: whoever is twice as fast on a machine twice as fast has gained nothing.
 */
#include "bench.h"

#include "adapter/loop_epoll.h"
#include "base/time.h"
#include "sipward/sipward.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

enum { ROUNDS = 20000 };

static void read_clock(void *arg)
{
    struct timespec *t = arg;
    clock_gettime(CLOCK_MONOTONIC, t);
}

/* A packet there and one back: four system calls. */
static void ask_and_answer(void *arg)
{
    const int *fds = arg;
    char room[100] = "";
    for (int i = 0; i < 2; i++)
        bench_must(send(fds[i], room, sizeof room, 0) == sizeof room &&
                       recv(fds[1 - i], room, sizeof room, 0) == sizeof room,
                   "loopback is broken");
}

static void connect_pair(int fds[2])
{
    struct sockaddr_in at[2];
    for (int i = 0; i < 2; i++) {
        socklen_t len = sizeof at[i];
        at[i] =
            (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
        bench_must(fds[i] >= 0 && bind(fds[i], (struct sockaddr *)&at[i], len) == 0 &&
                       getsockname(fds[i], (struct sockaddr *)&at[i], &len) == 0,
                   "no socket");
    }
    for (int i = 0; i < 2; i++)
        bench_must(connect(fds[i], (struct sockaddr *)&at[1 - i], sizeof at[i]) == 0, "no pair");
}

static void turn_loop(void *arg)
{
    bench_must(sipward_process(arg) == 0, "the loop broke");
}

/* signature: ub_event_callback_type */
static void on_answer(void *arg, int rcode, void *packet, int len, int sec, char *why, int limited)
{
    (void)packet, (void)sec, (void)why, (void)limited;
    *(size_t *)arg += rcode == 0 && len > 0;
}

struct bare {
    struct ub_ctx *ub;
    size_t answer_count;
};

static void ask_bare(void *arg)
{
    struct bare *b = arg;
    int id;
    bench_must(ub_resolve_event(b->ub, "_sip._tcp.vocal.com", 33, 1, &b->answer_count, on_answer,
                                &id) == 0,
               "libunbound does not ask");
}

/* A context with the demo's zone as an auth-zone, which answers before ub_resolve_event() returns.
 */
static double bare_question(void)
{
    char path[] = "/tmp/bench-unbound-XXXXXX";
    int fd = mkstemp(path);
    bench_must(fd >= 0, "no temporary file");
    FILE *f = fdopen(fd, "w");
    fprintf(f, "server:\n module-config: iterator\n local-zone: \"vocal.com\" transparent\n"
               "auth-zone:\n name: \"vocal.com\"\n zonefile: \"demo/vocal.zone\"\n"
               " for-downstream: no\n for-upstream: yes\n");
    bench_must(fclose(f) == 0, "the configuration cannot be written");
    struct ad_loop_epoll *l;
    bench_must(ad_loop_epoll_new(&l) == 0, "no loop");
    struct ad_loop *loop = ad_loop_epoll_loop(l);
    struct bare b = {.ub = loop->ops->new_ub_ctx(loop)};
    bench_must(b.ub != NULL && ub_ctx_config(b.ub, path) == 0, "libunbound refuses");
    ask_bare(&b);
    bench_must(b.answer_count == 1, "the auth-zone does not answer at once");
    double ns = bench_cpu_of(ask_bare, &b, ROUNDS);
    ub_ctx_delete(b.ub);
    ad_loop_epoll_free(l);
    unlink(path);
    return ns;
}

int main(void)
{
    struct timespec t;
    double clock_ns = bench_cpu_of(read_clock, &t, ROUNDS);
    bench_print("lib.warm", 5 * clock_ns / 1e3, "us", "floor five readings of the clock");

    bench_print("lib.cold.zone", 6 * bare_question() / 1e3, "us",
                "floor six questions to a bare libunbound auth-zone");

    int fds[2];
    connect_pair(fds);
    bench_print("cold.cpu", 4 * bench_cpu_of(ask_and_answer, fds, ROUNDS) / 1e3, "us",
                "floor four packets to and fro on loopback, both ends");

    struct sipward *sw;
    bench_must(sipward_new(&sw, NULL, NULL) == 0, "no context");
    bench_print("lib.turn", bench_cpu_of(turn_loop, sw, ROUNDS) / 1e3, "us", "-");
    sipward_free(sw);
    return 0;
}

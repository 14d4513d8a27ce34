/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The demonstration: the call of RFC 3263's worked example through sipwardd, with both servers up,
 * with the first one refusing, silent, and with both gone. It draws every call as a ladder and
 * checks itself that everything happened as it should.
 *
 *     sipward-demo SIPWARDD ZONE [SIPWARD]
 */
#include "adapter/clock.h"
#include "base/time.h"
#include "peers.h"
#include "proxy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL_US SW_SECONDS(15)

enum { SEEDS_MAX = 64, TRIES_WANTED_MAX = 2 };

struct wanted_try {
    const char *host; /* NULL: no further try */
    const char *end;
};

struct scene {
    const char *title;
    const char *story;
    bool is_fresh; /* begins with a proxy that has not met anybody yet */
    enum demo_mode modes[DEMO_SERVERS];
    unsigned status;
    struct wanted_try tries[TRIES_WANTED_MAX];
    double min_ms, max_ms; /* of the INVITE transaction */
};

#define SERVER1 "server1.vocal.com"
#define SERVER2 "server2.vocal.com"

static const struct scene scenes[] = {
    {.title = "Both servers are up",
     .story = "The DNS prefers TCP, and the draw by weight falls on server1.",
     .is_fresh = true,
     .modes = {DEMO_UP, DEMO_UP},
     .status = 200,
     .tries = {{SERVER1, "answered"}},
     .max_ms = 1000},
    {.title = "server1 is stopped",
     .story = "Its port refuses connections; the call goes to server2 at once.",
     .is_fresh = true,
     .modes = {DEMO_STOPPED, DEMO_UP},
     .status = 200,
     .tries = {{SERVER1, "transport-error"}, {SERVER2, "answered"}},
     .max_ms = 1000},
    {.title = "server1 is a black hole",
     .story = "It takes the INVITE and says nothing; after its try time server2 gets the call.",
     .is_fresh = true,
     .modes = {DEMO_BLACK_HOLE, DEMO_UP},
     .status = 200,
     .tries = {{SERVER1, "timeout"}, {SERVER2, "answered"}},
     .min_ms = 3000,
     .max_ms = 6000},
    {.title = "The next caller does not wait",
     .story = "The same proxy, server1 still a black hole: its failure is remembered.",
     .modes = {DEMO_BLACK_HOLE, DEMO_UP},
     .status = 200,
     .tries = {{SERVER2, "answered"}},
     .max_ms = 500},
    {.title = "Both servers are stopped",
     .story = "Nobody can take the call, and the caller is told so.",
     .is_fresh = true,
     .modes = {DEMO_STOPPED, DEMO_STOPPED},
     .status = 500,
     .tries = {{SERVER1, "transport-error"}, {SERVER2, "transport-error"}},
     .max_ms = 1000},
};

struct demo {
    struct demo_term term;
    struct demo_peers peers;
    struct demo_proxy proxy;
    unsigned seed;      /* with which the first draw falls on server1 */
    uint64_t failed_us; /* when server1 last failed in the present proxy; 0: never */
    unsigned problem_count;
};

static void problem(struct demo *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void problem(struct demo *d, const char *fmt, ...)
{
    va_list args;

    d->problem_count++;
    printf("  %sNot as it should be: ", demo_style(&d->term, DEMO_BAD));
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("%s\n", demo_style(&d->term, DEMO_PLAIN));
}

/* --- why the proxy did what it did ------------------------------------------------------- */

static enum demo_who server_of(const struct demo_try *t)
{
    return strcmp(t->host, SERVER1) == 0 ? DEMO_SERVER1 : DEMO_SERVER2;
}

static const char *name_of(const struct demo_try *t)
{
    return server_of(t) == DEMO_SERVER1 ? "server1" : "server2";
}

static uint64_t after_ms(uint64_t us, double ms)
{
    return us + (uint64_t)(ms * 1000.0);
}

static void note_first_choice(struct demo *d, const struct demo_log *log)
{
    struct demo_ladder *l = &d->peers.ladder;
    uint64_t at_us = after_ms(l->start_us, log->tries[0].at_ms);

    demo_ladder_note(l, at_us,
                     "NAPTR: order 50 needs TLS, order 90 is TCP, order 100 (UDP) is out");
    if (d->failed_us == 0)
        demo_ladder_note(l, at_us, "SRV: server1 or server2 by weight 1:2, the draw says %s",
                         name_of(&log->tries[0]));
    else
        demo_ladder_note(l, at_us, "server1 failed %.0f ms ago: for 30 s it stands behind %s",
                         (double)(l->start_us - d->failed_us) / 1e3, name_of(&log->tries[0]));
}

static void note_end_of_try(struct demo *d, const struct demo_log *log, size_t i)
{
    struct demo_ladder *l = &d->peers.ladder;
    const struct demo_try *t = &log->tries[i];
    uint64_t begun_us = after_ms(l->start_us, t->at_ms), ended_us = after_ms(begun_us, t->ms);
    const char *next = i + 1 < log->try_count ? name_of(&log->tries[i + 1]) : NULL;

    if (strcmp(t->end, "transport-error") == 0)
        demo_ladder_failure(l, begun_us, server_of(t), t->cause);
    if (strcmp(t->end, "answered") == 0)
        return;
    if (next == NULL)
        demo_ladder_note(l, ended_us, "%s %s, nobody is left: the caller is told (RFC 3261 16.7)",
                         name_of(t), t->cause);
    else if (strcmp(t->end, "timeout") == 0)
        demo_ladder_note(l, ended_us, "no answer in %.1f s, the try time: on to %s (RFC 3263 4.3)",
                         t->ms / 1000.0, next);
    else
        demo_ladder_note(l, ended_us, "%s after %.1f ms: on to %s (RFC 3263 4.3)", t->cause, t->ms,
                         next);
    if (server_of(t) == DEMO_SERVER1)
        d->failed_us = ended_us;
}

/* --- checks ------------------------------------------------------------------------------ */

static void check_tries(struct demo *d, const struct scene *s, const struct demo_log *log)
{
    size_t wanted = 0;

    while (wanted < TRIES_WANTED_MAX && s->tries[wanted].host != NULL)
        wanted++;
    if (log->try_count != wanted)
        problem(d, "%zu tries instead of %zu", log->try_count, wanted);
    for (size_t i = 0; i < wanted && i < log->try_count; i++) {
        const struct demo_try *t = &log->tries[i];
        if (strcmp(t->host, s->tries[i].host) != 0 || strcmp(t->end, s->tries[i].end) != 0)
            problem(d, "try %zu was %s (%s) instead of %s (%s)", i + 1, t->host, t->end,
                    s->tries[i].host, s->tries[i].end);
    }
}

static void check_scene(struct demo *d, const struct scene *s, const struct demo_log *log)
{
    const struct demo_peers *p = &d->peers;

    check_tries(d, s, log);
    if (p->caller.status != s->status || log->status != s->status)
        problem(d, "the caller got %u, the log says %u, it should be %u", p->caller.status,
                log->status, s->status);
    if (log->ms < s->min_ms || log->ms > s->max_ms)
        problem(d, "it took %.1f ms, not between %.0f and %.0f", log->ms, s->min_ms, s->max_ms);
    for (size_t i = 0; i < DEMO_SERVERS; i++)
        if (p->servers[i].udp_count > 0)
            problem(d, "server%zu got a datagram although TCP is preferred", i + 1);
    if (p->servers[0].invite_branch[0] != '\0' &&
        strcmp(p->servers[0].invite_branch, p->servers[1].invite_branch) == 0)
        problem(d, "both servers got the same branch");
    if (s->status >= 300 && (strstr(p->caller.warning, "127.0.0.11:5060 refused") == NULL ||
                             strstr(p->caller.warning, "127.0.0.12:5060 refused") == NULL))
        problem(d, "the Warning does not name both servers: %s", p->caller.warning);
}

/* --- scenes ------------------------------------------------------------------------------ */

/* One call; false when it could not be made at all. */
static bool make_call(struct demo *d, const struct scene *s, struct demo_log *log)
{
    char call_id[64];

    for (size_t i = 0; i < DEMO_SERVERS; i++)
        if (!demo_server_set(&d->peers.servers[i], s->modes[i]))
            return false;
    demo_call_begin(&d->peers, &d->proxy.at);
    if (!demo_call_run(&d->peers, ad_clock_mono_us() + CALL_US)) {
        fprintf(stderr, "demo: the caller got no final response\n");
        return false;
    }
    demo_call_id(&d->peers, call_id, sizeof call_id);
    return demo_proxy_log(&d->proxy, call_id, log);
}

static bool restart_proxy(struct demo *d)
{
    demo_proxy_stop(&d->proxy);
    d->failed_us = 0;
    return demo_proxy_start(&d->proxy, d->seed);
}

/* Chance would begin two calls of three at server2. The story wants server1 first, so seeds are
 * tried until the draw falls on it. */
static bool make_fresh_call(struct demo *d, const struct scene *s, struct demo_log *log)
{
    for (; d->seed < SEEDS_MAX; d->seed++) {
        if (!restart_proxy(d) || !make_call(d, s, log))
            return false;
        if (log->try_count > 0 && strcmp(log->tries[0].host, SERVER1) == 0)
            return true;
    }
    fprintf(stderr, "demo: with none of %d seeds the draw falls on server1\n", SEEDS_MAX);
    return false;
}

static bool play(struct demo *d, const struct scene *s, unsigned number)
{
    struct demo_log log;
    const char *bold = demo_style(&d->term, DEMO_BOLD), *plain = demo_style(&d->term, DEMO_PLAIN);

    printf("%s%u. %s%s\n   %s\n\n", bold, number, s->title, plain, s->story);
    fflush(stdout);
    if (!(s->is_fresh ? make_fresh_call(d, s, &log) : make_call(d, s, &log)))
        return false;
    note_first_choice(d, &log);
    for (size_t i = 0; i < log.try_count; i++)
        note_end_of_try(d, &log, i);
    demo_ladder_draw(&d->peers.ladder, &d->term);
    if (d->peers.caller.warning[0] != '\0')
        printf("   Warning: %s\n\n", d->peers.caller.warning);
    check_scene(d, s, &log);
    fflush(stdout);
    return true;
}

/* --- the whole --------------------------------------------------------------------------- */

/* The command's own account of the location. */
static bool show_location(const struct demo *d, const char *sipward)
{
    int status = 0;

    printf("%sWhere does a call to sip:joe@vocal.com go?%s\n"
           "   sipward locate --zone %s --transports udp,tcp sip:joe@vocal.com\n\n",
           demo_style(&d->term, DEMO_BOLD), demo_style(&d->term, DEMO_PLAIN), d->proxy.zone);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        execl(sipward, sipward, "locate", "--zone", d->proxy.zone, "--transports", "udp,tcp",
              "sip:joe@vocal.com", (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "demo: %s does not find it\n", sipward);
        return false;
    }
    printf("\n   The weights 1 and 2 are drawn anew for each call: one of three begins at "
           "server1.\n\n");
    return true;
}

static bool play_all(struct demo *d)
{
    unsigned count = sizeof scenes / sizeof scenes[0];

    for (unsigned i = 0; i < count; i++)
        if (!play(d, &scenes[i], i + 1))
            return false;
    printf(
        "The draw is random: seed %u of the proxy is the first with which it falls on server1.\n",
        d->seed);
    if (d->problem_count == 0)
        printf("%sEverything happened as it should.%s\n", demo_style(&d->term, DEMO_GOOD),
               demo_style(&d->term, DEMO_PLAIN));
    else
        printf("%s%u things were not as they should be.%s\n", demo_style(&d->term, DEMO_BAD),
               d->problem_count, demo_style(&d->term, DEMO_PLAIN));
    return d->problem_count == 0;
}

int main(int argc, char **argv)
{
    struct demo *d = calloc(1, sizeof *d);

    if (d == NULL || argc < 3 || argc > 4) {
        fprintf(stderr, "usage: sipward-demo SIPWARDD ZONE [SIPWARD]\n");
        free(d);
        return 2;
    }
    d->term = demo_term_of_stdout();
    d->proxy.program = argv[1];
    d->proxy.zone = argv[2];
    d->seed = 1;
    bool is_good =
        demo_peers_open(&d->peers) && (argc < 4 || show_location(d, argv[3])) && play_all(d);
    demo_proxy_stop(&d->proxy);
    demo_peers_close(&d->peers);
    free(d);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

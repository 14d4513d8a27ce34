/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: bench_load --proxy ADDRESS:PORT --caller ADDRESS:PORT --callee ADDRESS:PORT [OPTION...]
 *
 *   --tcp               one connection on each side
 *   --tls CERT:KEY      the same over TLS, with the callee's certificate and key
 *   --options           OPTIONS instead of calls
 *   --open N            calls at the same time (50)
 *   --rate N            calls offered a second; without it as many as go through
 *   --together N        so many of them begin at once (1)
 *   --warm S, --run S   seconds before and while things are measured (1, 3)
 *   --patience S        after which a call is lost (8)
 *   --host NAME         of the Request-URI; d#NAME: dNNNNNNNN and NAME, a new number a call
 *   --hold              let N calls ring at the same time, and answer then
 *   --pid PID           a process of the proxy, as often as there are some
 *
 * Prints one JSON object. load.h says what a call is and what is counted.
 */
#include "load.h"

#include "../bench.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

enum { TICK_NS = 50000000, STARTS_A_TURN = 32, AWAKE_NS = 200000 };

static const double LONGEST = 1 - 1e-12; /* the share of all but one */

static struct load_conf conf = {
    .open_max = 50, .together = 1, .warm_s = 1, .run_s = 3, .patience_s = 8};

/* ---- arguments ---- */

static struct sockaddr_in address(const char *text)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    char host[32] = "";
    const char *colon = strchr(text, ':');
    bench_must(colon != NULL && colon - text < (long)sizeof host, "an address is ADDRESS:PORT");
    memcpy(host, text, (size_t)(colon - text));
    bench_must(inet_pton(AF_INET, host, &a.sin_addr) == 1, "an address is ADDRESS:PORT");
    a.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    return a;
}

static double number(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    bench_must(end != text && *end == '\0' && value >= 0, "a number is wanted");
    return value;
}

static void take_certificate(char *text)
{
    char *colon = strchr(text, ':');
    bench_must(colon != NULL, "--tls takes CERT:KEY");
    *colon = '\0';
    conf.certificate = text;
    conf.key = colon + 1;
    conf.is_tcp = true;
}

static void take_option(int which)
{
    switch (which) {
    case 'P':
        conf.proxy = address(optarg);
        return;
    case 'A':
        conf.caller = address(optarg);
        return;
    case 'B':
        conf.callee = address(optarg);
        return;
    case 't':
        conf.is_tcp = true;
        return;
    case 'c':
        take_certificate(optarg);
        return;
    case 'o':
        conf.is_options = true;
        return;
    case 'n':
        conf.open_max = (unsigned)number(optarg);
        return;
    case 'r':
        conf.rate = number(optarg);
        conf.is_stamped = true;
        return;
    case 'g':
        conf.together = (unsigned)number(optarg);
        return;
    case 'w':
        conf.warm_s = number(optarg);
        return;
    case 's':
        conf.run_s = number(optarg);
        return;
    case 'p':
        conf.patience_s = number(optarg);
        return;
    case 'h':
        conf.host = optarg;
        return;
    case 'H':
        conf.is_held = true;
        return;
    case 'i':
        bench_must(conf.pid_count < LOAD_PIDS_MAX, "too many processes");
        conf.pids[conf.pid_count++] = (unsigned)number(optarg);
        return;
    }
    bench_must(false, "the usage is told at the head of bench/load/main.c");
}

static void take_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"proxy", required_argument, NULL, 'P'},    {"caller", required_argument, NULL, 'A'},
        {"callee", required_argument, NULL, 'B'},   {"tcp", no_argument, NULL, 't'},
        {"tls", required_argument, NULL, 'c'},      {"options", no_argument, NULL, 'o'},
        {"open", required_argument, NULL, 'n'},     {"rate", required_argument, NULL, 'r'},
        {"together", required_argument, NULL, 'g'}, {"warm", required_argument, NULL, 'w'},
        {"run", required_argument, NULL, 's'},      {"patience", required_argument, NULL, 'p'},
        {"host", required_argument, NULL, 'h'},     {"hold", no_argument, NULL, 'H'},
        {"pid", required_argument, NULL, 'i'},      {NULL, 0, NULL, 0}};
    int which;
    while ((which = getopt_long(argc, argv, "", options, NULL)) != -1)
        take_option(which);
    bench_must(conf.proxy.sin_port != 0 && conf.caller.sin_port != 0 && conf.callee.sin_port != 0,
               "--proxy, --caller and --callee are needed");
    bench_must(conf.together > 0 && (conf.together == 1 || conf.rate > 0),
               "--together is for a --rate, and at least 1");
    bench_must(conf.open_max > 0 && conf.open_max <= LOAD_CALLS_MAX, "--open is out of range");
}

/* ---- the loop ---- */

struct load {
    struct load_wire *wire;
    uint64_t tick_ns;    /* when the next one is due */
    uint64_t came_ns;    /* when something last came */
    uint64_t turn_ns;    /* when the last turn was */
    double idle_ns;      /* spent on turns in which there was nothing to do, or asleep */
    double next_call_ns; /* with a rate */
    bool may_start;
};

/* Calls that cannot begin, since too many are open, are not made up for later. */
static void start_calls(struct load *l, uint64_t now_ns)
{
    if (conf.rate <= 0) {
        for (int i = 0; i < STARTS_A_TURN && load_calls_start(now_ns); i++)
            ;
        return;
    }
    while (l->next_call_ns <= (double)now_ns) {
        for (unsigned i = 0; i < conf.together; i++)
            load_calls_start(now_ns);
        l->next_call_ns += 1e9 * conf.together / conf.rate;
    }
}

static void turn(struct load *l)
{
    bool has_any = l->wire->ops->receive(l->wire);
    uint64_t now_ns = load_now_ns(), started = load_counters.started;
    if (l->may_start)
        start_calls(l, now_ns);
    if (now_ns >= l->tick_ns) {
        load_calls_tick(now_ns);
        l->tick_ns = now_ns + TICK_NS;
    }
    l->wire->ops->flush(l->wire);
    if (has_any)
        l->came_ns = now_ns;
    else if (load_counters.started == started)
        l->idle_ns += (double)(now_ns - l->turn_ns);
    l->turn_ns = now_ns;
    /* Not at once asleep: who sends to us would pay for waking us. */
    if (now_ns - l->came_ns < AWAKE_NS)
        return;
    double next_ns = (double)l->tick_ns;
    if (l->may_start && conf.rate > 0 && l->next_call_ns < next_ns)
        next_ns = l->next_call_ns;
    if (conf.is_held && next_ns > (double)now_ns + 1e6)
        next_ns = (double)now_ns + 1e6;
    if (next_ns > (double)now_ns)
        l->wire->ops->wait(l->wire, (uint64_t)(next_ns - (double)now_ns));
}

static void turn_for(struct load *l, double seconds)
{
    double end_ns = (double)load_now_ns() + seconds * 1e9;
    l->next_call_ns = (double)load_now_ns();
    while ((double)load_now_ns() < end_ns)
        turn(l);
}

static void finish(struct load *l)
{
    double end_ns = (double)load_now_ns() + (conf.patience_s + 1) * 1e9;
    l->may_start = false;
    while (load_calls_open() > 0 && (double)load_now_ns() < end_ns)
        turn(l);
}

/* ---- what is told ---- */

/* What is measured is the difference of two of them. */
struct moment {
    double at_ns, cpu_ns, idle_ns;
    struct load_counters counters;
};

static struct moment look(const struct load *l)
{
    return (struct moment){(double)load_now_ns(), load_cpu_ns(&conf), l->idle_ns, load_counters};
}

static void print_counters(const struct load_counters *c)
{
#define X(name) printf(", \"" #name "\": %llu", (unsigned long long)c->name);
    LOAD_COUNTERS(X)
#undef X
}

static void print_times(const char *name, const struct load_times *t)
{
    printf(", \"%s_p50_us\": %.1f, \"%s_p99_us\": %.1f, \"%s_most_us\": %.1f", name,
           load_times_us(t, 0.5), name, load_times_us(t, 0.99), name, load_times_us(t, LONGEST));
}

static void run(struct load *l)
{
    double before = load_memory(&conf);
    l->may_start = true;
    turn_for(l, conf.warm_s);
    memset(&load_way_times, 0, sizeof load_way_times);
    memset(&load_setup_times, 0, sizeof load_setup_times);
    struct moment from = look(l);
    turn_for(l, conf.run_s);
    struct moment to = look(l);
    double calls = (double)(to.counters.completed - from.counters.completed);
    double cpu_ns = to.cpu_ns - from.cpu_ns, wall_ns = to.at_ns - from.at_ns;
    printf("{\"calls_per_s\": %.1f, \"cpu_us_per_call\": %.3f, \"cpu_share\": %.3f",
           calls * 1e9 / wall_ns, calls > 0 ? cpu_ns / 1e3 / calls : 0, cpu_ns / wall_ns);
    printf(", \"own_share\": %.3f", 1 - (to.idle_ns - from.idle_ns) / wall_ns);
    printf(", \"first_way_us\": %.1f", (double)load_first_way_ns / 1e3);
    print_times("way", &load_way_times);
    print_times("setup", &load_setup_times);
    finish(l);
    if (load_counters.completed > 0)
        printf(", \"octets_per_call\": %.0f",
               (load_memory(&conf) - before) / (double)load_counters.completed);
    printf(", \"dropped_here\": %llu", (unsigned long long)l->wire->ops->dropped(l->wire));
    print_counters(&load_counters);
    printf("}\n");
}

static void answer_at_rate(struct load *l)
{
    uint64_t from_ns = load_now_ns();
    for (uint32_t done = 0; done < conf.open_max;) {
        double due = (double)(load_now_ns() - from_ns) / 1e9 * conf.rate;
        uint32_t to = due < conf.open_max ? (uint32_t)due : conf.open_max;
        load_calls_answer(done, to, load_now_ns());
        done = to;
        turn(l);
    }
}

/* As many calls as are wanted begin at the rate, ring, and are answered at the same rate. One that
 * is refused since more come than go through is begun once more. */
static void hold(struct load *l)
{
    double before = load_memory(&conf);
    l->may_start = true;
    l->next_call_ns = (double)load_now_ns();
    double end_ns = l->next_call_ns + conf.patience_s * 1e9;
    while (load_calls_ringing() < conf.open_max && (double)load_now_ns() < end_ns)
        turn(l);
    l->may_start = false;
    turn_for(l, 1);
    double ringing = load_memory(&conf);
    unsigned ringing_count = load_calls_ringing();
    answer_at_rate(l);
    finish(l);
    double lingering = load_memory(&conf);
    double count = ringing_count > 0 ? ringing_count : 1;
    printf("{\"ringing\": %u, \"ringing_octets\": %.0f, \"lingering_octets\": %.0f", ringing_count,
           (ringing - before) / count, (lingering - before) / count);
    print_counters(&load_counters);
    printf("}\n");
}

int main(int argc, char **argv)
{
    static struct load l;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it must not outlive who reads its output */
    prctl(PR_SET_TIMERSLACK, 1000);   /* what is due at a rate is sent then */
    take_options(argc, argv);
    load_text_init(&conf);
    l.wire = conf.is_tcp ? load_tcp_open(&conf, load_calls_message)
                         : load_udp_open(&conf, load_calls_message);
    load_calls_init(&conf, l.wire);
    if (conf.is_held)
        hold(&l);
    else
        run(&l);
    return 0;
}

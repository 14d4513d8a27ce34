/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a location costs when nobody has to be waited for: NAPTR, four SRV records and eight
 * addresses. "pure": every answer is at hand and handed in, all eight candidates are taken; "warm":
 * through the route cache, with the weighted draw and the health of each candidate, to the first
 * one, which is all that a request costs whose server works; "warm.all": the same to the last.
 * Prints "name value unit goal", the median of several runs.
 *
 * usage: bench_locate [COUNT]     with COUNT: so many "warm.all" and nothing else, to count
 *                                 instructions
 */
#include "locate/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 15, ROUNDS = 20000, CANDIDATES = 8, HOSTS = 4, STRANGERS = 100 };

/* The C library's memory, counted. */
struct counter {
    struct sw_alloc alloc;
    size_t count;
};

static void *count_alloc(void *user, size_t size)
{
    ((struct counter *)user)->count++;
    return malloc(size);
}

static void count_free(void *user, void *p)
{
    (void)user;
    free(p);
}

/* The answers, by the name and type of their questions. */
struct known {
    struct sw_name_room room;
    struct sw_question question;
    struct sw_answer answer;
    struct sw_rr rrs[HOSTS];
};

struct world {
    struct known known[2 + 2 * HOSTS];
    size_t known_count;
    struct sw_name_room rooms[3 + HOSTS];
    size_t room_count;
    struct counter memory;
    struct sw_policy policy;
    struct sw_uri uri;
    struct sw_plan *plan;
    struct sw_health *health;
    struct sw_routes *routes;
    uint64_t now_us, seed;
    size_t taken; /* so that nothing is optimised away */
};

static void must(bool is_right, const char *what)
{
    if (is_right)
        return;
    fprintf(stderr, "bench_locate: %s\n", what);
    exit(1);
}

static struct sw_name name_of(struct world *w, const char *text)
{
    struct sw_name name;
    must(sw_name_from_text(sw_slice_str(text), &w->rooms[w->room_count++], &name) == 0, text);
    return name;
}

static struct known *add(struct world *w, const char *name, enum sw_rrtype type, size_t rr_count)
{
    struct known *k = &w->known[w->known_count++];
    must(sw_name_from_text(sw_slice_str(name), &k->room, &k->question.name) == 0, name);
    k->question.type = type;
    k->answer = (struct sw_answer){
        .outcome = SW_OUTCOME_RECORDS, .ttl_s = 300, .rrs = k->rrs, .rr_count = rr_count};
    for (size_t i = 0; i < rr_count; i++)
        k->rrs[i] = (struct sw_rr){.type = type, .ttl_s = 300};
    return k;
}

static void add_records(struct world *w)
{
    static const char *const services[3][2] = {{"SIPS+D2T", "_sips._tcp.vocal.com"},
                                               {"SIP+D2T", "_sip._tcp.vocal.com"},
                                               {"SIP+D2U", "_sip._udp.vocal.com"}};
    struct known *k = add(w, "vocal.com", SW_RR_NAPTR, 3);
    for (uint16_t i = 0; i < 3; i++)
        k->rrs[i].naptr = (struct sw_rr_naptr){.order = (uint16_t)(50 + 40 * i),
                                               .preference = 50,
                                               .flags = SW_LIT("s"),
                                               .service = sw_slice_str(services[i][0]),
                                               .replacement = name_of(w, services[i][1])};
    k = add(w, "_sip._tcp.vocal.com", SW_RR_SRV, HOSTS);
    for (unsigned i = 0; i < HOSTS; i++) {
        char host[40];
        snprintf(host, sizeof host, "server%u.vocal.com", i + 1);
        k->rrs[i].srv = (struct sw_rr_srv){0, (uint16_t)(i + 1), 5060, name_of(w, host)};
        struct known *a = add(w, host, SW_RR_A, 1);
        a->rrs[0].addr = (struct sw_netaddr){4, {192, 0, 2, (uint8_t)(i + 1)}};
        a = add(w, host, SW_RR_AAAA, 1);
        a->rrs[0].addr = (struct sw_netaddr){6, {0x20, 1, 0xd, 0xb8, [15] = (uint8_t)(i + 1)}};
    }
}

static const struct sw_answer *find(const struct world *w, const struct sw_question *q)
{
    for (size_t i = 0; i < w->known_count; i++)
        if (w->known[i].question.type == q->type && sw_name_eq(w->known[i].question.name, q->name))
            return &w->known[i].answer;
    must(false, "a question nobody expects");
    return NULL;
}

/* One location from the URI to the candidate with that number. */
static void locate(struct world *w, struct sw_routes *routes, struct sw_health *health,
                   size_t wanted)
{
    struct sw_plan_args args = {.policy = &w->policy,
                                .uri = &w->uri,
                                .seed = ++w->seed,
                                .health = health,
                                .routes = routes,
                                .alloc = &w->memory.alloc};
    struct sw_candidate candidate;
    size_t count = 0;
    must(sw_plan_restart(w->plan, &args, w->now_us) == 0, "no memory");
    while (count < wanted) {
        struct sw_plan_ask ask;
        while (sw_plan_ask(w->plan, w->now_us, &ask))
            must(sw_plan_answer(w->plan, ask.id, find(w, &ask.question), w->now_us) == 0, "memory");
        enum sw_next next = sw_plan_next(w->plan, w->now_us, SW_TRY_FAILED, &candidate);
        if (next == SW_NEXT_END)
            break;
        count += next == SW_NEXT_CANDIDATE;
        w->taken += candidate.endpoint.port;
    }
    must(count == wanted, "not all candidates came");
}

static void locate_pure(struct world *w)
{
    locate(w, NULL, NULL, CANDIDATES);
}

static void locate_warm(struct world *w)
{
    locate(w, w->routes, w->health, 1);
}

static void locate_warm_all(struct world *w)
{
    locate(w, w->routes, w->health, CANDIDATES);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(struct world *w, const char *name, void (*once)(struct world *),
                    const char *goal_us)
{
    double runs[RUNS];
    for (unsigned i = 0; i < 100; i++)
        once(w);
    size_t before = w->memory.count;
    for (unsigned run = 0; run < RUNS; run++) {
        double start = now_ns();
        for (unsigned i = 0; i < ROUNDS; i++)
            once(w);
        runs[run] = (now_ns() - start) / ROUNDS / 1e3;
    }
    qsort(runs, RUNS, sizeof runs[0], compare);
    printf("%s %.3f us %s\n", name, runs[RUNS / 2], goal_us);
    printf("%s.mallocs %zu a_run <=0\n", name, (w->memory.count - before) / RUNS);
}

/* The first location of a plan, before it knows how much room it needs. */
static void measure_memory(struct world *w)
{
    struct sw_plan_args args = {
        .policy = &w->policy, .uri = &w->uri, .seed = 1, .alloc = &w->memory.alloc};
    must(sw_plan_new(&w->plan, &args, w->now_us) == 0, "no memory");
    struct sw_candidate candidate;
    struct sw_plan_ask ask;
    do {
        while (sw_plan_ask(w->plan, w->now_us, &ask))
            must(sw_plan_answer(w->plan, ask.id, find(w, &ask.question), w->now_us) == 0, "memory");
    } while (sw_plan_next(w->plan, w->now_us, SW_TRY_FAILED, &candidate) != SW_NEXT_END);
    printf("locate.cold.memory %zu octets <=4096\n", sw_plan_memory_len(w->plan));
}

static void set_up(struct world *w)
{
    struct sw_rng rng;
    w->memory = (struct counter){{count_alloc, count_free, &w->memory}, 0};
    w->now_us = SW_SECONDS(1);
    sw_policy_init(&w->policy);
    must(sw_policy_set_transports(&w->policy, SW_LIT("udp,tcp")), "transports");
    must(sw_uri_parse(SW_LIT("sip:joe@vocal.com"), &w->uri, NULL) == 0, "uri");
    add_records(w);
    must(sw_health_new(&w->health, &w->memory.alloc, 0, 7) == 0, "no memory");
    must(sw_routes_new(&w->routes, &w->memory.alloc, &w->policy, 0, 7) == 0, "no memory");
    sw_rng_init_u64(&rng, 1);
    /* Entries of others, two of ours that answered, and one of ours that is down. */
    for (unsigned i = 0; i < STRANGERS; i++) {
        struct sw_health_key key = {SW_TCP, {{4, {198, 51, 100, (uint8_t)i}}, 5060}};
        sw_health_failed(w->health, &key, SW_HEALTH_TIMEOUT, 0, w->now_us, &rng);
    }
    for (uint8_t i = 1; i <= 3; i++) {
        struct sw_health_key key = {SW_TCP, {{4, {192, 0, 2, i}}, 5060}};
        sw_health_answered(w->health, &key, SW_CLASS_INVITE, 20000, w->now_us);
        if (i == 3)
            sw_health_failed(w->health, &key, SW_HEALTH_TIMEOUT, 0, w->now_us, &rng);
    }
}

static void measure_all(struct world *w)
{
    measure_memory(w);
    measure(w, "locate.pure", locate_pure, "<=3.0");
    measure(w, "locate.warm", locate_warm, "<=0.5");
    measure(w, "locate.warm.all", locate_warm_all, "-");
}

static void only_locate(struct world *w, const char *count)
{
    struct sw_plan_args args = {
        .policy = &w->policy, .uri = &w->uri, .seed = 1, .alloc = &w->memory.alloc};
    must(sw_plan_new(&w->plan, &args, w->now_us) == 0, "no memory");
    for (unsigned long i = strtoul(count, NULL, 10); i > 0; i--)
        locate_warm_all(w);
}

int main(int argc, char **argv)
{
    static struct world world;
    set_up(&world);
    if (argc > 1)
        only_locate(&world, argv[1]);
    else
        measure_all(&world);
    sw_plan_free(world.plan);
    sw_routes_free(world.routes);
    sw_health_free(world.health);
    return world.taken == 0;
}

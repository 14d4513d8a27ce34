/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a question costs: from a zone file, from the cache, and 10 000 cold ones of different
 * domains at a time against a name server on loopback that answers after 20 ms.
 *
 * Lines: name, value, unit, goal. CPU is that of the thread that asks; the name server has its own.
 */
#include "adapter/clock.h"
#include "adapter/dns_unbound.h"
#include "adapter/loop_libevent.h"
#include "base/time.h"
#include "support/liar.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WARM_COUNT = 200000, COLD_COUNT = 10000 };

struct memory {
    struct sw_alloc alloc;
    size_t len, most_len;
};

struct bench {
    struct event_base *base;
    struct ad_loop *loop;
    struct ad_dns *dns;
    struct memory memory;
    size_t right_count, wrong_count, call_count;
};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "bench_dns: %s\n", what);
    exit(1);
}

/* The length stands before each piece. */
static void *take(void *user, size_t size)
{
    struct memory *m = user;
    max_align_t *p = malloc(sizeof(max_align_t) + size);
    if (p == NULL)
        return NULL;
    *(size_t *)(void *)p = size;
    m->len += size;
    if (m->len > m->most_len)
        m->most_len = m->len;
    return p + 1;
}

static void give_back(void *user, void *at)
{
    struct memory *m = user;
    if (at == NULL)
        return;
    max_align_t *p = (max_align_t *)at - 1;
    m->len -= *(size_t *)(void *)p;
    free(p);
}

static double cpu_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void open_dns(struct bench *b, const struct ad_dns_conf *conf)
{
    struct ad_dns_error error;
    struct ad_dns_conf with_memory = *conf;
    b->memory = (struct memory){{take, give_back, &b->memory}, 0, 0};
    with_memory.alloc = &b->memory.alloc;
    b->base = event_base_new();
    if (b->base == NULL || ad_loop_libevent_new(&b->loop, b->base) < 0)
        give_up("no loop");
    if (ad_dns_new(&b->dns, &with_memory, b->loop, &error) < 0)
        give_up(error.text);
}

static void close_dns(struct bench *b)
{
    ad_dns_free(b->dns);
    ad_loop_libevent_free(b->loop);
    event_base_free(b->base);
    if (b->memory.len != 0)
        give_up("memory was not given back");
}

static void count_answer(void *arg, const struct sw_answer *answer)
{
    struct bench *b = arg;
    b->call_count++;
    if (answer->outcome == SW_OUTCOME_RECORDS && answer->rr_count > 0)
        b->right_count++;
    else
        b->wrong_count++;
}

static void ask(struct bench *b, const struct sw_question *q)
{
    struct ad_dns_id id;
    if (ad_dns_ask(b->dns, q, SW_SECONDS(60), count_answer, b, &id) < 0)
        give_up("no memory");
}

static struct sw_question question(const char *name, enum sw_rrtype type, struct sw_name_room *room)
{
    struct sw_question q = {.type = type};
    if (sw_name_from_text(sw_slice_str(name), room, &q.name) < 0)
        give_up(name);
    return q;
}

static void run_warm(struct bench *b, const char *label, const struct sw_question *q)
{
    b->right_count = 0;
    double from_us = cpu_us();
    for (size_t i = 0; i < WARM_COUNT; i++)
        ask(b, q);
    double spent_us = cpu_us() - from_us;
    if (b->right_count != WARM_COUNT)
        give_up("a warm question was not answered at once");
    printf("%s %.2f us <=5\n", label, spent_us / WARM_COUNT);
}

static void zone_question(struct bench *b)
{
    static const char *const paths[] = {"demo/vocal.zone"};
    const struct ad_dns_conf conf = {
        .source = AD_DNS_ZONES, .zone_files = paths, .zone_file_count = 1};
    struct sw_name_room room;
    open_dns(b, &conf);
    struct sw_question q = question("_sip._tcp.vocal.com", SW_RR_SRV, &room);
    run_warm(b, "dns.zone.question", &q);
    close_dns(b);
}

static void cached_question(struct bench *b, const struct ad_dns_conf *conf)
{
    struct sw_name_room room;
    open_dns(b, conf);
    struct sw_question q = question("cached.t", SW_RR_A, &room);
    b->right_count = 0;
    ask(b, &q);
    while (b->right_count == 0)
        event_base_loop(b->base, EVLOOP_ONCE);
    run_warm(b, "dns.cached.question", &q);
    close_dns(b);
}

static void cold_questions(struct bench *b, const struct ad_dns_conf *conf)
{
    open_dns(b, conf);
    size_t before_len = b->memory.len;
    b->right_count = b->wrong_count = b->call_count = 0;
    uint64_t from_us = ad_clock_mono_us();
    double from_cpu_us = cpu_us();
    for (unsigned i = 0; i < COLD_COUNT; i++) {
        struct sw_name_room room;
        char name[64];
        snprintf(name, sizeof name, "sip.domain-number-%u.t", i);
        struct sw_question q = question(name, SW_RR_A, &room);
        ask(b, &q);
    }
    size_t in_flight_len = b->memory.len - before_len;
    while (b->call_count < COLD_COUNT)
        event_base_loop(b->base, EVLOOP_ONCE);
    double cpu = cpu_us() - from_cpu_us;
    double wall_ms = (double)(ad_clock_mono_us() - from_us) / 1e3;
    printf("dns.cold.right %zu questions >=%d\n", b->right_count, COLD_COUNT);
    printf("dns.cold.wrong %zu questions <=0\n", b->wrong_count);
    printf("dns.cold.time %.0f ms <=5000\n", wall_ms);
    printf("dns.cold.cpu %.1f us <=400\n", cpu / COLD_COUNT);
    printf("dns.cold.memory %zu octets <=4096\n", in_flight_len / COLD_COUNT);
    printf("dns.cold.memory.most %zu octets <=4096\n",
           (b->memory.most_len - before_len) / COLD_COUNT);
    close_dns(b);
}

int main(void)
{
    static const struct liar_rule rules[] = {
        {.delay_ms = 20, .records = {"an & 3600 A 192.0.2.1"}},
    };
    static struct bench b;
    zone_question(&b);
    struct liar *liar = liar_start(rules, 1);
    const struct sw_endpoint server = {{4, {127, 0, 0, 1}}, liar_port(liar)};
    const struct ad_dns_conf conf = {
        .source = AD_DNS_SERVERS, .servers = &server, .server_count = 1};
    cached_question(&b, &conf);
    cold_questions(&b, &conf);
    liar_stop(liar);
    return 0;
}

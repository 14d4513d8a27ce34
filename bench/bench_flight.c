/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many cold locations of different domains in flight at once on one thread, against an authority
 * on loopback that takes 20 ms for each answer: is each one answered rightly, what does each cost,
 * and how much memory does it hold?
 *
 * Memory is what our own objects ask malloc() for while they are under way (the linker hands us
 * their calls): libunbound's is its own.
 */
#include "authority.h"
#include "bench.h"

#include "sipward/sipward.h"

#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOCATIONS = 10000, DELAY_US = 20000 };

static size_t held_len, held_max_len;

/* NOLINTBEGIN(bugprone-reserved-identifier): the names that the linker option --wrap makes */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *p);

static void *hold(void *p)
{
    held_len += malloc_usable_size(p);
    held_max_len = held_len > held_max_len ? held_len : held_max_len;
    return p;
}

void *__wrap_malloc(size_t size)
{
    return hold(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return hold(__real_calloc(count, size));
}

void __wrap_free(void *p)
{
    held_len -= malloc_usable_size(p);
    __real_free(p);
}
/* NOLINTEND(bugprone-reserved-identifier) */

struct flight {
    size_t open_count, right_count, wrong_count, lost_count, at_once_count;
};

struct one {
    struct flight *flight;
    uint32_t number;
};

static bool is_right(const struct sipward_candidate *c, uint32_t number)
{
    return c->transport == SIPWARD_UDP && c->port == 5060 &&
           ntohl(c->addr.in.sin_addr.s_addr) == (0x0a000000 | number);
}

static void go_on(struct sipward_location *l, void *arg)
{
    struct one *one = arg;
    const struct sipward_candidate *c;
    switch (sipward_next(l, &c)) {
    case SIPWARD_WAIT:
        return;
    case SIPWARD_END:
        one->flight->lost_count++;
        break;
    case SIPWARD_CANDIDATE:
        if (is_right(c, one->number))
            one->flight->right_count++;
        else
            one->flight->wrong_count++;
        break;
    }
    one->flight->open_count--;
    sipward_end(l);
}

static void begin(struct sipward *sw, struct one *one)
{
    char uri[64];
    snprintf(uri, sizeof uri, "sip:joe@d%u.bench", (unsigned)one->number);
    struct sipward_query q = {.size = sizeof q, .ready = go_on, .arg = one};
    struct sipward_location *l;
    bench_must(sipward_locate(&l, sw, uri, &q, NULL) == 0, "no location");
    one->flight->open_count++;
    go_on(l, one);
}

static void fly(struct sipward *sw, struct flight *f, struct one *all)
{
    for (uint32_t i = 0; i < LOCATIONS; i++) {
        all[i] = (struct one){f, i + 1};
        begin(sw, &all[i]);
    }
    f->at_once_count = f->open_count;
    while (f->open_count > 0) {
        struct pollfd p = {.fd = sipward_fd(sw), .events = POLLIN};
        poll(&p, 1, sipward_timeout_ms(sw));
        bench_must(sipward_process(sw) == 0, "the loop broke");
    }
}

static struct sipward *open_network(uint16_t port)
{
    char server[32];
    snprintf(server, sizeof server, "127.0.0.1@%u", (unsigned)port);
    const char *const servers[] = {server};
    struct sipward_options o = {.size = sizeof o,
                                .transports = "udp",
                                .flags = SIPWARD_NO_DNSSEC,
                                .source = SIPWARD_SOURCE_SERVERS,
                                .servers = servers,
                                .server_count = 1,
                                .record_cache_len = 64 << 20,
                                .inflight_max = 4 * LOCATIONS,
                                .deadline_ms = 60000,
                                .question_ms = 60000};
    struct sipward *sw;
    struct sipward_error error = {.text = ""};
    int rc = sipward_new(&sw, &o, &error);
    bench_must(rc == 0, error.text);
    return sw;
}

int main(void)
{
    static struct one all[LOCATIONS];
    struct flight f = {0};
    struct bench_authority authority = bench_authority_start(DELAY_US);
    struct sipward *sw = open_network(authority.port);
    size_t before_len = held_len;
    double cpu = bench_cpu_ns(), wall = bench_wall_ns();
    fly(sw, &f, all);
    cpu = bench_cpu_ns() - cpu;
    wall = bench_wall_ns() - wall;
    bench_print("cold.in_flight", (double)f.at_once_count, "locations", "=10000");
    bench_print("cold.answered_rightly", (double)f.right_count, "locations", "=10000");
    bench_print("cold.wrong", (double)f.wrong_count, "locations", "=0");
    bench_print("cold.lost", (double)f.lost_count, "locations", "=0");
    bench_print("cold.memory", (double)(held_max_len - before_len) / LOCATIONS, "octets", "<=4096");
    bench_print("cold.wall_all", wall / 1e6, "ms", "-");
    bench_print("cold.cpu", cpu / LOCATIONS / 1e3, "us", "-");
    sipward_free(sw);
    bench_authority_stop(authority);
    return 0;
}

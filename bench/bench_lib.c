/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the public library costs its user: a warm location from sipward_locate() to the last
 * candidate, and a cold one from a zone file.
 */
#include "bench.h"

#include "sipward/sipward.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WARM_ROUNDS = 50000, COLD_ROUNDS = 2000, COLD_DOMAINS = 2000 };

/* The C library's memory, counted. */
static size_t request_count;

static void *count_alloc(void *user, size_t size)
{
    (void)user;
    request_count++;
    return malloc(size);
}

static void count_free(void *user, void *p)
{
    (void)user;
    free(p);
}

static const struct sipward_alloc counting = {count_alloc, count_free, NULL};

static struct sipward *open_zone(const char *zone, size_t route_max)
{
    const char *const zones[] = {zone};
    struct sipward_options o = {.size = sizeof o,
                                .transports = "udp,tcp",
                                .source = SIPWARD_SOURCE_ZONES,
                                .zone_files = zones,
                                .zone_file_count = 1,
                                .route_max = route_max,
                                .alloc = &counting};
    struct sipward *sw;
    struct sipward_error error = {.text = ""};
    int rc = sipward_new(&sw, &o, &error);
    bench_must(rc == 0, error.text);
    return sw;
}

struct job {
    struct sipward *sw;
    size_t at; /* domain, cold */
    size_t want;
};

static void locate(struct job *j, const char *uri)
{
    struct sipward_location *l;
    const struct sipward_candidate *c;
    size_t count = 0;
    bench_must(sipward_locate(&l, j->sw, uri, NULL, NULL) == 0, "no location");
    while (sipward_next(l, &c) == SIPWARD_CANDIDATE)
        count++;
    bench_must(count == j->want, "not all candidates came");
    sipward_end(l);
}

static void locate_warm(void *arg)
{
    locate(arg, "sip:joe@vocal.com");
}

static void locate_cold(void *arg)
{
    struct job *j = arg;
    char uri[64];
    snprintf(uri, sizeof uri, "sip:joe@d%zu.test", j->at++ % COLD_DOMAINS);
    locate(j, uri);
}

static void measure_warm(void)
{
    struct job j = {.sw = open_zone("demo/vocal.zone", 0), .want = 2};
    bench_print("lib.warm", bench_cpu_of(locate_warm, &j, WARM_ROUNDS) / 1e3, "us", "<=0.5");
    size_t before = request_count;
    for (int i = 0; i < 1000; i++)
        locate_warm(&j);
    bench_print("lib.warm.mallocs", (double)(request_count - before), "calls", "=0");
    sipward_free(j.sw);
}

/* The records of the worked example for each of many domains: NAPTR, SRV, two addresses, and the
 * two questions for IPv6. */
static void write_zone(FILE *f)
{
    fprintf(f, "$ORIGIN test.\n$TTL 300\n@ SOA ns.test. h.test. ( 1 1 1 1 60 )\n");
    for (int i = 0; i < COLD_DOMAINS; i++)
        fprintf(f,
                "d%d NAPTR 50 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.d%d\n"
                "d%d NAPTR 90 50 \"s\" \"SIP+D2T\" \"\" _sip._tcp.d%d\n"
                "_sip._tcp.d%d SRV 0 1 5060 s1.d%d\n"
                "_sip._tcp.d%d SRV 0 2 5060 s2.d%d\n"
                "s1.d%d A 127.0.0.11\n"
                "s2.d%d A 127.0.0.12\n",
                i, i, i, i, i, i, i, i, i, i);
    bench_must(fclose(f) == 0, "the zone file cannot be written");
}

static void measure_cold(void)
{
    char path[] = "/tmp/bench-zone-XXXXXX";
    int fd = mkstemp(path);
    bench_must(fd >= 0, "no temporary file");
    write_zone(fdopen(fd, "w"));
    struct job j = {.sw = open_zone(path, 1), .want = 2};
    bench_print("lib.cold.zone", bench_cpu_of(locate_cold, &j, COLD_ROUNDS) / 1e3, "us", "<=60");
    sipward_free(j.sw);
    unlink(path);
}

int main(void)
{
    measure_warm();
    measure_cold();
    return 0;
}

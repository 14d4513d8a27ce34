/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_stub.h"

#include "adapter/dns_channel.h"
#include "adapter/dns_context.h"
#include "adapter/dns_flight.h"
#include "dns/cache.h"
#include "dns/rdata.h"

#include <sys/random.h>

enum {
    CONF_LEN = 256,
    SENDINGS_MAX = 4,   /* of one question at a time */
    FAILURES_MAX = 256, /* remembered, half a second each; a newer one takes an older one's place */
    HEADER_LEN = 12,    /* of a DNS message */
    FLAGS_AT = 3,       /* its octet with the AD bit */
    AD_BIT = 0x20
};

#define LOOK_US SW_SECONDS(1)
/* A question that has been silent for so long is sent anew for who joins it. */
#define SILENT_US SW_MS(500)
/* A domain that fails is asked about twice a second, however many want to know. */
#define FAILURE_US SW_MS(500)

struct question {
    struct ad_flight_question base;
    struct sw_list sendings; /* the channel's: it will call back about each */
    uint64_t sent_us;        /* the last one */
    bool is_starting;        /* an answer that comes now is there at once */
    bool is_failed;          /* for now: a stale answer is better */
};

/* A question that failed. Not the first time: that may have been bad luck, and is asked again at
 * once (D12). */
struct recent_failure {
    uint64_t hash; /* of the question, under a secret seed */
    uint64_t until_us;
    unsigned count;
    enum sw_outcome outcome;
};

struct stub {
    struct ad_dns dns;
    struct ad_dns_conf conf;
    struct sw_arena arena; /* of what conf points at */
    struct ad_loop *loop;
    struct ad_flight flight;
    struct sw_cache *cache;
    struct ad_channel *channel;
    struct recent_failure failures[FAILURES_MAX];
    uint64_t seed;
    struct ad_dns_watch resolv_conf;
    uint64_t looked_us;
    bool is_near; /* all servers lie on this host */
};

static struct stub *stub_of(const struct ad_flight *flight)
{
    return SW_CONTAINER_OF(flight, struct stub, flight);
}

static struct question *question_of(struct ad_flight_question *base)
{
    return SW_CONTAINER_OF(base, struct question, base);
}

/* ---- failures ---- */

static uint64_t hash_question(const struct stub *stub, const struct sw_question *q)
{
    return sw_name_hash(q->name, stub->seed ^ (uint64_t)q->type);
}

static void note_failure(struct stub *stub, const struct sw_question *q, enum sw_outcome outcome)
{
    uint64_t now_us = ad_flight_now_us(&stub->flight), hash = hash_question(stub, q);
    struct recent_failure *f = &stub->failures[hash % FAILURES_MAX];
    bool is_another = f->hash != hash || now_us >= f->until_us;
    *f = (struct recent_failure){hash, sw_after_us(now_us, FAILURE_US),
                                 is_another ? 1 : f->count + 1, outcome};
}

/* True: it has just failed twice, and this is how. */
static bool has_just_failed(const struct stub *stub, const struct sw_question *q, uint64_t now_us,
                            struct sw_answer *answer)
{
    uint64_t hash = hash_question(stub, q);
    const struct recent_failure *f = &stub->failures[hash % FAILURES_MAX];
    if (f->hash != hash || now_us >= f->until_us || f->count < 2)
        return false;
    *answer =
        (struct sw_answer){.outcome = f->outcome, .rcode = 2, .why = "it failed a moment ago"};
    return true;
}

/* ---- answers ---- */

static struct sw_answer failure(const struct ad_reply *reply)
{
    enum sw_outcome outcome = SW_OUTCOME_SERVFAIL;
    if (reply->kind == AD_REPLY_TIMEOUT)
        outcome = SW_OUTCOME_TIMEOUT;
    if (reply->kind == AD_REPLY_MALFORMED)
        outcome = SW_OUTCOME_MALFORMED;
    return (struct sw_answer){.outcome = outcome, .rcode = 2, .why = reply->why};
}

static const struct sw_answer no_memory = {.outcome = SW_OUTCOME_NOT_ASKED, .why = "out of memory"};

/* A recursive resolver follows aliases to their end and proves with a SOA that nothing is there.
 * One that stops half-way has not said "none". */
static bool stops_at_alias(const struct sw_answer *a)
{
    return a->outcome == SW_OUTCOME_NODATA && a->alias_count > 0 && a->ttl_s == 0;
}

static struct sw_answer read_answer(struct question *q, const uint8_t *msg, size_t len)
{
    const struct stub *stub = stub_of(q->base.flight);
    struct sw_answer a = {0};
    if (sw_answer_read(msg, len, &q->base.want, &q->base.arena, &a) < 0)
        return no_memory;
    if (stops_at_alias(&a))
        return (struct sw_answer){.outcome = SW_OUTCOME_SERVFAIL,
                                  .rcode = 2,
                                  .why = "the server did not follow an alias to its end"};
    bool says_secure = len >= HEADER_LEN && (msg[FLAGS_AT] & AD_BIT) != 0;
    bool is_definite = a.outcome == SW_OUTCOME_RECORDS || sw_outcome_is_none(a.outcome);
    a.is_secure = stub->conf.dnssec && stub->is_near && says_secure && is_definite;
    return a;
}

/* signature: ad_channel_reply_fn */
static void on_reply(void *owner, const struct ad_reply *reply)
{
    struct question *q = owner;
    struct stub *stub = stub_of(q->base.flight);
    q->base.answer =
        reply->kind == AD_REPLY_MESSAGE ? read_answer(q, reply->msg, reply->len) : failure(reply);
    q->base.is_answered = true;
    q->is_failed = sw_outcome_is_temporary(q->base.answer.outcome);
    if (q->is_failed)
        note_failure(stub, &q->base.want, q->base.answer.outcome);
    else
        sw_cache_keep(stub->cache, &q->base.want, &q->base.answer, ad_flight_now_us(&stub->flight));
    if (q->is_failed && !sw_list_is_empty(&q->sendings))
        ad_flight_forget_answer(&q->base);
    else if (!q->is_starting)
        ad_flight_finish(&q->base);
}

/* Afterwards the question may have its answer. */
static void send_question(struct stub *stub, struct question *q)
{
    q->sent_us = ad_flight_now_us(&stub->flight);
    q->is_starting = true;
    if (ad_channel_send(stub->channel, &q->base.want, q, &q->sendings) < 0 &&
        sw_list_is_empty(&q->sendings)) {
        q->base.is_answered = true;
        q->base.answer = no_memory;
    }
    q->is_starting = false;
}

/* ---- servers ---- */

static bool is_on_this_host(const char *text)
{
    struct sw_netaddr addr;
    struct sw_slice server = sw_slice_str(text);
    static const struct sw_netaddr loopback6 = {6, {[15] = 1}};
    return sw_netaddr_parse(sw_slice_sub(server, 0, sw_slice_find(server, '@')), &addr) &&
           (addr.family == 4 ? addr.bytes[0] == 127 : sw_netaddr_eq(&addr, &loopback6));
}

static int set_servers(struct stub *stub)
{
    struct ad_dns_servers servers = {0};
    for (size_t i = 0; i < stub->conf.server_count; i++)
        ad_dns_servers_add(&servers, &stub->conf.servers[i]);
    if (stub->conf.source == AD_DNS_SYSTEM)
        ad_dns_servers_read(&servers, stub->conf.resolv_conf);
    stub->is_near = true;
    for (size_t i = 0; i < servers.count; i++)
        stub->is_near = stub->is_near && is_on_this_host(servers.text[i]);
    return ad_channel_set_servers(stub->channel, &servers);
}

/* D12, once a second. */
static void look_at_resolv_conf(struct stub *stub, uint64_t now_us)
{
    if (stub->conf.source != AD_DNS_SYSTEM || now_us - stub->looked_us < LOOK_US)
        return;
    stub->looked_us = now_us;
    if (ad_dns_watch_look(&stub->resolv_conf, stub->conf.resolv_conf))
        (void)set_servers(stub); /* where that fails, those before are better than none */
}

/* ---- what the flight asks of us ---- */

static void start(struct ad_flight_question *base)
{
    struct question *q = question_of(base);
    sw_list_init(&q->sendings);
    send_question(stub_of(base->flight), q);
}

/* The server may live again, and c-ares waits longer with each round. */
static void try_again_if_silent(struct ad_flight_question *base, uint64_t now_us)
{
    struct question *q = question_of(base);
    size_t count = 0;
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &q->sendings)
        count++;
    if (now_us - q->sent_us < SILENT_US || count == SENDINGS_MAX)
        return;
    send_question(stub_of(base->flight), q);
    if (base->is_answered)
        ad_flight_finish(base);
}

/* It goes on, for the sake of the cache. */
static bool is_abandoned(struct ad_flight_question *base)
{
    return sw_list_is_empty(&question_of(base)->sendings);
}

static void let_go(struct ad_flight_question *base)
{
    ad_channel_forget(&question_of(base)->sendings);
}

/* D7: only now, since what the cache gives is the cache's own until it is given something to keep.
 */
static bool find_stale(struct ad_flight_question *base, struct sw_answer *answer)
{
    struct stub *stub = stub_of(base->flight);
    return sw_cache_find(stub->cache, &base->want, ad_flight_now_us(base->flight), answer) ==
           SW_CACHE_STALE;
}

static void prefer_stale(struct ad_flight_question *base)
{
    struct sw_answer stale;
    if (question_of(base)->is_failed && find_stale(base, &stale))
        base->answer = stale;
}

static const struct ad_flight_ops flight_ops = {
    .question_len = sizeof(struct question),
    .start = start,
    .joined = try_again_if_silent,
    .abandoned = is_abandoned,
    .finished = let_go,
    .tell = prefer_stale,
    .late = find_stale,
};

/* ---- what others ask of us ---- */

static int ask(struct ad_dns *dns, const struct sw_question *want, uint64_t timeout_us,
               ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id)
{
    struct stub *stub = SW_CONTAINER_OF(dns, struct stub, dns);
    uint64_t now_us = ad_flight_now_us(&stub->flight);
    struct sw_answer answer = {0};
    *id = (struct ad_dns_id){0};
    look_at_resolv_conf(stub, now_us);
    switch (sw_cache_find(stub->cache, want, now_us, &answer)) {
    case SW_CACHE_FRESH:
        fn(arg, &answer);
        return 0;
    case SW_CACHE_STALE:
        timeout_us = sw_min_us(timeout_us, SW_MS(AD_DNS_STALE_AFTER_MS));
        break;
    case SW_CACHE_NOTHING:
        break;
    }
    struct sw_answer failed;
    if (has_just_failed(stub, want, now_us, &failed)) {
        fn(arg, answer.is_stale ? &answer : &failed);
        return 0;
    }
    return ad_flight_ask(&stub->flight, want, timeout_us, fn, arg, id);
}

static void cancel(struct ad_dns *dns, struct ad_dns_id id)
{
    ad_flight_cancel(&SW_CONTAINER_OF(dns, struct stub, dns)->flight, id);
}

static void free_stub(struct ad_dns *dns)
{
    struct stub *stub = SW_CONTAINER_OF(dns, struct stub, dns);
    ad_channel_free(stub->channel); /* first: it points at the questions */
    ad_flight_fini(&stub->flight);
    sw_cache_free(stub->cache);
    sw_arena_fini(&stub->arena);
    sw_free(NULL, stub);
}

static const struct ad_dns_ops dns_ops = {.ask = ask, .cancel = cancel, .free = free_stub};

/* ---- set-up ---- */

static int open_cache(struct stub *stub)
{
    struct sw_cache_args args = {.alloc = stub->conf.alloc,
                                 .max_len = stub->conf.cache_len,
                                 .stale_max_s = stub->conf.stale_max_s};
    if (getrandom(&args.seed, sizeof args.seed, 0) != (ssize_t)sizeof args.seed)
        return SW_E_RESOLVER;
    stub->seed = args.seed;
    return sw_cache_new(&stub->cache, &args);
}

static int set_up(struct stub *stub, const struct ad_dns_conf *conf)
{
    int rc = ad_dns_conf_copy(&stub->conf, conf, &stub->arena);
    if (rc == 0)
        rc = ad_flight_init(&stub->flight, &flight_ops, stub->loop, stub->conf.alloc,
                            stub->conf.inflight_max);
    if (rc == 0)
        rc = open_cache(stub);
    if (rc == 0)
        rc = ad_channel_new(&stub->channel, stub->loop, on_reply);
    if (rc < 0)
        return rc;
    (void)ad_dns_watch_look(&stub->resolv_conf, stub->conf.resolv_conf);
    stub->looked_us = ad_flight_now_us(&stub->flight);
    return set_servers(stub);
}

static void explain(struct ad_dns_error *error, const char *text)
{
    struct sw_buf b = sw_buf(error->text, sizeof error->text);
    sw_buf_str(&b, text);
    (void)sw_buf_cstr(&b);
}

int ad_stub_new(struct ad_dns **out, const struct ad_dns_conf *conf, struct ad_loop *loop,
                struct ad_dns_error *error)
{
    struct ad_dns_error ignored;
    if (error == NULL)
        error = &ignored;
    bool is_possible = (conf->source == AD_DNS_SYSTEM || conf->source == AD_DNS_SERVERS) &&
                       conf->zone_file_count == 0;
    if (!is_possible) {
        explain(error, "a stub asks the system's or given servers, and reads no zone files");
        return SW_E_RESOLVER;
    }
    struct stub *stub = sw_zalloc(NULL, sizeof *stub);
    explain(error, sw_err_text(SW_E_NOMEM)); /* unless somebody knows better */
    if (stub == NULL)
        return SW_E_NOMEM;
    stub->dns.ops = &dns_ops;
    stub->loop = loop;
    sw_arena_init(&stub->arena, NULL, NULL, 0, CONF_LEN);
    int rc = set_up(stub, conf);
    if (rc < 0) {
        if (rc != SW_E_NOMEM)
            explain(error, "the stub resolver cannot be set up");
        free_stub(&stub->dns);
        return rc;
    }
    *out = &stub->dns;
    return 0;
}

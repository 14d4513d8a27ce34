/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/dns_client.h"

#include "adapter/clock.h"
#include "adapter/dns_stub.h"
#include "adapter/loop_epoll.h"
#include "adapter/loop_libevent.h"
#include "support/check.h"

#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void do_nothing(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
}

void dns_client_open_loop(struct dns_client *c, enum dns_client_kind kind)
{
    *c = (struct dns_client){.kind = kind};
    if (kind == DNS_CLIENT_LIBEVENT) {
        c->base = event_base_new();
        assert_non_null(c->base);
        c->wake = evtimer_new(c->base, do_nothing, NULL);
        assert_int_equal(ad_loop_libevent_new(&c->loop, c->base), 0);
        return;
    }
    assert_int_equal(ad_loop_epoll_new(&c->epoll), 0);
    c->loop = ad_loop_epoll_loop(c->epoll);
}

bool dns_client_is_stub(void)
{
    const char *kind = getenv("TEST_RESOLVER");
    return kind != NULL && strcmp(kind, "stub") == 0;
}

void dns_client_open(struct dns_client *c, enum dns_client_kind kind,
                     const struct ad_dns_conf *conf)
{
    struct ad_dns_error error;
    dns_client_open_loop(c, kind);
    int rc = dns_client_is_stub() ? ad_stub_new(&c->dns, conf, c->loop, &error)
                                  : ad_dns_new(&c->dns, conf, c->loop, &error);
    if (rc < 0)
        fail_msg("%s", error.text);
}

void dns_client_close(struct dns_client *c)
{
    ad_dns_free(c->dns);
    if (c->kind == DNS_CLIENT_LIBEVENT) {
        ad_loop_libevent_free(c->loop);
        event_free(c->wake);
        event_base_free(c->base);
    } else {
        ad_loop_epoll_free(c->epoll);
    }
    *c = (struct dns_client){0};
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static void turn(struct dns_client *c, int for_ms)
{
    if (c->kind == DNS_CLIENT_LIBEVENT) {
        const struct timeval tv = {for_ms / 1000, for_ms % 1000 * 1000};
        evtimer_add(c->wake, &tv);
        event_base_loop(c->base, EVLOOP_ONCE);
        return;
    }
    int timeout_ms = ad_loop_epoll_timeout_ms(c->epoll);
    struct pollfd p = {.fd = ad_loop_epoll_fd(c->epoll), .events = POLLIN};
    poll(&p, 1, timeout_ms < 0 ? for_ms : smaller(timeout_ms, for_ms));
    ad_loop_epoll_process(c->epoll);
}

bool dns_client_run_until(struct dns_client *c, const bool *flag, uint64_t for_us)
{
    uint64_t end_us = ad_clock_mono_us() + for_us, now;
    while (!*flag && (now = ad_clock_mono_us()) < end_us)
        turn(c, smaller((int)((end_us - now) / 1000) + 1, 50));
    return *flag;
}

void dns_client_run_for(struct dns_client *c, uint64_t for_us)
{
    static const bool never = false;
    (void)dns_client_run_until(c, &never, for_us);
}

static void take(void *arg, const struct sw_answer *answer)
{
    struct dns_result *r = arg;
    struct sw_buf b = sw_buf(r->text, sizeof r->text);
    sw_buf_str(&b, sw_outcome_name(answer->outcome));
    for (size_t i = 0; i < answer->rr_count; i++) {
        sw_buf_str(&b, i == 0 ? " " : " | ");
        sw_rr_write(&b, &answer->rrs[i]);
    }
    (void)sw_buf_cstr(&b);
    snprintf(r->why, sizeof r->why, "%s", answer->why == NULL ? "" : answer->why);
    r->answer = *answer;
    r->answer.rrs = NULL;
    r->answer.owner = (struct sw_name){0};
    r->answer.why = NULL;
    r->came_us = ad_clock_mono_us();
    r->call_count++;
}

struct ad_dns_id dns_client_start(struct dns_client *c, const char *name, enum sw_rrtype type,
                                  uint64_t timeout_us, struct dns_result *result)
{
    struct sw_name_room room;
    struct sw_question q = {.type = type};
    struct ad_dns_id id;
    result->call_count = 0;
    assert_int_equal(sw_name_from_escaped(sw_slice_str(name), &room, &q.name), 0);
    assert_int_equal(ad_dns_ask(c->dns, &q, timeout_us, take, result, &id), 0);
    assert_int_equal(id.value == 0, result->call_count > 0);
    return id;
}

void dns_client_wait(struct dns_client *c, const struct dns_result *results, size_t count)
{
    uint64_t end_us = ad_clock_mono_us() + SW_SECONDS(30);
    for (size_t i = 0; i < count; i++) {
        while (results[i].call_count == 0) {
            turn(c, 50);
            assert_true(ad_clock_mono_us() < end_us);
        }
    }
}

const struct dns_result *dns_client_ask_for(struct dns_client *c, const char *name,
                                            enum sw_rrtype type, uint64_t timeout_us)
{
    (void)dns_client_start(c, name, type, timeout_us, &c->result);
    dns_client_wait(c, &c->result, 1);
    return &c->result;
}

const struct dns_result *dns_client_ask(struct dns_client *c, const char *name, enum sw_rrtype type)
{
    return dns_client_ask_for(c, name, type, DNS_CLIENT_TIMEOUT_US);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A core on a bench: events by hand, actions looked at one by one. Its listeners are
 * udp 192.0.2.10:5060 (0) and tcp 192.0.2.10:5060 (1); everybody in 192.0.2.0/24 is trusted.
 */
#ifndef TEST_UNIT_PROXY_RIG_H
#define TEST_UNIT_PROXY_RIG_H

#include "proxy/conf.h"
#include "proxy/port.h"
#include "support/check.h"
#include "support/test_alloc.h"

#include <stdio.h>
#include <stdlib.h>

enum { RIG_ACTIONS_MAX = 256 };

struct rig {
    struct px_conf conf;
    struct sw_network trusted;
    struct test_alloc heap;
    struct px_core *core;
    uint64_t now_us;
    struct px_action actions[RIG_ACTIONS_MAX];
    struct px_out out;
};

static inline struct sw_endpoint rig_at(unsigned last, uint16_t port)
{
    struct sw_endpoint e = {.addr = {.family = 4, .bytes = {192, 0, 2, (uint8_t)last}},
                            .port = port};
    return e;
}

static inline void rig_conf(struct rig *r)
{
    memset(r, 0, sizeof *r);
    px_conf_init(&r->conf);
    r->conf.listeners[0] = (struct px_listener){SW_UDP, rig_at(10, 5060)};
    r->conf.listeners[1] = (struct px_listener){SW_TCP, rig_at(10, 5060)};
    r->conf.listener_count = 2;
    r->trusted = (struct sw_network){rig_at(0, 0).addr, 24};
    r->conf.trusted = &r->trusted;
    r->conf.trusted_count = 1;
    bool is_ok = sw_policy_set_transports(&r->conf.policy, SW_LIT("udp,tcp"));
    assert_true(is_ok);
    r->now_us = SW_SECONDS(100);
    r->out = (struct px_out){.list = r->actions, .cap = RIG_ACTIONS_MAX};
    test_alloc_init(&r->heap, SIZE_MAX);
}

static inline int rig_try_begin(struct rig *r)
{
    struct px_core_args args = {.conf = &r->conf,
                                .alloc = &r->heap.alloc,
                                .worker = 7,
                                .worker_count = 1,
                                .exact_memory = true};
    memset(args.seed, 5, sizeof args.seed);
    return px_core_new(&r->core, &args, r->now_us);
}

static inline void rig_begin(struct rig *r)
{
    int rc = rig_try_begin(r);
    assert_int_equal(rc, 0);
}

/* Nothing is left behind. */
static inline void rig_end(struct rig *r)
{
    px_core_free(r->core);
    assert_int_equal(r->heap.live_count, 0);
}

/* A turn of one event; its actions are r->actions. */
static inline void rig_step(struct rig *r, const struct px_event *ev)
{
    px_core_turn(r->core);
    r->out.count = 0;
    px_core_step(r->core, ev, r->now_us, &r->out);
}

static inline void rig_wake(struct rig *r)
{
    rig_step(r, &(struct px_event){.kind = PX_EV_WAKE});
}

static inline void rig_datagram(struct rig *r, unsigned from, const char *text)
{
    rig_step(r, &(struct px_event){.kind = PX_EV_DATAGRAM,
                                   .peer = rig_at(from, 5060),
                                   .bytes = sw_slice_str(text)});
}

/* One more in the same turn. */
static inline void rig_datagram_more(struct rig *r, uint16_t listener, unsigned from,
                                     const char *text)
{
    px_core_step(r->core,
                 &(struct px_event){.kind = PX_EV_DATAGRAM,
                                    .listener = listener,
                                    .peer = rig_at(from, 5060),
                                    .bytes = sw_slice_str(text)},
                 r->now_us, &r->out);
}

/* A turn with no event yet. */
static inline void rig_begin_turn(struct rig *r)
{
    px_core_turn(r->core);
    r->out.count = 0;
}

/* The n-th action of a kind, from 0; NULL: there are not so many. */
static inline const struct px_action *rig_action(const struct rig *r, enum px_action_kind kind,
                                                 unsigned n)
{
    for (size_t i = 0; i < r->out.count; i++)
        if (r->actions[i].kind == kind && n-- == 0)
            return &r->actions[i];
    return NULL;
}

static inline size_t rig_count(const struct rig *r, enum px_action_kind kind)
{
    size_t count = 0;
    while (rig_action(r, kind, (unsigned)count) != NULL)
        count++;
    return count;
}

static inline bool rig_has(struct sw_slice text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.p + i, part, len) == 0)
            return true;
    return false;
}

struct rig_text {
    const char *method, *uri, *branch, *call_id;
    const char *to_end; /* what follows To's URI */
    const char *more;   /* lines */
};

/* A request from 192.0.2.100 with what every request has. */
static inline const char *rig_write(char *room, size_t cap, const struct rig_text *t)
{
    snprintf(room, cap,
             "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.100:5060;branch=%s\r\nMax-Forwards: 70\r\n"
             "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@c.t>%s\r\nCall-ID: %s\r\nCSeq: 1 %s\r\n%s"
             "Content-Length: 0\r\n\r\n",
             t->method, t->uri, t->branch, t->to_end, t->call_id, t->method, t->more);
    return room;
}

/* One that begins something: its Call-ID is its branch. */
static inline const char *rig_request(char *room, size_t cap, const char *method, const char *uri,
                                      const char *branch, const char *more)
{
    return rig_write(room, cap, &(struct rig_text){method, uri, branch, branch, "", more});
}

/* One within a dialog: To has a tag. */
static inline const char *rig_within(char *room, size_t cap, const char *method, const char *branch,
                                     const char *call_id, const char *to_tag)
{
    char to_end[64];
    snprintf(to_end, sizeof to_end, ";tag=%s", to_tag);
    return rig_write(room, cap,
                     &(struct rig_text){method, "sip:b@192.0.2.1", branch, call_id, to_end, ""});
}

/* The same as rig_request(), in a turn of its own. */
static inline void rig_send(struct rig *r, const char *method, const char *uri, const char *branch)
{
    char room[1024];
    rig_datagram(r, 100, rig_request(room, sizeof room, method, uri, branch, ""));
}

/* What an action sent, as text, with `to` in the place of the first `from`. */
static inline char *rig_changed(const struct px_action *sent, const char *from, const char *to,
                                char *room, size_t cap)
{
    assert_non_null(sent);
    const char *end = sent->bytes.p + sent->bytes.len;
    const char *at = memmem(sent->bytes.p, sent->bytes.len, from, strlen(from));
    assert_non_null(at);
    const char *rest = at + strlen(from);
    int len = snprintf(room, cap, "%.*s%s%.*s", (int)(at - sent->bytes.p), sent->bytes.p, to,
                       (int)(end - rest), rest);
    assert_in_range(len, 1, cap - 1);
    return room;
}

/* An OPTIONS to us, in a transaction of its own for each n. */
static inline void rig_options(struct rig *r, unsigned n)
{
    char branch[32];
    snprintf(branch, sizeof branch, "z9hG4bK%u", n);
    rig_send(r, "OPTIONS", "sip:192.0.2.10", branch);
}

/* A response to the request in `sent`, with its own fields. */
static inline const char *rig_respond(char *room, size_t cap, struct sw_slice sent,
                                      const char *status)
{
    size_t line_len = sw_slice_find(sent, '\r');
    snprintf(room, cap, "SIP/2.0 %s%.*s", status, (int)(sent.len - line_len), sent.p + line_len);
    return room;
}

#endif

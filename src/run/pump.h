/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the proxy core and the adapters of one worker: what an adapter reports becomes an event
 * of the core, what the core wants done becomes calls of the adapters.
 *
 *     sw_pump_new(&pump, &args);
 *     for each turn of the loop:
 *         adapters call sw_pump_event(); libunbound's answers come by themselves;
 *         sw_pump_wake(pump, now_us) when sw_pump_wake_us() has come;
 *         sw_pump_turn(pump, now_us);       // does everything, one send a socket, then forgets
 *
 * Owns: the core, the list of actions, the questions under way, the resolvers. Thread: one at a
 * time.
 */
#ifndef SW_RUN_PUMP_H
#define SW_RUN_PUMP_H

#include "adapter/log_sink.h"
#include "adapter/net_stream.h"
#include "adapter/net_udp.h"
#include "proxy/port.h"
#include "run/history.h"
#include "run/post.h"
#include "run/resolver.h"
#include "run/state.h"
#include "run/tally.h"
#include "run/tls_pipe.h"

struct sw_pump;

struct sw_pump_args {
    struct px_core_args core;     /* copied */
    struct sw_resolver *resolver; /* taken on success */
    struct ad_udp *udp;           /* this and those below borrowed; they outlive the pump */
    struct ad_stream *stream;
    struct sw_tls_pipe *tls; /* NULL: nothing over TLS */
    struct ad_log *log;
    struct sw_post *post;   /* to the other workers; NULL: there are none */
    struct sw_state *state; /* NULL: nothing survives */
};

/** @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_pump_new(struct sw_pump **out, const struct sw_pump_args *args, uint64_t now_us);
/* Questions under way are cancelled, open transactions forgotten. NULL is allowed. */
void sw_pump_free(struct sw_pump *pump);

/* Another configuration counts from now on. What it names by place is there already.
 * @param resolver  NULL: the one before goes on. Taken; the one before is freed when its last
 *                  question has ended.
 * @param tls       NULL: nothing over TLS. */
void sw_pump_obey(struct sw_pump *pump, const struct px_conf *conf, struct sw_resolver *resolver,
                  struct sw_tls_pipe *tls, uint64_t now_us);

/* Hand an event to the core; what it causes is done by the next sw_pump_turn(). */
void sw_pump_event(struct sw_pump *pump, const struct px_event *ev, uint64_t now_us);
/* Hand the core what other workers have sent; the rest, of much, the next time. */
void sw_pump_mail(struct sw_pump *pump, uint64_t now_us);
/* Do what is due by the clock: the core's timers, the connections' deadlines. */
void sw_pump_wake(struct sw_pump *pump, uint64_t now_us);
/* Do everything the core asked for since the last turn, and what that leads to. */
void sw_pump_turn(struct sw_pump *pump, uint64_t now_us);
/* When to call sw_pump_wake(); SW_NEVER: when an event comes. */
uint64_t sw_pump_wake_us(const struct sw_pump *pump);

/* The core, to ask it for its counters and whether it is idle. */
const struct px_core *sw_pump_core(const struct sw_pump *pump);
/* What was counted, the transactions kept, the questions under way. Borrowed. */
const struct sw_tally *sw_pump_tally(const struct sw_pump *pump);
const struct sw_history *sw_pump_history(const struct sw_pump *pump);
size_t sw_pump_question_count(const struct sw_pump *pump);

#endif

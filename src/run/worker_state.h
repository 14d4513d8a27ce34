/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker from the inside: worker.c makes it, turns it and ends it, worker_part.c gives it another
 * configuration. For these two alone.
 */
#ifndef SW_RUN_WORKER_STATE_H
#define SW_RUN_WORKER_STATE_H

#include "run/inbox.h"
#include "run/part.h"
#include "run/post.h"
#include "run/pump.h"
#include "run/rest.h"
#include "run/tls_pipe.h"

#include <event2/event.h>
#include <stdatomic.h>

struct worker_socket { /* a UDP listener's readiness */
    struct sw_worker *worker;
    struct event *event;
    uint16_t listener;
};

struct sw_worker {
    const struct sw_part *part; /* what it works by */
    struct sw_part *reading;    /* the same, until its new sockets are read from; else NULL */
    struct event_base *base;
    struct ad_loop *loop;
    struct ad_log *log;
    struct ad_udp *udp;
    struct ad_stream *stream;
    struct sw_tls_pipe *tls;
    bool has_tls; /* a certificate is there, so that it may be used */
    struct sw_pump *pump;
    struct worker_socket sockets[PX_LISTENERS_MAX];
    struct event *stream_event;
    struct event *timer;
    struct event *order_event;
    struct sw_post *post;
    uint16_t index;
    atomic_uint orders; /* bits of enum sw_worker_order not yet carried out */
    atomic_uint level;  /* of the log, with SW_WORKER_LEVEL */
    atomic_ullong pongs;
    struct sw_part *_Atomic next; /* with SW_WORKER_SWITCH */
    atomic_uint switches;         /* how many have been made */
    int switched_fd;              /* an eventfd to be told about it */
    bool has_switched;            /* in this turn */
    atomic_ullong used;           /* with SW_WORKER_LOOK: bits of the listeners that are in use */
    atomic_uint looks;
    struct sw_inbox queries; /* of others; answered in the next turn */
    bool has_queries;        /* the inbox is set up */
    struct sw_rest rest;
    uint64_t timer_due_us;
    uint64_t stop_us; /* SW_NEVER: not draining */
    bool is_stopping;
};

/* ---- worker.c: what the loop is asked for ---- */

/* NULL: no memory. */
struct event *sw_worker_watch(struct sw_worker *w, int fd, event_callback_fn fn, void *arg);
void sw_worker_free_event(struct event *ev); /* NULL: none */
struct ad_stream_conf sw_worker_stream_conf(struct sw_worker *w);
/* arg: the struct worker_socket that is readable. */
void sw_worker_on_datagrams(evutil_socket_t fd, short what, void *arg);

/* ---- worker_part.c ---- */

/** @retval 0, SW_E_NOMEM, SW_E_SYSTEM: *error says which listener and why */
int sw_worker_open_listeners(struct sw_worker *w, struct sw_part *part,
                             struct sw_worker_error *error);
void sw_worker_use_certificates(struct sw_worker *w, struct sw_part *part);
/* NULL: there is no certificate, so that TLS cannot be used. */
struct sw_tls_pipe *sw_worker_tls(const struct sw_worker *w);

/* SW_WORKER_SWITCH: pointers are exchanged; whoever made the part frees the one before when he
 * hears of it. */
void sw_worker_make_switch(struct sw_worker *w);
/* SW_WORKER_LISTEN: all workers have switched; each knows the listeners of messages that others
 * hand over. */
void sw_worker_begin_to_read(struct sw_worker *w);
/* SW_WORKER_LOOK: which of the listeners that leave are still in use. */
void sw_worker_look_at_listeners(struct sw_worker *w);

#endif

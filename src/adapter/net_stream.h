/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TCP listeners and connections of one worker behind one file descriptor.
 *
 *     ad_stream_new(&st, &conf, now_us);
 *     ad_stream_listen(st, 1, &endpoint, false, &why);
 *     watch ad_stream_fd(st) for reading, wake at ad_stream_wake_us(st);
 *     ad_stream_poll(st, now_us);                      // accepts, reads, connects, times out
 *     ad_stream_connect(st, &args, now_us);            // what came of it is told by a later poll
 *     ad_stream_send(st, conn, bytes);
 *     ad_stream_flush(st);                             // once a turn of the loop
 *
 * Life of a connection: PX_EV_ACCEPTED, or ad_stream_connect() and PX_EV_CONNECTED; PX_EV_BYTES as
 * they come; PX_EV_ENDED when the peer has ended its side, after which one may still write and
 * should ad_stream_close() when there is nothing more to write; PX_EV_CLOSED with a cause, once,
 * unless ad_stream_close() came before it. After either the id is dead. What was queued by then
 * still leaves: the connection lingers without an id until its queue is empty and the peer has
 * closed too, so that an answer followed by a close is not destroyed by a reset (RFC 9293 3.6).
 * What the peer still sends is thrown away. It lingers two seconds after the last of that, and ten
 * seconds or 16 MiB at most. A connection over which nothing was ever sent is closed at once.
 *
 * An orderly end (FIN) is PX_EV_ENDED, RST is PX_EV_CLOSED with PX_CAUSE_RESET. A peer that does
 * not read what we write costs it the connection when its queue passes its bound (PX_CAUSE_LOCAL).
 *
 * Owns: its sockets, one read buffer, and a write buffer a connection that has something queued.
 * Thread: one at a time.
 */
#ifndef SW_ADAPTER_NET_STREAM_H
#define SW_ADAPTER_NET_STREAM_H

#include "adapter/sockaddr.h"
#include "proxy/conf.h"

struct ad_stream;

/* One event. What it points to is valid during the call. It must not call back into this adapter.
 */
typedef void ad_stream_event_fn(void *arg, const struct px_event *ev);

struct ad_stream_conf {
    ad_stream_event_fn *fn;
    void *arg;
    uint64_t id_base;      /* in the ids of accepted connections: whose they are */
    size_t connection_max; /* an accepted connection above it is closed at once */
    size_t queue_max_len;  /* octets waiting to be written, a connection */
};

struct ad_stream_counters {
    uint64_t accepted;
    uint64_t connected;
    uint64_t refused; /* accepted and closed at once: too many, or no descriptor left */
    uint64_t overrun; /* closed since the peer did not read */
};

/** @retval 0, SW_E_NOMEM, SW_E_SYSTEM */
SW_MUST_USE int ad_stream_new(struct ad_stream **out, const struct ad_stream_conf *conf,
                              uint64_t now_us);
/* Closes everything at once. NULL is allowed. */
void ad_stream_free(struct ad_stream *st);

/**
 * Open the socket of a listener.
 * @param listener  its index in the configuration; below PX_LISTENERS_MAX and not open yet.
 * @param shared    as ad_socket_bound() says.
 * @retval 0, SW_E_NOMEM, SW_E_ADDR_IN_USE, SW_E_SYSTEM; *error is written for the last two.
 */
SW_MUST_USE int ad_stream_listen(struct ad_stream *st, uint16_t listener,
                                 const struct sw_endpoint *e, bool shared,
                                 struct ad_net_error *error);

/**
 * Take a socket that listens already: see ad_udp_take().
 * @param fd  taken on success only.
 * @retval 0, SW_E_NOMEM, SW_E_SYSTEM; *error is written for the last one.
 */
SW_MUST_USE int ad_stream_take(struct ad_stream *st, uint16_t listener, int fd,
                               struct ad_net_error *error);
/* Close a listener's socket; its connections stay. Not from an event. One that has none is ignored.
 */
void ad_stream_unlisten(struct ad_stream *st, uint16_t index);
/* Other limits from now on: connection_max and queue_max_len of @p conf. */
void ad_stream_limit(struct ad_stream *st, const struct ad_stream_conf *conf);

/* Readable when ad_stream_poll() has something to do. */
int ad_stream_fd(const struct ad_stream *st);
/* When to call ad_stream_poll() at the latest; SW_NEVER: no deadline runs. */
uint64_t ad_stream_wake_us(const struct ad_stream *st);
/* Do what is there to be done, each connection once, and report it. */
void ad_stream_poll(struct ad_stream *st, uint64_t now_us);

struct ad_stream_connect {
    uint64_t conn;          /* the id to be; not in use */
    struct sw_netaddr from; /* local address to leave from; the port is the kernel's choice */
    struct sw_endpoint peer;
    uint64_t timeout_us;
};

/* Begin to connect. Never reports before it returns: a failure, too, is told by ad_stream_poll().
 */
void ad_stream_connect(struct ad_stream *st, const struct ad_stream_connect *args, uint64_t now_us);
/* Queue octets behind all earlier ones; they are copied. A dead id is ignored. */
void ad_stream_send(struct ad_stream *st, uint64_t id, struct sw_slice bytes);
/* Write what was queued since the last call, one call to the kernel a connection. */
void ad_stream_flush(struct ad_stream *st);
/* Close after what is queued; it lingers, as told above. A dead id is ignored. */
void ad_stream_close(struct ad_stream *st, uint64_t id, uint64_t now_us);

/* Connections that have an id. */
size_t ad_stream_count(const struct ad_stream *st);
/* Plain counters, as long as the adapter lives. */
const struct ad_stream_counters *ad_stream_counters(const struct ad_stream *st);

#endif

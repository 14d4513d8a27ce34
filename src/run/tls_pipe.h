/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS between the stream adapter and the proxy core, which never sees it: the core hears of a
 * connection when the handshake is over and the certificate's names were found right, and then
 * hears octets in the clear.
 *
 *     stream adapter --ACCEPTED, CONNECTED, BYTES, CLOSED--> pipe --the same, in the clear--> core
 *     stream adapter <------------send, close--------------- pipe <--CONNECT, BYTES, CLOSE--- core
 *
 * Life of a connection: an accepted one shakes hands for conf->header_us at most and is reported as
 * ACCEPTED with what its certificate says; one that was asked for is CONNECTED within the time of
 * its PX_DO_CONNECT or CLOSED, with a detail that says why. Then BYTES, and CLOSED once, unless the
 * core closed it before. An end without close_notify is PX_CAUSE_RESET: somebody may have cut it.
 * Events of connections without TLS pass through.
 *
 * What an event leads to is handed to the stream adapter by the next sw_tls_pipe_flush(), since an
 * adapter that is reporting must not be called.
 *
 * Thread: one at a time.
 */
#ifndef SW_RUN_TLS_PIPE_H
#define SW_RUN_TLS_PIPE_H

#include "adapter/log_sink.h"
#include "adapter/net_stream.h"
#include "adapter/tls_openssl.h"

struct sw_tls_pipe;

/* One event for the core. What it points to is valid during the call. */
typedef void sw_tls_event_fn(void *arg, const struct px_event *ev, uint64_t now_us);

struct sw_tls_pipe_args {
    const struct px_conf *conf; /* all borrowed; they outlive the pipe, conf sw_tls_pipe_obey() */
    struct ad_stream *stream;
    struct ad_log *log; /* who could not come in, at level debug; may be NULL */
    sw_tls_event_fn *fn;
    void *arg;
};

/* X(name, help): plain counters */
#define SW_TLS_COUNTERS(X)                                                                         \
    X(accepted, "TLS handshakes of others that succeeded")                                         \
    X(accept_failed, "TLS handshakes of others that failed")                                       \
    X(connected, "TLS handshakes of ours that succeeded")                                          \
    X(connect_failed, "TLS handshakes of ours that failed, the certificate's names included")

struct sw_tls_counters {
#define X(name, help) uint64_t name;
    SW_TLS_COUNTERS(X)
#undef X
};

/** @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_tls_pipe_new(struct sw_tls_pipe **out, const struct sw_tls_pipe_args *args,
                                uint64_t now_us);
/* Connections are forgotten without a word. NULL is allowed. */
void sw_tls_pipe_free(struct sw_tls_pipe *pipe);
/* Connections begun from now on take these certificates. Takes @p tls, gives back those before:
 * NULL, or the caller's to free. */
struct ad_tls *sw_tls_pipe_use(struct sw_tls_pipe *pipe, struct ad_tls *tls);
/* This configuration counts from now on; it outlives the pipe, or the next call. */
void sw_tls_pipe_obey(struct sw_tls_pipe *pipe, const struct px_conf *conf);

/* Whether a handshake is under way that came to this listener: the core does not know of it yet. */
bool sw_tls_pipe_uses_listener(const struct sw_tls_pipe *pipe, uint16_t listener);

/* What the stream adapter reported. */
void sw_tls_pipe_event(struct sw_tls_pipe *pipe, const struct px_event *ev, uint64_t now_us);
/* PX_DO_CONNECT over TLS. @p from: local address to leave from. */
void sw_tls_pipe_connect(struct sw_tls_pipe *pipe, const struct px_action *a,
                         const struct sw_netaddr *from, uint64_t now_us);
/* PX_DO_BYTES and PX_DO_CLOSE; false: it is not a connection of the pipe's. */
bool sw_tls_pipe_send(struct sw_tls_pipe *pipe, uint64_t conn, struct sw_slice bytes);
bool sw_tls_pipe_close(struct sw_tls_pipe *pipe, uint64_t conn);
/* Encrypt what was sent since the last one, in records that messages share, and hand everything to
 * the stream adapter; before ad_stream_flush(). */
void sw_tls_pipe_flush(struct sw_tls_pipe *pipe, uint64_t now_us);

/* When to call sw_tls_pipe_wake(); SW_NEVER: no handshake is under way. */
uint64_t sw_tls_pipe_wake_us(const struct sw_tls_pipe *pipe);
/* End the handshakes that took too long. */
void sw_tls_pipe_wake(struct sw_tls_pipe *pipe, uint64_t now_us);

/* Plain counters, as long as the pipe lives. */
const struct sw_tls_counters *sw_tls_pipe_counters(const struct sw_tls_pipe *pipe);

#endif

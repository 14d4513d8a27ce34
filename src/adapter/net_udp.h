/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UDP sockets of one worker: one a listener, received and sent in batches.
 *
 *     ad_udp_new(&udp, &conf);
 *     ad_udp_open(udp, 0, &endpoint, false, &why);
 *     watch ad_udp_fd(udp, 0) for reading; when it is ready: ad_udp_receive(udp, 0);
 *     ad_udp_send(udp, 0, &peer, bytes, series, company); // as often as needed
 *     ad_udp_flush(udp);                                  // once a turn of the loop
 *
 * What the network says of datagrams sent earlier (ICMP) is read from the socket's error queue and
 * comes as PX_EV_UNREACHABLE with as much of our datagram as came back (proxy rule X5). A datagram
 * that the kernel refuses at once is reported in the same way, whole.
 *
 * Owns: its sockets and its receive room (2 MiB, touched as far as used). Thread: one at a time.
 */
#ifndef SW_ADAPTER_NET_UDP_H
#define SW_ADAPTER_NET_UDP_H

#include "adapter/sockaddr.h"
#include "proxy/conf.h"

struct ad_udp;

/* One event. What it points to is valid during the call. It must not call back into this adapter.
 */
typedef void ad_udp_event_fn(void *arg, const struct px_event *ev);

struct ad_udp_conf {
    ad_udp_event_fn *fn;
    void *arg;
    int rcvbuf_len; /* octets asked of the kernel for each socket (SO_RCVBUF); 0: its default */
};

struct ad_udp_counters {
    uint64_t received;
    uint64_t sent;
    uint64_t dropped; /* not sent: the socket's buffer was full, or we were out of memory */
    uint64_t errors;  /* reported as PX_EV_UNREACHABLE */
    uint64_t uncut;   /* packets whose datagrams the kernel took one by one only */
};

/** @retval 0, SW_E_NOMEM */
SW_MUST_USE int ad_udp_new(struct ad_udp **out, const struct ad_udp_conf *conf);
/* Closes all sockets; what was not flushed is not sent. NULL is allowed. */
void ad_udp_free(struct ad_udp *udp);

/**
 * Open the socket of a listener.
 * @param listener  its index in the configuration; below PX_LISTENERS_MAX and not open yet.
 * @param shared    as ad_socket_bound() says.
 * @retval 0, SW_E_NOMEM, SW_E_ADDR_IN_USE, SW_E_SYSTEM; *error is written for the last two.
 */
SW_MUST_USE int ad_udp_open(struct ad_udp *udp, uint16_t listener, const struct sw_endpoint *e,
                            bool shared, struct ad_net_error *error);
/**
 * Take a socket that is bound already: one of several of the same endpoint, or the service
 * manager's.
 * @param fd  taken on success only.
 * @retval 0, SW_E_NOMEM, SW_E_SYSTEM; *error is written for the last one.
 */
SW_MUST_USE int ad_udp_take(struct ad_udp *udp, uint16_t listener, int fd,
                            struct ad_net_error *error);
/* Close a listener's socket, after the next flush at the earliest that it is needed for. One that
 * has none is ignored. */
void ad_udp_close(struct ad_udp *udp, uint16_t listener);
/* Octets its socket holds at most, as the kernel allowed it; 0: not known. It may be less than the
 * configuration's rcvbuf_len where the system's limit (net.core.rmem_max) is. */
size_t ad_udp_room(const struct ad_udp *udp, uint16_t listener);
/* -1 when this listener has no socket here. */
int ad_udp_fd(const struct ad_udp *udp, uint16_t listener);

/* Read what is there, up to a few batches, so that one busy socket does not starve the others. */
void ad_udp_receive(struct ad_udp *udp, uint16_t listener);

/* Queue a datagram. @p bytes stay where they are until ad_udp_flush(). An unknown listener is
 * ignored.
 * @param series, company  as px_action says (udp_out.h). */
void ad_udp_send(struct ad_udp *udp, uint16_t listener, const struct sw_endpoint *peer,
                 struct sw_slice bytes, uint64_t series, enum px_company company);
/* Hand everything queued to the kernel, one call a socket and 256 datagrams. */
void ad_udp_flush(struct ad_udp *udp);

/* Another worker has the same socket and counts what waits in it: ad_udp_backlog() here does not.
 */
void ad_udp_leave_uncounted(struct ad_udp *udp, uint16_t listener);
/* What waits in the kernel to be read, in octets as it accounts for them, and how many datagrams it
 * dropped since there was no room: over all sockets. */
void ad_udp_backlog(const struct ad_udp *udp, uint64_t *queued_len, uint64_t *dropped);

/* Plain counters, as long as the adapter lives. */
const struct ad_udp_counters *ad_udp_counters(const struct ad_udp *udp);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to the stream adapter: one connection and what the parts of net_stream.h share.
 *
 *     stream_poll.c     the whole: connecting, reading, the poll
 *     stream_listen.c   listeners, and whom they let in
 *     stream_conn.c     a connection in its tables, what is said of it, and its end
 *     stream_write.c    what leaves, and the linger after a close
 */
#ifndef SW_ADAPTER_STREAM_CONN_H
#define SW_ADAPTER_STREAM_CONN_H

#include "adapter/net_stream.h"
#include "adapter/write_queue.h"
#include "base/hmap.h"
#include "base/timerwheel.h"

enum { AD_STREAM_READ_ROOM = 65536 }; /* octets read from a connection in a row */

enum ad_conn_state {
    AD_CONN_CONNECTING,
    AD_CONN_OPEN,
    AD_CONN_FAILED,   /* without a descriptor; the next poll reports it */
    AD_CONN_LINGERING /* without an id; gone when its queue is empty and the peer has closed */
};

struct ad_watched { /* what epoll hands back */
    bool is_listener;
    int fd;
};

struct ad_listener {
    struct ad_watched watched;
    uint16_t index;
};

struct ad_conn {
    struct ad_watched watched;
    struct sw_hmap_link by_id; /* but for LINGERING */
    struct sw_list all;        /* in st->all or st->lingering */
    struct sw_list todo;       /* in st->unwritten or st->failed */
    struct sw_timer timer;     /* CONNECTING and LINGERING: when it is over */
    uint64_t id;
    enum ad_conn_state state;
    enum px_cause cause; /* FAILED */
    uint16_t listener;   /* accepted ones */
    struct sw_endpoint peer;
    uint32_t interest;        /* as epoll knows it */
    bool is_read_ended;       /* the peer has closed its side */
    bool has_sent;            /* or has something queued: there is an answer to be careful of */
    int write_errno;          /* a write failed; reading tells when to report it */
    uint64_t linger_until_us; /* LINGERING: not longer, whatever the peer does */
    size_t discarded_len;     /* LINGERING: octets that nobody wanted any more */
    struct ad_write_queue queue;
};

struct ad_stream {
    struct ad_stream_conf conf;
    struct ad_stream_counters counters;
    int epoll_fd;
    int spare_fd; /* given up to accept and close one more when there is no descriptor left */
    uint64_t last_id;
    struct sw_hmap by_id;
    struct sw_list all; /* but for LINGERING */
    struct sw_list lingering;
    struct sw_list unwritten;
    struct sw_list failed;
    struct sw_timerwheel timers;
    struct ad_listener *listeners[PX_LISTENERS_MAX];
    char room[AD_STREAM_READ_ROOM];
};

/* --- stream_conn.c ----------------------------------------------------------------------- */

/* The one of that id, or NULL. */
struct ad_conn *ad_conn_find(const struct ad_stream *st, uint64_t id);
/* A new one in the tables, not watched yet; @p fd may be -1. NULL: out of memory. */
struct ad_conn *ad_conn_add(struct ad_stream *st, uint64_t id, int fd, enum ad_conn_state state);
/* Out of the table of ids; LINGERING has left it already. */
void ad_conn_forget_id(struct ad_stream *st, struct ad_conn *c);
/* Close and free it, without a word. */
void ad_conn_destroy(struct ad_stream *st, struct ad_conn *c);
/* Octets wait to be written. */
bool ad_conn_has_queued(const struct ad_conn *c);

/* False when the kernel has no room for it. */
bool ad_conn_begin_to_watch(struct ad_stream *st, struct ad_conn *c, uint32_t interest);
/* For reading while the peer may still write, for writing while something is queued. */
void ad_conn_watch(struct ad_stream *st, struct ad_conn *c);

/* Tell the event of its kind, with all there is to say of the connection. */
void ad_conn_report(struct ad_stream *st, const struct ad_conn *c, enum px_event_kind kind);
/* Report PX_EV_CLOSED; it lives until ad_conn_destroy(). */
void ad_conn_report_closed(struct ad_stream *st, struct ad_conn *c, enum px_cause cause);
/* Report PX_EV_CLOSED and destroy it. */
void ad_conn_end(struct ad_stream *st, struct ad_conn *c, enum px_cause cause);
/* To be reported by the next poll. */
void ad_conn_fail_later(struct ad_stream *st, struct ad_conn *c, enum px_cause cause);
/* A message is not held back for the next one, and who has vanished without a word is found out:
 * while a call lasts its connection is not closed for being idle. */
void ad_conn_prepare(int fd);

/* --- stream_write.c ---------------------------------------------------------------------- */

/* One call to the kernel. */
void ad_conn_write(struct ad_conn *c);
/* LINGERING and ready to be read: what comes is thrown away. It may be gone afterwards. */
void ad_conn_discard(struct ad_stream *st, struct ad_conn *c, uint64_t now_us);

/* --- stream_listen.c --------------------------------------------------------------------- */

/* Somebody waits at that listener. */
void ad_listener_accept(struct ad_stream *st, const struct ad_listener *l, uint64_t now_us);
bool ad_is_out_of_descriptors(int err);

#endif

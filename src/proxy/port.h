/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole vocabulary between the proxy core and the world: events go in, actions come out.
 * The core has no socket, clock, random source or thread; run/ drives it with real ones and
 * test/sim/ with a simulated network and virtual time.
 *
 * A turn:
 *
 *     px_core_turn(core);       // what the last turn's actions point to is freed
 *     for each event that is there:
 *         px_core_step(core, &event, now_us, &out);
 *     for (i = 0; i < out.count; i++)
 *         do(&out.list[i]);     // may cause px_core_step(), which appends: hence the index
 *     out.count = 0;
 *     arm_timer(px_core_wake_us(core)); // then PX_EV_WAKE
 *
 * Connections have ids. The driver makes those of accepted ones (top bit set), the core those it
 * opens (top bit clear); an id is never used twice. After PX_EV_ENDED the core sends the responses
 * it owes and then closes. After PX_EV_CLOSED or PX_DO_CLOSE an id is dead on both sides; events
 * and actions that still name it are ignored.
 *
 * Several cores share nothing (decision 0011): each has its worker's number, and a connection's id
 * names the worker that has it. What came to one and belongs to another leaves as PX_DO_HAND_OVER
 * and comes there as PX_EV_HANDED. The driver copies it, keeps the order between any two workers,
 * and may lose some when a worker cannot keep up, as a network may.
 *
 * long file: all that the core says and hears stands in one place.
 */
#ifndef SW_PROXY_PORT_H
#define SW_PROXY_PORT_H

#include "base/alloc.h"
#include "base/netaddr.h"
#include "dns/ask.h"
#include "locate/candidate.h"
#include "locate/health.h"
#include "locate/offers.h"
#include "proxy/identity.h"
#include "sip/msg.h"

struct px_conf;
struct px_core;
struct sw_health;

#define PX_CONN_ACCEPTED ((uint64_t)1 << 63)
#define PX_CONN_WORKER(worker) ((uint64_t)(worker) << 48)

enum {
    PX_WORKERS_MAX = 64,
    PX_ALL_WORKERS = UINT16_MAX /* whom something is handed to: all others */
};

/* X(constant, name): why a connection or a datagram failed */
#define PX_CAUSES(X)                                                                               \
    X(PX_CAUSE_CLOSED, "closed") /* the peer closed in order */                                    \
    X(PX_CAUSE_RESET, "reset")                                                                     \
    X(PX_CAUSE_REFUSED, "refused")         /* connection refused; ICMP port unreachable */         \
    X(PX_CAUSE_UNREACHABLE, "unreachable") /* host or network; no route; no such family */         \
    X(PX_CAUSE_TIMEOUT, "timeout")         /* connecting took too long */                          \
    X(PX_CAUSE_TLS, "tls")                 /* handshake or identity */                             \
    X(PX_CAUSE_LOCAL, "local")             /* out of descriptors, memory, ... here */

enum px_cause {
#define X(constant, name) constant,
    PX_CAUSES(X)
#undef X
};
/* The row's name, for the log. Static. */
const char *px_cause_name(enum px_cause c);

/* Where a message came from, or the way one goes. */
struct px_hop {
    enum sw_transport transport;
    uint16_t listener; /* that it came to, or leaves from */
    uint64_t conn;     /* of a stream; 0: none yet */
    struct sw_endpoint peer;
    bool is_trusted; /* the worker that has the connection says so: its certificate is there */
};

enum px_handed_kind {
    PX_HANDED_MESSAGE,    /* hop, bytes: it came to me and belongs to you */
    PX_HANDED_RETURNED,   /* hop's listener and peer, cause, had_left, bytes: PX_EV_UNREACHABLE;
                             yours? */
    PX_HANDED_BYTES,      /* hop's conn, bytes: send this response over a connection of yours */
    PX_HANDED_REQUEST,    /* hop's conn, bytes: the same of a request */
    PX_HANDED_BROKEN,     /* hop's conn, bytes (its branch), method, cause: it was not sent, or the
                             connection ended before an answer came */
    PX_HANDED_UNSENT,     /* hop's conn, bytes: I could not, it is gone */
    PX_HANDED_UNSURE,     /* hop's conn, bytes: I did, but the peer had ended it: wait */
    PX_HANDED_HOLD,       /* hop's conn: I owe it an answer; it is not idle */
    PX_HANDED_RELEASE,    /* hop's conn: no longer */
    PX_HANDED_DIALOG,     /* hop's conn, dialog: it goes on over it, which is not idle */
    PX_HANDED_DIALOG_END, /* hop's conn: no longer */
    PX_HANDED_FLOW,       /* hop: over this connection of mine one can ask who opened it (X3) */
    PX_HANDED_FLOW_END,   /* hop's conn: no longer */
    PX_HANDED_HEALTH,     /* health: what I know of a place has changed */
    PX_HANDED_OFFER       /* bytes: the name of a domain that offers SIPS (H3) */
};

/* What one worker tells another. */
struct px_handed {
    enum px_handed_kind kind;
    uint16_t from; /* the worker that says it */
    struct px_hop hop;
    enum px_cause cause;
    enum sw_method method;
    bool had_left;
    uint32_t dialog;
    struct sw_slice bytes;
    struct sw_health_news health;
};

enum px_event_kind {
    PX_EV_DATAGRAM,    /* listener, peer, bytes */
    PX_EV_UNREACHABLE, /* listener, peer, cause, had_left; bytes: what came back of our datagram, or
                          all of it, when it was not taken (X5) */
    PX_EV_ACCEPTED,    /* conn, listener, peer; cert (and TLS is done) */
    PX_EV_CONNECTED,   /* conn; cert (and TLS is done) */
    PX_EV_BYTES,       /* conn, bytes */
    PX_EV_ENDED,       /* conn: the peer sends nothing more over it; we may */
    PX_EV_CLOSED,      /* conn, cause, detail: also a connect that failed */
    PX_EV_ANSWER,      /* ask, answer */
    PX_EV_WAKE,        /* px_core_wake_us() has come */
    PX_EV_CONF,        /* conf: a new snapshot, where listeners that stay keep their places; the old
                          one stays valid until px_core_turn(). dns_is_new */
    PX_EV_DRAIN,       /* no new transactions from now on */
    PX_EV_HANDED       /* handed: another worker's PX_DO_HAND_OVER */
};

struct px_event {
    enum px_event_kind kind;
    uint16_t listener; /* index into conf->listeners */
    uint64_t conn;
    struct sw_endpoint peer;
    struct sw_slice bytes; /* borrowed for the call */
    uint64_t waited_us;    /* PX_EV_DATAGRAM: in its socket, with many behind it; else 0 */
    bool is_crowded;       /* PX_EV_DATAGRAM: its socket is half full, or more */
    enum px_cause cause;
    bool had_left; /* PX_EV_UNREACHABLE: what had left with it may be lost, too (PX_TOGETHER).
                      False: each that was not taken has its own event */
    struct sw_slice detail;     /* what the cause does not say, for the log: escaped, one line;
                                   borrowed for the call */
    const struct px_cert *cert; /* the other side's, verified; NULL or empty: none; borrowed for
                                   the call */
    uint64_t ask;
    const struct sw_answer *answer; /* borrowed for the call */
    const struct px_conf *conf;     /* borrowed until replaced and turned */
    bool dns_is_new; /* what was learned from answers so far does not count any more */
    const struct px_handed *handed; /* borrowed for the call */
};

/* With what a datagram may leave as one packet: with others of its kind that are equally long and
 * go to the same place. Where nothing cuts the packet on its way, on one host, one error comes back
 * for all of it, with the first one's bytes. */
enum px_company {
    PX_ALONE,
    PX_UNHEEDED, /* the others need not know: their timers do without */
    PX_TOGETHER  /* all that are sent in one turn are told when one of them is */
};

enum px_action_kind {
    PX_DO_DATAGRAM,   /* listener, peer, bytes, series, company */
    PX_DO_BYTES,      /* conn, bytes: after all earlier bytes of it; the driver queues */
    PX_DO_CONNECT,    /* conn, transport, peer, timeout_us, listener (whose address to leave from),
                         tls_names */
    PX_DO_CLOSE,      /* conn: after what is queued has been sent, at most a second later */
    PX_DO_ASK,        /* ask, question, timeout_us */
    PX_DO_CANCEL_ASK, /* ask */
    PX_DO_LOG,        /* log */
    PX_DO_REMEMBER,   /* bytes: the name of a domain that offers SIPS, for the next start (H3) */
    PX_DO_HAND_OVER   /* worker, handed */
};

struct px_log;

struct px_action {
    enum px_action_kind kind;
    uint16_t listener;
    uint64_t conn;
    struct sw_endpoint peer;
    enum sw_transport transport;
    struct sw_slice bytes; /* valid until the next px_core_turn() */
    uint64_t series;       /* those of one series leave in this order */
    enum px_company company;
    uint64_t ask;
    struct sw_question question; /* valid until answered or cancelled */
    uint64_t timeout_us;
    struct sw_slice tls_names[SW_TLS_NAMES_MAX]; /* valid until the next px_core_turn() */
    uint8_t tls_name_count;
    const struct px_log *log;       /* valid until the next px_core_turn() */
    uint16_t worker;                /* or PX_ALL_WORKERS */
    const struct px_handed *handed; /* and its bytes: valid until the next px_core_turn() */
};

enum {
    PX_STEP_ACTIONS_MAX = 64 /* one event never causes more: a driver keeps so much room free, and
                                px_core_step(WAKE) stops when less is left */
};

struct px_out {
    struct px_action *list; /* the driver's */
    size_t count, cap;
};

enum { PX_LOG_TRIES_MAX = 16, PX_LOG_TEXT_MAX = 128 };

/* X(constant, name): how a try ended */
#define PX_TRY_ENDS(X)                                                                             \
    X(PX_TRY_OPEN, "open")                                                                         \
    X(PX_TRY_ANSWERED, "answered")       /* status: the final response */                          \
    X(PX_TRY_STATUS, "failure-response") /* 503, or a code that counts as failure */               \
    X(PX_TRY_SILENT, "timeout")                                                                    \
    X(PX_TRY_TRANSPORT, "transport-error") /* cause */                                             \
    X(PX_TRY_CANCELLED, "cancelled")                                                               \
    X(PX_TRY_OUTRUN, "outrun") /* the other family was connected first: nothing was sent */

enum px_try_end {
#define X(constant, name) constant,
    PX_TRY_ENDS(X)
#undef X
};
/* The row's name, for the log. Static. */
const char *px_try_end_name(enum px_try_end e);

struct px_log_try {
    enum sw_transport transport;
    struct sw_endpoint endpoint;
    char host[64]; /* cut */
    enum px_try_end end;
    uint16_t status;
    enum px_cause cause;
    struct sw_slice detail; /* what the cause does not say; escaped, one line; may be empty */
    uint64_t started_us;    /* since the request came in */
    uint64_t took_us;
};

/* What is said about one transaction when it is over: one line of the log (section 7). Texts are
 * cut to their room and not escaped. */
struct px_log {
    enum { PX_LOG_TRANSACTION, PX_LOG_DROP, PX_LOG_BID_DOWN, PX_LOG_LOAD } kind;
    struct sw_endpoint source;
    enum sw_transport source_transport;
    char method[16];
    char domain[PX_LOG_TEXT_MAX]; /* TARGET */
    char call_id[PX_LOG_TEXT_MAX];
    uint16_t status;        /* sent upstream; 0: none (ACK) */
    uint32_t refused_count; /* PX_LOG_LOAD: requests since the last such line */
    const char *location;   /* result of the location: "ok", "none", ...; "" when there was none */
    const char *reason;     /* static: why it ended so, or why a message was dropped */
    uint64_t took_us;       /* from the request to its final response */
    uint64_t located_us;    /* from the request to the first candidate */
    uint8_t try_count;      /* all of them; at most PX_LOG_TRIES_MAX are listed */
    struct sw_slice story;  /* locate/story.h: of this location; empty: none is kept */
    struct sw_slice route_story; /* of the one that asked, when this one had no need to */
    bool is_story_cut;
    struct px_log_try
        tries[PX_LOG_TRIES_MAX]; /* those below try_count are there, and no room more */
};

/* X(name, help): plain counters, read by others */
#define PX_COUNTERS(X)                                                                             \
    X(requests_received, "Requests received, retransmissions included.")                           \
    X(responses_received, "Responses received.")                                                   \
    X(requests_forwarded, "Requests sent on, each try counted.")                                   \
    X(responses_forwarded, "Responses sent on.")                                                   \
    X(replies, "Responses made here.")                                                             \
    X(retransmissions_absorbed, "Requests answered or ignored as retransmissions.")                \
    X(retransmissions_sent, "Requests and responses sent again.")                                  \
    X(failovers, "Tries after the first one.")                                                     \
    X(redirections, "Contacts of a 3xx tried here.")                                               \
    X(locations, "Locations begun.")                                                               \
    X(bid_downs, "Locations of domains that offered SIPS before and do no longer.")                \
    X(location_failures, "Locations without any candidate.")                                       \
    X(transactions_opened, "Server transactions begun.")                                           \
    X(transactions_open, "Server transactions open now.")                                          \
    X(client_transactions_open, "Client transactions open now.")                                   \
    X(connections_open, "Connections open now.")                                                   \
    X(refused_relay, "Requests refused with 403.")                                                 \
    X(refused_user, "Requests refused with 404: a domain we serve, no route for the user.")        \
    X(refused_rate, "Requests refused with 503: too many of their source.")                        \
    X(refused_overload, "Requests refused with 503.")                                              \
    X(drop_malformed, "Messages dropped: not SIP or not answerable.")                              \
    X(drop_via, "Messages dropped: no usable Via.")                                                \
    X(drop_response_via, "Responses dropped: the top Via is not ours.")                            \
    X(drop_response_stray, "Responses dropped: no transaction.")                                   \
    X(drop_ack, "ACKs dropped: malformed or nowhere to go.")                                       \
    X(drop_limit, "Messages dropped: no room for them.")                                           \
    X(limit_message, "Messages refused or dropped: too long.")                                     \
    X(limit_header_field, "Messages refused or dropped: a header field is too long.")              \
    X(limit_header_fields, "Messages refused or dropped: too many header fields.")                 \
    X(limit_via, "Messages refused or dropped: too many Via values.")                              \
    X(limit_content_length, "Connections ended: a Content-Length beyond the limit.")               \
    X(limit_header_time, "Connections ended: a header section not complete in time.")              \
    X(drop_rate, "Requests dropped: far too many of their source.")                                \
    X(drop_frame, "Connections ended: broken framing.")                                            \
    X(late_2xx, "2xx from a candidate given up on, forwarded.")                                    \
    X(late_provisional, "Provisionals from a candidate given up on, answered with CANCEL.")        \
    X(handed_over, "Messages that belonged to another worker.")

struct px_counters {
#define X(name, help) uint64_t name;
    PX_COUNTERS(X)
#undef X
};

struct px_core_args {
    const struct px_conf *conf;   /* borrowed until replaced */
    const struct sw_alloc *alloc; /* borrowed; NULL: the C library's */
    uint8_t seed[32];             /* secret: branches, tags, tokens, hash keys; the same for all
                                     workers, so that each knows the others' tokens */
    uint16_t worker;              /* this worker's number; branches name it */
    uint16_t worker_count;
    const struct sw_offers *offers; /* H3: what is remembered from earlier; copied; NULL: nothing */
    bool exact_memory;              /* no pools: for checkers of memory errors */
};

/** @retval 0, SW_E_NOMEM */
SW_MUST_USE int px_core_new(struct px_core **out, const struct px_core_args *args, uint64_t now_us);
void px_core_free(struct px_core *core);

/* Begin a turn: memory that the last turn's actions point to is given back. */
void px_core_turn(struct px_core *core);
/**
 * Handle one event. At least PX_STEP_ACTIONS_MAX places must be free in *out. Never fails: what
 * cannot be done is answered, dropped or counted. now_us never runs backwards.
 */
void px_core_step(struct px_core *core, const struct px_event *ev, uint64_t now_us,
                  struct px_out *out);
/* When to send PX_EV_WAKE; SW_NEVER: no timer runs. After a PX_EV_WAKE it may have come already:
 * what is due is worked off in pieces, between which other events have their turn. */
uint64_t px_core_wake_us(const struct px_core *core);

/* Borrowed from the core, and counting on. */
const struct px_counters *px_core_counters(const struct px_core *core);
/* The memory of places, to be looked at. Borrowed. */
const struct sw_health *px_core_health(const struct px_core *core);
/* Domains that offered SIPS. Borrowed. */
const struct sw_offers *px_core_offers(const struct px_core *core);
/* Whether anything of it came to this listener, which has left conf, or goes out from it. Costs a
 * look at the connections, and at the transactions that were there when it began to leave. */
bool px_core_uses_listener(const struct px_core *core, uint16_t listener);
/* True when a drained core has no transaction left. */
bool px_core_is_idle(const struct px_core *core);

#endif

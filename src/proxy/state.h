/* SPDX-License-Identifier: BSD-2-Clause */
/* long file: the whole of a core's state, in one picture. */
/*
 * What a core holds. One call, as RFC 3261 section 16 draws it:
 *
 *     px_server    the server transaction and its response context: the request as it came, where
 *      |           its responses go, the last one sent, the best one kept
 *      +- px_search   the location under way: a plan and the questions it has open
 *      +- px_client   a try: one client transaction with its own branch, towards one candidate
 *      +- px_client   the next try; those given up on stay to hear late answers (F6)
 *      +- px_client   a CANCEL of one of them, or an ACK that has to wait for a connection
 *
 * A px_server outlives its clients. Both are only marked as over while an event is handled and
 * freed at its end (px_reap()), so no function needs to fear that what it was handed is gone
 * when a callee returns. A px_relay is a request sent on without a transaction (the ACK of a 2xx);
 * a px_way finds where a response goes when its first place is gone (RFC 3263 5).
 *
 * long file: all that a core holds stands in one place, so that one can see how it hangs together.
 *
 * Timers are due "now" for work that is put off because the caller's room for actions is short.
 */
#ifndef SW_PROXY_STATE_H
#define SW_PROXY_STATE_H

#include "base/arena.h"
#include "base/hmap.h"
#include "base/list.h"
#include "base/rng.h"
#include "base/timerwheel.h"
#include "locate/plan.h"
#include "proxy/conf.h"
#include "proxy/keys.h"
#include "proxy/load.h"
#include "proxy/mem.h"
#include "proxy/port.h"
#include "proxy/told.h"
#include "sip/frame.h"
#include "sip/hdr.h"

enum {
    PX_UNIT_ACTIONS_MAX = 32, /* one message, timer or answer never causes more */
    PX_ASKS_MAX = 12,         /* questions of one search open at once: each may have to be taken
                                 back in one go */
    PX_BRANCH_LEN = 7 + 4 + 16 + 16, /* cookie, worker, chance, loop hash; hexadecimal */
    PX_TAG_LEN = 16,
    PX_PLANS_KEPT_MAX = 256, /* ended plans kept for reuse: a burst's worth */
    PX_CONN_DIALOGS_MAX = 16 /* of one connection that are told apart */
};

struct px_race;
struct px_redirect;
struct px_relay;
struct px_server;
struct px_search;

enum px_timer_kind {
    PX_TIMER_SERVER, /* the server transaction's own */
    PX_TIMER_BUDGET, /* px_server: end of all tries, then timer C (F5, C8) */
    PX_TIMER_CLIENT, /* the client transaction's own */
    PX_TIMER_TRY,    /* px_client: no response yet (F5) */
    PX_TIMER_SEARCH, /* a plan wants to go on */
    PX_TIMER_RELAY,  /* px_relay: the other family begins to race */
    PX_TIMER_CONN    /* a connection has work put off, or is idle */
};

struct px_timer {
    struct sw_timer timer;
    uint8_t kind; /* enum px_timer_kind */
};

/* The policy and its arrays, copied, for the searches that run under one configuration. */
struct px_setup {
    unsigned ref_count;
    struct sw_policy policy;
    struct sw_routes *routes; /* NULL when there was no memory for it */
};

/* A question under way. */
struct px_ask {
    struct sw_hmap_link link; /* core->asks */
    struct sw_list in_search;
    uint64_t id;
    uint32_t plan_id;
    struct px_search *search;
    uint8_t name[]; /* wire form */
};

enum px_search_kind { PX_SEARCH_REQUEST, PX_SEARCH_RELAY, PX_SEARCH_WAY };

struct px_search {
    struct sw_plan *plan; /* NULL: no location */
    uint8_t kind;         /* enum px_search_kind: in what it lies */
    bool is_waiting;      /* the owner wants the next candidate as soon as it is known */
    bool has_told;        /* that the domain no longer offers SIPS (H3) */
    uint8_t ask_count;
    enum sw_try why;     /* what came of the last candidate, not yet told to the plan */
    struct px_tale tale; /* of a request's location, for the log */
    struct px_setup *setup;
    struct sw_list asks; /* px_ask.in_search */
    struct px_timer timer;
};

enum px_conn_state { PX_CONN_CONNECTING, PX_CONN_OPEN, PX_CONN_DEAD };

enum px_user_kind { PX_USER_CLIENT, PX_USER_RELAY, PX_USER_WAY, PX_USER_LENT, PX_USER_ASKED };

/* Somebody who waits for a connection, or for an answer over it. */
struct px_user {
    struct sw_list link; /* conn->waiting, conn->users or conn->asked */
    uint8_t kind;        /* enum px_user_kind */
};

struct px_conn {
    struct sw_hmap_link by_id;
    struct sw_hmap_link by_peer; /* those we opened and may reuse */
    bool is_reusable;            /* in core->conns_by_peer */
    uint8_t state;               /* enum px_conn_state */
    enum px_cause cause;         /* PX_CONN_DEAD */
    enum sw_transport transport;
    uint16_t listener;
    uint64_t id;
    struct sw_endpoint peer;
    uint64_t tls_hash;      /* of the names TLS verified; 0 without TLS */
    struct px_cert *cert;   /* what the other side's certificate says; owned; NULL: none */
    struct sw_slice detail; /* PX_CONN_DEAD: what the cause does not say; owned */
    struct sw_list in_core; /* core->conns, least recently used first */
    struct sw_list waiting; /* px_user: until it is open */
    struct sw_list users;   /* px_user: sent over it, no response yet */
    struct sw_list asked;   /* px_user: the same for other workers, the oldest first */
    unsigned asked_count;
    unsigned owed_count;    /* requests that came over it and are not answered yet */
    unsigned lent_count;    /* those of them that other workers have, */
    uint64_t lent_until_us; /* believed so long: who has one may have been unable to say so */
    uint32_t dialogs[PX_CONN_DIALOGS_MAX]; /* those that lead back over it (px_dialog_number()), */
    unsigned dialog_count;
    unsigned dialogs_beyond;  /* those for which there was no room, */
    uint64_t dialog_until_us; /* believed so long: nobody may have seen their ends */
    uint64_t handed_us;       /* when another worker got a request of it, and has yet to say so */
    struct px_timer timer;
    uint64_t active_us;     /* when octets last went over it */
    uint64_t message_us;    /* when a message last came, or was owed to it; 0: never */
    uint64_t unfinished_us; /* since when the message at the front is incomplete; SW_NEVER: none */
    struct sw_frame_state frame;
    char *in; /* received; [in_at, in_len) is not yet taken; of the pool */
    size_t in_at, in_len, in_cap;
    bool has_work; /* whole messages may be in `in` */
    bool is_ended; /* the peer sends nothing more */
    bool was_left; /* after all that was owed it was closed, and nobody complained */
    bool was_used; /* an earlier request got through over it */
};

/* What RFC 3261 16.4 to 16.6 make of Request-URI and Route fields. Views into the request. */
struct px_target {
    struct sw_slice made; /* the text of a configured route: owned */
    struct sw_slice
        request_uri;            /* as it is forwarded, but for `strip_maddr` (of pushed_uri then) */
    struct sw_slice next_hop;   /* the URI that is located */
    uint8_t own_route_count;    /* Route values at the top that are ours: removed */
    bool drop_last_route;       /* it became the Request-URI (a strict router before us) */
    bool is_strict;             /* the next hop is one: next_hop is the Request-URI, and */
    struct sw_slice pushed_uri; /* this one goes to the end of Route */
    bool strip_maddr;           /* of the Request-URI: maddr, port and transport (16.4) */
    bool is_route;              /* next_hop comes from a Route field */
    bool is_sips;               /* the Request-URI is sips: so is the location (16.6 step 7) */
    bool is_ours;               /* the Request-URI means this proxy, and no Route is left */
    bool has_token;             /* a Route value of ours from a dialog that we record-routed */
    bool is_configured;         /* a route of the configuration led here (C3) */
    uint64_t flow; /* the token's: a connection that who is to be reached opened; 0: none */
    struct sw_slice added_route; /* a URI that is put into a Route field */
};

struct px_way {
    struct px_server *server;
    struct px_search search;
    struct px_user user;
    bool is_connecting; /* user waits for a connection */
    bool is_unsure; /* the response went over a connection that the peer had ended: user waits for
                       a complaint (18.2.2) */
    bool is_ended;  /* there is no further place */
};

/* Most end half a minute after all else, when nothing of them is in the cache any more: what the
 * end looks at stands in front, here and in px_server. */
struct px_client {
    struct sw_hmap_link link; /* core->clients, by branch */
    struct sw_txn txn;
    struct px_timer timer;
    struct px_timer try_timer;
    struct px_server *server;
    struct sw_list in_server;
    struct px_user user;
    struct px_names *names; /* TLS: whom the server must be; owned */
    struct sw_slice sent;   /* owned */
    /* for the log */
    struct sw_slice detail; /* owned */
    struct sw_slice host;   /* the candidate's; owned; empty: it has none */
    enum sw_method method;
    uint8_t place;    /* its candidate's, for sw_plan_report() */
    uint8_t target;   /* its target's, of s->target_at */
    bool is_started;  /* handed to the machine: on its way */
    bool is_over;     /* the machine has ended */
    bool is_given_up; /* the next candidate has its turn */
    bool is_overdue;  /* the try time is up, but there was nobody else */
    bool has_response;
    bool has_provisional; /* INVITE: one came, no final */
    bool has_final;
    bool wants_cancel; /* once a provisional comes */
    bool is_cancelled; /* the CANCEL was sent */
    bool was_resent;
    bool was_old_conn; /* its connection had been there before */
    bool is_flow; /* over the connection that its target opened, whatever its Contact says (X3) */
    bool was_reconnected; /* and another was opened when it turned out to be dead */
    bool is_returned;     /* as one of its turn was, for `cause`: when its try timer fires */
    /* What its end does not touch. */
    struct px_hop to;
    char branch[PX_BRANCH_LEN];
    /* for the log */
    enum px_try_end end;
    uint16_t status;
    enum px_cause cause;
    uint64_t started_us, took_us;
};

struct px_server {
    struct sw_hmap_link link; /* core->servers */
    struct sw_list in_core;   /* core->all_servers */
    struct sw_list in_reap;   /* core->reap, when something of it ended */
    struct sw_txn txn;
    struct px_timer txn_timer;
    struct px_timer budget_timer;
    struct sw_list clients; /* px_client.in_server, oldest first */
    struct px_client *current;
    struct px_client *rival;      /* racing against it for a connection (proxy/race.h) */
    struct px_redirect *redirect; /* owned; NULL: there is only one target */
    struct px_race *race;         /* owned; NULL: there is no race, and nobody is left of one */
    struct px_way *way;           /* NULL: reply works */
    struct sw_slice request;      /* owned, as received */
    struct sw_slice response;     /* owned: the last one sent */
    struct sw_slice best;         /* owned: the best final one not sent, our Via removed */
    uint64_t unsure_until_us;     /* the response may yet turn out not to have been sent */
    enum sw_method method;
    uint16_t best_status;
    uint16_t sent_status; /* final; 0: none */
    bool best_is_failure; /* it comes from one that counts as failed: others are tried */
    bool is_settled;      /* a candidate has answered: no other one of this target is tried */
    bool is_over;         /* the machine has ended */
    bool is_owed;         /* its connection knows that a response is owed to it */
    bool is_cancelled;    /* by the caller */
    bool has_timer_c;     /* a provisional came: the budget is over, timer C runs */
    bool is_timed_out;    /* the budget or timer C ended it */
    bool no_more_tries;
    bool is_logged;
    bool was_silent, had_503, had_error; /* how tries failed */
    bool is_to_locate; /* it goes over a flow now; when nothing comes of that, it is located */
    uint8_t try_count;
    bool recurses;     /* C9: contacts of a 3xx become targets */
    uint8_t target_at; /* targets there were before this one */
    uint8_t located;   /* enum sw_result */
    struct px_search search;
    struct px_target target;
    struct px_key key;
    struct px_hop from;                             /* the source */
    struct px_hop reply;                            /* where responses go */
    struct sw_slice call_id;                        /* a view into the request */
    struct sw_slice domain;                         /* another: what is located, for the log */
    uint16_t failover_codes[PX_FAILOVER_CODES_MAX]; /* F1: besides 503 */
    const char *reason;                             /* for the log */
    uint64_t received_us, located_us, deadline_us;
    uint64_t loop_hash;
    uint64_t call; /* px_call_seed(); its datagrams are a series */
};

/* A place that a px_relay may go to. */
struct px_leg {
    struct px_relay *relay;
    struct px_user user; /* of its connection */
    struct px_hop to;
    uint8_t place;   /* its candidate's */
    bool is_waiting; /* for its connection */
};

struct px_relay {
    struct sw_list in_core; /* core->relays */
    struct px_search search;
    struct px_leg legs[2]; /* the second one races against the first one for a connection (X3) */
    struct px_timer timer; /* when it begins to */
    struct sw_candidate *second; /* for it; owned; NULL: not known */
    struct px_target target;
    struct px_hop from;
    struct sw_slice request; /* owned, as received */
    struct sw_slice domain;  /* a view into the request: what is located, for the log */
    uint64_t loop_hash;
    uint64_t branch_chance;
    uint64_t call; /* px_call_seed(); its datagrams are a series */
    uint64_t received_us;
};

struct px_core {
    const struct sw_alloc *alloc;
    const struct px_conf *conf;
    struct px_setup *setup;
    struct sw_txn_times times; /* a copy: machines refer to it */
    struct px_keys keys;
    struct sw_rng rng;
    uint16_t worker, worker_count;
    struct px_mem mem;
    struct sw_alloc pool; /* mem, for plans and routes */
    struct sw_arena turn; /* what only this turn's actions need */
    void *turn_block;     /* its first block */
    struct sw_timerwheel wheel;
    struct sw_health *health;
    struct sw_offers *offers; /* H3 */
    struct px_quotas quotas;
    struct px_load load;
    struct sw_hmap servers, clients, asks, conns_by_id, conns_by_peer, affinities;
    struct sw_hmap flows, flows_by_peer; /* proxy/flow.h */
    struct sw_list all_servers, relays, conns, reap, all_affinities, all_flows;
    struct sw_list launched; /* px_client.user: those sent in this turn as datagrams. After it they
                                are a ring without a head (px_client_tell_turn()) */
    struct px_told told;
    struct sw_plan **plans; /* ended ones, for reuse */
    size_t plan_count, server_count, relay_count, flow_count;
    size_t requests_len; /* octets of the requests they hold, as received */
    uint64_t next_conn, next_ask;
    bool is_draining;
    uint64_t *shed;     /* proxy/shed.h; NULL until the first request is refused for load */
    uint64_t left_us;   /* when a listener last began to leave */
    uint64_t now_us;    /* of the event being handled */
    struct px_out *out; /* of the event being handled; NULL when the core is being freed */
    struct px_action unheard;
    struct sw_msg msg; /* the message that came in */
    struct sw_msg old; /* one read again: a stored request, one that was sent */
    bool has_old;      /* until the turn ends */
    struct px_counters counters;
};

#endif

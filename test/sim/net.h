/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated network: places (transport, address, port) with somebody behind each, datagrams
 * that are delayed, lost, doubled and overtake one another, connections whose bytes arrive in
 * pieces, places that refuse, and places from which nothing ever comes back.
 */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "locate/transport.h"
#include "proxy/port.h"
#include "sim/world.h"

/* How far away a place is and what goes wrong on the way; the proxy's own are ideal, so that each
 * way has one link. */
struct sim_link {
    uint64_t delay_us;
    uint64_t jitter_us; /* up to so much more, each datagram for itself: some overtake others */
    unsigned loss_permille, twice_permille;
    bool is_dark;     /* a black hole */
    bool is_refusing; /* nobody listens: ICMP, RST */
};

struct sim_net;
struct sim_node;

struct sim_node_ops {
    void (*datagram)(struct sim_node *n, uint16_t place, const struct sw_endpoint *from,
                     struct sw_slice bytes);
    /* What was sent to `to` came back. */
    void (*returned)(struct sim_node *n, uint16_t place, const struct sw_endpoint *to,
                     enum px_cause cause, struct sw_slice bytes);
    void (*accepted)(struct sim_node *n, uint64_t conn, uint16_t place,
                     const struct sw_endpoint *from);
    void (*connected)(struct sim_node *n, uint64_t conn);
    void (*bytes)(struct sim_node *n, uint64_t conn, struct sw_slice bytes);
    void (*closed)(struct sim_node *n, uint64_t conn, enum px_cause cause);
    /* The other side sends nothing more; whether it still reads is seen by writing. NULL: told as
     * closed. */
    void (*ended)(struct sim_node *n, uint64_t conn);
};

struct sim_node {
    const struct sim_node_ops *ops;
    char name[16];
};

enum { SIM_PLACES_MAX = 128, SIM_CONNS_MAX = 1024, SIM_CERT_NAMES_MAX = 4 };

struct sim_place {
    enum sw_transport transport;
    struct sw_endpoint endpoint;
    struct sim_node *node;
    uint16_t index; /* the node's own number for it */
    bool is_ideal;  /* the proxy's */
    struct sim_link link;
    struct px_cert_name names[SIM_CERT_NAMES_MAX]; /* of its certificate, for TLS */
    size_t name_count;
};

/* One end of a connection. */
struct sim_end {
    struct sim_node *node;
    uint64_t conn; /* the node's name for it */
    struct sw_endpoint endpoint;
    uint64_t arrives_us; /* nothing sent later arrives before */
    bool is_closed;
    bool is_ended; /* it knows that the other end sends nothing more */
};

struct sim_conn {
    struct sim_end ends[2];  /* 0 opened it */
    struct sim_place *place; /* whose link it uses */
    struct sim_place *target;
    bool is_open;
    bool is_unfit;   /* whoever opened it does not like the other's certificate */
    bool is_stalled; /* something on it got lost in a black hole */
};

struct sim_net {
    struct sim_world *world;
    struct sim_place places[SIM_PLACES_MAX];
    size_t place_count;
    struct sim_conn conns[SIM_CONNS_MAX];
    size_t conn_count;
    uint16_t next_port; /* of connections, ephemeral */
    bool cuts_streams;  /* bytes arrive in random pieces */
};

void sim_net_init(struct sim_net *net, struct sim_world *w);
struct sim_place *sim_net_add(struct sim_net *net, enum sw_transport t,
                              const struct sw_endpoint *at, struct sim_node *node, uint16_t index);
struct sim_place *sim_net_find(struct sim_net *net, enum sw_transport t,
                               const struct sw_endpoint *at);
/* The link of the place that is not the proxy's. */
struct sim_link *sim_net_link(struct sim_net *net, const char *node_name);

void sim_net_datagram(struct sim_net *net, const struct sim_place *from,
                      const struct sw_endpoint *to, struct sw_slice bytes);
/* The node hears of it by connected() or closed() with the name it gives. It may mark what it gets
 * as unfit. */
struct sim_conn *sim_net_connect(struct sim_net *net, struct sim_node *node, uint64_t conn,
                                 const struct sim_place *from, const struct sw_endpoint *to,
                                 uint64_t timeout_us);
/* What the other end of a connection shows of itself. */
struct px_cert sim_net_cert(struct sim_net *net, const struct sim_node *node, uint64_t conn);
/* True when everything sent over it can be read by anybody. */
bool sim_net_is_clear(struct sim_net *net, const struct sim_node *node, uint64_t conn);
void sim_net_bytes(struct sim_net *net, const struct sim_node *node, uint64_t conn,
                   struct sw_slice bytes);
void sim_net_close(struct sim_net *net, const struct sim_node *node, uint64_t conn,
                   enum px_cause cause);
/* A node sends nothing more over its connections, and goes on to read. */
void sim_net_half_close(struct sim_net *net, const struct sim_node *node);
/* All connections to a node break; PX_CAUSE_RESET or _CLOSED. */
void sim_net_break(struct sim_net *net, const struct sim_node *node, enum px_cause cause);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other parties of the demonstration: a caller on UDP and two servers on the addresses of the
 * zone, over TCP and UDP. They know just enough SIP for a call, and write down what they see.
 */
#ifndef DEMO_PEERS_H
#define DEMO_PEERS_H

#include "adapter/sockaddr.h"
#include "ladder.h"

enum demo_mode {
    DEMO_UP,        /* answers */
    DEMO_STOPPED,   /* its port is closed */
    DEMO_BLACK_HOLE /* takes everything in and says nothing */
};

enum { DEMO_SERVERS = 2, DEMO_CONNS_MAX = 8, DEMO_MESSAGE_MAX = 8192 };

struct demo_conn {
    int fd; /* -1: free */
    char bytes[DEMO_MESSAGE_MAX];
    size_t len;
};

struct demo_server {
    enum demo_who who;
    struct sw_endpoint at;
    enum demo_mode mode;
    int listen_fd, udp_fd; /* -1: closed */
    struct demo_conn conns[DEMO_CONNS_MAX];
    unsigned udp_count; /* datagrams that came although the domain prefers TCP */
    char invite_branch[128];
};

enum demo_call_state { DEMO_IDLE, DEMO_INVITED, DEMO_TALKING, DEMO_LEAVING, DEMO_OVER };

struct demo_caller {
    int fd;
    struct sw_endpoint at, proxy;
    enum demo_call_state state;
    unsigned call_number;
    uint64_t hang_up_us;
    uint16_t status; /* the final response to INVITE; 0: none yet */
    char warning[256];
    char invite[DEMO_MESSAGE_MAX]; /* as sent, for the ACK */
    size_t invite_len;
    char answer[DEMO_MESSAGE_MAX]; /* the final response, for ACK and BYE */
    size_t answer_len;
};

struct demo_peers {
    struct demo_caller caller;
    struct demo_server servers[DEMO_SERVERS];
    struct demo_ladder ladder;
};

/* Open the caller; false with a sentence on standard error. */
bool demo_peers_open(struct demo_peers *p);
/* Close everything. */
void demo_peers_close(struct demo_peers *p);
/* Stop a server, bring it up or make it a black hole; false with a sentence on standard error. */
bool demo_server_set(struct demo_server *s, enum demo_mode mode);
/* Begin a call through the proxy at that place. */
void demo_call_begin(struct demo_peers *p, const struct sw_endpoint *proxy);
/* Handle what comes until the call is over or the time has come; true when it is over. */
bool demo_call_run(struct demo_peers *p, uint64_t until_us);
/* The Call-ID of the call under way. */
void demo_call_id(const struct demo_peers *p, char *room, size_t cap);

#endif

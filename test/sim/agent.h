/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User agents. A server does what it was told for each method: "180 after 50ms, 200 after 1s",
 * "die after 100"; it retransmits and absorbs as RFC 3261 asks. A caller sends a request, keeps at
 * it, ACKs what it gets, may CANCEL, and remembers every response with its time.
 */
#ifndef SIM_AGENT_H
#define SIM_AGENT_H

#include "sim/net.h"
#include "sip/msg.h"

enum {
    SIM_STEPS_MAX = 8,
    SIM_SCRIPTS_MAX = 12,
    SIM_AGENT_PLACES_MAX = 12,
    SIM_CALLS_MAX = 256,
    SIM_SERVED_MAX = 1024,
    SIM_ANSWERS_MAX = 24
};

enum sim_step_kind {
    SIM_ANSWER, /* status */
    SIM_DIE,    /* nothing is heard of the agent any more */
    SIM_CLOSE,  /* its connections close */
    SIM_RESET   /* its connections break */
};

struct sim_step_of {
    enum sim_step_kind kind;
    uint16_t status;
    uint64_t after_us; /* since the request came */
    char extra[512];   /* header lines */
};

struct sim_script {
    char method[16];
    unsigned from_nth; /* the n-th request of the method and those after it; from 1 */
    bool ignores_cancel;
    bool is_elsewhere; /* answers leave from the agent's last place */
    size_t step_count;
    struct sim_step_of steps[SIM_STEPS_MAX];
};

struct sim_agent;

/* A server's view of one transaction. */
struct sim_served {
    struct sim_agent *agent;
    char *request;
    size_t request_len;
    struct sim_place *place;
    uint64_t conn;
    struct sw_endpoint peer;
    const struct sim_script *script;
    char branch[80];
    char method[16];
    uint16_t status; /* last one sent */
    char *response;
    size_t response_len;
    uint64_t resend_us; /* interval */
    uint64_t began_us;
    bool is_acked, is_cancelled;
};

/* A caller's view of one. */
struct sim_call {
    struct sim_agent *agent;
    char name[16];
    char method[16];
    char uri[160];
    char call_id[40], from_tag[24];
    char branch[40];
    char to[200];    /* To field of the last response */
    char route[600]; /* Route lines for requests of the dialog */
    char contact[160];
    unsigned cseq;
    struct sw_slice request; /* owned */
    struct sw_slice ack;     /* of the last final; owned */
    struct sim_place *place;
    struct sim_place *towards;
    uint64_t conn;
    uint64_t resend_us, began_us;
    bool is_cancelled, wants_cancel;
    size_t answer_count;
    struct {
        uint16_t status;
        uint64_t at_us;
    } answers[SIM_ANSWERS_MAX];
    unsigned final_count; /* different finals: a retransmission does not count */
    uint16_t final_status;
    bool has_provisional;
    bool is_over; /* gave up waiting */
};

struct sim_agent {
    struct sim_node node; /* first */
    struct sim_world *world;
    struct sim_net *net;
    struct sim_place *places[SIM_AGENT_PLACES_MAX];
    size_t place_count;
    struct sim_script scripts[SIM_SCRIPTS_MAX];
    size_t script_count;
    struct sim_served *served;
    size_t served_count;
    struct sim_call *calls;
    size_t call_count;
    uint64_t next_conn;
    uint64_t open_conn; /* towards the proxy, of the caller; 0: none */
    bool is_connecting;
    bool ignores_acks;
    char last_tag[40]; /* To tag of the last response: $TAG in what it says */
    bool has_said;     /* something of its own: answers to that are no surprise */
    char *input[32];   /* what came over a connection, by its number */
    size_t input_len[32];
    uint64_t input_conn[32];
};

void sim_agent_init(struct sim_agent *a, struct sim_world *w, struct sim_net *net,
                    const char *name);
void sim_agent_fini(struct sim_agent *a);
struct sim_place *sim_agent_listen(struct sim_agent *a, enum sw_transport t,
                                   const struct sw_endpoint *at);

/* What a request consists of besides what every request has. */
struct sim_request {
    const char *method, *uri;
    const char *name;  /* of the call in the scene */
    const char *extra; /* header lines */
    const char *body;
    const struct sim_call *dialog; /* in it; NULL: a new one */
    const char *call_id;           /* NULL: a fresh one */
    const char *to_tag;            /* instead of the dialog's; NULL: as it is */
    int max_forwards;              /* < 0: 70 */
};
struct sim_call *sim_agent_call(struct sim_agent *a, enum sw_transport t, struct sim_place *towards,
                                const struct sim_request *rq);
void sim_agent_cancel(struct sim_call *c);
/* Later requests of the dialog go as a strict router sends them: the first of the route set as
 * Request-URI, the remote target as the last Route. @return NULL, or why not. */
const char *sim_call_turn_strict(struct sim_call *c);
/* The dialog of a call as its callee sees it, for his own requests in it. @retval false  he has not
 * been called so. */
bool sim_call_turn_round(const struct sim_agent *callee, const struct sim_call *c,
                         struct sim_call *out);
/* Send text as it is, in a datagram or over the connection. */
void sim_agent_send_raw(struct sim_agent *a, enum sw_transport t, struct sim_place *towards,
                        struct sw_slice text);

#endif

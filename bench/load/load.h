/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A load generator for SIP proxies that is cheaper than they are: one thread is both the caller and
 * the callee of thousands of calls, everything is sent and received in batches, and each message is
 * checked against the call it belongs to.
 *
 *     caller                proxy                 callee
 *       |---INVITE----------->|---INVITE----------->|
 *       |<--100 (the proxy's) |<--100 --------------|
 *       |<--180 --------------|<--180 --------------|
 *       |<--200 --------------|<--200 --------------|      --method options:
 *       |---ACK-------------->|---ACK-------------->|      OPTIONS and its 200
 *       |---BYE-------------->|---BYE-------------->|
 *       |<--200 --------------|<--200 --------------|
 *
 * So a proxy has seven messages to read and seven to write. ACK and BYE leave in one breath:
 * whoever can let one overtake the other is given the chance.
 *
 * A call is known by 16 hexadecimal digits, its place in the table and a serial number. They stand
 * in its Call-ID, both tags and each branch, so every message says to which call it belongs, and
 * whether all its parts belong to the same one.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOAD_MESSAGE_MAX = 4096, LOAD_CALLS_MAX = 1 << 20, LOAD_PIDS_MAX = 64 };

enum load_side { LOAD_CALLER, LOAD_CALLEE };

enum load_method { LOAD_INVITE, LOAD_ACK, LOAD_BYE, LOAD_OPTIONS, LOAD_METHODS };

/* What is wrong with a message or a call is counted, never forgiven. */
#define LOAD_COUNTERS(X)                                                                           \
    X(started)         /* calls */                                                                 \
    X(completed)       /* calls that went through, to the last 200 */                              \
    X(refused)         /* calls that were answered 300 to 699 */                                   \
    X(lost)            /* calls without a final response */                                        \
    X(wrong)           /* messages whose parts do not belong together, or to their call */         \
    X(stray)           /* messages of no open call */                                              \
    X(resent)          /* requests and 200s that we sent again, for nothing came */                \
    X(repeated)        /* requests that the callee got twice, 200s that the caller got twice */    \
    X(ack_overtaken)   /* BYEs that came before the ACK */                                         \
    X(final_overtaken) /* provisional responses that came after the final one */

struct load_counters {
#define X(name) uint64_t name;
    LOAD_COUNTERS(X)
#undef X
};

/* Times in logarithmic classes of 3 %. */
struct load_times {
    uint64_t count;
    uint32_t classes[64 * 32];
};

struct load_conf {
    struct sockaddr_in proxy, caller, callee;
    bool is_tcp;
    const char *certificate, *key; /* over TLS: files of the callee's; NULL: without */
    bool is_options;
    bool is_stamped;      /* the kernel says when the callee's datagrams came */
    bool is_held;         /* the callee answers when all calls ring */
    unsigned open_max;    /* calls at the same time */
    double rate;          /* calls offered a second; 0: as many as go through */
    unsigned together;    /* so many of them begin at once */
    double warm_s, run_s; /* before and while things are measured */
    double patience_s;    /* after which a call is lost */
    const char *host;     /* of the Request-URI; NULL: the callee's address. dN when it begins with
                             "d#": a new number a call */
    unsigned pids[LOAD_PIDS_MAX]; /* the proxy's processes */
    unsigned pid_count;
};

/* ---- text.c: messages ---- */

struct load_line {
    const char *p;
    size_t len; /* with its CRLF */
};

/* A received message: what the checks need, and the lines a response repeats. */
struct load_msg {
    uint64_t call_id, from_tag, to_tag, branch; /* 0: absent, or not one of ours */
    unsigned status;                            /* 0: a request */
    enum load_method method;                    /* of a response: CSeq's */
    uint32_t cseq;
    unsigned via_count;
    bool is_whole;
    unsigned line_count;
    struct load_line lines[16]; /* Via, Record-Route, From, To, Call-ID, CSeq */
    struct load_line to;
};

/** Write the messages that all calls share; once. */
void load_text_init(const struct load_conf *conf);
/** Write the caller's request into room of LOAD_MESSAGE_MAX octets; returns its length. */
size_t load_text_request(enum load_method method, uint64_t id, char *room);
/** The ACK of a failure: of the same transaction, with the response's To. */
size_t load_text_failure_ack(uint64_t id, const struct load_msg *m, char *room);
/** Write the callee's response. */
size_t load_text_response(unsigned status, const struct load_msg *m, char *room);
/** Read; m points into bytes. */
void load_text_read(struct load_msg *m, const char *bytes, size_t len);

/* ---- wire.c, udp.c, tcp.c: messages come and go ---- */

struct load_wire;

/* A whole message; at_ns: when it came. */
typedef void load_message_fn(enum load_side side, const char *bytes, size_t len, uint64_t at_ns);

struct load_wire_ops {
    char *(*room)(struct load_wire *w, enum load_side side);
    void (*commit)(struct load_wire *w, enum load_side side, uint64_t call_id, size_t len);
    void (*flush)(struct load_wire *w);
    bool (*receive)(struct load_wire *w);
    void (*wait)(struct load_wire *w, uint64_t most_ns);
    uint64_t (*dropped)(const struct load_wire *w);
};

struct load_wire {
    const struct load_wire_ops *ops;
    load_message_fn *fn;
};

/** Sockets for both sides; ends the program when they cannot be had. */
struct load_wire *load_udp_open(const struct load_conf *conf, load_message_fn *fn);
/** The same as one connection on each side, over TLS where there is a certificate. */
struct load_wire *load_tcp_open(const struct load_conf *conf, load_message_fn *fn);

/* ---- calls.c: what is to be sent next, and whether what came is right ---- */

extern struct load_counters load_counters;
extern struct load_times load_way_times;   /* an INVITE's from us to us */
extern uint64_t load_first_way_ns;         /* the first call's, which is not among them */
extern struct load_times load_setup_times; /* from an INVITE to its 200 */

/** Room for the calls that may be open; once. */
void load_calls_init(const struct load_conf *conf, struct load_wire *wire);
/** The load_message_fn of the calls. */
void load_calls_message(enum load_side side, const char *bytes, size_t len, uint64_t at_ns);
/** Begin a call; false: there are open_max already. */
bool load_calls_start(uint64_t now_ns);
/** Send again what had no answer, give up on what never had one. */
void load_calls_tick(uint64_t now_ns);
/** With is_held: calls that ring. */
unsigned load_calls_ringing(void);
/** With is_held: answer those at the places [from, to) of open_max. */
void load_calls_answer(uint32_t from, uint32_t to, uint64_t now_ns);
/** Calls that are not over. */
unsigned load_calls_open(void);

/* ---- measure.c ---- */

/** Nanoseconds of the clock by which the kernel stamps what it receives. */
uint64_t load_now_ns(void);
/** Count a time. */
void load_times_add(struct load_times *t, uint64_t ns);
/** The time that `share` of them do not exceed, in microseconds. */
double load_times_us(const struct load_times *t, double share);
/** CPU nanoseconds of the proxy's processes with all their threads, since they began. */
double load_cpu_ns(const struct load_conf *conf);
/** Octets of memory that are the proxy's own. */
double load_memory(const struct load_conf *conf);

#endif

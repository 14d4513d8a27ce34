/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resolver adapter on either of its loops, for tests that ask and wait.
 *
 *     struct dns_client c;
 *     dns_client_open(&c, DNS_CLIENT_EPOLL, &conf);
 *     assert_string_equal(dns_client_ask(&c, "vocal.com", SW_RR_A)->text, "records 192.0.2.1");
 *     dns_client_close(&c);
 *
 * With TEST_RESOLVER=stub in the environment it is dns_stub.h, else dns_unbound.h.
 */
#ifndef TEST_SUPPORT_DNS_CLIENT_H
#define TEST_SUPPORT_DNS_CLIENT_H

#include "adapter/dns_unbound.h"
#include "base/time.h"

enum dns_client_kind { DNS_CLIENT_LIBEVENT, DNS_CLIENT_EPOLL, DNS_CLIENT_KINDS };

#define DNS_CLIENT_TIMEOUT_US SW_SECONDS(10)

/* An answer as it came, and as text. */
struct dns_result {
    unsigned call_count;
    struct sw_answer answer; /* rrs, owner and why do not outlive the call: not set */
    char text[8192];         /* "records 0 1 5060 h.t. | ...", "nodata", "servfail" */
    char why[256];
    uint64_t came_us; /* monotonic */
};

struct dns_client {
    enum dns_client_kind kind;
    struct event_base *base;
    struct event *wake; /* ends a turn of the loop in which nothing happens */
    struct ad_loop_epoll *epoll;
    struct ad_loop *loop;
    struct ad_dns *dns;
    struct dns_result result; /* of dns_client_ask() */
};

/* Which kind of resolver the tests are about: a few say what is different. */
bool dns_client_is_stub(void);
/* The loop alone, and the resolver on it; ends the test when it fails. */
void dns_client_open_loop(struct dns_client *c, enum dns_client_kind kind);
void dns_client_open(struct dns_client *c, enum dns_client_kind kind,
                     const struct ad_dns_conf *conf);
void dns_client_close(struct dns_client *c);

/* Run the loop until *flag is true or `for_us` is over; false then. */
bool dns_client_run_until(struct dns_client *c, const bool *flag, uint64_t for_us);
void dns_client_run_for(struct dns_client *c, uint64_t for_us);

/* Ask; the answer goes to *result in its time. */
struct ad_dns_id dns_client_start(struct dns_client *c, const char *name, enum sw_rrtype type,
                                  uint64_t timeout_us, struct dns_result *result);
/* Run the loop until each result has been called back. */
void dns_client_wait(struct dns_client *c, const struct dns_result *results, size_t count);

/* Ask and wait. */
const struct dns_result *dns_client_ask(struct dns_client *c, const char *name,
                                        enum sw_rrtype type);
const struct dns_result *dns_client_ask_for(struct dns_client *c, const char *name,
                                            enum sw_rrtype type, uint64_t timeout_us);

#endif

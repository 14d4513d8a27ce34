/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DNS through libunbound: the system's resolvers, given servers, the root, and any number of
 * RFC 1035 zone files as auth-zones, all in one context with one cache and one validator.
 *
 * A question is asked with its own deadline, because a silent name server keeps libunbound busy for
 * about 17 s. Equal questions in flight are asked once (D11). A change of resolv.conf is noticed
 * and takes a new context, old questions ending in the old one (D12). Temporary failures are not
 * remembered (D12): libunbound's own caching of SERVFAIL is bypassed for new questions.
 *
 *     struct ad_dns *dns;
 *     rc = ad_dns_new(&dns, &conf, loop, &why);
 *     rc = ad_dns_ask(dns, &question, SW_SECONDS(5), on_answer, me, &id);
 */
#ifndef SW_ADAPTER_DNS_UNBOUND_H
#define SW_ADAPTER_DNS_UNBOUND_H

#include "adapter/dns_conf.h"
#include "dns/ask.h"

struct ad_dns;
struct ad_loop;

struct ad_dns_id { /* names a question under way; {0} names none */
    uint64_t value;
};

/**
 * Receive an answer.
 * @param answer  valid only during the call.
 * May be called before ad_dns_ask() returns (the record was in the cache or in a zone file). It may
 * ask and cancel; it must not call ad_dns_free().
 */
typedef void ad_dns_answer_fn(void *arg, const struct sw_answer *answer);

/**
 * Set up a resolver context on a loop.
 *
 * Contexts are made one at a time across threads (this function takes a lock for it); a context is
 * used from one thread.
 * @param conf       copied.
 * @param loop       borrowed, outlives the context.
 * @param[out] error written on failure; NULL when not wanted.
 * @retval 0, SW_E_NOMEM, SW_E_FILE (cannot be read), SW_E_ZONE (file:line: what), SW_E_RESOLVER
 */
SW_MUST_USE int ad_dns_new(struct ad_dns **out, const struct ad_dns_conf *conf,
                           struct ad_loop *loop, struct ad_dns_error *error);

/* Every question under way is dropped without an answer. NULL is allowed. Not from a callback. */
void ad_dns_free(struct ad_dns *dns);

/**
 * Ask.
 * @param timeout_us  after this long the answer is TIMEOUT (the resolver may go on in the
 *                    background, so that the next question finds its answer).
 * @param[out] id     for ad_dns_cancel(); {0} when the answer was given before the return.
 * @retval 0           fn is called exactly once unless the question is cancelled.
 * @retval SW_E_NOMEM  fn is not called.
 */
SW_MUST_USE int ad_dns_ask(struct ad_dns *dns, const struct sw_question *q, uint64_t timeout_us,
                           ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id);

/* fn will not be called. An id that is done or {0} is ignored. */
void ad_dns_cancel(struct ad_dns *dns, struct ad_dns_id id);

#endif

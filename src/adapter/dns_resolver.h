/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A resolver as its users see it, whoever does the work: dns_unbound.h, which validates and keeps
 * its own cache, or dns_stub.h, which asks a resolver that is trusted.
 *
 *     struct ad_dns *dns;
 *     rc = ad_dns_new(&dns, &conf, loop, &why);
 *     rc = ad_dns_ask(dns, &question, SW_SECONDS(5), on_answer, me, &id);
 */
#ifndef SW_ADAPTER_DNS_RESOLVER_H
#define SW_ADAPTER_DNS_RESOLVER_H

#include "dns/ask.h"

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

struct ad_dns;

/* What a kind of resolver does; the functions below call it. */
struct ad_dns_ops {
    int (*ask)(struct ad_dns *dns, const struct sw_question *q, uint64_t timeout_us,
               ad_dns_answer_fn *fn, void *arg, struct ad_dns_id *id);
    void (*cancel)(struct ad_dns *dns, struct ad_dns_id id);
    void (*free)(struct ad_dns *dns);
};

struct ad_dns {
    const struct ad_dns_ops *ops;
};

/* Every question under way is dropped without an answer. NULL is allowed. Not from a callback. */
static inline void ad_dns_free(struct ad_dns *dns)
{
    if (dns != NULL)
        dns->ops->free(dns);
}

/**
 * Ask.
 * @param timeout_us  after this long the answer is TIMEOUT (the resolver may go on in the
 *                    background, so that the next question finds its answer).
 * @param[out] id     for ad_dns_cancel(); {0} when the answer was given before the return.
 * @retval 0           fn is called exactly once unless the question is cancelled.
 * @retval SW_E_NOMEM  fn is not called.
 */
SW_MUST_USE static inline int ad_dns_ask(struct ad_dns *dns, const struct sw_question *q,
                                         uint64_t timeout_us, ad_dns_answer_fn *fn, void *arg,
                                         struct ad_dns_id *id)
{
    return dns->ops->ask(dns, q, timeout_us, fn, arg, id);
}

/* fn will not be called. An id that is done or {0} is ignored. */
static inline void ad_dns_cancel(struct ad_dns *dns, struct ad_dns_id id)
{
    dns->ops->cancel(dns, id);
}

#endif

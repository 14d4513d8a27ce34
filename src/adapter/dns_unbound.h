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
#include "adapter/dns_resolver.h"

struct ad_loop;

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

#endif

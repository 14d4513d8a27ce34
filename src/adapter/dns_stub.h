/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DNS through c-ares, as a stub: every question goes to a recursive resolver that is trusted,
 * the system's or given ones, and its answers are kept here for their time (dns/cache.h). For
 * whoever meets thousands of cold domains a second: a question costs a tenth of what a resolver of
 * our own does.
 *
 * What is different from dns_unbound.h: nothing is validated. An answer is secure when the resolver
 * says so (the AD bit) and every server lies on this host, where nobody can put words into its
 * mouth (RFC 6840 5.8). All questions that are under way at the same time leave from one port,
 * which makes forging easier than with a full resolver: the way to the server should be a loopback
 * interface or a network of our own. Zone files are not read.
 *
 * What is the same: equal questions are asked once (D11), each waiter has a deadline, failures are
 * not remembered (D12), expired answers are used when they cannot be had anew (D7), cut answers are
 * asked for over TCP, a change of resolv.conf is noticed.
 */
#ifndef SW_ADAPTER_DNS_STUB_H
#define SW_ADAPTER_DNS_STUB_H

#include "adapter/dns_conf.h"
#include "adapter/dns_resolver.h"

struct ad_loop;

/**
 * Set up a stub on a loop.
 * @param conf       copied; source is AD_DNS_SYSTEM or AD_DNS_SERVERS, without zone files. `dnssec`
 *                   says whether the AD bit is looked at.
 * @param loop       borrowed, outlives the stub.
 * @param[out] error written on failure; NULL when not wanted.
 * @retval 0, SW_E_NOMEM, SW_E_RESOLVER
 *
 * Thread: any; made one at a time under a lock, used from one thread.
 */
SW_MUST_USE int ad_stub_new(struct ad_dns **out, const struct ad_dns_conf *conf,
                            struct ad_loop *loop, struct ad_dns_error *error);

#endif

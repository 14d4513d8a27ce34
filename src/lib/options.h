/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading struct sipward_options: from texts to the values the layers below work with. Errors name
 * the option and what it said. */
#ifndef SW_LIB_OPTIONS_H
#define SW_LIB_OPTIONS_H

#include "adapter/dns_unbound.h"
#include "locate/policy.h"

#include "sipward/err.h"
#include "sipward/options.h"

/* What struct sipward_options says of the policy, networks and addresses apart. */
SW_MUST_USE int sw_options_policy(const struct sipward_options *o, struct sw_policy *out,
                                  struct sipward_error *error);
/* Networks of an option; `out` has room for `count`. name: of the option, for the error. */
SW_MUST_USE int sw_options_networks(const char *const *texts, size_t count, const char *name,
                                    struct sw_network *out, struct sipward_error *error);
/* Likewise addresses. */
SW_MUST_USE int sw_options_addresses(const char *const *texts, size_t count, const char *name,
                                     struct sw_netaddr *out, struct sipward_error *error);
/* Likewise "192.0.2.53@5353"; port 0 where none is given. */
SW_MUST_USE int sw_options_servers(const char *const *texts, size_t count, struct sw_endpoint *out,
                                   struct sipward_error *error);
/* How long one question may take. */
uint64_t sw_options_question_us(const struct sipward_options *o);
/* The resolver, servers apart; texts are borrowed from `o`. */
SW_MUST_USE int sw_options_dns(const struct sipward_options *o, struct ad_dns_conf *out,
                               struct sipward_error *error);

#endif

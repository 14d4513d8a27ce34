/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a request is to go: what RFC 3261 16.4 to 16.6 make of its Request-URI and Route fields,
 * and whether its sender may go there (section 5 of the rules). Nothing is located here.
 */
#ifndef SW_PROXY_TARGETS_H
#define SW_PROXY_TARGETS_H

#include "proxy/domains.h"
#include "proxy/flow.h"
#include "proxy/state.h"

/**
 * Find the target of a request.
 * @param from        where it came from: maddr is ours only for the listener it names.
 * @param[out] out    views into the request.
 * @param[out] field  on failure: what cannot be read.
 * @retval 0
 * @retval SW_E_SCHEME  the Request-URI has another scheme: 416.
 * @retval SW_E_SYNTAX  400.
 *
 * Spec: RFC 3261 16.3 step 2, 16.4, 16.5, 16.6 steps 6 and 7; C2, C3.
 */
SW_MUST_USE int px_target_find(const struct px_core *core, const struct sw_msg *m,
                               const struct px_hop *from, struct px_target *out,
                               const char **field);
/* The same views in a copy of the request. */
void px_target_move(struct px_target *t, struct sw_slice from, struct sw_slice to);
/* The URI to be located, read again: parameters that were stripped are gone, and it is a sips URI
 * where the Request-URI is one. @retval false  cannot happen after px_target_find(). */
SW_MUST_USE bool px_target_uri(const struct px_target *t, struct sw_uri *out);
/* It is for sips: it goes over TLS or not at all (26.2.2). */
bool px_target_is_secure(const struct px_target *t);
/* The connection to go back over: it is there, it is that of this dialog, and it is TLS for what is
 * for sips (X3). NULL: none; the target is located. */
const struct px_flow *px_target_flow(const struct px_core *core, const struct px_target *t);
/* Section 5: trusted networks go anywhere; others to served domains, and along their dialogs where
 * records may lead too (H4), or back over a connection that is there. */
bool px_target_is_allowed(const struct px_core *core, const struct px_target *t,
                          const struct px_hop *from);
/* The same where another server's answer leads (C9): to where records may lead too, whoever asks;
 * elsewhere than to served domains only when either may send anywhere himself. */
bool px_target_is_allowed_by(const struct px_core *core, const struct px_target *t,
                             const struct px_hop *from, const struct px_hop *by);
/* The request is for a domain we serve, and nothing else says where it goes: its Request-URI is
 * ours to change (16.5). */
bool px_target_is_served(const struct px_core *core, const struct px_target *t);
/**
 * Find the configured route of a target: of its Request-URI, when that is in a domain we serve and
 * nothing else says where to go: neither a Route field nor a dialog of ours.
 * @param[out] out  NULL: it goes by its Request-URI. Borrowed from the configuration.
 * @retval 0
 * @retval SW_E_NOTFOUND  the domain has routes, but none for this user: 404.
 */
SW_MUST_USE int px_target_route(const struct px_core *core, const struct px_target *t,
                                const struct px_route **out);
/**
 * Follow a route. Nothing of the configuration is referred to afterwards.
 * @param t  in the copy of the request that it stays with; px_target_drop() gives back what is
 * made.
 * @retval 0, SW_E_NOMEM
 */
SW_MUST_USE int px_target_follow(struct px_core *core, struct px_target *t,
                                 const struct px_route *route);
void px_target_drop(struct px_core *core, struct px_target *t);
/* True for a URI that means this proxy: a listener's address and port, or a configured name. */
bool px_uri_is_ours(const struct px_core *core, const struct sw_uri *uri);
/* True when this Via's sent-by is one of our listeners'. */
bool px_sent_by_is_ours(const struct px_core *core, const struct sw_via *via);

#endif

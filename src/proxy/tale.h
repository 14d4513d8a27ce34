/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a request went where it went, kept until the transaction is told in the log: the locator's
 * trace (locate/story.h), in a block of the pool.
 *
 * Most locations ask nothing: their route is known from an earlier one. So the tale of a location
 * that did ask is kept beside the routes, by the route's key, and told again with each transaction
 * that used it: what a warm call itself adds is a few hundred octets and no question.
 *
 *     px_tale_begin(core, &s->tale);
 *     args.trace = px_tale_sink(&s->tale);       // NULL when nobody wants to know
 *     ...
 *     px_tale_follow(core, &s->tale, plan);
 *     ...
 *     px_tale_learn(core, &s->tale);             // there are no more questions
 *     px_tale_tell(core, &s->tale, log);
 *     px_tale_end(core, &s->tale);
 */
#ifndef SW_PROXY_TALE_H
#define SW_PROXY_TALE_H

#include "proxy/state.h"

/* Begin, when the configuration keeps a history. Without memory there is no tale. */
void px_tale_begin(struct px_core *core, struct px_tale *tale);
/* Another location of the same transaction follows the one that is over. */
void px_tale_go_on(struct px_tale *tale);
/* For the plan; NULL: none. */
const struct sw_trace *px_tale_sink(const struct px_tale *tale);
/* The location has begun: note which route it uses. */
void px_tale_follow(struct px_core *core, struct px_tale *tale, const struct sw_plan *plan);
/* The location is over: what it asked is kept for those who use the same route. */
void px_tale_learn(struct px_core *core, const struct px_tale *tale);
/* Point the log record to the tale, and to the one of the route. Valid until the next turn. */
void px_tale_tell(struct px_core *core, const struct px_tale *tale, struct px_log *log);
void px_tale_end(struct px_core *core, struct px_tale *tale);

/* Forget what is kept beside the routes. */
void px_tales_fini(struct px_core *core);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A location under way: the locator's plan, its questions, and when it wants to go on. Who owns the
 * search is told nothing; the core asks him to go on when an answer or the time has come.
 */
#ifndef SW_PROXY_SEARCH_H
#define SW_PROXY_SEARCH_H

#include "proxy/state.h"

/* A copy of what the searches of this configuration need; ref_count 1. NULL: out of memory. */
struct px_setup *px_setup_new(struct px_core *core, const struct px_conf *conf);
void px_setup_unref(struct px_core *core, struct px_setup *setup);

/* No location yet; the kind says in what the search lies. */
void px_search_init(struct px_search *s, enum px_search_kind kind);
/**
 * Begin to locate where a request goes.
 * @param args  uri, request_len and seed, which is px_call_seed(), are read; the rest is filled in
 *              here, with whom this call is to try first (R8).
 * @retval 0, SW_E_NOMEM
 */
SW_MUST_USE int px_search_begin(struct px_core *core, struct px_search *s,
                                const struct sw_plan_args *args);
/* The same for a response whose own place failed (P2). */
SW_MUST_USE int px_search_begin_response(struct px_core *core, struct px_search *s,
                                         const struct sw_response_args *response, uint64_t seed);
/**
 * Go to the next candidate; asks what has to be asked.
 * @param why  what came of the last one.
 * @retval SW_NEXT_WAIT  s->is_waiting is set: the core comes back to the owner.
 */
enum sw_next px_search_next(struct px_core *core, struct px_search *s, enum sw_try why,
                            struct sw_candidate *out);
/* As sw_plan_rival(); false when there is none (yet). Its views live as long as the location. */
SW_MUST_USE bool px_search_rival(struct px_core *core, struct px_search *s,
                                 struct sw_candidate *out);
/* As sw_plan_report(); does nothing when there is no location (any more). */
void px_search_report(struct px_search *s, uint8_t place, enum sw_try why);
/* Do the rest of the work later in this turn: there is no room for it now. */
void px_search_put_off(struct px_core *core, struct px_search *s, enum sw_try why);
/* The timer fired or an answer came: ask what can be asked now. */
void px_search_ask(struct px_core *core, struct px_search *s);
/* As sw_plan_has_more(); false when there is no location (any more). */
bool px_search_has_more(const struct px_core *core, const struct px_search *s);
/* Stop: open questions are taken back. Does nothing when there is no location. */
void px_search_end(struct px_core *core, struct px_search *s);

/* Hand an answer in. @return the search it belongs to, NULL when nobody waits for it. */
struct px_search *px_search_answer(struct px_core *core, const struct px_event *ev);
/* Free what is kept for reuse. */
void px_searches_fini(struct px_core *core);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two families racing for a stream (RFC 8305 5; X3). While a try's connection is being opened, the
 * next address of the same target, of the other family, begins to be connected to as well:
 *
 *     current  --connecting---------------x closed            -> back among what can be tried
 *     rival            --250 ms--connecting--open: INVITE     -> current
 *
 * Whose connection is open first sends the request, the only copy there is. The other one's attempt
 * is closed, and says nothing about its health: it had no time to. It is the next candidate, should
 * the winner fail later. Who fails before is a failure as without a race.
 */
#ifndef SW_PROXY_RACE_H
#define SW_PROXY_RACE_H

#include "proxy/state.h"

#define PX_RIVAL_AFTER_US SW_MS(250) /* RFC 8305 5, X3 */

/* Two candidates of which one gets the request first. Views into the plan. */
struct px_race {
    struct sw_candidate first;  /* s->current's */
    struct sw_candidate second; /* s->rival's; without one: not launched, or outrun */
    bool has_second;
};

/* The try that was just launched has to wait for its connection: see whom it may race against. */
void px_race_begin(struct px_core *core, struct px_server *s, const struct sw_candidate *candidate);
/* Its 250 ms are over. */
void px_race_on(struct px_core *core, struct px_server *s);
/* The connection of one of the two is there: it is s->current from now on. */
void px_race_won(struct px_core *core, struct px_server *s, struct px_client *winner);
/**
 * The connection of one of the two could not be opened, and it has ended.
 * @retval true  the other one goes on, as s->current.
 */
SW_MUST_USE bool px_race_goes_on(struct px_core *core, struct px_server *s,
                                 const struct px_client *loser);
/* A candidate that was taken for a race and has not had the request: the next one to be tried.
 * @retval false  there is none. */
SW_MUST_USE bool px_race_spare(struct px_core *core, struct px_server *s, struct sw_candidate *out);
/* No further candidate: whoever is still racing against s->current stops. */
void px_race_end(struct px_core *core, struct px_server *s);

#endif

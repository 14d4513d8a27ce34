/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What survives a restart, when the configuration names a file for it: the domains that offered
 * SIPS (H3).
 *
 *     sw_state_new(&state, path);
 *     sw_state_load(state, &problem);             // before there are workers
 *     workers begin with sw_state_offers(state)
 *     worker: sw_state_learn(state, domain);      // at any time
 *     sw_state_save(state, &problem);             // now and then, and in the end
 *
 * The file is text: a heading, then a domain a line, the one met least recently first. Lines may be
 * taken out by hand while nobody runs. A file without the heading is somebody else's: it is neither
 * read nor written; one that cannot be read is not written either.
 *
 * Thread: that of the daemon's loop, but for sw_state_learn().
 */
#ifndef SW_RUN_STATE_H
#define SW_RUN_STATE_H

#include "base/attr.h"
#include "base/err.h"
#include "base/slice.h"
#include "locate/offers.h"

struct sw_state;

struct sw_state_problem {
    char text[384]; /* "/var/lib/sipward/state: permission denied"; empty: none */
};

/** @retval 0, SW_E_NOMEM, SW_E_SYSTEM. path: copied. */
SW_MUST_USE int sw_state_new(struct sw_state **out, const char *path);
void sw_state_free(struct sw_state *s); /* NULL is allowed; nothing is written */

/* Read the file, if there is one. What cannot be read is told and passed over. */
void sw_state_load(struct sw_state *s, struct sw_state_problem *problem);
/* Write what was learned since, if anything was. */
void sw_state_save(struct sw_state *s, struct sw_state_problem *problem);
/* What is known. Borrowed. */
const struct sw_offers *sw_state_offers(const struct sw_state *s);

/* A domain offers SIPS; its name as text. Thread: any. */
void sw_state_learn(struct sw_state *s, struct sw_slice domain);

#endif

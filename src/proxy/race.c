/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/race.h"

#include "proxy/client.h"
#include "proxy/emit.h"
#include "proxy/search.h"
#include "proxy/stream.h"
#include "proxy/try.h"

/* ------------------------------------------------------------------------------ who races */

static void forget(struct px_core *core, struct px_server *s)
{
    px_mem_drop(&core->mem, s->race);
    s->race = NULL;
}

/* Take the rival off the plan. False: there is none, or not yet. */
static bool find_second(struct px_core *core, struct px_server *s)
{
    struct px_race *race = s->race;
    race->has_second = race->has_second || px_search_rival(core, &s->search, &race->second);
    return race->has_second;
}

static void stop(struct px_core *core, struct px_server *s, struct px_client *c,
                 enum px_try_end end)
{
    struct px_conn *conn = px_conn_find(core, c->to.conn);
    px_try_retire(core, c, end);
    if (conn != NULL)
        px_conn_abandon(core, conn);
    if (s->rival == c)
        s->rival = NULL;
}

/* The rival's connection is being opened, or there is one already. */
static void launch(struct px_core *core, struct px_server *s)
{
    const struct sw_candidate *second = &s->race->second;
    struct px_client *c = px_try_new(core, s, second);
    if (c == NULL) { /* no listener of its family, or no memory */
        s->race->has_second = false;
        return;
    }
    if (!px_client_launch(core, c, second->tls_names, second->tls_name_count)) {
        c->cause = PX_CAUSE_LOCAL;
        px_try_retire(core, c, PX_TRY_TRANSPORT);
        s->race->has_second = false;
        return;
    }
    s->rival = c;
    if (!c->is_started)
        return;
    px_race_won(core, s, c);
    px_try_time(core, c);
}

static bool has_connection(const struct px_core *core, const struct sw_candidate *c)
{
    const struct px_hop hop = {.transport = c->transport, .peer = c->endpoint};
    return px_conn_is_open(core, &hop, c->tls_names, c->tls_name_count);
}

/* ------------------------------------------------------------------------------ the race */

void px_race_begin(struct px_core *core, struct px_server *s, const struct sw_candidate *candidate)
{
    struct px_client *c = s->current;
    s->race = px_mem_zget(&core->mem, sizeof *s->race);
    if (s->race == NULL)
        return;
    s->race->first = *candidate;
    if (find_second(core, s) && has_connection(core, &s->race->second))
        launch(core, s);
    else
        px_timer_arm(core, &c->try_timer, sw_after_us(core->now_us, PX_RIVAL_AFTER_US));
}

void px_race_on(struct px_core *core, struct px_server *s)
{
    if (s->rival == NULL && s->race != NULL && find_second(core, s))
        launch(core, s);
}

void px_race_won(struct px_core *core, struct px_server *s, struct px_client *winner)
{
    struct px_client *loser = winner == s->rival ? s->current : s->rival;
    if (s->race == NULL)
        return;
    if (winner == s->rival) {
        struct sw_candidate first = s->race->first;
        s->race->first = s->race->second;
        s->race->second = first;
        s->current = winner;
        s->rival = NULL;
    }
    if (loser != NULL)
        stop(core, s, loser, PX_TRY_OUTRUN);
    if (!s->race->has_second)
        forget(core, s);
}

bool px_race_goes_on(struct px_core *core, struct px_server *s, const struct px_client *loser)
{
    bool is_rival = loser == s->rival;
    if (s->race == NULL || s->rival == NULL)
        return false;
    if (!is_rival) {
        s->race->first = s->race->second;
        s->current = s->rival;
    }
    s->rival = NULL;
    s->race->has_second = false;
    if (find_second(core, s)) /* at once: there was a failure */
        launch(core, s);
    return true;
}

bool px_race_spare(struct px_core *core, struct px_server *s, struct sw_candidate *out)
{
    bool is_there = s->race != NULL && s->rival == NULL && s->race->has_second;
    if (is_there)
        *out = s->race->second;
    if (s->rival == NULL)
        forget(core, s);
    return is_there;
}

void px_race_end(struct px_core *core, struct px_server *s)
{
    if (s->rival != NULL)
        stop(core, s, s->rival, PX_TRY_CANCELLED);
    forget(core, s);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/desk.h"

#include "base/alloc.h"

int sw_desk_init(struct sw_desk *desk, struct sw_rounds *rounds, const struct sw_settings *settings)
{
    *desk = (struct sw_desk){.rounds = rounds,
                             .settings = settings,
                             .level = settings->log.level,
                             .worker_count = settings->worker_count};
    desk->last = sw_zalloc_array(NULL, desk->worker_count, sizeof *desk->last);
    return desk->last == NULL ? SW_E_NOMEM : 0;
}

void sw_desk_fini(struct sw_desk *desk)
{
    sw_free(NULL, desk->last);
    desk->last = NULL;
}

struct counting {
    struct sw_desk *desk;
    struct sw_desk_then then;
};

static void on_figures(void *arg, uint64_t tag, const struct sw_round *round)
{
    const struct counting *c = arg;
    struct sw_desk *desk = c->desk;

    (void)tag;
    desk->silent_count = (uint16_t)(round->worker_count - round->answer_count);
    for (uint16_t i = 0; i < round->worker_count; i++)
        if (round->answers[i] != NULL)
            desk->last[i] = round->answers[i]->figures;
    c->then.fn(c->then.arg, c->then.tag);
}

int sw_desk_count(struct sw_desk *desk, const struct sw_desk_then *then)
{
    struct counting *c = sw_zalloc(NULL, sizeof *c);

    if (c == NULL)
        return SW_E_NOMEM;
    *c = (struct counting){desk, *then};
    const struct sw_round_then on_end = {.fn = on_figures, .arg = c, .owned = c};
    int rc = sw_rounds_ask(desk->rounds, SW_QUERY_FIGURES, (struct sw_slice){0}, &on_end);
    if (rc < 0)
        sw_free(NULL, c);
    return rc;
}

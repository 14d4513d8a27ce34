/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens in a scene. */
#include "sim/scene.h"

#include <stdlib.h>

static bool is(const char *word, const char *what)
{
    return strcmp(word, what) == 0;
}

static struct sim_call *find_call(struct sim_scene *s, const char *name)
{
    for (size_t i = 0; i < s->agent_count; i++)
        for (size_t j = 0; j < s->agents[i].call_count; j++)
            if (is(s->agents[i].calls[j].name, name))
                return &s->agents[i].calls[j];
    return NULL;
}

/* The proxy's listener of the agent's own transport. */
static struct sim_place *proxy_place(struct sim_scene *s, const struct sim_agent *a)
{
    for (uint16_t i = 0; i < s->conf.listener_count; i++) {
        const struct px_listener *l = &s->conf.listeners[i];
        if (l->transport == a->places[0]->transport &&
            l->endpoint.addr.family == a->places[0]->endpoint.addr.family)
            return sim_net_find(&s->net, l->transport, &l->endpoint);
    }
    return NULL;
}

/* The words after the URI. */
static bool read_options(struct sim_scene *s, const struct sim_agent *a, const struct tw_words *w,
                         struct sim_request *rq, char *extra, size_t cap)
{
    static char body[70000];
    size_t len = 0;
    extra[0] = '\0';
    rq->extra = extra;
    for (size_t i = 3; i + 1 < w->count; i += 2) {
        const char *value = w->word[i + 1];
        unsigned long number = 0;
        if (is(w->word[i], "as")) {
            rq->name = value;
        } else if (is(w->word[i], "with")) {
            len += (size_t)snprintf(extra + len, cap - len, "%s\r\n", value);
        } else if (is(w->word[i], "call-id")) {
            rq->call_id = value;
        } else if (is(w->word[i], "in")) {
            rq->dialog = find_call(s, value);
            if (rq->dialog == NULL)
                return false;
        } else if (is(w->word[i], "to-tag")) {
            rq->to_tag = value;
        } else if (is(w->word[i], "back")) {
            static struct sim_call seen;
            const struct sim_call *c = find_call(s, value);
            if (c == NULL || !sim_call_turn_round(a, c, &seen))
                return false;
            rq->dialog = &seen;
        } else if (is(w->word[i], "hops") && tw_number(value, 255, &number)) {
            rq->max_forwards = (int)number;
        } else if (is(w->word[i], "body") && tw_number(value, sizeof body - 1, &number)) {
            memset(body, 'x', number);
            body[number] = '\0';
            rq->body = body;
        } else {
            return false;
        }
    }
    return (w->count - 3) % 2 == 0;
}

/* NAME METHOD URI [as NAME] [with FIELD] [in CALL] [back CALL] [to-tag X] [hops N] [body N]
 * [call-id X] */
static const char *request(struct sim_scene *s, struct sim_agent *a, const struct tw_words *w)
{
    char extra[4096];
    struct sim_request rq = {.method = w->word[1], .max_forwards = -1};
    struct sim_place *towards = proxy_place(s, a);
    if (w->count < 3 || towards == NULL || !read_options(s, a, w, &rq, extra, sizeof extra))
        return "NAME METHOD URI [as NAME] [with FIELD] [in CALL] [back CALL] [to-tag X] [hops N] "
               "[body N] [call-id X]";
    rq.uri = is(w->word[2], "contact") && rq.dialog != NULL ? rq.dialog->contact : w->word[2];
    sim_agent_call(a, a->places[0]->transport, towards, &rq);
    return NULL;
}

/* $TAG stands for the To tag of the last response. */
static void say(struct sim_scene *s, struct sim_agent *a, char *text)
{
    char room[TW_LINE_MAX + 64];
    sim_unescape(text);
    char *tag = strstr(text, "$TAG");
    if (tag == NULL)
        snprintf(room, sizeof room, "%s", text);
    else
        snprintf(room, sizeof room, "%.*s%s%s", (int)(tag - text), text, a->last_tag, tag + 4);
    sim_agent_send_raw(a, a->places[0]->transport, proxy_place(s, a), sw_slice_str(room));
}

static const char *by_agent(struct sim_scene *s, struct sim_agent *a, struct tw_words *w)
{
    if (w->count < 2)
        return "what?";
    if (is(w->word[1], "cancels")) {
        struct sim_call *c = w->count > 2 ? find_call(s, w->word[2]) : NULL;
        if (c == NULL)
            return "there is no such call";
        sim_agent_cancel(c);
        return NULL;
    }
    if (is(w->word[1], "says")) {
        if (w->count != 3 || proxy_place(s, a) == NULL)
            return "NAME says TEXT";
        say(s, a, w->word[2]);
        return NULL;
    }
    if (is(w->word[1], "turns-strict")) {
        struct sim_call *c = w->count > 2 ? find_call(s, w->word[2]) : NULL;
        return c == NULL ? "there is no such call" : sim_call_turn_strict(c);
    }
    if (is(w->word[1], "breaks")) {
        sim_net_break(&s->net, &a->node, PX_CAUSE_RESET);
        return NULL;
    }
    if (is(w->word[1], "closes")) {
        sim_net_break(&s->net, &a->node, PX_CAUSE_CLOSED);
        return NULL;
    }
    if (is(w->word[1], "half-closes")) {
        sim_net_half_close(&s->net, &a->node);
        return NULL;
    }
    return request(s, a, w);
}

/* What the next reload says of a listener. One that is gone is so when nobody needs it. */
static const char *set_listener(struct sim_scene *s, const struct tw_words *w)
{
    static const char usage[] = "listener N there|leaving|gone";
    unsigned long n = w->count == 3 ? strtoul(w->word[1], NULL, 10) : PX_LISTENERS_MAX;
    if (n >= s->conf.listener_count)
        return usage;
    const struct sim_place *place = s->driver.places[n];
    s->conf.leaving &= ~((uint64_t)1 << n);
    s->conf.listeners[n] = (struct px_listener){place->transport, place->endpoint};
    if (is(w->word[2], "there"))
        return NULL;
    if (is(w->word[2], "leaving")) {
        s->conf.leaving |= (uint64_t)1 << n;
        return NULL;
    }
    for (unsigned i = 0; i < s->driver.crew.core_count; i++)
        if (px_core_uses_listener(s->driver.cores[i].core, (uint16_t)n))
            return "it is still used";
    s->conf.listeners[n] = (struct px_listener){0};
    return is(w->word[2], "gone") ? NULL : usage;
}

static const char *reload(struct sim_scene *s, bool dns_is_new)
{
    struct px_conf *old = &s->live_confs[s->live];
    s->live = 1 - s->live;
    s->live_confs[s->live] = s->conf;
    struct px_event ev = {
        .kind = PX_EV_CONF, .conf = &s->live_confs[s->live], .dns_is_new = dns_is_new};
    sim_driver_tell(&s->driver, &ev);
    memset(old, 0xee, sizeof *old); /* nobody may look at it any more */
    return NULL;
}

static const char *happen(struct sim_scene *s, struct tw_words *w, unsigned line)
{
    struct sim_agent *a = sim_scene_agent(s, w->word[0]);
    if (a != NULL)
        return by_agent(s, a, w);
    if (is(w->word[0], "link"))
        return sim_scene_line(s, w, line);
    if (is(w->word[0], "zone") || is(w->word[0], "dns") || is(w->word[0], "conf"))
        return sim_scene_line(s, w, line);
    if (is(w->word[0], "forget-zone")) {
        s->zone.records = NULL;
        s->zone.last_record = &s->zone.records;
        return NULL;
    }
    if (is(w->word[0], "drain")) {
        sim_driver_tell(&s->driver, &(struct px_event){.kind = PX_EV_DRAIN});
        return NULL;
    }
    if (is(w->word[0], "listener"))
        return set_listener(s, w);
    if (is(w->word[0], "reload"))
        return reload(s, w->count > 1 && is(w->word[1], "dns"));
    return "nobody knows how to do that";
}

void sim_scene_happen(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_happening *h = arg;
    (void)number;
    const char *wrong = happen(h->scene, &h->words, h->line);
    if (wrong != NULL)
        sim_complain(w, "line %u: %s", h->line, wrong);
}

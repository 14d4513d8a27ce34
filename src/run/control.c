/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/control.h"

#include "adapter/clock.h"
#include "adapter/control_socket.h"
#include "base/alloc.h"
#include "sipward/version.h"

#include <stdlib.h>
#include <unistd.h>

struct sw_control {
    struct sw_desk *desk;
    struct ad_control *socket;
};

/* --- answers ----------------------------------------------------------------------------- */

/* Takes the object; NULL: there was no memory for it. */
static void answer(struct sw_control *c, uint64_t client, json_t *object)
{
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(16));

    if (text == NULL)
        ad_control_answer(c->socket, client,
                          SW_LIT("{\"ok\":false,\"code\":\"memory\",\"error\":\"out of memory\"}"));
    else
        ad_control_answer(c->socket, client, sw_slice_str(text));
    free(text);
    json_decref(object);
}

static void refuse(struct sw_control *c, uint64_t client, const char *code, const char *error)
{
    answer(c, client, json_pack("{s:b, s:s, s:s}", "ok", 0, "code", code, "error", error));
}

static void accept_plainly(struct sw_control *c, uint64_t client)
{
    answer(c, client, json_pack("{s:b}", "ok", 1));
}

/* --- status ------------------------------------------------------------------------------ */

static bool add_listener(json_t *all, const struct px_listener *l)
{
    char room[80];
    struct sw_buf b = sw_buf(room, sizeof room);

    sw_buf_str(&b, sw_transport_row(l->transport)->name);
    sw_buf_char(&b, ':');
    sw_endpoint_write(&b, &l->endpoint);
    return json_array_append_new(all, json_string(sw_buf_cstr(&b))) == 0;
}

static json_t *listeners(const struct sw_settings *settings)
{
    json_t *all = json_array();

    for (size_t i = 0; i < settings->proxy.listener_count; i++)
        if (!add_listener(all, &settings->proxy.listeners[i]))
            return json_decref(all), NULL;
    return all;
}

/* Those that a reload has removed, while something is under way over them. */
static json_t *leaving_listeners(const struct sw_places *places)
{
    json_t *all = json_array();

    for (size_t i = 0; i < places->count; i++)
        if ((places->leaving >> i & 1) != 0 && !add_listener(all, &places->at[i]))
            return json_decref(all), NULL;
    return all;
}

static json_t *counters(const struct px_counters *sum)
{
    json_t *o = json_object();
    int rc = 0;

#define X(name, help)                                                                              \
    if (rc == 0)                                                                                   \
        rc = json_object_set_new(o, #name, json_integer((json_int_t)sum->name));
    PX_COUNTERS(X)
#undef X
    return rc == 0 ? o : (json_decref(o), NULL);
}

static json_t *worker_list(const struct sw_desk *desk)
{
    json_t *all = json_array();

    for (uint16_t i = 0; i < desk->worker_count; i++) {
        const struct sw_figures *f = &desk->last[i];
        json_t *o =
            json_pack("{s:I, s:I, s:I, s:f}", "worker", (json_int_t)i, "transactions_open",
                      (json_int_t)f->core.transactions_open, "connections_open",
                      (json_int_t)f->core.connections_open, "cpu_s", (double)f->cpu_us / 1e6);
        if (json_array_append_new(all, o) < 0)
            return json_decref(all), NULL;
    }
    return all;
}

static void on_status(void *arg, uint64_t client)
{
    struct sw_control *c = arg;
    const struct sw_desk *desk = c->desk;
    struct sw_figures sum = {0};

    for (uint16_t i = 0; i < desk->worker_count; i++)
        sw_figures_add(&sum, &desk->last[i]);
    answer(c, client,
           json_pack("{s:b, s:s, s:I, s:f, s:s?, s:f, s:b, s:s, s:I, s:I, s:o, s:I, s:I, s:I, s:I, "
                     "s:I, s:I, s:o, s:o, s:o}",
                     "ok", 1, "version", SIPWARD_VERSION, "pid", (json_int_t)getpid(), "uptime_s",
                     (double)(ad_clock_wall_us() - desk->started_us) / 1e6, "config",
                     desk->config_path, "loaded_at", (double)desk->loaded_us / 1e6, "draining",
                     desk->is_draining, "log_level", ad_log_level_name(desk->level), "workers",
                     (json_int_t)desk->worker_count, "workers_silent",
                     (json_int_t)desk->silent_count, "listeners", listeners(desk->settings),
                     "transactions_open", (json_int_t)sum.core.transactions_open,
                     "client_transactions_open", (json_int_t)sum.core.client_transactions_open,
                     "connections_open", (json_int_t)sum.core.connections_open, "questions_open",
                     (json_int_t)sum.questions_open, "places", (json_int_t)sum.places,
                     "places_penalised", (json_int_t)sum.places_penalised, "counters",
                     counters(&sum.core), "worker_list", worker_list(desk), "listeners_leaving",
                     leaving_listeners(sw_reload_places(desk->reload))));
}

static void begin_status(struct sw_control *c, uint64_t client, const char *argument)
{
    const struct sw_desk_then then = {.fn = on_status, .arg = c, .tag = client};

    (void)argument;
    if (sw_desk_count(c->desk, &then) < 0)
        refuse(c, client, "memory", "out of memory");
}

/* --- targets, why ------------------------------------------------------------------------ */

/* All workers' arrays in one, each thing with its worker's number. */
static json_t *merged(const struct sw_round *round)
{
    json_t *all = json_array();

    for (uint16_t i = 0; i < round->worker_count; i++) {
        json_t *part = round->answers[i] == NULL ? NULL : round->answers[i]->json, *one;
        size_t at;
        json_array_foreach(part, at, one)
        {
            if (json_object_set_new(one, "worker", json_integer(i)) < 0 ||
                json_array_append(all, one) < 0)
                return json_decref(all), NULL;
        }
    }
    return all;
}

static void answer_round(struct sw_control *c, uint64_t client, const struct sw_round *round,
                         const char *name)
{
    uint16_t silent_count = (uint16_t)(round->worker_count - round->answer_count);

    if (round->answer_count == 0) {
        refuse(c, client, "silent", "no worker answered in time");
        return;
    }
    answer(c, client,
           json_pack("{s:b, s:I, s:I, s:o}", "ok", 1, "workers", (json_int_t)round->worker_count,
                     "workers_silent", (json_int_t)silent_count, name, merged(round)));
}

static void on_targets(void *arg, uint64_t client, const struct sw_round *round)
{
    answer_round(arg, client, round, "targets");
}

static void on_why(void *arg, uint64_t client, const struct sw_round *round)
{
    answer_round(arg, client, round, "transactions");
}

static void begin_targets(struct sw_control *c, uint64_t client, const char *argument)
{
    const struct sw_round_then then = {.fn = on_targets, .arg = c, .tag = client};

    (void)argument;
    if (sw_rounds_ask(c->desk->rounds, SW_QUERY_TARGETS, (struct sw_slice){0}, &then) < 0)
        refuse(c, client, "memory", "out of memory");
}

static void begin_why(struct sw_control *c, uint64_t client, const char *argument)
{
    const struct sw_round_then then = {.fn = on_why, .arg = c, .tag = client};

    if (sw_rounds_ask(c->desk->rounds, SW_QUERY_WHY, sw_slice_str(argument), &then) < 0)
        refuse(c, client, "memory", "out of memory");
}

/* --- drain, reload, log ------------------------------------------------------------------ */

static void begin_drain(struct sw_control *c, uint64_t client, const char *argument)
{
    (void)argument;
    if (!c->desk->is_draining)
        c->desk->host.drain(c->desk->host.arg);
    accept_plainly(c, client);
}

/* An array of the lines. */
static json_t *lines_of(struct sw_slice text)
{
    json_t *all = json_array();

    while (text.len > 0) {
        size_t end = sw_slice_find(text, '\n');
        struct sw_slice line = sw_slice_sub(text, 0, end);
        if (json_array_append_new(all, json_stringn(line.p, line.len)) < 0)
            return json_decref(all), NULL;
        text = sw_slice_sub(text, end == SIZE_MAX ? end : end + 1, SIZE_MAX);
    }
    return all;
}

static const char *code_of_reload(int rc)
{
    return rc == SW_E_CONF ? "refused" : rc == SW_E_TIMEOUT ? "silent" : "busy";
}

static void on_reload(void *arg, uint64_t client, const struct sw_reload_result *result)
{
    if (result->rc == 0)
        accept_plainly(arg, client);
    else
        answer(arg, client,
               json_pack("{s:b, s:s, s:s, s:o}", "ok", 0, "code", code_of_reload(result->rc),
                         "error", result->summary, "mistakes", lines_of(result->mistakes)));
}

static void begin_reload(struct sw_control *c, uint64_t client, const char *argument)
{
    const struct sw_reload_then then = {.fn = on_reload, .arg = c, .tag = client};

    (void)argument;
    if (c->desk->host.reload(c->desk->host.arg, &then) < 0)
        refuse(c, client, "memory", "out of memory");
}

static void begin_log(struct sw_control *c, uint64_t client, const char *argument)
{
    static const enum ad_log_level levels[] = {
#define X(constant, name) constant,
        AD_LOG_LEVELS(X)
#undef X
    };

    for (size_t i = 0; i < SW_ARRAY_LEN(levels); i++) {
        if (strcmp(argument, ad_log_level_name(levels[i])) != 0)
            continue;
        c->desk->host.set_level(c->desk->host.arg, levels[i]);
        accept_plainly(c, client);
        return;
    }
    refuse(c, client, "usage", "the level is one of error, warn, info, debug");
}

/* --- lines ------------------------------------------------------------------------------- */

static const struct command {
    const char *name;
    bool has_argument;
    void (*begin)(struct sw_control *c, uint64_t client, const char *argument);
} commands[] = {
    {"status", false, begin_status}, {"targets", false, begin_targets}, {"why", true, begin_why},
    {"drain", false, begin_drain},   {"reload", false, begin_reload},   {"log", true, begin_log},
};

static void obey(struct sw_control *c, uint64_t client, const char *name, const char *argument)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        if (commands[i].has_argument != (argument != NULL))
            refuse(c, client, "usage",
                   argument == NULL ? "the command needs an argument"
                                    : "the command takes no argument");
        else
            commands[i].begin(c, client, argument);
        return;
    }
    refuse(c, client, "usage", "no such command");
}

static void on_line(void *arg, uint64_t client, struct sw_slice line)
{
    struct sw_control *c = arg;
    const char *name = NULL, *argument = NULL;
    json_t *said = json_loadb(line.p, line.len, 0, NULL);

    if (said == NULL ||
        json_unpack(said, "{s:s, s?s}", "command", &name, "argument", &argument) < 0)
        refuse(c, client, "usage",
               "a line is a JSON object with \"command\" and, for some, \"argument\"");
    else
        obey(c, client, name, argument);
    json_decref(said);
}

int sw_control_new(struct sw_control **out, struct event_base *base, struct sw_desk *desk,
                   struct ad_net_error *error)
{
    struct sw_control *c = sw_zalloc(NULL, sizeof *c);

    if (c == NULL)
        return SW_E_NOMEM;
    c->desk = desk;
    const struct ad_control_conf conf = {
        .path = desk->settings->control_path, .fn = on_line, .arg = c};
    int rc = ad_control_open(&c->socket, base, &conf, error);
    if (rc < 0) {
        sw_free(NULL, c);
        return rc;
    }
    *out = c;
    return 0;
}

void sw_control_free(struct sw_control *c)
{
    if (c == NULL)
        return;
    ad_control_close(c->socket);
    sw_free(NULL, c);
}

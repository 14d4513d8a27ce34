/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/query.h"

#include "base/alloc.h"
#include "locate/health.h"
#include "locate/plan.h"
#include "locate/story.h"

#include <unistd.h>

enum { TEXT_ROOM = 4 * 1024 }; /* a text of a log record or a record's text, escaped */

struct sw_query *sw_query_new(enum sw_query_kind kind, struct sw_slice call_id)
{
    struct sw_query *q = sw_zalloc(NULL, sizeof *q);

    if (q == NULL)
        return NULL;
    q->kind = kind;
    q->back_fd = -1;
    size_t len = call_id.len < sizeof q->call_id ? call_id.len : sizeof q->call_id - 1;
    if (len > 0)
        memcpy(q->call_id, call_id.p, len);
    return q;
}

void sw_query_free(struct sw_query *q)
{
    if (q == NULL)
        return;
    json_decref(q->json);
    sw_free(NULL, q);
}

void sw_query_return(struct sw_query *q)
{
    const uint64_t one = 1;
    int fd = q->back_fd;

    sw_inbox_put(q->back, &q->link);
    /* Full only when 2^64 answers wait, and then the reader is awake anyway. */
    if (write(fd, &one, sizeof one) < 0)
        return;
}

/* --- JSON -------------------------------------------------------------------------------- */

/* jansson takes NULL for a value that could not be made and says -1: is_short is set then, and
 * looked at once at the end. */
struct object {
    json_t *json;
    bool is_short;
};

static void set(struct object *o, const char *name, json_t *value)
{
    if (json_object_set_new(o->json, name, value) < 0)
        o->is_short = true;
}

static void set_number(struct object *o, const char *name, uint64_t value)
{
    set(o, name, json_integer((json_int_t)value));
}

static void set_ms(struct object *o, const char *name, uint64_t value_us)
{
    set(o, name, json_real((double)value_us / 1000.0));
}

/* Text that is escaped already, or our own. */
static void set_ready(struct object *o, const char *name, struct sw_slice text)
{
    set(o, name, json_stringn(text.len == 0 ? "" : text.p, text.len));
}

static void set_word(struct object *o, const char *name, const char *word)
{
    set_ready(o, name, sw_slice_str(word));
}

/* Text of strangers (H6). */
static void set_text(struct object *o, const char *name, const char *text, size_t cap)
{
    char room[TEXT_ROOM];
    struct sw_buf b = sw_buf(room, sizeof room);

    sw_buf_escaped(&b, sw_slice(text, strnlen(text, cap)));
    set_ready(o, name, sw_buf_slice(&b));
}

static void set_if(struct object *o, const char *name, struct sw_slice text)
{
    if (text.len > 0)
        set_ready(o, name, text);
}

static void set_place(struct object *o, enum sw_transport transport, const struct sw_endpoint *e)
{
    char room[64];
    struct sw_buf b = sw_buf(room, sizeof room);

    sw_netaddr_write(&b, &e->addr);
    set_word(o, "transport", sw_transport_row(transport)->name);
    set_ready(o, "address", sw_buf_slice(&b));
    set_number(o, "port", e->port);
}

static struct object new_object(void)
{
    struct object o = {.json = json_object()};

    o.is_short = o.json == NULL;
    return o;
}

/* The object, or NULL when something of it is missing. */
static json_t *finished(struct object *o)
{
    if (!o->is_short)
        return o->json;
    json_decref(o->json);
    return NULL;
}

/* --- the locator's steps ----------------------------------------------------------------- */

static void set_row(struct object *o, const struct sw_explain_row *row)
{
    set_if(o, "code", sw_slice_str(row->code));
    set_if(o, "rule", sw_slice_str(row->rule));
    set_if(o, "section", sw_slice_str(row->section));
    set_if(o, "text", sw_slice_str(row->text));
}

static void set_answer(struct object *o, const struct sw_story_event *e)
{
    set_word(o, "outcome", sw_outcome_name(e->outcome));
    set_number(o, "records", e->record_count);
    set_number(o, "ttl", e->ttl_s);
    set_ms(o, "took_ms", e->elapsed_us);
    set(o, "secure", json_boolean(e->flags & SW_STORY_SECURE));
    set(o, "stale", json_boolean(e->flags & SW_STORY_STALE));
    set(o, "local", json_boolean(e->flags & SW_STORY_LOCAL));
    set(o, "cut", json_boolean(e->flags & SW_STORY_CUT));
}

/* As the steps of `sipward trace --json` are named. */
static json_t *step(const struct sw_story_event *e)
{
    static const char *const kinds[] = {"step", "question",  "answer", "record",
                                        "note", "candidate", "result"};
    struct object o = new_object();

    set_ms(&o, "ms", e->at_us);
    set_word(&o, "kind", kinds[e->kind]);
    if (e->kind == SW_TRACE_STEP)
        set_row(&o, sw_step_row((enum sw_step)e->row));
    if ((e->kind == SW_TRACE_NOTE || e->kind == SW_TRACE_RECORD) && e->row != SW_NOTE_OK)
        set_row(&o, sw_note_row((enum sw_note)e->row));
    if (e->kind == SW_TRACE_QUESTION || e->kind == SW_TRACE_ANSWER || e->kind == SW_TRACE_RECORD)
        set_word(&o, "type", sw_rrtype_name(e->type));
    if (e->kind == SW_TRACE_ANSWER)
        set_answer(&o, e);
    if (e->kind == SW_TRACE_CANDIDATE) {
        set_place(&o, e->transport, &e->endpoint);
        set_ready(&o, "host", e->name);
        if ((e->flags & SW_STORY_PENALISED) != 0)
            set(&o, "penalised", json_true());
        if ((e->flags & SW_STORY_PROBE) != 0)
            set(&o, "probe", json_true());
    } else {
        set_if(&o, "name", e->kind == SW_TRACE_RECORD ? e->question : e->name);
    }
    if (e->kind == SW_TRACE_RESULT)
        set_word(&o, "text", sw_result_name((enum sw_result)e->row));
    set_if(&o, "subject", e->subject);
    set_if(&o, "record", e->record);
    return finished(&o);
}

/* Of another location only what it asked is of interest, not how it went on. */
static bool is_about_records(const struct sw_story_event *e)
{
    return e->kind == SW_TRACE_QUESTION || e->kind == SW_TRACE_ANSWER || e->kind == SW_TRACE_RECORD;
}

static json_t *steps(struct sw_slice story, bool is_of_another)
{
    json_t *all = json_array();
    struct sw_story_event e;

    while (sw_story_next(&story, &e)) {
        if (is_of_another && !is_about_records(&e))
            continue;
        if (json_array_append_new(all, step(&e)) < 0)
            return json_decref(all), NULL;
    }
    return all;
}

/* --- why --------------------------------------------------------------------------------- */

static json_t *try_of(const struct px_log_try *try)
{
    struct object o = new_object();

    set_place(&o, try->transport, &try->endpoint);
    set_text(&o, "host", try->host, sizeof try->host);
    set_word(&o, "end", px_try_end_name(try->end));
    if (try->status != 0)
        set_number(&o, "status", try->status);
    if (try->end == PX_TRY_TRANSPORT)
        set_word(&o, "cause", px_cause_name(try->cause));
    set_if(&o, "detail", try->detail);
    set_ms(&o, "at_ms", try->started_us);
    set_ms(&o, "ms", try->took_us);
    return finished(&o);
}

static json_t *tries_of(const struct px_log *log)
{
    json_t *all = json_array();

    for (size_t i = 0; i < log->try_count && i < PX_LOG_TRIES_MAX; i++)
        if (json_array_append_new(all, try_of(&log->tries[i])) < 0)
            return json_decref(all), NULL;
    return all;
}

static json_t *transaction(const struct px_log *log, uint64_t wall_us)
{
    struct object o = new_object(), source = new_object();

    set_place(&source, log->source_transport, &log->source);
    set(&o, "at", json_real((double)wall_us / 1e6));
    set(&o, "source", finished(&source));
    set_text(&o, "method", log->method, sizeof log->method);
    set_text(&o, "domain", log->domain, sizeof log->domain);
    set_text(&o, "call_id", log->call_id, sizeof log->call_id);
    set_number(&o, "status", log->status);
    set_word(&o, "location", log->location);
    set_word(&o, "reason", log->reason);
    set_ms(&o, "ms", log->took_us);
    set_ms(&o, "located_ms", log->located_us);
    set_number(&o, "try_count", log->try_count);
    set(&o, "tries", tries_of(log));
    set(&o, "steps", steps(log->story, false));
    if (log->route_story.len > 0)
        set(&o, "route_steps", steps(log->route_story, true));
    set(&o, "steps_cut", json_boolean(log->is_story_cut));
    return finished(&o);
}

struct collecting {
    json_t *all;
    bool is_short;
};

static bool add_transaction(void *arg, const struct px_log *log, uint64_t wall_us)
{
    struct collecting *c = arg;

    if (json_array_append_new(c->all, transaction(log, wall_us)) < 0)
        c->is_short = true;
    return !c->is_short && json_array_size(c->all) < SW_QUERY_CALLS_MAX;
}

json_t *sw_query_why(const struct sw_history *h, struct sw_slice call_id)
{
    struct collecting c = {.all = json_array()};

    sw_history_find(h, call_id, add_transaction, &c);
    if (!c.is_short)
        return c.all;
    json_decref(c.all);
    return NULL;
}

/* --- targets ----------------------------------------------------------------------------- */

/* The names by which places were found: "tcp:192.0.2.1:5060" to "server1.example.com". */
static bool note_hosts(void *arg, const struct px_log *log, uint64_t wall_us)
{
    json_t *hosts = arg;

    (void)wall_us;
    for (size_t i = 0; i < log->try_count && i < PX_LOG_TRIES_MAX; i++) {
        const struct px_log_try *try = &log->tries[i];
        char room[80];
        struct sw_buf key = sw_buf(room, sizeof room);
        const struct sw_candidate c = {.transport = try->transport, .endpoint = try->endpoint};
        struct object known = {.json = hosts};
        sw_candidate_write(&key, &c);
        if (try->host[0] != '\0' && json_object_get(hosts, sw_buf_cstr(&key)) == NULL)
            set_text(&known, sw_buf_cstr(&key), try->host, sizeof try->host);
    }
    return true;
}

struct placing {
    struct collecting c;
    json_t *hosts;
    uint64_t now_us;
};

static const char *state_name(const struct sw_health_place *p)
{
    switch (p->state) {
    case SW_HEALTH_GOOD:
        return "healthy";
    case SW_HEALTH_PENALISED:
        return p->is_probed ? "probing" : "penalised";
    case SW_HEALTH_DUE:
        return "due";
    }
    return "?";
}

static const char *cause_name(enum sw_health_cause cause)
{
    switch (cause) {
    case SW_HEALTH_TIMEOUT:
        return "timeout";
    case SW_HEALTH_TRANSPORT:
        return "transport-error";
    case SW_HEALTH_RETRY_AFTER:
        return "retry-after";
    }
    return "?";
}

static void set_times(struct object *o, const struct sw_health_place *p)
{
    static const char *const mean[] = {"invite_ms", "other_ms"};
    static const char *const deviation[] = {"invite_deviation_ms", "other_deviation_ms"};

    for (size_t i = 0; i < SW_METHOD_CLASSES; i++) {
        if (!p->times[i].is_known)
            continue;
        set_ms(o, mean[i], p->times[i].mean_us);
        set_ms(o, deviation[i], p->times[i].deviation_us);
    }
}

static json_t *place(const struct placing *all, const struct sw_health_place *p)
{
    char room[80];
    struct sw_buf key = sw_buf(room, sizeof room);
    const struct sw_candidate c = {.transport = p->key.transport, .endpoint = p->key.endpoint};
    struct object o = new_object();

    sw_candidate_write(&key, &c);
    json_t *host = json_object_get(all->hosts, sw_buf_cstr(&key));
    set_place(&o, p->key.transport, &p->key.endpoint);
    set(&o, "host", host == NULL ? json_null() : json_incref(host));
    set_word(&o, "state", state_name(p));
    if (p->state == SW_HEALTH_PENALISED)
        set_ms(&o, "for_ms", p->until_us - all->now_us);
    if (p->state != SW_HEALTH_GOOD || p->failures > 0)
        set_word(&o, "cause", cause_name(p->cause));
    set_number(&o, "failures", p->failures);
    set_times(&o, p);
    set_ms(&o, "heard_ms_ago", all->now_us > p->used_us ? all->now_us - p->used_us : 0);
    return finished(&o);
}

static bool add_place(void *arg, const struct sw_health_place *p)
{
    struct placing *all = arg;

    if (json_array_append_new(all->c.all, place(all, p)) < 0)
        all->c.is_short = true;
    return !all->c.is_short && json_array_size(all->c.all) < SW_QUERY_PLACES_MAX;
}

json_t *sw_query_targets(const struct sw_health *health, const struct sw_history *h,
                         uint64_t now_us)
{
    struct placing all = {.c = {.all = json_array()}, .hosts = json_object(), .now_us = now_us};

    if (all.hosts != NULL)
        sw_history_find(h, (struct sw_slice){0}, note_hosts, all.hosts);
    sw_health_visit(health, now_us, add_place, &all);
    json_decref(all.hosts);
    if (!all.c.is_short)
        return all.c.all;
    json_decref(all.c.all);
    return NULL;
}

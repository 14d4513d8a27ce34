/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sipward/json.h"

#include "base/attr.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* jansson takes NULL for a value that could not be made and answers -1: so a single check of every
 * setter's result is enough, and nothing leaks (the _new functions steal). */
static int set(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value);
}

/* A text that may hold anything, as a command line may: what is not UTF-8 becomes U+FFFD. */
static json_t *any_text(const char *text)
{
    json_t *whole = json_string(text);
    if (whole != NULL)
        return whole;
    size_t len = strlen(text);
    char *safe = malloc(len * 3 + 1);
    if (safe == NULL)
        return NULL;
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        bool is_ascii = (unsigned char)text[i] < 0x80;
        memcpy(safe + at, is_ascii ? &text[i] : "\xef\xbf\xbd", is_ascii ? 1 : 3);
        at += is_ascii ? 1 : 3;
    }
    json_t *value = json_stringn(safe, at);
    free(safe);
    return value;
}

static json_t *number_if(bool is_there, uint16_t n)
{
    return is_there ? json_integer(n) : json_null();
}

static json_t *text_if(bool is_there, const char *text)
{
    return is_there ? json_string(text) : json_null();
}

/* Milliseconds to a microsecond. */
static json_t *ms(uint64_t us)
{
    return json_real((double)us / 1000.0);
}

static json_t *tls_names(const struct sw_found *f)
{
    json_t *names = json_array();
    for (unsigned i = 0; i < f->candidate.tls_name_count && i < SIPWARD_TLS_NAMES_MAX; i++)
        if (json_array_append_new(names, json_string(f->words.tls_names[i])) < 0)
            return json_decref(names), NULL;
    return names;
}

static json_t *candidate(const struct sw_found *f)
{
    const struct sipward_candidate *c = &f->candidate;
    const struct sipward_words *w = &f->words;
    bool has_srv = (c->flags & SIPWARD_HAS_SRV) != 0,
         has_naptr = (c->flags & SIPWARD_HAS_NAPTR) != 0;
    json_t *o = json_object();
    if (set(o, "transport", json_string(sipward_transport_name(c->transport))) < 0 ||
        set(o, "address", json_string(w->address)) < 0 ||
        set(o, "port", json_integer(c->port)) < 0 || set(o, "host", json_string(w->host)) < 0 ||
        set(o, "priority", number_if(has_srv, c->priority)) < 0 ||
        set(o, "weight", number_if(has_srv, c->weight)) < 0 ||
        set(o, "order", number_if(has_naptr, c->order)) < 0 ||
        set(o, "preference", number_if(has_naptr, c->preference)) < 0 ||
        set(o, "service", text_if(has_naptr, w->service)) < 0 ||
        set(o, "srv", text_if(has_srv, w->srv)) < 0 ||
        (c->tls_name_count > 0 && set(o, "tls_names", tls_names(f)) < 0) ||
        set(o, "ttl", json_integer(c->ttl_s)) < 0 ||
        set(o, "secure", json_boolean(c->flags & SIPWARD_SECURE)) < 0 ||
        set(o, "stale", json_boolean(c->flags & SIPWARD_STALE)) < 0 ||
        set(o, "only_if_refused", json_boolean(c->flags & SIPWARD_ONLY_IF_REFUSED)) < 0)
        return json_decref(o), NULL;
    return o;
}

static json_t *candidates(const struct sw_finding *f)
{
    json_t *all = json_array();
    for (size_t i = 0; i < f->found_count; i++)
        if (json_array_append_new(all, candidate(&f->found[i])) < 0)
            return json_decref(all), NULL;
    return all;
}

static json_t *answers(const struct sipward_event *e)
{
    json_t *all = json_array();
    for (size_t i = 0; i < e->answer_count; i++)
        if (json_array_append_new(all, json_string(e->answers[i])) < 0)
            return json_decref(all), NULL;
    return all;
}

static json_t *query(const struct sipward_event *e)
{
    json_t *o = json_object();
    if (set(o, "name", json_string(e->name)) < 0 || set(o, "type", json_string(e->type)) < 0 ||
        set(o, "rcode", text_if(e->rcode[0] != '\0', e->rcode)) < 0 ||
        set(o, "secure", json_boolean(e->flags & SIPWARD_ANSWER_SECURE)) < 0 ||
        set(o, "ms", ms(e->elapsed_us)) < 0 || set(o, "ttl", json_integer(e->ttl_s)) < 0 ||
        set(o, "answers", answers(e)) < 0 || set(o, "outcome", json_string(e->outcome)) < 0 ||
        set(o, "stale", json_boolean(e->flags & SIPWARD_ANSWER_STALE)) < 0)
        return json_decref(o), NULL;
    return o;
}

static json_t *queries(const struct sw_finding *f)
{
    json_t *all = json_array();
    for (size_t i = 0; i < f->event_count; i++)
        if (f->events[i]->kind == SIPWARD_EVENT_ANSWER &&
            json_array_append_new(all, query(f->events[i])) < 0)
            return json_decref(all), NULL;
    return all;
}

/* The sentence with what it is about: "... : _sip._udp.vocal.com". */
static json_t *sentence(const struct sipward_event *e)
{
    const char *subject = e->record[0] != '\0' ? e->record : e->subject;
    char text[2048];
    if (subject[0] == '\0')
        return json_string(e->text);
    snprintf(text, sizeof text, "%s: %s", e->text, subject);
    return json_string(text);
}

static json_t *note(const struct sipward_event *e)
{
    json_t *o = json_object();
    if (set(o, "code", json_string(e->code)) < 0 || set(o, "text", sentence(e)) < 0 ||
        set(o, "rule", json_string(e->rule)) < 0 || set(o, "section", json_string(e->section)) < 0)
        return json_decref(o), NULL;
    return o;
}

/* Once is enough, though a host's A and AAAA records may give rise to the same. */
static int add_new(json_t *all, json_t *value)
{
    size_t i;
    json_t *other;
    json_array_foreach(all, i, other)
    {
        if (json_equal(other, value)) {
            json_decref(value);
            return 0;
        }
    }
    return json_array_append_new(all, value);
}

static json_t *notes(const struct sw_finding *f)
{
    json_t *all = json_array();
    for (size_t i = 0; i < f->event_count; i++)
        if (f->events[i]->code[0] != '\0' && add_new(all, note(f->events[i])) < 0)
            return json_decref(all), NULL;
    return all;
}

static json_t *share(const struct sw_found *found, const struct sw_finding *f)
{
    json_t *o = json_object();
    if (set(o, "transport", json_string(sipward_transport_name(found->candidate.transport))) < 0 ||
        set(o, "address", json_string(found->words.address)) < 0 ||
        set(o, "port", json_integer(found->candidate.port)) < 0 ||
        set(o, "host", json_string(found->words.host)) < 0 ||
        set(o, "first", json_integer((json_int_t)found->first_count)) < 0 ||
        set(o, "share", json_real((double)found->first_count / (double)f->share_count)) < 0)
        return json_decref(o), NULL;
    return o;
}

static json_t *shares(const struct sw_finding *f)
{
    json_t *all = json_array();
    for (size_t i = 0; i < f->found_count; i++)
        if (json_array_append_new(all, share(&f->found[i], f)) < 0)
            return json_decref(all), NULL;
    return all;
}

static json_t *error(const struct sipward_error *e)
{
    return json_pack("{s:I, s:s, s:s}", "offset", (json_int_t)e->offset, "rule", e->rule, "name",
                     sipward_err_name(e->code));
}

static const char *kind_name(enum sipward_event_kind kind)
{
    switch (kind) {
    case SIPWARD_EVENT_STEP:
        return "step";
    case SIPWARD_EVENT_QUESTION:
        return "question";
    case SIPWARD_EVENT_ANSWER:
        return "answer";
    case SIPWARD_EVENT_RECORD:
        return "record";
    case SIPWARD_EVENT_NOTE:
        return "note";
    case SIPWARD_EVENT_CANDIDATE:
        return "candidate";
    case SIPWARD_EVENT_RESULT:
        return "result";
    }
    return "?";
}

/* Of the fields an event may have, those that say something. */
static json_t *step(const struct sipward_event *e)
{
    const struct {
        const char *name, *value;
    } texts[] = {
        {"code", e->code},     {"rule", e->rule},       {"section", e->section},
        {"text", e->text},     {"subject", e->subject}, {"name", e->name},
        {"type", e->type},     {"rcode", e->rcode},     {"outcome", e->outcome},
        {"record", e->record},
    };
    json_t *o = json_object();
    if (set(o, "ms", ms(e->at_us)) < 0 || set(o, "kind", json_string(kind_name(e->kind))) < 0)
        return json_decref(o), NULL;
    for (size_t i = 0; i < SW_ARRAY_LEN(texts); i++)
        if (texts[i].value[0] != '\0' && set(o, texts[i].name, json_string(texts[i].value)) < 0)
            return json_decref(o), NULL;
    if (e->candidate != NULL &&
        (set(o, "transport", json_string(sipward_transport_name(e->candidate->transport))) < 0 ||
         set(o, "address", json_string(e->words->address)) < 0 ||
         set(o, "port", json_integer(e->candidate->port)) < 0 ||
         set(o, "host", json_string(e->words->host)) < 0))
        return json_decref(o), NULL;
    return o;
}

static json_t *steps(const struct sw_finding *f)
{
    json_t *all = json_array();
    for (size_t i = 0; i < f->event_count; i++)
        if (json_array_append_new(all, step(f->events[i])) < 0)
            return json_decref(all), NULL;
    return all;
}

static json_t *whole(const struct sw_finding *f, enum sw_json_detail detail)
{
    json_t *o = json_object();
    if (set(o, "uri", any_text(f->uri)) < 0 || set(o, "target", any_text(f->target)) < 0 ||
        set(o, "result", json_string(sipward_result_name(f->result))) < 0 ||
        set(o, "reason", any_text(f->reason)) < 0 || set(o, "candidates", candidates(f)) < 0 ||
        set(o, "queries", queries(f)) < 0 || set(o, "notes", notes(f)) < 0 ||
        (f->share_count > 0 && set(o, "shares", shares(f)) < 0) ||
        (f->error.code < 0 && set(o, "error", error(&f->error)) < 0) ||
        (detail == SW_JSON_STEPS && set(o, "steps", steps(f)) < 0))
        return json_decref(o), NULL;
    return o;
}

int sw_json_print(const struct sw_finding *f, enum sw_json_detail detail)
{
    json_t *o = whole(f, detail);
    if (o == NULL)
        return SIPWARD_E_NOMEM;
    char *line = json_dumps(o, JSON_REAL_PRECISION(6));
    json_decref(o);
    if (line == NULL)
        return SIPWARD_E_NOMEM;
    puts(line);
    free(line);
    return 0;
}

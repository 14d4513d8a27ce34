/* SPDX-License-Identifier: BSD-2-Clause */
/* Beginning a location, and what can be asked about it. */
#include "lib/error.h"
#include "lib/first_place.h"
#include "lib/location.h"
#include "lib/publish.h"

/* With the plan a spare location kept, when it has one. */
static int begin(struct sipward_location *l, const struct sw_plan_args *args)
{
    if (l->plan != NULL)
        return sw_plan_restart(l->plan, args, l->now_us);
    return sw_plan_new(&l->plan, args, l->now_us);
}

int sipward_locate(struct sipward_location **out, struct sipward *sw, const char *uri,
                   const struct sipward_query *query, struct sipward_error *error)
{
    struct sipward_query q;
    if (sw_location_query(query, &q) < 0)
        return SW_ERROR_SAY(error, SW_E_INVAL,
                            "query: no size, or a flag or field this version of the "
                            "library does not know");
    struct sw_slice text = q.uri_len == 0 ? sw_slice_str(uri) : sw_slice(uri, q.uri_len);
    struct sw_uri parsed;
    struct sw_syntax syntax;
    int rc = sw_uri_parse(text, &parsed, &syntax);
    if (rc < 0)
        return sw_error_syntax(error, rc, &syntax, NULL);
    struct sipward_location *l;
    rc = sw_location_new(&l, sw, &q);
    if (rc < 0)
        return SW_ERROR_SAY(error, rc, sw_err_text(rc));
    struct sw_plan_args args =
        sw_location_args(l, &q, q.flags & SIPWARD_QUERY_SEEDED ? q.seed : sw_rng_u64(&sw->rng));
    args.uri = &parsed;
    l->now_us = sw_context_now_us(sw);
    rc = begin(l, &args);
    if (rc < 0) {
        sw_location_destroy(l);
        return SW_ERROR_SAY(error, rc, sw_err_text(rc));
    }
    (void)sw_location_ask(l);
    *out = l;
    return 0;
}

bool sipward_has_more(struct sipward_location *location)
{
    if (location->is_spent)
        return false;
    if (location->has_found)
        return location->found == SW_NEXT_CANDIDATE;
    if (location->first != NULL && location->plan == NULL)
        return !location->is_starved;
    return location->plan != NULL &&
           sw_plan_has_more(location->plan, sw_context_now_us(location->sw));
}

enum sipward_result sipward_result(const struct sipward_location *location)
{
    if (location->first != NULL && sw_first_place_was_taken(location->first))
        return SIPWARD_OK;
    if (location->is_starved)
        return SIPWARD_TEMPORARY;
    if (location->plan == NULL)
        return SIPWARD_OPEN;
    return (enum sipward_result)sw_plan_result(location->plan);
}

const char *sipward_result_name(enum sipward_result result)
{
    return (unsigned)result > SIPWARD_INVALID ? "?" : sw_result_name((enum sw_result)result);
}

const char *sipward_reason(const struct sipward_location *location, char *room, size_t room_len)
{
    struct sw_buf b = sw_buf(room, room_len);
    if (location->is_starved)
        sw_buf_str(&b, sw_err_text(SW_E_NOMEM));
    else if (location->is_spent && !location->has_candidate)
        sw_buf_str(&b, "the first place failed: act statefully (RFC 3263 4.4)");
    else if (location->plan != NULL && sipward_result(location) != SIPWARD_OK)
        sw_plan_reason(location->plan, &b);
    return sw_buf_cstr(&b);
}

const char *sipward_target(const struct sipward_location *location, char *room, size_t room_len)
{
    struct sw_buf b = sw_buf(room, room_len);
    if (location->first != NULL)
        sw_buf_slice_add(&b, sw_first_place_target(location->first));
    else
        sw_plan_target(location->plan, &b);
    return sw_buf_cstr(&b);
}

void sipward_words_sized(const struct sipward_location *location, struct sipward_words *words,
                         size_t size)
{
    sw_publish_words(location->has_candidate ? &location->inner : NULL, words, size);
}

int sipward_trace(const struct sipward_location *location, sipward_event_fn *visit, void *arg)
{
    if (location->record == NULL)
        return SW_E_NOTFOUND;
    return sw_record_visit(location->record, visit, arg);
}

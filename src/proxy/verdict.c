/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/verdict.h"

enum {
    DNS_RETRY_S = 5,   /* a failure of the DNS is not remembered for longer (D12) */
    TRIES_SAID_MAX = 8 /* a Warning is for a person: more would not be read */
};

static void begin_warning(const struct px_core *core, const struct px_server *s, struct sw_buf *b)
{
    sw_buf_str(b, "Warning: 399 ");
    sw_endpoint_write(b, &core->conf->listeners[s->from.listener].endpoint);
    sw_buf_str(b, " \"");
}

static void end_warning(struct sw_buf *b)
{
    sw_buf_str(b, "\"\r\n");
}

static void write_try(struct sw_buf *b, const struct px_client *c)
{
    sw_buf_str(b, sw_transport_row(c->to.transport)->name);
    sw_buf_char(b, ':');
    sw_endpoint_write(b, &c->to.peer);
    sw_buf_char(b, ' ');
    if (c->end == PX_TRY_STATUS)
        sw_buf_u64(b, c->status);
    else if (c->end == PX_TRY_TRANSPORT)
        sw_buf_str(b, px_cause_name(c->cause));
    else
        sw_buf_str(b, px_try_end_name(c->end));
}

/* "tried udp:192.0.2.1:5060 timeout, ...". */
static void write_tries(const struct px_core *core, const struct px_server *s, struct sw_buf *b)
{
    unsigned said = 0;
    begin_warning(core, s, b);
    sw_buf_str(b, s->try_count == 0 ? "no usable candidate" : "tried ");
    const struct sw_list *head = &s->clients;
    for (const struct sw_list *at = head->next; at != head; at = at->next) {
        const struct px_client *c = SW_LIST_ITEM(at, const struct px_client, in_server);
        if (c->method != s->method)
            continue;
        if (said == TRIES_SAID_MAX) {
            sw_buf_str(b, " and others");
            break;
        }
        if (said++ > 0)
            sw_buf_str(b, ", ");
        write_try(b, c);
    }
    end_warning(b);
}

/* Names and texts of the DNS are escaped by the locator (H6), or here. */
static void write_location(const struct px_core *core, const struct px_server *s, struct sw_buf *b)
{
    char room[256];
    struct sw_buf text = sw_buf(room, sizeof room);
    begin_warning(core, s, b);
    if (s->search.plan != NULL) {
        sw_plan_target(s->search.plan, &text);
        sw_buf_escaped(b, sw_buf_slice(&text));
        sw_buf_str(b, ": ");
        text.len = 0;
        sw_plan_reason(s->search.plan, &text);
        sw_buf_escaped(b, sw_buf_slice(&text));
    } else {
        sw_buf_str(b, "not located");
    }
    end_warning(b);
}

static uint16_t status_of_location(const struct px_server *s, const char **reason)
{
    bool is_first;
    if (s->search.plan != NULL && s->located == SW_RESULT_NONE &&
        sw_plan_is_bid_down(s->search.plan, &is_first)) {
        *reason = "the domain no longer offers SIPS";
        return 500;
    }
    switch ((enum sw_result)s->located) {
    case SW_RESULT_INVALID:
        *reason = "the target cannot be located";
        return 400;
    case SW_RESULT_NONE:
        *reason = "nowhere to send";
        return s->target.is_route || s->target.is_configured ? 500 : 404;
    case SW_RESULT_BOGUS:
        *reason = "DNSSEC validation failed";
        return 500;
    case SW_RESULT_OPEN:
    case SW_RESULT_OK:
    case SW_RESULT_TEMPORARY:
        break;
    }
    *reason = "the location failed for now";
    return 500;
}

static void judge_location(const struct px_core *core, const struct px_server *s, struct sw_buf *b,
                           struct px_answer *answer, const char **reason)
{
    answer->status = status_of_location(s, reason);
    bool is_temporary = s->located == SW_RESULT_TEMPORARY || s->located == SW_RESULT_OPEN;
    if (is_temporary) {
        sw_buf_str(b, "Retry-After: ");
        sw_buf_u64(b, DNS_RETRY_S);
        sw_buf_str(b, "\r\n");
    }
    write_location(core, s, b);
}

bool px_verdict(const struct px_core *core, const struct px_server *s, char *text,
                struct px_answer *answer, const char **reason)
{
    struct sw_buf b = sw_buf(text, PX_VERDICT_TEXT_MAX);
    bool is_invite = s->method == SW_INVITE;
    *answer = (struct px_answer){.status = 500};
    if (s->is_cancelled && is_invite) {
        *reason = "cancelled";
        answer->status = 487;
        return true;
    }
    if (s->located != SW_RESULT_OK) {
        judge_location(core, s, &b, answer, reason);
    } else if (is_invite && (s->was_silent || s->is_timed_out)) {
        *reason = "no candidate answered";
        answer->status = 408;
        write_tries(core, s, &b);
    } else if (!is_invite && (s->is_timed_out || !(s->had_503 || s->had_error))) {
        *reason = "no candidate answered";
        return false;
    } else {
        *reason = s->had_503 ? "every candidate refused" : "no candidate could be reached";
        write_tries(core, s, &b);
    }
    if (!b.overflow)
        answer->extra = sw_buf_slice(&b);
    return true;
}

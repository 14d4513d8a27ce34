/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/log.h"

#include "proxy/again.h"
#include "proxy/emit.h"
#include "proxy/ident.h"
#include "proxy/tale.h"

static void copy_text(char *to, size_t cap, struct sw_slice text)
{
    size_t len = text.len < cap - 1 ? text.len : cap - 1;
    if (len > 0)
        memcpy(to, text.p, len);
    to[len] = '\0';
}

/* A cleared record with what the request says; NULL without memory: then nothing is said. It ends
 * behind the tries it has room for: most have one, and a turn has many. */
static struct px_log *new_log(struct px_core *core, const struct px_hop *from,
                              struct sw_slice method, struct sw_slice call_id, size_t try_count)
{
    size_t tries_len = try_count * sizeof(struct px_log_try);
    struct px_log *log = sw_arena_get(&core->turn, offsetof(struct px_log, tries) + tries_len);
    if (log == NULL)
        return NULL;
    memset(log, 0, offsetof(struct px_log, tries)); /* these are cleared as they are used */
    log->source = from->peer;
    log->source_transport = from->transport;
    log->location = "";
    log->reason = "";
    copy_text(log->method, sizeof log->method, method);
    copy_text(log->call_id, sizeof log->call_id, call_id);
    return log;
}

static struct px_log *new_log_of(struct px_core *core, const struct px_hop *from,
                                 const struct sw_msg *m, size_t try_count)
{
    return new_log(core, from, m->method_text, px_msg_value(m, SW_HDR_CALL_ID), try_count);
}

/* Of no message. */
static struct px_log *new_log_of_none(struct px_core *core)
{
    const struct px_hop nobody = {0};
    const struct sw_slice none = {NULL, 0};
    return new_log(core, &nobody, none, none, 0);
}

static void say(struct px_core *core, const struct px_log *log)
{
    px_emit(core, PX_DO_LOG)->log = log;
}

struct sw_slice px_log_domain(const struct sw_uri *uri)
{
    return uri->has_maddr ? uri->maddr.text : uri->host.text;
}

static void copy_domain(struct px_log *log, struct sw_slice uri_text)
{
    struct sw_uri uri;
    if (sw_uri_parse(uri_text, &uri, NULL) == 0)
        copy_text(log->domain, sizeof log->domain, px_log_domain(&uri));
}

static void copy_try(struct px_core *core, struct px_log_try *to, const struct px_client *c,
                     uint64_t received_us)
{
    *to = (struct px_log_try){.transport = c->to.transport, .endpoint = c->to.peer};
    copy_text(to->host, sizeof to->host, c->host);
    to->end = c->end;
    to->status = c->status;
    to->cause = c->cause;
    const char *detail =
        c->detail.len == 0 ? NULL : sw_arena_dup(&core->turn, c->detail.p, c->detail.len);
    if (detail != NULL)
        to->detail = sw_slice(detail, c->detail.len);
    to->started_us = c->started_us - received_us;
    to->took_us = c->took_us;
}

/* The others are a CANCEL or an ACK of one of them. */
static bool is_try(const struct px_server *s, const struct px_client *c)
{
    return c->method == s->method;
}

static size_t count_tries(const struct px_server *s)
{
    const struct sw_list *head = &s->clients;
    size_t count = 0;
    for (const struct sw_list *at = head->next; at != head; at = at->next)
        count += is_try(s, SW_LIST_ITEM(at, const struct px_client, in_server));
    return count < PX_LOG_TRIES_MAX ? count : PX_LOG_TRIES_MAX;
}

static void copy_tries(struct px_core *core, struct px_log *log, const struct px_server *s)
{
    const struct sw_list *head = &s->clients;
    for (const struct sw_list *at = head->next; at != head; at = at->next) {
        const struct px_client *c = SW_LIST_ITEM(at, const struct px_client, in_server);
        if (!is_try(s, c))
            continue;
        if (log->try_count < PX_LOG_TRIES_MAX)
            copy_try(core, &log->tries[log->try_count], c, s->received_us);
        log->try_count++;
    }
}

void px_log_server(struct px_core *core, struct px_server *s)
{
    if (s->is_logged)
        return;
    s->is_logged = true;
    px_server_touch(core, s); /* what only the log wants is given back */
    struct px_log *log = new_log(core, &s->from, s->key.method_text, s->call_id, count_tries(s));
    if (log == NULL)
        return;
    if (s->domain.len > 0)
        copy_text(log->domain, sizeof log->domain, s->domain);
    else
        copy_domain(log, s->target.request_uri);
    log->status = s->sent_status;
    log->location = s->target.next_hop.len > 0 ? sw_result_name((enum sw_result)s->located) : "";
    log->reason = s->reason;
    log->took_us = core->now_us - s->received_us;
    log->located_us = s->located_us;
    copy_tries(core, log, s);
    px_tale_tell(core, &s->search.tale, log);
    say(core, log);
}

void px_log_forget(struct px_core *core, struct px_server *s)
{
    struct sw_list *at, *tmp;
    if (!s->is_logged || s->search.plan != NULL)
        return;
    px_tale_end(core, &s->search.tale);
    SW_LIST_EACH (at, tmp, &s->clients) {
        struct px_client *c = SW_LIST_ITEM(at, struct px_client, in_server);
        px_mem_drop_slice(&core->mem, &c->host);
        px_mem_drop_slice(&core->mem, &c->detail);
    }
}

void px_log_refusal(struct px_core *core, const struct px_hop *from, const struct sw_msg *m,
                    uint16_t status)
{
    struct px_log *log = new_log_of(core, from, m, 0);
    if (log == NULL)
        return;
    copy_domain(log, m->uri_text);
    log->status = status;
    say(core, log);
}

void px_log_relay(struct px_core *core, const struct px_relay *r, const struct px_hop *to,
                  const char *reason)
{
    if (px_read_again(core, r->request) < 0)
        return;
    struct px_log *log = new_log_of(core, &r->from, &core->old, to == NULL ? 0 : 1);
    if (log == NULL)
        return;
    copy_text(log->domain, sizeof log->domain, r->domain);
    log->reason = reason;
    log->took_us = core->now_us - r->received_us;
    if (to != NULL) {
        log->try_count = 1;
        log->tries[0] = (struct px_log_try){.transport = to->transport, .endpoint = to->peer};
    }
    say(core, log);
}

void px_log_bid_down(struct px_core *core, const struct sw_plan *plan)
{
    char room[SW_NAME_TEXT_MAX];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct px_log *log = new_log_of_none(core);
    if (log == NULL)
        return;
    sw_plan_target(plan, &b);
    copy_text(log->domain, sizeof log->domain, sw_buf_slice(&b));
    log->kind = PX_LOG_BID_DOWN;
    log->reason = sw_note_row(SW_NOTE_BID_DOWN)->text;
    say(core, log);
}

void px_log_load(struct px_core *core, uint32_t refused_count)
{
    struct px_log *log = new_log_of_none(core);
    if (log == NULL)
        return;
    log->kind = PX_LOG_LOAD;
    log->refused_count = refused_count;
    log->reason = "more comes in than can be carried";
    say(core, log);
}

void px_log_drop(struct px_core *core, const struct px_hop *from, const struct sw_msg *m,
                 uint64_t *counter, const char *reason)
{
    (*counter)++;
    struct px_log *log = new_log_of(core, from, m, 0);
    if (log == NULL)
        return;
    log->kind = PX_LOG_DROP;
    log->reason = reason;
    say(core, log);
}

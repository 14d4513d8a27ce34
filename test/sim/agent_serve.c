/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent as a server: answers as its script says. */
#include "base/bug.h"
#include "sim/agent_parts.h"
#include "sip/build.h"

#include <stdlib.h>

static const struct sim_script default_script = {
    .step_count = 1,
    .steps = {{.kind = SIM_ANSWER, .status = 200}},
};

static struct sw_slice value_of(const struct sw_msg *m, enum sw_hdr_id id)
{
    const struct sw_hdr *h = sw_msg_first(m, id);
    return h == NULL ? (struct sw_slice){NULL, 0} : h->value;
}

/* ------------------------------------------------------------------------------ answering */

static bool is_final(uint16_t status)
{
    return status >= 200;
}

/* Record-Route goes back in what makes a dialog, with our Contact. */
static void write_extra(const struct sim_served *s, const struct sw_msg *m, uint16_t status,
                        const char *extra, struct sw_buf *b)
{
    sw_buf_str(b, extra);
    if (m->method != SW_INVITE || status <= 100 || status >= 300)
        return;
    for (const struct sw_hdr *h = sw_msg_first(m, SW_HDR_RECORD_ROUTE); h != NULL;
         h = sw_msg_next(m, h))
        sw_buf_slice_add(b, h->line);
    sw_buf_str(b, "Contact: <sip:");
    sw_buf_str(b, s->agent->node.name);
    sw_buf_char(b, '@');
    sw_endpoint_write(b, &s->place->endpoint);
    if (s->place->transport != SW_UDP) {
        sw_buf_str(b, ";transport=");
        sw_buf_str(b, sw_transport_row(s->place->transport)->name);
    }
    sw_buf_str(b, ">\r\n");
}

/* 18.2.2 without the search. */
static struct sw_endpoint reply_to(const struct sim_served *s, const struct sw_via *via)
{
    struct sw_endpoint to = s->peer;
    if (!via->has_rport && via->has_port)
        to.port = via->port;
    return to;
}

static void send_response(struct sim_served *s)
{
    struct sw_msg m;
    struct sw_via via;
    struct sw_slice text = sw_slice(s->response, s->response_len);
    if (text.len == 0 || sw_msg_parse_again(&m, text) < 0 || sw_msg_top_via(&m, &via) < 0)
        return;
    struct sw_endpoint to = reply_to(s, &via);
    const struct sim_agent *a = s->agent;
    const struct sim_place *from =
        s->script->is_elsewhere ? a->places[a->place_count - 1] : s->place;
    sim_agent_send(s->agent, from, s->conn, &to, text);
}

static bool resends(const struct sim_served *s)
{
    bool is_invite = strcmp(s->method, "INVITE") == 0;
    bool is_2xx = s->status >= 200 && s->status < 300;
    return is_invite && is_final(s->status) && !s->is_acked &&
           (is_2xx || s->place->transport == SW_UDP);
}

static void resend(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_served *s = arg;
    if (!resends(s) || s->status != number)
        return;
    if (w->now_us - s->began_us >= 64 * SIM_T1_US)
        return;
    send_response(s);
    s->resend_us = s->resend_us * 2 > SIM_T2_US ? SIM_T2_US : s->resend_us * 2;
    sim_at(w, w->now_us + s->resend_us, resend, s, number);
}

static void answer(struct sim_served *s, uint16_t status, const char *extra)
{
    char room[4096], tag[32], extra_room[2048];
    struct sw_buf out = sw_buf(room, sizeof room), more = sw_buf(extra_room, sizeof extra_room);
    struct sw_msg m;
    int rc = sw_msg_parse_again(&m, sw_slice(s->request, s->request_len));
    SW_BUG_ON(rc < 0);
    snprintf(tag, sizeof tag, "%s-%zu", s->agent->node.name, (size_t)(s - s->agent->served));
    write_extra(s, &m, status, extra, &more);
    struct sw_reply reply = {
        .status = status,
        .to_tag = status == 100 ? (struct sw_slice){NULL, 0} : sw_slice_str(tag),
        .extra = sw_buf_slice(&more),
    };
    if (sw_reply_build(&m, &reply, &out) < 0 || more.overflow) {
        sim_complain(s->agent->world, "%s cannot build a response", s->agent->node.name);
        return;
    }
    free(s->response);
    s->response = (char *)(uintptr_t)sim_dup(sw_buf_slice(&out)).p;
    s->response_len = out.len;
    s->status = status;
    s->began_us = s->agent->world->now_us;
    send_response(s);
    s->resend_us = SIM_T1_US;
    if (resends(s))
        sim_at(s->agent->world, s->agent->world->now_us + SIM_T1_US, resend, s, status);
}

/* ------------------------------------------------------------------------------ the script */

static void make_dark(struct sim_agent *a)
{
    for (size_t i = 0; i < a->place_count; i++)
        a->places[i]->link.is_dark = true;
    sim_say(a->world, a->node.name, "", "dies", (struct sw_slice){NULL, 0});
}

static void do_step(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_served *s = arg;
    const struct sim_step_of *step = &s->script->steps[number];
    (void)w;
    if (is_final(s->status))
        return; /* cancelled meanwhile */
    switch (step->kind) {
    case SIM_ANSWER:
        answer(s, step->status, step->extra);
        return;
    case SIM_DIE:
        make_dark(s->agent);
        return;
    case SIM_CLOSE:
        sim_net_break(s->agent->net, &s->agent->node, PX_CAUSE_CLOSED);
        return;
    case SIM_RESET:
        sim_net_break(s->agent->net, &s->agent->node, PX_CAUSE_RESET);
        return;
    }
}

static const struct sim_script *script_for(const struct sim_agent *a, const char *method)
{
    const struct sim_script *best = NULL;
    unsigned nth = 0;
    for (size_t i = 0; i < a->served_count; i++)
        nth += strcmp(a->served[i].method, method) == 0;
    for (size_t i = 0; i < a->script_count; i++) {
        const struct sim_script *s = &a->scripts[i];
        if (strcmp(s->method, method) == 0 && s->from_nth <= nth &&
            (best == NULL || s->from_nth >= best->from_nth))
            best = s;
    }
    return best == NULL ? &default_script : best;
}

/* ------------------------------------------------------------------------------ the other way */

static void turn_round(const struct sim_agent *a, const struct sim_served *s,
                       const struct sw_msg *m, struct sim_call *out)
{
    struct sw_nameaddr contact;
    size_t len = 0;
    *out = (struct sim_call){.cseq = 100};
    sim_text(out->call_id, sizeof out->call_id, value_of(m, SW_HDR_CALL_ID));
    sim_text(out->to, sizeof out->to, value_of(m, SW_HDR_FROM));
    snprintf(out->from_tag, sizeof out->from_tag, "%s-%zu", a->node.name, (size_t)(s - a->served));
    if (sw_nameaddr_parse(value_of(m, SW_HDR_CONTACT), &contact, NULL) == 0)
        sim_text(out->contact, sizeof out->contact, contact.uri_text);
    for (const struct sw_hdr *h = sw_msg_first(m, SW_HDR_RECORD_ROUTE); h != NULL;
         h = sw_msg_next(m, h))
        len += (size_t)snprintf(out->route + len, sizeof out->route - len, "Route: %.*s\r\n",
                                (int)h->value.len, h->value.p);
}

bool sim_call_turn_round(const struct sim_agent *callee, const struct sim_call *c,
                         struct sim_call *out)
{
    static struct sw_msg m;
    for (size_t i = callee->served_count; i-- > 0;) {
        const struct sim_served *s = &callee->served[i];
        if (strcmp(s->method, c->method) != 0 ||
            sw_msg_parse_again(&m, sw_slice(s->request, s->request_len)) < 0 ||
            !sw_slice_eq(value_of(&m, SW_HDR_CALL_ID), sw_slice_str(c->call_id)))
            continue;
        turn_round(callee, s, &m, out);
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------------------ requests */

static struct sim_served *find_served(struct sim_agent *a, struct sw_slice branch,
                                      const char *method)
{
    for (size_t i = a->served_count; i-- > 0;)
        if (sw_slice_eq(branch, sw_slice_str(a->served[i].branch)) &&
            strcmp(a->served[i].method, method) == 0)
            return &a->served[i];
    return NULL;
}

static bool same_field(const struct sw_msg *a, const struct sw_msg *b, enum sw_hdr_id id)
{
    return sw_slice_eq(value_of(a, id), value_of(b, id));
}

/* One transaction never reaches one place in two tries, but for another resource (C9). */
static void check_for_second_try(struct sim_agent *a, const struct sim_served *fresh,
                                 const struct sw_msg *m)
{
    static struct sw_msg old;
    for (const struct sim_served *s = a->served; s != fresh; s++) {
        if (s->place != fresh->place || strcmp(s->method, fresh->method) != 0 ||
            sw_msg_parse_again(&old, sw_slice(s->request, s->request_len)) < 0)
            continue;
        if (same_field(&old, m, SW_HDR_CALL_ID) && same_field(&old, m, SW_HDR_CSEQ) &&
            same_field(&old, m, SW_HDR_FROM) && sw_slice_eq(old.uri_text, m->uri_text) &&
            !a->world->is_excused)
            sim_complain(a->world, "%s was tried twice for one %s", a->node.name, fresh->method);
    }
}

static void serve_new(struct sim_agent *a, struct sim_place *place, uint64_t conn,
                      const struct sw_endpoint *peer, const struct sw_msg *m,
                      struct sw_slice branch)
{
    SW_BUG_ON(a->served_count == SIM_SERVED_MAX);
    struct sim_served *s = &a->served[a->served_count];
    struct sw_slice copy = sim_dup(m->bytes);
    *s = (struct sim_served){.agent = a,
                             .request = (char *)(uintptr_t)copy.p,
                             .request_len = copy.len,
                             .place = place,
                             .conn = conn};
    if (peer != NULL)
        s->peer = *peer;
    sim_text(s->branch, sizeof s->branch, branch);
    sim_text(s->method, sizeof s->method, m->method_text);
    check_for_second_try(a, s, m);
    s->script = script_for(a, s->method);
    a->served_count++;
    for (size_t i = 0; i < s->script->step_count; i++) {
        uint64_t after_us = s->script->steps[i].after_us;
        if (after_us == 0)
            do_step(a->world, s, i);
        else
            sim_at(a->world, a->world->now_us + after_us, do_step, s, i);
    }
}

static void serve_ack(struct sim_agent *a, const struct sw_msg *m, struct sw_slice branch)
{
    static struct sw_msg old;
    struct sim_served *same = find_served(a, branch, "INVITE");
    if (same != NULL) {
        same->is_acked = true;
        return;
    }
    for (size_t i = 0; i < a->served_count; i++) {
        struct sim_served *s = &a->served[i];
        if (strcmp(s->method, "INVITE") != 0 || s->status / 100 != 2 ||
            sw_msg_parse_again(&old, sw_slice(s->request, s->request_len)) < 0)
            continue;
        if (same_field(&old, m, SW_HDR_CALL_ID) && !a->ignores_acks)
            s->is_acked = true;
    }
}

static void serve_cancel(struct sim_agent *a, struct sw_slice branch)
{
    struct sim_served *s = find_served(a, branch, "INVITE");
    if (s == NULL) {
        if (script_for(a, "CANCEL") == &default_script && !a->world->is_excused)
            sim_complain(a->world, "%s got a CANCEL for nothing", a->node.name);
        return;
    }
    if (s->status == 0)
        sim_complain(a->world, "%s got a CANCEL before it sent a provisional", a->node.name);
    if (s->is_cancelled)
        return;
    s->is_cancelled = true;
    if (!is_final(s->status) && !s->script->ignores_cancel)
        answer(s, 487, "");
}

void sim_serve(struct sim_agent *a, struct sim_place *place, uint64_t conn,
               const struct sw_endpoint *peer, const struct sw_msg *m)
{
    struct sw_via via;
    char method[16];
    if (sw_msg_top_via(m, &via) < 0) {
        sim_complain(a->world, "%s got a request without a Via", a->node.name);
        return;
    }
    sim_text(method, sizeof method, m->method_text);
    if (m->method == SW_ACK) {
        serve_ack(a, m, via.branch);
        return;
    }
    struct sim_served *again = find_served(a, via.branch, method);
    if (again != NULL) {
        again->conn = conn;
        send_response(again);
        return;
    }
    serve_new(a, place, conn, peer, m, via.branch);
    if (m->method == SW_CANCEL)
        serve_cancel(a, via.branch);
}

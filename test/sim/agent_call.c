/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent as a caller: sends, keeps at it, ACKs, remembers. */
#include "base/bug.h"
#include "sim/agent_parts.h"

#include <stdlib.h>

/* ------------------------------------------------------------------------------ sending */

static void send_text(struct sim_call *c, struct sw_slice text)
{
    uint64_t conn = 0;
    if (c->place->transport != SW_UDP) {
        conn = sim_agent_reach(c->agent, c->place, c->towards);
        if (c->agent->is_connecting)
            return; /* sim_calls_connected() will */
    }
    sim_agent_send(c->agent, c->place, conn, &c->towards->endpoint, text);
}

static bool is_invite(const struct sim_call *c)
{
    return strcmp(c->method, "INVITE") == 0;
}

static void resend(struct sim_world *w, void *arg, uint64_t number)
{
    struct sim_call *c = arg;
    (void)number;
    if (c->final_count > 0 || c->is_over || (c->has_provisional && is_invite(c)))
        return;
    if (w->now_us - c->began_us >= 64 * SIM_T1_US) {
        c->is_over = true;
        return;
    }
    if (c->place->transport == SW_UDP)
        send_text(c, c->request);
    c->resend_us *= 2;
    if (c->resend_us > SIM_T2_US && !is_invite(c))
        c->resend_us = SIM_T2_US;
    sim_at(w, w->now_us + c->resend_us, resend, c, 0);
}

void sim_calls_connected(struct sim_agent *a)
{
    for (size_t i = 0; i < a->call_count; i++) {
        struct sim_call *c = &a->calls[i];
        if (c->place->transport != SW_UDP && c->final_count == 0 && !c->has_provisional &&
            !c->is_over)
            send_text(c, c->request);
    }
}

/* ------------------------------------------------------------------------------ the request */

static const char *via_name(const struct sim_place *p)
{
    if (p->transport == SW_TLS)
        return "TLS";
    return p->transport == SW_UDP ? "UDP" : "TCP";
}

static void write_via(struct sw_buf *b, const struct sim_call *c, const char *branch)
{
    sw_buf_str(b, "Via: SIP/2.0/");
    sw_buf_str(b, via_name(c->place));
    sw_buf_char(b, ' ');
    sw_endpoint_write(b, &c->place->endpoint);
    sw_buf_str(b, ";branch=");
    sw_buf_str(b, branch);
    sw_buf_str(b, "\r\n");
}

static void write_from_to(struct sw_buf *b, const struct sim_call *c)
{
    sw_buf_str(b, "From: <sip:");
    sw_buf_str(b, c->agent->node.name);
    sw_buf_str(b, "@caller.t>;tag=");
    sw_buf_str(b, c->from_tag);
    sw_buf_str(b, "\r\nTo: ");
    sw_buf_str(b, c->to);
    sw_buf_str(b, "\r\nCall-ID: ");
    sw_buf_str(b, c->call_id);
    sw_buf_str(b, "\r\nCSeq: ");
    sw_buf_u64(b, c->cseq);
    sw_buf_char(b, ' ');
}

/* What differs from one request of a call to the next. */
struct wording {
    const char *method, *uri, *branch;
    const char *extra, *body;
    int max_forwards; /* < 0: 70 */
};

static void write_end(struct sw_buf *b, const struct wording *is)
{
    sw_buf_str(b, is->method);
    sw_buf_str(b, "\r\n");
    sw_buf_str(b, is->extra);
    sw_buf_str(b, "Content-Length: ");
    sw_buf_u64(b, strlen(is->body));
    sw_buf_str(b, "\r\n\r\n");
    sw_buf_str(b, is->body);
}

static void write_request(struct sw_buf *b, const struct sim_call *c, const struct wording *is)
{
    sw_buf_str(b, is->method);
    sw_buf_char(b, ' ');
    sw_buf_str(b, is->uri);
    sw_buf_str(b, " SIP/2.0\r\n");
    write_via(b, c, is->branch);
    sw_buf_str(b, "Max-Forwards: ");
    sw_buf_u64(b, is->max_forwards < 0 ? 70 : (uint64_t)is->max_forwards);
    sw_buf_str(b, "\r\n");
    sw_buf_str(b, c->route);
    write_from_to(b, c);
    write_end(b, is);
}

static void new_branch(struct sim_agent *a, char *out, size_t cap)
{
    snprintf(out, cap, "z9hG4bK-%s-%08x", a->node.name, (unsigned)sim_below(a->world, 1u << 30));
}

static void copy_dialog(struct sim_call *c, const struct sim_call *dialog)
{
    snprintf(c->call_id, sizeof c->call_id, "%s", dialog->call_id);
    snprintf(c->from_tag, sizeof c->from_tag, "%s", dialog->from_tag);
    snprintf(c->to, sizeof c->to, "%s", dialog->to);
    snprintf(c->route, sizeof c->route, "%s", dialog->route);
    c->cseq = dialog->cseq + 1;
}

static void change_to_tag(struct sim_call *c, const char *tag)
{
    char *old = strstr(c->to, ";tag=");
    size_t len = old == NULL ? strlen(c->to) : (size_t)(old - c->to);
    snprintf(c->to + len, sizeof c->to - len, ";tag=%s", tag);
}

static void begin_dialog(struct sim_call *c, const struct sim_request *rq)
{
    struct sim_world *w = c->agent->world;
    snprintf(c->call_id, sizeof c->call_id, "%08x@%s", (unsigned)sim_below(w, 1u << 30),
             c->agent->node.name);
    snprintf(c->from_tag, sizeof c->from_tag, "%06x", (unsigned)sim_below(w, 1u << 24));
    snprintf(c->to, sizeof c->to, "<%s>", rq->uri);
    c->cseq = 1;
}

struct sim_call *sim_agent_call(struct sim_agent *a, enum sw_transport t, struct sim_place *towards,
                                const struct sim_request *rq)
{
    static char room[70000];
    struct sw_buf b = sw_buf(room, sizeof room);
    SW_BUG_ON(a->call_count == SIM_CALLS_MAX);
    struct sim_call *c = &a->calls[a->call_count++];
    *c = (struct sim_call){.agent = a, .towards = towards, .place = a->places[0]};
    for (size_t i = 0; i < a->place_count; i++)
        if (a->places[i]->transport == t)
            c->place = a->places[i];
    snprintf(c->name, sizeof c->name, "%s", rq->name == NULL ? "" : rq->name);
    snprintf(c->method, sizeof c->method, "%s", rq->method);
    snprintf(c->uri, sizeof c->uri, "%s", rq->uri);
    new_branch(a, c->branch, sizeof c->branch);
    if (rq->dialog != NULL)
        copy_dialog(c, rq->dialog);
    else
        begin_dialog(c, rq);
    if (rq->call_id != NULL)
        snprintf(c->call_id, sizeof c->call_id, "%s", rq->call_id);
    if (rq->to_tag != NULL)
        change_to_tag(c, rq->to_tag);
    const struct wording is = {
        .method = rq->method,
        .uri = rq->uri,
        .branch = c->branch,
        .extra = rq->extra == NULL ? "" : rq->extra,
        .body = rq->body == NULL ? "" : rq->body,
        .max_forwards = rq->max_forwards,
    };
    write_request(&b, c, &is);
    SW_BUG_ON(b.overflow);
    c->request = sim_dup(sw_buf_slice(&b));
    c->began_us = a->world->now_us;
    c->resend_us = SIM_T1_US;
    send_text(c, c->request);
    sim_at(a->world, a->world->now_us + c->resend_us, resend, c, 0);
    return c;
}

static void send_cancel(struct sim_call *c)
{
    char room[2048];
    struct sw_buf b = sw_buf(room, sizeof room);
    const struct wording is = {"CANCEL", c->uri, c->branch, "", "", -1};
    write_request(&b, c, &is);
    send_text(c, sw_buf_slice(&b));
}

void sim_agent_cancel(struct sim_call *c)
{
    c->is_cancelled = true;
    if (c->final_count > 0)
        return;
    if (c->has_provisional)
        send_cancel(c);
    else
        c->wants_cancel = true;
}

/* ------------------------------------------------------------------------------ responses */

static struct sw_slice value_of(const struct sw_msg *m, enum sw_hdr_id id)
{
    const struct sw_hdr *h = sw_msg_first(m, id);
    return h == NULL ? (struct sw_slice){NULL, 0} : h->value;
}

/* 12.1.2: the route set is the Record-Route, turned round. */
static void learn_route(struct sim_call *c, const struct sw_msg *m)
{
    struct sw_values values;
    struct sw_slice value, all[8];
    size_t count = 0;
    sw_values_init(&values, m, SW_HDR_RECORD_ROUTE);
    while (count < SW_ARRAY_LEN(all) && sw_values_next(&values, &value) > 0)
        all[count++] = value;
    if (count == 0)
        return;
    size_t len = 0;
    while (count-- > 0)
        len += (size_t)snprintf(c->route + len, sizeof c->route - len, "Route: %.*s\r\n",
                                (int)all[count].len, all[count].p);
}

static void learn_contact(struct sim_call *c, const struct sw_msg *m)
{
    struct sw_nameaddr contact;
    if (sw_nameaddr_parse(value_of(m, SW_HDR_CONTACT), &contact, NULL) == 0)
        sim_text(c->contact, sizeof c->contact, contact.uri_text);
}

const char *sim_call_turn_strict(struct sim_call *c)
{
    char first[160];
    const char *from = strchr(c->route, '<'), *to = strchr(c->route, '>');
    if (from == NULL || to == NULL || strchr(to, '<') != NULL)
        return "it needs a route set of one";
    snprintf(first, sizeof first, "%.*s", (int)(to - from - 1), from + 1);
    snprintf(c->route, sizeof c->route, "Route: <%s>\r\n", c->contact);
    snprintf(c->contact, sizeof c->contact, "%s", first);
    return NULL;
}

static void send_ack(struct sim_call *c, bool is_2xx)
{
    static char room[4096];
    struct sw_buf b = sw_buf(room, sizeof room);
    char branch[40];
    snprintf(branch, sizeof branch, "%s", c->branch);
    if (is_2xx)
        new_branch(c->agent, branch, sizeof branch);
    const char *uri = is_2xx && c->contact[0] != '\0' ? c->contact : c->uri;
    const struct wording is = {"ACK", uri, branch, "", "", -1};
    write_request(&b, c, &is);
    free((void *)(uintptr_t)c->ack.p);
    c->ack = sim_dup(sw_buf_slice(&b));
    send_text(c, c->ack);
}

/* 16.7 step 5: one final response, or one or more 2xx; a 2xx may follow what we thought was the
 * end, never the other way round unless the network turned them round. */
static void check_finals(const struct sim_call *c, uint16_t status)
{
    bool was_2xx = c->final_status / 100 == 2, is_2xx = status / 100 == 2;
    const struct sim_link *l = &c->place->link;
    if (c->final_status == 503 && c->final_count > 0)
        return; /* of the proxy itself, for load: another copy of the INVITE may have got through */
    bool may_overtake = was_2xx && (l->jitter_us > 0 || l->loss_permille > 0);
    if (c->final_count == 0 || is_2xx || may_overtake || (!was_2xx && c->final_status == status))
        return;
    sim_complain(c->agent->world, "%s got %u after %u", c->agent->node.name, status,
                 c->final_status);
}

static void hear_final(struct sim_call *c, const struct sw_msg *m)
{
    bool is_2xx = m->status < 300;
    check_finals(c, m->status);
    bool is_again = c->final_count > 0 && c->final_status == m->status;
    if (!is_again) {
        c->final_count++;
        c->final_status = m->status;
    }
    if (!is_invite(c))
        return;
    if (is_2xx) {
        learn_route(c, m);
        learn_contact(c, m);
    }
    sim_text(c->to, sizeof c->to, value_of(m, SW_HDR_TO));
    if (is_again && c->ack.len > 0)
        send_text(c, c->ack);
    else
        send_ack(c, is_2xx);
}

static void note_answer(struct sim_call *c, uint16_t status)
{
    if (c->answer_count == SIM_ANSWERS_MAX)
        return;
    c->answers[c->answer_count].status = status;
    c->answers[c->answer_count++].at_us = c->agent->world->now_us;
}

void sim_hear(struct sim_agent *a, const struct sw_msg *m)
{
    struct sw_via via;
    struct sw_cseq cseq;
    if (sw_msg_top_via(m, &via) < 0 || sw_cseq_parse(value_of(m, SW_HDR_CSEQ), &cseq) < 0) {
        sim_complain(a->world, "%s got a response without a Via of its own", a->node.name);
        return;
    }
    for (size_t i = a->call_count; i-- > 0;) {
        struct sim_call *c = &a->calls[i];
        if (!sw_slice_eq(via.branch, sw_slice_str(c->branch)))
            continue;
        if (!sw_slice_eq(cseq.method_text, sw_slice_str(c->method)))
            return; /* of its CANCEL */
        note_answer(c, m->status);
        if (m->status >= 200) {
            hear_final(c, m);
            return;
        }
        c->has_provisional = true;
        if (c->wants_cancel)
            send_cancel(c);
        c->wants_cancel = false;
        return;
    }
    if (!a->has_said)
        sim_complain(a->world, "%s got a response to nothing it asked", a->node.name);
}

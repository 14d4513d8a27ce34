/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/bug.h"
#include "sim/agent_parts.h"
#include "sip/frame.h"

#include <stdlib.h>

struct sw_slice sim_dup(struct sw_slice text)
{
    char *p = sim_alloc(text.len + 1, 1);
    if (text.len > 0)
        memcpy(p, text.p, text.len);
    return sw_slice(p, text.len);
}

void sim_text(char *out, size_t cap, struct sw_slice text)
{
    size_t len = text.len < cap - 1 ? text.len : cap - 1;
    if (len > 0)
        memcpy(out, text.p, len);
    out[len] = '\0';
}

void sim_agent_send(struct sim_agent *a, const struct sim_place *from, uint64_t conn,
                    const struct sw_endpoint *peer, struct sw_slice text)
{
    if (from->transport == SW_UDP)
        sim_net_datagram(a->net, from, peer, text);
    else
        sim_net_bytes(a->net, &a->node, conn, text);
}

uint64_t sim_agent_reach(struct sim_agent *a, const struct sim_place *from,
                         const struct sim_place *to)
{
    if (a->open_conn == 0) {
        a->open_conn = ++a->next_conn;
        a->is_connecting = true;
        sim_net_connect(a->net, &a->node, a->open_conn, from, &to->endpoint, SW_SECONDS(3));
    }
    return a->open_conn;
}

/* ------------------------------------------------------------------------------ what comes in */

static void receive(struct sim_agent *a, struct sim_place *place, uint64_t conn,
                    const struct sw_endpoint *peer, struct sw_slice text)
{
    static struct sw_msg m;                 /* large; the simulator has one thread */
    if (sw_msg_parse_again(&m, text) < 0) { /* agents have no limits */
        if (!a->has_said)
            sim_complain(a->world, "%s got a message that it cannot read", a->node.name);
        return;
    }
    if (m.is_request)
        sim_serve(a, place, conn, peer, &m);
    else
        sim_hear(a, &m);
    struct sw_nameaddr who;
    const struct sw_hdr *h = sw_msg_first(&m, SW_HDR_TO);
    if (!m.is_request && h != NULL && sw_nameaddr_parse(h->value, &who, NULL) == 0 &&
        who.tag.len > 0)
        sim_text(a->last_tag, sizeof a->last_tag, who.tag);
}

static void on_datagram(struct sim_node *n, uint16_t place, const struct sw_endpoint *from,
                        struct sw_slice bytes)
{
    struct sim_agent *a = (struct sim_agent *)(void *)n;
    receive(a, a->places[place], 0, from, bytes);
}

static void on_returned(struct sim_node *n, uint16_t place, const struct sw_endpoint *to,
                        enum px_cause cause, struct sw_slice bytes)
{
    (void)n, (void)place, (void)to, (void)cause, (void)bytes; /* agents are patient */
}

static void on_accepted(struct sim_node *n, uint64_t conn, uint16_t place,
                        const struct sw_endpoint *from)
{
    (void)n, (void)conn, (void)place, (void)from;
}

static void on_connected(struct sim_node *n, uint64_t conn)
{
    struct sim_agent *a = (struct sim_agent *)(void *)n;
    if (conn != a->open_conn)
        return;
    a->is_connecting = false;
    sim_calls_connected(a);
}

static size_t input_of(struct sim_agent *a, uint64_t conn)
{
    size_t empty = SIZE_MAX;
    for (size_t i = 0; i < SW_ARRAY_LEN(a->input); i++) {
        if (a->input_conn[i] == conn)
            return i;
        if (a->input_conn[i] == 0 && empty == SIZE_MAX)
            empty = i;
    }
    SW_BUG_ON(empty == SIZE_MAX);
    a->input_conn[empty] = conn;
    return empty;
}

static struct sim_place *stream_place(struct sim_agent *a)
{
    for (size_t i = 0; i < a->place_count; i++)
        if (a->places[i]->transport != SW_UDP)
            return a->places[i];
    return a->places[0];
}

static void on_bytes(struct sim_node *n, uint64_t conn, struct sw_slice bytes)
{
    struct sim_agent *a = (struct sim_agent *)(void *)n;
    struct sw_frame frame;
    size_t i = input_of(a, conn);
    a->input[i] = realloc(a->input[i], a->input_len[i] + bytes.len);
    memcpy(a->input[i] + a->input_len[i], bytes.p, bytes.len);
    a->input_len[i] += bytes.len;
    for (;;) {
        struct sw_frame_state state = {0};
        int rc = sw_frame_next(sw_slice(a->input[i], a->input_len[i]), NULL, &state, &frame);
        if (rc == SW_E_MORE)
            return;
        if (rc < 0) {
            sim_complain(a->world, "%s lost the framing of its connection", a->node.name);
            return;
        }
        struct sw_slice message = sim_dup(sw_slice(a->input[i], frame.len));
        a->input_len[i] -= frame.len;
        memmove(a->input[i], a->input[i] + frame.len, a->input_len[i]);
        if (frame.kind == SW_FRAME_MESSAGE)
            receive(a, stream_place(a), conn, NULL, message);
        free((void *)(uintptr_t)message.p);
    }
}

static void on_closed(struct sim_node *n, uint64_t conn, enum px_cause cause)
{
    struct sim_agent *a = (struct sim_agent *)(void *)n;
    (void)cause;
    if (conn == a->open_conn)
        a->open_conn = 0;
    for (size_t i = 0; i < SW_ARRAY_LEN(a->input); i++)
        if (a->input_conn[i] == conn)
            a->input_conn[i] = a->input_len[i] = 0;
}

static const struct sim_node_ops agent_ops = {
    .datagram = on_datagram,
    .returned = on_returned,
    .accepted = on_accepted,
    .connected = on_connected,
    .bytes = on_bytes,
    .closed = on_closed,
};

/* ------------------------------------------------------------------------------ birth and end */

void sim_agent_init(struct sim_agent *a, struct sim_world *w, struct sim_net *net, const char *name)
{
    *a = (struct sim_agent){.node = {.ops = &agent_ops}, .world = w, .net = net};
    snprintf(a->node.name, sizeof a->node.name, "%s", name);
    a->served = sim_alloc(SIM_SERVED_MAX, sizeof *a->served);
    a->calls = sim_alloc(SIM_CALLS_MAX, sizeof *a->calls);
}

void sim_agent_fini(struct sim_agent *a)
{
    for (size_t i = 0; i < a->served_count; i++) {
        free(a->served[i].request);
        free(a->served[i].response);
    }
    for (size_t i = 0; i < a->call_count; i++) {
        free((void *)(uintptr_t)a->calls[i].request.p);
        free((void *)(uintptr_t)a->calls[i].ack.p);
    }
    for (size_t i = 0; i < SW_ARRAY_LEN(a->input); i++)
        free(a->input[i]);
    free(a->served);
    free(a->calls);
}

struct sim_place *sim_agent_listen(struct sim_agent *a, enum sw_transport t,
                                   const struct sw_endpoint *at)
{
    SW_BUG_ON(a->place_count == SW_ARRAY_LEN(a->places));
    struct sim_place *p = sim_net_add(a->net, t, at, &a->node, (uint16_t)a->place_count);
    a->places[a->place_count++] = p;
    return p;
}

void sim_agent_send_raw(struct sim_agent *a, enum sw_transport t, struct sim_place *towards,
                        struct sw_slice text)
{
    a->has_said = true;
    for (size_t i = 0; i < a->place_count; i++) {
        if (a->places[i]->transport != t)
            continue;
        uint64_t conn = t == SW_UDP ? 0 : sim_agent_reach(a, a->places[i], towards);
        sim_agent_send(a, a->places[i], conn, &towards->endpoint, text);
        return;
    }
}

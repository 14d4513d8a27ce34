/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/first_place.h"

#include "lib/error.h"
#include "locate/response.h"

struct sw_first_place {
    const struct sw_alloc *alloc;
    struct sw_plan_args args; /* of the second half */
    struct sw_response_args response;
    struct sw_candidate candidate; /* the first half */
    bool has_candidate;            /* there is a first half */
    bool was_taken;                /* it was handed out */
    char text[];                   /* sent-by, which the views above point into */
};

/* The parts of a Via in text form; each error names its part. */
static int read_sent_by(struct sw_slice text, struct sw_response_args *out,
                        struct sipward_error *error)
{
    size_t host_len = text.len;
    size_t from = text.len > 0 && text.p[0] == '[' ? sw_slice_find(text, ']') : 0;
    if (from != SIZE_MAX) {
        size_t colon = sw_slice_find(sw_slice_sub(text, from, text.len), ':');
        host_len = colon == SIZE_MAX ? text.len : from + colon;
    }
    struct sw_syntax syntax;
    int rc = sw_host_parse(sw_slice_sub(text, 0, host_len), &out->sent_by, &syntax);
    if (rc < 0)
        return sw_error_syntax(error, rc, &syntax, "sent-by");
    out->has_port = host_len < text.len;
    uint64_t port = 0;
    if (out->has_port &&
        (!sw_slice_u64(sw_slice_sub(text, host_len + 1, text.len), 65535, &port) || port == 0)) {
        syntax = (struct sw_syntax){host_len + 1, "port", "a port is a number from 1 to 65535"};
        return sw_error_syntax(error, SW_E_SYNTAX, &syntax, "sent-by");
    }
    out->port = (uint16_t)port;
    return 0;
}

static int read_rest(const struct sipward_via *via, struct sw_via_route *out,
                     struct sipward_error *error)
{
    struct sw_syntax syntax = {0, "received", "this is no IP address"};
    out->has_received = via->received != NULL;
    if (out->has_received && !sw_netaddr_parse(sw_slice_str(via->received), &out->received))
        return sw_error_syntax(error, SW_E_SYNTAX, &syntax, NULL);
    out->has_maddr = via->maddr != NULL;
    if (out->has_maddr) {
        int rc = sw_host_parse(sw_slice_str(via->maddr), &out->maddr, &syntax);
        if (rc < 0)
            return sw_error_syntax(error, rc, &syntax, "maddr");
    }
    out->has_rport = via->rport != 0;
    out->rport = via->rport;
    out->ttl = 1;
    return 0;
}

/* H1 for a response: whoever is at the other end has to be the one the Via names. */
static void name_for_tls(struct sw_candidate *c, const struct sw_host *sent_by)
{
    if (!sw_transport_row(c->transport)->is_tls)
        return;
    struct sw_slice name = sent_by->text;
    if (sent_by->kind == SW_HOST_NAME && name.len > 1 && name.p[name.len - 1] == '.')
        name.len--;
    c->tls_names[0] = name;
    c->tls_name_count = 1;
}

static int read_via(struct sw_first_place *f, const struct sipward_via *via,
                    struct sipward_error *error)
{
    if ((unsigned)via->transport >= SW_TRANSPORT_COUNT)
        return SW_ERROR_SAY(error, SW_E_INVAL, "transport: no such value");
    f->response.transport = (enum sw_transport)via->transport;
    int rc = read_sent_by(sw_slice_str(f->text), &f->response, error);
    if (rc < 0)
        return rc;
    struct sw_via_route route = {
        .transport = f->response.transport,
        .sent_by = f->response.sent_by,
        .has_port = f->response.has_port,
        .port = f->response.port,
    };
    rc = read_rest(via, &route, error);
    if (rc < 0)
        return rc;
    f->candidate = (struct sw_candidate){.transport = route.transport};
    f->has_candidate = sw_response_first(&route, &f->candidate.endpoint);
    name_for_tls(&f->candidate, &route.sent_by);
    return 0;
}

int sw_first_place_new(struct sw_first_place **out, const struct sw_alloc *alloc,
                       const struct sipward_via *via, struct sipward_error *error)
{
    struct sw_slice text = sw_slice_str(via->sent_by);
    size_t len;
    if (!sw_add(sizeof(struct sw_first_place) + 1, text.len, &len))
        return SW_E_NOMEM;
    struct sw_first_place *f = sw_zalloc(alloc, len);
    if (f == NULL)
        return SW_ERROR_SAY(error, SW_E_NOMEM, sw_err_text(SW_E_NOMEM));
    f->alloc = alloc;
    if (text.len > 0)
        memcpy(f->text, text.p, text.len);
    int rc = read_via(f, via, error);
    if (rc < 0) {
        sw_free(alloc, f);
        return rc;
    }
    *out = f;
    return 0;
}

void sw_first_place_free(struct sw_first_place *f)
{
    if (f != NULL)
        sw_free(f->alloc, f);
}

void sw_first_place_set_args(struct sw_first_place *f, const struct sw_plan_args *args)
{
    f->args = *args;
}

bool sw_first_place_take(struct sw_first_place *f, struct sw_candidate *out)
{
    if (!f->has_candidate || f->was_taken)
        return false;
    f->was_taken = true;
    *out = f->candidate;
    return true;
}

bool sw_first_place_was_taken(const struct sw_first_place *f)
{
    return f->was_taken;
}

int sw_first_place_begin_plan(const struct sw_first_place *f, struct sw_plan **out, uint64_t now_us)
{
    return sw_plan_new_response(out, &f->args, &f->response, now_us);
}

struct sw_slice sw_first_place_target(const struct sw_first_place *f)
{
    return f->response.sent_by.text;
}

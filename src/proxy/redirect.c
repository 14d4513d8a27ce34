/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/redirect.h"

#include "proxy/again.h"
#include "proxy/emit.h"
#include "proxy/server.h"
#include "proxy/targets.h"

/* ------------------------------------------------------------------------------ one contact */

/* 20.10: "0.5" in thousandths; none is 1. False: it is not one. */
static bool read_q(struct sw_slice params, uint16_t *out)
{
    struct sw_slice text;
    unsigned q = 0, scale = PX_Q_MAX;
    *out = PX_Q_MAX;
    if (!sw_param_find(params, SW_LIT("q"), &text))
        return true;
    for (size_t i = 0; i < text.len; i++) {
        if (i == 1 ? text.p[i] != '.' : text.p[i] < '0' || text.p[i] > '9')
            return false;
        if (i != 1) {
            q += (unsigned)(text.p[i] - '0') * scale;
            scale /= 10;
        }
    }
    *out = (uint16_t)q;
    return text.len > 0 && text.len <= sizeof "0.500" - 1 && q <= PX_Q_MAX;
}

static struct sw_slice expires_of(const struct sw_msg *m)
{
    for (size_t i = 0; i < m->hdr_count; i++)
        if (sw_slice_ieq(m->hdrs[i].name, SW_LIT("Expires")))
            return m->hdrs[i].value;
    return (struct sw_slice){NULL, 0};
}

/* 21.3.3: a contact that has ended already. */
static bool has_ended(const struct sw_msg *m, struct sw_slice params)
{
    struct sw_slice text;
    uint64_t seconds;
    if (!sw_param_find(params, SW_LIT("expires"), &text))
        text = expires_of(m);
    return sw_slice_u64(text, UINT64_MAX, &seconds) && seconds == 0;
}

/* 16.6 step 2: header fields and the method are no part of a Request-URI. False: no memory. */
static bool keep_uri(struct px_core *core, const struct sw_uri *uri, struct sw_slice *out)
{
    struct sw_slice text = sw_slice_sub(uri->text, 0, uri->text.len - uri->headers.len);
    struct sw_slice method;
    size_t cut_to = text.len, cut_len = 0;
    if (sw_param_find(uri->params, SW_LIT("method"), &method) && method.len > 0) {
        cut_to = (size_t)(method.p - text.p) + method.len;
        cut_len = sizeof ";method=" - 1 + method.len;
    }
    struct sw_buf b = px_owned_buf(core, text.len + 1);
    if (b.cap == 0)
        return false;
    sw_buf_slice_add(&b, sw_slice_sub(text, 0, cut_to - cut_len));
    sw_buf_slice_add(&b, sw_slice_sub(text, cut_to, text.len));
    *out = sw_buf_slice(&b);
    return true;
}

/* ------------------------------------------------------------------------------ which are taken */

/* What a contact makes of the request: Route values of ours go off it as before. */
static struct px_target target_of(const struct px_target *now, struct sw_slice uri, bool is_sips)
{
    return (struct px_target){
        .request_uri = uri,
        .next_hop = uri,
        .own_route_count = now->own_route_count,
        .drop_last_route = now->drop_last_route,
        .is_sips = is_sips,
        .is_configured = true,
    };
}

static bool is_same(struct sw_slice text, const struct sw_uri *uri)
{
    struct sw_uri other;
    return sw_uri_parse(text, &other, NULL) == 0 && sw_uri_eq(&other, uri);
}

/* What the request itself said. */
static const struct px_target *first_of(const struct px_server *s)
{
    return s->target_at == 0 ? &s->target : &s->redirect->first;
}

/* 16.5: it is, or was, in the target set. The request is in core->old. */
static bool is_known(const struct px_core *core, const struct px_server *s,
                     const struct sw_uri *uri)
{
    const struct px_redirect *r = s->redirect;
    if (is_same(core->old.uri_text, uri) || is_same(first_of(s)->request_uri, uri))
        return true;
    for (unsigned i = 0; i < r->count; i++)
        if (is_same(r->contacts[i].uri, uri))
            return true;
    return false;
}

static bool may_be_tried(const struct px_core *core, const struct px_client *c,
                         const struct sw_uri *uri)
{
    const struct px_server *s = c->server;
    const struct px_route *route;
    bool is_sips = uri->scheme == SW_SCHEME_SIPS;
    if (first_of(s)->is_sips && !is_sips)
        return false;
    struct px_target target = target_of(&s->target, uri->text, is_sips);
    return !px_uri_is_ours(core, uri) && !is_known(core, s, uri) &&
           px_target_is_allowed_by(core, &target, &s->from, &c->to) &&
           px_target_route(core, &target, &route) == 0;
}

/* Among those whose turn has not come, the best q first, equal ones as they came. */
static void add(struct px_redirect *r, struct sw_slice uri, uint16_t q)
{
    unsigned at = r->count++;
    for (; at > r->next && r->contacts[at - 1].q < q; at--)
        r->contacts[at] = r->contacts[at - 1];
    r->contacts[at] = (struct px_contact){.uri = uri, .q = q};
}

/* It is judged as it would be sent, or one that differs in header fields alone had another turn. */
static bool keep(struct px_core *core, const struct px_client *c, const struct sw_uri *uri,
                 uint16_t q)
{
    struct px_redirect *r = c->server->redirect;
    struct sw_slice text;
    struct sw_uri kept;
    if (r->count == PX_CONTACTS_MAX || uri->text.len > PX_CONTACT_LEN_MAX ||
        !keep_uri(core, uri, &text))
        return false;
    if (sw_uri_parse(text, &kept, NULL) < 0 || !may_be_tried(core, c, &kept)) {
        px_mem_drop_slice(&core->mem, &text);
        return false;
    }
    add(r, text, q);
    return true;
}

static bool take_one(struct px_core *core, const struct px_client *c, const struct sw_msg *m,
                     struct sw_slice value)
{
    struct sw_nameaddr contact;
    struct sw_uri uri;
    uint16_t q;
    if (sw_nameaddr_parse(value, &contact, NULL) < 0 ||
        sw_uri_parse(contact.uri_text, &uri, NULL) < 0)
        return false; /* "*", tel:, what nobody can read: the caller's to judge */
    return read_q(contact.params, &q) && !has_ended(m, contact.params) && keep(core, c, &uri, q);
}

static bool is_redirection(uint16_t status)
{
    /* 305 is about a way, 380 about a service: neither is another place for the same request. */
    return status >= 300 && status <= 302;
}

struct px_taken px_redirect_take(struct px_core *core, const struct px_client *c,
                                 const struct sw_msg *m)
{
    struct px_server *s = c->server;
    struct px_taken taken = {0, true};
    struct sw_values values;
    struct sw_slice value;
    if (!s->recurses || s->no_more_tries || !is_redirection(m->status) ||
        px_read_again(core, s->request) < 0)
        return (struct px_taken){0};
    if (s->redirect == NULL)
        s->redirect = px_mem_zget(&core->mem, sizeof *s->redirect);
    if (s->redirect == NULL)
        return (struct px_taken){0};
    sw_values_init(&values, m, SW_HDR_CONTACT);
    int rc;
    for (unsigned i = 0; (rc = sw_values_next(&values, &value)) > 0; i++) {
        bool is_taken = i < PX_CONTACTS_LOOKED_AT && take_one(core, c, m, value);
        taken.bits |= is_taken ? UINT32_C(1) << i : 0;
        taken.is_all = taken.is_all && is_taken;
    }
    taken.is_all = taken.is_all && taken.bits != 0 && rc == 0;
    return taken;
}

/* ------------------------------------------------------------------------------ what goes up */

/* One Contact field, whose first value is number `at` of the response. @return its values */
static unsigned cut_field(const struct sw_hdr *h, unsigned at, struct px_taken taken,
                          struct sw_edits *edits)
{
    struct sw_slice rest = h->value, value;
    const char *kept_to = NULL, *from = h->value.p;
    bool has_gap = false;
    unsigned n = 0;
    for (; sw_value_take(&rest, &value) > 0; n++) {
        if (at + n < PX_CONTACTS_LOOKED_AT && (taken.bits >> (at + n) & 1) != 0) {
            has_gap = true;
            continue;
        }
        if (has_gap)
            sw_edits_replace(edits, sw_slice(from, (size_t)(value.p - from)),
                             kept_to == NULL ? (struct sw_slice){NULL, 0} : SW_LIT(", "));
        has_gap = false;
        from = kept_to = value.p + value.len;
    }
    if (n > 0 && kept_to == NULL)
        sw_edits_remove(edits, h->line);
    else if (has_gap)
        sw_edits_remove(edits, sw_slice(from, (size_t)(h->value.p + h->value.len - from)));
    return n;
}

void px_redirect_cut(const struct sw_msg *m, struct px_taken taken, struct sw_edits *edits)
{
    unsigned at = 0;
    if (taken.bits == 0)
        return;
    for (const struct sw_hdr *h = sw_msg_first(m, SW_HDR_CONTACT); h != NULL; h = sw_msg_next(m, h))
        at += cut_field(h, at, taken, edits);
}

/* ------------------------------------------------------------------------------ their turn */

static bool follow(struct px_core *core, struct px_server *s, const struct px_contact *contact)
{
    const struct px_route *route;
    struct sw_uri uri;
    if (sw_uri_parse(contact->uri, &uri, NULL) < 0)
        return false;
    s->target = target_of(&s->target, contact->uri, uri.scheme == SW_SCHEME_SIPS);
    if (px_target_route(core, &s->target, &route) < 0)
        return false; /* it has gone with a new configuration */
    if (route == NULL)
        return true; /* what the first one's route said goes on to hold */
    px_server_configure(core, s, route);
    return px_target_follow(core, &s->target, route) == 0;
}

bool px_redirect_next(struct px_core *core, struct px_server *s)
{
    struct px_redirect *r = s->redirect;
    while (r != NULL && r->next < r->count) {
        /* What is said of the transaction refers to the target there was. */
        if (r->next == 0)
            r->first = s->target;
        else
            r->contacts[r->next - 1].made = s->target.made;
        if (follow(core, s, &r->contacts[r->next++]))
            return true;
    }
    return false;
}

void px_redirect_free(struct px_core *core, struct px_server *s)
{
    struct px_redirect *r = s->redirect;
    for (unsigned i = 0; r != NULL && i < r->count; i++) {
        px_mem_drop_slice(&core->mem, &r->contacts[i].uri);
        px_mem_drop_slice(&core->mem, &r->contacts[i].made);
    }
    if (r != NULL)
        px_target_drop(core, &r->first);
    px_mem_drop(&core->mem, r);
    s->redirect = NULL;
}

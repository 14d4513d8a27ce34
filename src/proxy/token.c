/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/token.h"

#include "proxy/ident.h"

enum {
    OWN_VALUES_MAX = 2, /* Record-Route values of ours in one copy: one a side */
    STAMP_LEN = 8,
    NUMBER_LEN = 16,
    AHEAD_S = 60 /* another worker's idea of now may be a turn ahead of ours */
};

/* ------------------------------------------------------------------------------ Record-Route */

static bool read_uri(struct sw_slice value, struct sw_uri *out)
{
    struct sw_nameaddr addr;
    return sw_nameaddr_parse(value, &addr, NULL) == 0 &&
           sw_uri_parse(addr.uri_text, out, NULL) == 0;
}

static unsigned count_values(const struct sw_msg *m, enum sw_hdr_id id)
{
    struct sw_values values;
    struct sw_slice value;
    unsigned count = 0;
    sw_values_init(&values, m, id);
    while (sw_values_next(&values, &value) > 0)
        count++;
    return count;
}

/* Where the sender of a message is reached along the dialog: by the `at`-th of its Record-Route
 * values, or, when that is none of its own, at its Contact. False: nowhere. */
static bool find_way_back(const struct sw_msg *m, unsigned at, unsigned count, struct sw_uri *out)
{
    struct sw_values values;
    struct sw_slice value;
    if (at >= count)
        return read_uri(px_msg_value(m, SW_HDR_CONTACT), out);
    sw_values_init(&values, m, SW_HDR_RECORD_ROUTE);
    while (sw_values_next(&values, &value) > 0)
        if (at-- == 0)
            return read_uri(value, out);
    return false;
}

/* ------------------------------------------------------------------------------ the connection */

/* TARGET: what of a URI says where to go. */
static const struct sw_host *host_of(const struct sw_uri *uri)
{
    return uri->has_maddr ? &uri->maddr : &uri->host;
}

static bool is_same_host(const struct sw_host *a, const struct sw_host *b)
{
    bool is_name = a->kind == SW_HOST_NAME;
    if (is_name != (b->kind == SW_HOST_NAME))
        return false;
    return is_name ? sw_slice_ieq(a->text, b->text) : sw_netaddr_eq(&a->addr, &b->addr);
}

/* X3: who opened the connection is who the way back leads to: the only one that the request has
 * come by, or one that calls itself so, or one that is there. 0: that is not known. */
static uint64_t flow_of(const struct px_begun *of, const struct sw_uri *back)
{
    const struct sw_msg *m = of->request;
    const struct px_hop *from = of->from;
    const struct sw_host *host = host_of(back);
    struct sw_via via;
    if ((from->conn & PX_CONN_ACCEPTED) == 0)
        return 0;
    if (count_values(m, SW_HDR_VIA) == 1 && sw_msg_first(m, SW_HDR_RECORD_ROUTE) == NULL)
        return from->conn;
    if (host->kind != SW_HOST_NAME && sw_netaddr_eq(&host->addr, &from->peer.addr))
        return from->conn;
    return sw_msg_top_via(m, &via) == 0 && is_same_host(host, &via.sent_by) ? from->conn : 0;
}

/* ------------------------------------------------------------------------------ the token */

/* Seconds, moved by a secret: how long we have been up is nobody's business. */
static uint32_t stamp_at(const struct px_core *core, uint64_t at_us)
{
    struct sw_mac mac = px_mac_start(core, PX_MAC_STAMP);
    return (uint32_t)(at_us / SW_SECONDS(1)) + (uint32_t)sw_mac_end(&mac);
}

/* Port, transport and user may differ. */
static void add_host(struct sw_mac *mac, const struct sw_uri *uri)
{
    const struct sw_host *host = host_of(uri);
    struct sw_slice text = host->text;
    sw_mac_u64(mac, host->kind);
    if (host->kind != SW_HOST_NAME) {
        sw_mac_bytes(mac, host->addr.bytes, sizeof host->addr.bytes);
        return;
    }
    if (text.len > 0 && text.p[text.len - 1] == '.')
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        char c = sw_lower(text.p[i]);
        sw_mac_bytes(mac, &c, 1);
    }
}

/* What a token of a kind is made of. */
struct making {
    enum px_mac_use use;
    uint32_t stamp;
    struct sw_slice call_id;
    struct sw_slice tags[2];
    const struct sw_uri *next_hop;
    uint64_t flow; /* 0: none */
};

/* A connection's id says how many there were; only who knows the key finds it. */
static uint64_t hide(const struct px_core *core, uint64_t flow, uint64_t hash)
{
    struct sw_mac mac = px_mac_start(core, PX_MAC_FLOW);
    sw_mac_u64(&mac, hash);
    return flow ^ sw_mac_end(&mac);
}

static void write_token(const struct px_core *core, const struct making *of, struct sw_buf *b)
{
    struct sw_mac mac = px_mac_start(core, of->use);
    sw_mac_u64(&mac, of->stamp);
    sw_mac_add(&mac, of->call_id);
    sw_mac_add(&mac, of->tags[0]);
    sw_mac_add(&mac, of->tags[1]);
    add_host(&mac, of->next_hop);
    sw_mac_u64(&mac, of->flow);
    uint64_t hash = sw_mac_end(&mac);
    sw_buf_hex(b, of->stamp, STAMP_LEN);
    sw_buf_hex(b, hash, NUMBER_LEN);
    if (of->flow != 0)
        sw_buf_hex(b, hide(core, of->flow, hash), NUMBER_LEN);
}

/* Nobody can be reached: nothing will fit. */
static void write_none(struct sw_buf *b)
{
    sw_buf_hex(b, 0, STAMP_LEN);
    sw_buf_hex(b, 0, NUMBER_LEN);
}

void px_token_write(const struct px_core *core, const struct px_begun *of, struct sw_buf *b)
{
    struct sw_uri back;
    struct making making = {
        .use = PX_MAC_CALLEE,
        .stamp = stamp_at(core, of->at_us),
        .call_id = px_msg_value(of->request, SW_HDR_CALL_ID),
        .tags = {px_msg_tag(of->request, SW_HDR_FROM)},
        .next_hop = &back,
    };
    if (!find_way_back(of->request, 0, count_values(of->request, SW_HDR_RECORD_ROUTE), &back)) {
        write_none(b);
        return;
    }
    making.flow = flow_of(of, &back);
    write_token(core, &making, b);
}

static void write_for_caller(const struct px_core *core, const struct sw_msg *response,
                             struct making *making, struct sw_buf *b)
{
    making->use = PX_MAC_CALLER;
    making->call_id = px_msg_value(response, SW_HDR_CALL_ID);
    making->tags[0] = px_msg_tag(response, SW_HDR_FROM);
    making->tags[1] = px_msg_tag(response, SW_HDR_TO);
    write_token(core, making, b);
}

/* Our Record-Route values in a response. */
struct own_values {
    unsigned count, above; /* of others, above ours */
    struct sw_slice tokens[OWN_VALUES_MAX];
};

/* The values are copied back in order (12.1.1): above those that the request came with are ours,
 * the last of them lowest, and above ours those of whom it went through. */
static void find_own(const struct px_core *core, const struct px_begun *of,
                     const struct sw_msg *response, unsigned count, struct own_values *out)
{
    char room[PX_TOKEN_LEN_MAX];
    struct sw_buf ours = sw_buf(room, sizeof room);
    struct sw_values values;
    struct sw_slice value, token;
    struct sw_uri uri;
    unsigned below = count_values(of->request, SW_HDR_RECORD_ROUTE);
    *out = (struct own_values){0};
    if (count <= below)
        return;
    px_token_write(core, of, &ours);
    sw_values_init(&values, response, SW_HDR_RECORD_ROUTE);
    for (unsigned at = 0; at + below < count && sw_values_next(&values, &value) > 0; at++) {
        bool may_be = at + below + OWN_VALUES_MAX >= count && read_uri(value, &uri);
        if (!may_be || !sw_param_find(uri.params, SW_LIT(PX_TOKEN_PARAM), &token) ||
            !sw_slice_eq(token, sw_buf_slice(&ours)))
            continue;
        if (out->count == 0)
            out->above = at;
        out->tokens[out->count++] = token;
    }
}

void px_token_turn(const struct px_core *core, const struct px_begun *of, const struct px_hop *by,
                   const struct sw_msg *response, struct sw_edits *edits, struct sw_buf *text)
{
    struct own_values own;
    struct sw_uri uri;
    struct making making = {.stamp = stamp_at(core, of->at_us), .next_hop = &uri};
    unsigned count = count_values(response, SW_HDR_RECORD_ROUTE);
    find_own(core, of, response, count, &own);
    if (own.count == 0)
        return;
    bool is_next = own.above == 0; /* nobody between us and the callee recorded a route */
    if (is_next && by != NULL && (by->conn & PX_CONN_ACCEPTED) != 0)
        making.flow = by->conn;
    if (find_way_back(response, is_next ? count : own.above - 1, count, &uri))
        write_for_caller(core, response, &making, text);
    else
        write_none(text);
    for (unsigned i = 0; i < own.count; i++)
        sw_edits_replace(edits, own.tokens[i], sw_buf_slice(text));
}

/* ------------------------------------------------------------------------------ what fits */

/* `count` hexadecimal digits. */
static bool read_hex(const char *at, size_t count, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = sw_hex_value(at[i]);
        if (digit < 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    *out = value;
    return true;
}

/* What a token says. False: it is none. */
static bool read_token(const struct px_core *core, struct sw_slice token, struct making *out)
{
    uint64_t stamp, hash, hidden;
    if ((token.len != PX_TOKEN_LEN && token.len != PX_TOKEN_LEN_MAX) ||
        !read_hex(token.p, STAMP_LEN, &stamp) || !read_hex(token.p + STAMP_LEN, NUMBER_LEN, &hash))
        return false;
    out->stamp = (uint32_t)stamp;
    out->flow = 0;
    if (token.len == PX_TOKEN_LEN)
        return true;
    if (!read_hex(token.p + PX_TOKEN_LEN, NUMBER_LEN, &hidden))
        return false;
    out->flow = hide(core, hidden, hash);
    return true;
}

static bool is_current(const struct px_core *core, uint32_t stamp)
{
    uint32_t age_s = stamp_at(core, core->now_us) - stamp; /* modulo 2^32 */
    return age_s <= core->conf->dialog_us / SW_SECONDS(1) || (uint32_t)-age_s <= AHEAD_S;
}

static bool is_made_of(const struct px_core *core, const struct making *of, struct sw_slice token)
{
    char room[PX_TOKEN_LEN_MAX];
    struct sw_buf b = sw_buf(room, sizeof room);
    write_token(core, of, &b);
    return sw_slice_ieq(token, sw_buf_slice(&b));
}

bool px_token_fits(const struct px_core *core, const struct sw_msg *m, struct sw_slice token,
                   const struct sw_uri *next_hop, uint64_t *flow)
{
    struct sw_slice from = px_msg_tag(m, SW_HDR_FROM), to = px_msg_tag(m, SW_HDR_TO);
    struct making of = {.call_id = px_msg_value(m, SW_HDR_CALL_ID), .next_hop = next_hop};
    if (to.len == 0 || !read_token(core, token, &of) || !is_current(core, of.stamp))
        return false;
    of.use = PX_MAC_CALLER;
    of.tags[0] = from;
    of.tags[1] = to;
    bool fits = is_made_of(core, &of, token);
    if (!fits) {
        of.use = PX_MAC_CALLEE;
        of.tags[0] = to;
        of.tags[1] = (struct sw_slice){NULL, 0};
        fits = is_made_of(core, &of, token);
    }
    if (fits)
        *flow = of.flow;
    return fits;
}

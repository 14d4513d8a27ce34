/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/token.h"

#include "proxy/ident.h"

enum {
    OWN_VALUES_MAX = 2, /* Record-Route values of ours in one copy: one a side */
    STAMP_LEN = 8,
    AHEAD_S = 60 /* another worker's idea of now may be a turn ahead of ours */
};

/* ------------------------------------------------------------------------------ Record-Route */

static bool read_uri(struct sw_slice value, struct sw_uri *out)
{
    struct sw_nameaddr addr;
    return sw_nameaddr_parse(value, &addr, NULL) == 0 &&
           sw_uri_parse(addr.uri_text, out, NULL) == 0;
}

static unsigned count_values(const struct sw_msg *m)
{
    struct sw_values values;
    struct sw_slice value;
    unsigned count = 0;
    sw_values_init(&values, m, SW_HDR_RECORD_ROUTE);
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

/* ------------------------------------------------------------------------------ the token */

/* Seconds, moved by a secret: how long we have been up is nobody's business. */
static uint32_t stamp_at(const struct px_core *core, uint64_t at_us)
{
    struct sw_mac mac = px_mac_start(core, PX_MAC_STAMP);
    return (uint32_t)(at_us / SW_SECONDS(1)) + (uint32_t)sw_mac_end(&mac);
}

/* TARGET: port, transport and user may differ. */
static void add_host(struct sw_mac *mac, const struct sw_uri *uri)
{
    const struct sw_host *host = uri->has_maddr ? &uri->maddr : &uri->host;
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
};

static void write_token(const struct px_core *core, const struct making *of, struct sw_buf *b)
{
    struct sw_mac mac = px_mac_start(core, of->use);
    sw_mac_u64(&mac, of->stamp);
    sw_mac_add(&mac, of->call_id);
    sw_mac_add(&mac, of->tags[0]);
    sw_mac_add(&mac, of->tags[1]);
    add_host(&mac, of->next_hop);
    sw_buf_hex(b, of->stamp, STAMP_LEN);
    sw_buf_hex(b, sw_mac_end(&mac), PX_TOKEN_LEN - STAMP_LEN);
}

/* Nobody can be reached: nothing will fit. */
static void write_none(struct sw_buf *b)
{
    sw_buf_hex(b, 0, STAMP_LEN);
    sw_buf_hex(b, 0, PX_TOKEN_LEN - STAMP_LEN);
}

void px_token_write(const struct px_core *core, const struct sw_msg *request, uint64_t at_us,
                    struct sw_buf *b)
{
    struct sw_uri back;
    const struct making of = {
        .use = PX_MAC_CALLEE,
        .stamp = stamp_at(core, at_us),
        .call_id = px_msg_value(request, SW_HDR_CALL_ID),
        .tags = {px_msg_tag(request, SW_HDR_FROM)},
        .next_hop = &back,
    };
    if (find_way_back(request, 0, count_values(request), &back))
        write_token(core, &of, b);
    else
        write_none(b);
}

static void write_for_caller(const struct px_core *core, const struct sw_msg *response,
                             uint64_t at_us, const struct sw_uri *next_hop, struct sw_buf *b)
{
    const struct making of = {
        .use = PX_MAC_CALLER,
        .stamp = stamp_at(core, at_us),
        .call_id = px_msg_value(response, SW_HDR_CALL_ID),
        .tags = {px_msg_tag(response, SW_HDR_FROM), px_msg_tag(response, SW_HDR_TO)},
        .next_hop = next_hop,
    };
    write_token(core, &of, b);
}

/* The values are copied back in order (12.1.1): above those that the request came with are ours,
 * the last of them lowest, and above ours those of whom it went through. */
void px_token_turn(const struct px_core *core, const struct sw_msg *request, uint64_t at_us,
                   const struct sw_msg *response, struct sw_edits *edits, struct sw_buf *text)
{
    char room[PX_TOKEN_LEN];
    struct sw_buf ours = sw_buf(room, sizeof room);
    struct sw_values values;
    struct sw_slice value, tokens[OWN_VALUES_MAX];
    struct sw_uri uri;
    unsigned count = count_values(response), below = count_values(request);
    unsigned first = count, at = 0, own_count = 0;
    if (count <= below)
        return;
    px_token_write(core, request, at_us, &ours);
    sw_values_init(&values, response, SW_HDR_RECORD_ROUTE);
    for (; at + below < count && sw_values_next(&values, &value) > 0; at++) {
        struct sw_slice token;
        bool may_be = at + below + OWN_VALUES_MAX >= count && read_uri(value, &uri);
        if (!may_be || !sw_param_find(uri.params, SW_LIT(PX_TOKEN_PARAM), &token) ||
            !sw_slice_eq(token, sw_buf_slice(&ours)))
            continue;
        first = own_count == 0 ? at : first;
        tokens[own_count++] = token;
    }
    if (own_count == 0)
        return;
    bool is_first = first == 0; /* nobody between us and the callee recorded a route */
    if (find_way_back(response, is_first ? count : first - 1, count, &uri))
        write_for_caller(core, response, at_us, &uri, text);
    else
        write_none(text);
    for (unsigned i = 0; i < own_count; i++)
        sw_edits_replace(edits, tokens[i], sw_buf_slice(text));
}

/* ------------------------------------------------------------------------------ what fits */

static bool read_stamp(struct sw_slice token, uint32_t *out)
{
    uint32_t stamp = 0;
    if (token.len != PX_TOKEN_LEN)
        return false;
    for (size_t i = 0; i < STAMP_LEN; i++) {
        int digit = sw_hex_value(token.p[i]);
        if (digit < 0)
            return false;
        stamp = stamp << 4 | (uint32_t)digit;
    }
    *out = stamp;
    return true;
}

static bool is_current(const struct px_core *core, uint32_t stamp)
{
    uint32_t age_s = stamp_at(core, core->now_us) - stamp; /* modulo 2^32 */
    return age_s <= core->conf->dialog_us / SW_SECONDS(1) || (uint32_t)-age_s <= AHEAD_S;
}

static bool is_made_of(const struct px_core *core, const struct making *of, struct sw_slice token)
{
    char room[PX_TOKEN_LEN];
    struct sw_buf b = sw_buf(room, sizeof room);
    write_token(core, of, &b);
    return sw_slice_ieq(token, sw_buf_slice(&b));
}

bool px_token_fits(const struct px_core *core, const struct sw_msg *m, struct sw_slice token,
                   const struct sw_uri *next_hop)
{
    struct sw_slice from = px_msg_tag(m, SW_HDR_FROM), to = px_msg_tag(m, SW_HDR_TO);
    struct making of = {.call_id = px_msg_value(m, SW_HDR_CALL_ID), .next_hop = next_hop};
    if (to.len == 0 || !read_stamp(token, &of.stamp) || !is_current(core, of.stamp))
        return false;
    of.use = PX_MAC_CALLER;
    of.tags[0] = from;
    of.tags[1] = to;
    if (is_made_of(core, &of, token))
        return true;
    of.use = PX_MAC_CALLEE;
    of.tags[0] = to;
    of.tags[1] = (struct sw_slice){NULL, 0};
    return is_made_of(core, &of, token);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/ident.h"

#include <assert.h>

static_assert(PX_BRANCH_LEN == 43, "px_branch_write() and px_branch_has_loop() say so too");

enum { HASHED_AT_ONCE = 128 }; /* octets of a branch or host */

void px_keys_init(struct px_core *core, const uint8_t seed[32])
{
    struct sw_rng rng;
    sw_rng_init(&rng, seed);
    core->keys.table = sw_rng_u64(&rng);
    sw_rng_bytes(&rng, core->keys.mac, sizeof core->keys.mac);
    uint8_t own_seed[32];
    sw_rng_bytes(&rng, own_seed, sizeof own_seed);
    own_seed[0] = (uint8_t)(own_seed[0] ^ core->worker);
    own_seed[1] = (uint8_t)(own_seed[1] ^ core->worker >> 8);
    sw_rng_init(&core->rng, own_seed);
}

void px_branch_write(struct sw_buf *b, uint16_t worker, uint64_t chance, uint64_t loop_hash)
{
    sw_buf_str(b, "z9hG4bK");
    sw_buf_hex(b, worker, 4);
    sw_buf_hex(b, chance, 16);
    sw_buf_hex(b, loop_hash, 16);
}

/* The number written at some place of a branch of ours. */
static bool read_hex(struct sw_slice branch, size_t from, size_t digits, uint64_t *out)
{
    if (branch.len != PX_BRANCH_LEN || !sw_branch_is_3261(branch))
        return false;
    uint64_t found = 0;
    for (size_t i = from; i < from + digits; i++) {
        int digit = sw_hex_value(branch.p[i]);
        if (digit < 0)
            return false;
        found = found << 4 | (uint64_t)digit;
    }
    *out = found;
    return true;
}

bool px_branch_has_loop(struct sw_slice branch, uint64_t loop_hash)
{
    uint64_t found;
    return read_hex(branch, PX_BRANCH_LEN - 16, 16, &found) && found == loop_hash;
}

bool px_branch_worker(struct sw_slice branch, uint16_t *out)
{
    uint64_t found;
    if (!read_hex(branch, PX_BRANCH_LEN - 36, 4, &found))
        return false;
    *out = (uint16_t)found;
    return true;
}

struct sw_slice px_msg_value(const struct sw_msg *m, enum sw_hdr_id id)
{
    const struct sw_hdr *h = sw_msg_first(m, id);
    return h == NULL ? (struct sw_slice){NULL, 0} : h->value;
}

struct sw_slice px_msg_tag(const struct sw_msg *m, enum sw_hdr_id id)
{
    if (m->has_tags && (id == SW_HDR_FROM || id == SW_HDR_TO))
        return id == SW_HDR_FROM ? m->from_tag : m->to_tag;
    const struct sw_hdr *h = sw_msg_first(m, id); /* missing in what is answered with 400 */
    struct sw_nameaddr who;
    if (h == NULL || sw_nameaddr_parse(h->value, &who, NULL) < 0)
        return (struct sw_slice){NULL, 0};
    return who.tag;
}

static uint32_t cseq_number(const struct sw_msg *m)
{
    return m->has_cseq ? m->cseq.number : 0;
}

struct sw_mac px_mac_start(const struct px_core *core, enum px_mac_use use)
{
    struct sw_mac mac;
    sw_mac_init(&mac, core->keys.mac);
    sw_mac_u64(&mac, use);
    return mac;
}

static void add_all_fields(struct sw_mac *mac, const struct sw_msg *m, enum sw_hdr_id id)
{
    for (const struct sw_hdr *h = sw_msg_first(m, id); h != NULL; h = sw_msg_next(m, h))
        sw_mac_add(mac, h->value);
    sw_mac_u64(mac, id);
}

uint64_t px_loop_hash(const struct px_core *core, const struct sw_msg *m)
{
    struct sw_mac mac = px_mac_start(core, PX_MAC_LOOP);
    sw_mac_add(&mac, m->uri_text);
    sw_mac_add(&mac, px_msg_tag(m, SW_HDR_TO));
    sw_mac_add(&mac, px_msg_tag(m, SW_HDR_FROM));
    sw_mac_add(&mac, px_msg_value(m, SW_HDR_CALL_ID));
    sw_mac_u64(&mac, cseq_number(m));
    add_all_fields(&mac, m, SW_HDR_ROUTE);
    add_all_fields(&mac, m, SW_HDR_PROXY_REQUIRE);
    add_all_fields(&mac, m, SW_HDR_PROXY_AUTHORIZATION);
    return sw_mac_end(&mac);
}

void px_tag_write(const struct px_core *core, const struct sw_msg *m, struct sw_buf *b)
{
    struct sw_mac mac = px_mac_start(core, PX_MAC_TAG);
    sw_mac_add(&mac, px_msg_tag(m, SW_HDR_FROM));
    sw_mac_add(&mac, px_msg_value(m, SW_HDR_CALL_ID));
    sw_mac_u64(&mac, cseq_number(m));
    sw_buf_hex(b, sw_mac_end(&mac), PX_TAG_LEN);
}

uint64_t px_call_number(const struct px_core *core, struct sw_slice call_id)
{
    struct sw_mac mac = px_mac_start(core, PX_MAC_OWNER);
    sw_mac_add(&mac, call_id);
    return sw_mac_end(&mac);
}

uint64_t px_call_seed(const struct px_core *core, const struct sw_msg *m)
{
    struct sw_mac mac = px_mac_start(core, PX_MAC_CALL);
    sw_mac_add(&mac, px_msg_value(m, SW_HDR_CALL_ID));
    return sw_mac_end(&mac);
}

static uint64_t dialog_mac(const struct px_core *core, const struct sw_msg *m, enum sw_hdr_id first,
                           enum sw_hdr_id second)
{
    struct sw_mac mac = px_mac_start(core, PX_MAC_DIALOG);
    sw_mac_add(&mac, px_msg_value(m, SW_HDR_CALL_ID));
    sw_mac_add(&mac, px_msg_tag(m, first));
    sw_mac_add(&mac, px_msg_tag(m, second));
    return sw_mac_end(&mac);
}

uint32_t px_dialog_number(const struct px_core *core, const struct sw_msg *m)
{
    return (uint32_t)(dialog_mac(core, m, SW_HDR_FROM, SW_HDR_TO) +
                      dialog_mac(core, m, SW_HDR_TO, SW_HDR_FROM));
}

static uint64_t legacy_mac(const struct px_core *core, const struct sw_msg *m,
                           const struct sw_via *via, enum px_mac_use use)
{
    struct sw_mac mac = px_mac_start(core, use);
    sw_mac_add(&mac, m->uri_text);
    sw_mac_add(&mac, px_msg_tag(m, SW_HDR_FROM));
    sw_mac_add(&mac, px_msg_value(m, SW_HDR_CALL_ID));
    sw_mac_u64(&mac, cseq_number(m));
    sw_mac_add(&mac, via->text);
    return sw_mac_end(&mac);
}

/* With the bit set that capitals lack: some marks become alike too, which only a hash may do. */
static void copy_folded(char *to, struct sw_slice from)
{
    size_t i = 0;
    for (; i + 8 <= from.len; i += 8) {
        uint64_t octets;
        memcpy(&octets, from.p + i, sizeof octets);
        octets |= 0x2020202020202020u;
        memcpy(to + i, &octets, sizeof octets);
    }
    for (; i < from.len; i++)
        to[i] = (char)(from.p[i] | 0x20);
}

static uint64_t hash_folded(struct sw_slice text, uint64_t seed)
{
    char folded[HASHED_AT_ONCE];
    uint64_t hash = seed;
    size_t at = 0;
    do {
        struct sw_slice part = sw_slice_sub(text, at, at + sizeof folded);
        copy_folded(folded, part);
        hash = sw_hash(folded, part.len, hash);
        at += part.len;
    } while (at < text.len);
    return hash;
}

uint64_t px_branch_hash(const struct px_core *core, struct sw_slice branch)
{
    return hash_folded(branch, core->keys.table);
}

uint64_t px_key_hash(const struct px_core *core, const struct px_key *key)
{
    if (key->branch.len == 0)
        return sw_hash(key->legacy, sizeof key->legacy, core->keys.table);
    return hash_folded(key->host, px_branch_hash(core, key->branch) + key->port);
}

void px_key_of(const struct px_core *core, const struct sw_msg *m, const struct sw_via *via,
               struct px_key *out)
{
    *out = (struct px_key){
        .host = via->sent_by.text,
        .port = via->has_port ? via->port : 0,
        .method = m->method,
        .method_text = m->method_text,
    };
    if (via->has_branch && sw_branch_is_3261(via->branch)) {
        out->branch = via->branch;
    } else {
        out->legacy[0] = legacy_mac(core, m, via, PX_MAC_LEGACY_A);
        out->legacy[1] = legacy_mac(core, m, via, PX_MAC_LEGACY_B);
    }
    out->hash = px_key_hash(core, out);
}

bool px_key_eq(const struct px_key *a, const struct px_key *b)
{
    if (a->branch.len != 0)
        return sw_slice_ieq(a->branch, b->branch) && sw_slice_ieq(a->host, b->host) &&
               a->port == b->port;
    return b->branch.len == 0 && a->legacy[0] == b->legacy[0] && a->legacy[1] == b->legacy[1];
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/shed.h"

#include "proxy/admit.h"
#include "proxy/emit.h"
#include "proxy/ident.h"
#include "proxy/log.h"
#include "proxy/way.h"
#include "sip/build.h"

enum {
    SHED_MAX = 8192 /* refused INVITEs whose ACK is known by its top Via; a power of two */
};

#define RETRY_AFTER "Retry-After: 10\r\n"

const struct px_answer px_for_now = {.status = 503, .extra = {RETRY_AFTER, sizeof RETRY_AFTER - 1}};

/* ------------------------------------------------------------------------------ the ACKs */

/* The ACK of a refusal has the top Via of its INVITE (17.1.1.3), and nearly everybody writes that
 * first: it is known by that line, octet for octet. A table of hashes, where the younger one takes
 * an older one's place: its ACK is then known by the tag. There is no table before the first is
 * refused, and without memory for one. */
static uint64_t *place_of(struct px_core *core, uint64_t hash)
{
    return core->shed == NULL ? NULL : &core->shed[hash % SHED_MAX];
}

static uint64_t hash_of(const struct px_core *core, struct sw_slice first_line)
{
    return sw_hash(first_line.p, first_line.len, core->keys.table);
}

static void note(struct px_core *core, struct sw_slice first_line)
{
    uint64_t hash = hash_of(core, first_line);
    if (core->shed == NULL)
        core->shed = sw_zalloc_array(core->alloc, SHED_MAX, sizeof *core->shed);
    uint64_t *place = place_of(core, hash);
    if (place != NULL)
        *place = hash;
}

void px_shed_forget(struct px_core *core, const struct sw_msg *m)
{
    uint64_t hash = core->shed == NULL || m->hdr_count == 0 ? 0 : hash_of(core, m->hdrs[0].line);
    uint64_t *place = place_of(core, hash);
    if (place != NULL && *place == hash)
        *place = 0;
}

void px_shed_fini(struct px_core *core)
{
    sw_free(core->alloc, core->shed);
}

/* ------------------------------------------------------------------------------ what is read */

static void say(struct px_core *core)
{
    uint32_t count;
    core->counters.refused_overload++;
    if (px_load_refuse(&core->load, core->now_us, &count))
        px_log_load(core, count);
}

void px_shed_request(struct px_core *core, const struct px_request *rq)
{
    px_answer_silently(core, rq, &px_for_now);
    say(core);
}

/* ------------------------------------------------------------------------------ what is seen */

/* False: to be ignored, and that has been said. */
static bool admit(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    if (px_admit(core, from) != PX_QUOTA_IGNORE)
        return true;
    int rc = sw_msg_parse_again(&core->msg, bytes);
    (void)rc; /* the log has as much of it as can be read */
    px_admit_ignore(core, from, &core->msg);
    return false;
}

static bool shed_ack(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    size_t start, end;
    if (core->shed == NULL || sw_line_end(bytes, 0, &start) < 0 ||
        sw_line_end(bytes, start, &end) < 0)
        return false;
    uint64_t hash = hash_of(core, sw_slice_sub(bytes, start, end));
    if (*place_of(core, hash) != hash)
        return false;
    (void)admit(core, from, bytes);
    return true;
}

static struct sw_buf write_answer(struct px_core *core, const struct px_hop *from,
                                  const struct sw_glance *g)
{
    char tag_room[PX_TAG_LEN], received_room[PX_RECEIVED_MAX];
    struct sw_buf tag = sw_buf(tag_room, sizeof tag_room);
    struct sw_buf received = sw_buf(received_room, sizeof received_room);
    const struct px_tagged who = {g->from_tag, g->call_id.value, g->number};
    px_tag_make(core, &who, &tag);
    px_received_write(&g->via, from, &received);
    const struct sw_reply reply = {
        .status = px_for_now.status,
        .to_tag = sw_buf_slice(&tag),
        .extra = px_for_now.extra,
        .received = sw_buf_slice(&received),
    };
    struct sw_buf out =
        px_turn_buf(core, g->vias.len + g->from.line.len + g->to.line.len + g->call_id.line.len +
                              g->cseq.line.len + px_for_now.extra.len + PX_REPLY_EXTRA_MAX);
    if (out.cap > 0 && sw_glance_reply(g, &reply, &out) < 0)
        out.cap = 0;
    return out;
}

/* Whether it belongs to a transaction is looked up last: where that is noted is in no cache, and
 * comes meanwhile. */
static bool shed_new(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    struct sw_glance g;
    struct px_key key;
    if (!sw_glance(bytes, &g))
        return false;
    px_key_of_via(core, &g.via, g.method, &key);
    sw_hmap_expect(&core->servers, key.hash);
    if (g.method == SW_CANCEL || !sw_glance_who(&g) || g.to_tag.len > 0)
        return false;
    struct sw_buf out = write_answer(core, from, &g);
    if (out.cap == 0 || px_server_find(core, &key, g.method) != NULL)
        return false;
    if (!admit(core, from, bytes))
        return true;
    struct px_hop to;
    px_reply_hop(core, &g.via, from, &to);
    core->counters.replies++;
    (void)px_reply_send(core, &to, NULL, sw_buf_slice(&out));
    if (g.method == SW_INVITE)
        note(core, g.first_line);
    say(core);
    return true;
}

bool px_shed_text(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    static const char ack[] = "ACK ", bye[] = "BYE ", response[] = "SIP/";
    const size_t word_len = sizeof ack - 1;
    if (bytes.len < word_len || !px_load_is_heavy(&core->load, core->now_us))
        return false;
    if (memcmp(bytes.p, ack, word_len) == 0)
        return shed_ack(core, from, bytes);
    bool goes_on = memcmp(bytes.p, bye, word_len) == 0 || memcmp(bytes.p, response, word_len) == 0;
    return !goes_on && shed_new(core, from, bytes);
}

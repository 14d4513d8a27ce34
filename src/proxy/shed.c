/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/shed.h"

#include "proxy/admit.h"
#include "proxy/log.h"
#include "proxy/way.h"
#include "sip/field.h"

enum {
    SHED_MAX = 8192 /* refused INVITEs whose ACK is known by its top Via; a power of two */
};

#define RETRY_AFTER "Retry-After: 10\r\n"

const struct px_answer px_for_now = {.status = 503, .extra = {RETRY_AFTER, sizeof RETRY_AFTER - 1}};

/* ------------------------------------------------------------------------------ the ACKs */

/* The ACK of a refusal has the top Via of its INVITE (17.1.1.3), and nearly everybody writes that
 * first: it is known by that line, octet for octet, and by where it comes from, or a stranger who
 * guesses a branch could have another one's ACK swallowed. A table of hashes, where the younger one
 * takes an older one's place: its ACK is then known by the tag. There is no table before the first
 * is refused, and without memory for one. */
static uint64_t hash_of(const struct px_core *core, const struct px_hop *from,
                        struct sw_slice first_line)
{
    return sw_hash(first_line.p, first_line.len, sw_endpoint_hash(&from->peer, core->keys.table));
}

static uint64_t *place_of(struct px_core *core, uint64_t hash)
{
    return core->shed == NULL ? NULL : &core->shed[hash % SHED_MAX];
}

/* By another line, or a branch that is not unique, other requests would be known, too. */
static bool has_ack_to_know(const struct px_request *rq)
{
    return rq->msg->method == SW_INVITE && rq->msg->hdrs[0].id == SW_HDR_VIA &&
           rq->key.branch.len > 0;
}

static void note(struct px_core *core, const struct px_request *rq)
{
    if (core->shed == NULL)
        core->shed = sw_zalloc_array(core->alloc, SHED_MAX, sizeof *core->shed);
    uint64_t hash = hash_of(core, &rq->from, rq->msg->hdrs[0].line);
    uint64_t *place = place_of(core, hash);
    if (place != NULL)
        *place = hash;
}

void px_shed_forget(struct px_core *core, const struct px_request *rq)
{
    uint64_t hash = core->shed == NULL ? 0 : hash_of(core, &rq->from, rq->msg->hdrs[0].line);
    uint64_t *place = place_of(core, hash);
    if (place != NULL && *place == hash)
        *place = 0;
}

void px_shed_fini(struct px_core *core)
{
    sw_free(core->alloc, core->shed);
}

/* Read or not, it counts against its source (section 5). */
static void count(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    if (px_admit(core, from) != PX_QUOTA_IGNORE)
        return;
    int rc = sw_msg_parse_again(&core->msg, bytes);
    (void)rc; /* the log has as much of it as can be read */
    px_admit_ignore(core, from, &core->msg);
}

bool px_shed_ack(struct px_core *core, const struct px_hop *from, struct sw_slice bytes)
{
    static const char ack[] = "ACK ";
    const size_t word_len = sizeof ack - 1;
    size_t start, end;
    if (core->shed == NULL || bytes.len < word_len || memcmp(bytes.p, ack, word_len) != 0 ||
        !px_load_is_heavy(&core->load, core->now_us))
        return false;
    if (sw_line_end(bytes, 0, &start) < 0 || sw_line_end(bytes, start, &end) < 0)
        return false;
    uint64_t hash = hash_of(core, from, sw_slice_sub(bytes, start, end));
    if (*place_of(core, hash) != hash)
        return false;
    count(core, from, bytes);
    return true;
}

/* ------------------------------------------------------------------------------ the requests */

void px_shed_request(struct px_core *core, const struct px_request *rq)
{
    uint32_t refused_count;
    px_answer_silently(core, rq, &px_for_now);
    if (has_ack_to_know(rq))
        note(core, rq);
    core->counters.refused_overload++;
    if (px_load_refuse(&core->load, core->now_us, &refused_count))
        px_log_load(core, refused_count);
}

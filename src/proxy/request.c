/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/request.h"

#include "proxy/cancel.h"
#include "proxy/emit.h"
#include "proxy/failover.h"
#include "proxy/ident.h"
#include "proxy/log.h"
#include "proxy/relay.h"
#include "proxy/server.h"
#include "proxy/shed.h"
#include "proxy/stream.h"
#include "proxy/targets.h"
#include "proxy/way.h"

enum {
    UNSUPPORTED_MAX = 512 /* octets of option tags named in a 420 */
};

static void answer(struct px_core *core, const struct px_request *rq, uint16_t status,
                   struct sw_slice reason, struct sw_slice extra)
{
    px_answer_stateless(core, rq, &(struct px_answer){status, reason, extra});
}

static void answer_plainly(struct px_core *core, const struct px_request *rq, uint16_t status)
{
    answer(core, rq, status, (struct sw_slice){NULL, 0}, (struct sw_slice){NULL, 0});
}

/* ------------------------------------------------------------------------------ M3 */

/* "Bad CSeq": the reason phrase names the field. */
static void answer_bad_field(struct px_core *core, const struct px_request *rq, uint16_t status,
                             const char *field)
{
    char room[64];
    struct sw_buf reason = sw_buf(room, sizeof room);
    if (status == 400) {
        sw_buf_str(&reason, "Bad ");
        sw_buf_str(&reason, field);
    }
    answer(core, rq, status, sw_buf_slice(&reason), (struct sw_slice){NULL, 0});
}

uint64_t *px_limit_counter(struct px_core *core, enum sw_msg_limit limit)
{
    struct px_counters *c = &core->counters;
    switch (limit) {
    case SW_MSG_LIMIT_NONE:
        return NULL;
    case SW_MSG_LIMIT_MESSAGE:
        return &c->limit_message;
    case SW_MSG_LIMIT_HDR_LEN:
        return &c->limit_header_field;
    case SW_MSG_LIMIT_HDR_COUNT:
        return &c->limit_header_fields;
    case SW_MSG_LIMIT_VIA_COUNT:
        return &c->limit_via;
    case SW_MSG_LIMIT_CONTENT_LENGTH:
        return &c->limit_content_length;
    }
    return NULL;
}

void px_request_refuse(struct px_core *core, const struct px_hop *from, const struct sw_msg *m,
                       const struct sw_msg_fault *fault)
{
    struct sw_via sent_by;
    /* Where its parameters are broken, sent-by must do. */
    struct px_request rq = {.msg = m, .from = *from, .via = m->has_via ? &m->via : &sent_by};
    uint64_t *limit = px_limit_counter(core, fault->limit);
    if (sw_msg_first(m, SW_HDR_VIA) == NULL || sw_msg_top_sent_by(m, &sent_by) < 0) {
        px_log_drop(core, from, m, &core->counters.drop_via, "no usable Via");
        return;
    }
    if (!fault->is_answerable || fault->status == 0) {
        if (limit == NULL)
            limit = m->method == SW_ACK ? &core->counters.drop_ack : &core->counters.drop_malformed;
        px_log_drop(core, from, m, limit, fault->what);
        return;
    }
    if (limit != NULL)
        ++*limit;
    px_reply_hop(core, rq.via, from, &rq.reply);
    answer_bad_field(core, &rq, fault->status, fault->field);
}

/* ------------------------------------------------------------------------------ C1 */

/* 16.3 step 3. Returns the status to answer with, 0 to go on. For whom an OPTIONS is that may not
 * go on matters: we answer for ourselves only (RFC 4475 3.3.11). */
static uint16_t check_max_forwards(const struct sw_msg *m, const struct px_target *target)
{
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_MAX_FORWARDS);
    uint64_t value;
    if (h == NULL)
        return 0;
    if (!sw_slice_u64(h->value, UINT8_MAX, &value))
        return 400;
    if (value > 0)
        return 0;
    return m->method == SW_OPTIONS && target->is_ours ? 200 : 483;
}

static bool is_via_of_loop(const struct px_core *core, const struct sw_via *via, uint64_t loop_hash)
{
    return px_branch_has_loop(via->branch, loop_hash) && px_sent_by_is_ours(core, via);
}

/* 16.3 step 4: it has been here before, and nothing that matters has changed since. */
static bool is_loop(const struct px_core *core, const struct sw_msg *m, uint64_t loop_hash)
{
    struct sw_values values;
    struct sw_slice value;
    struct sw_via via;
    if (is_via_of_loop(core, &m->via, loop_hash))
        return true;
    sw_values_init(&values, m, SW_HDR_VIA);
    for (bool is_top = true; sw_values_next(&values, &value) > 0; is_top = false)
        if (!is_top && sw_via_parse(value, &via, NULL) == 0 &&
            is_via_of_loop(core, &via, loop_hash))
            return true;
    return false;
}

/* RFC 5393 5.3.3: it may have no branch at all. */
static bool has_no_breadth(const struct sw_msg *m)
{
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_MAX_BREADTH);
    uint64_t value;
    return h != NULL && sw_slice_u64(h->value, UINT64_MAX, &value) && value == 0;
}

/* 16.3 step 5: we understand no option, so all are named, as far as there is room. In one field:
 * the answer is not to be longer than what was asked (M6). */
static void refuse_options(struct px_core *core, const struct px_request *rq)
{
    char room[UNSUPPORTED_MAX + 2]; /* and a line end */
    struct sw_buf b = sw_buf(room, UNSUPPORTED_MAX);
    struct sw_values values;
    struct sw_slice value;
    size_t whole_len = 0; /* of the values that fit */
    sw_values_init(&values, rq->msg, SW_HDR_PROXY_REQUIRE);
    int rc;
    while ((rc = sw_values_next(&values, &value)) > 0) {
        sw_buf_str(&b, b.len == 0 ? "Unsupported: " : ",");
        sw_buf_slice_add(&b, value);
        whole_len = b.overflow ? whole_len : b.len;
    }
    if (rc < 0) {
        answer_bad_field(core, rq, 400, "Proxy-Require");
        return;
    }
    b = sw_buf(room, sizeof room);
    b.len = whole_len;
    if (whole_len > 0)
        sw_buf_str(&b, "\r\n");
    answer(core, rq, 420, (struct sw_slice){NULL, 0}, sw_buf_slice(&b));
}

static void refuse_for_now(struct px_core *core, const struct px_request *rq, uint64_t *counter)
{
    ++*counter;
    px_answer_stateless(core, rq, &px_for_now);
}

static bool is_closed_to(const struct px_core *core, const struct px_request *rq)
{
    return core->is_draining || px_conf_is_leaving(core->conf, rq->from.listener);
}

/* The truth about this proxy: whether it would take a call now. */
static void answer_options(struct px_core *core, const struct px_request *rq)
{
    if (is_closed_to(core, rq) || px_is_full(core, rq, core->server_count)) {
        refuse_for_now(core, rq, &core->counters.refused_overload);
        return;
    }
    answer(core, rq, 200, (struct sw_slice){NULL, 0},
           SW_LIT("Accept: */*\r\nAccept-Encoding: identity\r\nAccept-Language: en\r\n"
                  "Supported:\r\n"));
}

/* True: it may be forwarded; false: it has been answered. In the order of 16.3. */
static bool validate(struct px_core *core, const struct px_request *rq, struct px_target *target,
                     uint64_t *loop_hash)
{
    const char *field = "";
    int rc = px_target_find(core, rq->msg, &rq->from, target, &field);
    if (rc < 0) {
        answer_bad_field(core, rq, rc == SW_E_SCHEME ? 416 : 400, field);
        return false;
    }
    uint16_t status = check_max_forwards(rq->msg, target);
    if (status == 200) {
        answer_options(core, rq);
        return false;
    }
    if (status != 0) {
        answer_bad_field(core, rq, status, "Max-Forwards");
        return false;
    }
    *loop_hash = px_loop_hash(core, rq->msg);
    if (is_loop(core, rq->msg, *loop_hash)) {
        answer_plainly(core, rq, 482);
        return false;
    }
    if (has_no_breadth(rq->msg) && !target->is_ours) {
        answer_plainly(core, rq, 440);
        return false;
    }
    if (sw_msg_first(rq->msg, SW_HDR_PROXY_REQUIRE) != NULL) {
        refuse_options(core, rq);
        return false;
    }
    return true;
}

/* Section 5 and C3. */
static bool may_be_sent(struct px_core *core, const struct px_request *rq,
                        const struct px_target *target, const struct px_route **route)
{
    if (target->is_ours) {
        if (rq->msg->method == SW_OPTIONS)
            answer_options(core, rq);
        else
            answer_plainly(core, rq, 404);
        return false;
    }
    if (!px_target_is_allowed(core, target, &rq->from)) {
        core->counters.refused_relay++;
        answer_plainly(core, rq, 403);
        return false;
    }
    if (px_target_route(core, target, route) < 0) {
        core->counters.refused_user++;
        answer_plainly(core, rq, 404);
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------------------ ACK */

static bool has_our_tag(const struct px_core *core, const struct sw_msg *m)
{
    char room[PX_TAG_LEN];
    struct sw_buf tag = sw_buf(room, sizeof room);
    px_tag_write(core, m, &tag);
    return sw_slice_eq(px_msg_tag(m, SW_HDR_TO), sw_buf_slice(&tag));
}

/* Of a 2xx, or of a response we gave without a transaction. Nothing is ever answered to it. */
static void receive_lone_ack(struct px_core *core, const struct px_request *rq)
{
    struct px_target target;
    const struct px_route *route;
    const char *field = "";
    if (has_our_tag(core, rq->msg))
        return;
    uint64_t loop_hash = px_loop_hash(core, rq->msg);
    if (px_target_find(core, rq->msg, &rq->from, &target, &field) < 0 || target.is_ours ||
        check_max_forwards(rq->msg, &target) != 0 || is_loop(core, rq->msg, loop_hash) ||
        !px_target_is_allowed(core, &target, &rq->from) ||
        px_target_route(core, &target, &route) < 0) {
        px_log_drop(core, &rq->from, rq->msg, &core->counters.drop_ack, "nowhere to go");
        return;
    }
    px_relay_begin(core, rq, &target, route, loop_hash);
}

static void receive_ack(struct px_core *core, const struct px_request *rq)
{
    struct px_server *s = px_server_find(core, &rq->key, SW_INVITE);
    if (s == NULL || s->sent_status / 100 == 2)
        receive_lone_ack(core, rq);
    else if (s->sent_status == 0 && has_our_tag(core, rq->msg))
        /* One copy of the INVITE was refused for load, a later one was not: for the caller it is
         * over. */
        px_try_cancel(core, s);
    else
        px_server_step(core, s, SW_TXN_EV_ACK);
}

/* ------------------------------------------------------------------------------ new ones */

static void receive_new(struct px_core *core, const struct px_request *rq)
{
    struct px_target target;
    const struct px_route *route;
    uint64_t loop_hash;
    if (!validate(core, rq, &target, &loop_hash) || !may_be_sent(core, rq, &target, &route))
        return;
    struct px_server *s = is_closed_to(core, rq) ? NULL : px_server_new(core, rq);
    if (s == NULL) {
        refuse_for_now(core, rq, &core->counters.refused_overload);
        return;
    }
    px_shed_forget(core, rq);
    s->target = target;
    px_target_move(&s->target, rq->msg->bytes, s->request);
    s->loop_hash = loop_hash;
    px_server_configure(core, s, route);
    s->recurses = s->recurses && px_target_is_served(core, &s->target);
    if (s->method == SW_INVITE) /* C5 */
        px_server_answer(core, s, &(struct px_answer){.status = 100});
    if (route == NULL || px_target_follow(core, &s->target, route) == 0)
        px_try_begin(core, s);
    else
        px_try_finish(core, s);
}

static void receive_again(struct px_core *core, struct px_server *s)
{
    core->counters.retransmissions_absorbed++;
    px_server_step(core, s, SW_TXN_EV_REQUEST);
}

/* Nothing that goes on depends on it: the first request to be refused (section 6). */
static bool begins_anew(const struct sw_msg *m)
{
    return m->method != SW_CANCEL && px_msg_tag(m, SW_HDR_TO).len == 0;
}

void px_request_receive(struct px_core *core, const struct px_hop *from, struct sw_msg *m,
                        enum px_quota_verdict verdict)
{
    struct sw_msg_fault fault = {.what = "no usable Via"};
    struct px_request rq = {.msg = m, .from = *from, .via = &m->via};
    if (m->has_via) {
        px_key_of(core, m, rq.via, &rq.key);
        sw_hmap_expect(&core->servers, rq.key.hash); /* it comes while the message is checked */
    }
    if (sw_msg_check(m, &fault) < 0 || !m->has_via) {
        px_request_refuse(core, from, m, &fault);
        return;
    }
    px_reply_hop(core, rq.via, from, &rq.reply);
    if (m->method == SW_ACK) {
        receive_ack(core, &rq);
        return;
    }
    struct px_server *s = px_server_find(core, &rq.key, m->method);
    if (s != NULL)
        receive_again(core, s);
    else if (m->method == SW_CANCEL && px_cancel_receive(core, &rq))
        return;
    else if (begins_anew(m) && px_load_is_heavy(&core->load, core->now_us))
        px_shed_request(core, &rq);
    else if (verdict == PX_QUOTA_REFUSE)
        refuse_for_now(core, &rq, &core->counters.refused_rate);
    else if (m->method != SW_CANCEL)
        receive_new(core, &rq);
    else
        answer_plainly(core, &rq, 481); /* decision 9 */
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/build.h"

#include "sip/edit.h"

static void add_lines(struct sw_buf *out, const struct sw_msg *m, enum sw_hdr_id id)
{
    for (const struct sw_hdr *h = sw_msg_first(m, id); h != NULL; h = sw_msg_next(m, h))
        sw_buf_slice_add(out, h->line);
}

/* The first field of this id as it came; nothing where there is none. */
static void add_line(struct sw_buf *out, const struct sw_msg *m, enum sw_hdr_id id)
{
    const struct sw_hdr *h = sw_msg_first(m, id);
    if (h != NULL)
        sw_buf_slice_add(out, h->line);
}

static void add_end(struct sw_buf *out, struct sw_slice extra)
{
    sw_buf_slice_add(out, extra);
    sw_buf_str(out, "Content-Length: 0\r\n\r\n");
}

static int finish(const struct sw_buf *out)
{
    return out->overflow ? SW_E_SPACE : 0;
}

/* ---- responses ---- */

static void add_status_line(struct sw_buf *out, const struct sw_reply *reply)
{
    sw_buf_str(out, "SIP/2.0 ");
    sw_buf_u64(out, reply->status);
    sw_buf_char(out, ' ');
    if (reply->reason.len > 0)
        sw_buf_slice_add(out, reply->reason);
    else
        sw_buf_str(out, sw_status_reason(reply->status));
    sw_buf_str(out, "\r\n");
}

/* The first Via field: to its first value comes what we saw of the sender, in the place of what the
 * sender said of itself (RFC 3261 18.2.1, RFC 3581 section 4). */
static int add_top_via_field(struct sw_buf *out, const struct sw_msg *request,
                             struct sw_slice received)
{
    const struct sw_hdr *h = sw_msg_first(request, SW_HDR_VIA);
    struct sw_via via;
    struct sw_edits edits;
    int rc = sw_msg_top_via(request, &via);
    if (rc < 0) /* the parameters are broken: keep them, and say ours before them */
        rc = sw_msg_top_sent_by(request, &via);
    if (rc < 0)
        return SW_E_SYNTAX;
    sw_edits_init(&edits, h->line);
    if (received.len > 0) {
        sw_edits_remove(&edits,
                        via.received_text.len > 0 ? via.received_text : sw_slice(via.text.p, 0));
        sw_edits_remove(&edits, via.rport_text.len > 0 ? via.rport_text : sw_slice(via.text.p, 0));
        sw_edits_insert(&edits, via.text.p + via.text.len, received);
    }
    return sw_edits_write(&edits, out);
}

/* To with the tag we give it, where it has none that can be read. */
static void add_to(struct sw_buf *out, const struct sw_msg *request, struct sw_slice tag)
{
    const struct sw_hdr *h = sw_msg_first(request, SW_HDR_TO);
    struct sw_nameaddr addr = {.has_brackets = false};
    if (h == NULL)
        return;
    bool has_tag = sw_nameaddr_parse(h->value, &addr, NULL) == 0 && addr.tag.len > 0;
    if (tag.len == 0 || has_tag) {
        sw_buf_slice_add(out, h->line);
        return;
    }
    size_t value_end = (size_t)(h->value.p + h->value.len - h->line.p);
    sw_buf_slice_add(out, sw_slice_sub(h->line, 0, value_end));
    sw_buf_str(out, ";tag=");
    sw_buf_slice_add(out, tag);
    sw_buf_slice_add(out, sw_slice_sub(h->line, value_end, SIZE_MAX));
}

int sw_reply_build(const struct sw_msg *request, const struct sw_reply *reply, struct sw_buf *out)
{
    const struct sw_hdr *top = sw_msg_first(request, SW_HDR_VIA);
    if (top == NULL)
        return SW_E_SYNTAX;
    add_status_line(out, reply);
    int rc = add_top_via_field(out, request, reply->received);
    if (rc < 0)
        return rc;
    for (const struct sw_hdr *h = sw_msg_next(request, top); h != NULL; h = sw_msg_next(request, h))
        sw_buf_slice_add(out, h->line);
    add_line(out, request, SW_HDR_FROM);
    add_to(out, request, reply->to_tag);
    add_line(out, request, SW_HDR_CALL_ID);
    add_line(out, request, SW_HDR_CSEQ);
    if (reply->status == 100)
        add_line(out, request, SW_HDR_TIMESTAMP);
    add_end(out, reply->extra);
    return finish(out);
}

/* ---- requests that belong to one we sent ---- */

static void add_request_line(struct sw_buf *out, struct sw_slice method, const struct sw_msg *sent)
{
    sw_buf_slice_add(out, method);
    sw_buf_char(out, ' ');
    sw_buf_slice_add(out, sent->uri_text);
    sw_buf_str(out, " SIP/2.0\r\n");
}

/* Of our own request only the topmost Via, which we wrote, names the transaction. */
static int add_own_via(struct sw_buf *out, const struct sw_msg *sent)
{
    struct sw_via via;
    if (sw_msg_top_via(sent, &via) < 0)
        return SW_E_SYNTAX;
    sw_buf_str(out, "Via: ");
    sw_buf_slice_add(out, via.text);
    sw_buf_str(out, "\r\n");
    return 0;
}

static int add_own_cseq(struct sw_buf *out, const struct sw_msg *sent, struct sw_slice method)
{
    if (!sent->has_cseq)
        return SW_E_SYNTAX;
    sw_buf_str(out, "CSeq: ");
    sw_buf_u64(out, sent->cseq.number);
    sw_buf_char(out, ' ');
    sw_buf_slice_add(out, method);
    sw_buf_str(out, "\r\n");
    return 0;
}

static int build_follower(const struct sw_msg *sent, struct sw_slice method,
                          const struct sw_msg *with_to, struct sw_slice extra, struct sw_buf *out)
{
    add_request_line(out, method, sent);
    int rc = add_own_via(out, sent);
    if (rc < 0)
        return rc;
    sw_buf_str(out, "Max-Forwards: 70\r\n");
    add_lines(out, sent, SW_HDR_ROUTE);
    add_line(out, sent, SW_HDR_FROM);
    add_line(out, with_to, SW_HDR_TO);
    add_line(out, sent, SW_HDR_CALL_ID);
    rc = add_own_cseq(out, sent, method);
    if (rc < 0)
        return rc;
    add_end(out, extra);
    return finish(out);
}

int sw_cancel_build(const struct sw_msg *sent, struct sw_slice extra, struct sw_buf *out)
{
    return build_follower(sent, SW_LIT("CANCEL"), sent, extra, out);
}

int sw_ack_build(const struct sw_msg *sent, const struct sw_msg *response, struct sw_buf *out)
{
    return build_follower(sent, SW_LIT("ACK"), response, (struct sw_slice){NULL, 0}, out);
}

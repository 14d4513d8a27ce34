/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: views lie inside the message, fields lie in order and without gaps, no edits give the
 * same octets, edits change only what they name, whatever is built from a message can be read
 * again, and a fault is complete.
 */
#include "base/bug.h"
#include "sip/build.h"
#include "sip/edit.h"
#include "sip/msg.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM_LEN = 1 << 17 };

static void check_view(struct sw_slice whole, struct sw_slice part)
{
    if (part.p == NULL || part.len == 0)
        return;
    SW_BUG_ON(part.p < whole.p || part.p + part.len > whole.p + whole.len);
}

static void check_fields(const struct sw_msg *m, bool is_whole)
{
    const char *at = m->start_line.p + m->start_line.len;
    size_t with_id[SW_HDR_COUNT] = {0};
    for (size_t i = 0; i < m->hdr_count; i++) {
        const struct sw_hdr *h = &m->hdrs[i];
        check_view(m->bytes, h->line);
        check_view(h->line, h->name);
        check_view(h->line, h->value);
        SW_BUG_ON(h->name.len == 0 || (size_t)h->id >= SW_HDR_COUNT);
        SW_BUG_ON(is_whole && h->line.p != at);
        SW_BUG_ON(h->line.p < at);
        at = h->line.p + h->line.len;
        if (with_id[h->id]++ == 0 && h->id != SW_HDR_OTHER)
            SW_BUG_ON(sw_msg_first(m, h->id) != h);
    }
    SW_BUG_ON(is_whole && at != m->bytes.p + m->header_end);
    SW_BUG_ON(m->header_end > m->bytes.len);
    check_view(m->bytes, m->body);
}

static void check_values(const struct sw_msg *m)
{
    for (int id = SW_HDR_VIA; id < SW_HDR_COUNT; id++) {
        struct sw_values v;
        struct sw_slice value;
        sw_values_init(&v, m, (enum sw_hdr_id)id);
        while (sw_values_next(&v, &value) > 0) {
            struct sw_via via;
            struct sw_nameaddr addr;
            struct sw_cseq cseq;
            uint32_t seconds;
            struct sw_syntax err = {.offset = 0};
            SW_BUG_ON(value.len == 0);
            check_view(v.hdr->value, value);
            if (sw_via_parse(value, &via, &err) == 0) {
                check_view(value, via.params);
                check_view(value, via.received_text);
                check_view(value, via.rport_text);
                check_view(value, via.branch);
                SW_BUG_ON(via.sent_by.text.len == 0);
            }
            SW_BUG_ON(err.offset > value.len);
            if (sw_nameaddr_parse(value, &addr, &err) == 0) {
                check_view(value, addr.uri_text);
                check_view(value, addr.tag);
            }
            SW_BUG_ON(err.offset > value.len);
            if (sw_cseq_parse(value, &cseq) == 0)
                SW_BUG_ON(cseq.number > INT32_MAX || cseq.method_text.len == 0);
            if (sw_retry_after_parse(value, &seconds) == 0)
                SW_BUG_ON(!sw_is_digit(value.p[0]));
        }
    }
}

static void check_no_edit(const struct sw_msg *m, struct sw_buf *room)
{
    struct sw_edits e;
    sw_edits_init(&e, m->bytes);
    room->len = 0;
    SW_BUG_ON(sw_edits_write(&e, room) != 0);
    SW_BUG_ON(!sw_slice_eq(sw_buf_slice(room), m->bytes));
}

/* Replace each value by itself, in an order of the input's choosing: nothing changes. */
static void check_edits_of_nothing(const struct sw_msg *m, struct sw_buf *room)
{
    struct sw_edits e;
    size_t step = m->bytes.len % 7 + 1;
    sw_edits_init(&e, m->bytes);
    for (size_t first = 0; first < step; first++)
        for (size_t i = first; i < m->hdr_count && e.count < SW_EDITS_MAX; i += step)
            sw_edits_replace(&e, m->hdrs[i].value, m->hdrs[i].value);
    room->len = 0;
    SW_BUG_ON(e.overflow || sw_edits_len(&e) != m->bytes.len);
    SW_BUG_ON(sw_edits_write(&e, room) != 0);
    SW_BUG_ON(!sw_slice_eq(sw_buf_slice(room), m->bytes));
}

static void check_is_read(struct sw_buf *room, struct sw_msg *again)
{
    SW_BUG_ON(sw_msg_parse(again, sw_buf_slice(room), NULL, NULL) != 0);
}

static void check_built(const struct sw_msg *m, bool is_whole, struct sw_buf *room,
                        struct sw_msg *again)
{
    struct sw_reply reply = {.status = 400,
                             .to_tag = SW_LIT("t1"),
                             .extra = SW_LIT("Warning: 399 h \"x\"\r\n"),
                             .received = SW_LIT(";received=192.0.2.1;rport=5060")};
    room->len = 0;
    room->overflow = false;
    int rc = sw_reply_build(m, &reply, room);
    SW_BUG_ON(rc < 0);
    if (!is_whole)
        return; /* the answer lacks what the request lacked */
    check_is_read(room, again);
    struct sw_via theirs, ours;
    if (sw_msg_top_via(m, &theirs) == 0) {
        SW_BUG_ON(sw_msg_top_via(again, &ours) != 0);
        SW_BUG_ON(!sw_slice_eq(ours.received, SW_LIT("192.0.2.1")) || ours.rport_value != 5060);
        SW_BUG_ON(!sw_slice_eq(theirs.branch, ours.branch));
        room->len = 0;
        SW_BUG_ON(sw_cancel_build(m, SW_LIT(""), room) != 0);
        check_is_read(room, again);
        SW_BUG_ON(again->method != SW_CANCEL || !sw_slice_eq(again->uri_text, m->uri_text));
    }
}

static void check_fault(int rc, const struct sw_msg_fault *fault, const struct sw_msg *m)
{
    if (rc == 0)
        return;
    SW_BUG_ON(rc != SW_E_SYNTAX && rc != SW_E_LIMIT);
    SW_BUG_ON(fault->field == NULL || fault->what == NULL || fault->offset > m->bytes.len);
    SW_BUG_ON(fault->is_answerable != (fault->status != 0));
    SW_BUG_ON(fault->is_answerable && !m->is_request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sw_msg m, again;
    static char bytes[ROOM_LEN];
    struct sw_buf room = sw_buf(bytes, sizeof bytes);
    struct sw_msg_fault fault = {.field = NULL};
    if (size > ROOM_LEN / 4)
        return 0;
    int rc = sw_msg_parse(&m, sw_slice((const char *)data, size), NULL, &fault);
    check_fault(rc, &fault, &m);
    check_fields(&m, rc == 0);
    check_values(&m);
    check_no_edit(&m, &room);
    check_edits_of_nothing(&m, &room);
    if (rc == 0) {
        int check = sw_msg_check(&m, &fault);
        check_fault(check, &fault, &m);
    }
    struct sw_via via;
    if ((rc == 0 && m.is_request && sw_msg_top_sent_by(&m, &via) == 0) || fault.is_answerable)
        check_built(&m, rc == 0, &room, &again);
    return 0;
}

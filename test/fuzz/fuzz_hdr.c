/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One header field's value, read by each reader of values. The first octet chooses: Via, From, To,
 * Route and Contact, CSeq, Retry-After, a number, a list.
 *
 * What must hold: views lie in the value; a complaint points into it; what was read can be written
 * in its plainest form and reads the same; numbers are what a second, simpler reading says; several
 * values in a field and the same in several fields mean the same (M5).
 */
#include "base/buf.h"
#include "base/bug.h"
#include "sip/hdr.h"
#include "sip/msg.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VALUE_MAX = 4096, ROOM_LEN = 1 << 16, VALUES_MAX = 64 };

static void check_view(struct sw_slice whole, struct sw_slice part)
{
    if (part.p == NULL || part.len == 0)
        return;
    SW_BUG_ON(part.p < whole.p || part.p + part.len > whole.p + whole.len);
}

static void check_same(struct sw_slice a, struct sw_slice b)
{
    SW_BUG_ON(!sw_slice_eq(a, b));
}

/* ------------------------------------------------------------------------------ Via */

/* Every parameter the struct has a field for is there once. */
static void check_via_params(const struct sw_via *via)
{
    struct sw_slice value;
    SW_BUG_ON(via->has_branch != sw_param_find(via->params, SW_LIT("branch"), &value));
    if (via->has_branch)
        check_same(value, via->branch);
    SW_BUG_ON(via->has_received != sw_param_find(via->params, SW_LIT("received"), &value));
    if (via->has_received)
        check_same(value, via->received);
    SW_BUG_ON(via->has_rport != sw_param_find(via->params, SW_LIT("rport"), &value));
    SW_BUG_ON(via->has_maddr != sw_param_find(via->params, SW_LIT("maddr"), &value));
    SW_BUG_ON(via->has_ttl != sw_param_find(via->params, SW_LIT("ttl"), &value));
}

static void write_host(struct sw_buf *b, const struct sw_host *host)
{
    bool is_ipv6 = host->kind == SW_HOST_IPV6;
    sw_buf_str(b, is_ipv6 ? "[" : "");
    sw_buf_slice_add(b, host->text);
    sw_buf_str(b, is_ipv6 ? "]" : "");
}

/* Without blanks, and with the parameters as they are: the same. */
static void check_via_again(const struct sw_via *via)
{
    static char room[ROOM_LEN];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_via again;
    sw_buf_str(&b, "SIP/2.0/");
    sw_buf_slice_add(&b, via->transport);
    sw_buf_char(&b, ' ');
    write_host(&b, &via->sent_by);
    if (via->has_port) {
        sw_buf_char(&b, ':');
        sw_buf_u64(&b, via->port);
    }
    sw_buf_slice_add(&b, via->params);
    SW_BUG_ON(sw_via_parse(sw_buf_slice(&b), &again, NULL) < 0);
    check_same(via->transport, again.transport);
    check_same(via->sent_by.text, again.sent_by.text);
    check_same(via->branch, again.branch);
    check_same(via->received, again.received);
    SW_BUG_ON(via->port != again.port || via->rport_value != again.rport_value);
    SW_BUG_ON(via->ttl != again.ttl || via->has_maddr != again.has_maddr);
}

static void check_via(struct sw_slice value)
{
    struct sw_via via, sent;
    struct sw_syntax err = {.offset = 0};
    if (sw_via_parse(value, &via, &err) < 0) {
        SW_BUG_ON(err.offset > value.len || err.what == NULL);
        return;
    }
    check_view(value, via.text);
    check_view(value, via.params);
    check_view(value, via.received_text);
    check_view(value, via.rport_text);
    check_view(value, via.maddr.text);
    SW_BUG_ON(via.transport.len == 0 || via.sent_by.text.len == 0);
    SW_BUG_ON(sw_via_parse_sent(value, &sent, NULL) < 0);
    check_same(via.sent_by.text, sent.sent_by.text);
    SW_BUG_ON(via.port != sent.port);
    check_via_params(&via);
    check_via_again(&via);
}

/* ------------------------------------------------------------------------------ addresses */

static void check_address_again(const struct sw_nameaddr *addr)
{
    static char room[ROOM_LEN];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_nameaddr again;
    sw_buf_char(&b, '<');
    sw_buf_slice_add(&b, addr->uri_text);
    sw_buf_char(&b, '>');
    sw_buf_slice_add(&b, addr->params);
    SW_BUG_ON(sw_nameaddr_parse(sw_buf_slice(&b), &again, NULL) < 0);
    SW_BUG_ON(!again.has_brackets);
    check_same(addr->uri_text, again.uri_text);
    check_same(addr->tag, again.tag);
}

static void check_address(struct sw_slice value)
{
    struct sw_nameaddr addr;
    struct sw_syntax err = {.offset = 0};
    struct sw_slice tag;
    struct sw_uri uri;
    if (sw_nameaddr_parse(value, &addr, &err) < 0) {
        SW_BUG_ON(err.offset > value.len || err.what == NULL);
        return;
    }
    check_view(value, addr.uri_text);
    check_view(value, addr.params);
    SW_BUG_ON(addr.uri_text.len == 0);
    SW_BUG_ON(sw_slice_find(addr.uri_text, '>') != SIZE_MAX);
    if (sw_param_find(addr.params, SW_LIT("tag"), &tag))
        check_same(tag, addr.tag);
    if (sw_uri_parse(addr.uri_text, &uri, NULL) == 0)
        check_view(addr.uri_text, uri.host.text);
    check_address_again(&addr);
}

/* ------------------------------------------------------------------------------ numbers */

static void check_cseq(struct sw_slice value)
{
    char room[VALUE_MAX + 32];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_cseq cseq, again;
    if (sw_cseq_parse(value, &cseq) < 0)
        return;
    SW_BUG_ON(cseq.number > INT32_MAX || cseq.method_text.len == 0);
    SW_BUG_ON(cseq.method != sw_method_find(cseq.method_text));
    sw_buf_u64(&b, cseq.number);
    sw_buf_char(&b, ' ');
    sw_buf_slice_add(&b, cseq.method_text);
    SW_BUG_ON(sw_cseq_parse(sw_buf_slice(&b), &again) < 0 || again.number != cseq.number);
    check_same(again.method_text, cseq.method_text);
}

static bool is_all_digits(struct sw_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!sw_is_digit(s.p[i]))
            return false;
    return s.len > 0;
}

static void check_retry_after(struct sw_slice value)
{
    uint32_t seconds;
    uint64_t wide;
    int rc = sw_retry_after_parse(value, &seconds);
    struct sw_slice digits = sw_slice_trim(value);
    if (is_all_digits(digits)) {
        SW_BUG_ON(rc < 0);
        bool is_small = sw_slice_u64(digits, UINT32_MAX, &wide);
        SW_BUG_ON(seconds != (is_small ? (uint32_t)wide : UINT32_MAX));
    }
}

/* A whole message around the value. NULL: it would be more than one field. */
static const struct sw_msg *message_with(const char *name, struct sw_slice value, int *rc)
{
    static char room[ROOM_LEN];
    static struct sw_msg m;
    struct sw_msg_fault fault = {.status = 0};
    struct sw_buf b = sw_buf(room, sizeof room);
    if (sw_slice_find(value, '\r') != SIZE_MAX || sw_slice_find(value, '\n') != SIZE_MAX)
        return NULL;
    sw_buf_str(&b, "OPTIONS sip:d.t SIP/2.0\r\nVia: SIP/2.0/UDP h.t\r\nFrom: sip:a@b.t\r\n"
                   "To: sip:c@d.t\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n");
    sw_buf_str(&b, name);
    sw_buf_slice_add(&b, value);
    sw_buf_str(&b, "\r\n\r\nbody");
    *rc = sw_msg_parse(&m, sw_buf_slice(&b), NULL, &fault);
    if (*rc == 0)
        *rc = sw_msg_check(&m, &fault);
    return &m;
}

static void check_number(struct sw_slice value)
{
    int rc;
    uint64_t number = 0;
    struct sw_slice trimmed = sw_slice_trim(value);
    bool is_good = is_all_digits(trimmed) && sw_slice_u64(trimmed, 255, &number);
    if (message_with("Max-Forwards:", value, &rc) != NULL)
        SW_BUG_ON((rc == 0) != is_good);
    const struct sw_msg *m = message_with("Content-Length:", value, &rc);
    if (m == NULL)
        return;
    SW_BUG_ON((rc == 0) != (is_good && number <= 4));
    SW_BUG_ON(rc == 0 && (m->content_length != number || m->body.len != number));
}

/* ------------------------------------------------------------------------------ lists */

static size_t collect(const struct sw_msg *m, struct sw_slice *out)
{
    struct sw_values v;
    size_t count = 0;
    sw_values_init(&v, m, SW_HDR_RECORD_ROUTE);
    while (count < VALUES_MAX && sw_values_next(&v, &out[count]) > 0)
        count++;
    return count;
}

/* Each value in a field of its own: the same list. */
static void check_list(struct sw_slice value)
{
    static char room[ROOM_LEN];
    struct sw_slice values[VALUES_MAX], again[VALUES_MAX];
    struct sw_buf b = sw_buf(room, sizeof room);
    int rc;
    const struct sw_msg *m = message_with("Record-Route:", value, &rc);
    if (m == NULL)
        return;
    size_t count = collect(m, values);
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        sw_buf_str(&b, i > 0 ? "\r\nRecord-Route:" : "");
        sw_buf_slice_add(&b, values[i]);
    }
    static char fields[ROOM_LEN];
    static struct sw_msg apart;
    struct sw_buf whole = sw_buf(fields, sizeof fields);
    sw_buf_str(&whole, "OPTIONS sip:d.t SIP/2.0\r\nRecord-Route:");
    sw_buf_slice_add(&whole, sw_buf_slice(&b));
    sw_buf_str(&whole, "\r\n\r\n");
    struct sw_msg_fault fault;
    rc = sw_msg_parse(&apart, sw_buf_slice(&whole), NULL, &fault);
    (void)rc; /* it lacks much */
    SW_BUG_ON(collect(&apart, again) != count);
    for (size_t i = 0; i < count; i++)
        check_same(values[i], again[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(struct sw_slice) = {check_via,         check_address, check_cseq,
                                                      check_retry_after, check_number,  check_list};
    if (size < 1 || size > VALUE_MAX)
        return 0;
    /* As a field's value is found, without blanks around it; in a block of its exact size, so that
     * a read behind the end is seen. */
    struct sw_slice value = sw_slice_trim(sw_slice((const char *)data + 1, size - 1));
    char *copy = malloc(value.len == 0 ? 1 : value.len);
    SW_BUG_ON(copy == NULL);
    if (value.len > 0)
        memcpy(copy, value.p, value.len);
    checks[data[0] % (sizeof checks / sizeof checks[0])](sw_slice(copy, value.len));
    free(copy);
    return 0;
}

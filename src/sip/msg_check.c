/* SPDX-License-Identifier: BSD-2-Clause */
/* The second look at a message: values that forwarding relies on (RFC 3261 16.3 step 1). */
#include "sip/msg.h"

SW_COLD static int refuse(const struct sw_msg *m, struct sw_msg_fault *fault,
                          const struct sw_hdr *h, const struct sw_syntax *why)
{
    struct sw_via via;
    bool is_answerable = m->is_request && m->method != SW_ACK && sw_msg_top_sent_by(m, &via) == 0;
    *fault = (struct sw_msg_fault){
        .field = sw_hdr_name(h->id),
        .what = why->what,
        .offset = (size_t)(h->value.p - m->bytes.p) + why->offset,
        .status = is_answerable ? 400 : 0,
        .is_answerable = is_answerable,
    };
    return SW_E_SYNTAX;
}

static int check_top_via(const struct sw_msg *m, struct sw_msg_fault *fault)
{
    if (m->has_via)
        return 0;
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_VIA);
    struct sw_slice rest = h->value, value;
    struct sw_via via;
    struct sw_syntax why = {.what = "a value of the list is empty or not closed"};
    if (sw_value_take(&rest, &value) > 0 && sw_via_parse(value, &via, &why) == 0)
        return 0;
    return refuse(m, fault, h, &why);
}

static int check_address(const struct sw_msg *m, enum sw_hdr_id id, struct sw_slice *tag,
                         struct sw_msg_fault *fault)
{
    const struct sw_hdr *h = sw_msg_first(m, id);
    struct sw_nameaddr addr;
    struct sw_syntax why;
    if (sw_nameaddr_parse(h->value, &addr, &why) < 0)
        return refuse(m, fault, h, &why);
    *tag = addr.tag;
    return 0;
}

static int check_max_forwards(const struct sw_msg *m, struct sw_msg_fault *fault)
{
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_MAX_FORWARDS);
    uint64_t number;
    if (h == NULL || sw_slice_u64(h->value, UINT8_MAX, &number))
        return 0;
    return refuse(m, fault, h, &(struct sw_syntax){.what = "it is not a number up to 255"});
}

/* RFC 5393 5.3: any number; a big one is ours to make less. */
static int check_max_breadth(const struct sw_msg *m, struct sw_msg_fault *fault)
{
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_MAX_BREADTH);
    size_t at = 0;
    while (h != NULL && at < h->value.len && sw_is_digit(h->value.p[at]))
        at++;
    if (h == NULL || at == h->value.len)
        return 0;
    return refuse(m, fault, h, &(struct sw_syntax){.what = "it is not a number", .offset = at});
}

static int check_route(const struct sw_msg *m, struct sw_msg_fault *fault)
{
    struct sw_values values;
    struct sw_slice value;
    struct sw_syntax why = {.what = "a value of the list is empty or not closed"};
    sw_values_init(&values, m, SW_HDR_ROUTE);
    int rc;
    while ((rc = sw_values_next(&values, &value)) > 0) {
        struct sw_nameaddr addr;
        rc = sw_nameaddr_parse(value, &addr, &why);
        if (rc == 0 && !addr.has_brackets) {
            why = (struct sw_syntax){.what = "a URI must be in angle brackets"};
            rc = SW_E_SYNTAX;
        }
        if (rc < 0) {
            why.offset += (size_t)(value.p - values.hdr->value.p);
            break;
        }
    }
    return rc < 0 ? refuse(m, fault, values.hdr, &why) : 0;
}

int sw_msg_check(struct sw_msg *m, struct sw_msg_fault *fault)
{
    struct sw_msg_fault ignored = {.field = NULL};
    if (fault == NULL)
        fault = &ignored;
    int rc = check_top_via(m, fault);
    if (rc < 0 || !m->is_request)
        return rc;
    rc = check_address(m, SW_HDR_FROM, &m->from_tag, fault);
    if (rc == 0)
        rc = check_address(m, SW_HDR_TO, &m->to_tag, fault);
    m->has_tags = rc == 0;
    if (rc == 0)
        rc = check_max_forwards(m, fault);
    if (rc == 0)
        rc = check_max_breadth(m, fault);
    if (rc == 0)
        rc = check_route(m, fault);
    return rc;
}

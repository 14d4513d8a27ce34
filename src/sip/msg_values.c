/* SPDX-License-Identifier: BSD-2-Clause */
/* Values by their place in a message: several in one field and the same in several fields are alike
 * (M5). */
#include "sip/msg.h"

void sw_values_init(struct sw_values *v, const struct sw_msg *msg, enum sw_hdr_id id)
{
    *v = (struct sw_values){.msg = msg, .id = id};
}

int sw_values_next(struct sw_values *v, struct sw_slice *out)
{
    while (v->rest.len == 0) {
        if (v->is_started && v->hdr == NULL)
            return 0;
        v->hdr = v->is_started ? sw_msg_next(v->msg, v->hdr) : sw_msg_first(v->msg, v->id);
        v->is_started = true;
        if (v->hdr == NULL)
            return 0;
        v->rest = v->hdr->value;
        if (v->rest.len == 0 && v->id != SW_HDR_SUPPORTED)
            return SW_E_SYNTAX;
    }
    return sw_value_take(&v->rest, out);
}

int sw_msg_top_via(const struct sw_msg *m, struct sw_via *out)
{
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_VIA);
    if (h == NULL)
        return SW_E_NOTFOUND;
    if (m->has_via) {
        *out = m->via;
        return 0;
    }
    struct sw_slice rest = h->value, value;
    return sw_value_take(&rest, &value) > 0 ? sw_via_parse(value, out, NULL) : SW_E_SYNTAX;
}

int sw_msg_top_sent_by(const struct sw_msg *m, struct sw_via *out)
{
    const struct sw_hdr *h = sw_msg_first(m, SW_HDR_VIA);
    return h == NULL ? SW_E_NOTFOUND : sw_via_parse_sent(h->value, out, NULL);
}

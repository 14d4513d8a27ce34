/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/rr.h"

const char *sw_rrtype_name(enum sw_rrtype t)
{
    switch (t) {
    case SW_RR_A:
        return "A";
    case SW_RR_CNAME:
        return "CNAME";
    case SW_RR_AAAA:
        return "AAAA";
    case SW_RR_SRV:
        return "SRV";
    case SW_RR_NAPTR:
        return "NAPTR";
    }
    return "?";
}

static void write_number(struct sw_buf *b, uint16_t value)
{
    sw_buf_u64(b, value);
    sw_buf_char(b, ' ');
}

static void write_quoted(struct sw_buf *b, struct sw_slice text)
{
    sw_buf_char(b, '"');
    sw_buf_escaped(b, text);
    sw_buf_str(b, "\" ");
}

static void write_naptr(struct sw_buf *b, const struct sw_rr_naptr *naptr)
{
    write_number(b, naptr->order);
    write_number(b, naptr->preference);
    write_quoted(b, naptr->flags);
    write_quoted(b, naptr->service);
    write_quoted(b, naptr->regexp);
    sw_name_write_fqdn(b, naptr->replacement);
}

static void write_srv(struct sw_buf *b, const struct sw_rr_srv *srv)
{
    write_number(b, srv->priority);
    write_number(b, srv->weight);
    write_number(b, srv->port);
    sw_name_write_fqdn(b, srv->target);
}

void sw_rr_write(struct sw_buf *b, const struct sw_rr *rr)
{
    switch (rr->type) {
    case SW_RR_A:
    case SW_RR_AAAA:
        sw_netaddr_write(b, &rr->addr);
        break;
    case SW_RR_SRV:
        write_srv(b, &rr->srv);
        break;
    case SW_RR_NAPTR:
        write_naptr(b, &rr->naptr);
        break;
    case SW_RR_CNAME: /* never in a struct sw_rr: aliases are followed, not handed out */
        break;
    }
}

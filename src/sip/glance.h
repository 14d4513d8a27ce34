/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an answer to a request needs of it, for who is going to refuse it and wants to know no more:
 * a third of what reading it costs (msg.h). Only requests as nearly everybody writes them can be
 * read so; of the others nothing is said, and they are read properly.
 *
 *     if (sw_glance(datagram, &g) && sw_glance_who(&g))
 *         rc = sw_glance_reply(&g, &reply, &out); // build.h
 *     else
 *         rc = sw_msg_parse(&msg, datagram, &limits, &fault);
 *
 * Nothing is checked but what is used: what sw_msg_check() would refuse is not noticed.
 *
 * Owns: nothing, all are views. Thread: any.
 */
#ifndef SW_SIP_GLANCE_H
#define SW_SIP_GLANCE_H

#include "base/attr.h"
#include "sip/field.h"
#include "sip/hdr.h"

struct sw_glance {
    enum sw_method method;
    struct sw_slice vias;       /* all Via fields, which stand together */
    struct sw_slice first_line; /* the first of them */
    struct sw_via via;          /* the top one; its branch begins with the magic cookie */
    struct sw_hdr from, to, call_id, cseq;
    /* sw_glance_who() */
    struct sw_slice from_tag, to_tag; /* empty when absent */
    uint32_t number;                  /* CSeq's */
};

/**
 * Find what an answer needs.
 * @param[out] g  written but for sw_glance_who()'s part.
 * @retval false  it is no request; its first field is no Via, or that has no branch of RFC 3261; a
 *                field is missing, there twice or cut off; the Via fields do not stand together.
 */
SW_MUST_USE bool sw_glance(struct sw_slice bytes, struct sw_glance *g);

/** Read From, To and CSeq. @retval false  one of them is not as it should be. */
SW_MUST_USE bool sw_glance_who(struct sw_glance *g);

#endif

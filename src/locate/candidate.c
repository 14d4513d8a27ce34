/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/candidate.h"

void sw_candidate_write(struct sw_buf *b, const struct sw_candidate *c)
{
    sw_buf_str(b, sw_transport_row(c->transport)->name);
    sw_buf_char(b, ':');
    sw_endpoint_write(b, &c->endpoint);
}

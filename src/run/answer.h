/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker answers a query about itself (run/query.h). Thread: the worker's. */
#ifndef SW_RUN_ANSWER_H
#define SW_RUN_ANSWER_H

#include "run/post.h"
#include "run/pump.h"
#include "run/query.h"

struct sw_answering { /* what of a worker is looked at; all borrowed */
    const struct sw_pump *pump;
    const struct ad_udp *udp;
    const struct ad_stream *stream;
    const struct ad_log *log;
    const struct sw_post *post; /* NULL: there is only one worker */
    uint16_t worker;
};

/* Fill the answer in and send the query back. */
void sw_query_answer(struct sw_query *q, const struct sw_answering *from);

#endif

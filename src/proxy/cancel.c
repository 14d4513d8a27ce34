/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/cancel.h"

#include "proxy/failover.h"

bool px_cancel_receive(struct px_core *core, const struct px_request *rq)
{
    const struct px_answer ok = {.status = 200};
    struct px_server *target = px_server_find_cancelled(core, &rq->key);
    if (target == NULL)
        return false;
    struct px_server *s = px_server_new(core, rq);
    if (s == NULL) { /* too many: its retransmissions are answered one by one */
        px_answer_stateless(core, rq, &ok);
    } else {
        s->is_logged = true; /* the INVITE's line tells */
        px_server_answer(core, s, &ok);
    }
    px_try_cancel(core, target);
    return true;
}

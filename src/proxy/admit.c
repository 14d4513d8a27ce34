/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/admit.h"

#include "proxy/log.h"
#include "proxy/stream.h"

/* Calls are spread evenly over the workers, each of which counts by itself. */
static uint32_t share_of(const struct px_core *core, uint32_t all)
{
    uint32_t n = core->worker_count > 1 ? core->worker_count : 1;
    return all / n + (all % n != 0);
}

enum px_quota_verdict px_admit(struct px_core *core, const struct px_hop *from)
{
    const struct px_conf *conf = core->conf;
    core->counters.requests_received++;
    if (!conf->limits_trusted && px_hop_is_trusted(core, from))
        return PX_QUOTA_SERVE;
    struct px_quota_rate rate = {share_of(core, conf->source_rate.per_s),
                                 share_of(core, conf->source_rate.burst)};
    return px_quotas_take(&core->quotas, &rate, &from->peer.addr, core->now_us);
}

void px_admit_ignore(struct px_core *core, const struct px_hop *from, const struct sw_msg *m)
{
    px_log_drop(core, from, m, &core->counters.drop_rate, "too many requests of its source");
}

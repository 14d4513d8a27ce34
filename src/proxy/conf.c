/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/conf.h"

#include <assert.h>

enum {
    TRANSACTIONS_DEFAULT = 100000,
    CONNECTIONS_DEFAULT = 16384,
    HISTORY_DEFAULT = 1000,
    SOURCE_RATE_DEFAULT = 100, /* a busy office; scanners send thousands */
    SOURCE_BURST_DEFAULT = 500,
    SOURCES_DEFAULT = 65536
};

enum { TIMER_C_S = 181 }; /* more than 3 minutes: RFC 3261 16.6 step 11 */

void px_conf_init(struct px_conf *conf)
{
    *conf = (struct px_conf){
        .times = sw_txn_times_default,
        .transaction_us = 64 * sw_txn_times_default.t1_us,
        .timer_c_us = SW_SECONDS(TIMER_C_S),
        .connect_us = SW_SECONDS(3),
        .idle_us = SW_SECONDS(600),
        .header_us = SW_SECONDS(10),
        .dialog_us = SW_SECONDS(7 * 24 * 3600),
        .limits = sw_msg_limits_default,
        .try_us = SW_SECONDS(4),
        .lag_us = SW_MS(5),
        .source_rate = {SOURCE_RATE_DEFAULT, SOURCE_BURST_DEFAULT},
        .sources_max = SOURCES_DEFAULT,
        .transactions_max = TRANSACTIONS_DEFAULT,
        .connections_max = CONNECTIONS_DEFAULT,
        .log_history = HISTORY_DEFAULT,
    };
    sw_policy_init(&conf->policy);
}

static_assert(PX_LISTENERS_MAX <= 64, "a bit each");

bool px_conf_has_listener(const struct px_conf *conf, uint16_t listener)
{
    return listener < conf->listener_count && conf->listeners[listener].endpoint.port != 0;
}

bool px_conf_is_leaving(const struct px_conf *conf, uint16_t listener)
{
    return listener < PX_LISTENERS_MAX && (conf->leaving >> listener & 1) != 0;
}

bool px_conf_trusts(const struct px_conf *conf, const struct sw_netaddr *source)
{
    for (size_t i = 0; i < conf->trusted_count; i++)
        if (sw_network_has(&conf->trusted[i], source))
            return true;
    return false;
}

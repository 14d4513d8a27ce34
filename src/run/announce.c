/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/announce.h"

#include "adapter/clock.h"
#include "adapter/notify.h"
#include "base/attr.h"

#include <stdio.h>

void sw_announce(const struct sw_announcer *a, enum ad_log_level level, const char *event,
                 const struct ad_log_field *fields, size_t field_count)
{
    const struct ad_log_head head = {level, event, ad_clock_wall_us()};

    ad_log_line(a->log, &head, fields, field_count);
    ad_log_flush(a->log);
}

void sw_announce_listeners(const struct sw_announcer *a, const struct px_conf *conf)
{
    char room[PX_LISTENERS_MAX * 64];
    struct sw_buf b = sw_buf(room, sizeof room);

    for (size_t i = 0; i < conf->listener_count; i++) {
        if (i > 0)
            sw_buf_char(&b, ' ');
        sw_buf_str(&b, sw_transport_row(conf->listeners[i].transport)->name);
        sw_buf_char(&b, ':');
        sw_endpoint_write(&b, &conf->listeners[i].endpoint);
    }
    const struct ad_log_field listeners = AD_LOG_TEXT_FIELD("listeners", sw_buf_slice(&b));
    sw_announce(a, AD_LOG_INFO, "ready", &listeners, 1);
}

void sw_announce_sum(const struct sw_announcer *a, const struct px_counters *sum)
{
    const struct ad_log_field fields[] = {
        AD_LOG_NUMBER_FIELD("requests", sum->requests_received),
        AD_LOG_NUMBER_FIELD("transactions", sum->transactions_opened),
        AD_LOG_NUMBER_FIELD("failovers", sum->failovers),
        AD_LOG_NUMBER_FIELD("open", sum->transactions_open),
        AD_LOG_NUMBER_FIELD("handed_over", sum->handed_over),
    };

    sw_announce(a, AD_LOG_INFO, "ended", fields, SW_ARRAY_LEN(fields));
}

void sw_announce_state(const struct sw_announcer *a, const char *state)
{
    if (ad_notify(a->notify_socket, state) < 0)
        sw_announce(a, AD_LOG_WARN, "notify_failed", NULL, 0);
}

void sw_announce_reload(const struct sw_announcer *a)
{
    char state[64];

    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%llu",
             (unsigned long long)ad_clock_mono_us());
    sw_announce_state(a, state);
}

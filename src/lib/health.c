/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/context.h"
#include "lib/publish.h"
#include "lib/sized.h"

static int key_of(const struct sipward_candidate *c, struct sw_health_key *out)
{
    if ((unsigned)c->transport >= SW_TRANSPORT_COUNT)
        return SW_E_INVAL;
    struct sw_health_key key = {.transport = (enum sw_transport)c->transport};
    int rc = sw_publish_read(&c->addr, &key.endpoint);
    if (rc < 0)
        return rc;
    *out = key;
    return 0;
}

static enum sw_method_class class_of(enum sipward_method m)
{
    return m == SIPWARD_INVITE ? SW_CLASS_INVITE : SW_CLASS_OTHER;
}

static int note(struct sipward *sw, const struct sw_health_key *key, enum sipward_outcome outcome,
                const struct sipward_figures *f)
{
    uint64_t now_us = sw_context_now_us(sw);
    switch (outcome) {
    case SIPWARD_ANSWERED:
        sw_health_answered(sw->health, key, class_of(f->method), f->first_response_us, now_us);
        return 0;
    case SIPWARD_TIMED_OUT:
        sw_health_failed(sw->health, key, SW_HEALTH_TIMEOUT, 0, now_us, &sw->rng);
        return 0;
    case SIPWARD_REFUSED:
    case SIPWARD_UNREACHABLE:
        sw_health_failed(sw->health, key, SW_HEALTH_TRANSPORT, 0, now_us, &sw->rng);
        return 0;
    case SIPWARD_UNAVAILABLE:
        if (f->retry_after_s > 0) /* R2: without Retry-After it counts for this transaction only */
            sw_health_failed(sw->health, key, SW_HEALTH_RETRY_AFTER, f->retry_after_s, now_us,
                             &sw->rng);
        return 0;
    }
    return SW_E_INVAL;
}

int sipward_report_late(struct sipward *sw, const struct sipward_candidate *candidate,
                        enum sipward_outcome outcome, const struct sipward_figures *figures)
{
    struct sipward_figures f;
    struct sw_health_key key;
    if (sw_sized_take(&f, sizeof f, figures) < 0 || key_of(candidate, &key) < 0)
        return SW_E_INVAL;
    return note(sw, &key, outcome, &f);
}

int sipward_report(struct sipward_location *location, enum sipward_outcome outcome,
                   const struct sipward_figures *figures)
{
    if (!location->has_candidate)
        return SW_E_NOTFOUND;
    int rc = sipward_report_late(location->sw, &location->outer, outcome, figures);
    if (rc < 0)
        return rc;
    location->why = outcome == SIPWARD_REFUSED ? SW_TRY_REFUSED : SW_TRY_FAILED;
    return 0;
}

uint32_t sipward_try_ms(const struct sipward *sw, const struct sipward_candidate *candidate,
                        enum sipward_method method)
{
    struct sw_health_key key = {0};
    (void)key_of(candidate, &key); /* a stranger's candidate has the default of an unknown place */
    return (uint32_t)(sw_health_try_us(sw->health, &key, class_of(method)) / 1000);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/tally.h"

#include "locate/plan.h"

#include <assert.h>

static const uint64_t bounds_us[] = SW_TALLY_BOUNDS_US;

static_assert(SW_ARRAY_LEN(bounds_us) == SW_TALLY_BOUNDS, "a bound for each bucket");
static_assert(SW_RESULT_INVALID + 1 == SW_TALLY_RESULTS, "a place for each result");

void sw_histogram_add(struct sw_histogram *h, uint64_t value_us)
{
    size_t i = 0;

    while (i < SW_TALLY_BOUNDS && value_us > bounds_us[i])
        i++;
    if (i < SW_TALLY_BOUNDS)
        h->at_most[i]++;
    h->count++;
    h->sum_us += value_us;
}

static void count_tries(struct sw_tally *t, const struct px_log *log)
{
    size_t count = log->try_count < PX_LOG_TRIES_MAX ? log->try_count : PX_LOG_TRIES_MAX;

    for (size_t i = 0; i < count; i++) {
        const struct px_log_try *try = &log->tries[i];
        t->tries[try->transport][try->end]++;
        if (try->end == PX_TRY_TRANSPORT)
            t->try_causes[try->transport][try->cause]++;
    }
}

static void count_location(struct sw_tally *t, const struct px_log *log)
{
    for (unsigned r = 0; r < SW_TALLY_RESULTS; r++)
        if (strcmp(sw_result_name((enum sw_result)r), log->location) == 0)
            t->locations[r]++;
    if (strcmp(log->location, sw_result_name(SW_RESULT_OK)) == 0)
        sw_histogram_add(&t->stages[SW_STAGE_WHOLE], log->located_us);
}

void sw_tally_log(struct sw_tally *t, const struct px_log *log)
{
    struct sw_slice method = sw_slice(log->method, strnlen(log->method, sizeof log->method));
    unsigned class = log->status / 100;

    if (log->kind != PX_LOG_TRANSACTION)
        return;
    t->transactions[sw_method_find(method)][class < SW_TALLY_CLASSES ? class : 0]++;
    count_tries(t, log);
    if (log->location[0] != '\0')
        count_location(t, log);
    if (log->status != 0)
        sw_histogram_add(&t->transaction, log->took_us);
}

static enum sw_tally_stage stage_of(enum sw_rrtype type)
{
    switch (type) {
    case SW_RR_NAPTR:
        return SW_STAGE_ASK_NAPTR;
    case SW_RR_SRV:
        return SW_STAGE_ASK_SRV;
    case SW_RR_A:
    case SW_RR_AAAA:
    case SW_RR_CNAME:
        break;
    }
    return SW_STAGE_ASK_ADDRESS;
}

void sw_tally_answer(struct sw_tally *t, enum sw_rrtype type, const struct sw_answer *answer)
{
    t->answers[answer->outcome]++;
    sw_histogram_add(&t->stages[stage_of(type)], answer->elapsed_us);
}

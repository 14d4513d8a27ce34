/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/answer.h"

#include "adapter/clock.h"
#include "locate/health.h"

#include <time.h>

static uint64_t cpu_us(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) < 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void fill_figures(const struct sw_answering *from, struct sw_figures *f, uint64_t now_us)
{
    const struct px_core *core = sw_pump_core(from->pump);

    f->core = *px_core_counters(core);
    f->tally = *sw_pump_tally(from->pump);
    f->udp = *ad_udp_counters(from->udp);
    f->stream = *ad_stream_counters(from->stream);
    ad_udp_backlog(from->udp, &f->udp_queued_len, &f->udp_dropped);
    f->questions_open = sw_pump_question_count(from->pump);
    f->history_count = sw_history_count(sw_pump_history(from->pump));
    f->places = sw_health_count(px_core_health(core));
    f->places_penalised = sw_health_penalised_count(px_core_health(core), now_us);
    f->log_lines_dropped = ad_log_dropped_count(from->log);
    f->mail_lost = from->post == NULL ? 0 : sw_post_lost(from->post, from->worker);
    f->cpu_us = cpu_us();
}

void sw_query_answer(struct sw_query *q, const struct sw_answering *from)
{
    uint64_t now_us = ad_clock_mono_us();

    switch (q->kind) {
    case SW_QUERY_FIGURES:
        fill_figures(from, &q->figures, now_us);
        break;
    case SW_QUERY_TARGETS:
        q->json = sw_query_targets(px_core_health(sw_pump_core(from->pump)),
                                   sw_pump_history(from->pump), now_us);
        break;
    case SW_QUERY_WHY:
        q->json = sw_query_why(sw_pump_history(from->pump), sw_slice_str(q->call_id));
        break;
    }
    sw_query_return(q);
}

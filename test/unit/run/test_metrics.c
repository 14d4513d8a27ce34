/* SPDX-License-Identifier: BSD-2-Clause */
/* The text for Prometheus, and the document about it. A strict parser of somebody else's looks at
 * the real thing in test/sipp (metrics). */
#include "run/metrics.h"

#include "run/tally.h"
#include "support/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static char text[SW_METRICS_ROOM + 2 * SW_METRICS_WORKER_ROOM];
static struct sw_figures figures[2];

static const char *render(void)
{
    const struct sw_metrics_source from = {.workers = figures,
                                           .worker_count = 2,
                                           .silent_count = 1,
                                           .started_us = 1700000000250000,
                                           .loaded_us = 1700000001000001,
                                           .reloads = 3,
                                           .reloads_refused = 1,
                                           .is_draining = true};
    struct sw_buf b = sw_buf(text, sizeof text);

    sw_metrics_write(&b, &from);
    assert_false(b.overflow);
    return sw_buf_cstr(&b);
}

static void assert_has(const char *line)
{
    const char *at = strstr(text, line);

    if (at == NULL || (at != text && at[-1] != '\n'))
        print_error("missing: %s\n", line);
    assert_true(at != NULL && (at == text || at[-1] == '\n'));
}

static void workers_are_summed(void **state)
{
    (void)state;
    memset(figures, 0, sizeof figures);
    figures[0].core.requests_received = 40;
    figures[1].core.requests_received = 2;
    figures[1].core.drop_via = 3;
    figures[1].core.limit_via = 4;
    figures[0].core.transactions_open = 7;
    figures[0].cpu_us = 1500001;
    figures[1].tally.most_actions = 9;
    figures[0].places_penalised = 1;
    figures[0].mail_lost = 5;
    figures[1].mail_lost = 6;
    render();
    assert_has("sipward_requests_received_total 42\n");
    assert_has("# TYPE sipward_requests_received_total counter\n");
    assert_has("sipward_dropped_total{reason=\"via\"} 3\n");
    assert_has("sipward_limits_passed_total{reason=\"via\"} 4\n");
    assert_has("sipward_transactions_open 7\n");
    assert_has("# TYPE sipward_transactions_open gauge\n");
    assert_has("sipward_worker_cpu_seconds_total{worker=\"0\"} 1.500001\n");
    assert_has("sipward_worker_turn_actions_max{worker=\"1\"} 9\n");
    assert_has("sipward_places_penalised 1\n");
    assert_has("sipward_mail_lost_total 11\n");
    assert_has("sipward_start_time_seconds 1700000000.250000\n");
    assert_has("sipward_config_loaded_time_seconds 1700000001.000001\n");
    assert_has("sipward_draining 1\n");
    assert_has("sipward_reloads_total{result=\"applied\"} 3\n");
    assert_has("sipward_reloads_total{result=\"refused\"} 1\n");
    assert_has("sipward_workers_silent 1\n");
}

static void transactions_and_tries_are_counted_by_how_they_ended(void **state)
{
    struct px_log log = {.kind = PX_LOG_TRANSACTION,
                         .method = "INVITE",
                         .status = 486,
                         .location = "ok",
                         .located_us = 900,
                         .took_us = 3000000,
                         .try_count = 2};

    (void)state;
    memset(figures, 0, sizeof figures);
    log.tries[0] = (struct px_log_try){
        .transport = SW_TCP, .end = PX_TRY_TRANSPORT, .cause = PX_CAUSE_REFUSED};
    log.tries[1] = (struct px_log_try){.transport = SW_UDP, .end = PX_TRY_ANSWERED, .status = 486};
    sw_tally_log(&figures[0].tally, &log);
    strcpy(log.method, "PRACK");
    log.status = 0;
    log.location = "temporary";
    log.try_count = 200; /* more than the record lists */
    sw_tally_log(&figures[1].tally, &log);
    log.kind = PX_LOG_DROP;
    sw_tally_log(&figures[1].tally, &log);
    render();
    assert_has("sipward_transactions_total{method=\"INVITE\",class=\"4xx\"} 1\n");
    assert_has("sipward_transactions_total{method=\"other\",class=\"none\"} 1\n");
    assert_has("sipward_try_errors_total{transport=\"tcp\",cause=\"refused\"} 2\n");
    assert_has("sipward_tries_total{transport=\"udp\",outcome=\"answered\"} 2\n");
    assert_has("sipward_location_results_total{result=\"ok\"} 1\n");
    assert_has("sipward_location_results_total{result=\"temporary\"} 1\n");
    assert_has("sipward_location_seconds_bucket{stage=\"whole\",le=\"0.000500\"} 0\n");
    assert_has("sipward_location_seconds_bucket{stage=\"whole\",le=\"0.001000\"} 1\n");
    assert_has("sipward_location_seconds_count{stage=\"whole\"} 1\n");
    assert_has("sipward_transaction_seconds_bucket{le=\"2.500000\"} 0\n");
    assert_has("sipward_transaction_seconds_bucket{le=\"5.000000\"} 1\n");
    assert_has("sipward_transaction_seconds_sum 3.000000\n");
}

static void answers_are_counted_by_outcome_and_stage(void **state)
{
    const struct sw_answer good = {.outcome = SW_OUTCOME_RECORDS, .elapsed_us = 100};
    const struct sw_answer late = {.outcome = SW_OUTCOME_TIMEOUT, .elapsed_us = 40000000};

    (void)state;
    memset(figures, 0, sizeof figures);
    sw_tally_answer(&figures[0].tally, SW_RR_NAPTR, &good);
    sw_tally_answer(&figures[0].tally, SW_RR_AAAA, &late);
    render();
    assert_has("sipward_dns_answers_total{outcome=\"records\"} 1\n");
    assert_has("sipward_dns_answers_total{outcome=\"timeout\"} 1\n");
    assert_has("sipward_location_seconds_bucket{stage=\"naptr\",le=\"0.000100\"} 1\n");
    assert_has("sipward_location_seconds_bucket{stage=\"address\",le=\"32.000000\"} 0\n");
    assert_has("sipward_location_seconds_bucket{stage=\"address\",le=\"+Inf\"} 1\n");
}

/* Each number comes from the figure that its name says. */
static void each_family_has_its_own_figure(void **state)
{
    struct sw_figures *f = &figures[0];
    (void)state;
    memset(figures, 0, sizeof figures);
    const struct {
        const char *name;
        uint64_t *figure;
    } rows[] = {
        {"sipward_places", &f->places},
        {"sipward_places_penalised", &f->places_penalised},
        {"sipward_dns_questions_open", &f->questions_open},
        {"sipward_tls_failures_total", &f->tally.closed[PX_CAUSE_TLS]},
        {"sipward_connections_closed_total{cause=\"tls\"}", &f->tally.closed[PX_CAUSE_TLS]},
        {"sipward_connections_closed_total{cause=\"reset\"}", &f->tally.closed[PX_CAUSE_RESET]},
        {"sipward_connections_accepted_total", &f->stream.accepted},
        {"sipward_connections_opened_total", &f->stream.connected},
        {"sipward_connections_refused_total", &f->stream.refused},
        {"sipward_connections_overrun_total", &f->stream.overrun},
        {"sipward_udp_received_total", &f->udp.received},
        {"sipward_udp_sent_total", &f->udp.sent},
        {"sipward_udp_unsent_total", &f->udp.dropped},
        {"sipward_udp_returned_total", &f->udp.errors},
        {"sipward_udp_receive_queue_bytes", &f->udp_queued_len},
        {"sipward_udp_receive_dropped_total", &f->udp_dropped},
        {"sipward_events_lost_total", &f->tally.lost_events},
        {"sipward_mail_lost_total", &f->mail_lost},
        {"sipward_log_lines_dropped_total", &f->log_lines_dropped},
        {"sipward_history_transactions", &f->history_count},
        {"sipward_worker_turns_total{worker=\"0\"}", &f->tally.turns},
        {"sipward_worker_actions_total{worker=\"0\"}", &f->tally.actions},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        *rows[i].figure = 100 + i;
    render();
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char line[128];
        snprintf(line, sizeof line, "%s %" PRIu64 "\n", rows[i].name, *rows[i].figure);
        assert_has(line);
    }
    assert_has("sipward_workers 2\n");
}

static void what_no_try_or_class_has_is_not_counted_for_it(void **state)
{
    struct px_log log = {.kind = PX_LOG_TRANSACTION,
                         .method = "INVITE",
                         .status = 799, /* somebody's invention */
                         .location = "ok",
                         .located_us = 200,
                         .took_us = 200,
                         .try_count = 1};
    const struct sw_answer good = {.outcome = SW_OUTCOME_RECORDS, .elapsed_us = 100};
    struct sw_figures sum = {.tally.most_actions = 4};
    (void)state;
    memset(figures, 0, sizeof figures);
    log.tries[0] =
        (struct px_log_try){.transport = SW_UDP, .end = PX_TRY_SILENT, .cause = PX_CAUSE_CLOSED};
    sw_tally_log(&figures[0].tally, &log);
    log.took_us = 20000;
    sw_tally_log(&figures[0].tally, &log);
    sw_tally_answer(&figures[0].tally, SW_RR_SRV, &good);
    render();
    assert_has("sipward_transactions_total{method=\"INVITE\",class=\"none\"} 2\n");
    assert_has("sipward_try_errors_total{transport=\"udp\",cause=\"closed\"} 0\n");
    assert_has("sipward_tries_total{transport=\"udp\",outcome=\"timeout\"} 2\n");
    assert_has("sipward_location_seconds_count{stage=\"srv\"} 1\n");
    assert_has("sipward_location_seconds_count{stage=\"naptr\"} 0\n");
    /* Each bucket has what is in those before it, too. */
    assert_has("sipward_transaction_seconds_bucket{le=\"0.000250\"} 1\n");
    assert_has("sipward_transaction_seconds_bucket{le=\"0.025000\"} 2\n");
    figures[0].tally.most_actions = 9;
    sw_figures_add(&sum, &figures[0]);
    figures[0].tally.most_actions = 3;
    sw_figures_add(&sum, &figures[0]);
    assert_int_equal(sum.tally.most_actions, 9);
}

static char *read_document(void)
{
    FILE *f = fopen("docs/metrics.md", "r");
    char *all = calloc(1, 65536);

    assert_non_null(f);
    assert_non_null(all);
    assert_true(fread(all, 1, 65535, f) < 65535);
    fclose(f);
    return all;
}

/* Each family is a row `| name | type | help |` there, and there are no others. */
static void the_document_has_every_family(void **state)
{
    char *all = read_document();
    unsigned families = 0, rows = 0;

    (void)state;
    render();
    for (const char *at = text; (at = strstr(at, "# HELP ")) != NULL; families++) {
        char name[128], type[16], help[512], row[1024];
        int got = sscanf(at, "# HELP %127s %511[^\n]\n# TYPE %*s %15s", name, help, type);
        assert_int_equal(got, 3);
        snprintf(row, sizeof row, "| `%s` | %s | %s |\n", name, type, help);
        if (strstr(all, row) == NULL)
            print_error("docs/metrics.md lacks:\n%s", row);
        assert_non_null(strstr(all, row));
        at += 7;
    }
    for (const char *at = all; (at = strstr(at, "| `sipward_")) != NULL; at++)
        rows++;
    assert_int_equal(families, rows);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_are_summed),
        cmocka_unit_test(transactions_and_tries_are_counted_by_how_they_ended),
        cmocka_unit_test(answers_are_counted_by_outcome_and_stage),
        cmocka_unit_test(each_family_has_its_own_figure),
        cmocka_unit_test(what_no_try_or_class_has_is_not_counted_for_it),
        cmocka_unit_test(the_document_has_every_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

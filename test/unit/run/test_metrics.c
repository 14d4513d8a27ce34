/* SPDX-License-Identifier: BSD-2-Clause */
/* The text for Prometheus, and the document about it. A strict parser of somebody else's looks at
 * the real thing in test/sipp (metrics). */
#include "run/metrics.h"

#include "run/tally.h"
#include "support/check.h"

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
        cmocka_unit_test(the_document_has_every_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

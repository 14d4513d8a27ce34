/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/metrics.h"

#include "locate/plan.h"
#include "sipward/version.h"

struct writing {
    struct sw_buf *b;
    const struct sw_metrics_source *from;
    struct sw_figures sum;
    const char *name; /* of the family */
};

/* --- a sample ---------------------------------------------------------------------------- */

struct label {
    const char *name, *value; /* name NULL: none. Ours, with nothing in them to be escaped */
};

static const struct label no_label = {NULL, NULL};

static void write_label(struct sw_buf *b, const struct label *l, bool *is_first)
{
    if (l->name == NULL)
        return;
    sw_buf_char(b, *is_first ? '{' : ',');
    *is_first = false;
    sw_buf_str(b, l->name);
    sw_buf_str(b, "=\"");
    sw_buf_str(b, l->value);
    sw_buf_char(b, '"');
}

static void begin_sample(const struct writing *w, const char *suffix, struct label one,
                         struct label two)
{
    bool is_first = true;

    sw_buf_str(w->b, w->name);
    sw_buf_str(w->b, suffix);
    write_label(w->b, &one, &is_first);
    write_label(w->b, &two, &is_first);
    sw_buf_str(w->b, is_first ? " " : "} ");
}

static void write_seconds(struct sw_buf *b, uint64_t value_us)
{
    char digits[6];
    uint64_t rest = value_us % 1000000;

    for (size_t i = sizeof digits; i-- > 0; rest /= 10)
        digits[i] = (char)('0' + rest % 10);
    sw_buf_u64(b, value_us / 1000000);
    sw_buf_char(b, '.');
    sw_buf_bytes(b, digits, sizeof digits);
}

static void sample(const struct writing *w, struct label one, struct label two, uint64_t value)
{
    begin_sample(w, "", one, two);
    sw_buf_u64(w->b, value);
    sw_buf_char(w->b, '\n');
}

static void plain(const struct writing *w, uint64_t value)
{
    sample(w, no_label, no_label, value);
}

static void seconds(const struct writing *w, struct label one, uint64_t value_us)
{
    begin_sample(w, "", one, no_label);
    write_seconds(w->b, value_us);
    sw_buf_char(w->b, '\n');
}

static void histogram(const struct writing *w, struct label one, const struct sw_histogram *h)
{
    static const uint64_t bounds_us[] = SW_TALLY_BOUNDS_US;
    uint64_t so_far = 0;

    for (size_t i = 0; i < SW_TALLY_BOUNDS; i++) {
        char room[32];
        struct sw_buf bound = sw_buf(room, sizeof room);
        write_seconds(&bound, bounds_us[i]);
        so_far += h->at_most[i];
        begin_sample(w, "_bucket", one, (struct label){"le", sw_buf_cstr(&bound)});
        sw_buf_u64(w->b, so_far);
        sw_buf_char(w->b, '\n');
    }
    begin_sample(w, "_bucket", one, (struct label){"le", "+Inf"});
    sw_buf_u64(w->b, h->count);
    sw_buf_char(w->b, '\n');
    begin_sample(w, "_sum", one, no_label);
    write_seconds(w->b, h->sum_us);
    sw_buf_char(w->b, '\n');
    begin_sample(w, "_count", one, no_label);
    sw_buf_u64(w->b, h->count);
    sw_buf_char(w->b, '\n');
}

/* --- families ---------------------------------------------------------------------------- */

static void build_info(const struct writing *w)
{
    sample(w, (struct label){"version", SIPWARD_VERSION}, no_label, 1);
}

static void start_time(const struct writing *w)
{
    seconds(w, no_label, w->from->started_us);
}

static void loaded_time(const struct writing *w)
{
    seconds(w, no_label, w->from->loaded_us);
}

static void reloads(const struct writing *w)
{
    sample(w, (struct label){"result", "applied"}, no_label, w->from->reloads);
    sample(w, (struct label){"result", "refused"}, no_label, w->from->reloads_refused);
}

static void draining(const struct writing *w)
{
    plain(w, w->from->is_draining);
}

static void workers(const struct writing *w)
{
    plain(w, w->from->worker_count);
}

static void workers_silent(const struct writing *w)
{
    plain(w, w->from->silent_count);
}

/* A value for each worker. */
static void each_worker(const struct writing *w, uint64_t (*value)(const struct sw_figures *f))
{
    for (uint16_t i = 0; i < w->from->worker_count; i++) {
        char room[8];
        struct sw_buf number = sw_buf(room, sizeof room);
        sw_buf_u64(&number, i);
        sample(w, (struct label){"worker", sw_buf_cstr(&number)}, no_label,
               value(&w->from->workers[i]));
    }
}

static void worker_cpu(const struct writing *w)
{
    for (uint16_t i = 0; i < w->from->worker_count; i++) {
        char room[8];
        struct sw_buf number = sw_buf(room, sizeof room);
        sw_buf_u64(&number, i);
        seconds(w, (struct label){"worker", sw_buf_cstr(&number)}, w->from->workers[i].cpu_us);
    }
}

static uint64_t turns_of(const struct sw_figures *f)
{
    return f->tally.turns;
}

static uint64_t actions_of(const struct sw_figures *f)
{
    return f->tally.actions;
}

static uint64_t most_actions_of(const struct sw_figures *f)
{
    return f->tally.most_actions;
}

static void worker_turns(const struct writing *w)
{
    each_worker(w, turns_of);
}

static void worker_actions(const struct writing *w)
{
    each_worker(w, actions_of);
}

static void worker_most_actions(const struct writing *w)
{
    each_worker(w, most_actions_of);
}

static void transactions(const struct writing *w)
{
    static const char *const classes[SW_TALLY_CLASSES] = {"none", "1xx", "2xx", "3xx",
                                                          "4xx",  "5xx", "6xx"};

    for (unsigned m = 0; m < SW_TALLY_METHODS; m++) {
        const char *name = m == SW_METHOD_OTHER ? "other" : sw_method_name((enum sw_method)m);
        for (unsigned c = 0; c < SW_TALLY_CLASSES; c++)
            if (c != 1) /* a provisional response ends nothing */
                sample(w, (struct label){"method", name}, (struct label){"class", classes[c]},
                       w->sum.tally.transactions[m][c]);
    }
}

static void transaction_time(const struct writing *w)
{
    histogram(w, no_label, &w->sum.tally.transaction);
}

static void locations(const struct writing *w)
{
    for (unsigned r = SW_RESULT_OK; r < SW_TALLY_RESULTS; r++)
        sample(w, (struct label){"result", sw_result_name((enum sw_result)r)}, no_label,
               w->sum.tally.locations[r]);
}

static void location_time(const struct writing *w)
{
    static const char *const names[] = {
#define X(constant, name) name,
        SW_TALLY_STAGES(X)
#undef X
    };

    for (unsigned s = 0; s < SW_STAGE_COUNT; s++)
        histogram(w, (struct label){"stage", names[s]}, &w->sum.tally.stages[s]);
}

static void tries(const struct writing *w)
{
    for (unsigned t = 0; t < SW_TRANSPORT_COUNT; t++)
        for (unsigned e = PX_TRY_OPEN; e < SW_TALLY_ENDS; e++)
            sample(w, (struct label){"transport", sw_transport_row((enum sw_transport)t)->name},
                   (struct label){"outcome", px_try_end_name((enum px_try_end)e)},
                   w->sum.tally.tries[t][e]);
}

static void try_errors(const struct writing *w)
{
    for (unsigned t = 0; t < SW_TRANSPORT_COUNT; t++)
        for (unsigned c = 0; c < SW_TALLY_CAUSES; c++)
            sample(w, (struct label){"transport", sw_transport_row((enum sw_transport)t)->name},
                   (struct label){"cause", px_cause_name((enum px_cause)c)},
                   w->sum.tally.try_causes[t][c]);
}

static void dns_answers(const struct writing *w)
{
    for (unsigned o = 0; o < SW_TALLY_OUTCOMES; o++)
        sample(w, (struct label){"outcome", sw_outcome_name((enum sw_outcome)o)}, no_label,
               w->sum.tally.answers[o]);
}

static void connections_closed(const struct writing *w)
{
    for (unsigned c = 0; c < SW_TALLY_CAUSES; c++)
        sample(w, (struct label){"cause", px_cause_name((enum px_cause)c)}, no_label,
               w->sum.tally.closed[c]);
}

/* The core's counters by the prefix of their names: X(name, help) rows are the reasons. */
static void reasons(const struct writing *w, const char *prefix)
{
    size_t len = strlen(prefix);
#define X(name, help)                                                                              \
    if (strncmp(#name, prefix, len) == 0)                                                          \
        sample(w, (struct label){"reason", &#name[len]}, no_label, w->sum.core.name);
    PX_COUNTERS(X)
#undef X
}

static void dropped(const struct writing *w)
{
    reasons(w, "drop_");
}

static void limits_passed(const struct writing *w)
{
    reasons(w, "limit_");
}

static void refused(const struct writing *w)
{
    reasons(w, "refused_");
}

/* --- the table --------------------------------------------------------------------------- */

#define COUNTER "counter"
#define GAUGE "gauge"
#define HISTOGRAM "histogram"

static const struct metric {
    const char *name, *type;
    void (*write)(const struct writing *w);
    const char *help;
} metrics[] = {
    {"sipward_build_info", GAUGE, build_info, "Always 1; the version is the label."},
    {"sipward_start_time_seconds", GAUGE, start_time,
     "When the process began, in seconds since 1970."},
    {"sipward_config_loaded_time_seconds", GAUGE, loaded_time,
     "When the configuration in force was read, in seconds since 1970."},
    {"sipward_reloads_total", COUNTER, reloads,
     "Reloads of the configuration, by what they came to."},
    {"sipward_draining", GAUGE, draining, "1 while no new transactions are taken."},
    {"sipward_workers", GAUGE, workers, "Threads that forward."},
    {"sipward_workers_silent", GAUGE, workers_silent,
     "Workers that did not answer in time: their part of the figures is the last one known."},
    {"sipward_worker_cpu_seconds_total", COUNTER, worker_cpu,
     "Time the worker's thread was busy: its rate is the worker's load, 1 being all of it."},
    {"sipward_worker_turns_total", COUNTER, worker_turns, "Turns of the worker's loop."},
    {"sipward_worker_actions_total", COUNTER, worker_actions,
     "Datagrams, writes, questions and log lines the worker had to do."},
    {"sipward_worker_turn_actions_max", GAUGE, worker_most_actions,
     "The most of these that stood in line in one turn so far."},
    {"sipward_transactions_total", COUNTER, transactions,
     "Requests that were dealt with, by method and by the class of the final response sent; "
     "without "
     "those refused for overload."},
    {"sipward_transaction_seconds", HISTOGRAM, transaction_time,
     "From a request to its final response."},
    {"sipward_refused_total", COUNTER, refused, "Requests refused by the proxy itself."},
    {"sipward_dropped_total", COUNTER, dropped, "Messages and connections dropped."},
    {"sipward_limits_passed_total", COUNTER, limits_passed,
     "Messages and connections beyond a limit: refused, dropped or ended."},
    {"sipward_location_results_total", COUNTER, locations,
     "Locations of requests, by what they came to."},
    {"sipward_location_seconds", HISTOGRAM, location_time,
     "Time of a location: whole, from the request to its first candidate, and of its questions."},
    {"sipward_tries_total", COUNTER, tries, "Candidates tried, by transport and how it ended."},
    {"sipward_try_errors_total", COUNTER, try_errors,
     "Tries that ended with an error of the transport, by what it was."},
    {"sipward_dns_answers_total", COUNTER, dns_answers, "Answers of the resolver, by outcome."},
    {"sipward_connections_closed_total", COUNTER, connections_closed,
     "Connections that ended from outside or could not be opened, by cause."},
};

#define AT(member) offsetof(struct sw_figures, member)

/* Families of one sample: a member of the sum over all workers. */
static const struct number {
    const char *name, *type, *help;
    size_t at;
} numbers[] = {
    {"sipward_places", GAUGE, "Addresses whose health is remembered.", AT(places)},
    {"sipward_places_penalised", GAUGE, "Those of them that stand behind the healthy ones now.",
     AT(places_penalised)},
    {"sipward_dns_questions_open", GAUGE, "Questions under way.", AT(questions_open)},
    {"sipward_tls_failures_total", COUNTER,
     "Connections that ended with a failure of TLS: the handshake, or the identity.",
     AT(tally.closed[PX_CAUSE_TLS])},
    {"sipward_connections_accepted_total", COUNTER, "Connections accepted.", AT(stream.accepted)},
    {"sipward_connections_opened_total", COUNTER, "Connections opened by us.",
     AT(stream.connected)},
    {"sipward_connections_refused_total", COUNTER,
     "Connections closed at once, since there were too many.", AT(stream.refused)},
    {"sipward_connections_overrun_total", COUNTER,
     "Connections closed since the peer did not read.", AT(stream.overrun)},
    {"sipward_udp_received_total", COUNTER, "Datagrams received.", AT(udp.received)},
    {"sipward_udp_sent_total", COUNTER, "Datagrams sent.", AT(udp.sent)},
    {"sipward_udp_unsent_total", COUNTER, "Datagrams not sent, since the kernel had no room.",
     AT(udp.dropped)},
    {"sipward_udp_returned_total", COUNTER, "Datagrams the network could not deliver (ICMP).",
     AT(udp.errors)},
    {"sipward_udp_receive_queue_bytes", GAUGE,
     "What waits in the kernel to be read, as the kernel accounts for it.", AT(udp_queued_len)},
    {"sipward_udp_receive_dropped_total", COUNTER,
     "Datagrams the kernel dropped, since we did not read them in time.", AT(udp_dropped)},
    {"sipward_events_lost_total", COUNTER, "Events lost for want of memory.",
     AT(tally.lost_events)},
    {"sipward_mail_lost_total", COUNTER,
     "Messages and news that a worker handed to another one and that its mailbox had no room for.",
     AT(mail_lost)},
    {"sipward_log_lines_dropped_total", COUNTER,
     "Lines left out of the log: over the rate, or nobody read them.", AT(log_lines_dropped)},
    {"sipward_history_transactions", GAUGE, "Transactions kept for sipward ctl why.",
     AT(history_count)},
};

static void write_head(struct writing *w, const char *name, const char *type, const char *help)
{
    w->name = name;
    sw_buf_str(w->b, "# HELP ");
    sw_buf_str(w->b, name);
    sw_buf_char(w->b, ' ');
    sw_buf_str(w->b, help);
    sw_buf_str(w->b, "\n# TYPE ");
    sw_buf_str(w->b, name);
    sw_buf_char(w->b, ' ');
    sw_buf_str(w->b, type);
    sw_buf_char(w->b, '\n');
}

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* A counter of the core that has no family of its own above: "locations" is
 * sipward_locations_total, "transactions_open" the gauge sipward_transactions_open. */
static void write_core(struct writing *w, const char *counter, const char *help, uint64_t value)
{
    char room[96];
    struct sw_buf name = sw_buf(room, sizeof room);
    bool is_gauge = ends_in(counter, "_open");

    if (strncmp(counter, "drop_", 5) == 0 || strncmp(counter, "refused_", 8) == 0 ||
        strncmp(counter, "limit_", 6) == 0)
        return;
    sw_buf_str(&name, "sipward_");
    sw_buf_str(&name, counter);
    sw_buf_str(&name, is_gauge ? "" : "_total");
    write_head(w, sw_buf_cstr(&name), is_gauge ? GAUGE : COUNTER, help);
    plain(w, value);
}

void sw_metrics_write(struct sw_buf *b, const struct sw_metrics_source *from)
{
    struct writing w = {.b = b, .from = from};

    for (uint16_t i = 0; i < from->worker_count; i++)
        sw_figures_add(&w.sum, &from->workers[i]);
    for (size_t i = 0; i < SW_ARRAY_LEN(metrics); i++) {
        write_head(&w, metrics[i].name, metrics[i].type, metrics[i].help);
        metrics[i].write(&w);
    }
    for (size_t i = 0; i < SW_ARRAY_LEN(numbers); i++) {
        const void *value = (const char *)&w.sum + numbers[i].at;
        write_head(&w, numbers[i].name, numbers[i].type, numbers[i].help);
        plain(&w, *(const uint64_t *)value);
    }
#define X(name, help) write_core(&w, #name, help, w.sum.core.name);
    PX_COUNTERS(X)
#undef X
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/log_text.h"

#include "locate/transport.h"

enum {
    TEXT_MAX = 1024,             /* octets of a text; the rest is cut */
    VALUE_MAX = 4 * TEXT_MAX + 1 /* an octet is \DDD at worst */
};

struct ad_log_text ad_log_text(char *room, size_t cap, enum ad_log_format format)
{
    struct ad_log_text t = {.b = sw_buf(room, cap), .format = format};

    if (format == AD_LOG_JSON)
        sw_buf_char(&t.b, '{');
    return t;
}

/* ` key=` or `,"key":`; keys are ours and need no escape. */
static void begin_field(struct ad_log_text *t, const char *key)
{
    bool is_json = t->format == AD_LOG_JSON;

    if (t->has_field)
        sw_buf_char(&t->b, is_json ? ',' : ' ');
    t->has_field = true;
    if (is_json)
        sw_buf_char(&t->b, '"');
    sw_buf_bytes(&t->b, key, strlen(key));
    if (is_json)
        sw_buf_char(&t->b, '"');
    sw_buf_char(&t->b, is_json ? ':' : '=');
}

/* It may stand between blanks as it is: most values may. */
static bool is_bare(struct sw_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' || s.p[i] == '=' || s.p[i] == '\\')
            return false;
    return s.len > 0 && s.len <= TEXT_MAX;
}

/* After escaping, only the backslash is left that JSON must have escaped too. */
static void add_json_string(struct sw_buf *b, struct sw_slice s)
{
    sw_buf_char(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '\\')
            sw_buf_char(b, '\\');
        sw_buf_char(b, s.p[i]);
    }
    sw_buf_char(b, '"');
}

static void add_logfmt_value(struct sw_buf *b, struct sw_slice s)
{
    bool is_quoted =
        s.len == 0 || sw_slice_find(s, ' ') != SIZE_MAX || sw_slice_find(s, '=') != SIZE_MAX;

    if (is_quoted)
        sw_buf_char(b, '"');
    sw_buf_slice_add(b, s);
    if (is_quoted)
        sw_buf_char(b, '"');
}

static void add_value(struct ad_log_text *t, struct sw_slice value)
{
    char room[VALUE_MAX];
    struct sw_buf escaped = sw_buf(room, sizeof room);

    if (t->format == AD_LOG_LOGFMT && is_bare(value)) {
        sw_buf_slice_add(&t->b, value);
        return;
    }
    sw_buf_escaped(&escaped, sw_slice_sub(value, 0, TEXT_MAX));
    if (t->format == AD_LOG_JSON)
        add_json_string(&t->b, sw_buf_slice(&escaped));
    else
        add_logfmt_value(&t->b, sw_buf_slice(&escaped));
}

void ad_log_text_field(struct ad_log_text *t, const char *key, struct sw_slice value)
{
    begin_field(t, key);
    add_value(t, value);
}

void ad_log_text_number(struct ad_log_text *t, const char *key, uint64_t value)
{
    begin_field(t, key);
    sw_buf_u64(&t->b, value);
}

/* Exactly so many digits, zeros in front. */
static void add_digits(struct sw_buf *b, uint64_t value, unsigned digits)
{
    char room[8];

    for (unsigned i = digits; i-- > 0; value /= 10)
        room[i] = (char)('0' + value % 10);
    sw_buf_bytes(b, room, digits);
}

static void add_ms(struct sw_buf *b, uint64_t value_us)
{
    sw_buf_u64(b, value_us / 1000);
    sw_buf_char(b, '.');
    add_digits(b, value_us % 1000, 3);
}

void ad_log_text_ms(struct ad_log_text *t, const char *key, uint64_t value_us)
{
    begin_field(t, key);
    add_ms(&t->b, value_us);
}

struct civil_date {
    uint64_t year, month, day;
};

/* Days since 1970-01-01 in the Gregorian calendar. Years here begin in March, so that the leap day
 * is their last one: day 0 is 0000-03-01, 719468 days before 1970, and 400 years have 146097. */
static struct civil_date date_of(uint64_t days)
{
    days += 719468;
    uint64_t era = days / 146097, in_era = days % 146097;
    uint64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    uint64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    uint64_t march_month = (5 * in_year + 2) / 153;
    uint64_t month = march_month < 10 ? march_month + 3 : march_month - 9;

    return (struct civil_date){.year = year + era * 400 + (month <= 2 ? 1 : 0),
                               .month = month,
                               .day = in_year - (153 * march_month + 2) / 5 + 1};
}

void ad_log_text_time(struct ad_log_text *t, const char *key, uint64_t wall_us)
{
    char room[32];
    struct sw_buf b = sw_buf(room, sizeof room);
    uint64_t seconds = wall_us / 1000000, in_day = seconds % 86400;
    struct civil_date date = date_of(seconds / 86400);

    add_digits(&b, date.year, 4);
    sw_buf_char(&b, '-');
    add_digits(&b, date.month, 2);
    sw_buf_char(&b, '-');
    add_digits(&b, date.day, 2);
    sw_buf_char(&b, 'T');
    add_digits(&b, in_day / 3600, 2);
    sw_buf_char(&b, ':');
    add_digits(&b, in_day / 60 % 60, 2);
    sw_buf_char(&b, ':');
    add_digits(&b, in_day % 60, 2);
    sw_buf_char(&b, '.');
    add_digits(&b, wall_us / 1000 % 1000, 3);
    sw_buf_char(&b, 'Z');
    ad_log_text_field(t, key, sw_buf_slice(&b));
}

static void add_hop(struct sw_buf *b, enum sw_transport transport, const struct sw_endpoint *e)
{
    sw_buf_str(b, sw_transport_row(transport)->name);
    sw_buf_char(b, ':');
    sw_endpoint_write(b, e);
}

static struct sw_slice cut_text(const char *text, size_t cap)
{
    return sw_slice(text, strnlen(text, cap));
}

/* It is escaped already, and has no quote. */
static void add_detail(struct sw_buf *b, struct sw_slice detail)
{
    if (detail.len == 0)
        return;
    sw_buf_str(b, " (");
    sw_buf_slice_add(b, detail);
    sw_buf_char(b, ')');
}

/* What a person wants to know of a try in one word: the status, or what went wrong. */
static void add_try_end(struct sw_buf *b, const struct px_log_try *try)
{
    switch (try->end) {
    case PX_TRY_ANSWERED:
    case PX_TRY_STATUS:
        sw_buf_u64(b, try->status);
        return;
    case PX_TRY_TRANSPORT:
        sw_buf_str(b, px_cause_name(try->cause));
        add_detail(b, try->detail);
        return;
    case PX_TRY_OPEN:
    case PX_TRY_SILENT:
    case PX_TRY_CANCELLED:
    case PX_TRY_OUTRUN:
        sw_buf_str(b, px_try_end_name(try->end));
        return;
    }
}

/* `tcp:127.0.0.11:5060 server1.vocal.com refused 0.312ms`, joined by `; ` */
static void add_tries_logfmt(struct ad_log_text *t, const struct px_log *log, size_t count)
{
    begin_field(t, "tries");
    sw_buf_char(&t->b, '"');
    for (size_t i = 0; i < count; i++) {
        const struct px_log_try *try = &log->tries[i];
        if (i > 0)
            sw_buf_str(&t->b, "; ");
        add_hop(&t->b, try->transport, &try->endpoint);
        sw_buf_char(&t->b, ' ');
        if (try->host[0] != '\0') {
            sw_buf_escaped(&t->b, cut_text(try->host, sizeof try->host));
            sw_buf_char(&t->b, ' ');
        }
        add_try_end(&t->b, try);
        sw_buf_char(&t->b, ' ');
        add_ms(&t->b, try->took_us);
        sw_buf_str(&t->b, "ms");
    }
    sw_buf_char(&t->b, '"');
}

static void add_try_json(struct ad_log_text *t, const struct px_log_try *try)
{
    char room[64];
    struct sw_buf addr = sw_buf(room, sizeof room);

    t->has_field = false;
    sw_buf_char(&t->b, '{');
    ad_log_text_field(t, "transport", sw_slice_str(sw_transport_row(try->transport)->name));
    sw_netaddr_write(&addr, &try->endpoint.addr);
    ad_log_text_field(t, "address", sw_buf_slice(&addr));
    ad_log_text_number(t, "port", try->endpoint.port);
    ad_log_text_field(t, "host", cut_text(try->host, sizeof try->host));
    ad_log_text_field(t, "end", sw_slice_str(px_try_end_name(try->end)));
    if (try->status != 0)
        ad_log_text_number(t, "status", try->status);
    if (try->end == PX_TRY_TRANSPORT)
        ad_log_text_field(t, "cause", sw_slice_str(px_cause_name(try->cause)));
    if (try->end == PX_TRY_TRANSPORT && try->detail.len > 0)
        ad_log_text_field(t, "detail", try->detail);
    ad_log_text_ms(t, "at_ms", try->started_us);
    ad_log_text_ms(t, "ms", try->took_us);
    sw_buf_char(&t->b, '}');
}

static void add_tries_json(struct ad_log_text *t, const struct px_log *log, size_t count)
{
    begin_field(t, "tries");
    sw_buf_char(&t->b, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            sw_buf_char(&t->b, ',');
        add_try_json(t, &log->tries[i]);
    }
    sw_buf_char(&t->b, ']');
    t->has_field = true;
}

void ad_log_text_transaction(struct ad_log_text *t, const struct px_log *log)
{
    char room[64];
    struct sw_buf source = sw_buf(room, sizeof room);
    size_t count = log->try_count < PX_LOG_TRIES_MAX ? log->try_count : PX_LOG_TRIES_MAX;

    if (log->kind == PX_LOG_BID_DOWN) {
        ad_log_text_field(t, "domain", cut_text(log->domain, sizeof log->domain));
        ad_log_text_field(t, "reason", sw_slice_str(log->reason));
        return;
    }
    if (log->kind == PX_LOG_LOAD) {
        ad_log_text_number(t, "refused", log->refused_count);
        ad_log_text_field(t, "reason", sw_slice_str(log->reason));
        return;
    }
    add_hop(&source, log->source_transport, &log->source);
    ad_log_text_field(t, "source", sw_buf_slice(&source));
    ad_log_text_field(t, "method", cut_text(log->method, sizeof log->method));
    ad_log_text_field(t, "domain", cut_text(log->domain, sizeof log->domain));
    ad_log_text_field(t, "call_id", cut_text(log->call_id, sizeof log->call_id));
    if (log->kind == PX_LOG_DROP) {
        ad_log_text_field(t, "reason", sw_slice_str(log->reason));
        return;
    }
    ad_log_text_number(t, "status", log->status);
    ad_log_text_field(t, "location", sw_slice_str(log->location));
    ad_log_text_field(t, "reason", sw_slice_str(log->reason));
    ad_log_text_ms(t, "ms", log->took_us);
    ad_log_text_ms(t, "located_ms", log->located_us);
    ad_log_text_number(t, "try_count", log->try_count);
    if (t->format == AD_LOG_JSON)
        add_tries_json(t, log, count);
    else if (count > 0)
        add_tries_logfmt(t, log, count);
}

struct sw_slice ad_log_text_end(struct ad_log_text *t)
{
    sw_buf_str(&t->b, t->format == AD_LOG_JSON ? "}\n" : "\n");
    return t->b.overflow ? (struct sw_slice){0} : sw_buf_slice(&t->b);
}

const char *ad_log_level_name(enum ad_log_level level)
{
    static const char *const names[] = {
#define X(constant, name) [constant] = name,
        AD_LOG_LEVELS(X)
#undef X
    };

    return names[level];
}

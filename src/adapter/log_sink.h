/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where log lines go: one line an event, as logfmt or as JSON, to a file or to standard error.
 *
 *     ad_log_open(&log, &conf);
 *     ad_log_line(log, &(struct ad_log_head){AD_LOG_INFO, "ready", wall_us}, fields, count);
 *     ad_log_transaction(log, &px_log, wall_us);
 *     ad_log_flush(log);                       // once a turn of the loop
 *
 * Writing never waits: lines are collected and handed over when the receiver can take them. Lines
 * over the rate, or that find no room since nobody reads, are left out, and how many those were is
 * said in a line of its own as soon as there is room again. Text of strangers is escaped (locating
 * rule H6). Time is handed in.
 *
 * Owns: its descriptor (not standard error) and one buffer. Thread: one at a time.
 */
#ifndef SW_ADAPTER_LOG_SINK_H
#define SW_ADAPTER_LOG_SINK_H

#include "adapter/log_text.h"
#include "base/attr.h"
#include "base/err.h"

struct ad_log;

struct ad_log_conf {
    enum ad_log_level level;
    enum ad_log_format format;
    const char *file;     /* copied; NULL: standard error */
    uint32_t lines_per_s; /* above it lines are left out; 0: no limit. Errors always pass. */
};

/* What opens every line. */
struct ad_log_head {
    enum ad_log_level level;
    const char *event; /* stable, "ready" */
    uint64_t wall_us;
};

struct ad_log_field {
    const char *key;
    enum { AD_LOG_TEXT, AD_LOG_NUMBER } kind;
    struct sw_slice text; /* not escaped */
    uint64_t number;
};

#define AD_LOG_TEXT_FIELD(key, slice) ((struct ad_log_field){(key), AD_LOG_TEXT, (slice), 0})
#define AD_LOG_NUMBER_FIELD(key, value)                                                            \
    ((struct ad_log_field){(key), AD_LOG_NUMBER, {NULL, 0}, (value)})

/** @retval 0, SW_E_NOMEM, SW_E_FILE (errno says why) */
SW_MUST_USE int ad_log_open(struct ad_log **out, const struct ad_log_conf *conf);
/* Open the file again under its name, after it was moved away; on failure the old one stays.
 * @retval 0, SW_E_FILE (errno says why) */
SW_MUST_USE int ad_log_reopen(struct ad_log *log);
/* Writes out what it can without waiting for more than a second. NULL is allowed. */
void ad_log_close(struct ad_log *log);

/* Nothing is done for a level that is not wanted. */
void ad_log_line(struct ad_log *log, const struct ad_log_head *head,
                 const struct ad_log_field *fields, size_t field_count);
/* The one line of a transaction (info), of a message that was dropped (debug), or of a domain that
 * offers no SIPS any more (warn). */
void ad_log_transaction(struct ad_log *log, const struct px_log *px, uint64_t wall_us);

/* Write lines of this level and graver ones from now on. */
void ad_log_set_level(struct ad_log *log, enum ad_log_level level);
/* Hand over what the receiver takes at once. */
void ad_log_flush(struct ad_log *log);
/* Something is left that the receiver did not take: flush again soon. */
bool ad_log_is_waiting(const struct ad_log *log);
/* Lines left out so far. */
uint64_t ad_log_dropped_count(const struct ad_log *log);

#endif

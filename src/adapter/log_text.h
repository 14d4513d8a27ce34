/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of one log line, as logfmt or as JSON; both carry the same fields in the same order.
 *
 *     struct ad_log_text t = ad_log_text(room, sizeof room, AD_LOG_JSON);
 *     ad_log_text_field(&t, "ev", SW_LIT("ready"));
 *     line = ad_log_text_end(&t);
 *
 * Text of strangers comes out as printable ASCII (locating rule H6).
 */
#ifndef SW_ADAPTER_LOG_TEXT_H
#define SW_ADAPTER_LOG_TEXT_H

#include "base/buf.h"
#include "proxy/port.h"

/* X(constant, name) */
#define AD_LOG_LEVELS(X)                                                                           \
    X(AD_LOG_ERROR, "error") /* a human must act */                                                \
    X(AD_LOG_WARN, "warn")   /* degraded */                                                        \
    X(AD_LOG_INFO, "info")   /* life cycle, transactions */                                        \
    X(AD_LOG_DEBUG, "debug") /* dropped messages */

enum ad_log_level {
#define X(constant, name) constant,
    AD_LOG_LEVELS(X)
#undef X
};

enum ad_log_format { AD_LOG_LOGFMT, AD_LOG_JSON };

struct ad_log_text {
    struct sw_buf b;
    enum ad_log_format format;
    bool has_field;
};

/* Begin a line in the room given. */
struct ad_log_text ad_log_text(char *room, size_t cap, enum ad_log_format format);
/* A text. */
void ad_log_text_field(struct ad_log_text *t, const char *key, struct sw_slice value);
/* A whole number. */
void ad_log_text_number(struct ad_log_text *t, const char *key, uint64_t value);
/* Microseconds, written as milliseconds with three decimals. */
void ad_log_text_ms(struct ad_log_text *t, const char *key, uint64_t value_us);
/* A time since 1970 as RFC 3339 has it, in UTC. */
void ad_log_text_time(struct ad_log_text *t, const char *key, uint64_t wall_us);
/* Everything the proxy core says about a transaction, or a dropped message. */
void ad_log_text_transaction(struct ad_log_text *t, const struct px_log *log);
/* The line with its end; empty when the room did not suffice. Valid as long as the room. */
struct sw_slice ad_log_text_end(struct ad_log_text *t);

/* "info". Static. */
const char *ad_log_level_name(enum ad_log_level level);

#endif

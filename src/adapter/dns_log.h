/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libunbound has to say. It tells why a zone file, an anchor or an answer is bad in its log
 * only, and its log is one for the process, standard error by default. Here it is led into a
 * buffer of the thread that logs, where the caller of the failing function finds it.
 */
#ifndef SW_ADAPTER_DNS_LOG_H
#define SW_ADAPTER_DNS_LOG_H

#include "base/slice.h"

struct ub_ctx;

/* Lead the log into the buffers; call it for each new context, under the lock that contexts are
 * made under. Without memory for it the log is switched off. */
void ad_dns_log_attach(struct ub_ctx *ctx);

/* Forget what this thread has logged. */
void ad_dns_log_clear(void);

/* Texts of this thread's errors since ad_dns_log_clear(), without time stamp and newline, cut at
 * 512 octets: the first, which tells most where one failure leads to others, and the last. Empty
 * when there is none. Valid until the thread calls libunbound again. */
struct sw_slice ad_dns_log_first(void);
struct sw_slice ad_dns_log_last(void);

#endif

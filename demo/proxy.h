/* SPDX-License-Identifier: BSD-2-Clause */
/* sipwardd as a child of the demonstration: its configuration, its start and end, its log. */
#ifndef DEMO_PROXY_H
#define DEMO_PROXY_H

#include "base/netaddr.h"

#include <stddef.h>
#include <sys/types.h>

struct demo_proxy {
    const char *program, *zone; /* files; borrowed */
    char config[64];            /* file; empty: none was written */
    pid_t pid;                  /* 0: not running */
    int log_fd;
    struct sw_endpoint at;
    char log[1 << 16]; /* what was read and not yet taken */
    size_t log_len;
};

enum { DEMO_TRIES_MAX = 8 };

struct demo_try {
    char host[64];
    char end[32];   /* "answered", "timeout", "transport-error", ... */
    char cause[32]; /* "refused"; empty without */
    unsigned status;
    double at_ms, ms;
};

struct demo_log { /* one transaction, as the proxy tells it */
    unsigned status;
    double located_ms, ms;
    struct demo_try tries[DEMO_TRIES_MAX];
    size_t try_count;
};

/* Write the configuration, start the program and wait until it says that it is ready; false with a
 * sentence on standard error. */
bool demo_proxy_start(struct demo_proxy *p, unsigned seed);
/* End it at once. */
void demo_proxy_stop(struct demo_proxy *p);
/* Wait for the log line of a call's INVITE; false with a sentence on standard error. */
bool demo_proxy_log(struct demo_proxy *p, const char *call_id, struct demo_log *out);

#endif

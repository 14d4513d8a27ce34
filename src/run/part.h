/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One worker's part of a configuration: all that it exchanges at once for what it had (decision
 * 0014). Made by the first thread, immutable for the core once the worker has it; what it carries
 * for the worker - sockets, a resolver, a TLS context - the worker takes out of it.
 *
 *     sw_part_new(&part, &args, &error);
 *     sw_worker_switch(worker, part);          // or sw_worker_new(), for the first one
 *     ... when sw_worker_switches() says so: the one before is nobody's any more ...
 *     sw_part_free(before);
 *
 * Thread: made and freed by the first one.
 */
#ifndef SW_RUN_PART_H
#define SW_RUN_PART_H

#include "adapter/sources.h"
#include "run/places.h"
#include "run/resolver.h"
#include "run/settings.h"
#include "run/sockets.h"

struct ad_loop;

struct sw_part {
    struct sw_settings *settings; /* a reference */
    struct px_conf conf; /* the settings' one: places, this worker's limits, our addresses */
    struct sw_netaddr sources[AD_SOURCES_MAX];
    int fds[PX_LISTENERS_MAX]; /* of new listeners; -1: none */
    uint64_t uncounted;        /* bit n: what waits in that socket is another worker's to count */
    struct sw_resolver *resolver; /* NULL: the one before goes on */
    struct ad_tls *tls;           /* NULL: nothing over TLS; after the switch the one before */
};

struct sw_part_args {
    struct sw_settings *settings; /* a reference is taken */
    const struct sw_places *places;
    struct ad_loop *loop; /* the worker's, for a new resolver; NULL: none is wanted */
    bool reads_certificates;
};

/**
 * Make a part; its sockets are still missing.
 * @param[out] error  written on failure.
 * @retval 0, SW_E_NOMEM, SW_E_FILE, SW_E_ZONE, SW_E_RESOLVER
 */
SW_MUST_USE int sw_part_new(struct sw_part **out, const struct sw_part_args *args,
                            struct sw_worker_error *error);
/* Give it a worker's share of the sockets. */
void sw_part_take_sockets(struct sw_part *part, struct sw_sockets *sockets, uint16_t worker);
/* With what is still in it. NULL is allowed. */
void sw_part_free(struct sw_part *part);

#endif

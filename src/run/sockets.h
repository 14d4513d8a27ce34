/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sockets of new listeners, one for each worker, opened before anybody knows of them: when one
 * cannot be had, all are closed again, and nothing has happened.
 *
 *     sw_sockets_open(&sockets, &args, &error);
 *     fd = sw_sockets_take(sockets, worker, place);    // -1: it needs none
 *     sw_sockets_free(sockets);                        // closes what nobody took
 *
 * Thread: the first one.
 */
#ifndef SW_RUN_SOCKETS_H
#define SW_RUN_SOCKETS_H

#include "adapter/activation.h"
#include "run/places.h"

struct sw_sockets;

struct sw_worker_error {
    char text[384]; /* "udp 127.0.0.1:5060: address already in use" */
};

struct sw_sockets_args {
    const struct sw_places *places; /* those of its bits `fresh` are opened */
    uint16_t worker_count;
    const struct ad_activation *passed; /* sockets of the service manager's are used first */
    bool were_away; /* nobody read from these of late: what waits in them is thrown away */
};

/**
 * Open the sockets.
 * @param[out] error  written on failure.
 * @retval 0, SW_E_ADDR_IN_USE, SW_E_SYSTEM, SW_E_NOMEM
 */
SW_MUST_USE int sw_sockets_open(struct sw_sockets **out, const struct sw_sockets_args *args,
                                struct sw_worker_error *error);
/* NULL is allowed, and has none. */
int sw_sockets_take(struct sw_sockets *s, uint16_t worker, uint16_t place);
/* Bit n: that worker has place n's socket in common with others, and another one of them counts
 * what waits in it. NULL is allowed. */
uint64_t sw_sockets_uncounted(const struct sw_sockets *s, uint16_t worker);
void sw_sockets_free(struct sw_sockets *s); /* NULL is allowed */

/* Write "udp 127.0.0.1:5060: why". */
void sw_listener_complain(const struct px_listener *l, const char *why,
                          struct sw_worker_error *error);

#endif

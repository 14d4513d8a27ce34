/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where each listener stands in the table that all workers have: connections, transactions and
 * messages between workers name listeners by their places, so one keeps its place as long as it is
 * there, whatever the configuration file does with its line.
 *
 *     sw_places_next(&next, &now, &settings->proxy);   // what a new file makes of the table
 *     open sockets for the bits of next.fresh;
 *     sw_places_give(&next, &conf);                    // for each worker's core
 *     ...
 *     sw_places_vacate(&next, unused);                 // those that left are gone
 *
 * A value. Thread: any.
 */
#ifndef SW_RUN_PLACES_H
#define SW_RUN_PLACES_H

#include "proxy/conf.h"

struct sw_places {
    struct px_listener at[PX_LISTENERS_MAX]; /* family 0: nobody */
    uint8_t ranks[PX_LISTENERS_MAX];         /* its line in the file */
    uint16_t count;                          /* places up to the last one that is taken */
    uint64_t leaving;                        /* a bit each: in the file no more, but still used */
    uint64_t fresh;                          /* a bit each: without a socket that reads for it */
};

/**
 * @param now     the table in force; a cleared one before the first.
 * @param wanted  its listeners, in the order of the file.
 * @retval 0
 * @retval SW_E_LIMIT  so many are still leaving that there is no place for the new ones.
 */
SW_MUST_USE int sw_places_next(struct sw_places *out, const struct sw_places *now,
                               const struct px_conf *wanted);
/* Nobody uses these any more, of those that are leaving. */
void sw_places_vacate(struct sw_places *p, uint64_t unused);
/* Write the table into a core's configuration. */
void sw_places_give(const struct sw_places *p, struct px_conf *conf);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A real authority on loopback: nsd with zones from text, in a folder that goes away, as the user
 * the test runs as.
 *
 *     static const struct nsd_zone zones[] = {{"d.t", "$ORIGIN d.t.\n@ SOA ..."}};
 *     struct nsd n;
 *     nsd_start(&n, 0, zones, 1);
 *     ... ask 127.0.0.1 port n.port ...
 *     nsd_stop(&n);
 */
#ifndef TEST_SUPPORT_NSD_H
#define TEST_SUPPORT_NSD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct nsd_zone {
    const char *origin; /* without the trailing dot */
    const char *text;   /* a master file with SOA and NS; NULL: `path` */
    const char *path;   /* a file that is there */
};

struct nsd {
    pid_t pid;
    uint16_t port;
};

/* port 0: a free one. Returns when it answers; ends the program when it does not within 10 s. */
void nsd_start(struct nsd *n, uint16_t port, const struct nsd_zone *zones, size_t zone_count);
/* Ends the process and waits for it. Also done when the program ends. */
void nsd_stop(struct nsd *n);

#endif

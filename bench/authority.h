/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name server on loopback, in a process of its own, that knows any number of domains and takes
 * its time: for each number N
 *
 *     dN.bench             NAPTR  10 10 "s" "SIP+D2U" "" _sip._udp.dN.bench
 *     _sip._udp.dN.bench   SRV    0 0 5060 h.dN.bench
 *     h.dN.bench           A      10.x.y.z, the three octets being N; no AAAA
 */
#ifndef BENCH_AUTHORITY_H
#define BENCH_AUTHORITY_H

#include <stdint.h>
#include <sys/types.h>

struct bench_authority {
    pid_t pid;
    uint16_t port; /* of 127.0.0.1, UDP */
};

/** Start it; each answer leaves delay_us after its question came. Ends the program on failure. */
struct bench_authority bench_authority_start(uint64_t delay_us);
/** The same, but every domain's server is sip_port of 127.0.0.1. */
struct bench_authority bench_authority_start_local(uint64_t delay_us, uint16_t sip_port);
/** Stop it. */
void bench_authority_stop(struct bench_authority a);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This machine's own addresses, as RFC 6724 needs them to order the addresses of others: a
 * destination is only as good as the source a packet to it would have.
 *
 * An address is listed when a packet from it has somewhere to go: a loopback address always; any
 * other when its family has a route to the world, or it is private and so its network lies right
 * there, or no family has a route to the world and the networks next to us are all there is.
 * Whether there is a route is found by connecting a UDP socket, which sends nothing.
 */
#ifndef SW_ADAPTER_SOURCES_H
#define SW_ADAPTER_SOURCES_H

#include "base/attr.h"
#include "base/err.h"
#include "base/netaddr.h"

enum { AD_SOURCES_MAX = 64 /* more addresses than that change no order */ };

/**
 * List the addresses that packets can leave from.
 *
 * @param[out] out    room for AD_SOURCES_MAX; what is above it is left out.
 * @param[out] count  how many were written.
 * @retval 0
 * @retval SW_E_SYSTEM  the system does not tell: go on as if every family were reachable.
 *
 * Owns: nothing. Thread: any. Spec: RFC 6724 5 (rule 1), 6; A2.
 */
SW_MUST_USE int ad_sources_find(struct sw_netaddr *out, size_t *count);

#endif

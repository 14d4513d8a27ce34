/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling the service manager how it stands with us: a datagram to the socket it named, as
 * sd_notify(3) describes, without its library. */
#ifndef SW_ADAPTER_NOTIFY_H
#define SW_ADAPTER_NOTIFY_H

#include "base/attr.h"
#include "base/err.h"

/**
 * Send a state.
 * @param socket_path  the value of NOTIFY_SOCKET: a path, or '@' and an abstract name; NULL or
 *                     empty: nobody wants to know, which is no error.
 * @param state        "READY=1", "STOPPING=1".
 * @retval 0, SW_E_SYSTEM (nobody listens there any more)
 *
 * Never waits. Thread: any.
 */
SW_MUST_USE int ad_notify(const char *socket_path, const char *state);

#endif

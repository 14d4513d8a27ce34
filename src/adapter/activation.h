/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets that the service manager has opened for us (socket activation), as sd_listen_fds(3)
 * describes, without its library.
 *
 *     ad_activation_read(&passed, getenv("LISTEN_PID"), getenv("LISTEN_FDS"), &why);
 *     fd = ad_activation_find(&passed, true, &endpoint);       // -1: none is bound to that
 *
 * They stay open as long as the program runs: the manager keeps them bound, so they are the only
 * ones that can be had for their addresses. Thread: any, once it is read.
 */
#ifndef SW_ADAPTER_ACTIVATION_H
#define SW_ADAPTER_ACTIVATION_H

#include "adapter/sockaddr.h"
#include "proxy/conf.h"

enum { AD_ACTIVATION_FIRST_FD = 3 };

struct ad_passed {
    int fd;
    bool is_stream;
    struct sw_endpoint endpoint;
};

struct ad_activation {
    size_t count;
    struct ad_passed list[PX_LISTENERS_MAX];
};

/**
 * Take what was passed. Children inherit none of it.
 * @param listen_pid  the value of LISTEN_PID: whom it is for; NULL: nothing was passed.
 * @param listen_fds  the value of LISTEN_FDS: how many there are, from AD_ACTIVATION_FIRST_FD on.
 * @retval 0
 * @retval SW_E_INVAL   one is no socket, neither UDP nor a listening TCP socket, two have the same
 *                      address, or there are more than PX_LISTENERS_MAX.
 */
SW_MUST_USE int ad_activation_read(struct ad_activation *out, const char *listen_pid,
                                   const char *listen_fds, struct ad_net_error *error);
/* Take one. @retval 0, SW_E_INVAL */
SW_MUST_USE int ad_activation_add(struct ad_activation *a, int fd, struct ad_net_error *error);
/* The one bound to an endpoint; -1: there is none. NULL has none. It stays the list's. */
int ad_activation_find(const struct ad_activation *a, bool is_stream, const struct sw_endpoint *e);

#endif

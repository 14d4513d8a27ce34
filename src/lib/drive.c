/* SPDX-License-Identifier: BSD-2-Clause */
/* Driving a context from a loop of the caller's that is not libevent, and waiting in it. */
#include "lib/context.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

int sipward_fd(const struct sipward *sw)
{
    return sw->own == NULL ? SW_E_INVAL : ad_loop_epoll_fd(sw->own);
}

int sipward_timeout_ms(const struct sipward *sw)
{
    if (!sw_list_is_empty(&sw->ready))
        return 0;
    return sw->own == NULL ? -1 : ad_loop_epoll_timeout_ms(sw->own);
}

int sipward_process(struct sipward *sw)
{
    if (sw->own == NULL || sw->depth > 0)
        return SW_E_INVAL;
    ad_loop_epoll_process(sw->own);
    sw_context_deliver(sw);
    return 0;
}

/* The shorter of two times to poll, in milliseconds; -1 is for ever. */
static int shorter(int a_ms, int b_ms)
{
    if (a_ms < 0 || b_ms < 0)
        return a_ms < 0 ? b_ms : a_ms;
    return a_ms < b_ms ? a_ms : b_ms;
}

static int ms_until(const struct sipward *sw, uint64_t due_us)
{
    uint64_t now_us = sw_context_now_us(sw);
    if (due_us == SW_NEVER)
        return -1;
    if (due_us <= now_us)
        return 0;
    uint64_t ms = (due_us - now_us + 999) / 1000;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* One turn of the loop, waiting until due_us at most. */
static int turn(struct sipward *sw, uint64_t due_us)
{
    struct pollfd p = {.fd = ad_loop_epoll_fd(sw->own), .events = POLLIN};
    if (poll(&p, 1, shorter(ms_until(sw, due_us), sipward_timeout_ms(sw))) < 0 && errno != EINTR)
        return SW_E_SYSTEM;
    ad_loop_epoll_process(sw->own);
    sw_context_deliver(sw);
    return 0;
}

/* Turn until the awaited location has something to say, has gone, or the time is over; once at
 * least, or a caller who never has time to wait would never get an answer. */
static int turn_until(struct sipward *sw, uint64_t due_us)
{
    int rc;
    do {
        rc = turn(sw, due_us);
    } while (rc == 0 && sw->awaited != NULL && !sw->awaited->has_found &&
             ms_until(sw, due_us) != 0);
    return rc;
}

int sipward_wait(struct sipward_location *location, int timeout_ms,
                 const struct sipward_candidate **candidate)
{
    struct sipward *sw = location->sw;
    if (sw->own == NULL || sw->depth > 0)
        return SW_E_INVAL;
    enum sipward_next next = sipward_next(location, candidate);
    if (next != SIPWARD_WAIT)
        return (int)next;
    uint64_t due_us =
        timeout_ms < 0 ? SW_NEVER : sw_after_us(sw_context_now_us(sw), SW_MS(timeout_ms));
    sw_context_enter(sw);
    sw->awaited = location;
    int rc = turn_until(sw, due_us);
    bool is_there = sw->awaited != NULL;
    sw->awaited = NULL;
    if (!sw_context_leave(sw) || !is_there)
        return SW_E_NOTFOUND;
    return rc < 0 ? rc : (int)sipward_next(location, candidate);
}

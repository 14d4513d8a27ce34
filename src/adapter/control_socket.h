/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Unix stream socket for those who steer the program: a line in, a line out.
 *
 *     ad_control_open(&control, base, &conf, &why);
 *     ... conf.fn(conf.arg, client, line) for each line ...
 *     ad_control_answer(control, client, text);     // at once or later, from the loop
 *     ad_control_close(control);
 *
 * A client says one line and hears one before its next line is looked at. Whoever says too long a
 * line, says nothing for a while, or does not read what it is told is dropped; so is who comes when
 * there are too many. The file of the socket is open to its owner and group (mode 0660). One that a
 * dead program left behind is replaced; one that is in use is not.
 *
 * Owns: the socket and its file. Thread: that of the base.
 */
#ifndef SW_ADAPTER_CONTROL_SOCKET_H
#define SW_ADAPTER_CONTROL_SOCKET_H

#include "adapter/sockaddr.h"
#include "base/slice.h"

struct event_base;
struct ad_control;

enum {
    AD_CONTROL_LINE_MAX = 4096, /* octets of a line from a client */
    AD_CONTROL_CLIENTS_MAX = 16,
    AD_CONTROL_PATH_MAX = 107, /* what the kernel takes, without the NUL */
    AD_CONTROL_IDLE_S = 60     /* a client that says nothing, or does not read */
};

/* A line without its end. It must be answered, once. */
typedef void ad_control_fn(void *arg, uint64_t client, struct sw_slice line);

struct ad_control_conf {
    const char *path; /* copied; at most AD_CONTROL_PATH_MAX octets */
    ad_control_fn *fn;
    void *arg;
};

/**
 * Listen.
 * @param[out] error  written on SW_E_SYSTEM and SW_E_ADDR_IN_USE.
 * @retval 0
 * @retval SW_E_ADDR_IN_USE  somebody listens there, or the file is no socket.
 * @retval SW_E_SYSTEM, SW_E_NOMEM
 */
SW_MUST_USE int ad_control_open(struct ad_control **out, struct event_base *base,
                                const struct ad_control_conf *conf, struct ad_net_error *error);
/* Answers given before still arrive, as far as the kernel has room for them. Removes the file. NULL
 * is allowed. */
void ad_control_close(struct ad_control *c);

/* Answer a client's line; the end of the line is added. One that has gone hears nothing. */
void ad_control_answer(struct ad_control *c, uint64_t client, struct sw_slice text);

#endif

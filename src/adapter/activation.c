/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/activation.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int option_of(int fd, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

static int refuse(struct ad_net_error *error, int fd, const char *why)
{
    snprintf(error->text, sizeof error->text, "descriptor %d %s", fd, why);
    return SW_E_INVAL;
}

int ad_activation_add(struct ad_activation *a, int fd, struct ad_net_error *error)
{
    struct ad_passed p = {.fd = fd};
    int type = option_of(fd, SO_TYPE);

    if (a->count == SW_ARRAY_LEN(a->list))
        return refuse(error, fd, "is one too many");
    if (!ad_socket_name(fd, &p.endpoint) || (type != SOCK_DGRAM && type != SOCK_STREAM))
        return refuse(error, fd, "is no UDP or TCP socket");
    p.is_stream = type == SOCK_STREAM;
    if (p.is_stream && option_of(fd, SO_ACCEPTCONN) != 1)
        return refuse(error, fd, "is a TCP socket that does not listen (Accept=no is needed)");
    /* With ReusePort=yes the kernel would give it a share of what comes, and nobody read it. */
    if (ad_activation_find(a, p.is_stream, &p.endpoint) >= 0)
        return refuse(error, fd, "has the address of another one");
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
        return refuse(error, fd, "cannot be used");
    a->list[a->count++] = p;
    return 0;
}

int ad_activation_read(struct ad_activation *out, const char *listen_pid, const char *listen_fds,
                       struct ad_net_error *error)
{
    uint64_t pid, count;

    *out = (struct ad_activation){0};
    if (listen_pid == NULL || listen_fds == NULL ||
        !sw_slice_u64(sw_slice_str(listen_pid), INT32_MAX, &pid) || pid != (uint64_t)getpid() ||
        !sw_slice_u64(sw_slice_str(listen_fds), INT32_MAX, &count))
        return 0;
    for (uint64_t i = 0; i < count; i++) {
        int rc = ad_activation_add(out, (int)(AD_ACTIVATION_FIRST_FD + i), error);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int ad_activation_find(const struct ad_activation *a, bool is_stream, const struct sw_endpoint *e)
{
    for (size_t i = 0; a != NULL && i < a->count; i++)
        if (a->list[i].is_stream == is_stream && sw_endpoint_eq(&a->list[i].endpoint, e))
            return a->list[i].fd;
    return -1;
}

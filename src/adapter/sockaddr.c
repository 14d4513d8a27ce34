/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/sockaddr.h"

#include <errno.h>
#include <unistd.h>

enum { BACKLOG = 1024 }; /* connections the kernel holds for us; it may cut this */

socklen_t ad_sockaddr_from(union ad_sockaddr *out, const struct sw_endpoint *e)
{
    memset(out, 0, sizeof *out); /* all of it, for it is compared as octets */
    switch (e->addr.family) {
    case 4:
        out->in4.sin_family = AF_INET;
        out->in4.sin_port = htons(e->port);
        memcpy(&out->in4.sin_addr, e->addr.bytes, 4);
        return sizeof out->in4;
    case 6:
        out->in6.sin6_family = AF_INET6;
        out->in6.sin6_port = htons(e->port);
        memcpy(&out->in6.sin6_addr, e->addr.bytes, 16);
        return sizeof out->in6;
    default:
        return 0;
    }
}

bool ad_sockaddr_to(struct sw_endpoint *out, const union ad_sockaddr *sa)
{
    struct sw_endpoint e = {0};

    if (sa->any.sa_family == AF_INET) {
        e.addr.family = 4;
        e.port = ntohs(sa->in4.sin_port);
        memcpy(e.addr.bytes, &sa->in4.sin_addr, 4);
    } else if (sa->any.sa_family == AF_INET6) {
        e.addr.family = 6;
        e.port = ntohs(sa->in6.sin6_port);
        memcpy(e.addr.bytes, &sa->in6.sin6_addr, 16);
    } else {
        return false;
    }
    *out = e;
    return true;
}

enum px_cause ad_cause_of_errno(int err)
{
    switch (err) {
    case ECONNREFUSED:
        return PX_CAUSE_REFUSED;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
        return PX_CAUSE_RESET;
    case ETIMEDOUT:
        return PX_CAUSE_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EADDRNOTAVAIL: /* no local port is left */
    case EADDRINUSE:
        return PX_CAUSE_LOCAL;
    default: /* EHOSTUNREACH, ENETUNREACH, EACCES, EAFNOSUPPORT, EMSGSIZE, EINVAL, ... */
        return PX_CAUSE_UNREACHABLE;
    }
}

void ad_net_error_set(struct ad_net_error *error, int err)
{
    if (error == NULL)
        return;
    const char *text = strerrordesc_np(err);
    struct sw_buf b = sw_buf(error->text, sizeof error->text);
    sw_buf_str(&b, text == NULL ? "unknown error" : text);
    sw_buf_cstr(&b);
    error->text[0] = sw_lower(error->text[0]);
}

static int set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value);
}

/* 0, or -1 with errno. */
static int bind_it(int fd, int type, const struct sw_endpoint *e, bool shared)
{
    union ad_sockaddr sa;
    socklen_t len = ad_sockaddr_from(&sa, e);

    /* A stream's port is free again although connections from before linger (TIME_WAIT). */
    if (type == SOCK_STREAM && set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0)
        return -1;
    if (shared && set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0)
        return -1;
    if (e->addr.family == 6 && set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0)
        return -1;
    return bind(fd, &sa.any, len);
}

int ad_socket_bound(int type, const struct sw_endpoint *e, bool shared, struct ad_net_error *error)
{
    int domain = e->addr.family == 6 ? AF_INET6 : AF_INET;
    int fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        ad_net_error_set(error, errno);
        return SW_E_SYSTEM;
    }
    if (bind_it(fd, type, e, shared) < 0) {
        int err = errno;
        close(fd);
        ad_net_error_set(error, err);
        return err == EADDRINUSE ? SW_E_ADDR_IN_USE : SW_E_SYSTEM;
    }
    return fd;
}

int ad_socket_listen(int fd, struct ad_net_error *error)
{
    if (listen(fd, BACKLOG) == 0)
        return 0;
    int err = errno;
    ad_net_error_set(error, err);
    return err == EADDRINUSE ? SW_E_ADDR_IN_USE : SW_E_SYSTEM;
}

bool ad_socket_name(int fd, struct sw_endpoint *out)
{
    union ad_sockaddr sa = {0};
    socklen_t len = sizeof sa;

    return getsockname(fd, &sa.any, &len) == 0 && ad_sockaddr_to(out, &sa);
}

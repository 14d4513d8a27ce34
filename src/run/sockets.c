/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/sockets.h"

#include "adapter/sockaddr.h"
#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { WAITING_MAX = 1 << 16 }; /* datagrams or connections thrown away; more come meanwhile */

struct sw_sockets {
    uint16_t worker_count;
    uint64_t shared;             /* bit n: place n has one socket for all */
    int fds[][PX_LISTENERS_MAX]; /* by worker */
};

void sw_listener_complain(const struct px_listener *l, const char *why,
                          struct sw_worker_error *error)
{
    struct sw_buf b = sw_buf(error->text, sizeof error->text);

    sw_buf_str(&b, sw_transport_row(l->transport)->name);
    sw_buf_char(&b, ' ');
    sw_endpoint_write(&b, &l->endpoint);
    sw_buf_str(&b, ": ");
    sw_buf_str(&b, why);
    sw_buf_cstr(&b);
}

static int type_of(const struct px_listener *l)
{
    return l->transport == SW_UDP ? SOCK_DGRAM : SOCK_STREAM;
}

/* Workers share an address, but not with another program that would get some of the calls. */
static int find_free(const struct px_listener *l, struct ad_net_error *why)
{
    int fd = ad_socket_bound(type_of(l), &l->endpoint, false, why);

    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

/* The service manager's socket is one; all workers read from it. */
static int share_passed(int passed_fd, struct ad_net_error *why)
{
    int fd = fcntl(passed_fd, F_DUPFD_CLOEXEC, 0);

    if (fd >= 0)
        return fd;
    ad_net_error_set(why, errno);
    return SW_E_SYSTEM;
}

/* Of a listener that was removed and comes back: no phone is to ring for a call that was made while
 * nobody was there. */
static void throw_away(int fd, bool is_stream)
{
    char octet;

    for (int i = 0; i < WAITING_MAX; i++) {
        int rc = is_stream ? accept4(fd, NULL, NULL, SOCK_CLOEXEC)
                           : (int)recv(fd, &octet, sizeof octet, MSG_DONTWAIT);
        if (rc < 0 && (errno == EAGAIN || errno == EMFILE || errno == ENFILE))
            return;
        if (rc >= 0 && is_stream)
            close(rc);
    }
}

static int bind_place(struct sw_sockets *s, const struct sw_sockets_args *args, uint16_t place,
                      struct ad_net_error *why)
{
    const struct px_listener *l = &args->places->at[place];
    int passed_fd = ad_activation_find(args->passed, l->transport != SW_UDP, &l->endpoint);
    bool is_shared = s->worker_count > 1;
    int rc = is_shared && passed_fd < 0 ? find_free(l, why) : 0;

    if (passed_fd >= 0)
        s->shared |= (uint64_t)1 << place;
    if (passed_fd >= 0 && args->were_away)
        throw_away(passed_fd, l->transport != SW_UDP);

    for (uint16_t w = 0; rc == 0 && w < s->worker_count; w++) {
        int fd = passed_fd >= 0 ? share_passed(passed_fd, why)
                                : ad_socket_bound(type_of(l), &l->endpoint, is_shared, why);
        if (fd < 0)
            rc = fd;
        else
            s->fds[w][place] = fd;
    }
    return rc;
}

/* From here on others may connect; so it is done when all are there. */
static int listen_at(struct sw_sockets *s, const struct sw_places *places, uint16_t place,
                     struct ad_net_error *why)
{
    int rc = 0;

    for (uint16_t w = 0; rc == 0 && w < s->worker_count; w++)
        if (type_of(&places->at[place]) == SOCK_STREAM)
            rc = ad_socket_listen(s->fds[w][place], why);
    return rc;
}

static bool is_fresh(const struct sw_places *places, uint16_t place)
{
    return (places->fresh >> place & 1) != 0;
}

static int open_all(struct sw_sockets *s, const struct sw_sockets_args *args,
                    struct sw_worker_error *error)
{
    const struct sw_places *places = args->places;
    struct ad_net_error why = {{0}};
    int rc = 0;
    uint16_t at = 0;

    for (uint16_t i = 0; rc == 0 && i < places->count; at = i, i++)
        if (is_fresh(places, i))
            rc = bind_place(s, args, i, &why);
    for (uint16_t i = 0; rc == 0 && i < places->count; at = i, i++)
        if (is_fresh(places, i))
            rc = listen_at(s, places, i, &why);
    if (rc < 0)
        sw_listener_complain(&places->at[at], why.text, error);
    return rc;
}

int sw_sockets_open(struct sw_sockets **out, const struct sw_sockets_args *args,
                    struct sw_worker_error *error)
{
    struct sw_sockets *s =
        sw_zalloc(NULL, sizeof *s + (size_t)args->worker_count * sizeof s->fds[0]);

    if (s == NULL)
        return SW_E_NOMEM;
    s->worker_count = args->worker_count;
    for (uint16_t w = 0; w < s->worker_count; w++)
        for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
            s->fds[w][i] = -1;
    int rc = open_all(s, args, error);
    if (rc < 0)
        sw_sockets_free(s);
    else
        *out = s;
    return rc;
}

int sw_sockets_take(struct sw_sockets *s, uint16_t worker, uint16_t place)
{
    if (s == NULL)
        return -1;
    int fd = s->fds[worker][place];
    s->fds[worker][place] = -1;
    return fd;
}

uint64_t sw_sockets_uncounted(const struct sw_sockets *s, uint16_t worker)
{
    return s == NULL || worker == 0 ? 0 : s->shared;
}

void sw_sockets_free(struct sw_sockets *s)
{
    if (s == NULL)
        return;
    for (uint16_t w = 0; w < s->worker_count; w++)
        for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
            if (s->fds[w][i] >= 0)
                close(s->fds[w][i]);
    sw_free(NULL, s);
}

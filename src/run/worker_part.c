/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker has of the configuration, at first and after a reload: its sockets, certificates
 * and resolver, and how they are exchanged while it runs (decision 0014).
 */
#include "run/worker_state.h"

#include "adapter/clock.h"

static int complain(const struct px_listener *l, int rc, const struct ad_net_error *why,
                    struct sw_worker_error *error)
{
    if (rc < 0)
        sw_listener_complain(l, rc == SW_E_NOMEM ? sw_err_text(rc) : why->text, error);
    return rc;
}

/* What does not fit into a socket is lost, and nobody hears of it. All workers' are alike. */
static void warn_of_room(const struct sw_worker *w, const struct sw_part *part, uint16_t i)
{
    const struct ad_log_head head = {AD_LOG_WARN, "receive_buffer_short", ad_clock_wall_us()};
    size_t wanted_len = part->settings->receive_len, len = ad_udp_room(w->udp, i);
    char room[64];
    struct sw_buf listener = sw_buf(room, sizeof room);

    if (w->index != 0 || len == 0 || len >= wanted_len)
        return;
    sw_endpoint_write(&listener, &part->conf.listeners[i].endpoint);
    const struct ad_log_field fields[] = {
        AD_LOG_TEXT_FIELD("listener", sw_buf_slice(&listener)),
        AD_LOG_NUMBER_FIELD("wanted", wanted_len),
        AD_LOG_NUMBER_FIELD("got", len),
        AD_LOG_TEXT_FIELD("remedy", SW_LIT("raise net.core.rmem_max")),
    };
    ad_log_line(w->log, &head, fields, SW_ARRAY_LEN(fields));
}

/* UDP: from now on it can be sent from. */
static int take_socket(struct sw_worker *w, struct sw_part *part, uint16_t i,
                       struct sw_worker_error *error)
{
    const struct px_listener *l = &part->conf.listeners[i];
    struct ad_net_error why = {{0}};

    if (part->fds[i] < 0 || l->transport != SW_UDP)
        return 0;
    int rc = ad_udp_take(w->udp, i, part->fds[i], &why);
    if (rc == 0) {
        part->fds[i] = -1;
        warn_of_room(w, part, i);
    }
    if (rc == 0 && (part->uncounted >> i & 1) != 0)
        ad_udp_leave_uncounted(w->udp, i);
    return complain(l, rc, &why, error);
}

static int read_udp(struct sw_worker *w, uint16_t i)
{
    struct worker_socket *s = &w->sockets[i];
    int fd = ad_udp_fd(w->udp, i);

    if (fd < 0 || s->event != NULL)
        return 0;
    *s = (struct worker_socket){.worker = w, .listener = i};
    s->event = sw_worker_watch(w, fd, sw_worker_on_datagrams, s);
    return s->event == NULL ? SW_E_NOMEM : 0;
}

/* What comes in is read from now on. */
static int read_socket(struct sw_worker *w, struct sw_part *part, uint16_t i,
                       struct sw_worker_error *error)
{
    const struct px_listener *l = &part->conf.listeners[i];
    struct ad_net_error why = {{0}};
    int rc = l->transport == SW_UDP ? read_udp(w, i) : 0;

    if (part->fds[i] >= 0 && l->transport != SW_UDP) {
        rc = ad_stream_take(w->stream, i, part->fds[i], &why);
        if (rc == 0)
            part->fds[i] = -1;
    }
    return complain(l, rc, &why, error);
}

/* The sockets of those that leave, or have left. */
static void close_sockets(struct sw_worker *w, const struct px_conf *next)
{
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++) {
        uint16_t at = (uint16_t)i;
        bool is_there = px_conf_has_listener(next, at);
        if (!is_there || px_conf_is_leaving(next, at))
            ad_stream_unlisten(w->stream, at);
        if (is_there)
            continue;
        sw_worker_free_event(w->sockets[i].event);
        w->sockets[i].event = NULL;
        ad_udp_close(w->udp, at);
    }
}

void sw_worker_use_certificates(struct sw_worker *w, struct sw_part *part)
{
    if (part->tls == NULL)
        return;
    part->tls = sw_tls_pipe_use(w->tls, part->tls);
    w->has_tls = true;
}

struct sw_tls_pipe *sw_worker_tls(const struct sw_worker *w)
{
    return w->has_tls ? w->tls : NULL;
}

/* Only for want of memory: everything else has been tried before. */
static void say_not_opened(struct sw_worker *w, const struct sw_worker_error *why)
{
    const struct ad_log_head head = {AD_LOG_ERROR, "listener_not_opened", ad_clock_wall_us()};
    const struct ad_log_field field = AD_LOG_TEXT_FIELD("why", sw_slice_str(why->text));

    ad_log_line(w->log, &head, &field, 1);
}

/* Pointers are exchanged; whoever made the part frees the one before when he hears of it. */
void sw_worker_make_switch(struct sw_worker *w)
{
    struct sw_part *next = atomic_exchange(&w->next, NULL);
    struct sw_worker_error why;

    if (next == NULL)
        return;
    ad_udp_flush(w->udp);
    for (uint16_t i = 0; i < next->conf.listener_count; i++)
        if (take_socket(w, next, i, &why) < 0)
            say_not_opened(w, &why);
    sw_worker_use_certificates(w, next);
    sw_tls_pipe_obey(w->tls, &next->conf);
    struct sw_resolver *resolver = next->resolver;
    next->resolver = NULL;
    sw_pump_obey(w->pump, &next->conf, resolver, sw_worker_tls(w), ad_clock_mono_us());
    ad_udp_flush(w->udp);
    close_sockets(w, &next->conf);
    w->part = w->reading = next;
    const struct ad_stream_conf limits = sw_worker_stream_conf(w);
    ad_stream_limit(w->stream, &limits);
    w->has_switched = true;
}

/* All workers have switched: each knows the listeners of messages that others hand over. */
void sw_worker_begin_to_read(struct sw_worker *w)
{
    struct sw_worker_error why;

    for (uint16_t i = 0; w->reading != NULL && i < w->reading->conf.listener_count; i++)
        if (read_socket(w, w->reading, i, &why) < 0)
            say_not_opened(w, &why);
    w->reading = NULL;
}

static bool uses_listener(const struct sw_worker *w, uint16_t i)
{
    return px_core_uses_listener(sw_pump_core(w->pump), i) || sw_tls_pipe_uses_listener(w->tls, i);
}

void sw_worker_look_at_listeners(struct sw_worker *w)
{
    const struct px_conf *conf = &w->part->conf;
    uint64_t used = 0;

    for (uint16_t i = 0; i < conf->listener_count; i++)
        if (px_conf_is_leaving(conf, i) && uses_listener(w, i))
            used |= (uint64_t)1 << i;
    atomic_store(&w->used, used);
    atomic_fetch_add(&w->looks, 1);
}

int sw_worker_open_listeners(struct sw_worker *w, struct sw_part *part,
                             struct sw_worker_error *error)
{
    int rc = 0;

    for (uint16_t i = 0; rc == 0 && i < part->conf.listener_count; i++)
        rc = take_socket(w, part, i, error);
    for (uint16_t i = 0; rc == 0 && i < part->conf.listener_count; i++)
        rc = read_socket(w, part, i, error);
    return rc;
}
